//! How each era names its tools and what they take. Pure.

use serde_json::{Value, json};

use crate::tracker::changes::TrackerState;
use crate::wire::mcp::ServerTool;

/// An era, told by the tools of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchonEra {
    /// `manage_project` and `manage_task` do everything.
    First,
    /// A tool for each deed. `nested`: what is updated stands in `update_fields`.
    Granular {
        /// Whether it does.
        nested: bool,
    },
    /// `manage_…` changes, `find_…` looks.
    Consolidated,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchonCall {
    /// The tool.
    pub tool: &'static str,
    /// What it takes.
    pub arguments: Value,
}

/// Tasks or projects asked for on one page.
pub const PAGE: usize = 50;

impl ArchonEra {
    /// The era of a server with these tools; none where they are no tracker's.
    pub fn of(tools: &[ServerTool]) -> Option<ArchonEra> {
        let tool = |name: &str| tools.iter().find(|tool| tool.name == name);
        if tool("find_tasks").is_some() && tool("manage_task").is_some() {
            return Some(ArchonEra::Consolidated);
        }
        if let (Some(_), Some(update)) = (tool("create_task"), tool("update_task")) {
            return Some(ArchonEra::Granular { nested: update.arguments.iter().any(|it| it == "update_fields") });
        }
        (tool("manage_task").is_some() && tool("manage_project").is_some()).then_some(ArchonEra::First)
    }

    pub fn create_project(self, title: &str, description: &str) -> ArchonCall {
        match self {
            ArchonEra::Granular { .. } => call("create_project", json!({"title": title, "description": description})),
            // The first era knows no description of a project by this name; what it does not know is passed over there.
            ArchonEra::First | ArchonEra::Consolidated => {
                call("manage_project", json!({"action": "create", "title": title, "description": description}))
            }
        }
    }

    /// Projects of one page, from 1; none where there are no pages.
    pub fn projects(self, page: usize) -> Option<ArchonCall> {
        match self {
            ArchonEra::First => (page == 1).then(|| call("manage_project", json!({"action": "list"}))),
            ArchonEra::Granular { .. } => (page == 1).then(|| call("list_projects", json!({}))),
            ArchonEra::Consolidated => Some(call("find_projects", json!({"page": page, "per_page": PAGE}))),
        }
    }

    pub fn create_task(self, project: &str, title: &str, description: &str, order: Option<u32>) -> ArchonCall {
        let mut arguments = json!({"project_id": project, "title": title, "description": description});
        if let Some(order) = order {
            arguments["task_order"] = order.into();
        }
        match self {
            ArchonEra::Granular { .. } => call("create_task", arguments),
            ArchonEra::First | ArchonEra::Consolidated => {
                arguments["action"] = "create".into();
                call("manage_task", arguments)
            }
        }
    }

    /// Tasks of a project, one page, from 1.
    pub fn tasks(self, project: &str, page: usize) -> ArchonCall {
        let mut arguments = json!({
            "filter_by": "project", "filter_value": project, "project_id": project, "include_closed": true,
            "page": page, "per_page": PAGE,
        });
        match self {
            ArchonEra::First => {
                arguments["action"] = "list".into();
                call("manage_task", arguments)
            }
            ArchonEra::Granular { .. } => call("list_tasks", arguments),
            ArchonEra::Consolidated => call("find_tasks", arguments),
        }
    }

    pub fn update_task(self, task: &str, state: TrackerState, description: &str) -> ArchonCall {
        let fields = json!({"status": state.word(), "description": description});
        let flat = json!({"task_id": task, "status": state.word(), "description": description});
        let nested = json!({"task_id": task, "update_fields": fields});
        let with_action = |mut arguments: Value| {
            arguments["action"] = "update".into();
            call("manage_task", arguments)
        };
        match self {
            ArchonEra::First => with_action(nested),
            ArchonEra::Granular { nested: true } => call("update_task", nested),
            ArchonEra::Granular { nested: false } => call("update_task", flat),
            ArchonEra::Consolidated => with_action(flat),
        }
    }
}

fn call(tool: &'static str, arguments: Value) -> ArchonCall {
    ArchonCall { tool, arguments }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(names: &[&str], update: &[&str]) -> Vec<ServerTool> {
        let arguments: Vec<String> = update.iter().map(|name| (*name).to_owned()).collect();
        names.iter().map(|name| ServerTool { name: (*name).to_owned(), arguments: arguments.clone() }).collect()
    }

    #[test]
    fn an_era_is_told_by_its_tools() {
        let all = ["create_project", "list_projects", "create_task", "list_tasks", "update_task"];
        let table = [
            (tools(&["manage_project", "manage_task", "session_info"], &[]), Some(ArchonEra::First)),
            (tools(&all, &["task_id", "update_fields"]), Some(ArchonEra::Granular { nested: true })),
            (tools(&all, &["task_id", "status"]), Some(ArchonEra::Granular { nested: false })),
            (
                tools(&["find_tasks", "manage_task", "find_projects", "manage_project"], &[]),
                Some(ArchonEra::Consolidated),
            ),
            (tools(&["find_symbol", "list_dir"], &[]), None),
        ];
        for (tools, era) in table {
            assert_eq!(ArchonEra::of(&tools), era, "{tools:?}");
        }
    }

    #[test]
    fn an_update_stands_where_the_era_has_it() {
        let of = |era: ArchonEra| era.update_task("7", TrackerState::Doing, "d");
        let fields = json!({"status": "doing", "description": "d"});
        let first = of(ArchonEra::First);
        assert_eq!(
            (first.tool, &first.arguments["update_fields"], &first.arguments["action"]),
            ("manage_task", &fields, &json!("update"))
        );
        assert_eq!(of(ArchonEra::Granular { nested: true }).arguments["update_fields"], fields);
        assert_eq!(of(ArchonEra::Granular { nested: false }).arguments["status"], "doing");
        assert_eq!(of(ArchonEra::Consolidated).arguments["status"], "doing");
    }
}
