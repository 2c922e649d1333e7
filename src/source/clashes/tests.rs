//! Real clashes, and honest neighbours of each.

use std::collections::BTreeSet;

use super::*;

/// What is found when one side puts `ours` before `middle`, and the other `theirs` behind it.
fn found(path: &str, ours: &str, middle: &str, theirs: &str) -> Vec<String> {
    let texts = MergedText {
        ours: &format!("{ours}{middle}"),
        theirs: &format!("{middle}{theirs}"),
        merged: &format!("{ours}{middle}{theirs}"),
    };
    clashing_in(path, &texts).iter().map(SemanticClash::words).collect()
}

/// The same inside of something: `before` and `after` are there on both sides.
fn inside(path: &str, before: &str, ours: &str, middle: &str, theirs: &str, after: &str) -> Vec<String> {
    let texts = MergedText {
        ours: &format!("{before}{ours}{middle}{after}"),
        theirs: &format!("{before}{middle}{theirs}{after}"),
        merged: &format!("{before}{ours}{middle}{theirs}{after}"),
    };
    clashing_in(path, &texts).iter().map(SemanticClash::words).collect()
}

#[test]
fn two_definitions_of_one_name() {
    let rows = [
        ("a.py", "def total(a):\n    return a\n", "x = 1\n", "def total(b, c):\n    return b\n", "total"),
        ("a.py", "class Cart:\n    pass\n", "x = 1\n", "@dataclass\nclass Cart:\n    n: int\n", "Cart"),
        ("a.rs", "fn total() {}\n", "const X: u8 = 1;\n", "pub fn total(a: u8) {}\n", "total"),
        ("a.rs", "#[cfg(test)]\nmod tests {}\n", "fn f() {}\n", "#[cfg(test)]\nmod tests { fn a() {} }\n", "tests"),
        ("a.rs", "impl A {\n fn f() {}\n}\n", "struct A;\n", "impl A {\n fn f(&self) {}\n}\n", "f"),
        (
            "a.ts",
            "export const total = () => 1;\n",
            "type T = 1;\n",
            "export function total() { return 2; }\n",
            "total",
        ),
        ("a.js", "class A {}\n", "let x = 1;\n", "export class A {}\n", "A"),
        ("a.go", "func Total() {}\n", "var x = 1\n", "func Total() int { return 1 }\n", "Total"),
        (
            "a.go",
            "func (c *Cart) Total() {}\n",
            "type Cart struct{}\n",
            "func (x Cart) Total() int { return 1 }\n",
            "Total",
        ),
        ("a.go", "const A = 1\n", "func f() {}\n", "const A = 2\n", "A"),
    ];
    for (path, ours, middle, theirs, name) in rows {
        let package = if path.ends_with(".go") { "package p\n" } else { "" };
        let all = inside(path, package, ours, middle, theirs, "");
        assert_eq!(all, [format!("two definitions of `{name}`")], "{path}: {ours}{theirs}");
    }
    let members = [
        (
            "a.py",
            "class C:\n",
            "    def a(self): pass\n",
            "    def x(self): pass\n",
            "    def a(self): return 1\n",
            "",
            "a",
        ),
        ("a.rs", "enum E {\n", "    A,\n", "    X,\n", "    A(u8),\n", "}\n", "A"),
        ("a.rs", "struct S {\n", "    a: u8,\n", "    x: u8,\n", "    a: u16,\n", "}\n", "a"),
        ("a.ts", "enum E {\n", "  A = 1,\n", "  X = 2,\n", "  A = 3,\n", "}\n", "A"),
        ("a.ts", "class C {\n", "  a() { return 1; }\n", "  x() {}\n", "  a() { return 2; }\n", "}\n", "a"),
        ("a.go", "package p\ntype T struct {\n", "\tA int\n", "\tX int\n", "\tA string\n", "}\n", "A"),
    ];
    for (path, before, ours, middle, theirs, after, name) in members {
        let all = inside(path, before, ours, middle, theirs, after);
        assert_eq!(all, [format!("two definitions of `{name}`")], "{path}: {ours}{theirs}");
    }
}

