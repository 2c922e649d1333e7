//! The whole terminal for one view: entered, drawn by differences, given back whatever happens.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::Command;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read,
};
use crossterm::style::{Attribute, Color as Ink, SetAttribute, SetForegroundColor};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use nix::poll::{PollFd, PollFlags, PollTimeout};
use ratatui_core::buffer::{Buffer, Cell};
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier};

use super::key::WatchKey;
use super::out::{Canvas, takes_colours};
use crate::model::{Error, Result};

/// Whether the terminal is ours at the moment.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// What the terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenEvent {
    /// A key.
    Key(WatchKey),
    /// It has another size.
    Resized,
    /// Nothing in the time given.
    Quiet,
    /// Nobody is at the other end any more.
    Gone,
}

/// The terminal, while it is ours. It is as it was before when this is dropped, also in a panic.
#[derive(Debug)]
pub struct FullScreen {
    shown: Buffer,
    coloured: bool,
}

impl FullScreen {
    /// Whether there is a terminal to take: for keys and for cells.
    pub fn is_there() -> bool {
        Canvas::Stdout.is_there() && std::io::stdin().is_terminal()
    }

    /// Takes the terminal.
    ///
    /// # Errors
    /// It cannot be put into raw mode.
    pub fn enter() -> Result<FullScreen> {
        give_back_on_panic();
        let mut screen = FullScreen { shown: Buffer::empty(Rect::ZERO), coloured: takes_colours() };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal again, after [`FullScreen::give_back`]. The next drawing is a whole one.
    ///
    /// # Errors
    /// As [`FullScreen::enter`].
    pub fn take(&mut self) -> Result<()> {
        enable_raw_mode().map_err(|e| Error::failed("taking the terminal", e))?;
        ENTERED.store(true, Ordering::SeqCst);
        let mut text = String::new();
        add(&mut text, EnterAlternateScreen);
        add(&mut text, EnableBracketedPaste);
        add(&mut text, Hide);
        write(&text);
        self.forget();
        Ok(())
    }

    /// Gives the terminal back for a while.
    pub fn give_back(&mut self) {
        give_back();
    }

    /// What is shown is not known any more: the next drawing is a whole one.
    pub fn forget(&mut self) {
        self.shown = Buffer::empty(Rect::ZERO);
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let room = Canvas::Stdout.room();
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).min(1_000);
        (small(room.columns), small(room.rows))
    }

    /// Whether colors are wanted.
    pub fn is_coloured(&self) -> bool {
        self.coloured
    }

    /// Shows what `draw` puts into the cells.
    pub fn show(&mut self, draw: impl FnOnce(&mut Buffer)) {
        let (columns, rows) = self.size();
        let area = Rect::new(0, 0, columns, rows);
        let mut next = Buffer::empty(area);
        draw(&mut next);
        let mut text = String::new();
        if self.shown.area != area {
            self.shown = Buffer::empty(area);
            add(&mut text, Clear(ClearType::All));
        }
        changes(&mut text, &self.shown.diff(&next));
        self.shown = next;
        write(&text);
    }

    /// Waits for the terminal to say something, at most so long.
    ///
    /// # Errors
    /// It is gone.
    pub fn event(&self, wait: Duration) -> Result<ScreenEvent> {
        let failed = |e: std::io::Error| Error::failed("reading keys", e);
        if has_hung_up(wait) {
            return Ok(ScreenEvent::Gone);
        }
        if !poll(Duration::ZERO).map_err(failed)? {
            return Ok(ScreenEvent::Quiet);
        }
        Ok(match read().map_err(failed)? {
            Event::Resize(..) => ScreenEvent::Resized,
            Event::Paste(text) => ScreenEvent::Key(WatchKey::Pasted(text)),
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                key_of(key).map_or(ScreenEvent::Quiet, ScreenEvent::Key)
            }
            _ => ScreenEvent::Quiet,
        })
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Waits for a key, at most so long, and says whether the other end of the terminal is closed: who reads then, as the waiting
/// for events does, reads nothing for ever. A signal, as of another size, ends the wait.
fn has_hung_up(wait: Duration) -> bool {
    let input = std::io::stdin();
    let mut asked = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
    let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
    let most = PollTimeout::try_from(wait).unwrap_or(PollTimeout::ZERO);
    nix::poll::poll(&mut asked, most).is_ok() && asked[0].revents().is_some_and(|it| it.intersects(gone))
}

/// The terminal as it was, if it is ours. When that fails nobody is left to look.
fn give_back() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut text = String::new();
    add(&mut text, SetAttribute(Attribute::Reset));
    add(&mut text, Show);
    add(&mut text, DisableBracketedPaste);
    add(&mut text, LeaveAlternateScreen);
    write(&text);
    let _ = disable_raw_mode();
}

/// What a panic says must be readable, and the shell usable after it.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
    });
}

fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Adds a sequence. Writing into a string cannot fail.
fn add(text: &mut String, command: impl Command) {
    let _ = command.write_ansi(text);
}

/// The cells that differ, from left to right and from above.
fn changes(text: &mut String, cells: &[(u16, u16, &Cell)]) {
    let (mut at, mut inked) = (None, None);
    for (x, y, cell) in cells {
        if at != Some((*x, *y)) {
            add(text, MoveTo(*x, *y));
        }
        let ink = (cell.fg, cell.modifier);
        if inked != Some(ink) {
            dip(text, ink);
            inked = Some(ink);
        }
        let _ = write!(text, "{}", cell.symbol());
        // A wide character moves further than one cell.
        at = (unicode_width::UnicodeWidthStr::width(cell.symbol()) == 1).then(|| (x + 1, *y));
    }
    if !cells.is_empty() {
        add(text, SetAttribute(Attribute::Reset));
    }
}

fn dip(text: &mut String, (color, modifier): (Color, Modifier)) {
    add(text, SetAttribute(Attribute::Reset));
    let table =
        [(Modifier::BOLD, Attribute::Bold), (Modifier::DIM, Attribute::Dim), (Modifier::REVERSED, Attribute::Reverse)];
    table.iter().filter(|(have, _)| modifier.contains(*have)).for_each(|(_, it)| add(text, SetAttribute(*it)));
    let ink = match color {
        Color::Red => Ink::DarkRed,
        Color::Green => Ink::DarkGreen,
        Color::Yellow => Ink::DarkYellow,
        Color::Cyan => Ink::DarkCyan,
        _ => return,
    };
    add(text, SetForegroundColor(ink));
}

fn key_of(key: KeyEvent) -> Option<WatchKey> {
    let held = key.modifiers.intersection(KeyModifiers::CONTROL | KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char('c') if held == KeyModifiers::CONTROL => WatchKey::Interrupt,
        KeyCode::Char('z') if held == KeyModifiers::CONTROL => WatchKey::Suspend,
        KeyCode::Char(c) if held.is_empty() => WatchKey::Char(c),
        KeyCode::Enter => WatchKey::Enter,
        KeyCode::Esc => WatchKey::Escape,
        KeyCode::Backspace => WatchKey::Backspace,
        KeyCode::Up => WatchKey::Up,
        KeyCode::Down => WatchKey::Down,
        KeyCode::Left | KeyCode::BackTab => WatchKey::Left,
        KeyCode::Right | KeyCode::Tab => WatchKey::Right,
        KeyCode::PageUp => WatchKey::PageUp,
        KeyCode::PageDown => WatchKey::PageDown,
        KeyCode::Home => WatchKey::Home,
        KeyCode::End => WatchKey::End,
        _ => return None,
    })
}
