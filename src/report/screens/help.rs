//! A page of help on a terminal: our own Markdown with its tables laid out for the columns there are.

use crate::report::words::display::{hang, width};
use crate::report::words::style::{DIM, paint};

/// First cells up to this width have their text beside them, wider ones above it.
const BESIDE: usize = 16;
const BOLD: anstyle::Style = anstyle::Style::new().bold();

/// The page, at most `columns` wide except for code and long words.
pub fn laid_out(page: &str, columns: usize) -> String {
    let mut laid = Page { columns, ..Page::default() };
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            laid.is_code = !laid.is_code;
        } else if laid.is_code {
            laid.text.push_str(&format!("    {line}\n"));
        } else if line.starts_with('|') {
            let rows: Vec<&str> = std::iter::once(line)
                .chain(std::iter::from_fn(|| lines.next_if(|next| next.starts_with('|'))))
                .collect();
            laid.table(&rows);
        } else {
            laid.prose(line);
        }
    }
    laid.close();
    laid.text
}

#[derive(Default)]
struct Page {
    columns: usize,
    text: String,
    paragraph: String,
    is_code: bool,
}

impl Page {
    fn prose(&mut self, line: &str) {
        if line.is_empty() {
            self.close();
            self.text.push('\n');
        } else if let Some(title) = line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")) {
            self.close();
            self.text.push_str(&paint(BOLD, title));
            self.text.push('\n');
        } else {
            if line.starts_with("- ") {
                self.close();
            }
            let gap = if self.paragraph.is_empty() { "" } else { " " };
            self.paragraph.push_str(gap);
            self.paragraph.push_str(line.trim());
        }
    }

    /// Ends the paragraph.
    fn close(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        if paragraph.is_empty() {
            return;
        }
        let (head, words) = match paragraph.strip_prefix("- ") {
            Some(words) => ("- ", words),
            None => ("", paragraph.as_str()),
        };
        self.text.push_str(&hang(head, words, self.columns));
        self.text.push('\n');
    }

    fn table(&mut self, rows: &[&str]) {
        self.close();
        let rows: Vec<Vec<String>> = rows.iter().map(|row| cells(row)).collect();
        let Some((titles, rows)) = rows.split_first() else { return };
        let rows = &rows[rows.len().min(1)..];
        let widest = rows.iter().map(|row| width(&row[0])).max().unwrap_or(0);
        for row in rows {
            self.row(titles, row, widest);
        }
    }

    fn row(&mut self, titles: &[String], row: &[String], widest: usize) {
        let first = &row[0];
        if let [_, second] = row
            && widest <= BESIDE
        {
            let head = format!("  {first}{}  ", " ".repeat(widest - width(first)));
            self.text.push_str(&hang(&head, second, self.columns).replacen(first, &paint(BOLD, first), 1));
            self.text.push('\n');
            return;
        }
        self.text.push_str(&hang("  ", first, self.columns).replacen(first, &paint(BOLD, first), 1));
        self.text.push('\n');
        for (title, cell) in titles.iter().zip(row).skip(1) {
            let title = if row.len() > 2 { format!("{title}: ") } else { String::new() };
            let text = hang(&format!("      {title}"), cell, self.columns);
            self.text.push_str(&text.replacen(&title, &paint(DIM, &title), usize::from(!title.is_empty())));
            self.text.push('\n');
        }
    }
}

/// The cells of a row; `\|` is a bar inside of one.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|').trim_end_matches('|').replace("\\|", "\u{0}");
    let cell = |cell: &str| {
        let cell = cell.trim().replace('\u{0}', "|");
        let bare = cell.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).filter(|rest| !rest.contains('`'));
        bare.map_or_else(|| cell.clone(), str::to_owned)
    };
    row.split('|').map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::screen;

    #[test]
    fn tables_become_lists_that_fit() {
        let page = "# Title\n\nA paragraph that\ngoes on.\n\n## Part\n\n| name | does |\n|---|---|\n\
                    | `one` | something that needs two lines |\n| `three` | a \\| b |\n\n\
                    | a way that has a long name | x | y |\n|---|---|---|\n| the first cell is long | `p` | q |\n\n\
                    - an item that is long enough for two\n  lines\n- another\n\n```sh\ngit orca plan\n```\n";
        insta::assert_snapshot!(screen(&laid_out(page, 34)), @r"
        Title

        A paragraph that goes on.

        Part

          one    something that needs two
                 lines
          three  a | b

          the first cell is long
              x: p
              y: q

        - an item that is long enough for
          two lines
        - another

            git orca plan
        ");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_but_long_words() {
        let page = format!("| name | does |\n|---|---|\n| `a` | {} |\n\n{}\n", "word ".repeat(40), "more ".repeat(40));
        assert!(laid_out(&page, 40).lines().all(|line| width(&anstream::adapter::strip_str(line).to_string()) <= 40));
        assert_eq!(cells("| `a\\|b` | `x` and `y` |"), ["a|b", "`x` and `y`"]);
    }
}
