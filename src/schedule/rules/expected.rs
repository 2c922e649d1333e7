//! How long tasks and plans will take: given by the plan, else learned from earlier runs of this repository.

use std::collections::HashMap;

use crate::graph::{SimulatedLoad, TaskGraph};
use crate::journal::{History, Sample, task_size};
use crate::model::Task;

/// Samples without which an agent has taught nothing.
const FEWEST: usize = 3;
/// Samples that a task is compared with: those of its agent that are nearest in size.
const NEAREST: usize = 9;
/// Schedules drawn for a range, fewer for large plans: tasks times draws stay below [`MAX_PLACED`].
const DRAWS: usize = 200;
/// Fewest draws: the range of a large plan is narrow anyway.
const FEWEST_DRAWS: usize = 10;
/// Tasks placed in all draws together.
const MAX_PLACED: usize = 200_000;

/// What earlier runs teach: by agent, samples sorted by size.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    by_agent: HashMap<String, Vec<Sample>>,
}

/// How long a plan will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Agents at once.
    pub jobs: usize,
    /// Minutes, as likely too short as too long.
    pub minutes: f64,
    /// Minutes below which one schedule of ten ends.
    pub low: f64,
    /// Minutes above which one schedule of ten ends.
    pub high: f64,
    /// Attempts that this was learned from.
    pub attempts: u64,
    /// Minutes of each task, in the graph's order.
    pub tasks: Vec<f64>,
}

impl Learned {
    /// What `history` teaches.
    pub fn of(history: &History) -> Learned {
        let mut by_agent: HashMap<String, Vec<Sample>> = HashMap::new();
        for sample in &history.samples {
            by_agent.entry(sample.agent.clone()).or_default().push(sample.clone());
        }
        by_agent.retain(|_, samples| samples.len() >= FEWEST);
        by_agent.values_mut().for_each(|samples| samples.sort_by_key(|sample| sample.size));
        Learned { by_agent }
    }

    /// The samples of an agent that are nearest to a size.
    fn nearest(&self, agent: &str, size: u64) -> &[Sample] {
        let Some(samples) = self.by_agent.get(agent) else { return &[] };
        let at = samples.partition_point(|sample| sample.size < size);
        let (mut from, mut to) = (at, at);
        let far = |sample: &Sample| (sample.size.max(1) as f64 / size.max(1) as f64).ln().abs();
        while to - from < NEAREST.min(samples.len()) {
            let below = from.checked_sub(1).map(|n| far(&samples[n]));
            let above = samples.get(to).map(far);
            match (below, above) {
                (Some(below), Some(above)) if below <= above => from -= 1,
                (Some(_), None) => from -= 1,
                _ => to += 1,
            }
        }
        &samples[from..to]
    }

    /// How long `tasks` will take on `jobs` agents, when `agent` does those that bring no `run` text. None where nothing
    /// was learned about any of them.
    ///
    /// The range comes from schedules in which each task takes what one of its samples took, drawn by its number: the
    /// same plan and history give the same range.
    pub fn expect(
        &self,
        graph: &TaskGraph,
        tasks: &[Task],
        load: &SimulatedLoad,
        jobs: usize,
        agent: &str,
    ) -> Option<Expected> {
        let known: Vec<Known<'_>> = tasks.iter().map(|task| self.known(task, agent)).collect();
        let attempts: u64 = self.attempts(tasks, agent);
        let sum = known.iter().filter_map(Known::likely).fold((0.0, 0), |(sum, n), minutes| (sum + minutes, n + 1));
        if attempts == 0 || sum.1 == 0 {
            return None;
        }
        let mean = sum.0 / f64::from(sum.1);
        let mut load = load.clone();
        let mut makespan = |weights: Vec<f64>| {
            load.weights = weights;
            graph.simulate(&load, jobs).makespan
        };
        let draws = (MAX_PLACED / tasks.len().max(1)).clamp(FEWEST_DRAWS, DRAWS);
        let mut times: Vec<f64> = (0..draws)
            .map(|draw| {
                makespan(known.iter().enumerate().map(|(n, task)| task.drawn(draw, n).unwrap_or(mean)).collect())
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        let tasks = known.iter().map(|task| task.likely().unwrap_or(mean)).collect();
        Some(Expected { jobs, minutes: at(0.5), low: at(0.1), high: at(0.9), attempts, tasks })
    }

    fn known<'a>(&'a self, task: &Task, agent: &str) -> Known<'a> {
        match task.estimate.filter(|minutes| minutes.is_finite() && *minutes > 0.0) {
            Some(minutes) => Known::Given(minutes),
            None => Known::Learned(self.nearest(agent_of(task, agent), task_size(task))),
        }
    }

