//! The part of GitHub's interface that is spoken.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Answer, Forge, How, Pull, Request};

pub(super) fn ok(body: Value) -> Answer {
    Answer(200, Vec::new(), body)
}

pub(super) fn created(body: Value) -> Answer {
    Answer(201, Vec::new(), body)
}

pub(super) fn refused(status: u16, message: &str) -> Answer {
    Answer(status, Vec::new(), json!({ "message": message }))
}

/// As GitHub words what it cannot process.
pub(super) fn unprocessable(message: &str) -> Answer {
    let error = json!({ "resource": "PullRequest", "code": "custom", "message": message });
    Answer(422, Vec::new(), json!({ "message": "Validation Failed", "errors": [error] }))
}

pub fn answer(forge: &mut Forge, request: &Request) -> Answer {
    forge.refresh();
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    if (request.method.as_str(), path) == ("POST", "/graphql") {
        return super::graph::answer(forge, &request.body);
    }
    let Some(rest) = path.strip_prefix("/repos/ada/shop/") else { return refused(404, "Not Found") };
    let words: Vec<&str> = rest.split('/').collect();
    let body = &request.body;
    match (request.method.as_str(), &words[..]) {
        ("GET", ["pulls"]) => {
            let state = query.get("state").copied().unwrap_or("open");
            let head = query.get("head").and_then(|head| head.split_once(':')).map(|(_, branch)| branch);
            let fits =
                |pull: &&Pull| (state == "all" || pull.state == state) && head.is_none_or(|head| pull.head == head);
            page(forge.pulls.iter().filter(fits).map(|pull| forge_pull(pull, false)).collect(), &query)
        }
        ("POST", ["pulls"]) => open(forge, body),
        ("GET", ["pulls", n]) => with(forge, n, |pull| ok(forge_pull(pull, true))),
        ("PATCH", ["pulls", n]) => edit(forge, n.parse().unwrap_or(0), body),
        ("GET", ["pulls", n, "reviews"]) => with(forge, n, |pull| {
            let one = |(login, state): &(String, &str)| json!({ "user": { "login": login }, "state": state, "author_association": "MEMBER" });
            page(pull.reviews.iter().map(one).collect(), &query)
        }),
        ("GET", ["pulls", n, "comments"]) => {
            with(forge, n, |pull| page(pull.remarks.iter().map(super::graph::as_rest).collect(), &query))
        }
        ("POST", ["pulls", n, "comments", id, "replies"]) => {
            let number = forge.number();
            with(forge, n, |pull| {
                let reply = json!({
                    "id": number, "in_reply_to_id": id.parse::<u64>().unwrap(), "user": { "login": "ada" },
                    "author_association": "OWNER", "path": "", "line": null, "body": body["body"],
                });
                pull.remarks.push(reply.clone());
                created(reply)
            })
        }
        ("POST", ["pulls", n, "requested_reviewers"]) => with(forge, n, |pull| {
            for name in body["reviewers"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !pull.reviewers.iter().any(|known| known == name) {
                    pull.reviewers.push(name.to_owned());
                }
            }
            created(forge_pull(pull, true))
        }),
        ("PUT", ["pulls", n, "merge-async"]) => merge_async(forge, n.parse().unwrap_or(0), body),
        ("GET", ["pulls", n, "merge-async", id]) => merging(forge, n.parse().unwrap_or(0), id),
        ("GET", ["issues"]) => issues(forge, &query),
        ("GET", ["milestones"]) => page(vec![json!({ "number": 7, "title": "v1.0", "state": "open" })], &query),
        // Each pull request is an issue, too.
        ("PATCH", ["issues", n]) => with(forge, n, |pull| ok(json!({ "number": pull.number, "title": pull.title }))),
        ("GET", ["issues", n]) => issue(forge, n).map_or_else(|| refused(404, "Not Found"), ok),
        ("GET", ["issues", n, "dependencies", "blocked_by"]) => related(forge, n, "_blocked_by", &query),
        ("GET", ["issues", n, "sub_issues"]) => related(forge, n, "_parts", &query),
        (_, ["issues", n, "comments"]) if issue(forge, n).is_some() => {
            super::graph::issue_comments(forge, request, n, &query)
        }
        ("PATCH", ["issues", "comments", id]) => super::graph::rewrite(forge, id, body),
        ("GET", ["issues", n, "comments"]) => with(forge, n, |pull| {
            let one = |(id, body): &(u64, String)| json!({ "id": id, "body": body });
            page(pull.comments.iter().map(one).collect(), &query)
        }),
        ("POST", ["issues", n, "comments"]) => {
            let id = forge.number();
            with(forge, n, |pull| {
                pull.comments.push((id, body["body"].as_str().unwrap().to_owned()));
                created(json!({ "id": id, "body": body["body"] }))
            })
        }
        ("POST", ["issues", n, "labels"]) => with(forge, n, |pull| {
            for label in body["labels"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !pull.labels.iter().any(|known| known == label) {
                    pull.labels.push(label.to_owned());
                }
            }
            ok(json!([]))
        }),
        ("GET", ["commits", sha, "statuses"]) => {
            let of = forge.statuses.iter().rev().filter(|(commit, _)| commit == sha);
            page(of.map(|(_, status)| status.clone()).collect(), &query)
        }
        ("GET", ["commits", sha, "check-runs"]) => {
            let of = forge.check_runs.iter().filter(|(commit, _)| commit == sha).map(|(_, run)| run.clone());
            let runs: Vec<Value> = of.collect();
            ok(json!({ "total_count": runs.len(), "check_runs": slice(runs.clone(), &query) }))
        }
        ("POST", ["statuses", sha]) => {
            if body["description"].as_str().is_some_and(|text| text.chars().count() > 140) {
                return unprocessable("description is too long (maximum is 140 characters)");
            }
            forge.statuses.push(((*sha).to_owned(), body.clone()));
            created(body.clone())
        }
        ("GET", ["rules", "branches", _]) if forge.rules.is_some() => ok(json!(forge.rules)),
        ("GET", ["branches", name]) => {
            let known = forge.branch(&name.replace("%2F", "/")).is_some();
            if known { ok(json!({ "name": name, "protected": false })) } else { refused(404, "Branch not found") }
        }
        ("GET", ["stacks"]) if forge.has_stacks => {
            let number = query.get("pull_request").and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
            let of = forge.stacks.iter().filter(|(_, pulls)| pulls.contains(&number));
            page(of.map(|(number, pulls)| json!({ "number": number, "pull_requests": pulls })).collect(), &query)
        }
        ("POST", ["stacks"]) if forge.has_stacks => stack(forge, body),
        _ => refused(404, "Not Found"),
    }
}

