//! Go.

use super::{HONEST, Way, add, check, edit, remove};

const T: &str = "calc/calc_test.go";

const BASE: [(&str, &str); 2] = [
    ("calc/calc.go", "package calc\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n"),
    (
        T,
        "package calc\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n\nfunc TestTable(t *testing.T) {\n\tcases := []struct {\n\t\ta, b, want int\n\t}{\n\t\t{1, 2, 3},\n\t\t{2, 2, 4},\n\t\t{0, 0, 0},\n\t}\n\tfor _, c := range cases {\n\t\tif got := Add(c.a, c.b); got != c.want {\n\t\t\tt.Fatalf(\"got %d\", got)\n\t\t}\n\t}\n}\n",
    ),
];

pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let e = |name, old, new, rule| edit(&BASE, name, T, (old, new), rule);
    let first = "\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n";
    let ways = vec![
        remove("the file of tests is deleted", T, "deleted-test"),
        e("a test is renamed", "func TestAdd", "func testAdd", "deleted-test"),
        e(
            "a test becomes a comment",
            "func TestAdd(t *testing.T) {\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n",
            "// func TestAdd(t *testing.T) {}\n",
            "deleted-test",
        ),
        e(
            "t.Skip",
            first,
            "\tt.Skip(\"later\")\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
            "skipped-test",
        ),
        e("t.SkipNow", "\tcases :=", "\tt.SkipNow()\n\tcases :=", "skipped-test"),
        e("an assertion is gone", first, "\tAdd(1, 2)\n", "removed-assertion"),
        e("it only logs", "t.Errorf(\"got %d\", got)", "t.Logf(\"got %d\", got)", "removed-assertion"),
        e("it expects something else", "got != 3", "got != -1", "changed-expectation"),
        e("it expects anything", "got != 3", "got == 99", "changed-expectation"),
        e(
            "below if false",
            first,
            "\tif false {\n\t\tif got := Add(1, 2); got != 3 {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}\n",
            "removed-assertion",
        ),
        e(
            "behind a return",
            first,
            "\treturn\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
            "removed-assertion",
        ),
        e("rows are gone", "\t\t{2, 2, 4},\n\t\t{0, 0, 0},\n", "", "removed-row"),
        add(
            "the code knows its test",
            "calc/calc.go",
            "package calc\n\nimport \"testing\"\n\nfunc Add(a, b int) int {\n\tif testing.Testing() {\n\t\treturn a + b\n\t}\n\treturn 0\n}\n",
            "test-settings",
        ),
        add(
            "the code asks for a flag of tests",
            "calc/calc.go",
            "package calc\n\nimport \"flag\"\n\nfunc Add(a, b int) int {\n\tif flag.Lookup(\"test.v\") != nil {\n\t\treturn a + b\n\t}\n\treturn 0\n}\n",
            "test-settings",
        ),
        e(
            "a test more",
            "func TestTable",
            "func TestNeg(t *testing.T) {\n\tif Add(-1, 1) != 0 {\n\t\tt.Error()\n\t}\n}\n\nfunc TestTable",
            HONEST,
        ),
        e("rows more", "\t\t{0, 0, 0},\n", "\t\t{0, 0, 0},\n\t\t{5, 5, 10},\n", HONEST),
        e("another message", "t.Errorf(\"got %d\", got)", "t.Errorf(\"Add(1, 2) = %d\", got)", HONEST),
        add(
            "code and no test",
            "calc/calc.go",
            "package calc\n\nfunc Add(a, b int) int {\n\treturn b + a\n}\n",
            HONEST,
        ),
    ];
    (&BASE, ways)
}

#[test]
fn what_is_done_to_go_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("Go", base, ways) >= 14);
}
