//! Services of which each worktree has one of its own: databases, queues, servers (`[resources.db]`).

use serde::{Deserialize, Serialize};

/// How such a service is made, and how programs find it. `{slot}` in its texts is the name of the worktree's place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Service {
    /// Its name in `[resources]`.
    pub name: String,
    /// The command that makes it, ready for use.
    pub create: String,
    /// The command that removes it.
    pub drop: String,
    /// The command that empties it between two uses; none: it is removed and made anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<String>,
    /// Where programs find it.
    pub url: String,
    /// The variable that says so.
    pub env: String,
}

/// What stands for the place in a service's texts.
const SLOT: &str = "{slot}";

impl Service {
    /// The variable that says where it is, unless something else is said: `DB_URL` for `db`.
    pub fn usual_variable(name: &str) -> String {
        let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        format!("{}_URL", name.chars().map(word).collect::<String>())
    }

    /// The service of one place. Its name there has only letters, digits and `_`, and begins with a letter, so that it can
    /// be a database's: `orca_1f2e3d4c_a1`. Other repositories of this machine have others.
    #[must_use]
    pub fn in_place(&self, repo_digest: &str, slot: &str) -> Service {
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let digest: String = plain(repo_digest).chars().take(8).collect();
        let place = slot.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let place = format!("orca_{digest}_{place}").to_ascii_lowercase();
        let put = |text: &str| text.replace(SLOT, &place);
        Service {
            create: put(&self.create),
            drop: put(&self.drop),
            reset: self.reset.as_deref().map(put),
            url: put(&self.url),
            ..self.clone()
        }
    }

    /// Whether two places would share it: nothing that is run for it names the place.
    pub fn is_shared(&self) -> bool {
        !self.create.contains(SLOT) || !self.url.contains(SLOT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_name_that_a_database_can_have() {
        let service = Service {
            name: "db".into(),
            create: "createdb {slot}".into(),
            drop: "dropdb {slot}".into(),
            url: "postgres:///{slot}?host=/run/{slot}".into(),
            ..Service::default()
        };
        let here = service.in_place("1F2E3D4C5b6a", "g1-2");
        assert_eq!(here.create, "createdb orca_1f2e3d4c_g1_2");
        assert_eq!(here.url, "postgres:///orca_1f2e3d4c_g1_2?host=/run/orca_1f2e3d4c_g1_2");
        assert!(!service.is_shared() && here.is_shared());
        assert_eq!(Service::usual_variable("test-db"), "TEST_DB_URL");
    }
}
