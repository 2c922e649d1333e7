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
        assert!(plan.problems.iter().any(|p| p.at.line == line && p.what.contains(&ignored.in_words())));
    }
    assert_eq!(plan.ignored.len(), 2);
}

#[test]
fn plans_in_plain_words_are_read_where_their_file_is_named() {
    let read = |text: &str| waits("plan.md", text, &Reading::default());
    assert_eq!(read("**Task 1: Dig**\nFiles: a.txt\n\n**Task 2: Fill**\nDepends on: Task 1\n"), ["1<", "2<1"]);
    assert_eq!(read("**1. Dig**\nFiles: a.txt\n\n**2. Fill**\nDepends on: 1\n"), ["1<", "2<1"]);
    assert_eq!(read("### T-1: Dig\n### T-2: Fill\nDepends on: T-1\n"), ["T-1<", "T-2<T-1"]);
    assert_eq!(read("**T1**: Dig\n\nDeep.\n\n**T2**: Fill\nRequires: T1\n"), ["T1<", "T2<T1"]);
    assert_eq!(read("## A\n### A1: Dig\n### A2: Line\nDepends on: A1\n## B\n### B1: Fill\n"), ["A1<", "A2<A1", "B1<"]);
    assert_eq!(read("## 1. Dig\n**Files:** a.txt\n## 2. Fill\n**Depends on:** 1\n"), ["1<", "2<1"]);
    assert_eq!(read("1. Dig\n2. Fill (depends on 1)\n3. Plant\n"), ["1<", "2<1", "3<"]);
    assert_eq!(read("1. Dig\n2. Fill\n"), ["1<", "2<1"]);
    assert_eq!(read("## Steps\n1. **Dig** - `a.txt`\n2. **Fill** - `b.txt`\n   - depends on step 1\n"), ["1<", "2<1"]);
    assert_eq!(
        tasks("plan.md", "# Plan\n## Phase 1: Dig\n- Dig it\n- Line it\n## Phase 2: Fill\n- Fill it\n").len(),
        3
    );
    // Nobody who looks for plans finds one in a list.
    let lists = MapFiles([("docs/plan.md".to_owned(), b"# Plan\n1. Dig\n2. Fill\n".to_vec())].into());
    assert_eq!(find(&lists), []);
}

const GROUPS: &str = "# Plan\n\n## Phase 1\n\n#### [ ] T-001: Types\n**Dependencies**: none\n- [ ] dig one\n- [ ] dig two\n\n\
    #### [ ] T-002: Bus\n**Dependencies**: T-001\n- [ ] three\n\n## Phase 2\n\n#### T-003: Store\n**依赖**：T-001\n- [ ] four\n\n\
    #### T-004: All\n**Depends on**: T-002, T-003\n- [ ] five\n";

#[test]
fn groups_wait_for_what_they_say_and_keep_their_own_order() {
    let stated = ["<", "<dig-one", "<dig-two", "<dig-two", "<four three"];
    assert_eq!(waits("TODO.md", GROUPS, &Reading::default()), stated);
    let windows = GROUPS.replace('\n', "\r\n");
    assert_eq!(waits("TODO.md", &windows, &Reading::default()), stated);
    // Strictly, the order of the document.
    let strict = Reading { mode: Mode::Strict, ..Reading::default() };
    assert_eq!(waits("TODO.md", GROUPS, &strict), ["<", "<dig-one", "<dig-two", "<three", "<four"]);
    let numbers = "## 1. Types\n**Dependencies:** None\n- [ ] 1.1 one\n\n## 2. Bus\n**Dependencies:** 1\n- [ ] 2.1 two\n\n\
        ## 3. Store\n- **Dependencies:** 1\n- [ ] 3.1 three\n\n## 4. All\n**Dependencies:** 2-3\n- [ ] 4.1 four\n";
    let found = waits("openspec/changes/a/tasks.md", numbers, &Reading::default());
    assert_eq!(found, ["1.1<", "2.1<1.1", "3.1<1.1", "4.1<2.1 3.1"]);
}

