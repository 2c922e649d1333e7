//! A tool as data: a command of this program, and how its arguments become that command's words.

use serde_json::{Map, Value};

/// What a tool may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolAccess {
    /// It reads.
    Read,
    /// It runs commands of the repository that a person has trusted, and keeps evidence; it changes no run.
    Judge,
    /// It begins runs or controls them.
    Write,
    /// It answers in a person's place.
    Approve,
}

/// Where a tool is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolPlace {
    /// To people's programs.
    Outside,
    /// To both; inside an attempt only about its own task.
    Everywhere,
    /// To the agent of an attempt.
    Inside,
}

/// What an argument is, and how it is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// One text, in this option: `--base=TEXT`.
    Text(&'static str),
    /// Texts, each in this option.
    Texts(&'static str),
    /// One of these words, in this option.
    OneOf(&'static str, &'static [&'static str]),
    /// A whole number, in this option.
    Count(&'static str),
    /// US dollars, in this option.
    Money(&'static str),
    /// This option, or not.
    Switch(&'static str),
    /// One text that stands for itself.
    Word,
    /// Texts that stand for themselves.
    Words,
    /// Seconds for which the command keeps answering; its last answer counts.
    Seconds,
    /// One text that only picks a part of the answer.
    Part,
}

/// An argument of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolParam {
    /// Its name in the call.
    pub name: &'static str,
    /// What it is.
    pub kind: ParamKind,
    /// Whether the call is nothing without it.
    pub is_required: bool,
    /// What it is, for the one who fills it in.
    pub about: &'static str,
}

/// What of the command's JSON is answered; the error says why there is no such part.
pub type AnswerPart = fn(&Value, &Map<String, Value>) -> Result<Value, String>;

/// A tool.
#[derive(Debug, Clone, Copy)]
pub struct ServedTool {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it does and answers, for a model.
    pub about: &'static str,
    /// What it may do.
    pub access: ToolAccess,
    /// Where it is offered.
    pub place: ToolPlace,
    /// The command, with the options that it always has.
    pub command: &'static [&'static str],
    /// Its arguments, in the order in which words of the command line stand.
    pub params: &'static [ToolParam],
    /// A part of the command's JSON, where not all of it is the answer.
    pub part: Option<AnswerPart>,
}

impl ServedTool {
    /// The argument of this name.
    pub fn param(&self, name: &str) -> Option<&'static ToolParam> {
        self.params.iter().find(|param| param.name == name)
    }

    /// Whether a call can be broken off: it changes no run.
    pub fn can_stop(&self) -> bool {
        matches!(self.access, ToolAccess::Read | ToolAccess::Judge)
    }
}
