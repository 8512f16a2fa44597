//! No text is sent twice, none is missing, and none is sent that nothing asked for.
//!
//! The gateway's own list is compared with the outbox, and the outbox with what happened to the
//! cases: an acknowledgement for who opened one, a responder's message for each that is on record, and
//! for every lapse a text to each who stands on the rung.

use super::Finding;
use crate::record::{Facts, Line, Message, Moment, OnDuty, Record, Taken};
use msaada::case::Post;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

const PROMISE: &str = "a text is sent once, and none is missing";

pub(crate) fn check(record: &Record, facts: &Facts) -> Vec<Finding> {
    let mut what = sent(&record.taken, &facts.messages);
    what.extend(to_persons(facts));
    what.extend(to_staff(facts));
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
        let to_person = |m: &&Message| m.case == case.id && !m.to_staff;
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

/// Texts to those on duty: whoever stands on the rung a case climbed to is told of it in the same
/// moment. A text may be taken over by a later one before it is sent, or be needless by then because
/// somebody acted; else it is sent.
fn to_staff(facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut missions: HashMap<Uuid, &str> = HashMap::new();
    let texts: Vec<&Message> = facts.messages.iter().filter(|m| m.to_staff).collect();
    let mut caused: HashSet<(Uuid, Moment)> = HashSet::new();
    for line in &facts.log {
        match line.event.as_str() {
            "opened" | "transferred" => {
                let field = if line.event == "opened" {
                    "mission"
                } else {
                    "to"
                };
                let mission = line.detail[field].as_str().unwrap_or_default();
                missions.insert(line.case, mission);
                caused.insert((line.case, line.at));
            }
            "lapsed" => {
                caused.insert((line.case, line.at));
                let mission = missions.get(&line.case).copied().unwrap_or_default();
                for phone in standing(line, mission, facts) {
                    let told = texts
                        .iter()
                        .filter(|text| text.number == *phone && text.written_at == line.at)
                        .filter(|text| text.about.contains(&line.case))
                        .count();
                    if told != 1 {
                        wrong.push(format!(
                            "case {} lapsed at {}, and one on the rung was told {told} times",
                            line.case, line.at
                        ));
                    }
                }
            }
            "released" | "reopened" | "joined" => {
                caused.insert((line.case, line.at));
            }
            _ => {}
        }
    }
    for text in &texts {
        if !text
            .about
            .iter()
            .any(|case| caused.contains(&(*case, text.written_at)))
        {
            wrong.push(format!("text {} to staff has no cause", text.id));
        }
        if text.state == "canceled" {
            let untold = text
                .about
                .iter()
                .filter(|case| !is_moot(text, **case, facts));
            wrong.extend(untold.map(|case| {
                format!(
                    "text {} was not sent, and nobody was told of {case} instead",
                    text.id
                )
            }));
        }
    }
    wrong
}

/// The phones of those on the rung that a lapse climbed to.
fn standing<'a>(line: &Line, mission: &str, facts: &'a Facts) -> Vec<&'a String> {
    let post = line.detail["post"].as_str().unwrap_or_default();
    let Ok(post) = post.parse::<Post>() else {
        return Vec::new();
    };
    let place = if post.serves_all() { "KE-NBO" } else { mission };
    let stands = |one: &&OnDuty| post != Post::Desk && one.post == post && one.mission == place;
    let duty = facts.duty.iter().filter(stands);
    duty.map(|one| &one.phone).collect()
}

/// Whether a text that was not sent need not tell of a case: another did, or somebody has acted.
fn is_moot(text: &Message, case: Uuid, facts: &Facts) -> bool {
    let later = |other: &Message| {
        other.number == text.number
            && other.written_at >= text.written_at
            && other.id != text.id
            && other.about.contains(&case)
    };
    let acted = |line: &Line| {
        line.case == case
            && line.at >= text.written_at
            && line.by.is_some()
            && !matches!(line.event.as_str(), "read" | "read_exact_place" | "seen")
    };
    facts.messages.iter().any(later) || facts.log.iter().any(acted)
}
