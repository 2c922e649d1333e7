//! What every agent does.

use std::time::Duration;

use super::{Ending, Job, Transcript};
use crate::model::{AgentDef, AgentEvent, CommandSpec, Result};
use crate::process::End;

/// How an agent's program tells whether somebody is logged in.
#[derive(Debug, Clone, Copy)]
pub struct LoginCheck {
    /// Variables any of which stands for a login.
    pub keys: &'static [&'static str],
    /// What the program is asked; nothing where it cannot be.
    pub args: &'static [&'static str],
    /// What it answers, in small letters, when nobody is.
    pub nobody: &'static [&'static str],
    /// A file below the home folder that is there after a login; none where the program itself is asked.
    pub file: Option<&'static str>,
    /// What to do about it.
    pub fix: &'static str,
}

/// Where an agent's model is asked.
#[derive(Debug, Clone, Copy)]
pub struct ModelAddress {
    /// The variable that names another address.
    pub variable: &'static str,
    /// The usual host.
    pub host: &'static str,
}

/// One kind of agent.
pub trait Agent: Sync {
    /// Its name in `--agent`, unless it serves many names.
    fn name(&self) -> &'static str;

    /// One line for people.
    fn about(&self) -> &'static str;

    /// The program it starts where `[agents.NAME]` names none.
    fn program(&self) -> Option<&'static str> {
        None
    }

    /// Whether it has a stream that tells what it does.
    fn has_stream(&self) -> bool {
        self.program().is_some()
    }

    /// Whom it asks: agents of one provider share its pauses and refusals. `None` where nobody is asked, or nobody
    /// knows.
    fn provider(&self) -> Option<&'static str> {
        None
    }

    /// Whom it asks when it is defined like this: some ask many.
    fn provider_of(&self, _def: &AgentDef) -> Option<String> {
        self.provider().map(str::to_owned)
    }

    /// Names of the variables that it needs from the user's environment; a `*` stands for any rest.
    fn variables(&self) -> &'static [&'static str] {
        &[]
    }

    /// How one finds out whether somebody is logged in, without asking a model.
    fn login(&self) -> Option<LoginCheck> {
        None
    }

    /// Where its model is asked; none where that is its user's choice.
    fn model_address(&self) -> Option<ModelAddress> {
        None
    }

    /// Whether it ends itself after as many turns as it may take. Others are ended at the use of a tool beyond that.
    fn counts_turns(&self) -> bool {
        false
    }

    /// Whether it can be given our own server (`mcp = true`) where it is defined like this.
    fn takes_server(&self, _def: &AgentDef) -> bool {
        false
    }

    /// What its stream tells.
    fn tells(&self) -> Tells {
        Tells::default()
    }

    /// The command that runs `job`, and the text to be put into its script file, if it wants one.
    ///
    /// # Errors
    /// The job lacks what this agent needs.
    fn command(&self, job: &Job<'_>) -> Result<(CommandSpec, Option<String>)>;

    /// Whether it can be held to a form of answer and kept from writing, so that it can review.
    fn reviews(&self) -> bool {
        false
    }

    /// A reviewer's answer out of everything it printed; used where it left none in the file for it. None: there is none.
    fn answer(&self, printed: &str) -> Option<String> {
        Some(printed.to_owned())
    }

    /// A reader for the stream of `job`.
    fn reader(&self, _job: &Job<'_>) -> Box<dyn StreamReader> {
        Box::new(Mute)
    }

    /// What the program's end means, given what its stream said.
    fn judge(&self, end: &End, told: &Transcript) -> Ending;

    /// Whether the program's exit status is evidence: true where a program, not a model, decides it. Then a task that
    /// only verifies is verified by exit 0.
    fn exit_is_evidence(&self) -> bool;
}

/// Reads one attempt's stream. Pure: the same lines give the same answers.
pub trait StreamReader: Send {
    /// What a line says, in order; nothing for most.
    fn read(&mut self, line: &str) -> Vec<AgentEvent>;

    /// The other half of a conversation, where the program's input stays open (its command has
    /// [`Stdin::Piped`](crate::model::Stdin::Piped)).
    fn speaker(&mut self) -> Option<&mut dyn Speaker> {
        None
    }
}

/// Speaks to an agent's program while it works. Pure as reading is: whoever has the pipe writes.
pub trait Speaker {
    /// What is to be written now; asked for at the start, and each time after something was read or said.
    fn to_write(&mut self) -> String;

    /// Whether the model can be told something while it works.
    fn hears(&self) -> bool;

    /// Takes a person's word. Its receipt is an [`AgentEvent::Heard`] with the same id.
    fn say(&mut self, id: &str, text: &str);

    /// Whether all that was said has its answer, so that nothing is lost if the input ends now.
    fn is_answered(&self) -> bool;

    /// Asks the program to break off what it does, in its own way; false where it has none but the signal.
    fn cancel(&mut self) -> bool {
        false
    }

    /// How long the program may take to leave once its input has ended.
    fn leaves_within(&self) -> Duration;
}

/// The reader of agents without a stream.
struct Mute;

impl StreamReader for Mute {
    fn read(&mut self, _line: &str) -> Vec<AgentEvent> {
        Vec::new()
    }
}

/// What an agent's stream tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tells {
    /// A session that can be gone on in.
    pub session: bool,
    /// Tokens.
    pub tokens: bool,
    /// Money, by the agent's own account; otherwise it follows from tokens and prices.
    pub money: bool,
}
