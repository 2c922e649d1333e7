//! Which issue each task of a run came from, as the list says that its plan was read from.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::journal::RunState;
use crate::publish::{TaskIssue, TaskIssues};
use crate::start::here::Here;

/// The issues of tasks. A task of another kind of plan has none; where its list is gone, the page of its issue is not known.
pub fn task_issues(here: &Here, state: &RunState) -> TaskIssues {
    let mut lists: BTreeMap<&str, BTreeMap<u64, String>> = BTreeMap::new();
    let mut found = TaskIssues::new();
    for task in state.info.tasks.iter().filter(|task| task.at.file.ends_with(".json")) {
        let Some(number) = task.key.strip_prefix('#').and_then(|number| number.parse().ok()) else { continue };
        let pages = lists.entry(task.at.file.as_str()).or_insert_with_key(|file| pages(here, file));
        found.insert(task.id.clone(), TaskIssue { number, page: pages.get(&number).cloned() });
    }
    found
}

/// The page of each issue of a list.
fn pages(here: &Here, file: &str) -> BTreeMap<u64, String> {
    // What a server gave is kept beside the runs; from another worktree its path is none below this one.
    let kept = Path::new(file).file_name().map(|name| here.store.issues().join(name));
    let places = [Some(here.repo.work_tree().join(file)), kept];
    let text = places.into_iter().flatten().find_map(|place| std::fs::read_to_string(place).ok()).unwrap_or_default();
    let list: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let page = |issue: &Value| {
        Some((issue["number"].as_u64()?, issue["url"].as_str().filter(|url| !url.is_empty())?.to_owned()))
    };
    list.iter().filter_map(page).collect()
}
