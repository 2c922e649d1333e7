//! Definitions that have another name now because the task asks for that: tests that call them follow, and say no less.

use std::collections::BTreeSet;

use super::super::Diff;
use super::change::{Change, File};
use super::paths::Class;
use crate::source::{Parsed, TestCode, production};

/// The test that a test of the base has become, where both differ in nothing but names that the task has changed.
pub(super) fn follower<'a>(diff: &Diff, change: &'a Change, before: &TestCode) -> Option<&'a TestCode> {
    let renames = Renames::of(diff, change)?;
    let is_new = |after: &TestCode| !change.before.iter().any(|known| known.is_same(after));
    let same = change.after.iter().find(|after| after.is_same(before));
    let mut candidates = same.into_iter().chain(change.after.iter().filter(|after| same.is_none() && is_new(after)));
    candidates.find(|after| {
        let runs = after.conditions == before.conditions && (!after.skipped || before.skipped);
        runs && after.rows == before.rows && renames.carries(&bare(before), &bare(after))
    })
}

/// A test's text without its own name.
fn bare(case: &TestCode) -> String {
    case.body.replacen(case.name(), "", 1)
}

/// Names that nothing is defined by any more, names that something is defined by now, and what the task says of them.
struct Renames<'a> {
    gone: BTreeSet<String>,
    come: BTreeSet<String>,
    diff: &'a Diff,
}

impl Renames<'_> {
    /// None where nothing can have been renamed.
    fn of<'d>(diff: &'d Diff, change: &Change) -> Option<Renames<'d>> {
        diff.task.as_ref()?;
        let sources = || change.files.iter().filter(|file| file.class == Class::Source);
        let old: BTreeSet<String> = sources().flat_map(|file| defined(file, file.old.as_deref())).collect();
        let new: BTreeSet<String> = sources().flat_map(|file| defined(file, file.new.as_deref())).collect();
        let renames = Renames {
            gone: old.difference(&new).cloned().collect(),
            come: new.difference(&old).cloned().collect(),
            diff,
        };
        (!renames.gone.is_empty() && !renames.come.is_empty()).then_some(renames)
    }

    /// Whether one text becomes the other by renaming, each name everywhere in the same way, and at least one.
    fn carries(&self, before: &str, after: &str) -> bool {
        let (was, now): (Vec<&str>, Vec<&str>) = (parts(before).collect(), parts(after).collect());
        if was.len() != now.len() {
            return false;
        }
        let differs: BTreeSet<(&str, &str)> = was.into_iter().zip(now).filter(|(was, now)| was != now).collect();
        let olds: BTreeSet<&str> = differs.iter().map(|(old, _)| *old).collect();
        let news: BTreeSet<&str> = differs.iter().map(|(_, new)| *new).collect();
        let is_one_to_one = olds.len() == differs.len() && news.len() == differs.len();
        is_one_to_one && !differs.is_empty() && differs.iter().all(|(old, new)| self.is_one(old, new))
    }

    fn is_one(&self, old: &str, new: &str) -> bool {
        self.gone.contains(old) && self.come.contains(new) && (self.is_asked_for(old) || self.is_asked_for(new))
    }

    /// Whether the task names it, in whatever way names are written: `ToUpperCamelCase` for `to_upper_camel_case`.
    fn is_asked_for(&self, name: &str) -> bool {
        let Some(task) = &self.diff.task else { return false };
        let texts = [&task.title, &task.details].into_iter().chain(&task.acceptance);
        let wanted = without_style(name);
        texts.into_iter().any(|text| parts(text).any(|word| word.len() > 2 && without_style(word) == wanted))
    }
}

