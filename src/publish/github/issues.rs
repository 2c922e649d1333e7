//! Issues of a repository, as the list that `gh issue list --json …` writes: what reads that reads this. Each carries what its
//! author may do here, so that the reader decides whose words count.

use serde_json::{Value, json};

use super::super::issue_choice::IssueChoice;
use super::{GitHub, encoded, wire};
use crate::model::{Error, ErrorKind, Result};

impl GitHub {
    /// The issues that are meant, without pull requests, each as an object of such a list, by number.
    ///
    /// # Errors
    /// The server refuses or cannot be reached, or has no such issue or milestone.
    pub fn issues(&self, choice: &IssueChoice) -> Result<Vec<Value>> {
        let mut found = match choice {
            IssueChoice::Open => self.client.list(&self.path("issues?state=open"))?,
            IssueChoice::Label(label) => {
                self.client.list(&self.path(&format!("issues?state=all&labels={}", encoded(label))))?
            }
            IssueChoice::Milestone(title) => {
                let number = self.milestone_called(title)?;
                self.client.list(&self.path(&format!("issues?state=all&milestone={number}")))?
            }
            IssueChoice::Numbers(numbers) => numbers.iter().map(|number| self.issue(*number)).collect::<Result<_>>()?,
        };
        found.retain(|issue| issue["pull_request"].is_null());
        let mut issues = found.iter().map(|issue| self.exported(issue)).collect::<Result<Vec<Value>>>()?;
        issues.sort_by_key(|issue| issue["number"].as_u64());
        issues.dedup_by_key(|issue| issue["number"].as_u64());
        Ok(issues)
    }

    fn issue(&self, number: u64) -> Result<Value> {
        let found = self.client.find(&self.path(&format!("issues/{number}")))?;
        let missing = |cause: String| Error::new(ErrorKind::NotFound, "asking GitHub for issues", cause);
        let issue = found.ok_or_else(|| missing(format!("there is no issue #{number}, or the token cannot see it")))?;
        match issue["pull_request"].is_null() {
            true => Ok(issue),
            false => Err(missing(format!("#{number} is a pull request, not an issue"))),
        }
    }

    fn milestone_called(&self, title: &str) -> Result<u64> {
        let all = self.client.list(&self.path("milestones?state=all"))?;
        let found = all.iter().find(|one| one["title"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(title)));
        found.and_then(|one| one["number"].as_u64()).ok_or_else(|| {
            let names: Vec<&str> = all.iter().filter_map(|one| one["title"].as_str()).take(8).collect();
            let cause = format!("there is no milestone `{title}`");
            let error = Error::new(ErrorKind::NotFound, "asking GitHub for issues", cause);
            if names.is_empty() { error } else { error.hint(format!("milestones: {}", names.join(", "))) }
        })
    }

    /// An issue as the list has it, with what it waits for where the server says that there is something.
    fn exported(&self, issue: &Value) -> Result<Value> {
        let number = wire::number(issue, "/number")?;
        let open = wire::text(issue, "/state")? == "open";
        let counted = |name: &str, counts: &[&str]| {
            counts.iter().any(|count| issue[name][*count].as_u64().is_some_and(|count| count > 0))
        };
        let related = |summary: &str, counts: &[&str], rest: &str| -> Result<Vec<u64>> {
            if !open || !counted(summary, counts) {
                return Ok(Vec::new());
            }
            let all = self.client.list(&self.path(&format!("issues/{number}/{rest}")))?;
            Ok(all.iter().filter(|one| self.is_own(one)).filter_map(|one| one["number"].as_u64()).collect())
        };
        let before =
            related("issue_dependencies_summary", &["blocked_by", "total_blocked_by"], "dependencies/blocked_by")?;
        let parts = related("sub_issues_summary", &["total"], "sub_issues")?;
        let labels = issue["labels"].as_array().into_iter().flatten();
        let label = |label: &Value| label.as_str().or(label["name"].as_str()).map(|name| json!({ "name": name }));
        Ok(json!({
            "number": number,
            "title": wire::text(issue, "/title")?,
            "body": issue["body"].as_str().unwrap_or_default(),
            "state": if open { "OPEN" } else { "CLOSED" },
            "url": issue["html_url"].as_str().unwrap_or_default(),
            "labels": labels.filter_map(label).collect::<Vec<_>>(),
            "milestone": issue["milestone"]["title"].as_str().map(|title| json!({ "title": title })),
            "author": { "login": wire::author(issue) },
            // What is not said is nobody's leave, and an account that is gone has none.
            "authorAssociation": if issue["user"].is_null() { "NONE" } else { issue["author_association"].as_str().unwrap_or("NONE") },
            "blockedBy": before,
            "subIssues": parts,
        }))
    }

    /// Whether an issue is of this repository: relations may lead into others.
    fn is_own(&self, issue: &Value) -> bool {
        let own = format!("/{}/{}", self.address.owner, self.address.name).to_lowercase();
        issue["repository_url"].as_str().is_none_or(|url| url.to_lowercase().ends_with(&own))
    }
}
