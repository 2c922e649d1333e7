//! What a person should know before a run begins (TRANSCRIPTS b).

mod block;
mod facts;
mod lines;
#[cfg(test)]
mod tests;
mod work;

pub use block::beginning;
pub use facts::{AgentFacts, Beginning, LooseFacts, UpstreamFacts};
