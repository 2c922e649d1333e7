//! Several attempts of one task at once, of which the gates choose one.

use serde::{Deserialize, Serialize};

/// Most attempts of one task at once.
pub const MOST_CANDIDATES: u32 = 9;

/// Who makes the attempts of a task that are made at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Candidates {
    /// So many by the task's agent; 1: as usual.
    Count(u32),
    /// One by each of these agents.
    Agents(Vec<String>),
}

impl Default for Candidates {
    fn default() -> Self {
        Candidates::Count(1)
    }
}

impl Candidates {
    /// How many there are.
    pub fn how_many(&self) -> usize {
        match self {
            Candidates::Count(n) => *n as usize,
            Candidates::Agents(agents) => agents.len(),
        }
    }

    /// Whether there is nothing to choose from.
    pub fn is_single(&self) -> bool {
        matches!(self, Candidates::Count(0 | 1))
    }

    /// Reads a number, or names of agents between commas.
    ///
    /// # Errors
    /// It is neither, or too many.
    pub fn read(text: &str) -> Result<Candidates, String> {
        let agents: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let read = match text.trim().parse::<u32>() {
            Ok(n) => Candidates::Count(n),
            Err(_) if agents.iter().any(String::is_empty) => {
                return Err(format!("`{}` is neither a number nor a list of agents", text.escape_debug()));
            }
            Err(_) => Candidates::Agents(agents.clone()),
        };
        match read.how_many() {
            1 if read != Candidates::Count(1) => Err(format!(
                "`{0}` alone leaves nothing to choose from: name two agents or more; for {0} only: --agent {0}, or agent = \"{0}\" in orca.toml",
                agents[0].escape_debug()
            )),
            0 => Err("there is at least 1 candidate".to_owned()),
            n if n > MOST_CANDIDATES as usize => Err(format!("{n} is too many; at most {MOST_CANDIDATES} at once")),
            _ => Ok(read),
        }
    }

    /// As it is read.
    pub fn shown(&self) -> String {
        match self {
            Candidates::Count(n) => n.to_string(),
            Candidates::Agents(agents) => agents.join(","),
        }
    }
}

/// How one of several attempts is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PickMode {
    /// The best of all, once all are judged.
    #[default]
    Best,
    /// The first that passes its gates; the others are stopped.
    First,
}

impl PickMode {
    /// Whether all are waited for.
    pub fn is_best(&self) -> bool {
        *self == PickMode::Best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_a_number_or_agents() {
        let agents = |names: &[&str]| Candidates::Agents(names.iter().map(|it| (*it).to_owned()).collect());
        for (text, read) in [
            ("3", Ok(Candidates::Count(3))),
            ("1", Ok(Candidates::Count(1))),
            ("claude, codex", Ok(agents(&["claude", "codex"]))),
        ] {
            assert_eq!(Candidates::read(text), read, "{text}");
        }
        for wrong in ["", "0", "10", "claude", "claude,", "-1,,2"] {
            assert!(Candidates::read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Candidates::read(&agents(&["a", "b"]).shown()), Ok(agents(&["a", "b"])));
    }
}
