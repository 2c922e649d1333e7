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
const HUMAN: [&str; 37] = [
    "stop and validate",
    "stop & validate",
    "manually test",
    "manually verif",
    "manually valid",
    "manually check",
    "manually confirm",
    "manually ",
    "manual test",
    "manual verif",
    "manual valid",
    "manual check",
    "manual qa",
    "manual smoke",
    "manual review",
    "manual acceptance",
    "run manual ",
    "perform manual ",
    "conduct manual ",
    "human review",
    "user acceptance",
    "手动测试",
    "手动验证",
    "手动检查",
    "手动确认",
    "手動テスト",
    "手動確認",
    "手動検証",
    "手動で",
    "手動測試",
    "手動驗證",
    "人工测试",
    "人工验证",
    "人工审核",
    "人工确认",
    "人工验收",
    "目視確認",
];

/// Words anywhere in a title that mean that a person is asked.
const ASKING: [&str; 14] = [
    "user manual verification",
    "ask the user",
    "user approval",
    "user confirmation",
    "wait for approval",
    "wait for confirmation",
    "stakeholder sign",
    "sign-off from",
    "sign-off by",
    "signoff from",
    "approval from",
    "human verification",
    "human approval",
    "用户确认",
];

/// Verbs in front of "approval" and its like that make it something to get from a person.
const GETTING: [&str; 10] =
    ["get ", "obtain ", "request ", "seek ", "await ", "wait for ", "ask for ", "collect ", "receive ", "secure "];
/// What a person gives.
const GIVEN: [&str; 7] = ["approval", "sign-off", "signoff", "sign off", "go-ahead", "permission", "consent from"];
/// Sentences of templates that ask nobody as long as everything is well.
const STOCK: [&str; 3] = ["ask the user if ", "ask the user when ", "consult the user if "];

/// Words that mean that something is written after all.
const MAKING: [&str; 31] = [
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
    "実装",
    "编写",
    "開発",
    "修正",
    "build ",
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
    if is_asked_for(&text) || files.is_empty() && !making && is_human(&text) {
        return TaskKind::Approval;
    }
    if files.is_empty() && is_checkpoint(&text) {
        return if is_human(&text) { TaskKind::Approval } else { TaskKind::Verify };
    }
    let looking = LOOKING.iter().any(|start| text.starts_with(start));
    if looking && files.is_empty() && !making { TaskKind::Verify } else { TaskKind::Change }
}

/// `Checkpoint`, `Checkpoint - Ensure …`, `Checkpoint 2: …`; not "Checkpoint saving in the trainer". The gates answer it,
/// unless its words ask a person.
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
    let stock = STOCK.iter().any(|words| text.contains(words));
    HUMAN.iter().any(|start| text.starts_with(start)) || !stock && ASKING.iter().any(|words| text.contains(words))
}

/// "Get approval from the owner": what is asked for is a person's, whatever file it is about.
fn is_asked_for(text: &str) -> bool {
    GETTING.iter().filter_map(|verb| text.strip_prefix(verb)).any(|rest| {
        let near: String = rest.chars().take(40).collect();
        let words = GIVEN.iter().filter_map(|given| near.find(given).map(|at| (at, *given)));
        // "Get approval records from the API" is about data, not about a person.
        words.into_iter().any(|(at, given)| {
            let behind = near[at + given.len()..].trim_start();
            behind.is_empty() || ["from", "of", "by", "before", "for", "on", "to"].iter().any(|w| behind.starts_with(w))
        })
    })
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

/// Minutes in a text such as `2h`, `1.5 days`, `30 min`, `3-5 hours` (the middle), `4小时`, whatever follows. A day has eight
/// hours, a week five days.
pub(crate) fn minutes(text: &str) -> Option<f64> {
    duration(text).map(|(minutes, _)| minutes)
}

/// Minutes of a text that is a duration and nothing else: `~2h`, `1 day`, `3-5 hours`.
pub(crate) fn exact_minutes(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(['~', '≈', ' ']).trim_start_matches("est. ");
    duration(text).filter(|(_, rest)| rest.trim_matches([' ', '.', '+', '*']).is_empty()).map(|(minutes, _)| minutes)
}

/// Words for units of time and their minutes.
const UNITS: [(&str, f64); 29] = [
    ("minutes", 1.0),
    ("minute", 1.0),
    ("mins", 1.0),
    ("min", 1.0),
    ("minuten", 1.0),
    ("m", 1.0),
    ("分钟", 1.0),
    ("分", 1.0),
    ("hours", 60.0),
    ("hour", 60.0),
    ("hrs", 60.0),
    ("hr", 60.0),
    ("h", 60.0),
    ("stunden", 60.0),
    ("horas", 60.0),
    ("小时", 60.0),
    ("小時", 60.0),
    ("時間", 60.0),
    ("days", 480.0),
    ("day", 480.0),
    ("d", 480.0),
    ("tage", 480.0),
    ("天", 480.0),
    ("日", 480.0),
    ("weeks", 2_400.0),
    ("week", 2_400.0),
    ("w", 2_400.0),
    ("周", 2_400.0),
    ("週", 2_400.0),
];

/// The duration at the start of a text, in minutes, and what follows.
fn duration(text: &str) -> Option<(f64, String)> {
    let text = text.trim().trim_matches(|c: char| matches!(c, '*' | '`' | '~' | '≈')).to_lowercase();
    let (low, rest) = number(&text)?;
    let rest = rest.trim_start();
    let (value, rest) = match rest.strip_prefix(['-', '–', '~']).map(str::trim_start).and_then(number) {
        Some((high, rest)) if high >= low => ((low + high) / 2.0, rest),
        _ => (low, rest),
    };
    let unit = rest.trim_start().trim_start_matches(['-', '+']).trim_start();
    let word = &unit[..unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len())];
    let known = |name: &str| if word.is_empty() { unit.starts_with(name) && !name.is_ascii() } else { name == word };
    let (name, factor) = UNITS.iter().find(|(name, _)| known(name))?;
    let minutes = value * factor;
    (0.0..1e7).contains(&minutes).then(|| (minutes, unit[name.len()..].to_owned()))
}

