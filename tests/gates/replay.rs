//! Real history as tasks: each commit that adds code with tests is judged as it is, and mutilated. Counted are commits that
//! are refused although they are good, and mutilated ones that pass.
//!
//! `ORCA_REPLAY=/path/to/repository[:/another…] cargo test --test gates replay -- --nocapture` measures others' history;
//! without it a small one of our own in the same shape is replayed.

use std::path::{Path, PathBuf};
use std::process::Command;

use git_orca::source::is_test_path;
use serde_json::Value;

use crate::support::{TestRepo, TestRequirement, needs};

/// Commits of a repository that are replayed at most, newest first.
const MOST: usize = 12;

/// What became of replayed commits.
#[derive(Debug, Default)]
struct Tally {
    good: usize,
    refused: Vec<String>,
    mutilated: usize,
    passed: Vec<String>,
    /// Where the tests could not be judged: no pass, and told as such.
    not_checked: usize,
}

/// How a commit is made worse.
#[derive(Debug, Clone, Copy)]
enum Mutilation {
    /// A file of tests that was there goes.
    TestsDeleted,
    /// Every assertion insists on nothing.
    Vacuous,
    /// A line of the new code is wrong.
    WrongCode,
    /// A new test is left out.
    Skipped,
}

impl Mutilation {
    const ALL: [Mutilation; 4] =
        [Mutilation::TestsDeleted, Mutilation::Vacuous, Mutilation::WrongCode, Mutilation::Skipped];
}

/// The files of a commit that its parent has otherwise, with their texts.
fn changed(bed: &TestRepo, commit: &str) -> Vec<(String, String)> {
    let names = bed.git(&["diff", "--name-only", "--diff-filter=AM", &format!("{commit}^"), commit]);
    let text = |path: &str| bed.git(&["show", &format!("{commit}:{path}")]);
    names.lines().map(|path| (path.to_owned(), text(path) + "\n")).collect()
}

fn is_code(path: &str) -> bool {
    [".py", ".js", ".ts", ".go", ".rs"].iter().any(|ending| path.ends_with(ending))
}

/// The changed files, worse; none where this commit gives no opportunity.
fn mutilate(bed: &TestRepo, commit: &str, how: Mutilation) -> Option<Vec<(String, Option<String>)>> {
    let files = changed(bed, commit);
    let tests = || files.iter().filter(|(path, _)| is_code(path) && is_test_path(path));
    let worse = |edit: &dyn Fn(&str, &str) -> String| -> Option<Vec<(String, Option<String>)>> {
        let edited: Vec<_> = tests().map(|(path, text)| (path.clone(), text, edit(path, text))).collect();
        let changed = edited.iter().any(|(_, text, new)| *text != new);
        changed.then(|| edited.into_iter().map(|(path, _, new)| (path, Some(new))).collect())
    };
    match how {
        Mutilation::TestsDeleted => {
            let all = bed.git(&["ls-tree", "-r", "--name-only", &format!("{commit}^")]);
            let gone = all.lines().find(|path| {
                let text = || bed.git(&["show", &format!("{commit}^:{path}")]);
                is_code(path) && is_test_path(path) && (text().contains("def test") || text().contains("assert"))
            })?;
            Some(vec![(gone.to_owned(), None)])
        }
        Mutilation::Vacuous => worse(&|path, text| by_line(text, &|line| vacuous(path, line))),
        Mutilation::Skipped => worse(&|path, text| by_line(text, &|line| skipped(path, line))),
        Mutilation::WrongCode => {
            let (path, text) = files.iter().find(|(path, text)| {
                is_code(path) && !is_test_path(path) && text.lines().any(|line| wrong(path, line).is_some())
            })?;
            let parent = format!("{commit}^");
            let was_there = !bed.git(&["ls-tree", &parent, "--", path]).is_empty();
            let before = if was_there { bed.git(&["show", &format!("{parent}:{path}")]) } else { String::new() };
            let is_new = |line: &str| !before.lines().any(|old| old == line);
            let new = by_line(text, &|line| wrong(path, line).filter(|_| is_new(line)));
            (new != *text).then(|| vec![(path.clone(), Some(new))])
        }
    }
}

