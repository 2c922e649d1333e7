//! Commits of real histories that bring code with tests, each in a repository of its own.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use git_orca::source::is_test_path;

use crate::support::TestRepo;

/// Variables of whoever measures that caches and tool chains are found by.
const CACHES: [&str; 6] = ["GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY", "CARGO_HOME", "RUSTUP_HOME"];

/// A commit as the branch `good`, its parent on `main`.
pub struct Commit<'a> {
    bed: &'a TestRepo,
    changed: Vec<(String, String)>,
}

impl<'a> Commit<'a> {
    pub fn good(bed: &'a TestRepo) -> Commit<'a> {
        let names = bed.git(&["diff", "--name-only", "--diff-filter=AM", "good^", "good"]);
        let text = |path: &str| bed.git(&["show", &format!("good:{path}")]) + "\n";
        Commit { bed, changed: names.lines().map(|path| (path.to_owned(), text(path))).collect() }
    }

    /// The files that its parent has otherwise, with their texts.
    pub fn changed(&self) -> &[(String, String)] {
        &self.changed
    }

    /// A file's text, if it has it.
    pub fn now(&self, path: &str) -> Option<String> {
        self.text("good", path)
    }

    /// A file's text in its parent.
    pub fn before(&self, path: &str) -> Option<String> {
        self.text("good^", path)
    }

    /// Files of its parent that hold tests and are still there.
    pub fn test_files_before(&self) -> Vec<(String, String)> {
        let all = self.bed.git(&["ls-tree", "-r", "--name-only", "good^"]);
        let tests = all.lines().filter(|path| is_code(path) && is_test_path(path));
        let with_text = tests.filter_map(|path| Some((path.to_owned(), self.before(path)?)));
        with_text.filter(|(path, _)| self.now(path).is_some()).collect()
    }

    fn text(&self, at: &str, path: &str) -> Option<String> {
        let object = format!("{at}:{path}");
        self.bed.git_says(&["cat-file", "-e", &object]).then(|| self.bed.git(&["show", &object]) + "\n")
    }
}

pub fn is_code(path: &str) -> bool {
    [".py", ".js", ".ts", ".go", ".rs"].iter().any(|ending| path.ends_with(ending))
}

fn git(repo: &Path, args: &[&str]) -> String {
    let out = Command::new("git").arg("-C").arg(repo).args(args).output().unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Commits with one parent that change code and add tests, newest first.
pub fn commits(repo: &Path) -> Vec<String> {
    let all = git(repo, &["log", "--no-merges", "--format=%H", "-n", "900"]);
    let fits = |commit: &&str| {
        let files = git(repo, &["diff-tree", "--no-commit-id", "--name-only", "--diff-filter=AM", "-r", commit]);
        let of = |tests: bool| files.lines().any(|path| is_code(path) && is_test_path(path) == tests);
        let inside = || {
            let lines = git(repo, &["diff-tree", "--no-commit-id", "-p", "-r", commit, "--", "*.rs"]);
            lines.lines().any(|line| line.starts_with('+') && line.trim_start_matches('+').trim() == "#[test]")
        };
        of(false) && files.lines().count() < 12 && (of(true) || inside())
    };
    all.lines().filter(fits).map(str::to_owned).collect()
}

/// A commit in a repository of its own, its parent on `main`. `packages`, where given, is what a project of Node has
/// installed.
pub fn on_its_parent(repo: &Path, commit: &str, packages: Option<&Path>) -> TestRepo {
    let mut bed = TestRepo::new();
    for name in CACHES {
        if let Ok(value) = std::env::var(name) {
            bed.set(name, &value);
        }
    }
    bed.real_cargo();
    bed.git(&["fetch", "-q", "--no-tags", &repo.display().to_string(), &format!("{commit}:refs/heads/good")]);
    bed.git(&["reset", "-q", "--hard", "good^"]);
    if let Some(packages) = packages {
        let links = links(packages);
        std::fs::write(bed.repo().join(".git/info/exclude"), "orca.toml\nnode_modules\n").unwrap();
        bed.toml(&format!("[worktree]\nsetup = '''{links}'''\n"));
    }
    bed
}

/// The line that makes installed packages a tree's own.
fn links(packages: &Path) -> String {
    let all = packages.display();
    format!("mkdir -p node_modules; for p in {all}/* {all}/.bin; do ln -sfn \"$p\" node_modules/; done")
}

/// The seconds that the project's own tests take here on a commit, as its people run them, where they pass: only such a
/// commit is good.
pub fn green(bed: &TestRepo, at: &str, packages: Option<&Path>) -> Option<f64> {
    let place = bed.root().join("suite");
    bed.git(&["worktree", "add", "-q", "--detach", &place.display().to_string(), at]);
    let links = packages.map(links).unwrap_or_else(|| "true".to_owned());
    let text = format!("{links}; {}", suite(&place));
    let start = Instant::now();
    let out = bed.command("sh").args(["-c", &text]).current_dir(&place).output().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    bed.git(&["worktree", "remove", "--force", &place.display().to_string()]);
    out.status.success().then_some(seconds)
}

fn suite(place: &Path) -> &'static str {
    let has = |name: &str| place.join(name).is_file();
    if has("Cargo.toml") {
        return "cargo test -q";
    }
    if has("go.mod") {
        return "go test ./...";
    }
    match std::fs::read_to_string(place.join("package.json")) {
        Ok(text) if text.contains("vitest") => "node_modules/.bin/vitest run",
        Ok(text) if text.contains("jest") => "node_modules/.bin/jest",
        Ok(text) if text.contains("tape") => "node_modules/.bin/tape 'test/**/*.js'",
        Ok(_) => "node --test",
        Err(_) => "python3 -m pytest -q",
    }
}
