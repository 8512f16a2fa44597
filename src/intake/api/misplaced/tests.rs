use super::super::{Read, read};
use crate::case::{Channel, Kind, SafeContact};
use serde_json::{Value, json};

const ID: &str = "0191b2f0-0000-7000-8000-000000000001";

fn sent(body: &str) -> Read {
    on(Channel::Api, body)
}

fn on(channel: Channel, body: &str) -> Read {
    let body = format!("{{\"id\":\"{ID}\",{body}}}");
    read(body.as_bytes(), channel, chrono::DateTime::UNIX_EPOCH).expect("nobody is refused")
}

fn named(read: &Read) -> Vec<&str> {
    let notes = read.not_understood.iter();
    notes.map(|note| note.field.as_str()).collect()
}

fn details(read: &Read) -> Value {
    json!(read.report.details.expose())
}

#[test]
fn what_is_plainly_meant_is_put_where_it_belongs() {
    let read = sent(
        r#""Message":"nisaidie","phone_number":"+971501234567","safeContact":"never",
           "location":{"latitude":25.27,"lng":55.3},"language":"sw","type":"distress""#,
    );
    let report = &read.report;
    assert_eq!(report.text.expose(), "nisaidie");
    let contact = report.contact.as_ref().expect("a number");
    assert_eq!(contact.number.expose(), "+971501234567");
    assert_eq!(contact.safe, SafeContact::Never, "what she chose holds");
    assert_eq!(report.pin.map(|(point, _)| point.lon()), Some(55.3));
    assert_eq!(report.kind, Some(Kind::Distress));
    assert_eq!(details(&read), json!({}), "and nothing is told twice");
    let named = named(&read);
    for field in [
        "Message",
        "phone_number",
        "safeContact",
        "location",
        "place.lng",
        "language",
        "type",
    ] {
        assert!(named.contains(&field), "{field} in {named:?}");
    }
    let note = read.not_understood.iter().find(|n| n.field == "Message");
    assert_eq!(
        note.expect("told").message,
        "was taken as text; call it text"
    );
}

#[test]
fn what_is_not_known_is_kept_as_it_came_and_named() {
    let read = sent(
        r#""text":"nisaidie","case_worker":{"name":"Otieno"},"ref":7,"nothing":null,
           "place":{"text":"Deira","floor":3},"contact":{"phone":"+971501234567","email":"a@b.example"},
           "message":"and a second one""#,
    );
    assert_eq!(read.report.text.expose(), "nisaidie");
    assert_eq!(
        details(&read),
        json!({"case_worker": "{\"name\":\"Otieno\"}", "ref": "7", "place.floor": "3",
            "contact.email": "a@b.example", "message": "and a second one"})
    );
    assert_eq!(
        named(&read),
        [
            "case_worker",
            "message",
            "ref",
            "place.floor",
            "contact.email"
        ]
    );
}

