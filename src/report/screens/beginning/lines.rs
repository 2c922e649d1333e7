//! Lines with a name on the left and what is known on the right.

use crate::report::words::display::hang;
use crate::report::words::style::{self, paint};

/// Columns of a path or name: more than any that is meant to be read.
pub(super) const LONGEST: usize = 200;
/// Columns of the names on the left.
pub(super) const NAME: usize = 11;

/// Lines with a name on the left.
pub(super) struct NamedLines {
    pub text: String,
    pub columns: usize,
}

impl NamedLines {
    pub fn row(&mut self, name: &str, text: &str) {
        let head = format!("{}{:space$}", paint(style::DIM, name), "", space = NAME - name.len().min(NAME - 1));
        self.text.push_str(&hang(&head, text, self.columns));
        self.text.push('\n');
    }
}
