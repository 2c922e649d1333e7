//! `publish`: one pull request a layer, against a GitHub on 127.0.0.1 over a real repository. After every story the
//! three-dot difference of each open pull request is exactly its layer's work.

mod at_the_end;
mod described;
mod echo;
mod faults;
mod forgejo;
mod github;
mod issues;
mod killed;
mod layer_reviews;
mod neighbours;
mod nulls;
mod refused;
mod returned;
mod reviewing;
mod stories;
mod waived;
mod watched;
mod whose;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Output, TestRepo};
use github::{GitHub, Speaks};

/// What is nowhere to be found afterwards.
const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ0123";

/// The task of a layer.
fn step(n: usize) -> Value {
    let after: Vec<String> = (1..n).map(|n| format!("T{n}")).rev().take(1).collect();
    let run = format!("put n{n}.txt {n} && echo line {n} >> shared.txt");
    json!({ "id": format!("T{n}"), "title": format!("Step {n}"), "after": after, "run": run })
}

/// A project with a remote, a run of `layers` layers that has landed, and the server.
struct Shop {
    bed: TestRepo,
    github: GitHub,
    layers: usize,
}

impl Shop {
    /// One task a layer: each adds a file of its own and a line to a file that all share.
    fn new(layers: usize) -> Shop {
        Shop::with(layers, "")
    }

    /// As [`Shop::new`], with a gate that refuses files named `broken.txt`.
    fn gated(layers: usize) -> Shop {
        Shop::with(layers, "[gates.test]\nrun = \"test ! -e broken.txt\"\n")
    }

    /// With a gate, and so much in its first layer that did not land that a description does not hold it.
    fn wordy(speaks: Speaks, layers: usize) -> Shop {
        let toml = "[run]\nattempts = 1\n[gates.test]\nrun = \"test ! -e broken.txt\"\n";
        let shop = Shop::planned_on(speaks, layers, toml);
        let title = "\u{1f600}".repeat(300);
        let failing = |n: usize| json!({ "id": format!("X{n}"), "title": title, "run": "false" });
        shop.bed.plan(Value::Array((1..=layers).map(step).chain((1..=52).map(failing)).collect()));
        shop.bed.execute(&["-j", "8"]).exits(4);
        shop
    }

    fn with(layers: usize, toml: &str) -> Shop {
        let shop = Shop::planned(layers, toml);
        shop.bed.execute(&[]).exits(0);
        shop
    }

    /// Before its run.
    fn planned(layers: usize, toml: &str) -> Shop {
        Shop::planned_on(Speaks::GitHub, layers, toml)
    }

    /// As [`Shop::new`], with the other server.
    fn on_forgejo(layers: usize, toml: &str) -> Shop {
        let shop = Shop::planned_on(Speaks::Forgejo, layers, toml);
        shop.bed.execute(&[]).exits(0);
        shop
    }

    fn planned_on(speaks: Speaks, layers: usize, toml: &str) -> Shop {
        let mut bed = TestRepo::new();
        let hub = bed.root().join("hub.git");
        bed.write("shared.txt", "begin\n");
        bed.toml(toml);
        bed.commit("shared");
        bed.git(&["init", "-q", "--bare", "-b", "main", hub.to_str().unwrap()]);
        bed.git(&["remote", "add", "origin", hub.to_str().unwrap()]);
        bed.git(&["push", "-q", "origin", "main"]);
        let github = GitHub::start(&hub, speaks);
        match speaks {
            Speaks::GitHub => {
                bed.git(&["config", "orca.githubRepo", "ada/shop"]);
                bed.git(&["config", "orca.githubApi", &github.url()]);
                bed.set("GH_TOKEN", TOKEN);
            }
            Speaks::Forgejo => {
                bed.git(&["config", "orca.forge", "forgejo"]);
                bed.git(&["config", "orca.forgeRepo", "ada/shop"]);
                bed.git(&["config", "orca.forgeApi", &format!("{}/api/v1", github.url())]);
                bed.set("FORGEJO_TOKEN", TOKEN);
            }
        }
        bed.plan(Value::Array((1..=layers).map(step).collect()));
        Shop { bed, github, layers }
    }

