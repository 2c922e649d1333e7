//! References to tasks in prose: lists and ranges of ids, and what a sentence says about their order.
//!
//! A sentence is cut into groups of ids, relations and other words. A relation joins the nearest group on its left with
//! the nearest on its right, if few words lie between; that few is what keeps "block from T008" and "after 5 attempts"
//! from becoming edges (PLANS section 4).

use super::grammar::{Grammar, Group, Relation};
use super::lexer::{Nested, Token, tokens};
use super::relations::{APART, LEFT_WORDS, LINKING, LISTING, ROOM_OF_TIMES, is_noise};

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

/// References of one text.
pub(crate) struct References<'a> {
    tokens: Vec<Nested<'a>>,
}

impl<'a> References<'a> {
    /// Reads `text`.
    pub fn new(text: &'a str, grammar: Grammar) -> References<'a> {
        References { tokens: tokens(text, grammar) }
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
            if let Token::Behind(relation) = token {
                found.extend(self.in_front(n).map(|(_, group)| (*relation, group)));
                continue;
            }
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

    /// The group right in front of a postposition.
    fn in_front(&self, n: usize) -> Option<(usize, &Group<'a>)> {
        let links = |token: &Token<'_>| matches!(token, Token::Word(word) if LINKING.contains(word) || is_noise(word));
        let k = (0..n).rev().find(|&k| !links(&self.tokens[k].0))?;
        if let Token::Group(group) = &self.tokens[k].0 { Some((k, group)) } else { None }
    }

    /// Whether anything here says what comes first.
    pub fn speaks_of_order(&self) -> bool {
        self.tokens.iter().any(|(token, _)| matches!(token, Token::Relation(..) | Token::Behind(_) | Token::Arrow))
    }

    /// The groups of a field that lists ids: a bare number behind another word ("Python 3", "Phase 2") is none, nor what
    /// the words say is independent.
    pub fn listed(&self) -> impl Iterator<Item = &Group<'a>> {
        self.tokens.iter().enumerate().filter_map(|(n, (token, _))| {
            let Token::Group(group) = token else { return None };
            let lettered =
                group.0.iter().any(|part| part.first.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#'));
            let before = n.checked_sub(1).map(|k| &self.tokens[k].0);
            let free = match before {
                Some(Token::Word(word)) => {
                    is_noise(word) || word.len() == 1 || LISTING.iter().any(|w| w.eq_ignore_ascii_case(word))
                }
                _ => true,
            };
            // "All tasks of the base (Task 1)": what brackets begin with is meant.
            let opens = n.checked_sub(1).is_some_and(|k| self.tokens[k].1 < self.tokens[n].1);
            let free = free || opens;
            let apart = (n.saturating_sub(3)..n).any(
                |k| matches!(self.tokens[k].0, Token::Word(word) if APART.iter().any(|w| w.eq_ignore_ascii_case(word))),
            );
            ((lettered || free) && !apart).then_some(group)
        })
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
                Token::Behind(relation) => {
                    found.extend(self.behind(n, relation, start, end));
                    continue;
                }
                _ => continue,
            };
            let arrow = self.tokens[n].0 == Token::Arrow;
            let (left, right) = match arrow {
                true => (self.along((start..n).rev(), self.tokens[n].1), self.along(n + 1..end, self.tokens[n].1)),
                false => (self.nearest((start..n).rev(), LEFT_WORDS), self.nearest(n + 1..end, words)),
            };
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

    /// "T002 在 T001 之后", "T001 完成后 T002": what stands before the ids and their postposition, else what follows.
    fn behind(&self, n: usize, relation: Relation, start: usize, end: usize) -> Option<Clause<'a>> {
        let (at, _) = self.in_front(n).filter(|(at, _)| *at >= start)?;
        let other = self.nearest((start..at).rev(), LEFT_WORDS).or_else(|| self.nearest(n + 1..end, LEFT_WORDS))?;
        let (anchor, other) = (self.group(at), self.group(other));
        let (before, after) = if relation == Relation::After { (anchor, other) } else { (other, anchor) };
        Some(Clause { before, after, pairwise: false })
    }

    /// The group at one end of an arrow. What brackets hold counts only where nothing stands outside of them, and a step
    /// without ids ("→ sign-off →") is passed over.
    fn along(&self, way: impl Iterator<Item = usize>, depth: usize) -> Option<usize> {
        let mut inside = None;
        let mut between = 0;
        for n in way {
            let (token, at) = &self.tokens[n];
            match token {
                Token::Group(_) if *at <= depth => return Some(n),
                Token::Group(_) => inside = inside.or(Some(n)),
                _ if *at > depth => {}
                Token::Arrow if inside.is_none() => between = 0,
                Token::Arrow | Token::Relation(..) | Token::Behind(_) | Token::Break => return inside,
                Token::Word(word) => between += usize::from(!is_noise(word)),
            }
            if between > LEFT_WORDS {
                return inside;
            }
        }
        inside
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
                Token::Relation(..) | Token::Behind(_) | Token::Arrow | Token::Break => return None,
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

#[cfg(test)]
mod tests {
    use super::super::grammar::Part;
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
        let table: [(&str, &[&str]); 50] = [
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
            ("T001 ‖ T002 → T003", &["T001 T002 < T003"]),
            ("T004 || T005 → T006", &["T004 T005 < T006"]),
            ("T007-T008 → T009 ‖ T010", &["T007..T008 < T009 T010"]),
            (
                "Tests T011-T012 → Sign-off by the lead → Implementation T013-T014",
                &["T011..T012 < T013..T014", "T011..T012 < T013..T014"],
            ),
            ("T006 [P] (depends on T005) → T007", &["T005 < T006", "T006 < T007"]),
            ("准备 (T001-T002) 在泡茶 (T003-T004) 之前", &["T001..T002 < T003..T004"]),
            ("T003 必须在 T001、T002 之后", &["T001 T002 < T003"]),
            ("T001 完成后，T002 和 T003 可以并行", &["T001 < T002 T003"]),
            ("T001 完成之后才能开始 T002", &["T001 < T002"]),
            ("T002 前置任务 T001", &["T001 < T002"]),
            ("T002 は T001 に依存する", &["T001 < T002"]),
            ("T001 の完了後に T002", &["T001 < T002"]),
            ("T002はT001の後に実施", &["T001 < T002"]),
            ("T001 は T002 の前に行う", &["T001 < T002"]),
            ("T002는 T001에 의존", &["T001 < T002"]),
            ("T001 완료 후 T002 시작", &["T001 < T002"]),
            ("T002 depende de T001 y T003", &["T001 T003 < T002"]),
            ("T002 después de T001", &["T001 < T002"]),
            ("T001 antes de T002", &["T001 < T002"]),
            ("T002 bloqueado por T001", &["T001 < T002"]),
            ("T002 depende da T001", &["T001 < T002"]),
            ("T002 após T001", &["T001 < T002"]),
            ("T002 dépend de T001 et T003", &["T001 T003 < T002"]),
            ("T002 après T001", &["T001 < T002"]),
            ("T001 avant T002", &["T001 < T002"]),
            ("T002 hängt von T001 ab", &["T001 < T002"]),
            ("T002 nach T001 und T003", &["T001 T003 < T002"]),
            ("T001 vor T002", &["T001 < T002"]),
            ("T001 blockiert T002", &["T001 < T002"]),
        ];
        for (text, expected) in table {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn fields_list_ids() {
        fn number(text: &str, _listed: bool) -> Option<(usize, &str)> {
            let end = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
            t_id(text, false).or_else(|| (end > 0).then(|| (end, &text[..end])))
        }
        let listed = |text: &'static str| -> Vec<String> {
            References::new(text, Grammar(number)).listed().map(shown).collect()
        };
        assert_eq!(listed("[D: 1.1, 1.2]"), ["1.1 1.2"]);
        assert_eq!(listed("All deck pieces (T001-T002)"), ["T001..T002"]);
        assert_eq!(listed("Python 3, Phase 2"), Vec::<String>::new());
        assert_eq!(listed("T001 (parallel with T002)"), ["T001"]);
        assert_eq!(listed("1 and 2"), ["1 2"]);
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
        assert_eq!(direct("T001 完成后实现"), ["After T001"]);
        assert_eq!(direct("（T001 に依存）"), ["After T001"]);
        assert_eq!(direct("(T001 완료 후)"), ["After T001"]);
        assert_eq!(direct("(depende de T001)"), ["After T001"]);
        assert_eq!(direct("(nach T001)"), ["After T001"]);
        assert_eq!(direct("- _Depends: T1, T2_"), ["After T1 T2"]);
        assert_eq!(direct("after the fix of bug T207x; already in T033"), Vec::<String>::new());
    }
}
