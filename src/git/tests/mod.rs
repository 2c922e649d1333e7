//! Real git, in temporary folders.

mod dirty;
mod merges;
mod pool;
mod repos;
mod saving;
