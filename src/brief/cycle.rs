//! How an agent is told to go about tests (`--tdd`).

use crate::model::{Role, Task, TaskKind, Tdd};

/// Where the design of a task goes, so that the agents after it find it.
pub fn design_file(task: &Task) -> String {
    format!("docs/design/{}.md", task.id)
}

/// The words for one attempt; empty where tests are the agent's own business.
pub fn cycle(tdd: Tdd, task: &Task, role: Role) -> String {
    if task.kind != TaskKind::Change || task.run.is_some() {
        return String::new();
    }
    let text = match (tdd, role) {
        (Tdd::Off, _) => "",
        (Tdd::Single, Role::Code | Role::Retry) => include_str!("templates/cycle/single.md"),
        (Tdd::Staged, Role::Design) => include_str!("templates/cycle/design.md"),
        (Tdd::Staged, Role::Test) => include_str!("templates/cycle/test.md"),
        (Tdd::Staged, Role::Code) => include_str!("templates/cycle/code.md"),
        (Tdd::Staged, Role::Refactor) => include_str!("templates/cycle/refactor.md"),
        _ => "",
    };
    text.replace("DESIGN_FILE", &design_file(task))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_something_has_a_cycle() {
        let mut task = crate::run::simulation::task(1, &[]);
        task.run = None;
        assert_eq!(cycle(Tdd::Off, &task, Role::Code), "");
        assert!(cycle(Tdd::Single, &task, Role::Code).contains("Orca-Phase: red"));
        for role in [Role::Design, Role::Test, Role::Code, Role::Refactor] {
            let text = cycle(Tdd::Staged, &task, role);
            assert!(text.contains("docs/design/T1.md") && !text.contains("DESIGN_FILE"), "{text}");
        }
        task.kind = TaskKind::Verify;
        assert_eq!(cycle(Tdd::Single, &task, Role::Code), "");
    }
}
