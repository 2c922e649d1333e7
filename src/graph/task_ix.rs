//! Tasks by number.

/// A task's number in its graph: its place in the list the graph was built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskIx(pub u32);

impl TaskIx {
    /// As an index into arrays by task.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