fn is_number(value: &Value, written: &str) -> bool {
    value.as_u64().is_some_and(|number| Ok(number) == written.parse())
}

fn issue(forge: &Forge, number: &str) -> Option<Value> {
    forge.issues.iter().find(|issue| is_number(&issue["number"], number)).cloned()
}

/// A list of issues, pull requests among them as the server has it, by state, label and milestone.
fn issues(forge: &Forge, query: &BTreeMap<&str, &str>) -> Answer {
    let state = query.get("state").copied().unwrap_or("open");
    let label = query.get("labels").map(|label| label.replace("%20", " "));
    let has = |issue: &Value, label: &str| {
        issue["labels"].as_array().into_iter().flatten().any(|one| one["name"].as_str() == Some(label))
    };
    let milestone = query.get("milestone").map(|number| (*number).to_owned());
    let fits = |issue: &&Value| {
        (state == "all" || issue["state"].as_str() == Some(state))
            && label.as_ref().is_none_or(|label| has(issue, label))
            && milestone.as_ref().is_none_or(|number| is_number(&issue["milestone"]["number"], number))
    };
    page(forge.issues.iter().filter(fits).cloned().collect(), query)
}

fn related(forge: &Forge, number: &str, name: &str, query: &BTreeMap<&str, &str>) -> Answer {
    let Some(found) = issue(forge, number) else { return refused(404, "Not Found") };
    let numbers = found[name].as_array().cloned().unwrap_or_default();
    page(numbers.iter().filter_map(|number| issue(forge, &number.to_string())).collect(), query)
}

pub(super) fn with(forge: &mut Forge, number: &str, answer: impl FnOnce(&mut Pull) -> Answer) -> Answer {
    match forge.pull(number.parse().unwrap_or(0)) {
        Some(pull) => answer(pull),
        None => refused(404, "Not Found"),
    }
}

pub(super) fn page(all: Vec<Value>, query: &BTreeMap<&str, &str>) -> Answer {
    ok(Value::Array(slice(all, query)))
}

