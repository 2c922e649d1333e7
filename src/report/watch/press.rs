//! From a key to what it leads to. Nothing that changes a run happens at one key: the command is shown, and `y` does it.

use super::glance::{WatchGlance, WatchRow};
use super::view::{WatchIntent, WatchMode, WatchTab, WatchView, WatchedCommand};
use crate::report::print::key::WatchKey;

/// Lines of a page on the right.
const PAGE: usize = 10;

/// Longest text of a command: a person's sentence.
const LONGEST: usize = 500;

/// What a key leads to.
pub fn press(view: &mut WatchView, key: WatchKey, glance: &WatchGlance) -> WatchIntent {
    match key {
        WatchKey::Interrupt => return WatchIntent::Quit,
        WatchKey::Suspend => return WatchIntent::Suspend,
        _ => {}
    }
    match std::mem::take(&mut view.mode) {
        WatchMode::Look => look(view, &key, glance),
        WatchMode::Type { asks, command, is_optional, text } => {
            typed(view, &key, WatchMode::Type { asks, command, is_optional, text })
        }
        WatchMode::Confirm(command) if key == WatchKey::Char('y') => WatchIntent::Perform(command),
        WatchMode::Confirm(_) => {
            "nothing was done".clone_into(&mut view.message);
            WatchIntent::Nothing
        }
    }
}

fn look(view: &mut WatchView, key: &WatchKey, glance: &WatchGlance) -> WatchIntent {
    view.message.clear();
    match key {
        WatchKey::Char('q') => return WatchIntent::Quit,
        WatchKey::Escape if view.tab == WatchTab::Help => show(view, WatchTab::Task),
        WatchKey::Char('j') | WatchKey::Down => select(view, glance, |at, last| (at + 1).min(last)),
        WatchKey::Char('k') | WatchKey::Up => select(view, glance, |at, _| at.saturating_sub(1)),
        WatchKey::Char('g') | WatchKey::Home => select(view, glance, |_, _| 0),
        WatchKey::Char('G') | WatchKey::End => select(view, glance, |_, last| last),
        WatchKey::Char('n') => next_needing(view, glance),
        WatchKey::Right | WatchKey::Char('l') => show(view, view.tab.moved(1)),
        WatchKey::Left | WatchKey::Char('h') => show(view, view.tab.moved(WatchTab::ALL.len() - 1)),
        WatchKey::Char('?') => show(view, WatchTab::Help),
        WatchKey::Char(digit @ '1'..='8') => show(view, WatchTab::ALL[*digit as usize - '1' as usize]),
        WatchKey::PageDown | WatchKey::Char(' ') => scroll(view, PAGE as isize),
        WatchKey::PageUp | WatchKey::Char('b') => scroll(view, -(PAGE as isize)),
        WatchKey::Char(control) => return begin(view, *control, glance),
        _ => {}
    }
    WatchIntent::Nothing
}

fn select(view: &mut WatchView, glance: &WatchGlance, to: impl Fn(usize, usize) -> usize) {
    let at = to(view.position(glance), glance.rows.len().saturating_sub(1));
    view.selected = glance.rows.get(at).map(|row| row.id.clone());
    view.scroll = None;
}

fn next_needing(view: &mut WatchView, glance: &WatchGlance) {
    let at = view.position(glance);
    let order = (at + 1..glance.rows.len()).chain(0..=at.min(glance.rows.len().saturating_sub(1)));
    match order.into_iter().find(|n| glance.rows.get(*n).is_some_and(|row| row.needs_person)) {
        Some(n) => select(view, glance, |_, _| n),
        None => "no task needs you".clone_into(&mut view.message),
    }
}

fn show(view: &mut WatchView, tab: WatchTab) {
    (view.tab, view.scroll) = (tab, None);
}

/// Past the end of what grows one follows it again.
fn scroll(view: &mut WatchView, by: isize) {
    let last = view.lines.saturating_sub(1);
    let from = view.scroll.unwrap_or(if view.tab.grows() { last } else { 0 });
    let to = from.saturating_add_signed(by);
    view.scroll = if to >= last && view.tab.grows() { None } else { Some(to.min(last)) };
}

