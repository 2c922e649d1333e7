//! The train's arithmetic: tasks into the head of their layer, each head into the next.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::join::{self, Clash, Joined, Rules};
use super::names;
use crate::git::{self, Repo};
use crate::journal::{Conflict, ConflictPath, Head, LandedTask};
use crate::model::{AttemptId, Oid, Result, RunId, Rung, TaskId};

/// A task to merge.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its latest attempt.
    pub attempt: AttemptId,
    /// Its title, one line.
    pub title: String,
    /// Its layer.
    pub layer: u32,
    /// Its work.
    pub commit: Oid,
    /// What it was made on, where that was merged on the side from work that has landed, and is in no head.
    pub side: Option<Oid>,
    /// Merges of its work with the heads of later layers, made by a person where carrying it forward clashed.
    pub carried: BTreeMap<u32, Oid>,
    /// The layers of those that an agent made.
    pub by_agent: BTreeSet<u32>,
    /// What solved earlier clashes of it, as [`LandedTask::rules`] has it.
    pub solved: Vec<String>,
}

/// What a landed task changed: base and result of the attempt that landed.
#[derive(Debug, Clone)]
pub struct LandedWork {
    /// The task.
    pub task: TaskId,
    /// What it started from.
    pub base: Oid,
    /// What it left.
    pub result: Oid,
}

/// Everything a merge depends on.
#[derive(Debug, Clone)]
pub struct MergeJob {
    /// The run.
    pub run: RunId,
    /// Number of the batch.
    pub batch: u32,
    /// What layers without tasks of their own build on.
    pub root: Head,
    /// Landed heads by layer.
    pub heads: BTreeMap<u32, Head>,
    /// Tasks, lowest layer first.
    pub tasks: Vec<Candidate>,
    /// Work that landed before, to name whom a conflict is with.
    pub landed: Vec<LandedWork>,
    /// Landed tasks that are taken out again: task, layer, and its merge commit on that layer's head. Newest first.
    pub without: Vec<(TaskId, u32, Oid)>,
    /// What is tried where git alone finds a conflict.
    pub rules: Rules,
    /// Whether gates run on the candidates: then they are kept by refs until they land. Without gates they land at once.
    pub gated: bool,
    /// Time of the commits.
    pub when: Timestamp,
}

/// Makes files anew: for a commit that is merged but for these paths, which are as on the train, the tree with them made
/// anew, or why that did not work.
pub type Regenerate<'a> = &'a dyn Fn(&Oid, &[String]) -> Result<std::result::Result<Oid, String>>;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeResult {
    /// Candidate heads that differ from the landed ones, lowest layer first.
    pub heads: Vec<Head>,
    /// Tasks that are in.
    pub landed: Vec<LandedTask>,
    /// Tasks that are not.
    pub conflicts: Vec<Conflict>,
}

/// Merges a batch in memory and keeps its candidates by refs.
///
/// All tasks are taken together first; when carrying a head forward clashes, they are taken one by one, so that only
/// the task that clashes stays out.
///
/// # Errors
/// Git failed; nothing was moved.
pub fn merge(repo: &Repo, job: &MergeJob, regenerate: Regenerate<'_>) -> Result<MergeResult> {
    git::write_again(|_| {
        let made = merge_once(repo, job, regenerate)?;
        let before = |head: &Head| job.heads.get(&head.layer).unwrap_or(&job.root).commit.clone();
        made.heads.iter().try_for_each(|head| git::check_written(repo, &before(head), &head.commit))?;
        Ok(made)
    })
}

fn merge_once(repo: &Repo, job: &MergeJob, regenerate: Regenerate<'_>) -> Result<MergeResult> {
    let begin = || Train {
        repo,
        job,
        regenerate,
        heads: job.heads.clone(),
        landed: Vec::new(),
        conflicts: Vec::new(),
        out: BTreeSet::new(),
        made: 0,
    };
    let mut train = begin();
    keep_carried(repo, job)?;
    let together: Vec<&Candidate> = job.tasks.iter().collect();
    if train.take(&together)?.is_err() {
        train = begin();
        for task in &job.tasks {
            train.take_alone(task)?;
        }
    }
    let changed = |head: &&Head| job.heads.get(&head.layer) != Some(head);
    let heads: Vec<Head> = train.heads.values().filter(changed).cloned().collect();
    if job.gated {
        keep(repo, job, &heads)?;
    }
    Ok(MergeResult { heads, landed: train.landed, conflicts: train.conflicts })
}

fn keep(repo: &Repo, job: &MergeJob, heads: &[Head]) -> Result<()> {
    let named = heads.iter().map(|head| (names::candidate(&job.run, job.batch, head.layer), head.commit.clone()));
    git::force_refs(repo, &named.collect::<Vec<_>>())
}

