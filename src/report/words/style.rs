//! The few colours there are. They only repeat what the words say; [`out`](crate::report::print::out) drops them where they are not
//! wanted.

use anstyle::{AnsiColor, Style};

use crate::schedule::TaskStatus;

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
pub fn of(standing: &TaskStatus) -> Style {
    match standing {
        TaskStatus::Landed => GOOD,
        TaskStatus::Failed(_) | TaskStatus::Conflicted => BAD,
        TaskStatus::Blocked | TaskStatus::Skipped => WARN,
        _ => PLAIN,
    }
}
