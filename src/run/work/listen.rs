//! Listening to an agent: its lines become events beside its log, deltas and sessions in the journal, and a request to
//! end it when its provider refuses it or its turns are over.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::agent::{Agent, StreamReader, Transcript};
use crate::journal::{Event, Intended, Pulse, RunPaths};
use crate::model::{AgentEvent, Finish, Reset, SessionId, Usage};
use crate::process::StopSignal;
use crate::run::run_env::RunEnv;
use crate::run::work::talk::{Parting, Talk, TalkEvent};

/// Between two entries about usage: budgets must survive a crash, and each entry costs a sync (ARCHITECTURE 2.10).
const USAGE_EVERY: Duration = Duration::from_secs(5);

/// A pause whose end the provider did not tell: what limits per minute need, half over.
const PAUSE: Duration = Duration::from_secs(30);

/// Characters of one text in `events.jsonl`. The agent's log has all of it.
const MOST: usize = 4_000;

/// Listens to one attempt.
pub struct Listener {
    site: Arc<RunEnv>,
    intended: Intended,
    agent: &'static dyn Agent,
    reader: Box<dyn StreamReader>,
    events: Option<File>,
    stop: StopSignal,
    /// Tools it may still use before its turns are over; none when nobody counts here.
    turns: Option<u32>,
    told: Transcript,
    session: Option<SessionId>,
    /// Used and not yet journalled.
    pending: Usage,
    /// Journalled last.
    told_at: Instant,
    /// What it is told, where it can be.
    talk: Option<Talk>,
    is_ending: bool,
}

impl Listener {
    /// A listener for an attempt that is about to start. Its events are appended: an attempt may start twice, when its
    /// session turns out to be lost.
    pub fn new(
        site: &Arc<RunEnv>,
        intended: &Intended,
        agent: &'static dyn Agent,
        reader: Box<dyn StreamReader>,
        stop: StopSignal,
    ) -> Listener {
        let path = site.paths.root().join(RunPaths::events(&intended.attempt));
        let events = agent.has_stream().then(|| append(&path)).flatten();
        Listener {
            site: Arc::clone(site),
            intended: intended.clone(),
            agent,
            reader,
            events,
            stop,
            turns: None,
            told: Transcript::default(),
            session: None,
            pending: Usage::default(),
            told_at: Instant::now(),
            talk: None,
            is_ending: false,
        }
    }

    /// Speaks to the agent, too.
    pub fn with_talk(self, talk: Option<Talk>) -> Listener {
        Listener { talk, ..self }
    }

    /// Ends the agent at the use of a tool beyond `turns`: for agents that do not count for themselves.
    pub fn with_turns(self, turns: Option<u32>) -> Listener {
        Listener { turns, ..self }
    }

    /// Listens until the lines end. How the agent left, too.
    pub async fn listen(mut self, mut lines: UnboundedReceiver<String>) -> (Transcript, Parting) {
        let stop = self.stop.clone();
        loop {
            self.go_on();
            let due = self.told_at + USAGE_EVERY;
            let waiting = self.pending != Usage::default();
            tokio::select! {
                line = lines.recv() => match line {
                    Some(line) => self.line(&line),
                    None => break,
                },
                () = tokio::time::sleep_until(due), if waiting => self.tell_usage(),
                turn = next_turn(&mut self.talk) => self.turn_to(turn),
                () = stop.due(), if self.talk.is_some() && !self.is_ending => self.end(),
            }
        }
        self.tell_usage();
        (self.told, self.talk.map_or(Parting::Own, Talk::finish))
    }

    fn go_on(&mut self) {
        if let (Some(talk), Some(speaker)) = (&mut self.talk, self.reader.speaker()) {
            talk.go_on(speaker);
        }
    }

    fn turn_to(&mut self, turn: TalkEvent) {
        let (Some(talk), Some(speaker)) = (&mut self.talk, self.reader.speaker()) else { return };
        match turn {
            TalkEvent::Word(word) => talk.say(speaker, word),
            TalkEvent::Overdue => talk.overdue(),
        }
    }

    /// Whoever speaks with the agent ends it.
    fn end(&mut self) {
        self.is_ending = true;
        if let (Some(talk), Some(speaker)) = (&mut self.talk, self.reader.speaker()) {
            talk.cancel(speaker);
        }
    }

