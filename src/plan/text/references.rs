//! References to tasks in prose: lists and ranges of ids, and what a sentence says about their order.
//!
//! A sentence is cut into groups of ids, relations and other words. A relation joins the nearest group on its left with
//! the nearest on its right, if few words lie between; that few is what keeps "block from T008" and "after 5 attempts"
//! from becoming edges (PLANS section 4).

/// How a format writes ids: the length and the id at the start of a text. The flag says that another id came right
/// before, as in "Tasks 8, 9", where 9 alone would be any number.
#[derive(Clone, Copy)]
pub(crate) struct Grammar(pub fn(&str, bool) -> Option<(usize, &str)>);

/// One or several ids in a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Group<'a>(pub Vec<Part<'a>>);

/// An id, or the first and last of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// The id, or the first one.
    pub first: &'a str,
    /// The last one, when it is a range; perhaps without the letters in front (`T011-14`).
    pub last: Option<&'a str>,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The left waits for the right: "depends on", "after".
    After,
    /// The left comes before the right: "blocks", "before", an arrow.
    Before,
}

/// "All of `after` wait for all of `before`"; in pairs when the sentence says "respectively".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause<'a> {
    /// What comes first.
    pub before: Group<'a>,
    /// What waits.
    pub after: Group<'a>,
    /// First with first, second with second.
    pub pairwise: bool,
}

/// How many words may stand between "after" or "before" and ids; no other relation has this number.
const ROOM_OF_TIMES: usize = 4;
/// Words of a relation, what it means, and how many other words may stand between it and the ids on its right.
const RELATIONS: [(&str, Relation, usize); 40] = [
    ("is blocked by", Relation::After, 1),
    ("are blocked by", Relation::After, 1),
    ("blocked by", Relation::After, 1),
    ("depends on", Relation::After, 5),
    ("depend on", Relation::After, 5),
    ("depends upon", Relation::After, 5),
    ("depending on", Relation::After, 2),
    ("dependent on", Relation::After, 2),
    ("depends", Relation::After, 0),
    ("dependencies", Relation::After, 0),
    ("dependency", Relation::After, 0),
    ("deps", Relation::After, 0),
    ("relies on", Relation::After, 2),
    ("requires", Relation::After, 1),
    ("require", Relation::After, 1),
    ("waits for", Relation::After, 1),
    ("wait for", Relation::After, 1),
    ("follows", Relation::After, 0),
    ("prerequisites", Relation::After, 0),
    ("prerequisite for", Relation::Before, 1),
    ("after", Relation::After, ROOM_OF_TIMES),
    ("depende de", Relation::After, 2),
    ("dependem de", Relation::After, 2),
    ("dependen de", Relation::After, 2),
    ("dépend de", Relation::After, 2),
    ("depois de", Relation::After, 2),
    ("después de", Relation::After, 2),
    ("antes de", Relation::Before, 2),
    ("依赖于", Relation::After, 1),
    ("依赖", Relation::After, 1),
    ("依賴", Relation::After, 1),
    ("依存", Relation::After, 1),
    ("의존", Relation::After, 1),
    ("must complete before", Relation::Before, 3),
    ("before", Relation::Before, ROOM_OF_TIMES),
    ("unblocks", Relation::Before, 0),
    ("blocks", Relation::Before, 0),
    ("block", Relation::Before, 0),
    ("precedes", Relation::Before, 1),
    ("precede", Relation::Before, 1),
];

/// Bytes of one text that are read; a sentence about order is not longer, and a line of 60 MB shall cost nothing.
const MAX_TEXT: usize = 20_000;
/// Words of a list that do not count as words between.
const NOISE: [&str; 10] = ["task", "tasks", "all", "both", "of", "the", "completion", "任务", "タスク", "and"];
/// Other words that may stand between ids and the relation on their right.
const LEFT_WORDS: usize = 8;
const ARROWS: [&str; 9] = ["-->", "->", "──>", "─>", "→", "⟶", "⇒", "=>", "➜"];
/// Between the first and the last of a range.
const RANGE: [&str; 10] = ["through", "thru", "to", "..", "–", "—", "-", "~", "至", "到"];
/// Between the members of a list.
const LIST: [&str; 10] = [",", "、", "，", "/", "+", "&", "and", "和", "y", "e"];

#[derive(Debug, PartialEq)]
enum Token<'a> {
    Group(Group<'a>),
    Relation(Relation, usize),
    Arrow,
    Word(&'a str),
    /// End of a sentence or clause.
    Break,
}

/// A token and how many brackets are open around it.
type Nested<'a> = (Token<'a>, usize);

/// References of one text.
pub(crate) struct References<'a> {
    tokens: Vec<Nested<'a>>,
}

