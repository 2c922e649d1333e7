//! From settings to what a run is told.

use std::collections::BTreeMap;

use super::definitions::AGENT_TIMEOUT;
use super::file::RoleDef;
use super::flags::JobsWish;
use super::resolve::Settings;
use crate::model::{Adapt, AgentDef, Fence, GateDef, Role, RolePool, RunOptions};

impl Settings {
    /// Definitions of the agents that may run, with the limits that `[limits]` sets for all. Scripts have none unless
    /// somebody sets one: what a plan's own command takes is not guessed.
    fn limited_agents(&self) -> BTreeMap<String, AgentDef> {
        let mut agents = self.agents.clone();
        let in_use = self.agent.iter().map(String::as_str).chain(self.attempt_time.or(self.idle).map(|_| "script"));
        for name in in_use {
            agents.entry(name.to_owned()).or_default();
        }
        for (name, def) in &mut agents {
            let usual = (name != "script").then_some(AGENT_TIMEOUT);
            def.timeout = def.timeout.or(self.attempt_time).or(usual);
            def.idle = def.idle.or(self.idle);
            def.turns = def.turns.or(self.turns);
        }
        agents
    }

    /// Who does what a role asks.
    fn pools(&self) -> BTreeMap<Role, RolePool> {
        let named = |word: &str| Role::ALL.iter().find(|(_, known)| *known == word).map(|(role, _)| *role);
        let pool = |def: &RoleDef| RolePool { agent: def.agent.clone(), min: def.min, max: def.max };
        self.roles.iter().filter_map(|(word, def)| Some((named(word)?, pool(def)))).collect()
    }

    /// What the run is told. `jobs` is the caller's choice, since it depends on plan and machine; `detected` gates
    /// come after those of `orca.toml`.
    pub fn options(&self, jobs: u32, into: Option<(String, String)>, detected: &[GateDef]) -> RunOptions {
        RunOptions {
            jobs,
            jobs_most: jobs,
            adapt: match self.jobs {
                // What this machine bears says nothing of others.
                _ if self.far.is_some() => Adapt::No,
                None => Adapt::Memory,
                Some(JobsWish::Auto) => Adapt::Auto,
                Some(JobsWish::Count(_)) => Adapt::No,
            },
            places: self.places,
            checks: self.checks,
            schedule: self.schedule,
            base: self.base_mode,
            base_red: self.base_red,
            speculate: self.speculate,
            tell: self.tell,
            // Only who begins the run knows.
            attended: false,
            approve: self.approve,
            opens_pulls: self.pr,
            approvals: self.approvals.clone(),
            tdd: self.tdd.unwrap_or_default(),
            roles: self.pools(),
            attempts: self.attempts,
            candidates: self.candidates.clone(),
            pick: self.pick,
            agent: self.agent.clone().unwrap_or_default(),
            judged_by_exit: false,
            agents: self.limited_agents(),
            gates: self.gates.iter().chain(detected).cloned().collect(),
            resources: self.resources.clone(),
            services: self.services.clone(),
            worktree: self.worktree.clone(),
            conflicts: self.conflicts.clone(),
            snapshot_every: self.snapshot_every,
            success_alert: self.success_alert,
            symbols: self.symbols.clone(),
            far: self.far.clone(),
            far_gates: self.far_gates.clone(),
            // Chosen by whoever can look at the machine.
            sandbox: Fence::default(),
            into,
            budget_tokens: self.budget_tokens,
            budget_usd: self.budget_usd,
            limits: self.limits.clone(),
            prices: self.prices.clone(),
            deploy: self.deploy.clone(),
            // Where one stands is the caller's to know.
            folder: String::new(),
        }
    }
}
