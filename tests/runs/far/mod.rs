//! Runs on other hosts: real `sshd` on loopback, each with a home of its own, and nothing but a hub between.

mod boxes;
mod over_ssh;
mod troubles;

use boxes::Boxes;
