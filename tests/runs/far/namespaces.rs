//! A host in a network of its own: the line to it is cut as a cable is, while what runs there goes on.

use std::process::Command;

use serde_json::json;

use super::Boxes;
use crate::support::{TestRequirement, needs, until};

/// A network with one end here, gone with this value.
pub struct FarNetwork {
    name: String,
    here: String,
    /// The address of the other end.
    pub there: String,
}

fn ip(args: &[&str]) -> bool {
    Command::new("ip").args(args).output().is_ok_and(|output| output.status.success())
}

impl FarNetwork {
    /// Makes one; none where this machine does not let us, which is said.
    pub fn make() -> Option<FarNetwork> {
        let pid = std::process::id();
        let (name, here, other) = (format!("orca{pid}"), format!("oh{pid}"), format!("ot{pid}"));
        // Addresses for documentation: nobody's.
        let at = |n: u32| format!("198.51.100.{}", (pid % 60) * 4 + n);
        let network = FarNetwork { name: name.clone(), here: here.clone(), there: at(2) };
        let in_it = |args: &[&str]| ip(&[&["netns", "exec", &name, "ip"][..], args].concat());
        let made = nix::unistd::geteuid().is_root()
            && ip(&["netns", "add", &name])
            && ip(&["link", "add", &here, "type", "veth", "peer", "name", &other])
            && ip(&["link", "set", &other, "netns", &name])
            && ip(&["addr", "add", &format!("{}/30", at(1)), "dev", &here])
            && ip(&["link", "set", &here, "up"])
            && in_it(&["addr", "add", &format!("{}/30", at(2)), "dev", &other])
            && in_it(&["link", "set", &other, "up"])
            && in_it(&["link", "set", "lo", "up"]);
        if !made {
            needs(TestRequirement::NetworkNamespaces);
        }
        made.then_some(network)
    }

    /// What a program is started with that is to be in it.
    pub fn prefix(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).to_vec()
    }

    /// Cuts the line, or mends it.
    fn set(&self, state: &str) {
        assert!(ip(&["link", "set", &self.here, state]));
    }
}

impl Drop for FarNetwork {
    fn drop(&mut self) {
        ip(&["link", "del", &self.here]);
        ip(&["netns", "del", &self.name]);
    }
}

#[test]
fn a_network_that_is_cut_between_is_waited_for_and_the_work_taken_in() {
    let Some(network) = FarNetwork::make() else { return };
    // The hub lies on the host, too: with the line everything is gone that could tell anything.
    let Some(boxes) = Boxes::in_network(&network) else { return };
    let bed = &boxes.bed;
    bed.plan(json!([
        {"id": "T1", "run": "put half.txt half; block a; put one.txt 1"},
        {"id": "T2", "after": ["T1"], "run": "put two.txt 2"},
    ]));
    bed.commit("the beginning");
    let fifo = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    network.set("down");
    // It ends while nobody can be asked there.
    drop(held);
    until("it has ended there", || boxes.processes(0).is_empty());
    assert!(bed.landings().is_empty(), "nobody could tell of it");
    network.set("up");
    running.wait().exits(0);
    assert_eq!(boxes.hosts_of("T1").len(), 1, "the same attempt, not another");
    assert_eq!((bed.landings().get("T1"), bed.landings().get("T2")), (Some(&1), Some(&1)));
    bed.assert_lossless();
    boxes.assert_quiet();
}