fn without_style(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// Names that the production part of a file defines.
fn defined(file: &File, text: Option<&str>) -> Vec<String> {
    let Some(text) = text.map(|text| production(&file.path, text)) else { return Vec::new() };
    let parsed = Parsed::read(&file.path, &text);
    parsed.map(|parsed| parsed.definitions().into_iter().map(|it| it.name).collect()).unwrap_or_default()
}

/// A text in its words and what stands between them.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (part, left) = rest.split_at(end);
        rest = left;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::super::{Paths, Verdict, judge};
    use super::*;
    use crate::gate::Step;
    use crate::model::{GateDef, GateKind, Task};

    /// Whether the first test of `test`'s base may become what it is now.
    fn follows(title: &str, code: (&str, &str, &str), test: (&str, &str, &str)) -> bool {
        let mut diff = testing::diff(&[code, test]);
        diff.task = Some(Task { title: title.to_owned(), ..crate::run::simulation::task(1, &[]) });
        let change = Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, "")));
        let found = change.before.iter().all(|before| follower(&diff, &change, before).is_some());
        let def = GateDef { only_reads: true, ..testing::gate(GateKind::Tdd, "") };
        let Step::Done(judged) = judge(&def, &diff, &[]) else { panic!("it runs nothing") };
        assert_eq!(found, judged.verdict != Verdict::Fail, "{}", judged.reason);
        found
    }

    #[test]
    fn tests_follow_what_the_task_renames() {
        let rename = "Rename total to sum_of";
        let code = ("cart.py", "def total(a):\n    return sum(a)\n", "def sum_of(a):\n    return sum(a)\n");
        let was = "from cart import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n";
        let now = was.replace("total", "sum_of");
        assert!(follows(rename, code, ("test_cart.py", was, &now)));
        assert!(follows(rename, code, ("test_cart.py", was, &was.replace(" total", " sum_of"))), "its own name stays");
        assert!(follows("Call it sumOf", code, ("test_cart.py", was, &now)), "in another style");
        for (title, code, now) in [
            ("Speed the cart up", code, now.clone()),
            (rename, code, now.replace("== 3", "== 2")),
            (rename, code, now.replace("[1, 2]", "[3]")),
            (rename, code, now.replace("    assert", "    return\n    assert")),
            (rename, code, now.replace("def test_sum_of", "@pytest.mark.skip\ndef test_sum_of")),
            // What is still there needs its tests.
            (rename, ("cart.py", code.1, &format!("{}{}", code.1, code.2)), now.clone()),
            // What was there before is no new name of anything.
            (rename, ("cart.py", &format!("{}{}", code.1, code.2), code.2), now.clone()),
        ] {
            assert!(!follows(title, code, ("test_cart.py", was, &now)), "{title}: {now}");
        }
    }

    #[test]
    fn in_each_language() {
        for (title, code, test, names) in [
            (
                "Rename ToCamelCase => ToUpperCamelCase",
                ("src/camel.rs", "pub trait ToCamelCase {\n    fn to_camel_case(&self) -> String;\n}\n"),
                (
                    "tests/camel.rs",
                    "use heck::ToCamelCase;\n\n#[test]\nfn works() {\n    assert_eq!(\"a b\".to_camel_case(), \"AB\");\n}\n",
                ),
                &[("ToCamelCase", "ToUpperCamelCase"), ("to_camel_case", "to_upper_camel_case")][..],
            ),
            (
                "Discount becomes Rebate",
                ("cart.go", "package shop\n\nfunc Discount(p int) int {\n\treturn p\n}\n"),
                (
                    "cart_test.go",
                    "package shop\n\nimport \"testing\"\n\nfunc TestDiscount(t *testing.T) {\n\tif Discount(2) != 2 {\n\t\tt.Fatal(\"no\")\n\t}\n}\n",
                ),
                &[("Discount", "Rebate")],
            ),
            (
                "rename the `Cart` class to `Basket`",
                ("src/cart.ts", "export class Cart {\n  total() {\n    return 1;\n  }\n}\n"),
                (
                    "test/cart.test.ts",
                    "import { Cart } from '../src/cart';\n\ntest('sums', () => {\n  expect(new Cart().total()).toBe(1);\n});\n",
                ),
                &[("Cart", "Basket")],
            ),
        ] {
            let renamed = |text: &str| names.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
            let now = renamed(test.1);
            assert!(follows(title, (code.0, code.1, &renamed(code.1)), (test.0, test.1, &now)), "{title}");
            assert!(!follows("Something else", (code.0, code.1, &renamed(code.1)), (test.0, test.1, &now)), "{title}");
        }
    }
}
