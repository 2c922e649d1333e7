//! GitHub and GitHub Enterprise: [`Forge`] over their REST interface.

mod issues;
mod native;
mod threads;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::address::RepositoryAddress;
use super::answers::is_answer;
use super::client::{Client, OnWait};
use super::dialect::GITHUB;
use super::forge::{
    Audience, CommitStatus, Forge, MergeAnswer, MergeRequirements, NewPull, PullComment, PullEdit, PullRequest,
    ReviewRemark, ReviewVerdict,
};
use super::retry::Verb;
use super::shared_calls::newest;
use super::token::Token;
use crate::model::{Error, ErrorKind, Oid, Result};

/// A repository on GitHub.
pub struct GitHub {
    client: Client,
    address: RepositoryAddress,
    /// Owner of the repository that branches are pushed to: another one than the address's where that is a fork.
    head_owner: String,
}

impl GitHub {
    /// The repository at `address`, whose branches `head_owner` has.
    ///
    /// # Errors
    /// The address of the interface is none.
    pub fn new(
        address: RepositoryAddress,
        head_owner: String,
        token: &Token,
        silence: Duration,
        on_wait: OnWait,
    ) -> Result<GitHub> {
        Ok(GitHub { client: Client::new(&GITHUB, &address.api, token, silence, on_wait)?, address, head_owner })
    }

    fn path(&self, rest: &str) -> String {
        format!("/repos/{}/{}/{rest}", self.address.owner, self.address.name)
    }

    /// `branch` as GitHub names it across forks.
    fn head(&self, branch: &str) -> String {
        format!("{}:{}", self.head_owner, branch)
    }

    /// Remarks as they are; where their threads stand is not known.
    fn said(&self, number: u64) -> Result<Vec<ReviewRemark>> {
        let found = self.client.list(&self.path(&format!("pulls/{number}/comments")))?;
        found.iter().map(|value| wire::remark(value, is_answer(value) && self.may_speak(value)?)).collect()
    }

    /// Whether what somebody wrote may be ours: programs do not learn their own name, but a stranger's is never let in.
    fn may_speak(&self, value: &Value) -> Result<bool> {
        let is_program = value.pointer("/user/type").and_then(Value::as_str) == Some("Bot");
        Ok(wire::may_write(value) || is_program || self.client.account()? == Some(wire::author(value)))
    }

    fn milestone(&self, title: &str) -> Result<u64> {
        let all = self.client.list(&self.path("milestones?state=open"))?;
        let found = all.iter().find(|one| one["title"].as_str() == Some(title));
        found.and_then(|one| one["number"].as_u64()).ok_or_else(|| {
            let cause = format!("there is no open milestone `{title}`");
            Error::new(ErrorKind::Publish, "publishing", cause).hint("correct `milestone` under [publish] in orca.toml")
        })
    }
}

impl Forge for GitHub {
    fn host(&self) -> &str {
        &self.address.host
    }

    fn repository(&self) -> String {
        format!("{}/{}", self.address.owner, self.address.name)
    }

    fn take_waits(&self) -> Vec<String> {
        self.client.take_waits()
    }

    fn pulls_of(&self, branches: &[String]) -> Result<BTreeMap<String, Vec<PullRequest>>> {
        let of = |branch: &String| {
            let path = self.path(&format!("pulls?state=all&head={}", encoded(&self.head(branch))));
            let found = self.client.list(&path)?;
            // Some servers read an unknown `head` as no filter at all.
            let ours = found.iter().filter(|pull| wire::is_from(pull, &self.head_owner, branch));
            Ok((branch.clone(), ours.map(wire::pull).collect::<Result<_>>()?))
        };
        branches.iter().map(of).collect()
    }

    fn pull(&self, number: u64) -> Result<PullRequest> {
        wire::pull(&self.client.get(&self.path(&format!("pulls/{number}")))?)
    }

    fn find_pull(&self, number: u64) -> Result<Option<PullRequest>> {
        self.client.find(&self.path(&format!("pulls/{number}")))?.as_ref().map(wire::pull).transpose()
    }

    fn open(&self, new: &NewPull) -> Result<PullRequest> {
        let body = json!({
            "title": new.title, "head": self.head(&new.head), "base": new.base, "body": new.body, "draft": new.draft,
        });
        let look = || {
            let path = self.path(&format!("pulls?state=open&head={}", encoded(&self.head(&new.head))));
            let open = self.client.list(&path)?;
            Ok(open.into_iter().find(|pull| wire::is_from(pull, &self.head_owner, &new.head)))
        };
        wire::pull(&self.client.create(&self.path("pulls"), &body, &look)?)
    }

    fn edit(&self, number: u64, edit: &PullEdit) -> Result<PullRequest> {
        let path = self.path(&format!("pulls/{number}"));
        if edit.reopen {
            self.client.change(Verb::Patch, &path, &json!({ "state": "open" }))?;
        }
        let mut body = serde_json::Map::new();
        body.extend(edit.body.iter().map(|text| ("body".to_owned(), json!(text))));
        body.extend(edit.base.iter().map(|base| ("base".to_owned(), json!(base))));
        if body.is_empty() {
            return self.pull(number);
        }
        wire::pull(&self.client.change(Verb::Patch, &path, &Value::Object(body))?)
    }

