//! Reviewing agents: another agent reads what the author did, and only an answer that can be checked counts.

use crate::support::{Real, Reply, TestRepo, TestRequirement, needs};
use git_orca::journal::{Event, Judgement, Subject};
use git_orca::model::{AttemptId, Verdict};
use serde_json::{Value, json};

/// An author that writes what it is told to by the findings, and a critic whose answers stand in files of the bed, one a
/// review.
fn bed() -> TestRepo {
    let bed = TestRepo::new();
    let out = bed.out("").display().to_string();
    let out = out.trim_end_matches('/');
    bed.program(
        "author",
        &format!(
            "#!/bin/sh -e\ncp \"$ORCA_PROMPT_FILE\" '{out}/author-'\"$ORCA_ATTEMPT\"\n\
             if grep -q 'say it louder' \"$ORCA_PROMPT_FILE\"; then echo HELLO > a.txt; else printf 'one\\nhello\\n' > a.txt; fi\n\
             git add .\ngit commit -qm 'a hello'\n"
        ),
    );
    bed.program(
        "critic",
        &format!(
            "#!/bin/sh\ncp \"$ORCA_PROMPT_FILE\" '{out}/critic-'\"$ORCA_ATTEMPT\"\ncp \"$ORCA_SCHEMA_FILE\" '{out}/schema'\n\
             echo asked >> '{out}/asked'\nsh '{out}/answer-'\"$ORCA_ATTEMPT\"\n"
        ),
    );
    bed.plan(json!([{
        "id": "A", "title": "Say hello", "details": "In a file.", "acceptance": ["`test -e a.txt`", "it sounds friendly"],
    }]));
    bed
}

const AGENTS: &str = "[agents.author]\ncommand = [\"author\"]\n[agents.critic]\ncommand = [\"critic\"]\n";
const REVIEW: &str =
    "[gates.review]\nkind = \"review\"\nagent = \"critic\"\n[gates.test]\nrun = \"grep -qi hello a.txt\"\n";

fn answers(bed: &TestRepo, n: u32, script: &str) {
    std::fs::write(bed.out(&format!("answer-{n}")), script).unwrap();
}

/// The script that answers with a verdict and findings.
fn verdict(word: &str, findings: Value) -> String {
    format!("cat <<'END'\nI have read it.\n{}\nEND\n", json!({"verdict": word, "findings": findings}))
}

fn finding(file: &str, line: u32, message: &str) -> Value {
    json!({"file": file, "line": line, "message": message, "advice": ""})
}

fn judgement(bed: &TestRepo, n: u32) -> Judgement {
    let subject = Subject::Attempt(AttemptId { task: "A".parse().unwrap(), n });
    bed.state().judgement(&subject, &"review".parse().unwrap()).unwrap().clone()
}

fn run(bed: &TestRepo, toml: &str, exit: i32) {
    bed.toml(toml);
    bed.execute(&["--agent", "author", "--attempts", "2"]).exits(exit);
}

#[test]
fn what_it_passes_lands() {
    let bed = bed();
    answers(&bed, 1, &verdict("pass", json!([])));
    run(&bed, &format!("{AGENTS}{REVIEW}"), 0);
    let judged = judgement(&bed, 1);
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Pass, "`critic` has no objections"));
    // It is told the task, what no command checks, what the others said, and the change.
    let prompt = std::fs::read_to_string(bed.out("critic-1")).unwrap();
    for words in ["Say hello", "it sounds friendly", "test: pass", "+hello", "Change no file"] {
        assert!(prompt.contains(words), "{words}: {prompt}");
    }
    let unread = prompt.split("What no command checks").nth(1).unwrap().split("\n## ").next().unwrap();
    assert!(!unread.contains("test -e"), "{unread}");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(bed.out("schema")).unwrap()).unwrap();
    let published: Value = serde_json::from_str(&bed.orca(&["schema", "review"]).exits(0).stdout).unwrap();
    assert_eq!(schema, published);
    // Merged trees were read task by task.
    assert_eq!(bed.notes("asked").len(), 1);
}