#[test]
fn what_a_language_means_to_be_repeated_is_no_clash() {
    let rows = [
        ("a.py", "@overload\ndef f(a: int): ...\n", "", "@overload\ndef f(a: str): ...\ndef f(a): pass\n"),
        ("a.py", "class C:\n    @property\n    def a(self): pass\n", "", "    @a.setter\n    def a(self, v): pass\n"),
        ("a.py", "class A:\n    def f(self): pass\n", "x = 1\n", "class B:\n    def f(self): pass\n"),
        ("a.py", "try:\n    def f(): pass\nexcept E:\n    pass\n", "x = 1\n", "if y:\n    def f(): return 1\n"),
        ("a.py", "@f.register\ndef _(a: int): pass\n", "x = 1\n", "@f.register\ndef _(a: str): pass\n"),
        ("a.py", "@given('a')\ndef step_impl(c): pass\n", "x = 1\n", "@when('b')\ndef step_impl(c): pass\n"),
        ("a.py", "total = 1\n", "x = 1\n", "total = 2\n"),
        ("a.py", "def a():\n    def go(): pass\n", "x = 1\n", "def b():\n    def go(): pass\n"),
        ("a.rs", "#[cfg(unix)]\nfn f() {}\n", "const X: u8 = 1;\n", "#[cfg(windows)]\nfn f() {}\n"),
        (
            "a.rs",
            "#[cfg(unix)]\nmod os { fn f() {} }\n",
            "const X: u8 = 1;\n",
            "#[cfg(windows)]\nmod os { fn f() {} }\n",
        ),
        ("a.rs", "impl A for X { fn f() {} }\n", "struct X;\n", "impl B for X { fn f() {} }\n"),
        ("a.rs", "impl X<u8> { fn f() {} }\n", "struct X<T>(T);\n", "impl X<u16> { fn f() {} }\n"),
        ("a.rs", "struct A;\n", "const X: u8 = 1;\n", "fn A() {}\n"),
        ("a.rs", "macro_rules! m { () => {} }\n", "const X: u8 = 1;\n", "macro_rules! m { (a) => {} }\n"),
        ("a.rs", "mod a { fn f() {} }\n", "const X: u8 = 1;\n", "mod b { fn f() {} }\n"),
        ("a.ts", "function f(a: string): void;\n", "", "function f(a: number): void;\nfunction f(a: any) {}\n"),
        ("a.ts", "interface A { a: 1 }\n", "let x = 1;\n", "interface A { b: 2 }\n"),
        ("a.ts", "type A = 1;\n", "let x = 1;\n", "const A = 2;\n"),
        ("a.ts", "class A {}\n", "let x = 1;\n", "interface A { b: 2 }\n"),
        ("a.ts", "namespace N { export const a = 1 }\n", "let x = 1;\n", "namespace N { export const b = 1 }\n"),
        (
            "a.ts",
            "it('a', () => { const s = 1; function go() {} });\n",
            "f();\n",
            "it('b', () => { const s = 2; function go() {} });\n",
        ),
        ("a.js", "if (a) { function f() {} }\n", "f();\n", "else_(); { function f() {} }\n"),
        ("a.js", "var a = 1;\n", "f();\n", "var a = 2;\n"),
        ("a.go", "func init() { a() }\n", "type T struct{}\n", "func init() { b() }\n"),
        ("a.go", "func (a A) F() {}\n", "type T struct{}\n", "func (b B) F() {}\n"),
        ("a.go", "var _ I = A{}\n", "type T struct{}\n", "var _ I = B{}\n"),
    ];
    for (path, ours, middle, theirs) in rows {
        let package = if path.ends_with(".go") { "package p\n" } else { "" };
        let all = inside(path, package, ours, middle, theirs, "");
        assert!(all.is_empty(), "{path}: {ours}{theirs}: {all:?}");
    }
    let accessors = inside("a.ts", "class C {\n", "  get a() { return 1; }\n", "  x() {}\n", "  set a(v) {}\n", "}\n");
    assert!(accessors.is_empty(), "{accessors:?}");
    let statics = inside("a.ts", "class C {\n", "  static a() { return 1; }\n", "  x() {}\n", "  a() {}\n", "}\n");
    assert!(statics.is_empty(), "{statics:?}");
}

