//! Lists of tasks in YAML, JSON and TOML: files of their own (`tasks.yaml`, `steps.json`, `plan.toml`), the `todos` in the
//! head of a Markdown file, as Cursor keeps its plans, and a fence in one that has no tasks besides.

use super::data_list::{parts, read_lists, with_lists};
use super::format::{Format, MarkPlace};
use crate::model::Severity;
use crate::plan::document::Document;
use crate::plan::plan_draft::PlanDraft;
use crate::plan::text::{self, Line, Located, Shape, YamlNode};

pub(in crate::plan) struct YamlList;

/// The same in JSON.
pub(in crate::plan) struct JsonList;

/// The same in TOML.
pub(in crate::plan) struct TomlList;

/// The list in the head of a Markdown file.
pub(in crate::plan) struct HeadList;

/// The list in a fence of a Markdown file.
pub(in crate::plan) struct FencedList;

/// What a reader makes of a text: its root, or the line and what is wrong.
type DataRoot = Result<YamlNode, (u32, String)>;

impl Format for YamlList {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let named = ["tasks.yaml", "tasks.yml", "plan.yaml", "plan.yml"].contains(&document.name());
        [".yaml", ".yml"].iter().any(|ending| document.ends_with(ending))
            && match yaml(document.text) {
                Ok(root) => !parts(&root).is_empty(),
                // A broken file of this name is a broken plan, not something else.
                Err(_) => named,
            }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        read_root(yaml(document.text), "YAML that is read", document.text, sheet);
    }
}

impl Format for JsonList {
    fn name(&self) -> &'static str {
        "json"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.ends_with(".json") && json(document.text).is_ok_and(|root| !parts(&root).is_empty())
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        read_root(json(document.text), "valid JSON", document.text, sheet);
    }
}

impl Format for TomlList {
    fn name(&self) -> &'static str {
        "toml"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let named = ["tasks.toml", "plan.toml"].contains(&document.name());
        document.ends_with(".toml")
            && match toml(document.text) {
                Ok(root) => !parts(&root).is_empty(),
                Err(_) => named,
            }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        read_root(toml(document.text), "valid TOML", document.text, sheet);
    }
}

impl Format for HeadList {
    fn name(&self) -> &'static str {
        "front-matter"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.is_markdown() && head_of(document).is_some()
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let Some(text) = head_of(document) else { return };
        read_root(yaml(&text), "YAML that is read", document.text, sheet);
        let body = document.head().map_or(0, |head| head.body);
        for line in document.lines().iter().filter(|line| line.number >= body && line.boxed().is_some()) {
            sheet.ignore("boxes below a head that lists the tasks", line.number);
        }
    }
}

impl Format for FencedList {
    fn name(&self) -> &'static str {
        "fenced-list"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Data
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        let lines = document.lines();
        document.is_markdown() && lines.iter().all(|line| line.boxed().is_none()) && fence_of(document).is_some()
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        let Some(root) = fence_of(document) else { return };
        read_root(Ok(root), "YAML that is read", document.text, sheet);
        if sheet.title.is_empty() {
            sheet.title = super::headings::title(document.lines());
        }
    }
}

fn read_root(root: DataRoot, what: &str, text: &str, sheet: &mut PlanDraft) {
    match root {
        Ok(root) => read_lists(&root, text, sheet),
        Err((line, wrong)) => sheet.problem(Severity::Error, line, format!("not {what}: {wrong}"), ""),
    }
}

fn json(text: &str) -> DataRoot {
    let located = Located::new(text);
    located.root().map(|root| with_lists(located.as_yaml(root)))
}

fn yaml(text: &str) -> DataRoot {
    text::yaml(text).map(with_lists)
}

fn toml(text: &str) -> DataRoot {
    text::toml(text).map(with_lists)
}

/// The head of a document that lists tasks, at its own lines and places: all else is blank.
fn head_of(document: &Document<'_>) -> Option<String> {
    let head = document.head().filter(|head| ["todos", "tasks", "steps"].iter().any(|key| head.has(key)))?;
    let text = only_lines(document.text, 2..head.body.saturating_sub(1));
    yaml(&text).is_ok_and(|root| !parts(&root).is_empty()).then_some(text)
}

