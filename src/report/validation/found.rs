//! What was found.

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
