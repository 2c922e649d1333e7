//! What runners say when something is missing, or is no test at all.

/// What compilers and interpreters say when a name is not there yet.
const MISSING: [&str; 30] = [
    "E0405",
    "E0412",
    "E0422",
    "E0423",
    "E0425",
    "E0432",
    "E0433",
    "E0531",
    "E0560",
    "E0576",
    "E0599",
    "E0609",
    "E0061",
    "ImportError",
    "ModuleNotFoundError",
    "AttributeError",
    "NameError",
    "undefined:",
    "undefined (type",
    "no required module",
    "is not in std",
    "Cannot find module",
    "does not provide an export",
    "is not a function",
    "is not a constructor",
    "Cannot read properties of undefined",
    "unexpected keyword argument",
    "positional argument",
    "is not defined",
    "Failed to resolve",
];

const MALFORMED: [&str; 8] = [
    "SyntaxError",
    "IndentationError",
    "TabError",
    "error: expected",
    "error: unexpected",
    "error: this file contains",
    "syntax error",
    "Unexpected token",
];

/// What says that a test is no test at all.
pub(in crate::gate) fn malformed(output: &str) -> Option<String> {
    MALFORMED.iter().find_map(|word| line_with(output, word))
}

/// Whether a message is about a name that is not there, rather than about a value.
pub(super) fn is_for_want(text: &str) -> bool {
    MISSING.iter().any(|word| text.contains(word))
}

fn line_with(text: &str, word: &str) -> Option<String> {
    text.lines().find(|line| line.contains(word)).map(|line| line.trim().to_owned())
}
