//! See the crate docs for where this module stands.

pub mod plan;