#[test]
fn what_one_side_did_by_itself_or_does_by_habit_is_its_own() {
    let twice = "def f(): pass\ndef f(): pass\n";
    assert!(found("a.py", twice, "x = 1\n", "y = 1\n").is_empty());
    assert!(
        found("a.py", "def f(): pass\n", "def f(): pass\n", "def f(): return 1\n").is_empty(),
        "one side repeats it"
    );
    assert!(found("a.py", "def f(): pass\n", "x = 1\n", "def f(:\n").is_empty(), "a side does not parse");
    let same = MergedText { ours: "def f(): pass\n", theirs: "def f(): pass\n", merged: "def f(): pass\n" };
    assert!(clashing_in("a.py", &same).is_empty(), "git made one of both");
}

#[test]
fn two_imports_of_one_name() {
    let bad = [
        ("a.ts", "import { a } from './x';\n", "import z from 'z';\n", "import { a } from './y';\n", "a"),
        ("a.ts", "import type { A } from './x';\n", "import z from 'z';\n", "import { A } from './x';\n", "A"),
        ("a.js", "import a from './x';\n", "import z from 'z';\n", "import * as a from './x';\n", "a"),
        ("a.rs", "use a::b::C;\n", "use z::Z;\n", "use a::b::{C, D};\n", "a::b::C"),
        ("a.py", "from a import total\n", "import os\n", "from b import total\n", "total"),
        ("a.go", "import \"fmt\"\n", "import \"os\"\n", "import \"fmt\"\n", "fmt"),
    ];
    for (path, ours, middle, theirs, name) in bad {
        let package = if path.ends_with(".go") { "package p\n" } else { "" };
        let all = inside(path, package, ours, middle, theirs, "");
        assert_eq!(all, [format!("two imports of `{name}`")], "{path}: {ours}{theirs}");
    }
    let good = [
        ("a.py", "from a import total\n", "import os\n", "from a import total\n"),
        ("a.py", "import a.b\n", "import os\n", "import a.c\n"),
        (
            "a.py",
            "try:\n    from a import j\nexcept ImportError:\n    j = None\n",
            "import os\n",
            "if T:\n    from b import j\n",
        ),
        ("a.ts", "export { a } from './x';\n", "import z from 'z';\n", "import { a } from './x';\n"),
        ("a.ts", "import { a as b } from './x';\n", "import z from 'z';\n", "import { a } from './x';\n"),
        ("a.ts", "import './x';\n", "import z from 'z';\n", "import './x';\n"),
        ("a.rs", "use serde::Error;\n", "use z::Z;\n", "use std::error::Error;\n"),
        ("a.rs", "#[cfg(unix)]\nuse a::B;\n", "use z::Z;\n", "#[cfg(windows)]\nuse a::B;\n"),
        ("a.rs", "use a::B as _;\n", "use z::*;\n", "use a::B as _;\nuse z::*;\n"),
        ("a.rs", "mod a { use x::Y; }\n", "use z::Z;\n", "mod b { use x::Y; }\n"),
        ("a.go", "import _ \"a\"\n", "import \"os\"\n", "import b \"a\"\n"),
    ];
    for (path, ours, middle, theirs) in good {
        let package = if path.ends_with(".go") { "package p\n" } else { "" };
        let all = inside(path, package, ours, middle, theirs, "");
        assert!(all.is_empty(), "{path}: {ours}{theirs}: {all:?}");
    }
}

