//! Names that mean something else in a file of tests than before: what a test calls is taken from a file of tests instead of
//! the code, what a runner brings is made by hand, what wraps a test keeps its failures.

use super::super::{Diff, TreeFiles};
use super::allowed;
use super::called::{Import, imports, is_word, resolved};
use super::change::{Change, File};
use super::paths::{Class, Paths};
use crate::model::Finding;
use crate::source::{Definition, Language, Parsed, TestCode};

/// What runners of scripts bring.
const OF_RUNNERS: [&str; 11] =
    ["it", "test", "describe", "suite", "expect", "assert", "beforeEach", "afterEach", "beforeAll", "afterAll", "fail"];

/// Every such name that a change brings.
pub(super) fn shadows(change: &Change, diff: &Diff, paths: &Paths) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in change.files.iter().filter(|file| file.class == Class::Test) {
        let (Some(old), Some(new)) = (&file.old, &file.new) else { continue };
        let kept: Vec<&TestCode> = change.before.iter().filter(|case| case.path == file.path).collect();
        if kept.is_empty() {
            continue;
        }
        let checks: String =
            kept.iter().flat_map(|case| &case.checks).map(|check| format!("{}\n", check.text)).collect();
        found.extend(taken_from_tests(file, (old, new), &checks, &diff.new, paths));
        found.extend(made_by_hand(file, (old, new)));
        found.extend(wrapped(change, file, &kept));
    }
    for file in change.files.iter().filter(|file| Language::of_path(&file.path) == Some(Language::Python)) {
        found.extend(assertions_of_its_own(file, diff));
    }
    found.retain(|it| !allowed::names(diff, "mock") && !allowed::names(diff, it.file.as_str()));
    found
}

fn finding(file: &File, line: u32, message: String) -> Finding {
    let advice = "let the tests call the code itself, and the runner's own functions".to_owned();
    Finding { file: file.path.clone(), line, rule: "stand-in".to_owned(), message, advice }
}

/// What the tests insist on, taken from a file of tests that does not take it from where it came before.
fn taken_from_tests(
    file: &File,
    (old, new): (&str, &str),
    checks: &str,
    tree: &TreeFiles,
    paths: &Paths,
) -> Option<Finding> {
    let (before, after) = (imports(&file.path, old), imports(&file.path, new));
    for import in &after {
        for name in import.names.iter().filter(|name| is_word(checks, name)) {
            let earlier: Vec<&Import> = before.iter().filter(|was| was.names.contains(name)).collect();
            if earlier.is_empty() || earlier.iter().any(|was| was.from == import.from) {
                continue;
            }
            let Some(place) = place_of(&file.path, import, tree).filter(|it| paths.class(it) == Class::Test) else {
                continue;
            };
            let passes_on = |was: &&Import| {
                let theirs = tree.text(&place).map(|text| imports(&place, &text)).unwrap_or_default();
                let of_old = place_of(&file.path, was, tree);
                theirs.iter().any(|it| it.from == was.from || of_old.is_some() && place_of(&place, it, tree) == of_old)
            };
            if !earlier.iter().any(passes_on) {
                let line = 1 + new.lines().position(|line| is_word(line, name)).unwrap_or_default();
                let message = format!(
                    "`{name}`, which tests here call, comes from `{place}` now: they would no longer test the project's own"
                );
                return Some(finding(file, u32::try_from(line).unwrap_or(1), message));
            }
        }
    }
    None
}

/// The file of the tree that an import means; none for packages.
fn place_of(path: &str, import: &Import, tree: &TreeFiles) -> Option<String> {
    let candidates: Vec<String> = match Language::of_path(path)? {
        Language::JavaScript | Language::TypeScript => {
            let stem = resolved(path, &import.from)?;
            let endings = [".ts", ".js", ".mjs", ".cjs", ".tsx", ".jsx", ".mts", ".cts", "/index.ts", "/index.js"];
            endings.iter().map(|ending| format!("{stem}{ending}")).collect()
        }
        Language::Python => {
            let dots = import.from.len() - import.from.trim_start_matches('.').len();
            let module = import.from.trim_start_matches('.').replace('.', "/");
            let mut folders: Vec<&str> = path.split('/').collect();
            let own = folders.len().checked_sub(dots.max(1))?;
            folders.truncate(own);
            let beside = folders.join("/");
            let roots = if dots > 0 { vec![beside] } else { vec![String::new(), "src".to_owned(), beside] };
            let below = roots.into_iter().map(|root| format!("{root}/{module}").trim_matches('/').to_owned());
            below.flat_map(|stem| [format!("{stem}.py"), format!("{stem}/__init__.py")]).collect()
        }
        _ => return None,
    };
    candidates.into_iter().find(|path| tree.has(path))
}

