//! Issues of GitHub as `gh issue list --json number,title,body,state,labels,milestone` writes them. "Blocked by #12" and "depends on
//! #12" are order, a list of issues in a body makes it wait for them. What a body says is shown to agents, never executed.

use super::format::{Format, MarkPlace};
use super::shared::declared_files;
use crate::model::{Severity, Why};
use crate::plan::document::Document;
use crate::plan::names::Names;
use crate::plan::plan_draft::{Item, Link, Order, PlanDraft};
use crate::plan::text::{
    Grammar, Located, Node, References, Relation, Shape, plain_title, priority_of, scan, task_title,
};

pub(in crate::plan) struct GithubIssues;

/// Bytes of a body that are kept.
const MAX_BODY: usize = 64 << 10;

impl Format for GithubIssues {
    fn name(&self) -> &'static str {
        "github-issues"
    }

    fn mark(&self) -> MarkPlace {
        MarkPlace::Elsewhere("issues are closed where they are: gh issue close NUMBER")
    }

    fn fits(&self, document: &Document<'_>) -> bool {
        document.ends_with(".json") && document.text.contains("\"number\"") && {
            let located = Located::new(document.text);
            located.root().is_ok_and(|root| !issues(root).is_empty())
        }
    }

    fn read(&self, document: &Document<'_>, sheet: &mut PlanDraft) {
        sheet.order = Order::Stated;
        sheet.exclusive_paths = false;
        let located = Located::new(document.text);
        let root = match located.root() {
            Ok(root) => root,
            Err((line, what)) => return sheet.problem(Severity::Error, line, format!("not valid JSON: {what}"), ""),
        };
        let mut bodies: Vec<IssueOrder> = Vec::new();
        let mut phases: Vec<(String, usize)> = Vec::new();
        for issue in issues(root) {
            let line = located.line(issue);
            if let Some(who) = stranger(issue) {
                leave_out(sheet, issue, line, &who);
                continue;
            }
            let milestone =
                issue.get("milestone").and_then(|it| it.get("title")).and_then(Node::as_text).unwrap_or_default();
            let phase = match phases.iter().find(|(title, _)| *title == milestone) {
                Some((_, phase)) => *phase,
                None => {
                    let phase = sheet.phase(plain_title(&milestone), line);
                    phases.push((milestone, phase));
                    phase
                }
            };
            let (item, body) = item(issue, line, phase);
            sheet.items.push(item);
            bodies.push(IssueOrder { body, line, related: related(issue) });
        }
        note_unknown_authors(&issues(root), sheet);
        let names = Names::of(&sheet.items);
        for (n, says) in bodies.iter().enumerate() {
            order(sheet, &names, n as u32, &says.body, says.line);
            for number in &says.related {
                waits_for(sheet, &names, n as u32, number, says.line);
            }
        }
    }
}

/// What an issue says about order.
struct IssueOrder {
    body: String,
    line: u32,
    /// Issues that it is blocked by, and those that are parts of it.
    related: Vec<String>,
}

/// Who wrote an issue, where the list says that they may not write to the repository: their words count for nothing.
fn stranger(issue: Node<'_>) -> Option<String> {
    let may = issue.get("authorAssociation").and_then(Node::as_text)?;
    let author = issue.get("author").and_then(|it| it.get("login")).and_then(Node::as_text).unwrap_or_default();
    (!["OWNER", "MEMBER", "COLLABORATOR"].contains(&may.as_str())).then_some(author)
}

/// Says that a list does not tell whose words count: `gh issue list` cannot export who may write to the repository.
fn note_unknown_authors(issues: &[Node<'_>], sheet: &mut PlanDraft) {
    let unknown = issues.iter().filter(|issue| issue.get("authorAssociation").is_none()).count();
    if unknown > 0 {
        let what = "the list does not say who may write to the repository: strangers' issues are tasks, too";
        let hint = "git orca plan github:OWNER/REPO   reads the issues from the server and leaves strangers' out";
        sheet.problem(Severity::Warning, 1, what, hint);
    }
}

/// Names an issue whose words do not count: it does not vanish.
fn leave_out(sheet: &mut PlanDraft, issue: Node<'_>, line: u32, who: &str) {
    let number = issue.get("number").and_then(Node::as_text).unwrap_or_default();
    if issue.get("state").and_then(Node::as_text).is_some_and(|state| state.eq_ignore_ascii_case("closed")) {
        return;
    }
    let who: String = who.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '[' | ']')).collect();
    let what = format!("#{number} is left out: `{who}` may not write to the repository, so its words do not count");
    sheet.problem(Severity::Warning, line, what, "who may write opens an issue that says what is to be done");
}

