//! What a gate's words name is part of the gate: the scripts that it starts, Makefiles, the used entries of `package.json`,
//! settings of test runners. Where a change touches one of them, the gate judges twice: with what the change made of them,
//! and with the base's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Diff, Evidence, On, Probe, TreeFiles};
use crate::model::MAX_FILE_BYTES;
use crate::source::{ending, file_name, is_test_path};

/// Scripts that name scripts are followed this far.
const DEEPEST: usize = 4;

/// Files of a gate at most.
const MOST: usize = 60;

/// Folders whose files do the project's chores.
const CHORES: [&str; 8] = ["ci", ".ci", "scripts", "script", "tools", "hack", "bin", "build-tools"];

/// Settings that a word of a command brings with it.
const SETTINGS: [(&str, &[&str]); 14] = [
    ("make", &["Makefile", "makefile", "GNUmakefile"]),
    ("gmake", &["Makefile", "makefile", "GNUmakefile"]),
    ("just", &["justfile", "Justfile", ".justfile"]),
    ("task", &["Taskfile.yml", "Taskfile.yaml"]),
    ("tox", &["tox.ini"]),
    ("nox", &["noxfile.py"]),
    ("pytest", &["pytest.ini", ".pytest.ini", "tox.ini", ".coveragerc"]),
    ("jest", &["jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs", "jest.config.json"]),
    ("vitest", &["vitest.config.ts", "vitest.config.js", "vitest.config.mjs", "vite.config.ts", "vite.config.js"]),
    ("mocha", &[".mocharc.js", ".mocharc.cjs", ".mocharc.json", ".mocharc.yml", ".mocharc.yaml"]),
    ("cargo", &[".cargo/config.toml", ".cargo/config", ".config/nextest.toml"]),
    ("rake", &["Rakefile"]),
    ("gradle", &["build.gradle", "build.gradle.kts"]),
    ("mvn", &["pom.xml"]),
];

/// Programs that only look at files: what they are given is judged, and judges nothing.
const LOOKING: [&str; 15] =
    ["grep", "egrep", "fgrep", "rg", "test", "ls", "cat", "head", "tail", "wc", "stat", "file", "cut", "sort", "jq"];

/// Programs that run a file as commands of the shell.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "ksh", "fish", ".", "source"];

/// Programs that run a file, which may as well be what the project is made for.
const INTERPRETERS: [&str; 10] = ["python", "python3", "node", "deno", "bun", "perl", "ruby", "php", "ts-node", "tsx"];

/// What files are called that check others.
const CHECKING: [&str; 7] = ["check", "test", "lint", "verify", "valid", "spec", "ci"];

/// Options whose value is a file of settings.
const SETTING_OPTIONS: [&str; 8] =
    ["--config", "--config-file", "--rcfile", "--conf", "--settings", "--makefile", "--file", "-f"];

/// Words before a command that are no command.
const BEFORE: [&str; 12] =
    ["!", "if", "elif", "while", "until", "then", "else", "do", "time", "exec", "command", "env"];

/// Words that a `package.json` gives a meaning.
const PACKAGE_MANAGERS: [&str; 4] = ["npm", "pnpm", "yarn", "bun"];

/// What a gate consists of besides its definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Named {
    /// Files.
    files: BTreeSet<String>,
    /// Entries below `scripts` of `package.json`.
    scripts: BTreeSet<String>,
    /// Whether pytest runs: then every `conftest.py` counts, and so do its tables in shared files.
    pytest: bool,
}

/// What a change did to what its gate consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ChangedJudge {
    /// Paths, sorted.
    pub(super) paths: Vec<String>,
    /// The base's versions of them: none where the base has no such file.
    pub(super) before: BTreeMap<String, Option<Vec<u8>>>,
}

