//! Draws lines at the bottom of a terminal, in place, below what was said before.
//!
//! Only lines that changed are written, all of them in one write that the terminal shows at once (synchronized update:
//! terminals that do not know it ignore it), so nothing flickers. The cursor rests below the lines, where the shell or
//! another program would go on.

use std::fmt::Result;

use crossterm::Command;
use crossterm::cursor::{MoveToColumn, MoveUp};
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};

use crate::report::words::display::width;

/// Room on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// The lines as they stand.
#[derive(Debug, Default)]
pub struct Screen {
    lines: Vec<String>,
    columns: usize,
}

impl Screen {
    /// What to write so that `said` (whole lines, may be empty) stands above, and `lines` below it. Each of `lines` is
    /// narrower than `columns`, the terminal's width now. Empty when nothing changes.
    pub fn draw(&mut self, said: &str, lines: Vec<String>, columns: usize) -> String {
        if said.is_empty() && lines == self.lines && columns == self.columns {
            return String::new();
        }
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _infallible = self.write(&mut out, said, &lines, columns);
        self.lines = lines;
        self.columns = columns;
        out
    }

    fn write(&self, out: &mut String, said: &str, lines: &[String], columns: usize) -> Result {
        BeginSynchronizedUpdate.write_ansi(out)?;
        let same_place = said.is_empty() && columns == self.columns;
        // Where the first line that differs is: what stands above it is left alone.
        let keep =
            if same_place { self.lines.iter().zip(lines).take_while(|(old, new)| old == new).count() } else { 0 };
        up(out, self.rows(keep, columns))?;
        if !same_place {
            Clear(ClearType::FromCursorDown).write_ansi(out)?;
        }
        out.push_str(said);
        for (n, line) in lines.iter().enumerate().skip(keep) {
            if same_place && self.lines.get(n) == Some(line) {
                out.push('\n');
                continue;
            }
            out.push_str(line);
            Clear(ClearType::UntilNewLine).write_ansi(out)?;
            out.push('\n');
        }
        if same_place && lines.len() < self.lines.len() {
            Clear(ClearType::FromCursorDown).write_ansi(out)?;
        }
        EndSynchronizedUpdate.write_ansi(out)
    }

    /// Rows that the lines from number `from` on take on a terminal of `columns`: one that became narrower wraps them.
    fn rows(&self, from: usize, columns: usize) -> usize {
        let rows = |line: &String| width(line).div_ceil(columns.max(1)).max(1);
        self.lines[from..].iter().map(rows).sum()
    }
}

fn up(out: &mut String, rows: usize) -> Result {
    MoveToColumn(0).write_ansi(out)?;
    match u16::try_from(rows) {
        Ok(0) => Ok(()),
        Ok(rows) => MoveUp(rows).write_ansi(out),
        Err(_) => MoveUp(u16::MAX).write_ansi(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that knows what [`Screen`] uses: rows of text, a cursor, no scrolling.
    #[derive(Default)]
    struct Terminal {
        rows: Vec<String>,
        row: usize,
        column: usize,
        /// Cells that were written.
        written: usize,
    }

    impl Terminal {
        fn take(&mut self, text: &str) {
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    '\x1b' => {
                        assert_eq!(chars.next(), Some('['));
                        let mut parameter = String::new();
                        let end = loop {
                            match chars.next().unwrap() {
                                c if c.is_ascii_alphabetic() => break c,
                                c => parameter.push(c),
                            }
                        };
                        self.act(&parameter, end);
                    }
                    '\n' => (self.row, self.column) = (self.row + 1, 0),
                    c => self.put(c),
                }
            }
        }

        fn act(&mut self, parameter: &str, end: char) {
            match (parameter, end) {
                ("?2026", 'h' | 'l') => {}
                (_, 'G') => self.column = parameter.parse::<usize>().unwrap() - 1,
                (_, 'A') => self.row -= parameter.parse::<usize>().unwrap().min(self.row),
                ("J", _) | ("", 'J') => {
                    self.rows.truncate(self.row);
                }
                ("", 'K') => {
                    let keep = self.column;
                    if let Some(row) = self.rows.get_mut(self.row) {
                        *row = row.chars().take(keep).collect();
                    }
                }
                other => panic!("{other:?}"),
            }
        }

        fn put(&mut self, c: char) {
            while self.rows.len() <= self.row {
                self.rows.push(String::new());
            }
            let mut cells: Vec<char> = self.rows[self.row].chars().collect();
            while cells.len() <= self.column {
                cells.push(' ');
            }
            cells[self.column] = c;
            self.rows[self.row] = cells.into_iter().collect();
            self.column += 1;
            self.written += 1;
        }

        fn text(&self) -> String {
            self.rows.iter().map(|row| format!("{}\n", row.trim_end())).collect()
        }
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_change_in_place_and_what_is_said_stays_above() {
        let (mut screen, mut terminal) = (Screen::default(), Terminal::default());
        terminal.take("$ git orca execute\n");
        terminal.take(&screen.draw("", lines("a 1\nb 1\nc 1"), 80));
        assert_eq!(terminal.text(), "$ git orca execute\na 1\nb 1\nc 1\n");
        terminal.take(&screen.draw("A landed\n", lines("b 22\nc 1"), 80));
        assert_eq!(terminal.text(), "$ git orca execute\nA landed\nb 22\nc 1\n");
        terminal.take(&screen.draw("", lines("b 3\nc 1\nd 1"), 80));
        assert_eq!(terminal.text(), "$ git orca execute\nA landed\nb 3\nc 1\nd 1\n");
        terminal.take(&screen.draw("", lines("b 3"), 80));
        assert_eq!(terminal.text(), "$ git orca execute\nA landed\nb 3\n");
        terminal.take(&screen.draw("done\n", Vec::new(), 80));
        terminal.take("$ ");
        assert_eq!(terminal.text(), "$ git orca execute\nA landed\ndone\n$\n");
    }

    #[test]
    fn what_did_not_change_is_not_written() {
        let (mut screen, mut terminal) = (Screen::default(), Terminal::default());
        terminal.take(&screen.draw("", lines("first line\nsecond 1\nthird line"), 80));
        terminal.written = 0;
        let update = screen.draw("", lines("first line\nsecond 2\nthird line"), 80);
        terminal.take(&update);
        assert_eq!(terminal.written, "second 2".len());
        assert!(update.starts_with("\x1b[?2026h") && update.ends_with("\x1b[?2026l"), "{update:?}");
        assert_eq!(screen.draw("", lines("first line\nsecond 2\nthird line"), 80), "");
    }

    #[test]
    fn a_terminal_that_became_narrower_has_wrapped_the_lines() {
        let mut screen = Screen::default();
        screen.draw("", lines(&format!("{}\n{}", "x".repeat(70), "y".repeat(10))), 80);
        let update = screen.draw("", lines("short"), 30);
        assert!(update.contains("\x1b[4A"), "three rows and one: {update:?}");
    }
}
