use super::*;

fn read_text(body: &str) -> Result<Report, Problem> {
    let now = "2026-11-22T08:00:00Z".parse().expect("time");
    let read = read(body.as_bytes(), Channel::Api, now)?;
    assert!(read.not_understood.is_empty(), "{:?}", read.not_understood);
    Ok(read.report)
}

#[test]
fn a_few_words_and_an_id_are_a_report() {
    let report = read_text(r#"{"id":"0191b2f0-0000-7000-8000-000000000001","text":"nisaidie"}"#)
        .expect("a report");
    assert_eq!(report.text.expose(), "nisaidie");
}

#[test]
fn a_number_that_cannot_be_read_is_kept_as_written() {
    let report = read_text(
        r#"{"id":"0191b2f0-0000-7000-8000-000000000001","contact":{"phone":"ask at the shop"}}"#,
    )
    .expect("a report");
    assert_eq!(
        report.contact.expect("contact").number.expose(),
        "ask at the shop"
    );
}

#[test]
fn every_field_that_does_not_fit_is_named_at_once() {
    let problem = read_text(
        r#"{"id":"x","kind":"dire","text":7,"place":{"lat":200,"lon":0},
            "contact":{"phone":"+254700000001","safe":"maybe","from_hour":3}}"#,
    )
    .expect_err("wrong in many ways");
    let fields: Vec<&str> = problem.errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "id",
            "text",
            "contact.safe",
            "contact.from_hour",
            "kind",
            "place.lat"
        ]
    );
    assert!(problem.errors[4].message.contains("distress, medical"));
}

#[test]
fn a_body_that_is_no_json_is_told_where_it_breaks() {
    let problem = read_text("{\"id\": \n oops}").expect_err("no JSON");
    assert_eq!(problem.status, 400);
    assert!(problem.detail.expect("detail").contains("line 2"));
}

#[test]
fn a_report_that_says_nothing_is_asked_to_say_something() {
    let problem = read_text(r#"{"id":"0191b2f0-0000-7000-8000-000000000001"}"#);
    assert_eq!(problem.expect_err("empty").errors[0].field, "text");
}

#[test]
fn who_knows_which_message_will_come_cannot_take_its_place() {
    let its_own = crate::intake::twilio::inbound::report_id("SM00000000000000000000000000000001");
    let stored = |id: Uuid| {
        let report = read_text(&format!(r#"{{"id":"{id}","text":"nisaidie"}}"#));
        report.expect("a report").id
    };
    assert_ne!(stored(its_own), its_own);
    assert_eq!(
        stored(its_own),
        stored(its_own),
        "sent again it is the same"
    );
    for usual in [
        Uuid::new_v4(),
        Uuid::from_u128(0x0191_b2f0_0000_7000_8000_0000_0000_0001),
    ] {
        assert_eq!(stored(usual), usual);
    }
}
