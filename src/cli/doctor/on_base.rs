//! What gates say of the base: whether it passes, and what cannot be checked here.

use super::finding::DoctorFinding;
use crate::model::{BaseRed, Verdict};
use crate::project::missing_module;
use crate::report::facts::reason::base_line;
use crate::run::Validated;
use crate::settings::Settings;
use crate::start::here::Here;
use crate::start::validate;

/// Runs each gate on `HEAD`, or takes what is known of that tree. Nothing runs that nobody agreed to.
pub fn look(here: &Here, settings: &Settings, tell: &dyn Fn(&str)) -> Vec<DoctorFinding> {
    if settings.base_red == BaseRed::Off {
        return Vec::new();
    }
    tell("running your gates on HEAD, in a worktree of their own; that takes as long as your tests do");
    match validate::on_base(here, settings) {
        Ok(found) => {
            let found: Vec<Validated> = found.into_iter().flatten().collect();
            setup(settings, &found).into_iter().chain(found.iter().filter_map(finding)).collect()
        }
        Err(error) => vec![DoctorFinding::of_error("base", &error)],
    }
}

/// Whether the setup command worked in the fresh worktree that gates were run in; none where nothing ran.
fn setup(settings: &Settings, found: &[Validated]) -> Option<DoctorFinding> {
    let command = settings.worktree.setup.as_deref().filter(|_| !found.is_empty())?;
    let failed = found.iter().find(|one| one.judged.reason.contains("the setup command in"));
    Some(match failed {
        None => DoctorFinding::ok("setup", format!("setup `{command}` works in a fresh worktree")),
        Some(one) => {
            let words = format!("setup `{command}` fails in a fresh worktree");
            let finding = DoctorFinding::problem("setup", words).hint("correct [worktree] setup in orca.toml");
            one.log.iter().fold(finding, |finding, log| finding.hint(format!("its output: {}", log.display())))
        }
    })
}

fn finding(one: &Validated) -> Option<DoctorFinding> {
    let words = base_line(&one.gate, &one.judged.reason, &one.judged.measured, one.judged.verdict);
    let log = |finding: DoctorFinding| match &one.log {
        Some(log) => finding.hint(format!("its output: {}", log.display())),
        None => finding,
    };
    match (one.judged.verdict, words) {
        (Verdict::Pass, _) => Some(DoctorFinding::ok("base", format!("gate {} passes on your base", one.gate.name))),
        (Verdict::Fail, Some(words)) if one.gate.required => {
            let hint = "fix it, or: git orca execute --base-red ok   holds tasks to no new failures";
            let finding = DoctorFinding::problem("base", words).hint(hint);
            Some(log(match missing_module(&one.judged.reason) {
                Some(what) => finding.hint(format!(
                    "{what} is not there in a fresh worktree: [worktree] setup in orca.toml installs it; git orca help install"
                )),
                None => finding,
            }))
        }
        (_, Some(words)) => Some(log(DoctorFinding::note("base", words))),
        (_, None) => None,
    }
}