/// What persons solved stays reachable, whatever becomes of the branch that they committed it on.
fn keep_carried(repo: &Repo, job: &MergeJob) -> Result<()> {
    let of = |task: &Candidate| {
        let id = task.attempt.task.clone();
        task.carried.clone().into_iter().map(move |(layer, commit)| (names::carried(&job.run, &id, layer), commit))
    };
    git::force_refs(repo, &job.tasks.iter().flat_map(of).collect::<Vec<_>>())
}

struct Train<'a> {
    repo: &'a Repo,
    job: &'a MergeJob,
    regenerate: Regenerate<'a>,
    heads: BTreeMap<u32, Head>,
    landed: Vec<LandedTask>,
    conflicts: Vec<Conflict>,
    /// What is taken out already.
    out: BTreeSet<TaskId>,
    /// Merges that were made.
    made: u32,
}

/// Merges after which the history that they made is noted: until then it costs less to read it again for each.
const NOTED_EVERY: u32 = 32;

/// Where carrying a head forward clashed.
struct CarryClash {
    layer: u32,
    clash: Clash,
}

impl Train<'_> {
    /// Merges tasks into their layers and carries forward. The inner error says where carrying clashed; the train is
    /// then to be thrown away.
    fn take(&mut self, tasks: &[&Candidate]) -> Result<std::result::Result<(), CarryClash>> {
        let own = tasks.iter().map(|task| task.layer);
        let out = self.job.without.iter().map(|(_, layer, _)| *layer);
        let layers: BTreeSet<u32> = own.chain(out).chain(self.heads.keys().copied()).collect();
        let mut below: Option<Head> = None;
        for layer in layers {
            if let Some(clash) = self.carry(layer, below.as_ref(), tasks)? {
                return Ok(Err(clash));
            }
            if let Some(clash) = self.take_out(layer)? {
                return Ok(Err(clash));
            }
            for task in tasks.iter().filter(|task| task.layer == layer) {
                self.merge_task(task)?;
            }
            below = Some(self.head(layer));
        }
        Ok(Ok(()))
    }

    /// Reverts what is to be taken out of the head of `layer`: three-way, from what it made of the head to what was there
    /// before. What it began from is declared by commits made for that, since `merge-tree` takes no base before git 2.40.
    fn take_out(&mut self, layer: u32) -> Result<Option<CarryClash>> {
        for (task, of, landed) in self.job.without.iter().filter(|(_, of, _)| *of == layer) {
            let head = self.head(*of);
            let info = self.repo.commit_info(landed)?;
            let Some(before) = info.parents.first() else { continue };
            if self.out.contains(task) {
                continue;
            }
            let base = self.commit(&info.tree, &[], "What is taken out is in\n")?;
            let now = self.commit(&head.tree, &[&base], "What came after it\n")?;
            let without = self.commit(&self.repo.tree_of(before)?, &[&base], "What was there before it\n")?;
            match join::join(self.repo, &self.job.rules, (&now, &without), None)? {
                Joined::Clash(clash) => return Ok(Some(CarryClash { layer, clash })),
                Joined::Clean { tree, .. } => {
                    let message =
                        format!("Take {task} out again\n\nOrca-Reverts: {task}\nOrca-Run: {}\n", self.job.run);
                    let commit = self.commit(&tree, &[&head.commit], &message)?;
                    self.heads.insert(layer, Head { layer, commit, tree });
                    self.out.insert(task.clone());
                }
            }
        }
        Ok(None)
    }

    fn take_alone(&mut self, task: &Candidate) -> Result<()> {
        let before = (self.heads.clone(), self.landed.clone(), self.conflicts.clone(), self.out.clone());
        if let Err(clash) = self.take(&[task])? {
            (self.heads, self.landed, self.conflicts, self.out) = before;
            self.refuse(task, clash.layer, clash.clash)?;
        }
        Ok(())
    }

    fn head(&self, layer: u32) -> Head {
        self.heads.range(..=layer).next_back().map_or(&self.job.root, |(_, head)| head).clone()
    }

    /// Takes the changed head below into the head of `layer`, where that layer has one of its own.
    fn carry(&mut self, layer: u32, below: Option<&Head>, tasks: &[&Candidate]) -> Result<Option<CarryClash>> {
        let Some(below) = below.filter(|below| self.job.heads.get(&below.layer) != Some(below)) else {
            return Ok(None);
        };
        let Some(head) = self.heads.get(&layer).cloned() else { return Ok(None) };
        match self.join(&head, &below.commit)? {
            Joined::Clash(clash) => match self.carry_by_hand(&head, below, tasks)? {
                Some(()) => Ok(None),
                None => Ok(Some(CarryClash { layer, clash })),
            },
            Joined::Clean { tree, .. } => self.carried(&head, below, tree, "").map(|()| None),
        }
    }

    fn carried(&mut self, head: &Head, below: &Head, tree: Oid, solved: &str) -> Result<()> {
        let layer = head.layer;
        let run = &self.job.run;
        let message = format!("Carry layer {} into layer {layer}\n\n{solved}Orca-Run: {run}\n", below.layer);
        let commit = self.commit(&tree, &[&head.commit, &below.commit], &message)?;
        self.heads.insert(layer, Head { layer, commit, tree });
        Ok(())
    }

    /// Carries `below` into `head` with what persons made of the clash: their merges are taken in first, on the side,
    /// so that only their tree counts and no later layer gets into a lower one. `None`: they do not solve it.
    fn carry_by_hand(&mut self, head: &Head, below: &Head, tasks: &[&Candidate]) -> Result<Option<()>> {
        let mut solved = head.clone();
        let mut by: Vec<&Candidate> = Vec::new();
        for task in tasks {
            let Some(solution) = task.carried.get(&head.layer) else { continue };
            let Joined::Clean { tree, .. } = self.join(&solved, solution)? else { return Ok(None) };
            let commit = self.commit(&tree, &[&solved.commit, solution], "Resolved before\n")?;
            solved = Head { layer: head.layer, commit, tree };
            by.push(task);
        }
        if by.is_empty() {
            return Ok(None);
        }
        let Joined::Clean { tree, .. } = self.join(&solved, &below.commit)? else { return Ok(None) };
        let by_agent = |task: &&Candidate| task.by_agent.contains(&head.layer);
        let who = |task: &Candidate| if by_agent(&task) { "by an agent" } else { "by hand" };
        let words: String = by.iter().map(|task| format!("Resolved {}: {}\n", who(task), task.attempt.task)).collect();
        self.carried(head, below, tree, &format!("{words}\n"))?;
        for task in by.iter().filter(|task| !by_agent(task)) {
            for done in self.landed.iter_mut().filter(|done| done.task == task.attempt.task) {
                done.rules.push(format!("by-hand {}", head.layer));
            }
        }
        Ok(Some(()))
    }

    fn merge_task(&mut self, task: &Candidate) -> Result<()> {
        let head = self.head(task.layer);
        if self.repo.is_ancestor(&task.commit, &head.commit)? {
            self.landed.push(LandedTask { task: task.attempt.task.clone(), commit: None, rules: task.solved.clone() });
            return Ok(());
        }
        match self.join(&self.beside(&head, task)?, &task.commit)? {
            Joined::Clash(clash) => self.refuse(task, task.layer, clash),
            Joined::Clean { tree, rules } => {
                let rules = [task.solved.clone(), rules].concat();
                let (tree, rules) = match self.made_anew_after(&head, task, tree, rules)? {
                    Ok(made) => made,
                    Err(clash) => return self.refuse(task, task.layer, clash),
                };
                let commit =
                    self.commit(&tree, &[&head.commit, &task.commit], &landing_message(&self.job.run, task, &rules))?;
                self.heads.insert(task.layer, Head { layer: task.layer, commit: commit.clone(), tree });
                self.made += 1;
                if self.made.is_multiple_of(NOTED_EVERY) {
                    git::note_history(self.repo, &commit);
                }
                self.landed.push(LandedTask { task: task.attempt.task.clone(), commit: Some(commit), rules });
                Ok(())
            }
        }
    }

    /// Where anything was solved, files that are made from what was solved, and that both sides changed, are made anew:
    /// whatever merged them, or whoever chose one of them, did not know what they are made from now.
    fn made_anew_after(
        &self,
        head: &Head,
        task: &Candidate,
        tree: Oid,
        rules: Vec<String>,
    ) -> Result<std::result::Result<(Oid, Vec<String>), Clash>> {
        let word = Rung::Regenerate.word();
        let stale = |path: &String| !rules.contains(&format!("{word} {path}"));
        let of_rules: Vec<String> = self.job.rules.regenerate.iter().filter(|path| stale(path)).cloned().collect();
        if rules.is_empty() || of_rules.is_empty() {
            return Ok(Ok((tree, rules)));
        }
        let named = |path: &String| rules.iter().any(|rule| rule.split_once(' ').is_some_and(|(_, it)| it == path));
        let base = self.repo.merge_base(&self.job.root.commit, &task.commit)?.unwrap_or(self.job.root.commit.clone());
        let [ours, theirs] = [&head.commit, &task.commit].map(|side| self.repo.changed(&base, side));
        let (ours, theirs) = (ours?, theirs?);
        let both = |path: &String| [&ours, &theirs].iter().all(|side| side.iter().any(|change| change.path == *path));
        let there = |path: &String| self.repo.file_in_tree(&tree, path).is_ok();
        let anew: Vec<String> = of_rules.into_iter().filter(|it| (named(it) || both(it)) && there(it)).collect();
        if anew.is_empty() {
            return Ok(Ok((tree, rules)));
        }
        match self.made_anew(&tree, head, &task.commit, &anew)? {
            Ok(made) => {
                let other = |rule: &String| !anew.iter().any(|path| rule.ends_with(&format!(" {path}")));
                let made_anew = anew.iter().map(|path| format!("{word} {path}"));
                let rules: BTreeSet<String> = rules.iter().filter(|it| other(it)).cloned().chain(made_anew).collect();
                Ok(Ok((made, rules.into_iter().collect())))
            }
            Err(why) => {
                let path = |path: &String| ConflictPath {
                    path: path.clone(),
                    kind: "contents".to_owned(),
                    lines: String::new(),
                };
                let paths = anew.iter().map(path).collect();
                Ok(Err(Clash { paths, tried: vec![why], tree, stages: Vec::new(), found: Vec::new() }))
            }
        }
    }

    /// The head as a task with a base of its own meets it. All of that base has landed already: a commit that says so
    /// makes it what both sides have in common. Without, they would have several such commits, and git would count some
    /// of the base's changes twice (criss-cross).
    fn beside(&self, head: &Head, task: &Candidate) -> Result<Head> {
        match &task.side {
            Some(side) if !self.repo.is_ancestor(side, &head.commit)? => {
                let commit = self.commit(&head.tree, &[&head.commit, side], "All of it has landed\n")?;
                Ok(Head { commit, ..head.clone() })
            }
            _ => Ok(head.clone()),
        }
    }

    fn join(&self, ours: &Head, theirs: &Oid) -> Result<Joined> {
        join::join(
            self.repo,
            &self.job.rules,
            (&ours.commit, theirs),
            Some(&|merged, paths| self.made_anew(merged, ours, theirs, paths)),
        )
    }

    /// The merged tree with the files at `paths` made anew, or why that did not work.
    fn made_anew(
        &self,
        merged: &Oid,
        ours: &Head,
        theirs: &Oid,
        paths: &[String],
    ) -> Result<std::result::Result<Oid, String>> {
        let commit = self.commit(merged, &[&ours.commit, theirs], "Merged but for files that are made anew\n")?;
        (self.regenerate)(&commit, paths)
    }

    fn commit(&self, tree: &Oid, parents: &[&Oid], message: &str) -> Result<Oid> {
        let parents: Vec<Oid> = parents.iter().map(|oid| (*oid).clone()).collect();
        git::commit_tree(self.repo, tree, &parents, message, self.job.when)
    }

    fn refuse(&mut self, task: &Candidate, layer: u32, clash: Clash) -> Result<()> {
        let Clash { paths, tried, .. } = clash;
        let mut with = Vec::new();
        for work in &self.job.landed {
            let changes = self.repo.changed(&work.base, &work.result)?;
            let meets = |path: &ConflictPath| {
                changes
                    .iter()
                    .any(|change| change.path == path.path || change.old_path.as_deref() == Some(path.path.as_str()))
            };
            if paths.iter().any(meets) {
                with.push(work.task.clone());
            }
        }
        let in_batch = self.landed.iter().filter(|landed| landed.commit.is_some()).map(|landed| &landed.task);
        for other in in_batch.filter_map(|id| self.job.tasks.iter().find(|task| task.attempt.task == *id)) {
            let base = self.repo.merge_base(&self.job.root.commit, &other.commit)?;
            let changes = self.repo.changed(base.as_ref().unwrap_or(&self.job.root.commit), &other.commit)?;
            if paths.iter().any(|path| changes.iter().any(|change| change.path == path.path)) {
                with.push(other.attempt.task.clone());
            }
        }
        with.retain(|other| *other != task.attempt.task);
        self.conflicts.push(Conflict { task: task.attempt.task.clone(), layer, with, paths, tried });
        Ok(())
    }
}

/// The message of a landing: `Orca-Task` stands in exactly one commit of a head's first-parent history per task.
fn landing_message(run: &RunId, task: &Candidate, rules: &[String]) -> String {
    let title: String = task.title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
    let mut message = format!("Land {}: {}\n\n", task.attempt.task, title.trim());
    for rule in rules {
        let by_rule = rule.starts_with("union ") || rule.starts_with("regenerate ");
        message.push_str(&format!("{} {rule}\n", if by_rule { "Resolved by rule:" } else { "Conflict resolved:" }));
    }
    if !rules.is_empty() {
        message.push('\n');
    }
    let attempt = task.attempt.n;
    message.push_str(&format!("Orca-Task: {}\nOrca-Attempt: {attempt}\nOrca-Run: {run}\n", task.attempt.task));
    message
}
