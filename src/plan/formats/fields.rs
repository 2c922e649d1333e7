//! `**Name**: value` under a heading or box, as many formats write what they know about a task.

use crate::plan::text::{Block, Line, Shape, plain_title};

/// One field of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// The name in lower case.
    pub name: String,
    /// What follows on the same line.
    pub value: &'a str,
    /// Items below it: bullets and boxes, without their marks.
    pub items: Vec<&'a str>,
    /// Its line.
    pub line: u32,
}

/// The fields in the lines of `block`, in order. Several on one line are separated by `|`.
pub(super) fn fields<'a>(lines: &[Line<'a>], block: &Block) -> Vec<Field<'a>> {
    let mut found: Vec<Field<'a>> = Vec::new();
    let mut open = false;
    for line in &lines[block.start + 1..block.end] {
        let text = match line.shape {
            Shape::Item(text) => text,
            Shape::Text => line.text,
            Shape::Box(boxed) => boxed.text,
            Shape::Heading { title, .. } => {
                let name = title.trim_matches(['*', '_', ':', '：', ' ']).to_lowercase();
                found.push(Field { name, value: "", items: Vec::new(), line: line.number });
                open = true;
                continue;
            }
            _ => continue,
        };
        let before = found.len();
        // `- **Task:** 1` below "Dependencies" is one of its items.
        let inside = found.last().is_some_and(|field| field.value.is_empty() && is_dependency(&field.name))
            && matches!(line.shape, Shape::Item(_))
            && open;
        if !matches!(line.shape, Shape::Box(_)) && !inside {
            found.extend(text.split('|').filter_map(|part| named(part, line.number)));
        }
        if found.len() > before {
            open = true;
        } else if open
            && line.shape != Shape::Text
            && let Some(last) = found.last_mut()
        {
            last.items.push(text);
        }
    }
    found
}

/// The name of the field that a line is or begins, in lower case.
pub(super) fn field_name(line: &Line<'_>) -> Option<String> {
    match line.shape {
        Shape::Heading { title, .. } => Some(title.trim_matches(['*', '_', ':', ' ']).to_lowercase()),
        Shape::Item(text) => named(text, 0).map(|field| field.name),
        Shape::Text => named(line.text, 0).map(|field| field.name),
        _ => None,
    }
}

/// `**Name**: value` or `**Name:** value`.
fn named(text: &str, line: u32) -> Option<Field<'_>> {
    let rest = text.trim().strip_prefix("**")?;
    let (name, rest) = rest.split_once("**")?;
    let inside = name.trim_end();
    let (name, value) = match inside.strip_suffix([':', '：']) {
        Some(name) => (name, rest),
        None => (inside, rest.trim_start().strip_prefix([':', '：'])?),
    };
    (!name.is_empty() && name.len() <= 60).then(|| Field {
        name: name.trim().to_lowercase(),
        value: value.trim(),
        items: Vec::new(),
        line,
    })
}

/// Whether a field of this name says what its task waits for.
pub(super) fn is_dependency(name: &str) -> bool {
    const NAMES: [&str; 32] = [
        "dependencies",
        "dependency",
        "depends on",
        "depends",
        "deps",
        "task dependencies",
        "prerequisites",
        "prerequisite",
        "blocked by",
        "requires",
        "依赖",
        "依赖关系",
        "依赖任务",
        "前置任务",
        "前置依赖",
        "前置条件",
        "依存",
        "依存関係",
        "依存タスク",
        "前提タスク",
        "의존성",
        "선행 작업",
        "dependencias",
        "depende de",
        "dependências",
        "dépendances",
        "dépend de",
        "abhängigkeiten",
        "hängt ab von",
        "abhängig von",
        "依存先",
        "voraussetzungen",
    ];
    NAMES.contains(&name.trim())
}

/// Whether a field or column of this name says how far its task is.
pub(super) fn is_state(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "status",
        "state",
        "statut",
        "état",
        "estado",
        "stato",
        "zustand",
        "stand",
        "статус",
        "状态",
        "狀態",
        "状態",
        "ステータス",
        "상태",
    ];
    NAMES.contains(&name.trim_matches(['*', '_', ' ']).to_lowercase().as_str())
}

/// How far a task is: its field for that, or a line `- Status: Done` whose author left out the stars.
pub(super) fn state<'a>(lines: &[Line<'a>], block: &Block, all: &[Field<'a>]) -> Option<&'a str> {
    let plain = |line: &Line<'a>| {
        let text = match line.shape {
            Shape::Item(text) => text,
            Shape::Text => line.text,
            _ => return None,
        };
        let (name, value) = text.split_once([':', '：'])?;
        (is_state(name) && !value.trim().is_empty()).then(|| value.trim())
    };
    let named = all.iter().find(|field| is_state(&field.name) && !field.value.is_empty()).map(|field| field.value);
    named.or_else(|| lines[block.start + 1..block.end].iter().find_map(plain))
}

/// What a state begins with that means done.
const DONE_WORDS: [&str; 30] = [
    "done",
    "complete",
    "closed",
    "finished",
    "merged",
    "resolved",
    "erledigt",
    "fertig",
    "hecho",
    "terminad",
    "terminé",
    "completad",
    "complét",
    "finalizad",
    "abgeschlossen",
    "завершен",
    "zrobion",
    "zakończon",
    "completat",
    "対応済",
    "shipped",
    "concluíd",
    "feito",
    "fatto",
    "готово",
    "выполнено",
    "完了",
    "完成",
    "已完成",
    "완료",
];

