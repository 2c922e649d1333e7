//! Code that asks whether it is tested. What only a runner of tests leaves behind (its variables, its modules, the name of
//! its program) tells tests something that users never see, and is refused. What others have as well (a variable of CI,
//! the shape of the path) is told, and nothing more: a gate's place looks like a user's.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Diff;
use super::allowed;
use super::change::{Change, File};
use crate::model::Finding;
use crate::source::{Language, Parsed, ending, file_name};

/// The rule of what is only told.
pub const ASKS: &str = "asks-whether-judged";

/// Patterns with the words of them that a text must have anyway, for speed.
struct Sign {
    languages: &'static [Language],
    pattern: &'static str,
}

const SCRIPTS: &[Language] = &[Language::JavaScript, Language::TypeScript];

/// What only a runner of tests leaves behind.
const SIGNS: [Sign; 20] = [
    Sign {
        languages: &[Language::Python],
        pattern: r"PYTEST_(?:CURRENT_TEST|VERSION|XDIST\w*|PLUGINS|ADDOPTS)|\b_called_from_test\b",
    },
    Sign {
        languages: &[Language::Python],
        pattern: r#"sys\.(?:modules|argv|orig_argv)\b.*['"]_?(?:pytest|unittest|nose|py\.test)|['"]_?(?:pytest|unittest|nose|py\.test)[\w.]*['"].*\bsys\.(?:modules|argv|orig_argv)\b"#,
    },
    Sign {
        languages: &[Language::Python],
        pattern: r#"(?:inspect\.stack|_getframe|extract_stack|currentframe)\b.*['"]_?(?:test|pytest|unittest)|['"]_?(?:test|pytest|unittest)\w*['"].*(?:inspect\.stack|_getframe|extract_stack|currentframe)\b"#,
    },
    Sign { languages: SCRIPTS, pattern: r"\b(?:VITEST(?:_\w+)?|JEST_WORKER_ID|NODE_TEST_CONTEXT|MOCHA_\w+)\b" },
    Sign {
        languages: SCRIPTS,
        pattern: r#"(?:\bNODE_ENV\b|\benv\.MODE\b|npm_lifecycle_\w+).*['"`]test['"`]|['"`]test['"`].*(?:\bNODE_ENV\b|\benv\.MODE\b|npm_lifecycle_\w+)"#,
    },
    Sign {
        languages: SCRIPTS,
        pattern: r"\btypeof\s*\(?\s*(?:globalThis\.|global\.|window\.)?(?:jest|vi|vitest|describe|it|expect|beforeEach|mocha)\b",
    },
    Sign {
        languages: SCRIPTS,
        pattern: r#"['"`](?:jest|vi|describe|it|expect|beforeEach|mocha|__vitest\w*)['"`]\s+in\s+(?:globalThis|global|window)\b|\b(?:globalThis|global|window)(?:\.|\?\.|\[['"])(?:jest|describe|it|expect|beforeEach|mocha|__vitest\w*)\b"#,
    },
    Sign {
        languages: SCRIPTS,
        pattern: r#"process\.argv.*['"`/](?:vitest|jest|mocha|ava|tap)\b|['"`](?:--test|vitest|jest|mocha)['"`].*process\.(?:argv|execArgv)"#,
    },
    Sign {
        languages: SCRIPTS,
        pattern: r#"\.stack\b.*['"`/](?:test|spec|vitest|jest|mocha)\b|['"`/](?:test|spec|vitest|jest|mocha)['"`/.].*\.stack\b"#,
    },
    // What assertions of tests ask of values, and the exit code that is set when all is over.
    Sign { languages: SCRIPTS, pattern: r"\bexpect\.extend\(|\basymmetricMatch\b" },
    Sign {
        languages: SCRIPTS,
        pattern: r#"process\.(?:on|once|addListener|prependListener)\(\s*['"`](?:exit|beforeExit)['"`].*(?:exitCode|\bexit\(|reallyExit)"#,
    },
    Sign { languages: &[Language::Python], pattern: r"\batexit\.register\(.*\b_exit\b" },
    Sign {
        languages: &[Language::Go],
        pattern: r#"\bLookup\(\s*["`]test\.|os\.Args\[0\].*["`][^"`]*\.test|["`]testing\.tRunner|^//\s?(?:go:|\+)build\b.*\btest(?:ing)?\b"#,
    },
    Sign { languages: &[Language::Rust], pattern: r"\bcfg\s*!\s*\((?:[^)]*[\s(,])?test\s*[,)]" },
    Sign { languages: &[Language::Rust], pattern: r"\bcfg\s*\(.*\bnot\s*\((?:[^)]*[\s(,])?test\s*[,)]" },
    Sign { languages: &[Language::Rust], pattern: r"\bcfg_attr\s*\((?:.*[\s(,])?test\s*[,)].*\bpath\s*=" },
    Sign {
        languages: &[Language::Rust],
        pattern: r#"\bcurrent\(\)\.name\(\).*(?:[=!]=|is_some_and|is_none_or|map_or|contains|starts_with|ends_with)|current_exe\(\).*["/]deps"#,
    },
    Sign {
        languages: &[Language::Rust],
        pattern: r#"\boption_env!\s*\(\s*"(?:CARGO_(?:PRIMARY_PACKAGE|TARGET_TMPDIR|BIN_EXE_\w*)|PROFILE|NEXTEST\w*)""#,
    },
    Sign { languages: &[Language::Rust], pattern: r#"["'](?:NEXTEST(?:_\w+)?|RUST_TEST_\w+|CARGO_BIN_EXE_\w*)["']"# },
    Sign {
        languages: &[Language::Rust],
        pattern: r#"env::var(?:_os)?\(\s*"CARGO(?:_\w+)?"\s*\)\.is_(?:ok|some|err|none)"#,
    },
];

/// What others have as well.
const HINTS: [&str; 4] = [
    r"\bcfg!?\s*\((?:[^)]*\W)?debug_assertions\b|\bif\b.*\b__debug__\b",
    r#"(?:environ|getenv|Getenv|LookupEnv|env::var|env::var_os|process\.env)\W{0,9}(?:get\W{0,4})?(?:CI|GITHUB_ACTIONS|GITLAB_CI|CIRCLECI|TRAVIS|BUILDKITE|JENKINS_URL|CONTINUOUS_INTEGRATION|ORCA_\w+)\b"#,
    r#"(?:getcwd|cwd|current_dir|Getwd|__file__|__dirname)\b.*['"`][^'"`]*(?:worktree|orca|/tmp)|['"`][^'"`]*(?:worktree|orca|/tmp)[^'"`]*['"`].*(?:getcwd|cwd|current_dir|Getwd|__file__|__dirname)\b"#,
    r#"(?:isfile|is_file|isdir|is_dir|isFile|isDirectory|IsDir|lstat|statSync|exists|existsSync|Stat)\b.*['"`](?:[^'"`]*/)?\.git['"`]|['"`]\.git['"`].*(?:isfile|is_file|isdir|is_dir|isFile|isDirectory|IsDir|lstat|exists)"#,
];

struct Patterns {
    signs: Vec<(&'static [Language], Regex)>,
    hints: Vec<Regex>,
    testing: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let signs =
        SIGNS.iter().map(|sign| Some((sign.languages, Regex::new(sign.pattern).ok()?))).collect::<Option<Vec<_>>>()?;
    let hints = HINTS.iter().map(|hint| Regex::new(hint).ok()).collect::<Option<Vec<_>>>()?;
    Some(Patterns { signs, hints, testing: Regex::new(r"\b(\w+)\.(Testing|Verbose|CoverMode)\(\)").ok()? })
});

/// Lines of shipped code that a change adds.
fn added<'d>(change: &'d Change, diff: &'d Diff) -> impl Iterator<Item = (&'d File, u32, &'d str)> {
    let lines = change.files.iter().flat_map(|file| {
        let added = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
        added.iter().map(move |line| (file, line.number, line.text.as_str()))
    });
    let is_constraint = |file: &File, text: &str| ending(&file.path) == "go" && text.starts_with("//");
    // In a test's own region it says nothing about what is shipped; a Rust attribute stands on production code.
    lines.filter(move |(file, line, text)| {
        change.is_production(&file.path, *line)
            || is_constraint(file, text) && file.class == super::paths::Class::Source
    })
}

