//! Real git, in temporary folders.

mod conversions;
mod cost;
mod dirty;
mod inside;
mod merges;
mod odd;
mod pool;
mod repos;
mod saving;
mod setups;
mod sparse;
