//! What tasks under way would break together, of which neither has landed.

use serde::Serialize;

use crate::journal::ConflictPath;
use crate::model::TaskId;
use crate::report::facts::by_hand;
use crate::report::facts::picture::Picture;

/// Two tasks that would break something together.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of `conflicts`")]
pub struct ForeseenConflict<'a> {
    pub tasks: &'a [TaskId; 2],
    pub severity: &'static str,
    pub paths: &'a [ConflictPath],
}

/// What is foreseen of tasks of which neither has landed.
pub fn foreseen<'a>(picture: &'a Picture<'a>) -> Vec<ForeseenConflict<'a>> {
    let is_open = |id: &TaskId| picture.state.task(id).is_some_and(|task| task.landed.is_none());
    let open = picture.state.foreseen.iter().filter(|(tasks, _)| tasks.iter().all(is_open));
    let severity = by_hand::ConflictSeverity::High.word();
    open.map(|(tasks, paths)| ForeseenConflict { tasks, severity, paths }).collect()
}
