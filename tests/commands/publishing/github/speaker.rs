//! Who wrote something, and whose token it is.

use serde_json::{Value, json};

use super::routes::{ok, refused};
use super::shapes;
use super::{Answer, Forge};

/// An account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speaker {
    pub login: &'static str,
    /// What it is to the repository.
    pub association: &'static str,
    /// Whether it is a program's.
    pub is_program: bool,
}

impl Speaker {
    pub const ADA: Speaker = Speaker { login: "ada", association: "OWNER", is_program: false };
    pub const BOB: Speaker = Speaker { login: "bob", association: "MEMBER", is_program: false };
    pub const MALLORY: Speaker = Speaker { login: "mallory", association: "NONE", is_program: false };
    /// Somebody who publishes from a fork.
    pub const EVE: Speaker = Speaker { login: "eve", association: "CONTRIBUTOR", is_program: false };
    /// What Actions speak as.
    pub const ACTIONS: Speaker = Speaker { login: "github-actions[bot]", association: "NONE", is_program: true };

    pub fn user(self) -> Value {
        let mut user = shapes::user(self.login);
        if self.is_program {
            user["type"] = json!("Bot");
        }
        user
    }
}

impl Default for Speaker {
    fn default() -> Speaker {
        Speaker::ADA
    }
}

impl Forge {
    /// Who wrote a comment: whose token it is, where a story says nothing else.
    pub(super) fn author_of(&self, comment: u64) -> Speaker {
        self.others.get(&comment).copied().unwrap_or(self.account)
    }

    /// Whether reviews are asked of somebody of whom none can be.
    pub(super) fn refuses_reviewers(&self, body: &Value) -> bool {
        let mut names = body["reviewers"].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.any(|name| self.no_reviewers.contains(&name))
    }

    /// Lets somebody else comment on an issue or pull request. Gives its id.
    pub fn comments(&mut self, by: Speaker, on: u64, text: &str) -> u64 {
        let id = self.number();
        self.others.insert(id, by);
        match self.pull(on) {
            Some(pull) => pull.comments.push((id, text.to_owned())),
            None => self.issue_comments.push((on, id, text.to_owned())),
        }
        id
    }
}

/// Whose token it is: programs do not learn it.
pub(super) fn account(forge: &Forge) -> Answer {
    match forge.account.is_program {
        true => refused(403, "Resource not accessible by integration"),
        false => ok(forge.account.user()),
    }
}
