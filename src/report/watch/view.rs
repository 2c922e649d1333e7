//! Where the one who watches stands: the selected task, the tab, what is being typed or asked. Knows no terminal.

use super::glance::WatchGlance;
use crate::model::TaskId;
use crate::report::facts::by_hand::quoted;

/// What the right side shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WatchTab {
    /// Everything known about the task.
    #[default]
    Task,
    /// What its agent says.
    Output,
    /// What it changed.
    Diff,
    /// Verdicts and findings.
    Gates,
    /// Conflicts of the run.
    Conflicts,
    /// What happened to it, in order.
    Log,
    /// The machine, and what runs on it.
    Machine,
    /// The keys.
    Help,
}

impl WatchTab {
    /// All of them, in the order of their numbers.
    pub const ALL: [WatchTab; 8] = [
        WatchTab::Task,
        WatchTab::Output,
        WatchTab::Diff,
        WatchTab::Gates,
        WatchTab::Conflicts,
        WatchTab::Log,
        WatchTab::Machine,
        WatchTab::Help,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            WatchTab::Task => "task",
            WatchTab::Output => "output",
            WatchTab::Diff => "diff",
            WatchTab::Gates => "gates",
            WatchTab::Conflicts => "conflicts",
            WatchTab::Log => "log",
            WatchTab::Machine => "machine",
            WatchTab::Help => "help",
        }
    }

    /// Whether its end is what matters: it grows while one looks.
    pub fn grows(self) -> bool {
        matches!(self, WatchTab::Output | WatchTab::Log)
    }

    /// The one so many places on.
    pub(super) fn moved(self, by: usize) -> WatchTab {
        let at = WatchTab::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        WatchTab::ALL[(at + by) % WatchTab::ALL.len()]
    }
}

/// A command of this program: its words after `git orca`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedCommand {
    /// The words.
    pub words: Vec<String>,
}

impl WatchedCommand {
    /// One of these words.
    pub fn new(words: &[&str]) -> WatchedCommand {
        WatchedCommand { words: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// As it is typed.
    pub fn typed(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        format!("git orca {}", words.join(" "))
    }
}

/// What keys mean at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WatchMode {
    /// They move and begin controls.
    #[default]
    Look,
    /// They are the words of a command.
    Type {
        /// What is asked for.
        asks: &'static str,
        /// The command so far: the text becomes its last word.
        command: WatchedCommand,
        /// Whether it may be left empty; then the option before it goes, too.
        is_optional: bool,
        /// What was typed.
        text: String,
    },
    /// `y` does it, everything else does not.
    Confirm(WatchedCommand),
}

/// What a key leads to outside of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchIntent {
    /// Nothing.
    Nothing,
    /// Leave.
    Quit,
    /// Let the shell have the terminal.
    Suspend,
    /// Show an answer of this command on the terminal, then come back.
    Open(WatchedCommand),
    /// Do it: it was confirmed.
    Perform(WatchedCommand),
}

/// Where one stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchView {
    /// The selected task.
    pub selected: Option<TaskId>,
    /// What is shown of it.
    pub tab: WatchTab,
    /// First line shown on the right; none: its beginning, or the end of what grows.
    pub scroll: Option<usize>,
    /// Lines on the right, as last composed.
    pub lines: usize,
    /// What keys mean.
    pub mode: WatchMode,
    /// What came of the last control.
    pub message: String,
    /// The run to name in commands: none for the one that they mean by themselves.
    pub run: Option<String>,
}

impl WatchView {
    /// The position of the selected task in the list; the first that a person is needed for, or that is under way, where
    /// none was selected.
    pub fn position(&self, glance: &WatchGlance) -> usize {
        let named = self.selected.as_ref().and_then(|id| glance.rows.iter().position(|row| row.id == *id));
        let needing = || glance.rows.iter().position(|row| row.needs_person);
        let busy = || glance.rows.iter().position(|row| row.is_busy);
        named.or_else(needing).or_else(busy).unwrap_or(0)
    }
}