fn by_line(text: &str, edit: &dyn Fn(&str) -> Option<String>) -> String {
    text.lines().map(|line| format!("{}\n", edit(line).unwrap_or_else(|| line.to_owned()))).collect()
}

fn indented(line: &str, text: &str) -> String {
    format!("{}{text}", &line[..line.len() - line.trim_start().len()])
}

/// An assertion of one line that insists on nothing.
fn vacuous(path: &str, line: &str) -> Option<String> {
    let bare = line.trim();
    let whole = bare.matches(['(', '[', '{']).count() == bare.matches([')', ']', '}']).count();
    let kept = match path.rsplit('.').next()? {
        "py" if bare.starts_with("assert ") => "assert True",
        "js" | "ts" if bare.starts_with("assert") || bare.starts_with("expect(") => ";",
        "rs" if bare.starts_with("assert") && bare.ends_with(';') => "assert!(true);",
        _ => return None,
    };
    whole.then(|| indented(line, kept))
}

fn skipped(path: &str, line: &str) -> Option<String> {
    let bare = line.trim();
    match path.rsplit('.').next()? {
        "py" if bare.starts_with("def test") => {
            let mark = indented(line, "@__import__('pytest').mark.skip");
            Some(format!("{mark}\n{line}"))
        }
        "js" | "ts" if bare.starts_with("test(") || bare.starts_with("it(") => {
            Some(line.replacen("test(", "test.skip(", 1).replacen("it(", "it.skip(", 1))
        }
        "rs" if bare == "#[test]" => Some(format!("{line}\n{}", indented(line, "#[ignore]"))),
        _ => None,
    }
}

/// A line that gives something back, giving something else.
fn wrong(path: &str, line: &str) -> Option<String> {
    let value = line.trim().strip_prefix("return ")?.trim_end_matches(';');
    match path.rsplit('.').next()? {
        "py" if !value.is_empty() && value != "None" && !value.ends_with(['(', '[', '{', '\\']) => {
            Some(indented(line, "return None"))
        }
        "js" | "ts" if !value.ends_with(['(', '[', '{']) => Some(indented(line, "return undefined;")),
        _ => None,
    }
}

