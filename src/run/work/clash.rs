//! What an agent is told of a clash: with whom, what that was about, where, and where its own earlier work lies.

use crate::brief::{Conflict, ConflictPath};
use crate::git::{self, Part};
use crate::integrate::{self, Joined, names};
use crate::journal::{self, RunState, clashed};
use crate::model::{AttemptId, Oid, TaskId};
use crate::run::landing::rules::rules;
use crate::run::run_env::RunEnv;

/// Bytes of what both sides have in the places that clash: about 2,000 tokens.
const MOST_PLACES: usize = 8_000;

/// Bytes of what another task was asked to do.
const MOST_INTENT: usize = 2_000;

/// Tasks on the other side that are told of in detail.
const MOST_OTHERS: usize = 5;

/// A clash, as the state has it.
#[derive(Debug, Clone)]
pub struct Known {
    conflict: journal::Conflict,
    others: Vec<Other>,
    /// The attempt whose work clashed.
    attempt: AttemptId,
    /// Its base and result.
    own: (Oid, Oid),
    /// What the result clashes with now.
    with: Oid,
}

/// A task on the other side.
#[derive(Debug, Clone)]
struct Other {
    id: TaskId,
    title: String,
    /// What it was to do.
    asked: String,
    /// Base and result.
    work: Option<(Oid, Oid)>,
}

/// The clash that an attempt is made because of.
pub fn known(state: &RunState, attempt: &AttemptId) -> Option<Known> {
    let i = state.index(&attempt.task)?;
    let attempts = &state.tasks[i].attempts;
    let from = clashed(&attempts[..attempts.partition_point(|it| it.n < attempt.n)])?;
    let conflict = from.conflict.clone()?;
    let other = |id: &TaskId| {
        let n = state.index(id)?;
        let (task, last) = (&state.info.tasks[n], state.tasks[n].last());
        let work = last.and_then(|last| Some((last.base.clone(), last.result()?.clone())));
        let asked = task.run.clone().unwrap_or_else(|| task.details.clone());
        Some(Other { id: id.clone(), title: task.title.clone(), asked, work })
    };
    Some(Known {
        others: conflict.with.iter().take(MOST_OTHERS).filter_map(other).collect(),
        attempt: AttemptId { task: attempt.task.clone(), n: from.n },
        own: (from.base.clone(), from.result()?.clone()),
        with: state.head(conflict.layer).commit.clone(),
        conflict,
    })
}

impl Known {
    /// What the attempt that clashed changed: base and result.
    pub fn own(&self) -> (Oid, Oid) {
        self.own.clone()
    }

    /// The same for a prompt; with the lines of both sides where they do not stand in the worktree.
    pub fn told(&self, site: &RunEnv, with_lines: bool) -> Conflict {
        let regenerate = &site.info.options.conflicts.regenerate;
        let path = |path: &journal::ConflictPath| {
            let lines = if path.lines.is_empty() { String::new() } else { format!(", lines {}", path.lines) };
            let anew = regenerate.get(&path.path).map(|command| format!("; make it anew: {command}"));
            ConflictPath { path: path.path.clone(), kind: format!("{}{lines}{}", path.kind, anew.unwrap_or_default()) }
        };
        let earlier = format!(
            "{} (commit {}): git show {}",
            names::attempt(&site.info.run, &self.attempt),
            self.own.1.short(),
            self.own.1.short()
        );
        Conflict {
            other: self.others.iter().map(|other| intent(site, other)).collect::<Vec<_>>().join("\n\n"),
            paths: self.conflict.paths.iter().map(path).collect(),
            // Worth having, and not worth failing for.
            places: if with_lines { places(site, &self.own.1, &self.with).unwrap_or_default() } else { String::new() },
            earlier,
        }
    }
}

fn intent(site: &RunEnv, Other { id, title, asked, work }: &Other) -> String {
    let mut text = format!("{id}: {title}");
    if !asked.trim().is_empty() {
        text.push_str(&format!("\n{}", cut(asked.trim(), MOST_INTENT)));
    }
    if let Some((base, result)) = work {
        let files = site.repo.changed(base, result).unwrap_or_default();
        let files: Vec<String> =
            files.iter().take(10).map(|it| format!("{} +{} -{}", it.path, it.added, it.removed)).collect();
        text.push_str(&format!("\nIts work: git diff {} {}; {}", base.short(), result.short(), files.join(", ")));
    }
    text
}

/// The places that clash, with the lines of both sides.
fn places(site: &RunEnv, ours: &Oid, theirs: &Oid) -> Option<String> {
    let rules = rules(site.repo.common_dir(), &site.info.options);
    let Ok(Joined::Clash(clash)) = integrate::join(&site.repo, &rules, (ours, theirs), None) else { return None };
    let mut text = String::new();
    for path in &clash.found {
        let Ok(bytes) = site.repo.file_in_tree(&clash.tree, &path.path) else { continue };
        let marked = String::from_utf8_lossy(&bytes).into_owned();
        for part in git::parts(&marked, path.width)? {
            if let Part::Clash { ours, theirs, .. } = part {
                let side = |name: &str, lines: &[&str]| format!("{}, {name}:\n{}\n", path.path, lines.concat());
                text.push_str(&side("the earlier attempt", &ours));
                text.push_str(&side("what landed", &theirs));
            }
        }
    }
    Some(cut(&text, MOST_PLACES))
}

/// At most `most` bytes of a text, cut at a line.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').unwrap_or(end);
    format!("{}\n… cut here\n", &text[..end])
}
