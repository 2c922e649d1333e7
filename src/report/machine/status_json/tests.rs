use super::*;
use crate::report::testing::{HOSTILE, Story, inert, wreck};
use crate::report::words::json_text;

#[test]
fn a_run_in_the_middle_has_every_field() {
    let story = wreck();
    let state = story.state();
    let picture = Picture::new(&state, state.at, true);
    let status = status(&picture);
    let tasks: String = status.tasks.iter().map(json_text::line).collect();
    insta::assert_snapshot!(tasks, @r#"
    {"id":"T001","title":"Create the package layout","layer":1,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T001","commit":"9f2c2bc000000000000000000000000000000001","started":"2026-11-20T18:12:00Z","finished":"2026-11-20T18:12:52Z","tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":[],"reason":null}
    {"id":"T002","title":"Cart model","layer":2,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T002","commit":"9f2c922000000000000000000000000000000007","started":"2026-11-20T18:12:52Z","finished":"2026-11-20T18:14:34Z","tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T001"],"reason":null}
    {"id":"T003","title":"Tax rules","layer":2,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T003","commit":"9f2cf8800000000000000000000000000000000d","started":"2026-11-20T18:12:52Z","finished":"2026-11-20T18:15:12Z","tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T001"],"reason":null}
    {"id":"T004","title":"Order history","layer":2,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T004","commit":"9f2d5ee000000000000000000000000000000013","started":"2026-11-20T18:12:52Z","finished":"2026-11-20T18:14:31Z","tokens":900000,"cost_usd":1.48,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T001"],"reason":null}
    {"id":"T005","title":"Totals","layer":3,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T005","commit":"9f2dc54000000000000000000000000000000019","started":"2026-11-20T18:14:35Z","finished":"2026-11-20T18:15:55Z","tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T002"],"reason":null}
    {"id":"T006","title":"Discount codes","layer":3,"state":"conflicted","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T006","commit":"9f2e2ba00000000000000000000000000000001f","started":"2026-11-20T18:15:20Z","finished":"2026-11-20T18:17:00Z","tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T003"],"reason":"conflicts with T005 at shop/cart.py:41-58, shop/models.py:7-9"}
    {"id":"T007","title":"Export orders as CSV","layer":3,"state":"failed","attempts":3,"agent":"claude","branch":"orca/20261120-1812-k3/task/T007","commit":"9f2ef8600000000000000000000000000000002b","started":"2026-11-20T18:15:30Z","finished":"2026-11-20T18:17:30Z","tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"fail","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T004"],"reason":"gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing"}
    {"id":"T008","title":"Import orders from CSV","layer":4,"state":"blocked","attempts":0,"agent":"claude","branch":null,"commit":null,"started":null,"finished":null,"tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":["T007"],"gates":[],"after":["T007"],"reason":"needs T007"}
    {"id":"T009","title":"Receipts by mail","layer":3,"state":"running","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T009","commit":null,"started":"2026-11-20T18:17:40Z","finished":null,"tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":null,"eta":"2026-11-20T18:19:14.6Z","waiting_for":[],"gates":[],"after":["T003"],"reason":null}
    {"id":"T010","title":"Admin pages","layer":3,"state":"gating","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T010","commit":"9f2f3ca00000000000000000000000000000002f","started":"2026-11-20T18:17:40Z","finished":null,"tokens":0,"cost_usd":0.0,"review_tokens":0,"review_cost_usd":0.0,"phase":null,"doing":"gates test","eta":"2026-11-20T18:19:24.1Z","waiting_for":[],"gates":[{"name":"test","verdict":null,"seconds":null},{"name":"review","verdict":"unchecked","seconds":0.5}],"after":["T004"],"reason":null}
    "#);
    let rest = Status { tasks: Vec::new(), ..status };
    insta::assert_snapshot!(json_text::pretty(&rest), @r#"
    {
      "format": 1,
      "run": "20261120-1812-k3",
      "state": "running",
      "plan": "specs/001-cart/tasks.md",
      "base": "9f2c1ab000000000000000000000000000000000",
      "base_name": "main",
      "sandbox": "off: agents can write wherever you can",
      "started": "2026-11-20T18:12:00Z",
      "finished": null,
      "exit": null,
      "tasks": [],
      "layers": [
        {
          "n": 1,
          "branch": "orca/20261120-1812-k3/layer/1",
          "commit": "9f2c700000000000000000000000000000000005",
          "pr": null
        },
        {
          "n": 2,
          "branch": "orca/20261120-1812-k3/layer/2",
          "commit": "9f2da32000000000000000000000000000000017",
          "pr": null
        },
        {
          "n": 3,
          "branch": "orca/20261120-1812-k3/layer/3",
          "commit": "9f2e09800000000000000000000000000000001d",
          "pr": null
        },
        {
          "n": 4,
          "branch": null,
          "commit": null,
          "pr": null
        }
      ],
      "integration": {
        "branch": "orca/20261120-1812-k3/integration",
        "commit": "9f2e09800000000000000000000000000000001d",
        "taken": null
      },
      "conflicts": [
        {
          "task": "T006",
          "layer": 3,
          "with": [
            "T005"
          ],
          "paths": [
            {
              "path": "shop/cart.py",
              "kind": "contents",
              "lines": "41-58"
            },
            {
              "path": "shop/models.py",
              "kind": "contents",
              "lines": "7-9"
            }
          ],
          "severity": "medium",
          "commands": [
            "git worktree add ../shop.orca/solve-T006 orca/20261120-1812-k3/task/T006",
            "cd ../shop.orca/solve-T006",
            "git merge orca/20261120-1812-k3/layer/3",
            "git add -A",
            "git commit --no-edit",
            "git orca integrate"
          ]
        }
      ],
      "needs_you": [
        {
          "task": "T006",
          "state": "conflicted",
          "reason": "conflicts with T005 at shop/cart.py:41-58, shop/models.py:7-9",
          "command": "git orca conflicts T006"
        },
        {
          "task": "T007",
          "state": "failed",
          "reason": "gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing",
          "command": "git orca retry T007"
        }
      ],
      "totals": {
        "tokens": 900000,
        "cost_usd": 1.48,
        "review_tokens": 0,
        "review_cost_usd": 0.0,
        "wall": 410.0,
        "sequential": 799.5,
        "bound": 292.5,
        "agent_success_rate": 1.0,
        "gate_pass_rate": 0.8620689655172413,
        "conflicts_detected": 2,
        "conflicts_solved": 1,
        "retries": 2,
        "progress_percent": 50.0,
        "tasks_per_hour": 43.90243902439025,
        "average_cycle_time": 94.6,
        "conflict_rate": 0.3333333333333333,
        "conflicts_solved_alone_rate": 1.0,
        "average_conflict_time": null,
        "agent_use": 0.4817073170731707,
        "gate_use": 0.005792682926829268,
        "agent_memory_max": null,
        "agent_cpu_seconds": null,
        "agent_processors": null,
        "tokens_reserved": null,
        "quality": 0.8620689655172413
      }
    }
    "#);
}

#[test]
fn large_plans_cost_time_in_proportion() {
    let ids: Vec<String> = (0..10_000).map(|n| format!("T{n}")).collect();
    let lines: Vec<(&str, &str, &[&str])> = ids.iter().map(|id| (id.as_str(), "a task", &[][..])).collect();
    let mut info = crate::report::testing::info(&lines, crate::report::testing::options(&["test"]));
    let (before, after) = (info.tasks[..5_000].to_vec(), info.tasks[5_000..].to_vec());
    let ids = |tasks: Vec<crate::model::Task>| tasks.into_iter().map(|task| task.id).collect();
    let (why, at) = (crate::model::Why::Phase, Default::default());
    info.barriers = vec![crate::model::Barrier { before: ids(before), after: ids(after), why, at }];
    let state = Story::of(info).state();
    let picture = Picture::new(&state, state.at, true);
    let status = status(&picture);
    assert_eq!(status.tasks[9_999].waiting_for.len(), NAMED);
    let text = json_text::line(&status);
    // A phase of 5,000 tasks before 5,000 others is 25 million edges: they are not spelled out.
    assert!(text.len() < 10_000_000, "{} bytes", text.len());
}

#[test]
fn an_untouched_run_has_nulls_and_not_zeros_where_nothing_is_known() {
    let state = Story::new(&[("A", "a", &[])], &[]).state();
    let picture = Picture::new(&state, state.at, false);
    let status = serde_json::to_value(status(&picture)).unwrap();
    assert_eq!(status["state"], "interrupted");
    for field in ["branch", "commit", "started", "finished", "phase", "doing", "eta", "reason"] {
        assert!(status["tasks"][0][field].is_null(), "{field}");
    }
    assert_eq!(status["tasks"][0]["agent"], "claude");
    assert!(status["totals"]["gate_pass_rate"].is_null() && status["integration"]["branch"].is_null());
}

#[test]
fn hostile_titles_reach_programs_unchanged_and_terminals_escaped() {
    for title in &HOSTILE[..3] {
        let state = Story::new(&[("A", title, &[])], &[]).state();
        let text = json_text::pretty(&status(&Picture::new(&state, state.at, true)));
        inert(&text);
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["tasks"][0]["title"], *title);
    }
}
