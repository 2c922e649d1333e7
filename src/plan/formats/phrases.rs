//! Short phrases that name tasks by id and say nothing else: `(after 2)`, `– needs A1, A3`, `（依赖任务1）`, `(1번 완료 후)`. In a
//! list any number could be an id, so only a phrase that has no other words is one about order.

use super::stated::{STEP_WORDS, TASK_WORDS, called};

/// What begins such a phrase; those behind `false` say something else as often.
const BEFORE: [(&str, bool); 36] = [
    ("depends on", true),
    ("dependent on", true),
    ("depends", true),
    ("dependency", true),
    ("dependencies", true),
    ("deps", true),
    ("dep", true),
    ("blocked by", true),
    ("waits for", true),
    ("needs", false),
    ("requires", false),
    ("after", false),
    ("follows", false),
    ("hängt ab von", true),
    ("hängt von", true),
    ("abhängig von", true),
    ("braucht", false),
    ("nach", false),
    ("dépend de", true),
    ("après", false),
    ("depende de la", true),
    ("depende de", true),
    ("depende da", true),
    ("depende do", true),
    ("después de", false),
    ("depois de", false),
    ("após", false),
    ("zależy od", true),
    ("зависит от", true),
    ("после", false),
    ("依赖于", true),
    ("依赖", true),
    ("依賴", true),
    ("前置", true),
    ("依存", true),
    ("의존성", true),
];
/// What ends one in languages that put it there.
const BEHIND: [&str; 22] = [
    "完成之后",
    "完成后",
    "完成後",
    "之后",
    "之後",
    "后",
    "後",
    "完了後",
    "の完了後",
    "が終わってから",
    "の後",
    "に依存",
    "완료 후",
    "완료 이후",
    "완료후",
    "이후",
    "에 의존",
    "abhängig",
    "first",
    "done",
    "is done",
    "required",
];
/// Words beside ids that say nothing.
const EMPTY: [&str; 24] = [
    "and", "und", "et", "y", "e", "i", "и", "和", "与", "及", "と", "과", "와", "task", "tasks", "step", "steps",
    "item", "items", "the", "no", "nr", "番", "号",
];
/// Letters of an id.
const LONGEST: usize = 16;

/// What one phrase says comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SaidPhrase<'a> {
    /// The ids, without the words around them.
    pub ids: Vec<&'a str>,
    /// Whether its words say nothing else.
    pub is_sure: bool,
}

/// The phrases of a text that are about order: in brackets, or behind a dash or comma at its end.
pub(super) fn phrases(text: &str) -> Vec<SaidPhrase<'_>> {
    // `- Depends on: 2` as a line of its own.
    if let Some(whole) = phrase(text.trim_start_matches(['-', '*', '+', ' '])) {
        return vec![whole];
    }
    let mut found: Vec<SaidPhrase<'_>> = bracketed(text).into_iter().filter_map(phrase).collect();
    let separators = [" — ", " – ", " - ", "; ", ", ", "，", "；", " → ", ". "];
    // From the longest tail on: in "after 1, 2" both belong together.
    let mut starts: Vec<usize> =
        separators.iter().flat_map(|mark| text.match_indices(mark).map(|(at, mark)| at + mark.len())).collect();
    starts.sort_unstable();
    // `ID: T1 | Dep: T0 | …`
    if text.contains('|') {
        found.extend(text.split('|').filter_map(phrase));
    }
    found
        .extend(starts.into_iter().take(MOST).find_map(|at| phrase(text[at..].trim_end_matches(['.', ' ', '*', '_']))));
    found
}

/// Tails looked at in one text.
const MOST: usize = 40;

/// What stands in brackets.
pub(super) fn bracketed(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['(', '（', '[']) {
        let inner = rest[open..].trim_start_matches(['(', '（', '[']);
        let Some(close) = inner.find([')', '）', ']']) else { break };
        found.push(inner[..close].trim());
        rest = &inner[close..];
    }
    found
}

/// A text that is such a phrase as a whole.
fn phrase(text: &str) -> Option<SaidPhrase<'_>> {
    let text = text.trim().trim_matches(['*', '_', '`']);
    if text.len() > 200 {
        return None;
    }
    let before = BEFORE.iter().find_map(|(words, is_sure)| Some((behind_words(text, words)?, *is_sure)));
    let (rest, is_sure) = before.or_else(|| {
        let rest = BEHIND.iter().find_map(|words| text.strip_suffix(words))?;
        Some((rest.trim_end_matches(['番', '号', '번', '의', ' ']), false))
    })?;
    let ids = only_ids(rest.trim_matches([':', '：', ' ', '*', '_', '`']))?;
    Some(SaidPhrase { ids, is_sure })
}

/// What follows upon words, in whatever case, that end there.
fn behind_words<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let head = text.get(..words.len()).filter(|head| head.to_lowercase() == words)?;
    let rest = &text[head.len()..];
    let ends = !words.is_ascii() || rest.starts_with([' ', ':', '：', '`', '*']);
    ends.then_some(rest)
}

/// The ids of a text that holds nothing else.
fn only_ids(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    for word in text.split([' ', ',', '、', '，', '/', '+', '&']).filter(|word| !word.is_empty()) {
        let bare = word.trim_matches(['`', '*', '_', '#', '(', ')', '.']);
        let bare = called(bare, &TASK_WORDS).or_else(|| called(bare, &STEP_WORDS)).unwrap_or(bare);
        let bare = bare.trim_end_matches(['番', '号', '번']);
        if bare.is_empty() || EMPTY.iter().chain(&TASK_WORDS).chain(&STEP_WORDS).any(|w| bare.to_lowercase() == *w) {
            continue;
        }
        let shaped = bare.len() <= LONGEST
            && bare.contains(|c: char| c.is_ascii_digit())
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            && (bare.starts_with(|c: char| c.is_ascii_uppercase())
                || bare.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        let letter = bare.len() == 1 && bare.starts_with(|c: char| c.is_ascii_uppercase());
        if !shaped && !letter {
            return None;
        }
        found.push(bare);
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&str> {
        phrases(text).into_iter().flat_map(|said| said.ids).collect()
    }

    #[test]
    fn phrases_with_nothing_but_ids_are_about_order() {
        for (text, expected) in [
            ("Fill (after 1)", vec!["1"]),
            ("Fill (depends on A1, A-2 and 3.1)", vec!["A1", "A-2", "3.1"]),
            ("Füllen (nach Schritt 2)", vec!["2"]),
            ("Bauen, hängt ab von A2", vec!["A2"]),
            ("Fill — needs T1, T2", vec!["T1", "T2"]),
            ("实现登录（依赖任务1）", vec!["1"]),
            ("实现搜索（前置：2、3）", vec!["2", "3"]),
            ("로그인 구현 (1번 완료 후)", vec!["1"]),
            ("검색 구현 (의존성: 2)", vec!["2"]),
            ("Criar a tela (após T-02)", vec!["T-02"]),
            ("store (needs A)", vec!["A"]),
            ("ID: T-2 | Dep: T-1 | Description: Fill", vec!["T-1"]),
            ("Fill [blocked by: #12]", vec!["12"]),
        ] {
            assert_eq!(ids(text), expected, "{text}");
        }
    }

    #[test]
    fn other_words_and_times_are_none() {
        for text in [
            "Retry (after 5 attempts)",
            "Log out (after 24 h)",
            "Needs Python 3",
            "Use S3, needs care",
            "Write the page (requires login)",
            "Look it up (see 3)",
        ] {
            assert_eq!(ids(text), Vec::<&str>::new(), "{text}");
        }
    }
}
