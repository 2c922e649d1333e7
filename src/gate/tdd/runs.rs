//! Runs of the tests that several parts of the proof ask for.

use std::collections::HashSet;

use super::super::reports::{Outcome, TestCase, TestReport};
use super::super::{Evidence, Judged, On, ProbeTree};
use super::ask::{Ask, Asked, BASE};
use super::change::Overlay;

/// The base's results; none when its tests do not run: a project without tests, or one that does not build.
pub(super) fn base<'a>(ask: &Ask<'a>) -> Asked<Option<&'a TestReport>> {
    let evidence = ask.run(BASE, ProbeTree::base)?;
    if let Some(why) = evidence.nothing_found_out(ask.def.timeout).filter(|_| !is_missing_tool(evidence)) {
        return Err(Judged::unchecked(format!("on the base: {why}")).into());
    }
    Ok(ask.tests(evidence).ok())
}

/// A base from before the project's tools were set up says 127; that is no reason not to judge the head.
fn is_missing_tool(evidence: &Evidence) -> bool {
    matches!(evidence.end, crate::process::End::Exited(126 | 127))
}

/// The judged commit with something laid over it.
pub(super) fn overlaid(overlay: Overlay) -> ProbeTree {
    ProbeTree { on: On::Head, overlay }
}

/// Whether the base's other tests still run: where nothing passes, a failure says nothing about the one that failed.
pub(super) fn others_run(ask: &Ask<'_>, new: &[&TestCase], base: Option<&TestReport>, red: &TestReport) -> bool {
    let names: HashSet<&str> = new.iter().map(|case| case.name.as_str()).collect();
    let passed = base.iter().flat_map(|base| base.cases()).filter(|case| case.outcome == Outcome::Passed);
    let mut others =
        passed.filter(|case| !names.contains(case.name.as_str()) && !ask.is_expected_red(&case.name)).peekable();
    others.peek().is_none() || others.any(|case| red.outcome(&case.name) == Some(Outcome::Passed))
}
