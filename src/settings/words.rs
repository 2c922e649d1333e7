//! The words of every choice: one table each, for reading, showing and completing.

use super::flags::{ExecutorName, OrderReading, Sandbox};
use super::forge_name::{ForgeName, IssueEcho};
use super::near::suggestion;
use crate::model::{
    ApprovalFallback, ApprovalKind, ApprovalPriority, ApproveMode, BaseMode, BaseRed, GatePhase, Permissions, PickMode,
    PromptVia, ReportFormat, ScheduleMode, SubmodulePolicy, SymbolReader, Tdd, WhenFlaky, Why,
};

/// A closed choice with one word per value.
pub trait Words: Copy + PartialEq + 'static {
    /// Every value with its word, the first is shown first in help.
    const WORDS: &'static [(&'static str, Self)];

    /// The value of a word.
    ///
    /// # Errors
    /// What was expected, with the nearest word.
    fn read(text: &str) -> Result<Self, String> {
        let known = Self::WORDS.iter().find(|(word, _)| *word == text.trim());
        known.map(|(_, value)| *value).ok_or_else(|| {
            let words = Self::WORDS.iter().map(|(word, _)| *word);
            format!("`{}` is not one of its values; {}", text.escape_debug(), suggestion(text, words))
        })
    }

    /// The word of a value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }
}

macro_rules! words {
    ($($name:ident: $($word:literal = $value:ident),+;)+) => {
        $(impl Words for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, $name::$value)),+];
        })+
        #[cfg(test)]
        fn all() -> Vec<(&'static str, usize, usize)> {
            vec![$((stringify!($name), <$name as Words>::WORDS.len(), {
                <$name as Words>::WORDS.iter().filter(|(word, value)| value.word() == *word).count()
            })),+]
        }
    };
}

words! {
    ScheduleMode: "ready" = Ready, "layered" = Layered, "sequential" = Sequential;
    ApprovalKind: "plan" = Plan, "layer" = Layer, "landing" = Landing, "unchanged" = Unchanged, "task" = Task;
    ApprovalFallback: "pause" = Pause, "reject" = Reject, "approve" = Approve;
    ApprovalPriority: "high" = High, "normal" = Normal, "low" = Low;
    ApproveMode: "none" = None, "plan" = Plan, "layer" = Layer, "task" = Task;
    BaseMode: "head" = Head, "exact" = Exact;
    BaseRed: "stop" = Stop, "ok" = Ok, "off" = Off;
    PickMode: "best" = Best, "first" = First;
    Tdd: "off" = Off, "single" = Single, "staged" = Staged;
    OrderReading: "default" = Default, "strict" = Strict, "loose" = Loose;
    ForgeName: "github" = Github, "forgejo" = Forgejo;
    IssueEcho: "comment" = Comment, "off" = Off, "close" = Close;
    ExecutorName: "local" = Local, "ssh" = Ssh, "slurm" = Slurm;
    Sandbox: "repository" = Repository, "auto" = Auto, "bwrap" = Bwrap, "landlock" = Landlock, "off" = Off;
    Why: "explicit" = Explicit, "order" = Order, "phase" = Phase, "files" = Files, "wave" = Wave, "user" = User,
        "data" = Data, "tests" = Tests;
    SymbolReader: "built-in" = BuiltIn, "serena" = Serena, "off" = Off;
    SubmodulePolicy: "local" = Local, "refuse" = Refuse, "push" = Push;
    Permissions: "full" = Full, "workspace" = Workspace;
    PromptVia: "prompt" = Prompt, "none" = None;
    WhenFlaky: "pass" = Pass, "unchecked" = Unchecked;
    GatePhase: "both" = Both, "task" = Task, "merged" = Merged, "final" = Final;
    ReportFormat: "junit" = Junit, "lcov" = Lcov, "cobertura" = Cobertura, "sarif" = Sarif,
        "checkstyle" = Checkstyle, "tap" = Tap, "libtest" = Libtest, "go" = Go, "json" = Json;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_back_to_its_value() {
        for (name, words, back) in all() {
            assert_eq!(words, back, "{name}");
        }
        assert_eq!(ScheduleMode::read("layered"), Ok(ScheduleMode::Layered));
        let wrong = ScheduleMode::read("layerd").unwrap_err();
        assert_eq!(wrong, "`layerd` is not one of its values; did you mean `layered`?");
    }
}