impl<'a> References<'a> {
    /// Reads `text`.
    pub fn new(text: &'a str, grammar: Grammar) -> References<'a> {
        let end = text.floor_char_boundary(MAX_TEXT);
        References { tokens: Lexer { text: &text[..end], at: 0, depth: 0, grammar }.tokens() }
    }

    /// What follows directly upon a relation, for texts that speak of one task: "(depends on T007, T008)".
    pub fn direct(&self) -> Vec<(Relation, &Group<'a>)> {
        self.directly(false)
    }

    /// The same without "after" and "before", which speak of times too: "after 1.5 seconds".
    pub fn timeless(&self) -> Vec<(Relation, &Group<'a>)> {
        self.directly(true)
    }

    fn directly(&self, timeless: bool) -> Vec<(Relation, &Group<'a>)> {
        let mut found = Vec::new();
        for (n, (token, _)) in self.tokens.iter().enumerate() {
            let Token::Relation(relation, room) = token else { continue };
            // "after" and "before" are the relations that let the most words stand between.
            if timeless && *room == ROOM_OF_TIMES {
                continue;
            }
            let rest = self.tokens[n + 1..].iter().map(|(token, _)| token);
            let mut rest = rest.skip_while(|token| matches!(token, Token::Word(word) if is_noise(word)));
            if let Some(Token::Group(group)) = rest.next()
                && !self.negated(n)
            {
                found.push((*relation, group));
            }
        }
        found
    }

    /// What sentences about several tasks say.
    pub fn clauses(&self) -> Vec<Clause<'a>> {
        let mut found = Vec::new();
        let mut start = 0;
        for end in 0..=self.tokens.len() {
            if end == self.tokens.len() || self.tokens[end].0 == Token::Break {
                self.clause(start, end, &mut found);
                start = end + 1;
            }
        }
        found
    }

    /// The groups of ids, in order.
    pub fn groups(&self) -> impl Iterator<Item = &Group<'a>> {
        self.tokens.iter().filter_map(|(token, _)| if let Token::Group(group) = token { Some(group) } else { None })
    }

    fn clause(&self, start: usize, end: usize, found: &mut Vec<Clause<'a>>) {
        let pairwise = self.tokens[start..end]
            .iter()
            .any(|(t, _)| matches!(t, Token::Word(w) if w.eq_ignore_ascii_case("respectively")));
        for n in start..end {
            let (relation, words) = match self.tokens[n].0 {
                Token::Relation(relation, words) => (relation, words),
                Token::Arrow => (Relation::Before, LEFT_WORDS),
                _ => continue,
            };
            let arrow = self.tokens[n].0 == Token::Arrow;
            let left = self.nearest((start..n).rev(), LEFT_WORDS);
            let right = self.nearest(n + 1..end, words);
            let (Some(left), Some(right)) = (left, right) else { continue };
            // An arrow inside brackets belongs to what the brackets say.
            let inside = arrow && self.tokens[n].1 > self.tokens[left].1.min(self.tokens[right].1);
            if inside || !arrow && self.negated(n) {
                continue;
            }
            let (left, right) = (self.as_left(left, start), self.as_right(right, end));
            let (before, after) = if relation == Relation::After { (right, left) } else { (left, right) };
            found.push(Clause { before, after, pairwise });
        }
    }

    /// The nearest group along `way`, when no other relation and at most `words` words lie between.
    fn nearest(&self, way: impl Iterator<Item = usize>, words: usize) -> Option<usize> {
        let mut between = 0;
        for n in way {
            match &self.tokens[n].0 {
                Token::Group(_) => return Some(n),
                Token::Word(word) if is_noise(word) => {}
                // "after 5 attempts, T006": a count says that this is about something else.
                Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit()) => return None,
                Token::Word(_) => between += 1,
                Token::Relation(..) | Token::Arrow | Token::Break => return None,
            }
            if between > words {
                return None;
            }
        }
        None
    }

    fn group(&self, n: usize) -> Group<'a> {
        match &self.tokens[n].0 {
            Token::Group(group) => group.clone(),
            _ => Group::default(),
        }
    }

    /// In "T2 after T1, T3 after T2" the list in the middle is the end of one thing and the beginning of another.
    fn shared(&self, n: usize, others: impl Iterator<Item = usize>) -> bool {
        matches!(&self.tokens[n].0, Token::Group(group) if group.0.len() > 1)
            && others
                .map(|k| &self.tokens[k].0)
                .find(|t| !matches!(t, Token::Word(w) if is_noise(w)))
                .is_some_and(|token| matches!(token, Token::Relation(..)))
    }

    fn as_left(&self, n: usize, start: usize) -> Group<'a> {
        let mut group = self.group(n);
        if self.shared(n, (start..n).rev()) {
            group.0.drain(..group.0.len() - 1);
        }
        group
    }

    fn as_right(&self, n: usize, end: usize) -> Group<'a> {
        let mut group = self.group(n);
        if self.shared(n, n + 1..end) {
            group.0.pop();
        }
        group
    }

    /// "does not depend on", "no dependency".
    fn negated(&self, n: usize) -> bool {
        self.tokens[n.saturating_sub(2)..n].iter().any(|(token, _)| {
            matches!(token, Token::Word(word) if ["not", "no", "never", "without", "cannot", "无", "不"]
                .iter()
                .any(|no| word.eq_ignore_ascii_case(no))
                || word.ends_with("n't"))
        })
    }
}

