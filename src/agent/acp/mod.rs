//! Every agent that speaks the agent client protocol, version 1 (measured: Gemini CLI 0.61.0 and opencode 1.18.33):
//! JSON-RPC over its standard streams, by hand, since seven methods are all of it that is needed.

mod errors;
mod frame;
mod opening;
mod permission;
mod stream;
mod updates;
mod usage;

use self::permission::AcpPolicy;
use self::stream::{AcpStream, AcpTask};
use self::usage::AcpAccount;
use serde_json::json;

use super::ending::streamed;
use super::own_server::OwnServer;
use super::{Agent, Ending, Job, StreamReader, Tells, Transcript, price_of};
use crate::model::{AgentDef, CommandSpec, Error, ErrorKind, Result, Stdin};
use crate::process::End;

/// Runs the program that `[agents.NAME] acp` names.
#[derive(Debug, Clone, Copy)]
pub struct Acp;

const FIX: &str = "log in with the agent's own program; then: git orca resume";

impl Agent for Acp {
    fn name(&self) -> &'static str {
        "acp"
    }

    fn about(&self) -> &'static str {
        "any program that speaks the agent client protocol, by `[agents.NAME] acp = [...]` in orca.toml"
    }

    fn has_stream(&self) -> bool {
        true
    }

    fn takes_server(&self, _def: &AgentDef) -> bool {
        true
    }

    fn tells(&self) -> Tells {
        Tells { session: true, tokens: true, money: false }
    }

    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)> {
        let refuse = |cause: &str, hint: &str| {
            Err(Error::new(ErrorKind::Usage, format!("starting `{}`", job.task.id), cause).hint(hint))
        };
        if job.def.command.is_empty() {
            return refuse(
                "its agent has no command",
                "set acp = [\"program\", \"argument\"] under [agents.NAME] in orca.toml",
            );
        }
        if job.spoken.is_none() {
            return refuse("nobody can speak with an agent where this one runs", "run it here, or take another agent");
        }
        Ok((command(job, "", job.def.args.clone()), None))
    }

    fn reader(&self, job: &Job<'_>) -> Box<dyn StreamReader> {
        conversation(job)
    }

    fn judge(&self, end: &End, told: &Transcript) -> Ending {
        match end {
            End::NotStarted { why, missing: true } => {
                Ending::Fatal(format!("{why}; install it, or name its program: `acp` under [agents.NAME] in orca.toml"))
            }
            end => streamed(end, told, "the agent", FIX),
        }
    }

    fn exit_is_evidence(&self) -> bool {
        false
    }
}

/// The command of a program that speaks the protocol when it is started with these arguments.
pub(super) fn command(job: &Job<'_>, program: &str, args: Vec<String>) -> CommandSpec {
    let mut spec = job.spec(program, args);
    spec.stdin = Stdin::Piped;
    spec
}

/// The conversation of a job.
pub(super) fn conversation(job: &Job<'_>) -> Box<dyn StreamReader> {
    let before = job.resume.as_ref().map(|(_, usage)| *usage).unwrap_or_default();
    let prices = job.prices.clone();
    let server = OwnServer::of(job);
    let policy = AcpPolicy::new(job.def.permissions, &job.worktree, &job.def.allow).with_server(server.is_some());
    let task = AcpTask {
        prompt: job.spoken.clone().unwrap_or_default(),
        folder: job.folder.display().to_string(),
        resume: job.resume.as_ref().map(|(session, _)| session.clone()),
        model: job.def.model.clone(),
        permissions: job.def.permissions,
        servers: server.map_or_else(|| json!([]), |server| server.as_acp(&job.env)),
    };
    Box::new(AcpStream::new(task, policy, AcpAccount::new(before, move |model| price_of(model, &prices))))
}

#[cfg(test)]
mod tests;
