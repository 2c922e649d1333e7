//! `git orca salvage`: work that was saved and is no part of a result.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::display::safe;
use super::measure::plural;
use super::table::{Cell, Table};
use crate::model::{AttemptId, Oid, RunId};

/// What a saved state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What an attempt left that did not become its result.
    Left,
    /// Taken while its agent ran.
    Snapshot,
    /// What the user's branch was before the run moved it.
    Old,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Left => "left behind",
            Kind::Snapshot => "while it ran",
            Kind::Old => "branch before",
        }
    }
}

/// One saved state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// The run.
    pub run: RunId,
    /// The attempt, where it is one's.
    pub attempt: Option<AttemptId>,
    /// What it is.
    pub kind: Kind,
    /// The ref that keeps it.
    pub name: String,
    /// Its commit.
    pub commit: Oid,
    /// When it was saved.
    pub at: Timestamp,
    /// Files that differ from what the attempt started from.
    pub files: usize,
}

/// The saved states, in the order given, with how to see and restore them.
pub fn salvage(saved: &[Saved], zone: &TimeZone, columns: usize) -> String {
    if saved.is_empty() {
        return "nothing was saved beside results\n".to_owned();
    }
    let mut table =
        Table::new().left("run").flexible("attempt", 12).left("what").left("saved").right("files").left("commit");
    for one in saved {
        let time = one.at.to_zoned(zone.clone()).strftime("%m-%d %H:%M").to_string();
        let of = one.attempt.as_ref().map_or_else(|| safe(&one.name), ToString::to_string);
        let cells =
            [one.run.to_string(), of, one.kind.words().into(), time, one.files.to_string(), one.commit.short().into()];
        table.row(cells.map(Cell::from));
    }
    let example = saved[0].commit.short();
    format!(
        "{}{}\nsee one      git orca salvage show {example}\nget it back  git orca salvage restore {example}\n",
        table.text(columns),
        plural(saved.len(), "saved state")
    )
}

/// The saved states for programs.
#[derive(Debug, Serialize)]
pub struct Salvage<'a> {
    format: u32,
    saved: &'a [Saved],
}

/// The saved states as a document.
pub fn salvage_json(saved: &[Saved]) -> Salvage<'_> {
    Salvage { format: 1, saved }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, begin, id, inert, oid, screen};

    fn saved(kind: Kind, name: &str) -> Saved {
        let attempt = (kind != Kind::Old).then(|| AttemptId { task: id("T009"), n: 2 });
        let run = "20261120-1812-k3".parse().unwrap();
        Saved { run, attempt, kind, name: name.into(), commit: oid(7), at: begin(), files: 3 }
    }

    #[test]
    fn saved_work_can_be_got_back() {
        let all = [saved(Kind::Left, "x"), saved(Kind::Snapshot, "x"), saved(Kind::Old, "main")];
        insta::assert_snapshot!(screen(&salvage(&all, &TimeZone::UTC, WIDTH)), @r"
        run               attempt  what           saved        files  commit
        20261120-1812-k3  T009.2   left behind    11-20 18:12      3  9f2c922
        20261120-1812-k3  T009.2   while it ran   11-20 18:12      3  9f2c922
        20261120-1812-k3  main     branch before  11-20 18:12      3  9f2c922
        3 saved states
        see one      git orca salvage show 9f2c922
        get it back  git orca salvage restore 9f2c922
        ");
        assert_eq!(salvage(&[], &TimeZone::UTC, WIDTH), "nothing was saved beside results\n");
        insta::assert_snapshot!(serde_json::to_string(&salvage_json(&all[..1])).unwrap(), @r#"
        {"format":1,"saved":[{"run":"20261120-1812-k3","attempt":{"task":"T009","n":2},"kind":"left","name":"x","commit":"9f2c922000000000000000000000000000000007","at":"2026-11-20T18:12:00Z","files":3}]}
        "#);
    }

    #[test]
    fn hostile_names_stay_in_their_column() {
        for name in HOSTILE {
            let text = salvage(&[saved(Kind::Old, name)], &TimeZone::UTC, WIDTH);
            inert(&text);
            screen(&text);
        }
    }
}
