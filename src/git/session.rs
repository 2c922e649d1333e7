//! Git processes that stay: for what a run does several times a task, starting git costs more than git's work.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::call::Call;
use crate::model::{Error, Result, crash};
use crate::process::Dialogue;

/// One kind of request, answered by a git process that is started at the first one and again when it has ended or grown
/// old.
pub(super) struct Session {
    live: Mutex<Option<Live>>,
    longest: Option<Duration>,
}

struct Live {
    dialogue: Dialogue,
    since: Instant,
}

impl Session {
    /// A session whose processes are used for `longest`; without, for as long as they live.
    pub(super) fn new(longest: Option<Duration>) -> Session {
        Session { live: Mutex::new(None), longest }
    }

    /// Ends the process, if there is one.
    pub(super) fn close(&self) {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Asks a request of the process that `call` starts. `exchange` may be repeated with a fresh process, when one that
    /// was used before fails: `done` tells whether the failed one has done it all the same.
    ///
    /// # Errors
    /// A fresh process cannot be started, or fails too.
    pub(super) fn ask<T>(
        &self,
        call: &Call,
        mut exchange: impl FnMut(&mut Dialogue) -> io::Result<T>,
        done: impl FnOnce() -> Option<T>,
    ) -> Result<T> {
        let mut held = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        crash::point("git.before");
        let young = |live: &Live| self.longest.is_none_or(|longest| live.since.elapsed() < longest);
        if let Some(mut live) = held.take().filter(young) {
            if let Ok(answer) = exchange(&mut live.dialogue) {
                *held = Some(live);
                crash::point("git.after");
                return Ok(answer);
            }
            if let Some(answer) = done() {
                return Ok(answer);
            }
        }
        let mut dialogue = call.start()?;
        let answer = exchange(&mut dialogue);
        crash::point("git.after");
        match answer {
            Ok(answer) => {
                *held = Some(Live { dialogue, since: Instant::now() });
                Ok(answer)
            }
            Err(_) => Err(call.error(&dialogue.end().map_err(|error| Error::failed("asking git", error))?)),
        }
    }
}
