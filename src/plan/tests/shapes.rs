//! Shapes of plans that people wrote, one kind a test, each with neighbors of its own.

use super::*;

/// Key, done and title of each task.
fn tasks(name: &str, text: &str) -> Vec<String> {
    let plan = text_plan(name, text);
    plan.tasks.iter().map(|t| format!("{} {}{}", t.key, if t.done { "x " } else { "" }, t.title)).collect()
}

/// Keys that each task waits for, in whatever way.
fn waits(name: &str, text: &str, reading: &Reading) -> Vec<String> {
    let files = MapFiles([(name.to_owned(), text.as_bytes().to_vec())].into());
    let plan = read(&files, &PlanEntry::new(name), reading);
    let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
    let direct = graph.reduced().direct;
    let shown = plan.tasks.iter().zip(&direct).map(|(task, edges)| {
        let mut first: Vec<&str> = edges.iter().map(|edge| graph.id(edge.task).as_str()).collect();
        first.sort_unstable();
        format!("{}<{}", task.key, first.join(" "))
    });
    shown.collect()
}

fn explicit() -> Reading {
    Reading { deps: Some([crate::model::Why::Explicit].into()), ..Reading::default() }
}

const TASKS: &str = "specs/001-a/tasks.md";

#[test]
fn marks_of_any_shape_are_tasks_in_every_format() {
    let kiro =
        "- [!] 1. One\n  - _Requirements: 1_\n- [🚧] 2. Two\n- [ON HOLD] 3. Three\n- [✔️] 4. Four\n- [] 5. Five\n";
    assert_eq!(tasks(".kiro/specs/a/tasks.md", kiro), ["1 One", "2 Two", "3 Three", "4 x Four", "5 Five"]);
    let plain = "- [/] Half\n- [?] Unclear\n* [x]Done\n+ [ X ] Done too\n1) [>] Moved\n";
    assert_eq!(tasks("TODO.md", plain), [" Half", " Unclear", " x Done", " x Done too", " Moved"]);
    let track = "- [~] Task: One\n- [⏳] Task: Two\n- [x] Task: Three\n";
    assert_eq!(tasks("conductor/tracks/a/plan.md", track), [" One", " Two", " x Three"]);
}

#[test]
fn what_was_not_read_is_named_and_nothing_is_called_done() {
    for (name, text, line) in [
        (TASKS, "## Phase 1\n- [x] T001 a\n- [ ] fix the docs\n", 3),
        (TASKS, "## Phase 1\n- [x] T001 a\n- [Alice] T002 b\n", 3),
        (".kiro/specs/a/tasks.md", "- [x] 1. One\n  - _Requirements: 1_\n- [ ] Write the manual\n", 3),
        ("TODO.md", "- [x] a\n- [later maybe] b\n- [x] c\n", 2),
    ] {
        let plan = text_plan(name, text);
        let lines: Vec<u32> = plan.unread.iter().map(|place| place.line).collect();
        assert_eq!(lines, [line], "{text}");
        assert!(plan.problems.iter().any(|p| p.at.line == line && p.severity == Severity::Warning), "{text}");
    }
    for (name, text) in [
        (TASKS, "- [P] tasks = different files\n- [x] T001 a\n\n## Validation Checklist\n- [ ] all good\n"),
        ("TODO.md", "- [x] a\n\n- [notes](notes.md) first\n- [1] a footnote\n"),
        (
            ".kiro/specs/a/tasks.md",
            "- [x] 1. One\n  - [ ] a step\n  - _Requirements: 1_\n## Success Criteria\n- [ ] good\n",
        ),
    ] {
        assert_eq!(text_plan(name, text).unread, [], "{text}");
    }
}

#[test]
fn ids_of_spec_kit_in_many_forms() {
    let text = "## Phase 1\n- [ ] T001 a\n- [ ] [P] T002 b\n- [ ] T003-FIX [P] c\n- [ ] 004 d\n- [005] [P] e\n- [ ] T006 (shop-1.2) [P] [US1] f\n- [ ] T007 g [P]\n";
    let keys = ["T001 a", "T002 b", "T003-FIX c", "004 d", "005 e", "T006 f", "T007 g"];
    assert_eq!(tasks(TASKS, text), keys);
    let bullets = "# Tasks\n## Setup\n- T001: Lay it out\n- T002 [P] Build it\n## Dependencies\n- T002 needs nothing\n- T001 → T002\n";
    assert_eq!(tasks(TASKS, bullets), ["T001 Lay it out", "T002 Build it"]);
    let table = "| ID | Title | Effort | Done when |\n|---|---|---|---|\n| T001 | Lay it out | 2h | it lies |\n| T002 | Build it | - | it stands |\n";
    let plan = text_plan(TASKS, table);
    assert_eq!((plan.tasks[0].title.as_str(), plan.tasks[0].estimate), ("Lay it out", Some(120.0)));
    assert_eq!(plan.tasks[1].acceptance, ["it stands"]);
}