#[test]
fn a_contact_without_a_number_is_kept() {
    let read = sent(r#""contact":{"safe":"never","note":"ask for Rose","fax":""}"#);
    assert!(read.report.contact.is_none());
    let kept = details(&read);
    assert_eq!(kept["contact.safe"], "never");
    // Words without a text are the words.
    assert_eq!(read.report.text.expose(), "contact.note: ask for Rose");
    let read = sent(r#""text":"x","contact":"+971 50 123 4567""#);
    assert!(read.report.contact.is_some());
    assert_eq!(named(&read), ["contact"]);
}

#[test]
fn of_words_that_came_twice_all_are_heard_and_of_other_fields_all_are_kept() {
    let read = sent(
        r#""text":"nisaidie","text":"niko Deira","text":"haraka","kind":"death","kind":"distress",
           "details":{"charge":"theft","charge":"debt"}"#,
    );
    assert_eq!(read.report.text.expose(), "nisaidie\nniko Deira\nharaka");
    assert_eq!(read.report.kind, Some(Kind::Distress));
    assert_eq!(
        details(&read),
        json!({"charge": "debt", "kind": "death", "details.charge": "theft"})
    );
}

#[test]
fn words_under_a_name_that_nobody_knows_are_understood_where_no_others_came() {
    let read = sent(r#""plea":"nisaidie niko Deira","source":"app""#);
    assert_eq!(read.report.text.expose(), "plea: nisaidie niko Deira");
    assert_eq!(details(&read), json!({"source": "app"}));
}

#[test]
fn nothing_that_is_moved_is_a_reason_to_refuse() {
    let read = sent(
        r#""text":"x","lat":200,"lon":"east","category":"dire","safe":"maybe","reporter":"Otieno",
           "location":"","phone":[],"language":"Kiswahili""#,
    );
    assert!(read.report.pin.is_none() && read.report.contact.is_none());
    assert_eq!(details(&read)["lat"], "200");
    assert_eq!(details(&read)["reporter"], "Otieno");
}

#[test]
fn very_many_fields_are_kept_in_one_and_few_are_named() {
    use std::fmt::Write as _;
    let mut body = "\"text\":\"x\"".to_owned();
    for n in 0..20_000 {
        write!(body, ",\"a{n}\":1,\"text\":\"y\"").expect("a string grows");
    }
    let read = sent(&body);
    assert!(read.report.details.expose().len() <= 61);
    assert!(read.not_understood.len() <= 60);
    let all = details(&read).to_string() + read.report.text.expose();
    assert!(all.contains("a19999: 1"));
}

#[test]
fn how_bad_a_call_sounded_is_read_by_who_takes_calls() {
    let call = on(Channel::Phone, r#""text":"x","priority":"critical""#);
    assert!(call.not_understood.is_empty());
    assert_eq!(details(&call), json!({}));
}

#[test]
fn of_several_choices_of_safe_contact_the_strictest_holds_however_they_are_named() {
    let phone = r#""phone":"+971501234567""#;
    for (body, holds) in [
        (
            format!(r#""safe":"never","contact":{{{phone},"safe":"any"}}"#),
            SafeContact::Never,
        ),
        (
            format!(r#""contact":{{{phone},"safe":"any","Safe":"never"}}"#),
            SafeContact::Never,
        ),
        (
            format!(r#""contact":{{{phone},"safe":"never",{phone},"safe":"any"}}"#),
            SafeContact::Never,
        ),
        (
            format!(
                r#""contact":{{{phone},"safe":"i_will_contact_you"}},"contact":{{{phone},"safe":"any"}}"#
            ),
            SafeContact::IWillContactYou,
        ),
        (
            format!(r#""contact":{{{phone},"safe":"any","fromHour":1,"toHour":2}}"#),
            SafeContact::ReplyOnly,
        ),
        (
            format!(r#""from_hour":1,"to_hour":2,"contact":{{{phone},"safe":"any"}}"#),
            SafeContact::ReplyOnly,
        ),
        (
            format!(r#""do_not_contact":true,"contact":{{{phone},"safe":"any"}}"#),
            SafeContact::ReplyOnly,
        ),
        (
            format!(r#""ref":7,"contact":{{{phone},"safe":"any"}}"#),
            SafeContact::Any,
        ),
        (
            format!(r#""safe":"any","contact":{{{phone},"safe":"never"}}"#),
            SafeContact::Never,
        ),
    ] {
        let read = sent(&format!(r#""text":"help they beat me",{body}"#));
        let contact = read.report.contact.expect("a number");
        assert_eq!(contact.safe, holds, "{body}");
    }
}

#[test]
fn a_name_that_may_be_a_persons_words_or_number_is_not_repeated() {
    let read = sent(
        r#""text":"x","call +971501234567 Mary":"v","my name is Mary":"w","case_worker":"y",
           "contact":{"phone":"+971501234567","+971501110095":"z"}"#,
    );
    let named = named(&read);
    assert!(named.contains(&"case_worker"), "{named:?}");
    assert!(named.contains(&"a field of contact"), "{named:?}");
    let told = json!(read.not_understood).to_string();
    assert!(!told.contains("Mary") && !told.contains("97150"), "{told}");
    assert_eq!(details(&read)["my name is Mary"], "w");
}
