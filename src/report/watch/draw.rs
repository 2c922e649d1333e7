//! The watch view in cells. Words carry the meaning; colors and reversed cells only repeat it.

use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Color, Modifier, Style};

use super::glance::{WatchGlance, WatchRow};
use super::styled::StyledLine;
use super::view::{WatchMode, WatchTab, WatchView};
use crate::report::words::display::{clip, width};
use crate::report::words::style::{self, paint};

/// Smallest terminal that something can be read on.
const SMALLEST: (u16, u16) = (50, 12);
/// Lines above the two sides: head, counts, needs, tabs.
const ABOVE: u16 = 4;
/// Lines below them: message, keys.
const BELOW: u16 = 2;

/// The keys that are used most, on the last line.
const KEYS: &str = "j k task  h l tab  d diff  a approve  x reject  r retry  s say  ? help  q quit";

/// Everything that is drawn.
#[derive(Debug)]
pub struct WatchScreen<'a> {
    /// The run.
    pub glance: &'a WatchGlance,
    /// Where one stands.
    pub view: &'a WatchView,
    /// The lines of the right side.
    pub detail: &'a [String],
}

/// Columns of the list of tasks.
fn list_width(columns: u16) -> u16 {
    match columns {
        0..100 => (columns / 20 * 9).min(36),
        100..150 => 50,
        _ => 76,
    }
}

/// Columns that the right side has on a terminal of so many.
pub(super) fn detail_width(columns: u16) -> usize {
    usize::from(columns.saturating_sub(list_width(columns) + 2))
}

impl WatchScreen<'_> {
    /// Columns that the right side has for text on a terminal of so many.
    pub fn detail_columns(columns: u16) -> usize {
        detail_width(columns).saturating_sub(2)
    }
}

/// Draws it into an empty buffer; without colors where they are not wanted.
pub fn draw(cells: &mut Buffer, screen: &WatchScreen<'_>, coloured: bool) {
    let area = cells.area;
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let words = format!("make the terminal at least {}x{}; q leaves", SMALLEST.0, SMALLEST.1);
        put(cells, 0, 0, &clip(&words, usize::from(area.width)), usize::from(area.width));
        return;
    }
    above(cells, screen);
    list(cells, screen);
    right(cells, screen);
    below(cells, screen);
    if !coloured {
        cells.content.iter_mut().for_each(|cell| {
            cell.set_fg(Color::Reset);
            cell.set_bg(Color::Reset);
        });
    }
}

fn put(cells: &mut Buffer, x: u16, y: u16, line: &str, columns: usize) {
    StyledLine::read(line).put(cells, (x, y), columns);
}

fn above(cells: &mut Buffer, screen: &WatchScreen<'_>) {
    let columns = usize::from(cells.area.width);
    for (y, line) in (0..).zip(&screen.glance.head) {
        put(cells, 0, y, &clip(line, columns), columns);
    }
    let needs = &screen.glance.needs;
    if let Some(first) = needs.first() {
        let more = if needs.len() > 1 { format!(", and {} more", needs.len() - 1) } else { String::new() };
        put(cells, 0, 2, &paint(style::WARN, &clip(&format!("needs you  {first}{more}"), columns)), columns);
    }
    tabs(cells, screen.view.tab);
}

fn tabs(cells: &mut Buffer, shown: WatchTab) {
    let mut x = 0;
    for (n, tab) in (1..).zip(WatchTab::ALL) {
        let is_shown = tab == shown;
        let text = if is_shown { format!("[{n} {}]", tab.word()) } else { format!(" {n} {} ", tab.word()) };
        let style = if is_shown { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
        let room = usize::from(cells.area.width.saturating_sub(x));
        (x, _) = cells.set_stringn(x, ABOVE - 1, text, room, style);
    }
}

/// A line of the list: a layer's heading, or a task by its position.
#[derive(Debug, Clone, Copy)]
enum ListLine {
    Layer(u32),
    Task(usize),
}

fn list(cells: &mut Buffer, screen: &WatchScreen<'_>) {
    let rows = &screen.glance.rows;
    let mut lines = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        if n == 0 || rows[n - 1].layer != row.layer {
            lines.push(ListLine::Layer(row.layer));
        }
        lines.push(ListLine::Task(n));
    }
    let at = screen.view.position(screen.glance);
    let selected = lines.iter().position(|line| matches!(line, ListLine::Task(n) if *n == at)).unwrap_or(0);
    let high = usize::from(cells.area.height - ABOVE - BELOW);
    // The selected one in the middle, as far as the list goes.
    let from = selected.saturating_sub(high / 2).min(lines.len().saturating_sub(high));
    let wide = usize::from(list_width(cells.area.width));
    for (y, line) in (ABOVE..).zip(lines.iter().skip(from).take(high)) {
        match line {
            ListLine::Layer(layer) => {
                let (landed, all) = screen.glance.of_layer(*layer);
                let text = format!("layer {layer}  {landed} of {all} landed");
                put(cells, 0, y, &paint(style::DIM, &clip(&text, wide)), wide);
            }
            ListLine::Task(n) => task(cells, y, wide, rows, (*n, at)),
        }
    }
}

