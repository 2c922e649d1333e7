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

/// A complete task that was counted once.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    tokens: usize,
    bytes: usize,
}

impl Counted {
    /// Of a task file; none where nothing was counted in it.
    pub fn read(text: &str) -> Option<Counted> {
        let task: CompleteTask = serde_json::from_str(text).ok()?;
        Some(Counted { tokens: task.tokens?, bytes: text.len() })
    }

    /// Whether a later version that only grew is within `budget` for sure: a token has a byte at least. It spares a counter
    /// for each attempt, which costs more than all else that its start does.
    pub fn bounds(&self, later: &str, budget: usize) -> bool {
        self.tokens + later.len().saturating_sub(self.bytes) + 4 * ROOM <= budget
    }
}

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

/// Each of `tasks` that is within `budget` tokens as it is, each other as `again` (with its position) makes it of smaller
/// budgets. Nothing is counted that cannot be over: a token is a byte at least. All texts go through one counter, since
/// loading its tables costs more than a hundred tasks. Without a counter the guess stands, and no count is written down.
pub fn all_within(budget: usize, tasks: &mut [CompleteTask], again: impl Fn(usize, usize) -> CompleteTask) {
    let mut budgets = vec![budget; tasks.len()];
    let mut open: Vec<usize> = (0..tasks.len()).collect();
    for _ in 0..=TRIES {
        let mut texts: Vec<(usize, String)> = open.iter().map(|&n| (n, tasks[n].to_json())).collect();
        texts.retain(|(_, text)| text.len() > budget);
        if texts.is_empty() {
            return;
        }
        let (over, texts): (Vec<usize>, Vec<String>) = texts.into_iter().unzip();
        let counts = match count(&texts) {
            Ok(counts) => counts,
            Err(error) => {
                tracing::warn!(%error, tasks = over.len(), "tokens are guessed, not counted");
                return;
            }
        };
        open.clear();
        for (n, counted) in over.into_iter().zip(counts) {
            if counted + ROOM <= budget {
                tasks[n].tokens = Some(counted);
                continue;
            }
            budgets[n] = budgets[n] * budget / (counted + ROOM) * 95 / 100;
            tasks[n] = again(n, budgets[n]);
            open.push(n);
        }
    }
    for n in open {
        tasks[n].missing.push("it could not be cut to its token budget".to_owned());
    }
}

/// As [`all_within`], for one.
pub fn within(budget: usize, complete: CompleteTask, again: impl Fn(usize) -> CompleteTask) -> CompleteTask {
    let mut one = [complete];
    all_within(budget, &mut one, |_, smaller| again(smaller));
    let [complete] = one;
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_grew_a_little_is_not_counted_again() {
        let before = Counted { tokens: 10_000, bytes: 40_000 };
        assert!(before.bounds(&"x".repeat(40_500), 20_000));
        assert!(before.bounds("", 20_000), "it shrank");
        assert!(!before.bounds(&"x".repeat(49_990), 20_000), "every byte more may be a token");
        assert!(!Counted { tokens: 19_990, bytes: 40_000 }.bounds(&"x".repeat(40_000), 20_000), "too near");
    }
}
