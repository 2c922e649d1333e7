//! The description of a layer's pull request. Pure: facts in, Markdown out.
//!
//! Ours is what stands between two hidden markers; what people write around it stays. What does not fit goes into a comment.

use std::collections::BTreeMap;

use super::escape::{code, inline, title as plain_title};
use super::layer_page::{LayerPage, PageTask, PageVerdict};
use crate::journal::GateWaiver;
use crate::model::{TaskId, Usage, Verdict};

/// Longest description, bytes. GitHub takes 65,536 characters; what people add needs some of them.
const LONGEST: usize = 60_000;

/// Longest title. GitHub takes 256 characters.
const TITLE: usize = 120;

/// Another pull request of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackLink {
    /// Its layer.
    pub layer: u32,
    /// Its number, once it has one.
    pub number: Option<u64>,
}

/// A description, and what did not fit into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullText {
    /// The part of the description that is ours, with its markers.
    pub body: String,
    /// The rest, for a comment, with its marker.
    pub rest: Option<String>,
}

/// What marks a pull request as that of a run's layer.
pub fn marker(run: &str, layer: u32) -> String {
    format!("<!-- git-orca:begin run={run} layer={layer} -->")
}

const END: &str = "<!-- git-orca:end -->";

/// What marks the comment with what did not fit.
pub fn rest_marker(run: &str, layer: u32) -> String {
    format!("<!-- git-orca:rest run={run} layer={layer} -->")
}

/// The title of a layer's pull request.
pub fn title(page: &LayerPage, layers: usize) -> String {
    let words = match &page.tasks[..] {
        [one] => format!("{}: {}", one.task, one.title),
        many => many.iter().map(|task| task.title.as_str()).collect::<Vec<_>>().join(", "),
    };
    let place = if layers > 1 { format!("[{}/{layers}] ", page.layer) } else { String::new() };
    plain_title(&format!("{place}{words}"), TITLE)
}

/// Numbers of the issues that tasks came from.
pub type IssueLinks = BTreeMap<TaskId, u64>;

/// The description of a layer's pull request.
pub fn render(page: &LayerPage, base: &str, remote: &str, stack: &[StackLink], closes: &IssueLinks) -> PullText {
    let mut sections = vec![head(page, stack)];
    sections.extend(closing(page, closes));
    sections.extend(tasks(page));
    sections.push(gates(&page.gates));
    sections.extend(waived(page));
    sections.extend(conflicts(page));
    sections.extend(gaps(page));
    sections.push(cost(page));
    sections.push(locally(page, base, remote));
    fit(page, sections)
}

/// The server closes these once it is merged into the default branch.
fn closing(page: &LayerPage, closes: &IssueLinks) -> Option<String> {
    let numbers = page.tasks.iter().filter_map(|task| closes.get(&task.task));
    let lines: String = numbers.map(|number| format!("Closes #{number}\n")).collect();
    (!lines.is_empty()).then_some(lines)
}

/// Puts our part into what people wrote, or in front of it; `template` stands below a new one.
pub fn merge_into(existing: &str, ours: &str) -> String {
    let begin = existing.find("<!-- git-orca:begin ");
    let end = existing.find(END).map(|at| at + END.len());
    match (begin, end) {
        (Some(begin), Some(end)) if begin < end => format!("{}{ours}{}", &existing[..begin], &existing[end..]),
        _ if existing.trim().is_empty() => ours.to_owned(),
        _ => format!("{ours}\n\n{existing}"),
    }
}

fn fit(page: &LayerPage, sections: Vec<String>) -> PullText {
    let (begin, rest_begin) = (marker(&page.run, page.layer), rest_marker(&page.run, page.layer));
    let mut body = format!("{begin}\n");
    let mut rest = String::new();
    for section in sections {
        if rest.is_empty() && body.len() + section.len() < LONGEST {
            body.push_str(&section);
            body.push('\n');
        } else if rest.len() + section.len() < LONGEST {
            rest.push_str(&section);
            rest.push('\n');
        } else if !rest.ends_with(CUT) {
            rest.push_str(CUT);
        }
    }
    if !rest.is_empty() {
        body.push_str("The rest stands in a comment below.\n");
    }
    body.push_str(END);
    PullText { body, rest: (!rest.is_empty()).then(|| format!("{rest_begin}\n{rest}")) }
}

const CUT: &str = "\nMore than fits here: `git orca report --format md` has all of it.\n";

