//! Whoever stands on a rung is told of every case that comes to it, and is not forgotten when a text is
//! not sent.
//!
//! A text may be taken over by a later one before it is sent, be needless by then because somebody
//! acted, or be refused by the gateway. What happened in which order is told by PostgreSQL's own
//! transactions and their commits, and not by the moments that acts and texts carry: those are read
//! before the work is done, and an act that had to wait for PostgreSQL carries a moment long past.

use super::replay::{self, Stage, Step};
use crate::record::{Facts, Message, Moment};
use chrono::TimeDelta;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How the reason begins for which a text that was taken over was not sent.
const TAKEN_OVER: &str = "not sent: told together";
/// By so much two nodes' times may differ.
const CLOCKS: TimeDelta = TimeDelta::seconds(2);
/// A statement is given up after ten seconds.
const STATEMENT: TimeDelta = TimeDelta::seconds(12);
/// Faults that may pass by themselves: the phone is off, no reason given, too late.
const PASSING: [i32; 3] = [30_003, 30_008, 30_036];

type Played<'a> = HashMap<Uuid, Vec<Step<'a>>>;

pub(super) fn check(facts: &Facts) -> Vec<String> {
    let played = replay::all(facts);
    let mut wrong = told(&played, facts);
    let caused = causes(&played);
    for text in to_staff(facts) {
        if !has_cause(text, &caused, facts) {
            wrong.push(format!("text {} to staff has no cause", text.id));
        }
        match text.state.as_str() {
            "canceled" => wrong.extend(not_sent(text, &played, facts)),
            "failed" => wrong.extend(not_followed(text, &played, facts)),
            _ => {}
        }
    }
    wrong
}

fn to_staff(facts: &Facts) -> impl Iterator<Item = &Message> {
    facts.messages.iter().filter(|message| message.to_staff)
}

/// Everybody on a rung that a case came to was told in the same moment.
fn told(played: &Played<'_>, facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    for step in played.values().flatten() {
        let Some(tell) = &step.tell else {
            continue;
        };
        let line = step.line;
        for phone in tell.phones(facts) {
            let times = to_staff(facts)
                .filter(|text| text.number == *phone && text.written_at == line.at)
                .filter(|text| text.about.contains(&line.case))
                .count();
            // Two texts that failed together are followed up together: then the second notice has
            // taken over the first.
            if times == 0 || times > 1 && line.event == "lapsed" {
                wrong.push(format!(
                    "case {} was {} at {}, and one on the rung was told {times} times",
                    line.case, line.event, line.at
                ));
            }
        }
    }
    wrong
}

/// The moments at which a text about a case may be written.
fn causes(played: &Played<'_>) -> HashSet<(Uuid, Moment)> {
    let cause = |step: &&Step<'_>| {
        matches!(
            step.line.event.as_str(),
            "opened"
                | "lapsed"
                | "escalated"
                | "offered"
                | "refused"
                | "withdrawn"
                | "released"
                | "reopened"
                | "joined"
                | "copied"
        )
    };
    let steps = played.values().flatten().filter(cause);
    steps.map(|step| (step.line.case, step.line.at)).collect()
}

fn has_cause(text: &Message, caused: &HashSet<(Uuid, Moment)>, facts: &Facts) -> bool {
    let Some(before) = text.follows else {
        let mut about = text.about.iter();
        return about.any(|case| caused.contains(&(*case, text.written_at)));
    };
    facts.messages.iter().any(|other| {
        other.id == before
            && other.number == text.number
            && other.state == "failed"
            && text.about.iter().all(|case| other.about.contains(case))
    })
}

