//! What the server does in its repository, by git.

use std::process::Command;

use super::{Forge, How};

impl Forge {
    fn try_git(&self, args: &[&str]) -> Option<String> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.bare).args(args);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "GitHub").env(format!("GIT_{who}_EMAIL"), "noreply@example.org");
            command.env(format!("GIT_{who}_DATE"), "2026-11-21T12:00:00Z");
        }
        let output = command.output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    fn git(&self, args: &[&str]) -> String {
        self.try_git(args).unwrap_or_else(|| panic!("git {args:?}"))
    }

    pub fn branch(&self, name: &str) -> Option<String> {
        self.try_git(&["rev-parse", "--verify", "-q", &format!("refs/heads/{name}")])
    }

    /// Whom the repository's own file makes reviewers of everything; GitHub asks them itself, unless it is a draft.
    pub fn code_owners(&self) -> Vec<String> {
        let text = self.try_git(&["show", "refs/heads/main:.github/CODEOWNERS"]).unwrap_or_default();
        let of_all = text.lines().filter_map(|line| line.strip_prefix("* @"));
        of_all.map(str::to_owned).collect()
    }

    /// Commits of `head` that `base` lacks.
    pub fn between(&self, base: &str, head: &str) -> usize {
        let range = format!("refs/heads/{base}..refs/heads/{head}");
        self.git(&["rev-list", "--count", &range]).parse().unwrap()
    }

    /// Closes what lost its head or its base, as GitHub does when a branch is deleted, and sees new heads.
    pub fn refresh(&mut self) {
        for at in 0..self.pulls.len() {
            let pull = self.pulls[at].clone();
            // What comes from elsewhere stays as it is.
            if pull.state != "open" || pull.from != Some("ada") {
                continue;
            }
            match (self.branch(&pull.head), self.branch(&pull.base)) {
                (Some(head), Some(_)) => {
                    self.pulls[at].head_sha = head;
                    // Pushed into its base by hand: GitHub calls that merged.
                    if self.between(&pull.base, &pull.head) == 0 {
                        self.pulls[at].state = "closed";
                        self.pulls[at].merged_as = self.branch(&pull.head);
                    }
                }
                _ => self.pulls[at].state = "closed",
            }
        }
    }

    /// Merges a pull request.
    pub fn merge(&mut self, number: u64, how: How) -> Result<String, String> {
        self.refresh();
        let pull = self.pull(number).ok_or("no such pull request")?.clone();
        if pull.state != "open" {
            return Err(format!("#{number} is {}", pull.state));
        }
        let base = self.branch(&pull.base).ok_or("no base")?;
        let message = format!("{} (#{number})", pull.title);
        let new = match how {
            How::Merge => {
                let tree = self.git(&["merge-tree", "--write-tree", &base, &pull.head_sha]);
                self.git(&["commit-tree", &tree, "-p", &base, "-p", &pull.head_sha, "-m", &message])
            }
            How::Squash => {
                let tree = self.git(&["merge-tree", "--write-tree", &base, &pull.head_sha]);
                self.git(&["commit-tree", &tree, "-p", &base, "-m", &message])
            }
            How::Rebase => {
                let range = format!("{base}..{}", pull.head_sha);
                let commits = self.git(&["rev-list", "--reverse", "--topo-order", "--no-merges", &range]);
                commits.lines().fold(base.clone(), |tip, commit| {
                    let parent = format!("--merge-base={commit}^");
                    let tree = self.git(&["merge-tree", "--write-tree", &parent, &tip, commit]);
                    self.git(&["commit-tree", &tree, "-p", &tip, "-m", &format!("again {commit}")])
                })
            }
        };
        self.git(&["update-ref", &format!("refs/heads/{}", pull.base), &new, &base]);
        let pull = self.pull(number).unwrap();
        pull.state = "closed";
        pull.merged_as = Some(new.clone());
        pull.merged_by = Some("eve");
        Ok(new)
    }
}
