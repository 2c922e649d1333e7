//! What a task's words say about it: what it leaves behind, how long it takes, how much it matters.

use crate::model::TaskKind;

/// First words of tasks that only look or run. English as templates have it, and the languages met in the wild.
const LOOKING: [&str; 22] = [
    "run ",
    "verify",
    "validate",
    "ensure ",
    "confirm",
    "check ",
    "review ",
    "execute ",
    "smoke",
    "final verification",
    "final check",
    "end-to-end valid",
    "e2e valid",
    "test that",
    "audit",
    "profile ",
    "measure ",
    "运行",
    "验证",
    "確認",
    "検証",
    "检查",
];

/// First words of tasks that a person does: the templates' stops, and what no program can look at.
const HUMAN: [&str; 13] = [
    "stop and validate",
    "stop & validate",
    "manually ",
    "manual test",
    "manual verif",
    "manual valid",
    "manual check",
    "manual qa",
    "human review",
    "user acceptance",
    "手动",
    "手動",
    "人工",
];

/// Words anywhere in a title that mean that a person is asked.
const ASKING: [&str; 8] = [
    "user manual verification",
    "ask the user",
    "user approval",
    "wait for approval",
    "stakeholder sign",
    "sign-off from",
    "human verification",
    "human approval",
];

/// Words that mean that something is written after all.
const MAKING: [&str; 26] = [
    "add ",
    "create ",
    "write ",
    "implement",
    "update ",
    "fix ",
    "extend ",
    "generate ",
    "document",
    "remove ",
    "refactor",
    "configure ",
    "set up ",
    "setup ",
    "move ",
    "rename ",
    "replace ",
    "introduce ",
    "delete ",
    "port ",
    "创建",
    "添加",
    "实现",
    "更新",
    "追加",
    "作成",
];

/// First words of tasks that write tests and nothing else.
const TESTING: [&str; 20] = [
    "contract test",
    "integration test",
    "unit test",
    "e2e test",
    "write test",
    "write unit",
    "write contract",
    "write integration",
    "write failing",
    "write e2e",
    "write api test",
    "write component test",
    "write migration test",
    "write property",
    "add unit test",
    "add integration test",
    "add failing test",
    "add test",
    "create test",
    "red:",
];

/// What a task with this text leaves behind. `files` says whether it names files; one that does is a change unless they
/// are all tests, since looking needs no file.
pub(crate) fn kind_of(title: &str, files: &[&str]) -> TaskKind {
    let text = leading_words(title);
    let tests_only = !files.is_empty() && files.iter().all(|path| is_test_path(path));
    let testing = TESTING.iter().any(|start| text.starts_with(start));
    if testing && (files.is_empty() || tests_only) {
        return TaskKind::Tests;
    }
    let making = MAKING.iter().any(|word| text.contains(word));
    if files.is_empty() && (is_checkpoint(&text) || !making && is_human(&text)) {
        return TaskKind::Approval;
    }
    let looking = LOOKING.iter().any(|start| text.starts_with(start));
    if looking && files.is_empty() && !making { TaskKind::Verify } else { TaskKind::Change }
}

/// `Checkpoint`, `Checkpoint - Ensure …`, `Checkpoint 2: …`; not "Checkpoint saving in the trainer".
fn is_checkpoint(text: &str) -> bool {
    let word =
        ["final checkpoint", "checkpoint", "检查点", "チェックポイント"].iter().find_map(|w| text.strip_prefix(w));
    word.is_some_and(|rest| {
        let rest = rest.trim_start_matches(['*', '_', ' ', '#']);
        rest.is_empty()
            || rest.starts_with(|c: char| matches!(c, '-' | '–' | '—' | ':' | '：' | '(' | '.') || c.is_ascii_digit())
    })
}

fn is_human(text: &str) -> bool {
    HUMAN.iter().any(|start| text.starts_with(start)) || ASKING.iter().any(|words| text.contains(words))
}

/// The text without marks in front, in lower case.
fn leading_words(title: &str) -> String {
    let start = title.trim_start_matches(|c: char| !c.is_alphanumeric());
    // Titles are one line; what decides stands at their beginning.
    start.chars().take(200).collect::<String>().to_lowercase()
}

fn is_test_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    lower.split('/').any(|part| matches!(part, "test" | "tests" | "__tests__" | "spec" | "e2e"))
        || name.starts_with("test_")
        || ["_test.", ".test.", ".spec.", "tests.", "test.", "-test."].iter().any(|mark| name.contains(mark))
}

