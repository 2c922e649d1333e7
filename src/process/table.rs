//! The kernel's table of processes, as far as parents and start times go.

use std::collections::{BTreeMap, BTreeSet};

/// One process. `start` is in clock ticks since boot (field 22 of `/proc/PID/stat`, proc(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) parent: i32,
    /// The session's number: that of the process which made it.
    pub(super) session: i32,
    pub(super) state: char,
    pub(super) start: u64,
}

impl Row {
    /// Whether it has ended and only waits to be reaped.
    pub(super) fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

/// All processes that can be seen, by pid, at one moment or nearly so.
#[derive(Debug, Default)]
pub(super) struct Table(BTreeMap<i32, Row>);

impl Table {
    /// Reads the table. `None` where there is no `/proc` of Linux's form.
    pub(super) fn read() -> Option<Table> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let rows = std::fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, row(pid)?))
        });
        Some(Table(rows.collect()))
    }

    /// All pids, ascending.
    /// The processes of a session.
    pub(super) fn in_session(&self, session: i32) -> impl Iterator<Item = i32> {
        self.0.iter().filter(move |(_, row)| row.session == session && !row.is_zombie()).map(|(pid, _)| *pid)
    }

    pub(super) fn pids(&self) -> impl Iterator<Item = i32> {
        self.0.keys().copied()
    }

    /// The live processes below `roots`, without the roots themselves. Zombies are passed through but not listed.
    pub(super) fn below(&self, roots: impl IntoIterator<Item = i32>) -> BTreeSet<i32> {
        let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        for (pid, row) in &self.0 {
            children.entry(row.parent).or_default().push(*pid);
        }
        let mut todo: Vec<i32> = roots.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(parent) = todo.pop() {
            for child in children.get(&parent).into_iter().flatten() {
                if found.insert(*child) {
                    todo.push(*child);
                }
            }
        }
        found.retain(|pid| !self.0[pid].is_zombie());
        found
    }

    /// `pid` and everything above it.
    pub(super) fn line_of(&self, pid: i32) -> BTreeSet<i32> {
        let mut line = BTreeSet::from([pid]);
        let mut at = pid;
        while let Some(row) = self.0.get(&at) {
            at = row.parent;
            if !line.insert(at) {
                break;
            }
        }
        line
    }
}

/// The row of one process, or `None` when there is none (any more).
pub(super) fn row(pid: i32) -> Option<Row> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
fn parse(stat: &str) -> Option<Row> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    let start = fields.nth(15)?.parse().ok()?;
    Some(Row { parent, session, state, start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_anything() {
        let stat = "42 (a) R (b) S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 2";
        assert_eq!(parse(stat), Some(Row { parent: 7, session: 42, state: 'S', start: 987_654 }));
        assert_eq!(parse("42 (torn"), None);
        assert_eq!(parse("42 (short) S 7"), None);
    }

    #[test]
    fn relations() {
        let row = |parent, state| Row { parent, session: 1, state, start: 0 };
        let table = Table(BTreeMap::from([
            (1, row(0, 'S')),
            (2, row(1, 'S')),
            (3, row(2, 'Z')),
            (4, row(3, 'S')),
            (5, row(1, 'S')),
        ]));
        assert_eq!(table.below([2]), BTreeSet::from([4]), "a zombie's child counts, the zombie does not");
        assert_eq!(table.below([1]), BTreeSet::from([2, 4, 5]));
        assert_eq!(table.line_of(4), BTreeSet::from([0, 1, 2, 3, 4]));
    }
}
