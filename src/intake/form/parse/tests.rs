use super::*;
use crate::case::{ForWhom, Kind, Lang, Mint};
use proptest::prelude::*;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(field, value)| ((*field).to_owned(), (*value).to_owned()))
        .collect()
}

fn sent(pairs: &[(&str, &str)]) -> Result<Report, FormProblem> {
    parse((&fields(pairs), false), NOW, Uuid::nil())
}

#[test]
fn a_whole_page_becomes_a_report() {
    let report = sent(&[
        ("lang", "sw"),
        ("for", "other"),
        ("text", "  dada yangu amefungiwa  "),
        ("kind", "distress"),
        ("country", "AE"),
        ("place", "Deira"),
        ("number", "+254700000001"),
        ("safe", "any"),
        ("from_hour", "22"),
        ("to_hour", "5"),
        ("contact_note", "uliza Rose"),
    ])
    .expect("a report");
    assert_eq!(report.text.expose(), "dada yangu amefungiwa");
    assert_eq!(report.kind, Some(Kind::Distress));
    assert_eq!(report.for_whom, Some(ForWhom::Other));
    assert_eq!(report.lang, Some(Lang::Swahili));
    let place = report.place_text.expect("a place").into_inner();
    assert_eq!(place, "Deira, United Arab Emirates");
    let contact = report.contact.expect("a contact");
    assert_eq!(contact.safe, SafeContact::Any);
    assert!(contact.hours.expect("hours").holds(23));
    assert_eq!(report.details.expose()["country"], "AE");
}

#[test]
fn only_a_page_with_nothing_on_it_is_sent_back() {
    assert_eq!(sent(&[]), Err(FormProblem::Empty));
    let nothing = [
        ("lang", "en"),
        ("for", "self"),
        ("text", " \n"),
        ("safe", "any"),
        ("kind", ""),
        ("website", ""),
    ];
    assert_eq!(sent(&nothing), Err(FormProblem::Empty));
    for one in [
        ("text", "help"),
        ("kind", "death"),
        ("number", "my sister has one"),
        ("place", "behind the mosque"),
        ("country", "KW"),
    ] {
        assert!(sent(&[one]).is_ok(), "{} is enough", one.0);
    }
}

#[test]
fn nothing_unreadable_loses_the_plea() {
    let report = sent(&[
        ("text", "help"),
        ("kind", "zombies"),
        ("country", "Neverland"),
        ("number", "0712 345 678"),
        ("safe", "shout"),
        ("from_hour", "99"),
        ("to_hour", "-1"),
        ("lat", "ninety"),
        ("lon", "400"),
        ("id", "not an id"),
        ("website", "http://x.example"),
        ("surprise", "kept out"),
    ])
    .expect("a report");
    let contact = report.contact.expect("a contact");
    assert_eq!(contact.number.expose(), "0712 345 678");
    assert_eq!(contact.safe, SafeContact::ReplyOnly);
    assert_eq!((report.kind, contact.hours, report.pin), (None, None, None));
    assert_eq!(report.details.expose()["hidden_field_filled"], true);
    assert!(!report.details.expose().contains_key("surprise"));
}

#[test]
fn sent_twice_is_one_report_and_changed_is_another() {
    let page = Uuid::from_u128(7).to_string();
    let first = sent(&[("id", &page), ("text", "help")]).expect("a report");
    let again = sent(&[("id", &page), ("text", "help")]).expect("a report");
    let changed = sent(&[("id", &page), ("text", "help me")]).expect("a report");
    let elsewhere = Uuid::from_u128(8).to_string();
    let other = sent(&[("id", &elsewhere), ("text", "help")]).expect("a report");
    assert_eq!(first.id, again.id);
    assert_ne!(first.id, changed.id);
    assert_ne!(first.id, other.id);
}

#[test]
fn a_visit_is_read_as_people_write_it_and_can_add_to_the_case() {
    let reference = Mint::new(b"secret").reference(Uuid::nil());
    let spoken = reference.as_str().to_lowercase().replace('-', " ");
    let arabic: String = spoken
        .chars()
        .map(|c| {
            c.to_digit(10)
                .and_then(|digit| char::from_u32(0x0660 + digit))
                .unwrap_or(c)
        })
        .collect();
    let look = fields(&[("reference", &arabic), ("code", " 4f7-ol2 ")]);
    let look = parse_visit((&look, false), NOW, Uuid::nil()).expect("a visit");
    assert_eq!(look.reference, reference);
    assert_eq!(look.code.expose(), "4F7012");
    assert_eq!((look.adds, look.safe), (None, None));

    let adds = fields(&[
        ("reference", reference.as_str()),
        ("code", "4F7012"),
        ("kind", "detention"),
        ("held_at", "Al Aweer"),
        ("name", "Achieng"),
        ("now", "worse"),
        ("safe", "i_will_contact_you"),
    ]);
    let adds = parse_visit((&adds, false), NOW, Uuid::nil()).expect("a visit");
    assert_eq!(adds.safe, Some(SafeContact::IWillContactYou));
    let report = adds.adds.expect("an addition");
    assert_eq!(report.details.expose()["held_at"], "Al Aweer");
    assert_eq!(report.details.expose()["now"], "worse");
    assert_eq!(
        report.subject.expect("a subject").expose()["name"],
        "Achieng"
    );
}

#[test]
fn a_mistyped_reference_is_said_to_be_so() {
    let visit = fields(&[("reference", "AAAA-BBBB-CCCC"), ("code", "x")]);
    assert_eq!(
        parse_visit((&visit, false), NOW, Uuid::nil()),
        Err(FormProblem::Reference)
    );
}

proptest! {
    #[test]
    fn whatever_a_browser_sends_is_read_and_cut(
        pairs in prop::collection::vec(
            ("(text|kind|place|number|country|lat|lon|radius_m|id|name|unpaid|from_hour)", ".{0,200}"),
            0..12,
        )
    ) {
        if let Ok(report) = parse((&pairs, false), NOW, Uuid::nil()) {
            prop_assert!(report.text.expose().chars().count() <= LONGEST_TEXT);
        }
        let _any = parse_visit((&pairs, false), NOW, Uuid::nil());
    }
}

#[test]
fn a_message_of_any_length_is_taken() {
    let long = "ن".repeat(50_000);
    let report = sent(&[("text", &long)]).expect("a report");
    assert_eq!(report.text.expose().chars().count(), LONGEST_TEXT);
}

#[test]
fn half_of_the_hours_is_kept_where_it_is_read_and_nothing_is_sent_by_itself() {
    for (from, to, chosen) in [("2", "", "2 – "), ("", "7", " – 7"), ("9", "25", "9 – 25")] {
        let report = sent(&[
            ("number", "+254700000001"),
            ("safe", "any"),
            ("from_hour", from),
            ("to_hour", to),
            ("contact_note", "uliza Rose"),
        ]);
        let contact = report.expect("a report").contact.expect("a contact");
        assert_eq!(contact.safe, SafeContact::ReplyOnly);
        assert_eq!(contact.hours, None);
        let note = contact.note.expect("a note").into_inner();
        assert_eq!(note, format!("uliza Rose ({chosen})"));
    }
}