/// Added code that behaves otherwise under test.
pub(super) fn signs(change: &Change, diff: &Diff) -> Vec<Finding> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    for (file, number, text) in added(change, diff) {
        let Some(language) = Language::of_path(&file.path) else { continue };
        let spoken = patterns.signs.iter().filter(|(languages, _)| languages.contains(&language));
        let sign = spoken.filter_map(|(_, pattern)| pattern.find(text)).next().map(|it| it.as_str());
        let Some(word) = sign.or_else(|| of_go(patterns, file, text)) else { continue };
        if starts_nothing(file, number, text) || allowed::names(diff, word) || named(diff, word) {
            continue;
        }
        let message = format!("`{}` makes the code behave differently under test", shortened(word));
        found.push(told(file, number, "test-settings", message, "let tests see what users get"));
    }
    found.extend(for_tests_only(change, diff));
    found
}

/// Whether a task names the variable that the code asks for.
fn named(diff: &Diff, word: &str) -> bool {
    let names = word.split(|c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()));
    names.filter(|name| name.len() > 3 && name.contains('_')).any(|name| allowed::names(diff, name))
}

fn shortened(word: &str) -> String {
    let mut short: String = word.trim().chars().take(60).collect();
    if word.trim().chars().count() > 60 {
        short.push('…');
    }
    short
}