fn head(page: &LayerPage, stack: &[StackLink]) -> String {
    let place = match stack.len() {
        0 | 1 => String::new(),
        n => format!("Layer {} ({} of {n} pull requests). ", page.layer, position(page, stack)),
    };
    let mut text = format!(
        "{place}Made by git orca from {}, run {}; each task was done by an agent in a worktree of its own.\n",
        code(&page.plan),
        code(&page.run)
    );
    if stack.len() > 1 {
        text.push_str("\nReview from the lowest up:\n");
        for link in stack {
            let number = link.number.map_or_else(|| "not open yet".to_owned(), |number| format!("#{number}"));
            let here = if link.layer == page.layer { " **(this one)**" } else { "" };
            text.push_str(&format!("- layer {}: {number}{here}\n", link.layer));
        }
    }
    text
}

fn position(page: &LayerPage, stack: &[StackLink]) -> usize {
    stack.iter().position(|link| link.layer == page.layer).map_or(1, |at| at + 1)
}

/// The table of tasks, in pieces that can be cut apart.
fn tasks(page: &LayerPage) -> Vec<String> {
    const ROWS: usize = 60;
    let table = |tasks: &[PageTask]| {
        let mut text = "| task | | change | attempts | gates |\n| --- | --- | --- | ---: | --- |\n".to_owned();
        tasks.iter().for_each(|task| text.push_str(&row(task)));
        text
    };
    let mut pieces: Vec<String> = page.tasks.chunks(ROWS).map(table).collect();
    if let Some(first) = pieces.first_mut() {
        first.insert_str(0, "### Tasks\n\n");
    }
    pieces
}

fn row(task: &PageTask) -> String {
    let change = task.size.map_or_else(
        || "no change".to_owned(),
        |(files, added, removed)| format!("{files} file{}, +{added} −{removed}", if files == 1 { "" } else { "s" }),
    );
    let gates: Vec<String> =
        task.verdicts.iter().map(|(gate, verdict)| format!("{} {}", inline(gate.as_str()), verdict.word())).collect();
    let gates = if gates.is_empty() { "none ran".to_owned() } else { gates.join(", ") };
    format!("| {} | {} | {change} | {} | {gates} |\n", inline(task.task.as_str()), inline(&task.title), task.attempts)
}

fn gates(verdicts: &[PageVerdict]) -> String {
    if verdicts.is_empty() {
        return "### Gates\n\nNo gates are set up: nothing was checked.\n".to_owned();
    }
    let mut text = "### Gates on the merged tree\n\n| gate | verdict | |\n| --- | --- | --- |\n".to_owned();
    for one in verdicts {
        let word = one.verdict.map_or("did not run on this tree", Verdict::word);
        let word = if one.waived.is_empty() { word.to_owned() } else { format!("{word}, waived") };
        let required = if one.required { "" } else { "reported only" };
        let reason = if one.reason.is_empty() || one.verdict == Some(Verdict::Pass) { required } else { &one.reason };
        text.push_str(&format!("| {} | {word} | {} |\n", inline(one.gate.as_str()), inline(reason)));
    }
    text
}

fn waived(page: &LayerPage) -> Option<String> {
    let line = |waiver: &GateWaiver| {
        let who = waiver.account().unwrap_or("a person");
        let (task, gate) = (inline(waiver.task.as_str()), inline(waiver.gate.as_str()));
        format!("- {task}, gate {gate}, by {}: {}\n", inline(who), inline(&waiver.note))
    };
    let lines: String = page.tasks.iter().flat_map(|task| &task.waived).map(line).collect();
    (!lines.is_empty()).then(|| format!("### Waived\n\nThese gates refuse it; it landed anyway.\n\n{lines}"))
}

fn conflicts(page: &LayerPage) -> Option<String> {
    let solved = |task: &PageTask| {
        task.solved
            .iter()
            .map(|rule| format!("- {}: {}\n", inline(task.task.as_str()), inline(rule)))
            .collect::<String>()
    };
    let lines: String = page.tasks.iter().map(solved).collect();
    (!lines.is_empty()).then(|| format!("### Conflicts, and how they were resolved\n\n{lines}"))
}

fn gaps(page: &LayerPage) -> Option<String> {
    let line = |gap: &super::layer_page::PageGap| {
        format!("- {} {}: {}\n", inline(gap.task.as_str()), inline(&gap.title), inline(&gap.state))
    };
    (!page.gaps.is_empty())
        .then(|| format!("### Not in this pull request\n\n{}", page.gaps.iter().map(line).collect::<String>()))
}

fn cost(page: &LayerPage) -> String {
    let mut usage = Usage::default();
    page.tasks.iter().for_each(|task| usage += task.usage);
    let attempts: usize = page.tasks.iter().map(|task| task.attempts).sum();
    let mut text = format!("### Cost\n\n{attempts} attempt{}", if attempts == 1 { "" } else { "s" });
    if usage.tokens() > 0 {
        text.push_str(&format!(", {} tokens", usage.tokens()));
    }
    if usage.usd > 0.0 {
        text.push_str(&format!(", ${:.2}", usage.usd));
    }
    text.push('\n');
    text
}