/// Begins a control, or says why it cannot be.
fn begin(view: &mut WatchView, control: char, glance: &WatchGlance) -> WatchIntent {
    let Some(row) = glance.rows.get(view.position(glance)) else { return WatchIntent::Nothing };
    let begun = match control {
        'd' => return WatchIntent::Open(of_run(view, WatchedCommand::new(&["diff", row.id.as_str()]))),
        'a' => question(row, glance).map(|id| WatchMode::Confirm(WatchedCommand::new(&["approve", &id]))),
        'x' => question(row, glance).map(|id| asks("reason", &WatchedCommand::new(&["reject", &id, "-m"]), false)),
        'r' => retry(row),
        's' if row.is_landed => Err(format!("{} has already landed", row.id)),
        's' => Ok(asks("message", &WatchedCommand::new(&["say", row.id.as_str()]), false)),
        'S' if row.is_open => Ok(WatchMode::Confirm(WatchedCommand::new(&["stop", row.id.as_str()]))),
        'S' => Err(format!("no agent works on {}; E ends the run", row.id)),
        'E' if glance.is_over => Err("the run is over".to_owned()),
        'E' => Ok(WatchMode::Confirm(WatchedCommand::new(&["stop"]))),
        'e' if row.is_editable => Ok(WatchMode::Confirm(WatchedCommand::new(&["edit", row.id.as_str()]))),
        'e' => Err(format!("{} is {}: there is nothing to fix by hand", row.id, row.word)),
        _ => return WatchIntent::Nothing,
    };
    match begun {
        Ok(WatchMode::Confirm(command)) => view.mode = WatchMode::Confirm(of_run(view, command)),
        Ok(mode) => view.mode = mode,
        Err(why) => view.message = why,
    }
    WatchIntent::Nothing
}

/// What is answered: the question about the selected task, else the first about none.
fn question(row: &WatchRow, glance: &WatchGlance) -> Result<String, String> {
    if row.is_asked {
        return Ok(row.id.to_string());
    }
    glance.asked.first().cloned().ok_or_else(|| format!("{} is not waiting for an answer", row.id))
}

fn retry(row: &WatchRow) -> Result<WatchMode, String> {
    match (row.is_landed, row.is_open) {
        (true, _) => Err(format!("{} has already landed", row.id)),
        (_, true) => Err(format!("{} is running; S stops it", row.id)),
        _ => Ok(asks("hint (may be empty)", &WatchedCommand::new(&["retry", row.id.as_str(), "-m"]), true)),
    }
}

fn asks(asks: &'static str, command: &WatchedCommand, is_optional: bool) -> WatchMode {
    WatchMode::Type { asks, command: command.clone(), is_optional, text: String::new() }
}

/// Names the run where it is not the one that commands mean by themselves.
fn of_run(view: &WatchView, mut command: WatchedCommand) -> WatchedCommand {
    if let Some(run) = &view.run {
        command.words.insert(1, format!("--run={run}"));
    }
    command
}

fn typed(view: &mut WatchView, key: &WatchKey, mode: WatchMode) -> WatchIntent {
    let WatchMode::Type { asks, mut command, is_optional, mut text } = mode else { return WatchIntent::Nothing };
    match key {
        WatchKey::Escape => {
            "nothing was done".clone_into(&mut view.message);
            return WatchIntent::Nothing;
        }
        WatchKey::Enter if !text.trim().is_empty() || is_optional => {
            match text.trim() {
                "" => drop(command.words.pop()),
                words => add_words(&mut command, words),
            }
            view.mode = WatchMode::Confirm(of_run(view, command));
            return WatchIntent::Nothing;
        }
        WatchKey::Enter => "type a few words, or leave with Esc".clone_into(&mut view.message),
        WatchKey::Backspace => drop(text.pop()),
        WatchKey::Char(c) => take(&mut text, &c.to_string()),
        WatchKey::Pasted(words) => take(&mut text, words),
        _ => {}
    }
    view.mode = WatchMode::Type { asks, command, is_optional, text };
    WatchIntent::Nothing
}

/// Adds what was typed. Words that begin with a dash must not become options.
fn add_words(command: &mut WatchedCommand, words: &str) {
    let is_option = command.words.last().is_some_and(|last| last == "-m");
    match (is_option, words.starts_with('-')) {
        (_, false) => command.words.push(words.to_owned()),
        (true, true) => {
            command.words.pop();
            command.words.push(format!("--message={words}"));
        }
        (false, true) => command.words.extend(["--".to_owned(), words.to_owned()]),
    }
}

/// Takes in what can stand in a line.
fn take(text: &mut String, words: &str) {
    let room = LONGEST.saturating_sub(text.chars().count());
    text.extend(words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(room));
}
