//! How a commit is made worse, line by line and test by test, in four languages.

use git_orca::source::is_test_path;

use super::history::{Commit, is_code};

/// How a commit is made worse.
#[derive(Debug, Clone, Copy)]
pub enum Mutilation {
    /// A file of tests that was there goes.
    TestsDeleted,
    /// Every new assertion insists on nothing.
    Vacuous,
    /// The assertions that were there insist on less.
    Weakened,
    /// The new code is wrong.
    WrongCode,
    /// The new tests are not run.
    Skipped,
    /// One test that was there is taken out.
    TestTakenOut,
}

/// Files as they become; none is gone.
pub type Edited = Vec<(String, Option<String>)>;

impl Mutilation {
    pub const ALL: [Mutilation; 6] = [
        Mutilation::Vacuous,
        Mutilation::WrongCode,
        Mutilation::Weakened,
        Mutilation::TestsDeleted,
        Mutilation::Skipped,
        Mutilation::TestTakenOut,
    ];

    /// The changed files, worse; none where this commit gives no opportunity.
    pub fn of(self, commit: &Commit<'_>) -> Option<Edited> {
        match self {
            Mutilation::TestsDeleted => {
                let gone = commit
                    .test_files_before()
                    .into_iter()
                    .find(|(path, text)| !path.ends_with(".rs") && text.lines().any(|line| begins_test(path, line)))?;
                Some(vec![(gone.0, None)])
            }
            Mutilation::TestTakenOut => {
                let (path, text) = commit.test_files_before().into_iter().find_map(|(path, _)| {
                    let now = commit.now(&path)?;
                    let less = without_its_first_test(&path, &now)?;
                    Some((path, less))
                })?;
                Some(vec![(path, Some(text))])
            }
            Mutilation::Vacuous => in_tests(commit, Lines::New, &vacuous).filter(|files| is_vacuous(commit, files)),
            Mutilation::Weakened => in_tests(commit, Lines::Old, &weakened),
            Mutilation::Skipped => in_tests(commit, Lines::All, &skipped),
            Mutilation::WrongCode => wrong_code(commit),
        }
    }
}

/// Which lines of tests are edited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// Those that the commit brings.
    New,
    /// Those that were there before it.
    Old,
    All,
}

/// Edits the lines of tests: whole files of tests, and of Rust's code what lies below its `mod tests`.
fn in_tests(commit: &Commit<'_>, which: Lines, edit: &dyn Fn(&str, &str) -> Option<String>) -> Option<Edited> {
    let mut edited = Vec::new();
    for (path, text) in commit.changed().iter().filter(|(path, _)| is_code(path)) {
        let from = first_line_of_tests(path, text);
        let before = commit.before(path).unwrap_or_default();
        let is_meant =
            |line: &str| which == Lines::All || (which == Lines::Old) == before.lines().any(|old| old == line);
        let new = by_line(text, &|n, line| edit(path, line).filter(|_| n >= from && is_meant(line)));
        if new != *text {
            edited.push((path.clone(), Some(new)));
        }
    }
    (!edited.is_empty()).then_some(edited)
}

/// Whether no new line of tests insists on anything any more: what has more than one line is not edited.
fn is_vacuous(commit: &Commit<'_>, edited: &Edited) -> bool {
    commit.changed().iter().filter(|(path, _)| is_code(path)).all(|(path, text)| {
        let now = edited.iter().find(|(known, _)| known == path).and_then(|(_, text)| text.as_ref()).unwrap_or(text);
        let from = first_line_of_tests(path, text);
        let before = commit.before(path).unwrap_or_default();
        now.lines().skip(from).all(|line| !insists(path, line) || before.lines().any(|old| old == line))
    })
}

/// Whether a line insists on something, as far as its words tell.
fn insists(path: &str, line: &str) -> bool {
    let words: &[&str] = match ending(path) {
        "py" => &["assert", "raises", "yield from check"],
        "js" | "ts" => &["assert", "expect", "t.equal", "t.deepEqual", "st.", "t.", "should"],
        "go" => &["t.Err", "t.Fatal", "t.Fail", "assert.", "require."],
        _ => &["assert", "should_panic", "unwrap", "expect", "panic!"],
    };
    let bare = line.trim();
    !matches!(bare, "assert True" | "assert!(true);") && words.iter().any(|word| bare.contains(word))
}

