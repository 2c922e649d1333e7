//! Graphs drawn with lines: `T001 ─┐`, `T002 ─┴─→ T003`. An arrow's head stands before what waits; the lines that lead to
//! it are followed back to the ids they begin behind.

use std::collections::HashSet;

use super::grammar::Grammar;

/// Cells looked at in one drawing; a real one has some thousands.
const MAX_STEPS: usize = 200_000;
/// Rows between an arrow that points down and what it joins.
const MAX_GAP: usize = 3;
const HEADS: [char; 6] = ['→', '▶', '►', '⟶', '➜', '>'];
const DOWN: [char; 4] = ['↓', '▼', '⬇', '⇓'];

/// `after` waits for all of `before`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wire {
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub line: u32,
}

/// An id and the columns it takes.
struct Node {
    id: String,
    start: usize,
    end: usize,
}

struct Drawing {
    rows: Vec<Vec<char>>,
    nodes: Vec<Vec<Node>>,
    steps: usize,
}

/// Sides on which a line leaves its cell: left, right, up, down.
fn sides(c: char) -> Option<[bool; 4]> {
    Some(match c {
        '─' | '━' | '═' => [true, true, false, false],
        '│' | '┃' | '║' => [false, false, true, true],
        '┐' | '╮' | '┓' | '╗' => [true, false, false, true],
        '┘' | '╯' | '┛' | '╝' => [true, false, true, false],
        '┌' | '╭' | '┏' | '╔' => [false, true, false, true],
        '└' | '╰' | '┗' | '╚' => [false, true, true, false],
        '├' | '┣' | '╠' => [false, true, true, true],
        '┤' | '┫' | '╣' => [true, false, true, true],
        '┬' | '┳' | '╦' => [true, true, false, true],
        '┴' | '┻' | '╩' => [true, true, true, false],
        '┼' | '╋' | '╬' => [true; 4],
        _ => return None,
    })
}

/// What the lines of a drawing join; each row with the number of its line.
pub(crate) fn wires(rows: &[(u32, String)], grammar: Grammar) -> Vec<Wire> {
    let drawn = |text: &str| text.contains(|c: char| sides(c).is_some() || DOWN.contains(&c));
    if !rows.iter().any(|(_, text)| drawn(text)) {
        return Vec::new();
    }
    let mut drawing = Drawing {
        nodes: rows.iter().map(|(_, text)| nodes(text, grammar)).collect(),
        rows: rows.iter().map(|(_, text)| text.chars().collect()).collect(),
        steps: 0,
    };
    let mut found = Vec::new();
    for (row, (line, _)) in rows.iter().enumerate() {
        for column in 0..drawing.rows[row].len() {
            if HEADS.contains(&drawing.rows[row][column]) && drawing.steps < MAX_STEPS {
                found.extend(drawing.led_to(row, column).map(|(before, after)| Wire {
                    before,
                    after: vec![after],
                    line: *line,
                }));
            }
        }
        found.extend(drawing.down(row).map(|(before, after)| Wire { before, after, line: *line }));
    }
    found
}

impl Drawing {
    /// What leads to the head of an arrow, and what it points to.
    fn led_to(&mut self, row: usize, column: usize) -> Option<(Vec<String>, String)> {
        let start = column.checked_sub(1)?;
        sides(self.rows[row][start])?;
        let target = self.nodes[row].iter().find(|node| node.start > column)?;
        if target.start - column > 8 {
            return None;
        }
        let after = target.id.clone();
        let mut before = Vec::new();
        let mut seen = HashSet::from([(row, start)]);
        let mut todo = vec![(row, start)];
        while let Some((row, column)) = todo.pop() {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            let Some(open) = sides(self.rows[row][column]) else { continue };
            for (side, open) in open.into_iter().enumerate() {
                let Some(next) = (if open { step(row, column, side) } else { None }) else { continue };
                match self.cell(next).and_then(sides) {
                    Some(theirs) if theirs[side ^ 1] => {
                        if seen.insert(next) {
                            todo.push(next);
                        }
                    }
                    Some(_) => {}
                    None => before.extend(self.begins(next, side)),
                }
            }
        }
        before.retain(|id| *id != after);
        (!before.is_empty()).then_some((before, after))
    }

