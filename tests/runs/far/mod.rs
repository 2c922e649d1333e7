//! Runs on other hosts: real `sshd` on loopback, each with a home of its own, a real Slurm cluster, and nothing but a hub
//! between.

mod arrays;
pub mod boxes;
mod candidates;
pub mod cluster;
mod gates;
mod home;
mod hubs;
mod kubernetes;
mod namespaces;
mod over_slurm;
mod over_ssh;
mod troubles;

use boxes::Boxes;
