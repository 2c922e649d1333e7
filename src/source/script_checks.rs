//! What calls itself a check in JavaScript and TypeScript: `expect`, `assert`, functions of an assertion library under their
//! own names, and what a test calls on the object that it is given.

use super::mask::{Masked, is_word, word};

/// Checks of tape, tap and AVA.
const OF_A_TEST: [&str; 46] = [
    "ok",
    "notOk",
    "true",
    "false",
    "truthy",
    "falsy",
    "assert",
    "is",
    "isNot",
    "not",
    "equal",
    "equals",
    "isEqual",
    "strictEqual",
    "strictEquals",
    "looseEqual",
    "notEqual",
    "notStrictEqual",
    "deepEqual",
    "deepEquals",
    "same",
    "strictSame",
    "notSame",
    "notDeepEqual",
    "looseDeepEqual",
    "deepLooseEqual",
    "like",
    "match",
    "doesNotMatch",
    "notMatch",
    "regex",
    "notRegex",
    "hasStrict",
    "has",
    "throws",
    "throwsAsync",
    "doesNotThrow",
    "notThrows",
    "notThrowsAsync",
    "rejects",
    "resolves",
    "error",
    "ifError",
    "snapshot",
    "matchSnapshot",
    "fail",
];

/// Where the check that begins at a position ends; none where none begins.
pub(super) fn script_check(masked: &Masked<'_>, at: usize, rest: &str, to: usize) -> Option<usize> {
    let name = word(rest);
    let after = &rest[name.len()..];
    let expects = name == "expect" && after.starts_with(['(', '.']);
    let asserts = name == "assert" && after.starts_with(['(', '.']);
    let on_test = || is_of_a_test(name) && after.strip_prefix('.').is_some_and(is_check);
    let bare = || after.starts_with('(') && !masked.code[..at].ends_with('.') && is_imported(masked, name);
    if expects || asserts || on_test() || should_from(masked, at).is_some() {
        return Some(chain_end(masked, at, to));
    }
    bare().then(|| masked.after_bracket(at + name.len()))
}

/// Whether a name is what tests call the object that they are given: `t`, `st`, `tt`, `s2t`.
fn is_of_a_test(name: &str) -> bool {
    name.len() <= 3 && name.ends_with('t') && name.starts_with(['t', 's']) || name == "tap"
}

fn is_check(call: &str) -> bool {
    let method = word(call);
    OF_A_TEST.contains(&method) && call[method.len()..].starts_with('(')
}

/// Whether a name is a function that the file takes from a library of assertions: `import { strictEqual } from 'assert'`.
fn is_imported(masked: &Masked<'_>, name: &str) -> bool {
    if name.is_empty() || !masked.text.contains("assert") && !masked.text.contains("chai") {
        return false;
    }
    masked.text.lines().filter(|line| takes_assertions(line)).any(|line| {
        let taken = line.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(taken, _)| taken);
        taken.split(',').any(|one| one.trim().rsplit([' ', ':']).next() == Some(name))
    })
}

fn takes_assertions(line: &str) -> bool {
    let sources = ["assert'", "assert\"", "assert/strict", "chai'", "chai\""];
    (line.contains("import") || line.contains("require(")) && sources.iter().any(|source| line.contains(source))
}

/// The end of `expect(a).not\n  .toBe(b)`: a chain goes on over line ends before a dot.
fn chain_end(masked: &Masked<'_>, from: usize, to: usize) -> usize {
    let mut at = from;
    loop {
        at = masked.logical_line(at, to);
        let rest = masked.code[at..to].trim_start();
        if at >= to || masked.code.as_bytes()[at] == b';' || !rest.starts_with('.') {
            return at;
        }
        at = to - rest.len();
    }
}

/// Where the statement begins of which `should` at a position is a part: `names.should.equal(…)`.
pub(super) fn should_from(masked: &Masked<'_>, at: usize) -> Option<usize> {
    let code = &masked.code;
    let is_chain =
        code[..at].ends_with('.') && code[at..].strip_prefix("should").is_some_and(|it| it.starts_with(['.', '(']));
    let line = code[..at].rfind(['\n', ';', '{']).map_or(0, |end| end + 1);
    let from = line + code[line..at].len() - code[line..at].trim_start().len();
    (is_chain && code.as_bytes().get(from).is_some_and(|byte| is_word(*byte))).then_some(from)
}

#[cfg(test)]
mod tests {
    use super::super::find_tests;

    #[test]
    fn what_a_script_insists_on() {
        let table: &[(&str, &str, &[&str])] = &[
            ("", "expect(a).toBe(1)", &["expect(a).toBe(1)"]),
            ("", "t.equal(a, 1, 'one')", &["t.equal(a, 1, 'one')"]),
            ("", "t.test('x', function (st) { st.deepEqual(a, []); st.end(); })", &["st.deepEqual(a, [])"]),
            ("", "t.plan(2); t.comment('x'); t.is(a, 1)", &["t.is(a, 1)"]),
            ("", "text.match(/x/); it.is(a)", &[]),
            ("", "t.assert.equal(a, 1)", &["assert.equal(a, 1)"]),
            (
                "const { strictEqual: same, ok } = require('node:assert');\n",
                "same(a, 1); ok(a)",
                &["same(a, 1)", "ok(a)"],
            ),
            ("import { ok } from './mine';\n", "ok(a)", &[]),
            (
                "require('chai').should();\n",
                "a.should.equal(1); a.b().should.be.ok",
                &["a.should.equal(1)", "a.b().should.be.ok"],
            ),
        ];
        for (head, body, expected) in table {
            let text = format!("{head}test('a', (t) => {{\n  {body};\n}});\n");
            let found = find_tests("a.test.js", &text);
            let checks: Vec<&str> = found[0].checks.iter().map(|check| check.text.as_str()).collect();
            assert_eq!(checks, *expected, "{text}");
        }
    }
}
