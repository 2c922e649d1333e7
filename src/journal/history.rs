//! What tasks took in earlier runs of this repository: one line of JSON a task, kept small.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Attempt, CheckState, RunState, Subject};
use crate::model::{AttemptId, Error, GateName, Result, RunId, Task, TaskId};

/// Tasks remembered; older ones are forgotten first. A few hundred teach all there is to learn, and 5,000 lines are read
/// in a few milliseconds.
const MOST: usize = 5_000;
/// Bytes read of the file at most: many times what [`MOST`] lines need.
const MAX_BYTES: u64 = 16 << 20;

/// What one landed task took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The run.
    pub run: RunId,
    /// The task.
    pub task: TaskId,
    /// The agent that did it.
    pub agent: String,
    /// Bytes of everything the plan says about it.
    pub size: u64,
    /// From its first attempt to its last verdict, without waiting: attempts, and of each the slowest gate.
    pub seconds: f64,
    /// Attempts that it took.
    pub attempts: u32,
}

/// Bytes of everything that a plan says about a task: what its time is compared by.
pub fn task_size(task: &Task) -> u64 {
    let said = task.title.len() + task.details.len() + task.run.as_ref().map_or(0, String::len);
    (said + task.acceptance.iter().map(String::len).sum::<usize>()) as u64
}

/// What the landed tasks of a run took. A person's work, and attempts that had no fair chance, teach nothing.
pub fn samples(state: &RunState) -> Vec<Sample> {
    let gates: Vec<&GateName> = state.info.options.gates.iter().map(|gate| &gate.name).collect();
    let landed = state.info.tasks.iter().zip(&state.tasks).filter(|(_, facts)| facts.landed.is_some());
    let sample = |(task, facts): (&Task, &super::TaskState)| {
        let fair = |attempt: &&Attempt| attempt.failure().is_none_or(|(class, _)| class.counts());
        let attempts: Vec<&Attempt> = facts.attempts.iter().filter(fair).collect();
        let last = attempts.last().filter(|last| last.agent != "person")?;
        let seconds: f64 = attempts.iter().map(|attempt| seconds(state, &gates, &task.id, attempt)).sum();
        (seconds > 0.0).then(|| Sample {
            run: state.info.run.clone(),
            task: task.id.clone(),
            agent: last.agent.clone(),
            size: task_size(task),
            seconds,
            attempts: attempts.len() as u32,
        })
    };
    landed.filter_map(sample).collect()
}

/// An attempt and its slowest gate; gates run side by side.
fn seconds(state: &RunState, gates: &[&GateName], task: &TaskId, attempt: &Attempt) -> f64 {
    let Some((ended, _)) = &attempt.ended else { return 0.0 };
    let subject = Subject::Attempt(AttemptId { task: task.clone(), n: attempt.n });
    let took = |gate: &&GateName| match state.check(&subject, gate).map(|check| &check.state) {
        Some(CheckState::Judged(judgement)) if !judgement.cached => judgement.seconds.max(0.0),
        _ => 0.0,
    };
    let gate = gates.iter().map(took).fold(0.0, f64::max);
    ended.duration_since(attempt.started).as_secs_f64().max(0.0) + gate
}

/// The memory of a repository.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// Oldest first.
    pub samples: Vec<Sample>,
}

impl History {
    /// What is remembered. No file is no memory; lines that cannot be read are passed over, since nothing hangs on them.
    pub fn read(file: &Path) -> History {
        let fits = std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.len() <= MAX_BYTES);
        let text = if fits { std::fs::read_to_string(file).unwrap_or_default() } else { String::new() };
        let sound = |sample: &Sample| sample.seconds.is_finite() && sample.seconds > 0.0;
        History { samples: text.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(sound).collect() }
    }

    /// Remembers a run, instead of what was known of it before.
    pub fn remember(&mut self, run: &RunId, samples: Vec<Sample>) {
        self.samples.retain(|sample| sample.run != *run);
        self.samples.extend(samples);
        let over = self.samples.len().saturating_sub(MOST);
        self.samples.drain(..over);
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write(&self, file: &Path) -> Result<()> {
        let failed = |e: std::io::Error| Error::failed(format!("writing `{}`", file.display()), e);
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        for sample in &self.samples {
            let line = serde_json::to_string(sample).map_err(|e| failed(e.into()))?;
            writeln!(fresh, "{line}").map_err(failed)?;
        }
        fresh.persist(file).map_err(|e| failed(e.error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::read_entries;

    fn demo() -> RunState {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/journals/v1");
        RunState::replay(&read_entries(&folder.join("demo.jsonl")).unwrap()).unwrap()
    }

    #[test]
    fn a_journal_teaches_what_its_landed_tasks_took() {
        let state = demo();
        let samples = samples(&state);
        assert_eq!(samples.len(), 8);
        let sixth = samples.iter().find(|sample| sample.task.as_str() == "task-6").unwrap();
        assert_eq!((sixth.attempts, sixth.agent.as_str()), (2, "demo"));
        assert!(samples.iter().all(|sample| sample.seconds > 0.0 && sample.size > 0));
    }

    #[test]
    fn a_run_is_remembered_once_and_the_oldest_is_forgotten() {
        let state = demo();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.jsonl");
        assert_eq!(History::read(&file), History::default());
        let mut history = History::default();
        let old = Sample { run: "20200101-0000-aa".parse().unwrap(), ..samples(&state)[0].clone() };
        history.remember(&old.run, vec![old.clone(); MOST]);
        history.remember(&state.info.run, samples(&state));
        history.remember(&state.info.run, samples(&state));
        assert_eq!(history.samples.len(), MOST);
        history.write(&file).unwrap();
        assert_eq!(History::read(&file), history);
        // What somebody broke costs one line, not the memory.
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("nonsense\n{text}")).unwrap();
        assert_eq!(History::read(&file), history);
    }
}
