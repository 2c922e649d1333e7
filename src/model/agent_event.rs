//! What an agent says while it works: the streams of all agents, made equal.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::{SessionId, Usage};

/// One thing an agent's stream said. Amounts are deltas, whatever the agent's own counts are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum AgentEvent {
    /// It works, in this session.
    Started {
        /// The session, to go on in later.
        session: SessionId,
        /// The model, where it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// Words of the model.
    Said {
        /// The words.
        text: String,
    },
    /// Its model has what a person said to it.
    Heard {
        /// The id under which that was said.
        id: String,
    },
    /// It uses a tool.
    Tool {
        /// The tool's name.
        name: String,
        /// What for: a command, a pattern; empty where the paths say it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        what: String,
        /// Paths it changes or reads, as the agent writes them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        paths: Vec<String>,
    },
    /// It works on this step of a plan of its own.
    Plans {
        /// The step.
        step: String,
    },
    /// It used tokens or money.
    Used {
        /// Since the last such event.
        delta: Usage,
    },
    /// A tool was not allowed.
    Denied {
        /// The tool's name.
        tool: String,
        /// What it wanted, or why it was refused.
        why: String,
    },
    /// It waits before it asks its provider again.
    Waiting {
        /// Why.
        why: String,
    },
    /// Its provider takes no more for now. The agent may go on by itself afterwards.
    RateLimited {
        /// When it may be asked again.
        reset: Reset,
        /// The provider's words.
        why: String,
    },
    /// Its provider refuses the credentials or wants money: nothing helps but a person.
    Refused {
        /// The provider's words.
        why: String,
    },
    /// A line that is not part of the stream: what the program wrote to standard error.
    Printed {
        /// The line.
        text: String,
    },
    /// It is done working, one way or another.
    Finished {
        /// Which way.
        finish: Finish,
        /// The agent's last words, or its error.
        text: String,
    },
}

/// When a provider may be asked again. An agent's reader has no clock: whoever has one turns it into a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// So many milliseconds after the line came.
    After(u64),
    /// Then.
    At(Timestamp),
    /// At this time of day where we are; the next one when there is no date.
    Local {
        /// The day.
        date: Option<Date>,
        /// The time.
        time: Time,
    },
    /// It did not say.
    Unknown,
}

/// How an agent says that it finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It has nothing more to do. Whether the task is done, git says.
    Done,
    /// It took as many turns as it may.
    OutOfTurns,
    /// It used as much money as it may.
    OverBudget,
    /// Its provider takes no more for now.
    RateLimited,
    /// Its provider refuses the credentials, or wants money.
    Refused,
    /// Its provider did not answer as it should: again may help.
    Unavailable,
    /// Its provider does not know the model or refuses the request: again would end the same way.
    Impossible,
    /// There is no such session to go on in.
    SessionLost,
    /// Something else went wrong.
    Failed,
}

impl Reset {
    /// The time it means for a line that came at `now`; `None` when the agent did not say.
    pub fn at(&self, now: Timestamp, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
        match self {
            Reset::After(millis) => {
                now.checked_add(jiff::SignedDuration::from_millis(i64::try_from(*millis).ok()?)).ok()
            }
            Reset::At(at) => Some(*at),
            Reset::Local { date: Some(date), time } => {
                Some(date.to_datetime(*time).to_zoned(zone.clone()).ok()?.timestamp())
            }
            Reset::Local { date: None, time } => {
                let today = now.to_zoned(zone.clone()).date();
                let at = |date: Date| Some(date.to_datetime(*time).to_zoned(zone.clone()).ok()?.timestamp());
                // A minute is not seconds: what is "now" by the minute may lie some seconds back.
                at(today).filter(|at| *at > now).or_else(|| at(today.tomorrow().ok()?))
            }
            Reset::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resets_become_times() {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
        let now: Timestamp = "2026-11-27T10:00:00Z".parse().unwrap();
        let at = |reset: Reset| reset.at(now, &zone).map(|at| at.to_string());
        let local = |date, hour, minute| Reset::Local { date, time: jiff::civil::time(hour, minute, 0, 0) };
        for (reset, expected) in [
            (Reset::After(1500), Some("2026-11-27T10:00:01.5Z")),
            (Reset::After(u64::MAX), None),
            (Reset::At(now), Some("2026-11-27T10:00:00Z")),
            (local(None, 14, 39), Some("2026-11-27T12:39:00Z")),
            (local(None, 9, 0), Some("2026-11-28T07:00:00Z")),
            (local(Some(jiff::civil::date(2026, 12, 1)), 9, 0), Some("2026-12-01T07:00:00Z")),
            (Reset::Unknown, None),
        ] {
            assert_eq!(at(reset).as_deref(), expected, "{reset:?}");
        }
    }
}