    fn hub(&self) -> PathBuf {
        self.bed.root().join("hub.git")
    }

    /// Publishes; whatever it says is searched for the token.
    fn publish(&self, args: &[&str]) -> Output {
        let output = self.bed.orca(&[&["publish", "--yes"], args].concat());
        assert!(!output.stdout.contains(TOKEN) && !output.stderr.contains(TOKEN), "{output:?}");
        output
    }

    fn branch(&self, layer: usize) -> String {
        format!("orca/{}/layer/{layer}", self.bed.run())
    }

    /// A commit on a branch of the remote, made by somebody else. Gives it.
    fn others_commit(&self, branch: &str, file: &str, text: &str) -> String {
        let clone = self.bed.root().join("other");
        if !clone.exists() {
            self.bed.git(&["clone", "-q", self.hub().to_str().unwrap(), clone.to_str().unwrap()]);
        }
        self.bed.git_in(&clone, &["fetch", "-q", "origin"]);
        self.bed.git_in(&clone, &["checkout", "-q", "-B", "work", &format!("origin/{branch}")]);
        std::fs::write(clone.join(file), text).unwrap();
        self.bed.git_in(&clone, &["add", "-A"]);
        let who = ["-c", "user.name=Bob", "-c", "user.email=bob@example.org"];
        self.bed.git_in(&clone, &[&who[..], &["commit", "-q", "-m", file]].concat());
        self.bed.git_in(&clone, &["push", "-q", "origin", &format!("HEAD:refs/heads/{branch}")]);
        self.bed.git_in(&clone, &["rev-parse", "HEAD"])
    }

    /// Each open pull request brings what its layer brings, and `more` files of a layer.
    fn assert_exact(&self, more: &[(usize, &str)]) {
        for pull in self.github.pulls().iter().filter(|pull| pull.state == "open") {
            let layer: usize = pull.head.rsplit('/').next().unwrap().parse().unwrap();
            let range = format!("{}...{}", pull.base, pull.head);
            let diff = self.bed.git_in(&self.hub(), &["diff", "--no-color", "-U0", &range]);
            let changed =
                |line: &&str| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---");
            let mut found: Vec<String> = diff.lines().filter(changed).map(str::to_owned).collect();
            found.sort();
            let mut expected = vec![format!("+{layer}"), format!("+line {layer}")];
            expected.extend(more.iter().filter(|(of, _)| *of == layer).map(|(_, text)| format!("+{text}")));
            expected.sort();
            assert_eq!(found, expected, "#{} {range}", pull.number);
        }
    }

    /// Number, state and base of each pull request, in order: `1 open main`.
    fn stands(&self) -> Vec<String> {
        let run = self.bed.run();
        let base = |base: &str| base.replace(&format!("orca/{run}/"), "");
        let state = |pull: &github::Pull| if pull.merged_as.is_some() { "merged" } else { pull.state };
        let pulls = self.github.pulls();
        pulls.iter().map(|pull| format!("{} {} {}", pull.number, state(pull), base(&pull.base))).collect()
    }

    /// No push was forced: each branch of a layer only ever moved forward.
    fn assert_nothing_forced(&self) {
        for layer in 1..=self.layers {
            let log = self.hub().join("logs/refs/heads").join(self.branch(layer));
            let Ok(text) = std::fs::read_to_string(log) else { continue };
            for line in text.lines() {
                let mut words = line.split(' ');
                let (old, new) = (words.next().unwrap(), words.next().unwrap());
                if !old.starts_with("0000") && !new.starts_with("0000") {
                    self.bed.git_in(&self.hub(), &["merge-base", "--is-ancestor", old, new]);
                }
            }
        }
    }

    /// The token is in no file that was left.
    fn assert_no_token(&self) {
        let mut todo = vec![self.bed.root()];
        while let Some(folder) = todo.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    todo.push(entry.path());
                } else if kind.is_file() {
                    let bytes = std::fs::read(entry.path()).unwrap_or_default();
                    let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
                    assert!(!found, "the token is in {}", entry.path().display());
                }
            }
        }
    }
}

/// After every story: the token is in no file that was left.
impl Drop for Shop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_no_token();
        }
    }
}