#[test]
fn fields_state_what_comes_first() {
    let heads = |fields: [&str; 3]| {
        let parts = fields
            .iter()
            .enumerate()
            .map(|(n, field)| format!("### Task {}: t{n}\n**Files:** `src/f{n}.rs`\n{field}\n\n", n + 1));
        parts.collect::<String>()
    };
    for (text, expected) in [
        (heads(["", "**Dependencies:** 1", "**Dependencies:** 1, 2"]), ["1<", "2<1", "3<2"]),
        (heads(["**Depends on:** None", "", "**Depends on:** [D: 1]"]), ["1<", "2<", "3<1"]),
        (heads(["", "", "#### Dependencies\n- Task 1 (x)\n- Task 2"]), ["1<", "2<", "3<1 2"]),
        (
            heads([
                "",
                "**Blocked by:** none (parallel-safe with Task 1)",
                "**Prerequisites**: All tasks of the base (Task 1)",
            ]),
            ["1<", "2<", "3<1"],
        ),
        (heads(["", "**依赖**: 任务 #1", "**依赖**: 无"]), ["1<", "2<1", "3<"]),
    ] {
        assert_eq!(waits("docs/plan.md", &text, &explicit()), expected, "{text}");
    }
    let plan = text_plan("docs/plan.md", heads(["", "**Dependencies:** the new database", ""]));
    assert!(plan.problems.iter().any(|p| p.what.contains("names no task") && p.at.line == 7), "{:?}", plan.problems);
}

#[test]
fn sisyphus_counts_in_its_own_ways() {
    let text = "## TODOs\n- [ ] **A1.1: Cut**\n- [ ] **A1.2: Tie**\n  **Blocked By**: A1.1\n- [ ] 3-5. **Rest**\n  **Blocked By**: A1.2\n- [ ] 6. Roof\n  **Blocked By**: Task 4\n";
    let name = ".sisyphus/plans/a.md";
    assert_eq!(tasks(name, text), ["A1.1 Cut", "A1.2 Tie", "3-5 Rest", "6 Roof"]);
    assert_eq!(waits(name, text, &explicit()), ["A1.1<", "A1.2<A1.1", "3-5<A1.2", "6<3-5"]);
}

#[test]
fn boxes_under_criteria_are_no_tasks_in_a_list() {
    let text = "- [x] 1. Sweep\n  **Done when:**\n  - [ ] no soot\n- [ ] 2. Stack\n  - Acceptance criteria:\n    - [ ] dry\n  - [ ] birch below\n- [ ] 3. Light\n";
    let plan = text_plan("docs/list.md", text);
    let shown: Vec<(u32, bool, usize)> = plan.tasks.iter().map(|t| (t.at.line, t.done, t.acceptance.len())).collect();
    assert_eq!(shown, [(1, true, 1), (7, false, 0), (8, false, 0)]);
}

#[test]
fn numbers_stand_before_boxes_and_titles_below() {
    let text = "1. [ ] Plate\n   1.1 [x] Stone\n   1.2 [ ] Hours\n2. [ ]\n   Gnomon\n   - _Requirements: 2.1_\n";
    assert_eq!(tasks(".kiro/specs/a/tasks.md", text), ["1.1 x Stone", "1.2 Hours", "2 Gnomon"]);
}

#[test]
fn what_the_text_calls_left_aside_is_among_the_problems() {
    let plan = text_plan(TASKS, "- [ ] T001 a\n  - [ ] step\n\n## Checklist\n- [ ] all good\n");
    for ignored in &plan.ignored {
        let line = ignored.places[0].line;
        assert!(plan.problems.iter().any(|p| p.at.line == line && p.what.contains(&ignored.why)), "{}", ignored.why);
    }
    assert_eq!(plan.ignored.len(), 2);
}

#[test]
fn headings_with_short_ids_are_tasks() {
    let text = "# Plan\n\n## T1: One\n\nDo it.\n\n## T2 - Two\n\nDepends on T1.\n\n## T10. Ten\n";
    assert_eq!(tasks("plan.md", text), ["T1 One", "T2 Two", "T10 Ten"]);
    assert_eq!(waits("plan.md", text, &Reading::default()), ["T1<", "T2<T1", "T10<"]);
    // Words that only begin like one are none, nor is a single one.
    assert_eq!(tasks("plan.md", "# Plan\n\n## T1 Terminal\n\n## T2 Gate\n"), [""; 0]);
    assert_eq!(tasks("plan.md", "# Plan\n\n## TLS: on\n\n## T1: One\n"), [""; 0]);
}

#[test]
fn a_title_keeps_its_own_marks() {
    assert_eq!(
        tasks("TODO.md", "- [ ] 1. `Buffer::new` is tested\n- [ ] **2.** `x` too\n"),
        ["1 `Buffer::new` is tested", "2 `x` too"]
    );
}
