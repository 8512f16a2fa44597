//! No text is sent twice, none is missing, and none is sent that nothing asked for.
//!
//! The gateway's own list is compared with the outbox, and the outbox with what happened to the
//! cases: an acknowledgement for who opened one, a responder's message for each that is on record, and
//! for every lapse a text to each who stands on the rung.

use super::Finding;
use crate::record::{Facts, Line, Message, Moment, Record, Taken};
use msaada::case::Post;
use std::collections::HashMap;
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

/// Texts to those on duty.
fn to_staff(facts: &Facts) -> Vec<String> {
    let mut wrong = Vec::new();
    // What lapsed onto whom at which moment: one text each.
    let mut due: HashMap<(&str, Moment), Vec<&Line>> = HashMap::new();
    let mut missions: HashMap<Uuid, String> = HashMap::new();
    for line in &facts.log {
        match line.event.as_str() {
            "opened" | "transferred" => {
                let field = if line.event == "opened" {
                    "mission"
                } else {
                    "to"
                };
                let mission = line.detail[field].as_str().unwrap_or_default();
                missions.insert(line.case, mission.to_owned());
            }
            "lapsed" => {
                let post = line.detail["post"].as_str().unwrap_or_default();
                let Ok(post) = post.parse::<Post>() else {
                    wrong.push(format!("a lapse of {} names no post", line.case));
                    continue;
                };
                let mission = missions.get(&line.case).map_or("", String::as_str);
                for one in &facts.duty {
                    let place = if post.serves_all() { "KE-NBO" } else { mission };
                    if post != Post::Desk && one.post == post && one.mission == place {
                        due.entry((&one.phone, line.at)).or_default().push(line);
                    }
                }
            }
            _ => {}
        }
    }
    let mut texts: HashMap<(&str, Moment), Vec<&Message>> = HashMap::new();
    for message in facts.messages.iter().filter(|m| m.to_staff) {
        texts
            .entry((&message.number, message.written_at))
            .or_default()
            .push(message);
    }
    for ((phone, at), lapsed) in &due {
        let told: usize = texts
            .get(&(phone, *at))
            .map_or(0, |texts| texts.iter().map(|text| named(text)).sum());
        if told != lapsed.len() {
            wrong.push(format!(
                "{} cases lapsed at {at}, and who stands on the rung was told of {told}",
                lapsed.len()
            ));
        }
    }
    for ((phone, at), texts) in &texts {
        for text in texts {
            let reason = |line: &&Line| {
                line.at == *at
                    && line.case == text.case
                    && matches!(
                        line.event.as_str(),
                        "lapsed" | "opened" | "transferred" | "released" | "reopened" | "joined"
                    )
            };
            if !facts.log.iter().any(|line| reason(&line)) {
                wrong.push(format!("text {} to staff has no cause", text.id));
            }
        }
        if texts.len() > 1 && due.contains_key(&(*phone, *at)) {
            wrong.push(format!("{} texts at {at} to one phone", texts.len()));
        }
    }
    wrong
}

/// How many cases a text to staff tells of.
fn named(text: &Message) -> usize {
    let words = text.body.split_once(" cases overdue");
    words.map_or(1, |(count, _)| count.parse().unwrap_or(0))
}