/// What a change did to the files that these commands name, in the base or in itself. With a `conftest.py` go the tests that
/// need it: what the base's says of new tests means nothing.
pub(super) fn changed(runs: &[&str], diff: &Diff, is_test: &dyn Fn(&str) -> bool) -> ChangedJudge {
    let (old, new) = (named_in(runs, &diff.old), named_in(runs, &diff.new));
    let mut judge = ChangedJudge::default();
    for file in &diff.files {
        let paths = [Some(&file.path), file.old_path.as_ref()];
        for path in paths.into_iter().flatten() {
            let by_name = old.files.contains(path) || new.files.contains(path);
            let fixtures = old.pytest && file_name(path) == "conftest.py";
            let tables = old.pytest && pytest_table(&diff.old, path) != pytest_table(&diff.new, path);
            if by_name || fixtures || tables {
                judge.paths.push(path.clone());
                judge.before.insert(path.clone(), diff.old.bytes(path));
            }
        }
    }
    if let Some(manifest) = with_scripts_of_base(&old.scripts, diff) {
        judge.paths.push("package.json".to_owned());
        judge.before.insert("package.json".to_owned(), Some(manifest));
    }
    judge.paths.sort();
    judge.paths.dedup();
    if judge.paths.iter().any(|path| file_name(path) == "conftest.py") {
        for file in diff.files.iter().filter(|file| is_test(&file.path)) {
            judge.before.insert(file.path.clone(), diff.old.bytes(&file.path));
            if let Some(path) = &file.old_path {
                judge.before.insert(path.clone(), diff.old.bytes(path));
            }
        }
    }
    judge
}

/// The commands of probes on the judged commit as it is.
pub(super) fn commands(probes: &[(Probe, Evidence)]) -> Vec<&str> {
    let plain = |probe: &&Probe| probe.tree.on == On::Head && probe.tree.overlay.is_empty();
    probes.iter().map(|(probe, _)| probe).filter(plain).map(|probe| probe.run.as_str()).collect()
}

fn named_in(runs: &[&str], tree: &TreeFiles) -> Named {
    let mut named = Named::default();
    for run in runs {
        follow(run, tree, &mut named, 0);
    }
    named
}

fn follow(text: &str, tree: &TreeFiles, named: &mut Named, depth: usize) {
    let words = words(text);
    for (n, Spoken { word, role }) in words.iter().enumerate() {
        if named.files.len() >= MOST || depth > DEEPEST {
            return;
        }
        let program = file_name(word);
        for (_, files) in SETTINGS.iter().filter(|(name, _)| *name == program) {
            for file in files.iter().filter(|file| tree.has(file)) {
                add(file, tree, named, depth);
            }
        }
        named.pytest |= matches!(program, "pytest" | "py.test" | "tox" | "nox");
        if PACKAGE_MANAGERS.contains(&program) {
            let after: Vec<&str> = words[n + 1..].iter().map(|spoken| spoken.word).collect();
            scripts(&after, tree, named, depth);
        }
        let path = word.trim_start_matches("./");
        // What a gate runs itself counts; of what it gives to programs, and of what its scripts name, only what looks like a
        // script or a test: they also name what they build and judge.
        let counts = match role {
            WordRole::Runs => depth == 0 || is_chore(path),
            WordRole::Given => is_chore(path) || depth == 0 && is_test_path(path),
            WordRole::LookedAt => false,
        };
        if !path.is_empty() && counts && tree.has(path) {
            add(path, tree, named, depth);
        }
    }
}

fn add(path: &str, tree: &TreeFiles, named: &mut Named, depth: usize) {
    if !named.files.insert(path.to_owned()) {
        return;
    }
    let text = tree.text(path).filter(|text| text.len() < MAX_FILE_BYTES as usize / 16 && is_script(path, text));
    if let Some(text) = text {
        follow(&text, tree, named, depth + 1);
    }
}

/// Whether the words of a file are commands.
fn is_script(path: &str, text: &str) -> bool {
    let name = file_name(path);
    let first = text.lines().next().unwrap_or_default();
    matches!(ending(path), "sh" | "bash" | "mk" | "ini")
        || ["makefile", "gnumakefile", "justfile", ".justfile"].contains(&name.to_ascii_lowercase().as_str())
        || name.starts_with("Taskfile.")
        || first.starts_with("#!") && first.contains("sh") && !first.contains("python")
        || !name.contains('.') && !text.starts_with("#!")
}

