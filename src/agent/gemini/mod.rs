//! Gemini CLI (measured: 0.61.0): by its stream, or with `live = true` by the agent client protocol, which takes words after
//! each of its turns.

mod stream;

use super::acp;
use super::ending::streamed;
use super::{Agent, Ending, Job, LoginCheck, ModelAddress, StreamReader, Tells, Transcript, price_of};
use crate::model::{AgentDef, CommandSpec, Permissions, Result};
use crate::process::End;

/// Runs `gemini`.
#[derive(Debug, Clone, Copy)]
pub struct Gemini;

/// Keys, endpoints and projects of Gemini.
const VARIABLES: &[&str] = &["GEMINI_*", "GOOGLE_*", "CLOUD_ML_REGION"];

/// What an agent that may only work in its folder may run without asking: what committing needs. More by `allow`.
const COMMITTING: &[&str] = &[
    "run_shell_command(git add)",
    "run_shell_command(git commit)",
    "run_shell_command(git status)",
    "run_shell_command(git diff)",
    "run_shell_command(git log)",
];

const FIX: &str = "run gemini and type /auth, or set GEMINI_API_KEY; then: git orca resume";

impl Agent for Gemini {
    fn name(&self) -> &'static str {
        "gemini"
    }

    fn about(&self) -> &'static str {
        "Gemini CLI, by its stream, or over ACP with `live = true`; continues its session after refused gates"
    }

    fn program(&self) -> Option<&'static str> {
        Some("gemini")
    }

    fn provider(&self) -> Option<&'static str> {
        Some("google")
    }

    fn variables(&self) -> &'static [&'static str] {
        VARIABLES
    }

    fn model_address(&self) -> Option<ModelAddress> {
        Some(ModelAddress { variable: "GOOGLE_GEMINI_BASE_URL", host: "generativelanguage.googleapis.com" })
    }

    fn login(&self) -> Option<LoginCheck> {
        Some(LoginCheck {
            keys: &["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA"],
            args: &[],
            nobody: &[],
            file: Some(".gemini/oauth_creds.json"),
            fix: "run gemini and type /auth, or set GEMINI_API_KEY",
        })
    }

    fn takes_server(&self, def: &AgentDef) -> bool {
        def.live == Some(true)
    }

    fn tells(&self) -> Tells {
        Tells { session: true, tokens: true, money: false }
    }

    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)> {
        let mut spec = match job.told_live() {
            Some(_) => acp::command(job, "gemini", served(job)),
            None => job.spec("gemini", arguments(job)),
        };
        // It starts itself a second time for more memory, which takes as long again.
        spec.env.entry("GEMINI_CLI_NO_RELAUNCH".to_owned()).or_insert_with(|| "true".to_owned());
        Ok((spec, None))
    }

    fn reader(&self, job: &Job<'_>) -> Box<dyn StreamReader> {
        if job.told_live().is_some() {
            return acp::conversation(job);
        }
        let prices = job.prices.clone();
        Box::new(stream::GeminiStream::new(move |model| price_of(model, &prices)))
    }

    fn judge(&self, end: &End, told: &Transcript) -> Ending {
        streamed(end, told, "gemini", FIX)
    }

    fn exit_is_evidence(&self) -> bool {
        false
    }
}

/// The words with which it speaks the protocol. Folder, session and what it may do are told it then.
fn served(job: &Job<'_>) -> Vec<String> {
    let mut args: Vec<String> = ["--skip-trust", "--acp"].map(str::to_owned).to_vec();
    args.extend(job.def.model.iter().flat_map(|model| ["-m".to_owned(), model.clone()]));
    args.extend(job.def.args.iter().cloned());
    args
}

fn arguments(job: &Job<'_>) -> Vec<String> {
    // Every worktree is a folder it was never told to trust.
    let mut args: Vec<String> = ["--skip-trust", "-o", "stream-json"].map(str::to_owned).to_vec();
    let mut put = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
    match job.def.permissions {
        Permissions::Full => put("--approval-mode", "yolo"),
        Permissions::Workspace => {
            put("--approval-mode", "auto_edit");
            let own = COMMITTING.iter().map(|rule| (*rule).to_owned());
            put("--allowed-tools", &own.chain(job.def.allow.iter().cloned()).collect::<Vec<_>>().join(","));
        }
    }
    if let Some(model) = &job.def.model {
        put("-m", model);
    }
    if let Some((session, _)) = &job.resume {
        put("--resume", session.as_str());
    }
    args.extend(job.def.args.iter().cloned());
    args
}
