//! What an attempt is known to have done: the git commands of its processes, as git itself recorded them, and its own
//! words. From this, and nothing else, an agent is blamed.
//!
//! git writes the record (`GIT_TRACE2_EVENT`, set in the agent's environment) for every git process, however deep. An
//! agent that empties the environment leaves none: then what changed is told, and nobody is blamed for it. Pure.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// One git process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// Its arguments, without the program.
    pub args: Vec<String>,
    /// The worktree that it worked in; empty when it had none.
    pub worktree: String,
    /// Its exit code; none when it was killed.
    pub code: Option<i32>,
}

/// Everything known of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Git processes in the order in which they started, those in other repositories left out.
    pub commands: Vec<Command>,
    /// Its script or command, and what it said.
    pub text: String,
}

/// The parts of an event that matter here (git's `api-trace2`, format 3 and 4).
#[derive(Debug, Deserialize)]
struct TraceEvent<'a> {
    event: &'a str,
    sid: String,
    #[serde(default)]
    argv: Vec<String>,
    #[serde(default)]
    worktree: Option<String>,
    #[serde(default)]
    code: Option<i32>,
}

/// Reads git's record. Lines that are torn or of other events are passed over. Commands in worktrees that are none of
/// `ours` are left out: agents make repositories of their own, tests above all.
pub fn commands(trace: &str, ours: impl Fn(&Path) -> bool) -> Vec<Command> {
    let mut order = Vec::new();
    let mut found: BTreeMap<String, Command> = BTreeMap::new();
    for line in trace.lines() {
        let Ok(event) = serde_json::from_str::<TraceEvent<'_>>(line) else { continue };
        match event.event {
            "start" => {
                let args = event.argv.into_iter().skip(1).collect();
                order.push(event.sid.clone());
                found.insert(event.sid, Command { args, ..Command::default() });
            }
            "def_repo" => {
                if let (Some(command), Some(worktree)) = (found.get_mut(&event.sid), event.worktree) {
                    command.worktree = worktree;
                }
            }
            "exit" => {
                if let Some(command) = found.get_mut(&event.sid) {
                    command.code = event.code;
                }
            }
            _ => {}
        }
    }
    let commands = order.into_iter().filter_map(|sid| found.remove(&sid));
    commands.filter(|command| command.worktree.is_empty() || ours(Path::new(&command.worktree))).collect()
}

/// Options of git itself that take a value as the next word.
const WITH_VALUE: [&str; 6] = ["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"];

/// Commands that move the branch that is checked out where they run.
const MOVES_HEAD: [&str; 9] =
    ["commit", "reset", "merge", "rebase", "cherry-pick", "revert", "pull", "am", "commit-tree"];

impl Command {
    /// The subcommand and its own arguments.
    fn split(&self) -> (&str, &[String]) {
        let mut at = 0;
        while let Some(word) = self.args.get(at).filter(|word| word.starts_with('-')) {
            at += if WITH_VALUE.contains(&word.as_str()) { 2 } else { 1 };
        }
        let verb = self.args.get(at).map_or("", String::as_str);
        (verb, self.args.get(at + 1..).unwrap_or_default())
    }

    /// The command for people, shortened.
    pub fn shown(&self) -> String {
        let line = std::iter::once("git").chain(self.args.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        let short: String = line.chars().take(80).collect();
        if short.len() < line.len() { format!("{short}…") } else { short }
    }

    fn has(&self, flags: &[&str]) -> bool {
        self.split().1.iter().any(|word| flags.contains(&word.as_str()))
    }

    /// Whether one of its words is `name` or ends in `:name`, short or full.
    fn names(&self, name: &str) -> bool {
        let short = short(name);
        let is = |word: &str| word == short || word == name || word.strip_prefix("heads/") == Some(short);
        self.split().1.iter().any(|word| {
            is(word) || word.rsplit_once(':').is_some_and(|(_, to)| is(to)) || word.trim_start_matches('+') == short
        })
    }

    fn pushed(&self) -> bool {
        self.split().0 == "push" && self.code == Some(0) && !self.has(&["-n", "--dry-run"])
    }
}

/// A ref's name as people type it.
fn short(name: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name)
}

