//! A gate that fails on the base, and names a file that the base has not got: is it about what a task will bring, or is the
//! base red? `pytest && test -s page.md` may be both. What speaks of the file alone is not applicable yet; what stands beside
//! it is run without it; and where nobody can tell, that is said.

use super::Diff;
use super::cache::tool_words;
use crate::model::GateDef;
use crate::source::file_name;

/// What a failure on the base has to do with files that it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lacking {
    /// Every file that is named is there.
    Nothing,
    /// Whatever can fail looks for this file.
    OnlyThat(String),
    /// This command is left without what looks for the file: it tells whether the base is red.
    Beside(String, String),
    /// Something else may have failed as well.
    Perhaps(String),
}

/// Lines up to which a script is read as the text that names it.
const SHORT: usize = 5;

/// Programs that look at a file, and fail where it is not there.
const LOOKING: [&str; 18] = [
    "test", "[", "[[", "grep", "egrep", "fgrep", "rg", "cat", "head", "tail", "ls", "stat", "cmp", "diff", "jq", "wc",
    "find", "file",
];

/// Programs whose first word is a file that they run.
const RUNNING: [&str; 14] =
    ["sh", "bash", "dash", "zsh", ".", "source", "python", "python3", "node", "deno", "bun", "perl", "ruby", "php"];

/// What fails never, or only says something.
const NEUTRAL: [&str; 13] =
    ["#", "set", "cd", "export", "echo", "printf", "mkdir", "umask", "ulimit", "trap", "true", ":", "rm"];

/// What stands behind `||` and only says why.
const COMPLAINING: [&str; 7] = ["echo", "printf", "exit", "false", "return", ">&2", "1>&2"];

/// Words that begin what cannot be taken apart.
const CONTROL: [&str; 10] = ["if", "for", "while", "until", "case", "function", "select", "!", "then", "do"];

/// Options whose value is a file that is written.
const WRITES: [&str; 14] = [
    "-o",
    "--output",
    "--out",
    "--output-file",
    "--output-path",
    "--outfile",
    "--out-file",
    "--junitxml",
    "--report",
    "-coverprofile",
    "--coverprofile",
    "--lcov",
    "--log-file",
    "tee",
];

/// How programs say that they looked for a file in vain.
const IN_VAIN: [&str; 9] = [
    "no such file",
    "not found",
    "does not exist",
    "doesn't exist",
    "cannot open",
    "can't open",
    "cannot find",
    "enoent",
    "not exist",
];

/// What the failure of a gate's command on the base has to do with files that the base lacks. `output` is what it said.
pub(super) fn lacking(def: &GateDef, diff: &Diff, output: &str) -> Lacking {
    let tree = NamedBaseFiles { def, diff };
    let text = tree.spelled_out(&def.run);
    let Some(first) = tree.missing(&text).into_iter().next() else { return Lacking::Nothing };
    let Some(parts) = parts(&text) else {
        return if is_told(output, &first) { Lacking::OnlyThat(first) } else { Lacking::Perhaps(first) };
    };
    let decides = deciding(&text, &parts);
    let fails: Vec<&ShellPart> = parts[decides..].iter().filter(|part| can_fail(part)).collect();
    let (about, others): (Vec<&ShellPart>, Vec<&ShellPart>) =
        fails.into_iter().partition(|part| !tree.missing(&part.text).is_empty());
    if about.is_empty() {
        // It is named by something that decides nothing.
        return Lacking::Nothing;
    }
    if !others.is_empty() {
        let dropped = |part: &ShellPart| about.iter().any(|other| std::ptr::eq(*other, part));
        return Lacking::Beside(first, joined(parts.iter().filter(|part| !dropped(part))));
    }
    let sure = |part: &&ShellPart| {
        let missing = tree.missing(&part.text);
        looks(part, &missing) || missing.iter().any(|path| is_told(output, path))
    };
    if about.iter().all(sure) { Lacking::OnlyThat(first) } else { Lacking::Perhaps(first) }
}

