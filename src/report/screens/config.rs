//! `git orca config`: every setting with its value and where it comes from.

use serde::Serialize;

use crate::report::words::display::safe;
use crate::report::words::table::{Cell, Table};
use crate::settings::Shown;

/// The settings as a table. A value too long for its column is cut; `--format json` has it whole.
pub fn config(settings: &[Shown], columns: usize) -> String {
    let mut table = Table::new().flexible("setting", 20).flexible("value", 16).flexible("source", 12);
    for Shown { key, value, source } in settings {
        let value = if value.is_empty() { "-".to_owned() } else { safe(value) };
        table.row([safe(key), value, safe(source)].map(Cell::from));
    }
    table.text(columns)
}

/// The settings for programs.
#[derive(Debug, Serialize)]
pub struct Config<'a> {
    format: u32,
    settings: Vec<Setting<'a>>,
}

#[derive(Debug, Serialize)]
struct Setting<'a> {
    key: &'a str,
    value: &'a str,
    source: &'a str,
}

/// The settings as a document.
pub fn config_json(settings: &[Shown]) -> Config<'_> {
    Config {
        format: 1,
        settings: settings.iter().map(|Shown { key, value, source }| Setting { key, value, source }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, inert, screen};

    fn shown(key: &str, value: &str, source: &str) -> Shown {
        Shown { key: key.into(), value: value.into(), source: source.into() }
    }

    #[test]
    fn values_stand_with_their_source() {
        let settings = [
            shown("jobs", "4", "--jobs"),
            shown("agent", "claude", "orca.toml:4"),
            shown("budget-usd", "", "default"),
            shown("gates.test", &"pytest -q tests/unit ".repeat(8), "orca.toml:18"),
        ];
        insta::assert_snapshot!(screen(&config(&settings, WIDTH)), @r"
        setting     value                                                                       source
        jobs        4                                                                           --jobs
        agent       claude                                                                      orca.toml:4
        budget-usd  -                                                                           default
        gates.test  pytest -q tests/unit pytest -q tests/unit pytest -q tests/unit pytest -q…   orca.toml:18
        ");
        insta::assert_snapshot!(serde_json::to_string(&config_json(&settings[..1])).unwrap(), @r#"
        {"format":1,"settings":[{"key":"jobs","value":"4","source":"--jobs"}]}
        "#);
    }

    #[test]
    fn hostile_values_stay_in_their_column() {
        for value in HOSTILE {
            let text = config(&[shown("gates.test", value, "orca.toml:1")], WIDTH);
            inert(&text);
            screen(&text);
        }
    }
}
