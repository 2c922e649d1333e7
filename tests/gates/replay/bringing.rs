//! A branch brought as a task of a plan. What was asked for are the words of the good commit, as a person wrote them.

use std::time::{Duration, Instant};

use git_orca::journal::{CheckState, Subject};
use git_orca::model::{AttemptId, Verdict};
use serde_json::json;

use crate::support::TestRepo;

/// What became of a branch.
#[derive(Debug)]
pub struct Answer {
    /// It landed.
    pub passes: bool,
    /// Whether every gate could judge it.
    pub checked: bool,
    /// What gates said that did not pass it.
    pub said: String,
    pub seconds: f64,
}

/// Longer than any commit is judged on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// Has an agent bring a branch, once, and the found gates judge it.
pub fn bring(bed: &TestRepo, branch: &str) -> Answer {
    let words = |form: &str| bed.git(&["log", "-1", &format!("--format={form}"), "good"]);
    let (title, body) = (words("%s"), words("%b"));
    let details = if body.is_empty() { &title } else { &body };
    let run = format!("git read-tree -u --reset {branch} && git commit -q --allow-empty -C good");
    let plan = json!({"orca": 1, "tasks": [{"id": "T1", "title": title, "details": details, "run": run}]});
    let file = bed.out("plan.json").display().to_string();
    std::fs::write(&file, plan.to_string()).unwrap();
    let start = Instant::now();
    let mut running = bed.spawn(&["execute", "--yes", "--new", "--no-writeback", "--attempts", "1", &file]);
    while !running.has_ended() {
        assert!(start.elapsed() < PATIENCE, "{branch} is judged for too long: {}", running.said());
        std::thread::sleep(Duration::from_millis(50));
    }
    let out = running.wait();
    let seconds = start.elapsed().as_secs_f64();
    assert!(matches!(out.code, 0 | 5), "{branch}: {}{}", out.stdout, out.stderr);
    let attempt = Subject::Attempt(AttemptId { task: "T1".parse().unwrap(), n: 1 });
    let has_proof = bed.state().checks.keys().any(|(subject, gate)| *subject == attempt && gate.as_str() == "tdd");
    let (mut checked, mut said) = (has_proof, Vec::new());
    for ((subject, gate), check) in &bed.state().checks {
        let CheckState::Judged(judgement) = &check.state else { continue };
        let is_clean = matches!(judgement.verdict, Verdict::Pass | Verdict::NotApplicable);
        checked &= judgement.verdict != Verdict::Unchecked || *subject != attempt;
        if !is_clean {
            let all = judgement.findings.iter().take(4);
            let found: Vec<String> =
                all.map(|it| format!("\n      {} {}:{} {}", it.rule, it.file, it.line, it.message)).collect();
            said.push(format!("\n    {gate} {:?}: {}{}", judgement.verdict, judgement.reason, found.concat()));
        }
    }
    Answer { passes: out.code == 0, checked, said: said.concat(), seconds }
}
