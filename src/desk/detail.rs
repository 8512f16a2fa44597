//! One case as its responder reads it.
//!
//! However much was written in it, what is sent of it is bounded: the newest page of its reports,
//! messages and log, and how many are older. Those are sent when they are asked for, a page at a time.

use crate::case::sheet::{self, SUBJECT};
use crate::case::{Card, Case, Lang, Priority, Responder};
use crate::clocks::post_name;
use crate::flow::Flow;
use crate::outbox::say::{LANGUAGES, Template, say};
use crate::store::{
    BesideRow, ContactRow, LogRow, MessageRow, NamedPlace, Older, Oldest, ReportRow, SheetRow,
    StoreError, TaskRow,
};
use serde_json::{Value, json};

/// The most contacts that are sent of a case, the newest.
const CONTACTS: usize = 100;

/// Everything about a case that its responder may see, of what is long its newest page. There is none
/// before it is `recorded` that it was read; the log tells that as well.
pub(super) async fn of(
    flow: &Flow,
    case: &Case,
    by: &Responder,
    recorded: impl Future<Output = Result<(), StoreError>>,
) -> Result<Value, StoreError> {
    let store = &flow.store;
    let written = async {
        let (reports, messages, log) = futures_util::try_join!(
            store.reports(case.id, None),
            store.messages(case.id, None),
            async {
                recorded.await?;
                store.case_log(case.id, None).await
            },
        )?;
        let older = store.older(case.id, oldest(&reports, &messages, &log));
        Ok((reports, messages, log, older.await?))
    };
    let around = async {
        futures_util::try_join!(
            store.attachments(case.id),
            store.tasks(case.id),
            store.related(case.id),
            store.joined_with(case.id),
            store.sheet(case.id),
        )
    };
    let person =
        async { futures_util::try_join!(store.contacts(case.id), store.named_place(case.id)) };
    let (
        (reports, messages, log, older),
        (files, tasks, related, joined, sheet),
        (contacts, place),
        alike,
    ) = futures_util::try_join!(written, around, person, flow.alike(case.id, by))?;
    let standing = flow.standing().await?;
    let policy = standing.policies.get(case.policy);
    let emergency = case
        .country
        .and_then(|country| flow.understanding.emergency(country));
    Ok(json!({
        "card": Card::from(case),
        "server_time": flow.clock.now(),
        "reports": reports_of(flow, case, &reports, &joined),
        "attachments": files.iter().map(|row| json!({
            "id": row.id, "kind": row.kind, "name": row.name, "bytes": row.bytes, "at": row.at,
            "by": row.by,
        })).collect::<Vec<_>>(),
        "tasks": tasks.iter().map(task).collect::<Vec<_>>(),
        "sheet": sheet_of(case, &sheet),
        "related": related.iter().map(|row| beside(row, by)).collect::<Vec<_>>(),
        "joined": joined.iter().map(|row| beside(row, by)).collect::<Vec<_>>(),
        "contact": contacts.first().map(|row| contact(row, by)),
        "contacts": contacts.iter().take(CONTACTS).map(|row| contact(row, by)).collect::<Vec<_>>(),
        "place": place.as_ref().map(|named| self::place(named, case)),
        "messages": thread(&reports, &messages),
        "log": log.iter().map(line).collect::<Vec<_>>(),
        "older": told(older),
        "policy": policy.map(|policy| json!({
            "claim_s": policy.clocks.claim().num_seconds(),
            "first_action_s": policy.clocks.first_action().num_seconds(),
            "check_in_s": policy.clocks.check_in().num_seconds(),
            "ladder": policy.ladder.rungs().iter().enumerate().map(|(level, post)| json!({
                "level": level, "post": post, "name": post_name(*post),
                "reached": standing.staffed.reaches(&case.mission, *post),
            })).collect::<Vec<_>>(),
        })),
        "alike": alike.cases,
        "alike_elsewhere": alike.elsewhere,
        "suggestions": suggestions(&log),
        "acts": case.possible(by),
        "emergency": emergency.map(|numbers| json!({
            "police": numbers.police, "ambulance": numbers.ambulance, "fire": numbers.fire,
        })),
        "templates": templates(),
    }))
}

