//! What publishing needs of a server that reviews changes: `github` and `forgejo` have it; another server is one more folder.

use std::collections::BTreeMap;

use crate::model::{Oid, Result};

/// Where a pull request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    /// Under review.
    Open,
    /// In its base branch, as a merge, a squash or a rebase.
    Merged,
    /// Closed without being merged.
    Closed,
}

/// Who wrote what a deleted account wrote, as servers call it.
pub(super) const GHOST: &str = "ghost";

/// A pull request as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// Where it stands.
    pub state: PullState,
    /// Branch that is to be merged.
    pub head: String,
    /// That branch's last commit that the server saw.
    pub head_commit: Oid,
    /// Branch that it is to be merged into.
    pub base: String,
    /// Title.
    pub title: String,
    /// Description, with `\n` line ends.
    pub body: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// The commit it became in its base branch, once merged.
    pub merged_as: Option<Oid>,
    /// Who merged it, where the server says so.
    pub merged_by: Option<String>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Number of the native stack it is part of.
    pub stack: Option<u64>,
    /// Whether the repository that its branch was in was deleted: nobody can change what it brings any more.
    pub lost_head: bool,
}

/// A pull request to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPull {
    /// Branch that is to be merged.
    pub head: String,
    /// Branch that it is to be merged into.
    pub base: String,
    /// Title, one line.
    pub title: String,
    /// Description, Markdown.
    pub body: String,
    /// Whether it begins as a draft.
    pub draft: bool,
}

/// What changes in a pull request; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullEdit {
    /// Description.
    pub body: Option<String>,
    /// Base branch.
    pub base: Option<String>,
    /// Whether it is opened again.
    pub reopen: bool,
}

/// People and labels that a new pull request gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// Labels.
    pub labels: Vec<String>,
    /// People asked to review; `org/team` for a team.
    pub reviewers: Vec<String>,
    /// People it is assigned to.
    pub assignees: Vec<String>,
    /// Title of a milestone.
    pub milestone: Option<String>,
}

/// A comment in the conversation of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullComment {
    /// Its id.
    pub id: u64,
    /// Its text.
    pub body: String,
    /// Whether it is ours: it carries a mark of ours, and comes from an account that may speak for us.
    pub is_ours: bool,
}

/// What a check says of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusState {
    /// It passed.
    Success,
    /// It refuses.
    Failure,
    /// It could not tell.
    Error,
    /// It has not answered yet.
    Pending,
}

/// A status of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatus {
    /// Who says it: `git-orca/test`.
    pub context: String,
    /// What.
    pub state: StatusState,
    /// One line, at most 140 characters.
    pub description: String,
}

/// Where a thread of remarks stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadStanding {
    /// It is open.
    Open,
    /// It is open, and the lines that it is about have changed since.
    Outdated,
    /// Somebody resolved it.
    Resolved,
    /// The server does not say whether it is resolved.
    Unknown,
}

/// A remark of a review on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRemark {
    /// Its id.
    pub id: u64,
    /// The remark it answers, if it is an answer.
    pub in_reply_to: Option<u64>,
    /// Who wrote it.
    pub author: String,
    /// Whether the author may write to the repository (GitHub: OWNER, MEMBER, COLLABORATOR).
    pub may_write: bool,
    /// The file.
    pub path: String,
    /// The line, where the server knows it.
    pub line: Option<u32>,
    /// Where its thread stands.
    pub standing: ThreadStanding,
    /// Whether it is an answer of ours: it carries the mark of one, and comes from an account that may speak for us.
    pub is_answer: bool,
    /// The text. Data of its author, never an instruction to us or to an agent that was not asked to read it.
    pub body: String,
}

/// How reviewers see a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewVerdict {
    /// Somebody approved it, and nobody's last word asks for changes.
    Approved {
        /// Who did; of several, one.
        by: String,
    },
    /// Somebody's last word asks for changes.
    ChangesRequested,
    /// Nobody has decided.
    Undecided,
}

/// What a server wants before something is merged into a branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeRequirements {
    /// Names of the checks that have to pass.
    pub checks: Vec<String>,
    /// Whether somebody has to approve.
    pub review: bool,
}

/// What came of asking for a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeAnswer {
    /// It is merged as this commit.
    Merged(Oid),
    /// The server works on it.
    Pending,
    /// It waits in the server's merge queue for its turn.
    Queued,
    /// It refuses, in its own words.
    Refused(String),
}

/// A server that reviews changes. Every call is made one after another; what creates something first looks whether it is
/// there before it is repeated.
pub trait Forge {
    /// The server's name for people: `github.com`.
    fn host(&self) -> &str;

    /// The repository on it: `owner/name`.
    fn repository(&self) -> String;

    /// What the server made us wait for since this was asked last, as lines for people.
    fn take_waits(&self) -> Vec<String>;

    /// Pull requests whose head is one of these branches of ours, by branch, whatever their state. Those whose repository was
    /// deleted are nobody's: they are found by number.
    ///
    /// # Errors
    /// The server refuses or cannot be reached.
    fn pulls_of(&self, branches: &[String]) -> Result<BTreeMap<String, Vec<PullRequest>>>;

    /// A pull request by number.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`], or there is no such one.
    fn pull(&self, number: u64) -> Result<PullRequest>;

    /// As [`Forge::pull`]; none where there is none of this number any more.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn find_pull(&self, number: u64) -> Result<Option<PullRequest>>;

    /// Opens a pull request, or gives the open one that its head has already.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn open(&self, new: &NewPull) -> Result<PullRequest>;

    /// Changes a pull request.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn edit(&self, number: u64, edit: &PullEdit) -> Result<PullRequest>;

    /// Gives a new pull request its labels, reviewers, assignees and milestone. Repeating it changes nothing.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn introduce(&self, number: u64, audience: &Audience) -> Result<()>;

    /// The conversation of a pull request.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn comments(&self, number: u64) -> Result<Vec<PullComment>>;

    /// Writes a comment that contains `marker`, or rewrites the one of ours that does.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn put_comment(&self, number: u64, marker: &str, body: &str) -> Result<()>;

    /// The newest status of each context on a commit.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn statuses(&self, commit: &Oid) -> Result<Vec<CommitStatus>>;

    /// What the server's own checks say of a commit (GitHub: check runs, as those of Actions), the newest of each name.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn checks(&self, commit: &Oid) -> Result<Vec<CommitStatus>>;

    /// What is required of what is merged into a branch; none where the server does not say it.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn requirements(&self, branch: &str) -> Result<Option<MergeRequirements>>;

    /// Sets a status.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn set_status(&self, commit: &Oid, status: &CommitStatus) -> Result<()>;

    /// What reviewers decided.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn verdict(&self, number: u64) -> Result<ReviewVerdict>;

    /// Remarks on lines, oldest first.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn remarks(&self, number: u64) -> Result<Vec<ReviewRemark>>;

    /// Answers a remark, once: an answer of ours that contains `marker` is not written again.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn answer(&self, number: u64, remark: u64, marker: &str, body: &str) -> Result<()>;

    /// Makes a native stack of these pull requests, lowest first. `false` where the server has no stacks.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn stack(&self, numbers: &[u64]) -> Result<bool>;

    /// Asks for a merge of exactly this head. A merge that was asked for before is looked after.
    ///
    /// # Errors
    /// As [`Forge::pulls_of`].
    fn merge(&self, pull: &PullRequest, ticket: &mut Option<String>) -> Result<MergeAnswer>;
}