/// Minutes in a text such as `2h`, `1.5 days`, `30 min`, `3-5 hours` (the middle), `4小时`. A day has eight hours, a
/// week five days.
pub(crate) fn minutes(text: &str) -> Option<f64> {
    let text = text.trim().trim_matches(|c: char| matches!(c, '*' | '`' | '~' | '≈')).to_lowercase();
    let (low, rest) = number(&text)?;
    let rest = rest.trim_start();
    let (value, rest) = match rest.strip_prefix(['-', '–', '~']).and_then(number) {
        Some((high, rest)) if high >= low => ((low + high) / 2.0, rest),
        _ => (low, rest),
    };
    let unit = rest.trim_start().trim_start_matches(['-', '+']).trim_start();
    let starts = |words: &[&str]| words.iter().any(|word| unit.starts_with(word));
    let factor = if starts(&["min", "m ", "分"]) || unit == "m" {
        1.0
    } else if starts(&["h", "小时", "小時", "時間"]) {
        60.0
    } else if starts(&["d", "天", "日"]) {
        480.0
    } else if starts(&["w", "周", "週"]) {
        2_400.0
    } else {
        return None;
    };
    let minutes = value * factor;
    (0.0..1e7).contains(&minutes).then_some(minutes)
}

/// The first time in brackets of a text: `(2h)`, `[30 min]`, `（4小时）`, `Effort: 2 days` counts only after its word.
pub(crate) fn minutes_in(text: &str) -> Option<f64> {
    let bracketed = text.split(['(', '[', '（']).skip(1).find_map(|inner| {
        let inner = inner.split([')', ']', '）']).next()?;
        let inner = inner.trim_start_matches(|c: char| !c.is_ascii_digit());
        let rest = inner.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '–' | ' '));
        // Only a time and nothing else: "(100 messages)" and "(2 min window of x)" are not estimates.
        (rest.split_whitespace().count() <= 1).then(|| minutes(inner)).flatten()
    });
    let lower = text.to_lowercase();
    let labelled = ["estimate:", "effort:", "estimated:", "duration:", "估时：", "估时:", "预计："];
    bracketed.or_else(|| {
        labelled.iter().find_map(|label| lower.find(label).and_then(|at| minutes(&lower[at + label.len()..])))
    })
}

fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].parse().ok().map(|value| (value, &text[end..]))
}

/// 0–100 for a priority in words: critical, high, P0 … P4.
pub(crate) fn priority_of(text: &str) -> Option<u8> {
    let word: String = text
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    match word.as_str() {
        "critical" | "highest" | "urgent" | "p0" => Some(95),
        "high" | "p1" => Some(75),
        "medium" | "normal" | "p2" => Some(50),
        "low" | "p3" => Some(25),
        "lowest" | "trivial" | "p4" => Some(10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_a_task_leaves() {
        let table: [(&str, &[&str], TaskKind); 18] = [
            ("Run full linting pass (npm run lint)", &[], TaskKind::Verify),
            ("Verify all existing tests still pass", &[], TaskKind::Verify),
            ("Checkpoint - Ensure all tests pass", &[], TaskKind::Approval),
            ("**Checkpoint 2**: add nothing, ask the user", &[], TaskKind::Approval),
            ("Checkpoint saving in the trainer", &[], TaskKind::Change),
            ("Checkpoint: see src/a.rs", &["src/a.rs"], TaskKind::Change),
            ("STOP and VALIDATE: story 1 works alone", &[], TaskKind::Approval),
            ("Manually test on a phone", &[], TaskKind::Approval),
            ("Manually update the docs", &[], TaskKind::Change),
            ("Conductor - User Manual Verification 'Phase 1' (Protocol in workflow.md)", &[], TaskKind::Approval),
            ("Human-readable output for sizes", &[], TaskKind::Change),
            ("手动测试登录", &[], TaskKind::Approval),
            ("Verify and update docs", &["docs/a.md"], TaskKind::Change),
            ("Run migration and add index", &[], TaskKind::Change),
            (
                "Contract test for POST /users in tests/contract/test_users.py",
                &["tests/contract/test_users.py"],
                TaskKind::Tests,
            ),
            ("⚠️ Write unit tests for X in src/x/__tests__/x.test.ts", &["src/x/__tests__/x.test.ts"], TaskKind::Tests),
            ("Write tests and code", &["tests/a.py", "src/a.py"], TaskKind::Change),
            ("Implement trimmer in src/t.ts", &["src/t.ts"], TaskKind::Change),
        ];
        for (title, files, kind) in table {
            assert_eq!(kind_of(title, files), kind, "{title}");
        }
    }

    #[test]
    fn times_in_words() {
        for (text, expected) in [
            ("2h", Some(120.0)),
            ("1.5 days", Some(720.0)),
            ("30 min", Some(30.0)),
            ("2-4 hours", Some(180.0)),
            ("4小时", Some(240.0)),
            ("soon", None),
            ("1e999 h", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
        assert_eq!(priority_of("**CRITICAL**"), Some(95));
    }
}
