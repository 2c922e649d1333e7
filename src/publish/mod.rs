//! Pull requests: one a layer, kept right while lower ones are reviewed, changed, merged or squashed.
//!
//! Publishing is idempotent: it looks at the server and the remote, decides from what it finds, and does what is missing.
//! Killed at any instant, the next `publish` finishes what was begun and makes nothing twice.
//!
//! - [`Forge`]: what is needed of a server: [`GitHub`], [`Forgejo`]. To add one: a folder beside theirs, its dialect, and a word.
//! - [`layer_pages`], [`render`]: what a reviewer is told. Pure.
//! - [`decide()`]: which steps follow from run, remote and server. Pure.
//! - [`watch_verdict()`]: whether checks and reviews have decided about a pull request. Pure.
//! - [`open_review()`]: what of a review goes back to a task, and whose words count. Pure.
//! - [`due_answers()`]: what threads are told once that has landed. Pure.
//! - [`issue_words()`]: what the issues hear that a plan came from. Pure.
//! - [`review_leave()`]: what a review means for the layer above it. Pure.
//! - [`publish()`]: looks, takes in what happened on the server ([`Stack`]), decides, performs.
//!
//! Whose words count: text from a server is data of its author. Nothing that stands in a pull request is ever executed.

mod address;
mod answers;
mod body;
mod client;
mod decide;
mod dialect;
mod escape;
mod forge;
mod forgejo;
mod github;
mod issue_choice;
mod issue_echo;
mod layer_page;
mod merge_stack;
mod next_layer;
mod open_review;
mod own_words;
mod perform;
mod remote_refusal;
mod reply;
mod retry;
mod review_leave;
mod series;
mod settle;
mod shared_calls;
mod stack;
mod token;
mod watch;

pub use address::{RepositoryAddress, owner_of};
pub use answers::{DueAnswer, answer_reviews, due_answers};
pub use body::{IssueLinks, PullText, StackLink, render};
pub use client::OnWait;
pub use decide::{PublishStep, PullStyle, decide};
pub use forge::{
    Audience, CommitStatus, Forge, MergeAnswer, MergeRequirements, NewPull, PullComment, PullEdit, PullRequest,
    PullState, ReviewRemark, ReviewVerdict, StatusState, ThreadStanding,
};
pub use forgejo::Forgejo;
pub use github::GitHub;
pub use issue_choice::IssueChoice;
pub use issue_echo::{IssueWord, TaskIssue, TaskIssues, issue_words, own_issues, tell_issue};
pub use layer_page::{LayerPage, PageGap, PageTask, PageVerdict, gates_of, layer_pages};
pub use merge_stack::merge_stack;
pub use next_layer::start_on_merged;
pub use open_review::{NotGiven, OpenReview, RemarkThread, ReviewChoice, open_review, quoted_review};
pub use perform::{PublishJob, PublishLog, Published, preview, publish};
pub use review_leave::{ReviewLeave, review_leave};
pub use series::{WrittenSeries, write_series};
pub use settle::{Judge, NewHead, settle};
pub use stack::{Held, Stack, StackLayer};
pub use token::Token;
pub use watch::{PullWatch, WatchVerdict, WatchedChange, look_at, watch_verdict, watched_changes};
