//! XML with its long texts shortened on the way to the parser.
//!
//! A test may print 200 MB into its `system-out`, and an XML parser gives a text in one piece: what is beyond
//! [`MAX_RUN`] of a text, a CDATA section or a comment is left out before, so that memory stays bounded.

use std::io::{self, BufRead, Read};

/// Bytes kept of one text, CDATA section or comment.
const MAX_RUN: usize = 64 << 10;
/// Longest tag, bytes. A longer one is refused: cutting it would change what it says.
const MAX_TAG: usize = 4 << 20;
/// Squeezed at once.
const CHUNK: usize = 64 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Tag {
        quote: Option<u8>,
    },
    /// Inside something that ends with these three bytes.
    Until(&'static [u8; 3]),
}

/// A reader that leaves out the rest of long texts.
pub(super) struct Squeeze<'a> {
    input: &'a mut dyn BufRead,
    ready: Vec<u8>,
    taken: usize,
    place: Place,
    /// Bytes of the present text or tag so far.
    run: usize,
    /// The last bytes seen, to recognise `<![CDATA[`, `<!--` and their ends.
    last: [u8; 9],
    skipping: bool,
}

impl<'a> Squeeze<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead) -> Self {
        Squeeze { input, ready: Vec::new(), taken: 0, place: Place::Text, run: 0, last: [0; 9], skipping: false }
    }

    fn enter(&mut self, place: Place) {
        self.place = place;
        self.run = 0;
        self.skipping = false;
    }

    fn take(&mut self, byte: u8) -> io::Result<()> {
        self.last.rotate_left(1);
        self.last[8] = byte;
        self.run += 1;
        match self.place {
            Place::Text if byte == b'<' => self.enter(Place::Tag { quote: None }),
            Place::Tag { quote } => self.tag(byte, quote)?,
            Place::Until(end) if self.last[6..] == *end => {
                // The end was being left out with the rest: it must be there.
                if self.skipping {
                    self.ready.extend_from_slice(&end[..2]);
                }
                self.enter(Place::Text);
            }
            Place::Text | Place::Until(_) => {}
        }
        let is_text = matches!(self.place, Place::Text | Place::Until(_));
        self.skipping |= is_text && self.run > MAX_RUN && is_boundary(byte);
        if !self.skipping {
            self.ready.push(byte);
        }
        Ok(())
    }

    fn tag(&mut self, byte: u8, quote: Option<u8>) -> io::Result<()> {
        match (quote, byte) {
            (None, b'>') => self.enter(Place::Text),
            (None, b'"' | b'\'') => self.place = Place::Tag { quote: Some(byte) },
            (Some(open), _) if open == byte => self.place = Place::Tag { quote: None },
            (None, b'[') if self.last == *b"<![CDATA[" => self.enter(Place::Until(b"]]>")),
            (None, b'-') if self.last[5..] == *b"<!--" => self.enter(Place::Until(b"-->")),
            _ if self.run > MAX_TAG => return Err(io::Error::other("a tag of more than 4 MiB")),
            _ => {}
        }
        Ok(())
    }
}

/// Whether leaving out from this byte on tears nothing apart: no character, and no end of a section.
fn is_boundary(byte: u8) -> bool {
    byte & 0xC0 != 0x80 && !matches!(byte, b']' | b'-' | b'>')
}

impl Read for Squeeze<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let n = ready.len().min(to.len());
        to[..n].copy_from_slice(&ready[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Squeeze<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let mut chunk = self.input.fill_buf()?.to_vec();
            chunk.truncate(CHUNK);
            if chunk.is_empty() {
                break;
            }
            self.input.consume(chunk.len());
            for byte in chunk {
                self.take(byte)?;
            }
        }
        Ok(&self.ready[self.taken..])
    }

    fn consume(&mut self, n: usize) {
        self.taken = (self.taken + n).min(self.ready.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> String {
        let mut input = text.as_bytes();
        let mut out = String::new();
        Squeeze::new(&mut input).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn short_things_stay_and_long_texts_are_cut() {
        let small = "<?xml version='1.0'?><!-- a > b --><a b=\"x > y\">t<![CDATA[<no> ]] tag]]></a>";
        assert_eq!(squeezed(small), small);
        let long = "x".repeat(3 * MAX_RUN);
        for (open, close) in [("<a>", "</a>"), ("<a><![CDATA[", "]]></a>"), ("<a><!--", "--></a>")] {
            let out = squeezed(&format!("{open}{long}{close}<b/>"));
            assert!(out.len() < MAX_RUN + 100, "{}", out.len());
            assert!(out.ends_with(&format!("{close}<b/>")), "{}", &out[out.len() - 30..]);
        }
    }

    #[test]
    fn giant_tags_are_refused() {
        let mut input = io::repeat(b'x').take(MAX_TAG as u64 * 2);
        let mut tag = io::BufReader::new(b"<a b='".chain(&mut input));
        assert!(Squeeze::new(&mut tag).read_to_end(&mut Vec::new()).is_err());
    }
}
