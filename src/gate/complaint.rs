//! What a failing command complains about, in one line that an agent can act on: the last error with expected and actual
//! values, the assertion, the module that was not found; not the head of a trace.

/// Length that a complaint is cut to.
const LONGEST: usize = 300;

/// The last complaint in an output; none where nothing looks like one.
pub(super) fn complaint(output: &str) -> Option<String> {
    let output = without_colours(output);
    let lines: Vec<&str> = output.lines().collect();
    let found = (0..lines.len()).rev().find_map(|at| at_line(&lines, at))?;
    Some(found.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect())
}

/// The complaint that ends at a line: its values may stand in the lines after it.
fn at_line(lines: &[&str], at: usize) -> Option<String> {
    let line = bare(lines[at]);
    let next = |n: usize| {
        lines[at + 1..].iter().map(|line| line.trim()).filter(|line| !line.is_empty()).nth(n).unwrap_or_default()
    };
    if let Some(rest) = line.strip_prefix("assertion ").filter(|rest| rest.contains(" failed")) {
        // Rust: `left:` and `right:` below.
        let values =
            [next(0), next(1)].into_iter().filter(|line| line.starts_with("left:") || line.starts_with("right:"));
        return Some(["assertion", rest].into_iter().chain(values).collect::<Vec<_>>().join(" "));
    }
    if line.contains(" panicked at ") && !next(0).starts_with("note:") {
        return Some(next(0).to_owned()).filter(|message| !message.is_empty());
    }
    if line.starts_with("assert ") && lines[at].starts_with("E ") {
        return Some(line.to_owned());
    }
    if is_error(line) {
        // Node says what it compared two lines further down.
        let values = if line.ends_with(':') { next(0) } else { "" };
        return Some(format!("{line} {values}"));
    }
    if let Some(compared) = marked_values(lines, at) {
        return Some(compared);
    }
    // jest, and TAP with its keys.
    let value = |name: &str, line: &str| line.strip_prefix(name).map(|rest| rest.trim().to_owned());
    if let Some(actual) = value("Received:", line).or_else(|| value("actual:", line)) {
        let before = lines[at.saturating_sub(4)..at].iter().rev();
        let expected = before
            .filter_map(|line| value("Expected:", line.trim()).or_else(|| value("expected:", line.trim())))
            .next();
        return expected.map(|expected| format!("expected {expected}, got {actual}"));
    }
    None
}

/// uvu marks both sides: `++1    (Expected)`, `--2    (Actual)`.
fn marked_values(lines: &[&str], at: usize) -> Option<String> {
    let value = |line: &str, mark: &str| {
        let value = line.trim().strip_suffix(mark)?.trim().trim_start_matches(['+', '-']).trim_matches('\u{b7}').trim();
        Some(if value.is_empty() { "nothing" } else { value }.to_owned())
    };
    let actual = value(lines[at], "(Actual)")?;
    let expected = lines[at.saturating_sub(4)..at].iter().rev().find_map(|line| value(line, "(Expected)"))?;
    Some(format!("expected {expected}, got {actual}"))
}

/// Text without what colours it.
pub(super) fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic());
        rest = end.map_or("", |end| &after[end + 1..]);
    }
    plain + rest
}

/// Whether a line says nothing of its own: what a package manager echoes before a script, and its words after it failed.
pub(super) fn is_echo(line: &str) -> bool {
    let line = line.trim();
    let starts =
        ["> ", "npm error", "npm ERR!", "ELIFECYCLE", "\u{2009}ELIFECYCLE", "error Command failed with", "info Visit "];
    line.is_empty()
        || starts.iter().any(|start| line.starts_with(start))
        || line.starts_with("make") && line.contains("*** ") && line.contains(" Error ")
        || line.starts_with("error: script ") && line.contains("exited with code")
        || line.starts_with("error: Recipe ") && line.contains("failed on line")
}

/// Without pytest's mark.
fn bare(line: &str) -> &str {
    line.strip_prefix("E ").unwrap_or(line).trim()
}

