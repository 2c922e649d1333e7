//! `git orca config`: every setting with its value and where it comes from.

use serde_json::json;

use super::args::FormatArgs;
use super::here::{Here, Refusal};
use crate::brief::one_line;
use crate::model::Result;
use crate::report;
use crate::settings::{Flags, Shown};

/// Widest column of keys or values, characters; longer ones push the rest of their own line only.
const WIDEST: usize = 44;

/// Runs it.
///
/// # Errors
/// There is no repository, or a setting is wrong.
pub fn main(args: &FormatArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let settings = here.settings(&Flags::default())?;
    settings.warnings.iter().for_each(|problem| report::say(&report::problem_line(problem)));
    report::answer(&if args.is_json() { as_json(settings.shown()) } else { as_table(settings.shown()) });
    Ok(0)
}

/// `{"format":1,"settings":[{key,value,source}]}`, in one line.
fn as_json(shown: &[Shown]) -> String {
    let settings: Vec<_> =
        shown.iter().map(|line| json!({"key": line.key, "value": line.value, "source": line.source})).collect();
    json!({"format": 1, "settings": settings}).to_string()
}

/// A line a setting: key, value, source.
fn as_table(shown: &[Shown]) -> String {
    let rows: Vec<[String; 3]> =
        shown.iter().map(|line| [&line.key, &line.value, &line.source].map(|text| one_line(text))).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (keys, values) = (width(0), width(1));
    let line = |row: &[String; 3]| {
        format!("{:keys$}  {:values$}  {}", row[0], if row[1].is_empty() { "-" } else { &row[1] }, row[2])
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(key: &str, value: &str, source: &str) -> Shown {
        Shown { key: key.to_owned(), value: value.to_owned(), source: source.to_owned() }
    }

    #[test]
    fn columns_hold_whatever_a_repository_writes() {
        let long = "x".repeat(80);
        let lines = [
            shown("jobs", "4", "orca.toml:4"),
            shown("gates.test", "a\n\u{1b}[2Jb", "orca.toml:9"),
            shown("agent", "", "default"),
            shown("gates.long", &long, "orca.toml:12"),
        ];
        let expected = format!(
            "jobs        4             orca.toml:4\n\
             gates.test  a \\u{{1b}}[2Jb  orca.toml:9\n\
             agent       -             default\n\
             gates.long  {long}  orca.toml:12"
        );
        assert_eq!(as_table(&lines), expected);
        let json: serde_json::Value = serde_json::from_str(&as_json(&lines)).unwrap();
        assert_eq!((&json["format"], &json["settings"][1]["value"]), (&json!(1), &json!("a\n\u{1b}[2Jb")));
    }
}
