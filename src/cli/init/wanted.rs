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

    #[test]
    fn skills_are_what_agents_take() {
        for (name, text) in SKILLS {
            let (front, body) = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n")).unwrap();
            assert!(front.contains(&format!("name: orca-{name}\n")), "{name}");
            for key in ["description: ", "argument-hint: ", "allowed-tools: Bash(git orca *)"] {
                assert!(front.contains(key), "{name} lacks {key}");
            }
            // What spends money is started by people only.
            let spends = body.contains("--yes");
            assert_eq!(front.contains("disable-model-invocation: true"), spends, "{name}");
            assert_eq!(body.matches("!`git orca status --json`").count(), 1, "{name}");
        }
    }
}
