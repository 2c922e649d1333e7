//! `git orca watch`: the watch view on this terminal. The journal is followed by its file's length, looked at a few times a
//! second; what is expensive to look at is looked at the more seldom. Controls are commands of this program, run as
//! they are shown.

use std::ffi::OsString;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::args::WatchArgs;
use super::watch_facts::WatchFacts;
use crate::journal::{JournalTail, RunPaths, RunState};
use crate::model::{Error, ErrorKind, Result};
use crate::process::{ScreenSignal, run_in_foreground, run_unseen, screen_signals, stop_here};
use crate::report;
use crate::report::print::full_screen::{FullScreen, ScreenEvent};
use crate::report::print::key::WatchKey;
use crate::report::print::out;
use crate::report::watch::{
    WatchGlance, WatchIntent, WatchMode, WatchScreen, WatchView, WatchedCommand, detail, draw, press,
};
use crate::report::words::display::safe;
use crate::start::here::{Here, Refusal};
use crate::start::seen::picture;

/// The exit code when the other end of the terminal is closed, as SIGHUP has it.
const HUNG_UP: u8 = 129;
/// Between two looks at the journal's length: what people see as at once.
const LOOK: Duration = Duration::from_millis(250);
/// Between two drawings of a run that lives and in which nothing happens: its clocks go on.
const CLOCK: Duration = Duration::from_secs(1);
/// Looking takes at most one part in so many of a processor, however large the run.
const SHARE: u32 = 50;
/// A yes that comes sooner after a question was typed before it was seen.
const SEEN: Duration = Duration::from_millis(150);

/// Runs it.
///
/// # Errors
/// There is no terminal or no such run, or it cannot be read.
pub fn main(args: &WatchArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let named = args.named.as_deref().or(args.run.as_deref());
    let (paths, _) = here.run(named)?;
    if !FullScreen::is_there() {
        let cause = "the watch view needs a terminal, for keys and for the screen";
        return Err(Error::new(ErrorKind::Usage, format!("watching run {}", paths.run), cause)
            .hint("git orca status --watch   says the status whenever something happens")
            .hint("git orca status --json    for programs")
            .into());
    }
    let mut watch = WatchSession::begin(&here, paths, named.map(str::to_owned))?;
    let code = watch.run()?;
    Ok(code)
}

/// A control that is being done, and what came of it.
type CommandOutcome = Result<(i32, String)>;

/// The view, its terminal, and the run.
struct WatchSession<'a> {
    here: &'a Here,
    paths: RunPaths,
    tail: JournalTail,
    state: RunState,
    facts: WatchFacts,
    view: WatchView,
    glance: WatchGlance,
    lines: Vec<String>,
    screen: FullScreen,
    signals: Receiver<ScreenSignal>,
    outcomes: (Sender<CommandOutcome>, Receiver<CommandOutcome>),
    /// When the run was looked at, and how long that took.
    looked: (Instant, Duration),
    /// Since when a question is shown.
    asked: Option<Instant>,
    /// The exit code that a signal asked for while a command had the terminal.
    ends: Option<u8>,
}

