//! Drawings of a graph: transitively reduced up to 5,000 tasks, wide barriers as one dot.
//!
//! Titles come from strangers' documents, so every drawing passes them through one cleaning and its own escaping.
//!
//! To add a drawing: one file with a function from [`GraphPicture`] to text, and a variant of the command's `--format`.

mod dot;
mod fit;
mod layout;
mod mermaid;
mod picture;
mod svg;

pub use dot::dot;
pub use mermaid::mermaid;
pub use picture::GraphPicture;
pub use svg::{svg, svg_within};