/// The base, and the gate that names its files.
struct NamedBaseFiles<'a> {
    def: &'a GateDef,
    diff: &'a Diff,
}

impl NamedBaseFiles<'_> {
    fn below(&self, word: &str) -> String {
        let word = word.trim_start_matches("./");
        if self.def.folder.is_empty() { word.to_owned() } else { format!("{}/{word}", self.def.folder) }
    }

    /// Files that a text names and does not write, and that the base lacks.
    fn missing(&self, text: &str) -> Vec<String> {
        let is_report = |word: &str| self.def.report.iter().chain(&self.def.coverage).any(|spec| spec.path == word);
        let named = named_files(text).into_iter().filter(|word| !is_report(word)).map(|word| self.below(&word));
        named.filter(|path| !self.diff.new.has(path)).collect()
    }

    /// The text of a short script in place of the words that start it.
    fn spelled_out(&self, run: &str) -> String {
        let words: Vec<&str> = run.split_whitespace().collect();
        let script = match words.as_slice() {
            [script] => script,
            [shell, script] if matches!(file_name(shell), "sh" | "bash" | "dash") => script,
            _ => return run.to_owned(),
        };
        let text = Some(script).filter(|it| it.ends_with(".sh")).and_then(|it| self.diff.new.text(&self.below(it)));
        let is_short = |text: &String| text.lines().filter(|line| !line.trim().is_empty()).count() <= SHORT;
        text.filter(is_short).unwrap_or_else(|| run.to_owned())
    }
}

/// A command of a text, and what stands before it: `&&`, `;`, a line end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ShellPart {
    before: &'static str,
    text: String,
}

/// The commands of a shell text; none where they cannot be taken apart.
fn parts(text: &str) -> Option<Vec<ShellPart>> {
    let mut parts: Vec<ShellPart> = Vec::new();
    let mut part = ShellPart { before: "", text: String::new() };
    let (mut quote, mut depth) = (None, 0_i32);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (taken, separates) = match (quote, c) {
            (None, '#') if part.text.trim().is_empty() => (rest.find('\n').unwrap_or(rest.len()), None),
            (None, '&') if depth == 0 && rest.starts_with("&&") => (2, Some(" && ")),
            (None, '&') if rest.starts_with("&>") || part.text.ends_with('>') => (1, None),
            (None, '&') if depth == 0 => return None,
            (None, ';') if depth == 0 => (1, Some("; ")),
            (None, '\n') if depth == 0 => (1, Some("\n")),
            (None, '<') if rest.starts_with("<<") => return None,
            (_, '\\') => (c.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8), None),
            (None, '\'' | '"' | '`') => {
                quote = Some(c);
                (1, None)
            }
            (Some(open), c) if c == open => {
                quote = None;
                (1, None)
            }
            (None, '(' | '{') => {
                depth += 1;
                (1, None)
            }
            (None, ')' | '}') => {
                depth -= 1;
                (1, None)
            }
            _ => (c.len_utf8(), None),
        };
        match separates {
            Some(before) => parts.push(std::mem::replace(&mut part, ShellPart { before, text: String::new() })),
            None if c != '#' || taken == 1 => part.text.push_str(&rest[..taken]),
            None => {}
        }
        rest = &rest[taken..];
    }
    parts.push(part);
    parts.retain(|part| !part.text.trim().is_empty());
    let is_control =
        |part: &ShellPart| CONTROL.contains(&program(&part.text)) || part.text.trim_start().starts_with(['(', '{']);
    (depth == 0 && quote.is_none() && !parts.iter().any(is_control)).then_some(parts)
}

/// From which command on a text's own end depends: after the last `;` or line end, unless each failure ends it.
fn deciding(text: &str, parts: &[ShellPart]) -> usize {
    let strict = ["set -e", "set -o errexit"].iter().any(|word| text.contains(word))
        || parts.iter().any(|part| part.text.contains("exit "));
    if strict { 0 } else { parts.iter().rposition(|part| part.before != " && ").unwrap_or(0) }
}

