//! Any program as an agent.

use super::ending::ended;
use super::{Agent, Ending, Job, Transcript};
use crate::model::{CommandSpec, Error, ErrorKind, PromptVia, Result, Stdin};
use crate::process::End;

/// Runs the program that `[agents.NAME]` names.
#[derive(Debug, Clone, Copy)]
pub struct CommandAgent;

impl Agent for CommandAgent {
    fn name(&self) -> &'static str {
        "command"
    }

    fn about(&self) -> &'static str {
        "any program, by `[agents.NAME] command = [...]` in orca.toml"
    }

    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)> {
        let mut words = job.def.command.iter().map(|word| filled(word, job));
        let Some(program) = words.next() else {
            let doing = format!("starting `{}`", job.task.id);
            return Err(Error::new(ErrorKind::Usage, doing, "the agent has no command")
                .hint("set command = [\"program\", \"argument\"] under [agents.NAME] in orca.toml"));
        };
        let spec = CommandSpec {
            program,
            args: words.collect(),
            cwd: job.worktree.clone(),
            env: job.env.clone(),
            stdin: match job.def.stdin {
                PromptVia::Prompt => Stdin::File(job.prompt_file.clone()),
                PromptVia::None => Stdin::None,
            },
            log: job.log.clone(),
            limits: job.limits(),
        };
        Ok((spec, None))
    }

    fn reviews(&self) -> bool {
        true
    }

    fn judge(&self, end: &End, told: &Transcript) -> Ending {
        ended(end, told, Ending::Retryable)
    }

    fn exit_is_evidence(&self) -> bool {
        true
    }
}

/// A word of the command with its places filled. One pass: what a value contains is not looked at again.
fn filled(word: &str, job: &Job<'_>) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        out.push_str(before);
        let close = tail.find('}').unwrap_or(0);
        let value = match &tail[..=close] {
            "{prompt_file}" => job.prompt_file.display().to_string(),
            "{task}" => job.task.id.to_string(),
            "{task_file}" => job.task_file.display().to_string(),
            "{worktree}" => job.worktree.display().to_string(),
            "{attempt}" => job.n.to_string(),
            other => other.to_owned(),
        };
        out.push_str(&value);
        rest = &tail[close + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tests::job;
    use crate::model::AgentDef;

    #[test]
    fn places_are_filled_once_and_unknown_ones_stay() {
        let task = crate::run::simulation::task(3, &[]);
        let words = ["mine", "--n={attempt}", "{worktree}/x", "{nothing}", "{", "a{task}b{task}"];
        let def = AgentDef { command: words.map(String::from).to_vec(), ..AgentDef::default() };
        let job = Job { n: 2, worktree: "/w/{task}".into(), ..job(&task, def) };
        let (spec, script) = CommandAgent.command(&job).unwrap();
        assert_eq!(spec.program, "mine");
        assert_eq!(spec.args, ["--n=2", "/w/{task}/x", "{nothing}", "{", "aT3bT3"]);
        assert_eq!((spec.stdin, script), (Stdin::None, None));
        let none = Job { def: AgentDef::default(), ..job };
        assert_eq!(CommandAgent.command(&none).unwrap_err().kind, ErrorKind::Usage);
    }
}
