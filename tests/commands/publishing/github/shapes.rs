//! GitHub's objects as its own description has them: whole, also with what nobody here reads.

use serde_json::{Value, json};

use super::{Pull, Speaker};

const API: &str = "https://api.github.com";
const PAGES: &str = "https://github.com/ada/shop";
const WHEN: &str = "2026-11-21T12:00:00Z";

fn at(rest: &str) -> String {
    format!("{API}/repos/ada/shop{rest}")
}

/// A number that stays the same for a name.
fn id_of(name: &str) -> u32 {
    crc32fast::hash(name.as_bytes())
}

/// `given` over `whole`. Names that only this server knows (with an underscore) are left out; a user who is only named is
/// made whole.
fn filled(mut whole: Value, given: &Value) -> Value {
    for (name, value) in given.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with('_')) {
        whole[name] = value.clone();
    }
    if let Some(login) = given["user"]["login"].as_str() {
        whole["user"] = filled(user(login), &given["user"]);
    }
    whole
}

pub fn user(login: &str) -> Value {
    let own = format!("{API}/users/{login}");
    let mut user = json!({
        "login": login, "id": id_of(login), "node_id": "U_1", "avatar_url": format!("https://avatars.example.org/{login}"),
        "gravatar_id": "", "url": own, "html_url": format!("https://github.com/{login}"), "type": "User",
        "site_admin": false, "organizations_url": format!("{own}/orgs"),
    });
    for name in ["followers", "following", "gists", "starred", "subscriptions", "repos", "events", "received_events"] {
        user[format!("{name}_url")] = json!(format!("{own}/{name}"));
    }
    user
}

/// What of a repository is an address below its own.
const PLACES: [&str; 35] = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
];

pub fn repository() -> Value {
    let mut found = json!({
        "id": 42, "node_id": "R_1", "name": "shop", "full_name": "ada/shop", "owner": user("ada"), "private": false,
        "html_url": PAGES, "url": at(""), "trees_url": at("/trees"), "description": null, "fork": false,
        "clone_url": format!("{PAGES}.git"), "git_url": "git://github.com/ada/shop.git", "svn_url": PAGES,
        "ssh_url": "git@github.com:ada/shop.git", "homepage": null, "language": null, "mirror_url": null,
        "license": null, "default_branch": "main", "size": 1, "archived": false, "disabled": false,
        "pushed_at": WHEN, "created_at": WHEN, "updated_at": WHEN,
    });
    for name in PLACES {
        found[format!("{name}_url")] = json!(at(&format!("/{name}")));
    }
    for name in
        ["forks", "forks_count", "open_issues", "open_issues_count", "stargazers_count", "watchers", "watchers_count"]
    {
        found[name] = json!(0);
    }
    for name in ["downloads", "issues", "projects", "wiki", "pages", "discussions"] {
        found[format!("has_{name}")] = json!(false);
    }
    found
}

pub fn label(name: &str) -> Value {
    let own = at(&format!("/labels/{}", id_of(name)));
    json!({ "id": id_of(name), "node_id": "L_1", "url": own, "name": name, "description": "", "color": "ededed", "default": false })
}

pub fn milestone(number: u64, title: &str) -> Value {
    let own = at(&format!("/milestones/{number}"));
    json!({
        "number": number, "title": title, "state": "open", "id": number, "node_id": "M_1", "url": own,
        "labels_url": format!("{own}/labels"), "html_url": format!("{PAGES}/milestone/{number}"), "description": null,
        "creator": user("ada"), "open_issues": 1, "closed_issues": 0, "due_on": null, "closed_at": null,
        "created_at": WHEN, "updated_at": WHEN,
    })
}

