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
        WaivedGate { gate: &it.gate, note: &it.note, by: it.account(), at: waived.at }
    }
}