#[test]
fn one_key_twice() {
    let bad = [
        ("p.json", "{\"s\": {\n", "\"lint\": \"a\",\n", "\"x\": 1,\n", "\"lint\": \"b\",\n", "\"z\": 1}}", "lint"),
        ("c.toml", "[a]\n", "port = 1\n", "x = \"[\"\n", "port = 2\n", "", "port"),
        ("c.toml", "", "[tool.x]\na = 1\n", "[b]\n", "[tool.x]\nb = 1\n", "", "tool.x"),
        ("c.yaml", "env:\n", "  port: 1\n", "  x:\n    - a: 1\n    - a: 2\n", "  port: 2\n", "z: 1\n", "port"),
        (
            "c.yml",
            "a:\n  - name: x\n",
            "    port: 1\n",
            "    run: |\n      port: 9\n",
            "    port: 2\n",
            "  - name: y\n",
            "port",
        ),
        ("a.py", "x = {\n", "  'a': 1,\n", "  'x': 2,\n", "  'a': 3,\n", "}\n", "a"),
        ("a.ts", "const x = {\n", "  a: 1,\n", "  x: 2,\n", "  'a': 3,\n", "};\n", "a"),
    ];
    for (path, before, ours, middle, theirs, after, name) in bad {
        let all = inside(path, before, ours, middle, theirs, after);
        assert_eq!(all, [format!("two values for the key `{name}`")], "{path}: {ours}{theirs}");
    }
    let good = [
        ("p.json", "[", "{\"a\": 1, \"v\": \"a\"},\n", "{\"a\": {\"a\": 2}},\n", "{\"a\": 3}", "]"),
        ("p.json", "{", "// \"a\"\n\"a\": 1,", "\"x\": 1,", "\"a\": 2", "}"),
        ("c.toml", "", "[[bin]]\nname = \"a\"\n", "", "[[bin]]\nname = \"b\"\n", ""),
        ("c.toml", "", "[[a]]\n[a.b]\nc = 1\n", "", "[[a]]\n[a.b]\nc = 2\n", ""),
        ("c.toml", "[a]\n", "x = \"\"\"\nport = 1\n\"\"\"\n", "l = [\n  \"port = 1\",\n]\n", "port = 2\n", ""),
        ("c.yaml", "a:\n", "  - name: x\n    port: 1\n", "", "  - name: y\n    port: 2\n", ""),
        ("c.yaml", "a:\n", "  run: |\n    port: 1\n", "  port: 3\n", "b:\n  port: 2\n", ""),
        ("c.yaml", "", "port: 1\n", "---\n", "port: 2\n", ""),
        ("c.yaml", "a:\n", "  <<: *x\n", "  b: 1\n", "  <<: *y\n", ""),
        ("a.py", "x = [\n", "  {'a': 1},\n", "", "  {'a': 2},\n", "]\n"),
        ("a.py", "x = {\n", "  f'{a}': 1,\n", "", "  f'{a}': 2,\n", "}\n"),
        ("a.ts", "const x = {\n", "  [a]: 1,\n", "", "  [a]: 2,\n", "};\n"),
        ("a.md", "", "a: 1\n", "", "a: 2\n", ""),
    ];
    for (path, before, ours, middle, theirs, after) in good {
        let all = inside(path, before, ours, middle, theirs, after);
        assert!(all.is_empty(), "{path}: {ours}{theirs}: {all:?}");
    }
}

