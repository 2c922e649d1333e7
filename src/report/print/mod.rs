//! The only folder of the crate that prints: streams, pagers, lines drawn in place, the whole terminal, and one
//! sentence said.

pub mod full_screen;
pub mod key;
pub mod out;
pub mod screen;
pub(in crate::report) mod speak;
