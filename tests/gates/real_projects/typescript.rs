//! TypeScript with vitest, its coverage, eslint, prettier and tsc.

use std::path::Path;

use super::change::{Change, Good, good, spoiled, token, with};
use super::project::{Project, cached};
use super::settings::{ANY_TIME, LOOSE, Settings, USUAL};
use crate::support::{TestRequirement, needs};

/// The packages are shared by a link, as with a store outside the worktree.
pub fn packages(node: &Path) -> String {
    format!("setup = \"ln -sfn '{}/node_modules' node_modules\"", node.display())
}

fn toml(node: &Path, limits: &str) -> String {
    let settings = Settings {
        worktree: &packages(node),
        tests: "npm test",
        scanners: &[],
        bench: "run = \"node bench.mjs\"",
        linters: &["eslint", "prettier", "tsc"],
    };
    settings.toml(limits)
}

pub const PACKAGE: &str = r#"{
  "name": "shop",
  "type": "module",
  "scripts": { "test": "vitest run" },
  "devDependencies": {
    "@vitest/coverage-v8": "^4.0.0",
    "eslint": "^9.0.0",
    "prettier": "^3.0.0",
    "typescript": "^5.0.0",
    "typescript-eslint": "^8.0.0",
    "vitest": "^4.0.0"
  }
}
"#;

const ESLINT: &str = r#"import tseslint from "typescript-eslint";

export default tseslint.config(...tseslint.configs.recommended);
"#;

const TSCONFIG: &str = r#"{
  "compilerOptions": { "strict": true, "allowJs": true, "noEmit": true, "module": "esnext", "moduleResolution": "bundler", "types": [] },
  "include": ["src"]
}
"#;

const BENCH: &str = r#"import { sum } from "./src/sum.js";

const prices = new Array(100_000).fill(1);
for (let n = 0; n < 4000; n++) sum(prices);
"#;

/// The part of the program that has to be fast, and that no compiler touches.
const SUM: &str = r#"/** @param {number[]} numbers */
export function sum(numbers) {
  let sum = 0;
  for (let n = 0; n < numbers.length; n++) sum += numbers[n];
  return sum;
}
"#;

const CART: &str = r#"import { sum } from "./sum.js";

/** Adds up. */
export function total(prices: number[]): number {
  return sum(prices);
}
"#;

const TESTS: &str = r#"import { describe, expect, it } from "vitest";
import { total } from "./cart";

describe("total", () => {
  it("adds up", () => {
    expect(total([1, 2])).toBe(3);
    expect(total([])).toBe(0);
  });
});
"#;

pub const FILES: &[(&str, &str)] = &[
    ("package.json", PACKAGE),
    ("eslint.config.js", ESLINT),
    ("tsconfig.json", TSCONFIG),
    ("bench.mjs", BENCH),
    ("src/cart.ts", CART),
    ("src/sum.js", SUM),
    ("src/cart.test.ts", TESTS),
    (".gitignore", "node_modules\ncoverage/\n"),
];

const COUNT: &str = r#"
/** Counts. */
export function count(prices: number[]): number {
  return prices.length;
}
"#;

const TEST_COUNT: &str = r#"
describe("count", () => {
  it("counts", () => {
    expect(count([5, 6])).toBe(2);
  });
});
"#;

/// What it does, and the same with a branch that no test reaches.
pub const COUNTS: &str = "  return prices.length;\n";
pub const COUNTS_FEW: &str = "  if (prices.length > 100) {\n    return 100;\n  }\n  return prices.length;\n";

/// The good change: a function, and a test of it.
pub fn counting() -> Vec<(&'static str, String)> {
    let tests = with(TESTS, "{ total }", "{ count, total }");
    vec![("src/cart.ts", format!("{CART}{COUNT}")), ("src/cart.test.ts", format!("{tests}{TEST_COUNT}"))]
}