impl Record {
    /// The command by which this attempt moved, made or deleted a ref. `checked_out` tells which branch (full name)
    /// another worktree stands on; none for the attempt's own.
    pub fn moved(&self, name: &str, checked_out: &dyn Fn(&str) -> Option<String>) -> Option<&Command> {
        let mut stood_on: Option<&Command> = None;
        for command in &self.commands {
            let (verb, args) = command.split();
            if checked_out(&command.worktree).as_deref() == Some(name) && MOVES_HEAD.contains(&verb) {
                return Some(command);
            }
            let by_name =
                matches!(verb, "branch" | "update-ref" | "symbolic-ref" | "tag" | "notes" | "replace" | "push");
            if by_name && command.names(name) || verb == "fetch" && command.names(name) {
                return Some(command);
            }
            let remote = name.starts_with("refs/remotes/") && matches!(verb, "push" | "fetch" | "pull" | "remote");
            let notes = name.starts_with("refs/notes/") && verb == "notes";
            let unnamed =
                matches!(verb, "fast-import" | "filter-branch") || verb == "update-ref" && command.has(&["--stdin"]);
            if remote || notes || unnamed {
                return Some(command);
            }
            if matches!(verb, "checkout" | "switch") {
                stood_on = command.names(name).then_some(command);
                if stood_on.is_some() && command.has(&["-B", "-C", "-b", "-c", "--force-create", "--create"]) {
                    return stood_on;
                }
            }
            if stood_on.is_some() && MOVES_HEAD.contains(&verb) {
                return stood_on;
            }
            if verb == "worktree" && args.first().is_some_and(|word| word == "add") && command.names(name) {
                return Some(command);
            }
        }
        None
    }

    /// The command by which it took something out of the stash or put something there.
    pub fn stashed(&self) -> Option<&Command> {
        let reads =
            |args: &[String]| args.first().is_some_and(|word| matches!(word.as_str(), "list" | "show" | "create"));
        self.commands.iter().find(|command| {
            let (verb, args) = command.split();
            verb == "stash" && !reads(args)
                || verb == "reflog" && args.iter().any(|word| word.contains("stash"))
                || verb == "update-ref" && command.names("refs/stash")
        })
    }

    /// How it changed a file of the shared folder, for people.
    pub fn wrote(&self, path: &str) -> Option<String> {
        let command = self.commands.iter().find(|command| match path {
            "config" | "config.worktree" => writes_config(command),
            _ => command.args.iter().any(|word| word.contains(path)),
        });
        if let Some(command) = command {
            return Some(format!("`{}`", command.shown()));
        }
        is_named(&self.text, path).then(|| "it names the file".to_owned())
    }

    /// The first command by which it changed files or HEAD of a checkout that is not its own.
    pub fn elsewhere(&self, own: &Path) -> Option<&Command> {
        const CHANGES: [&str; 12] = [
            "add", "apply", "checkout", "switch", "reset", "restore", "clean", "rm", "mv", "merge", "rebase", "commit",
        ];
        self.commands.iter().find(|command| {
            let away = !command.worktree.is_empty() && Path::new(&command.worktree) != own;
            away && command.code == Some(0) && CHANGES.contains(&command.split().0)
        })
    }

    /// Its pushes that went through.
    pub fn pushes(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter().filter(|command| command.pushed())
    }
}

/// Whether a text names a file of the shared folder: all parts of its path, however it puts them together.
fn is_named(text: &str, path: &str) -> bool {
    let folder = [".git", "git-common-dir", "git-dir", "git-path"].iter().any(|word| text.contains(word));
    match path {
        "config" | "config.worktree" => folder && text.contains("/config"),
        _ => folder && path.split('/').all(|part| text.contains(part)),
    }
}