/// Where a file's tests begin: at its top, where it is one of tests; nowhere in code that has none inside.
fn first_line_of_tests(path: &str, text: &str) -> usize {
    if is_test_path(path) {
        return 0;
    }
    let inside = |line: &str| path.ends_with(".rs") && line.trim().starts_with("#[cfg(test)]");
    text.lines().position(inside).unwrap_or(usize::MAX)
}

fn wrong_code(commit: &Commit<'_>) -> Option<Edited> {
    let worse = |path: &str, text: &str| {
        let before = commit.before(path).unwrap_or_default();
        let to = first_line_of_tests(path, text);
        let is_new = |n: usize, line: &str| n < to && !before.lines().any(|old| old == line);
        let new = by_line(text, &|n, line| wrong(path, line).filter(|_| is_new(n, line)));
        (new != text).then_some(new)
    };
    let code = commit.changed().iter().filter(|(path, _)| is_code(path) && !is_test_path(path));
    let edited: Edited = code.filter_map(|(path, text)| Some((path.clone(), Some(worse(path, text)?)))).collect();
    (!edited.is_empty()).then_some(edited)
}

fn by_line(text: &str, edit: &dyn Fn(usize, &str) -> Option<String>) -> String {
    let lines = text.lines().enumerate();
    lines.map(|(n, line)| format!("{}\n", edit(n, line).unwrap_or_else(|| line.to_owned()))).collect()
}

