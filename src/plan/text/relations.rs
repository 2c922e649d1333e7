//! Words that say what comes first, in the languages that plans are written in, and those around them that say nothing.

use std::sync::LazyLock;

use super::grammar::Relation;

/// How many words may stand between "after" or "before" and ids; no other relation has this number.
pub(super) const ROOM_OF_TIMES: usize = 4;
/// Words of a relation, what it means, and how many other words may stand between it and the ids on its right.
pub(super) const RELATIONS: [(&str, Relation, usize); 99] = [
    ("is blocked by", Relation::After, 1),
    ("are blocked by", Relation::After, 1),
    ("blocked by", Relation::After, 1),
    ("depends on", Relation::After, 5),
    ("depend on", Relation::After, 5),
    ("depends upon", Relation::After, 5),
    ("depending on", Relation::After, 2),
    ("dependent on", Relation::After, 2),
    ("depends", Relation::After, 0),
    ("dependencies", Relation::After, 0),
    ("dependency", Relation::After, 0),
    ("deps", Relation::After, 0),
    ("relies on", Relation::After, 2),
    ("requires", Relation::After, 1),
    ("require", Relation::After, 1),
    ("waits for", Relation::After, 1),
    ("wait for", Relation::After, 1),
    ("follows", Relation::After, 0),
    ("prerequisites", Relation::After, 0),
    ("prerequisite for", Relation::Before, 1),
    ("after", Relation::After, ROOM_OF_TIMES),
    ("depende de la", Relation::After, 2),
    ("depende de", Relation::After, 2),
    ("depende del", Relation::After, 2),
    ("depende das", Relation::After, 2),
    ("depende dos", Relation::After, 2),
    ("depende da", Relation::After, 2),
    ("depende do", Relation::After, 2),
    ("dependem de", Relation::After, 2),
    ("dependem da", Relation::After, 2),
    ("dependen de", Relation::After, 2),
    ("dependencias", Relation::After, 0),
    ("dependencia", Relation::After, 0),
    ("dependências", Relation::After, 0),
    ("dependência", Relation::After, 0),
    ("dépendances", Relation::After, 0),
    ("dépendance", Relation::After, 0),
    ("dépendent de", Relation::After, 2),
    ("dépend de", Relation::After, 2),
    ("dépend des", Relation::After, 2),
    ("dépend du", Relation::After, 2),
    ("abhängigkeiten", Relation::After, 0),
    ("abhängigkeit", Relation::After, 0),
    ("voraussetzungen", Relation::After, 0),
    ("voraussetzung", Relation::After, 0),
    ("hängt ab von", Relation::After, 2),
    ("hängen ab von", Relation::After, 2),
    ("hängt von", Relation::After, 2),
    ("hängen von", Relation::After, 2),
    ("abhängig von", Relation::After, 2),
    ("blockiert durch", Relation::After, 1),
    ("blockiert von", Relation::After, 1),
    ("blockiert", Relation::Before, 0),
    ("benötigt", Relation::After, 1),
    ("setzt", Relation::After, 1),
    ("nach", Relation::After, ROOM_OF_TIMES),
    ("vor", Relation::Before, ROOM_OF_TIMES),
    ("depois de", Relation::After, 2),
    ("depois da", Relation::After, 2),
    ("depois do", Relation::After, 2),
    ("después de", Relation::After, 2),
    ("antes de", Relation::Before, 2),
    ("antes da", Relation::Before, 2),
    ("antes do", Relation::Before, 2),
    ("após", Relation::After, ROOM_OF_TIMES),
    ("après", Relation::After, ROOM_OF_TIMES),
    ("avant", Relation::Before, ROOM_OF_TIMES),
    ("bloqueado por", Relation::After, 1),
    ("bloqueada por", Relation::After, 1),
    ("bloqué par", Relation::After, 1),
    ("bloquée par", Relation::After, 1),
    ("bloquea a", Relation::Before, 0),
    ("bloquea", Relation::Before, 0),
    ("bloqueia", Relation::Before, 0),
    ("bloque", Relation::Before, 0),
    ("nécessite", Relation::After, 1),
    ("requiere", Relation::After, 1),
    ("requer", Relation::After, 1),
    ("前置任务", Relation::After, 0),
    ("前置条件", Relation::After, 0),
    ("前置依赖", Relation::After, 0),
    ("先行タスク", Relation::After, 0),
    ("依赖于", Relation::After, 1),
    ("依赖", Relation::After, 1),
    ("依賴", Relation::After, 1),
    ("依存関係", Relation::After, 0),
    ("依存", Relation::After, 0),
    ("의존성", Relation::After, 0),
    ("의존", Relation::After, 0),
    ("선행 작업", Relation::After, 0),
    ("先于", Relation::Before, 1),
    ("阻塞", Relation::Before, 0),
    ("must complete before", Relation::Before, 3),
    ("before", Relation::Before, ROOM_OF_TIMES),
    ("unblocks", Relation::Before, 0),
    ("blocks", Relation::Before, 0),
    ("block", Relation::Before, 0),
    ("precedes", Relation::Before, 1),
    ("precede", Relation::Before, 1),
];