#[test]
fn what_it_refuses_goes_back_and_is_mended() {
    let bed = bed();
    answers(&bed, 1, &verdict("fail", json!([finding("a.txt", 2, "say it louder"), finding("b.txt", 7, "invented")])));
    answers(&bed, 2, &verdict("pass", json!([])));
    run(&bed, &format!("{AGENTS}{REVIEW}"), 0);
    let judged = judgement(&bed, 1);
    assert_eq!((judged.verdict, judged.findings.len()), (Verdict::Fail, 1));
    assert!(judged.reason.contains("1 of its findings was dropped"), "{}", judged.reason);
    let told = std::fs::read_to_string(bed.out("author-2")).unwrap();
    assert!(told.contains("`a.txt:2`: say it louder [reviewer]") && !told.contains("invented"), "{told}");
    assert_eq!(bed.result("a.txt"), "HELLO");
}

#[test]
fn what_cannot_be_read_is_no_pass() {
    for (script, why) in [
        (verdict("fail", json!([finding("b.txt", 1, "invented")])), "without naming a place in the diff"),
        (verdict("fail", json!([finding("a.txt", 300, "invented")])), "1 of its findings was dropped"),
        ("echo 'LGTM!'".to_owned(), "is not a JSON object"),
        (String::new(), "gave no answer"),
        ("echo '{\"verdict\": \"pass\", \"findings\": []}'; exit 1".to_owned(), "exit 1"),
        ("sleep 600".to_owned(), "it timed out after 2 s"),
        ("echo x > a.txt || echo '{\"verdict\": \"pass\", \"findings\": []}' | tail -1".to_owned(), ""),
    ] {
        let bed = bed();
        answers(&bed, 1, &script);
        let toml = format!("{AGENTS}{REVIEW}").replace("agent = \"critic\"", "agent = \"critic\"\ntimeout = \"2s\"");
        bed.toml(&toml);
        let end = bed.execute(&["--agent", "author", "--attempts", "1"]);
        let judged = judgement(&bed, 1);
        if why.is_empty() {
            // In a fence it cannot write and so may answer; without one it is caught.
            let kept =
                judged.verdict == Verdict::Pass || judged.reason.contains("changed a file that it was only to read");
            assert!(kept, "{}", judged.reason);
            continue;
        }
        end.exits(5);
        assert_eq!(judged.verdict, Verdict::Unchecked, "{script}: {}", judged.reason);
        assert!(judged.reason.contains(why), "{script}: {}", judged.reason);
    }
}

#[test]
fn without_a_fence_a_reviewer_that_writes_is_caught() {
    let bed = bed();
    answers(&bed, 1, &format!("echo x > a.txt; {}", verdict("pass", json!([]))));
    bed.toml(&format!("{AGENTS}{REVIEW}"));
    bed.execute(&["--agent", "author", "--attempts", "1", "--sandbox", "off"]).exits(5);
    let judged = judgement(&bed, 1);
    assert!(judged.reason.contains("`critic` changed a file that it was only to read: `a.txt`"), "{}", judged.reason);
}

#[test]
fn an_answer_may_be_a_file() {
    let bed = bed();
    answers(
        &bed,
        1,
        "echo '{\"verdict\": \"pass\", \"findings\": []}' > \"$ORCA_ANSWER_FILE\"; echo 'and now the weather'",
    );
    run(&bed, &format!("{AGENTS}{REVIEW}"), 0);
}

#[test]
fn it_is_not_asked_about_what_others_refuse() {
    let bed = bed();
    bed.toml(&format!("{AGENTS}{REVIEW}").replace("grep -qi", "false && grep"));
    bed.execute(&["--agent", "author", "--attempts", "1"]).exits(5);
    let judged = judgement(&bed, 1);
    assert_eq!(judged.verdict, Verdict::Unchecked);
    assert!(judged.reason.contains("was not asked: the gate `test` has already refused it"), "{}", judged.reason);
    assert!(bed.notes("asked").is_empty());
}

#[test]
fn the_role_gives_every_review_its_reader_and_adds_one() {
    let bed = bed();
    answers(&bed, 1, &verdict("pass", json!([])));
    bed.toml(&format!("{AGENTS}[roles.review]\nagent = \"critic\"\nmax = 1\n"));
    bed.execute(&["--agent", "author"]).exits(0);
    assert_eq!(judgement(&bed, 1).verdict, Verdict::Pass);
    // `validate` asks again when told to, and says the same.
    let said = bed.orca(&["validate", "A", "--yes", "--no-cache"]).exits(0).stdout;
    assert!(said.contains("review"), "{said}");
    assert_eq!(bed.notes("asked").len(), 2);
}

