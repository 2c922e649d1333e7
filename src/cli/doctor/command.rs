//! Puts the findings together.

use super::super::args::DoctorArgs;
use super::finding::{self, DoctorFinding};
use super::{repository, runs, tools};
use crate::model::{Error, Result};
use crate::process::{self, Capacity, Machine};
use crate::report;
use crate::report::print::out;
use crate::settings::{Flags, JobsWish, Settings};
use crate::start::here::{Here, Refusal};

/// Runs it. Exit 1 when there is a problem.
///
/// # Errors
/// The current folder is gone.
pub fn main(args: &DoctorArgs) -> Result<u8, Refusal> {
    let tell = |words: &str| {
        if !args.format.is_json() && out::can_ask() {
            report::say(words);
        }
    };
    let findings = look(&Flags { executor: args.executor, ..Flags::default() }, &tell)?;
    report::answer(&if args.format.is_json() { finding::json(&findings) } else { finding::text(&findings) });
    Ok(u8::from(finding::problems(&findings) > 0))
}

fn look(flags: &Flags, tell: &dyn Fn(&str)) -> Result<Vec<DoctorFinding>> {
    let cwd = std::env::current_dir().map_err(|e| Error::failed("looking at the current folder", e))?;
    let here = match Here::at(&cwd) {
        Ok(here) => here,
        Err(error) => return Ok(vec![DoctorFinding::of_error("repository", &error), machine(None)]),
    };
    let mut findings = repository::look(&here);
    match here.settings(flags) {
        Ok(settings) => {
            findings.extend(settings.warnings.iter().map(|warning| DoctorFinding {
                level: finding::Level::Note,
                ..DoctorFinding::of_problem("settings", warning)
            }));
            findings.extend(tools::agents(&here, &settings));
            findings.extend(tools::gates(&here, &settings));
            findings.extend(super::on_base::look(&here, &settings, tell));
            findings.push(tools::fence(&here, &settings));
            findings.extend(repository::worktrees(&here, &settings));
            findings.extend(super::merging::structured(&here));
            findings.push(machine(Some(&settings)));
            findings.extend(super::far::look(&here, &settings));
        }
        Err(Refusal::Error(error)) => findings.push(DoctorFinding::of_error("settings", &error)),
        Err(Refusal::Problems(problems, _)) => {
            findings.extend(problems.iter().map(|problem| DoctorFinding::of_problem("settings", problem)));
        }
    }
    findings.extend(runs::look(&here));
    Ok(findings)
}

/// How many agents could run at once here, whatever the plan's width.
fn machine(settings: Option<&Settings>) -> DoctorFinding {
    let machine = match Machine::look() {
        Ok(machine) => machine,
        Err(error) => return DoctorFinding::of_error("machine", &error),
    };
    let jobs = match settings.and_then(|settings| settings.jobs) {
        None => process::Jobs::Default,
        Some(JobsWish::Auto) => process::Jobs::Auto,
        Some(JobsWish::Count(n)) => process::Jobs::Fixed(n),
    };
    let Capacity { agents, checks, .. } = process::capacity(&machine, jobs, usize::MAX);
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30));
    let (total, free) = (gib(machine.memory_total), gib(machine.memory_available));
    let words = format!("{agents} agents and {checks} gates at once ({} cpus, {total}, {free} free)", machine.cpus);
    DoctorFinding::ok("machine", words)
}
