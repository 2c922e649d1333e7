//! The part of GitHub's interface that is spoken.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::shapes::{self, pull as forge_pull};
use super::{Answer, Forge, How, Pull, Request};

pub(super) fn ok(body: Value) -> Answer {
    Answer(200, Vec::new(), body)
}

pub(super) fn created(body: Value) -> Answer {
    Answer(201, Vec::new(), body)
}

pub(super) fn refused(status: u16, message: &str) -> Answer {
    Answer(status, Vec::new(), shapes::error(message))
}

/// As GitHub words what it cannot process.
pub(super) fn unprocessable(message: &str) -> Answer {
    let error = json!({ "resource": "PullRequest", "code": "custom", "message": message });
    let mut body = shapes::error("Validation Failed");
    body["errors"] = json!([error]);
    Answer(422, Vec::new(), body)
}

pub fn answer(forge: &mut Forge, request: &Request) -> Answer {
    forge.refresh();
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    if (request.method.as_str(), path) == ("POST", "/graphql") {
        return super::graph::answer(forge, &request.body);
    }
    if (request.method.as_str(), path) == ("GET", "/user") {
        return super::speaker::account(forge);
    }
    let rest = match (path.strip_prefix("/repos/ada/shop/"), forge.is_renamed) {
        (Some(rest), true) => return moved(rest),
        (Some(rest), false) => Some(rest),
        (None, true) if path == "/repositories/42" => return ok(json!({ "full_name": "ada/store" })),
        (None, true) => path.strip_prefix("/repos/ada/store/"),
        (None, false) => None,
    };
    let Some(rest) = rest else { return refused(404, "Not Found") };
    let words: Vec<&str> = rest.split('/').collect();
    let body = &request.body;
    match (request.method.as_str(), &words[..]) {
        ("GET", ["pulls"]) => {
            let state = query.get("state").copied().unwrap_or("open");
            let head = query.get("head").and_then(|head| head.split_once(':'));
            let comes_from = |pull: &Pull, (owner, branch)| pull.from == Some(owner) && pull.head == branch;
            let fits = |pull: &&Pull| {
                (state == "all" || pull.state == state) && head.is_none_or(|head| comes_from(pull, head))
            };
            page(forge.pulls.iter().filter(fits).map(|pull| forge_pull(pull, false)).collect(), &query)
        }
        ("POST", ["pulls"]) => open(forge, body),
        ("GET", ["pulls", n]) => with(forge, n, |pull| ok(forge_pull(pull, true))),
        ("PATCH", ["pulls", n]) => edit(forge, n.parse().unwrap_or(0), body),
        ("GET", ["pulls", n, "reviews"]) => with(forge, n, |pull| {
            // Nobody's name is that of an account that is gone.
            let who = |login: &str| Some(login).filter(|login| !login.is_empty()).map(str::to_owned);
            let all = pull.reviews.iter().enumerate();
            let one =
                |(n, (login, state)): (usize, &(String, &str))| shapes::review(pull, n, who(login).as_deref(), state);
            page(all.map(one).collect(), &query)
        }),
        ("GET", ["pulls", n, "comments"]) => with(forge, n, |pull| {
            page(pull.remarks.iter().map(|one| shapes::remark(pull.number, one)).collect(), &query)
        }),
        ("POST", ["pulls", n, "comments", id, "replies"]) => {
            let (number, by) = (forge.number(), forge.account);
            with(forge, n, |pull| {
                let to = id.parse::<u64>().unwrap();
                let Some(first) = pull.remarks.iter().find(|it| it["id"] == to) else {
                    return refused(404, "Not Found");
                };
                let reply = json!({
                    "id": number, "in_reply_to_id": to, "user": { "login": by.login, "type": if by.is_program { "Bot" } else { "User" } },
                    "author_association": by.association, "path": first["path"], "line": first["line"], "body": body["body"],
                });
                pull.remarks.push(reply.clone());
                created(shapes::remark(pull.number, &reply))
            })
        }
        ("POST", ["pulls", _, "requested_reviewers"]) if forge.refuses_reviewers(body) => {
            unprocessable("Reviews may only be requested from collaborators. One or more of the users is not one.")
        }
        ("POST", ["pulls", n, "requested_reviewers"]) => with(forge, n, |pull| {
            for name in body["reviewers"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !pull.reviewers.iter().any(|known| known == name) {
                    pull.reviewers.push(name.to_owned());
                }
            }
            created(forge_pull(pull, false))
        }),
        ("PUT", ["pulls", n, "merge-async"]) => merge_async(forge, n.parse().unwrap_or(0), body),
        ("GET", ["pulls", n, "merge-async", id]) => merging(forge, n.parse().unwrap_or(0), id),
        ("GET", ["issues"]) => issues(forge, &query),
        ("GET", ["milestones"]) => page(vec![shapes::milestone(7, "v1.0")], &query),
        // Each pull request is an issue, too.
        ("PATCH", ["issues", n]) => {
            with(forge, n, |pull| ok(shapes::issue(&json!({ "number": pull.number, "title": pull.title }))))
        }
        ("GET", ["issues", n]) => {
            issue(forge, n).map_or_else(|| refused(404, "Not Found"), |found| ok(shapes::issue(&found)))
        }
        ("GET", ["issues", n, "dependencies", "blocked_by"]) => related(forge, n, "_blocked_by", &query),
        ("GET", ["issues", n, "sub_issues"]) => related(forge, n, "_parts", &query),
        (_, ["issues", n, "comments"]) if issue(forge, n).is_some() => {
            super::graph::issue_comments(forge, request, n, &query)
        }
        ("PATCH", ["issues", "comments", id]) => super::graph::rewrite(forge, id, body),
        ("GET", ["issues", n, "comments"]) => {
            let known = forge.clone();
            with(forge, n, |pull| {
                let one = |(id, body): &(u64, String)| shapes::comment(pull.number, *id, body, known.author_of(*id));
                page(pull.comments.iter().map(one).collect(), &query)
            })
        }
        ("POST", ["issues", n, "comments"]) => {
            let (id, by) = (forge.number(), forge.account);
            with(forge, n, |pull| {
                let text = body["body"].as_str().unwrap();
                pull.comments.push((id, text.to_owned()));
                created(shapes::comment(pull.number, id, text, by))
            })
        }
        ("POST", ["issues", n, "labels"]) => with(forge, n, |pull| {
            for label in body["labels"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !pull.labels.iter().any(|known| known == label) {
                    pull.labels.push(label.to_owned());
                }
            }
            ok(pull.labels.iter().map(|name| shapes::label(name)).collect())
        }),
        ("GET", ["commits", sha, "statuses"]) => {
            let of = forge.statuses.iter().rev().filter(|(commit, _)| commit == sha);
            page(of.map(|(commit, status)| shapes::status(commit, status)).collect(), &query)
        }
        ("GET", ["commits", sha, "check-runs"]) => {
            let of =
                forge.check_runs.iter().filter(|(commit, _)| commit == sha).map(|(_, run)| shapes::check_run(sha, run));
            let runs: Vec<Value> = of.collect();
            ok(json!({ "total_count": runs.len(), "check_runs": slice(runs.clone(), &query) }))
        }
        ("POST", ["statuses", sha]) => {
            if body["description"].as_str().is_some_and(|text| text.chars().count() > 140) {
                return unprocessable("description is too long (maximum is 140 characters)");
            }
            forge.statuses.push(((*sha).to_owned(), body.clone()));
            created(shapes::status(sha, body))
        }
        ("GET", ["rules", "branches", _]) if forge.rules.is_some() => ok(json!(forge.rules)),
        ("GET", ["branches", name]) => {
            let known = forge.branch(&name.replace("%2F", "/"));
            known.map_or_else(|| refused(404, "Branch not found"), |commit| ok(shapes::branch(name, &commit)))
        }
        ("GET", ["stacks"]) if forge.has_stacks => {
            let number = query.get("pull_request").and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
            let of = forge.stacks.iter().filter(|(_, pulls)| pulls.contains(&number));
            page(of.map(|(number, _)| shown_stack(forge, *number)).collect(), &query)
        }
        ("POST", ["stacks"]) if forge.has_stacks => stack(forge, body, None),
        ("POST", ["stacks", n, "add"]) if forge.has_stacks => stack(forge, body, n.parse().ok()),
        _ => refused(404, "Not Found"),
    }
}

