//! A kind of gate for tests, with an option of its own: no added line may hold the text `forbid`. Nothing but this file and
//! its line in [`GATES`](super::GATES) knows it, which is what a new kind takes.

use serde::{Deserialize, Serialize};

use super::{Diff, Evidence, Judged, Kind, Probe, Step};
use crate::model::{Finding, GateDef, GateKind, KindName, KindOptions};
use crate::settings::{GateKeys, SettingsTable};

const NAME: KindName = KindName::new("dummy").expect("it is a name");

/// The row of the registry.
pub(super) static KIND: Kind = Kind {
    keys: GateKeys {
        kind: GateKind::Other(NAME),
        names: &["forbid"],
        read,
        commands: |_| Vec::new(),
        wants: |def| match def.own.thaw::<DummyOptions>() {
            Ok(options) => format!(": no line with {}", options.forbid),
            Err(_) => String::new(),
        },
    },
    about: "a text that no added line may hold",
    looks_at_diff: true,
    judge,
};

#[derive(Serialize, Deserialize)]
struct DummyOptions {
    forbid: String,
}

fn read(table: &SettingsTable<'_, '_>, def: &mut GateDef) {
    let (forbid, at) = match table.text("forbid") {
        Some((forbid, at)) if !forbid.is_empty() => (forbid, at),
        _ => return table.error(table.place(), "a dummy gate forbids something", "write forbid = \"…\""),
    };
    match KindOptions::freeze(&DummyOptions { forbid }) {
        Ok(own) => def.own = own,
        Err(cause) => table.error(at, cause, ""),
    }
}

fn judge(def: &GateDef, diff: &Diff, _: &[(Probe, Evidence)]) -> Step {
    let DummyOptions { forbid } = match def.own.thaw() {
        Ok(options) => options,
        Err(why) => return Judged::unchecked(why).into(),
    };
    let lines = diff.files.iter().flat_map(|file| file.added.iter().map(move |line| (file, line)));
    let found: Vec<Finding> = lines
        .filter(|(_, line)| line.text.contains(&forbid))
        .map(|(file, line)| Finding {
            file: file.path.clone(),
            line: line.number,
            rule: NAME.as_str().to_owned(),
            message: format!("it holds {forbid}"),
            advice: String::new(),
        })
        .collect();
    if found.is_empty() { Judged::pass() } else { Judged::fail(format!("{forbid} was added"), found) }.into()
}