    fn line(&mut self, line: &str) {
        for say in self.reader.read(line) {
            let now = Timestamp::now();
            self.record(now, &say);
            if !(self.is_over() && matches!(say, AgentEvent::Finished { .. })) {
                self.told.hear(&say);
            }
            match &say {
                AgentEvent::Tool { .. } => self.turn(now),
                AgentEvent::Started { session, .. } => self.session_seen(session),
                AgentEvent::Heard { id } => self.talk.iter_mut().for_each(|talk| talk.heard(id)),
                AgentEvent::Used { delta } => self.used(*delta),
                AgentEvent::RateLimited { reset, why } => self.limited(now, *reset, why),
                // Trying on would end the same way, and some agents try for minutes.
                AgentEvent::Refused { .. } => self.stop.now(),
                _ => {}
            }
        }
    }

    /// One more turn.
    fn turn(&mut self, now: Timestamp) {
        match self.turns {
            Some(0) if !self.is_over() => {
                let text = "it used all its turns and went on".to_owned();
                let say = AgentEvent::Finished { finish: Finish::OutOfTurns, text };
                self.record(now, &say);
                self.told.hear(&say);
                self.stop.now();
            }
            left => self.turns = left.map(|left| left.saturating_sub(1)),
        }
    }

    /// Whether it was ended for its turns: what it says of its end then is about ours.
    fn is_over(&self) -> bool {
        self.turns == Some(0) && matches!(self.told.finish, Some((Finish::OutOfTurns, _)))
    }

    fn record(&mut self, at: Timestamp, say: &AgentEvent) {
        let Some(file) = &mut self.events else { return };
        let Ok(mut line) = serde_json::to_vec(&Pulse { at, say: clipped(say) }) else { return };
        line.push(b'\n');
        // A full disk is found out by what cannot do without it.
        let _ = file.write_all(&line);
    }

    fn session_seen(&mut self, session: &SessionId) {
        if self.agent.tells().session && self.session.as_ref() != Some(session) {
            self.session = Some(session.clone());
            let (attempt, session) = (self.intended.attempt.clone(), session.clone());
            self.site.tell(Event::SessionSeen { attempt, session });
        }
    }

    /// Usage is told from time to time, and at once when it goes beyond what was reserved: the decision to end the
    /// attempt must not wait.
    fn used(&mut self, delta: Usage) {
        self.pending += delta;
        let (used, may) = (self.told.usage, self.intended.reserved);
        let over = may.tokens.is_some_and(|may| used.tokens() > may) || may.usd.is_some_and(|may| used.usd > may);
        if over || self.told_at.elapsed() >= USAGE_EVERY {
            self.tell_usage();
        }
    }

    fn tell_usage(&mut self) {
        let delta = std::mem::take(&mut self.pending);
        if delta != Usage::default() {
            self.site.tell(Event::UsageSeen { attempt: self.intended.attempt.clone(), delta });
        }
        self.told_at = Instant::now();
    }

    fn limited(&mut self, now: Timestamp, reset: Reset, why: &str) {
        let until = resolved(now, reset);
        if until > now && !self.intended.provider.is_empty() {
            self.site.pause(&self.intended.provider, until, why);
        }
    }
}

async fn next_turn(talk: &mut Option<Talk>) -> TalkEvent {
    match talk {
        Some(talk) => talk.next().await,
        None => std::future::pending().await,
    }
}

/// When a provider may be asked again.
pub fn resolved(now: Timestamp, reset: Reset) -> Timestamp {
    reset.at(now, &jiff::tz::TimeZone::system()).unwrap_or(now + PAUSE)
}

fn append(path: &Path) -> Option<File> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let opened = made.and_then(|()| File::options().create(true).append(true).open(path));
    opened.map_err(|error| tracing::warn!(path = %path.display(), %error, "events are not kept")).ok()
}

/// A say with its texts cut.
fn clipped(say: &AgentEvent) -> AgentEvent {
    let cut = |text: &String| match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.clone(),
    };
    match say {
        AgentEvent::Said { text } => AgentEvent::Said { text: cut(text) },
        AgentEvent::Plans { step } => AgentEvent::Plans { step: cut(step) },
        AgentEvent::Printed { text } => AgentEvent::Printed { text: cut(text) },
        AgentEvent::Tool { name, what, paths } => {
            AgentEvent::Tool { name: name.clone(), what: cut(what), paths: paths.iter().take(50).cloned().collect() }
        }
        AgentEvent::Finished { finish, text } => AgentEvent::Finished { finish: *finish, text: cut(text) },
        other => other.clone(),
    }
}
