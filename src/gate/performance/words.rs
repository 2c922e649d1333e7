//! What was measured, in words.

use super::blame::{self, Culprit, Part};
use super::measures::{Measure, Metric};
use super::ratio::Answer;
use crate::gate::found::found;
use crate::gate::{Diff, Judged};
use crate::model::{Finding, GateDef};

/// Places named for one thing: the worst are enough to begin with.
const MOST: usize = 3;

impl Metric {
    fn shown(self, value: f64) -> String {
        match self {
            Metric::Time | Metric::Cpu => format!("{value:.2} s"),
            Metric::Memory => format!("{:.0} MiB", value / f64::from(1 << 20)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Metric::Time => "time",
            Metric::Cpu => "CPU time",
            Metric::Memory => "memory",
        }
    }

    fn rule(self) -> &'static str {
        match self {
            Metric::Time | Metric::Cpu => "slower",
            Metric::Memory => "memory",
        }
    }
}

/// What is too much, and where, if that was looked for.
pub(super) fn findings(def: &GateDef, diff: &Diff, measure: &Measure, culprits: Option<&[Culprit]>) -> Vec<Finding> {
    let run = def.run.lines().next().unwrap_or_default();
    let Measure { metric, pairs, limit, .. } = measure;
    let much = match metric {
        Metric::Time => "as long",
        Metric::Cpu => "as much CPU time",
        Metric::Memory => "as much memory",
    };
    let what = format!(
        "`{run}` takes {:.1} times {much} as before (at most {limit}): {} against {}, median of {}",
        pairs.ratio(),
        metric.shown(pairs.head()),
        metric.shown(pairs.base()),
        pairs.len(),
    );
    let advice = format!("measure it with: {run}");
    let looked = culprits.is_some();
    let Some(culprits) = culprits.filter(|some| !some.is_empty()) else {
        let (file, line, names) = blame::guess(diff);
        let why = if looked { "no single place is to blame in" } else { "it takes too long to look where in" };
        return vec![found(&file, line, metric.rule(), &format!("{what}; {why} {names}"), &advice)];
    };
    let one = |culprit: &Culprit| {
        let part = &culprit.part;
        let without = |value| format!("; with {} {}", as_it_was(part), metric.shown(value));
        let what = format!("{what}{}", culprit.without.map(without).unwrap_or_default());
        found(&part.file, part.line, metric.rule(), &what, &advice)
    };
    culprits.iter().take(MOST).map(one).collect()
}

fn as_it_was(part: &Part) -> String {
    match (part.whole, part.line, part.last) {
        (true, ..) => format!("`{}` as it was", part.file),
        (_, line, last) if last < line => format!("what stood before line {line} back in place"),
        (_, line, last) if last == line => format!("line {line} as it was"),
        (_, line, last) => format!("lines {line} to {last} as they were"),
    }
}

/// A pass with its figures, or why it cannot be told.
pub(super) fn passed(all: &[Measure]) -> Judged {
    if let Some(open) = all.iter().find(|measure| measure.answer == Answer::Open) {
        let (low, high) = open.pairs.range();
        return Judged::unchecked(format!(
            "{} is too noisy to tell: {low:.2} to {high:.2} times the base's in {} pairs, the limit is {}",
            open.metric.name(),
            open.pairs.len(),
            open.limit
        ));
    }
    let mut judged = Judged::pass();
    let figures = |(n, measure): (usize, &Measure)| {
        let of = if n == 0 { " of the base's" } else { "" };
        format!("{} {:.2}{of}", measure.metric.name(), measure.pairs.ratio())
    };
    judged.reason = all.iter().enumerate().map(figures).collect::<Vec<_>>().join(", ");
    judged
}
