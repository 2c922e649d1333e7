//! Making a complete task fit when its own words alone are too many.

use super::budget::{Count, cut, in_json};
use super::complete_task::CompleteTask;

/// Cuts the task's own words if they alone exceed the budget: long texts first, then long lists.
pub(super) fn fit(complete: &mut CompleteTask, budget: usize, count: Count) {
    let over = |complete: &CompleteTask| count(&complete.to_json()).saturating_sub(budget);
    let excess = over(complete);
    if excess > 0 {
        let context = &mut complete.complete_context;
        let mut texts: Vec<&mut String> = vec![&mut context.implementation_guidance, &mut context.project_background];
        texts.extend(context.dependencies.iter_mut().map(|dependency| &mut dependency.delivered));
        texts.extend(complete.acceptance_criteria.iter_mut());
        texts.extend(complete.tdd_specifications.test_cases.iter_mut());
        let now: usize = texts.iter().map(|text| in_json(text, count)).sum();
        cut(&mut texts, now.saturating_sub(excess), count);
    }
    let mut thinned = false;
    while over(complete) > 0 && thin(complete) {
        thinned = true;
    }
    if thinned {
        complete.missing.push("its longest lists are cut to stay within the token budget".to_owned());
    }
}

/// Entries that a list keeps however small the budget is.
const FEWEST: usize = 8;

/// Halves the longest list; `false` if none is long.
fn thin(complete: &mut CompleteTask) -> bool {
    let context = &mut complete.complete_context;
    let mut files: Vec<(String, String)> = std::mem::take(&mut context.file_locations).into_iter().collect();
    let lengths = [
        files.len(),
        context.dependencies.len(),
        context.validation_criteria.len(),
        complete.acceptance_criteria.len(),
        complete.tdd_specifications.test_cases.len(),
        complete.missing.len(),
    ];
    let (longest, length) = lengths.into_iter().enumerate().max_by_key(|(_, length)| *length).unwrap_or_default();
    if length > FEWEST {
        match longest {
            0 => files.truncate(length / 2),
            1 => context.dependencies.truncate(length / 2),
            2 => context.validation_criteria.truncate(length / 2),
            3 => complete.acceptance_criteria.truncate(length / 2),
            4 => complete.tdd_specifications.test_cases.truncate(length / 2),
            _ => complete.missing.truncate(length / 2),
        }
    }
    context.file_locations = files.into_iter().collect();
    length > FEWEST
}