/// The cases that a text which was not sent should have told of, and nobody was told of instead.
fn not_sent(text: &Message, played: &Played<'_>, facts: &Facts) -> Vec<String> {
    let is_calm = |case: &Uuid, from, to| {
        let steps = played.get(case).map_or(&[][..], Vec::as_slice);
        was_calm(steps, from, to)
    };
    let taken_over = text.error.as_deref().unwrap_or("").starts_with(TAKEN_OVER);
    let forgotten: Vec<&Uuid> = if taken_over {
        let by: Vec<&Message> = to_staff(facts)
            .filter(|other| other.written_by == text.moved_by && other.id != text.id)
            .filter(|other| other.number == text.number)
            .collect();
        let Some(first) = by.first() else {
            return vec![format!(
                "text {} was taken over by one that there is not",
                text.id
            )];
        };
        // Whether anybody had acted was looked at while that one was written.
        let (from, to) = (first.written_at - CLOCKS, first.committed);
        let forgotten = |case: &&Uuid| {
            !by.iter().any(|other| other.about.contains(case)) && !is_calm(case, from, to)
        };
        text.about.iter().filter(forgotten).collect()
    } else {
        let at = text.settled_at.unwrap_or(text.written_at);
        let forgotten = |case: &&Uuid| !is_calm(case, at - CLOCKS, at + STATEMENT);
        text.about.iter().filter(forgotten).collect()
    };
    let forgotten = forgotten.into_iter();
    forgotten
        .map(|case| {
            format!(
                "text {} was not sent, and nobody was told of {case} instead",
                text.id
            )
        })
        .collect()
}

/// Whether a case was, at some moment of these, one that nobody need be told of.
fn was_calm(steps: &[Step<'_>], from: Moment, to: Moment) -> bool {
    steps.iter().enumerate().any(|(at, step)| {
        let began = step.line.committed;
        let ended = steps.get(at + 1).map(|next| next.line.committed);
        !step.after.is_overdue()
            && began <= to
            && ended.is_none_or(|ended| ended >= from && ended > began)
    })
}

/// The cases of a text that failed for good, from which nothing followed.
fn not_followed(text: &Message, played: &Played<'_>, facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in &text.about {
        let steps = played.get(case).map_or(&[][..], Vec::as_slice);
        let of_this: Vec<&Step<'_>> = steps
            .iter()
            .filter(|step| step.line.written_by == text.moved_by)
            .collect();
        let losses: Vec<&Step<'_>> = of_this
            .iter()
            .filter(|step| is_loss(step, true))
            .copied()
            .collect();
        // Of two that failed together it is not known which line is whose.
        let together = to_staff(facts)
            .filter(|other| other.state == "failed" && other.moved_by == text.moved_by)
            .filter(|other| other.about.contains(case))
            .count();
        let followed = match losses.as_slice() {
            [one] if together == 1 => follows(text, *case, one, &of_this, facts),
            all => all.len() == together,
        };
        if !followed {
            wrong.push(format!(
                "text {} failed, and nothing that should follow did for {case}",
                text.id
            ));
        }
    }
    wrong
}

/// Whether a line says that a text failed.
pub(super) fn is_loss(step: &Step<'_>, to_staff: bool) -> bool {
    let detail = &step.line.detail;
    step.line.event == "delivery" && detail["state"] == "failed" && detail["to_staff"] == to_staff
}

/// Whether what a line says of a text that failed is what should follow from it.
fn follows(
    text: &Message,
    case: Uuid,
    loss: &Step<'_>,
    of_this: &[&Step<'_>],
    facts: &Facts,
) -> bool {
    let passes = may_pass(text);
    match loss.line.detail["next"].as_str() {
        Some("again") => {
            passes
                && to_staff(facts)
                    .any(|next| next.follows == Some(text.id) && next.about.contains(&case))
        }
        Some("next_level") => !passes && of_this.iter().any(|step| step.line.event == "escalated"),
        Some(_) => false,
        None => {
            let rung = loss.rung.phones(facts);
            let stands = rung.contains(&&text.number);
            let another = to_staff(facts).any(|other| {
                other.number != text.number
                    && rung.contains(&&other.number)
                    && other.about.contains(&case)
            });
            let acted = !loss.before.is_overdue()
                || loss.before.stage == Stage::Offered && loss.before.lapses == 0;
            acted || !stands || another || !passes && loss.above.is_none()
        }
    }
}

/// Whether a text that failed is to be tried once more.
pub(super) fn may_pass(text: &Message) -> bool {
    text.follows.is_none() && text.code.is_some_and(|code| PASSING.contains(&code))
}