#[test]
fn the_author_does_not_review_itself() {
    let bed = bed();
    answers(&bed, 1, &verdict("pass", json!([])));
    let same = AGENTS.replace("[\"critic\"]", "[\"author\"]");
    bed.toml(&format!("{same}{REVIEW}"));
    let end = bed.execute(&["--agent", "author"]).exits(2);
    let words = end.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("`critic` is the same agent and model as the author, `author`"), "{words}");
    // Allowed, it is said.
    bed.toml(&format!("{AGENTS}{REVIEW}").replace("agent = \"critic\"", "agent = \"critic\"\nsame_agent = true"));
    bed.execute(&["--agent", "critic", "--attempts", "1"]);
    let bed = TestRepo::new();
    bed.toml("[roles.review]\nagent = \"gemini\"\n");
    bed.plan(json!([{"id": "A", "title": "a", "run": "put a a"}]));
    let end = bed.execute(&[]).exits(2);
    assert!(end.stderr.contains("`gemini` cannot be made to answer in a given form"), "{}", end.stderr);
}

#[test]
fn a_reviewer_that_is_limited_waits_and_is_asked_again() {
    let bed = bed();
    let out = bed.out("").display().to_string();
    let out = out.trim_end_matches('/');
    let says = |text: &str| json!({"type": "turn.failed", "error": {"message": text}}).to_string();
    let used = json!({"type": "turn.completed", "usage": {"input_tokens": 1000, "cached_input_tokens": 0, "output_tokens": 10}});
    bed.program(
        "critic",
        &format!(
            "#!/bin/sh\necho asked >> '{out}/asked'\nif [ $(wc -l < '{out}/asked') = 1 ]; then echo '{}'; exit 1; fi\n\
             echo '{used}'\necho '{}' > \"$ORCA_ANSWER_FILE\"\n",
            says("Rate limit reached: slow down. Please try again in 1s."),
            json!({"verdict": "pass", "findings": []})
        ),
    );
    let codex = AGENTS.replace("command = [\"critic\"]", "kind = \"codex\"\ncommand = [\"critic\"]");
    bed.toml(&format!("{codex}{REVIEW}"));
    bed.execute(&["--agent", "author", "--sandbox", "off"]).exits(0);
    assert_eq!(judgement(&bed, 1).verdict, Verdict::Pass);
    assert_eq!(bed.notes("asked").len(), 2, "once in vain, once after the pause");
    // Its provider's other agents waited too, and were told until when.
    let paused = |entry: &git_orca::journal::Entry| match &entry.event {
        Event::ProviderPaused { provider, why, .. } => Some((provider.clone(), why.clone())),
        _ => None,
    };
    let pauses: Vec<(String, String)> = bed.journal().iter().filter_map(paused).collect();
    assert_eq!(pauses.len(), 1, "{pauses:?}");
    assert!(pauses[0].0 == "openai" && pauses[0].1.contains("slow down"), "{pauses:?}");
}

#[test]
fn a_reviewer_that_stays_limited_is_no_pass() {
    let bed = bed();
    let out = bed.out("").display().to_string();
    let out = out.trim_end_matches('/');
    let limited = json!({"type": "turn.failed", "error": {"message": "Rate limit reached. Please try again in 20ms."}});
    bed.program("critic", &format!("#!/bin/sh\necho asked >> '{out}/asked'\necho '{limited}'\nexit 1\n"));
    let codex = AGENTS.replace("command = [\"critic\"]", "kind = \"codex\"\ncommand = [\"critic\"]");
    bed.toml(&format!("{codex}{REVIEW}"));
    bed.execute(&["--agent", "author", "--sandbox", "off", "--attempts", "1"]).exits(5);
    let judged = judgement(&bed, 1);
    assert_eq!(judged.verdict, Verdict::Unchecked);
    assert!(
        judged.reason.contains("the reviewing agent `critic`: ") && judged.reason.contains("Rate limit"),
        "{}",
        judged.reason
    );
    // It gives up after some pauses instead of waiting for ever.
    assert_eq!(bed.notes("asked").len(), 6);
}

