//! What was checked and what was not, for summaries and reports. Nothing is called checked that was not.

use std::collections::BTreeMap;

use super::picture::Picture;
use super::reason;
use crate::gate::{ASKS, CHANGED_JUDGE, STALE_LOCK};
use crate::journal::{CheckState, Judgement, Subject};
use crate::model::{Finding, GateName, Oid, Verdict};
use crate::report::words::display::hang;
use crate::report::words::table::Table;
use crate::schedule::TaskStatus;

/// Verdicts of one gate: on the attempts that landed, and on merged trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// On landed work.
    pub tasks: BTreeMap<&'static str, usize>,
    /// On merged trees that became heads or were refused.
    pub merged: BTreeMap<&'static str, usize>,
}

/// What was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked<'a> {
    /// By gate, in the order of the settings.
    pub gates: Vec<(&'a GateName, Verdicts)>,
    /// What landed or stands although a gate did not pass there: whose, and why.
    pub gaps: Vec<String>,
    /// What passed, and had a hand in what judged it.
    pub said: Vec<String>,
    /// Whether gates judged work that has not landed.
    pub refused: bool,
    /// Whether some of that passed, and waits to land.
    pub waits: bool,
}

impl<'a> Checked<'a> {
    /// What was checked of the work that landed.
    pub fn of(picture: &'a Picture<'a>) -> Checked<'a> {
        let gates = &picture.state.info.options.gates;
        let mut checked = Checked {
            gates: gates.iter().map(|gate| (&gate.name, Verdicts::default())).collect(),
            gaps: Vec::new(),
            said: Vec::new(),
            refused: false,
            waits: !picture.that(|it| matches!(it, TaskStatus::Passed | TaskStatus::AwaitsLanding)).is_empty(),
        };
        checked.refused = picture.state.checks.values().any(|check| matches!(check.state, CheckState::Judged(_)));
        for i in picture.that(|standing| *standing == TaskStatus::Landed) {
            let Some(last) = picture.facts(i).last() else { continue };
            for word in picture.words(i, last) {
                if let Some(CheckState::Judged(judgement)) = word.check {
                    let (tasks, _) = checked.counts(&word.gate.name);
                    *tasks.entry(word_of(judgement)).or_default() += 1;
                    checked.gap(picture.task(i).id.as_str(), &word.gate.name, judgement);
                }
            }
        }
        for ((subject, gate), check) in &picture.state.checks {
            if let (CheckState::Judged(judgement), false) =
                (&check.state, matches!(subject, Subject::Attempt(_) | Subject::Phase(_) | Subject::Base(_)))
            {
                let (_, merged) = checked.counts(gate);
                *merged.entry(word_of(judgement)).or_default() += 1;
                if !matches!(subject, Subject::Batch { .. }) {
                    checked.gap(&place(subject), gate, judgement);
                }
            }
        }
        checked
    }

    fn counts(&mut self, gate: &GateName) -> (&mut BTreeMap<&'static str, usize>, &mut BTreeMap<&'static str, usize>) {
        // Judgements exist for gates of the settings only.
        let at = self.gates.iter().position(|(name, _)| *name == gate).unwrap_or(0);
        let verdicts = &mut self.gates[at].1;
        (&mut verdicts.tasks, &mut verdicts.merged)
    }

    fn gap(&mut self, whose: &str, gate: &GateName, judgement: &Judgement) {
        if judgement.verdict != Verdict::Fail {
            self.said.extend(
                changed_judges(judgement).map(|found| format!("{whose}: gate {gate}: {}", reason::finding(found))),
            );
        }
        if !judgement.verdict.lets_through() {
            self.gaps.push(format!("{whose}: {}", reason::verdict(gate, judgement)));
        }
    }

    /// Whether any gate said anything but that it does not apply.
    pub fn anything(&self) -> bool {
        let said =
            |counts: &BTreeMap<&'static str, usize>| counts.keys().any(|word| *word != Verdict::NotApplicable.word());
        self.gates.iter().any(|(_, verdicts)| said(&verdicts.tasks) || said(&verdicts.merged))
    }

    /// Lines for people.
    pub fn text(&self, columns: usize) -> String {
        if self.gates.is_empty() {
            return "no gates ran: nothing was checked (to add gates: git orca init)\n".to_owned();
        }
        if !self.anything() {
            let words = if self.waits {
                return String::new();
            } else if self.refused {
                "nothing landed, so there are no gate results to report"
            } else {
                "no gate has given a verdict: nothing was checked"
            };
            return format!("{words}\n");
        }
        let mut table =
            Table::new().flexible("gate", 12).flexible("on landed tasks", 20).flexible("on merged trees", 20);
        for (gate, verdicts) in &self.gates {
            table.row([gate.to_string().into(), words(&verdicts.tasks).into(), words(&verdicts.merged).into()]);
        }
        let mut text = table.text(columns);
        let gaps = alike(&self.gaps);
        for gap in gaps.iter().take(GAPS) {
            text.push_str(&format!("{}\n", hang("not passed  ", gap, columns)));
        }
        for said in self.said.iter().take(GAPS) {
            text.push_str(&format!("{}\n", hang("look at     ", said, columns)));
        }
        if gaps.len() > GAPS {
            text.push_str(&format!("            and {} more: git orca report\n", gaps.len() - GAPS));
        }
        text
    }
}