/// Commits with one parent that change code and tests.
fn commits(repo: &Path) -> Vec<String> {
    let git = |args: &[&str]| {
        let out = Command::new("git").arg("-C").arg(repo).args(args).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let all = git(&["log", "--no-merges", "--format=%H", "-n", "400"]);
    let fits = |commit: &&str| {
        let files = git(&["diff-tree", "--no-commit-id", "--name-only", "--diff-filter=AM", "-r", commit]);
        let of = |tests: bool| files.lines().any(|path| is_code(path) && is_test_path(path) == tests);
        of(true) && of(false) && files.lines().count() < 12
    };
    all.lines().filter(fits).take(MOST).map(str::to_owned).collect()
}

/// A commit in a repository of its own, its parent on `main`.
fn on_its_parent(repo: &Path, commit: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.git(&["fetch", "-q", "--no-tags", &repo.display().to_string(), &format!("{commit}:refs/heads/good")]);
    bed.git(&["reset", "-q", "--hard", "good^"]);
    bed
}

/// What the found gates say of a branch: whether they let it through, and whether they could judge its tests.
fn judged(bed: &TestRepo, branch: &str) -> (bool, bool) {
    let answer: Value = serde_json::from_str(&bed.orca(&["validate", "--yes", "--json", branch]).stdout).unwrap();
    let gates = answer["results"][0]["gates"].as_array().unwrap();
    let open = gates.iter().any(|gate| gate["verdict"] == "unchecked");
    (answer["passed"].as_bool().unwrap(), !open)
}

/// Judges the commits of a repository; of `every` mutilations one is tried with each, in turn.
fn replay(repo: &Path, every: usize, tally: &mut Tally) {
    let name = repo.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for (n, commit) in commits(repo).into_iter().enumerate() {
        let bed = on_its_parent(repo, &commit);
        let (passes, checked) = judged(&bed, "good");
        tally.good += 1;
        tally.not_checked += usize::from(passes && !checked);
        if !passes {
            tally.refused.push(format!("{name} {}", &commit[..8]));
        }
        for how in Mutilation::ALL.into_iter().skip(n % every).step_by(every) {
            let Some(files) = mutilate(&bed, "good", how) else { continue };
            let branch = format!("{how:?}").to_lowercase();
            bed.git(&["switch", "-q", "-c", &branch, "good"]);
            for (path, text) in &files {
                match text {
                    Some(text) => bed.write(path, text),
                    None => std::fs::remove_file(bed.repo().join(path)).unwrap(),
                }
            }
            bed.git(&["add", "-A"]);
            bed.git(&["commit", "-q", "--amend", "--no-edit"]);
            bed.git(&["switch", "-q", "main"]);
            let (passes, checked) = judged(&bed, &branch);
            tally.mutilated += 1;
            if passes && checked {
                tally.passed.push(format!("{name} {} {branch}", &commit[..8]));
            }
        }
    }
}

/// A history in the shape of real ones: features with tables of tests, a mended bug, a moved function.
fn own_history() -> TestRepo {
    let bed = TestRepo::new();
    bed.write(
        "pyproject.toml",
        "[project]\nname = \"shop\"\nversion = \"1\"\n[tool.pytest.ini_options]\npythonpath = [\".\"]\n",
    );
    bed.commit("A project");
    bed.write("cart.py", "def total(prices):\n    return sum(prices)\n");
    bed.write("tests/test_cart.py", "from cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n");
    bed.commit("a cart");
    bed.write(
        "cart.py",
        "def total(prices):\n    return sum(prices)\n\n\ndef discounted(prices, percent):\n    if not 0 <= percent <= 100:\n        raise ValueError(percent)\n    return total(prices) * (100 - percent) // 100\n",
    );
    bed.write(
        "tests/test_discount.py",
        "import pytest\n\nfrom cart import discounted\n\n\n@pytest.mark.parametrize(\"percent, want\", [(0, 200), (10, 180), (100, 0)])\ndef test_discounted(percent, want):\n    assert discounted([100, 100], percent) == want\n\n\ndef test_more_than_all():\n    with pytest.raises(ValueError):\n        discounted([1], 101)\n",
    );
    bed.commit("Discounts");
    bed.write(
        "cart.py",
        &std::fs::read_to_string(bed.repo().join("cart.py"))
            .unwrap()
            .replace("    return sum(prices)\n", "    return sum(price for price in prices if price is not None)\n"),
    );
    bed.write(
        "tests/test_cart.py",
        "from cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\ndef test_a_price_that_is_not_known_counts_nothing():\n    assert total([1, None]) == 1\n",
    );
    bed.commit("Prices that are not known");
    bed
}

#[test]
fn good_commits_pass_and_mutilated_ones_do_not() {
    let given: Vec<PathBuf> =
        std::env::var_os("ORCA_REPLAY").map(|all| std::env::split_paths(&all).collect()).unwrap_or_default();
    let own = own_history();
    if given.is_empty() && !own.succeeds("pytest", &["--version"]) {
        return needs(TestRequirement::Pytest);
    }
    let repositories = if given.is_empty() { vec![own.repo()] } else { given.clone() };
    let mut tally = Tally::default();
    // CI looks at one of each kind; who measures tries all.
    let every = if given.is_empty() { Mutilation::ALL.len() } else { 1 };
    repositories.iter().for_each(|repo| replay(repo, every, &mut tally));
    eprintln!(
        "{} good commits, {} refused, {} not wholly checked; {} mutilated, {} passed\nrefused: {:?}\npassed: {:?}",
        tally.good,
        tally.refused.len(),
        tally.not_checked,
        tally.mutilated,
        tally.passed.len(),
        tally.refused,
        tally.passed,
    );
    if given.is_empty() {
        assert_eq!((tally.good, tally.refused.len(), tally.passed.len()), (3, 0, 0), "{tally:?}");
        assert!(tally.mutilated >= 2, "{tally:?}");
    }
}
