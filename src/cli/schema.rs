//! `git orca schema [NAME]`: the published JSON Schemas.

use crate::brief::{SCHEMAS, one_line, schema};
use crate::model::{Error, ErrorKind, Result};
use crate::report;
use crate::settings::nearest;
use crate::start::here::Refusal;

/// Runs it. Works anywhere: schemas are the program's own.
///
/// # Errors
/// There is no schema of that name.
pub fn main(name: Option<&str>) -> Result<u8, Refusal> {
    let Some(name) = name else {
        report::answer(&listed());
        return Ok(0);
    };
    let text = schema(name).ok_or_else(|| unknown(name))?;
    report::answer(text.trim_end());
    Ok(0)
}

/// The names, a line each.
fn listed() -> String {
    SCHEMAS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("\n")
}

fn unknown(name: &str) -> Error {
    let names = SCHEMAS.iter().map(|(name, _)| *name);
    let error = Error::new(
        ErrorKind::Usage,
        "looking for the schema",
        format!("there is no schema named `{}`", one_line(name)),
    );
    match nearest(name, names) {
        Some(near) => error.hint(format!("did you mean: git orca schema {near}")),
        None => error.hint(format!("git orca schema NAME, with one of: {}", listed().replace('\n', ", "))),
    }
}