/// A pull request as lists show it, and with what only the single one shows.
pub fn pull(pull: &Pull, whole: bool) -> Value {
    let number = pull.number;
    let (own, issue) = (at(&format!("/pulls/{number}")), at(&format!("/issues/{number}")));
    let page = format!("{PAGES}/pull/{number}");
    let statuses = at(&format!("/statuses/{}", pull.head_sha));
    let link = |place: &str| json!({ "href": place });
    let closed = (pull.state != "open").then_some(WHEN);
    let mut value = json!({
        "number": number, "id": number, "node_id": "PR_1", "url": own, "html_url": page, "issue_url": issue,
        "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
        "comments_url": format!("{issue}/comments"), "commits_url": format!("{own}/commits"),
        "review_comment_url": at("/pulls/comments{/number}"), "review_comments_url": format!("{own}/comments"),
        "statuses_url": statuses,
        "_links": {
            "self": link(&own), "html": link(&page), "issue": link(&issue), "statuses": link(&statuses),
            "comments": link(&format!("{issue}/comments")), "commits": link(&format!("{own}/commits")),
            "review_comments": link(&format!("{own}/comments")), "review_comment": link(&at("/pulls/comments{/number}")),
        },
        "state": pull.state, "locked": false, "title": pull.title, "draft": pull.draft,
        "user": pull.author.map(user), "author_association": "OWNER", "assignee": null, "milestone": null,
        "auto_merge": null,
        // GitHub keeps what browsers send, and has none where nothing was written.
        "body": Some(pull.body.replace('\n', "\r\n")).filter(|body| !body.is_empty()),
        "head": side(&pull.head, &pull.head_sha), "base": side(&pull.base, &"0".repeat(40)),
        "created_at": WHEN, "updated_at": WHEN, "closed_at": closed,
        "merged_at": pull.merged_as.as_ref().map(|_| WHEN),
        // Of an open one it is a trial, where that was made already.
        "merge_commit_sha": pull.merged_as.clone().or_else(|| number.is_multiple_of(2).then(|| "0".repeat(40))),
        "labels": pull.labels.iter().map(|name| label(name)).collect::<Vec<_>>(),
    });
    if let Some(stack) = pull.stack {
        value["stack"] = json!({
            "id": stack, "number": stack, "position": 1, "size": 2, "base": { "ref": "main", "sha": "0".repeat(40) },
        });
    }
    match pull.from {
        Some(owner) => value["head"]["repo"]["owner"] = user(owner),
        None => {
            value["head"]["repo"] = Value::Null;
            value["head"]["user"] = Value::Null;
            value["head"]["label"] = json!(format!("unknown repository:{}", pull.head));
        }
    }
    if whole {
        let more = json!({
            "additions": 1, "deletions": 0, "changed_files": 1, "commits": 1, "comments": pull.comments.len(),
            // Whether it can be merged is found out later.
            "review_comments": pull.remarks.len(), "mergeable": null, "mergeable_state": "unknown",
            "maintainer_can_modify": false, "merged": pull.merged_as.is_some(),
            "merged_by": pull.merged_by.map(user),
        });
        value = filled(value, &more);
    }
    value
}

fn side(branch: &str, commit: &str) -> Value {
    json!({ "label": format!("ada:{branch}"), "ref": branch, "sha": commit, "user": user("ada"), "repo": repository() })
}

