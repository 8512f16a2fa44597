//! The stories of the checks.

mod clocks;
mod plans;
mod seen;
mod texts;
mod words;

use crate::checks::{self, Finding};
use crate::record::{
    Acknowledged, Case, Facts, Line, Message, Moment, OnDuty, Record, Report, Said, Taken,
};
use chrono::TimeDelta;
use msaada::case::{Clocks, Post};
use serde_json::{Value, json};
use uuid::Uuid;

/// A round in which everything was as it should be: a case that was opened by a text, lapsed once
/// onto the duty officer, was claimed, and is shown at a desk.
fn good() -> (Record, Facts) {
    let case = Uuid::from_u128(1);
    let said = Said {
        id: "SM1".to_owned(),
        phone: Some("+254722000001".to_owned()),
        text: "(0) niko Deira".to_owned(),
        tries: 2,
        acknowledged: Some(Acknowledged {
            status: 200,
            reference: Some("4F7K".to_owned()),
        }),
        refused: None,
    };
    let report = Report {
        id: Uuid::from_u128(2),
        provider_id: Some(said.id.clone()),
        case,
        text: said.text.clone(),
        number: said.phone.clone(),
        is_plea: true,
    };
    let log = vec![
        line(
            0,
            None,
            "opened",
            json!({"priority": "critical", "level": 0, "mission": "AE-DXB"}),
        ),
        line(
            2_010,
            None,
            "lapsed",
            json!({
                "planned": at(2_000), "level": 1, "post": "duty_officer", "clock": "claim",
            }),
        ),
        line(2_500, Some(officer()), "claimed", json!({})),
    ];
    let facts = Facts {
        reports: vec![report],
        cases: [(case, stored())].into(),
        log,
        messages: vec![to_person(), to_staff()],
        clocks: [(0, Clocks::new(2, 3, 4).expect("clocks"))].into(),
        ladder: Post::ALL.to_vec(),
        duty: vec![OnDuty {
            mission: "AE-DXB".to_owned(),
            post: Post::DutyOfficer,
            phone: "+254711000001".to_owned(),
        }],
    };
    let record = Record {
        said: vec![said],
        taken: facts.messages.iter().map(taken).collect(),
        ended: at(4_000),
        ..Record::default()
    };
    (record, facts)
}

fn stored() -> Case {
    Case {
        id: Uuid::from_u128(1),
        reference: "4F7K".to_owned(),
        version: 3,
        mission: "AE-DXB".to_owned(),
        status: "claimed".to_owned(),
        priority: 0,
        level: 0,
        claimed_by: Some(officer()),
        offered_to: None,
        due: Some(at(5_500)),
        opened_at: at(0),
        channel: "sms".to_owned(),
    }
}

fn to_person() -> Message {
    Message {
        id: Uuid::from_u128(10),
        case: Uuid::from_u128(1),
        to_staff: false,
        number: "+254722000001".to_owned(),
        body: "Asante".to_owned(),
        template: Some("received".to_owned()),
        by: None,
        written_at: at(0),
        committed: at(3),
        written_by: 0,
        moved_by: 50,
        follows: None,
        settled_at: None,
        error: None,
        code: None,
        state: "delivered".to_owned(),
        sid: Some("SM10".to_owned()),
        rank: 5,
        about: Vec::new(),
    }
}

fn to_staff() -> Message {
    Message {
        id: Uuid::from_u128(11),
        to_staff: true,
        number: "+254711000001".to_owned(),
        body: "CRITICAL 4F7K AE-DXB: not claimed for 2 s.".to_owned(),
        template: None,
        written_at: at(2_010),
        committed: at(2_013),
        written_by: 2_010,
        state: "sent".to_owned(),
        sid: Some("SM11".to_owned()),
        about: vec![Uuid::from_u128(1)],
        ..to_person()
    }
}

fn taken(message: &Message) -> Taken {
    Taken {
        message: Some(message.id),
        sid: message.sid.clone().unwrap_or_default(),
        phone: message.number.clone(),
        text: message.body.clone(),
    }
}

fn line(ms: i64, by: Option<Uuid>, event: &str, detail: Value) -> Line {
    Line {
        case: Uuid::from_u128(1),
        at: at(ms),
        by,
        event: event.to_owned(),
        detail,
        committed: at(ms + 3),
        written_by: ms,
    }
}

fn officer() -> Uuid {
    Uuid::from_u128(100)
}

fn at(ms: i64) -> Moment {
    let start: Moment = "2026-11-22T08:00:00Z".parse().expect("a moment");
    start + TimeDelta::milliseconds(ms)
}

fn findings(record: &Record, facts: &Facts) -> Vec<Finding> {
    checks::all(record, facts).0
}

/// What is found where a good round is changed a little.
fn found(change: impl FnOnce(&mut Record, &mut Facts)) -> Vec<String> {
    let (mut record, mut facts) = good();
    change(&mut record, &mut facts);
    let found = findings(&record, &facts);
    found.iter().map(ToString::to_string).collect()
}

/// That something is found, and that it says this.
fn finds(words: &str, change: impl FnOnce(&mut Record, &mut Facts)) {
    let found = found(change);
    assert!(
        found.iter().any(|finding| finding.contains(words)),
        "nothing says {words:?}: {found:#?}"
    );
}

#[test]
fn nothing_is_found_where_every_promise_was_kept() {
    assert_eq!(found(|_, _| {}), Vec::<String>::new());
}
