//! The plan in words and as JSON.

use serde_json::{Value, json};

use super::plan::{CleanPlan, RunGo, count};
use crate::brief::one_line;
use crate::process::sweep::Found;

/// For people. `typed` removes it; none where it is being removed.
pub fn text(plan: &CleanPlan, processes: &[Found], typed: Option<&str>) -> String {
    let mut lines = Vec::new();
    for found in processes {
        let verb = if typed.is_none() { "ended" } else { "runs still" };
        lines.push(format!("process    {} {verb}: {}", found.id.pid, one_line(&found.command)));
    }
    for (slot, bytes) in &plan.slots {
        lines.push(format!("worktree   {}  {}", slot.path.display(), size(*bytes)));
    }
    for scrap in &plan.scraps {
        lines.push(format!("folder     {}  {}  {}", scrap.path.display(), size(scrap.bytes), scrap.what));
    }
    plan.runs.iter().for_each(|run| run_lines(run, &mut lines));
    lines.extend(plan.hubs.iter().map(|far| format!("hub        {}", far.hub)));
    for stays in &plan.stays {
        lines.push(format!("kept       {}: {}", one_line(&stays.what), one_line(&stays.why)));
        lines.push(format!("           {}", stays.typed));
    }
    lines.push(last(plan, processes, typed));
    lines.join("\n")
}

fn run_lines(run: &RunGo, lines: &mut Vec<String>) {
    let branches = run.refs.iter().filter_map(|(name, _)| name.strip_prefix("refs/heads/"));
    lines.extend(branches.map(|branch| format!("branch     {branch}")));
    let own = run.refs.iter().filter(|(name, _)| name.starts_with("refs/orca/")).count();
    if own > 0 {
        lines.push(format!("refs       {} below refs/orca/runs/{}/", count(own, "ref"), run.run));
    }
    if run.unlanded > 0 {
        lines.push(format!("           including {} with work that never landed", count(run.unlanded, "ref")));
    }
    if let Some((folder, bytes)) = &run.folder {
        lines.push(format!("run        {}  {}", folder.display(), size(*bytes)));
    }
}

fn last(plan: &CleanPlan, processes: &[Found], typed: Option<&str>) -> String {
    match (plan.is_empty() && processes.is_empty(), typed) {
        (true, _) => "nothing to remove".to_owned(),
        (false, None) => format!("removed; freed {}", size(plan.bytes())),
        (false, Some(typed)) => {
            format!("nothing was removed; to remove all of this ({}): {typed}", size(plan.bytes()))
        }
    }
}

/// `{"format":1,"removed":…,"bytes":…,"processes":[…],"go":[{kind,name,bytes}],"stays":[{what,why,hint}]}`.
pub fn json(plan: &CleanPlan, processes: &[Found], done: bool) -> String {
    let go = |kind: &str, name: String, bytes: Option<u64>| json!({"kind": kind, "name": name, "bytes": bytes});
    let mut gone: Vec<Value> = Vec::new();
    gone.extend(plan.slots.iter().map(|(slot, bytes)| go("worktree", slot.path.display().to_string(), Some(*bytes))));
    gone.extend(plan.scraps.iter().map(|scrap| go("folder", scrap.path.display().to_string(), Some(scrap.bytes))));
    for run in &plan.runs {
        gone.extend(run.refs.iter().map(|(name, _)| go("ref", name.clone(), None)));
        gone.extend(run.folder.iter().map(|(folder, bytes)| go("run", folder.display().to_string(), Some(*bytes))));
    }
    gone.extend(plan.hubs.iter().map(|far| go("hub", far.hub.clone(), None)));
    let stays: Vec<Value> =
        plan.stays.iter().map(|one| json!({"what": one.what, "why": one.why, "hint": one.typed})).collect();
    let processes: Vec<Value> =
        processes.iter().map(|found| json!({"pid": found.id.pid, "command": found.command, "ended": done})).collect();
    json!({"format": 1, "removed": done, "bytes": plan.bytes(), "processes": processes, "go": gone, "stays": stays})
        .to_string()
}

/// Bytes in the largest unit that leaves a number above 1.
pub fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.into_iter().find(|(_, shift)| bytes >> shift > 0) {
        Some((unit, shift)) => {
            let tenths = (u128::from(bytes) * 10) >> shift;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}
