//! A text about order as tokens: groups of ids, relations, arrows, other words.

use super::grammar::{Grammar, Group, Part, Relation};
use super::relations::{ARROWS, LINKING, LIST, POSTPOSITIONS, RANGE, relation_at};

/// Bytes of one text that are read; a sentence about order is not longer, and a line of 60 MB shall cost nothing.
const MAX_TEXT: usize = 20_000;
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    Group(Group<'a>),
    Relation(Relation, usize),
    /// A postposition right behind a group.
    Behind(Relation),
    Arrow,
    Word(&'a str),
    /// End of a sentence or clause.
    Break,
}

/// A token and how many brackets are open around it.
pub(super) type Nested<'a> = (Token<'a>, usize);

/// The tokens of the beginning of `text`.
pub(super) fn tokens(text: &str, grammar: Grammar) -> Vec<Nested<'_>> {
    let end = text.floor_char_boundary(MAX_TEXT);
    Lexer { text: &text[..end], at: 0, depth: 0, grammar }.tokens()
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    grammar: Grammar,
}

impl<'a> Lexer<'a> {
    fn tokens(mut self) -> Vec<Nested<'a>> {
        let mut tokens: Vec<Nested<'a>> = Vec::new();
        while let Some(c) = self.rest().chars().next() {
            let depth = self.depth;
            let behind = tokens.last().is_some_and(|(token, _)| match token {
                Token::Group(_) => true,
                Token::Word(word) => LINKING.contains(word),
                _ => false,
            });
            if behind
                && !c.is_ascii()
                && let Some((words, relation)) = POSTPOSITIONS.iter().find(|(words, _)| self.rest().starts_with(*words))
            {
                self.at += words.len();
                tokens.push((Token::Behind(*relation), depth));
                continue;
            }
            if let Some(token) = self.token(c) {
                tokens.push((token, depth));
            }
        }
        tokens
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Whether a word can begin here: the character before is not part of one.
    fn at_boundary(&self) -> bool {
        !self.text[..self.at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    }

    fn token(&mut self, c: char) -> Option<Token<'a>> {
        if let Some(arrow) = ARROWS.iter().find(|arrow| self.rest().starts_with(**arrow)) {
            self.at += arrow.len();
            return Some(Token::Arrow);
        }
        if self.at_boundary()
            && let Some(group) = self.group()
        {
            return Some(Token::Group(group));
        }
        // `_Depends: 1.2_`: a mark of emphasis may stand right before.
        if !self.text[..self.at].ends_with(|c: char| c.is_ascii_alphanumeric())
            && let Some((words, relation, room)) = relation_at(self.rest())
        {
            self.at += words;
            return Some(Token::Relation(relation, room));
        }
        if is_word(c) && c != '_' {
            let word = self.word();
            self.at += word.len();
            return Some(Token::Word(word));
        }
        self.at += c.len_utf8();
        match c {
            '(' | '[' | '（' | '【' => self.depth += 1,
            ')' | ']' | '）' | '】' => self.depth = self.depth.saturating_sub(1),
            ';' | '；' | '。' | '—' => return Some(Token::Break),
            '.' | '!' | '?' if self.rest().is_empty() || self.rest().starts_with(char::is_whitespace) => {
                return Some(Token::Break);
            }
            _ => {}
        }
        None
    }

    /// Up to the next character that is no word, or where a relation in a script without spaces begins.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        let mut end = rest.len();
        for (n, c) in rest.char_indices().skip(1) {
            let begins = || {
                relation_at(&rest[n..]).is_some()
                    || POSTPOSITIONS.iter().any(|(words, _)| rest[n..].starts_with(*words))
            };
            // In scripts without spaces an id ends a word.
            let id = !rest.starts_with(|c: char| c.is_ascii()) && c.is_ascii_alphanumeric();
            if !is_word(c) || id || !c.is_ascii() && begins() || LINKING.contains(&&rest[..n]) && begins() {
                end = n;
                break;
            }
        }
        &rest[..end]
    }

    fn group(&mut self) -> Option<Group<'a>> {
        let (length, first) = (self.grammar.0)(self.rest(), false)?;
        self.at += length;
        let mut parts = vec![self.part(first)];
        while let Some((length, id)) = self.joined(&LIST) {
            self.at += length;
            parts.push(self.part(id));
        }
        Some(Group(parts))
    }

    fn part(&mut self, first: &'a str) -> Part<'a> {
        match self.joined(&RANGE) {
            Some((length, last)) => {
                self.at += length;
                Part { first, last: Some(last) }
            }
            None => Part { first, last: None },
        }
    }

    /// An id that follows after one of `joints`; how far it reaches from here.
    fn joined(&self, joints: &[&str]) -> Option<(usize, &'a str)> {
        let rest = self.rest();
        let mut text = rest.trim_start_matches([' ', '*', '`', '_', '~']);
        // "T012 (User schema), T013": what a bracket says about an id does not end the list.
        if let Some(inner) = text.strip_prefix('(')
            && let Some(end) = inner.find(')').filter(|end| *end <= 80)
            && !inner[..end].contains('(')
        {
            text = &inner[end + 1..];
        }
        let text = text.trim_start();
        let joint = joints.iter().find(|joint| text.starts_with(**joint))?;
        let worded = joint.ends_with(|c: char| c.is_ascii_alphabetic());
        let after = &text[joint.len()..];
        if worded && !after.starts_with(char::is_whitespace) {
            return None;
        }
        let after = after.trim_start_matches([' ', '*', '`', '_', '~']);
        // ", and T3"
        let after = after.strip_prefix("and ").unwrap_or(after).trim_start();
        let skipped = rest.len() - after.len();
        let (length, id) = (self.grammar.0)(after, true)?;
        Some((skipped + length, id))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '\'' | '’')
}
