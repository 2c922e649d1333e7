//! The kernel's table of processes, as far as parents and start times go.

use std::collections::{BTreeMap, BTreeSet};

use super::system::{ProcessRow, read_rows};

/// All processes that can be seen, by pid, at one moment or nearly so.
#[derive(Debug, Default)]
pub(super) struct ProcessTable(BTreeMap<i32, ProcessRow>);

impl ProcessTable {
    /// Reads the table. `None` where the system does not show it.
    pub(super) fn read() -> Option<ProcessTable> {
        read_rows().map(ProcessTable)
    }

    /// The live processes of a session.
    pub(super) fn in_session(&self, session: i32) -> BTreeSet<i32> {
        let is_in = |pid: i32| {
            nix::unistd::getsid(Some(nix::unistd::Pid::from_raw(pid))).is_ok_and(|of| of.as_raw() == session)
        };
        self.0.iter().filter(|(pid, row)| !row.is_zombie && is_in(**pid)).map(|(pid, _)| *pid).collect()
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
        found.retain(|pid| !self.0[pid].is_zombie);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations() {
        let row = |parent, state| ProcessRow { parent, is_zombie: state == 'Z', start: 0 };
        let table = ProcessTable(BTreeMap::from([
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
