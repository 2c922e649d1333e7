//! Reviews. A thread is the remarks at one place of one review; there is no number that says what answers what. Who may write
//! is asked for by name: where the server does not tell, nobody's words count without a person's leave.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::answers::is_answer;
use super::super::forge::{GHOST, ReviewRemark, ReviewVerdict, ThreadStanding};
use super::Forgejo;
use super::wire::{author, number, text};
use crate::model::Result;

/// A remark, and where on the server it stands.
pub(super) struct PlacedRemark {
    pub(super) remark: ReviewRemark,
    /// Its line in the new file, and in the old one; 0 where it has none.
    lines: (u64, u64),
}

impl Forgejo {
    /// What those whose review counts said last.
    pub(super) fn decided(&self, number: u64) -> Result<ReviewVerdict> {
        let mut last: BTreeMap<String, bool> = BTreeMap::new();
        for review in self.reviews(number)? {
            let approves = match review["state"].as_str().unwrap_or_default() {
                "APPROVED" => true,
                "REQUEST_CHANGES" => false,
                _ => continue,
            };
            let author = author(&review);
            // Nobody stands behind the approval of an account that is gone.
            if approves && author == GHOST {
                continue;
            }
            let counts = review["official"].as_bool().unwrap_or(false);
            match (counts, review["dismissed"].as_bool().unwrap_or(false)) {
                (true, false) => drop(last.insert(author.to_owned(), approves)),
                (true, true) => drop(last.remove(author)),
                (false, _) => {}
            }
        }
        Ok(if last.values().any(|approves| !approves) {
            ReviewVerdict::ChangesRequested
        } else if let Some(by) = last.into_keys().next() {
            ReviewVerdict::Approved { by }
        } else {
            ReviewVerdict::Undecided
        })
    }

    /// Remarks on lines, oldest first.
    pub(super) fn said(&self, number: u64) -> Result<Vec<PlacedRemark>> {
        let mut all: Vec<Value> = Vec::new();
        for review in self.reviews(number)? {
            if review["comments_count"].as_u64() == Some(0) || review["state"].as_str() == Some("PENDING") {
                continue;
            }
            let id = super::wire::number(&review, "/id")?;
            let found = self.client.list(&self.path(&format!("pulls/{number}/reviews/{id}/comments")))?;
            all.extend(found);
        }
        all.sort_by_key(|comment| comment["id"].as_u64());
        let mut writers: BTreeMap<String, bool> = BTreeMap::new();
        let mut said: Vec<PlacedRemark> = Vec::new();
        for comment in &all {
            let who = author(comment);
            if !writers.contains_key(who) {
                writers.insert(who.to_owned(), who != GHOST && self.may_write(who)?);
            }
            let is_answer = is_answer(comment) && self.may_speak(comment)?;
            let mut one = placed(comment, writers[who], is_answer)?;
            // Answers stand at the same place, whichever review they were given with.
            let first = said.iter().find(|old| {
                old.remark.in_reply_to.is_none() && old.remark.path == one.remark.path && old.lines == one.lines
            });
            if let Some(first) = first {
                one.remark.in_reply_to = Some(first.remark.id);
                one.remark.standing = first.remark.standing;
            }
            said.push(one);
        }
        Ok(said)
    }

    /// Answers at a remark's place. Both servers have this way; only the younger has one of its own for it.
    pub(super) fn reply(&self, number: u64, remark: u64, marker: &str, body: &str) -> Result<()> {
        let is_there = |said: &[PlacedRemark]| {
            let mut answers = said.iter().map(|one| &one.remark).filter(|it| it.is_answer);
            answers.any(|it| it.in_reply_to == Some(remark) && it.body.contains(marker))
        };
        let said = self.said(number)?;
        let Some(asked) = said.iter().find(|one| one.remark.id == remark).filter(|_| !is_there(&said)) else {
            return Ok(());
        };
        let (new, old) = asked.lines;
        let comment = json!({ "path": asked.remark.path, "body": body, "new_position": new, "old_position": old });
        let review = json!({ "event": "COMMENT", "body": "", "comments": [comment] });
        let look = || Ok(is_there(&self.said(number)?).then_some(Value::Null));
        self.client.create(&self.path(&format!("pulls/{number}/reviews")), &review, &look).map(drop)
    }

    fn reviews(&self, number: u64) -> Result<Vec<Value>> {
        self.client.list(&self.path(&format!("pulls/{number}/reviews")))
    }

    /// Whether what somebody wrote may be ours. A token that may not ask whose it is leaves only the mark to go by.
    pub(super) fn may_speak(&self, value: &Value) -> Result<bool> {
        let who = author(value);
        match self.client.account()? {
            Some(own) => Ok(own == who || self.may_write(who)?),
            None => Ok(true),
        }
    }

    fn may_write(&self, name: &str) -> Result<bool> {
        if name.eq_ignore_ascii_case(&self.address.owner) {
            return Ok(true);
        }
        // A name that could lead elsewhere is nobody's here.
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return Ok(false);
        }
        let asked = self.client.try_get(&self.path(&format!("collaborators/{name}/permission")))?;
        let word = asked.body["permission"].as_str().unwrap_or_default();
        Ok(asked.code == 200 && matches!(word, "write" | "admin" | "owner"))
    }
}

fn placed(comment: &Value, may_write: bool, is_answer: bool) -> Result<PlacedRemark> {
    let line = |name: &str| comment[name].as_u64().unwrap_or(0);
    let lines = (line("position"), line("original_position"));
    let shown = if lines.0 > 0 { lines.0 } else { lines.1 };
    let standing = match &comment["resolver"] {
        Value::Object(_) => ThreadStanding::Resolved,
        // It is always said: where it is missing, this is another server than we know.
        _ if comment.get("resolver").is_none() => ThreadStanding::Unknown,
        _ if shown == 0 => ThreadStanding::Outdated,
        _ => ThreadStanding::Open,
    };
    let remark = ReviewRemark {
        id: number(comment, "/id")?,
        in_reply_to: None,
        author: author(comment).to_owned(),
        may_write,
        path: text(comment, "/path")?.to_owned(),
        line: u32::try_from(shown).ok().filter(|line| *line > 0),
        standing,
        is_answer,
        body: text(comment, "/body")?.replace("\r\n", "\n"),
    };
    Ok(PlacedRemark { remark, lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_remark_is_resolved_is_told_and_not_guessed() {
        let comment = |resolver: Option<Value>, line: u64| {
            let mut comment = json!({
                "id": 3, "user": { "login": "bob" }, "path": "a.rs", "position": line, "original_position": 0, "body": "x",
            });
            comment.as_object_mut().unwrap().extend(resolver.map(|it| ("resolver".to_owned(), it)));
            placed(&comment, true, false).unwrap().remark.standing
        };
        assert_eq!(comment(Some(json!({ "login": "ann" })), 4), ThreadStanding::Resolved);
        assert_eq!(comment(Some(Value::Null), 4), ThreadStanding::Open);
        assert_eq!(comment(Some(Value::Null), 0), ThreadStanding::Outdated);
        assert_eq!(comment(None, 4), ThreadStanding::Unknown);
    }
}
