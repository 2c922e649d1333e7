//! A bed with a real agent in it, which talks to a model server of the test and to nobody else.

use std::path::{Path, PathBuf};

use git_orca::journal::{Attempt, Event};
use serde_json::{Value, json};

use super::{Model, Output, Running, TestRepo, TestRequirement, needs};

/// One of the real agents, with its model.
#[derive(Debug)]
pub struct Real {
    /// Its name.
    pub agent: &'static str,
    /// Where it works.
    pub bed: TestRepo,
    /// Whom it asks.
    pub model: Model,
    /// More lines of its table in `orca.toml`.
    pub def: String,
    /// Whether it can be told something while it works; none: as usual.
    pub live: Option<bool>,
    /// More of `orca.toml`.
    pub toml: String,
    /// Who does the tasks, where the real one has another part.
    pub author: Option<&'static str>,
}

/// Where `.ci/run` puts the agents: outside of the tree, since they are large and not ours.
fn installed(agent: &str) -> Option<PathBuf> {
    let (variable, below) = match agent {
        "claude" => ("ORCA_TEST_CLAUDE", "claude/node_modules/@anthropic-ai/claude-code-linux-x64/claude"),
        "gemini" => ("ORCA_TEST_GEMINI", "gemini/node_modules/.bin/gemini"),
        "opencode" => ("ORCA_TEST_OPENCODE", "opencode/node_modules/opencode-linux-x64/bin/opencode"),
        "aider" => ("ORCA_TEST_AIDER", "aider/bin/aider"),
        "codex_acp" => ("ORCA_TEST_CODEX_ACP", "codex-acp/node_modules/.bin/codex-acp"),
        "claude_agent_acp" => ("ORCA_TEST_CLAUDE_AGENT_ACP", "claude-agent-acp/node_modules/.bin/claude-agent-acp"),
        _ => {
            ("ORCA_TEST_CODEX", "codex/node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex")
        }
    };
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let cache = std::env::var_os("ORCA_CI_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache/orca-ci")))?;
    Some(cache.join(below)).filter(|program| program.is_file())
}

