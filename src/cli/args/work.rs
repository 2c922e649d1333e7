//! Arguments of `work`: the far side. People type one of them, `--print-job`; the others are what another git orca says.

use clap::Args;

/// `work`.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct WorkArgs {
    /// Say what this machine is and has; learns the key that is asked with, on standard input
    #[arg(long, group = "what")]
    pub hello: bool,
    /// Take the work described on standard input, and go on with it in the background
    #[arg(long, group = "what")]
    pub take: bool,
    /// How far work is
    #[arg(long, value_name = "WORK", group = "what")]
    pub state: Option<String>,
    /// Seconds to wait for its end before answering
    #[arg(long, value_name = "SECONDS", default_value_t = 0, requires = "state")]
    pub wait: u64,
    /// Ask work to end; what it has is saved
    #[arg(long, value_name = "WORK", group = "what")]
    pub cancel: Option<String>,
    /// Make a hub of this name here, where there is none, and say where it lies
    #[arg(long, value_name = "NAME", group = "what")]
    pub make_hub: Option<String>,
    /// Remove the hub of this name here, unless it has work that nobody took in
    #[arg(long, value_name = "NAME", group = "what")]
    pub drop_hub: Option<String>,
    /// Do work that was taken
    #[arg(long, value_name = "WORK", group = "what", hide = true)]
    pub perform: Option<String>,
    /// Do a job of a hub, here and now: the address, the lease, the attempt's number and the claim
    #[arg(long, num_args = 4, value_names = ["HUB", "LEASE", "ATTEMPT", "CLAIM"], group = "what", allow_hyphen_values = false)]
    pub job: Vec<String>,
    /// Print a Kubernetes Job that does such a job (not tried on a cluster)
    #[arg(long, num_args = 5, value_names = ["IMAGE", "HUB", "LEASE", "ATTEMPT", "CLAIM"], group = "what")]
    pub print_job: Vec<String>,
}
