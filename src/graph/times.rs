//! Paths and bounds. Weights are by task, in minutes or any other unit; a negative one or NaN counts as 0.

use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;

/// The weight of node `n`; joints and nonsense weigh nothing.
fn weight(weights: &[f64], node: u32) -> f64 {
    weights.get(node as usize).copied().filter(|w| *w > 0.0).unwrap_or(0.0)
}

impl TaskGraph {
    /// For each task the longest path from its start to the end, its own weight included.
    pub fn tails(&self, weights: &[f64]) -> Vec<f64> {
        let mut tails = self.node_tails(weights);
        tails.truncate(self.len());
        tails
    }

    pub(super) fn node_tails(&self, weights: &[f64]) -> Vec<f64> {
        let mut tails = vec![0.0f64; self.network.len()];
        for &node in self.order.iter().rev() {
            let rest = self.network.after(node).iter().map(|&(n, _)| tails[n as usize]).fold(0.0, f64::max);
            tails[node as usize] = rest + weight(weights, node);
        }
        tails
    }

    /// When each task can start at the earliest, with any number of agents.
    pub fn earliest(&self, weights: &[f64]) -> Vec<f64> {
        let mut start = vec![0.0f64; self.network.len()];
        for &node in &self.order {
            let end = start[node as usize] + weight(weights, node);
            for &(next, _) in self.network.after(node) {
                start[next as usize] = start[next as usize].max(end);
            }
        }
        start.truncate(self.len());
        start
    }

    /// A longest path, first task first. Among equals the one earliest in the plan.
    pub fn critical_path(&self, weights: &[f64]) -> Vec<TaskIx> {
        let tails = self.node_tails(weights);
        let longest = |nodes: &mut dyn Iterator<Item = u32>| {
            nodes.fold(None, |best: Option<u32>, n| match best {
                Some(b) if (tails[n as usize], b) <= (tails[b as usize], n) => Some(b),
                _ => Some(n),
            })
        };
        let mut path = Vec::new();
        let mut at = longest(&mut (0..self.len() as u32));
        while let Some(node) = at {
            if self.is_task(node) {
                path.push(TaskIx(node));
            }
            at = longest(&mut self.network.after(node).iter().map(|&(n, _)| n));
        }
        path
    }

    /// Total weight: the time one agent takes.
    pub fn work(&self, weights: &[f64]) -> f64 {
        (0..self.len() as u32).map(|node| weight(weights, node)).fold(0.0, |sum, weight| sum + weight)
    }

    /// No schedule with `jobs` agents beats this: max(critical path, work / jobs).
    pub fn lower_bound(&self, weights: &[f64], jobs: usize) -> f64 {
        let longest = self.node_tails(weights).into_iter().fold(0.0, f64::max);
        longest.max(self.work(weights) / jobs.max(1) as f64)
    }

    /// How many tasks run at once at most when each starts as early as it can: more agents than this are useless.
    pub fn width(&self, weights: &[f64]) -> usize {
        let start = self.earliest(weights);
        // Ends before starts at equal times; a task without weight ends after it starts, so it counts.
        let mut moments: Vec<(f64, u8, i64)> = Vec::with_capacity(2 * self.len());
        for (node, &at) in start.iter().enumerate() {
            let w = weight(weights, node as u32);
            moments.push((at, 1, 1));
            moments.push((at + w, if w > 0.0 { 0 } else { 2 }, -1));
        }
        moments.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut now, mut most) = (0i64, 0i64);
        for (_, _, change) in moments {
            now += change;
            most = most.max(now);
        }
        most as usize
    }
}
