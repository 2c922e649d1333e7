//! For whom the server serves, and which tools that one has.

use serde_json::{Map, Value};

use super::tool::{ServedTool, ToolAccess, ToolPlace};
use super::tools::TOOLS;

/// What the person who set the server up allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServeGrants {
    /// Beginning runs and controlling them.
    pub write: bool,
    /// Answering in a person's place.
    pub approve: bool,
}

/// For whom the server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServeScope {
    /// For a program of the user's.
    Outside(ServeGrants),
    /// For the agent of an attempt: reading only, and only about its own task.
    Inside {
        /// Its task, where it says which.
        task: Option<String>,
        /// Its run.
        run: Option<String>,
    },
}

impl ServeScope {
    /// Whether a tool is listed.
    pub fn offers(&self, tool: &ServedTool) -> bool {
        match self {
            ServeScope::Outside(grants) => {
                tool.place != ToolPlace::Inside
                    && match tool.access {
                        ToolAccess::Read | ToolAccess::Judge => true,
                        ToolAccess::Write => grants.write,
                        ToolAccess::Approve => grants.approve,
                    }
            }
            ServeScope::Inside { task, .. } => {
                let is_known = task.is_some() || tool.param("task").is_none();
                tool.access == ToolAccess::Read && tool.place != ToolPlace::Outside && is_known
            }
        }
    }

    /// Every tool that is listed.
    pub fn tools(&self) -> impl Iterator<Item = &'static ServedTool> {
        TOOLS.iter().filter(|tool| self.offers(tool))
    }

    /// Why a tool that exists is not offered, and what to do about it.
    pub fn refusal(&self, tool: &ServedTool) -> String {
        let name = tool.name;
        match (self, tool.access) {
            (ServeScope::Inside { .. }, _) => format!(
                "`{name}` is for people; inside an attempt this server only reads, about the attempt's own task: commit \
                 your work and end"
            ),
            (ServeScope::Outside(_), ToolAccess::Write) => format!(
                "`{name}` begins or controls runs, which this server was not allowed: a person adds --allow-write to its \
                 command (git orca mcp --allow-write)"
            ),
            (ServeScope::Outside(_), ToolAccess::Approve) => format!(
                "`{name}` answers in a person's place, which this server was not allowed: a person adds --allow-approve \
                 to its command, or types git orca {name} themselves"
            ),
            (ServeScope::Outside(_), ToolAccess::Read | ToolAccess::Judge) => {
                format!("`{name}` is for the agent of an attempt")
            }
        }
    }

    /// Whether an argument of this name is not the client's to choose.
    pub fn fixes(&self, param: &str) -> bool {
        matches!(self, ServeScope::Inside { .. }) && matches!(param, "task" | "run")
    }

    /// The arguments of a call with those that are fixed.
    ///
    /// # Errors
    /// The call is about another task or run; in words.
    pub fn arguments(&self, tool: &ServedTool, given: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let ServeScope::Inside { task, run } = self else { return Ok(given) };
        let mut arguments = given;
        for (name, own) in [("task", task), ("run", run)] {
            let Some(own) = own.as_ref().filter(|_| tool.param(name).is_some()) else { continue };
            if arguments.get(name).is_some_and(|other| other.as_str() != Some(own)) {
                return Err(format!("inside an attempt `{name}` is `{own}`, its own; leave the argument out"));
            }
            arguments.insert(name.to_owned(), own.as_str().into());
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scope: &ServeScope) -> Vec<&'static str> {
        scope.tools().map(|tool| tool.name).collect()
    }

    #[test]
    fn what_is_allowed_decides_what_is_offered() {
        let outside = |write, approve| ServeScope::Outside(ServeGrants { write, approve });
        let read = ["plan", "status", "task", "diff", "conflicts", "findings", "report", "validate"];
        assert_eq!(names(&outside(false, false)), read);
        let write = ["execute", "add", "resume", "retry", "say", "stop"];
        assert_eq!(names(&outside(true, false)), [&read[..], &write].concat());
        assert_eq!(names(&outside(false, true)), [&read[..], &["approve", "reject"]].concat());
        let inside = |task: Option<&str>| ServeScope::Inside { task: task.map(str::to_owned), run: None };
        assert_eq!(names(&inside(Some("T1"))), ["task", "conflicts", "deliveries"]);
        assert_eq!(names(&inside(None)), ["deliveries"]);
    }

    #[test]
    fn inside_a_call_is_about_its_own_task() {
        let scope = ServeScope::Inside { task: Some("T1".to_owned()), run: Some("r".to_owned()) };
        let tool = scope.tools().find(|tool| tool.name == "task").unwrap();
        let call = |task: &str| scope.arguments(tool, [("task".to_owned(), task.into())].into_iter().collect());
        assert_eq!(call("T1").unwrap()["run"], "r");
        assert!(call("T2").unwrap_err().contains("`T1`"));
        assert_eq!(scope.arguments(tool, Map::new()).unwrap()["task"], "T1");
    }
}
