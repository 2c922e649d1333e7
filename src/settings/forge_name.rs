//! Kinds of servers, and what issues hear.

/// A kind of server that reviews changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForgeName {
    /// GitHub, or GitHub Enterprise.
    #[default]
    Github,
    /// Forgejo, or Gitea.
    Forgejo,
}

/// What the issues that a plan came from hear once their work is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IssueEcho {
    /// Nothing.
    Off,
    /// A comment that says what landed where.
    #[default]
    Comment,
    /// The same, and the pull request closes them when it is merged.
    Close,
}
