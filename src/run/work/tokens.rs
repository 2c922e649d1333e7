//! Counting tokens with a real tokenizer, in a short-lived child: its tables take tens of megabytes that the program
//! would keep while agents run (DESIGN 12).

use crate::brief::CompleteTask;
use crate::model::{Error, Result};
use crate::process::{Tool, program_file};

/// The hidden command that counts: texts as a JSON list on standard input, their tokens as one on standard output.
pub const SUBCOMMAND: &str = "__count";

/// Tokens kept free for the count itself, which is written into the task after it was made.
const ROOM: usize = 16;
/// Further tries with smaller budgets. Each scales by what was counted, so one is nearly always enough.
const TRIES: usize = 4;

/// The tokens of each text.
///
/// # Errors
/// The counter cannot be started, or does not answer.
pub fn count(texts: &[String]) -> Result<Vec<usize>> {
    let doing = "counting tokens";
    let input = serde_json::to_vec(texts).map_err(|e| Error::failed(doing, e))?;
    let tool = Tool::new(program_file()).arg(SUBCOMMAND).stdin(input);
    let output = tool.output().map_err(|e| Error::failed(doing, e))?;
    let counts: Vec<usize> = serde_json::from_slice(&output.stdout).map_err(|e| Error::failed(doing, e))?;
    if counts.len() == texts.len() { Ok(counts) } else { Err(Error::failed(doing, "not every text was counted")) }
}

/// `complete` if it is within `budget` tokens, else what `again` makes of smaller budgets. Nothing is counted that cannot
/// be over: a token is a byte at least. Without a counter the guess stands, and no count is written down.
pub fn within(budget: usize, mut complete: CompleteTask, again: impl Fn(usize) -> CompleteTask) -> CompleteTask {
    let mut smaller = budget;
    for _ in 0..=TRIES {
        let text = complete.to_json();
        if text.len() <= budget {
            return complete;
        }
        let counted = match count(&[text]) {
            Ok(counts) => counts.first().copied().unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, task = complete.task_id, "tokens are guessed, not counted");
                return complete;
            }
        };
        if counted + ROOM <= budget {
            complete.tokens = Some(counted);
            return complete;
        }
        smaller = smaller * budget / (counted + ROOM) * 95 / 100;
        complete = again(smaller);
    }
    complete.missing.push("it could not be cut to its token budget".to_owned());
    complete
}