fn program(text: &str) -> &str {
    let mut words = text.split_whitespace();
    let is_variable = |word: &&str| {
        word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
    };
    file_name(words.find(|word| !is_variable(word)).unwrap_or_default())
}

/// What a command does before `||`, and what is done where that fails.
fn alternatives(text: &str) -> (&str, Option<&str>) {
    text.split_once("||").map_or((text, None), |(first, rest)| (first, Some(rest)))
}

fn can_fail(part: &ShellPart) -> bool {
    let (first, otherwise) = alternatives(&part.text);
    let forgiven = otherwise.is_some_and(|rest| matches!(program(rest), "true" | ":"));
    !forgiven && !NEUTRAL.contains(&program(first)) && !program(first).is_empty()
}

/// Whether a command fails because a file is not there: it looks at it, or runs it.
fn looks(part: &ShellPart, missing: &[String]) -> bool {
    let (first, otherwise) = alternatives(&part.text);
    let words = otherwise.unwrap_or_default().split(|c: char| c.is_whitespace() || ";{}".contains(c));
    let only_complains = otherwise
        .is_none_or(|rest| COMPLAINING.contains(&program(rest.trim_start_matches([' ', '{']))))
        && words.clone().count() < 40;
    let first_word = first.split_whitespace().skip_while(|word| file_name(word) != program(first)).nth(1);
    let is_missing = |word: &str| missing.iter().any(|path| path.ends_with(word.trim_start_matches("./")));
    let runs = RUNNING.contains(&program(first)) && first_word.is_some_and(is_missing)
        || first.split_whitespace().next().is_some_and(|word| word.contains('/') && is_missing(word));
    only_complains && (LOOKING.contains(&program(first)) || runs)
}

/// Whether a command said that it looked for a file in vain.
fn is_told(output: &str, path: &str) -> bool {
    let name = file_name(path);
    output.lines().any(|line| {
        let lower = line.to_lowercase();
        line.contains(name) && IN_VAIN.iter().any(|words| lower.contains(words))
    })
}

fn joined<'p>(parts: impl Iterator<Item = &'p ShellPart>) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(part.before);
        }
        text.push_str(part.text.trim());
    }
    text
}

/// Files that a shell text names and does not write.
fn named_files(text: &str) -> Vec<String> {
    let after = |mark: &str| -> Vec<&str> {
        text.split(mark).skip(1).filter_map(|rest| rest.split_whitespace().next()).collect()
    };
    let (written, modules) = (after(">"), after(" -m "));
    let all: Vec<&str> = text.split_whitespace().collect();
    let results: Vec<&str> = all.windows(2).filter(|pair| WRITES.contains(&pair[0])).map(|pair| pair[1]).collect();
    let is_other = |word: &&str| !written.contains(word) && !modules.contains(word) && !results.contains(word);
    let words = tool_words(text).into_iter().filter(is_other);
    words.map(|word| word.trim_start_matches("./")).filter(|word| is_file_name(word)).map(str::to_owned).collect()
}

