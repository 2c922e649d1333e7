//! The gate that measures: a benchmark, or else the tests, on base and head in turn.
//!
//! Machines are noisy, and agents run beside. So base and head take turns, ratios are taken within each pair, and a
//! verdict needs all of them (but for the outermost, when there are many) on one side of the limit. Pairs are repeated
//! until that is so; at the end of `repeats` the result is unchecked, not guessed.

mod ratio;

use super::review::{is_test, language};
use super::security::found;
use super::{Diff, Evidence, Judged, Probe, ProbeTree, Step};
use crate::model::{Finding, GateDef, Speed};

use ratio::{Answer, Pairs};

/// Differences below this say nothing about tests, whose starting alone takes that long, seconds.
const FLOOR: f64 = 0.2;

/// Differences in memory below this are the allocator's mood, bytes.
const MEMORY_FLOOR: u64 = 8 << 20;

/// Pairs before a benchmark is judged, and before tests are called slower.
const FEW: usize = 3;

/// What precedes the time that a probe with `build` measured itself, nanoseconds.
const MEASURED: &str = "orca-measured-ns";

/// Judges a change.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let speed = def.speed.clone().unwrap_or_default();
    if def.run.trim().is_empty() {
        return Judged::unchecked("there is no command to measure: write run = \"…\" for this gate").into();
    }
    if diff.files.is_empty() {
        return Judged::not_applicable("nothing changed").into();
    }
    for (probe, left) in evidence {
        if let Some(why) = unusable(def, probe, left) {
            return Judged::unchecked(why).into();
        }
    }
    let (times, memory) = match measured(&speed, evidence) {
        Ok(both) => both,
        Err(why) => return Judged::unchecked(why).into(),
    };
    let time = times.judge(speed.limit, if speed.tests { FLOOR } else { 0.0 });
    let space = memory.as_ref().map(|pairs| pairs.judge(speed.memory_limit, MEMORY_FLOOR as f64));
    let pairs = times.len();
    let least = if speed.tests { 1 } else { FEW };
    let all_under = time == Answer::Under && space.is_none_or(|answer| answer == Answer::Under);
    let over = time == Answer::Over || space == Some(Answer::Over);
    if (all_under && pairs >= least) || (over && pairs >= FEW) || pairs >= (speed.repeats as usize).max(least) {
        return conclude(def, diff, &speed, (&times, time), memory.as_ref().zip(space)).into();
    }
    Step::More(pair(def, diff, &speed, pairs))
}

/// The next two probes. Every second pair begins with the head, so that whatever warms up helps both.
fn pair(def: &GateDef, diff: &Diff, speed: &Speed, n: usize) -> Vec<Probe> {
    let base = probe(def, speed, "base", n, ProbeTree::base());
    let mut tree = ProbeTree::head();
    if speed.tests {
        tree.overlay = base_tests(diff);
    }
    let head = probe(def, speed, "head", n, tree);
    if n.is_multiple_of(2) { vec![base, head] } else { vec![head, base] }
}

fn probe(def: &GateDef, speed: &Speed, side: &str, n: usize, tree: ProbeTree) -> Probe {
    let run = match &speed.build {
        None => def.run.clone(),
        Some(build) => format!(
            "{{ {build}\n}} || exit 97\nbegun=$(date +%s%N)\n( {run}\n)\ncode=$?\n\
             echo; echo \"{MEASURED} $(($(date +%s%N) - begun))\"\nexit $code",
            run = def.run,
        ),
    };
    Probe {
        label: format!("{side}-{}", n + 1),
        tree,
        run,
        report: None,
        coverage: None,
        timeout: def.timeout,
        share: false,
    }
}

/// Test files of the base in place of the head's: the same tests are measured on both.
fn base_tests(diff: &Diff) -> std::collections::BTreeMap<String, Option<Vec<u8>>> {
    let test = |path: &str| language(path).is_some_and(|language| is_test(path, language));
    let mut overlay = std::collections::BTreeMap::new();
    for file in diff.files.iter().filter(|file| test(&file.path)) {
        overlay.insert(file.path.clone(), diff.old.bytes(&file.path));
        if let Some(old) = &file.old_path {
            overlay.insert(old.clone(), diff.old.bytes(old));
        }
    }
    overlay
}

