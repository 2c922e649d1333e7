//! What a thread of Codex used. Its counts go on over all turns and sessions of the thread.

use serde_json::Value;

use crate::agent::prices::priced;
use crate::model::{AgentEvent, Price, Usage};

/// The account of one attempt.
pub(super) struct CodexAccount {
    /// What the thread used before this attempt: Codex counts on from there.
    before: Usage,
    told: Usage,
    price: Option<Price>,
}

impl CodexAccount {
    pub(super) fn new(before: Usage, price: Option<Price>) -> CodexAccount {
        CodexAccount { before: Usage { usd: 0.0, ..before }, told: Usage::default(), price }
    }

    /// What a count of the whole thread adds to what was told; `keys` name input, cached input (which is among the
    /// input) and output.
    pub(super) fn counted(&mut self, usage: &Value, keys: [&str; 3]) -> Option<AgentEvent> {
        let [input, cached, output] = keys.map(|key| usage[key].as_u64().unwrap_or(0));
        let total = Usage { input: input.saturating_sub(cached), cached, output, usd: 0.0 };
        let delta = priced(total.beyond(self.before).corrects(self.told), self.price);
        self.told += Usage { usd: 0.0, ..delta };
        (delta != Usage::default()).then_some(AgentEvent::Used { delta })
    }
}
