//! Findings of the built-in rules.

use crate::model::Finding;

/// A finding with its place.
pub(super) fn found(file: &str, line: u32, rule: &str, message: &str, advice: &str) -> Finding {
    Finding {
        file: file.to_owned(),
        line,
        rule: rule.to_owned(),
        message: message.to_owned(),
        advice: advice.to_owned(),
    }
}
