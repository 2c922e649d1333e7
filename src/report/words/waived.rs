//! Gates that a person waived, in words.

use super::display::safe;
use super::question::origin;
use crate::journal::GateWaiver;

/// `T4  gate security waived by ann at box (pts/3): the key is a sample`.
pub fn line(waiver: &GateWaiver) -> String {
    format!("{}  gate {} waived{}: {}", waiver.task, waiver.gate, by(waiver), safe(&waiver.note))
}

/// ` by ann at box (pts/3)`.
pub fn by(waiver: &GateWaiver) -> String {
    let program = waiver.by.as_ref().map(|by| format!(" by the program {}", safe(by))).unwrap_or_default();
    let person = waiver.from.as_ref().map(|from| format!(" by {}", origin(from))).unwrap_or_default();
    if program.is_empty() { person } else { program }
}