fn is_chore(path: &str) -> bool {
    matches!(ending(path), "sh" | "bash" | "mk") || path.split('/').rev().skip(1).any(|part| CHORES.contains(&part))
}

/// The entries that `npm run x`, `npm test`, `yarn x` use, and what they name in turn.
fn scripts(after: &[&str], tree: &TreeFiles, named: &mut Named, depth: usize) {
    let mut words = after.iter().filter(|word| !word.starts_with('-'));
    let entry = match words.next().copied() {
        Some("run" | "run-script") => words.next().copied(),
        Some("t" | "tst") => Some("test"),
        other => other,
    };
    let Some(entry) = entry else { return };
    let texts = texts_of_scripts(tree);
    for entry in [format!("pre{entry}"), entry.to_owned(), format!("post{entry}")] {
        if let Some(text) = texts.get(&entry).filter(|_| !named.scripts.contains(&entry)) {
            named.scripts.insert(entry);
            // Its words are as good as the gate's own.
            if depth < DEEPEST {
                follow(text, tree, named, depth);
            }
        }
    }
}

fn texts_of_scripts(tree: &TreeFiles) -> BTreeMap<String, String> {
    let parsed: Option<Value> = tree.text("package.json").and_then(|text| serde_json::from_str(&text).ok());
    let scripts = parsed.as_ref().and_then(|parsed| parsed["scripts"].as_object());
    let text = |(name, text): (&String, &Value)| Some((name.clone(), text.as_str()?.to_owned()));
    scripts.into_iter().flatten().filter_map(text).collect()
}

/// The change's `package.json` with the base's scripts where those that the gate uses differ.
fn with_scripts_of_base(used: &BTreeSet<String>, diff: &Diff) -> Option<Vec<u8>> {
    let (old, new) = (texts_of_scripts(&diff.old), texts_of_scripts(&diff.new));
    if used.iter().all(|name| old.get(name) == new.get(name)) {
        return None;
    }
    let mut manifest: Value = diff
        .new
        .text("package.json")
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| Value::Object(Default::default()));
    if !manifest["scripts"].is_object() {
        manifest["scripts"] = Value::Object(Default::default());
    }
    for name in used {
        manifest["scripts"][name] = Value::String(old.get(name).cloned().unwrap_or_default());
    }
    serde_json::to_vec_pretty(&manifest).ok()
}

/// What shared files say to pytest.
fn pytest_table(tree: &TreeFiles, path: &str) -> Option<String> {
    match path {
        "pyproject.toml" => {
            let parsed: toml::Table = tree.text(path)?.parse().ok()?;
            Some(parsed.get("tool")?.get("pytest")?.to_string())
        }
        "setup.cfg" => {
            let text = tree.text(path)?;
            let from = text.find("[tool:pytest]")?;
            let rest = &text[from..];
            let end = rest[1..].find("\n[").map_or(rest.len(), |end| end + 1);
            Some(rest[..end].to_owned())
        }
        _ => None,
    }
}

/// A word of shell text.
struct Spoken<'a> {
    word: &'a str,
    role: WordRole,
}

/// What a command does with what a word names.
#[derive(Clone, Copy)]
enum WordRole {
    /// Runs it, or takes its settings from it.
    Runs,
    /// Is given it.
    Given,
    /// Only looks at it.
    LookedAt,
}

/// Words of shell text, without its signs. Quotes hold commands as often as names: they only part words.
fn words(text: &str) -> Vec<Spoken<'_>> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    code.flat_map(|line| {
        let commands: Vec<Vec<&str>> = line.split([';', '|', '&', '(', ')', '`']).map(words_of).collect();
        // `… | sh`, without a file of its own.
        let reads = |command: &Vec<&str>| {
            program(command).is_some_and(|name| SHELLS.contains(&name))
                && command[1..].iter().all(|word| matches!(*word, "-" | "-s"))
        };
        let piped = commands.iter().skip(1).any(reads);
        commands.into_iter().flat_map(move |command| spoken(&command, piped)).collect::<Vec<_>>()
    })
    .collect()
}

