//! A place for tests: code is copied there, the work waits for its turn, runs when it is asked for the second time, and what
//! it left is copied back. Nothing outside of this folder knows of it.

use std::path::PathBuf;
use std::time::Duration;

use super::{Executor, JobHandle, JobQueue, Submission, WorkOrder, WorkState};
use crate::model::{CommandSpec, Error, Result};

/// Runs work in a copy of the worktree beside it.
#[derive(Debug)]
pub struct Dummy;

/// The copy.
pub(super) fn there(work: &WorkOrder) -> PathBuf {
    work.worktree.with_extension("there")
}

fn shell(work: &WorkOrder, text: String) -> CommandSpec {
    CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), text],
        cwd: work.worktree.clone(),
        ..work.spec.clone()
    }
}

impl Executor for Dummy {
    fn name(&self) -> &'static str {
        "dummy"
    }

    fn about(&self) -> &'static str {
        "in a copy of the worktree, for tests"
    }

    fn prepare(&self, work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        Ok(vec![shell(work, format!("rm -rf '{0}'; cp -R . '{0}'", there(work).display()))])
    }

    fn submit(&self, work: &WorkOrder) -> Result<Submission> {
        let command = work.spec.args.last().cloned().unwrap_or_default();
        let place = there(work).display().to_string();
        let quoted = command.replace('\'', r"'\''");
        let text = format!("cd '{place}' && printf '%s' '{quoted}' > .job && echo 'handed over: job 7'");
        Ok(Submission::Queued(shell(work, text), &DummyQueue))
    }

    fn collect(&self, work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        let place = there(work).display().to_string();
        Ok(vec![shell(work, format!("cd '{place}' && rm -f .job .asked && cp -R . '{}'", work.worktree.display()))])
    }
}

/// Its queue.
#[derive(Debug)]
pub struct DummyQueue;

impl JobQueue for DummyQueue {
    fn read_handle(&self, _work: &WorkOrder, printed: &str) -> Result<JobHandle> {
        let named = printed.lines().find_map(|line| line.strip_prefix("handed over: job "));
        named.map(|number| JobHandle(number.to_owned())).ok_or_else(|| Error::failed("handing work over", "no number"))
    }

    fn probe(&self, work: &WorkOrder, _handle: &JobHandle) -> CommandSpec {
        let run = "if [ ! -e .job ]; then echo gone; elif [ ! -e .asked ]; then touch .asked; echo waits; \
                   else sh .job > /dev/null 2>&1; echo $?; fi";
        shell(work, format!("cd '{}' && {run}", there(work).display()))
    }

    fn read_state(&self, _code: i32, printed: &str) -> Option<WorkState> {
        match printed.lines().last()?.trim() {
            "waits" => Some(WorkState::Waiting),
            "gone" => Some(WorkState::Gone("nobody knows the job".to_owned())),
            code => code.parse().ok().map(WorkState::Exited),
        }
    }

    fn cancel(&self, work: &WorkOrder, _handle: &JobHandle) -> CommandSpec {
        shell(work, format!("cd '{}' && rm -f .job && touch cancelled", there(work).display()))
    }

    fn interval(&self, _probes: u32) -> Duration {
        Duration::from_millis(20)
    }
}
