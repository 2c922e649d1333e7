//! Where the threads of a review stand: only GraphQL says whether one is resolved. A server that has none, or does not let
//! this token ask, leaves it unknown: nothing is called resolved that may not be.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::client::GRAPH;
use super::super::forge::{ReviewRemark, ThreadStanding};
use super::super::retry::Verb;
use super::GitHub;
use crate::model::{Error, Result};

/// The threads of a pull request, a page at a time. A thread is known by its first remark, and that by its address: numbers
/// of remarks have outgrown GraphQL's.
const QUESTION: &str = "query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { isResolved isOutdated comments(first: 1) { nodes { url } } }
    }
  } }
}";

/// How each thread stands, by its first remark.
type Threads = BTreeMap<u64, ThreadStanding>;

impl GitHub {
    /// Says of each remark of a pull request how its thread stands.
    pub(super) fn place(&self, number: u64, remarks: &mut [ReviewRemark]) -> Result<()> {
        let threads = self.threads(number)?;
        for remark in remarks {
            let first = remark.in_reply_to.unwrap_or(remark.id);
            let known = threads.as_ref().and_then(|threads| threads.get(&first));
            remark.standing = known.copied().unwrap_or(ThreadStanding::Unknown);
        }
        Ok(())
    }

    /// The threads of a pull request; none where the server does not say.
    fn threads(&self, number: u64) -> Result<Option<Threads>> {
        let mut threads = Threads::new();
        let mut after = Value::Null;
        loop {
            let variables = json!({
                "owner": self.address.owner, "name": self.address.name, "number": number, "after": after,
            });
            let reply =
                self.client.try_change(Verb::Post, GRAPH, &json!({ "query": QUESTION, "variables": variables }))?;
            let page = reply.body.pointer("/data/repository/pullRequest/reviewThreads");
            let Some(page) = page.filter(|_| reply.code == 200 && reply.body["errors"].is_null()) else {
                return Ok(None);
            };
            let nodes = page["nodes"].as_array().into_iter().flatten();
            threads.extend(nodes.filter_map(thread));
            if page.pointer("/pageInfo/hasNextPage") != Some(&Value::Bool(true)) {
                return Ok(Some(threads));
            }
            let next = page["pageInfo"]["endCursor"].clone();
            if next.is_null() || next == after {
                return Err(Error::failed("asking GitHub for review threads", "its pages lead nowhere"));
            }
            after = next;
        }
    }
}

/// The first remark of a thread, and how it stands.
fn thread(node: &Value) -> Option<(u64, ThreadStanding)> {
    let url = node.pointer("/comments/nodes/0/url")?.as_str()?;
    let (_, number) = url.rsplit_once("discussion_r")?;
    let standing = match (node["isResolved"].as_bool()?, node["isOutdated"].as_bool()) {
        (true, _) => ThreadStanding::Resolved,
        (false, Some(true)) => ThreadStanding::Outdated,
        (false, _) => ThreadStanding::Open,
    };
    Some((number.parse().ok()?, standing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_known_by_the_address_of_its_first_remark() {
        let node = |url: &str, resolved: Value| json!({ "isResolved": resolved, "isOutdated": true, "comments": { "nodes": [{ "url": url }] } });
        let url = "https://github.com/ada/shop/pull/1#discussion_r2234567890";
        assert_eq!(thread(&node(url, json!(true))), Some((2_234_567_890, ThreadStanding::Resolved)));
        assert_eq!(thread(&node(url, json!(false))), Some((2_234_567_890, ThreadStanding::Outdated)));
        // What is not understood is not known.
        assert_eq!(thread(&node(url, Value::Null)), None);
        assert_eq!(thread(&node("https://github.com/ada/shop/pull/1#issue-1", json!(true))), None);
    }
}
