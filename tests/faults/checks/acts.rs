//! No claim has two winners, and no act that was answered is lost.

use super::Finding;
use crate::record::{Acted, Facts};
use std::collections::HashMap;
use uuid::Uuid;

const PROMISE: &str = "a claim has one winner, and what was done is on record";

pub(crate) fn check(acted: &[Acted], facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |what: String| findings.push(Finding::new(PROMISE, what));
    // Every version of a case was made by one act, so that two who were given the same both won.
    let mut winners: HashMap<(Uuid, i64), Vec<&Acted>> = HashMap::new();
    for one in acted {
        if let Some(given) = one.given {
            winners.entry(given).or_default().push(one);
            if let Some((case, version)) = one.seen
                && given != (case, version + 1)
            {
                find(format!(
                    "{} on version {version} of {case} made version {} of {}",
                    one.act, given.1, given.0
                ));
            }
        }
    }
    for ((case, version), by) in &winners {
        if let [one, other, ..] = by.as_slice() {
            find(format!(
                "version {version} of case {case} was given to two: {} by {} and {} by {}",
                one.act, one.by, other.act, other.by
            ));
        }
    }
    // What was answered stands in the log; what was not may.
    let mut done: HashMap<(Uuid, Uuid, &str), usize> = HashMap::new();
    for one in acted {
        if let Some((case, _)) = one.given {
            *done.entry((case, one.by, event_of(one.act))).or_default() += 1;
        }
    }
    for ((case, by, event), done) in &done {
        let logged = facts
            .log
            .iter()
            .filter(|line| line.case == *case && line.by == Some(*by) && line.event == *event)
            .count();
        if logged < *done {
            find(format!(
                "case {case}: {done} times {event} by {by} were answered, {logged} are on record"
            ));
        }
    }
    for (case, lines) in facts.by_case() {
        let mut has: Option<Uuid> = None;
        for line in lines {
            match line.event.as_str() {
                "claimed" => {
                    if let Some(first) = has {
                        find(format!(
                            "case {case} was claimed by {:?} while {first} had it",
                            line.by
                        ));
                    }
                    has = line.by;
                }
                "taken_over" | "transferred" => has = line.by,
                "released" | "resolved" | "reopened" => has = None,
                _ => {}
            }
        }
    }
    findings
}

/// The word of the log for an act.
fn event_of(act: &str) -> &str {
    match act {
        "claim" | "next" => "claimed",
        "take_over" => "taken_over",
        "release" => "released",
        "start" => "started",
        "agree" => "agreed",
        "end_agreement" => "agreement_ended",
        "transfer" => "offered",
        "accept" => "transferred",
        "refuse" => "refused",
        "withdraw" => "withdrawn",
        "resolve" => "resolved",
        other => other,
    }
}
