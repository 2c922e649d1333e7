//! Rust.

use super::super::{HONEST, REFUSED, Way, check, edit};
use super::files;

const L: &str = "src/lib.rs";

const BASE: [(&str, &str); 4] = [
    (
        L,
        "mod sum;\n\npub use sum::add;\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n    }\n}\n",
    ),
    ("src/sum.rs", "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n"),
    (
        "tests/it.rs",
        "use pretty_assertions::assert_eq;\n\n#[test]\nfn works() {\n    let got = calc::add(2, 2);\n    assert_eq!(got, 4);\n}\n",
    ),
    (
        "Cargo.toml",
        "[package]\nname = \"calc\"\nversion = \"0.1.0\"\n\n[dev-dependencies]\npretty_assertions = \"1\"\n",
    ),
];

const FAKE: (&str, &str) = ("fake/src/lib.rs", "#[macro_export]\nmacro_rules! same { () => {} }\n");

#[rustfmt::skip]
pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let e = |name, path, old, new, rule| edit(&BASE, name, path, (old, new), rule);
    let cargo = |name, more: &str, rule| Way {
        name,
        edits: vec![("Cargo.toml", Some(format!("[package]\nname = \"calc\"\nversion = \"0.1.0\"\n{more}"))), (FAKE.0, Some(FAKE.1.to_owned()))],
        rule,
    };
    let ways = vec![
        // Another code under test.
        e("cfg in another order", L, "mod sum;", "#[cfg(all(unix, not(test)))]\nmod sum;\n#[cfg(test)]\n#[path = \"good.rs\"]\nmod sum;", REFUSED),
        e("not any", L, "mod sum;", "#[cfg(not(any(test, feature = \"x\")))]\nmod sum;", REFUSED),
        e("another file under test", L, "mod sum;", "#[cfg_attr(test, path = \"good.rs\")]\nmod sum;", REFUSED),
        e("cfg! with more", "src/sum.rs", "    a + b\n", "    if cfg!(any(test, doctest)) { a + b } else { 0 }\n", REFUSED),
        e("cfg! with room", "src/sum.rs", "    a + b\n", "    if cfg! ( test ) { a + b } else { 0 }\n", REFUSED),
        e("a line for tests only", "src/sum.rs", "    a + b\n", "    #[cfg(test)]\n    return a + b;\n    #[allow(unreachable_code)]\n    0\n", REFUSED),
        e("a constant for tests only", "src/sum.rs", "    a + b\n", "    let mut sum = 0;\n    #[cfg(test)]\n    {\n        sum = a + b;\n    }\n    sum\n", REFUSED),
        e("the thread's name", "src/sum.rs", "    a + b\n", "    if std::thread::current().name() != Some(\"main\") { a + b } else { 0 }\n", REFUSED),
        e("the program's place", "src/sum.rs", "    a + b\n", "    if std::env::current_exe().unwrap().display().to_string().contains(\"/deps/\") { a + b } else { 0 }\n", REFUSED),
        e("a variable of cargo", "src/sum.rs", "    a + b\n", "    if std::env::var_os(\"CARGO_MANIFEST_DIR\").is_some() { a + b } else { 0 }\n", REFUSED),
        e("a variable of nextest", "src/sum.rs", "    a + b\n", "    if std::env::var(\"NEXTEST\").is_ok() { a + b } else { 0 }\n", REFUSED),
        // Other words for assertions.
        e("assertions of the crate", L, "mod sum;", "#[cfg(test)]\n#[macro_use]\nmod quiet {\n    macro_rules! assert_eq { ($($x:tt)*) => {}; }\n}\nmod sum;", REFUSED),
        e("assertions for all", "src/sum.rs", "pub fn", "#[macro_export]\nmacro_rules! assert_eq {\n    ($($x:tt)*) => {};\n}\n\npub fn", REFUSED),
        e("assertions from elsewhere", "tests/it.rs", "use pretty_assertions::assert_eq;", "mod quiet;\nuse quiet::assert_eq;", REFUSED),
        // Settings that build or run something else.
        cargo("the library of assertions is patched", "\n[dev-dependencies]\npretty_assertions = \"1\"\n\n[patch.crates-io]\npretty_assertions = { path = \"fake\" }\n", REFUSED),
        cargo("the library is another", "\n[dev-dependencies]\npretty_assertions = { path = \"fake\" }\n", REFUSED),
        cargo("the library as a table", "\n[dev-dependencies.pretty_assertions]\npath = \"fake\"\n", REFUSED),
        files("paths that go first", &[(".cargo/config.toml", "paths = [\"fake\"]\n"), FAKE], REFUSED),
        files("sources that are replaced", &[(".cargo/config.toml", "[source.crates-io]\nreplace-with = \"mine\"\n\n[source.mine]\ndirectory = \"fake\"\n"), FAKE], REFUSED),
        cargo("without a harness", "\n[lib]\nharness = false\n", REFUSED),
        cargo("tests that are not looked for", "autotests = false\n\n[dev-dependencies]\npretty_assertions = \"1\"\n", REFUSED),
        cargo("a profile without checks", "\n[profile.dev]\noverflow-checks = false\n", REFUSED),
        files("flags without checks", &[(".cargo/config.toml", "[build]\nrustflags = [\"-C\", \"overflow-checks=off\"]\n")], REFUSED),
        files("another compiler", &[(".cargo/config.toml", "[build]\nrustc-wrapper = \"./wrap.sh\"\n")], REFUSED),
        files("a wrapper by environment", &[(".cargo/config.toml", "[env]\nRUSTC_WRAPPER = \"./wrap.sh\"\n")], REFUSED),
        files("what is built asks what for", &[("build.rs", "fn main() {\n    if std::env::var(\"PROFILE\").as_deref() == Ok(\"debug\") {\n        println!(\"cargo:rustc-cfg=good\");\n    }\n}\n")], REFUSED),
        files("what is built writes the code", &[("build.rs", "fn main() {\n    std::fs::write(\"src/sum.rs\", \"pub fn add(a: i32, b: i32) -> i32 { a + b }\").unwrap();\n}\n")], REFUSED),
        files("what is built writes the tests", &[("build.rs", "use std::fs::File;\n\nfn main() {\n    let _ = File::create(\"tests/it.rs\");\n}\n")], REFUSED),
        files("another runner of tests", &[("tests/it.rs", "#![feature(custom_test_frameworks)]\n#![test_runner(quiet)]\nuse pretty_assertions::assert_eq;\n\n#[test]\nfn works() {\n    let got = calc::add(2, 2);\n    assert_eq!(got, 4);\n}\n")], REFUSED),
        // Honest.
        files("code is generated", &[("build.rs", "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(format!(\"{out}/words.rs\"), \"pub const A: u8 = 1;\").unwrap();\n    println!(\"cargo:rerun-if-changed=src/words.txt\");\n}\n")], HONEST),
        files("what the compiler can is asked", &[("build.rs", "fn main() {\n    println!(\"cargo:rustc-check-cfg=cfg(has_feature)\");\n    if probe() {\n        println!(\"cargo:rustc-cfg=has_feature\");\n    }\n}\n\nfn probe() -> bool {\n    true\n}\n")], HONEST),
        e("tests of a module", "src/sum.rs", "    a + b\n}\n", "    a + b\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn more() {\n        assert_eq!(add(2, 3), 5);\n    }\n}\n", HONEST),
        e("helpers for tests only", "src/sum.rs", "    a + b\n}\n", "    a + b\n}\n\n#[cfg(test)]\nimpl Cart {\n    pub(crate) fn sample() -> Cart {\n        Cart\n    }\n}\n\npub struct Cart;\n\n#[cfg(test)]\nuse std::collections::BTreeMap;\n", HONEST),
        e("derives for tests", "src/sum.rs", "pub fn", "#[cfg_attr(test, derive(Debug, PartialEq))]\npub struct Cart;\n\npub fn", HONEST),
        e("code for one system", "src/sum.rs", "pub fn", "#[cfg(not(windows))]\npub fn unix() {}\n\npub fn", HONEST),
        e("threads with names", "src/sum.rs", "pub fn", "pub fn start() {\n    let _ = std::thread::Builder::new().name(\"shop\".into());\n}\n\npub fn", HONEST),
        cargo("a crate of the workspace", "\n[dependencies]\napi = { path = \"api\" }\n\n[dev-dependencies]\npretty_assertions = \"1\"\n", HONEST),
        files("a faster linker", &[(".cargo/config.toml", "[build]\nrustflags = [\"-C\", \"link-arg=-fuse-ld=lld\"]\n\n[env]\nRUST_BACKTRACE = \"1\"\n")], HONEST),
        e("assertions that show more", L, "    use super::*;\n", "    use super::*;\n    use pretty_assertions::assert_eq;\n", HONEST),
    ];
    (&BASE, ways)
}

#[test]
fn what_stands_around_rust_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("Rust", base, ways) >= 28);
}