#[test]
fn two_routes_of_one_path() {
    let bad = [
        ("a.py", "@app.get('/x')\ndef a(): pass\n", "y = 1\n", "@app.get(\"/x\")\ndef b(): pass\n", "GET /x"),
        (
            "a.py",
            "@bp.route('/x')\ndef a(): pass\n",
            "y = 1\n",
            "@bp.route('/x', methods=['GET'])\ndef b(): pass\n",
            "GET /x",
        ),
        ("a.js", "app.post('/x', one);\n", "f();\n", "app.post('/x', (q, r) => r.end());\n", "POST /x"),
        ("a.ts", "userRouter.get('/x', one);\n", "f();\n", "userRouter.get('/x', two);\n", "GET /x"),
        ("a.rs", "#[get(\"/x\")]\nfn a() {}\n", "fn f() {}\n", "#[get(\"/x\")]\nfn b() {}\n", "GET /x"),
    ];
    for (path, ours, middle, theirs, name) in bad {
        let all = found(path, ours, middle, theirs);
        assert_eq!(all, [format!("two routes for `{name}`")], "{path}: {ours}{theirs}");
    }
    let before = "package p\nfunc routes(mux *http.ServeMux) {\n";
    let go = inside(
        "a.go",
        before,
        "\tmux.HandleFunc(\"GET /x\", a)\n",
        "\tf()\n",
        "\tmux.HandleFunc(\"GET /x\", b)\n",
        "}\n",
    );
    assert_eq!(go, ["two routes for `GET /x`"]);
    let good = [
        ("a.py", "@app.get('/x')\ndef a(): pass\n", "y = 1\n", "@app.post('/x')\ndef b(): pass\n"),
        (
            "a.py",
            "@app.route('/x', methods=['GET'])\ndef a(): pass\n",
            "y = 1\n",
            "@app.route('/x', methods=['POST'])\ndef b(): pass\n",
        ),
        ("a.py", "@a_router.get('/x')\ndef a(): pass\n", "y = 1\n", "@b_router.get('/x')\ndef b(): pass\n"),
        ("a.py", "client.get('/x')\n", "y = 1\n", "client.get('/x')\n"),
        ("test_a.py", "@app.get('/x')\ndef a(): pass\n", "y = 1\n", "@app.get('/x')\ndef b(): pass\n"),
        ("a.js", "axios.get('/x', o);\n", "f();\n", "axios.get('/x', p);\n"),
        ("a.js", "app.get('title');\n", "f();\n", "app.get('title');\n"),
        ("a.js", "app.use('/x', a);\n", "f();\n", "app.use('/x', b);\n"),
        ("a.js", "if (a) { app.get('/x', a); }\n", "f();\n", "if (b) { app.get('/x', b); }\n"),
    ];
    for (path, ours, middle, theirs) in good {
        let all = found(path, ours, middle, theirs);
        assert!(all.is_empty(), "{path}: {ours}{theirs}: {all:?}");
    }
}

#[test]
fn two_migrations_of_one_number() {
    let clash = |ours: &[&str], theirs: &[&str]| {
        let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        clashing_migrations(&owned(ours), &owned(theirs)).iter().map(SemanticClash::words).collect::<Vec<_>>()
    };
    for (ours, theirs, number) in [
        ("shop/migrations/0003_a.py", "shop/migrations/0003_b.py", "0003"),
        ("db/migrate/20260101120000_a.rb", "db/migrate/20260101120000_b.rb", "20260101120000"),
        ("sql/migrations/V7__a.sql", "sql/migrations/V7__b.sql", "V7"),
        ("migrations/000004_a.up.sql", "migrations/000004_b.up.sql", "000004"),
        ("migrations/2026-01-02-000000_a/up.sql", "migrations/2026-01-02-000000_b/up.sql", "2026-01-02-000000"),
    ] {
        assert_eq!(clash(&[ours], &[theirs]), [format!("two migrations of the number `{number}`")]);
    }
    for (ours, theirs) in [
        ("shop/migrations/0003_a.py", "users/migrations/0003_b.py"),
        ("shop/migrations/0003_a.py", "shop/migrations/0004_b.py"),
        ("migrations/000004_a.up.sql", "migrations/000004_a.down.sql"),
        ("migrations/V7__a.sql", "migrations/U7__a.sql"),
        ("docs/0003_a.md", "docs/0003_b.md"),
        ("migrations/2026-01-02-000000_a/up.sql", "migrations/2026-01-02-000000_a/down.sql"),
        ("migrations/README.md", "migrations/__init__.py"),
    ] {
        assert!(clash(&[ours], &[theirs]).is_empty(), "{ours} {theirs}");
    }
}

