//! Reports of a run in every form, what is left of it in its folder, and its trace.

use super::args::{ReportArgs, ReportForm};
use super::here::{Here, Refusal};
use super::look::{changed, page, picture};
use crate::journal::{RunPaths, RunState, read_entries};
use crate::model::Result;
use crate::report;
use crate::report::live::export;
use crate::report::machine::prometheus::prometheus;
use crate::report::machine::report_json::{Changes, report_json};
use crate::report::machine::report_junit::report_junit;
use crate::report::machine::result::result_json;
use crate::report::print::out;
use crate::report::screens;
use crate::report::screens::html::report_html;
use crate::report::screens::report_md::report_md;
use crate::report::screens::summary::{DiffStat, ResultFacts};
use crate::report::trace::{otlp, perfetto::trace_events, spans};
use crate::report::words::json_text;
use crate::run::write;

fn all_changes(here: &Here, state: &RunState) -> Result<Changes> {
    let mut changes = Changes::new();
    for task in &state.info.tasks {
        if let Some(files) = changed(here, state, &task.id)? {
            changes.insert(task.id.clone(), files);
        }
    }
    Ok(changes)
}

/// `report`.
///
/// # Errors
/// There is no such run.
pub fn report(args: &ReportArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let picture = picture(&here, &state);
    let changes = all_changes(&here, &state)?;
    match args.format {
        _ if args.json => report::answer(&json_text::pretty(&report_json(&picture, &changes))),
        ReportForm::Json => report::answer(&json_text::pretty(&report_json(&picture, &changes))),
        ReportForm::Junit => report::answer(&report_junit(&picture)),
        ReportForm::Perfetto => {
            report::answer(&json_text::line(&trace_events(&spans(&read_entries(&paths.journal())?))))
        }
        ReportForm::Otlp => report::answer(&json_text::line(&trace_request(&here, &state)?)),
        ReportForm::Prometheus => report::answer(&prometheus(&picture)),
        ReportForm::Html => return page_of(&paths, &report_html(&picture, &changes)),
        ReportForm::Md => return page(&here, &report_md(&picture, &changes)),
    }
    Ok(0)
}

/// The request that exports the trace of a run.
fn trace_request(here: &Here, state: &RunState) -> Result<serde_json::Value> {
    let run = &state.info.run;
    let entries = read_entries(&here.store.run(run).journal())?;
    let resource = export::resource(&|name| here.env.get(name).cloned());
    Ok(otlp::request(run, &spans(&entries), &resource))
}

/// Sends the trace of a run that is over, where the environment names a collector. What fails is a warning.
pub fn export_trace(here: &Here, state: &RunState) {
    let send = || -> std::result::Result<(), String> {
        let Some(collector) = export::collector(&|name| here.env.get(name).cloned())? else { return Ok(()) };
        collector.send(&trace_request(here, state).map_err(|error| error.to_string())?)
    };
    if let Err(why) = send() {
        let run = &state.info.run;
        report::say(&format!("warning: the trace was not sent: {why}; git orca report {run} --format otlp prints it"));
    }
}

/// A page is of no use on a terminal: there its file is named instead.
fn page_of(paths: &RunPaths, html: &str) -> Result<u8, Refusal> {
    if !out::answers_a_person() {
        report::answer(html);
        return Ok(0);
    }
    let file = paths.root().join("report.html");
    write(&file, html)?;
    report::answer(&file.display().to_string());
    report::say("open it in a browser; it needs nothing else");
    Ok(0)
}

/// Leaves the report and one result document per task in the run's folder.
///
/// # Errors
/// Git cannot be asked, or the disk refuses.
pub fn leave_report(here: &Here, state: &RunState) -> Result<()> {
    let paths = here.store.run(&state.info.run);
    let picture = picture(here, state);
    let changes = all_changes(here, state)?;
    for task in &state.info.tasks {
        if let Some(result) = result_json(&picture, &task.id, changes.get(&task.id).map(Vec::as_slice)) {
            write(&paths.result_file(&task.id), &json_text::pretty(&result))?;
        }
    }
    write(&paths.root().join("report.md"), &report_md(&picture, &changes))?;
    write(&paths.root().join("report.html"), &report_html(&picture, &changes))?;
    write(&paths.root().join("report.xml"), &report_junit(&picture))?;
    write(&paths.root().join("report.json"), &json_text::pretty(&report_json(&picture, &changes)))
}

/// The end of a run in words.
pub fn summary(here: &Here, state: &RunState) -> String {
    let picture = picture(here, state);
    let changes = here.repo.changed(&state.info.base, &state.top().commit).ok();
    let change = changes.map(|changes| DiffStat {
        files: changes.len() as u64,
        added: changes.iter().map(|change| change.added as u64).sum(),
        removed: changes.iter().map(|change| change.removed as u64).sum(),
    });
    screens::summary::summary(&picture, &ResultFacts { change }, out::width())
}