/// Words behind ids that say when something comes, and whether it comes after these ids or before. They count only right
/// behind ids.
pub(super) const POSTPOSITIONS: [(&str, Relation); 40] = [
    ("全部完成后", Relation::After),
    ("完成之后", Relation::After),
    ("完成后", Relation::After),
    ("完成後", Relation::After),
    ("完成以后", Relation::After),
    ("结束后", Relation::After),
    ("之后", Relation::After),
    ("之後", Relation::After),
    ("以后", Relation::After),
    ("以後", Relation::After),
    ("完了後", Relation::After),
    ("完了してから", Relation::After),
    ("が完了したら", Relation::After),
    ("が終わってから", Relation::After),
    ("の完了後", Relation::After),
    ("の後", Relation::After),
    ("後に", Relation::After),
    ("の次", Relation::After),
    ("に依存", Relation::After),
    ("へ依存", Relation::After),
    ("에 의존", Relation::After),
    ("에 종속", Relation::After),
    ("완료 후", Relation::After),
    ("완료 이후", Relation::After),
    ("이후", Relation::After),
    ("다음에", Relation::After),
    ("후에", Relation::After),
    ("后", Relation::After),
    ("後", Relation::After),
    ("완료 전", Relation::Before),
    ("이전", Relation::Before),
    ("전에", Relation::Before),
    ("の着手前", Relation::Before),
    ("开始之前", Relation::Before),
    ("开始前", Relation::Before),
    ("之前", Relation::Before),
    ("以前", Relation::Before),
    ("の前", Relation::Before),
    ("前に", Relation::Before),
    ("前", Relation::Before),
];

/// Words of a list that do not count as words between.
pub(super) const NOISE: [&str; 26] = [
    "task",
    "tasks",
    "all",
    "both",
    "of",
    "the",
    "completion",
    "任务",
    "タスク",
    "and",
    "la",
    "le",
    "les",
    "las",
    "los",
    "tarea",
    "tareas",
    "tarefa",
    "tarefas",
    "tâche",
    "tâches",
    "aufgabe",
    "aufgaben",
    "关系",
    "的",
    "の",
];
/// Words between ids and a postposition.
pub(super) const LINKING: [&str; 12] = ["的", "の", "全部", "都", "が", "이", "가", "을", "를", "의", "は", "完了"];
/// Other words that may stand between ids and the relation on their right.
pub(super) const LEFT_WORDS: usize = 8;
pub(super) const ARROWS: [&str; 9] = ["-->", "->", "──>", "─>", "→", "⟶", "⇒", "=>", "➜"];
/// Between the first and the last of a range.
pub(super) const RANGE: [&str; 10] = ["through", "thru", "to", "..", "–", "—", "-", "~", "至", "到"];
/// Between the members of a list.
pub(super) const LIST: [&str; 19] =
    [",", "、", "，", "||", "‖", "∥", "/", "+", "&", "and", "und", "et", "和", "及", "と", "과", "와", "y", "e"];

/// Words of a field in front of its numbers.
pub(super) const LISTING: [&str; 12] =
    ["step", "steps", "on", "by", "deps", "dep", "depends", "needs", "requires", "after", "item", "subtask"];
/// Words that say that ids are not waited for.
pub(super) const APART: [&str; 10] = [
    "independent",
    "parallel",
    "parallel-safe",
    "alongside",
    "blocks",
    "unblocks",
    "not",
    "concurrently",
    "before",
    "并行",
];

pub(super) fn is_noise(word: &str) -> bool {
    NOISE.iter().any(|noise| word.eq_ignore_ascii_case(noise))
}

/// The relations that begin with a byte, in lower case, in the order of the table: it is asked at every place of a plan.
static BY_FIRST_BYTE: LazyLock<Vec<Vec<usize>>> = LazyLock::new(|| {
    let mut found = vec![Vec::new(); 256];
    for (n, (words, ..)) in RELATIONS.iter().enumerate() {
        if let Some(first) = words.bytes().next() {
            found[usize::from(first.to_ascii_lowercase())].push(n);
        }
    }
    found
});

pub(super) fn relation_at(text: &str) -> Option<(usize, Relation, usize)> {
    let first = text.bytes().next()?.to_ascii_lowercase();
    BY_FIRST_BYTE[usize::from(first)].iter().find_map(|&n| {
        let (words, relation, room) = RELATIONS[n];
        let head = text.get(..words.len())?;
        let ends = !text[words.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
            || !words.ends_with(|c: char| c.is_ascii_alphabetic());
        (ends && head.eq_ignore_ascii_case(words)).then_some((words.len(), relation, room))
    })
}
