//! What a person said to a task's agent.

/// Something that a person said, and which attempts know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaidWord {
    /// Id of the message that brought it; empty for what came with a decision (`retry -m`, `reject -m`).
    pub message: String,
    /// What was said.
    pub text: String,
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
