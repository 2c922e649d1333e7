//! x
mod functions;
mod complexity;
mod docs;
mod rules;
mod tokens;