/// Fences looked at in one document.
const MOST_FENCES: usize = 40;

/// The first fence that holds a list of tasks in which something says what comes first or how far it is.
fn fence_of(document: &Document<'_>) -> Option<YamlNode> {
    let lines = document.lines();
    let opens = |n: &usize| is_fence(&lines[*n]) && (*n == 0 || !matches!(lines[*n - 1].shape, Shape::Code(_)));
    for start in (0..lines.len()).filter(opens).take(MOST_FENCES) {
        let language = lines[start].text.trim_start_matches(['`', '~']).trim().to_lowercase();
        let end = (start + 1..lines.len()).find(|n| is_fence(&lines[*n]))?;
        let text = || only_lines(document.text, lines[start].number + 1..lines[end].number);
        let root = match language.as_str() {
            "yaml" | "yml" => yaml(&text()),
            "json" => json(&text()),
            "toml" => toml(&text()),
            _ => continue,
        };
        if let Ok(root) = root
            && !parts(&root).is_empty()
        {
            return Some(root);
        }
    }
    None
}

fn is_fence(line: &Line<'_>) -> bool {
    matches!(line.shape, Shape::Code(_)) && (line.text.starts_with("```") || line.text.starts_with("~~~"))
}

/// A text in which all but these lines, from 1, is blank, so that every place in it is one of the whole.
fn only_lines(text: &str, kept: std::ops::Range<u32>) -> String {
    let mut found = String::with_capacity(text.len());
    for (number, line) in (1u32..).zip(text.split_inclusive('\n')) {
        if kept.contains(&number) {
            found.push_str(line);
        } else {
            found.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, apply, marks, read};

    const POND: &str = "title: Pond\ntasks:\n  - id: 1\n    title: Dig the pond\n    status: done\n  - id: 2\n    title: Plant reeds\n    status: \"in progress\"\n    depends_on: [1]\n    files:\n      - pond/reeds.txt\n    acceptance_criteria:\n      - reeds stand in water\n    subtasks:\n      - buy reeds\n      - wade in\n  - id: 3\n    name: Lay stones\n    done: false\n    after:\n      - 2\n";

    fn files(text: &str) -> MapFiles {
        MapFiles([("tasks.yaml".to_owned(), text.as_bytes().to_vec())].into())
    }

    #[test]
    fn a_list_of_maps_is_a_plan_and_marks_come_back() {
        let (files, entry) = (files(POND), PlanEntry::new("tasks.yaml"));
        let plan = read(&files, &entry, &Reading::default());
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
        let shown: Vec<String> = plan
            .tasks
            .iter()
            .map(|task| {
                let after: Vec<&str> = task.after.iter().map(|edge| edge.task.as_str()).collect();
                format!("{} {} {} {after:?} {:?}", task.key, task.title, task.done, task.acceptance)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1 Dig the pond true [] []",
                "2 Plant reeds false [\"1\"] [\"reeds stand in water\"]",
                "3 Lay stones false [\"2\"] []"
            ]
        );
        assert!(plan.tasks[1].details.contains("- buy reeds\n- wade in"), "{}", plan.tasks[1].details);
        let marking = marks(&files, &entry, "", &[&plan.tasks[1], &plan.tasks[2]]);
        let marked = String::from_utf8(apply(POND.as_bytes(), &marking.edits).unwrap()).unwrap();
        assert_eq!(marked, POND.replace("\"in progress\"", "\"done\"").replace("done: false", "done: true"));
    }

    #[test]
    fn the_same_in_json_and_marks_come_back() {
        let text = "[{\"id\": 1, \"title\": \"Dig the pond\", \"status\": \"open\"},\n \
                    {\"id\": 2, \"title\": \"Plant reeds\", \"done\": false, \"dependsOn\": [1], \"files\": [\"pond/reeds.txt\"]}]\n";
        let files = MapFiles([("steps.json".to_owned(), text.as_bytes().to_vec())].into());
        let entry = PlanEntry::new("steps.json");
        let plan = read(&files, &entry, &Reading::default());
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
        assert_eq!((plan.tasks[1].after[0].task.as_str(), plan.tasks[1].files.len()), ("1", 1));
        let marking = marks(&files, &entry, "", &[&plan.tasks[0], &plan.tasks[1]]);
        let marked = String::from_utf8(apply(text.as_bytes(), &marking.edits).unwrap()).unwrap();
        assert_eq!(marked, text.replace("\"open\"", "\"done\"").replace("false", "true"));
        for text in ["{\"scripts\": {\"test\": \"jest\"}}", "[1, 2]", "[{\"id\": 1}]", "{\"tasks\": {\"build\": []}}"] {
            let files = MapFiles([("package.json".to_owned(), text.as_bytes().to_vec())].into());
            assert!(read(&files, &PlanEntry::new("package.json"), &Reading::default()).has_errors(), "{text}");
        }
    }

    #[test]
    fn phases_lists_of_titles_and_what_is_no_plan() {
        let plan = |text: &str| read(&files(text), &PlanEntry::new("tasks.yaml"), &Reading::default());
        let phased = plan(
            "phases:\n- name: One\n  tasks:\n  - {id: a, title: Dig it}\n- name: Two\n  tasks:\n  - id: b\n    title: Fill it\n",
        );
        assert_eq!(phased.tasks.iter().map(|task| task.group.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
        assert_eq!(plan("- Dig the pond\n- Plant reeds\n").tasks.len(), 2);
        assert_eq!(plan("tasks:\n- id: 1\n  title: Dig\n- status: open\n- id: 2\n  title: Fill\n").unread.len(), 1);
        for text in
            ["jobs:\n  build:\n    steps:\n    - run: make\n", "tasks:\n  build:\n    cmds: [make]\n", "- hosts: all\n"]
        {
            assert!(plan(text).has_errors(), "{text}");
        }
        let broken = plan("tasks:\n- id: 1\n\ttitle: x\n");
        assert!(broken.has_errors() && broken.problems[0].at.line == 3, "{:?}", broken.problems);
    }

    /// Key, title, state and what comes first of each task, and the text with all open ones marked.
    fn read_and_marked(name: &str, text: &str) -> (Vec<String>, String) {
        let files = MapFiles([(name.to_owned(), text.as_bytes().to_vec())].into());
        let entry = PlanEntry::new(name);
        let plan = read(&files, &entry, &Reading::default());
        assert!(!plan.has_errors(), "{name}: {:?}", plan.problems);
        let shown = plan.tasks.iter().map(|task| {
            let after: Vec<&str> = task.after.iter().map(|edge| edge.task.as_str()).collect();
            let state = if task.done {
                "x"
            } else if task.optional {
                "-"
            } else {
                " "
            };
            format!("[{state}] {} {} < {}", task.key, task.title, after.join(" "))
        });
        let open: Vec<&crate::model::Task> = plan.tasks.iter().filter(|task| !task.done && !task.optional).collect();
        let marking = marks(&files, &entry, "", &open);
        (shown.collect(), String::from_utf8(apply(text.as_bytes(), &marking.edits).unwrap()).unwrap())
    }

    const LISTED: [&str; 3] = ["[x] a Dig the pond < ", "[ ] b Plant reeds < a", "[-] c Lay stones < b"];

    #[test]
    fn the_head_of_a_markdown_file_and_a_fence_may_list_the_tasks() {
        let list = "todos:\n  - id: a\n    content: Dig the pond\n    status: completed\n  - id: b\n    content: Plant reeds\n    status: pending\n    dependencies:\n      - a\n  - id: c\n    content: Lay stones\n    status: cancelled\n    dependencies: [b]\n";
        let headed = format!("---\nname: Pond — größer\n{list}isProject: false\n---\n\n# Pond\n\n1. Look\n2. Dig\n");
        let fenced = format!("# Pond — größer\n\nWords.\n\n```yaml\n{list}```\n\nMore.\n");
        for text in [headed, fenced] {
            let (tasks, marked) = read_and_marked("pond.plan.md", &text);
            assert_eq!(tasks, LISTED);
            assert_eq!(marked, text.replace("status: pending", "status: done"));
        }
        // A plan whose boxes are its tasks keeps them, whatever a fence shows.
        let boxes = format!("- [ ] Dig the pond\n- [ ] Fill\n\n```yaml\n{list}```\n");
        assert_eq!(read_and_marked("PLAN.md", &boxes).0, ["[ ]  Dig the pond < ", "[ ]  Fill < dig-the-pond"]);
    }

    #[test]
    fn the_same_in_toml_and_marks_come_back() {
        let text = "title = \"Größe\"\n\n[[tasks]]\nid = \"a\"\ntitle = \"Dig the pond\"\nstatus = \"done\"\n\n[[tasks]]\nid = \"b\"\ntitle = \"Plant reeds\"\nstatus = \"open\"\nafter = [\"a\"]\n\n[[tasks]]\nid = \"c\"\ntitle = \"Lay stones\"\nstatus = \"dropped\"\nafter = [\"b\"]\n";
        let (tasks, marked) = read_and_marked("plan.toml", text);
        assert_eq!(
            (tasks.as_slice(), marked),
            (LISTED.map(str::to_owned).as_slice(), text.replace("\"open\"", "\"done\""))
        );
        let cargo =
            MapFiles([("Cargo.toml".to_owned(), b"[package]\nname = \"x\"\n[[bin]]\nname = \"y\"\n".to_vec())].into());
        assert!(read(&cargo, &PlanEntry::new("Cargo.toml"), &Reading::default()).has_errors());
        let broken = MapFiles([("plan.toml".to_owned(), b"[[tasks]]\nid = \n".to_vec())].into());
        assert_eq!(read(&broken, &PlanEntry::new("plan.toml"), &Reading::default()).problems[0].at.line, 2);
    }

    #[test]
    fn plans_of_other_programs_keep_their_order_and_states() {
        let wrapped = "{\"plan\": {\"title\": \"Pond\", \"steps\": [\n{\"step\": 1, \"description\": \"Dig the pond\", \"status\": \"completed\"},\n{\"step\": 2, \"description\": \"Plant reeds\", \"status\": \"pending\", \"depends_on\": [1]}]}}\n";
        let (tasks, marked) = read_and_marked("pond.json", wrapped);
        assert_eq!(
            (tasks.as_slice(), marked),
            (
                ["[x] 1 Dig the pond < ".to_owned(), "[ ] 2 Plant reeds < 1".to_owned()].as_slice(),
                wrapped.replace("pending", "done")
            )
        );
        let warrior = "[\n{\"id\":1,\"description\":\"Dig\",\"status\":\"pending\",\"uuid\":\"aa-1\"},\n{\"id\":2,\"description\":\"Fill\",\"status\":\"pending\",\"uuid\":\"bb-2\",\"depends\":[\"aa-1\"]},\n{\"id\":0,\"description\":\"Rest\",\"status\":\"completed\",\"uuid\":\"cc-3\"},\n{\"id\":0,\"description\":\"Pay\",\"status\":\"deleted\",\"uuid\":\"dd-4\"}]\n";
        assert_eq!(
            read_and_marked("warrior.json", warrior).0,
            ["[ ] 1 Dig < ", "[ ] 2 Fill < 1", "[x]  Rest < ", "[-]  Pay < "]
        );
        let features = "[{\"description\": \"It floats\", \"steps\": [\"look\"], \"passes\": false},\n{\"description\": \"It sails\", \"passes\": true}]\n";
        let (tasks, marked) = read_and_marked("feature_list.json", features);
        assert_eq!((tasks.len(), marked), (2, features.replace("false", "true")));
        let mapped =
            "tasks:\n  dig:\n    title: Dig\n    status: done\n  fill:\n    title: Fill\n    depends_on: [dig]\n";
        assert_eq!(read_and_marked("plan.yaml", mapped).0, ["[x] dig Dig < ", "[ ] fill Fill < dig"]);
        let epics = "{\"epics\": [{\"name\": \"Pond\", \"stories\": [{\"id\": \"S1\", \"title\": \"Dig\", \"status\": \"todo\"}]}]}";
        assert_eq!(read_and_marked("plan.json", epics).0, ["[ ] S1 Dig < "]);
        for pipeline in [
            "steps:\n- name: gcr.io/x\n  id: build\n  args: [a]\n",
            "steps:\n- id: a\n  name: Check out\n  uses: actions/checkout\n",
        ] {
            assert!(
                read(&files(pipeline), &PlanEntry::new("tasks.yaml"), &Reading::default()).has_errors(),
                "{pipeline}"
            );
        }
    }
}
