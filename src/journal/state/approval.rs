//! A question that was put to a person.

use jiff::Timestamp;

use super::super::approval::Question;

/// A question, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What about.
    pub question: Question,
    /// What the person is shown.
    pub digest: String,
    /// When it was put.
    pub asked: Timestamp,
    /// When the settings decide for want of an answer.
    pub deadline: Timestamp,
    /// Whether that time is over.
    pub expired: bool,
    /// Yes or no.
    pub answer: Option<bool>,
}