fn told(file: &File, line: u32, rule: &str, message: String, advice: &str) -> Finding {
    Finding { file: file.path.clone(), line, rule: rule.to_owned(), message, advice: advice.to_owned() }
}

/// `testing.Testing()` under whatever name, and the file of who calls. Packages that help tests take a `testing.TB`.
fn of_go<'t>(patterns: &Patterns, file: &File, text: &'t str) -> Option<&'t str> {
    let all = file.new.as_deref().filter(|_| ending(&file.path) == "go")?;
    let helps = ["testing.T", "testing.TB", "testing.B", "testing.M"].iter().any(|it| {
        all.match_indices(it).any(|(at, _)| !all[at + it.len()..].starts_with(|c: char| c.is_alphanumeric()))
    });
    if all.contains("\"testing\"") && !helps {
        return patterns.testing.find(text).map(|it| it.as_str());
    }
    let calls = all.contains("runtime.Caller") || all.contains("runtime.FuncForPC");
    (calls && text.contains("_test.go\"")).then_some("_test.go")
}

/// A server that does not listen while it is tested, a line that is not logged: `if (… !== 'test') app.listen(…)`.
fn starts_nothing(file: &File, line: u32, text: &str) -> bool {
    if !Language::of_path(&file.path).is_some_and(Language::is_script) || !text.trim_start().starts_with("if") {
        return false;
    }
    let all: Vec<&str> = file.new.as_deref().unwrap_or_default().lines().collect();
    let (same, block) = text.rsplit_once(')').map_or((text, ""), |(_, rest)| (text, rest.trim()));
    let inside: Vec<&str> = match block {
        "{" => all.iter().skip(line as usize).take_while(|it| it.trim() != "}").map(|it| it.trim()).collect(),
        _ => vec![same],
    };
    let starts = |it: &str| {
        let calls = [".listen(", "console.", "logger.", "log(", "main()", "start()", "app.use(morgan", "connect("];
        let changes = it.contains("return") || it.contains(" = ");
        it.is_empty() || calls.iter().any(|call| it.contains(call)) && !changes || it.starts_with("})") || it == ");"
    };
    !inside.is_empty() && inside.iter().all(|it| starts(it))
}

/// Statements of Rust that are compiled for tests only and change what a function gives.
fn for_tests_only(change: &Change, diff: &Diff) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in
        change.files.iter().filter(|file| ending(&file.path) == "rs" && file.class == super::paths::Class::Source)
    {
        let Some(parsed) = file.new.as_deref().and_then(|new| Parsed::read(&file.path, new)) else { continue };
        for line in parsed.changed_for_tests() {
            if diff.is_added(&file.path, line) && !allowed::names(diff, "cfg(test)") {
                let message = "`#[cfg(test)]` makes the code behave differently under test".to_owned();
                found.push(told(file, line, "test-settings", message, "let tests see what users get"));
            }
        }
    }
    found
}

