//! What a check tells when it fails. Such a text insists on nothing: it may be put better without the test saying less.

use super::language::Language;
use super::mask::{ByteKind, Masked, word};

/// A part of a text, as positions.
pub(super) type Span = (usize, usize);

/// How many arguments come before the failure text, by the names of checks.
type Arities = &'static [(usize, &'static [&'static str])];

const PYTHON: Arities = &[
    (0, &["fail"]),
    (1, &["assertTrue", "assertFalse", "assertIsNone", "assertIsNotNone"]),
    (
        2,
        &[
            "assertEqual",
            "assertNotEqual",
            "assertIs",
            "assertIsNot",
            "assertIn",
            "assertNotIn",
            "assertIsInstance",
            "assertNotIsInstance",
            "assertGreater",
            "assertGreaterEqual",
            "assertLess",
            "assertLessEqual",
            "assertRegex",
            "assertNotRegex",
            "assertCountEqual",
            "assertMultiLineEqual",
            "assertSequenceEqual",
            "assertListEqual",
            "assertTupleEqual",
            "assertSetEqual",
            "assertDictEqual",
        ],
    ),
    (3, &["assertAlmostEqual", "assertNotAlmostEqual"]),
];

const RUST: Arities = &[
    (0, &["panic", "unreachable"]),
    (1, &["assert", "debug_assert"]),
    (2, &["assert_eq", "assert_ne", "debug_assert_eq", "debug_assert_ne", "assert_matches", "debug_assert_matches"]),
];

/// Of testify and its like; where the test itself is an argument, it comes on top.
const GO: Arities = &[
    (1, &["True", "False", "Nil", "NotNil", "NoError", "Error", "Empty", "NotEmpty", "Zero", "NotZero", "Panics"]),
    (
        2,
        &[
            "Equal",
            "NotEqual",
            "EqualValues",
            "Exactly",
            "Same",
            "NotSame",
            "Contains",
            "NotContains",
            "Len",
            "ErrorIs",
            "ErrorAs",
            "EqualError",
            "ErrorContains",
            "ElementsMatch",
            "Subset",
            "Greater",
            "GreaterOrEqual",
            "Less",
            "LessOrEqual",
            "IsType",
            "Regexp",
            "JSONEq",
            "PanicsWithValue",
        ],
    ),
    (3, &["InDelta", "InEpsilon", "WithinDuration", "Eventually"]),
];

/// Of Node's `assert`, tape, tap and AVA. The text of `throws` is left out: for some libraries it is what must be thrown.
const SCRIPT: Arities = &[
    (0, &["fail"]),
    (
        1,
        &[
            "assert",
            "ok",
            "notOk",
            "true",
            "false",
            "truthy",
            "falsy",
            "expect",
            "isTrue",
            "isFalse",
            "isNull",
            "isUndefined",
            "isOk",
        ],
    ),
    (
        2,
        &[
            "equal",
            "notEqual",
            "strictEqual",
            "notStrictEqual",
            "deepEqual",
            "notDeepEqual",
            "deepStrictEqual",
            "notDeepStrictEqual",
            "partialDeepStrictEqual",
            "is",
            "not",
            "equals",
            "same",
            "strictSame",
            "notSame",
            "deepEquals",
            "looseEqual",
            "deepLooseEqual",
            "match",
            "doesNotMatch",
        ],
    ),
];

/// The failure texts of a check that stands from `from` to `to`, with the commas before them.
pub(super) fn failure_texts(masked: &Masked<'_>, language: Language, (from, to): Span) -> Vec<Span> {
    let code = &masked.code[from..to];
    let name = word(code);
    let open = || code.find('(').map(|at| from + at);
    let beyond = |least: Option<usize>, open: Option<usize>, only_texts: bool| {
        let (Some(least), Some(open)) = (least, open) else { return Vec::new() };
        let all = arguments(masked, language, open).into_iter().enumerate().skip(least);
        let told = all.filter(|(_, span)| !only_texts || starts_with_text(masked, *span));
        told.map(|(n, span)| with_comma(n, span)).collect()
    };
    match language {
        Language::Python if name == "assert" => {
            let comma = parts(masked, language, from, to).first().map(|part| part.1).filter(|end| *end < to);
            comma.map(|at| (at, to)).into_iter().collect()
        }
        Language::Python => python_call(masked, name, from + name.len()),
        Language::Rust => {
            let texts = !matches!(name, "panic" | "unreachable");
            beyond(arity(RUST, name), open().filter(|_| code[name.len()..].trim_start().starts_with('!')), texts)
        }
        Language::Go => {
            let method = code[name.len()..].strip_prefix('.').map(word).unwrap_or_default();
            if matches!(name, "t" | "b" | "f" | "tb") {
                return beyond(Some(0), open(), false);
            }
            let first = open().and_then(|open| arguments(masked, language, open).into_iter().next());
            let test = first.map(|(a, b)| masked.code[a..b].trim().to_owned()).unwrap_or_default();
            let passed = usize::from(matches!(test.as_str(), "t" | "b" | "f" | "tb"));
            let bare = method.strip_suffix('f').filter(|bare| arity(GO, bare).is_some()).unwrap_or(method);
            beyond(arity(GO, bare).map(|least| least + passed), open(), false)
        }
        Language::JavaScript | Language::TypeScript => {
            let path = code.split(['(', '<']).next().unwrap_or_default();
            let called = path.rsplit('.').next().unwrap_or_default().trim();
            beyond(arity(SCRIPT, called), open(), called == "expect")
        }
        Language::Other => Vec::new(),
    }
}

fn arity(table: Arities, name: &str) -> Option<usize> {
    table.iter().find(|(_, names)| names.contains(&name)).map(|(least, _)| *least)
}

/// Python's come last, or under a name of their own.
fn python_call(masked: &Masked<'_>, name: &str, open: usize) -> Vec<Span> {
    let least = arity(PYTHON, name);
    let told = |(n, span): &(usize, Span)| {
        let text = masked.code[span.0..span.1].trim();
        let key = word(text);
        let value = text[key.len()..].trim_start();
        if !key.is_empty() && value.starts_with('=') && !value.starts_with("==") {
            return matches!(key, "msg" | "err_msg" | "reason") && (name.starts_with("assert") || name == "fail");
        }
        least.is_some_and(|least| *n >= least)
    };
    let all = arguments(masked, Language::Python, open).into_iter().enumerate();
    all.filter(told).map(|(n, span)| with_comma(n, span)).collect()
}

fn with_comma(n: usize, (from, to): Span) -> Span {
    (if n == 0 { from } else { from - 1 }, to)
}

fn starts_with_text(masked: &Masked<'_>, (from, to): Span) -> bool {
    let first = (from..to).find(|at| !masked.text.as_bytes()[*at].is_ascii_whitespace());
    first.is_some_and(|at| {
        masked.kind(at) == ByteKind::Text
            || matches!(masked.text.as_bytes()[at], b'r' | b'`' | b'f') && masked.kind(at + 1) == ByteKind::Text
    })
}

/// The arguments between the bracket at `open` and the one that closes it, each past the comma before it.
fn arguments(masked: &Masked<'_>, language: Language, open: usize) -> Vec<Span> {
    if masked.code.as_bytes().get(open) != Some(&b'(') {
        return Vec::new();
    }
    let end = masked.after_bracket(open) - 1;
    let mut found = parts(masked, language, open + 1, end);
    // A comma behind the last one is layout.
    if found.last().is_some_and(|(a, b)| masked.text.as_bytes()[*a..*b].iter().all(u8::is_ascii_whitespace)) {
        found.pop();
    }
    found
}

/// What commas outside of all brackets part. Brackets are also those of type arguments and of a closure's parameters.
fn parts(masked: &Masked<'_>, language: Language, from: usize, to: usize) -> Vec<Span> {
    let code = masked.code.as_bytes();
    let (mut found, mut start, mut at, mut depth) = (Vec::new(), from, from, 0usize);
    while at < to {
        match code[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'<' if matches!(language, Language::Rust | Language::TypeScript) => {
                at = type_arguments(code, at, to).unwrap_or(at);
            }
            b'|' if language == Language::Rust && opens_closure(&masked.code[from..at]) => {
                at = (at + 1..to).find(|at| code[*at] == b'|').unwrap_or(at);
            }
            b',' if depth == 0 => {
                found.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found.push((start, to));
    found
}

/// Where type arguments that begin at `open` end: `Vec<a, b>`, `f::<a, b>`. A comparison has a space before its sign.
fn type_arguments(code: &[u8], open: usize, to: usize) -> Option<usize> {
    let before = *code.get(open.checked_sub(1)?)?;
    if !(before.is_ascii_alphanumeric() || matches!(before, b'_' | b':')) {
        return None;
    }
    let mut depth = 0usize;
    for at in open..to {
        match code[at] {
            b'<' => depth += 1,
            b'>' if code[at - 1] == b'-' || code[at - 1] == b'=' => {}
            b'>' => depth -= 1,
            b';' | b'{' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Whether a stroke after this text opens the parameters of a closure, and is no "or".
fn opens_closure(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || before.ends_with(['(', ',', '=', '{', ';', '[']) || before.ends_with("move")
}

#[cfg(test)]
mod tests {
    use super::super::find_tests;

    /// Whether a test with one check and a test with another say the same.
    fn same(path: &str, around: &str, one: &str, other: &str) -> bool {
        let key = |check: &str| {
            let found = find_tests(path, &around.replace("HERE", check));
            assert_eq!(found.len(), 1, "{check}");
            let keys: Vec<String> = found[0].checks.iter().map(|check| check.key.clone()).collect();
            assert!(!keys.is_empty(), "{check}");
            (keys, found[0].body.clone())
        };
        key(one) == key(other)
    }

    #[test]
    fn what_is_told_is_no_expectation_in_python() {
        let table = [
            ("assert a == 1, \"teh sum\"", "assert a == 1, \"the sum\"", true),
            ("assert a == 1, \"teh sum\"", "assert a == 1", true),
            ("assert f(a, 1), f\"{a} is odd\"", "assert f(a, 1), f\"{a} is wrong\"", true),
            ("assert f(a, \"x\"), \"m\"", "assert f(a, \"y\"), \"m\"", false),
            ("assert a == \"colour\"", "assert a == \"color\"", false),
            ("assert a == (1, \"x\")", "assert a == (1, \"y\")", false),
            ("self.assertEqual(a, \"x\", \"teh\")", "self.assertEqual(a, \"x\", \"the\")", true),
            ("self.assertEqual(a, \"x\", \"m\")", "self.assertEqual(a, \"y\", \"m\")", false),
            ("self.assertEqual(a, 1, msg=\"teh\")", "self.assertEqual(a, 1, msg=\"the\")", true),
            ("self.assertAlmostEqual(a, 1, 7, \"teh\")", "self.assertAlmostEqual(a, 1, 7, \"the\")", true),
            ("self.assertAlmostEqual(a, 1, 7)", "self.assertAlmostEqual(a, 1, 2)", false),
            ("self.assertIn(\"x\", a, \"teh\")", "self.assertIn(\"x\", a, \"the\")", true),
            ("self.fail(\"teh\")", "self.fail(\"the\")", true),
            ("pytest.raises(E, match=\"teh\")", "pytest.raises(E, match=\"the\")", false),
            ("assert_close(a, \"x\", \"teh\")", "assert_close(a, \"x\", \"the\")", false),
        ];
        for (one, other, expected) in table {
            assert_eq!(same("test_a.py", "def test_a(self):\n    HERE\n", one, other), expected, "{one} / {other}");
        }
    }

    #[test]
    fn what_is_told_is_no_expectation_in_rust() {
        let table = [
            ("assert!(a, \"teh {}\", b);", "assert!(a, \"the {}\", b);", true),
            ("assert_eq!(a, \"x\", \"teh\");", "assert_eq!(a, \"x\", \"the\");", true),
            ("assert_eq!(a, \"x\");", "assert_eq!(a, \"y\");", false),
            ("assert_eq!(f::<A, B>(a), \"x\");", "assert_eq!(f::<A, B>(a), \"y\");", false),
            ("assert_eq!(fold(|a, b| a), \"x\");", "assert_eq!(fold(|a, b| a), \"y\");", false),
            ("assert_eq!(|a, b| a, \"x\");", "assert_eq!(|a, b| a, \"y\");", false),
            ("assert_eq!(a as HashMap<A, B>, \"x\");", "assert_eq!(a as HashMap<A, B>, \"y\");", false),
            ("assert!(a < b, \"teh\");", "assert!(a < b, \"the\");", true),
            ("assert_close!(a, b, \"x\");", "assert_close!(a, b, \"y\");", false),
            ("panic!(\"teh {a}\");", "panic!(\"the {a}\");", true),
            ("assert!(a.expect(\"teh\"));", "assert!(a.expect(\"the\"));", true),
            ("assert_eq!(\n    a,\n    1,\n    \"teh\",\n);", "assert_eq!(a, 1);", true),
        ];
        for (one, other, expected) in table {
            let around = "#[test]\nfn a() {\n    HERE\n}\n";
            assert_eq!(same("tests/a.rs", around, one, other), expected, "{one} / {other}");
        }
    }

    #[test]
    fn what_is_told_is_no_expectation_in_go() {
        let table = [
            ("if a != 1 { t.Errorf(\"teh %d\", a) }", "if a != 1 { t.Errorf(\"the %d\", a) }", true),
            ("if a != 1 { t.Error(\"teh\") }", "if a != 2 { t.Error(\"teh\") }", false),
            ("assert.Equal(t, \"x\", a, \"teh\")", "assert.Equal(t, \"x\", a, \"the\")", true),
            ("assert.Equal(t, \"x\", a)", "assert.Equal(t, \"y\", a)", false),
            ("assert.Equal(\"x\", a)", "assert.Equal(\"x\", b)", false),
            ("require.NoErrorf(t, err, \"teh %d\", 1)", "require.NoErrorf(t, err, \"the %d\", 2)", true),
            ("assert.EqualError(t, err, \"teh\")", "assert.EqualError(t, err, \"the\")", false),
        ];
        for (one, other, expected) in table {
            let around = "func TestA(t *testing.T) {\n\tHERE\n}\n";
            assert_eq!(same("a_test.go", around, one, other), expected, "{one} / {other}");
        }
    }

    #[test]
    fn what_is_told_is_no_expectation_in_scripts() {
        let table = [
            ("expect(a, \"teh\").toBe(\"x\")", "expect(a, \"the\").toBe(\"x\")", true),
            ("expect(a).toBe(\"x\")", "expect(a).toBe(\"y\")", false),
            ("expect(f(a, b)).toBe(1)", "expect(f(a, c)).toBe(1)", false),
            ("assert.equal(a, 'x', 'teh')", "assert.equal(a, 'x', `the ${a}`)", true),
            ("assert.equal(a, 'x')", "assert.equal(a, 'y')", false),
            ("assert.equal(f<A, B>(a), 'x')", "assert.equal(f<A, B>(a), 'y')", false),
            ("assert(a > 1, 'teh')", "assert(a > 1, 'the')", true),
            ("assert.throws(() => f(), /teh/)", "assert.throws(() => f(), /the/)", false),
        ];
        for path in ["a.test.ts", "a.test.js"] {
            for (one, other, expected) in table {
                if path.ends_with(".js") && one.contains("f<") {
                    continue;
                }
                let around = "test('a', () => {\n  HERE;\n});\n";
                assert_eq!(same(path, around, one, other), expected, "{path}: {one} / {other}");
            }
        }
    }
}
