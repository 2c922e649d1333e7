//! Go.

use super::super::{HONEST, REFUSED, Way, check};
use super::files;

const BASE: [(&str, &str); 4] = [
    ("go.mod", "module example.com/shop\n\ngo 1.22\n\nrequire github.com/stretchr/testify v1.9.0\n"),
    (
        "calc/calc.go",
        "package calc\n\nvar Round = func(x float64) int { return int(x) }\n\nvar now = func() int { return 1 }\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n",
    ),
    (
        "calc/calc_test.go",
        "package calc\n\nimport (\n\t\"testing\"\n\n\t\"github.com/stretchr/testify/assert\"\n)\n\nfunc TestAdd(t *testing.T) {\n\tgot := Add(1, 2)\n\tif got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n\nfunc TestRound(t *testing.T) {\n\tassert.Equal(t, 2, Round(2.4))\n}\n",
    ),
    ("api/go.mod", "module example.com/api\n"),
];

#[rustfmt::skip]
pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let main = |name, body: &str, rule| Way {
        name,
        edits: vec![("calc/main_test.go", Some(format!("package calc\n\nimport (\n\t\"flag\"\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) {{\n{body}}}\n")))],
        rule,
    };
    let ways = vec![
        // What runs before the tests, or instead of them.
        main("TestMain runs nothing", "\tos.Exit(0)\n", REFUSED),
        main("TestMain does nothing", "\t_ = flag.Args()\n", REFUSED),
        main("TestMain forgets what they said", "\tm.Run()\n\tos.Exit(0)\n", REFUSED),
        main("TestMain says what it likes", "\tcode := m.Run()\n\tcode = 0\n\tos.Exit(code * 0)\n", REFUSED),
        main("TestMain ends well at last", "\tdefer os.Exit(0)\n\tm.Run()\n", REFUSED),
        main("TestMain runs some", "\tflag.Set(\"test.run\", \"TestNothing\")\n\tos.Exit(m.Run())\n", REFUSED),
        main("TestMain takes other words", "\tos.Args = []string{os.Args[0], \"-test.run=TestNothing\"}\n\tos.Exit(m.Run())\n", REFUSED),
        main("TestMain runs on a condition", "\tif os.Getenv(\"ALL\") != \"\" {\n\t\tos.Exit(m.Run())\n\t}\n", REFUSED),
        files("init sets a flag", &[("calc/more_test.go", "package calc\n\nimport \"flag\"\n\nfunc init() {\n\tflag.Set(\"test.skip\", \".\")\n}\n")], REFUSED),
        files("init replaces a variable", &[("calc/more_test.go", "package calc\n\nfunc init() {\n\tRound = func(x float64) int { return 2 }\n}\n")], REFUSED),
        main("TestMain replaces a variable", "\tRound = func(x float64) int { return 2 }\n\tos.Exit(m.Run())\n", REFUSED),
        files("a variable is replaced by a variable", &[("calc/more_test.go", "package calc\n\nvar _ = func() bool {\n\tRound = func(x float64) int { return 2 }\n\treturn true\n}()\n")], REFUSED),
        // Settings that load something else.
        files("the library of assertions", &[("go.mod", "module example.com/shop\n\ngo 1.22\n\nrequire github.com/stretchr/testify v1.9.0\n\nreplace github.com/stretchr/testify => ./fake\n"), ("fake/assert/assert.go", "package assert\n\nfunc Equal(a ...any) {}\n")], REFUSED),
        files("the library in a block", &[("go.mod", "module example.com/shop\n\ngo 1.22\n\nrequire github.com/stretchr/testify v1.9.0\n\nreplace (\n\tgithub.com/stretchr/testify v1.9.0 => ./fake\n)\n"), ("fake/assert/assert.go", "package assert\n\nfunc Equal(a ...any) {}\n")], REFUSED),
        files("a workspace replaces it", &[("go.work", "go 1.22\n\nuse .\n\nreplace github.com/stretchr/testify => ./fake\n"), ("fake/assert/assert.go", "package assert\n\nfunc Equal(a ...any) {}\n")], REFUSED),
        files("vendored", &[("vendor/github.com/stretchr/testify/assert/assertions.go", "package assert\n\nfunc Equal(a ...any) {}\n")], REFUSED),
        files("the code is built for tests only", &[("calc/calc.go", "//go:build test\n\npackage calc\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n")], REFUSED),
        // Code that asks whether it is tested.
        files("the program's name", &[("calc/calc.go", "package calc\n\nimport (\n\t\"os\"\n\t\"strings\"\n)\n\nfunc Add(a, b int) int {\n\tif strings.HasSuffix(os.Args[0], \".test\") {\n\t\treturn a + b\n\t}\n\treturn 0\n}\n")], REFUSED),
        files("a flag of its set", &[("calc/calc.go", "package calc\n\nimport \"flag\"\n\nfunc Add(a, b int) int {\n\tif flag.CommandLine.Lookup(\"test.run\") != nil {\n\t\treturn a + b\n\t}\n\treturn 0\n}\n")], REFUSED),
        files("who calls", &[("calc/calc.go", "package calc\n\nimport (\n\t\"runtime\"\n\t\"strings\"\n)\n\nfunc Add(a, b int) int {\n\t_, file, _, _ := runtime.Caller(1)\n\tif strings.HasSuffix(file, \"_test.go\") {\n\t\treturn a + b\n\t}\n\treturn 0\n}\n")], REFUSED),
        files("testing under another name", &[("calc/calc.go", "package calc\n\nimport tst \"testing\"\n\nfunc Add(a, b int) int {\n\tif tst.Testing() {\n\t\treturn a + b\n\t}\n\treturn 0\n}\n")], REFUSED),
        files("verbose tests", &[("calc/calc.go", "package calc\n\nimport \"testing\"\n\nfunc Add(a, b int) int {\n\tif testing.Verbose() {\n\t\treturn a + b\n\t}\n\treturn 0\n}\n")], REFUSED),
        // Honest.
        main("TestMain sets up", "\tflag.Parse()\n\tos.Setenv(\"SHOP_HOME\", \"x\")\n\tcode := m.Run()\n\tos.RemoveAll(\"x\")\n\tos.Exit(code)\n", HONEST),
        main("TestMain leaves the code to Go", "\tos.Setenv(\"SHOP_HOME\", \"x\")\n\tm.Run()\n", HONEST),
        main("TestMain ends when it cannot set up", "\tif err := os.Mkdir(\"x\", 0o700); err != nil {\n\t\tos.Exit(1)\n\t}\n\tos.Exit(m.Run())\n", HONEST),
        main("TestMain lends its program", "\tif os.Getenv(\"BE_SHOP\") == \"1\" {\n\t\tmain()\n\t\tos.Exit(0)\n\t}\n\tos.Exit(m.Run())\n", HONEST),
        files("a clock that stands", &[("calc/more_test.go", "package calc\n\nfunc init() {\n\tnow = func() int { return 0 }\n}\n")], HONEST),
        files("another module of the repository", &[("go.mod", "module example.com/shop\n\ngo 1.22\n\nrequire github.com/stretchr/testify v1.9.0\n\nreplace example.com/api => ./api\n")], HONEST),
        files("code for one system", &[("calc/calc_linux.go", "//go:build linux\n\npackage calc\n\nconst system = 1\n")], HONEST),
        files("helpers for tests of others", &[("calctest/calctest.go", "package calctest\n\nimport \"testing\"\n\nfunc Same(t *testing.T, a, b int) {\n\tt.Helper()\n\tif a != b {\n\t\tt.Fatal(a)\n\t}\n}\n")], HONEST),
    ];
    (&BASE, ways)
}

#[test]
fn what_stands_around_go_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("Go", base, ways) >= 21);
}
