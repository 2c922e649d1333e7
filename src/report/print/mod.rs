//! The only folder of the crate that prints: streams, pagers, lines drawn in place, and one sentence said.

pub mod out;
pub mod screen;
pub(in crate::report) mod speak;
