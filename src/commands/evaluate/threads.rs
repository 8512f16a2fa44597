//! What several texts come to: one person's, read one after the other into her case, and several people's
//! about one event.
//!
//! A case is judged as it stands after the last text, which is what an officer acts on. Texts of one event
//! are only ever suggested to her, so that both are counted: what was found, and what was said in vain.

use super::corpus;
use super::figures::{Mistake, Table, Target};
use super::messages::{Labelled, Message, name, near};
use crate::case::{ForWhom, Kind, MissionCode, Number, Place, Priority, Understood, only_pleads};
use crate::understand::alike::{Trace, alike, worth_a_look};
use crate::understand::thread::{Standing, refine};
use crate::understand::{Heard, Thing, Understanding};
use chrono::DateTime;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

const KIND: &str = "threads: kind right";
const ALARMED: &str = "threads: recall of critical or urgent";
const PLACE: &str = "threads: person's place within 25 km";
const MISSION: &str = "threads: mission right";
const WHOM: &str = "threads: for whom";
const FOUND: &str = "reports of one event suggested as such";
const APART: &str = "reports of different events kept apart";

/// What the texts of one person come to.
#[derive(Deserialize)]
struct Labels {
    thread: String,
    ids: Vec<String>,
    kind: Option<Kind>,
    priority: Priority,
    #[serde(rename = "for")]
    for_whom: ForWhom,
    place: Option<Labelled>,
    mission: String,
}

/// Measures the threads and events of a directory, where it has any.
pub(super) fn measure(
    understanding: &Understanding,
    dir: &Path,
    messages: &[Message],
    table: &mut Table,
) -> Result<(), String> {
    let threads: Vec<Labels> = corpus(dir, "threads")?;
    if !threads.is_empty() {
        for figure in [KIND, ALARMED, PLACE, MISSION, WHOM] {
            table.declare(figure, "", Target::None);
        }
    }
    let by_id: HashMap<&str, &Message> = messages.iter().map(|m| (m.id.as_str(), m)).collect();
    for labels in &threads {
        let mut texts: Vec<&Message> = labels
            .ids
            .iter()
            .filter_map(|id| by_id.get(id.as_str()).copied())
            .collect();
        texts.sort_by_key(|m| m.at);
        judge(understanding, labels, &texts, table);
    }
    events(understanding, messages, table);
    Ok(())
}

fn read(understanding: &Understanding, message: &Message) -> Understood {
    let number = Number::read(&message.from);
    understanding.understand(&Heard {
        number: Some(&number),
        ..Heard::words(&message.text, message.channel)
    })
}

fn judge(understanding: &Understanding, labels: &Labels, texts: &[&Message], table: &mut Table) {
    let mut case: Option<Standing> = None;
    let (mut signs, mut other) = (Vec::new(), false);
    for message in texts {
        let heard = read(understanding, message);
        other |= heard.report && heard.for_whom == ForWhom::Other;
        signs.extend_from_slice(&heard.signs);
        let standing = match case {
            None => Standing {
                kind: heard.kind,
                bare: false,
                priority: heard.priority,
                place: heard.place,
            },
            Some(open) => refine(&open, &heard).standing,
        };
        // Nobody reads in between.
        case = Some(Standing {
            bare: only_pleads(standing.kind, &signs),
            ..standing
        });
    }
    let Some(case) = case else { return };
    let apart = texts.iter().any(|m| m.apart);
    let wrong = |wanted: String, got: String| Mistake {
        text: if apart {
            format!("[{}] (kept apart)", labels.thread)
        } else {
            let texts: Vec<&str> = texts.iter().map(|m| m.text.as_str()).collect();
            format!("[{}] {}", labels.thread, texts.join(" / "))
        },
        wanted,
        got,
    };
    let stands = || {
        wrong(
            format!("{:?} {}", labels.kind, labels.priority),
            format!("{:?} {}", case.kind, case.priority),
        )
    };
    table.count(KIND, case.kind == labels.kind, stands);
    if labels.priority <= Priority::Urgent {
        table.count(ALARMED, case.priority <= Priority::Urgent, stands);
    }
    let mission = case
        .place
        .as_ref()
        .map_or_else(MissionCode::centre, |place| understanding.mission_of(place));
    let lies = || {
        wrong(
            format!(
                "{} {}",
                labels.place.as_ref().map_or("nowhere", |place| &place.name),
                labels.mission
            ),
            format!("{} {mission}", name(case.place.as_ref())),
        )
    };
    if let Some(place) = &labels.place {
        table.count(PLACE, near(case.place.as_ref(), place), lies);
    }
    table.count(MISSION, mission.as_str() == labels.mission, lies);
    let whom = if other {
        ForWhom::Other
    } else {
        ForWhom::Myself
    };
    table.count(WHOM, whom == labels.for_whom, || {
        wrong(labels.for_whom.to_string(), whom.to_string())
    });
}

/// What is compared of a report; all came on one day.
struct Told {
    event: Option<String>,
    thread: Option<String>,
    id: String,
    number: Number,
    names: Vec<String>,
    place: Option<Place>,
    kind: Option<Kind>,
    things: Vec<Thing>,
}

impl Told {
    fn trace(&self) -> Trace<'_> {
        Trace {
            number: Some(&self.number),
            names: self.names.iter().map(String::as_str).collect(),
            employer: None,
            place: self.place.as_ref(),
            at: DateTime::UNIX_EPOCH,
            kind: self.kind,
            things: &self.things,
        }
    }
}

fn events(understanding: &Understanding, messages: &[Message], table: &mut Table) {
    if messages.iter().all(|m| m.same_event.is_none()) {
        return;
    }
    table.declare(FOUND, "", Target::None);
    table.declare(APART, "", Target::None);
    let told: Vec<Told> = messages
        .iter()
        .filter(|m| m.report)
        .map(|m| {
            let heard = read(understanding, m);
            Told {
                event: m.same_event.clone(),
                thread: m.thread.clone(),
                id: m.id.clone(),
                number: Number::read(&m.from),
                names: understanding.names_in(&m.text),
                place: heard.place,
                kind: heard.kind,
                things: understanding.things_in(&m.text),
            }
        })
        .collect();
    for a in &told {
        // Several texts of one person become one case by her number, not by likeness.
        let others = told.iter().filter(|b| {
            let thread = a.thread.is_some() && a.thread == b.thread;
            a.number.expose() != b.number.expose() && !thread
        });
        let compared = others
            .clone()
            .filter_map(|b| Some((alike(&a.trace(), &b.trace())?, &b.id)))
            .collect();
        let shown: Vec<&String> = worth_a_look(compared).iter().map(|(_, id)| *id).collect();
        for b in others {
            let suggested = shown.contains(&&b.id);
            let one = a.event.is_some() && a.event == b.event;
            let pair = || Mistake {
                text: format!("{} and {}", a.id, b.id),
                wanted: if one { "one event" } else { "two" }.to_owned(),
                got: if suggested { "one event" } else { "two" }.to_owned(),
            };
            if one {
                table.count(FOUND, suggested, pair);
            } else {
                table.count(APART, !suggested, pair);
            }
        }
    }
}
