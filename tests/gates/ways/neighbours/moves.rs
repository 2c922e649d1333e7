//! Tests that go to another place: into a module of tests, out of it, from one file to another, with the helpers that they
//! call. The same with something of another text in the place of what they call is refused.

use super::super::{HONEST, REFUSED, Way, check};

const RUST: &str = "pub struct Bits(u64);\n\nimpl Bits {\n    pub fn new(n: u64) -> Bits {\n        Bits(n)\n    }\n\n    \
    pub fn ones(&self) -> u32 {\n        self.0.count_ones()\n    }\n}\n\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n";
const HELPER: &str = "#[cfg(test)]\nfn some() -> Bits {\n    Bits::new(7)\n}\n";
const ONES: &str = "#[test]\nfn ones() {\n    let bits = some();\n    assert_eq!(bits.ones(), 3);\n    assert_eq!(some().ones(), 3);\n}\n";
const ADDS: &str = "#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}\n";

fn module(parts: &[&str]) -> String {
    let inside = parts.concat().replace("#[cfg(test)]\n", "");
    let inside: String = inside.lines().map(|line| format!("    {line}\n")).collect();
    format!("\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n{inside}}}\n")
}

fn way<'a>(name: &'a str, files: &[(&'a str, String)], rule: &'a str) -> Way<'a> {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    Way { name, edits: files.iter().map(|(path, text)| (*path, some(text))).collect(), rule }
}

const LIB: &str = "src/lib.rs";

#[test]
fn rust_tests_that_move_within_their_file() {
    let flat = format!("{RUST}\n{HELPER}\n{ONES}\n{ADDS}");
    let base = [(LIB, flat.as_str())];
    let one = |name, text: String, rule| way(name, &[(LIB, text)], rule);
    let other = HELPER.replace('7', "14");
    let own = "fn add(_: i32, _: i32) -> i32 {\n    3\n}\n";
    let taken = "fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n";
    let kept = "fn some() -> Bits {\n    Bits(7)\n}\n";
    let ways = vec![
        one("into a module", format!("{RUST}{}", module(&[HELPER, ONES, ADDS])), HONEST),
        one("one of them", format!("{RUST}\n{HELPER}\n{ADDS}{}", module(&[ONES])), HONEST),
        one("in another order", format!("{RUST}{}", module(&[ADDS, ONES, HELPER])), HONEST),
        one("with a function in place of the code", format!("{RUST}{}", module(&[HELPER, own, ONES, ADDS])), REFUSED),
        one(
            "with the code itself",
            format!("{}{}", RUST.replace("a + b", "a - b"), module(&[HELPER, taken, ONES, ADDS])),
            REFUSED,
        ),
        one("with another helper", format!("{RUST}{}", module(&[&other, ONES, ADDS])), REFUSED),
        one("with a helper beside the old one", format!("{RUST}\n{HELPER}{}", module(&[kept, ONES, ADDS])), REFUSED),
        one("and one is lost", format!("{RUST}{}", module(&[HELPER, ADDS])), REFUSED),
        one("and ignored", format!("{RUST}{}", module(&[HELPER, ONES, "#[ignore]\n", ADDS])), REFUSED),
        one(
            "and says less",
            format!("{RUST}{}", module(&[HELPER, ONES, &ADDS.replace("add(1, 2), 3", "3, 3")])),
            REFUSED,
        ),
        one(
            "into a module that is not built",
            format!("{RUST}{}", module(&[HELPER, ONES, ADDS]).replace("cfg(test)", "cfg(all(test, windows))")),
            REFUSED,
        ),
    ];
    assert!(check("Rust", &base, ways) >= 8);
}

#[test]
fn rust_tests_that_move_to_another_file() {
    let inside = format!("{RUST}{}", module(&[HELPER, ONES, ADDS]));
    let base = [(LIB, inside.as_str()), ("src/more.rs", "pub fn twice(n: i32) -> i32 {\n    2 * n\n}\n")];
    let left = |parts: &[&str]| (LIB, format!("{RUST}{}", module(parts)));
    let outside = |parts: &[&str]| {
        let text = parts.concat().replace("#[cfg(test)]\n", "");
        ("tests/bits.rs", format!("use calc::*;\n\n{text}"))
    };
    let own = "fn add(_: i32, _: i32) -> i32 {\n    3\n}\n";
    let beside =
        |parts: &[&str]| ("src/more.rs", format!("pub fn twice(n: i32) -> i32 {{\n    2 * n\n}}\n{}", module(parts)));
    let flat = (LIB, format!("{RUST}\n{HELPER}\n{ONES}\n{ADDS}"));
    let ways = vec![
        way("out of it", &[flat], HONEST),
        way("into a test of its own", &[left(&[HELPER, ONES]), outside(&[ADDS])], HONEST),
        way("all, with the helper", &[(LIB, RUST.to_owned()), outside(&[HELPER, ONES, ADDS])], HONEST),
        way("into another module", &[left(&[HELPER, ONES]), beside(&[ADDS])], HONEST),
        way("with a function in place of the code", &[left(&[HELPER, ONES]), outside(&[own, ADDS])], REFUSED),
        way("into another module with a function", &[left(&[HELPER, ONES]), beside(&[own, ADDS])], REFUSED),
        way(
            "all, with another helper",
            &[(LIB, RUST.to_owned()), outside(&[&HELPER.replace('7', "14"), ONES, ADDS])],
            REFUSED,
        ),
        way("and one is lost", &[(LIB, RUST.to_owned()), outside(&[HELPER, ADDS])], REFUSED),
    ];
    assert!(check("Rust", &base, ways) >= 4);
}

#[test]
fn python_tests_that_move_to_another_file() {
    let head = "from calc import add\n\n\n";
    let helper = "def two():\n    return 2\n\n\n";
    let test = "def test_add():\n    assert add(1, two()) == 3\n\n\ndef test_none():\n    assert add(0, 0) == 0\n";
    let all = format!("{head}{helper}{test}");
    let base = [("calc.py", "def add(a, b):\n    return a + b\n"), ("tests/test_all.py", all.as_str())];
    let moved = |text: String| vec![("tests/test_all.py", String::new()), ("tests/test_add.py", text)];
    let own = "def add(a, b):\n    return {1: 3}.get(a, 0)\n\n\n";
    let ways = vec![
        way("as it is", &moved(all.clone()), HONEST),
        way("with a function in place of the code", &moved(format!("{own}{helper}{test}")), REFUSED),
        way("with another helper", &moved(format!("{head}{}{test}", helper.replace("2\n", "2.0\n"))), REFUSED),
    ];
    assert!(check("Python", &base, ways) >= 2);
}
