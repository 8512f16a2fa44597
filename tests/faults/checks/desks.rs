//! No card's version ever goes back on a desk, and a version is one card everywhere.
//!
//! Frames may overtake each other, and a desk keeps the higher version; so a lower one is no fault in
//! itself. But a full sending says what is: it must not know less than the desk was shown before. And
//! what was shown under one number must be the same card on every desk: two different ones would mean
//! that one of them was shown before it was certain.

use super::Finding;
use crate::record::{Facts, Shown};
use std::collections::HashMap;
use uuid::Uuid;

const PROMISE: &str = "no card goes back, and a version is one card";

pub(crate) fn check(shown: &[Shown], facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |what: String| findings.push(Finding::new(PROMISE, what));
    let mut cards: HashMap<(Uuid, i64), &str> = HashMap::new();
    for one in shown {
        let (desk, case, version) = (one.desk, one.case, one.version);
        if one.whole && one.had.is_some_and(|had| had > version) {
            find(format!(
                "desk {desk} had version {:?} of {case} and was then told that it is {version}",
                one.had
            ));
        }
        let first = cards.entry((case, version)).or_insert(&one.card);
        if *first != one.card {
            find(format!(
                "desk {desk} was shown another card for version {version} of {case}: {} and {first}",
                one.card
            ));
        }
        match facts.cases.get(&case) {
            Some(stored) if stored.version >= version => {}
            stored => find(format!(
                "desk {desk} was shown version {version} of {case}; stored is {:?}",
                stored.map(|case| case.version)
            )),
        }
    }
    findings
}
