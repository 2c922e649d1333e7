//! What is asked by GraphQL, and the comments of issues.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::routes::{created, ok, page, refused};
use super::{Answer, Forge, Request, shapes};

/// The threads of a pull request, a page at a time.
pub(super) fn answer(forge: &mut Forge, body: &Value) -> Answer {
    if forge.no_graph {
        let message = "Resource not accessible by personal access token";
        return ok(json!({ "data": { "repository": null }, "errors": [{ "type": "FORBIDDEN", "message": message }] }));
    }
    let (query, variables) = (body["query"].as_str().unwrap_or_default(), &body["variables"]);
    let asks =
        ["reviewThreads(first: 100", "isResolved", "isOutdated", "comments(first: 1)", "hasNextPage", "endCursor"];
    let is_known =
        asks.iter().all(|part| query.contains(part)) && query.matches('{').count() == query.matches('}').count();
    if !is_known || variables["owner"] != "ada" || variables["name"] != "shop" {
        return ok(json!({ "errors": [{ "message": "this query is not known here" }] }));
    }
    let number = variables["number"].as_u64().unwrap_or(0);
    let Some(pull) = forge.pull(number) else {
        return ok(json!({ "data": { "repository": { "pullRequest": null } }, "errors": [{ "type": "NOT_FOUND" }] }));
    };
    let firsts: Vec<Value> = pull.remarks.iter().filter(|it| it["in_reply_to_id"].is_null()).cloned().collect();
    let thread = |remark: &Value| {
        let url = format!("https://github.com/ada/shop/pull/{number}#discussion_r{}", remark["id"]);
        json!({
            "isResolved": remark["_resolved"] == true, "isOutdated": remark["_outdated"] == true,
            "comments": { "nodes": [{ "url": url }] },
        })
    };
    let from: usize = variables["after"].as_str().map_or(0, |after| after.parse().unwrap());
    let upto = (from + 100).min(firsts.len());
    ok(json!({ "data": { "repository": { "pullRequest": { "reviewThreads": {
        "pageInfo": { "hasNextPage": upto < firsts.len(), "endCursor": upto.to_string() },
        "nodes": firsts[from.min(upto)..upto].iter().map(thread).collect::<Vec<_>>(),
    } } } } }))
}

/// Comments of an issue that is no pull request.
pub(super) fn issue_comments(forge: &mut Forge, request: &Request, n: &str, query: &BTreeMap<&str, &str>) -> Answer {
    let number: u64 = n.parse().unwrap();
    let known = forge.clone();
    let shown = |(of, id, body): &(u64, u64, String)| shapes::comment(*of, *id, body, known.author_of(*id));
    if request.method == "GET" {
        return page(forge.issue_comments.iter().filter(|(of, ..)| *of == number).map(shown).collect(), query);
    }
    let comment = (number, forge.number(), request.body["body"].as_str().unwrap().to_owned());
    forge.issue_comments.push(comment.clone());
    created(shown(&comment))
}

/// A comment with another text.
pub(super) fn rewrite(forge: &mut Forge, id: &str, body: &Value) -> Answer {
    let (id, text) = (id.parse::<u64>().unwrap(), body["body"].as_str().unwrap().to_owned());
    let by = forge.author_of(id);
    if by != forge.account && forge.account.association == "CONTRIBUTOR" {
        return refused(403, "Must have admin rights to Repository.");
    }
    let of_pulls = forge.pulls.iter_mut().flat_map(|pull| &mut pull.comments).map(|(known, text)| (known, text));
    let of_issues = forge.issue_comments.iter_mut().map(|(_, known, text)| (known, text));
    match of_pulls.chain(of_issues).find(|(known, _)| **known == id).map(|(_, text)| text) {
        Some(known) => {
            *known = text;
            ok(shapes::comment(1, id, known, by))
        }
        None => refused(404, "Not Found"),
    }
}
