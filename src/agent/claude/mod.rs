//! Claude Code (measured: 2.1.329).

mod speech;
mod stream;

use self::speech::ClaudeSpeech;
use super::ending::streamed;
use super::own_server::OwnServer;
use super::{Agent, Ending, Job, LoginCheck, ModelAddress, StreamReader, Tells, Transcript, price_of};
use crate::model::{AgentDef, CommandSpec, Permissions, Result, Stdin};
use crate::process::End;

/// Runs `claude -p`.
#[derive(Debug, Clone, Copy)]
pub struct Claude;

/// Keys, endpoints and switches of Claude Code.
const VARIABLES: &[&str] = &[
    "ANTHROPIC_*",
    "CLAUDE_CODE_*",
    "CLAUDE_CONFIG_DIR",
    "API_TIMEOUT_MS",
    "BASH_DEFAULT_TIMEOUT_MS",
    "BASH_MAX_TIMEOUT_MS",
    "MAX_THINKING_TOKENS",
    "DISABLE_TELEMETRY",
    "DISABLE_ERROR_REPORTING",
    // Bedrock and Vertex.
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_REGION",
    "CLOUD_ML_REGION",
];

/// What an agent that may only work in its folder may run without asking: what committing needs. More by `allow`.
const COMMITTING: &[&str] = &[
    "Bash(git add *)",
    "Bash(git commit *)",
    "Bash(git status *)",
    "Bash(git status)",
    "Bash(git diff *)",
    "Bash(git diff)",
    "Bash(git log *)",
    "Bash(git rm *)",
    "Bash(git mv *)",
];

/// What a reviewing agent may do: look.
const READING: &[&str] = &[
    "Read",
    "Grep",
    "Glob",
    "StructuredOutput",
    "Bash(git diff *)",
    "Bash(git log *)",
    "Bash(git show *)",
    "Bash(git status *)",
    "Bash(git status)",
    "Bash(git blame *)",
    "Bash(git grep *)",
    "Bash(ls *)",
];

const FIX: &str = "run claude and type /login, or set ANTHROPIC_API_KEY; then: git orca resume";

impl Agent for Claude {
    fn name(&self) -> &'static str {
        "claude"
    }

    fn about(&self) -> &'static str {
        "Claude Code, in its print mode; continues its session after refused gates"
    }

    fn program(&self) -> Option<&'static str> {
        Some("claude")
    }

    fn provider(&self) -> Option<&'static str> {
        Some("anthropic")
    }

    fn variables(&self) -> &'static [&'static str] {
        VARIABLES
    }

    fn counts_turns(&self) -> bool {
        true
    }

    fn model_address(&self) -> Option<ModelAddress> {
        Some(ModelAddress { variable: "ANTHROPIC_BASE_URL", host: "api.anthropic.com" })
    }

    fn login(&self) -> Option<LoginCheck> {
        Some(LoginCheck {
            keys: &[
                "ANTHROPIC_API_KEY",
                "ANTHROPIC_AUTH_TOKEN",
                "CLAUDE_CODE_OAUTH_TOKEN",
                "CLAUDE_CODE_USE_BEDROCK",
                "CLAUDE_CODE_USE_VERTEX",
            ],
            args: &["auth", "status"],
            nobody: &["\"loggedin\": false", "not logged in"],
            file: None,
            fix: "run claude and type /login, or set ANTHROPIC_API_KEY",
        })
    }

    fn takes_server(&self, _def: &AgentDef) -> bool {
        true
    }

    fn tells(&self) -> Tells {
        Tells { session: true, tokens: true, money: true }
    }

    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)> {
        let mut spec = job.spec("claude", arguments(job));
        let mut put = |name: &str, value: &str| drop(spec.env.insert(name.to_owned(), value.to_owned()));
        // Not in the middle of a run.
        put("DISABLE_AUTOUPDATER", "1");
        if job.root && job.def.permissions == Permissions::Full {
            // Without it Claude Code refuses to work without asking as root (FACTS 1.1).
            put("IS_SANDBOX", "1");
        }
        if job.spoken.is_some() {
            spec.stdin = Stdin::Piped;
        }
        Ok((spec, None))
    }

    fn reviews(&self) -> bool {
        true
    }

    fn answer(&self, printed: &str) -> Option<String> {
        stream::structured(printed)
    }

    fn reader(&self, job: &Job<'_>) -> Box<dyn StreamReader> {
        let before = job.resume.as_ref().map(|(_, usage)| *usage).unwrap_or_default();
        let prices = job.prices.clone();
        let speech = job.spoken.as_ref().map(|prompt| ClaudeSpeech::new(prompt, job.log.display().to_string()));
        Box::new(stream::ClaudeStream::new(before, speech, move |model| price_of(model, &prices)))
    }

    fn judge(&self, end: &End, told: &Transcript) -> Ending {
        streamed(end, told, "claude", FIX)
    }

    fn exit_is_evidence(&self) -> bool {
        false
    }
}

/// A schema without the name of its dialect: Claude Code takes it for a reference that it cannot resolve (2.1.329).
fn plain(schema: &str) -> String {
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(schema) {
        Ok(mut fields) => {
            fields.remove("$schema");
            serde_json::Value::Object(fields).to_string()
        }
        Err(_) => schema.to_owned(),
    }
}

fn arguments(job: &Job<'_>) -> Vec<String> {
    let mut args: Vec<String> = ["-p", "--output-format", "stream-json", "--verbose"].map(str::to_owned).to_vec();
    if job.spoken.is_some() {
        args.extend(["--input-format", "stream-json", "--replay-user-messages"].map(str::to_owned));
    }
    let mut put = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
    match (&job.review, job.def.permissions) {
        // Everything that is not allowed below is refused, and nobody is asked.
        (Some(review), _) => {
            put("--permission-mode", "dontAsk");
            put("--json-schema", &plain(review.schema));
        }
        (None, Permissions::Full) => put("--permission-mode", "bypassPermissions"),
        (None, Permissions::Workspace) => put("--permission-mode", "acceptEdits"),
    }
    if let Some(model) = &job.def.model {
        put("--model", model);
    }
    if let Some(turns) = job.def.turns {
        put("--max-turns", &turns.to_string());
    }
    if let Some(usd) = job.allowance.usd {
        put("--max-budget-usd", &usd.to_string());
    }
    if let Some((session, _)) = &job.resume {
        put("--resume", session.as_str());
    }
    let server = OwnServer::of(job);
    args.extend(server.iter().map(|server| format!("--mcp-config={}", server.as_json())));
    args.extend(job.def.args.iter().cloned());
    // A project's own `permissions.allow` does not count in folders nobody was asked about, and every worktree is one
    // (FACTS 1.1), so it is said here. Last, since the option takes all words that follow.
    let own: &[&str] = match (&job.review, job.def.permissions) {
        (Some(_), _) => READING,
        (None, Permissions::Workspace) => COMMITTING,
        (None, Permissions::Full) => &[],
    };
    let mut allowed: Vec<String> =
        own.iter().map(|rule| (*rule).to_owned()).chain(job.def.allow.iter().cloned()).collect();
    allowed.extend(server.iter().map(OwnServer::rule));
    if !allowed.is_empty() {
        args.push("--allowedTools".to_owned());
        args.extend(allowed);
    }
    args
}
