//! What the program says: the text of every literal, by file, for reading it aloud, and for what must not come back.
//!
//! `ORCA_WORDS=FILE cargo test --test tidy words` writes the list, a module after the other.

use std::path::Path;

use git_orca::report::words::error::infinitive;

use super::sources;

/// The string literals of a source text outside its test modules, with their lines; those of help texts as well.
fn literals(text: &str, is_help: bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut line = 1;
    while let Some((at, c)) = chars.next() {
        let rest = &text[at..];
        match c {
            '\n' => line += 1,
            '#' if rest.starts_with("#[cfg(test)]\nmod tests {") => break,
            '/' if rest.starts_with("//") => {
                let comment = rest.split('\n').next().unwrap_or_default();
                if is_help && let Some(help) = comment.strip_prefix("/// ") {
                    found.push((line, help.to_owned()));
                }
                skip(&mut chars, at + comment.len());
            }
            '\'' => skip(&mut chars, at + character(rest)),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#\"") => {
                let hashes = rest[1..].chars().take_while(|c| *c == '#').count();
                let begin = 2 + hashes;
                let end = rest[begin..].find(&format!("\"{}", "#".repeat(hashes))).unwrap_or(0);
                found.push((line, rest[begin..begin + end].to_owned()));
                line += rest[..begin + end].matches('\n').count();
                skip(&mut chars, at + begin + end + 1 + hashes);
            }
            '"' => {
                let (said, length) = quoted(rest);
                found.push((line, said));
                line += rest[..length].matches('\n').count();
                skip(&mut chars, at + length);
            }
            _ => {}
        }
    }
    found
}

fn skip(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, to: usize) {
    while chars.next_if(|(at, _)| *at < to).is_some() {}
}

/// Bytes of a character literal, or of the quote alone where it begins a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[2..].find('\'').map_or(1, |end| if end == 0 { 4 } else { end + 3 }),
        Some((at, c)) if rest[at + c.len_utf8()..].starts_with('\'') => at + c.len_utf8() + 1,
        _ => 1,
    }
}

/// What a quoted literal says, with its escapes except that of line ends, and its length.
fn quoted(rest: &str) -> (String, usize) {
    let mut said = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (said, at + 1),
            '\\' => match chars.next() {
                Some((_, '\n')) => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, next)) => said.extend(['\\', next]),
                None => {}
            },
            c => said.push(c),
        }
    }
    (said, rest.len())
}

/// File, line and text of everything that looks like words.
fn said() -> Vec<(String, usize, String)> {
    let is_words =
        |text: &str| text.split([' ', '\n']).filter(|word| word.chars().any(char::is_alphabetic)).count() > 1;
    let not_ours = ["tests", "testing", "simulation", "dummy.rs", "fuzz.rs"];
    let mut said = Vec::new();
    for (path, text) in sources() {
        let name = path.to_string_lossy().into_owned();
        if not_ours.iter().any(|part| name.contains(part)) {
            continue;
        }
        let found = literals(&text, path.starts_with("cli/args"));
        said.extend(
            found.into_iter().filter(|(_, text)| is_words(text)).map(|(line, text)| (name.clone(), line, text)),
        );
    }
    said.extend(pages().into_iter().filter(|(_, _, text)| is_words(text)));
    assert!(said.len() > 2000, "only {} texts: are literals still found?", said.len());
    if let Some(file) = std::env::var_os("ORCA_WORDS") {
        let lines: Vec<String> = said.iter().map(|(name, line, text)| format!("{name}:{line}  {text}\n")).collect();
        std::fs::write(Path::new(&file), lines.concat()).unwrap();
    }
    said
}

/// The lines of every page that lies beside the code: help, skills, prompts.
fn pages() -> Vec<(String, usize, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut lines) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                lines.extend(text.lines().enumerate().map(|(n, line)| (name.clone(), n + 1, line.to_owned())));
            }
        }
    }
    lines.sort();
    lines
}

