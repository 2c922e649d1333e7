//! What other tools write, in words of our own: ids, order and files that only one of them has.

use super::*;

/// A plan of several files; the first one is named.
fn plan_of(files: &[(&str, &str)]) -> Plan {
    let all = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    read(&MapFiles(all), &PlanEntry::new(files[0].0), &Reading::default())
}

/// Each task with those it waits for, directly.
fn order(plan: &Plan) -> Vec<String> {
    let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
    let direct = graph.reduced().direct;
    let shown = plan.tasks.iter().zip(&direct).map(|(task, edges)| {
        let mut first: Vec<&str> = edges.iter().map(|edge| graph.id(edge.task).as_str()).collect();
        first.sort_unstable();
        if first.is_empty() { task.id.to_string() } else { format!("{} after {}", task.id, first.join(" ")) }
    });
    shown.collect()
}

fn warned(plan: &Plan) -> Vec<u32> {
    plan.problems.iter().filter(|it| it.severity == Severity::Warning).map(|it| it.at.line).collect()
}

#[test]
fn ids_of_any_length_are_tasks_in_every_format() {
    let last = |plan: &Plan| plan.tasks.last().map(|task| task.key.clone()).unwrap_or_default();
    let rows: String = (9_998..10_003).map(|n| format!("| T{n} | Part {n} | - |\n")).collect();
    let table = plan_of(&[("plan.md", &format!("| ID | Task | Depends on |\n|---|---|---|\n{rows}"))]);
    assert_eq!((table.tasks.len(), last(&table)), (5, "T10002".to_owned()));
    let boxes: String = (9_998..10_003).map(|n| format!("- [ ] T{n} Part {n}\n")).collect();
    let speckit = plan_of(&[("specs/001-a/tasks.md", &format!("## Phase 1\n{boxes}"))]);
    assert_eq!((speckit.tasks.len(), last(&speckit)), (5, "T10002".to_owned()));
    let todos: String = (998..1_003).map(|n| format!("- [ ] {n}. Part\n\n  **What to do**:\n  - dig\n\n")).collect();
    let sisyphus = plan_of(&[(".sisyphus/plans/a.md", &format!("# A\n\n## TODOs\n\n{todos}"))]);
    assert_eq!((sisyphus.tasks.len(), last(&sisyphus)), (5, "1002".to_owned()));
    let numbered: String = (9_998..10_003).map(|n| format!("- [ ] {n}. Part\n  - _Requirements: 1.1_\n")).collect();
    let kiro = plan_of(&[(".kiro/specs/a/tasks.md", &numbered)]);
    assert_eq!((kiro.tasks.len(), last(&kiro)), (5, "10002".to_owned()));
}

#[test]
fn a_table_with_a_column_for_it_says_its_order() {
    for (head, first, second, third, expected) in [
        ("Depends on", "-", "none", "T001", ["T001", "T002", "T003 after T001"]),
        ("Blocked by", "", "T001", "", ["T001", "T002 after T001", "T003"]),
        ("依赖", "无", "T001", "T001, T002", ["T001", "T002 after T001", "T003 after T002"]),
        ("Depends on", "-", "the whole first phase", "-", ["T001", "T002 after T001", "T003"]),
    ] {
        let text = format!(
            "# Tasks\n\n| ID | Task | {head} |\n|---|---|---|\n| T001 | Dig | {first} |\n| T002 | Sow | {second} |\n| T003 | Mow | {third} |\n"
        );
        assert_eq!(order(&plan_of(&[("plan.md", &text)])), expected, "{text}");
    }
    // Without such a column the order of the document holds.
    let text = "| ID | Task | Effort |\n|---|---|---|\n| T001 | Dig | 1h |\n| T002 | Sow | 1h |\n";
    assert_eq!(order(&plan_of(&[("plan.md", text)])), ["T001", "T002 after T001"]);
}

#[test]
fn bare_numbers_that_count_a_list_are_ids() {
    let text = "# T\n\n- [ ] 1 Dig\n- [ ] 2 Sow (after 1)\n- [ ] 3 Paint the fence (after 1)\n";
    let plan = plan_of(&[("TODO.md", text)]);
    assert_eq!(plan.tasks.iter().map(|task| task.title.as_str()).collect::<Vec<_>>()[0], "Dig");
    let explicit = Reading { deps: Some([crate::model::Why::Explicit].into()), ..Reading::default() };
    let files = MapFiles([("TODO.md".to_owned(), text.as_bytes().to_vec())].into());
    assert_eq!(order(&read(&files, &PlanEntry::new("TODO.md"), &explicit)), ["1", "2 after 1", "3 after 1"]);
    // One of the words, where not every task has its number.
    let words = plan_of(&[("TODO.md", "- [ ] 3 retries at most\n- [ ] 2 workers\n- [ ] a log\n")]);
    assert_eq!(words.tasks[0].title, "3 retries at most");
    // A number that means nothing here is said.
    let unknown = plan_of(&[("TODO.md", "- [ ] Dig\n- [ ] Sow (after 1)\n- [ ] Mow (after 2024)\n")]);
    assert_eq!(warned(&unknown), [2]);
}

