//! Cases whose conflict is not one of names in code: lines of plain text, whole files, and what a text cannot tell.

use super::{Case, FILE, Tree, file, trees};

const RUNS: &str = "100755";
const LINK: &str = "120000";
const MODULE: &str = "160000";

pub(super) fn lines() -> Vec<Case> {
    vec![
        file("prose", "README.md", ["one\n", "one two\n", "one three\n"], &[]),
        file("a title and its first line", "README.md", ["# a\nb\n", "# A\nb\n", "# a\nB\n"], &["# A\nB\n"]),
        file("statements at one place", "a.py", ["run()\n", "run()\nopen()\n", "run()\nclose()\n"], &[]),
        file(
            "neighbouring statements",
            "a.py",
            [
                "def f(x):\n    y = x\n    return y\n",
                "def f(x):\n    y = x + 1\n    return y\n",
                "def f(x):\n    y = x\n    return y + 1\n",
            ],
            &[],
        ),
        file("crlf against lf", "a.txt", ["a\nb\n", "a\r\nb\r\n", "a\nc\n"], &["a\r\nc\r\n"]),
        file(
            "a function moved and changed",
            "a.py",
            [
                "def a():\n    return 1\n\n\ndef b():\n    return 2\n",
                "def b():\n    return 2\n\n\ndef a():\n    return 1\n",
                "def a():\n    return 3\n\n\ndef b():\n    return 2\n",
            ],
            &["def b():\n    return 2\n\n\ndef a():\n    return 3\n"],
        ),
        file(
            "indented and changed",
            "a.rs",
            [
                "fn a() {\n    b();\n    c();\n}\n",
                "fn a() {\n    if x {\n        b();\n        c();\n    }\n}\n",
                "fn a() {\n    b();\n    d();\n}\n",
            ],
            &["fn a() {\n    if x {\n        b();\n        d();\n    }\n}\n"],
        ),
        file("both fill an empty file", "a.rs", ["", "fn a() {}\n", "fn b() {}\n"], &["fn a() {}\nfn b() {}\n"]),
    ]
}

pub(super) fn whole() -> Vec<Case> {
    const OTHER: (&str, &str, &str) = ("keep.txt", FILE, "keep\n");
    let with = |tree: Tree| [tree, vec![OTHER]].concat();
    const LONG: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";
    const MADE: [&str; 3] = [
        "1111111111111111111111111111111111111111",
        "2222222222222222222222222222222222222222",
        "3333333333333333333333333333333333333333",
    ];
    vec![
        trees(
            "changed and deleted",
            [with(vec![("a", FILE, "a\n")]), with(vec![("a", FILE, "b\n")]), with(vec![])],
            vec![],
        ),
        trees(
            "deleted and changed",
            [with(vec![("a", FILE, "a\n")]), with(vec![]), with(vec![("a", FILE, "b\n")])],
            vec![],
        ),
        trees(
            "renamed to two names",
            [with(vec![("a", FILE, LONG)]), with(vec![("b", FILE, LONG)]), with(vec![("c", FILE, LONG)])],
            vec![],
        ),
        trees(
            "two modes of a new file",
            [with(vec![]), with(vec![("a", FILE, "a\n")]), with(vec![("a", RUNS, "a\n")])],
            vec![],
        ),
        trees(
            "binaries",
            [
                with(vec![("a.png", FILE, "\0a")]),
                with(vec![("a.png", FILE, "\0b")]),
                with(vec![("a.png", FILE, "\0c")]),
            ],
            vec![],
        ),
        trees(
            "two targets of a link",
            [with(vec![("a", LINK, "x")]), with(vec![("a", LINK, "y")]), with(vec![("a", LINK, "z")])],
            vec![],
        ),
        trees(
            "a file and a link",
            [with(vec![]), with(vec![("a", FILE, "x\n")]), with(vec![("a", LINK, "keep.txt")])],
            vec![],
        ),
        trees(
            "a file and a folder",
            [with(vec![]), with(vec![("a", FILE, "x\n")]), with(vec![("a/b", FILE, "y\n")])],
            vec![],
        ),
        trees(
            "submodules",
            [
                with(vec![("m", MODULE, MADE[0])]),
                with(vec![("m", MODULE, MADE[1])]),
                with(vec![("m", MODULE, MADE[2])]),
            ],
            vec![],
        ),
        trees(
            "a folder renamed, a file put into it",
            [
                with(vec![("d/a", FILE, LONG), ("d/b", FILE, "b\nb\nb\n")]),
                with(vec![("e/a", FILE, LONG), ("e/b", FILE, "b\nb\nb\n")]),
                with(vec![("d/a", FILE, LONG), ("d/b", FILE, "b\nb\nb\n"), ("d/c", FILE, "new\n")]),
            ],
            vec![with(vec![("e/a", FILE, LONG), ("e/b", FILE, "b\nb\nb\n"), ("e/c", FILE, "new\n")])],
        ),
        trees(
            "renamed beside changed keys",
            [
                with(vec![("a.toml", FILE, "x = 1\ny = 1\nz = 1\nu = 1\n")]),
                with(vec![("b.toml", FILE, "x = 2\ny = 1\nz = 1\nu = 1\n")]),
                with(vec![("a.toml", FILE, "x = 1\ny = 2\nz = 1\nu = 1\n")]),
            ],
            vec![with(vec![("b.toml", FILE, "x = 2\ny = 2\nz = 1\nu = 1\n")])],
        ),
        trees(
            "names that differ in case, one changed",
            [
                with(vec![("Read", FILE, "a\n")]),
                with(vec![("Read", FILE, "b\n")]),
                with(vec![("Read", FILE, "c\n"), ("read", FILE, "c\n")]),
            ],
            vec![],
        ),
    ]
}

/// What a text cannot tell.
pub(super) fn meant() -> Vec<Case> {
    vec![
        file("two of one number", "a.sql", ["", "-- 2\nALTER a;\n", "-- 2\nALTER b;\n"], &[]),
        file("one constant", "a.py", ["LIMIT = 1\n", "LIMIT = 2\n", "LIMIT = 3\n"], &[]),
        file(
            "a signature and its body",
            "a.py",
            ["def f(a):\n    return a\n", "def f(b):\n    return b\n", "def f(a):\n    return a * 2\n"],
            &[],
        ),
        file(
            "one route twice",
            "a.py",
            [
                "import app\n",
                "import app\n\n\n@app.get('/a')\ndef a():\n    return 1\n",
                "import app\n\n\n@app.get('/a')\ndef b():\n    return 2\n",
            ],
            &[],
        ),
    ]
}