/// Whether a word of a shell text looks like a file of the tree: `a.txt`, `docs/page.md`.
fn is_file_name(word: &str) -> bool {
    let Some((stem, ending)) = file_name(word).rsplit_once('.') else { return false };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-');
    let is_ending = (1..=5).contains(&ending.len())
        && ending.starts_with(|c: char| c.is_ascii_alphabetic())
        && ending.chars().all(|c| c.is_ascii_alphanumeric());
    !stem.is_empty() && is_ending && word.chars().all(plain) && !word.starts_with('/') && !word.contains("..")
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::model::GateKind;

    fn of(run: &str, output: &str) -> Lacking {
        let script = "grep -q good page.md || { echo bad; exit 1; }\n";
        let both = "run-tests\ntest -s page.md\n";
        let strict = "set -e\nrun-tests\ntest -s page.md\n";
        let files = [("there.txt", "x"), ("ci/check.sh", script), ("ci/both.sh", both), ("ci/strict.sh", strict)];
        let files: Vec<(&str, &str, &str)> = files.iter().map(|(path, text)| (*path, *text, *text)).collect();
        lacking(&testing::gate(GateKind::Command, run), &testing::diff(&files), output)
    }

    #[test]
    fn what_only_looks_for_the_file_is_told_from_what_may_be_red() {
        let only = |path: &str| Lacking::OnlyThat(path.to_owned());
        let beside = |path: &str, rest: &str| Lacking::Beside(path.to_owned(), rest.to_owned());
        let perhaps = |path: &str| Lacking::Perhaps(path.to_owned());
        for (run, output, expected) in [
            ("test -s new.txt", "", only("new.txt")),
            ("grep -q x there.txt", "", Lacking::Nothing),
            ("grep -q x ./there.txt > out.log", "", Lacking::Nothing),
            ("test -e docs/page.md && grep -q x docs/page.md", "", only("docs/page.md")),
            ("sh ci/check.sh", "bad", only("page.md")),
            ("sh ci/new.sh", "sh: 0: cannot open ci/new.sh", only("ci/new.sh")),
            ("./ci/new.sh", "", only("ci/new.sh")),
            ("python3 tools/new.py there.txt", "", only("tools/new.py")),
            // Something else may be red, and is asked.
            ("pytest && test -s new.txt", "1 failed", beside("new.txt", "pytest")),
            ("test -s new.txt && pytest -q", "", beside("new.txt", "pytest -q")),
            ("set -e; npm test; test -s new.txt", "", beside("new.txt", "set -e; npm test")),
            ("sh ci/strict.sh", "", beside("page.md", "set -e\nrun-tests")),
            ("cd web && npm test && test -s new.txt", "", beside("new.txt", "cd web && npm test")),
            // What goes before the last line decides nothing.
            ("sh ci/both.sh", "", only("page.md")),
            ("cat new.txt; pytest -q", "", Lacking::Nothing),
            ("test -s new.txt || true; pytest -q", "", Lacking::Nothing),
            // What is written is not looked for.
            ("pytest --junitxml out.xml", "1 failed", Lacking::Nothing),
            ("go test -coverprofile cover.out ./... ", "FAIL", Lacking::Nothing),
            ("pytest | tee log.txt", "1 failed", Lacking::Nothing),
            // Nobody can tell, or the program says it.
            (
                "pytest tests/test_new.py",
                "ERROR: file or directory not found: tests/test_new.py",
                only("tests/test_new.py"),
            ),
            ("pytest -c new.ini", "1 failed", perhaps("new.ini")),
            ("if pytest; then test -s new.txt; fi", "", perhaps("new.txt")),
            ("for f in new.txt; do check $f; done", "check: new.txt: No such file or directory", only("new.txt")),
            ("test -s new.txt || pytest", "1 failed", perhaps("new.txt")),
        ] {
            assert_eq!(of(run, output), expected, "{run}");
        }
    }

    #[test]
    fn quotes_and_brackets_hold_together() {
        let texts =
            |text: &str| parts(text).map(|all| all.into_iter().map(|it| it.text.trim().to_owned()).collect::<Vec<_>>());
        assert_eq!(texts("a 'b && c'; d \"e; f\"").unwrap(), ["a 'b && c'", "d \"e; f\""]);
        assert_eq!(texts("a || { echo b; exit 1; }\nc $(d; e)").unwrap(), ["a || { echo b; exit 1; }", "c $(d; e)"]);
        assert_eq!(texts("# a; b\nc # d").unwrap(), ["c # d"]);
        assert_eq!(texts("a 2>&1 && b").unwrap(), ["a 2>&1", "b"]);
        for odd in ["a &", "if a; then b; fi", "cat <<END\nx\nEND", "a 'b", "(a; b)"] {
            assert_eq!(texts(odd), None, "{odd}");
        }
    }
}