#[test]
fn an_id_without_a_title_is_named_and_so_are_the_boxes_below_it() {
    let text =
        "# P\n\n### T1: Dig\n**Files:** a.py\n\n### T2: Sow\n**Depends:** T1\n\n### T3:\n\n- [ ]\n- [ ] Dangling\n";
    let plan = plan_of(&[("plan.md", text)]);
    assert_eq!(plan.tasks.len(), 2);
    let unread: Vec<u32> = plan.unread.iter().map(|place| place.line).collect();
    assert_eq!(unread, [9, 11, 12]);
    // A list of checks is no task that was lost, but it is named too.
    let checks =
        "# P\n\n### T1: Dig\n**Files:** a.py\n\n### T2: Sow\n**Depends:** T1\n\n## Done when\n\n- [ ] it grows\n";
    let plan = plan_of(&[("plan.md", checks)]);
    assert!(plan.unread.is_empty());
    assert_eq!(plan.ignored[0].in_words(), "1 box outside tasks");
}

#[test]
fn task_master_in_its_shapes() {
    let of = |id: &str, after: &str| {
        format!(
            "{{\"id\": {id}, \"title\": \"Part {id}\", \"status\": \"pending\", \"dependencies\": [{after}], \"subtasks\": []}}"
        )
    };
    let (one, two) = (of("1", ""), of("2", "1"));
    let top = format!("{{\"tasks\": [{one}, {two}], \"tags\": {{\"old\": {{\"tasks\": [{}]}}}}}}", of("9", ""));
    assert_eq!(order(&plan_of(&[(".taskmaster/tasks/tasks.json", &top)])), ["1", "2 after 1"]);
    let parts = "{\"id\": 1, \"title\": \"Sow\", \"status\": \"pending\", \"dependencies\": []}";
    let nested = format!(
        "{{\"master\": {{\"tasks\": [{}, {}]}}}}",
        of("1", "").replace("\"subtasks\": []", &format!("\"subtasks\": [{parts}]")),
        of("2", "\"1.1\"")
    );
    assert_eq!(order(&plan_of(&[(".taskmaster/tasks/tasks.json", &nested)])), ["1", "2 after 1"]);
}

#[test]
fn kiro_waves_and_beads_are_short_as_well_as_long() {
    let boxes = "- [ ] 1. Dig\n  - _Requirements: 1.1_\n- [ ] 2. Sow\n- [ ] 3. Mow\n";
    for waves in ["[[\"1\", \"2\"], [\"3\"]]", "[{\"tasks\": [\"1\", \"2\"]}, {\"tasks\": [\"3\"]}]"] {
        let text = format!("{boxes}\n## Waves\n\n```json\n{{\"waves\": {waves}}}\n```\n");
        assert_eq!(order(&plan_of(&[(".kiro/specs/a/tasks.md", &text)])), ["1", "2", "3 after 1 2"], "{waves}");
    }
    let issue = |id: &str, after: &str| {
        format!(
            "{{\"id\": \"bd-{id}\", \"title\": \"Part {id}\", \"status\": \"open\", \"dependencies\": [{after}]}}\n"
        )
    };
    for after in ["\"bd-1\"", "{\"issue_id\": \"bd-2\", \"depends_on_id\": \"bd-1\", \"type\": \"blocks\"}"] {
        let text = issue("1", "") + &issue("2", after);
        assert_eq!(order(&plan_of(&[(".beads/issues.jsonl", &text)])), ["bd-1", "bd-2 after bd-1"], "{after}");
    }
}

#[test]
fn heading_tasks_of_a_change_keep_their_checkpoints() {
    let text = "# Tasks\n\n## Task 1: Dig\n\n**Files:** `a.py`\n\n- [ ] it is deep\n\n## Task 2: Sow\n\n**Depends on:** Task 1\n\n- [ ] it grows\n\n## Checkpoint\n\n- [ ] Ensure all tests pass\n";
    let plan = plan_of(&[("openspec/changes/a/tasks.md", text)]);
    let titles: Vec<&str> = plan.tasks.iter().map(|task| task.title.as_str()).collect();
    assert_eq!(titles[..2], ["Dig", "Sow"]);
    let told = plan.tasks.len() > 2 || !plan.ignored.is_empty() || !plan.unread.is_empty();
    assert!(told, "the checkpoint is a task or named");
}

#[test]
fn a_made_up_number_is_no_hint() {
    let text = "### Task 1: Dig\n**Files:** a.py\n\n### Task 2: Sow\n**Depends on:** Task 9\n";
    let plan = plan_of(&[("plan.md", text)]);
    let problem = plan.problems.iter().find(|it| it.at.line == 5).unwrap();
    assert_eq!(problem.hint, "correct the reference");
    let lettered = "### T-dig: Dig\n**Files:** a.py\n\n### T-sow: Sow\n**Depends on:** T-dog\n";
    assert!(plan_of(&[("plan.md", lettered)]).problems.iter().all(|it| it.hint != "is it `9`?"));
}
