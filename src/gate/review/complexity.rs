//! Functions that a change made too long, too deep or too branched. What was so before is not its fault, as long as it
//! does not make it much worse; tests list their cases, and are read from above.

use crate::git::FileDiff;
use crate::model::Finding;
use crate::source::{ANONYMOUS, FunctionShape, FunctionSize, Language, Parsed, is_test_path, largest_by_name};

/// What a function may have. clippy warns beyond 100 lines, radon grades C beyond 10 branches and D beyond 20, ESLint's limit
/// is 20; pylint's of nesting is 5. These are for refusing, not for advising, so they are at the generous end: of real
/// commits one in eight has a function of more than 15 branches.
pub(super) const LIMITS: FunctionSize = FunctionSize { lines: 100, depth: 5, branches: 20 };

/// The findings of one file. `before` is its text in the base, empty for a new one.
pub(super) fn in_file(file: &FileDiff, before: &str, after: &str) -> Vec<Finding> {
    if Language::with_grammar(&file.path).is_none() {
        return Vec::new();
    }
    let functions = |text| Parsed::read(&file.path, text).map(|parsed| parsed.functions()).unwrap_or_default();
    let (old, new) = (functions(before), functions(after));
    let largest = largest_by_name(&old);
    let touched =
        |function: &&FunctionShape| file.added.iter().any(|line| (function.line..=function.end).contains(&line.number));
    let mut findings = Vec::new();
    for function in new.iter().filter(touched) {
        let was = match function.name.as_str() {
            ANONYMOUS => earlier(&old, &new, function),
            name => largest.get(name).copied(),
        };
        findings.extend(judged(file, function, was.unwrap_or_default(), is_test_path(&file.path)));
    }
    findings
}

/// What a function without a name was: the one that stood in its place, where there were as many as now. All of them share
/// a name, so none of the others tells anything.
fn earlier(old: &[FunctionShape], new: &[FunctionShape], function: &FunctionShape) -> Option<FunctionSize> {
    let unnamed = |all: &[FunctionShape]| {
        all.iter().filter(|one| one.name == ANONYMOUS).map(|one| (one.line, one.size)).collect::<Vec<_>>()
    };
    let (old, new) = (unnamed(old), unnamed(new));
    let place = new.iter().position(|(line, size)| (*line, *size) == (function.line, function.size))?;
    old.get(place).filter(|_| old.len() == new.len()).map(|(_, size)| *size)
}

fn judged(file: &FileDiff, function: &FunctionShape, was: FunctionSize, test: bool) -> Vec<Finding> {
    let FunctionShape { name, size, .. } = function;
    if test {
        return Vec::new();
    }
    let checks = [
        (size.branches, was.branches, LIMITS.branches, "paths through it", "too-complex"),
        (size.depth, was.depth, LIMITS.depth, "nested control structures", "too-deep"),
        (size.lines, was.lines, LIMITS.lines, "lines", "too-long"),
    ];
    // One case more in a long table is what the next change to it looks like, and so is the one by which a function comes
    // over the limit: only a quarter more is its fault.
    let much_worse = |now: u32, was: u32, limit: u32| now > limit.max(was + was / 4);
    let over = checks.into_iter().filter(|(now, was, limit, ..)| now > was && much_worse(*now, *was, *limit));
    let found = over.map(|(now, was, limit, what, rule)| {
        let before = if was > 0 { format!(", was {was} before") } else { String::new() };
        let message = format!("`{name}` has {now} {what} (at most {limit}{before})");
        let advice = "extract parts of it into named functions";
        crate::gate::found::found(&file.path, function.line, rule, &message, advice)
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::security::testing::{Trees, rules_of};

    fn python(name: &str, ifs: usize) -> String {
        let body: String = (0..ifs).map(|n| format!("    if x == {n}:\n        return {n}\n")).collect();
        format!("def {name}(x):\n{body}    return None\n")
    }

    fn judged(path: &str, before: &str, after: &str) -> Vec<(String, u32)> {
        let trees = Trees::new(&[(path, before)], &[(path, after)]);
        rules_of(&in_file(&trees.diff()[0], before, after))
    }

    #[test]
    fn only_what_a_change_makes_worse_is_found() {
        let (plain, much, more) = (python("f", 3), python("f", 20), python("f", 21));
        assert_eq!(judged("a.py", "", &plain), []);
        assert_eq!(judged("a.py", &plain, &much), [("too-complex".to_owned(), 1)]);
        assert_eq!(judged("a.py", &much, &more), [], "a little more of what was too much before");
        let edge = python("f", 19);
        assert_eq!(judged("a.py", &edge, &much), [], "the case by which it comes over the limit");
        assert_eq!(judged("a.py", "", &edge), [], "not too much");
        assert_eq!(judged("a.py", &edge, &python("f", 25)), [("too-complex".to_owned(), 1)], "a quarter more");
        assert_eq!(judged("a.py", &much, &python("f", 30)), [("too-complex".to_owned(), 1)], "half as much again");
        assert_eq!(judged("a.py", &more, &much), [], "better than before");
        let other = format!("{much}\ndef g():\n    pass\n");
        assert_eq!(judged("a.py", &much, &other), [], "not touched");
        assert_eq!(judged("a.txt", "", &much), []);
    }

    #[test]
    fn functions_without_a_name_are_compared_by_their_place() {
        let text = |branches: usize, more: &str| {
            let body: String = (0..branches).map(|n| format!("  if (x == {n}) {{ return {n}; }}\n")).collect();
            format!("const a = list.map((x) => {{ return x; }});\nconst b = list.map((x) => {{\n{body}}});\n{more}")
        };
        let one_more = "list.map((y) => { return y; });\n";
        assert_eq!(judged("a.js", &text(25, ""), &text(26, "")), [], "a little more of what was too much before");
        assert_eq!(judged("a.js", &text(5, ""), &text(26, "")), [("too-complex".to_owned(), 2)]);
        assert_eq!(judged("a.js", &text(25, ""), &text(26, one_more)).len(), 1, "nobody knows which it was");
    }

    #[test]
    fn length_and_depth() {
        let long = format!("fn f() {{\n{}}}\n", "    a();\n".repeat(110));
        assert_eq!(judged("src/a.rs", "", &long), [("too-long".to_owned(), 1)]);
        assert_eq!(judged("tests/a.rs", "", &long), []);
        let deep = format!("fn g() {{\n{}{}\n}}\n", "if a {\n".repeat(6), "}".repeat(6));
        assert_eq!(judged("src/a.rs", "", &deep), [("too-deep".to_owned(), 1)]);
        assert_eq!(judged("tests/a.rs", "", &deep), []);
        assert_eq!(judged("semver_test.go", "", "package a\n"), []);
    }
}
