//! Streams of coding agents: whatever a program prints, its reader and its judgement take it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use git_orca::agent::{AGENTS, Agent, Job, Transcript};
use git_orca::model::{AgentDef, Allowance, MapFiles, Task};
use git_orca::plan::{PlanEntry, Reading, read};
use git_orca::process::End;

/// The task of every job.
static TASK: LazyLock<Task> = LazyLock::new(|| {
    let plan = br#"{"orca": 1, "tasks": [{"id": "A", "title": "a", "run": "true"}]}"#;
    let files = MapFiles(BTreeMap::from([("tasks.json".to_owned(), plan.to_vec())]));
    read(&files, &PlanEntry::new("tasks.json".to_owned()), &Reading::default()).tasks.remove(0)
});

fn job() -> Job<'static> {
    Job {
        task: &TASK,
        n: 1,
        def: AgentDef::default(),
        folder: "/w".into(),
        spoken: Some("do it".into()),
        worktree: "/w".into(),
        shared: Vec::new(),
        task_file: "/t".into(),
        prompt_file: "/p".into(),
        script_file: "/s".into(),
        log: "/l".into(),
        env: BTreeMap::new(),
        resume: None,
        allowance: Allowance::default(),
        prices: BTreeMap::new(),
        root: false,
        review: None,
    }
}

/// Every agent reads it, not only the one whose program wrote it.
pub fn stream(_: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    AGENTS.iter().for_each(|agent| hear(*agent, &text));
}

fn hear(agent: &dyn Agent, text: &str) {
    let job = job();
    let mut reader = agent.reader(&job);
    let mut told = Transcript::default();
    for say in text.lines().flat_map(|line| reader.read(line)) {
        let kept = serde_json::to_string(&say).expect("what was said can be kept");
        let again: git_orca::model::AgentEvent = serde_json::from_str(&kept).expect("and read again");
        assert_eq!(again, say, "what is kept is what was said");
        told.hear(&say);
    }
    let usd = told.usage.usd;
    assert!(usd.is_finite() && usd >= 0.0, "{} used {usd} dollars", agent.name());
    for end in [End::Exited(0), End::Exited(1), End::Signaled(15), End::WallLimit, End::Stopped] {
        let _ = agent.judge(&end, &told);
    }
    let _ = agent.answer(text);
}