    fn introduce(&self, number: u64, audience: &Audience) -> Result<()> {
        let always = || Ok(None);
        if !audience.labels.is_empty() {
            let path = self.path(&format!("issues/{number}/labels"));
            self.client.create(&path, &json!({ "labels": audience.labels }), &always)?;
        }
        if !audience.assignees.is_empty() {
            let path = self.path(&format!("issues/{number}/assignees"));
            self.client.create(&path, &json!({ "assignees": audience.assignees }), &always)?;
        }
        if let Some(title) = &audience.milestone {
            let body = json!({ "milestone": self.milestone(title)? });
            self.client.change(Verb::Patch, &self.path(&format!("issues/{number}")), &body)?;
        }
        if !audience.reviewers.is_empty() {
            let (teams, people): (Vec<&String>, Vec<&String>) =
                audience.reviewers.iter().partition(|name| name.contains('/'));
            let teams: Vec<&str> = teams.iter().filter_map(|team| team.rsplit('/').next()).collect();
            let path = self.path(&format!("pulls/{number}/requested_reviewers"));
            self.client.create(&path, &json!({ "reviewers": people, "team_reviewers": teams }), &always)?;
        }
        Ok(())
    }

    fn comments(&self, number: u64) -> Result<Vec<PullComment>> {
        self.client.comments(&self.path("issues"), number, &|value| self.may_speak(value))
    }

    fn put_comment(&self, number: u64, marker: &str, body: &str) -> Result<()> {
        self.client.put_comment(&self.path("issues"), number, (marker, body), &|| self.comments(number))
    }

    fn statuses(&self, commit: &Oid) -> Result<Vec<CommitStatus>> {
        // GitHub gives the newest first.
        let found = self.client.list(&self.path(&format!("commits/{commit}/statuses")))?;
        newest(found.iter().map(wire::status))
    }

    fn checks(&self, commit: &Oid) -> Result<Vec<CommitStatus>> {
        let path = self.path(&format!("commits/{commit}/check-runs?filter=latest"));
        self.client.list_under(&path, "check_runs")?.iter().map(wire::check_run).collect()
    }

    fn requirements(&self, branch: &str) -> Result<Option<MergeRequirements>> {
        let branch = encoded(branch);
        let rules = self.client.find(&self.path(&format!("rules/branches/{branch}")))?;
        let older = self.client.find(&self.path(&format!("branches/{branch}")))?;
        Ok(rules.map(|rules| wire::requirements(&rules, older.as_ref())))
    }

    fn set_status(&self, commit: &Oid, status: &CommitStatus) -> Result<()> {
        self.client.put_status(&self.path(&format!("statuses/{commit}")), status, || self.statuses(commit))
    }

    fn verdict(&self, number: u64) -> Result<ReviewVerdict> {
        let reviews = self.client.list(&self.path(&format!("pulls/{number}/reviews")))?;
        let mut last: BTreeMap<String, String> = BTreeMap::new();
        for review in &reviews {
            let state = review["state"].as_str().unwrap_or_default();
            if matches!(state, "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED") && wire::may_write(review) {
                let author = wire::author(review);
                last.insert(author.to_owned(), state.to_owned());
            }
        }
        Ok(if last.values().any(|state| state == "CHANGES_REQUESTED") {
            ReviewVerdict::ChangesRequested
        } else if let Some((by, _)) = last.iter().find(|(_, state)| *state == "APPROVED") {
            ReviewVerdict::Approved { by: by.clone() }
        } else {
            ReviewVerdict::Undecided
        })
    }

    fn remarks(&self, number: u64) -> Result<Vec<ReviewRemark>> {
        let mut remarks = self.said(number)?;
        if !remarks.is_empty() {
            self.place(number, &mut remarks)?;
        }
        Ok(remarks)
    }

    fn answer(&self, number: u64, remark: u64, marker: &str, body: &str) -> Result<()> {
        let look = || {
            let mut there = self.said(number)?.into_iter();
            let mine =
                |one: ReviewRemark| one.is_answer && one.in_reply_to == Some(remark) && one.body.contains(marker);
            Ok(there.any(mine).then_some(Value::Null))
        };
        if look()?.is_some() {
            return Ok(());
        }
        let path = self.path(&format!("pulls/{number}/comments/{remark}/replies"));
        self.client.create(&path, &json!({ "body": body }), &look).map(drop)
    }

    fn stack(&self, numbers: &[u64]) -> Result<bool> {
        self.join_stack(numbers)
    }

    fn merge(&self, pull: &PullRequest, ticket: &mut Option<String>) -> Result<MergeAnswer> {
        self.ask_merge(pull, ticket)
    }
}

/// A value inside a query.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b':' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
