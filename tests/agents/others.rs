//! Agents of more people, by the settings that `git orca help agents` has for them.

use crate::support::{Real, Reply};

/// The row of an agent in the table of the help page: its settings.
fn documented(name: &str) -> String {
    let page = include_str!("../../src/cli/help/agents.md");
    let row = page.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
    let cells: Vec<&str> = row.split(" | ").collect();
    cells[1].split('`').filter(|part| part.contains(" = ")).map(|part| format!("{part}\n")).collect()
}

/// It uses no tools: it writes what the model says into files, and commits them by itself.
#[test]
fn aider_commits_what_its_model_writes_and_nothing_of_its_own() {
    let Some(mut real) = Real::new("aider") else { return };
    real.def = documented("aider").replace("\"--yes-always\"", "\"--model\", \"openai/m\", \"--yes-always\"");
    real.bed.write("app.py", "def greet():\n    return 1\n");
    real.bed.commit("an app");
    real.toml = "[gates.right]\nrun = \"grep -q right a.txt\"\n".to_owned();
    let task = real.task("A", [Reply::Say("a.txt\n```\nwrong\n```\n")]);
    real.model.answers("A", [Reply::Say("a.txt\n```\nright\n```\n")]);
    real.execute(vec![task], &[]).exits(0);
    assert_eq!((real.bed.result("a.txt").as_str(), real.attempts("A").len()), ("right", 2));
    let asked = real.model.asked("A");
    assert!(asked.len() == 2 && asked[1].text.contains("grep -q right"), "the gate's finding is in its second prompt");
    let result = format!("orca/{}/integration", real.bed.run());
    assert_eq!(real.bed.git(&["diff", "--name-only", "main", &result]).trim(), "a.txt");
    real.bed.assert_no_processes();
}