fn locally(page: &LayerPage, base: &str, remote: &str) -> String {
    format!(
        "### Check it locally\n\n```\ngit fetch {remote} {base} {branch}\ngit diff {remote}/{base}...{remote}/{branch}\ngit orca validate {remote}/{branch}\n```\n",
        branch = page.branch
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Head;
    use crate::publish::layer_page::PageGap;

    fn oid(n: u32) -> crate::model::Oid {
        format!("{n:040}").parse().unwrap()
    }

    fn task(id: &str, title: &str) -> PageTask {
        PageTask {
            task: id.parse().unwrap(),
            title: title.to_owned(),
            size: Some((3, 64, 2)),
            attempts: 2,
            agent: "claude".to_owned(),
            verdicts: [("test".parse().unwrap(), Verdict::Pass)].into(),
            solved: vec!["union CHANGELOG.md".to_owned()],
            waived: Vec::new(),
            usage: Usage { input: 1000, usd: 0.25, ..Usage::default() },
        }
    }

    fn page(tasks: Vec<PageTask>) -> LayerPage {
        LayerPage {
            run: "20261120-1812-k3".to_owned(),
            plan: "specs/001/tasks.md".to_owned(),
            layer: 2,
            branch: "orca/20261120-1812-k3/layer/2".to_owned(),
            head: Head { layer: 2, commit: oid(1), tree: oid(2) },
            gaps: vec![PageGap {
                task: "T009".parse().unwrap(),
                title: "Export".to_owned(),
                state: "failed".to_owned(),
            }],
            gates: vec![PageVerdict {
                gate: "test".parse().unwrap(),
                required: true,
                verdict: Some(Verdict::Pass),
                reason: String::new(),
                waived: Vec::new(),
            }],
            tasks,
        }
    }

    fn stack() -> Vec<StackLink> {
        [(1, Some(7)), (2, Some(8)), (3, None)].map(|(layer, number)| StackLink { layer, number }).into()
    }

    #[test]
    fn a_page_of_a_stack() {
        let page = page(vec![task("T004", "Cart | model"), task("T005", "Totals")]);
        insta::assert_snapshot!(
            render(&page, "orca/20261120-1812-k3/layer/1", "origin", &stack(), &IssueLinks::new()).body
        );
        assert_eq!(title(&page, 3), "[2/3] Cart | model, Totals");
    }

    #[test]
    fn issues_are_closed_with_the_layer_that_has_their_work() {
        let closes: IssueLinks = [("T1", 12), ("T9", 13)].map(|(task, n)| (task.parse().unwrap(), n)).into();
        let body = render(&page(vec![task("T1", "One"), task("T2", "Two")]), "main", "origin", &[], &closes).body;
        assert!(body.contains("\nCloses #12\n") && !body.contains("#13"), "{body}");
    }

    #[test]
    fn what_people_wrote_stays() {
        let ours = render(&page(vec![task("T1", "One")]), "main", "origin", &[], &IssueLinks::new()).body;
        assert_eq!(merge_into("", &ours), ours);
        let edited = format!("Please look at the cart first.\n\n{ours}\n\nThanks!");
        let newer = ours.replace("One", "Two");
        assert_eq!(merge_into(&edited, &newer), edited.replace("One", "Two"));
        assert_eq!(merge_into("## Checklist\n- [ ] docs", &ours), format!("{ours}\n\n## Checklist\n- [ ] docs"));
    }

    #[test]
    fn a_large_layer_is_cut_and_goes_on_in_a_comment() {
        let tasks = (0..900).map(|n| task(&format!("T{n}"), &"long title ".repeat(12))).collect();
        let text = render(&page(tasks), "main", "origin", &stack(), &IssueLinks::new());
        let rest = text.rest.unwrap();
        assert!(text.body.len() < 65_536 && rest.len() < 65_536, "{} {}", text.body.len(), rest.len());
        assert!(text.body.starts_with(&marker("20261120-1812-k3", 2)) && text.body.ends_with(END));
        assert!(rest.starts_with(&rest_marker("20261120-1812-k3", 2)) && rest.contains(CUT.trim()));
    }

    #[test]
    fn no_title_can_forge_a_marker_or_mention_anybody() {
        let hostile = "x --> <!-- git-orca:end --> @everyone closes #1";
        let body = render(&page(vec![task("T1", hostile)]), "main", "origin", &[], &IssueLinks::new()).body;
        assert_eq!(body.matches("<!-- git-orca").count(), 2, "{body}");
        assert!(!body.contains("@everyone") && !body.contains("#1 "), "{body}");
    }
}