/// The real agent reviews what a script did: refused, mended, passed.
fn reviews(agent: &'static str, replies: [Vec<Reply>; 2]) {
    let Some(mut real) = Real::new(agent) else {
        return needs(if agent == "claude" { TestRequirement::Claude } else { TestRequirement::Codex });
    };
    let out = real.bed.out("").display().to_string();
    real.bed.program(
        "author",
        &format!(
            "#!/bin/sh -e\ncp \"$ORCA_PROMPT_FILE\" '{out}author-'\"$ORCA_ATTEMPT\"\nn=$ORCA_ATTEMPT\n\
             printf 'hello %s\\n' \"$n\" > a.txt\ngit add .\ngit commit -qm \"hello $n\"\n"
        ),
    );
    let task = real.task("A", replies.into_iter().flatten());
    let toml =
        format!("[agents.author]\ncommand = [\"author\"]\n[gates.review]\nkind = \"review\"\nagent = \"{agent}\"\n");
    real.toml = toml;
    real.author = Some("author");
    real.execute(vec![task], &[]).exits(0);
    let first = judgement(&real.bed, 1);
    assert_eq!((first.verdict, first.findings.len()), (Verdict::Fail, 1), "{}", first.reason);
    assert_eq!(judgement(&real.bed, 2).verdict, Verdict::Pass);
    assert!(std::fs::read_to_string(real.bed.out("author-2")).unwrap().contains("`a.txt:1`: too short"));
    // What it used is counted.
    let state = real.bed.state();
    assert!(state.usage().tokens() >= 2 * real.answer_tokens(), "{:?}", state.usage());
    // The author is a program without tokens: all are the reviewer's, and told as such.
    let status: Value = serde_json::from_str(&real.bed.orca(&["status", "--json"]).exits(0).stdout).unwrap();
    let told = |at: &Value| (at["tokens"].as_u64(), at["review_tokens"].as_u64());
    let all = Some(state.usage().tokens());
    assert_eq!((told(&status["tasks"][0]), told(&status["totals"])), ((all, all), (all, all)));
    let report: Value = serde_json::from_str(&real.bed.orca(&["report", "--format", "json"]).exits(0).stdout).unwrap();
    let task = &report["tasks"][0];
    assert_eq!((task["usage"]["tokens"].as_u64(), task["review_usage"]["tokens"].as_u64()), (all, all), "{task}");
    let of = |n: usize| task["attempts"][n]["review_usage"]["tokens"].as_u64().unwrap();
    assert!(of(0) > 0 && of(1) > 0 && of(0) + of(1) == state.usage().tokens(), "{task}");
    assert_eq!(task["attempts"][0]["usage"]["tokens"], 0);
    assert!(real.bed.orca(&["show", "A"]).exits(0).stdout.contains(", its review "));
    assert_eq!(real.model.left(), 0);
    real.bed.assert_no_processes();
}

const REFUSED: &str =
    r#"{"verdict": "fail", "findings": [{"file": "a.txt", "line": 1, "message": "too short", "advice": "say more"}]}"#;
const PASSED: &str = r#"{"verdict": "pass", "findings": []}"#;

#[test]
fn claude_reviews() {
    let write = || Reply::Run("echo x > b.txt; git commit -aqm x".to_owned());
    reviews("claude", [vec![write(), Reply::Answer(REFUSED)], vec![Reply::Answer(PASSED)]]);
}

#[test]
fn codex_reviews() {
    let write = || Reply::Run("echo x > b.txt; git add b.txt; git commit -qm x".to_owned());
    reviews("codex", [vec![write(), Reply::Answer(REFUSED)], vec![Reply::Answer(PASSED)]]);
}

#[test]
fn a_real_reviewer_that_only_talks_is_no_pass() {
    let Some(mut real) = Real::new("claude") else { return needs(TestRequirement::Claude) };
    real.bed.program("author", "#!/bin/sh -e\nput a.txt a\ngit add .\ngit commit -qm a\n");
    let task = real.task("A", std::iter::repeat_n(Reply::Say("Looks good to me."), 8));
    real.toml =
        "[agents.author]\ncommand = [\"author\"]\n[gates.review]\nkind = \"review\"\nagent = \"claude\"\n".to_owned();
    real.author = Some("author");
    real.execute(vec![task], &["--attempts", "1"]).exits(5);
    assert_eq!(judgement(&real.bed, 1).verdict, Verdict::Unchecked);
}
