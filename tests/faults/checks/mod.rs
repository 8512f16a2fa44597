//! The promises, each as a comparison of what was seen with what is stored.
//!
//! Pure: the same record gives the same findings. Every check is shown to find what it is for in
//! `checks_tell.rs`, on made-up records.

pub(crate) mod acts;
pub(crate) mod clocks;
pub(crate) mod desks;
pub(crate) mod notices;
pub(crate) mod replay;
pub(crate) mod reports;
pub(crate) mod texts;

use crate::record::{Facts, Record};
use std::fmt;

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Which.
    pub(crate) promise: &'static str,
    /// How.
    pub(crate) what: String,
}

impl Finding {
    pub(crate) fn new(promise: &'static str, what: impl Into<String>) -> Self {
        Self {
            promise,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.what)
    }
}

/// All of them.
pub(crate) fn all(record: &Record, facts: &Facts) -> (Vec<Finding>, Vec<clocks::Lapse>) {
    let (mut findings, lapses) = clocks::check(record, facts);
    findings.extend(reports::check(&record.said, facts));
    findings.extend(texts::check(record, facts));
    findings.extend(acts::check(&record.acted, facts));
    findings.extend(desks::check(&record.shown, facts));
    (findings, lapses)
}