/// What stands in a case before these lines of it: a page of each kind that is named.
pub(super) async fn before(flow: &Flow, case: &Case, than: Oldest) -> Result<Value, StoreError> {
    let store = &flow.store;
    let (mut reports, mut messages, mut log) = (Vec::new(), Vec::new(), Vec::new());
    if than.report.is_some() {
        reports = store.reports(case.id, than.report).await?;
    }
    if than.message.is_some() {
        messages = store.messages(case.id, than.message).await?;
    }
    if than.log.is_some() {
        log = store.case_log(case.id, than.log).await?;
    }
    let joined = store.joined_with(case.id).await?;
    let older = store.older(case.id, oldest(&reports, &messages, &log));
    Ok(json!({
        "reports": reports_of(flow, case, &reports, &joined),
        "messages": thread(&reports, &messages),
        "log": log.iter().map(line).collect::<Vec<_>>(),
        "older": told(older.await?),
    }))
}

fn oldest(reports: &[ReportRow], messages: &[MessageRow], log: &[LogRow]) -> Oldest {
    Oldest {
        report: reports.first().map(|row| row.id),
        message: messages.first().map(|row| row.id),
        log: log.first().map(|row| row.id),
    }
}

fn told(older: Older) -> Value {
    json!({"reports": older.reports, "messages": older.messages, "log": older.log})
}

fn reports_of(flow: &Flow, case: &Case, reports: &[ReportRow], joined: &[BesideRow]) -> Vec<Value> {
    let each = reports.iter().map(|row| {
        // The report that opened a case is the case; any other can become one.
        let opened = flow.mint.reference(row.id) == case.reference;
        let of = joined.iter().find(|one| one.id == row.case_id);
        report(row, of, !opened)
    });
    each.collect()
}

fn task(row: &TaskRow) -> Value {
    json!({
        "id": row.id, "title": row.title, "due_at": row.due_at, "made_by": row.made_by,
        "made_at": row.made_at, "done_by": row.done_by, "done_at": row.done_at,
    })
}

/// What its kind asks for, what a responder answered, and which of the usual steps are done.
fn sheet_of(case: &Case, written: &[SheetRow]) -> Value {
    let asked = case.kind.map_or(&[][..], sheet::questions);
    json!({
        "questions": SUBJECT.iter().chain(asked).map(|(name, how)| json!({
            "name": name, "how": how,
        })).collect::<Vec<_>>(),
        "steps": case.kind.map_or_else(Vec::new, sheet::steps),
        "written": written.iter().map(|row| json!({
            "name": row.name, "value": row.value, "by": row.by, "at": row.at,
        })).collect::<Vec<_>>(),
    })
}

/// A case beside this one. Of another mission's nothing is told but that it is there.
fn beside(row: &BesideRow, by: &Responder) -> Value {
    let seen = row.mission.parse().is_ok_and(|mission| by.sees(&mission));
    json!({
        "id": row.id, "reference": row.reference, "mission": row.mission,
        "kind": row.kind.as_ref().filter(|_| seen),
        "priority": Priority::from_rank(row.priority).filter(|_| seen),
        "status": Some(&row.status).filter(|_| seen),
        "seen": seen,
    })
}

/// What the last text that joined suggests and the machine must not do, until somebody acted.
fn suggestions(log: &[LogRow]) -> Value {
    log.iter()
        .rev()
        .take_while(|line| {
            line.by_name.is_none() || ["read", "seen"].contains(&line.event.as_str())
        })
        .filter(|line| line.event == "joined")
        .find_map(|line| line.detail.get("suggests").cloned())
        .unwrap_or_else(|| json!([]))
}

