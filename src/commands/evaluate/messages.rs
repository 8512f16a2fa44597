//! The messages written for this service.

use super::figures::{Mistake, Table, Target};
use super::{files, rows};
use crate::case::{
    Channel, ForWhom, Kind, Lang, Level, Number, Place, Point, Priority, Sign, Understood,
};
use crate::understand::{Heard, Understanding};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Instant;

/// How far a place may lie from the true one, in metres.
pub(super) const NEAR_M: f64 = 25_000.0;

#[derive(Deserialize, Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) channel: Channel,
    pub(super) from: String,
    pub(super) text: String,
    lang: Lang,
    pub(super) report: bool,
    kind: Option<Kind>,
    priority: Priority,
    #[serde(rename = "for")]
    for_whom: ForWhom,
    place: Option<Labelled>,
    mission: String,
    signs: Option<Vec<Sign>>,
    pub(super) thread: Option<String>,
    /// Seconds since the first text of its thread.
    #[serde(default)]
    pub(super) at: u32,
    pub(super) same_event: Option<String>,
    /// Whether whoever mends the lexicons never sees it.
    #[serde(skip)]
    pub(super) apart: bool,
}

#[derive(Deserialize, Clone)]
pub(super) struct Labelled {
    pub(super) name: String,
    lat: f64,
    lon: f64,
    country: String,
    level: Level,
}

/// Names of the figures, once for all messages and once for the fold kept apart.
struct Names {
    critical: &'static str,
    urgent: &'static str,
    over: &'static str,
    kind: &'static str,
    mission_told: &'static str,
    mission: &'static str,
    plea: &'static str,
    opened: &'static str,
    place: &'static str,
    invented: &'static str,
}

const ALL: Names = Names {
    critical: "messages: recall of critical",
    urgent: "messages: recall of critical or urgent",
    over: "messages: share marked critical or urgent though they are not",
    kind: "messages: kind right",
    mission_told: "messages: mission right where a place is told",
    mission: "messages: mission right overall",
    plea: "messages: plea recognised as a plea",
    opened: "messages: non-plea opened as distress",
    place: "messages: person's place within 25 km where told",
    invented: "messages: a place invented where none is told",
};

const APART: Names = Names {
    critical: "fold apart: recall of critical",
    urgent: "fold apart: recall of critical or urgent",
    over: "fold apart: share marked critical or urgent though they are not",
    kind: "fold apart: kind right",
    mission_told: "fold apart: mission right where a place is told",
    mission: "fold apart: mission right overall",
    plea: "fold apart: plea recognised as a plea",
    opened: "fold apart: non-plea opened as distress",
    place: "fold apart: person's place within 25 km where told",
    invented: "fold apart: a place invented where none is told",
};

/// Measures the messages of a directory.
pub(super) fn measure(understanding: &Understanding, messages: &[Message], table: &mut Table) {
    declare(&ALL, table);
    table.declare("messages: for whom", "", Target::None);
    table.declare("messages: language", "", Target::None);
    table.declare("messages: signs F1", "", Target::None);
    table.declare("messages: priority exact", "", Target::None);
    table.declare(
        "placements called certain that are right",
        "",
        Target::AtLeast(0.97),
    );
    if messages.iter().any(|m| m.apart) {
        declare(&APART, table);
    }
    table.declare(
        "median time to understand one message, µs",
        "",
        Target::AtMost(200.0),
    );
    let mut times = Vec::new();
    for m in messages {
        let number = Number::read(&m.from);
        let heard = Heard {
            number: Some(&number),
            ..Heard::words(&m.text, m.channel)
        };
        let mut fastest = f64::INFINITY;
        let mut understood = understanding.understand(&heard);
        for _ in 0..3 {
            let begun = Instant::now();
            understood = understanding.understand(&heard);
            fastest = fastest.min(begun.elapsed().as_secs_f64() * 1e6);
        }
        times.push(fastest);
        if m.apart {
            let unseen = Message {
                text: "(kept apart)".into(),
                ..m.clone()
            };
            judge(&unseen, &understood, &ALL, table);
            judge(&unseen, &understood, &APART, table);
            extras(&unseen, &understood, table);
        } else {
            judge(m, &understood, &ALL, table);
            extras(m, &understood, table);
        }
    }
    times.sort_by(f64::total_cmp);
    if let Some(median) = times.get(times.len() / 2) {
        table.number("median time to understand one message, µs", *median);
    }
}

/// All `messages*.jsonl` of a directory. A file `*_apart.jsonl` is kept apart as a whole.
pub(super) fn read(dir: &Path, folds: u8) -> Result<Vec<Message>, String> {
    let mut messages = Vec::new();
    for path in files(dir, "messages") {
        let whole = path.to_string_lossy().ends_with("_apart.jsonl");
        messages.extend(rows(&path)?.into_iter().map(|m: Message| Message {
            apart: whole || folds > 1 && apart(&m, folds),
            ..m
        }));
    }
    Ok(messages)
}

