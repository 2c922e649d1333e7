//! The published JSON Schemas (draft 2020-12). They allow fields they do not know: fields may be added, never renamed.

/// Every schema: name for `git orca schema NAME`, and text.
pub const SCHEMAS: [(&str, &str); 5] = [
    ("complete-task", include_str!("schemas/complete-task.json")),
    ("task-result", include_str!("schemas/task-result.json")),
    ("plan", include_str!("schemas/plan.json")),
    ("review", REVIEW),
    ("choice", CHOICE),
];

/// What a reviewing agent must answer. It allows no unknown fields: that is what providers ask of such a schema.
pub const REVIEW: &str = include_str!("schemas/review.json");

/// What a reviewing agent must answer that chooses between several attempts.
pub const CHOICE: &str = include_str!("schemas/choice.json");

/// The schema of a name.
pub fn schema(name: &str) -> Option<&'static str> {
    SCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
