//! Where a report is read.

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReportPlace {
    /// In a file, perhaps far from the run.
    File,
    /// On the live page, where the run can be controlled.
    Live,
}
