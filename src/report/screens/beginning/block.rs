//! The block: a name on the left, what is known on the right.

use super::facts::{Beginning, LooseFacts};
use super::lines::{LONGEST, NamedLines};
use super::work::{agents, gates, worktrees};
use crate::journal::{LeftOut, is_of_messages};
use crate::model::{ApproveMode, Why};
use crate::report::words::display::{clip, plan_name, safe};
use crate::report::words::measure::{self, plural, seconds};

/// Warnings shown; the rest is counted.
pub(super) const MAX_WARNINGS: usize = 8;
/// The block, without a final newline.
pub fn beginning(facts: &Beginning, columns: usize) -> String {
    let mut block = NamedLines { text: String::new(), columns };
    plan(facts, &mut block);
    base(facts, &mut block);
    agents(facts, &mut block);
    gates(facts, &mut block);
    worktrees(facts, &mut block);
    result(facts, &mut block);
    for problem in facts.warnings.iter().take(MAX_WARNINGS) {
        let hint = if problem.hint.is_empty() { String::new() } else { format!("; {}", safe(&problem.hint)) };
        let at =
            if problem.at.file.is_empty() { String::new() } else { format!("{}  ", safe(&problem.at.to_string())) };
        block.row("warning", &format!("{at}{}{hint}", safe(&problem.what)));
    }
    if facts.warnings.len() > MAX_WARNINGS {
        block.row("", &format!("and {} more: git orca plan", facts.warnings.len() - MAX_WARNINGS));
    }
    block.text.trim_end().to_owned()
}

fn plan(facts: &Beginning, block: &mut NamedLines) {
    let LeftOut { done, optional, chosen } = facts.left_out;
    let all = facts.tasks + (done + optional + chosen) as usize;
    let out = [(done, "done"), (optional, "optional"), (chosen, "not asked for")];
    let mut said = plural(all, "task");
    if is_of_messages(&facts.plan) {
        return block.row("plan", &format!("{}: {said}", plan_name(&facts.plan)));
    }
    if facts.tasks == all {
        said.push_str(", none done, none optional");
    } else {
        let out: Vec<String> = out.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        said.push_str(&format!(", {} to run; left out: {}", facts.tasks, out.join(", ")));
    }
    block.row("plan", &format!("{} ({}): {said}", clip(&facts.plan, LONGEST), safe(&facts.kind)));
    if facts.plan_uncommitted {
        block.row("", "it is not committed; it works all the same");
    }
    let total: usize = facts.edges.iter().map(|(_, n)| n).sum();
    let kinds: Vec<String> =
        facts.edges.iter().map(|(why, n)| format!("{} {}", measure::count(*n as u64), origin(*why))).collect();
    let edges = match facts.edges.len() {
        0 => "no edges".to_owned(),
        _ => format!("{}: {}", plural(total, "edge"), kinds.join(", ")),
    };
    let gain = match facts.speed_up {
        x if x < 1.05 => "every task waits for another: no faster than one agent".to_owned(),
        x => format!("at best {x:.1}x faster than one agent"),
    };
    let order = match facts.tasks {
        1 => "a single task".to_owned(),
        _ => format!("{edges}; {}; {gain}", plural(facts.layers as usize, "layer")),
    };
    block.row("order", &order);
    if let Some(LooseFacts { speed_up, silent }) = &facts.loose {
        let against = match silent {
            0 => "the plan's own order would hold only where tasks share files".to_owned(),
            1 => "1 task names no files, so it is not known what it needs".to_owned(),
            n => format!("{n} tasks name no files, so it is not known whether they need each other"),
        };
        block.row("", &format!("--loose would be {speed_up:.1}x faster than one agent; against it: {against}"));
    }
    if let Some(it) = &facts.expected {
        let time = measure::about(it.low * 60.0, it.minutes * 60.0, it.high * 60.0);
        let attempts = plural(it.attempts as usize, "attempt");
        block.row("time", &format!("{time}, learned from {attempts} in this repository"));
    }
}

fn origin(why: Why) -> &'static str {
    match why {
        Why::Explicit => "written",
        Why::Order => "order",
        Why::Phase => "phase",
        Why::Files => "files",
        Why::Wave => "wave",
        Why::User => "yours",
        Why::Data => "data",
        Why::Tests => "tests",
    }
}

fn base(facts: &Beginning, block: &mut NamedLines) {
    let at = format!("{} {}", clip(&facts.base_name, LONGEST), facts.base.short());
    let commits = |n: usize| plural(n, "commit");
    let far = facts.upstream.as_ref().map(|up| {
        let name = safe(&up.name);
        let fetched = up.fetched.map(|at| format!(" (fetched {} ago)", measure::duration(seconds(at, facts.now))));
        let fetched = fetched.unwrap_or_default();
        match (up.ahead, up.behind) {
            (0, 0) => format!(", level with {name}{fetched}"),
            (ahead, 0) => format!(", {} ahead of {name}{fetched}", commits(ahead)),
            (0, behind) => format!(", {} BEHIND {name}{fetched}: git pull, or --base {name}", commits(behind)),
            (ahead, behind) => format!(", {} ahead of and {behind} BEHIND {name}{fetched}", commits(ahead)),
        }
    });
    block.row("base", &format!("{at}{}", far.unwrap_or_default()));
    match facts.uncommitted {
        0 => {}
        1 => block.row("", "1 uncommitted file in your checkout is not in it; the agents will not see it"),
        n => block
            .row("", &format!("{n} uncommitted files in your checkout are not in it; the agents will not see them")),
    }
}

fn result(facts: &Beginning, block: &mut NamedLines) {
    let run = facts.run.as_ref().map_or("<run>".to_owned(), ToString::to_string);
    let yours = if facts.on_branch { clip(&facts.base_name, LONGEST) } else { "your branches".to_owned() };
    match &facts.options.into {
        None => block.row("result", &format!("branches orca/{run}/...; {yours} and your checkout stay as they are")),
        Some((branch, _)) => {
            block.row("result", &format!("branches orca/{run}/...; your checkout stays as it is"));
            block.row("", &format!("`{}` moves to the result once everything has landed (--into)", safe(branch)));
        }
    }
    match facts.options.approve {
        ApproveMode::None => {}
        ApproveMode::Plan => block.row("approve", "the plan, before anything starts: git orca approve"),
        ApproveMode::Layer => block.row("approve", "each layer before it starts: git orca approve"),
        ApproveMode::Task => block.row("approve", "each task before it lands: git orca approve"),
    }
    if facts.options.opens_pulls {
        block.row("publish", "one pull request per layer, once the run is over or its layer waits for a review");
    }
    if let Some(deploy) = &facts.options.deploy {
        block.row("", &format!("then, once everything has landed: {}", safe(deploy.trim())));
    }
}
