//! Ways beside those of the other tables: the same intents in other words. Which rule refuses each is left open.

mod go;
mod moves;
mod python;
mod rebound;
mod rust;
mod script;

use super::{Way, edit};

/// Name, path (none: the file of tests), what is there, what is put in its place, the rule.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);
type Base = &'static [(&'static str, &'static str)];

fn all(base: Base, path: &'static str, rows: &[Row]) -> Vec<Way<'static>> {
    let change = |row: &Row| edit(base, row.0, if row.1.is_empty() { path } else { row.1 }, (row.2, row.3), row.4);
    rows.iter().map(change).collect()
}