/// Phrases that people stumbled over, each with what to write.
const GIVEN_UP: &[(&str, &str)] = &[
    ("set-up", "setup"),
    ("goes on with", "continues"),
    ("refuses us", "does not accept the login"),
    ("bears", "can handle"),
    ("afresh", "start over"),
    ("who is through", "finished"),
    ("it means", "matches"),
    ("nobody drives", "no process is running it"),
    (" clashes", "conflicts"),
    ("says no:", "failed"),
    ("taken away", "removed"),
    ("turned round", "negated"),
    ("go on all the same", "continue anyway"),
    ("is over already", "has already ended"),
    ("no task that is left", "none of the tasks that have not landed"),
    ("insists on", "asserts"),
    ("insist on", "assert"),
    ("a known hole", "a known vulnerability"),
    ("known holes", "known vulnerabilities"),
    ("are asked for", "are required"),
    ("for this time", "this once"),
    ("by itself at each", "automatically on each"),
    ("nothing of its own", "no commands of its own"),
    ("to tidy away", "to remove"),
    ("and mail address", "and email address"),
    ("no valid ", "not valid"),
    ("it is no ", "it is not a"),
    ("is none of", "is not one of"),
    ("what failed", "a task that fails"),
    ("what it committed", "its commits"),
    ("left a result", "produced a commit"),
    ("it waits on", "it still waits"),
];

#[test]
fn no_sentence_that_people_stumbled_over_comes_back() {
    let said = said();
    let mut wrong = Vec::new();
    for (name, line, text) in &said {
        for (phrase, better) in GIVEN_UP.iter().filter(|(phrase, _)| text.contains(phrase)) {
            wrong.push(format!("src/{name}:{line} \"{phrase}\": better {better}\n    {text}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// "reading `x`" is told as "cannot read `x`": only where the verb of the gerund is known.
#[test]
fn errors_begin_with_verbs_that_can_be_told() {
    let mut told = std::collections::BTreeSet::new();
    for (name, _, text) in said().into_iter().filter(|(name, ..)| !name.ends_with(".md")) {
        let Some((gerund, rest)) = text.split_once(' ') else { continue };
        let is_gerund = gerund.len() > 5 && gerund.ends_with("ing") && gerund.chars().all(|c| c.is_ascii_lowercase());
        if is_gerund
            && !rest.is_empty()
            && !["nothing", "something", "everything", "missing", "string"].contains(&gerund)
        {
            told.insert((infinitive(gerund).unwrap_or_default(), gerund.to_owned(), name));
        }
    }
    let verbs: std::collections::BTreeSet<&str> = told.iter().map(|(verb, _, _)| verb.as_str()).collect();
    let unknown: Vec<_> = told.iter().filter(|(verb, _, _)| !VERBS.contains(&verb.as_str())).collect();
    assert!(verbs.len() > 30, "{verbs:?}");
    assert!(unknown.is_empty(), "neither a verb nor in the list: {unknown:#?}");
}

/// The verbs of our errors. A new one is added here when `infinitive` makes it right.
const VERBS: &[&str] = &[
    "accord", "add", "ask", "bring", "check", "choose", "close", "code", "collect", "commit", "compare", "conform",
    "copy", "count", "create", "decide", "depend", "detach", "draw", "drop", "edit", "end", "fail", "fetch", "fill",
    "find", "finish", "follow", "forget", "freeze", "generate", "give", "hand", "join", "judge", "keep", "land",
    "leave", "link", "listen", "list", "look", "make", "mark", "measure", "merge", "message", "move", "name", "note",
    "open", "pack", "pause", "prepare", "print", "publish", "push", "put", "read", "record", "refer", "reject",
    "remember", "remove", "replace", "reset", "restore", "resume", "retry", "revert", "run", "save", "separate",
    "serve", "set", "show", "skip", "stage", "start", "stop", "take", "tell", "tidy", "undo", "update", "verify",
    "wait", "waive", "watch", "write",
];

#[test]
fn literals_are_found_with_their_lines() {
    let text = "// \"no\"\nlet a = \"one \\\n    two\";\nlet q = '\"'; let l: &'a str = r#\"three \"four\" five\"#;\nlet s = '\\'';\nlet b = \"six \\\"seven\\\"\";\n#[cfg(test)]\nmod tests {\n  \"not this\"\n}\n";
    let found = literals(text, false);
    let expected = [(2, "one two"), (4, "three \"four\" five"), (6, "six \\\"seven\\\"")];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    assert_eq!(literals("/// Help for people\n", true), [(1, "Help for people".to_owned())]);
}
