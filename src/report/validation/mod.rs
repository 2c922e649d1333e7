//! What `git orca validate` found: for people, as JSON, and in the forms that CI systems take.

mod human;
mod json;
mod junit;
mod sarif;
#[cfg(test)]
mod tests;

pub use human::human;
pub use json::json;
pub use junit::junit;
pub use sarif::sarif;

use crate::run::{Validated, Wanted};

/// One commit and what the gates said of it.
#[derive(Debug, Clone)]
pub struct Validation {
    /// What was judged.
    pub wanted: Wanted,
    /// The gates, in the order of the settings.
    pub gates: Vec<Validated>,
}

impl Validation {
    /// Whether no required gate keeps it back.
    pub fn passes(&self) -> bool {
        !self.gates.iter().any(Validated::refuses)
    }
}
