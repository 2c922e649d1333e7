//! The right side of the watch view: lines about one task, by tab.

use super::view::WatchTab;
use crate::journal::{Attempt, CheckState, Entry, Subject};
use crate::model::TaskId;
use crate::process::{Machine, MachineLoad};
use crate::report::facts::picture::{Picture, StateWord};
use crate::report::facts::reason;
use crate::report::screens::conflicts::{Forecast, conflicts};
use crate::report::screens::log;
use crate::report::screens::show::{TaskFacts, show};
use crate::report::words::display::safe;
use crate::report::words::measure::{bytes, duration, plural, seconds};
use crate::report::words::style::{self, paint};
use jiff::tz::TimeZone;

/// What git, the disk and the machine know, as far as the tab needs it.
#[derive(Debug, Default)]
pub struct DetailFacts {
    /// About the task.
    pub task: TaskFacts,
    /// What its agent says, or prints.
    pub output: Vec<String>,
    /// The patch of its work, with colors; or why there is none.
    pub diff: String,
    /// Where one lives; none: where the machine says.
    pub zone: Option<TimeZone>,
    /// The journal.
    pub entries: Vec<Entry>,
    /// The machine.
    pub machine: Option<(Machine, MachineLoad)>,
    /// Free bytes where worktrees lie.
    pub disk: Option<u64>,
}

/// The keys, as help shows them.
const KEYS: &str = "\
move       up, down or k, j: a task; g, G: the first, the last; n: the next that needs you
           left, right or h, l, or 1 to 8: a tab; PageUp, PageDown or b, space: scroll
look       d  the diff, in your pager
control    a  approve what waits          x  reject it, with a reason
           r  retry, with a hint          s  say something to the agent
           S  stop the task's agent       E  end the run
           e  open a worktree to fix the task by hand
leave      q  leaves the view; the run goes on

Each control shows its command first; y runs it, any other key cancels.
In the list, `before` marks tasks that the selected one comes after, `after` those that come after it.";

/// The lines of a tab, at most `columns` wide where they can be broken.
pub fn detail(picture: &Picture<'_>, task: &TaskId, tab: WatchTab, facts: &DetailFacts, columns: usize) -> Vec<String> {
    let text = match tab {
        WatchTab::Task => show(picture, task, &facts.task, columns.max(30)).unwrap_or_default(),
        WatchTab::Output if facts.output.is_empty() => "no output yet".to_owned(),
        WatchTab::Output => return facts.output.iter().map(|line| safe(line)).collect(),
        WatchTab::Diff => facts.diff.clone(),
        WatchTab::Gates => gates(picture, task),
        WatchTab::Conflicts => conflicts(picture, &[], &Forecast::default(), columns.max(30)),
        WatchTab::Log => {
            let zone = facts.zone.clone().unwrap_or_else(TimeZone::system);
            log::log(&facts.entries, std::slice::from_ref(task), &zone, usize::MAX)
        }
        WatchTab::Machine => machine(picture, facts),
        WatchTab::Help => KEYS.to_owned(),
    };
    text.lines().map(str::to_owned).collect()
}

/// What gates say about the latest work, and about the trees that it was merged into.
fn gates(picture: &Picture<'_>, task: &TaskId) -> String {
    let Some(i) = picture.state.index(task) else { return String::new() };
    let mut text = String::new();
    for attempt in picture.facts(i).by_number().into_iter().rev() {
        let words = picture.words(i, attempt);
        if words.is_empty() {
            continue;
        }
        text.push_str(&format!("attempt {}\n", attempt.n));
        words.iter().for_each(|word| text.push_str(&verdict(picture, word)));
    }
    let layer = picture.state.info.layers[i];
    let batch = picture.facts(i).landed.map(|(_, batch)| Subject::Batch { batch, layer });
    let merged = batch.map(|subject| picture.words_on(&subject)).unwrap_or_default();
    if !merged.is_empty() {
        text.push_str("merged tree\n");
        merged.iter().for_each(|word| text.push_str(&verdict(picture, word)));
    }
    if text.is_empty() { "no gate has looked at it yet".to_owned() } else { text }
}

fn verdict(picture: &Picture<'_>, word: &StateWord<'_>) -> String {
    let name = &word.gate.name;
    let Some(CheckState::Judged(judgement)) = word.check else {
        return format!("  {name}  {}\n", word.word());
    };
    let good = word.gate.lets_through(judgement.verdict);
    let colour = if good { style::GOOD } else { style::BAD };
    let took = if judgement.cached { "remembered".to_owned() } else { duration(judgement.seconds) };
    let mut text = format!("  {name}  {}  {took}\n", paint(colour, judgement.verdict.word()));
    if judgement.findings.is_empty() && !judgement.reason.trim().is_empty() {
        text.push_str(&format!("    {}\n", reason::message(&judgement.reason)));
    }
    judgement.findings.iter().for_each(|found| text.push_str(&format!("    {}\n", reason::finding(found))));
    if !judgement.log.is_empty() && !good {
        text.push_str(&format!("    log {}/{}\n", picture.state.info.run, safe(&judgement.log)));
    }
    text
}

/// The machine, and what the run has on it.
fn machine(picture: &Picture<'_>, facts: &DetailFacts) -> String {
    let mut text = String::new();
    let mut line = |name: &str, words: String| text.push_str(&format!("{name:<11} {words}\n"));
    match &facts.machine {
        Some((machine, load)) => {
            let busy =
                format!("{} {:.0} % busy, load {:.1}", plural(machine.cpus, "processor"), load.cpu, machine.load);
            line("processors", busy);
            line("memory", format!("{} free of {}", bytes(load.available), bytes(machine.memory_total)));
        }
        None => line("machine", "cannot be read here".to_owned()),
    }
    if let Some(free) = facts.disk {
        line("disk", format!("{} free for worktrees", bytes(free)));
    }
    let of = |i: usize| picture.facts(i).under_way().map(move |attempt| (i, attempt));
    let open: Vec<(usize, &Attempt)> = (0..picture.len()).flat_map(of).collect();
    line("agents", format!("{} of {}", open.len(), plural(picture.state.info.options.jobs as usize, "place")));
    for (i, attempt) in open {
        let since = duration(seconds(attempt.started, picture.now));
        line("", format!("{} by {} in {}, {since}", picture.task(i).id, safe(&attempt.agent), safe(&attempt.slot)));
    }
    let checks = picture.state.checks.values().filter(|check| matches!(check.state, CheckState::Open));
    let checks = if picture.state.finished.is_some() { 0 } else { checks.count() };
    line("gates", format!("{checks} running"));
    text
}
