//! Who answers, and from where: what the journal keeps beside a person's yes or no.

use std::io::stdin;

use nix::unistd::{User, geteuid, ttyname};

use crate::journal::AnswerOrigin;
use crate::process::ProcessId;

/// The account that this process runs under, the machine, and the terminal that it reads from, with the address of the
/// other end where that came over ssh. All three are what the system and the environment say: a record, no proof.
pub fn answer_origin() -> AnswerOrigin {
    let uid = geteuid();
    let user = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
    let tty = ttyname(stdin()).ok().map(|path| path.to_string_lossy().trim_start_matches("/dev/").to_owned());
    let address = std::env::var("SSH_CONNECTION").ok();
    let address = address.as_deref().and_then(|line| line.split(' ').next()).filter(|address| !address.is_empty());
    let terminal = match (tty, address) {
        (Some(tty), Some(address)) => format!("{tty} from {address}"),
        (Some(tty), None) => tty,
        (None, Some(address)) => format!("from {address}"),
        (None, None) => String::new(),
    };
    AnswerOrigin { user, host: ProcessId::this().host_name(), terminal }
}
