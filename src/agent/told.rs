//! What an agent's stream amounts to.

use crate::model::{Finish, Reset, Say, SessionId, Usage};

/// The fold over what an agent said: what judging its end needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
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

impl Told {
    /// Takes in one more.
    pub fn hear(&mut self, say: &Say) {
        match say {
            Say::Started { session, .. } => self.session = Some(session.clone()),
            Say::Used { delta } => self.usage += *delta,
            Say::Denied { tool, why } if self.denied.len() < MAX_DENIED => self.denied.push(named(tool, why)),
            Say::Denied { .. } => {}
            Say::RateLimited { reset, why } => self.limited = Some((*reset, why.clone())),
            Say::Refused { why } => self.refused = Some(why.clone()),
            Say::Waiting { why } => self.waiting = Some(why.clone()),
            Say::Printed { text } => self.printed = Some(text.clone()),
            Say::Finished { finish, text } => self.finish = Some((*finish, text.clone())),
            // Its provider answers again.
            Say::Said { .. } | Say::Tool { .. } => (self.limited, self.waiting, self.refused) = (None, None, None),
        }
    }
}

fn named(tool: &str, why: &str) -> String {
    if why.is_empty() { tool.to_owned() } else { format!("{tool} ({why})") }
}