impl<'a> WatchSession<'a> {
    fn begin(here: &'a Here, paths: RunPaths, run: Option<String>) -> Result<WatchSession<'a>> {
        let mut tail = JournalTail::new(paths.journal());
        let entries = tail.more()?;
        let state = RunState::replay(&entries)?;
        let glance = WatchGlance::of(&picture(here, &state));
        let mut facts = WatchFacts::default();
        facts.happened(entries);
        let signals = screen_signals()?;
        Ok(WatchSession {
            here,
            paths,
            tail,
            state,
            facts,
            view: WatchView { run, ..WatchView::default() },
            glance,
            lines: Vec::new(),
            screen: FullScreen::enter()?,
            signals,
            outcomes: channel(),
            looked: (Instant::now(), Duration::ZERO),
            asked: None,
            ends: None,
        })
    }

    /// Until one leaves; the exit code.
    fn run(&mut self) -> Result<u8> {
        self.look()?;
        self.show();
        loop {
            let event = self.screen.event(LOOK)?;
            if let Some(code) = self.signalled()? {
                return Ok(code);
            }
            let mut changed = self.heard();
            match event {
                ScreenEvent::Key(key) => {
                    if self.pressed(key)? {
                        return Ok(0);
                    }
                    changed = true;
                }
                ScreenEvent::Resized => {
                    self.compose();
                    changed = true;
                }
                ScreenEvent::Quiet => {}
                ScreenEvent::Gone => return Ok(HUNG_UP),
            }
            if self.is_due() {
                self.look()?;
                changed = true;
            }
            if changed {
                self.show();
            }
        }
    }

    /// Whether the run is to be looked at: its journal has grown, or a clock has to go on; not too often.
    fn is_due(&self) -> bool {
        let (at, took) = self.looked;
        let since = at.elapsed();
        if since < took * SHARE {
            return false;
        }
        let lives = self.glance.is_driven && !self.glance.is_over;
        self.tail.has_more() || (lives && since >= CLOCK)
    }

    fn look(&mut self) -> Result<()> {
        let began = Instant::now();
        let entries = self.tail.more()?;
        entries.iter().for_each(|entry| self.state.apply(entry));
        self.facts.happened(entries);
        self.glance = WatchGlance::of(&picture(self.here, &self.state));
        self.compose();
        self.looked = (Instant::now(), began.elapsed());
        Ok(())
    }

    /// Makes the lines of the right side.
    fn compose(&mut self) {
        let Some(row) = self.glance.rows.get(self.view.position(&self.glance)) else { return };
        let task = row.id.clone();
        self.view.selected.get_or_insert_with(|| task.clone());
        let about = (&task, self.view.tab);
        let facts = self.facts.ask(self.here, &self.paths, &self.state, about);
        let columns = WatchScreen::detail_columns(self.screen.size().0);
        self.lines = detail(&picture(self.here, &self.state), &task, self.view.tab, facts, columns);
        self.view.lines = self.lines.len();
    }

    fn show(&mut self) {
        let screen = WatchScreen { glance: &self.glance, view: &self.view, detail: &self.lines };
        let coloured = self.screen.is_coloured();
        self.screen.show(|cells| draw(cells, &screen, coloured));
    }

    /// What signals ask for; the exit code where one ends this.
    fn signalled(&mut self) -> Result<Option<u8>> {
        if self.ends.is_some() {
            return Ok(self.ends);
        }
        while let Ok(signal) = self.signals.try_recv() {
            match signal {
                ScreenSignal::End(code) => return Ok(Some(code)),
                ScreenSignal::Stop => self.suspend()?,
                ScreenSignal::Continued => {
                    self.screen.take()?;
                    self.show();
                }
            }
        }
        Ok(None)
    }

    fn suspend(&mut self) -> Result<()> {
        self.screen.give_back();
        stop_here();
        self.screen.take()?;
        self.show();
        Ok(())
    }

    /// What came of controls; whether something did.
    fn heard(&mut self) -> bool {
        let mut any = false;
        while let Ok(outcome) = self.outcomes.1.try_recv() {
            any = true;
            self.view.message = match outcome {
                Ok((0, said)) => last_line(&said).unwrap_or_else(|| "done".to_owned()),
                Ok((code, said)) => first_line(&said).unwrap_or_else(|| format!("it ended with exit {code}")),
                Err(error) => error.sentence(),
            };
        }
        any
    }

    /// What a key leads to; whether one leaves.
    fn pressed(&mut self, key: WatchKey) -> Result<bool> {
        let asking = matches!(self.view.mode, WatchMode::Confirm(_));
        if asking && key == WatchKey::Char('y') && self.asked.is_some_and(|asked| asked.elapsed() < SEEN) {
            return Ok(false);
        }
        let before = (self.view.selected.clone(), self.view.tab);
        let intent = press(&mut self.view, key, &self.glance);
        if !asking && matches!(self.view.mode, WatchMode::Confirm(_)) {
            self.asked = Some(Instant::now());
        }
        if before != (self.view.selected.clone(), self.view.tab) {
            self.compose();
        }
        match intent {
            WatchIntent::Nothing => {}
            WatchIntent::Quit => return Ok(true),
            WatchIntent::Suspend => self.suspend()?,
            WatchIntent::Open(command) => self.in_front(&command, false)?,
            WatchIntent::Perform(command) if self.drives(&command) => self.in_front(&command, true)?,
            WatchIntent::Perform(command) => self.unseen(&command),
        }
        Ok(false)
    }

    /// Whether the command would drive the run itself, since nobody else does.
    fn drives(&self, command: &WatchedCommand) -> bool {
        let acts = command.words.first().is_some_and(|verb| matches!(verb.as_str(), "retry" | "stop"));
        acts && !self.here.store.is_locked()
    }

    /// A command beside the view: what it says becomes the message.
    fn unseen(&mut self, command: &WatchedCommand) {
        self.view.message = format!("{} ...", command.typed());
        let (args, cwd, outcome) = (words(command), self.here.cwd.clone(), self.outcomes.0.clone());
        std::thread::spawn(move || outcome.send(run_unseen(&args, &cwd)));
    }

    /// A command on the terminal, then back.
    fn in_front(&mut self, command: &WatchedCommand, waits: bool) -> Result<()> {
        self.screen.give_back();
        report::say(&format!("$ {}", command.typed()));
        let (signals, mut ends) = (&self.signals, None);
        let mut meanwhile = || {
            while let Ok(signal) = signals.try_recv() {
                match signal {
                    ScreenSignal::Stop => stop_here(),
                    // Ctrl-C is the command's.
                    ScreenSignal::End(130) | ScreenSignal::Continued => {}
                    ScreenSignal::End(code) => ends = Some(code),
                }
            }
        };
        let ended = run_in_foreground(&words(command), &self.here.cwd, &mut meanwhile);
        meanwhile();
        self.ends = ends;
        if self.ends.is_none() && (waits || ended.as_ref().is_ok_and(|code| *code != 0)) {
            // The end of the input goes back as well.
            let _ = out::ask("Enter goes back to the watch view: ");
        }
        let code = ended?;
        self.view.message = if code == 0 { String::new() } else { format!("it ended with exit {code}") };
        self.screen.take()?;
        self.look()
    }
}

fn words(command: &WatchedCommand) -> Vec<OsString> {
    command.words.iter().map(OsString::from).collect()
}

fn told(said: &str) -> impl DoubleEndedIterator<Item = &str> {
    said.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn last_line(said: &str) -> Option<String> {
    told(said).next_back().map(safe)
}

fn first_line(said: &str) -> Option<String> {
    told(said).next().map(safe)
}