/// Words before a time in brackets that make it part of the matter: "log out after (24 hours)".
const OF_THE_MATTER: [&str; 14] =
    ["after", "for", "within", "every", "in", "to", "of", "than", "last", "past", "until", "at", "per", "is"];

/// The time that a title gives for its task: in brackets that hold nothing else, at its end or at its beginning (`(2h)`,
/// `[30 min]`, `（4小时）`), or after a word for it.
pub(crate) fn minutes_in(text: &str) -> Option<f64> {
    let open = ['(', '[', '（'];
    let close = [')', ']', '）'];
    let text = text.trim().trim_end_matches(['*', '_', '`', '.', ' ', '✅', '✓']);
    let first = text.strip_prefix(open).and_then(|inner| exact_minutes(inner.split(close).next()?));
    let last = || {
        let inner = text.strip_suffix(close)?;
        let at = inner.rfind(open)?;
        let before = inner[..at].trim_end();
        let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
        let inner = inner[at..].trim_start_matches(open);
        let inner = inner.split_once(':').filter(|(label, _)| is_label(label)).map_or(inner, |(_, value)| value);
        exact_minutes(inner).filter(|_| !OF_THE_MATTER.contains(&word.as_str()))
    };
    let labelled = || {
        let lower = text.to_lowercase();
        let labels = ["estimate:", "effort:", "estimated:", "duration:", "估时：", "估时:", "预计："];
        labels.iter().find_map(|label| minutes(&lower[lower.find(label)? + label.len()..]))
    };
    first.or_else(last).or_else(labelled)
}

fn is_label(text: &str) -> bool {
    ["est", "est.", "estimate", "estimated", "effort", "duration", "time"]
        .iter()
        .any(|w| text.trim().eq_ignore_ascii_case(w))
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
        let table: [(&str, &[&str], TaskKind); 27] = [
            ("Run full linting pass (npm run lint)", &[], TaskKind::Verify),
            ("Verify all existing tests still pass", &[], TaskKind::Verify),
            ("Checkpoint - Ensure all tests pass", &[], TaskKind::Verify),
            ("Checkpoint - Ensure all tests pass, ask the user if questions arise.", &[], TaskKind::Verify),
            ("手動保存方式の切替テストを実装する", &[], TaskKind::Change),
            ("Implement the manual override in src/override.py", &["src/override.py"], TaskKind::Change),
            ("Get approval from the owner before the release", &[], TaskKind::Approval),
            ("Obtain sign-off by QA", &[], TaskKind::Approval),
            ("Get approval records from the API", &[], TaskKind::Change),
            ("Add the approval workflow", &[], TaskKind::Change),
            ("Run manual QA on the phone", &[], TaskKind::Approval),
            ("手動でログインを確認する", &[], TaskKind::Approval),
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
        for (text, expected) in [
            ("Paint the hut (2h)", Some(120.0)),
            ("**Paint** the hut (~30 min)**", Some(30.0)),
            ("[1 day] Paint the hut", Some(480.0)),
            ("Paint the hut (est: 3-5 hours)", Some(240.0)),
            ("刷漆（4小时）", Some(240.0)),
            ("Paint, effort: 2 days", Some(960.0)),
            ("Compare the forecast (14 days) with the log", None),
            ("Log the keeper out after (24 hours)", None),
            ("Start the bucket (for local S3 dev)", None),
            ("Watch [the talk](https://example.com/watch?v=B7DVq)", None),
            ("Open volume 2d in the reader", None),
            ("Keep 5 messages (100 messages)", None),
            ("Add the 3D model (3 dimensions)", None),
        ] {
            assert_eq!(minutes_in(text), expected, "{text}");
        }
    }
}
