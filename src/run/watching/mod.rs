//! What agents do outside their task: found, put back, blamed by evidence; disks that they fill; and what their
//! work would break together.

pub mod foresight;
pub mod guard;
pub mod planted;
pub mod record;
pub mod space;
pub mod watch;
