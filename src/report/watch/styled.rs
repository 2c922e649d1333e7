//! Texts of other screens as cells: our own colors become styles, everything else is made visible.

use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::report::words::display::is_hidden;

/// A piece of a line in one style.
type Piece = (Style, String);

/// A line in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StyledLine(Vec<Piece>);

/// The style that a color sequence of [`style`](crate::report::words::style) means after another one.
fn after(style: Style, codes: &str) -> Style {
    codes.split(';').fold(style, |style, code| match code {
        "" | "0" => Style::new(),
        "1" => style.add_modifier(Modifier::BOLD),
        "2" => style.add_modifier(Modifier::DIM),
        "31" => style.fg(Color::Red),
        "32" => style.fg(Color::Green),
        "33" => style.fg(Color::Yellow),
        "36" => style.fg(Color::Cyan),
        _ => style,
    })
}

impl StyledLine {
    /// Reads a line that our own screens made, or git with its colors.
    pub(super) fn read(line: &str) -> StyledLine {
        let (mut pieces, mut style) = (Vec::<Piece>::new(), Style::new());
        let mut rest = line;
        while let Some(at) = rest.find("\x1b[") {
            pieces.push((style, visible(&rest[..at])));
            let sequence = &rest[at + 2..];
            let end = sequence.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(sequence.len());
            match sequence[end..].chars().next() {
                Some('m') => {
                    style = after(style, &sequence[..end]);
                    rest = &sequence[end + 1..];
                }
                // No color of ours: shown as what it is.
                _ => {
                    pieces.push((style, "\\u{1b}[".to_owned()));
                    rest = sequence;
                }
            }
        }
        pieces.push((style, visible(rest)));
        pieces.retain(|(_, text)| !text.is_empty());
        StyledLine(pieces)
    }

    /// The same in rows of at most `columns`, broken at spaces where that is not too early; further rows are indented as
    /// the first.
    pub(super) fn rows(&self, columns: usize) -> Vec<StyledLine> {
        let columns = columns.max(2);
        let cells: Vec<(Style, char)> =
            self.0.iter().flat_map(|(style, text)| text.chars().map(|c| (*style, c))).collect();
        let indent = cells.iter().take_while(|(_, c)| *c == ' ').count().min(columns / 3);
        let (mut rows, mut from) = (Vec::new(), 0);
        loop {
            let room = if rows.is_empty() { columns } else { columns - indent };
            let end = row_end(&cells, from, room);
            let head = if rows.is_empty() { 0 } else { indent };
            rows.push(StyledLine::of(head, &cells[from..end]));
            from = end + cells[end..].iter().take_while(|(_, c)| *c == ' ').count();
            if from >= cells.len() {
                return rows;
            }
        }
    }

    /// Cells after some spaces, in pieces of one style.
    fn of(indent: usize, cells: &[(Style, char)]) -> StyledLine {
        let mut pieces: Vec<Piece> = vec![(Style::new(), " ".repeat(indent))];
        for (style, c) in cells {
            match pieces.last_mut().filter(|(last, _)| last == style) {
                Some((_, text)) => text.push(*c),
                None => pieces.push((*style, c.to_string())),
            }
        }
        StyledLine(pieces)
    }

    /// Puts it into a row of cells, from `x` on, at most `columns` wide.
    pub(super) fn put(&self, cells: &mut Buffer, (x, y): (u16, u16), columns: usize) {
        let (mut at, end) = (x, usize::from(x) + columns);
        for (style, text) in &self.0 {
            let room = end.saturating_sub(usize::from(at));
            (at, _) = cells.set_stringn(at, y, text, room, *style);
        }
    }
}

/// Where a row that begins at `from` ends.
fn row_end(cells: &[(Style, char)], from: usize, room: usize) -> usize {
    let (mut taken, mut space) = (0, None);
    for (at, (_, c)) in cells.iter().enumerate().skip(from) {
        taken += c.to_string().width();
        if taken > room {
            let early = from + room / 2;
            return space.filter(|space| *space > early).unwrap_or(at.max(from + 1));
        }
        if *c == ' ' {
            space = Some(at);
        }
    }
    cells.len()
}

/// Text in which nothing can act on a terminal.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push_str("    "),
            c if is_hidden(c) => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}
