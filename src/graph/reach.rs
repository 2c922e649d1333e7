//! Who is before whom, as bit sets.

use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;

/// One row of bits for each node of a graph.
pub(super) struct BitRows {
    words: usize,
    bits: Vec<u64>,
}

impl BitRows {
    fn new(rows: usize, columns: usize) -> BitRows {
        let words = columns.div_ceil(64);
        BitRows { words, bits: vec![0; rows * words] }
    }

    /// Whether `column` is set in `row`.
    pub fn has(&self, row: u32, column: usize) -> bool {
        self.bits[row as usize * self.words + column / 64] >> (column % 64) & 1 == 1
    }

    fn set(&mut self, row: u32, column: usize) {
        self.bits[row as usize * self.words + column / 64] |= 1 << (column % 64);
    }

    /// `self[to] |= other[from]`, where `other` is another set of rows of the same width.
    fn merge_from(&mut self, to: u32, other: &BitRows, from: u32) {
        let (to, from) = (to as usize * self.words, from as usize * self.words);
        for word in 0..self.words {
            self.bits[to + word] |= other.bits[from + word];
        }
    }

    fn merge(&mut self, to: u32, from: u32) {
        let (to, from) = (to as usize * self.words, from as usize * self.words);
        for word in 0..self.words {
            self.bits[to + word] |= self.bits[from + word];
        }
    }
}

/// For each node which of `members` come before it. Costs nodes × members / 8 bytes.
pub(super) fn before_among(graph: &TaskGraph, members: &[TaskIx]) -> BitRows {
    let nodes = graph.network.len();
    let mut column = vec![usize::MAX; nodes];
    for (n, member) in members.iter().enumerate() {
        column[member.index()] = n;
    }
    let mut rows = BitRows::new(nodes, members.len());
    for &node in &graph.order {
        for &(previous, _) in graph.network.before(node) {
            rows.merge(node, previous);
            if column[previous as usize] != usize::MAX {
                rows.set(node, column[previous as usize]);
            }
        }
    }
    rows
}

/// For each node the tasks that need no edge of their own to it, because they come before another one that it waits for
/// directly or through barriers. Follows the arcs whose origin `keep` accepts. Costs nodes × tasks / 4 bytes.
pub(super) fn implied(graph: &TaskGraph, keep: impl Fn(u32) -> bool) -> BitRows {
    let nodes = graph.network.len();
    let mut all = BitRows::new(nodes, graph.len());
    let mut implied = BitRows::new(nodes, graph.len());
    for &node in &graph.order {
        for &(previous, _) in graph.network.before(node).iter().filter(|&&(_, origin)| keep(origin)) {
            all.merge(node, previous);
            if graph.is_task(previous) {
                implied.merge_from(node, &all, previous);
                all.set(node, previous as usize);
            } else {
                implied.merge(node, previous);
            }
        }
    }
    implied
}