fn report(row: &ReportRow, joined: Option<&BesideRow>, can_split: bool) -> Value {
    let evidence = row.understood.get("evidence").and_then(Value::as_array);
    let chars: Vec<char> = row.text.chars().collect();
    let spans: Vec<Value> = evidence
        .into_iter()
        .flatten()
        .map(|span| {
            let at = |name| {
                let at = span.get(name).and_then(Value::as_u64).unwrap_or(0);
                usize::try_from(at).unwrap_or(0).min(chars.len())
            };
            let (start, end) = (at("start"), at("end"));
            let text: String = chars.get(start..end).unwrap_or_default().iter().collect();
            json!({"start": start, "end": end, "text": text, "says": span.get("says")})
        })
        .collect();
    json!({
        "id": row.id,
        "joined_from": joined.map(|one| &one.reference),
        "can_split": can_split,
        "channel": row.channel,
        "received_at": row.received_at,
        "text": row.text,
        "from": row.number,
        "kind_chosen": row.kind,
        "details": row.details,
        "subject": row.subject,
        "place_text": row.place_text,
        "lang": row.understood.get("lang"),
        "understood": row.understood,
        "evidence": spans,
    })
}

fn contact(row: &ContactRow, by: &Responder) -> Value {
    let whence = |on: &Option<String>, at, case: &Option<String>, mission: &Option<String>| {
        let seen = mission.as_ref().and_then(|code| code.parse().ok());
        let seen = seen.is_some_and(|code| by.sees(&code));
        on.as_ref().map(|on| {
            json!({
                "on": on, "at": at, "elsewhere": case.is_some(),
                "case": case.as_ref().filter(|_| seen),
            })
        })
    };
    let other = row.other_safe.as_ref().map(|safe| {
        let (on, at) = (&row.other_on, row.other_at);
        json!({"contact": safe, "whence": whence(on, at, &row.other_in, &row.other_in_mission)})
    });
    json!({
        "number": row.number,
        "valid": row.dialable,
        "channel": row.channel,
        "safe": {
            "contact": row.safe, "from_hour": row.from_hour, "to_hour": row.to_hour,
            "note": row.note,
            "whence": whence(&row.chose_on, row.chose_at, &row.chose_in, &row.chose_in_mission),
        },
        "other": other,
        "opted_out": row.opted_out,
    })
}

fn place(named: &NamedPlace, case: &Case) -> Value {
    json!({
        "name": named.name,
        "level": named.level,
        "source": named.source,
        "certain": named.certain,
        "country": case.country,
        "radius_m": named.radius_m,
        "lat": case.place.map(|place| place.lat),
        "lon": case.place.map(|place| place.lon),
    })
}

/// What was written to and fro, oldest first.
fn thread(reports: &[ReportRow], messages: &[MessageRow]) -> Vec<Value> {
    let said = reports
        .iter()
        .filter(|row| !row.text.is_empty())
        .map(|row| {
            let line = json!({
                "id": row.id, "direction": "in", "at": row.received_at, "text": row.text,
                "channel": row.channel, "state": "received", "error": null, "by": null,
                "automatic": false,
            });
            (row.received_at, line)
        });
    let answered = messages.iter().map(|row| {
        let line = json!({
            "id": row.id, "direction": "out", "at": row.written_at, "text": row.body,
            "channel": row.channel, "state": row.state, "error": row.error, "by": row.by_name,
            "automatic": row.by_name.is_none(), "template": row.template,
        });
        (row.written_at, line)
    });
    let mut all: Vec<_> = said.chain(answered).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, line)| line).collect()
}

fn line(row: &LogRow) -> Value {
    json!({
        "id": row.id, "at": row.at, "by": row.by_name, "event": row.event, "detail": row.detail,
        "note": row.note,
    })
}

fn templates() -> Vec<Value> {
    Template::ALL
        .iter()
        .flat_map(|template| LANGUAGES.map(|lang: Lang| (*template, lang)))
        .map(|(template, lang)| json!({"id": template, "lang": lang, "text": say(template, lang)}))
        .collect()
}
