//! The trace of a run, for a collector of OpenTelemetry.

use super::here::Here;
use crate::journal::{RunState, read_entries};
use crate::model::Result;
use crate::report::live::export;
use crate::report::trace::{otlp, spans};

/// The request that exports the trace of a run.
///
/// # Errors
/// The journal cannot be read.
pub fn trace_request(here: &Here, state: &RunState) -> Result<serde_json::Value> {
    let run = &state.info.run;
    let entries = read_entries(&here.store.run(run).journal())?;
    let resource = export::resource(&|name| here.env.get(name).cloned());
    Ok(otlp::request(run, &spans(&entries), &resource))
}

/// Sends the trace of a run that is over, where the environment names a collector; a warning where that fails.
pub fn send_trace(here: &Here, state: &RunState) -> Option<String> {
    let send = || -> std::result::Result<(), String> {
        let Some(collector) = export::collector(&|name| here.env.get(name).cloned())? else { return Ok(()) };
        collector.send(&trace_request(here, state).map_err(|error| error.to_string())?)
    };
    let why = send().err()?;
    let run = &state.info.run;
    Some(format!("warning: the trace was not sent: {why}; git orca report {run} --format otlp prints it"))
}
