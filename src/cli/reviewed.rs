//! Waiting for a review: what landed is published, and the run goes on when the pull request below the next layer is
//! approved or merged, when a person answers, or when somebody else went on with it. Nobody holds the run meanwhile, so
//! that every other command can have it; killed, `resume` waits on.

use std::time::Duration;

use super::bell::Bell;
use super::publisher::{Publisher, open_forge};
use crate::journal::{Answer, AnswerOrigin, Approval, Question, Request, RunOutcome, RunPaths, RunState, inbox};
use crate::model::{Error, ErrorKind, Result};
use crate::publish::{Forge, ReviewLeave, review_leave};
use crate::report;
use crate::report::words::display::safe;
use crate::schedule::layer_below;
use crate::settings::{Flags, Settings};
use crate::start::ending::exit_code;
use crate::start::here::{Here, Refusal};

/// What came of waiting.
#[derive(Debug)]
pub enum Waited {
    /// The run goes on, with this said to it.
    GoOn(Vec<Request>),
    /// It does not: the exit code.
    Over(u8),
}

/// How it is waited.
#[derive(Debug, Clone, Copy)]
pub struct ReviewWait {
    /// Whether the repository's commands are trusted this once.
    pub yes: bool,
    /// Whether nothing is said.
    pub quiet: bool,
}

/// Publishes what landed, and waits for what the next layer needs.
///
/// # Errors
/// The run cannot be read, or it cannot be published at all. A server that is away only delays.
pub fn wait(here: &Here, paths: &RunPaths, wish: ReviewWait) -> Result<Waited, Refusal> {
    let settings = here.settings(&Flags::default())?;
    let forge = open_forge(here, &settings, true)?;
    let mut bell = Bell::new()?;
    let here_now = || (journal_length(paths), here.store.is_locked(), inbox::waiting(&paths.inbox()).len());
    let mut server = ReviewServer { here, settings: &settings, forge, paths, wish, published: None };
    let mut told = String::new();
    loop {
        let seen = here_now();
        let state = paths.state()?;
        if !here.store.is_locked() {
            let Some(approval) = awaited(&state) else { return Ok(Waited::Over(over(&state, wish))) };
            if !inbox::waiting(&paths.inbox()).is_empty() {
                return Ok(Waited::GoOn(Vec::new()));
            }
            let line = match server.ask(&state, approval) {
                Ok(ServerSays::Answer(answer)) => {
                    wish.say(&report::words::question::answered(&answer));
                    return Ok(Waited::GoOn(vec![Request::Answer(answer)]));
                }
                Ok(ServerSays::Waits(line)) => line,
                Err(error) if error.kind == ErrorKind::Publish => {
                    format!("{}; asking again in {} s", error.cause, settings.publish_poll)
                }
                Err(error) => return Err(error.into()),
            };
            if line != told {
                wish.say(&line);
                told = line;
            }
        }
        if !bell.rings(Duration::from_secs(settings.publish_poll), || here_now() != seen) {
            wish.say(&format!("run {} still waits for its review: git orca resume {0} waits on", paths.run));
            return Ok(Waited::Over(exit_code(RunOutcome::Stopped)));
        }
    }
}

impl ReviewWait {
    fn say(self, line: &str) {
        if !self.quiet {
            report::say(line);
        }
    }
}

/// The question that the run waits for.
fn awaited(state: &RunState) -> Option<&Approval> {
    let layer = state.awaits_review()?;
    state.approvals.get(&Question::Layer(layer).id())
}

/// Somebody else went on with the run, to this end.
fn over(state: &RunState, wish: ReviewWait) -> u8 {
    wish.say(&format!("another process went on with run {}", state.info.run));
    state.finished.map_or(RunOutcome::Stopped.exit_code(), |(_, outcome)| exit_code(outcome))
}

/// What the server says.
enum ServerSays {
    Answer(Answer),
    Waits(String),
}

/// The server, and what of the run it has.
struct ReviewServer<'a> {
    here: &'a Here,
    settings: &'a Settings,
    forge: Box<dyn Forge>,
    paths: &'a RunPaths,
    wish: ReviewWait,
    /// Number of the last journal entry when everything was published.
    published: Option<u64>,
}

impl ReviewServer<'_> {
    /// Publishes what is not, and asks for the review of the layer below.
    fn ask(&mut self, state: &RunState, approval: &Approval) -> Result<ServerSays> {
        if self.published != Some(state.seq) && !self.publish(None)? {
            return Ok(ServerSays::Waits("another process has the run for a moment".to_owned()));
        }
        let Question::Layer(layer) = approval.question else { return Err(nothing_below()) };
        let below = layer_below(state, layer).ok_or_else(nothing_below)?;
        let state = self.paths.state()?;
        let known = state.pulls.get(&below).ok_or_else(nothing_below)?;
        let pull = self.forge.pull(known.number)?;
        let verdict = self.forge.verdict(known.number)?;
        let url = safe(&known.url);
        match review_leave(&pull, &verdict) {
            ReviewLeave::Waits { why } => Ok(ServerSays::Waits(format!("layer {layer} waits: {why}   {url}"))),
            // What reviewers pushed, and what a squash made of it, is taken in before anything starts on it.
            ReviewLeave::Given { .. } if !self.publish(Some((below, layer)))? => {
                Ok(ServerSays::Waits("another process has the run for a moment".to_owned()))
            }
            ReviewLeave::Given { by, how } => Ok(ServerSays::Answer(self.answer(approval, by, how))),
        }
    }

    /// Whether the run could be had. `next`: a layer that was given leave, after the one below it.
    fn publish(&mut self, next: Option<(u32, u32)>) -> Result<bool> {
        let Some(lock) = self.here.lock()? else { return Ok(false) };
        let ReviewWait { yes, quiet } = self.wish;
        let publisher = Publisher { here: self.here, settings: self.settings, onto: None, yes, quiet };
        let done = publisher.publish(self.paths, &lock, self.forge.as_ref(), None)?;
        if let Some(layers) = next
            && let Some(moved) = publisher.start_on_merged(self.paths, &lock, &done.stack, layers)?
        {
            self.wish.say(&moved.why);
        }
        drop(lock);
        for (layer, held) in done.held() {
            self.wish.say(&report::words::publish_lines::held_line(&done.stack.remote, layer, held).0);
        }
        self.published = Some(self.paths.state()?.seq);
        Ok(true)
    }

    fn answer(&self, approval: &Approval, by: String, how: String) -> Answer {
        let host = self.forge.host().to_owned();
        let user = if by.is_empty() { "somebody".to_owned() } else { by };
        Answer {
            id: approval.question.id(),
            digest: Some(approval.digest.clone()),
            yes: true,
            note: Some(format!("{how} by {user}")),
            by: None,
            from: Some(AnswerOrigin { user, host, terminal: String::new() }),
        }
    }
}

fn nothing_below() -> Error {
    Error::failed("waiting for a review", "there is no pull request below the layer")
}

fn journal_length(paths: &RunPaths) -> u64 {
    std::fs::metadata(paths.journal()).map_or(0, |file| file.len())
}
