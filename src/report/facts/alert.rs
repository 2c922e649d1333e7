//! Alerts about a run as a whole: agents that fail too often (DESIGN 13: a success rate below 99 %, unless `success-alert` says
//! otherwise), and a gate that says
//! the same of whatever it is asked about.

use std::collections::{BTreeMap, BTreeSet};

use super::attempts::{outcome, told};
use crate::journal::{CheckState, Judgement};
use crate::model::{GateDef, GateName, Verdict};
use crate::report::facts::figures::fair_attempts;
use crate::report::facts::picture::Picture;
use crate::report::facts::reason;
use crate::report::words::measure::plural;

/// Attempts below which one failure says nothing of the rest.
const ENOUGH: usize = 5;

/// That too many attempts failed, with how; none while there is nothing to say.
pub fn of_agents(picture: &Picture<'_>) -> Option<String> {
    let ended: Vec<_> = fair_attempts(picture).collect();
    let failed: Vec<_> = ended.iter().filter(|attempt| attempt.result().is_none()).collect();
    let good = ended.len() - failed.len();
    let share = good as f64 / ended.len().max(1) as f64;
    let least = picture.state.info.options.success_alert;
    if ended.len() < ENOUGH || share >= least {
        return None;
    }
    let mut how: BTreeMap<&str, usize> = BTreeMap::new();
    for attempt in failed {
        *how.entry(told(outcome(attempt))).or_default() += 1;
    }
    let mut how: Vec<(&str, usize)> = how.into_iter().collect();
    how.sort_by_key(|(word, n)| (std::cmp::Reverse(*n), *word));
    let how: Vec<String> = how.into_iter().map(|(word, n)| format!("{n} {word}")).collect();
    let of = plural(ended.len(), "attempt");
    Some(format!("{good} of {of} produced a commit; {}", how.join(", ")))
}

/// The gates that refuse at least two tasks with the same words and have let nothing through: what is wrong is likely
/// older than the run, or the machine's, and no agent can mend it. One line a gate, with what tells.
pub fn of_gates(picture: &Picture<'_>) -> Vec<String> {
    let options = &picture.state.info.options;
    options.gates.iter().filter(|gate| gate.required).filter_map(|gate| of_gate(picture, gate)).collect()
}

fn of_gate(picture: &Picture<'_>, gate: &GateDef) -> Option<String> {
    let state = picture.state;
    let passed = state.checks.iter().any(|((_, name), check)| {
        *name == gate.name
            && matches!(&check.state, CheckState::Judged(judgement) if judgement.verdict == Verdict::Pass)
    });
    let last = |i: usize| {
        let attempt = picture.facts(i).last()?;
        let word = picture.words(i, attempt).into_iter().find(|word| word.gate.name == gate.name)?;
        match word.check {
            Some(CheckState::Judged(judgement)) if !judgement.is_let_through(gate) => Some(judgement),
            _ => None,
        }
    };
    let refused: Vec<&Judgement> = (0..picture.len()).filter_map(last).collect();
    let said: BTreeSet<String> = refused.iter().map(|judgement| without_numbers(&gate.name, judgement)).collect();
    (!passed && refused.len() > 1 && said.len() == 1).then(|| {
        let base = if state.info.base_name.is_empty() { state.info.base.short() } else { &state.info.base_name };
        format!(
            "gate {} reports the same finding for {}; does `{}` pass it? git orca validate {} --gate {}",
            gate.name,
            plural(refused.len(), "task"),
            crate::report::words::display::safe(base),
            crate::report::words::display::safe(base),
            gate.name
        )
    })
}

fn without_numbers(gate: &GateName, judgement: &Judgement) -> String {
    reason::verdict(gate, judgement).chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::report::testing::Story;

    #[test]
    fn only_enough_attempts_make_an_alert() {
        let ids = ["A", "B", "C", "D", "E"];
        let story = |n: usize| {
            let lines: Vec<(&str, &str, &[&str])> = ids.iter().map(|id| (*id, "t", &[][..])).collect();
            let mut story = Story::new(&lines, &[]);
            for id in &ids[..n] {
                story.starts(&[id]).commits(id, 1, 1, 0);
            }
            story
        };
        let said = |story: &Story| {
            let state = story.state();
            of_agents(&Picture::new(&state, state.at, false))
        };
        assert_eq!(said(&story(5)), None);
        let mut few = story(2);
        few.starts(&["C"]).fails("C", FailClass::Fatal, "no");
        assert_eq!(said(&few), None);
        let mut many = story(3);
        many.starts(&["D"]).fails("D", FailClass::NoWork, "nothing").starts(&["D"]).fails(
            "D",
            FailClass::NoWork,
            "nothing",
        );
        many.starts(&["E"]).fails("E", FailClass::Fatal, "no");
        assert_eq!(said(&many).unwrap(), "3 of 6 attempts produced a commit; 2 changed nothing, 1 failed");
    }

    #[test]
    fn a_gate_that_says_the_same_of_every_task_is_looked_at_itself() {
        let said = |words: [&str; 2], passes: bool| {
            let mut story = Story::new(&[("A", "t", &[]), ("B", "t", &[]), ("C", "t", &[])], &["test"]);
            for (id, words) in ["A", "B"].into_iter().zip(words) {
                story.starts(&[id]).commits(id, 1, 1, 0).gates(id, "test").says(id, "test", Verdict::Fail, words);
            }
            if passes {
                story.starts(&["C"]).commits("C", 1, 1, 0).gates("C", "test").says("C", "test", Verdict::Pass, "");
            }
            let state = story.state();
            of_gates(&Picture::new(&state, state.at, false))
        };
        let alert = said(["no network, port 4211", "no network, port 77"], false);
        assert_eq!(alert.len(), 1, "{alert:?}");
        assert!(alert[0].starts_with(
            "gate test reports the same finding for 2 tasks; does `main` pass it? git orca validate main"
        ));
        assert!(said(["no network", "no network"], true).is_empty(), "it lets one task through");
        assert!(said(["no network", "x is 3"], false).is_empty(), "the words differ");
    }
}
