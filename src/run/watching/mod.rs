//! What agents do outside their task: found, put back, blamed by evidence; and disks that they fill.

pub mod guard;
pub mod planted;
pub mod record;
pub mod space;
pub mod watch;