    fn cell(&self, (row, column): (usize, usize)) -> Option<char> {
        self.rows.get(row)?.get(column).copied()
    }

    /// The id that a line begins behind (side 0) or under (side 2).
    fn begins(&self, (row, column): (usize, usize), side: usize) -> Option<String> {
        let nodes = self.nodes.get(row)?;
        let node = match side {
            0 => {
                let node = nodes.iter().rev().find(|node| node.end <= column + 1)?;
                let between = &self.rows[row][node.end..(column + 1).max(node.end)];
                (!between.iter().any(|c| sides(*c).is_some() || HEADS.contains(c))).then_some(node)?
            }
            2 => nodes.iter().find(|node| (node.start..node.end).contains(&column))?,
            _ => return None,
        };
        Some(node.id.clone())
    }

    /// A row of nothing but arrows down: all ids of the row above come before all of the row below.
    fn down(&self, row: usize) -> Option<(Vec<String>, Vec<String>)> {
        let cells = &self.rows[row];
        let only = cells.iter().all(|c| c.is_whitespace() || DOWN.contains(c) || matches!(c, '│' | '|'));
        if !only || !cells.iter().any(|c| DOWN.contains(c)) {
            return None;
        }
        let ids = |row: usize| -> Vec<String> { self.nodes[row].iter().map(|node| node.id.clone()).collect() };
        let near = |rows: &mut dyn Iterator<Item = usize>| rows.take(MAX_GAP).map(ids).find(|ids| !ids.is_empty());
        let before = near(&mut (0..row).rev())?;
        let after = near(&mut (row + 1..self.rows.len()))?;
        (before != after).then_some((before, after))
    }
}

/// The cell beside, above or below.
fn step(row: usize, column: usize, side: usize) -> Option<(usize, usize)> {
    Some(match side {
        0 => (row, column.checked_sub(1)?),
        1 => (row, column + 1),
        2 => (row.checked_sub(1)?, column),
        _ => (row + 1, column),
    })
}

/// The ids of a row outside of round brackets, with their columns.
fn nodes(text: &str, Grammar(id_at): Grammar) -> Vec<Node> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut skip = 0;
    let mut before = ' ';
    for (column, (at, c)) in text.char_indices().enumerate() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if at >= skip
            && depth == 0
            && !before.is_ascii_alphanumeric()
            && let Some((length, id)) = id_at(&text[at..], false)
        {
            let end = column + text[at..at + length].chars().count();
            found.push(Node { id: id.to_owned(), start: column, end });
            skip = at + length;
        }
        before = c;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t_id(text: &str, _listed: bool) -> Option<(usize, &str)> {
        let digits = text.strip_prefix('T')?.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then(|| (1 + digits, &text[..1 + digits]))
    }

    fn joined(text: &str) -> Vec<String> {
        let rows: Vec<(u32, String)> =
            text.lines().enumerate().map(|(n, row)| (n as u32 + 1, row.to_owned())).collect();
        let mut found: Vec<String> = wires(&rows, Grammar(t_id))
            .into_iter()
            .map(|wire| {
                let mut before = wire.before;
                before.sort();
                format!("{} < {}", before.join(" "), wire.after.join(" "))
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn lines_are_followed_back() {
        let table: [(&str, &[&str]); 6] = [
            ("├─ T001 [P] ─┐\n└─ T002 [P] ─┴─→ T003 → T004", &["T001 T002 < T003"]),
            ("T001 ─┬─→ T002\n      └─→ T003", &["T001 < T002", "T001 < T003"]),
            ("T001 ──┐\n       ├──▶ T003\nT002 ──┘", &["T001 T002 < T003"]),
            ("T001\n├─→ T002\n└─→ T003", &["T001 < T002", "T001 < T003"]),
            ("T001, T002\n    ↓\nT003", &["T001 T002 < T003"]),
            ("Basin\n├─ T005\n└─ T006 (x T005) → T007", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(joined(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_drawings_cost_little() {
        let text = format!("{}\n", "┼".repeat(300)).repeat(300) + &"─→ T001".repeat(300);
        assert!(joined(&text).len() < 300);
    }
}