/// A runner's own function, made anew at the top of the file. A runner's with fixtures is made of the runner's.
fn made_by_hand(file: &File, (old, new): (&str, &str)) -> Option<Finding> {
    if !Language::of_path(&file.path)?.is_script() {
        return None;
    }
    let made = |text: &str| -> Vec<(Definition, String)> {
        let parsed = Parsed::read(&file.path, text);
        let all = parsed.map(|parsed| parsed.definitions()).unwrap_or_default().into_iter();
        let own = all.filter(|it| it.is_top_level() && OF_RUNNERS.contains(&it.name.as_str()));
        own.map(|it| (lines_of(text, &it), it)).map(|(lines, it)| (it, lines)).collect()
    };
    let known = made(old);
    let of_the_runner =
        |text: &str| [".extend(", "require(", "import(", "globalThis", "import "].iter().any(|it| text.contains(it));
    let (it, _) = made(new)
        .into_iter()
        .find(|(it, text)| !of_the_runner(text) && !known.iter().any(|(was, _)| was.name == it.name))?;
    Some(finding(file, it.first_line, format!("`{}` is made here, in place of the test runner's own", it.name)))
}

fn lines_of(text: &str, it: &Definition) -> String {
    let from = (it.first_line as usize).saturating_sub(1);
    text.lines().take(it.last_line as usize).skip(from).collect::<Vec<_>>().join("\n")
}

/// A decorator that a test of the base has now, made in this change, and that does not call it or keeps its failures.
fn wrapped(change: &Change, file: &File, kept: &[&TestCode]) -> Option<Finding> {
    if Language::of_path(&file.path) != Some(Language::Python) {
        return None;
    }
    let decorators = |body: &str| -> Vec<String> {
        let head = body.split("def ").next().unwrap_or_default();
        let named = head.split('@').skip(1).map(|it| it.split(|c: char| !c.is_alphanumeric() && c != '_').next());
        named.flatten().map(str::to_owned).collect()
    };
    let made: Vec<(Definition, String)> = change
        .files
        .iter()
        .filter_map(|file| Some((file, file.new.as_deref()?)))
        .flat_map(|(file, text)| {
            let all = Parsed::read(&file.path, text).map(|parsed| parsed.definitions()).unwrap_or_default();
            all.into_iter().map(|it| (lines_of(text, &it), it)).map(|(lines, it)| (it, lines)).collect::<Vec<_>>()
        })
        .collect();
    for before in kept {
        let Some(now) = change.after.iter().find(|now| now.is_same(before)) else { continue };
        let known = decorators(&before.body);
        for name in decorators(&now.body).into_iter().filter(|name| !known.contains(name)) {
            let keeps = made.iter().find(|(it, _)| it.name == name).is_some_and(|(_, text)| keeps_to_itself(text));
            if keeps {
                let message = format!("`@{name}` keeps `{}` from running or from failing", now.name());
                return Some(finding(file, now.line, message));
            }
        }
    }
    None
}

/// Whether a decorator does not call what it is given, or lets nothing out.
fn keeps_to_itself(text: &str) -> bool {
    let Some((_, rest)) = text.split_once('(') else { return false };
    let given = rest.split([')', ',', ':']).next().unwrap_or_default().trim();
    let body = rest.split_once(':').map_or("", |(_, body)| body);
    let is_used = given.is_empty() || body.contains(&format!("{given}(")) || body.contains(&format!("return {given}"));
    !is_used || body.contains("except") && !body.contains("raise") || body.contains("suppress(")
}

/// unittest's assertions by another meaning, in a class of the project's own or put into unittest's.
fn assertions_of_its_own(file: &File, diff: &Diff) -> Option<Finding> {
    file.new.as_deref()?;
    let added = diff.file(&file.path).map(|file| file.added.as_slice()).unwrap_or_default();
    for line in added {
        let text = line.text.trim();
        let defined = text.strip_prefix("def ").and_then(|rest| rest.split('(').next()).unwrap_or_default();
        let put = text.split_once('=').filter(|(_, value)| !value.starts_with('=')).map_or("", |(left, _)| left.trim());
        let put = put.rsplit_once('.').filter(|(owner, _)| owner.ends_with("TestCase")).map_or("", |(_, name)| name);
        let is_of_unittest = |name: &str| UNITTEST.contains(&name);
        if is_of_unittest(defined) && file.class == Class::Test || is_of_unittest(put) {
            let name = if put.is_empty() { defined } else { put };
            let message = format!(
                "`{name}` means something of its own here: tests that call it do not assert what unittest would"
            );
            return Some(finding(file, line.number, message));
        }
    }
    None
}

/// Assertions of Python's unittest that are met most.
const UNITTEST: [&str; 18] = [
    "assertEqual",
    "assertNotEqual",
    "assertTrue",
    "assertFalse",
    "assertIs",
    "assertIsNot",
    "assertIsNone",
    "assertIsNotNone",
    "assertIn",
    "assertNotIn",
    "assertRaises",
    "assertRaisesRegex",
    "assertAlmostEqual",
    "assertGreater",
    "assertLess",
    "assertDictEqual",
    "assertListEqual",
    "assertCountEqual",
];