pub fn issue(given: &Value) -> Value {
    let number = &given["number"];
    let own = at(&format!("/issues/{number}"));
    let mut whole = json!({
        "id": number, "node_id": "I_1", "number": number, "state": "open", "locked": false, "title": "", "body": null,
        "url": own, "html_url": format!("{PAGES}/issues/{number}"), "repository_url": at(""), "comments": 0,
        "comments_url": format!("{own}/comments"), "events_url": format!("{own}/events"),
        "labels_url": format!("{own}/labels"), "user": null, "assignee": null, "milestone": null, "labels": [],
        "author_association": "NONE", "closed_at": null, "created_at": WHEN, "updated_at": WHEN,
    });
    whole = filled(whole, given);
    let labels = given["labels"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
    whole["labels"] = labels.map(label).collect();
    if let (Some(number), Some(title)) = (given["milestone"]["number"].as_u64(), given["milestone"]["title"].as_str()) {
        whole["milestone"] = milestone(number, title);
    }
    whole
}

pub fn comment(of: u64, id: u64, body: &str, by: Speaker) -> Value {
    json!({
        "id": id, "node_id": "IC_1", "url": at(&format!("/issues/comments/{id}")), "body": body, "user": by.user(),
        "html_url": format!("{PAGES}/issues/{of}#issuecomment-{id}"), "issue_url": at(&format!("/issues/{of}")),
        "author_association": by.association, "created_at": WHEN, "updated_at": WHEN,
    })
}

pub fn review(of: &Pull, id: usize, who: Option<&str>, state: &str) -> Value {
    let (own, page) = (at(&format!("/pulls/{}", of.number)), format!("{PAGES}/pull/{}", of.number));
    let here = format!("{page}#pullrequestreview-{id}");
    json!({
        "id": id, "node_id": "PRR_1", "user": who.map(user), "body": "", "state": state, "commit_id": of.head_sha,
        "html_url": here, "pull_request_url": own, "author_association": "MEMBER", "submitted_at": WHEN,
        "_links": { "html": { "href": here }, "pull_request": { "href": own } },
    })
}

/// A remark as REST tells it.
pub fn remark(of: u64, given: &Value) -> Value {
    let (id, pull) = (&given["id"], at(&format!("/pulls/{of}")));
    let (own, page) = (at(&format!("/pulls/comments/{id}")), format!("{PAGES}/pull/{of}#discussion_r{id}"));
    let whole = json!({
        "url": own, "node_id": "PRRC_1", "pull_request_review_id": null, "diff_hunk": "@@ -0,0 +1 @@", "path": "",
        "commit_id": "0".repeat(40), "original_commit_id": "0".repeat(40), "user": null, "body": "", "html_url": page,
        "pull_request_url": pull, "author_association": "NONE", "created_at": WHEN, "updated_at": WHEN,
        "_links": { "self": { "href": own }, "html": { "href": page }, "pull_request": { "href": pull } },
    });
    filled(whole, given)
}

pub fn status(commit: &str, given: &Value) -> Value {
    let whole = json!({
        "url": at(&format!("/statuses/{commit}")), "avatar_url": null, "id": 1, "node_id": "SC_1", "description": null,
        "target_url": null, "created_at": WHEN, "updated_at": WHEN, "creator": user("ada"),
    });
    filled(whole, given)
}

pub fn check_run(commit: &str, given: &Value) -> Value {
    let whole = json!({
        "id": 1, "node_id": "CR_1", "head_sha": commit, "url": at("/check-runs/1"), "html_url": null, "details_url": null,
        "conclusion": null, "started_at": null, "completed_at": null, "external_id": null, "check_suite": null,
        "output": { "title": null, "summary": null, "text": null, "annotations_count": 0,
            "annotations_url": at("/check-runs/1/annotations") },
        "app": null, "pull_requests": [],
    });
    filled(whole, given)
}

pub fn branch(name: &str, commit: &str) -> Value {
    let own = at(&format!("/commits/{commit}"));
    let git = json!({ "author": null, "committer": null, "comment_count": 0, "message": "",
        "tree": { "sha": "0".repeat(40), "url": at("/git/trees/0") }, "url": own });
    json!({
        "name": name, "protected": false, "protection": {}, "protection_url": at("/branches/protection"),
        "_links": { "html": PAGES, "self": at("/branches") },
        "commit": { "url": own, "sha": commit, "node_id": "C_1", "html_url": PAGES, "comments_url": format!("{own}/comments"),
            "commit": git, "author": user("ada"), "committer": user("ada"), "parents": [] },
    })
}

/// A native stack, as it is shown when it is made and in lists alike.
pub fn stack(number: u64, pulls: &[&Pull]) -> Value {
    let side = |name: &str, commit: &str| json!({ "ref": name, "sha": commit, "repo": { "id": 42, "url": at(""), "name": "shop" } });
    let one = |pull: &&Pull| {
        json!({
            "id": pull.number, "number": pull.number, "node_id": "PR_1", "url": at(&format!("/pulls/{}", pull.number)),
            "html_url": format!("{PAGES}/pull/{}", pull.number), "title": pull.title, "state": pull.state,
            "merged_at": null, "draft": pull.draft, "user": pull.author.map(user),
            "head": side(&pull.head, &pull.head_sha), "base": side(&pull.base, &"0".repeat(40)),
        })
    };
    json!({
        "id": number, "number": number, "node_id": "S_1", "url": at(&format!("/stacks/{number}")),
        "base": { "ref": pulls.first().map_or("main", |pull| pull.base.as_str()) }, "open": true, "created_at": WHEN,
        "pull_requests": pulls.iter().map(one).collect::<Vec<_>>(),
    })
}

/// What a merge that was asked for has come to.
pub fn asked_merge(status: &str, details: &Value) -> Value {
    json!({ "status": status, "details": details })
}

pub fn error(message: &str) -> Value {
    json!({ "message": message, "documentation_url": "https://docs.github.com/rest" })
}
