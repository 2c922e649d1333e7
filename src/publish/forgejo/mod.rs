//! Forgejo and Gitea: [`Forge`] over their REST interface, version 1. They have no stacks; a draft is a title that begins with
//! `WIP:`; checks of theirs are statuses; what a reviewer says to a remark is one more remark at the same place.

mod audience;
mod review;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::address::RepositoryAddress;
use super::client::{Client, OnWait};
use super::dialect::FORGEJO;
use super::forge::{
    Audience, CommitStatus, Forge, MergeAnswer, MergeRequirements, NewPull, PullComment, PullEdit, PullRequest,
    PullState, ReviewRemark, ReviewVerdict,
};
use super::retry::Verb;
use super::shared_calls::newest;
use super::token::Token;
use crate::model::{Oid, Result};

/// What begins the title of a draft.
const DRAFT: &str = "WIP: ";

/// A repository on Forgejo or Gitea.
pub struct Forgejo {
    client: Client,
    address: RepositoryAddress,
    /// Owner of the repository that branches are pushed to: another one than the address's where that is a fork.
    head_owner: String,
}

impl Forgejo {
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
    ) -> Result<Forgejo> {
        Ok(Forgejo { client: Client::new(&FORGEJO, &address.api, token, silence, on_wait)?, address, head_owner })
    }

    fn path(&self, rest: &str) -> String {
        format!("/repos/{}/{}/{rest}", self.address.owner, self.address.name)
    }

    /// `branch` as the server wants it: with its owner only where that is another one.
    fn head(&self, branch: &str) -> String {
        match self.head_owner.eq_ignore_ascii_case(&self.address.owner) {
            true => branch.to_owned(),
            false => format!("{}:{branch}", self.head_owner),
        }
    }

    /// Pull requests from branches of ours. The server has no way to ask for those of one branch.
    fn ours(&self, state: &str) -> Result<Vec<Value>> {
        let mut found = self.client.list(&self.path(&format!("pulls?state={state}")))?;
        // A fork that is gone has no owner any more: its branches are not ours.
        let owner = |pull: &Value| pull.pointer("/head/repo/owner/login").and_then(Value::as_str).map(str::to_owned);
        found.retain(|pull| owner(pull).is_some_and(|owner| owner.eq_ignore_ascii_case(&self.head_owner)));
        Ok(found)
    }

    /// How the repository merges by default.
    fn merge_style(&self) -> Result<String> {
        let repository = self.client.get(&format!("/repos/{}/{}", self.address.owner, self.address.name))?;
        Ok(repository["default_merge_style"].as_str().filter(|style| !style.is_empty()).unwrap_or("merge").to_owned())
    }
}

impl Forge for Forgejo {
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
        let mut of: BTreeMap<String, Vec<PullRequest>> = BTreeMap::new();
        for value in self.ours("all")? {
            let Some(branch) = wire::head_branch(&value).filter(|branch| branches.contains(branch)) else { continue };
            of.entry(branch.clone()).or_default().push(PullRequest { head: branch, ..wire::pull(&value)? });
        }
        Ok(of)
    }

    fn pull(&self, number: u64) -> Result<PullRequest> {
        wire::pull(&self.client.get(&self.path(&format!("pulls/{number}")))?)
    }

    fn find_pull(&self, number: u64) -> Result<Option<PullRequest>> {
        self.client.find(&self.path(&format!("pulls/{number}")))?.as_ref().map(wire::pull).transpose()
    }

    fn open(&self, new: &NewPull) -> Result<PullRequest> {
        let title = if new.draft { format!("{DRAFT}{}", new.title) } else { new.title.clone() };
        let body = json!({ "title": title, "head": self.head(&new.head), "base": new.base, "body": new.body });
        let look = || {
            let is_it = |pull: &Value| wire::head_branch(pull).as_deref() == Some(new.head.as_str());
            Ok(self.ours("open")?.into_iter().find(is_it))
        };
        wire::pull(&self.client.create(&self.path("pulls"), &body, &look)?)
    }

    fn edit(&self, number: u64, edit: &PullEdit) -> Result<PullRequest> {
        let path = self.path(&format!("pulls/{number}"));
        if edit.reopen {
            // The server opens first and moves then, so one after the other is what it does itself.
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
        self.give_audience(number, audience)
    }

    fn comments(&self, number: u64) -> Result<Vec<PullComment>> {
        self.client.comments(&self.path("issues"), number, &|value| self.may_speak(value))
    }

    fn put_comment(&self, number: u64, marker: &str, body: &str) -> Result<()> {
        self.client.put_comment(&self.path("issues"), number, (marker, body), &|| self.comments(number))
    }

    fn statuses(&self, commit: &Oid) -> Result<Vec<CommitStatus>> {
        // The highest index is the newest.
        let found = self.client.list(&self.path(&format!("commits/{commit}/statuses?sort=highestindex")))?;
        newest(found.iter().map(wire::status))
    }

    fn checks(&self, _commit: &Oid) -> Result<Vec<CommitStatus>> {
        // The server's own runners say what they find by statuses.
        Ok(Vec::new())
    }

    fn requirements(&self, branch: &str) -> Result<Option<MergeRequirements>> {
        let found = self.client.find(&self.path(&format!("branches/{branch}")))?;
        Ok(found.as_ref().and_then(wire::requirements))
    }

    fn set_status(&self, commit: &Oid, status: &CommitStatus) -> Result<()> {
        self.client.put_status(&self.path(&format!("statuses/{commit}")), status, || self.statuses(commit))
    }

    fn verdict(&self, number: u64) -> Result<ReviewVerdict> {
        self.decided(number)
    }

    fn remarks(&self, number: u64) -> Result<Vec<ReviewRemark>> {
        Ok(self.said(number)?.into_iter().map(|one| one.remark).collect())
    }

    fn answer(&self, number: u64, remark: u64, marker: &str, body: &str) -> Result<()> {
        self.reply(number, remark, marker, body)
    }

    fn stack(&self, _numbers: &[u64]) -> Result<bool> {
        Ok(false)
    }

    fn merge(&self, pull: &PullRequest, _ticket: &mut Option<String>) -> Result<MergeAnswer> {
        let merged = |pull: PullRequest| pull.merged_as.map_or(MergeAnswer::Pending, MergeAnswer::Merged);
        if pull.state == PullState::Merged {
            return Ok(merged(pull.clone()));
        }
        let body = json!({ "Do": self.merge_style()?, "head_commit_id": pull.head_commit });
        let path = self.path(&format!("pulls/{}/merge", pull.number));
        // A merge that was done is not done again: the head is in its base, and the server says so.
        let reply = self.client.try_change(Verb::Post, &path, &body)?;
        let now = self.pull(pull.number)?;
        Ok(match reply.code {
            _ if now.state == PullState::Merged => merged(now),
            200..=299 => MergeAnswer::Pending,
            405 if reply.complaint().contains("try again later") => MergeAnswer::Pending,
            _ => MergeAnswer::Refused(reply.complaint()),
        })
    }
}
