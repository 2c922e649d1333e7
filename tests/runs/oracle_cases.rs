//! The cases: three trees, and every tree that is right. None is right where only a person can say.

#[path = "oracle_texts.rs"]
mod texts;

use texts::{lines, meant, whole};

/// Path, mode, text.
pub type Tree = Vec<(&'static str, &'static str, &'static str)>;

/// One conflict.
pub struct Case {
    pub name: &'static str,
    pub base: Tree,
    pub ours: Tree,
    pub theirs: Tree,
    /// What may stand in the result.
    pub right: Vec<Tree>,
    /// Files that are made from others.
    pub locks: Vec<(&'static str, &'static str)>,
    /// Files of which the project says that both sides' lines are kept.
    pub union: Vec<&'static str>,
}

const FILE: &str = "100644";

fn trees(name: &'static str, [base, ours, theirs]: [Tree; 3], right: Vec<Tree>) -> Case {
    Case { name, base, ours, theirs, right, locks: Vec::new(), union: Vec::new() }
}

/// One file, and what may stand in it.
fn file(name: &'static str, path: &'static str, texts: [&'static str; 3], right: &[&'static str]) -> Case {
    let tree = |text| vec![(path, FILE, text)];
    trees(name, texts.map(tree), right.iter().map(|text| tree(text)).collect())
}

/// A manifest to which both sides add, and its lockfile.
fn lock(
    name: &'static str,
    manifest: (&'static str, [&'static str; 4]),
    lock: (&'static str, [&'static str; 4]),
) -> Case {
    let tree = |n: usize| vec![(manifest.0, FILE, manifest.1[n]), (lock.0, FILE, lock.1[n])];
    Case { locks: vec![(lock.0, manifest.0)], ..trees(name, [tree(0), tree(1), tree(2)], vec![tree(3)]) }
}

pub fn cases() -> Vec<Case> {
    [imports(), members(), keys(), lists(), locks(), lines(), whole(), meant()].into_iter().flatten().collect()
}

fn imports() -> Vec<Case> {
    vec![
        file(
            "rust use",
            "a.rs",
            [
                "use a::b;\n\nfn main() {}\n",
                "use a::b;\nuse a::c;\n\nfn main() {}\n",
                "use a::b;\nuse a::d;\n\nfn main() {}\n",
            ],
            &["use a::b;\nuse a::c;\nuse a::d;\n\nfn main() {}\n", "use a::b;\nuse a::d;\nuse a::c;\n\nfn main() {}\n"],
        ),
        file(
            "python import",
            "a.py",
            ["import os\n\nx = 1\n", "import os\nimport re\n\nx = 1\n", "import os\nimport sys\n\nx = 1\n"],
            &["import os\nimport re\nimport sys\n\nx = 1\n", "import os\nimport sys\nimport re\n\nx = 1\n"],
        ),
        file(
            "ts import",
            "a.ts",
            [
                "import { a } from './a';\n\nrun(a);\n",
                "import { a } from './a';\nimport { b } from './b';\n\nrun(a);\n",
                "import { a } from './a';\nimport { c } from './c';\n\nrun(a);\n",
            ],
            &[
                "import { a } from './a';\nimport { b } from './b';\nimport { c } from './c';\n\nrun(a);\n",
                "import { a } from './a';\nimport { c } from './c';\nimport { b } from './b';\n\nrun(a);\n",
            ],
        ),
        file(
            "go import",
            "a.go",
            [
                "package a\n\nimport (\n\t\"fmt\"\n)\n",
                "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n",
                "package a\n\nimport (\n\t\"fmt\"\n\t\"io\"\n)\n",
            ],
            &[
                "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"io\"\n)\n",
                "package a\n\nimport (\n\t\"fmt\"\n\t\"io\"\n\t\"os\"\n)\n",
            ],
        ),
        file(
            "names of one python import",
            "a.py",
            ["from a import b\n", "from a import b, c\n", "from a import b, d\n"],
            &["from a import b, c, d\n", "from a import b, d, c\n"],
        ),
        file(
            "import taken away beside one added",
            "a.py",
            ["import os\nimport re\n", "import os\n", "import os\nimport re\nimport sys\n"],
            &["import os\nimport sys\n"],
        ),
        file(
            "one import, two names",
            "a.py",
            ["x = 1\n", "import numpy as np\nx = 1\n", "import cupy as np\nx = 1\n"],
            &[],
        ),
    ]
}

