//! What Claude Code is told over an input that stays open (`--input-format stream-json --replay-user-messages`).
//!
//! A message that comes while a tool runs is appended to that tool's result; one that comes with the last answer, or
//! after it, begins a turn of its own, with a second `init` and a second `result`. Either way its replay is the receipt.
//! So the end is a result after the last replay, with no replay outstanding.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::agent::seam::Speaker;
use crate::model::AgentEvent;

/// Hooks at the end of its session have this long.
const LEAVING: Duration = Duration::from_secs(60);

/// What was said, and what has its answer.
#[derive(Debug)]
pub(super) struct ClaudeSpeech {
    /// What no other session of the same program names its messages by: it takes none twice.
    scope: String,
    unwritten: String,
    /// Ids of words without a replay, with the names that they went under.
    unconfirmed: Vec<(String, String)>,
    /// Whether a result is still to come for something that was taken in.
    owes: bool,
    /// Whether it gave up: then it takes nothing more.
    gave_up: bool,
}

impl ClaudeSpeech {
    /// Begins with the prompt.
    pub(super) fn new(prompt: &str, scope: String) -> ClaudeSpeech {
        let mut speech =
            ClaudeSpeech { scope, unwritten: String::new(), unconfirmed: Vec::new(), owes: true, gave_up: false };
        speech.write("", prompt);
        speech
    }

    fn write(&mut self, id: &str, text: &str) -> String {
        let uuid = uuid(&self.scope, id);
        let message = json!({"role": "user", "content": text});
        self.unwritten.push_str(&json!({"type": "user", "uuid": uuid, "message": message}).to_string());
        self.unwritten.push('\n');
        uuid
    }

    /// A message was taken in.
    pub(super) fn replayed(&mut self, value: &Value) -> Option<AgentEvent> {
        if value["isReplay"] != true {
            return None;
        }
        self.owes = true;
        let id = self.settled(value["uuid"].as_str()?)?;
        Some(AgentEvent::Heard { id })
    }

    /// A message is through, replayed or not (a hook may refuse it): nothing more comes of it.
    pub(super) fn lifecycle(&mut self, value: &Value) {
        let waits = matches!(value["state"].as_str(), Some("queued" | "started") | None);
        if let Some(uuid) = value["command_uuid"].as_str().filter(|_| !waits) {
            self.settled(uuid);
        }
    }

    fn settled(&mut self, uuid: &str) -> Option<String> {
        let at = self.unconfirmed.iter().position(|(_, it)| it == uuid)?;
        Some(self.unconfirmed.remove(at).0)
    }

    /// A turn is over.
    pub(super) fn result(&mut self, is_good: bool) {
        self.owes = false;
        self.gave_up |= !is_good;
    }
}

impl Speaker for ClaudeSpeech {
    fn to_write(&mut self) -> String {
        std::mem::take(&mut self.unwritten)
    }

    fn hears(&self) -> bool {
        true
    }

    fn say(&mut self, id: &str, text: &str) {
        let uuid = self.write(id, text);
        self.unconfirmed.push((id.to_owned(), uuid));
    }

    fn is_answered(&self) -> bool {
        self.gave_up || !self.owes && self.unconfirmed.is_empty()
    }

    fn leaves_within(&self) -> Duration {
        LEAVING
    }
}

/// The name of a message, in the form that Claude Code takes.
fn uuid(scope: &str, id: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(scope.as_bytes());
    digest.update([0]);
    digest.update(id.as_bytes());
    let hex: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A conversation by letters: `p` the prompt's replay, `w` and `v` words that are said, `W` and `V` their replays,
    /// `X` a word that is refused, `r` a result, `e` one that gives up. Whether the input may end after each.
    fn ends(story: &str) -> String {
        let mut speech = ClaudeSpeech::new("prompt", "here".to_owned());
        let replay = |id: &str| json!({"type": "user", "isReplay": true, "uuid": uuid("here", id)});
        let step = |letter: char| {
            match letter {
                'p' => assert_eq!(speech.replayed(&replay("")), None),
                'w' | 'v' => speech.say(&letter.to_string(), "a word"),
                'W' | 'V' => {
                    let id = letter.to_lowercase().to_string();
                    assert_eq!(speech.replayed(&replay(&id)), Some(AgentEvent::Heard { id }));
                }
                'X' => speech.lifecycle(&json!({"state": "completed", "command_uuid": uuid("here", "w")})),
                'r' => speech.result(true),
                _ => speech.result(false),
            }
            if speech.is_answered() { '.' } else { '-' }
        };
        story.chars().map(step).collect()
    }

    #[test]
    fn the_input_ends_with_a_result_after_the_last_replay() {
        for (story, expected) in [
            ("pr", "-."),
            ("r", "."),
            // During a tool, during the last answer, after the result, two at once, with a limit in between.
            ("pwWr", "---."),
            ("pwrWr", "----."),
            ("prwWr", "-.--."),
            ("wprvWVr", "------."),
            ("pwWvrVr", "------."),
            ("pwrX", "---."),
            ("pwe", "--."),
        ] {
            assert_eq!(ends(story), expected, "{story}");
        }
    }

    #[test]
    fn every_line_is_one_message_with_a_name_of_its_own() {
        let mut speech = ClaudeSpeech::new("a\nb", "here".to_owned());
        speech.say("1", "/clear");
        let text = speech.to_write();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), lines[0]["message"]["content"].as_str()), (2, Some("a\nb")));
        assert_ne!(lines[0]["uuid"], lines[1]["uuid"]);
        assert_ne!(lines[1]["uuid"], uuid("there", "1"), "another attempt may say the same");
        assert!(uuid("", "").bytes().filter(|byte| *byte == b'-').count() == 4 && uuid("", "").len() == 36);
        assert_eq!(speech.to_write(), "");
    }
}
