//! What is known of one provider of models.

use jiff::Timestamp;

/// What is known of one provider. None of it: nothing is wrong.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProviderState {
    /// The latest pause it asked for, also when it is over: what starts after it starts slowly.
    pub pause: Option<Pause>,
    /// It refuses us until a person has typed this.
    pub broken: Option<String>,
}

/// A pause that a provider asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Until then nothing of it starts.
    pub until: Timestamp,
    /// One line for people.
    pub why: String,
}
