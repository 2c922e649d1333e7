//! Real git, in temporary folders.

mod cost;
mod dirty;
mod merges;
mod pool;
mod repos;
mod saving;