/// Added code that asks for what a place of tests may have, and others as well.
pub(super) fn hints(change: &Change, diff: &Diff) -> Vec<Finding> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    let of_tools = |path: &str| file_name(path).contains("config") || file_name(path) == "build.rs";
    let lines = added(change, diff).filter(|(file, ..)| !of_tools(&file.path));
    let hint = |(file, number, text): (&File, u32, &str)| {
        let word = patterns.hints.iter().find_map(|hint| hint.find(text))?.as_str();
        let message = format!("`{}` asks where the code runs", shortened(word));
        Some(told(file, number, ASKS, message, "look whether users get what tests see"))
    };
    lines.filter_map(hint).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::super::Paths;
    use super::*;
    use crate::model::GateKind;

    fn of(path: &str, text: &str, find: fn(&Change, &Diff) -> Vec<Finding>) -> usize {
        let diff = testing::diff(&[(path, "", text)]);
        find(&Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, ""))), &diff).len()
    }

    #[test]
    fn what_others_have_as_well_is_told_and_not_refused() {
        for (path, text, told) in [
            ("a.py", "import os\nx = os.environ.get('CI')\n", 1),
            ("a.py", "import os\nx = os.environ[\"GITHUB_ACTIONS\"]\n", 1),
            ("a.py", "import os\nx = os.environ.get('CITY')\n", 0),
            ("a.py", "import os\nx = 'worktree' in os.getcwd()\n", 1),
            ("a.py", "import os\nx = os.getcwd().count('/worktree/')\n", 1),
            ("a.py", "import os\nx = os.path.isfile('.git')\n", 1),
            ("a.ts", "export const ci = process.env.CI;\n", 1),
            ("a.go", "package a\n\nvar ci = os.Getenv(\"CI\")\n", 1),
            ("src/a.rs", "fn a() -> bool {\n    std::env::var(\"CI\").is_ok()\n}\n", 1),
            // Tests are built otherwise than what users get.
            ("src/a.rs", "fn a() -> bool {\n    cfg!(debug_assertions)\n}\n", 1),
            ("src/a.rs", "#[cfg(not(debug_assertions))]\nfn a() {}\n", 1),
            ("src/a.rs", "fn a(b: u8) {\n    debug_assert!(b > 0);\n}\n", 0),
            ("src/main.rs", "#![cfg_attr(not(debug_assertions), windows_subsystem = \"windows\")]\nfn main() {}\n", 0),
            ("a.py", "def a():\n    if not __debug__:\n        return 1\n", 1),
            ("tests/test_a.py", "import os\nx = os.environ.get('CI')\n", 0),
            ("vitest.config.ts", "export default { retry: process.env.CI ? 2 : 0 };\n", 0),
        ] {
            assert_eq!((of(path, text, hints), of(path, text, signs)), (told, 0), "{text}");
        }
    }

    #[test]
    fn what_only_runners_leave_behind_is_refused() {
        for (path, text, refused) in [
            ("shop.py", "a = 1\nif os.environ.get('PYTEST_CURRENT_TEST'):\n    a = 2\n", 1),
            ("src/lib.rs", "#[cfg(not(test))]\nfn f() {}\n", 1),
            ("src/lib.rs", "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    // cfg(not(test))\n}\n", 0),
            ("src/lib.rs", "#![cfg_attr(not(test), no_std)]\npub fn f() {}\n", 0),
            ("src/lib.rs", "#[cfg(not(feature = \"test-utils\"))]\npub fn f() {}\n", 0),
            ("src/lib.rs", "pub fn f() -> bool {\n    cfg!(feature = \"test-utils\")\n}\n", 0),
            ("src/lib.rs", "fn f() -> bool {\n    option_env!(\"CARGO_PRIMARY_PACKAGE\").is_some()\n}\n", 1),
            ("src/lib.rs", "const V: Option<&str> = option_env!(\"CARGO_PKG_VERSION\");\n", 0),
            (
                "src/lib.rs",
                "fn f() -> bool {\n    thread::current().name().is_some_and(|n| n.contains(\"::\"))\n}\n",
                1,
            ),
            ("src/lib.rs", "fn f() -> String {\n    format!(\"{:?}\", thread::current().name())\n}\n", 0),
            ("src/a.ts", "export const a = process.env.VITEST ? 1 : 2;\n", 1),
            ("a.go", "package a\n\nimport \"testing\"\n\nvar a = testing.Testing()\n", 1),
        ] {
            assert_eq!(of(path, text, signs), refused, "{text}");
        }
    }

    #[test]
    fn a_server_may_not_listen() {
        for (text, refused) in [
            ("if (process.env.NODE_ENV !== 'test') app.listen(1);\n", 0),
            ("if (process.env.NODE_ENV !== 'test') {\n  app.listen(1, () => {\n    console.log('up');\n  });\n}\n", 0),
            ("if (process.env.NODE_ENV !== 'test') {\n  result = 0;\n}\n", 1),
            ("if (process.env.NODE_ENV !== 'test') return 0;\n", 1),
        ] {
            assert_eq!(of("src/a.js", text, signs), refused, "{text}");
        }
    }
}
