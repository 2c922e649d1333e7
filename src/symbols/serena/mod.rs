//! Serena as a source of answers: her server is started when it is first asked, stands in a worktree of its own, and is
//! started again when it dies. A language server of hers that dies she starts again herself.
//!
//! | file | holds |
//! |---|---|
//! | `answer.rs` | what her tools answer (pure) |
//! | `place.rs` | her worktree, and what she is told there |
//! | `server.rs` | the program, its versions, its calls |

mod answer;
mod place;
mod server;

use std::time::Duration;

use self::answer::UseAnswer;
use self::server::SerenaServer;
use super::seam::UseSource;
use super::symbol::{SymbolName, SymbolUse};
use crate::git::Repo;
use crate::model::Oid;
use crate::source::Language;
use crate::wire::mcp::SILENT;

pub use place::SerenaPlace;

/// The first call waits for her language server to read the project.
const FIRST: Duration = Duration::from_secs(30);
/// Later ones take a tenth of a second, or a few where the language server has to be started again.
const LATER: Duration = Duration::from_secs(15);
/// Starts in one run: a server that keeps dying is not worth waiting for.
const MOST_STARTS: u32 = 4;
/// Failures of a language server in a row: one that was killed answers the next question, one that is not installed none.
const MOST_FAILURES: u32 = 3;

/// The server, as long as it lives.
#[derive(Debug)]
pub(super) struct Serena {
    repo: Repo,
    languages: Vec<Language>,
    servers: Vec<String>,
    place: SerenaPlace,
    server: Option<SerenaServer>,
    /// Where her worktree stands.
    stands: Option<Oid>,
    starts: u32,
    /// How often she said nothing in time.
    silences: u32,
    /// Whether she ever said who uses something.
    has_answered: bool,
    /// Questions in a row that her language server had no answer for.
    failures: u32,
    complaint: Option<String>,
    /// Nothing more is tried.
    given_up: bool,
}

impl Serena {
    pub(super) fn new(repo: &Repo, servers: &[String], place: SerenaPlace) -> Serena {
        Serena {
            repo: repo.clone(),
            languages: servers.iter().flat_map(|name| languages(name)).copied().collect(),
            servers: servers.to_vec(),
            place,
            server: None,
            stands: None,
            starts: 0,
            silences: 0,
            has_answered: false,
            failures: 0,
            complaint: None,
            given_up: false,
        }
    }

    /// One symbol, by a server that lives. None: there is no answer; the error says that the server is gone.
    fn ask(&mut self, commit: &Oid, symbol: &SymbolName) -> Result<Option<Vec<SymbolUse>>, String> {
        let patience = if self.server.is_some() { LATER } else { FIRST };
        if let Err(why) = &self.place.program {
            return Err(format!("{}{why}", server::ABSENT));
        }
        self.stand_at(commit)?;
        if self.server.is_none() {
            self.starts += 1;
            self.server = Some(SerenaServer::start(&self.place, &self.servers)?);
        }
        let Some(server) = &mut self.server else { return Ok(None) };
        match server.references(symbol, patience)? {
            UseAnswer::Used(uses) => {
                (self.failures, self.has_answered) = (0, true);
                Ok(Some(uses.into_iter().filter(|it| it.path != symbol.path).collect()))
            }
            UseAnswer::Unknown => Ok(None),
            UseAnswer::Failed => {
                self.failures += 1;
                if self.failures >= MOST_FAILURES {
                    return Err(format!("{}her language server ({}) fails", server::ABSENT, self.servers.join(", ")));
                }
                Ok(None)
            }
        }
    }

    fn stand_at(&mut self, commit: &Oid) -> Result<(), String> {
        if self.stands.as_ref() != Some(commit) {
            self.stands = None;
            self.place.stand_at(&self.repo, commit, &self.servers)?;
            self.stands = Some(commit.clone());
        }
        Ok(())
    }

    /// One that never answered will not do so the next time, nor one that was silent twice.
    fn gone(&mut self, why: &str) {
        self.server = None;
        self.silences += u32::from(why == SILENT);
        let is_hopeless = why.starts_with(server::ABSENT) || self.starts >= MOST_STARTS || self.silences > 1;
        self.given_up = is_hopeless || !self.has_answered && self.silences == 0;
        if self.given_up {
            self.complaint = Some(format!("Serena does not answer ({why}); symbols are looked up without her"));
        }
    }
}

impl UseSource for Serena {
    fn serves(&self, path: &str) -> bool {
        !self.given_up && Language::with_grammar(path).is_some_and(|language| self.languages.contains(&language))
    }

    fn uses(&mut self, commit: &Oid, symbols: &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>> {
        let mut found = Vec::new();
        for symbol in symbols {
            let mut answer = None;
            // Once more where she died in the middle.
            for _ in 0..2 {
                if self.given_up {
                    break;
                }
                match self.ask(commit, symbol) {
                    Ok(uses) => {
                        answer = uses;
                        break;
                    }
                    Err(why) => self.gone(&why),
                }
            }
            found.push(answer);
        }
        found
    }

    fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    fn end(&mut self) {
        self.server = None;
        self.given_up = true;
        self.place.clear(&self.repo);
    }
}

/// The languages that one of her servers reads.
fn languages(server: &str) -> &'static [Language] {
    const BY_START: [(&str, &[Language]); 5] = [
        ("python", &[Language::Python]),
        ("typescript", &[Language::TypeScript, Language::JavaScript]),
        ("vue", &[Language::TypeScript, Language::JavaScript]),
        ("go", &[Language::Go]),
        ("rust", &[Language::Rust]),
    ];
    BY_START.iter().find(|(start, _)| server.starts_with(start)).map_or(&[], |(_, languages)| languages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_their_language() {
        assert_eq!(languages("python_jedi"), [Language::Python]);
        assert_eq!(languages("typescript_vts").len(), 2);
        assert!(languages("cobol").is_empty());
    }
}
