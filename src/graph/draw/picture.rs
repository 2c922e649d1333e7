//! What is drawn, as all drawings take it.

use crate::graph::{Reduced, TaskGraph};
use crate::model::Task;

/// Characters of a title that are drawn.
const TITLE: usize = 48;

/// What is drawn: a graph, its tasks in the graph's order, its edges.
#[derive(Debug)]
pub struct GraphPicture<'a> {
    /// The graph.
    pub graph: &'a TaskGraph,
    /// Its tasks.
    pub tasks: &'a [Task],
    /// Its edges.
    pub edges: Reduced<'a>,
    /// The word for each task's state, which colours it; empty where nothing ran.
    pub states: Vec<&'static str>,
}

impl<'a> GraphPicture<'a> {
    /// The picture of `graph`, which was built from `tasks`.
    pub fn new(graph: &'a TaskGraph, tasks: &'a [Task]) -> GraphPicture<'a> {
        GraphPicture { graph, tasks, edges: graph.reduced(), states: Vec::new() }
    }

    /// With the states that the tasks of a run are in, in the graph's order.
    #[must_use]
    pub fn with_states(mut self, states: Vec<&'static str>) -> GraphPicture<'a> {
        self.states = states;
        self
    }

    pub(super) fn title(&self, n: usize) -> String {
        self.tasks.get(n).map(|task| plain(&task.title)).unwrap_or_default()
    }
}

/// One short line without control characters and without those that turn the direction of writing.
pub(super) fn plain(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'),
        )
        .collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.chars().count() <= TITLE {
        return clean;
    }
    let short: String = clean.chars().take(TITLE - 1).collect();
    format!("{}…", short.trim_end())
}
