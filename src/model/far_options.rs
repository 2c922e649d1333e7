//! Where attempts run when that is not here (`[executors]`).

use serde::{Deserialize, Serialize};

/// Agents at once on a host that says nothing of it.
pub const HOST_JOBS: u32 = 4;

/// Seconds that a host may give no answer before what it has counts as lost: longer than most cuts of a line.
pub const FAR_PATIENCE: u64 = 600;

/// A host that attempts run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarHost {
    /// Its name, as ssh knows it.
    pub name: String,
    /// Agents at once.
    pub jobs: u32,
}

impl FarHost {
    /// Reads `box1` or `box2 jobs=4`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<FarHost, String> {
        let mut words = text.split_whitespace();
        let name = words.next().ok_or("a host has a name: `box1`, or `box2 jobs=4`")?;
        if name.starts_with('-') {
            return Err(format!("`{name}` is an option, no host"));
        }
        let mut jobs = HOST_JOBS;
        for word in words {
            let number = word.strip_prefix("jobs=").and_then(|n| n.parse().ok()).filter(|n| *n > 0);
            jobs = number.ok_or_else(|| format!("`{word}` is not of the form `jobs=4`"))?;
        }
        Ok(FarHost { name: name.to_owned(), jobs })
    }
}

/// Where attempts run, and what lies between.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FarOptions {
    /// The executor's name.
    pub executor: String,
    /// The bare repository that both sides reach.
    pub hub: String,
    /// Whether git orca made it, because nobody named one.
    pub own_hub: bool,
    /// git orca there: a name in `PATH`, or a path.
    pub program: String,
    /// The hosts; none for an executor that chooses itself.
    pub hosts: Vec<FarHost>,
    /// Seconds that a host may give no answer.
    pub patience: u64,
    /// More arguments of the command that hands work over.
    pub args: Vec<String>,
    /// Whether work that is ready at the same time goes to a queue in one call.
    pub arrays: bool,
}

impl FarOptions {
    /// Agents at once on all hosts together; none where the executor knows.
    pub fn places(&self) -> Option<u32> {
        (!self.hosts.is_empty()).then(|| self.hosts.iter().map(|host| host.jobs).sum())
    }

    /// What starts a program on a node of the queue that is free now, or fails within seconds; with nothing of our
    /// environment that it does not need.
    pub fn on_a_node(&self) -> Vec<String> {
        let words = ["srun", "--ntasks=1", "--immediate=20", "--quiet", "--chdir=/", "--job-name=git-orca-hello"];
        let mut words: Vec<String> = words.map(str::to_owned).into();
        words.push("--export=HOME,PATH,USER,LANG,LC_ALL".to_owned());
        words.extend(self.args.iter().cloned());
        words
    }

    /// As one text, for people who are to agree to it.
    pub fn about(&self) -> String {
        let hosts: Vec<&str> = self.hosts.iter().map(|host| host.name.as_str()).collect();
        // One that is ours lies where the hosts are, which is said.
        let hub = if self.own_hub { "" } else { self.hub.as_str() };
        let mut text = format!("{} {} {hub} {}", self.executor, hosts.join(" "), self.program);
        text.extend(self.args.iter().map(|arg| format!(" {arg}")));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read() {
        assert_eq!(FarHost::read("box1"), Ok(FarHost { name: "box1".into(), jobs: HOST_JOBS }));
        assert_eq!(FarHost::read(" ada@box2   jobs=2 "), Ok(FarHost { name: "ada@box2".into(), jobs: 2 }));
        for wrong in ["", "  ", "-oProxyCommand=sh", "box1 jobs=0", "box1 jobs=many", "box1 cpus=4"] {
            assert!(FarHost::read(wrong).is_err(), "{wrong}");
        }
    }
}