fn members() -> Vec<Case> {
    vec![
        file(
            "rust enum",
            "a.rs",
            ["enum A {\n    B,\n}\n", "enum A {\n    B,\n    C,\n}\n", "enum A {\n    B,\n    D,\n}\n"],
            &["enum A {\n    B,\n    C,\n    D,\n}\n", "enum A {\n    B,\n    D,\n    C,\n}\n"],
        ),
        file(
            "rust fields",
            "a.rs",
            [
                "struct A {\n    b: u8,\n}\n",
                "struct A {\n    b: u8,\n    c: u8,\n}\n",
                "struct A {\n    b: u8,\n    d: u8,\n}\n",
            ],
            &[
                "struct A {\n    b: u8,\n    c: u8,\n    d: u8,\n}\n",
                "struct A {\n    b: u8,\n    d: u8,\n    c: u8,\n}\n",
            ],
        ),
        file(
            "rust methods",
            "a.rs",
            [
                "impl A {\n    fn b() {\n        x();\n    }\n}\n",
                "impl A {\n    fn b() {\n        x();\n    }\n\n    fn c() {\n        y();\n    }\n}\n",
                "impl A {\n    fn b() {\n        x();\n    }\n\n    fn d() {\n        z();\n    }\n}\n",
            ],
            &[
                "impl A {\n    fn b() {\n        x();\n    }\n\n    fn c() {\n        y();\n    }\n\n    fn d() {\n        z();\n    }\n}\n",
                "impl A {\n    fn b() {\n        x();\n    }\n\n    fn d() {\n        z();\n    }\n\n    fn c() {\n        y();\n    }\n}\n",
            ],
        ),
        file(
            "python functions at the end",
            "a.py",
            [
                "def a():\n    return 1\n",
                "def a():\n    return 1\n\n\ndef b():\n    return 2\n",
                "def a():\n    return 1\n\n\ndef c():\n    return 3\n",
            ],
            &[
                "def a():\n    return 1\n\n\ndef b():\n    return 2\n\n\ndef c():\n    return 3\n",
                "def a():\n    return 1\n\n\ndef c():\n    return 3\n\n\ndef b():\n    return 2\n",
            ],
        ),
        file(
            "python methods",
            "a.py",
            [
                "class A:\n    def a(self):\n        return 1\n",
                "class A:\n    def a(self):\n        return 1\n\n    def b(self):\n        return 2\n",
                "class A:\n    def a(self):\n        return 1\n\n    def c(self):\n        return 3\n",
            ],
            &[
                "class A:\n    def a(self):\n        return 1\n\n    def b(self):\n        return 2\n\n    def c(self):\n        return 3\n",
                "class A:\n    def a(self):\n        return 1\n\n    def c(self):\n        return 3\n\n    def b(self):\n        return 2\n",
            ],
        ),
        file(
            "go functions",
            "a.go",
            [
                "package a\n\nfunc A() {}\n",
                "package a\n\nfunc A() {}\n\nfunc B() {}\n",
                "package a\n\nfunc A() {}\n\nfunc C() {}\n",
            ],
            &[
                "package a\n\nfunc A() {}\n\nfunc B() {}\n\nfunc C() {}\n",
                "package a\n\nfunc A() {}\n\nfunc C() {}\n\nfunc B() {}\n",
            ],
        ),
        file(
            "ts interface",
            "a.ts",
            [
                "interface A {\n  b: string;\n}\n",
                "interface A {\n  b: string;\n  c: string;\n}\n",
                "interface A {\n  b: string;\n  d: string;\n}\n",
            ],
            &[
                "interface A {\n  b: string;\n  c: string;\n  d: string;\n}\n",
                "interface A {\n  b: string;\n  d: string;\n  c: string;\n}\n",
            ],
        ),
        file(
            "js object",
            "a.js",
            [
                "const a = {\n  b: 1,\n};\n",
                "const a = {\n  b: 1,\n  c: 2,\n};\n",
                "const a = {\n  b: 1,\n  d: 3,\n};\n",
            ],
            &["const a = {\n  b: 1,\n  c: 2,\n  d: 3,\n};\n", "const a = {\n  b: 1,\n  d: 3,\n  c: 2,\n};\n"],
        ),
        file(
            "neighbouring fields",
            "a.rs",
            [
                "struct A {\n    b: u8,\n    c: u8,\n}\n",
                "struct A {\n    b: u16,\n    c: u8,\n}\n",
                "struct A {\n    b: u8,\n    c: u16,\n}\n",
            ],
            &["struct A {\n    b: u16,\n    c: u16,\n}\n"],
        ),
        file(
            "one field, two types",
            "a.rs",
            ["struct A {\n    b: u8,\n}\n", "struct A {\n    b: u16,\n}\n", "struct A {\n    b: u32,\n}\n"],
            &[],
        ),
        file(
            "one name twice",
            "a.py",
            [
                "def a():\n    return 1\n",
                "def a():\n    return 1\n\n\ndef b():\n    return 2\n",
                "def a():\n    return 1\n\n\ndef b():\n    return 3\n",
            ],
            &[],
        ),
        file(
            "arms of a match",
            "a.rs",
            [
                "fn a(x: u8) -> u8 {\n    match x {\n        1 => 1,\n        _ => 0,\n    }\n}\n",
                "fn a(x: u8) -> u8 {\n    match x {\n        1 => 1,\n        2..=9 => 2,\n        _ => 0,\n    }\n}\n",
                "fn a(x: u8) -> u8 {\n    match x {\n        1 => 1,\n        5 => 5,\n        _ => 0,\n    }\n}\n",
            ],
            &[],
        ),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        file(
            "json keys",
            "a.json",
            ["{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"c\": 3\n}\n"],
            &["{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", "{\n  \"a\": 1,\n  \"c\": 3,\n  \"b\": 2\n}\n"],
        ),
        file(
            "json neighbours",
            "a.json",
            ["{\n  \"a\": 1,\n  \"b\": 1\n}\n", "{\n  \"a\": 2,\n  \"b\": 1\n}\n", "{\n  \"a\": 1,\n  \"b\": 2\n}\n"],
            &["{\n  \"a\": 2,\n  \"b\": 2\n}\n"],
        ),
        file(
            "json: one key, two values",
            "a.json",
            ["{\n  \"a\": 1\n}\n", "{\n  \"a\": 2\n}\n", "{\n  \"a\": 3\n}\n"],
            &[],
        ),
        file(
            "json lists",
            "a.json",
            [
                "{\n  \"a\": [\n    \"x\"\n  ]\n}\n",
                "{\n  \"a\": [\n    \"x\",\n    \"y\"\n  ]\n}\n",
                "{\n  \"a\": [\n    \"x\",\n    \"z\"\n  ]\n}\n",
            ],
            &[
                "{\n  \"a\": [\n    \"x\",\n    \"y\",\n    \"z\"\n  ]\n}\n",
                "{\n  \"a\": [\n    \"x\",\n    \"z\",\n    \"y\"\n  ]\n}\n",
            ],
        ),
        file(
            "toml keys",
            "a.toml",
            ["[a]\nb = 1\n", "[a]\nb = 1\nc = 2\n", "[a]\nb = 1\nd = 3\n"],
            &["[a]\nb = 1\nc = 2\nd = 3\n", "[a]\nb = 1\nd = 3\nc = 2\n"],
        ),
        file("toml neighbours", "a.toml", ["a = 1\nb = 1\n", "a = 2\nb = 1\n", "a = 1\nb = 2\n"], &["a = 2\nb = 2\n"]),
        file(
            "toml tables",
            "a.toml",
            ["[a]\nb = 1\n", "[a]\nb = 1\n\n[c]\nd = 2\n", "[a]\nb = 1\n\n[e]\nf = 3\n"],
            &["[a]\nb = 1\n\n[c]\nd = 2\n\n[e]\nf = 3\n", "[a]\nb = 1\n\n[e]\nf = 3\n\n[c]\nd = 2\n"],
        ),
        file(
            "yaml keys",
            "a.yaml",
            ["a: 1\n", "a: 1\nb: 2\n", "a: 1\nc: 3\n"],
            &["a: 1\nb: 2\nc: 3\n", "a: 1\nc: 3\nb: 2\n"],
        ),
        file("yaml neighbours", "a.yaml", ["a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 1\nb: 2\n"], &["a: 2\nb: 2\n"]),
        file(
            "crlf keys",
            "a.toml",
            ["[a]\r\nb = 1\r\n", "[a]\r\nb = 1\r\nc = 2\r\n", "[a]\r\nb = 1\r\nd = 3\r\n"],
            &["[a]\r\nb = 1\r\nc = 2\r\nd = 3\r\n", "[a]\r\nb = 1\r\nd = 3\r\nc = 2\r\n"],
        ),
    ]
}