/// `(from, before, after)` of the side that removes, `(path, before, after)` of the side that uses.
type Removed<'a> = ((&'a str, &'a str, &'a str), (&'a str, &'a str, &'a str));

fn missing(((from, before, after), (path, old, new)): Removed<'_>) -> Vec<String> {
    let mut removed = Removals::default();
    removed.add(from, before, after, &defined_in(from, after));
    let used = UsedNames::new(path, old, new);
    missing_names(&removed, path, &used, new).iter().map(SemanticClash::words).collect()
}

#[test]
fn what_one_side_removed_and_the_other_began_to_use() {
    let removed = "x = 1\n";
    let bad: [Removed<'_>; 7] = [
        (("shop/tax.py", "def rate(): pass\n", removed), ("shop/cart.py", "", "from shop.tax import rate\nrate()\n")),
        (
            ("shop/tax.py", "def rate(): pass\n", removed),
            ("shop/cart.py", "", "from .tax import (\n    a,\n    rate,\n)\nrate()\n"),
        ),
        (("shop/tax.py", "def rate(): pass\n", ""), ("shop/cart.py", "", "from .tax import rate\n")),
        (
            ("src/tax.ts", "export function rate() {}\n", "export const x = 1;\n"),
            ("src/cart.ts", "", "import { rate } from './tax';\nrate();\n"),
        ),
        (
            ("src/tax.rs", "pub fn rate() {}\n", "pub fn other() {}\n"),
            ("src/cart.rs", "", "use crate::tax::{other, rate};\nfn f() { rate(); }\n"),
        ),
        (
            ("tax.go", "package p\nfunc rate() {}\n", "package p\n"),
            ("cart.go", "package p\n", "package p\nfunc f() { rate() }\n"),
        ),
        (
            ("a.py", "def rate(): pass\ndef f(): pass\n", "def f(): pass\n"),
            ("a.py", "def rate(): pass\ndef f(): pass\n", "def f(): return rate()\n"),
        ),
    ];
    for row in bad {
        assert_eq!(missing(row), ["`rate` was removed by one side and is used by the other"], "{row:?}");
    }
    let good: [Removed<'_>; 9] = [
        // Exported on, from elsewhere.
        (("tax.py", "def rate(): pass\n", "from lib import rate\n"), ("cart.py", "", "from tax import rate\n")),
        // Another one of the name.
        (("tax.py", "def rate(): pass\n", removed), ("cart.py", "", "from lib import rate\nrate()\n")),
        (("tax.py", "def rate(): pass\n", removed), ("cart.py", "", "def rate(): pass\nfrom tax import x\nrate()\n")),
        (("tax.py", "def rate(): pass\n", removed), ("cart.py", "", "def f(rate):\n    return rate\n")),
        // Used before, and no more than before.
        (
            ("tax.py", "def rate(): pass\n", removed),
            ("cart.py", "from tax import rate\nrate()\n", "from tax import rate\nrate()\ny = 1\n"),
        ),
        (
            ("src/tax.ts", "export function rate() {}\n", "export const x = 1;\n"),
            ("src/cart.ts", "", "import { rate } from 'tax';\n"),
        ),
        (
            ("a/tax.go", "package a\nfunc rate() {}\n", "package a\n"),
            ("b/cart.go", "package b\n", "package b\nfunc f() { rate() }\n"),
        ),
        (("tax.py", "def rate(): pass\n", removed), ("cart.ts", "", "import { rate } from './tax';\n")),
        // A method of the name.
        (
            ("tax.py", "class T:\n    def rate(self): pass\n", "class T:\n    pass\n"),
            ("cart.py", "", "from tax import T\nT().rate()\n"),
        ),
    ];
    for row in good {
        assert!(missing(row).is_empty(), "{row:?}");
    }
}

#[test]
fn moved_names_are_not_removed() {
    let mut removed = Removals::default();
    removed.add("tax.py", "def rate(): pass\n", "x = 1\n", &BTreeSet::from(["rate".to_owned()]));
    assert_eq!(removed, Removals::default());
}

/// What a side removed of types that stay.
fn members(path: &str, before: &str, after: &str, elsewhere: &str) -> Vec<String> {
    let mut removed = Removals::default();
    let defines = all_defined_in(path, after).union(&all_defined_in(path, elsewhere)).cloned().collect();
    removed.add_members(path, before, after, &defines);
    removed.members.into_values().flatten().collect()
}

#[test]
fn functions_of_types_are_removed_unless_they_may_be_inherited() {
    let go = "package p\n\ntype Cart struct{}\n\nfunc (c *Cart) Total() {}\n";
    for (path, before, after) in [
        ("cart.py", "class Cart:\n    def Total(self): pass\n", "class Cart:\n    pass\n"),
        ("cart.ts", "export class Cart {\n  Total() {}\n}\n", "export class Cart {\n}\n"),
        ("cart.rs", "pub struct Cart;\nimpl Cart {\n    pub fn Total(&self) {}\n}\n", "pub struct Cart;\n"),
        ("cart.go", go, "package p\n\ntype Cart struct{}\n"),
    ] {
        assert_eq!(members(path, before, after, ""), ["Cart.Total"], "{path}");
        assert!(members(path, before, before, "").is_empty(), "{path}: it is there");
        assert!(members(path, before, "", "").is_empty(), "{path}: the type is gone, which is found by its name");
        assert!(members(&format!("tests/{path}"), before, after, "").is_empty(), "{path}: nobody uses tests");
    }
    let py = "class Cart:\n    def Total(self): pass\n";
    assert!(members("cart.py", py, "class Cart:\n    pass\n", "class Base:\n    def Total(self): pass\n").is_empty());
    for (path, before, after) in [
        ("cart.py", "class Cart(Base):\n    def Total(self): pass\n", "class Cart(Base):\n    pass\n"),
        ("cart.py", "class Cart:\n    def __len__(self): pass\n", "class Cart:\n    pass\n"),
        ("cart.py", "class Cart:\n    def Total(self): pass\n", "class Cart:\n    Total = other\n"),
        ("cart.ts", "class Cart extends Base {\n  Total() {}\n}\n", "class Cart extends Base {\n}\n"),
        ("cart.rs", "struct Cart;\nimpl Sum for Cart {\n    fn Total(&self) {}\n}\n", "struct Cart;\n"),
        ("cart.rs", "trait Cart {\n    fn Total(&self) {}\n}\n", "trait Cart {}\n"),
    ] {
        assert!(members(path, before, after, "").is_empty(), "{path}: {before}");
    }
}

#[test]
fn every_kind_has_one_row_and_a_rule_of_its_own() {
    let kinds: BTreeSet<_> = CLASH_KINDS.iter().map(|row| row.0).collect();
    let rules: BTreeSet<_> = kinds.iter().map(|kind| kind.rule()).collect();
    assert_eq!((kinds.len(), rules.len()), (CLASH_KINDS.len(), CLASH_KINDS.len()));
    assert!(kinds.iter().all(|kind| !kind.advice().is_empty()));
}

#[test]
fn symbols_hold_lines() {
    let text = "def a():\n    x = 1\n\nclass C:\n    def b(self):\n        return 1\n";
    assert_eq!(symbols_at("a.py", text, &[2, 6, 3]), BTreeSet::from(["C.b".to_owned(), "a".to_owned()]));
}