/// Puts an agent first in `PATH`. Adapters of others need a newer node than Debian's.
fn put_into(bed: &TestRepo, agent: &str, program: &Path) {
    let place = bed.root().join("bin").join(agent);
    let node = program.ancestors().nth(4).map(|cache| cache.join("node24/bin/node"));
    match node.filter(|node| agent.ends_with("_acp") && node.is_file()) {
        Some(node) => {
            bed.program(agent, &format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", node.display(), program.display()));
        }
        None => std::os::unix::fs::symlink(program, place).unwrap(),
    }
}

impl Real {
    /// A bed with the agent first in `PATH`, a home of its own, a key that opens nothing, and addresses on this machine
    /// only. `None`, said, where the agent is not installed.
    pub fn new(agent: &'static str) -> Option<Real> {
        let Some(program) = installed(agent) else {
            needs(match agent {
                "claude" => TestRequirement::Claude,
                "gemini" => TestRequirement::Gemini,
                "opencode" => TestRequirement::Opencode,
                "aider" => TestRequirement::Aider,
                "codex_acp" => TestRequirement::CodexAcp,
                "claude_agent_acp" => TestRequirement::ClaudeAgentAcp,
                _ => TestRequirement::Codex,
            });
            return None;
        };
        let mut bed = TestRepo::new();
        put_into(&bed, agent, &program);
        let model = Model::start();
        let home = bed.root().join("home/codex");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("config.toml"), codex_config(&model.url())).unwrap();
        let gemini = bed.root().join("home/.gemini");
        std::fs::create_dir_all(&gemini).unwrap();
        std::fs::write(gemini.join("settings.json"), GEMINI_CONFIG).unwrap();
        let opencode = bed.root().join("home/opencode.json");
        std::fs::write(&opencode, opencode_config(&model.url())).unwrap();
        let openai = format!("{}/v1", model.url());
        for (name, value) in [
            ("GEMINI_API_KEY", "sk-dummy"),
            ("GOOGLE_GEMINI_BASE_URL", model.url().as_str()),
            ("ANTHROPIC_BASE_URL", model.url().as_str()),
            ("ANTHROPIC_API_KEY", "sk-dummy"),
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
            ("DISABLE_TELEMETRY", "1"),
            ("DISABLE_ERROR_REPORTING", "1"),
            ("OPENAI_API_KEY", "sk-dummy"),
            ("OPENAI_API_BASE", openai.as_str()),
            ("CODEX_HOME", home.to_str().unwrap()),
            ("OPENCODE_CONFIG", opencode.to_str().unwrap()),
            ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
            // Whatever still wants to go elsewhere finds nobody there.
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            ("NO_PROXY", "127.0.0.1"),
        ] {
            bed.set(name, value);
        }
        Some(Real { agent, bed, model, def: String::new(), live: None, toml: String::new(), author: None })
    }

    /// As [`Real::new`], for an agent that can be told something while it works.
    pub fn live(agent: &'static str) -> Option<Real> {
        Some(Real { live: Some(true), ..Real::new(agent)? })
    }

    /// A task with its conversation: the model does `replies` in it.
    pub fn task(&self, id: &str, replies: impl IntoIterator<Item = super::Reply>) -> Value {
        self.model.answers(id, replies);
        json!({"id": id, "title": format!("Make it so, talk:{id}"), "details": "As the title says.", "acceptance": ["It is so"]})
    }

    /// Runs the tasks.
    pub fn execute(&self, tasks: Vec<Value>, args: &[&str]) -> Output {
        self.begin(tasks, args).wait()
    }

    /// Begins to run the tasks.
    pub fn begin(&self, tasks: Vec<Value>, args: &[&str]) -> Running {
        self.bed.plan(json!(tasks));
        let model = match self.agent {
            "claude" => "model = \"claude-sonnet-4-5\"",
            "gemini" => "model = \"gemini-2.5-pro\"",
            "opencode" => "model = \"test/m\"",
            // The adapters offer the models of their providers only; the other is told by its words.
            "codex_acp" | "claude_agent_acp" | "aider" => "",
            _ => "model = \"gpt-5\"",
        };
        let (agent, def, toml) = (self.agent, &self.def, &self.toml);
        let live = self.live.map(|live| format!("live = {live}\n")).unwrap_or_default();
        self.bed.toml(&format!("[agents.{agent}]\n{model}\n{live}{def}\n{toml}"));
        self.bed.spawn(&[&["execute", "--yes", "--agent", self.author.unwrap_or(agent)], args].concat())
    }

    /// The attempts of a task of the latest run.
    pub fn attempts(&self, task: &str) -> Vec<Attempt> {
        self.bed.state().task(&task.parse().unwrap()).unwrap().attempts.clone()
    }

    /// Events of the latest run's journal.
    pub fn events(&self) -> Vec<Event> {
        self.bed.journal().into_iter().map(|entry| entry.event).collect()
    }

    /// Tokens that one answer of the model takes.
    pub fn answer_tokens(&self) -> u64 {
        // For Anthropic cached input is counted besides, for OpenAI among the input.
        if self.agent == "claude" { 1300 } else { 1100 }
    }
}

/// Gemini takes the key, and tries twice only.
const GEMINI_CONFIG: &str = r#"{"general": {"maxAttempts": 2, "enableAutoUpdate": false}, "privacy": {"usageStatisticsEnabled": false},
    "security": {"auth": {"selectedType": "gemini-api-key"}}}"#;

/// opencode asks the model server, for a model whose prices it knows.
fn opencode_config(url: &str) -> String {
    let cost = json!({"input": 1, "output": 10, "cache_read": 0.1});
    let options = json!({"baseURL": format!("{url}/v1"), "apiKey": "sk-dummy"});
    let models = json!({"m": {"name": "m", "cost": cost}});
    json!({"provider": {"test": {
        "npm": "@ai-sdk/openai-compatible", "name": "test", "options": options, "models": models,
    }}})
    .to_string()
}

/// Codex asks the model server, and does not try again by itself what a test wants to see fail.
fn codex_config(url: &str) -> String {
    format!(
        "model_provider = \"test\"\n[model_providers.test]\nname = \"test\"\nbase_url = \"{url}/v1\"\n\
         wire_api = \"responses\"\nenv_key = \"OPENAI_API_KEY\"\nrequest_max_retries = 0\nstream_max_retries = 1\n"
    )
}
