//! Text reports line by line, however long the lines are.

use std::io::BufRead;

/// Bytes kept of a line: whole JSON messages of compilers are shorter, and one giant line must not fill the memory.
const MAX_LINE: usize = 1 << 20;

/// Calls `each` with every line, without its end and terminal colours; what is not UTF-8 is replaced, what is beyond
/// [`MAX_LINE`] is left out.
///
/// # Errors
/// The input cannot be read.
pub(super) fn each_line(input: &mut dyn BufRead, mut each: impl FnMut(&str)) -> Result<(), String> {
    let mut line: Vec<u8> = Vec::new();
    let mut any = false;
    loop {
        let chunk = input.fill_buf().map_err(|error| format!("cannot be read: {error}"))?;
        if chunk.is_empty() {
            if any {
                each(&text(&line));
            }
            return Ok(());
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        line.extend_from_slice(&part[..part.len().min(MAX_LINE.saturating_sub(line.len()))]);
        any = true;
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            each(&text(&line));
            line.clear();
            line.shrink_to(MAX_LINE / 16);
            any = false;
        }
    }
}

fn text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = String::from_utf8_lossy(line);
    if text.contains('\u{1b}') { without_colours(&text) } else { text.into_owned() }
}

/// Without `ESC [ … letter` sequences.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.peek() == Some(&'[') {
            chars.next();
            while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_kinds() {
        let long = "y".repeat(MAX_LINE + 10);
        let input = format!("a\r\n\u{1b}[32mgreen\u{1b}[0m\n{long}\nlast");
        let mut found = Vec::new();
        let mut reader = std::io::BufReader::with_capacity(7, input.as_bytes());
        each_line(&mut reader, |line| found.push(line.to_owned())).unwrap();
        assert_eq!(found[..2], ["a", "green"]);
        assert_eq!((found[2].len(), found[3].as_str()), (MAX_LINE, "last"));
    }
}
