//! `git orca report --format prometheus`: the figures of a run in Prometheus' text format, for a text file collector or
//! a push gateway.

use super::status_json;
use crate::report::facts::picture::Picture;
use crate::report::facts::tally;
use crate::report::words::display::safe;

/// The figures. What is not known has no line.
pub fn prometheus(picture: &Picture<'_>) -> String {
    let mut text = Exposition { text: String::new(), run: label(picture.state.info.run.as_str()) };
    let totals = status_json::totals(picture);
    let figures = totals.figures;
    text.family("tasks", "Tasks by state.");
    for (word, n) in tally::tally(picture) {
        text.sample("tasks", &[("state", word)], n as f64);
    }
    text.gauge("progress_percent", "Tasks that landed or were left out.", Some(figures.progress_percent));
    text.gauge("tokens", "Tokens used.", Some(totals.tokens as f64));
    text.gauge("tokens_reserved", "Tokens that running attempts may still use.", number(figures.tokens_reserved));
    text.gauge("cost_usd", "US dollars used.", Some(totals.cost_usd));
    text.gauge("wall_seconds", "Time of the run.", Some(totals.wall));
    text.gauge("sequential_seconds", "Time of all attempts and gates, one after another.", Some(totals.sequential));
    text.gauge("bound_seconds", "No schedule of these attempts and gates is shorter.", Some(totals.bound));
    text.gauge("retries", "Attempts after the first ones.", Some(totals.retries as f64));
    text.gauge("agent_success_ratio", "Share of attempts that produced a commit.", totals.agent_success_rate);
    text.gauge("gate_pass_ratio", "Verdicts that are a pass.", totals.gate_pass_rate);
    text.gauge("conflicts_detected", "Conflicts that were met.", Some(totals.conflicts_detected as f64));
    text.gauge("conflicts_solved", "Conflicts whose task landed.", Some(totals.conflicts_solved as f64));
    text.gauge("conflict_ratio", "Results that conflicted.", figures.conflict_rate);
    text.gauge("tasks_per_hour", "Landed tasks an hour.", figures.tasks_per_hour);
    text.gauge("cycle_seconds", "From first attempt to landing, on average.", figures.average_cycle_time);
    text.gauge("agent_use_ratio", "Places for agents in use.", figures.agent_use);
    text.gauge("gate_use_ratio", "Places for gate commands in use.", figures.gate_use);
    text.gauge("agent_memory_max_bytes", "Largest process of an agent.", number(figures.agent_memory_max));
    text.gauge("agent_cpu_seconds", "Processor time of agents that ended.", figures.agent_cpu_seconds);
    text.gauge("agent_processors", "Processors that a working agent kept busy.", figures.agent_processors);
    text.gauge("quality_ratio", "Passed checks, required ones counted twice.", figures.quality);
    text.text
}

fn number(n: Option<u64>) -> Option<f64> {
    n.map(|n| n as f64)
}

/// The text of an exposition, of one run.
struct Exposition {
    text: String,
    run: String,
}

impl Exposition {
    fn family(&mut self, name: &str, help: &str) {
        self.text.push_str(&format!("# HELP orca_{name} {help}\n# TYPE orca_{name} gauge\n"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let more: String = labels.iter().map(|(name, value)| format!(",{name}=\"{}\"", label(value))).collect();
        self.text.push_str(&format!("orca_{name}{{run=\"{}\"{more}}} {value}\n", self.run));
    }

    fn gauge(&mut self, name: &str, help: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.family(name, help);
            self.sample(name, &[], value);
        }
    }
}

/// A label's value: safe, and with what the format escapes escaped.
fn label(text: &str) -> String {
    safe(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{Story, wreck};

    #[test]
    fn every_family_is_described_once_and_every_sample_is_a_number() {
        let state = wreck().state();
        let text = prometheus(&Picture::new(&state, state.at, true));
        let mut described = std::collections::BTreeSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                assert!(described.insert(rest.split(' ').next().unwrap().to_owned()), "{line}");
            } else if !line.starts_with('#') {
                let (series, value) = line.rsplit_once(' ').unwrap();
                assert!(described.contains(series.split('{').next().unwrap()), "{line}");
                assert!(value.parse::<f64>().unwrap().is_finite() && series.ends_with('}'), "{line}");
            }
        }
        assert!(text.contains("orca_tasks{run=\"20261120-1812-k3\",state=\"landed\"} 5\n"), "{text}");
    }

    #[test]
    fn what_is_not_known_has_no_line() {
        let state = Story::new(&[("A", "a", &[])], &[]).state();
        let text = prometheus(&Picture::new(&state, state.at, true));
        assert!(!text.contains("quality") && !text.contains("NaN"), "{text}");
        assert_eq!(label("a\"b\\c"), "a\\\"b\\\\c");
    }
}