#[test]
fn a_group_that_says_nothing_or_something_else_leaves_the_order_of_the_document() {
    for text in [
        GROUPS.replace("**依赖**：T-001\n", ""),
        GROUPS.replace("T-002, T-003", "T-002, T-009"),
        GROUPS.replace("**Dependencies**: T-001", "**Dependencies**: T-004"),
        GROUPS.replace("**Dependencies**: T-001", "**Dependencies**: the design review"),
    ] {
        let found = waits("TODO.md", &text, &Reading::default());
        assert_eq!(found, ["<", "<dig-one", "<dig-two", "<three", "<four"], "{text}");
    }
}

#[test]
fn an_order_that_words_say_is_never_read_as_independence() {
    let default = Reading::default();
    let chinese = "# 计划\n## 一\n- [ ] 任务1：结构（`package.json`）\n- [ ] 任务2：模型 `src/user.py`，依赖任务1\n- [ ] 任务3：页面 `web/a.vue`\n";
    assert_eq!(waits("TODO.md", chinese, &default), ["<", "<1-package-json", "<"]);
    let french = "# Plan\n1. [ ] Écrire `src/api.py`\n2. [ ] Écrire `tests/test_x.py` (après la tâche 1)\n3. [ ] Lire `docs/a.md`\n";
    assert!(
        waits("TODO.md", french, &default)[1].ends_with("crire-src-api-py"),
        "{:?}",
        waits("TODO.md", french, &default)
    );
    let titles = "# P\n- [ ] Model in `src/a.py`\n- [ ] Api in `src/b.py` (depends on Model)\n- [ ] UI in `web/d.ts` (blocked by \"Api\")\n";
    assert_eq!(waits("TODO.md", titles, &default), ["<", "<model-in-src-a-py", "<api-in-src-b-py-depends-on-model"]);
    // Not understood: told, and everything before it is waited for.
    let unknown = "# P\n- [ ] Model in `src/a.py`\n- [ ] Api in `src/b.py`\n- [ ] UI in `web/d.ts` (depends on the design)\n- [ ] Docs in `c.md`\n";
    let found = waits("TODO.md", unknown, &default);
    assert_eq!((found[1].as_str(), found[2].matches('-').count() > 4), ("<", true), "{found:?}");
    assert!(text_plan("TODO.md", unknown).problems.iter().any(|p| p.at.line == 4), "it is told");
    let step = "# P\n### Task 1: A\n**Files:**\n- Create: `a.py`\n\n### Task 2: B\nDo this after step 1.\n**Files:**\n- Create: `b.py`\n";
    assert_eq!(waits("docs/plan.md", step, &default), ["1<", "2<1"]);
}

#[test]
fn phases_run_beside_each_other_where_their_headings_say_so() {
    let default = Reading::default();
    let change =
        "## 1. Backend\n- [ ] 1.1 a\n\n## 2. Frontend (parallel to 1)\n- [ ] 2.1 b\n\n## 3. Docs\n- [ ] 3.1 c\n";
    assert_eq!(waits("openspec/changes/a/tasks.md", change, &default), ["1.1<", "2.1<", "3.1<1.1 2.1"]);
    let list = "# 计划\n## 第一阶段：基础\n- [ ] dig one\n## 第二阶段：界面（与第一阶段并行）\n- [ ] dig two\n## 第三阶段\n- [ ] three\n";
    assert_eq!(waits("TODO.md", list, &default), ["<", "<", "<dig-one dig-two"]);
    // About the product, or about another phase.
    for title in ["## 2. Runs in parallel", "## 2. Workers (parallel jobs)", "## 2. UI (parallel to 9)"] {
        let text = format!("## 1. A\n- [ ] 1.1 a\n\n{title}\n- [ ] 2.1 b\n");
        assert_eq!(waits("openspec/changes/a/tasks.md", &text, &default), ["1.1<", "2.1<1.1"], "{title}");
    }
}

#[test]
fn boxes_without_bullets_and_coloured_signs_are_tasks() {
    assert_eq!(tasks("TODO.md", "Now\n---\n\n[ ] Dig\n[x] Plant\n- [ ] Lay\n"), [" Dig", " x Plant", " Lay"]);
    let signs = "# P\n- 🟢 Dig\n- 🔴 Plant\n- ⬜ Lay\n- ✅ Fill\n";
    assert_eq!(tasks("TODO.md", signs), [" Dig", " Plant", " Lay", " x Fill"]);
    assert!(text_plan("TODO.md", signs).problems.iter().any(|p| p.what.contains("read as not done")));
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
