//! The built-in agent: codemods and mechanical work need no model.

use super::ending::ended;
use super::{Agent, Ending, Job, Transcript};
use crate::model::{CommandSpec, Error, ErrorKind, Result, Stdin};
use crate::process::End;

/// Executes a task's own `run` text.
#[derive(Debug, Clone, Copy)]
pub struct Script;

impl Agent for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn about(&self) -> &'static str {
        "executes the task's own `run` text with `sh -e` in its worktree; fails rather than trying again"
    }

    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)> {
        let Some(text) = job.task.run.clone() else {
            return Err(Error::new(
                ErrorKind::Plan,
                format!("starting `{}`", job.task.id),
                "the task has no `run` text",
            )
            .at(job.task.at.clone())
            .hint("choose an agent: git orca execute --agent NAME"));
        };
        let spec = CommandSpec {
            program: "sh".to_owned(),
            args: vec!["-e".to_owned(), job.script_file.display().to_string()],
            cwd: job.worktree.clone(),
            env: job.env.clone(),
            stdin: Stdin::None,
            log: job.log.clone(),
            limits: job.limits(),
        };
        Ok((spec, Some(text)))
    }

    fn judge(&self, end: &End, told: &Transcript) -> Ending {
        ended(end, told, Ending::Fatal)
    }

    fn exit_is_evidence(&self) -> bool {
        true
    }
}
