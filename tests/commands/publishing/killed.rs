//! `publish` is killed at each crash point in turn, from the same beginning; the next call makes nothing twice: no pull request,
//! comment, status, label or answer.

use std::path::Path;

use serde_json::json;

use super::Shop;
use super::github::Fault::Answer;
use super::github::{Forge, How, Speaks};

/// Everything that publishing changes: server, remote, our branches, journal.
struct Snapshot {
    forge: Forge,
    hub: Vec<String>,
    own: Vec<String>,
    journal: Vec<u8>,
}

impl Snapshot {
    fn take(shop: &Shop) -> Snapshot {
        Snapshot {
            forge: shop.github.state().clone(),
            hub: refs(shop, &shop.hub()),
            own: refs(shop, &shop.bed.repo()),
            journal: std::fs::read(shop.bed.paths().journal()).unwrap(),
        }
    }

    fn restore(&self, shop: &Shop) {
        *shop.github.state() = self.forge.clone();
        for (place, then) in [(shop.hub(), &self.hub), (shop.bed.repo(), &self.own)] {
            for line in refs(shop, &place).iter().filter(|line| !then.contains(line)) {
                shop.bed.git_in(&place, &["update-ref", "-d", line.split(' ').next().unwrap()]);
            }
            for line in then {
                let (name, commit) = line.split_once(' ').unwrap();
                shop.bed.git_in(&place, &["update-ref", name, commit]);
            }
        }
        std::fs::write(shop.bed.paths().journal(), &self.journal).unwrap();
    }
}

fn refs(shop: &Shop, place: &Path) -> Vec<String> {
    let all = shop.bed.git_in(place, &["for-each-ref", "--format=%(refname) %(objectname)"]);
    all.lines().map(str::to_owned).collect()
}

/// Kills at each state that a kill can leave, and finishes. What is there afterwards is what is there without a kill. Between
/// the point after an effect and the one before the next nothing is written: of both, one is enough.
fn sweep(shop: &Shop, least: usize) {
    let before = Snapshot::take(shop);
    let trace = shop.bed.out("trace");
    shop.bed.spawn_with(&["publish", "--yes"], &[("ORCA_CRASH_TRACE", trace.to_str().unwrap())]).wait().exits(0);
    let wanted = found(shop);
    let trace = std::fs::read_to_string(&trace).unwrap();
    let names: Vec<&str> = trace.lines().filter_map(|line| line.split_once(' ')).map(|(_, name)| name).collect();
    assert!(names.len() >= least, "{names:?}");
    let is_last = |at: usize| at == names.len();
    for at in (1..=names.len()).filter(|at| is_last(*at) || !names[*at - 1].ends_with(".after")) {
        before.restore(shop);
        let _killed = shop.bed.spawn_with(&["publish", "--yes"], &[("ORCA_CRASH_AT", &at.to_string())]).wait();
        shop.publish(&[]).exits(0);
        assert_eq!(found(shop), wanted, "killed at {at}, {}", names[at - 1]);
    }
    shop.github.forget();
    shop.publish(&[]).exits(0);
    assert_eq!(shop.github.writes(), []);
}

/// What the server has, without numbers: those of comments and pull requests are of one row, so that which one something got
/// depends on where the program was killed.
fn found(shop: &Shop) -> Vec<String> {
    let mut all: Vec<String> = shop.stands().iter().map(|it| it.split_once(' ').unwrap().1.to_owned()).collect();
    let mut state = shop.github.state();
    state.refresh();
    for pull in &state.pulls {
        let said = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        all.push(format!("labels {:?} reviewers {:?}", pull.labels, pull.reviewers));
        all.extend(pull.comments.iter().map(|(_, text)| format!("comment {}", said(text))));
        all.extend(pull.remarks.iter().map(|it| format!("remark {}", it["body"].as_str().unwrap())));
        all.extend(pull.body.lines().filter(|line| line.starts_with("Closes #")).map(str::to_owned));
    }
    let of = |(commit, status): &(String, serde_json::Value)| {
        let layer = state.pulls.iter().find(|pull| pull.head_sha == *commit).map(|pull| pull.head.clone());
        format!("status {} {layer:?}", status["context"])
    };
    let mut statuses: Vec<String> = state.statuses.iter().map(of).filter(|it| it.contains("Some")).collect();
    statuses.sort();
    all.extend(statuses);
    let mut told: Vec<String> = state.issue_comments.iter().map(|(of, ..)| format!("issue #{of} is told")).collect();
    told.sort();
    all.extend(told);
    all.push(format!("{} labels are known", state.labels.len()));
    drop(state);
    let branches = shop.bed.git_in(&shop.hub(), &["for-each-ref", "--format=%(refname)", "refs/heads"]);
    all.extend(branches.lines().map(str::to_owned));
    all
}