fn changes() -> Vec<Change> {
    let change = Good(counting());
    let tests = change.tests();
    let test_total = TESTS.split_once("describe(").map(|(_, text)| format!("describe({text}")).unwrap();

    let cases: String = (0..20).map(|n| format!("  if (key === {n}) return {};\n", n * n)).collect();
    let complex = format!(
        "{}\n/** Picks. */\nexport function pick(key: number): number {{\n{cases}  return 0;\n}}\n",
        change.code()
    );
    let picks = "\ndescribe(\"pick\", () => {\n  it(\"picks\", () => {\n    for (let n = 0; n < 20; n++) expect(pick(n)).toBe(n * n);\n    expect(pick(20)).toBe(0);\n  });\n});\n";
    let picks = format!("{}{picks}", with(tests, "{ count, total }", "{ count, pick, total }"));

    vec![
        change.as_it_is(),
        change.one(
            "passes-before",
            "src/cart.test.ts",
            with(
                TESTS,
                "  });\n});\n",
                "  });\n\n  it(\"adds one\", () => {\n    expect(total([3])).toBe(3);\n  });\n});\n",
            ),
            "tdd not-red src/cart.test.ts:10",
        ),
        change.in_tests(
            "vacuous",
            "expect(count([5, 6])).toBe(2)",
            "count([5, 6])",
            "tdd unnoticed-mutant src/cart.ts:10",
        ),
        change.one(
            "deleted",
            "src/cart.test.ts",
            with(&with(tests, &test_total, ""), "{ count, total }", "{ count }").replace("\n\n\n", "\n\n"),
            "tdd deleted-test src/cart.test.ts:5",
        ),
        change.in_tests(
            "weakened",
            "(total([1, 2])).toBe(3)",
            "(total([1, 2])).toBeTruthy()",
            "tdd changed-expectation src/cart.test.ts:6",
        ),
        change.in_tests("skipped", "it(\"adds up\"", "it.skip(\"adds up\"", "tdd skipped-test src/cart.test.ts:5"),
        change.in_code("uncovered", COUNTS, COUNTS_FEW, "tdd coverage src/cart.ts:11"),
        change.below(
            "leaked",
            &format!("\nexport const token = \"{}\";\n", token()),
            "security npm-token src/cart.ts:13",
        ),
        change.one(
            "foreign",
            "package.json",
            with(PACKAGE, "    \"eslint\"", "    \"x\": \"github:a/b\",\n    \"eslint\""),
            "security foreign-source package.json:7",
        ),
        change.both("complex", complex, picks, "review too-complex src/cart.ts:14"),
        change.below("unused", "\nconst unused = 2;\n", "review @typescript-eslint/no-unused-vars src/cart.ts:13"),
        change.in_code(
            "typed",
            "count(prices: number[]): number",
            "count(prices: number[]): string",
            "review TS2322 src/cart.ts:10",
        ),
        change.in_code(
            "layout",
            "  return prices.length;\n",
            "  return   prices.length;\n",
            "review prettier src/cart.ts:7",
        ),
    ]
}

/// Changes of what the benchmark runs that make it take three times as long, and ten times as much memory. Neither lies in
/// the file with the most new lines.
fn slower_and_larger() -> [Change; 2] {
    let change = Good(counting());
    let thrice = "  for (let again = 0; again < 2; again++)\n    for (let n = 0; n < numbers.length; n++) sum += numbers[n];\n  sum = 0;\n  for (let n = 0;";
    let keeps = "const seen = new Uint8Array(450 << 20).fill(1);\n\n/** @param {number[]} numbers */\n";
    let larger =
        with(&with(SUM, "/** @param {number[]} numbers */\n", keeps), "let sum = 0;", "let sum = seen[0] - 1;");
    [
        change.one("slower", "src/sum.js", with(SUM, "  for (let n = 0;", thrice), "performance slower src/sum.js:4"),
        change.one("larger", "src/sum.js", larger, "performance memory src/sum.js:1"),
    ]
}

#[test]
fn a_typescript_project_that_becomes_slow_or_large() {
    let Some(node) = cached("node", "node_modules/.bin/vitest") else { return needs(TestRequirement::NodeTools) };
    let [slower, larger] = slower_and_larger();
    Project::new(&[], FILES, &toml(&node, USUAL)).judge(&[good(counting()), slower]);
    Project::new(&[], FILES, &toml(&node, ANY_TIME)).judge(&[larger]);
}

#[test]
fn changes_of_a_typescript_project() {
    let Some(node) = cached("node", "node_modules/.bin/vitest") else { return needs(TestRequirement::NodeTools) };
    let project = Project::new(&[], FILES, &toml(&node, LOOSE));
    project.judge(&changes());
    let change = counting();
    let outside = spoiled(
        "outside",
        &change,
        &[("bench.mjs", with(BENCH, "const prices", "// Not too few.\nconst prices"))],
        "review outside-task bench.mjs:3",
    );
    project.execute(&[(good(change.clone()), &["src/cart.ts"]), (outside, &["src/cart.ts"])]);
}
