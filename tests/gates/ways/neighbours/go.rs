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

#[test]
fn an_error_that_a_must_function_tells_is_asked_about() {
    const BASE: [(&str, &str); 1] = [(
        "calc/version_test.go",
        "package calc\n\nimport \"testing\"\n\nfunc TestEqual(t *testing.T) {\n\tv, err := Parse(\"1.2\")\n\tif err != nil {\n\t\tt.Errorf(\"error: %s\", err)\n\t}\n\tif !v.Equal(v) {\n\t\tt.Errorf(\"%s is not itself\", v)\n\t}\n}\n",
    )];
    let asked = "\tv, err := Parse(\"1.2\")\n\tif err != nil {\n\t\tt.Errorf(\"error: %s\", err)\n\t}\n";
    let ways = all(
        &BASE,
        "calc/version_test.go",
        &[
            ("honest must", "", asked, "\tv := MustParse(\"1.2\")\n", HONEST),
            ("honest must of a package", "", asked, "\tv := template.Must(Parse(\"1.2\"))\n", HONEST),
            ("thrown away", "", asked, "\tv, _ := Parse(\"1.2\")\n", REFUSED),
            ("must beside it", "", asked, "\t_ = MustParse(\"1\")\n\tv, _ := Parse(\"1.2\")\n", REFUSED),
            (
                "must, and nothing asked",
                "",
                asked,
                "\tv, err := Parse(\"1.2\")\n\tuse(err, MustParse(\"1\"))\n",
                REFUSED,
            ),
            ("not must", "", asked, "\tv := parse(\"1.2\")\n", REFUSED),
            (
                "must without the other check",
                "",
                "\tv, err := Parse(\"1.2\")\n\tif err != nil {\n\t\tt.Errorf(\"error: %s\", err)\n\t}\n\tif !v.Equal(v) {\n\t\tt.Errorf(\"%s is not itself\", v)\n\t}\n",
                "\tMustParse(\"1.2\")\n",
                REFUSED,
            ),
        ],
    );
    assert_eq!(check("Go", &BASE, ways), 5);
}

#[test]
fn a_loop_that_counts_further_says_no_less() {
    const BASE: [(&str, &str); 1] = [(
        "calc/random_test.go",
        "package calc\n\nimport \"testing\"\n\nfunc TestRandom(t *testing.T) {\n\tfor x := 1; x < limit(32); x++ {\n\t\tif Random() > 1 {\n\t\t\tt.Error(x)\n\t\t}\n\t}\n\tfor y := 0; y < 32; y++ {\n\t\tif Random() < 0 {\n\t\t\tt.Error(y)\n\t\t}\n\t}\n}\n",
    )];
    let ways = all(
        &BASE,
        "calc/random_test.go",
        &[
            ("honest more often", "", "y < 32", "y < 128", HONEST),
            ("less often", "", "y < 32", "y < 2", REFUSED),
            ("never", "", "y < 32", "y < 0", REFUSED),
            ("begins later", "", "y := 0", "y := 31", REFUSED),
            ("another way round", "", "y < 32", "y > 128", REFUSED),
        ],
    );
    assert_eq!(check("Go", &BASE, ways), 4);
}
