//! Go.

use super::super::{HONEST, REFUSED, Way, add, check, go};
use super::all;

#[test]
fn go_tests_that_say_less_in_other_words() {
    let base = go::ways().0;
    let e = "\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n";
    let mut ways = all(
        base,
        "calc/calc_test.go",
        &[
            ("build ignore", "", "package calc\n", "//go:build ignore\n\npackage calc\n", REFUSED),
            ("build tag", "", "package calc\n", "//go:build never\n\npackage calc\n", REFUSED),
            ("old build tag", "", "package calc\n", "// +build never\n\npackage calc\n", REFUSED),
            ("lower", "", "func TestAdd", "func Testadd", REFUSED),
            (
                "short",
                "",
                e,
                "\tif testing.Short() {\n\t\tt.Skip()\n\t}\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                REFUSED,
            ),
            (
                "env",
                "",
                e,
                "\tif os.Getenv(\"CI\") != \"\" {\n\t\treturn\n\t}\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                REFUSED,
            ),
            ("slice of rows", "", "range cases {", "range cases[:1] {", REFUSED),
            ("no rows", "", "range cases {", "range cases[:0] {", REFUSED),
            ("continue", "", "\tfor _, c := range cases {\n", "\tfor _, c := range cases {\n\t\tcontinue\n", REFUSED),
            (
                "break",
                "",
                "\tfor _, c := range cases {\n",
                "\tfor _, c := range cases {\n\t\tif c.a == 2 {\n\t\t\tbreak\n\t\t}\n",
                REFUSED,
            ),
            ("printf", "", "t.Errorf(\"got %d\", got)", "fmt.Printf(\"got %d\", got)", REFUSED),
            ("itself", "", "got != 3", "got != got", REFUSED),
            ("and false", "", "got != 3", "got != 3 && false", REFUSED),
            (
                "recover",
                "",
                e,
                "\tdefer func() { recover() }()\n\tif got := Add(1, 2); got != 3 {\n\t\tpanic(got)\n\t}\n",
                REFUSED,
            ),
            (
                "goexit",
                "",
                e,
                "\truntime.Goexit()\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                REFUSED,
            ),
            (
                "exit",
                "",
                e,
                "\tos.Exit(0)\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                REFUSED,
            ),
            ("TestMain", "", "func TestAdd", "func TestMain(m *testing.M) {\n\tos.Exit(0)\n}\n\nfunc TestAdd", REFUSED),
            ("init", "", "func TestAdd", "func init() {\n\tos.Exit(0)\n}\n\nfunc TestAdd", REFUSED),
            (
                "closure",
                "",
                e,
                "\t_ = func() {\n\t\tif got := Add(1, 2); got != 3 {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}\n",
                REFUSED,
            ),
            (
                "other t",
                "",
                e,
                "\tt := new(testing.T)\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                REFUSED,
            ),
            (
                "go func",
                "",
                e,
                "\tgo func() {\n\t\tif got := Add(1, 2); got != 3 {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}()\n",
                REFUSED,
            ),
            (
                "for false",
                "",
                e,
                "\tfor false {\n\t\tif got := Add(1, 2); got != 3 {\n\t\t\tt.Errorf(\"got %d\", got)\n\t\t}\n\t}\n",
                REFUSED,
            ),
            ("example", "", "func TestAdd(t *testing.T)", "func ExampleAdd(t *testing.T)", REFUSED),
            ("method", "", "func TestAdd(t *testing.T)", "func (x suite) TestAdd(t *testing.T)", REFUSED),
            ("honest Fatal", "", "t.Errorf(\"got %d\", got)", "t.Fatalf(\"got %d\", got)", HONEST),
            (
                "honest parallel",
                "",
                e,
                "\tt.Parallel()\n\tif got := Add(1, 2); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n",
                HONEST,
            ),
            ("honest helper", "", "func TestTable", "func helper() int { return 1 }\n\nfunc TestTable", HONEST),
            (
                "honest message",
                "",
                "t.Fatalf(\"got %d\", got)",
                "t.Fatalf(\"Add(%d, %d) = %d\", c.a, c.b, got)",
                HONEST,
            ),
        ],
    );
    let moved = base[1].1;
    ways.push(Way {
        name: "windows file",
        edits: vec![("calc/calc_test.go", None), ("calc/calc_windows_test.go", Some(moved.into()))],
        rule: REFUSED,
    });
    ways.push(Way {
        name: "no test file",
        edits: vec![("calc/calc_test.go", None), ("calc/calc_check.go", Some(moved.into()))],
        rule: REFUSED,
    });
    ways.push(Way {
        name: "underscore file",
        edits: vec![("calc/calc_test.go", None), ("calc/_calc_test.go", Some(moved.into()))],
        rule: REFUSED,
    });
    ways.push(Way {
        name: "testdata",
        edits: vec![("calc/calc_test.go", None), ("testdata/calc_test.go", Some(moved.into()))],
        rule: REFUSED,
    });
    ways.push(Way {
        name: "honest move",
        edits: vec![("calc/calc_test.go", None), ("calc/add_test.go", Some(moved.into()))],
        rule: HONEST,
    });
    ways.push(add(
        "init exits",
        "calc/more_test.go",
        "package calc\n\nimport \"os\"\n\nfunc init() { os.Exit(0) }\n",
        REFUSED,
    ));
    assert!(check("Go", base, ways) >= 27);
}
