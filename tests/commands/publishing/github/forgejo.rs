//! The part of Forgejo's interface that is spoken, as its description and its source have it: lists are paged by `limit` and say
//! by links that there is more, an edit is answered with 201, a draft is a title, a second pull request between the same
//! branches is a conflict, one without commits is none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::routes::{created, ok, refused, unprocessable};
use super::{Answer, Forge, How, Pull, Request};

/// Items of a page where nobody says.
const PER_PAGE: usize = 30;
/// Most that are given.
const MOST: usize = 50;

pub(super) fn answer(forge: &mut Forge, request: &Request) -> Answer {
    forge.refresh();
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    if (request.method.as_str(), path) == ("GET", "/api/v1/user") {
        return super::speaker::account(forge);
    }
    let Some(rest) = path.strip_prefix("/api/v1/repos/ada/shop") else { return refused(404, "Not Found") };
    let words: Vec<&str> = rest.trim_start_matches('/').split('/').collect();
    let body = &request.body;
    let number = |n: &str| n.parse::<u64>().unwrap_or(0);
    match (request.method.as_str(), &words[..]) {
        ("GET", [""]) => ok(json!({ "name": "shop", "default_merge_style": "squash", "allow_squash_merge": true })),
        ("GET", ["pulls"]) => {
            let state = query.get("state").copied().unwrap_or("open");
            let fits = |pull: &&Pull| state == "all" || pull.state == state;
            let found = forge.pulls.iter().filter(fits).map(shown).collect();
            listed(forge, found, request, &query)
        }
        ("POST", ["pulls"]) => open(forge, body),
        ("GET", ["pulls", n]) => forge.pull(number(n)).map_or_else(missing, |pull| ok(shown(pull))),
        ("PATCH", ["pulls", n]) => edit(forge, number(n), body),
        ("POST", ["pulls", n, "merge"]) => merge(forge, number(n), body),
        (_, ["pulls", n, rest @ ..]) if forge.pull(number(n)).is_some() => {
            reviews(forge, number(n), rest, (request, &query)).unwrap_or_else(missing)
        }
        ("GET", ["issues", n]) => forge.pull(number(n)).map_or_else(missing, |_| ok(json!({ "assignees": null }))),
        ("PATCH", ["issues", n]) => forge.pull(number(n)).map_or_else(missing, |_| created(body.clone())),
        ("GET", ["issues", n, "comments"]) => {
            let known = forge.clone();
            forge.pull(number(n)).map_or_else(missing, |pull| {
                let user = |id: u64| json!({ "login": known.author_of(id).login });
                ok(pull
                    .comments
                    .iter()
                    .map(|(id, body)| json!({ "id": id, "body": body, "user": user(*id) }))
                    .collect())
            })
        }
        ("POST", ["issues", n, "comments"]) => {
            let id = forge.number();
            let text = body["body"].as_str().unwrap().to_owned();
            forge.pull(number(n)).map_or_else(missing, |pull| {
                pull.comments.push((id, text));
                created(json!({ "id": id, "body": body["body"] }))
            })
        }
        ("PATCH", ["issues", "comments", id]) => super::graph::rewrite(forge, id, body),
        ("POST", ["issues", n, "labels"]) => label(forge, number(n), body),
        ("GET", ["labels"]) => {
            let all = forge.labels.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
            listed(forge, all, request, &query)
        }
        ("POST", ["labels"]) => {
            if body["name"].as_str().is_none() || !body["color"].as_str().is_some_and(|it| it.starts_with('#')) {
                return unprocessable("[Color]: Required");
            }
            let id = forge.number();
            forge.labels.push((id, body["name"].as_str().unwrap().to_owned()));
            created(json!({ "id": id, "name": body["name"] }))
        }
        ("GET", ["milestones"]) => ok(json!([{ "id": 7, "title": "v1.0", "state": "open" }])),
        ("GET", ["commits", sha, "statuses"]) => {
            assert_eq!(query.get("sort"), Some(&"highestindex"), "the order is asked for");
            let of = forge.statuses.iter().rev().filter(|(commit, _)| commit == sha);
            let all = of.map(|(_, status)| status.clone()).collect();
            listed(forge, all, request, &query)
        }
        ("POST", ["statuses", sha]) => {
            let known = ["pending", "success", "error", "failure", "warning"];
            if !body["state"].as_str().is_some_and(|state| known.contains(&state))
                || forge.pulls.iter().all(|it| it.head_sha != *sha)
            {
                return unprocessable("state or commit is not known");
            }
            let status =
                json!({ "context": body["context"], "status": body["state"], "description": body["description"] });
            forge.statuses.push(((*sha).to_owned(), status.clone()));
            created(status)
        }
        ("GET", ["branches", rest @ ..]) => {
            let name = rest.join("/");
            forge.branch(&name).map_or_else(missing, |_| ok(json!({ "name": name, "protected": false })))
        }
        ("GET", ["collaborators", who, "permission"]) => {
            ok(json!({ "permission": if *who == "mallory" { "read" } else { "write" } }))
        }
        _ => missing(),
    }
}

