//! A gate that a person waived, for programs.

use jiff::Timestamp;
use serde::Serialize;

use crate::journal::Waived;
use crate::model::GateName;

/// A gate that a person waived.
#[derive(Debug, Serialize)]
pub struct WaivedGate<'a> {
    /// The gate.
    pub gate: &'a GateName,
    /// Why.
    pub note: &'a str,
    /// The account of the person, where it is known.
    pub by: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

impl<'a> WaivedGate<'a> {
    /// Of a waiver in force.
    pub fn of(waived: &'a Waived) -> WaivedGate<'a> {
        let it = &waived.waiver;
        let person = it.from.as_ref().map(|from| from.user.as_str());
        WaivedGate { gate: &it.gate, note: &it.note, by: it.by.as_deref().or(person), at: waived.at }
    }
}
