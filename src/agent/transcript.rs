//! What an agent's stream amounts to.

use crate::model::{AgentEvent, Finish, Reset, SessionId, Usage};

/// The fold over what an agent said: what judging its end needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transcript {
    /// Its session.
    pub session: Option<SessionId>,
    /// What it used in this attempt.
    pub usage: Usage,
    /// Tools it was not allowed, as `Bash (git push)`.
    pub denied: Vec<String>,
    /// Its provider's last pause, while nothing was heard since.
    pub limited: Option<(Reset, String)>,
    /// Its provider's refusal.
    pub refused: Option<String>,
    /// Why it waits, while nothing was heard since.
    pub waiting: Option<String>,
    /// How it says that it finished.
    pub finish: Option<(Finish, String)>,
    /// The last line outside of the stream.
    pub printed: Option<String>,
}

/// Denied tools that are remembered: the first ones say what is missing.
const MAX_DENIED: usize = 8;

impl Transcript {
    /// Takes in one more.
    pub fn hear(&mut self, say: &AgentEvent) {
        match say {
            // Once more: it was told something, and works again.
            AgentEvent::Started { session, .. } => (self.session, self.finish) = (Some(session.clone()), None),
            AgentEvent::Used { delta } => self.usage += *delta,
            AgentEvent::Denied { tool, why } if self.denied.len() < MAX_DENIED => self.denied.push(named(tool, why)),
            AgentEvent::Denied { .. } => {}
            AgentEvent::RateLimited { reset, why } => self.limited = Some((*reset, why.clone())),
            AgentEvent::Refused { why } => self.refused = Some(why.clone()),
            AgentEvent::Waiting { why } => self.waiting = Some(why.clone()),
            AgentEvent::Printed { text } => self.printed = Some(text.clone()),
            AgentEvent::Finished { finish, text } => self.finish = Some((*finish, text.clone())),
            AgentEvent::Heard { .. } | AgentEvent::Plans { .. } => {}
            // Its provider answers again.
            AgentEvent::Said { .. } | AgentEvent::Tool { .. } => {
                (self.limited, self.waiting, self.refused) = (None, None, None)
            }
        }
    }
}

fn named(tool: &str, why: &str) -> String {
    if why.is_empty() { tool.to_owned() } else { format!("{tool} ({why})") }
}
