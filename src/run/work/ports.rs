//! Port ranges: ten ports a slot, so that agents and gates that start servers do not meet.

use std::net::TcpListener;

/// Ports a slot has.
const WIDTH: u16 = 10;
/// Slots a block serves.
const SLOTS: u16 = 40;
/// First port that is given out: above the registered ones that people use, below the ephemeral ones of most systems.
const FIRST: u16 = 12_000;
/// Blocks between [`FIRST`] and 32,000, where Linux's ephemeral ports begin.
const BLOCKS: u16 = 50;

/// How far the places beside a gate's own (`g2-1`) lie from it: more gates than that hardly ever run at once.
const BESIDE: u16 = 6;

/// The first port of a slot's range. Repositories begin in different blocks; a range whose first port is in use is
/// passed over for the same one of the next block.
pub fn first_port(repo_digest: &str, slot: &str) -> u16 {
    let mut numbers = slot.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u16>().ok());
    let (own, beside) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let number = own.wrapping_add(beside.wrapping_mul(BESIDE));
    let half = if slot.starts_with('g') { SLOTS / 2 } else { 0 };
    let place = half + number % (SLOTS / 2);
    let block = (crc32fast::hash(repo_digest.as_bytes()) % u32::from(BLOCKS)) as u16;
    let port = |turn: u16| FIRST + ((block + turn) % BLOCKS) * SLOTS * WIDTH + place * WIDTH;
    (0..BLOCKS).map(port).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap_or_else(|| port(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_a_repository_do_not_meet_and_a_busy_port_is_passed_over() {
        let names = (1..=19).flat_map(|n| [format!("a{n}"), format!("g{n}")]);
        let ports: std::collections::BTreeSet<u16> = names.map(|name| first_port("x", &name)).collect();
        assert!(ports.len() >= 37, "{ports:?}");
        assert!(ports.iter().all(|port| (12_000..32_000).contains(port)));
        let beside = ["g1", "g1-1", "g1-2", "g2", "g2-1"].map(|name| first_port("x", name));
        assert_eq!(beside.iter().collect::<std::collections::BTreeSet<_>>().len(), 5, "{beside:?}");
        let first = first_port("y", "a1");
        let _busy = TcpListener::bind(("127.0.0.1", first)).unwrap();
        assert_ne!(first_port("y", "a1"), first);
    }
}