/// `AssertionError: -1 != 3`, `Error [ERR_X]: …`, `ModuleNotFoundError: …`, `error[E0425]: …`, `./a.go:3:4: undefined: x`.
fn is_error(line: &str) -> bool {
    let Some((head, message)) = line.split_once(": ").or_else(|| line.strip_suffix(':').map(|head| (head, "x"))) else {
        return false;
    };
    let name = head.split([' ', '[']).next().unwrap_or_default();
    let word = name.rsplit('.').next().unwrap_or_default();
    let is_name = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    let ends = word.ends_with("Error") || word.ends_with("Exception") || word.ends_with("Warning");
    !message.trim().is_empty() && is_name && (ends || word == "error") && head.len() < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What runners print, as they print it.
    const TRANSCRIPTS: [(&str, &str, &str); 13] = [
        (
            "uvu, in colours",
            "\u{1b}[31m  (12 / 13)\n\u{1b}[39m\n  \u{1b}[1m\u{1b}[41m FAIL \u{1b}[22m\u{1b}[49m \u{1b}[2m\"\u{1b}[22mnumbers\u{1b}[39m\"\n    Expected values to be strictly equal:\u{1b}[3m\u{1b}[2m  (is)\u{1b}[23m\n\n        \u{1b}[32m++Infinity    \u{1b}[2m\u{1b}[3m(Expected)\u{1b}[22m\n        \u{1b}[31m--            \u{1b}[2m\u{1b}[3m(Actual)\u{1b}[22m\n        \u{1b}[31m  ^^^^^^^^\u{1b}[39m\n    at assert (node_modules/uvu/assert/index.js:33:8)\n\n  Total:     33\n  Passed:    32\n",
            "expected Infinity, got nothing",
        ),
        (
            "pytest",
            "F                                                          [100%]\n=================================== FAILURES ===================================\n___________________________________ test_add ___________________________________\n\n    def test_add():\n>       assert add(1, 2) == 3\nE       assert -1 == 3\nE        +  where -1 = add(1, 2)\n\ntests/test_add.py:5: AssertionError\n=========================== short test summary info ============================\nFAILED tests/test_add.py::test_add - assert -1 == 3\n1 failed in 0.21s\n",
            "assert -1 == 3",
        ),
        (
            "unittest",
            "FAIL: test_add (test_u.T.test_add)\n----------------------------------------------------------------------\nTraceback (most recent call last):\n  File \"/t/test_u.py\", line 7, in test_add\n    self.assertEqual(add(1, 2), 3)\nAssertionError: -1 != 3\n\n----------------------------------------------------------------------\nRan 1 test in 0.000s\n\nFAILED (failures=1)\n",
            "AssertionError: -1 != 3",
        ),
        (
            "a module that is not there",
            "    import nope\nModuleNotFoundError: No module named 'nope'\n\n\n----------------------------------------------------------------------\nRan 1 test in 0.000s\n\nFAILED (errors=1)\n",
            "ModuleNotFoundError: No module named 'nope'",
        ),
        (
            "node --test",
            "TAP version 13\n# Subtest: adds\nnot ok 1 - adds\n  ---\n  duration_ms: 6.224437\n  location: '/t/a.test.js:4:1'\n  failureType: 'testCodeFailure'\n  error: |-\n    Expected values to be strictly equal:\n    \n    -1 !== 3\n    \n  code: 'ERR_ASSERTION'\n  name: 'AssertionError'\n  expected: 3\n  actual: -1\n  operator: 'strictEqual'\n  stack: |-\n    TestContext.<anonymous> (/t/a.test.js:4:29)\n    Test.runInAsyncScope (node:async_hooks:206:9)\n  ...\n1..1\n# fail 1\n",
            "expected 3, got -1",
        ),
        (
            "node",
            "node:assert:90\n  throw new AssertionError(obj);\n  ^\n\nAssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n-1 !== 3\n\n    at [eval]:1:19\n  generatedMessage: true,\n  code: 'ERR_ASSERTION',\n",
            "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal: -1 !== 3",
        ),
        (
            "node without a module",
            "node:internal/modules/cjs/loader:1210\n  throw err;\n  ^\n\nError: Cannot find module 'nope'\nRequire stack:\n- /t/[eval]\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)\n",
            "Error: Cannot find module 'nope'",
        ),
        (
            "jest",
            "  ● adds\n\n    expect(received).toBe(expected) // Object.is equality\n\n    Expected: 3\n    Received: -1\n\n      4 | test('adds', () => {\n    > 5 |   expect(add(1, 2)).toBe(3);\n\nTests:       1 failed, 1 total\n",
            "expected 3, got -1",
        ),
        (
            "vitest",
            " FAIL  a.test.ts > adds\nAssertionError: expected -1 to be 3 // Object.is equality\n\n- Expected\n+ Received\n\n- 3\n+ -1\n\n ❯ a.test.ts:5:21\n\n Test Files  1 failed (1)\n",
            "AssertionError: expected -1 to be 3 // Object.is equality",
        ),
        (
            "mocha",
            "  1) adds:\n\n      AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n-1 !== 3\n\n      + expected - actual\n\n      -  -1\n      +  3\n      \n      at Context.<anonymous> (a.js:4:10)\n",
            "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal: -1 !== 3",
        ),
        (
            "tape",
            "TAP version 13\n# adds\nnot ok 1 should be strictly equal\n  ---\n    operator: equal\n    expected: 3\n    actual:   -1\n    at: Test.<anonymous> (/t/a.js:4:5)\n  ...\n\n1..1\n# tests 1\n# fail  1\n",
            "expected 3, got -1",
        ),
        (
            "cargo test",
            "running 1 test\ntest tests::adds ... FAILED\n\nfailures:\n\n---- tests::adds stdout ----\n\nthread 'tests::adds' (12) panicked at src/lib.rs:12:9:\nassertion `left == right` failed\n  left: -1\n right: 3\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n\nfailures:\n    tests::adds\n\ntest result: FAILED. 0 passed; 1 failed\n",
            "assertion `left == right` failed left: -1 right: 3",
        ),
        (
            "rustc",
            "error[E0425]: cannot find function `addd` in this scope\n --> src/lib.rs:3:5\n  |\n3 |     addd(1)\n  |     ^^^^ help: a function with a similar name exists: `add`\n",
            "error[E0425]: cannot find function `addd` in this scope",
        ),
    ];

    #[test]
    fn every_runner_s_complaint_is_found() {
        for (runner, output, expected) in TRANSCRIPTS {
            assert_eq!(complaint(output).as_deref(), Some(expected), "{runner}");
        }
    }

    #[test]
    fn echoes_of_package_managers_say_nothing() {
        let output = "> a@1.0.0 test /t\n> lint && run\n\nFormat issues found in above 1 files.\n\u{2009}ELIFECYCLE\u{2009} Test failed. See above for more details.\nnpm error code 1\nmake: *** [Makefile:3: test] Error 1\n";
        let left: Vec<&str> = output.lines().filter(|line| !is_echo(line)).collect();
        assert_eq!(left, ["Format issues found in above 1 files."]);
    }

    #[test]
    fn what_is_no_complaint_is_left_alone() {
        for output in ["", "all is well\n", "FAIL\tm\t0.019s\nFAIL\n", "note: done\nwarning 3: x\n"] {
            assert_eq!(complaint(output), None, "{output}");
        }
    }
}
