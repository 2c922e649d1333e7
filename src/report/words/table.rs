//! Columns that line up, within a width.

use anstyle::Style;

use super::display::{clip, width};
use super::style::{self, paint};

/// One cell: text that is safe to show, and its style.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    style: Style,
    spans: bool,
}

impl Cell {
    /// A cell in a style.
    pub fn styled(text: impl Into<String>, style: Style) -> Cell {
        Cell { text: text.into(), style, spans: false }
    }

    /// The last cell of its row: takes the rest of the line, whatever the columns there are for.
    pub fn spanning(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), style: style::PLAIN, spans: true }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::styled(text, style::PLAIN)
    }
}

/// One column.
#[derive(Debug, Clone, Copy)]
struct Column {
    title: &'static str,
    right: bool,
    least: Option<usize>,
}

/// Columns and rows. Cells hold safe text.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// Between two columns.
const GAP: usize = 2;

impl Table {
    /// An empty table.
    pub fn new() -> Table {
        Table::default()
    }

    /// Adds a column that is as wide as its widest cell. Without any title the table has no head.
    #[must_use]
    pub fn left(mut self, title: &'static str) -> Table {
        self.columns.push(Column { title, right: false, least: None });
        self
    }

    /// Adds a column whose cells stand at its right.
    #[must_use]
    pub fn right(mut self, title: &'static str) -> Table {
        self.columns.push(Column { title, right: true, least: None });
        self
    }

    /// Adds a column that is cut down to `least` columns when the table is too wide.
    #[must_use]
    pub fn flexible(mut self, title: &'static str, least: usize) -> Table {
        self.columns.push(Column { title, right: false, least: Some(least) });
        self
    }

    /// Adds a row; what it lacks is empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text, at most `columns` wide as far as the flexible columns allow; each line ends with a newline.
    pub fn text(&self, columns: usize) -> String {
        let widths = self.widths(columns);
        let mut text = String::new();
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles: Vec<Cell> = self.columns.iter().map(|column| Cell::styled(column.title, style::DIM)).collect();
            self.line(&titles, &widths, columns, &mut text);
        }
        self.rows.iter().for_each(|row| self.line(row, &widths, columns, &mut text));
        text
    }

    fn widths(&self, columns: usize) -> Vec<usize> {
        let widest = |(i, column): (usize, &Column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(i)).filter(|cell| !cell.spans);
            let cells = cells.map(|cell| width(&cell.text));
            cells.max().unwrap_or(0).max(width(column.title))
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(widest).collect();
        let mut over = (widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)).saturating_sub(columns);
        while over > 0 {
            let flexible = |i: &usize| self.columns[*i].least.is_some_and(|least| widths[*i] > least);
            let Some(i) = (0..widths.len()).filter(flexible).max_by_key(|i| widths[*i]) else { break };
            widths[i] -= 1;
            over -= 1;
        }
        widths
    }

    fn line(&self, cells: &[Cell], widths: &[usize], columns: usize, text: &mut String) {
        let (mut pending, mut used) = (0, 0);
        for (i, (column, wide)) in self.columns.iter().zip(widths).enumerate() {
            let cell = cells.get(i);
            let room =
                if cell.is_some_and(|cell| cell.spans) { columns.saturating_sub(used).max(*wide) } else { *wide };
            let shown = cell.map_or(String::new(), |cell| clip(&cell.text, room));
            let space = wide.saturating_sub(width(&shown));
            used += wide + GAP;
            let (before, after) = if column.right { (space, 0) } else { (0, space) };
            pending += before;
            if !shown.is_empty() {
                text.extend(std::iter::repeat_n(' ', pending));
                pending = 0;
                match cell {
                    Some(cell) if cell.style != style::PLAIN => text.push_str(&paint(cell.style, &shown)),
                    _ => text.push_str(&shown),
                }
            }
            pending += after + GAP;
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::plain;

    #[test]
    fn columns_line_up_and_the_flexible_ones_give_way() {
        let mut table = Table::new().right("n").flexible("title", 6).left("state");
        table.row(["1".into(), "日本 and a title that is long".into(), Cell::styled("landed", style::GOOD)]);
        table.row(["12".into(), "short".into()]);
        insta::assert_snapshot!(plain(&table.text(30)), @r"
         n  title               state
         1  日本 and a title…   landed
        12  short
        ");
        let narrow = plain(&table.text(5));
        assert!(narrow.contains("日本…"), "{narrow}");
    }
}
