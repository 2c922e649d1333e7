//! Go with its own tests, cover profiles, vet and gofmt.

use super::change::{Change, Good, good, spoiled, token, with};
use super::project::Project;
use super::settings::{ANY_TIME, LOOSE, Settings, USUAL};
use crate::support::{TestRepo, TestRequirement, needs};

const SETTINGS: Settings<'_> = Settings {
    worktree: "",
    tests: "go test ./...",
    scanners: &[],
    bench: "build = \"go build -o bench.bin ./bench\"\nrun = \"./bench.bin\"",
    linters: &["go-vet", "gofmt"],
};

const CART: &str = r#"// Package shop has a cart.
package shop

// Total adds up.
func Total(prices []int) int {
	sum := 0
	for _, price := range prices {
		sum += price
	}
	return sum
}
"#;

const TESTS: &str = r#"package shop

import "testing"

func TestTotal(t *testing.T) {
	if got := Total([]int{1, 2}); got != 3 {
		t.Errorf("got %d", got)
	}
	if got := Total(nil); got != 0 {
		t.Errorf("got %d", got)
	}
}
"#;

const BENCH: &str = r#"package main

import "shop"

func main() {
	prices := make([]int, 1<<20)
	for n := 0; n < 400; n++ {
		shop.Total(prices)
	}
}
"#;

pub const FILES: &[(&str, &str)] = &[
    ("go.mod", "module shop\n\ngo 1.19\n"),
    ("cart.go", CART),
    ("cart_test.go", TESTS),
    ("bench/main.go", BENCH),
    (".gitignore", "bench.bin\n"),
];

const COUNT: &str = r#"
// Count counts.
func Count(prices []int) int {
	return len(prices)
}
"#;

const TEST_COUNT: &str = r#"
func TestCount(t *testing.T) {
	if got := Count([]int{5, 6}); got != 2 {
		t.Errorf("got %d", got)
	}
}
"#;

/// The good change: a function, and a test of it.
pub fn counting() -> Vec<(&'static str, String)> {
    vec![("cart.go", format!("{CART}{COUNT}")), ("cart_test.go", format!("{TESTS}{TEST_COUNT}"))]
}

fn changes() -> Vec<Change> {
    let change = Good(counting());
    let test_total = TESTS.split_once("func").map(|(_, text)| format!("func{text}\n")).unwrap();

    let cases: String = (0..20).map(|n| format!("\tif key == {n} {{\n\t\treturn {}\n\t}}\n", n * n)).collect();
    let complex = format!("{}\n// Pick picks.\nfunc Pick(key int) int {{\n{cases}\treturn 0\n}}\n", change.code());
    let picks = "\nfunc TestPick(t *testing.T) {\n\tfor n := 0; n < 20; n++ {\n\t\tif got := Pick(n); got != n*n {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}\n\tif Pick(20) != 0 {\n\t\tt.Error(\"not none\")\n\t}\n}\n";

    vec![
        change.as_it_is(),
        change.one(
            "passes-before",
            "cart_test.go",
            format!(
                "{TESTS}\nfunc TestMore(t *testing.T) {{\n\tif Total([]int{{3}}) != 3 {{\n\t\tt.Error(\"not three\")\n\t}}\n}}\n"
            ),
            "tdd not-red cart_test.go:14",
        ),
        change.in_tests(
            "vacuous",
            "\tif got := Count([]int{5, 6}); got != 2 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
            "\tCount([]int{5, 6})\n",
            "tdd unnoticed-mutant cart.go:15",
        ),
        change.in_tests("deleted", &test_total, "", "tdd deleted-test cart_test.go:5"),
        change.in_tests("weakened", "got != 3", "got < 3", "tdd changed-expectation cart_test.go:6"),
        change.in_tests(
            "skipped",
            "func TestTotal(t *testing.T) {\n",
            "func TestTotal(t *testing.T) {\n\tt.Skip(\"later\")\n",
            "tdd skipped-test cart_test.go:5",
        ),
        change.in_code(
            "uncovered",
            "\treturn len(prices)\n",
            "\tif len(prices) > 100 {\n\t\treturn 100\n\t}\n\treturn len(prices)\n",
            "tdd coverage cart.go:16",
        ),
        change.in_code("wrong", "len(prices)", "len(prices) + 1", "tdd test cart_test.go:16"),
        change.below("leaked", &format!("\nconst token = \"{}\"\n", token()), "security npm-token cart.go:18"),
        change.one(
            "foreign",
            "go.mod",
            "module shop\n\ngo 1.19\n\nreplace a.invalid/x => b.invalid/y v1.0.0\n",
            "security foreign-source go.mod:5",
        ),
        change.both("complex", complex, format!("{}{picks}", change.tests()), "review too-complex cart.go:19"),
        change.in_code(
            "vetted",
            "\treturn len(prices)\n",
            "\tprices = prices\n\treturn len(prices)\n",
            "review go-vet cart.go:15",
        ),
        change.in_code("layout", "\treturn len(prices)\n", "\treturn  len(prices)\n", "review gofmt cart.go:12"),
    ]
}

/// Changes of what the benchmark runs that make it take three times as long, and ten times as much memory.
fn slower_and_larger() -> [Change; 2] {
    let change = Good(counting());
    let thrice = "\tsum := 0\n\tfor n := 0; n < 2; n++ {\n\t\tfor _, price := range prices {\n\t\t\tsum += price\n\t\t}\n\t}\n\tsum = 0\n\tfor";
    let head = "// Total adds up.\nfunc Total(prices []int) int {\n";
    let keeps = format!(
        "var seen []byte\n\n{head}\tif seen == nil {{\n\t\tseen = make([]byte, 200<<20)\n\t\tfor n := range seen {{\n\t\t\tseen[n] = 1\n\t\t}}\n\t}}\n"
    );
    [
        change.in_code("slower", "\tsum := 0\n\tfor", thrice, "performance slower cart.go:7"),
        change.in_code("larger", head, &keeps, "performance memory cart.go:8"),
    ]
}

fn is_missing() -> bool {
    let missing = !TestRepo::new().succeeds("go", &["version"]);
    if missing {
        needs(TestRequirement::Go);
    }
    missing
}

#[test]
fn changes_of_a_go_project() {
    if is_missing() {
        return;
    }
    let project = Project::new(&[], FILES, &SETTINGS.toml(LOOSE));
    project.judge(&changes());
    let change = counting();
    let noted = with(BENCH, "\tprices", "\t// All of nothing.\n\tprices");
    let outside = spoiled("outside", &change, &[("bench/main.go", noted)], "review outside-task bench/main.go:6");
    project.execute(&[(good(change.clone()), &["cart.go"]), (outside, &["cart.go"])]);
}

#[test]
fn a_go_project_that_becomes_slow_or_large() {
    if !is_missing() {
        let [slower, larger] = slower_and_larger();
        Project::new(&[], FILES, &SETTINGS.toml(USUAL)).judge(&[good(counting()), slower]);
        Project::new(&[], FILES, &SETTINGS.toml(ANY_TIME)).judge(&[larger]);
    }
}
