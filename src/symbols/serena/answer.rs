//! What `find_referencing_symbols` answers: by file and kind, the symbols that use one, each with the line in its context.

use serde_json::Value;

use crate::symbols::symbol::SymbolUse;
use crate::wire::mcp::ToolAnswer;

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UseAnswer {
    /// Lines that use the symbol.
    Used(Vec<SymbolUse>),
    /// She knows of no such symbol.
    Unknown,
    /// She cannot tell, since her language server is not there, or says nothing.
    Failed,
}

/// Reads an answer. Words of hers are meant for agents and go no further.
pub(super) fn references(answer: &ToolAnswer) -> UseAnswer {
    let is_unknown = answer.is_error && answer.text.contains("No symbol matching");
    let found = Some(answer).filter(|answer| !answer.is_error).and_then(uses);
    found.map_or(if is_unknown { UseAnswer::Unknown } else { UseAnswer::Failed }, UseAnswer::Used)
}

fn uses(answer: &ToolAnswer) -> Option<Vec<SymbolUse>> {
    let document = answer.document()?;
    if document.as_array().is_some_and(Vec::is_empty) {
        return Some(Vec::new());
    }
    let mut found = Vec::new();
    for (path, kinds) in document.as_object()? {
        let symbols = kinds.as_object()?.values().filter_map(Value::as_array).flatten();
        let lines = symbols.filter_map(|symbol| symbol.get("content_around_reference")?.as_str()).filter_map(line);
        found.extend(lines.map(|line| SymbolUse { path: path.clone(), line }));
    }
    found.sort();
    found.dedup();
    Some(found)
}

/// The line (from 1) that a context marks: `  >   6:    return c.total()` counts from 0.
fn line(context: &str) -> Option<u32> {
    let marked = context.lines().find_map(|line| line.trim_start().strip_prefix('>'))?;
    marked.split(':').next()?.trim().parse::<u32>().ok().map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str, is_error: bool) -> UseAnswer {
        references(&ToolAnswer { text: text.to_owned(), is_error })
    }

    #[test]
    fn lines_are_read_from_their_context() {
        let text = r#"{"shop/bill.py": {
            "File": [{"name_path": "bill", "content_around_reference": "  >   0:from shop.cart import Cart, rate\n...   1:x"}],
            "Function": [
                {"name_path": "bill", "content_around_reference": "...   5:    c = Cart()\n  >   6:    return c.total() * rate()\n...   7:"},
                {"name_path": "bill", "content_around_reference": "...   5:    c = Cart()\n  >   6:    return c.total() * rate()\n...   7:"},
                {"name_path": "odd", "content_around_reference": "nothing is marked"}
            ]}, "a.py": {"Class": []}}"#;
        let at = |line| SymbolUse { path: "shop/bill.py".to_owned(), line };
        assert_eq!(answer(text, false), UseAnswer::Used(vec![at(1), at(7)]));
        assert_eq!(answer("{}", false), UseAnswer::Used(Vec::new()));
        assert_eq!(answer("[]", false), UseAnswer::Used(Vec::new()));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let unknown = "Error executing tool: ValueError: No symbol matching 'rate' found";
        assert_eq!(answer(unknown, true), UseAnswer::Unknown);
        assert_eq!(answer("The language server is not available. STOP and tell the user.", true), UseAnswer::Failed);
        assert_eq!(answer("The language server is not available. STOP and tell the user.", false), UseAnswer::Failed);
        assert_eq!(answer("{\"a.py\": 7}", false), UseAnswer::Failed);
    }
}
