//! What was pressed, as far as the watch view is concerned: terminals name keys in many ways.

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchKey {
    /// A character.
    Char(char),
    /// Text that was pasted: never a command.
    Pasted(String),
    /// The line is complete.
    Enter,
    /// Out of what was begun.
    Escape,
    /// The last character is taken back.
    Backspace,
    /// The line before.
    Up,
    /// The line after.
    Down,
    /// The tab before.
    Left,
    /// The tab after.
    Right,
    /// Several lines back.
    PageUp,
    /// Several lines on.
    PageDown,
    /// The beginning.
    Home,
    /// The end.
    End,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
}
