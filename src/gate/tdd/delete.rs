//! Wrong versions in which a statement is missing: a guard that no longer returns or raises, a branch that does nothing, an
//! effect that does not happen.

use super::change::Change;
use super::mutate::Mutant;
use super::paths::Class;
use crate::source::{Language, Parsed, Statement, StatementKind};

/// Mutants that each lack one statement which the change added: guards first, since no other edit stands for them.
pub(super) fn deletions(change: &Change, added: &dyn Fn(&str, u32) -> bool) -> Vec<Mutant> {
    let mut found: Vec<(StatementKind, Mutant)> = Vec::new();
    for file in change.files.iter().filter(|file| file.class == Class::Source) {
        let Some(text) = &file.new else { continue };
        let Some(parsed) = Parsed::read(&file.path, text) else { continue };
        for statement in parsed.statements() {
            let here = (statement.first_line..=statement.last_line).all(|line| added(&file.path, line));
            if here && change.is_production(&file.path, statement.first_line) {
                let nothing = nothing(Language::of_path(&file.path), text, &statement);
                let content = format!("{}{nothing}{}", &text[..statement.from], &text[statement.to..]);
                let what = format!("`{}` removed", first_line(&text[statement.from..statement.to]));
                let mutant = Mutant { path: file.path.clone(), line: statement.first_line, what, content };
                found.push((statement.kind, mutant));
            }
        }
    }
    found.sort_by_key(|(kind, _)| *kind);
    found.into_iter().map(|(_, mutant)| mutant).collect()
}

/// What stands for nothing: Python wants a statement. Line ends stay, so that all other lines keep their numbers.
fn nothing(language: Option<Language>, text: &str, statement: &Statement) -> String {
    let lines = text[statement.from..statement.to].matches('\n').count();
    let word = if language == Some(Language::Python) { "pass" } else { "" };
    format!("{word}{}", "\n".repeat(lines))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::super::paths::Paths;
    use super::*;
    use crate::model::GateKind;

    fn deleted(path: &str, text: &str) -> Vec<String> {
        let diff = testing::diff(&[(path, "", text)]);
        let change = Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, "")));
        deletions(&change, &|_, _| true).into_iter().map(|mutant| format!("{} {}", mutant.line, mutant.what)).collect()
    }

    #[test]
    fn guards_go_first() {
        let python = "def f(x):\n    log(x)\n    if not x:\n        return None\n    if x < 0:\n        raise E(\n            x)\n    return x\n";
        assert_eq!(deleted("a.py", python), ["4 `return None` removed", "6 `raise E(` removed", "2 `log(x)` removed"]);
        let go = "package a\n\nfunc F(x int) int {\n\tif x < 0 {\n\t\treturn 0\n\t}\n\tg(x)\n\treturn x\n}\n";
        assert_eq!(deleted("a.go", go), ["5 `return 0` removed", "7 `g(x)` removed"]);
        let rust = "fn f(x: i32) -> i32 {\n    if x < 0 {\n        return 0;\n    }\n    g(x);\n    x\n}\n";
        assert_eq!(deleted("src/a.rs", rust), ["3 `return 0;` removed", "5 `g(x);` removed"]);
        let script = "function f(x) {\n  if (!x) throw new E();\n  else { h(); }\n  g(x);\n  return x;\n}\n";
        let found = deleted("a.js", script);
        assert!(
            found.contains(&"4 `g(x);` removed".to_owned()) && found.contains(&"3 `h();` removed".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn lines_keep_their_numbers() {
        let python = "def f(x):\n    if not x:\n        raise E(\n            x)\n    return x\n";
        let diff = testing::diff(&[("a.py", "", python)]);
        let change = Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, "")));
        let mutant = &deletions(&change, &|_, _| true)[0];
        assert_eq!(mutant.content, "def f(x):\n    if not x:\n        pass\n\n    return x\n");
    }

    #[test]
    fn a_loop_keeps_its_step() {
        let go =
            "package a\n\nfunc F() int {\n\tsum := 0\n\tfor n := 0; n < 2; n++ {\n\t\tadd(n)\n\t}\n\treturn sum\n}\n";
        assert_eq!(deleted("a.go", go), ["6 `add(n)` removed"]);
        let script = "function f() {\n  for (let n = 0; n < 2; n++) {\n    add(n);\n  }\n}\n";
        assert_eq!(deleted("a.js", script), ["3 `add(n);` removed"]);
    }
}
