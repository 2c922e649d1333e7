//! Scanners, linters and formatters: how each is called on what changed, and what its answer means.
//!
//! A tool's exit code alone means little: many answer 1 both for findings and for their own failure (FACTS 9). So an
//! answer counts only when the exit code is one that the tool documents *and* its report could be read; everything else
//! is unchecked, with the tool's name. Findings count on lines that the change added. Tools that judge files or
//! dependencies as a whole are run on the base, too, and what they said there does not count.
//!
//! ## To add a tool
//!
//! Its line in `model/tool.rs`, when it fits in `project/tools.rs`, its call in `calls.rs`. A test walks all three.

mod answers;
mod audits;
mod call;
mod calls;
mod keys;

use super::{Diff, Evidence, Judged, On, Probe, ProbeTree, Step};
use crate::model::{Finding, GateDef, Verdict};
use crate::source::Language;

use call::{Answer, Call, Scope};
use calls::calls;
pub(super) use keys::{read_tools, wanted_of_tools};

/// Adds to `own` findings what the gate's tools say but for what is `exempt`, and judges. Asks for rounds until all of
/// them have answered.
pub(super) fn judge(
    def: &GateDef,
    diff: &Diff,
    own: Vec<Finding>,
    exempt: &dyn Fn(&Finding) -> bool,
    evidence: &[(Probe, Evidence)],
) -> Step {
    let calls = calls(def.tools.as_deref().unwrap_or_default(), diff);
    let left = |label: &str| evidence.iter().find(|(probe, _)| probe.label == label).map(|(_, left)| left);
    let mut wanted = Vec::new();
    let mut findings = own;
    let mut unchecked = Vec::new();
    for call in &calls {
        let label = call.label.clone();
        let Some(on_head) = left(&label) else {
            wanted.push(call.probe(def, &label, On::Head));
            continue;
        };
        let base_label = format!("{label}-base");
        let answer = match read(def, call, diff, on_head) {
            Ok(found) if call.scope == Scope::Files && !found.is_empty() => match left(&base_label) {
                Some(on_base) if shows_unformatted(on_base) => {
                    let found = in_old_files(found, diff);
                    (call.read)(call, diff, on_base).map(|old| without(found, &old))
                }
                Some(on_base) => read(def, call, diff, on_base).map(|old| without(found, &old)),
                None => {
                    wanted.push(call.probe(def, &base_label, On::Base));
                    continue;
                }
            },
            answer => answer,
        };
        match answer {
            Ok(found) => findings.extend(found.into_iter().filter(|finding| !exempt(finding))),
            Err(why) => unchecked.push(format!("{}: {why}", call.name)),
        }
    }
    if wanted.is_empty() { Step::Done(together(findings, &unchecked)) } else { Step::More(wanted) }
}

/// Findings kept: nobody mends more at once, and each is written into the journal.
const MOST_FINDINGS: usize = 100;

/// Rules that nobody can guess who does not know them: what they find is told, and refuses nothing.
const ONLY_TOLD: [&str; 1] = ["long-subject"];

/// Something found is a failure even when something else could not be checked.
fn together(findings: Vec<Finding>, unchecked: &[String]) -> Judged {
    let refuses = |finding: &Finding| !ONLY_TOLD.contains(&finding.rule.as_str());
    if let Some(first) = findings.iter().find(|finding| refuses(finding)) {
        let place = match (first.file.as_str(), first.line) {
            ("", _) => String::new(),
            (file, 0) => format!("{file}: "),
            (file, line) => format!("{file}:{line} "),
        };
        let more = if findings.len() > 1 { format!(" (and {} more)", findings.len() - 1) } else { String::new() };
        let reason = format!("{place}{}{more}", first.message);
        let shown = findings.into_iter().take(MOST_FINDINGS).collect();
        return Judged::fail(reason, shown);
    }
    let told = findings.iter().map(|finding| finding.message.as_str());
    match unchecked {
        [] => Judged { reason: told.collect::<Vec<_>>().join("; "), findings, ..Judged::pass() },
        some => Judged::of(Verdict::Unchecked, some.join("; "), findings),
    }
}

fn read(def: &GateDef, call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    if let Some(why) = left.nothing_found_out(def.timeout) {
        return Err(why);
    }
    let crate::process::End::Exited(code) = left.end else { return Err("it did not end".to_owned()) };
    if !call.codes.contains(&code) {
        return Err(format!("it failed with exit code {code}: {}", super::probe::last_line(&left.output)));
    }
    let found = (call.read)(call, diff, left)?;
    if code != 0 && found.is_empty() && call.says_by_code {
        return Err(format!("exit code {code}, and no readable report"));
    }
    Ok(match call.scope {
        Scope::Lines => found.into_iter().filter(|finding| diff.is_added(&finding.file, finding.line)).collect(),
        Scope::Files => found,
    })
}

/// Whether a formatter names files of the base: the project does not format with it, or not as this version of it does.
fn shows_unformatted(on_base: &Evidence) -> bool {
    let ends_with_code = |line: &str| Language::of_path(line.trim()).is_some();
    on_base.report.is_none() && on_base.output.lines().any(ends_with_code)
}

/// What is said of files that the base has, too: how a new one should look, nobody can guess there.
fn in_old_files(found: Vec<Finding>, diff: &Diff) -> Vec<Finding> {
    let is_old = |path: &str| {
        let file = diff.file(path);
        diff.old.has(file.and_then(|file| file.old_path.as_deref()).unwrap_or(path))
    };
    found.into_iter().filter(|finding| is_old(&finding.file)).collect()
}

/// Findings that the base did not have, as often as it had them.
fn without(found: Vec<Finding>, old: &[Finding]) -> Vec<Finding> {
    let same = |a: &Finding, b: &Finding| a.rule == b.rule && a.message == b.message && a.file == b.file;
    let mut left: Vec<&Finding> = old.iter().collect();
    found
        .into_iter()
        .filter(|finding| match left.iter().position(|known| same(known, finding)) {
            Some(at) => {
                left.swap_remove(at);
                false
            }
            None => true,
        })
        .collect()
}

impl Call {
    fn probe(&self, def: &GateDef, label: &str, on: On) -> Probe {
        let tree = if on == On::Base { ProbeTree::base() } else { ProbeTree::head() };
        let run = if on == On::Base { self.run_on_base.clone() } else { self.run.clone() };
        Probe {
            label: label.to_owned(),
            tree,
            prepare: None,
            run,
            report: self.report.clone(),
            coverage: None,
            timeout: def.timeout,
            share: true,
        }
    }
}

#[cfg(test)]
mod tests;
