//! Settings as somebody writes who has all gates block.

/// What differs between projects.
pub struct Settings<'s> {
    /// Lines of `[worktree]`.
    pub worktree: &'s str,
    /// The test command.
    pub tests: &'s str,
    /// Scanners of the security gate.
    pub scanners: &'s [&'s str],
    /// Lines of the performance gate: the benchmark.
    pub bench: &'s str,
    /// Linters and formatters.
    pub linters: &'s [&'s str],
}

/// Limits far from the machine's moods, for changes that are about something else.
pub const LOOSE: &str = "limit = 2.5\nmemory_limit = 3\nrepeats = 31";

/// The usual limits. More patience than usual: others work on the machine.
pub const USUAL: &str = "repeats = 50";

/// The same for memory, whatever time it takes to fill it.
pub const ANY_TIME: &str = "limit = 20\nrepeats = 50";

impl Settings<'_> {
    /// The text of `orca.toml`.
    pub fn toml(&self, limits: &str) -> String {
        let Settings { worktree, tests, scanners, bench, linters } = self;
        format!(
            "[worktree]\n{worktree}\n\n[gates.tdd]\nkind = \"tdd\"\nrun = \"{tests}\"\n\n\
             [gates.security]\nkind = \"security\"\ntools = {scanners:?}\n\n\
             [gates.performance]\nkind = \"performance\"\n{bench}\n{limits}\non = \"task\"\n\n\
             [gates.review]\nkind = \"review\"\ntools = {linters:?}\n"
        )
    }
}
