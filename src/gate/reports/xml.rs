//! XML reports as a stream of tags and texts.

use std::collections::VecDeque;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::truncating_reader::Squeeze;

/// One piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A tag opens.
    Open(Tag),
    /// Text between tags.
    Text(String),
    /// A tag closes.
    Close(String),
}

/// A tag that opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// Its name without a prefix.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// An attribute; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// An attribute that is a number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let text = self.get(name).trim();
        text.parse().ok()
    }

    /// An attribute that is a line; 0 when it is none.
    pub(super) fn line(&self, name: &str) -> u32 {
        self.number(name).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
    }
}

/// A document that is being read.
pub(super) struct Xml<'a> {
    reader: Reader<Squeeze<'a>>,
    buffer: Vec<u8>,
    ready: VecDeque<Node>,
    depth: usize,
    begun: bool,
}

impl<'a> Xml<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead) -> Self {
        let mut reader = Reader::from_reader(Squeeze::new(input));
        let config = reader.config_mut();
        // Reports are judged by what they say; one wrong character in a message is no reason to know nothing.
        config.allow_dangling_amp = true;
        config.check_comments = false;
        Xml { reader, buffer: Vec::new(), ready: VecDeque::new(), depth: 0, begun: false }
    }

    /// The next piece; none at the end of a whole document.
    pub(super) fn next(&mut self) -> Result<Option<Node>, String> {
        loop {
            if let Some(node) = self.ready.pop_front() {
                return Ok(Some(node));
            }
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer);
            match event.map_err(|error| format!("not valid XML: {error}"))? {
                Event::Start(tag) => {
                    self.ready.push_back(Node::Open(opened(&tag)));
                    self.depth += 1;
                    self.begun = true;
                }
                Event::Empty(tag) => {
                    let tag = opened(&tag);
                    let name = tag.name.clone();
                    self.ready.extend([Node::Open(tag), Node::Close(name)]);
                    self.begun = true;
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.ready.push_back(Node::Close(tag.local_name().as_ref().to_owned()));
                }
                Event::Text(text) => self.ready.push_back(Node::Text(text.to_string())),
                Event::CData(text) => self.ready.push_back(Node::Text(text.to_string())),
                Event::GeneralRef(name) => {
                    let text = format!("&{};", &*name);
                    self.ready.push_back(Node::Text(plain(&text)));
                }
                Event::Eof if self.depth > 0 => return Err("it is cut off in the middle".to_owned()),
                Event::Eof if !self.begun => return Err("there is nothing in it".to_owned()),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }
}

fn opened(tag: &BytesStart<'_>) -> Tag {
    let mut attributes = tag.attributes();
    let named = attributes.with_checks(false).flatten();
    Tag {
        name: tag.local_name().as_ref().to_owned(),
        attributes: named.map(|a| (a.key.local_name().as_ref().to_owned(), plain(&a.value))).collect(),
    }
}

/// A text with its references resolved; as it stands when they cannot be.
fn plain(text: &str) -> String {
    unescape(text).map_or_else(|_| text.to_owned(), |text| text.into_owned())
}
