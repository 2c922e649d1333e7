//! JavaScript and TypeScript.

use super::{HONEST, Way, add, check, edit, remove};

const T: &str = "test/sum.test.ts";

const BASE: [(&str, &str); 3] = [
    ("src/sum.ts", "export const sum = (a: number, b: number) => a + b;\n"),
    (
        T,
        "import { describe, expect, it, test } from 'vitest';\nimport { sum } from '../src/sum';\n\ndescribe('sum', () => {\n  it('adds', () => {\n    expect(sum(1, 2)).toBe(3);\n    expect(sum(0, 0)).toBe(0);\n  });\n\n  it.each([[1, 1], [2, 2], [3, 3]])('keeps %i', (a, b) => {\n    expect(sum(a, 0)).toBe(b);\n  });\n});\n\ntest('is near', () => {\n  expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 9);\n});\n",
    ),
    ("package.json", "{\n  \"scripts\": {\n    \"test\": \"vitest run\"\n  }\n}\n"),
];

pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let e = |name, old, new, rule| edit(&BASE, name, T, (old, new), rule);
    let near = "test('is near', () => {\n  expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 9);\n});\n";
    let ways = vec![
        remove("the file of tests is deleted", T, "deleted-test"),
        e("a test is deleted", near, "", "deleted-test"),
        e("a test becomes a comment", near, "// test('is near', () => {});\n", "deleted-test"),
        e("a test becomes a text", near, "const old = `test('is near', () => {})`;\n", "deleted-test"),
        e("it.skip", "it('adds'", "it.skip('adds'", "skipped-test"),
        e("xit", "it('adds'", "xit('adds'", "skipped-test"),
        e("it.todo", "it('adds'", "it.todo('adds'", "skipped-test"),
        e("it.fails", "it('adds'", "it.fails('adds'", "skipped-test"),
        e("the suite is skipped", "describe('sum'", "describe.skip('sum'", "skipped-test"),
        e("xdescribe", "describe('sum'", "xdescribe('sum'", "skipped-test"),
        e("an assertion is gone", "    expect(sum(0, 0)).toBe(0);\n", "", "removed-assertion"),
        e(
            "an assertion becomes a comment",
            "    expect(sum(0, 0)).toBe(0);\n",
            "    // expect(sum(0, 0)).toBe(0);\n",
            "removed-assertion",
        ),
        e("an assertion becomes a call", "    expect(sum(0, 0)).toBe(0);\n", "    sum(0, 0);\n", "removed-assertion"),
        e(
            "it expects something else",
            "expect(sum(1, 2)).toBe(3)",
            "expect(sum(1, 2)).toBe(-1)",
            "changed-expectation",
        ),
        e("it expects anything", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).toBeDefined()", "changed-expectation"),
        e("it is turned round", "expect(sum(1, 2)).toBe(3)", "expect(sum(1, 2)).not.toBe(4)", "changed-expectation"),
        e("it is more tolerant", "toBeCloseTo(0.3, 9)", "toBeCloseTo(0.3, 0)", "widened-tolerance"),
        e(
            "below if (false)",
            "    expect(sum(1, 2)).toBe(3);\n",
            "    if (false) {\n      expect(sum(1, 2)).toBe(3);\n    }\n",
            "removed-assertion",
        ),
        e(
            "behind a return",
            "    expect(sum(1, 2)).toBe(3);\n",
            "    return;\n    expect(sum(1, 2)).toBe(3);\n",
            "removed-assertion",
        ),
        e(
            "its failure is swallowed",
            "    expect(sum(1, 2)).toBe(3);\n",
            "    try {\n      expect(sum(1, 2)).toBe(3);\n    } catch {}\n",
            "removed-assertion",
        ),
        e("rows are gone", "[[1, 1], [2, 2], [3, 3]]", "[[1, 1]]", "removed-row"),
        add(
            "the code knows vitest",
            "src/sum.ts",
            "export const sum = (a: number, b: number) => (process.env.VITEST ? a + b : 0);\n",
            "test-settings",
        ),
        add(
            "the code knows jest",
            "src/sum.ts",
            "export const sum = (a: number, b: number) => (process.env.JEST_WORKER_ID ? a + b : 0);\n",
            "test-settings",
        ),
        edit(&BASE, "another program runs the tests", "package.json", ("vitest run", "true"), "test-settings"),
        add(
            "a report written by hand",
            "test/report.test.ts",
            "import fs from 'fs';\nfs.writeFileSync('.orca-tests.xml', '<ok/>');\n",
            "test-harness",
        ),
        e(
            "a test more",
            near,
            "test('is near', () => {\n  expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 9);\n});\n\ntest('more', () => {\n  expect(sum(2, 2)).toBe(4);\n});\n",
            HONEST,
        ),
        e("rows more", "[3, 3]]", "[3, 3], [4, 4]]", HONEST),
        e("stricter", "toBe(3)", "toBe(3);\n    expect(sum(1, 3)).toBe(4)", HONEST),
        e("other layout", "expect(sum(1, 2)).toBe(3);", "expect(sum(1, 2))\n      .toBe(3); // three", HONEST),
        add("code and no test", "src/sum.ts", "export const sum = (a: number, b: number) => b + a;\n", HONEST),
    ];
    (&BASE, ways)
}

#[test]
fn what_is_done_to_script_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("TypeScript", base, ways) >= 24);
}