/// `> T007  failed  after   Export orders`.
fn task(cells: &mut Buffer, y: u16, wide: usize, rows: &[WatchRow], (n, at): (usize, usize)) {
    let (row, selected) = (&rows[n], &rows[at.min(rows.len() - 1)]);
    let ids =
        rows.iter().map(|row| width(row.id.as_str())).max().unwrap_or(0).clamp(4, if wide > 40 { 20 } else { 13 });
    let mark = if n == at { ">" } else { " " };
    let relation = match () {
        () if selected.after.contains(&row.id) => "before",
        () if row.after.contains(&selected.id) => "after",
        () => "",
    };
    let state = format!("{:<10}", row.word);
    let head = format!("{mark} {:<ids$} {} ", clip(row.id.as_str(), ids), paint(row.style, &state));
    let mut line = format!("{head}{relation:<6} ");
    if wide > 40 {
        line.push_str(&format!(" {:>7} ", row.time));
    }
    let room = wide.saturating_sub(width(&line));
    line.push_str(&clip(&row.title, room));
    put(cells, 0, y, &line, wide);
    if n == at {
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        cells.set_style(ratatui_core::layout::Rect::new(0, y, wide as u16, 1), reversed);
    }
}

fn right(cells: &mut Buffer, screen: &WatchScreen<'_>) {
    let (x, wide) = (list_width(cells.area.width) + 1, detail_width(cells.area.width));
    let high = usize::from(cells.area.height - ABOVE - BELOW);
    for y in ABOVE..cells.area.height - BELOW {
        put(cells, x - 1, y, &paint(style::DIM, "|"), 1);
    }
    let follows = screen.view.scroll.is_none() && screen.view.tab.grows();
    let rows: Vec<StyledLine> = if follows {
        let mut kept: Vec<StyledLine> = Vec::new();
        for line in screen.detail.iter().rev() {
            kept.extend(StyledLine::read(line).rows(wide - 1).into_iter().rev());
            if kept.len() >= high {
                break;
            }
        }
        kept.truncate(high);
        kept.into_iter().rev().collect()
    } else {
        let from = screen.view.scroll.unwrap_or(0);
        let lines = screen.detail.iter().skip(from);
        lines.flat_map(|line| StyledLine::read(line).rows(wide - 1)).take(high).collect()
    };
    for (y, row) in (ABOVE..).zip(rows) {
        row.put(cells, (x + 1, y), wide);
    }
}

fn below(cells: &mut Buffer, screen: &WatchScreen<'_>) {
    let columns = usize::from(cells.area.width);
    let (first, second) = (cells.area.height - 2, cells.area.height - 1);
    let (upper, lower) = match &screen.view.mode {
        WatchMode::Look => (screen.view.message.clone(), KEYS.to_owned()),
        WatchMode::Type { asks, text, .. } => {
            // The end of what is typed is what one looks at.
            let room = columns.saturating_sub(width(asks) + 4);
            let shown: String = text.chars().rev().take(room).collect::<Vec<_>>().into_iter().rev().collect();
            (format!("{asks}: {shown}_"), "Enter goes on, Esc leaves it".to_owned())
        }
        WatchMode::Confirm(command) => (command.typed(), "do this? y runs it, any other key cancels".to_owned()),
    };
    let is_asking = screen.view.mode != WatchMode::Look;
    let upper = clip(&upper, columns);
    put(cells, 0, first, &if is_asking { paint(style::WARN, &upper) } else { upper }, columns);
    put(cells, 0, second, &paint(style::DIM, &clip(&lower, columns)), columns);
}
