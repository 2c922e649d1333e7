//! `git orca report`: a run in every form.

use super::args::{ReportArgs, ReportForm};
use super::look::page;
use crate::journal::{RunPaths, read_entries};
use crate::report;
use crate::report::machine::prometheus::prometheus;
use crate::report::machine::report_json::report_json;
use crate::report::machine::report_junit::report_junit;
use crate::report::print::out;
use crate::report::screens::html::report_html;
use crate::report::screens::report_md::report_md;
use crate::report::trace::{perfetto::trace_events, spans};
use crate::report::words::json_text;
use crate::run::write;
use crate::start::here::{Here, Refusal};
use crate::start::seen::{all_changes, picture};
use crate::start::trace_export::trace_request;

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
        ReportForm::Md => return page(Some(&here), &report_md(&picture, &changes)),
    }
    Ok(0)
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