/// The old name of a repository leads to its number.
fn moved(rest: &str) -> Answer {
    let place = format!("https://api.github.com/repositories/42/{rest}");
    let mut body = shapes::error("Moved Permanently");
    body["url"] = json!(place);
    Answer(301, vec![("location".to_owned(), place)], body)
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
    page(forge.issues.iter().filter(fits).map(shapes::issue).collect(), query)
}

fn related(forge: &Forge, number: &str, name: &str, query: &BTreeMap<&str, &str>) -> Answer {
    let Some(found) = issue(forge, number) else { return refused(404, "Not Found") };
    let numbers = found[name].as_array().cloned().unwrap_or_default();
    let found = numbers.iter().filter_map(|number| issue(forge, &number.to_string()));
    page(found.map(|one| shapes::issue(&one)).collect(), query)
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
    if forge.pulls.iter().any(|pull| pull.state == "open" && pull.from == Some("ada") && pull.head == head) {
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
        merged_by: None,
        labels: Vec::new(),
        reviewers: if draft { Vec::new() } else { forge.code_owners() },
        comments: Vec::new(),
        reviews: Vec::new(),
        remarks: Vec::new(),
        stack: None,
        author: Some("ada"),
        from: Some("ada"),
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
    let failed = |why: &str| Answer(400, Vec::new(), shapes::asked_merge("failed", &json!({ "message": why })));
    if let Some(commit) = &pull.merged_as {
        let done = json!({ "message": "Pull request is already merged.", "sha": commit });
        return ok(shapes::asked_merge("merged", &done));
    }
    if pull.draft || pull.state != "open" {
        return failed(if pull.draft { "Pull request is a draft." } else { "Pull request is closed." });
    }
    if body["sha"].as_str().is_some_and(|sha| sha != pull.head_sha) {
        return failed("Head branch was modified. Review and try the merge again.");
    }
    if forge.queues {
        return ok(shapes::asked_merge("enqueued", &json!({ "message": "Pull request is in the merge queue." })));
    }
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let known = forge.merging.iter().any(|(known, ..)| *known == id);
    if !known {
        let takes = forge.merge_takes;
        forge.merging.push((id.clone(), number, takes));
    }
    Answer(if known { 409 } else { 202 }, Vec::new(), shapes::asked_merge("pending", &pending(&id, &pull)))
}

fn pending(id: &str, pull: &Pull) -> Value {
    json!({
        "message": "Merge request is in progress.", "uuid": id, "merge_method": "squash", "merge_action": "default",
        "expected_head_sha": pull.head_sha,
    })
}

fn merging(forge: &mut Forge, number: u64, id: &str) -> Answer {
    let Some(at) = forge.merging.iter().position(|(known, of, _)| known == id && *of == number) else {
        return refused(404, "Not Found");
    };
    if forge.merging[at].2 > 0 {
        forge.merging[at].2 -= 1;
        let pull = forge.pull(number).unwrap().clone();
        return ok(shapes::asked_merge("pending", &pending(id, &pull)));
    }
    let done = match forge.pull(number).and_then(|pull| pull.merged_as.clone()) {
        Some(commit) => Ok(commit),
        None => forge.merge(number, How::Squash),
    };
    ok(match done {
        Ok(commit) => shapes::asked_merge("merged", &json!({ "message": "Pull request was merged.", "sha": commit })),
        Err(why) => shapes::asked_merge("failed", &json!({ "message": why })),
    })
}

fn shown_stack(forge: &Forge, number: u64) -> Value {
    let numbers = forge.stacks.iter().find(|(known, _)| *known == number).map(|(_, pulls)| pulls.clone());
    let of = |number: &u64| forge.pulls.iter().find(|pull| pull.number == *number);
    shapes::stack(number, &numbers.iter().flatten().filter_map(of).collect::<Vec<_>>())
}

/// A new stack, or more on top of one that is there.
fn stack(forge: &mut Forge, body: &Value, known: Option<u64>) -> Answer {
    let more: Vec<u64> = body["pull_requests"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    let below = match known.map(|known| forge.stacks.iter().find(|(number, _)| *number == known)) {
        Some(None) => return refused(404, "Not Found"),
        Some(Some((_, pulls))) => pulls.clone(),
        None => Vec::new(),
    };
    let all: Vec<u64> = below.iter().chain(&more).copied().collect();
    let pulls: Vec<Pull> = all.iter().filter_map(|number| forge.pull(*number).cloned()).collect();
    // What is below may be merged, and have another base than its own neighbour.
    let linear =
        pulls[below.len().saturating_sub(1).min(pulls.len())..].windows(2).all(|pair| pair[1].base == pair[0].head);
    let taken = pulls[below.len().min(pulls.len())..].iter().any(|pull| pull.stack.is_some());
    if more.is_empty() || pulls.len() < 2 || pulls.len() != all.len() || !linear || taken {
        return unprocessable("pull requests do not form a stack");
    }
    let number = known.unwrap_or_else(|| forge.number());
    for one in &more {
        forge.pull(*one).unwrap().stack = Some(number);
    }
    forge.stacks.retain(|(known, _)| *known != number);
    forge.stacks.push((number, all));
    created(shown_stack(forge, number))
}