fn lists() -> Vec<Case> {
    let log = file("log by a rule", "log.txt", ["a\n", "a\nb\n", "a\nc\n"], &["a\nb\nc\n"]);
    vec![
        Case { union: vec!["log.txt"], ..log },
        file(
            "changelog",
            "CHANGELOG.md",
            ["# Changes\n\n- a\n", "# Changes\n\n- b\n- a\n", "# Changes\n\n- c\n- a\n"],
            &["# Changes\n\n- b\n- c\n- a\n", "# Changes\n\n- c\n- b\n- a\n"],
        ),
        file(
            "changelog, two releases",
            "CHANGELOG.md",
            ["# Changes\n", "# Changes\n\n## 1.1\n\n- b\n", "# Changes\n\n## 2.0\n\n- c\n"],
            &[],
        ),
        file("ignore file", ".gitignore", ["a\n", "a\nb\n", "a\nc\n"], &["a\nb\nc\n", "a\nc\nb\n"]),
        file("ignore file with exceptions", ".gitignore", ["*.log\n", "*.log\n!a.log\n", "*.log\na.*\n"], &[]),
        file(
            "requirements",
            "requirements.txt",
            ["a==1\n", "a==1\nb==1\n", "a==1\nc==1\n"],
            &["a==1\nb==1\nc==1\n", "a==1\nc==1\nb==1\n"],
        ),
        file("requirements, two versions", "requirements.txt", ["a==1\n", "a==2\n", "a==3\n"], &[]),
    ]
}

