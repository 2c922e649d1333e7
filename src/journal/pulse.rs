//! What agents say while they work: `logs/<task>/<attempt>/events.jsonl`. Not part of the journal: losing a line loses
//! nothing, and a sync each would cost.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunPaths;
use crate::model::{AgentEvent, AttemptId};

/// One line of an attempt's events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pulse {
    /// When the line came.
    pub at: Timestamp,
    /// What it said.
    #[serde(flatten)]
    pub say: AgentEvent,
}

impl RunPaths {
    /// The events of an attempt's agent, relative to [`RunPaths::root`]. Agents without a stream have none.
    pub fn events(attempt: &AttemptId) -> String {
        format!("{}/events.jsonl", RunPaths::attempt_logs(attempt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_flat() {
        let line = r#"{"at":"2026-11-27T10:00:00Z","say":"tool","name":"Edit","paths":["a.rs"]}"#;
        let pulse: Pulse = serde_json::from_str(line).unwrap();
        assert_eq!(
            pulse.say,
            AgentEvent::Tool { name: "Edit".into(), what: String::new(), paths: vec!["a.rs".into()] }
        );
        assert_eq!(serde_json::to_string(&pulse).unwrap(), line);
    }
}
