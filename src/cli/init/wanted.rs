//! What `init` wants to be in a repository.

/// A file, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitWanted {
    /// A file of ours, whole.
    File {
        /// Its path.
        path: String,
        /// Its text.
        text: String,
    },
    /// A JSON file of ours, whole. It has no room for a digest: an older version of it is known by its `version`.
    Json {
        /// Its path.
        path: String,
        /// Its text.
        text: String,
    },
    /// A marked block in a file of the user's.
    Block {
        /// The file's path.
        path: String,
        /// The block.
        text: String,
        /// Whether a file that is not there is made.
        make: bool,
    },
    /// Lines in a file of the user's.
    Lines {
        /// The file's path.
        path: String,
        /// The lines.
        lines: Vec<String>,
    },
}

impl InitWanted {
    /// Where it is.
    pub fn path(&self) -> &str {
        match self {
            InitWanted::File { path, .. }
            | InitWanted::Json { path, .. }
            | InitWanted::Block { path, .. }
            | InitWanted::Lines { path, .. } => path,
        }
    }
}

/// Skills: their names after `orca-`, and their texts. The folders that agents look into differ, the texts do not.
pub const SKILLS: [(&str, &str); 5] = [
    ("execute-plan", include_str!("skills/execute-plan.md")),
    ("generate-complete-tasks", include_str!("skills/generate-complete-tasks.md")),
    ("execute-parallel", include_str!("skills/execute-parallel.md")),
    ("validate-quality", include_str!("skills/validate-quality.md")),
    ("execution-status", include_str!("skills/execution-status.md")),
];

/// Folders of skills: Claude Code's, and the one of Codex, Gemini CLI and opencode.
const FOLDERS: [&str; 2] = [".claude/skills", ".agents/skills"];

/// The block for instruction files.
const BLOCK: &str = include_str!("skills/agents-block.md");

/// Paths that no commit should have. The project's own prompts below `.orca` are no such path.
const IGNORED: [&str; 4] = [".orca/*", "!.orca/prompts/", ".serena/", ".claude/worktrees/"];

/// Everything besides `orca.toml`. Claude Code reads `AGENTS.md` only where no `CLAUDE.md` is, so that one gets the
/// block too where it is there.
pub fn wanted() -> Vec<InitWanted> {
    let mut wanted: Vec<InitWanted> = Vec::new();
    for folder in FOLDERS {
        wanted.extend(SKILLS.iter().map(|(name, text)| InitWanted::File {
            path: format!("{folder}/orca-{name}/SKILL.md"),
            text: (*text).to_owned(),
        }));
    }
    for (path, make) in [("AGENTS.md", true), ("CLAUDE.md", false)] {
        wanted.push(InitWanted::Block { path: path.to_owned(), text: BLOCK.to_owned(), make });
    }
    wanted.push(InitWanted::Lines { path: ".gitignore".to_owned(), lines: IGNORED.map(str::to_owned).into() });
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{YamlNode, YamlValue, yaml};

    /// Whether every reader of YAML takes a line of front matter for a key with a text.
    fn is_plain(line: &str) -> bool {
        let Some((_, value)) = line.split_once(": ") else { return false };
        if let Some(inner) = value.strip_prefix('"') {
            return inner.strip_suffix('"').is_some_and(|inner| !inner.contains(['"', '\\']));
        }
        let special = ['[', ']', '{', '}', '\'', '*', '&', '!', '|', '>', '%', '@', '`', '#', ',', '?', '-', ':'];
        !value.starts_with(special) && !value.contains(": ") && !value.contains(" #") && !value.ends_with(':')
    }

    /// What the front matter of a skill says of `key`.
    fn said(front: &YamlNode, key: &str) -> Option<String> {
        front.get(key).and_then(YamlNode::text).map(str::to_owned)
    }

    #[test]
    fn skills_are_what_agents_take() {
        for (name, text) in SKILLS {
            let (front, body) = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n")).unwrap();
            assert!(front.lines().all(is_plain), "{name}: {front}");
            let front = yaml(front).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
            let YamlValue::Map(members) = &front.value else { panic!("{name}: no map") };
            let known = ["name", "description", "argument-hint", "allowed-tools", "disable-model-invocation"];
            assert!(members.iter().all(|(key, _)| known.contains(&key.as_str())), "{name}: {members:?}");
            assert_eq!(said(&front, "name"), Some(format!("orca-{name}")));
            assert!(said(&front, "description").is_some_and(|it| (20..=1024).contains(&it.len())), "{name}");
            assert!(said(&front, "argument-hint").is_some_and(|it| it.starts_with('[')), "{name}: a text, no list");
            assert_eq!(said(&front, "allowed-tools").as_deref(), Some("Bash(git orca *)"), "{name}");
            // What spends money is started by people only.
            let spends = body.contains("--yes");
            assert_eq!(said(&front, "disable-model-invocation").as_deref() == Some("true"), spends, "{name}");
            assert_eq!(body.matches("!`git orca status --json`").count(), 1, "{name}");
        }
    }

    #[test]
    fn front_matter_that_is_no_yaml_is_noticed() {
        for broken in
            ["a: b: c", "a: b #c", "a: [b", "a: \"b", "a: 'b", "a: {b", "a: *b", "a: &b", "a: @b", "a:b", "a: b:"]
        {
            assert!(!is_plain(broken), "{broken}");
        }
        for good in ["a: b", "a: \"[b]: c\"", "a: true", "a: Bash(git orca *)", "a: b:c, d"] {
            assert!(is_plain(good), "{good}");
        }
    }
}
