//! Interim.
#![expect(clippy::print_stderr, clippy::print_stdout, missing_docs, reason = "interim")]
use std::sync::{mpsc, Arc};
use crate::journal::{Entry, RunPaths, RunState, Event};
use crate::model::{Error, Problem, Result, TaskId};
pub fn say(text: &str) { eprintln!("{text}"); }
pub fn answer(text: &str) { println!("{text}"); }
pub fn ask(text: &str) { eprint!("{text}"); }
pub fn one_line(text: &str) -> String { crate::brief::one_line(text) }
pub fn problem_line(p: &Problem) -> String { format!("{} {} {}", p.at, p.what, p.hint) }
pub fn problems_text(p: &[Problem]) -> String { p.iter().map(problem_line).collect::<Vec<_>>().join("\n") }
pub fn error_text(e: &Error) -> String { format!("error: {}: {}\n  {}", e.doing, e.cause, e.hints.join("\n  ")) }
pub fn trust_question(s: &crate::settings::trust::Standing) -> String { format!("{s:?}") }
pub fn trust_difference(s: &crate::settings::trust::Standing) -> String { format!("{s:?}") }
pub fn nothing_to_do(plan: &str, left: &[(TaskId, crate::graph::LeftOut)]) -> String { format!("{plan}: nothing to do: {}", left.len()) }
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narration { Human, Silent, Json }
impl Narration { pub fn of(quiet: bool, json: bool) -> Self { if json { Self::Json } else if quiet { Self::Silent } else { Self::Human } } }
pub struct Narrator(std::thread::JoinHandle<()>);
impl Narrator { pub fn join(self) { let _ = self.0.join(); } }
pub fn narrator(n: Narration) -> (mpsc::Sender<Arc<Entry>>, Narrator) {
    let (tx, rx) = mpsc::channel::<Arc<Entry>>();
    (tx, Narrator(std::thread::spawn(move || for e in rx { if n == Narration::Human && !matches!(e.event, Event::RunStarted(_)) { let mut t = serde_json::to_string(&*e).unwrap_or_default(); t.truncate(260); eprintln!("{t}"); } })))
}
pub fn leave(_p: &RunPaths, _s: &RunState) -> Result<()> { Ok(()) }
pub fn status_json(_s: &RunState, _b: bool) -> String { String::new() }
pub fn summary(s: &RunState) -> String { format!("{} of {} landed in {:.1} s", s.tasks.iter().filter(|t| t.landed.is_some()).count(), s.tasks.len(), s.at.duration_since(s.started).as_secs_f64()) }
