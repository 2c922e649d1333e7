//! What was said to a task's agent, by a person or by git orca.

/// Something that was said, and which attempts know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidWord {
    /// Id of the message that brought it; empty for what came with a decision (`retry -m`, `reject -m`).
    pub message: String,
    /// What was said.
    pub text: String,
    /// Whether git orca says it itself (`[run] tell`): it is for whoever works just then; it holds back nothing, and
    /// stands in no later prompt.
    pub is_news: bool,
    /// Attempts in whose prompts it stands.
    pub told: Vec<u32>,
    /// Attempts whose agents confirmed it while they worked.
    pub heard: Vec<u32>,
    /// Attempts whose agents took it no more: it came when they were done, or they ended before they confirmed it.
    pub carried: Vec<u32>,
    /// All attempts that know it: by their prompt, by their session, or because they heard it.
    pub known: Vec<u32>,
    /// The attempts that it was handed to and that have not confirmed it.
    pub handed: Vec<u32>,
}

impl SaidWord {
    /// Whether this message brought it.
    pub fn is(&self, message: &str) -> bool {
        !message.is_empty() && self.message == message
    }
}
