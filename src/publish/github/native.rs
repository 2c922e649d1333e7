//! What GitHub alone has: stacks of its own, and merges that are asked for first and answered later.

use serde_json::{Value, json};

use super::super::forge::{Forge, MergeAnswer, PullRequest, PullState};
use super::super::retry::Verb;
use super::GitHub;
use super::wire::{AskedMerge, asked_merge};
use crate::model::{Error, Result};

impl GitHub {
    /// The native stack that holds these pull requests already. The outer `None`: this server has no stacks.
    fn known_stack(&self, numbers: &[u64]) -> Result<Option<Option<Value>>> {
        let Some(first) = numbers.first() else { return Ok(Some(None)) };
        let found = self.client.find(&self.path(&format!("stacks?pull_request={first}")))?;
        Ok(found.map(|list| list.as_array().and_then(|stacks| stacks.first().cloned())))
    }

    /// Makes a native stack of these, or puts those on top of one that it lacks. Whether it is one now.
    pub(super) fn join_stack(&self, numbers: &[u64]) -> Result<bool> {
        let Some(known) = self.known_stack(numbers)? else { return Ok(false) };
        let missing =
            |stack: &Value| -> Vec<u64> { numbers.iter().copied().filter(|number| !holds(stack, *number)).collect() };
        let (path, more) = match &known {
            None => ("stacks".to_owned(), numbers.to_vec()),
            Some(stack) => match (missing(stack), stack["number"].as_u64()) {
                (more, Some(number)) if !more.is_empty() => (format!("stacks/{number}/add"), more),
                _ => return Ok(true),
            },
        };
        let look = || Ok(self.known_stack(numbers)?.flatten().filter(|stack| missing(stack).is_empty()));
        match self.client.create(&self.path(&path), &json!({ "pull_requests": more }), &look) {
            Ok(_) => Ok(true),
            // No stacks here, or none that these can form: chained bases do the same work.
            Err(error) if error.cause.contains("(404)") || error.cause.contains("(422)") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Asks for a merge, or for what became of the one that `ticket` stands for.
    pub(super) fn ask_merge(&self, pull: &PullRequest, ticket: &mut Option<String>) -> Result<MergeAnswer> {
        let path = self.path(&format!("pulls/{}/merge-async", pull.number));
        if let Some(known) = ticket {
            let Some(found) = self.client.find(&format!("{path}/{known}"))? else {
                return Ok(MergeAnswer::Refused("GitHub no longer knows the merge that was asked for".to_owned()));
            };
            return self.answered(pull.number, asked_merge(&found)?);
        }
        if pull.state == PullState::Merged {
            return Ok(pull.merged_as.clone().map_or(MergeAnswer::Pending, MergeAnswer::Merged));
        }
        let body = json!({ "sha": pull.head_commit });
        let asked = self.client.try_change(Verb::Put, &path, &body)?;
        match (asked.code, asked_merge(&asked.body)) {
            (404, _) => self.merge_at_once(pull.number, &body),
            // 409: somebody else asked before, and the answer is the same for both.
            (200 | 202 | 400 | 409, Ok(AskedMerge::Pending(Some(id)))) => {
                *ticket = Some(id);
                Ok(MergeAnswer::Pending)
            }
            (200 | 202, Ok(AskedMerge::Pending(None))) => {
                Err(Error::failed("reading GitHub's answer", "it has no `details.uuid`"))
            }
            (200 | 202 | 400 | 409, Ok(answer)) => self.answered(pull.number, answer),
            (200 | 202, Err(error)) => Err(error),
            _ => Ok(MergeAnswer::Refused(asked.complaint())),
        }
    }

    fn answered(&self, number: u64, answer: AskedMerge) -> Result<MergeAnswer> {
        Ok(match answer {
            AskedMerge::Pending(_) => MergeAnswer::Pending,
            AskedMerge::Merged => self.pull(number)?.merged_as.map_or(MergeAnswer::Pending, MergeAnswer::Merged),
            AskedMerge::Queued => MergeAnswer::Queued,
            AskedMerge::Failed(why) => MergeAnswer::Refused(why),
        })
    }

    /// Where nothing can be asked for: servers of companies that are older.
    fn merge_at_once(&self, number: u64, body: &Value) -> Result<MergeAnswer> {
        let reply = self.client.try_change(Verb::Put, &self.path(&format!("pulls/{number}/merge")), body)?;
        match (reply.code, reply.body["sha"].as_str().and_then(|sha| sha.parse().ok())) {
            (200, Some(commit)) => Ok(MergeAnswer::Merged(commit)),
            _ => Ok(MergeAnswer::Refused(reply.complaint())),
        }
    }
}

fn holds(stack: &Value, number: u64) -> bool {
    let all = stack["pull_requests"].as_array();
    all.is_some_and(|all| all.iter().any(|one| one.as_u64().or(one["number"].as_u64()) == Some(number)))
}
