//! Statements that a program can do without and still be built.

use super::functions::FUNCTIONS;
use super::parsed::{Parsed, end_line_of, line_of};

/// What is lost with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementKind {
    /// The way out of a guard: `return`, `raise`, `throw`, `continue` or `break` in a branch.
    Guard,
    /// Something else done in a branch: one side of an `if`, a `case`.
    Branch,
    /// Something done for its effect.
    Effect,
}

/// A statement inside a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What is lost with it.
    pub kind: StatementKind,
    /// First byte.
    pub from: usize,
    /// Past its last byte.
    pub to: usize,
    /// First line, from 1.
    pub first_line: u32,
    /// Last line.
    pub last_line: u32,
}

impl Parsed<'_> {
    /// The statements of functions that can be taken away. Declarations stay, since what follows would not build, and so
    /// does what a function ends with: its value.
    pub fn statements(&self) -> Vec<Statement> {
        let mut found = Vec::new();
        self.visit(|node, above| {
            let leaves = matches!(
                node.kind(),
                "return_statement" | "raise_statement" | "throw_statement" | "continue_statement" | "break_statement"
            ) || node.kind() == "expression_statement"
                && node.named_child(0).is_some_and(|inner| {
                    matches!(inner.kind(), "return_expression" | "break_expression" | "continue_expression")
                });
            // Control structures stand as statements of their own in Rust: what they hold is looked at by itself.
            let compound = node.named_child(0).is_some_and(|inner| {
                let kind = inner.kind();
                ["if_", "match_", "for_", "while_", "loop_"].iter().any(|start| kind.starts_with(start))
                    || kind == "block"
            });
            if node.kind() == "expression_statement" && compound {
                return;
            }
            let does = matches!(
                node.kind(),
                "expression_statement" | "assert_statement" | "send_statement" | "inc_statement" | "delete_statement"
            );
            let function = above.iter().rposition(|outer| is_body_of(outer.kind()));
            let (true, Some(function)) = (leaves || does, function) else { return };
            let in_branch = above[function..].iter().any(|outer| is_branch(outer.kind()));
            // A text alone is documentation.
            let words =
                node.named_child_count() == 1 && node.named_child(0).is_some_and(|inner| inner.kind() == "string");
            // The head of a loop: without its step it never ends.
            let steps = above.last().is_some_and(|outer| matches!(outer.kind(), "for_clause" | "for_statement"));
            if words || steps || leaves && !in_branch || node.has_error() {
                return;
            }
            let kind = match (leaves, in_branch) {
                (true, _) => StatementKind::Guard,
                (false, true) => StatementKind::Branch,
                (false, false) => StatementKind::Effect,
            };
            let (from, to) = (node.start_byte(), node.end_byte());
            found.push(Statement { kind, from, to, first_line: line_of(node), last_line: end_line_of(node) });
        });
        found
    }
}

fn is_body_of(kind: &str) -> bool {
    FUNCTIONS.contains(&kind) || matches!(kind, "arrow_function" | "closure_expression")
}

fn is_branch(kind: &str) -> bool {
    kind.starts_with("if_")
        || matches!(
            kind,
            "else_clause"
                | "elif_clause"
                | "match_arm"
                | "case_clause"
                | "switch_case"
                | "expression_case"
                | "type_case"
                | "catch_clause"
                | "except_clause"
                | "for_statement"
                | "for_expression"
                | "for_in_statement"
                | "while_statement"
                | "while_expression"
                | "loop_expression"
                | "with_statement"
                | "try_statement"
        )
}
