//! What an agent may do that asks for leave (`permissions`, `allow`). Nobody is there to be asked, so every request has
//! its answer at once. The fence holds whatever is allowed here.

use std::path::{Component, Path, PathBuf};

use globset::Glob;
use serde_json::{Value, json};

use super::updates::{paths, what};
use crate::model::Permissions;

/// Commands that an agent may run that may only work in its folder: what committing needs. More by `allow`.
const COMMITTING: &[&str] =
    &["git add *", "git commit *", "git status*", "git diff*", "git log*", "git rm *", "git mv *"];

/// What the titles of our own server's tools end with.
const OWN_TOOL: &str = " (orca MCP Server)";

/// The policy for one attempt.
#[derive(Debug)]
pub(super) struct AcpPolicy {
    permissions: Permissions,
    folder: PathBuf,
    allowed: Vec<Glob>,
    /// Whether it was given our own server, whose tools only read inside an attempt.
    has_server: bool,
}

impl AcpPolicy {
    /// What may be done in `folder`. A pattern that is none matches nothing.
    pub(super) fn new(permissions: Permissions, folder: &Path, allow: &[String]) -> AcpPolicy {
        let patterns = COMMITTING.iter().copied().chain(allow.iter().map(String::as_str));
        let allowed = patterns.filter_map(|pattern| Glob::new(pattern).ok()).collect();
        AcpPolicy { permissions, folder: folder.to_owned(), allowed, has_server: false }
    }

    /// The same for an agent that was given our own server, or not.
    pub(super) fn with_server(self, has_server: bool) -> AcpPolicy {
        AcpPolicy { has_server, ..self }
    }

    /// Whether a tool may be used.
    pub(super) fn allows(&self, call: &Value) -> bool {
        match (self.permissions, call["kind"].as_str()) {
            (Permissions::Full, _) => true,
            (Permissions::Workspace, Some("read" | "search" | "think")) => true,
            (Permissions::Workspace, Some("edit" | "delete" | "move")) => {
                let paths = paths(call);
                !paths.is_empty() && paths.iter().all(|path| self.is_inside(path))
            }
            (Permissions::Workspace, Some("execute")) => self.may_run(&what(call)),
            // How Gemini CLI names the tools of a server; a name of another's ends otherwise.
            (Permissions::Workspace, _) => self.has_server && what(call).ends_with(OWN_TOOL),
        }
    }

    fn is_inside(&self, path: &str) -> bool {
        let path = self.folder.join(path);
        let climbs = path.components().any(|part| part == Component::ParentDir);
        !climbs && path.starts_with(&self.folder)
    }

    /// Whether each command of a line is allowed. What runs or writes something that cannot be seen in it is not.
    fn may_run(&self, line: &str) -> bool {
        let fits = |command: &str| self.allowed.iter().any(|glob| glob.compile_matcher().is_match(command));
        commands(line).is_some_and(|all| !all.is_empty() && all.iter().all(|command| fits(command)))
    }
}

/// The commands of a shell line; none where it holds more than commands one after another.
fn commands(line: &str) -> Option<Vec<String>> {
    let (mut found, mut one, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (quote, c) {
            // Also within double quotes.
            (None | Some('"'), '`' | '$' | '\\') => return None,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '>' | '<' | '(' | ')' | '{' | '}' | '#') => return None,
            (None, ';' | '&' | '|' | '\n') => {
                found.push(std::mem::take(&mut one));
                continue;
            }
            (None, _) => {}
        }
        one.push(c);
    }
    found.push(one);
    let commands = found.iter().map(|command| command.trim().to_owned()).filter(|command| !command.is_empty());
    quote.is_none().then(|| commands.collect())
}

/// The answer to a request: leave for this once, a refusal of this once, or, where neither is offered, that it is called
/// off.
pub(super) fn outcome(options: &Value, is_allowed: bool) -> Value {
    let kinds = if is_allowed { ["allow_once", "allow_always"] } else { ["reject_once", "reject_always"] };
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let of_kind = |kind: &str| options.iter().find(|option| option["kind"] == kind)?["optionId"].as_str();
    match kinds.into_iter().find_map(of_kind) {
        Some(id) => json!({"outcome": {"outcome": "selected", "optionId": id}}),
        None => json!({"outcome": {"outcome": "cancelled"}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_agent_commits_and_writes_in_its_folder_and_no_more() {
        let policy =
            AcpPolicy::new(Permissions::Workspace, Path::new("/w/a1"), &["npm test*".to_owned(), "[".to_owned()]);
        let ours = json!({"kind": "other", "title": "task (orca MCP Server)"});
        let theirs = json!({"kind": "other", "title": "task (evil MCP Server)"});
        assert!(!policy.allows(&ours), "it was not given the server");
        let given = AcpPolicy::new(Permissions::Workspace, Path::new("/w/a1"), &[]).with_server(true);
        assert!(given.allows(&ours) && !given.allows(&theirs));
        assert!(!given.allows(&json!({"kind": "execute", "title": "rm -rf x # (orca MCP Server)"})));
        let run = |command: &str| policy.allows(&json!({"kind": "execute", "title": command}));
        for allowed in
            ["git add a && git commit -m 'a > b; (c)'", "npm test -- -u", "git status; git diff HEAD\ngit log"]
        {
            assert!(run(allowed), "{allowed}");
        }
        for refused in [
            "",
            ";",
            "touch /etc/x",
            "git add a && touch /etc/x",
            "git log > /etc/x",
            "git commit -m \"$(touch x)\"",
            "git add `touch x`",
            "git push",
            "git add a | sh",
            "git commit -m 'open",
            "npm test\\\n",
            "[",
            "git log #\n",
            "{ git log; }",
        ] {
            assert!(!run(refused), "{refused}");
        }
        let edit = |path: &str| policy.allows(&json!({"kind": "edit", "locations": [{"path": path}]}));
        assert!(edit("/w/a1/src/x.rs") && edit("src/x.rs"));
        assert!(!edit("/w/a2/x") && !edit("/w/a1/../a2/x") && !edit("/etc/passwd") && !edit("../x"));
        assert!(!policy.allows(&json!({"kind": "edit"})), "nobody knows where");
        let both =
            json!({"kind": "edit", "locations": [{"path": "x"}], "content": [{"type": "diff", "path": "/etc/x"}]});
        assert!(!policy.allows(&both));
        for (kind, allowed) in [("read", true), ("search", true), ("fetch", false), ("other", false), ("", false)] {
            assert_eq!(policy.allows(&json!({"kind": kind})), allowed, "{kind}");
        }
        let full = AcpPolicy::new(Permissions::Full, Path::new("/w/a1"), &[]);
        assert!(full.allows(&json!({})) && full.allows(&json!({"kind": "execute", "title": "touch /etc/x"})));
    }

    #[test]
    fn leave_is_for_once_and_a_request_without_options_is_called_off() {
        let options = json!([{"optionId": "a", "kind": "allow_always"}, {"optionId": "o", "kind": "allow_once"},
            {"optionId": "r", "kind": "reject_once"}]);
        let chosen = |options: &Value, is_allowed| outcome(options, is_allowed)["outcome"]["optionId"].clone();
        assert_eq!((chosen(&options, true), chosen(&options, false)), (json!("o"), json!("r")));
        assert_eq!(chosen(&json!([{"optionId": "a", "kind": "allow_always"}]), true), "a");
        for none in [json!(null), json!([]), json!([{"kind": "allow_once"}]), json!("x")] {
            assert_eq!(outcome(&none, true), json!({"outcome": {"outcome": "cancelled"}}), "{none}");
        }
    }
}