fn ending(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

fn margin(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// An assertion of one line that insists on nothing.
fn vacuous(path: &str, line: &str) -> Option<String> {
    let bare = line.trim();
    let whole = bare.matches(['(', '[', '{']).count() == bare.matches([')', ']', '}']).count();
    let kept = match ending(path) {
        "py" if bare.starts_with("assert ") || bare.starts_with("self.assert") => "assert True".to_owned(),
        "js" | "ts"
            if ["assert", "expect(", "t.equal(", "t.deepEqual(", "st.equal(", "st.deepEqual("]
                .iter()
                .any(|it| bare.starts_with(it)) =>
        {
            ";".to_owned()
        }
        "rs" if bare.starts_with("assert") && bare.ends_with(';') => "assert!(true);".to_owned(),
        // What it says stays in use, since Go refuses what is not.
        "go" => bare
            .replacen("t.Errorf(", "t.Logf(", 1)
            .replacen("t.Fatalf(", "t.Logf(", 1)
            .replacen("t.Error(", "t.Log(", 1)
            .replacen("t.Fatal(", "t.Log(", 1),
        _ => return None,
    };
    (whole && kept != bare).then(|| format!("{}{kept}", margin(line)))
}

/// An assertion of one line that compares, insisting on less.
fn weakened(path: &str, line: &str) -> Option<String> {
    let bare = line.trim();
    let kept = match ending(path) {
        "py" => match bare.split_once(" == ").filter(|_| bare.starts_with("assert ")) {
            Some((found, _)) => format!("{found} is not object"),
            None => bare.strip_prefix("self.assertEqual(").map(|both| format!("self.assertTrue({both}"))?,
        },
        "js" | "ts" => {
            let at = [".toBe(", ".toEqual(", ".toStrictEqual("].iter().find_map(|call| bare.find(call));
            match at.filter(|_| bare.ends_with(");")) {
                Some(at) => format!("{}.toBeDefined();", &bare[..at]),
                None if bare.contains("t.deepEqual(") => bare.replacen("t.deepEqual(", "t.ok(", 1),
                None => bare.contains("t.equal(").then(|| bare.replacen("t.equal(", "t.ok(", 1))?,
            }
        }
        "rs" => {
            let both = bare.strip_prefix("assert_eq!(")?.strip_suffix(");")?;
            let found = first_of(both)?;
            format!("assert!(!format!(\"{{:?}}\", {found}).is_empty());")
        }
        "go" => {
            let (found, _) = bare.strip_prefix("if ")?.split_once(" != ")?;
            let end = bare.ends_with('{') && !found.contains([';', '&', '|']);
            end.then(|| bare.replacen("if ", "if testing.Short() && ", 1))?
        }
        _ => return None,
    };
    let whole = |text: &str| text.matches(['(', '[', '{']).count() == text.matches([')', ']', '}']).count();
    (path.ends_with(".go") || whole(bare) && whole(&kept)).then(|| format!("{}{kept}", margin(line)))
}

/// The first of two arguments.
fn first_of(both: &str) -> Option<&str> {
    let mut depth = 0_i32;
    let end = both.char_indices().find(|(_, c)| {
        depth += i32::from("([{".contains(*c)) - i32::from(")]}".contains(*c));
        *c == ',' && depth == 0
    });
    end.map(|(at, _)| &both[..at]).filter(|found| !found.contains('"'))
}

/// Whether a test begins on a line.
fn begins_test(path: &str, line: &str) -> bool {
    let bare = line.trim();
    match ending(path) {
        "py" => bare.starts_with("def test"),
        "js" | "ts" => ["test(", "it(", "t.test("].iter().any(|it| bare.starts_with(it)),
        "rs" => bare == "#[test]",
        "go" => line.starts_with("func Test"),
        _ => false,
    }
}

fn skipped(path: &str, line: &str) -> Option<String> {
    if !begins_test(path, line) {
        return None;
    }
    match ending(path) {
        "py" => Some(format!("{}@__import__('pytest').mark.skip\n{line}", margin(line))),
        "js" | "ts" => Some(line.replacen("test(", "test.skip(", 1).replacen("it(", "it.skip(", 1)),
        "rs" => Some(format!("{line}\n{}#[ignore]", margin(line))),
        "go" => line.ends_with('{').then(|| format!("{line}\n\tt.Skip()")),
        _ => None,
    }
}

/// The text without its first test: from where it begins to the line that closes it.
fn without_its_first_test(path: &str, text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.iter().position(|line| begins_test(path, line))?;
    let head = match ending(path) {
        "rs" => from + lines[from..].iter().position(|line| line.trim_start().starts_with("fn "))?,
        _ => from,
    };
    let deeper = |line: &str| line.trim().is_empty() || margin(line).len() > margin(lines[head]).len();
    let mut to = head + 1 + lines[head + 1..].iter().position(|line| !deeper(line)).unwrap_or(lines.len() - head - 1);
    // A brace closes what Python ends by the margin.
    if ending(path) != "py" {
        to = (to + 1).min(lines.len());
    }
    let left = lines[..from].iter().chain(&lines[to..]);
    // A decorator of it would be another's.
    let left: Vec<&str> = left.copied().collect();
    let decorated = from > 0 && lines[from - 1].trim_start().starts_with('@');
    (to > head + 1 && !decorated).then(|| left.join("\n") + "\n")
}

/// A line that gives something back or decides, doing something else.
fn wrong(path: &str, line: &str) -> Option<String> {
    let bare = line.trim();
    if ["//", "#", "*", "/*", "import ", "from ", "use ", "\"", "'"].iter().any(|it| bare.starts_with(it)) {
        return None;
    }
    if matches!(ending(path), "py" | "js" | "ts")
        && let Some(value) = bare.strip_prefix("return ").map(|rest| rest.trim_end_matches(';'))
        && !value.ends_with(['(', '[', '{', '\\', '`'])
        && !matches!(value, "None" | "undefined")
    {
        let whole = value.matches(['(', '[', '{']).count() == value.matches([')', ']', '}']).count();
        let nothing = if path.ends_with(".py") { "return None" } else { "return undefined;" };
        return whole.then(|| format!("{}{nothing}", margin(line)));
    }
    let opposites = [
        (" == ", " != "),
        (" != ", " == "),
        (" <= ", " > "),
        (" >= ", " < "),
        (" && ", " || "),
        ("return true", "return false"),
        ("return false", "return true"),
        (" + 1", " + 2"),
    ];
    let (old, new) = opposites.into_iter().find(|(old, _)| bare.contains(old))?;
    matches!(ending(path), "go" | "rs").then(|| line.replacen(old, new, 1))
}
