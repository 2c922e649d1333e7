//! Commands in trees of their own, with the real launcher. Nothing here waits for time to pass: commands block on
//! FIFOs or for ever, tests wait for conditions, with a deadline that only a failure meets.

mod command_folder;
mod ending;
mod memory;
mod places;
mod running;