fn unusable(def: &GateDef, probe: &Probe, left: &Evidence) -> Option<String> {
    let side = probe.label.split('-').next().unwrap_or_default();
    left.nothing_found_out(def.timeout).map(|why| format!("on the {side}: {why}")).or_else(|| {
        (!left.is_good_exit()).then(|| {
            let last = super::probe::last_line(&left.output);
            format!("the command fails on the {side}, so there is nothing to compare: {last}")
        })
    })
}

/// Times and memory in pairs. Memory is not comparable where building is part of the probe.
fn measured(speed: &Speed, evidence: &[(Probe, Evidence)]) -> Result<(Pairs, Option<Pairs>), String> {
    let side = |name: &str, value: &dyn Fn(&Evidence) -> Result<f64, String>| -> Result<Vec<f64>, String> {
        let those = evidence.iter().filter(|(probe, _)| probe.label.starts_with(name));
        those.map(|(_, left)| value(left)).collect()
    };
    let time = |left: &Evidence| match &speed.build {
        None => Ok(left.seconds),
        Some(_) => own_time(&left.output).ok_or_else(|| "the time it took is not in its output".to_owned()),
    };
    let times = Pairs::new(side("base", &time)?, side("head", &time)?);
    let bytes = |left: &Evidence| Ok(left.max_rss as f64);
    let memory = Pairs::new(side("base", &bytes)?, side("head", &bytes)?);
    let counted = speed.build.is_none() && evidence.iter().all(|(_, left)| left.max_rss > 0);
    Ok((times, counted.then_some(memory)))
}

/// The last line counts: a program that prints such a line itself is overruled.
fn own_time(output: &str) -> Option<f64> {
    let line = output.lines().rev().find_map(|line| line.strip_prefix(MEASURED))?;
    line.trim().parse::<u64>().ok().map(|nanoseconds| nanoseconds as f64 / 1e9)
}

fn conclude(
    def: &GateDef,
    diff: &Diff,
    speed: &Speed,
    (times, time): (&Pairs, Answer),
    memory: Option<(&Pairs, Answer)>,
) -> Judged {
    let mut findings = Vec::new();
    if time == Answer::Over {
        let what = format!(
            "takes {:.1} times as long as before (at most {}): {:.2} s against {:.2} s, median of {}",
            times.ratio(),
            speed.limit,
            times.head(),
            times.base(),
            times.len(),
        );
        findings.push(blame(def, diff, "slower", &what));
    }
    if let Some((pairs, Answer::Over)) = memory {
        let what = format!(
            "takes {:.1} times as much memory as before (at most {}): {:.0} MiB against {:.0} MiB",
            pairs.ratio(),
            speed.memory_limit,
            pairs.head() / 1048576.0,
            pairs.base() / 1048576.0,
        );
        findings.push(blame(def, diff, "memory", &what));
    }
    if let Some(first) = findings.first() {
        return Judged::fail(first.message.clone(), findings);
    }
    let noisy = |what: &str, pairs: &Pairs, limit: f64| {
        let (low, high) = pairs.range();
        let n = pairs.len();
        format!(
            "{what} is too noisy to tell: {low:.2} to {high:.2} times the base's in {n} pairs, the limit is {limit}"
        )
    };
    match (time, memory) {
        (Answer::Open, _) => Judged::unchecked(noisy("time", times, speed.limit)),
        (_, Some((pairs, Answer::Open))) => Judged::unchecked(noisy("memory", pairs, speed.memory_limit)),
        _ => {
            let mut judged = Judged::pass();
            let space = memory.map_or(String::new(), |(pairs, _)| format!(", memory {:.2}", pairs.ratio()));
            judged.reason = format!("time {:.2} of the base's{space}", times.ratio());
            judged
        }
    }
}

/// Where it probably lies: the changed source file with most new lines.
fn blame(def: &GateDef, diff: &Diff, rule: &str, what: &str) -> Finding {
    let source = |path: &str| language(path).is_some_and(|language| !is_test(path, language));
    let changed = diff.files.iter().filter(|file| source(&file.path));
    let file = changed.max_by_key(|file| file.added.len()).or(diff.files.first());
    let place = file.map_or(("", 0), |file| (file.path.as_str(), file.added.first().map_or(0, |line| line.number)));
    let advice = format!("measured with: {}", def.run.lines().next().unwrap_or_default());
    found(place.0, place.1, rule, &format!("`{}` {what}", def.run.lines().next().unwrap_or_default()), &advice)
}

#[cfg(test)]
mod tests;
