//! What the end of an agent's program means.

use super::Transcript;
use super::reset::reset_in;
use crate::model::{Finish, Reset};
use crate::process::End;
use crate::settings::units::show_size;

/// How an agent ended, by what follows from it. None of these says that the task is done: git and gates do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// By itself, saying that it is done.
    Finished,
    /// By itself, after tools were refused to it: its work counts, and the lack of it is explained.
    Denied(String),
    /// Not as it should; again may help.
    Retryable(String),
    /// Its provider did not answer as it should; again may help, later.
    Unavailable(String),
    /// Its provider takes no more until the reset.
    RateLimited {
        /// When it may be asked again.
        reset: Reset,
        /// The provider's words.
        why: String,
    },
    /// Its provider refuses the credentials or wants money.
    Refused {
        /// The provider's words.
        why: String,
        /// What to type.
        fix: String,
    },
    /// It took as many turns as it may.
    OutOfTurns(String),
    /// It used as much as it may.
    OverBudget(String),
    /// The session to go on in is gone: a fresh agent can do it.
    SessionLost(String),
    /// Not as it should; again would end the same way.
    Fatal(String),
    /// On request.
    Stopped,
}

/// What most programs' ends mean, with `again` for what may pass another time. The last line that a program printed is
/// mostly why it failed.
pub(super) fn ended(end: &End, told: &Transcript, again: fn(String) -> Ending) -> Ending {
    match end {
        End::Exited(0) => Ending::Finished,
        End::Exited(code) => {
            let words = told.printed.as_deref().map(|words| format!(": {}", short(words))).unwrap_or_default();
            again(format!("exit {code}{words}"))
        }
        End::Signaled(signal) => again(format!("killed by signal {signal}")),
        End::WallLimit => again("it timed out".to_owned()),
        End::MemoryLimit(bytes) => again(format!("it used more than {} of memory", show_size(*bytes))),
        End::IdleLimit => again("it produced no output for too long".to_owned()),
        End::Stopped => Ending::Stopped,
        End::NotStarted { why, .. } => Ending::Fatal(why.clone()),
    }
}

/// What the end of an agent with a stream means. The stream goes before the exit code: 0 is no success without a last
/// word (interrupted agents exit with 0), and agents that gave up with a last word exit with 1.
pub(super) fn streamed(end: &End, told: &Transcript, name: &str, fix: &str) -> Ending {
    // Who was refused is ended by us, so this comes before "on request".
    if let Some(why) = &told.refused {
        return Ending::Refused { why: why.clone(), fix: fix.to_owned() };
    }
    match (end, &told.finish) {
        // What it used is known with its last word only, and may be why it was asked to end: it was done before.
        (End::Stopped, Some((Finish::Done, text))) => finished(Finish::Done, text, &End::Exited(0), told, fix),
        // Ended by us for that.
        (End::Stopped, Some((Finish::OutOfTurns, text))) => Ending::OutOfTurns(short(text)),
        // Gemini CLI exits with codes that a shell, and bubblewrap, give to signals (145): its own last word says more.
        (End::Signaled(_), Some((finish, text))) if *finish != Finish::Done => finished(*finish, text, end, told, fix),
        (End::Exited(_), Some((finish, text))) => finished(*finish, text, end, told, fix),
        (End::Exited(code), None) => {
            let words = told.printed.as_deref().or(told.waiting.as_deref());
            let words = words.map(|words| format!(": {}", short(words))).unwrap_or_default();
            Ending::Retryable(format!("{name} exited with code {code} without a final message{words}"))
        }
        (End::NotStarted { why, missing: true }, _) => {
            Ending::Fatal(format!("{why}; install {name}, or name its program: [agents.{name}] command = [\"…\"]"))
        }
        (End::WallLimit | End::IdleLimit, _) => match ended(end, told, Ending::Retryable) {
            Ending::Retryable(why) => Ending::Retryable(with_wait(why, told)),
            other => other,
        },
        _ => ended(end, told, Ending::Retryable),
    }
}

fn with_wait(why: String, told: &Transcript) -> String {
    let waits = told.limited.as_ref().map(|(_, why)| why).or(told.waiting.as_ref());
    waits.map_or(why.clone(), |waits| format!("{why} ({})", short(waits)))
}

fn finished(finish: Finish, text: &str, end: &End, told: &Transcript, fix: &str) -> Ending {
    let why = short(text);
    match finish {
        Finish::Done if *end != End::Exited(0) => {
            let code = if let End::Exited(code) = end { *code } else { -1 };
            Ending::Retryable(format!("it reported success, but exited with code {code}"))
        }
        Finish::Done if !told.denied.is_empty() => Ending::Denied(told.denied.join(", ")),
        Finish::Done => Ending::Finished,
        Finish::OutOfTurns => Ending::OutOfTurns(why),
        Finish::OverBudget => Ending::OverBudget(why),
        Finish::RateLimited => {
            let told = told.limited.as_ref().map(|(reset, _)| *reset).filter(|reset| *reset != Reset::Unknown);
            Ending::RateLimited { reset: told.unwrap_or_else(|| reset_in(text)), why }
        }
        Finish::Refused => Ending::Refused { why, fix: fix.to_owned() },
        Finish::Unavailable => Ending::Unavailable(why),
        Finish::Impossible => Ending::Fatal(why),
        Finish::SessionLost => Ending::SessionLost(why),
        Finish::Failed => Ending::Retryable(why),
    }
}

/// One line, at most 300 characters: what people read of an agent's words.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 300;
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
