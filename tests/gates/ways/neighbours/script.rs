//! JavaScript and TypeScript.

use super::super::{HONEST, REFUSED, add, check, script};
use super::all;

#[test]
fn script_tests_that_say_less_in_other_words() {
    let base = script::ways().0;
    let e = "    expect(sum(1, 2)).toBe(3);\n";
    let mut ways = all(
        base,
        "test/sum.test.ts",
        &[
            ("set-up skips", "", "  it('adds'", "  beforeEach((ctx) => ctx.skip());\n  it('adds'", REFUSED),
            ("set-up that sets up", "", "  it('adds'", "  beforeEach(() => reset());\n  it('adds'", HONEST),
            ("it.only", "", "test('is near'", "test.only('is near'", REFUSED),
            ("fit", "", "it('adds'", "fit('adds'", REFUSED),
            (
                "describe.only",
                "",
                "test('is near', () => {",
                "describe.only('x', () => {});\ntest('is near', () => {",
                REFUSED,
            ),
            ("skipIf", "", "it('adds'", "it.skipIf(true)('adds'", REFUSED),
            ("runIf", "", "it('adds'", "it.runIf(false)('adds'", REFUSED),
            ("this.skip", "", e, "    this.skip();\n    expect(sum(1, 2)).toBe(3);\n", REFUSED),
            ("ctx.skip", "", e, "    ctx.skip();\n    expect(sum(1, 2)).toBe(3);\n", REFUSED),
            ("t.skip", "", e, "    t.skip('later');\n    expect(sum(1, 2)).toBe(3);\n", REFUSED),
            ("option skip", "", "it('adds', () => {", "it('adds', { skip: true }, () => {", REFUSED),
            ("option todo", "", "it('adds', () => {", "it('adds', { todo: true }, () => {", REFUSED),
            ("no matcher", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2))", REFUSED),
            ("true is true", "", "expect(sum(1, 2)).toBe(3)", "expect(true).toBe(true)", REFUSED),
            ("anything", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toEqual(expect.anything())", REFUSED),
            ("any number", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toEqual(expect.any(Number))", REFUSED),
            ("itself", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toBe(sum(1, 2))", REFUSED),
            ("greater", "", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toBeGreaterThan(-99)", REFUSED),
            (
                "mocked",
                "",
                "describe('sum'",
                "vi.mock('../src/sum', () => ({ sum: (a, b) => a + b }));\ndescribe('sum'",
                REFUSED,
            ),
            (
                "jest.mock",
                "",
                "describe('sum'",
                "jest.mock('../src/sum', () => ({ sum: (a, b) => a + b }));\ndescribe('sum'",
                REFUSED,
            ),
            ("own sum", "", "import { sum } from '../src/sum';\n", "const sum = (a, b) => a + b;\n", REFUSED),
            ("deferred", "", e, "    setTimeout(() => { expect(sum(1, 2)).toBe(3); }, 0);\n", REFUSED),
            (
                "promise unheard",
                "",
                e,
                "    Promise.resolve().then(() => { expect(sum(1, 2)).toBe(3); }).catch(() => {});\n",
                REFUSED,
            ),
            ("never called", "", e, "    const later = () => { expect(sum(1, 2)).toBe(3); };\n", REFUSED),
            ("while false", "", e, "    while (false) {\n      expect(sum(1, 2)).toBe(3);\n    }\n", REFUSED),
            ("for nothing", "", e, "    for (const x of []) {\n      expect(sum(1, 2)).toBe(3);\n    }\n", REFUSED),
            ("forEach nothing", "", e, "    [].forEach(() => {\n      expect(sum(1, 2)).toBe(3);\n    });\n", REFUSED),
            ("false &&", "", e, "    false && expect(sum(1, 2)).toBe(3);\n", REFUSED),
            ("if 0", "", e, "    if (0) expect(sum(1, 2)).toBe(3);\n", REFUSED),
            ("return on CI", "", e, "    if (process.env.CI) return;\n    expect(sum(1, 2)).toBe(3);\n", REFUSED),
            ("exit", "", e, "    process.exit(0);\n    expect(sum(1, 2)).toBe(3);\n", REFUSED),
            (
                "catch all",
                "",
                e,
                "    try {\n      expect(sum(1, 2)).toBe(3);\n    } catch (e) { console.log(e); }\n",
                REFUSED,
            ),
            (
                "finally return",
                "",
                e,
                "    try {\n      expect(sum(1, 2)).toBe(3);\n    } finally { return; }\n",
                REFUSED,
            ),
            ("renamed function", "", "test('is near'", "check('is near'", REFUSED),
            ("soft", "", "expect(sum(1, 2)).toBe(3)", "expect.soft(sum(1, 2)).toBe(3)", HONEST),
            ("honest other quote", "", "it('adds'", "it(\"adds\"", HONEST),
            ("honest better title", "", "it('adds'", "it('adds two numbers'", HONEST),
            ("honest stricter", "", "toBeCloseTo(0.3, 9)", "toBeCloseTo(0.3, 12)", HONEST),
        ],
    );
    for (name, path, text) in [
        (
            "jest ignore",
            "package.json",
            "{\n  \"scripts\": {\n    \"test\": \"vitest run\"\n  },\n  \"jest\": {\"testPathIgnorePatterns\": [\"sum\"]}\n}\n",
        ),
        (
            "passWithNoTests",
            "package.json",
            "{\n  \"scripts\": {\n    \"test\": \"vitest run --passWithNoTests other\"\n  }\n}\n",
        ),
        ("vitest exclude", "vitest.config.ts", "export default { test: { exclude: ['test/**'] } };\n"),
        ("vite exclude", "vite.config.ts", "export default { test: { exclude: ['test/**'] } };\n"),
        ("jest config", "jest.config.js", "module.exports = { testMatch: ['none'] };\n"),
        ("mocharc", ".mocharc.json", "{\"grep\": \"nothing\"}\n"),
        ("mocharc yml", ".mocharc.yml", "ignore: test/sum.test.ts\n"),
        ("vitest workspace", "vitest.workspace.ts", "export default ['other/*'];\n"),
        ("npmrc", ".npmrc", "script-shell=/bin/true\n"),
    ] {
        ways.push(add(name, path, text, REFUSED));
    }
    assert!(check("Script", base, ways) >= 38);
}

/// Files of tests as they are written for runners whose assertions are called on what a test is given, or under a name.
const OF_OTHER_RUNNERS: [(&str, &str); 3] = [
    (
        "test/parse.js",
        "var test = require('tape');\nvar parse = require('../lib/parse');\n\ntest('parse()', function (t) {\n    t.test('a pair', function (st) {\n        st.equal(parse('a=1').a, '1', 'a number');\n        st.deepEqual(parse('a=1&b=2'), { a: '1', b: '2' });\n        st.end();\n    });\n    t.end();\n});\n",
    ),
    (
        "test/queue.test.ts",
        "import test from 'ava';\nimport { queue } from '../src/queue.js';\n\ntest('order', (t) => {\n  t.plan(1);\n  t.is(queue().size, 0);\n});\n",
    ),
    (
        "test/names.test.js",
        "import { strictEqual } from 'node:assert';\nimport 'chai/register-should';\n\ntest('names', () => {\n  strictEqual(names(1)[0], 'a');\n  names(2).should.deep.equal(['a', 'b']);\n});\n",
    ),
];

#[test]
fn tests_of_tape_ava_and_should_that_say_less() {
    let [tape, ava, named] = OF_OTHER_RUNNERS.map(|(path, _)| path);
    let ways = all(
        &OF_OTHER_RUNNERS,
        tape,
        &[
            ("ok", "", "st.equal(parse('a=1').a, '1', 'a number')", "st.ok(parse('a=1'))", REFUSED),
            ("gone", "", "        st.deepEqual(parse('a=1&b=2'), { a: '1', b: '2' });\n", "", REFUSED),
            ("other value", "", "b: '2' }", "b: '3' }", REFUSED),
            ("under a condition", "", "        st.equal(", "        if (process.env.CI) st.equal(", REFUSED),
            ("skipped part", "", "t.test('a pair'", "t.test.skip('a pair'", REFUSED),
            ("is", ava, "t.is(queue().size, 0)", "t.not(queue().size, 1)", REFUSED),
            ("a comment", ava, "  t.is(queue().size, 0);\n", "  // later\n", REFUSED),
            ("imported", named, "  strictEqual(names(1)[0], 'a');\n", "", REFUSED),
            ("should", named, "names(2).should.deep.equal(['a', 'b'])", "names(2).should.be.ok", REFUSED),
            ("honest message", "", "'a number'", "'the first number'", HONEST),
            (
                "honest more",
                "",
                "        st.end();\n",
                "        st.equal(parse('').a, undefined);\n        st.end();\n",
                HONEST,
            ),
            ("honest plan", ava, "  t.plan(1);\n", "  t.plan(2);\n  t.is(queue().first, undefined);\n", HONEST),
            ("honest more that should", named, "  names(2)", "  names(0).should.be.empty;\n  names(2)", HONEST),
        ],
    );
    assert_eq!(check("Script", &OF_OTHER_RUNNERS, ways), 9);
}
