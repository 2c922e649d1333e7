//! Documents for programs (DESIGN 10). Fields may be added, never renamed; what is not known is null.
//!
//! To add one: a struct with `Serialize`, one function that makes it from a [`Picture`](super::facts::picture::Picture), and a
//! snapshot test.

pub mod foreseen;
pub mod plan_json;
pub mod prometheus;
pub mod publish_json;
pub mod report_json;
pub mod report_junit;
pub mod result;
pub mod status_json;
pub mod waived_gate;
