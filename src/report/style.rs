//! The few colours there are. They only repeat what the words say; [`out`](super::out) drops them where they are not
//! wanted.

use anstyle::{AnsiColor, Style};

use crate::schedule::Standing;

/// No colour.
pub const PLAIN: Style = Style::new();
/// Done, passed.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Failed, refused.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Worth a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// Less important than what stands around it.
pub const DIM: Style = Style::new().dimmed();

/// `text` in a style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The style of a task's state.
pub fn of(standing: &Standing) -> Style {
    match standing {
        Standing::Landed => GOOD,
        Standing::Failed(_) | Standing::Conflicted => BAD,
        Standing::Blocked | Standing::Skipped => WARN,
        _ => PLAIN,
    }
}
