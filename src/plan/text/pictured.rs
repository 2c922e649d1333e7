//! Items whose box is a pictogram: `- 🔲 text`, `✅ text`. A tick alone is often just a bullet, so it is a box only in a
//! document that has others too and none in brackets.

/// Boxes with nothing in them.
const EMPTY: [char; 9] = ['🔲', '⬜', '☐', '◻', '🔳', '◽', '▢', '□', '🗆'];
/// Boxes with a tick.
const TICKED: [char; 5] = ['✅', '☑', '✔', '✓', '🗹'];
/// How many of the signs of what has begun are nothing but states.
const STATES: usize = 7;
/// Signs of what has begun, waits or was given up.
const BEGUN: [char; 24] = [
    '🔄', '⏳', '⌛', '🚧', '⏸', '❌', '🔜', '🟡', '🟠', '🏗', '🔴', '🟢', '🔵', '🟣', '⚪', '⚫', '🛑', '🚫', '▶', '⏭',
    '🆕', '📝', '🔨', '💤',
];
/// What a legend says of a sign.
const MEANINGS: [&str; 20] = [
    "done",
    "complete",
    "completed",
    "finished",
    "in progress",
    "not started",
    "not done",
    "pending",
    "planned",
    "todo",
    "to do",
    "open",
    "blocked",
    "erledigt",
    "offen",
    "in arbeit",
    "terminé",
    "à faire",
    "完了",
    "未着手",
];

/// Whether this is a box with nothing in it.
pub(super) fn is_empty_sign(mark: &str) -> bool {
    mark.trim_end_matches('\u{fe0f}').chars().all(|c| EMPTY.contains(&c)) && !mark.is_empty()
}

/// A ticked box of this kind: one that no mere bullet looks like, so that a document in which all is done reads as before.
pub(crate) const TICK: char = '☑';

/// Whether a line begins with a sign that nothing but a box is.
pub(super) fn begins_with_box(text: &str) -> bool {
    text.starts_with(|c| EMPTY.contains(&c) || c == TICK)
}

/// The box at the start of an item or line, and what follows. A legend's line, which says what a sign means, has none.
pub(super) fn pictured(text: &str, is_item: bool) -> Option<(&str, &str)> {
    let sign = text.chars().next()?;
    // A line without a bullet begins with other pictograms for many reasons.
    let begun = if is_item { &BEGUN[..] } else { &BEGUN[..STATES] };
    if !(EMPTY.contains(&sign) || TICKED.contains(&sign) || begun.contains(&sign)) {
        return None;
    }
    let rest = text[sign.len_utf8()..].trim_start_matches('\u{fe0f}');
    let mark = &text[..text.len() - rest.len()];
    let rest = rest.trim_start();
    let meaning = rest.trim_matches([' ', '=', ':', '-', '–', '—', '.', '*']).to_lowercase();
    let is_legend = meaning.is_empty() || MEANINGS.contains(&meaning.as_str());
    (!is_legend).then_some((mark, rest))
}

#[cfg(test)]
mod tests {
    use crate::plan::text::scan;

    fn boxes(text: &str) -> Vec<(String, bool)> {
        scan(text).iter().filter_map(|line| line.boxed()).map(|b| (b.text.to_owned(), b.is_done())).collect()
    }

    #[test]
    fn pictograms_are_boxes_where_some_are_empty() {
        let of = |text: &str, done: bool| (text.to_owned(), done);
        assert_eq!(
            boxes("- ✅ Dig\n- 🔲 Plant\n- 🔄 Lay\n☑️ Fill\n\n- ✅ Done\n- ⬜: not started\n"),
            [of("Dig", true), of("Plant", false), of("Lay", false), of("Fill", true)]
        );
        assert_eq!(boxes("- 🟢 Dig\n- ⬜ Plant\n- 🔴 Lay\n"), [of("Dig", false), of("Plant", false), of("Lay", false)]);
        assert_eq!(
            boxes("✅ Dig\n🔄 Lay\n⬜ Plant\n❌ Fill\n🟢 good news\n"),
            [of("Dig", true), of("Lay", false), of("Plant", false), of("Fill", false)]
        );
        assert_eq!(boxes("☐ Dig\n☑ Plant\n"), [of("Dig", false), of("Plant", true)]);
        assert_eq!(boxes("Legend: \n- ⬜ open\n\n- ✅ Dig\n"), [of("Dig", true)]);
        assert_eq!(boxes("- ✅ works\n- ✅ is fast\n"), []);
        assert_eq!(boxes("- [ ] Dig\n- 🔲 is a sign\n"), [of("Dig", false)]);
    }
}
