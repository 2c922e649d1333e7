//! Rust.

use super::{HONEST, Way, add, check, edit, remove};

const L: &str = "src/lib.rs";
const T: &str = "tests/it.rs";

const BASE: [(&str, &str); 3] = [
    (
        L,
        "/// Adds.\n///\n/// ```\n/// assert_eq!(calc::add(1, 2), 3);\n/// ```\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n        assert_eq!(add(0, 0), 0);\n    }\n\n    #[test]\n    #[should_panic(expected = \"overflow\")]\n    fn overflows() {\n        add(i32::MAX, 1);\n    }\n}\n",
    ),
    (T, "#[test]\nfn works() {\n    assert!(calc::add(2, 2) == 4, \"four\");\n}\n"),
    ("Cargo.toml", "[package]\nname = \"calc\"\nversion = \"0.1.0\"\n"),
];

pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let e = |name, old, new, rule| edit(&BASE, name, L, (old, new), rule);
    let ways = vec![
        remove("the file of tests is deleted", T, "deleted-test"),
        e("the attribute is gone", "    #[test]\n    fn adds", "    fn adds", "deleted-test"),
        e(
            "a test is deleted",
            "    #[test]\n    #[should_panic(expected = \"overflow\")]\n    fn overflows() {\n        add(i32::MAX, 1);\n    }\n",
            "",
            "deleted-test",
        ),
        e(
            "a test becomes a comment",
            "    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n        assert_eq!(add(0, 0), 0);\n    }\n",
            "    // #[test]\n    // fn adds() {}\n",
            "deleted-test",
        ),
        e("the module of tests is gone", "#[cfg(test)]\nmod tests {", "#[cfg(any())]\nmod old {", "deleted-test"),
        e("a documentation test is not run", "/// ```\n/// assert_eq", "/// ```ignore\n/// assert_eq", "deleted-test"),
        e("ignored", "    #[test]\n    fn adds", "    #[test]\n    #[ignore]\n    fn adds", "skipped-test"),
        e(
            "ignored with a reason",
            "    #[test]\n    fn adds",
            "    #[test]\n    #[ignore = \"slow\"]\n    fn adds",
            "skipped-test",
        ),
        e("an assertion is gone", "        assert_eq!(add(0, 0), 0);\n", "", "removed-assertion"),
        e(
            "an assertion becomes a comment",
            "        assert_eq!(add(0, 0), 0);\n",
            "        // assert_eq!(add(0, 0), 0);\n",
            "removed-assertion",
        ),
        e(
            "an assertion becomes a call",
            "        assert_eq!(add(0, 0), 0);\n",
            "        let _ = add(0, 0);\n",
            "removed-assertion",
        ),
        e("it expects something else", "assert_eq!(add(1, 2), 3)", "assert_eq!(add(1, 2), -1)", "changed-expectation"),
        e(
            "it expects a panic and gets none",
            "    #[should_panic(expected = \"overflow\")]\n",
            "",
            "removed-assertion",
        ),
        e(
            "below if false",
            "        assert_eq!(add(1, 2), 3);\n",
            "        if false {\n            assert_eq!(add(1, 2), 3);\n        }\n",
            "removed-assertion",
        ),
        e(
            "behind a return",
            "        assert_eq!(add(1, 2), 3);\n",
            "        return;\n        assert_eq!(add(1, 2), 3);\n",
            "removed-assertion",
        ),
        edit(
            &BASE,
            "it expects anything",
            T,
            ("calc::add(2, 2) == 4", "calc::add(2, 2) == 4 || true"),
            "changed-expectation",
        ),
        e("the code knows its test", "    a + b\n", "    if cfg!(test) { a + b } else { 0 }\n", "test-settings"),
        e("another code under test", "pub fn add", "#[cfg(not(test))]\npub fn add", "test-settings"),
        edit(
            &BASE,
            "tests without a harness",
            "Cargo.toml",
            ("version", "autotests = false\n\n[[test]]\nname = \"it\"\nharness = false\n\n[package.metadata]\nversion"),
            "test-settings",
        ),
        add(
            "another program runs the tests",
            ".cargo/config.toml",
            "[target.x86_64-unknown-linux-gnu]\nrunner = \"true\"\n",
            "test-settings",
        ),
        edit(
            &BASE,
            "overflow is no error in tests",
            "Cargo.toml",
            ("version = \"0.1.0\"\n", "version = \"0.1.0\"\n\n[profile.test]\noverflow-checks = false\n"),
            "test-settings",
        ),
        e(
            "a test more",
            "    #[test]\n    fn adds",
            "    #[test]\n    fn more() {\n        assert_eq!(add(2, 3), 5);\n    }\n\n    #[test]\n    fn adds",
            HONEST,
        ),
        e(
            "an assertion more",
            "        assert_eq!(add(0, 0), 0);\n",
            "        assert_eq!(add(0, 0), 0);\n        assert_eq!(add(-1, 1), 0);\n",
            HONEST,
        ),
        e(
            "other layout",
            "assert_eq!(add(1, 2), 3);",
            "assert_eq!(\n            add(1, 2),\n            3\n        );",
            HONEST,
        ),
        e("code and no test", "    a + b\n", "    b + a\n", HONEST),
        edit(
            &BASE,
            "a dependency",
            "Cargo.toml",
            ("version = \"0.1.0\"\n", "version = \"0.1.0\"\n\n[dependencies]\nserde = \"1\"\n"),
            HONEST,
        ),
    ];
    (&BASE, ways)
}

#[test]
fn what_is_done_to_rust_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("Rust", base, ways) >= 20);
}
