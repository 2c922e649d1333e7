//! Codex (measured: 0.169.0): by `codex exec`, or with `live = true` by `codex app-server`, which takes words while it works.
//! That does not review, runs only where somebody can speak with it, and does not know all arguments of the other.

mod account;
mod asks;
mod errors;
mod items;
mod live;
mod stream;

#[cfg(test)]
mod tests;

use self::account::CodexAccount;
use self::live::{CodexLive, CodexTask};
use super::ending::streamed;
use super::own_server::OwnServer;
use super::{Agent, Ending, Job, LoginCheck, ModelAddress, StreamReader, Tells, Transcript, price_of};
use crate::model::{AgentDef, CommandSpec, Permissions, Result, Stdin};
use crate::process::End;

/// Runs `codex app-server` or `codex exec`.
#[derive(Debug, Clone, Copy)]
pub struct Codex;

/// Keys, endpoints and the state folder of Codex.
const VARIABLES: &[&str] = &["OPENAI_*", "CODEX_HOME", "CODEX_API_KEY", "AZURE_OPENAI_API_KEY", "RUST_LOG"];

const FIX: &str = "run codex login, or set OPENAI_API_KEY; then: git orca resume";

impl Agent for Codex {
    fn name(&self) -> &'static str {
        "codex"
    }

    fn about(&self) -> &'static str {
        "Codex, by `codex exec`, or `codex app-server` with `live = true`; continues its session after refused gates"
    }

    fn program(&self) -> Option<&'static str> {
        Some("codex")
    }

    fn provider(&self) -> Option<&'static str> {
        Some("openai")
    }

    fn variables(&self) -> &'static [&'static str] {
        VARIABLES
    }

    fn model_address(&self) -> Option<ModelAddress> {
        Some(ModelAddress { variable: "OPENAI_BASE_URL", host: "api.openai.com" })
    }

    fn login(&self) -> Option<LoginCheck> {
        Some(LoginCheck {
            keys: &["CODEX_API_KEY", "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"],
            args: &["login", "status"],
            nobody: &["not logged in"],
            file: None,
            fix: "run codex login, or set CODEX_API_KEY",
        })
    }

    fn takes_server(&self, _def: &AgentDef) -> bool {
        true
    }

    fn tells(&self) -> Tells {
        Tells { session: true, tokens: true, money: false }
    }

    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)> {
        if spoken(job).is_none() {
            return Ok((job.spec("codex", arguments(job)), None));
        }
        let mut spec = job.spec("codex", served(job));
        spec.stdin = Stdin::Piped;
        Ok((spec, None))
    }

    fn reviews(&self) -> bool {
        true
    }

    fn answer(&self, _printed: &str) -> Option<String> {
        // It goes into the file, and its stream has events only.
        None
    }

    fn reader(&self, job: &Job<'_>) -> Box<dyn StreamReader> {
        let before = job.resume.as_ref().map(|(_, usage)| *usage).unwrap_or_default();
        let price = job.def.model.as_deref().and_then(|model| price_of(model, &job.prices));
        let account = CodexAccount::new(before, price);
        let Some(prompt) = spoken(job) else { return Box::new(stream::CodexStream::new(account)) };
        let task = CodexTask {
            prompt: prompt.to_owned(),
            folder: job.folder.display().to_string(),
            resume: job.resume.as_ref().map(|(session, _)| session.clone()),
            model: job.def.model.clone(),
            permissions: job.def.permissions,
        };
        Box::new(CodexLive::new(task, account))
    }

    fn judge(&self, end: &End, told: &Transcript) -> Ending {
        streamed(end, told, "codex", FIX)
    }

    fn exit_is_evidence(&self) -> bool {
        false
    }
}

/// The prompt, where it is told over an input that stays open.
fn spoken<'j>(job: &'j Job<'_>) -> Option<&'j str> {
    job.told_live().filter(|_| are_of_both(&job.def.args))
}

/// Whether `codex app-server` knows the arguments, too: settings and features, but not what `codex exec` has besides.
fn are_of_both(args: &[String]) -> bool {
    const TAKING: [&str; 4] = ["-c", "--config", "--enable", "--disable"];
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let is_known = match arg.split_once('=') {
            Some((name, _)) => name.starts_with("--") && TAKING.contains(&name),
            None => TAKING.contains(&arg.as_str()) && args.next().is_some(),
        };
        if !is_known {
            return false;
        }
    }
    true
}

/// The words of `codex app-server`: the same settings as those of `codex exec`. Model, folder and thread are told it.
fn served(job: &Job<'_>) -> Vec<String> {
    let mut args = vec!["app-server".to_owned()];
    args.extend(match job.def.permissions {
        Permissions::Full => settings(&["sandbox_mode=\"danger-full-access\"".to_owned(), NEVER.to_owned()]),
        Permissions::Workspace => own_sandbox(job),
    });
    args.extend(OwnServer::of(job).iter().flat_map(|server| settings(&server.as_settings())));
    args.extend(job.def.args.iter().cloned());
    args
}

fn arguments(job: &Job<'_>) -> Vec<String> {
    let mut args = vec!["exec".to_owned()];
    if job.resume.is_some() {
        args.push("resume".to_owned());
    }
    args.extend(["--json", "--skip-git-repo-check"].map(str::to_owned));
    match (&job.review, job.def.permissions) {
        (Some(review), _) => {
            let path = |path: &std::path::Path| path.display().to_string();
            args.extend(["--output-schema".to_owned(), path(&review.schema_file)]);
            args.extend(["-o".to_owned(), path(&review.answer_file)]);
            args.extend(settings(&["sandbox_mode=\"read-only\"".to_owned(), NEVER.to_owned()]));
        }
        (None, Permissions::Full) => args.push("--dangerously-bypass-approvals-and-sandbox".to_owned()),
        (None, Permissions::Workspace) => args.extend(own_sandbox(job)),
    }
    if let Some(model) = &job.def.model {
        args.extend(["-m".to_owned(), model.clone()]);
    }
    args.extend(OwnServer::of(job).iter().flat_map(|server| settings(&server.as_settings())));
    args.extend(job.def.args.iter().cloned());
    if let Some((session, _)) = &job.resume {
        args.push(session.to_string());
    }
    // The prompt comes on standard input.
    args.push("-".to_owned());
    args
}

/// Codex's own sandbox, with what committing in a linked worktree writes (FACTS 1.2): without it every commit fails,
/// since `.git` is a file that leads out of the worktree. As settings, because `resume` has no `-s`.
fn own_sandbox(job: &Job<'_>) -> Vec<String> {
    let quoted = |path: &std::path::PathBuf| toml::Value::String(path.display().to_string()).to_string();
    let roots: Vec<String> = job.shared.iter().map(quoted).collect();
    settings(&[
        "sandbox_mode=\"workspace-write\"".to_owned(),
        NEVER.to_owned(),
        format!("sandbox_workspace_write.writable_roots=[{}]", roots.join(",")),
    ])
}

/// Nobody is there to be asked.
const NEVER: &str = "approval_policy=\"never\"";

fn settings(settings: &[String]) -> Vec<String> {
    settings.iter().flat_map(|setting| ["-c".to_owned(), setting.clone()]).collect()
}
