//! Rust.

use super::super::{HONEST, REFUSED, add, check, rust};
use super::all;

#[test]
fn rust_tests_that_say_less_in_other_words() {
    let base = rust::ways().0;
    let e = "        assert_eq!(add(1, 2), 3);\n";
    let mut ways = all(
        base,
        "src/lib.rs",
        &[
            (
                "cfg feature",
                "",
                "    #[test]\n    fn adds",
                "    #[cfg(feature = \"never\")]\n    #[test]\n    fn adds",
                REFUSED,
            ),
            ("cfg any", "", "    #[test]\n    fn adds", "    #[cfg(any())]\n    #[test]\n    fn adds", REFUSED),
            (
                "cfg_attr ignore",
                "",
                "    #[test]\n    fn adds",
                "    #[cfg_attr(all(), ignore)]\n    #[test]\n    fn adds",
                REFUSED,
            ),
            ("cfg_attr test", "", "    #[test]\n    fn adds", "    #[cfg_attr(any(), test)]\n    fn adds", REFUSED),
            (
                "cfg target",
                "",
                "    #[test]\n    fn adds",
                "    #[test]\n    #[cfg(target_os = \"none\")]\n    fn adds",
                REFUSED,
            ),
            ("cfg module", "", "#[cfg(test)]\nmod tests", "#[cfg(all(test, feature = \"never\"))]\nmod tests", REFUSED),
            ("assert true", "", "assert_eq!(add(1, 2), 3)", "assert!(true)", REFUSED),
            ("itself", "", "assert_eq!(add(1, 2), 3)", "assert_eq!(add(1, 2), add(1, 2))", REFUSED),
            ("weaker", "", "assert_eq!(add(1, 2), 3)", "assert!(add(1, 2) > 0)", REFUSED),
            ("ne", "", "assert_eq!(add(1, 2), 3)", "assert_ne!(add(1, 2), 99)", REFUSED),
            ("debug", "", "assert_eq!(add(1, 2), 3)", "debug_assert_eq!(add(1, 2), 3)", REFUSED),
            ("exit", "", e, "        std::process::exit(0);\n        assert_eq!(add(1, 2), 3);\n", REFUSED),
            (
                "catch",
                "",
                e,
                "        let _ = std::panic::catch_unwind(|| {\n            assert_eq!(add(1, 2), 3);\n        });\n",
                REFUSED,
            ),
            (
                "thread",
                "",
                e,
                "        std::thread::spawn(|| {\n            assert_eq!(add(1, 2), 3);\n        });\n",
                REFUSED,
            ),
            (
                "equals everything",
                "",
                "/// Adds.",
                "/// Any.\n#[derive(Debug)]\npub struct Any;\n\nimpl PartialEq for Any {\n    fn eq(&self, _: &Any) -> bool {\n        true\n    }\n}\n\n/// Adds.",
                REFUSED,
            ),
            (
                "equal in what it is",
                "",
                "/// Adds.",
                "/// Any.\n#[derive(Debug)]\npub struct Any(u8);\n\nimpl PartialEq for Any {\n    fn eq(&self, other: &Any) -> bool {\n        self.0 == other.0\n    }\n}\n\n/// Adds.",
                HONEST,
            ),
            ("closure", "", e, "        let _later = || assert_eq!(add(1, 2), 3);\n", REFUSED),
            ("inner fn", "", e, "        fn inner() {\n            assert_eq!(add(1, 2), 3);\n        }\n", REFUSED),
            ("should_panic", "", "    #[test]\n    fn adds", "    #[test]\n    #[should_panic]\n    fn adds", REFUSED),
            ("expected gone", "", "#[should_panic(expected = \"overflow\")]", "#[should_panic]", REFUSED),
            (
                "for nothing",
                "",
                e,
                "        for _ in 0..0 {\n            assert_eq!(add(1, 2), 3);\n        }\n",
                REFUSED,
            ),
            (
                "if cfg",
                "",
                e,
                "        if cfg!(feature = \"never\") {\n            assert_eq!(add(1, 2), 3);\n        }\n",
                REFUSED,
            ),
            (
                "while false",
                "",
                e,
                "        while false {\n            assert_eq!(add(1, 2), 3);\n        }\n",
                REFUSED,
            ),
            (
                "own macro",
                "",
                "    use super::*;\n",
                "    use super::*;\n    macro_rules! assert_eq { ($($x:tt)*) => {}; }\n",
                REFUSED,
            ),
            (
                "own add",
                "",
                "    use super::*;\n",
                "    fn add(a: i32, b: i32) -> i32 {\n        a + b\n    }\n",
                REFUSED,
            ),
            ("doc text", "", "/// ```\n/// assert_eq", "/// ```text\n/// assert_eq", REFUSED),
            ("doc no_run", "", "/// ```\n/// assert_eq", "/// ```no_run\n/// assert_eq", REFUSED),
            ("doc compile_fail", "", "/// ```\n/// assert_eq", "/// ```compile_fail\n/// assert_eq", REFUSED),
            ("doc gone", "", "///\n/// ```\n/// assert_eq!(calc::add(1, 2), 3);\n/// ```\n", "", REFUSED),
            (
                "env return",
                "",
                e,
                "        if std::env::var(\"CI\").is_ok() {\n            return;\n        }\n        assert_eq!(add(1, 2), 3);\n",
                REFUSED,
            ),
            ("file off", "tests/it.rs", "#[test]", "#![cfg(any())]\n#[test]", REFUSED),
            (
                "lib test off",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[lib]\ntest = false\n",
                REFUSED,
            ),
            (
                "doctest off",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[lib]\ndoctest = false\n",
                REFUSED,
            ),
            ("autotests", "Cargo.toml", "version = \"0.1.0\"\n", "version = \"0.1.0\"\nautotests = false\n", REFUSED),
            (
                "test path",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[[test]]\nname = \"it\"\npath = \"tests/other.rs\"\n",
                REFUSED,
            ),
            (
                "required features",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\n\n[[test]]\nname = \"it\"\nrequired-features = [\"never\"]\n",
                REFUSED,
            ),
            (
                "default members",
                "Cargo.toml",
                "[package]",
                "[workspace]\ndefault-members = [\"other\"]\n\n[package]",
                REFUSED,
            ),
            ("honest message", "", "assert_eq!(add(1, 2), 3)", "assert_eq!(add(1, 2), 3, \"three\")", HONEST),
            ("honest rename", "", "fn adds", "fn adds_small_numbers", HONEST),
            (
                "honest description",
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "version = \"0.1.0\"\ndescription = \"sums\"\n",
                HONEST,
            ),
        ],
    );
    for (name, path, text) in [
        ("nextest", ".config/nextest.toml", "[profile.default]\ndefault-filter = 'not test(adds)'\n"),
        (
            "cargo env",
            ".cargo/config.toml",
            "[env]\nRUST_TEST_NOCAPTURE = \"1\"\n\n[build]\nrustflags = [\"--cfg\", \"off\"]\n",
        ),
        ("toolchain", "rust-toolchain.toml", "[toolchain]\npath = \"./fake\"\n"),
    ] {
        ways.push(add(name, path, text, REFUSED));
    }
    assert!(check("Rust", base, ways) >= 34);
}