fn words_of(command: &str) -> Vec<&str> {
    let parts = |c: char| c.is_whitespace() || "<>\"'=,[]{}$".contains(c);
    let mut words: Vec<&str> =
        command.split(parts).map(|word| word.trim_start_matches('@')).filter(|word| !word.is_empty()).collect();
    // `sh -c '…'`: what is quoted are the commands.
    if let [shell, option, ..] = words.as_slice()
        && SHELLS.contains(&file_name(shell))
        && option.starts_with('-')
        && option.ends_with('c')
    {
        words.drain(..2);
    }
    words
}

/// The program of a command; `[ … ]` begins with its first option.
fn program<'a>(command: &[&'a str]) -> Option<&'a str> {
    let first = command.iter().find(|word| !BEFORE.contains(word))?;
    Some(if first.starts_with('-') { "test" } else { file_name(first) })
}

fn spoken<'a>(command: &[&'a str], piped: bool) -> Vec<Spoken<'a>> {
    let program = program(command).unwrap_or_default();
    let script = command
        .iter()
        .position(|word| file_name(word) == program)
        .and_then(|at| command[at + 1..].iter().position(|word| !word.starts_with('-')).map(|n| at + 1 + n));
    let role = |(n, word): (usize, &&'a str)| {
        let is_script =
            script == Some(n) && (SHELLS.contains(&program) || INTERPRETERS.contains(&program) && is_checking(word));
        let is_setting = n > 0 && SETTING_OPTIONS.contains(&command[n - 1]) && program != "test";
        let role = match () {
            () if piped || is_script || is_setting || file_name(word) == program => WordRole::Runs,
            () if LOOKING.contains(&program) => WordRole::LookedAt,
            () => WordRole::Given,
        };
        Spoken { word, role }
    };
    command.iter().enumerate().map(role).collect()
}

