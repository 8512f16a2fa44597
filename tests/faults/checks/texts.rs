//! No text is sent twice, none is missing, and none is sent that nothing asked for.
//!
//! The gateway's own list is compared with the outbox, and the outbox with what happened to the
//! cases: an acknowledgement for who opened one, a responder's message for each that is on record, and
//! for every rung a case comes to a text to each who stands on it ([`notices`]).

use super::replay::{self, Stage, Step};
use super::{Finding, notices};
use crate::record::{Facts, Message, Record, Taken};
use std::collections::HashMap;
use uuid::Uuid;

const PROMISE: &str = "a text is sent once, and none is missing";

pub(crate) fn check(record: &Record, facts: &Facts) -> Vec<Finding> {
    let mut what = sent(&record.taken, &facts.messages);
    what.extend(to_persons(facts));
    what.extend(notices::check(facts));
    what.extend(lost_to_persons(facts));
    what.into_iter()
        .map(|what| Finding::new(PROMISE, what))
        .collect()
}

/// The gateway's list and the outbox.
fn sent(taken: &[Taken], messages: &[Message]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut by_message: HashMap<Option<Uuid>, Vec<&Taken>> = HashMap::new();
    for one in taken {
        by_message.entry(one.message).or_default().push(one);
    }
    for message in messages {
        let took = by_message.remove(&Some(message.id)).unwrap_or_default();
        let (id, state) = (message.id, message.state.as_str());
        if took.len() > 1 {
            wrong.push(format!("text {id} ({state}) was sent {} times", took.len()));
        }
        let expected = match state {
            "sent" | "delivered" => 1,
            "failed" | "canceled" => usize::from(message.rank > 0),
            _ => {
                wrong.push(format!("text {id} is still {state}"));
                continue;
            }
        };
        if took.len() < expected {
            wrong.push(format!("text {id} is {state} and the gateway has it not"));
        }
        if took.len() > expected && expected == 0 {
            wrong.push(format!("text {id} is {state} and the gateway took it"));
        }
        if let [one] = took.as_slice() {
            if one.phone != message.number || one.text != message.body {
                wrong.push(format!("text {id} was not sent as it was written"));
            }
            if message.sid.as_ref().is_some_and(|sid| *sid != one.sid) {
                wrong.push(format!("text {id} goes by another's id"));
            }
        }
    }
    for (message, took) in by_message {
        wrong.push(format!(
            "the gateway took {} times {message:?}, which the outbox does not hold",
            took.len()
        ));
    }
    wrong
}

/// Acknowledgements and responders' messages.
fn to_persons(facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    let logs = facts.by_case();
    for case in facts.cases.values() {
        // One that is written in place of another is no other one.
        let to_person = |m: &&Message| m.case == case.id && !m.to_staff && m.follows.is_none();
        let acknowledged = facts
            .messages
            .iter()
            .filter(to_person)
            .filter(|m| m.by.is_none() && m.template.as_deref() == Some("received"))
            .count();
        let pleas: Vec<bool> = facts
            .reports
            .iter()
            .filter(|report| report.case == case.id)
            .map(|report| report.is_plea)
            .collect();
        let by_phone = case.channel == "sms";
        let least = usize::from(by_phone && pleas.iter().all(|plea| *plea));
        let most = usize::from(by_phone && pleas.iter().any(|plea| *plea));
        if !(least..=most).contains(&acknowledged) {
            wrong.push(format!(
                "who opened {} was acknowledged {acknowledged} times",
                case.reference
            ));
        }
        let lines = logs.get(&case.id).map_or(&[][..], Vec::as_slice);
        for line in lines.iter().filter(|line| line.event == "message") {
            let written = facts
                .messages
                .iter()
                .filter(to_person)
                .filter(|m| m.by == line.by && m.written_at == line.at)
                .count();
            if written != 1 {
                wrong.push(format!(
                    "a message about {} is on record and was written {written} times",
                    case.reference
                ));
            }
        }
        let said = lines.iter().filter(|line| line.event == "message").count();
        let all = facts.messages.iter().filter(to_person).count();
        if all != acknowledged + said {
            wrong.push(format!(
                "{all} texts to the person of {}; {acknowledged} acknowledge, {said} were written",
                case.reference
            ));
        }
    }
    wrong
}

/// Texts to persons that failed for good: her case says so, and the next way is gone.
fn lost_to_persons(facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    let played = replay::all(facts);
    let failed = |m: &&Message| !m.to_staff && m.state == "failed";
    for text in facts.messages.iter().filter(failed) {
        let steps = played.get(&text.case).map_or(&[][..], Vec::as_slice);
        let of_this = |step: &&Step<'_>| {
            step.line.written_by == text.moved_by && notices::is_loss(step, false)
        };
        let losses: Vec<&Step<'_>> = steps.iter().filter(of_this).collect();
        let again = facts.messages.iter().filter(|m| m.follows == Some(text.id));
        let (next, followed) = match losses.as_slice() {
            [] => (false, false),
            [one, ..] => {
                let ended = one.before.stage == Stage::Ended;
                let next = losses
                    .iter()
                    .any(|loss| !loss.line.detail["next"].is_null());
                (next, next || ended || !notices::may_pass(text))
            }
        };
        let again = again.count();
        if !followed || again > 1 || again == 1 && !next {
            wrong.push(format!(
                "text {} to a person failed, and nothing that should follow did; {again} in its place",
                text.id
            ));
        }
    }
    wrong
}
