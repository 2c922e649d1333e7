//! Which gates judge, where `orca.toml` leaves that to us.

use super::found_setup;
use crate::gate;
use crate::model::GateKind;
use crate::project::{self, Detected, Project};
use crate::settings::Settings;
use crate::start::here::Here;
use crate::start::installed::is_installed;

/// The gates found because orca.toml defines none. Where it does, what its gates leave to us is chosen (their tools, and
/// the command whose time is measured), and found are those that look at what the own ones do not.
pub fn detect(here: &Here, settings: &mut Settings, project: &Project) -> Detected {
    let tools = |name: &str| is_installed(name, &here.env, &here.cwd);
    let mut detected = project::detect(project, &tools, settings.worktree.setup.is_some());
    if let Some(setup) = found_setup::agreed(here, settings, &detected) {
        settings.worktree.setup = Some(setup);
        detected = project::detect(project, &tools, true);
    }
    let has_setup = settings.worktree.setup.is_some();
    detected.gates.retain(|def| gate::kind(def).is_some());
    if !settings.found_gates {
        detected = Detected { measurable: detected.measurable, setup: detected.setup, ..Detected::default() };
    }
    if settings.gates.is_empty() {
        return detected;
    }
    let beside = if settings.found_gates { project::beside(project, &settings.gates) } else { Detected::default() };
    let mut left_out = beside.left_out;
    for gate in &mut settings.gates {
        left_out.extend(project::choose_tools(project, &tools, has_setup, gate));
        if let Some(tests) = &detected.measurable
            && gate.kind == GateKind::Performance
            && gate.run.trim().is_empty()
        {
            gate::measure_tests(gate, &tests.run, tests.build.as_deref());
        }
    }
    Detected { gates: beside.gates, left_out, setup: detected.setup, ..Detected::default() }
}