/// Two layers whose first one does not fit into its description.
fn created(speaks: Speaks) {
    let shop = Shop::wordy(speaks, 2);
    shop.bed.git(&["config", "orca.publishLabels", "agents"]);
    shop.bed.git(&["config", "orca.publishReviewers", "bob"]);
    sweep(&shop, 20);
    assert_eq!(shop.github.pulls().iter().map(|pull| pull.comments.len()).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(shop.github.state().statuses.len(), 2);
}

#[test]
fn killed_anywhere_nothing_is_made_twice() {
    created(Speaks::GitHub);
}

#[test]
fn killed_anywhere_nothing_is_made_twice_on_forgejo() {
    created(Speaks::Forgejo);
}

#[test]
fn killed_anywhere_each_issue_hears_once_and_is_closed_by_one() {
    let writer = "[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'put t$ORCA_TASK.txt x']\n\
                  [publish]\nissues = \"close\"\n";
    let shop = Shop::planned(1, writer);
    let issue = |number: u64, body: &str| {
        json!({ "number": number, "title": "Dig", "body": body, "state": "open", "labels": [{ "name": "ready" }],
            "milestone": null, "user": { "login": "ada" }, "author_association": "OWNER",
            "html_url": format!("https://github.com/ada/shop/issues/{number}") })
    };
    shop.github.state().issues = vec![issue(910, ""), issue(911, "Depends on #910.")];
    shop.bed.execute(&["github:ada/shop#ready"]).exits(0);
    sweep(&shop, 15);
    assert_eq!(shop.github.state().issue_comments.len(), 2);
    assert!(shop.github.pulls().iter().all(|pull| pull.body.contains("\nCloses #91")));
}

/// A lower layer was squashed and its branch deleted, a reviewer pushed, and an answer is due.
fn kept_in_step(speaks: Speaks) {
    let shop = Shop::planned_on(speaks, 3, "[gates.test]\nrun = \"test ! -e broken.txt\"\n");
    let task = |n: usize| {
        let after: Vec<String> = (1..n).map(|n| format!("T{n}")).rev().take(1).collect();
        let run = format!(
            "if test -e n{n}.txt; then put n{n}.txt better; else put n{n}.txt {n}; echo line {n} >> shared.txt; fi"
        );
        json!({ "id": format!("T{n}"), "title": format!("Step {n}"), "after": after, "run": run })
    };
    shop.bed.plan((1..=3).map(task).collect());
    shop.bed.execute(&[]).exits(0);
    shop.publish(&[]).exits(0);
    let remark = json!({
        "id": 901, "pull_request_review_id": 951, "user": { "login": "bob" }, "author_association": "MEMBER", "path": "n2.txt",
        "line": 1, "position": 1, "original_position": 0, "resolver": null, "body": "Say it better.",
    });
    shop.github.state().pull(2).unwrap().remarks.push(remark);
    // The answer is not taken yet.
    let no = vec![Answer(500, &[], "no"); 4];
    shop.github.fails("POST", "/replies", no.clone());
    shop.github.fails("POST", "/reviews", no);
    shop.bed.orca(&["retry", "T2", "--from-pr", "--yes"]).exits(7);
    shop.github.merge(1, How::Squash);
    shop.bed.git_in(&shop.hub(), &["update-ref", "-d", &format!("refs/heads/{}", shop.branch(1))]);
    shop.others_commit(&shop.branch(3), "review.txt", "reviewed\n");
    sweep(&shop, 15);
    assert_eq!(shop.stands(), ["1 merged main", "2 open main", "3 open layer/2"]);
    assert_eq!(shop.github.pulls()[1].remarks.len(), 2, "one answer");
    let brings = |layer: usize, base: &str| {
        let range = format!("{base}...{}", shop.branch(layer));
        shop.bed.git_in(&shop.hub(), &["diff", "--name-only", &range]).replace('\n', " ")
    };
    assert_eq!(brings(2, "main"), "n2.txt shared.txt");
    assert_eq!(brings(3, &shop.branch(2)), "n3.txt review.txt shared.txt");
}

#[test]
fn killed_anywhere_a_stack_is_kept_in_step() {
    kept_in_step(Speaks::GitHub);
}

#[test]
fn killed_anywhere_a_stack_is_kept_in_step_on_forgejo() {
    kept_in_step(Speaks::Forgejo);
}