/// Whether a message belongs to the fold kept apart; threads and reports of one event stay together.
fn apart(m: &Message, folds: u8) -> bool {
    let group = m.thread.as_ref().or(m.same_event.as_ref()).unwrap_or(&m.id);
    Sha256::digest(group.as_bytes())[0] % folds == 0
}

fn declare(names: &Names, table: &mut Table) {
    table.declare(names.critical, "", Target::AtLeast(0.97));
    table.declare(names.urgent, "", Target::AtLeast(0.98));
    table.declare(names.over, "", Target::AtMost(0.25));
    table.declare(names.kind, "", Target::AtLeast(0.88));
    table.declare(names.mission_told, "", Target::AtLeast(0.95));
    table.declare(names.mission, "", Target::AtLeast(0.92));
    table.declare(names.plea, "", Target::AtLeast(0.99));
    table.declare(names.opened, "", Target::AtMost(0.03));
    table.declare(names.place, "", Target::AtLeast(0.90));
    table.declare(names.invented, "", Target::AtMost(0.03));
}

fn judge(m: &Message, u: &Understood, names: &Names, table: &mut Table) {
    let pressing = |p: Priority| p <= Priority::Urgent;
    let wrong = |wanted: String, got: String| Mistake {
        text: format!("[{} {}] {}", m.id, &m.from[..m.from.len().min(4)], m.text),
        wanted,
        got,
    };
    let told = || {
        wrong(
            format!("{:?} {}", m.kind, m.priority),
            format!("{} {:?} {}", u.report, u.kind, u.priority),
        )
    };
    let whole = || {
        wrong(
            format!(
                "{} {}",
                m.place.as_ref().map_or("nowhere", |p| &p.name),
                m.mission
            ),
            format!("{} {}", name(u.place.as_ref()), u.mission),
        )
    };
    if m.report {
        if m.priority == Priority::Critical {
            table.count(
                names.critical,
                u.report && u.priority == Priority::Critical,
                told,
            );
        }
        if pressing(m.priority) {
            table.count(names.urgent, u.report && pressing(u.priority), told);
        }
        table.count(
            names.over,
            pressing(u.priority) && !pressing(m.priority),
            told,
        );
        table.count(names.kind, u.kind == m.kind, told);
        table.count(names.plea, u.report, told);
    } else {
        table.count(names.opened, u.report && u.kind.is_some(), told);
    }
    let right = u.mission.as_str() == m.mission;
    table.count(names.mission, right, whole);
    match &m.place {
        Some(place) => {
            if place.level != Level::Country {
                table.count(names.mission_told, right, whole);
            }
            table.count(names.place, near(u.place.as_ref(), place), whole);
        }
        None => table.count(names.invented, u.place.is_some(), whole),
    }
    if let Some(place) = u.place.as_ref().filter(|p| p.certain)
        && names.kind == ALL.kind
    {
        let right = m
            .place
            .as_ref()
            .is_some_and(|wanted| near(Some(place), wanted));
        table.count("placements called certain that are right", right, whole);
    }
}

fn extras(m: &Message, u: &Understood, table: &mut Table) {
    let wrong = |wanted: String, got: String| Mistake {
        text: format!("[{}] {}", m.id, m.text),
        wanted,
        got,
    };
    table.count("messages: language", u.lang == m.lang, || {
        wrong(m.lang.to_string(), u.lang.to_string())
    });
    if m.report {
        table.count("messages: for whom", u.for_whom == m.for_whom, || {
            wrong(m.for_whom.to_string(), u.for_whom.to_string())
        });
        table.count("messages: priority exact", u.priority == m.priority, || {
            wrong(m.priority.to_string(), u.priority.to_string())
        });
        if let Some(signs) = &m.signs {
            let right = signs.iter().filter(|s| u.signs.contains(s)).count();
            let counts = [right, u.signs.len() - right, signs.len() - right];
            table.f1("messages: signs F1", counts, || {
                wrong(format!("{signs:?}"), format!("{:?}", u.signs))
            });
        }
    }
}

/// Whether a place is the labelled one: within 25 km, or the same country where only that is known.
pub(super) fn near(place: Option<&Place>, wanted: &Labelled) -> bool {
    let Some(place) = place else { return false };
    let same_country = place.country.is_some_and(|c| c.as_str() == wanted.country);
    if wanted.level == Level::Country {
        return same_country && place.level == Level::Country
            || Point::new(wanted.lat, wanted.lon)
                .is_ok_and(|p| p.metres_to(place.point) <= NEAR_M);
    }
    Point::new(wanted.lat, wanted.lon).is_ok_and(|p| p.metres_to(place.point) <= NEAR_M)
}

pub(super) fn name(place: Option<&Place>) -> String {
    place.map_or_else(
        || "nowhere".into(),
        |p| {
            format!(
                "{} ({}{})",
                p.name.as_deref().unwrap_or("a point"),
                p.country.map_or_else(String::new, |c| c.to_string()),
                if p.certain { ", certain" } else { "" }
            )
        },
    )
}