fn missing() -> Answer {
    refused(404, "The target couldn't be found.")
}

/// A page of a list, with a link where there is another one.
fn listed(forge: &Forge, all: Vec<Value>, request: &Request, query: &BTreeMap<&str, &str>) -> Answer {
    let number = |name: &str, default: usize| query.get(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let most = if forge.most_per_page > 0 { forge.most_per_page } else { MOST };
    let (limit, page) = (number("limit", PER_PAGE).min(most), number("page", 1));
    let more = all.len() > page * limit;
    let found = all.into_iter().skip((page - 1) * limit).take(limit).collect();
    let link = format!("<http://127.0.0.1{}&page={}>; rel=\"next\"", request.path, page + 1);
    let headers = if more { vec![("Link".to_owned(), link)] } else { Vec::new() };
    Answer(200, headers, Value::Array(found))
}

fn shown(pull: &Pull) -> Value {
    let repository = pull.from.map(|owner| json!({ "owner": { "login": owner } }));
    json!({
        "number": pull.number,
        "html_url": format!("https://forge.example.org/ada/shop/pulls/{}", pull.number),
        "state": pull.state,
        "title": pull.title,
        "body": pull.body,
        "draft": pull.draft,
        "head": { "label": pull.head, "ref": pull.head, "sha": pull.head_sha, "repo": repository },
        "base": { "label": pull.base, "ref": pull.base },
        "merged": pull.merged_as.is_some(),
        "merge_commit_sha": pull.merged_as,
        "merged_by": pull.merged_by.map(|login| json!({ "login": login })),
        // An empty list is none there.
        "labels": Some(pull.labels.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>()).filter(|all| !all.is_empty()),
    })
}

fn open(forge: &mut Forge, body: &Value) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (head, base) = (text("head"), text("base"));
    if text("title").is_empty() || head.is_empty() || base.is_empty() {
        return unprocessable("[Title]: Required");
    }
    if head == base {
        return unprocessable("Invalid PullRequest: There are no changes between the head and the base");
    }
    let (Some(head_sha), Some(_)) = (forge.branch(&head), forge.branch(&base)) else { return missing() };
    if forge
        .pulls
        .iter()
        .any(|pull| pull.state == "open" && pull.from == Some("ada") && pull.head == head && pull.base == base)
    {
        return refused(409, "pull request already exists for these targets");
    }
    let draft = text("title").to_ascii_lowercase().starts_with("wip:");
    let pull = Pull {
        number: forge.number(),
        head,
        head_sha,
        base,
        title: text("title"),
        body: text("body"),
        draft,
        state: "open",
        merged_as: None,
        merged_by: None,
        labels: Vec::new(),
        reviewers: Vec::new(),
        comments: Vec::new(),
        reviews: Vec::new(),
        remarks: Vec::new(),
        stack: None,
        author: Some("ada"),
        from: Some("ada"),
    };
    let value = shown(&pull);
    forge.pulls.push(pull);
    created(value)
}

fn edit(forge: &mut Forge, number: u64, body: &Value) -> Answer {
    let Some(pull) = forge.pull(number).cloned() else { return missing() };
    if let Some(text) = body["body"].as_str() {
        forge.pull(number).unwrap().body = text.to_owned();
    }
    if let Some(state) = body["state"].as_str() {
        if pull.merged_as.is_some() {
            return refused(412, "cannot change state of this pull request, it was already merged");
        }
        if state == "open" && (forge.branch(&pull.head).is_none() || forge.branch(&pull.base).is_none()) {
            return refused(500, "the branch does not exist");
        }
        forge.pull(number).unwrap().state = if state == "open" { "open" } else { "closed" };
    }
    if let Some(base) = body["base"].as_str().filter(|base| pull.merged_as.is_none() && *base != pull.base) {
        if forge.branch(base).is_none() {
            return refused(404, "new base does not exist");
        }
        if forge.pull(number).unwrap().state != "open" {
            return unprocessable("issue is closed");
        }
        if forge
            .pulls
            .iter()
            .any(|it| it.state == "open" && it.from == Some("ada") && it.head == pull.head && it.base == base)
        {
            return refused(409, "pull request already exists for these targets");
        }
        forge.pull(number).unwrap().base = base.to_owned();
    }
    created(shown(forge.pull(number).unwrap()))
}