    /// Attempts behind the agents that do `tasks`.
    fn attempts(&self, tasks: &[Task], agent: &str) -> u64 {
        let mut agents: Vec<&str> =
            tasks.iter().filter(|task| task.estimate.is_none()).map(|task| agent_of(task, agent)).collect();
        agents.sort_unstable();
        agents.dedup();
        let samples = agents.iter().filter_map(|agent| self.by_agent.get(*agent)).flatten();
        samples.map(|sample| u64::from(sample.attempts)).sum()
    }
}

fn agent_of<'a>(task: &Task, agent: &'a str) -> &'a str {
    if task.run.is_some() { crate::schedule::facts::SCRIPT } else { agent }
}

/// What is known of one task, minutes.
enum Known<'a> {
    Given(f64),
    Learned(&'a [Sample]),
}

impl Known<'_> {
    /// The given time, or the median of what such tasks took.
    fn likely(&self) -> Option<f64> {
        match self {
            Known::Given(minutes) => Some(*minutes),
            Known::Learned([]) => None,
            Known::Learned(samples) => {
                let mut seconds: Vec<f64> = samples.iter().map(|sample| sample.seconds).collect();
                seconds.sort_by(f64::total_cmp);
                Some(seconds[seconds.len() / 2] / 60.0)
            }
        }
    }

    /// The time in one draw.
    fn drawn(&self, draw: usize, task: usize) -> Option<f64> {
        match self {
            Known::Given(minutes) => Some(*minutes),
            Known::Learned([]) => None,
            Known::Learned(samples) => {
                let dice = crc32fast::hash(format!("{draw} {task}").as_bytes()) as usize;
                Some(samples[dice % samples.len()].seconds / 60.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Barrier, MapFiles};
    use crate::plan::{PlanEntry, Reading, read};

    fn tasks(text: &str) -> (Vec<Task>, Vec<Barrier>) {
        let files = MapFiles([("tasks.json".to_owned(), text.as_bytes().to_vec())].into());
        let plan = read(&files, &PlanEntry::new("tasks.json"), &Reading::default());
        (plan.tasks, plan.barriers)
    }

    fn history(times: &[(&str, u64, f64)]) -> Learned {
        let sample = |(agent, size, minutes): &(&str, u64, f64)| Sample {
            run: "20261120-1812-k3".parse().unwrap(),
            task: "T".parse().unwrap(),
            agent: (*agent).to_owned(),
            size: *size,
            seconds: minutes * 60.0,
            attempts: 1,
        };
        Learned::of(&History { samples: times.iter().map(sample).collect() })
    }

    fn expect(learned: &Learned, text: &str, jobs: usize) -> Option<Expected> {
        let (tasks, barriers) = tasks(text);
        let (graph, _) = TaskGraph::build(&tasks, &barriers);
        learned.expect(&graph, &tasks, &SimulatedLoad::new(&tasks, &Default::default()), jobs, "claude")
    }

    const CHAIN: &str = r#"{"orca":1,"tasks":[{"id":"A"},{"id":"B","after":["A"]},{"id":"C"}]}"#;

    #[test]
    fn nothing_is_expected_where_nothing_was_learned() {
        assert_eq!(expect(&history(&[]), CHAIN, 2), None);
        assert_eq!(expect(&history(&[("codex", 1, 5.0); 9]), CHAIN, 2), None);
        assert_eq!(expect(&history(&[("claude", 1, 5.0); 2]), CHAIN, 2), None);
    }

    #[test]
    fn a_chain_takes_the_sum_of_what_such_tasks_took() {
        let same = expect(&history(&[("claude", 1, 5.0); 4]), CHAIN, 2).unwrap();
        assert_eq!((same.low, same.minutes, same.high, same.attempts), (10.0, 10.0, 10.0, 4));
        let mixed = history(&[("claude", 1, 2.0), ("claude", 1, 4.0), ("claude", 1, 12.0)]);
        let wide = expect(&mixed, CHAIN, 2).unwrap();
        assert_eq!(wide.tasks, [4.0; 3]);
        assert!(
            4.0 <= wide.low && wide.low < wide.minutes && wide.minutes < wide.high && wide.high <= 24.0,
            "{wide:?}"
        );
        assert_eq!(expect(&mixed, CHAIN, 2), Some(wide));
    }

    #[test]
    fn given_times_are_believed_and_sizes_are_told_apart() {
        let mut times = vec![("claude", 10, 1.0); 9];
        times.extend([("claude", 5_000, 30.0); 9]);
        times.extend([("script", 20, 0.5); 3]);
        let long = "word ".repeat(1_000);
        let text = format!(
            r#"{{"orca":1,"tasks":[{{"id":"A"}},{{"id":"B","details":"{long}"}},{{"id":"C","estimate":7}},{{"id":"D","run":"true"}}]}}"#
        );
        assert_eq!(expect(&history(&times), &text, 4).unwrap().tasks, [1.0, 30.0, 7.0, 0.5]);
    }
}