/// `"blockedBy": [12]`, `"subIssues": [{"number": 13}]`.
fn related(issue: Node<'_>) -> Vec<String> {
    let nodes = ["blockedBy", "subIssues"].iter().filter_map(|name| {
        let node = issue.get(name)?;
        node.array().or_else(|| node.get("nodes").and_then(Node::array))
    });
    nodes.flatten().filter_map(|one| one.get("number").and_then(Node::as_text).or_else(|| one.as_text())).collect()
}

/// An issue waits for another one by a relation that the server keeps.
fn waits_for(sheet: &mut PlanDraft, names: &Names, n: u32, number: &str, line: u32) {
    let before = names.one(&format!("#{number}"), n, &sheet.items);
    if before.is_empty() {
        let what = format!("#{number} not in this list of issues and counts as done");
        sheet.problem(Severity::Info, line, what, "");
    }
    sheet.link(Link { before, after: vec![n], why: Why::Explicit, line, own: true });
}

/// The issues of a list, when all of its elements are such.
fn issues(root: Node<'_>) -> Vec<Node<'_>> {
    let list = root.array().unwrap_or_default();
    let like =
        |issue: &Node<'_>| issue.get("number").and_then(|it| it.number()).is_some() && issue.get("title").is_some();
    if list.iter().all(like) { list } else { Vec::new() }
}

fn item(issue: Node<'_>, line: u32, phase: usize) -> (Item, String) {
    let text = |name: &str| issue.get(name).and_then(Node::as_text).unwrap_or_default();
    let mut body = text("body").replace("\r\n", "\n");
    body.truncate(body.floor_char_boundary(MAX_BODY));
    let labels: Vec<String> =
        issue.get("labels").and_then(Node::array).unwrap_or_default().into_iter().filter_map(label).collect();
    let has = |words: &[&str]| labels.iter().any(|label| words.iter().any(|word| label.eq_ignore_ascii_case(word)));
    let item = Item {
        key: format!("#{}", text("number")),
        aliases: vec![text("number")],
        title: task_title(&text("title")),
        line,
        phase,
        done: text("state").eq_ignore_ascii_case("closed"),
        optional: has(&["wontfix", "duplicate", "invalid", "question"]),
        files: declared_files(&body),
        acceptance: criteria(&body),
        priority: labels.iter().find_map(|label| priority_of(label.rsplit([':', '/']).next().unwrap_or(label))),
        details: body.trim().to_owned(),
        labels,
        ..Item::default()
    };
    (item, body)
}

fn label(node: Node<'_>) -> Option<String> {
    node.string().or_else(|| node.get("name").and_then(Node::as_text))
}

/// Items below a heading about acceptance. A stranger may have written them, so none is a command: what is only a code span
/// gets a word in front.
fn criteria(body: &str) -> Vec<String> {
    let mut open: Option<u8> = None;
    let mut found = Vec::new();
    for line in scan(body) {
        let text = match line.shape {
            Shape::Heading { level, title } => {
                open =
                    if super::fields::is_criteria(title) { Some(level) } else { open.filter(|outer| level > *outer) };
                continue;
            }
            Shape::Box(boxed) if open.is_some() => boxed.text,
            Shape::Item(text) if open.is_some() => text,
            _ => continue,
        };
        let text = plain_title(text);
        let command = text.starts_with('`') && text.ends_with('`') || text.starts_with("$ ");
        found.push(if command { format!("holds: {text}") } else { text });
    }
    found.retain(|text| !text.is_empty());
    found
}

/// `#12`.
const IDS: Grammar = Grammar(|text, _| {
    let digits = text.strip_prefix('#')?.bytes().take_while(u8::is_ascii_digit).count();
    let open = text[1 + digits..].starts_with(|c: char| c.is_ascii_alphanumeric());
    ((1..=9).contains(&digits) && !open).then(|| (1 + digits, &text[..1 + digits]))
});

/// What a body says about order. Issues that are not in the list are somebody else's: they count as satisfied.
fn order(sheet: &mut PlanDraft, names: &Names, n: u32, body: &str, line: u32) {
    for text in scan(body) {
        if let Some(boxed) = text.boxed() {
            let references = References::new(boxed.text, IDS);
            let first = references.groups().next().filter(|_| boxed.text.trim_start().starts_with('#'));
            let children = first.map(|group| names.group(group, n, &sheet.items).items).unwrap_or_default();
            sheet.link(Link { before: children, after: vec![n], why: Why::Explicit, line, own: true });
            continue;
        }
        if !text.is_prose() || !text.text.contains('#') {
            continue;
        }
        for (relation, group) in References::new(text.text, IDS).direct() {
            let others = names.group(group, n, &sheet.items);
            let (before, after) = match relation {
                Relation::After => (others.items, vec![n]),
                Relation::Before => (vec![n], others.items),
            };
            sheet.link(Link { before, after, why: Why::Explicit, line, own: true });
            if !others.dangling.is_empty() {
                let what = format!("{} not in this list of issues and counts as done", others.dangling.join(", "));
                sheet.problem(Severity::Info, line, what, "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, read};

    #[test]
    fn an_export_is_a_plan() {
        let text = r##"[
  {"number": 12, "title": "Login", "state": "OPEN", "labels": [{"name": "priority: high"}], "body": "Edit `src/login.rs`.\r\n\r\n## Acceptance criteria\r\n- [ ] redirects back\r\n- `rm -rf /`"},
  {"number": 13, "title": "Logout", "state": "OPEN", "labels": [], "body": "Blocked by #12 and #99."},
  {"number": 14, "title": "Session epic", "state": "OPEN", "labels": [], "body": "- [ ] #12\n- [x] #13"},
  {"number": 15, "title": "Old", "state": "CLOSED", "labels": [], "body": ""}
]"##;
        let files = MapFiles([("issues.json".to_owned(), text.as_bytes().to_vec())].into());
        let plan = read(&files, &PlanEntry::new("issues.json"), &Reading::default());
        assert_eq!(plan.sources[0].kind, "github-issues");
        let shown: Vec<String> = plan
            .tasks
            .iter()
            .map(|task| {
                let mut after: Vec<&str> = task.after.iter().map(|edge| edge.task.as_str()).collect();
                after.sort_unstable();
                format!("{} {} {} <{}", task.key, task.done, task.priority, after.join(" "))
            })
            .collect();
        let id = |n: usize| plan.tasks[n].id.to_string();
        let both = {
            let mut both = [id(0), id(1)];
            both.sort();
            both.join(" ")
        };
        assert_eq!(
            shown,
            [
                "#12 false 75 <".to_owned(),
                format!("#13 false 50 <{}", id(0)),
                format!("#14 false 50 <{both}"),
                "#15 true 50 <".to_owned()
            ]
        );
        assert_eq!(plan.tasks[0].acceptance, ["redirects back", "holds: `rm -rf /`"]);
        let run = crate::settings::trust::acceptance_command;
        assert!(plan.tasks.iter().flat_map(|task| &task.acceptance).all(|text| run(text).is_none()));
    }

    #[test]
    fn relations_are_order_and_words_of_strangers_do_not_count() {
        let text = r##"[
  {"number": 1, "title": "Base", "state": "OPEN", "body": "", "authorAssociation": "OWNER"},
  {"number": 2, "title": "On it", "state": "OPEN", "body": "", "authorAssociation": "MEMBER", "blockedBy": [1, 77]},
  {"number": 3, "title": "All", "state": "OPEN", "body": "", "subIssues": [{"number": 2}]},
  {"number": 4, "title": "Run: rm -rf /", "state": "OPEN", "body": "Depends on #1", "authorAssociation": "NONE", "author": {"login": "mallory"}},
  {"number": 5, "title": "Old", "state": "CLOSED", "body": "", "authorAssociation": "MEMBER"},
  {"number": 6, "title": "Older", "state": "CLOSED", "body": "", "authorAssociation": "NONE"}
]"##;
        let files = MapFiles([("issues.json".to_owned(), text.as_bytes().to_vec())].into());
        let plan = read(&files, &PlanEntry::new("issues.json"), &Reading::default());
        let shown: Vec<String> = plan
            .tasks
            .iter()
            .map(|task| {
                format!("{} {:?}", task.key, task.after.iter().map(|edge| edge.task.as_str()).collect::<Vec<_>>())
            })
            .collect();
        let id = |n: usize| plan.tasks[n].id.to_string();
        let expected =
            ["#1 []".to_owned(), format!("#2 [{:?}]", id(0)), format!("#3 [{:?}]", id(1)), "#5 []".to_owned()];
        assert_eq!(shown, expected);
        let said: Vec<&str> = plan.problems.iter().map(|problem| problem.what.as_str()).collect();
        assert!(said.iter().any(|what| what.contains("#4 is left out: `mallory`")), "{said:?}");
        assert!(said.iter().any(|what| what.contains("#77")) && plan.tasks.len() == 4, "{said:?}");
    }
}
