//! The terminal as a front: questions are printed, letters are read.

use crate::report;
use crate::report::print::out;
use crate::start::front::{Front, StartChoice, StartQuestion};

/// The terminal that a command was typed at, or none: then nobody can be asked.
#[derive(Debug, Clone, Copy)]
pub struct TerminalFront;

impl Front for TerminalFront {
    fn tell(&self, text: &str) {
        report::say(text);
    }

    fn ask(&self, question: &StartQuestion<'_>) -> Option<StartChoice> {
        if !can_ask() {
            return None;
        }
        loop {
            match ask(&question.in_words(out::width())) {
                letter if question.detail_letter() == Some(letter) => report::say(&question.detail()),
                letter => return Some(question.choice(letter)),
            }
        }
    }

    fn is_attended(&self) -> bool {
        can_ask()
    }

    fn is_read(&self) -> bool {
        true
    }
}

/// Whether somebody can be asked.
pub fn can_ask() -> bool {
    out::can_ask()
}

/// Asks on the terminal; the answer's first letter, lower-case. End of input is `n`.
pub fn ask(question: &str) -> char {
    let line = out::ask(question).ok().flatten().unwrap_or_default();
    line.trim().chars().next().unwrap_or('n').to_ascii_lowercase()
}
