//! opencode (measured: 1.18.33): by its stream, or with `live = true` by the agent client protocol, which takes words after
//! each of its turns.

mod stream;

use serde_json::{Map, Value, json};

use super::acp;
use super::ending::streamed;
use super::{Agent, Ending, Job, LoginCheck, StreamReader, Tells, Transcript, price_of};
use crate::model::{AgentDef, CommandSpec, Permissions, Result};
use crate::process::End;

/// Runs `opencode run`.
#[derive(Debug, Clone, Copy)]
pub struct Opencode;

/// Its own switches, and the keys of the providers that it asks by itself.
const VARIABLES: &[&str] = &[
    "OPENCODE_*",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY",
    "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY",
    "MISTRAL_API_KEY",
    "GROQ_API_KEY",
    "XAI_API_KEY",
];

/// What an agent that may only work in its folder may run without asking: what committing needs. More by `allow`.
const COMMITTING: &[&str] =
    &["git add *", "git commit *", "git status*", "git diff*", "git log*", "git rm *", "git mv *"];

const FIX: &str = "run opencode auth login, or set the key of its provider; then: git orca resume";

impl Agent for Opencode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn about(&self) -> &'static str {
        "opencode, by its stream, or over ACP with `live = true`; continues its session after refused gates"
    }

    fn program(&self) -> Option<&'static str> {
        Some("opencode")
    }

    /// Its own gateway, where no model says whom it asks.
    fn provider(&self) -> Option<&'static str> {
        Some("opencode")
    }

    /// Models are named `provider/model`.
    fn provider_of(&self, def: &AgentDef) -> Option<String> {
        let named = def.model.as_deref().and_then(|model| model.split_once('/'));
        Some(named.map_or("opencode", |(provider, _)| provider).to_owned())
    }

    fn variables(&self) -> &'static [&'static str] {
        VARIABLES
    }

    fn login(&self) -> Option<LoginCheck> {
        Some(LoginCheck {
            keys: VARIABLES,
            args: &["auth", "list"],
            nobody: &["0 credentials"],
            file: None,
            fix: "run opencode auth login, or set your provider's API key",
        })
    }

    fn takes_server(&self, def: &AgentDef) -> bool {
        def.live == Some(true)
    }

    fn tells(&self) -> Tells {
        Tells { session: true, tokens: true, money: true }
    }

    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)> {
        let mut spec = match job.told_live() {
            Some(_) => acp::command(job, "opencode", served(job)),
            None => job.spec("opencode", arguments(job)),
        };
        let mut put = |name: &str, value: String| {
            spec.env.entry(name.to_owned()).or_insert(value);
        };
        // Not in the middle of a run; and its copies of every file before each step are what git is for.
        put("OPENCODE_DISABLE_AUTOUPDATE", "1".to_owned());
        put("OPENCODE_CONFIG_CONTENT", json!({"snapshot": false, "share": "disabled"}).to_string());
        if job.def.permissions == Permissions::Workspace {
            spec.env.insert("OPENCODE_PERMISSION".to_owned(), permissions(&job.def.allow));
        }
        Ok((spec, None))
    }

    fn reader(&self, job: &Job<'_>) -> Box<dyn StreamReader> {
        if job.told_live().is_some() {
            return acp::conversation(job);
        }
        let model = job.def.model.as_deref().unwrap_or_default();
        let model = model.split_once('/').map_or(model, |(_, model)| model);
        Box::new(stream::OpencodeStream::new(price_of(model, &job.prices)))
    }

    fn judge(&self, end: &End, told: &Transcript) -> Ending {
        streamed(end, told, "opencode", FIX)
    }

    fn exit_is_evidence(&self) -> bool {
        false
    }
}

/// The words with which it speaks the protocol. Folder, session and model are told it then.
fn served(job: &Job<'_>) -> Vec<String> {
    std::iter::once("acp".to_owned()).chain(job.def.args.iter().cloned()).collect()
}

fn arguments(job: &Job<'_>) -> Vec<String> {
    // Why it waits before it asks again stands in its log only.
    let mut args: Vec<String> =
        ["run", "--format", "json", "--print-logs", "--log-level", "ERROR"].map(str::to_owned).to_vec();
    if job.def.permissions == Permissions::Full {
        args.push("--auto".to_owned());
    }
    let mut put = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
    if let Some(model) = &job.def.model {
        put("-m", model);
    }
    if let Some((session, _)) = &job.resume {
        put("-s", session.as_str());
    }
    args.extend(job.def.args.iter().cloned());
    args
}

/// Refused without asking: nobody is there, and a question that nobody answers ends the whole run (1.18.33). Of several
/// patterns that fit the last one counts, and `*` is written first.
fn permissions(allow: &[String]) -> String {
    let mut bash = Map::from_iter([("*".to_owned(), Value::from("deny"))]);
    let words = COMMITTING.iter().map(|word| (*word).to_owned()).chain(allow.iter().cloned());
    bash.extend(words.map(|word| (word, Value::from("allow"))));
    json!({"bash": bash, "external_directory": "deny", "webfetch": "deny", "websearch": "deny"}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tests::job;

    #[test]
    fn what_it_may_is_said_in_its_own_words() {
        let task = crate::run::simulation::task(1, &[]);
        let def = AgentDef {
            model: Some("anthropic/claude-sonnet-4-5".to_owned()),
            permissions: Permissions::Workspace,
            allow: vec!["npm test*".to_owned()],
            ..AgentDef::default()
        };
        let mut job = job(&task, def);
        job.resume = Some(("ses_1".parse().unwrap(), Default::default()));
        let (spec, _) = Opencode.command(&job).unwrap();
        assert_eq!(
            spec.args.join(" "),
            "run --format json --print-logs --log-level ERROR -m anthropic/claude-sonnet-4-5 -s ses_1"
        );
        let rules = &spec.env["OPENCODE_PERMISSION"];
        assert!(rules.contains(r#""bash":{"*":"deny","git add *":"allow""#), "{rules}");
        assert!(rules.contains(r#""npm test*":"allow""#), "{rules}");
        job.def.permissions = Permissions::Full;
        let (spec, _) = Opencode.command(&job).unwrap();
        assert!(spec.args.contains(&"--auto".to_owned()) && !spec.env.contains_key("OPENCODE_PERMISSION"));
    }

    #[test]
    fn it_shares_the_pauses_of_the_provider_of_its_model() {
        let of = |model: Option<&str>| {
            let def = AgentDef { model: model.map(str::to_owned), ..AgentDef::default() };
            crate::agent::defined("opencode", Some(&def)).provider.unwrap()
        };
        assert_eq!(of(Some("anthropic/claude-sonnet-4-5")), "anthropic");
        assert_eq!(of(None), "opencode");
    }
}
