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

    /// The same in rows of at most `columns`.
    pub(super) fn rows(&self, columns: usize) -> Vec<StyledLine> {
        let columns = columns.max(2);
        let (mut rows, mut row, mut taken) = (Vec::new(), StyledLine::default(), 0);
        for (style, text) in &self.0 {
            let mut piece = String::new();
            for c in text.chars() {
                let wide = c.to_string().width();
                if taken + wide > columns {
                    row.0.push((*style, std::mem::take(&mut piece)));
                    rows.push(std::mem::take(&mut row));
                    taken = 0;
                }
                piece.push(c);
                taken += wide;
            }
            row.0.push((*style, piece));
        }
        rows.push(row);
        rows
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