/// Whether a value says that there is nothing: "none", "None (first task)", "无", "-".
pub(super) fn is_none(value: &str) -> bool {
    let text =
        value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '`' | '.' | '_' | '[' | ']' | '(' | ')'));
    let lower = text.to_lowercase();
    let words = [
        "none", "no", "n/a", "na", "nothing", "nil", "null", "无", "無", "没有", "なし", "無し", "없음", "ninguna",
        "ninguno", "nenhuma", "nenhum", "keine", "keiner", "aucune", "aucun",
    ];
    lower.is_empty()
        || matches!(lower.as_str(), "-" | "—" | "–" | "/")
        || words.iter().any(|word| {
            lower
                .strip_prefix(word)
                .is_some_and(|rest| !word.is_ascii() || !rest.starts_with(|c: char| c.is_alphanumeric()))
        })
}

/// Words of a field or heading below which stands when a task is done.
pub(super) fn is_criteria(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = [
        "acceptance",
        "definition of done",
        "success criteria",
        "done when",
        "done criteria",
        "completion criteria",
        "exit criteria",
        "verification",
        "qa scenarios",
        "验收",
        "驗收",
        "完成标准",
        "受け入れ",
        "完了条件",
        "인수 조건",
        "완료 조건",
        "criterios de aceptación",
        "critérios de aceitação",
        "critères d'acceptation",
        "akzeptanzkriterien",
        "abnahmekriterien",
        "definição de pronto",
        "definición de hecho",
        "definición de terminado",
        "définition de terminé",
        "критерии",
        "criteri di accettazione",
        "kryteria akceptacji",
        "成功标准",
        "成功基準",
        "완료 기준",
        "성공 기준",
    ];
    words.iter().any(|word| lower.contains(word))
}

/// Whether a heading stands over boxes that check the plan or the result, not over work.
pub(super) fn is_checks(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words = [
        "checklist",
        "checkpoint",
        "validation",
        "success",
        "quality gate",
        "review gate",
        "gate check",
        "sign-off",
        "criteria",
        "legend",
        "notes",
        "summary",
        "progress",
        "status",
        "prerequisite",
        "risk",
        "open question",
        "检查",
        "チェック",
        "确认",
        "確認",
        "总结",
        "まとめ",
        "definition of",
    ];
    words.iter().any(|word| lower.contains(word))
}

/// The first field with one of these names.
pub(super) fn field<'f, 'a>(fields: &'f [Field<'a>], names: &[&str]) -> Option<&'f Field<'a>> {
    fields.iter().find(|field| names.contains(&field.name.as_str()))
}

/// Acceptance criteria: the items of the fields that hold them, without marks.
pub(super) fn acceptance(fields: &[Field<'_>]) -> Vec<String> {
    let named = |field: &&Field<'_>| is_criteria(&field.name);
    let items = fields.iter().filter(named).flat_map(|field| {
        let own = Some(field.value).filter(|value| !value.is_empty());
        own.into_iter().chain(field.items.iter().copied())
    });
    let texts = items.map(|item| plain_title(item.trim_start_matches(['✅', '✓', '✔', ' '])));
    let mut found: Vec<String> = Vec::new();
    for text in texts.filter(|text| text.chars().any(char::is_alphanumeric)) {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// Whether a status says that the work is done.
pub(super) fn is_done_word(status: &str) -> bool {
    let word = status.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '✅' | '✓' | '✔'));
    let lower = word.to_lowercase();
    word.starts_with(['✅', '✓', '✔']) || DONE_WORDS.iter().any(|start| lower.starts_with(start))
}

/// Whether a status says that the work is not to be done any more.
pub(super) fn is_dropped_word(status: &str) -> bool {
    let word = status.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let words = [
        "cancelled",
        "canceled",
        "deleted",
        "dropped",
        "abandoned",
        "wontfix",
        "won't",
        "rejected",
        "obsolete",
        "out of scope",
        "descoped",
        "deferred",
        "entfällt",
        "verworfen",
        "abgebrochen",
        "cancelad",
        "annulé",
        "abandonné",
        "descartad",
        "отменен",
        "已取消",
        "取消",
        "已废弃",
        "中止",
        "취소",
    ];
    words.iter().any(|start| word.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    #[test]
    fn fields_are_found() {
        let lines = scan(
            "### T\n**Priority**: HIGH | **Duration:** 3 days\n- **Blocks**: 2\n**Acceptance Criteria**:\n- ✅ works\n- [ ] fast\n\n**Other**: x\n```\n**No**: y\n```",
        );
        let found = fields(&lines, &(0..lines.len()));
        let shown: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.value, f.line)).collect();
        assert_eq!(
            shown,
            [
                ("priority", "HIGH", 2),
                ("duration", "3 days", 2),
                ("blocks", "2", 3),
                ("acceptance criteria", "", 4),
                ("other", "x", 8)
            ]
        );
        assert_eq!(acceptance(&found), ["works", "fast"]);
    }
}
