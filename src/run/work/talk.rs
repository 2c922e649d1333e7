//! Our half of a conversation with an agent that works: its prompt, people's words, the end of its input.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use crate::agent::Speaker;
use crate::journal::Event;
use crate::model::AttemptId;
use crate::process::StopSignal;
use crate::run::run_env::RunEnv;
use crate::run::word_boxes::HandedWord;

/// How long an agent may take to break off what it does before it gets a signal: workers have 8 s at the end of a run.
const CANCEL_PATIENCE: Duration = Duration::from_secs(2);

/// Why an agent was ended, where that is not what its end looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// It went by itself, or by the signal that its end tells of.
    Own,
    /// It was through, and did not leave.
    Overstayed,
    /// It was asked to break off, and may have ended by itself.
    Cancelled,
}

/// The conversation with one attempt's agent.
pub struct Talk {
    site: Arc<RunEnv>,
    attempt: AttemptId,
    /// None once the input has ended.
    input: Option<UnboundedSender<String>>,
    words: UnboundedReceiver<HandedWord>,
    /// Messages whose words were written and have no receipt.
    unconfirmed: Vec<String>,
    is_announced: bool,
    /// Ends the agent's processes.
    end: StopSignal,
    ends_at: Option<Instant>,
    parting: Parting,
}

/// What comes next in a conversation.
pub enum TalkEvent {
    /// A person's word.
    Word(HandedWord),
    /// Its time to leave is over.
    Overdue,
}

impl Talk {
    /// A conversation that writes to `input`; `end` ends the agent.
    pub fn new(site: &Arc<RunEnv>, attempt: &AttemptId, input: UnboundedSender<String>, end: StopSignal) -> Talk {
        Talk {
            site: Arc::clone(site),
            attempt: attempt.clone(),
            words: site.boxes.open(attempt),
            input: Some(input),
            unconfirmed: Vec::new(),
            is_announced: false,
            end,
            ends_at: None,
            parting: Parting::Own,
        }
    }

    /// Writes what is to be written, and ends the input once everything has its answer.
    pub fn go_on(&mut self, speaker: &mut dyn Speaker) {
        if speaker.hears() && !self.is_announced {
            self.is_announced = true;
            self.site.tell(Event::AgentHears { attempt: self.attempt.clone() });
        }
        self.write(speaker);
        while self.input.is_some() && speaker.is_answered() {
            match self.site.boxes.close(&self.attempt, &mut self.words) {
                Some(word) => self.say(speaker, word),
                None => {
                    self.input = None;
                    self.ends_at.get_or_insert(Instant::now() + speaker.leaves_within());
                }
            }
        }
    }

    fn write(&self, speaker: &mut dyn Speaker) {
        let text = speaker.to_write();
        if let Some(input) = self.input.as_ref().filter(|_| !text.is_empty()) {
            // A program that has ended reads nothing more; its end says so.
            let _ = input.send(text);
        }
    }

    /// Hands a word to the agent.
    pub fn say(&mut self, speaker: &mut dyn Speaker, word: HandedWord) {
        self.unconfirmed.push(word.message.clone());
        speaker.say(&word.message, &word.text);
        self.write(speaker);
    }

    /// The agent confirmed a word.
    pub fn heard(&mut self, message: &str) {
        let before = self.unconfirmed.len();
        self.unconfirmed.retain(|it| it != message);
        if self.unconfirmed.len() < before {
            self.site.tell(Event::WordHeard { attempt: self.attempt.clone(), message: message.to_owned() });
        }
    }

    /// Asked to end it: in its own way first, where it has one.
    pub fn cancel(&mut self, speaker: &mut dyn Speaker) {
        if self.input.is_some() && speaker.cancel() {
            self.parting = Parting::Cancelled;
            self.write(speaker);
            self.ends_at = Some(Instant::now() + CANCEL_PATIENCE);
        } else {
            self.end.now();
        }
    }

    /// What happens next that is not a line of the agent's.
    pub async fn next(&mut self) -> TalkEvent {
        let ends_at = self.ends_at;
        let overdue = async {
            match ends_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let takes = self.input.is_some();
        tokio::select! {
            Some(word) = self.words.recv(), if takes => TalkEvent::Word(word),
            () = overdue => TalkEvent::Overdue,
        }
    }

    /// It did not leave in time.
    pub fn overdue(&mut self) {
        self.ends_at = None;
        if self.parting == Parting::Own {
            self.parting = Parting::Overstayed;
        }
        self.end.now();
    }

    /// Its program is gone: what it did not confirm is for the next attempt.
    pub fn finish(mut self) -> Parting {
        while let Some(word) = self.site.boxes.close(&self.attempt, &mut self.words) {
            self.unconfirmed.push(word.message);
        }
        for message in self.unconfirmed {
            self.site.tell(Event::WordCarried { attempt: self.attempt.clone(), message });
        }
        self.parting
    }
}