fn merge(forge: &mut Forge, number: u64, body: &Value) -> Answer {
    let Some(pull) = forge.pull(number).cloned().filter(|pull| pull.state == "open") else {
        let merged = forge.pull(number).is_some_and(|pull| pull.merged_as.is_some());
        return if merged { refused(405, "") } else { missing() };
    };
    if pull.draft {
        return refused(405, "Work in progress PRs cannot be merged");
    }
    if forge.merge_takes > 0 {
        forge.merge_takes -= 1;
        return refused(405, "Please try again later");
    }
    if body["head_commit_id"].as_str().is_some_and(|sha| sha != pull.head_sha) {
        return refused(409, "head out of date");
    }
    let how = match body["Do"].as_str() {
        Some("merge") => How::Merge,
        Some("squash") => How::Squash,
        Some("rebase") => How::Rebase,
        _ => return refused(405, "is not allowed an allowed merge style for this repository"),
    };
    match forge.merge(number, how) {
        Ok(_) => ok(Value::Null),
        Err(why) => refused(409, &why),
    }
}

fn label(forge: &mut Forge, number: u64, body: &Value) -> Answer {
    let wanted: Option<Vec<u64>> = body["labels"].as_array().into_iter().flatten().map(Value::as_u64).collect();
    let Some(wanted) = wanted else { return unprocessable("labels are numbers") };
    let known = forge.labels.clone();
    let names = known.into_iter().filter(|(id, _)| wanted.contains(id)).map(|(_, name)| name);
    let Some(pull) = forge.pull(number) else { return missing() };
    for name in names {
        if !pull.labels.contains(&name) {
            pull.labels.push(name);
        }
    }
    ok(json!([]))
}

/// The review of `reviews`, by place in the list; remarks belong to reviews of their own.
fn reviews(
    forge: &mut Forge,
    number: u64,
    rest: &[&str],
    (request, query): (&Request, &BTreeMap<&str, &str>),
) -> Option<Answer> {
    let pull = forge.pull(number)?.clone();
    let of = |review: u64| pull.remarks.iter().filter(move |it| it["pull_request_review_id"] == review);
    match (request.method.as_str(), rest) {
        ("GET", ["reviews"]) => {
            let decided = pull.reviews.iter().enumerate().map(|(n, (login, state))| {
                let official = login != "mallory";
                let user = (!login.is_empty()).then(|| json!({ "login": login }));
                json!({ "id": 1_000 + n, "user": user, "state": state, "official": official,
                    "dismissed": false, "comments_count": 0 })
            });
            let mut ids: Vec<u64> =
                pull.remarks.iter().filter_map(|it| it["pull_request_review_id"].as_u64()).collect();
            ids.dedup();
            let said = ids.into_iter().map(|id| {
                json!({ "id": id, "user": { "login": "bob" }, "state": "COMMENT", "official": false, "comments_count": of(id).count() })
            });
            Some(listed(forge, decided.chain(said).collect(), request, query))
        }
        ("GET", ["reviews", id, "comments"]) => Some(ok(of(id.parse().unwrap()).cloned().collect())),
        ("POST", ["reviews"]) => {
            if request.body["event"] != "COMMENT" {
                return Some(unprocessable("only comments here"));
            }
            let (review, by) = (forge.number(), forge.account.login);
            for comment in request.body["comments"].as_array().into_iter().flatten() {
                // Numbers only grow, also over those that a story has made up.
                let latest = forge.pull(number)?.remarks.iter().filter_map(|it| it["id"].as_u64()).max();
                let id = forge.number().max(latest.unwrap_or(0) + 1);
                forge.pull(number)?.remarks.push(json!({
                    "id": id, "pull_request_review_id": review, "user": { "login": by }, "path": comment["path"],
                    "position": comment["new_position"], "original_position": comment["old_position"], "resolver": null,
                    "body": comment["body"],
                }));
            }
            Some(ok(json!({ "id": review })))
        }
        ("POST", ["requested_reviewers"]) => {
            let names = request.body["reviewers"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let pull = forge.pull(number)?;
            for name in names {
                if !pull.reviewers.iter().any(|known| known == name) {
                    pull.reviewers.push(name.to_owned());
                }
            }
            Some(created(json!([])))
        }
        _ => None,
    }
}