fn is_noise(word: &str) -> bool {
    NOISE.iter().any(|noise| word.eq_ignore_ascii_case(noise))
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
            if !is_word(c) || !c.is_ascii() && relation_at(&rest[n..]).is_some() {
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

fn relation_at(text: &str) -> Option<(usize, Relation, usize)> {
    RELATIONS.iter().find_map(|&(words, relation, room)| {
        let head = text.get(..words.len())?;
        let ends = !text[words.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
            || !words.ends_with(|c: char| c.is_ascii_alphabetic());
        (ends && head.eq_ignore_ascii_case(words)).then_some((words.len(), relation, room))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t_id(text: &str, _listed: bool) -> Option<(usize, &str)> {
        let rest = text.strip_prefix('T')?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let end = 1 + digits;
        let open = text[end..].starts_with(|c: char| c.is_ascii_alphanumeric());
        (digits > 0 && !open).then(|| (end, &text[..end]))
    }

    fn shown(group: &Group<'_>) -> String {
        let part = |p: &Part<'_>| p.last.map_or(p.first.to_owned(), |last| format!("{}..{last}", p.first));
        group.0.iter().map(part).collect::<Vec<_>>().join(" ")
    }

    fn said(text: &str) -> Vec<String> {
        References::new(text, Grammar(t_id))
            .clauses()
            .iter()
            .map(|c| format!("{} < {}{}", shown(&c.before), shown(&c.after), if c.pairwise { " pairwise" } else { "" }))
            .collect()
    }

    #[test]
    fn sentences_about_order() {
        let table: [(&str, &[&str]); 21] = [
            ("- Tests (T004-T009) before implementation (T010-T018)", &["T004..T009 < T010..T018"]),
            ("- T010-T011 block T019", &["T010..T011 < T019"]),
            ("- Implementation before polish (T023-T030)", &[]),
            ("T017, T018 depend on T015, T016 respectively", &["T015 T016 < T017 T018 pairwise"]),
            ("T020-T024 parallel except T020 depends on T007", &["T007 < T020"]),
            ("T1 → T2 → [T3, T4] --> T5", &["T1 < T2", "T2 < T3 T4", "T3 T4 < T5"]),
            ("**Path**: T001-T029 (Database) → T030–T065 (Market) ", &["T001..T029 < T030..T065"]),
            ("T012 extends the gate block started by T008 (US1)", &[]),
            (
                "- **US2**: Depends on Phase 2; T011 independent of US1; T012 depends on T008 being in first",
                &["T008 < T012"],
            ),
            ("T013 and T014 depend on T012 (balanced gate)", &["T012 < T013 T014"]),
            ("T002 after T001, T003 after T002", &["T001 < T002", "T002 < T003"]),
            ("T002-T005 can run in parallel after T001", &["T001 < T002..T005"]),
            ("T005 does not depend on T004", &[]),
            ("T005 fails after 5 attempts, T006 too", &[]),
            ("T008 blocks T009, T015", &["T008 < T009 T015"]),
            ("T005 依赖 T003、T004", &["T003 T004 < T005"]),
            ("T003 (a → b), T004", &[]),
            ("T001 through T003 before T004", &["T001..T003 < T004"]),
            ("T1 must complete before T2 can start, T3 depends on T2", &["T1 < T2", "T2 < T3"]),
            ("T011-T14 | T3+T4/T5", &[]),
            ("T012 (User schema), T013 (x) depend on T001", &["T001 < T012 T013"]),
        ];
        for (text, expected) in table {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn words_about_one_task() {
        let direct = |text: &'static str| -> Vec<String> {
            References::new(text, Grammar(t_id)).direct().iter().map(|(r, g)| format!("{r:?} {}", shown(g))).collect()
        };
        assert_eq!(direct("Add x (depends on T007, T008)"), ["After T007 T008"]);
        assert_eq!(direct("Add x (depends on T009-T012)"), ["After T009..T012"]);
        assert_eq!(direct("实现，依赖T007"), ["After T007"]);
        assert_eq!(direct("**Dependencies**: T012 (User schema)"), ["After T012"]);
        assert_eq!(direct("run after T207"), ["After T207"]);
        assert_eq!(direct("- _Depends: T1, T2_"), ["After T1 T2"]);
        assert_eq!(direct("after the fix of bug T207x; already in T033"), Vec::<String>::new());
    }
}