fn slice(all: Vec<Value>, query: &BTreeMap<&str, &str>) -> Vec<Value> {
    let number = |name: &str, default: usize| query.get(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let (per_page, page) = (number("per_page", 30).min(100), number("page", 1));
    all.into_iter().skip((page - 1) * per_page).take(per_page).collect()
}

/// A pull request as lists show it, and with what only the single one shows.
fn forge_pull(pull: &Pull, whole: bool) -> Value {
    let mut value = json!({
        "number": pull.number,
        "html_url": format!("https://github.com/ada/shop/pull/{}", pull.number),
        "state": pull.state,
        "title": pull.title,
        // GitHub keeps what browsers send.
        "body": pull.body.replace('\n', "\r\n"),
        "draft": pull.draft,
        "head": { "ref": pull.head, "sha": pull.head_sha },
        "base": { "ref": pull.base },
        "merged_at": pull.merged_as.as_ref().map(|_| "2026-11-21T12:00:00Z"),
        "merge_commit_sha": pull.merged_as.clone().unwrap_or_else(|| "0".repeat(40)),
        "labels": pull.labels.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "stack": pull.stack.map(|number| json!({ "number": number })),
    });
    if whole {
        value["merged"] = json!(pull.merged_as.is_some());
        value["merged_by"] = pull.merged_as.as_ref().map_or(Value::Null, |_| json!({ "login": "eve" }));
    }
    value
}

/// Longest description that GitHub takes.
const LONGEST: usize = 65_536;

fn open(forge: &mut Forge, body: &Value) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (head, base) = (text("head"), text("base"));
    let head = head.split_once(':').map_or(head.clone(), |(_, branch)| branch.to_owned());
    if text("title").is_empty() || text("title").chars().count() > 256 || text("body").len() > LONGEST {
        return unprocessable("title or body has a wrong length");
    }
    let Some(head_sha) = forge.branch(&head) else { return unprocessable("head is invalid") };
    if forge.branch(&base).is_none() {
        return unprocessable("base is invalid");
    }
    if forge.pulls.iter().any(|pull| pull.state == "open" && pull.head == head) {
        return unprocessable(&format!("A pull request already exists for ada:{head}."));
    }
    if forge.between(&base, &head) == 0 {
        return unprocessable(&format!("No commits between {base} and {head}"));
    }
    let draft = body["draft"].as_bool().unwrap_or(false);
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
        labels: Vec::new(),
        reviewers: if draft { Vec::new() } else { forge.code_owners() },
        comments: Vec::new(),
        reviews: Vec::new(),
        remarks: Vec::new(),
        stack: None,
    };
    let value = forge_pull(&pull, true);
    forge.pulls.push(pull);
    created(value)
}

fn edit(forge: &mut Forge, number: u64, body: &Value) -> Answer {
    let Some(pull) = forge.pull(number).cloned() else { return refused(404, "Not Found") };
    if body["state"] == "open" && pull.state != "open" {
        if pull.merged_as.is_some() || forge.branch(&pull.head).is_none() || forge.branch(&pull.base).is_none() {
            return unprocessable("state cannot be changed. The branch was deleted.");
        }
        forge.pull(number).unwrap().state = "open";
    }
    if let Some(base) = body["base"].as_str() {
        if forge.pull(number).unwrap().state != "open" {
            return unprocessable("Cannot change the base branch of a closed pull request.");
        }
        if forge.branch(base).is_none() {
            return unprocessable("base is invalid");
        }
        if forge.between(base, &pull.head) == 0 {
            return unprocessable(&format!(
                "There are no new commits between base branch '{base}' and head branch '{}'",
                pull.head
            ));
        }
        forge.pull(number).unwrap().base = base.to_owned();
    }
    if let Some(text) = body["body"].as_str() {
        if text.len() > LONGEST {
            return unprocessable("body is too long (maximum is 65536 characters)");
        }
        forge.pull(number).unwrap().body = text.to_owned();
    }
    ok(forge_pull(forge.pull(number).unwrap(), true))
}

fn merge_async(forge: &mut Forge, number: u64, body: &Value) -> Answer {
    let Some(pull) = forge.pull(number).cloned() else { return refused(404, "Not Found") };
    if pull.draft || pull.state != "open" {
        return unprocessable("Pull request is not mergeable");
    }
    if body["sha"].as_str().is_some_and(|sha| sha != pull.head_sha) {
        return refused(409, "Head branch was modified. Review and try the merge again.");
    }
    let (id, takes) = (format!("uuid-{number}"), forge.merge_takes);
    forge.merging.push((id.clone(), number, takes));
    Answer(202, Vec::new(), json!({ "uuid": id }))
}

fn merging(forge: &mut Forge, number: u64, id: &str) -> Answer {
    let Some(at) = forge.merging.iter().position(|(known, of, _)| known == id && *of == number) else {
        return refused(404, "Not Found");
    };
    if forge.merging[at].2 > 0 {
        forge.merging[at].2 -= 1;
        return ok(json!({ "uuid": id, "status": "pending" }));
    }
    if forge.pull(number).is_some_and(|pull| pull.merged_as.is_none())
        && let Err(why) = forge.merge(number, How::Squash)
    {
        return ok(json!({ "uuid": id, "status": "failed", "message": why }));
    }
    ok(json!({ "uuid": id, "status": "merged" }))
}

fn stack(forge: &mut Forge, body: &Value) -> Answer {
    let numbers: Vec<u64> = body["pull_requests"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let pulls: Vec<Pull> = numbers.iter().filter_map(|number| forge.pull(*number).cloned()).collect();
    let linear = pulls.windows(2).all(|pair| pair[1].base == pair[0].head);
    if pulls.len() < 2 || pulls.len() != numbers.len() || !linear || pulls.iter().any(|pull| pull.stack.is_some()) {
        return unprocessable("pull requests do not form a stack");
    }
    let number = forge.number();
    for one in &numbers {
        forge.pull(*one).unwrap().stack = Some(number);
    }
    forge.stacks.push((number, numbers.clone()));
    created(json!({ "number": number, "pull_requests": numbers }))
}
