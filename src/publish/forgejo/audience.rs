//! People and labels of a new pull request: the server wants numbers where GitHub takes names.

use serde_json::{Value, json};

use super::super::forge::Audience;
use super::super::retry::Verb;
use super::Forgejo;
use crate::model::{Error, ErrorKind, Result};

/// The colour of a label that nobody has made yet.
const COLOUR: &str = "#ededed";

impl Forgejo {
    pub(super) fn give_audience(&self, number: u64, audience: &Audience) -> Result<()> {
        let always = || Ok(None);
        if !audience.labels.is_empty() {
            let labels = self.labels(&audience.labels)?;
            let path = self.path(&format!("issues/{number}/labels"));
            self.client.create(&path, &json!({ "labels": labels }), &always)?;
        }
        let mut edit = serde_json::Map::new();
        if !audience.assignees.is_empty() {
            edit.insert("assignees".to_owned(), json!(self.assigned(number, &audience.assignees)?));
        }
        if let Some(title) = &audience.milestone {
            edit.insert("milestone".to_owned(), json!(self.milestone(title)?));
        }
        if !edit.is_empty() {
            let path = self.path(&format!("issues/{number}"));
            self.client.change(Verb::Patch, &path, &Value::Object(edit))?;
        }
        if !audience.reviewers.is_empty() {
            let (teams, people): (Vec<&String>, Vec<&String>) =
                audience.reviewers.iter().partition(|name| name.contains('/'));
            let teams: Vec<&str> = teams.iter().filter_map(|team| team.rsplit('/').next()).collect();
            let path = self.path(&format!("pulls/{number}/requested_reviewers"));
            self.client.create(&path, &json!({ "reviewers": people, "team_reviewers": teams }), &always)?;
        }
        Ok(())
    }

    /// The numbers of labels; those that the repository lacks are made, as GitHub makes them.
    fn labels(&self, names: &[String]) -> Result<Vec<u64>> {
        let path = self.path("labels");
        let one = |name: &String| -> Result<u64> {
            let look = || {
                let is_it = |label: &Value| label["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name));
                Ok(self.client.list(&path)?.into_iter().find(is_it))
            };
            let label = match look()? {
                Some(label) => label,
                None => self.client.create(&path, &json!({ "name": name, "color": COLOUR }), &look)?,
            };
            super::wire::number(&label, "/id")
        };
        names.iter().map(one).collect()
    }

    /// Those who are assigned already, and these: what is sent replaces what was there.
    fn assigned(&self, number: u64, wanted: &[String]) -> Result<Vec<String>> {
        let issue = self.client.get(&self.path(&format!("issues/{number}")))?;
        let there = issue["assignees"].as_array().into_iter().flatten();
        let mut all: Vec<String> = there.filter_map(|one| one["login"].as_str().map(str::to_owned)).collect();
        for name in wanted {
            if all.iter().all(|known| !known.eq_ignore_ascii_case(name)) {
                all.push(name.clone());
            }
        }
        Ok(all)
    }

    fn milestone(&self, title: &str) -> Result<u64> {
        let all = self.client.list(&self.path("milestones?state=open"))?;
        let found = all.iter().find(|one| one["title"].as_str() == Some(title));
        found.and_then(|one| one["id"].as_u64()).ok_or_else(|| {
            let cause = format!("there is no open milestone `{title}`");
            Error::new(ErrorKind::Publish, "publishing", cause).hint("correct `milestone` under [publish] in orca.toml")
        })
    }
}