fn is_checking(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    CHECKING.iter().any(|word| name.contains(word)) || is_chore(path) || is_test_path(path)
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    /// Paths, with the base's text and the change's.
    type Edits<'a> = &'a [(&'a str, &'a str, &'a str)];

    fn changed_by(run: &str, files: &[(&str, &str, &str)]) -> Vec<String> {
        let is_test = |path: &str| path.starts_with("tests/");
        changed(&[run], &testing::diff(files), &is_test).paths
    }

    #[test]
    fn what_commands_name_is_theirs() {
        let table: &[(&str, Edits<'_>, &[&str])] = &[
            ("sh ci/check.sh", &[("ci/check.sh", "pytest\n", "exit 0\n")], &["ci/check.sh"]),
            (
                "./ci/check.sh --all",
                &[("ci/check.sh", "sh ci/in.sh\n", "sh ci/in.sh\n"), ("ci/in.sh", "a\n", "b\n")],
                &["ci/in.sh"],
            ),
            ("make check", &[("Makefile", "check:\n\ttaprun\n", "check:\n\ttrue\n")], &["Makefile"]),
            (
                "make check",
                &[
                    ("Makefile", "check:\n\t@sh scripts/t.sh\n", "check:\n\t@sh scripts/t.sh\n"),
                    ("scripts/t.sh", "a", "b"),
                ],
                &["scripts/t.sh"],
            ),
            ("python3 check.py", &[("check.py", "a", "b")], &["check.py"]),
            (
                "npm test",
                &[("package.json", r#"{"scripts":{"test":"node t.js"}}"#, r#"{"scripts":{"test":"true"}}"#)],
                &["package.json"],
            ),
            (
                "npm run check",
                &[
                    ("package.json", r#"{"scripts":{"check":"sh a.sh"}}"#, r#"{"scripts":{"check":"sh a.sh"}}"#),
                    ("a.sh", "1", "2"),
                ],
                &["a.sh"],
            ),
            ("tox -e py", &[("tox.ini", "a", "b")], &["tox.ini"]),
            ("python3 -m pytest -q", &[("tests/conftest.py", "", "x = 1\n")], &["tests/conftest.py"]),
            (
                "pytest",
                &[(
                    "pyproject.toml",
                    "[tool.pytest.ini_options]\naddopts = ''\n",
                    "[tool.pytest.ini_options]\naddopts = '-k x'\n",
                )],
                &["pyproject.toml"],
            ),
            ("cargo test", &[(".cargo/config.toml", "", "[build]\n")], &[".cargo/config.toml"]),
            ("cat check.sh | sh", &[("check.sh", "a", "b")], &["check.sh"]),
            ("./app > out; diff tests/expected.txt out", &[("tests/expected.txt", "a", "b")], &["tests/expected.txt"]),
            ("./app | grep -f patterns.txt", &[("patterns.txt", "a", "b")], &["patterns.txt"]),
            ("if sh check.sh; then true; fi", &[("check.sh", "a", "b")], &["check.sh"]),
            ("sh -c 'grep x a.txt && sh check.sh'", &[("a.txt", "a", "b"), ("check.sh", "a", "b")], &["check.sh"]),
        ];
        for (run, files, expected) in table {
            assert_eq!(changed_by(run, files), *expected, "{run}");
        }
    }

    #[test]
    fn what_is_judged_is_not_the_judge() {
        let table: &[(&str, Edits<'_>)] = &[
            ("sh ci/check.sh", &[("ci/check.sh", "python3 app.py\n", "python3 app.py\n"), ("app.py", "a", "b")]),
            ("make check", &[("Makefile", "check: a.c\n\tcc a.c\n", "check: a.c\n\tcc a.c\n"), ("a.c", "a", "b")]),
            (
                "npm test",
                &[(
                    "package.json",
                    r#"{"scripts":{"test":"x"},"version":"1"}"#,
                    r#"{"scripts":{"test":"x"},"version":"2"}"#,
                )],
            ),
            ("pytest", &[("pyproject.toml", "[project]\nversion = '1'\n", "[project]\nversion = '2'\n")]),
            ("cargo test", &[("src/lib.rs", "a", "b")]),
            ("true", &[("tests/conftest.py", "a", "b")]),
            ("grep -q hello notes.md", &[("notes.md", "", "hello\n")]),
            ("test -s notes.md && [ -f a.txt ] && ! grep -q TODO a.txt", &[("notes.md", "", "x"), ("a.txt", "", "x")]),
            ("test \"$(wc -l < a.txt)\" -gt 2", &[("a.txt", "", "x")]),
            ("cmp deps.lock made && gcc -c a.c", &[("deps.lock", "a", "b"), ("a.c", "a", "b")]),
            ("python3 app.py | grep -q ok", &[("app.py", "a", "b")]),
            ("sh -c 'grep -rq \"x y\" data.txt'", &[("data.txt", "a", "b")]),
            ("if test -d src; then wc -l notes.txt; fi", &[("notes.txt", "a", "b")]),
        ];
        for (run, files) in table {
            assert_eq!(changed_by(run, files), [""; 0], "{run}");
        }
    }

    #[test]
    fn the_base_s_judge_stands_beside_the_rest_of_the_change() {
        let files = [
            ("conftest.py", "a = 1\n", "a = 2\n"),
            ("tests/test_new.py", "", "def test_n(): pass\n"),
            ("shop.py", "x", "y"),
        ];
        let judge = changed(&["pytest"], &testing::diff(&files), &|path| path.starts_with("tests/"));
        assert_eq!(judge.paths, ["conftest.py"]);
        assert_eq!(judge.before["conftest.py"].as_deref(), Some(b"a = 1\n".as_slice()));
        assert_eq!(judge.before["tests/test_new.py"], None);
        assert!(!judge.before.contains_key("shop.py"));
        let package = [(
            "package.json",
            r#"{"scripts":{"test":"vitest"},"version":"1"}"#,
            r#"{"scripts":{"test":"true"},"version":"2"}"#,
        )];
        let judge = changed(&["npm test"], &testing::diff(&package), &|_| false);
        let manifest: Value = serde_json::from_slice(judge.before["package.json"].as_deref().unwrap()).unwrap();
        assert_eq!((manifest["scripts"]["test"].as_str(), manifest["version"].as_str()), (Some("vitest"), Some("2")));
    }
}