/// What a gate that refused nothing wants a person to look at: the change touched its own files, or asks where it runs.
pub fn changed_judges(judgement: &Judgement) -> impl Iterator<Item = &Finding> {
    let is_said = |finding: &&Finding| match judgement.verdict {
        Verdict::Pass => [CHANGED_JUDGE, ASKS, STALE_LOCK].contains(&finding.rule.as_str()),
        Verdict::Unchecked | Verdict::NotApplicable => [CHANGED_JUDGE, ASKS].contains(&finding.rule.as_str()),
        Verdict::Fail => false,
    };
    judgement.findings.iter().filter(is_said)
}

/// A gate's word on what a person let land despite it.
const WAIVED: &str = "waived";

fn word_of(judgement: &Judgement) -> &'static str {
    if judgement.measured.waived { WAIVED } else { judgement.verdict.word() }
}

/// Gaps named one by one.
const GAPS: usize = 8;

/// `7 pass, 1 not applicable`; what a gate never said is said too.
fn words(counts: &BTreeMap<&'static str, usize>) -> String {
    let order = [Verdict::Pass, Verdict::Fail, Verdict::Unchecked, Verdict::NotApplicable];
    let order = order.iter().map(|verdict| verdict.word()).chain([WAIVED]);
    let words: Vec<String> = order.filter_map(|word| counts.get(word).map(|n| format!("{n} {word}"))).collect();
    if words.is_empty() { "not run".to_owned() } else { words.join(", ") }
}

/// What a check was about, for people.
pub fn place(subject: &Subject) -> String {
    match subject {
        Subject::Attempt(attempt) => attempt.to_string(),
        Subject::Phase(attempt) => format!("{attempt}, its tests alone"),
        Subject::Batch { batch, layer } => format!("batch {batch}, layer {layer}"),
        Subject::Layer { layer, .. } => format!("layer {layer}"),
        Subject::Final(_) => "result".to_owned(),
        Subject::Commit(commit) => commit.short().to_owned(),
        Subject::Base(_) => "your base".to_owned(),
    }
}

/// What gates say of the tree of a head, or of one that lacks nothing but marks in the plan: `pass`, `fail`, `unchecked`,
/// `not judged`.
pub fn of_head(picture: &Picture<'_>, tree: &Oid) -> &'static str {
    let trees: Vec<&Oid> = picture.state.but_for_marks(tree).collect();
    let about = picture.state.checks.iter().filter_map(|((subject, gate), check)| match &check.state {
        CheckState::Judged(judgement)
            if trees.contains(&&judgement.tree) && !matches!(subject, Subject::Attempt(_) | Subject::Phase(_)) =>
        {
            let required = picture.state.info.options.gates.iter().any(|def| def.name == *gate && def.required);
            Some((required, judgement.verdict))
        }
        _ => None,
    });
    let verdicts: Vec<(bool, Verdict)> = about.collect();
    let worst = |wanted: Verdict| verdicts.iter().any(|(required, verdict)| *required && *verdict == wanted);
    match (worst(Verdict::Fail), worst(Verdict::Unchecked)) {
        _ if verdicts.is_empty() => "not judged",
        (true, _) => "fail",
        (false, true) => "unchecked",
        (false, false) => "pass",
    }
}

/// `A: why`, `B: why` as `A, B: why`: what was said of several in the same words is said once.
fn alike(gaps: &[String]) -> Vec<String> {
    let mut lines: Vec<(Vec<&str>, &str)> = Vec::new();
    for gap in gaps {
        let (whose, why) = gap.split_once(": ").unwrap_or(("", gap));
        match lines.iter_mut().find(|(_, known)| *known == why) {
            Some((all, _)) => all.push(whose),
            None => lines.push((vec![whose], why)),
        }
    }
    let line = |(whose, why): (Vec<&str>, &str)| match whose[..] {
        [""] => why.to_owned(),
        _ if whose.len() > 4 => format!("{} and {} more: {why}", whose[..3].join(", "), whose.len() - 3),
        _ => format!("{}: {why}", whose.join(", ")),
    };
    lines.into_iter().map(line).collect()
}
