//! A project in a repository of its own, and its gates.

use std::path::{Path, PathBuf};

use git_orca::journal::{Event, Subject};
use git_orca::model::Finding;
use serde_json::{Value, json};

use super::change::Change;
use crate::support::TestRepo;

/// What one gate said.
#[derive(Debug)]
pub struct Said {
    /// The gate.
    pub gate: String,
    /// `pass`, `fail`, `unchecked`, `not_applicable`.
    pub verdict: String,
    /// Why, for people.
    pub reason: String,
    /// Rule and place of the first finding: `coverage cart.py:14`.
    pub first: String,
}

impl Said {
    fn new(gate: &str, verdict: &str, reason: &str, findings: &[Finding]) -> Said {
        let first = findings.first().map(|found| format!("{} {}:{}", found.rule, found.file, found.line));
        let (gate, verdict, reason) = (gate.to_owned(), verdict.to_owned(), reason.to_owned());
        Said { gate, verdict, reason, first: first.unwrap_or_default() }
    }

    fn lets_through(&self) -> bool {
        matches!(self.verdict.as_str(), "pass" | "not_applicable")
    }
}

/// A project.
pub struct Project {
    /// Its repository.
    pub bed: TestRepo,
}

impl Project {
    /// A project that finds `programs` before those of the machine.
    pub fn new(programs: &[PathBuf], files: &[(&str, &str)], toml: &str) -> Project {
        let mut bed = TestRepo::new();
        bed.real_cargo();
        programs.iter().for_each(|folder| bed.programs_of(folder));
        // What the tables say is about the gates that they name, where they name some.
        if !toml.is_empty() {
            let alone = if toml.contains("[gates") { "[run]\nfound-gates = false\n" } else { "" };
            bed.toml(&format!("{alone}{toml}"));
        }
        files.iter().for_each(|(path, text)| bed.write(path, text));
        bed.commit("a project");
        Project { bed }
    }

    /// Commits each change on a branch of its own and has all gates judge it: they say what the table says, and nothing
    /// else refuses.
    pub fn judge(&self, changes: &[Change]) {
        let wrong: Vec<String> = changes.iter().filter_map(|change| self.judge_one(change)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn judge_one(&self, change: &Change) -> Option<String> {
        let (passes, said) = self.validate(change);
        let wrong = compare(change, &said);
        assert!(
            wrong.is_some() || passes == change.refused.is_empty(),
            "{}: the exit code says otherwise",
            change.name
        );
        wrong
    }

    /// Commits a change on a branch of its own and has all gates judge it: whether they let it through, and what each said.
    pub fn validate(&self, change: &Change) -> (bool, Vec<Said>) {
        self.bed.git(&["switch", "-q", "-c", change.name, "main"]);
        change.files.iter().for_each(|(path, text)| self.bed.write(path, text));
        self.bed.commit(change.name);
        self.bed.git(&["switch", "-q", "main"]);
        let output = self.bed.orca(&["validate", "--yes", "--json", change.name]);
        let answer: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{}", output.stderr));
        let gates = answer["results"][0]["gates"].as_array().unwrap();
        let passes = answer["passed"].as_bool().unwrap();
        output.exits(if passes { 0 } else { 5 });
        (passes, gates.iter().map(said).collect())
    }

    /// Runs a plan in which each change is a task about `files`, and compares as [`Project::judge`] does.
    pub fn execute(&self, changes: &[(Change, &[&str])]) {
        let tasks = changes.iter().map(|(change, files)| {
            json!({"id": change.name, "title": change.name, "files": files, "run": self.writes(change)})
        });
        self.bed.plan(json!(tasks.collect::<Vec<_>>()));
        let refused = changes.iter().any(|(change, _)| !change.refused.is_empty());
        self.bed.execute(&["--new"]).exits(if refused { 5 } else { 0 });
        let wrong = changes.iter().filter_map(|(change, _)| compare(change, &self.said_of(change.name)));
        let wrong: Vec<String> = wrong.collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Shell text that writes the files of a change: copies of files beside the repository, so that nothing is quoted.
    fn writes(&self, change: &Change) -> String {
        let one = |(n, (path, text)): (usize, &(&str, String))| {
            let source = self.bed.out(&format!("{}-{n}", change.name));
            std::fs::write(&source, text).unwrap();
            format!("mkdir -p \"$(dirname {path})\"; cp {} {path}\n", source.display())
        };
        change.files.iter().enumerate().map(one).collect()
    }

    /// What the gates said of a task's first attempt in the latest run.
    pub fn said_of(&self, task: &str) -> Vec<Said> {
        let of = |subject: &Subject| matches!(subject, Subject::Attempt(id) if id.task.as_str() == task && id.n == 1);
        let events = self.bed.journal().into_iter().filter_map(|entry| match entry.event {
            Event::Judged { subject, gate, verdict, reason, findings, .. } if of(&subject) => {
                let verdict = serde_json::to_value(verdict).unwrap();
                Some(Said::new(gate.as_str(), verdict.as_str().unwrap(), &reason, &findings))
            }
            _ => None,
        });
        events.collect()
    }
}

fn said(gate: &Value) -> Said {
    let text = |key: &str| gate[key].as_str().unwrap_or_default().to_owned();
    let findings: Vec<Finding> = serde_json::from_value(gate["findings"].clone()).unwrap();
    Said::new(&text("name"), &text("verdict"), &text("reason"), &findings)
}

/// What is wrong with what the gates said of a change: not exactly the gate that is expected to refuses, by failing, for
/// the reason that is expected.
fn compare(change: &Change, said: &[Said]) -> Option<String> {
    let refusing: Vec<String> = said
        .iter()
        .filter(|said| !said.lets_through())
        .map(|said| match said.verdict.as_str() {
            "fail" => format!("{} {}", said.gate, said.first),
            verdict => format!("{} {verdict}", said.gate),
        })
        .collect();
    let expected: Vec<&str> = Some(change.refused).filter(|refused| !refused.is_empty()).into_iter().collect();
    let right = refusing == expected && !said.is_empty();
    (!right).then(|| format!("{}: expected {expected:?}, found {refusing:?}\n{said:#?}", change.name))
}

/// One gate says so: verdict, and rule and place of the first finding.
#[track_caller]
pub fn says(said: &[Said], gate: &str, verdict: &str, first: &str) {
    let one = said.iter().find(|said| said.gate == gate).unwrap_or_else(|| panic!("no {gate} in {said:?}"));
    assert_eq!((one.verdict.as_str(), one.first.as_str()), (verdict, first), "{}", one.reason);
}

/// A folder of the cache that `.ci/run` fills, if it has `program`.
pub fn cached(folder: &str, program: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("ORCA_CI_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache/orca-ci")))?;
    let folder = cache.join(folder);
    folder.join(program).exists().then_some(folder)
}