fn writes_config(command: &Command) -> bool {
    let (verb, args) = command.split();
    let first = args.first().map_or("", String::as_str);
    match verb {
        "config" => {
            let values = args.iter().filter(|word| !word.starts_with('-')).count();
            let reads = ["--get", "--get-all", "--get-regexp", "--get-urlmatch", "-l", "--list", "--get-color"];
            let elsewhere = ["--global", "--system", "-f", "--file", "--worktree"];
            !command.has(&reads)
                && !command.has(&elsewhere)
                && !matches!(first, "get" | "list")
                && (values > 1 || command.has(&["--unset", "--unset-all", "--remove-section", "-e", "--edit"]))
        }
        "remote" => matches!(first, "add" | "rm" | "remove" | "rename" | "set-url" | "set-head" | "set-branches"),
        "branch" => args.iter().any(|word| {
            word.starts_with("--setupstream")
                || word.starts_with("--track")
                || matches!(
                    word.as_str(),
                    "-u" | "-t" | "-m" | "-M" | "-d" | "-D" | "-c" | "-C" | "--unsetupstream" | "--edit-description"
                )
        }),
        "push" => command.has(&["-u", "--setupstream"]),
        "checkout" | "switch" => command.has(&["-t", "--track", "-b", "-B", "-c", "-C"]),
        "submodule" | "init" | "lfs" | "sparse-checkout" | "maintenance" | "clone" | "subtree" | "flow" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(lines: &[&str]) -> Record {
        let command = |line: &&str| {
            let (place, line) = line.split_once("> ").unwrap_or(("/w/a1", line));
            let args = line.split(' ').skip(1).map(str::to_owned).collect();
            Command { args, worktree: place.to_owned(), code: Some(0) }
        };
        Record { commands: lines.iter().map(command).collect(), text: String::new() }
    }

    fn checked_out(worktree: &str) -> Option<String> {
        match worktree {
            "/repo" => Some("refs/heads/main".to_owned()),
            "/w/a2" => Some("refs/heads/orca/r/task/B".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn refs_are_blamed_on_what_moves_them() {
        let table: &[(&[&str], &str, bool)] = &[
            (&["git branch -D dev"], "refs/heads/dev", true),
            (&["git branch -D dev"], "refs/heads/dev2", false),
            (&["git merge main"], "refs/heads/main", false),
            (&["git checkout main", "git status"], "refs/heads/main", false),
            (&["git checkout main", "git commit -m x"], "refs/heads/main", true),
            (&["git checkout main", "git checkout -", "git commit -m x"], "refs/heads/main", false),
            (&["git checkout -B main HEAD"], "refs/heads/main", true),
            (&["/repo> git -C /repo commit -m x"], "refs/heads/main", true),
            (&["/repo> git -C /repo status"], "refs/heads/main", false),
            (&["/w/a2> git -C ../a2 commit --allow-empty -m x"], "refs/heads/orca/r/task/B", true),
            (&["git update-ref refs/heads/orca/r/task/B HEAD"], "refs/heads/orca/r/task/B", true),
            (&["git update-ref --stdin"], "refs/heads/dev", true),
            (&["git push . HEAD:dev"], "refs/heads/dev", true),
            (&["git fetch origin"], "refs/remotes/origin/main", true),
            (&["git fetch origin"], "refs/heads/dev", false),
            (&["git tag v1"], "refs/tags/v1", true),
            (&["git -c a.b=c --no-pager tag -d v1"], "refs/tags/v1", true),
            (&["git log main"], "refs/heads/main", false),
        ];
        for (lines, name, blamed) in table {
            assert_eq!(record(lines).moved(name, &checked_out).is_some(), *blamed, "{lines:?} {name}");
        }
    }

    #[test]
    fn stash_and_configuration() {
        let stash = ["git stash", "git stash pop", "git stash drop stash@{1}", "git update-ref -d refs/stash"];
        assert!(stash.iter().all(|line| record(&[line]).stashed().is_some()));
        assert!(["git stash list", "git stash show -p"].iter().all(|line| record(&[line]).stashed().is_none()));
        let writes = [
            "git config user.name x",
            "git config --unset a.b",
            "git config set a.b c",
            "git remote add evil /x",
            "git push -u origin main",
            "git branch --setupstream-to=origin/main",
        ];
        for line in writes {
            assert!(record(&[line]).wrote("config").is_some(), "{line}");
        }
        let reads =
            ["git config user.name", "git config --get a.b", "git config --global a.b c", "git remote -v", "git push"];
        for line in reads {
            assert!(record(&[line]).wrote("config").is_none(), "{line}");
        }
        let text = "d=$(git rev-parse --git-common-dir)/hooks; echo x > $d/pre-commit".to_owned();
        let said = Record { text, ..Record::default() };
        assert!(said.wrote("hooks/pre-commit").is_some() && said.wrote("hooks/pre-push").is_none());
        assert!(said.wrote("config").is_none());
    }

    #[test]
    fn pushes_that_went_through() {
        let mut all = record(&["git push origin main", "git push", "git push --dry-run"]);
        all.commands[0].code = Some(128);
        assert_eq!(all.pushes().map(Command::shown).collect::<Vec<_>>(), ["git push"]);
    }

    #[test]
    fn gits_own_record_is_read() {
        let trace = r#"{"event":"version","sid":"1","evt":"4","exe":"2.47.3"}
{"event":"start","sid":"1","t_abs":0.0003,"argv":["git","commit","-q"]}
{"event":"def_repo","sid":"1","repo":1,"worktree":"/w/a1"}
{"event":"start","sid":"1/2","argv":["git","maintenance","run"]}
{"event":"def_repo","sid":"1/2","repo":1,"worktree":"/w/a1"}
{"event":"exit","sid":"1/2","code":1}
{"event":"start","sid":"3","argv":["git","init"]}
{"event":"def_repo","sid":"3","repo":1,"worktree":"/tmp/elsewhere"}
{"event":"exit","sid":"1","code":0}
{"event":"start","sid":"4","argv":["git","vers"#;
        let found = commands(trace, |worktree| worktree.starts_with("/w"));
        let shown: Vec<_> = found.iter().map(|command| (command.shown(), command.code)).collect();
        assert_eq!(shown, [("git commit -q".to_owned(), Some(0)), ("git maintenance run".to_owned(), Some(1))]);
    }
}
