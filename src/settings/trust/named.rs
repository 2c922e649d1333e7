//! What trusted texts name in the repository: a script is as much part of a command as its words, so that one that changed
//! since is asked for again.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::Item;
use crate::model::Files;

/// Files looked at: a text that names more is a list, not a command.
const MOST_FILES: usize = 100;
/// A longer file is agreed to by its digest: nobody reads it on a terminal.
const LONGEST: usize = 32 << 10;

/// Programs whose words are entries of a file, which is then what is executed.
const RUNNERS: [(&[&str], &[&str]); 5] = [
    (&["make", "gmake"], &["GNUmakefile", "makefile", "Makefile"]),
    (&["just"], &["justfile", "Justfile", ".justfile"]),
    (&["task"], &["Taskfile.yml", "Taskfile.yaml"]),
    (&["tox"], &["tox.ini"]),
    (&["nox"], &["noxfile.py"]),
];

/// Programs that execute the file they are given first.
const INTERPRETERS: [&str; 18] = [
    ".", "sh", "bash", "dash", "zsh", "ksh", "fish", "source", "node", "deno", "bun", "tsx", "ts-node", "ruby", "perl",
    "php", "Rscript", "lua",
];

/// Programs that execute the `scripts` of a `package.json`.
const SCRIPT_RUNNERS: [&str; 4] = ["npm", "yarn", "pnpm", "bun"];

/// The files of the repository that `items` name as what they run, each once, with its text.
pub fn named_items(items: &[Item], files: &dyn Files) -> Vec<Item> {
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut scripts: BTreeSet<String> = BTreeSet::new();
    // What is only shown to agents, or is a list of names, executes nothing.
    let is_command = |item: &&Item| {
        let key = item.key.as_str();
        !key.ends_with(".env")
            && !key.ends_with(".allow")
            && !key.starts_with('.')
            && !["worktree.copy", "worktree.reflink"].contains(&key)
    };
    for item in items.iter().filter(is_command) {
        for (folder, words) in commands(&item.text) {
            let Some(program) = words.first() else { continue };
            named.extend(executed(&words).and_then(|word| joined(&folder, word)).filter(|path| files.exists(path)));
            let runners = RUNNERS.iter().filter(|(programs, _)| programs.contains(program));
            named.extend(runners.filter_map(|(_, names)| {
                names.iter().filter_map(|name| joined(&folder, name)).find(|path| files.exists(path))
            }));
            if SCRIPT_RUNNERS.contains(program) {
                scripts.extend(joined(&folder, "package.json").filter(|path| files.exists(path)));
            }
        }
    }
    let whole = named.into_iter().take(MOST_FILES).filter_map(|path| {
        let bytes = files.read(&path).ok()?;
        Some(Item::new(format!("file {path}"), text_of(bytes)))
    });
    let scripts = scripts.into_iter().filter_map(|path| {
        let package: serde_json::Value = serde_json::from_slice(&files.read(&path).ok()?).ok()?;
        Some(Item::new(format!("file {path} scripts"), serde_json::to_string_pretty(package.get("scripts")?).ok()?))
    });
    whole.chain(scripts).collect()
}

/// The word of a command that names what is executed: a path itself, or what an interpreter is given first.
fn executed<'t>(words: &[&'t str]) -> Option<&'t str> {
    let program = words.first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let is_interpreter = INTERPRETERS.contains(&name) || name.starts_with("python");
    let given = || words.iter().skip(1).find(|word| !word.starts_with('-')).copied();
    match () {
        () if name == "env" => {
            let rest = words.iter().skip(1).position(|word| !word.starts_with('-') && !word.contains('='))?;
            executed(words.get(rest + 1..)?)
        }
        () if is_interpreter => given(),
        () => Some(*program).filter(|program| program.contains('/')),
    }
}

/// The text of a file, or its digest where nobody would read it.
fn text_of(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) if text.len() <= LONGEST => text,
        Ok(text) => digest(text.as_bytes()),
        Err(error) => digest(error.as_bytes()),
    }
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} bytes, sha256 {hex}", bytes.len())
}

/// The simple commands of a shell text, with the folder that `cd` has led to, and their words without assignments.
fn commands(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut folder = String::new();
    let mut found = Vec::new();
    for command in text.split(['\n', ';', '|', '&', '(', ')', '`', '{', '}']) {
        let splits = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>');
        let words = command.split(splits).filter(|word| !word.is_empty());
        let is_lead = |word: &&str| {
            matches!(*word, "exec" | "then" | "do" | "else" | "!" | "time" | "if" | "while")
                || word.split_once('=').is_some_and(|(name, _)| !name.contains(['-', '/', '.']))
        };
        let words: Vec<&str> = words.skip_while(is_lead).collect();
        if let ["cd", to] = words.as_slice() {
            folder = joined(&folder, to).unwrap_or_default();
            continue;
        }
        found.push((folder.clone(), words));
    }
    found
}

/// A path from the repository's root; none for one that leads out of it.
fn joined(folder: &str, word: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    if word.starts_with('/') || word.starts_with('~') || word.contains('$') {
        return None;
    }
    for part in word.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::MapFiles;

    fn files(named: &[(&str, &str)]) -> MapFiles {
        let all = named.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        MapFiles(all.collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn what_commands_name_is_part_of_them() {
        let package = r#"{"name": "x", "version": "1", "scripts": {"test": "node t.js"}}"#;
        let files = files(&[
            ("do.sh", "echo 1"),
            ("tools/check.py", "print()"),
            ("sub/run", "x"),
            ("Makefile", "all:"),
            ("package.json", package),
            ("README.md", "words"),
            ("README", "words"),
        ]);
        let table: [(&str, &[&str]); 14] = [
            ("sh do.sh", &["file do.sh"]),
            ("./do.sh && python3 tools/check.py --x", &["file do.sh", "file tools/check.py"]),
            ("cd sub && ./run", &["file sub/run"]),
            ("cd sub; ../do.sh", &["file do.sh"]),
            ("A=1 CI=do.sh make all", &["file Makefile"]),
            ("make -j4", &["file Makefile"]),
            ("npm test", &["file package.json scripts"]),
            ("if true; then exec ./do.sh; fi", &["file do.sh"]),
            ("/proc/self/cwd/do.sh", &[]),
            ("sh ../do.sh", &[]),
            ("pytest -q", &[]),
            ("echo README.md do.sh", &[]),
            ("env -i sh do.sh", &["file do.sh"]),
            ("bash -eu tools/check.py", &["file tools/check.py"]),
        ];
        for (text, wanted) in table {
            let found = named_items(&[Item::new("gates.t.run", text)], &files);
            let keys: Vec<&str> = found.iter().map(|item| item.key.as_str()).collect();
            assert_eq!(keys, wanted, "{text}");
        }
        let scripts = named_items(&[Item::new("worktree.setup", "npm ci")], &files);
        assert!(scripts[0].text.contains("node t.js") && !scripts[0].text.contains("version"), "{scripts:?}");
        assert!(named_items(&[Item::new("agents.m.env", "do.sh")], &files).is_empty());
    }

    #[test]
    fn long_files_are_agreed_to_by_digest() {
        let long = "x".repeat(LONGEST + 1);
        let found = named_items(&[Item::new("gates.t.run", "sh big.sh")], &files(&[("big.sh", &long)]));
        assert!(found[0].text.starts_with("32769 bytes, sha256 "), "{:?}", found[0].text);
    }
}