fn locks() -> Vec<Case> {
    const JSON: [&str; 4] = [
        "{\n  \"dependencies\": {\n    \"a\": \"1\"\n  }\n}\n",
        "{\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"b\": \"1\"\n  }\n}\n",
        "{\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"c\": \"1\"\n  }\n}\n",
        "{\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"b\": \"1\",\n    \"c\": \"1\"\n  }\n}\n",
    ];
    const JSON_LOCK: [&str; 4] = [
        "a\n",
        "a b\n",
        "a c\n",
        "lock of\n{\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"b\": \"1\",\n    \"c\": \"1\"\n  }\n}\n",
    ];
    const TOML: [&str; 4] = [
        "[dependencies]\na = \"1\"\n",
        "[dependencies]\na = \"1\"\nb = \"1\"\n",
        "[dependencies]\na = \"1\"\nc = \"1\"\n",
        "[dependencies]\na = \"1\"\nb = \"1\"\nc = \"1\"\n",
    ];
    const TOML_LOCK: [&str; 4] =
        ["a\n", "a b\n", "a c\n", "lock of\n[dependencies]\na = \"1\"\nb = \"1\"\nc = \"1\"\n"];
    vec![
        lock("npm", ("package.json", JSON), ("package-lock.json", JSON_LOCK)),
        lock("composer", ("composer.json", JSON), ("composer.lock", JSON_LOCK)),
        lock("cargo", ("Cargo.toml", TOML), ("Cargo.lock", TOML_LOCK)),
        lock("poetry", ("pyproject.toml", TOML), ("poetry.lock", TOML_LOCK)),
        file(
            "go.sum",
            "go.sum",
            ["a v1 h1:a=\n", "a v1 h1:a=\nb v1 h1:b=\n", "a v1 h1:a=\nc v1 h1:c=\n"],
            &["a v1 h1:a=\nb v1 h1:b=\nc v1 h1:c=\n", "a v1 h1:a=\nc v1 h1:c=\nb v1 h1:b=\n"],
        ),
        file(
            "a lockfile that nothing makes",
            "package-lock.json",
            ["{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"c\": 3\n}\n"],
            &[],
        ),
    ]
}
