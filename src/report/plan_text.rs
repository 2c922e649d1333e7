//! `plan` for people.

use super::plan_view::PlanView;

/// The answer, at most 100 columns wide.
pub fn plan_text(view: &PlanView<'_>, shown: &str) -> String {
    format!("{shown} {}\n", view.plan.tasks.len())
}
