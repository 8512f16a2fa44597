use super::super::render_step;
use super::*;
use crate::case::Mint;
use crate::intake::form::assets::asset;

const EXIT: &str = "https://www.google.com/";
/// The heaviest a page may be with all that it loads, in bytes.
const HEAVIEST: usize = 30 * 1024;

fn page(lang: Lang) -> Page<'static> {
    Page { lang, exit: EXIT }
}

fn numbers(country: Country) -> Option<Numbers> {
    (country.as_str() != "KE").then(|| Numbers {
        police: Some("999".into()),
        ambulance: Some("998".into()),
        fire: Some("997".into()),
    })
}

fn typed(pairs: &[(&str, &str)]) -> Typed {
    let fields: Vec<_> = pairs
        .iter()
        .map(|(field, value)| ((*field).to_owned(), (*value).to_owned()))
        .collect();
    Typed::new(&fields)
}

fn receipt(kind: Option<Kind>) -> Receipt {
    Receipt {
        reference: Mint::new(b"secret").reference(Uuid::nil()),
        code: "4F7012".into(),
        first: Uuid::nil(),
        received_at: DateTime::UNIX_EPOCH,
        safe: Some(SafeContact::IWillContactYou),
        kind,
        country: None,
    }
}

/// Every page, in every state that changes its shape.
fn every(lang: Lang) -> Vec<String> {
    let (page, nothing, id) = (page(lang), Typed::default(), Uuid::nil());
    let found = Found {
        reference: receipt(None).reference,
        code: "4F7012".into(),
        progress: Progress::Working,
    };
    let dubai = typed(&[("country", "AE")]);
    let mut pages = vec![
        render_front(page, None, numbers),
        render_front(page, "AE".parse().ok(), numbers),
        render_form(page, &nothing, None, id, numbers),
        render_form(page, &dubai, Some(Notice::Empty), id, |_| None),
        render_track(page, &nothing, None, None, id),
        render_track(page, &nothing, Some(Notice::Added), Some(&found), id),
    ];
    let case = receipt(None).reference;
    for step in [Step::Where, Step::Contact, Step::Details, Step::Photographs] {
        pages.push(render_receipt(page, &receipt(None), Some(step), None));
        pages.extend(Kind::ALL.iter().map(|kind| {
            let chosen = typed(&[("kind", kind.as_str()), ("country", "QA")]);
            render_step(
                page,
                step,
                (&case, "4F7012"),
                &chosen,
                Some(Notice::NotSent),
                id,
            )
        }));
    }
    pages.push(render_receipt(
        page,
        &receipt(None),
        None,
        Some(Notice::FileTooLarge),
    ));
    pages.push(super::super::render_done(page, (&case, "4F7012")));
    pages
}

#[test]
fn every_page_has_a_way_out_and_tells_nothing_in_its_title() {
    for lang in LANGUAGES {
        for html in every(lang) {
            assert!(html.contains(&format!("<a class=\"exit\" href=\"{EXIT}\"")));
            let title = &Words::of(lang).title;
            assert!(html.contains(&format!("<title>{title}</title>")));
            assert!(html.contains("<link rel=\"icon\" href=\"data:,\">"));
        }
    }
}

#[test]
fn no_page_weighs_more_than_an_old_phone_can_bear() {
    for lang in LANGUAGES {
        for html in every(lang) {
            let weight = html.len() + CSS.body.len() + JS.body.len();
            assert!(weight <= HEAVIEST, "{lang}: {weight} bytes");
        }
    }
}

#[test]
fn no_page_holds_script_or_asks_another_host() {
    for lang in LANGUAGES {
        for html in every(lang) {
            let own = html.replace(EXIT, "");
            assert!(!own.contains("://"), "another host");
            assert!(!own.contains(" style=") && !own.contains("<style"));
            assert_eq!(own.matches("<script").count(), 1);
            assert!(!own.contains(" onclick="));
        }
    }
}

#[test]
fn what_was_typed_is_kept_when_sending_fails_and_shown_as_text() {
    let typed = typed(&[
        ("text", "</textarea><script>alert(1)</script>"),
        ("place", "\"><b>Deira"),
        ("kind", "death"),
        ("safe", "any"),
        ("from_hour", "22"),
        ("country", "SA"),
        ("id", "00000000-0000-0000-0000-000000000007"),
    ]);
    let html = render_form(
        page(Lang::Swahili),
        &typed,
        Some(Notice::NotSent),
        Uuid::nil(),
        numbers,
    );
    assert!(html.contains("&#60;/textarea&#62;&#60;script&#62;"));
    assert!(html.contains("value=\"&#34;&#62;&#60;b&#62;Deira\""));
    assert!(html.contains("value=\"death\" checked"));
    assert!(html.contains("name=\"safe\" value=\"any\""));
    assert!(html.contains("name=\"from_hour\" value=\"22\""));
    assert_eq!(html.matches("value=\"SA\" selected").count(), 1);
    assert!(html.contains("value=\"00000000-0000-0000-0000-000000000007\""));
    assert!(html.contains(&Words::of(Lang::Swahili).problem_not_sent));
}

#[test]
fn the_numbers_of_the_country_come_before_everything_that_is_asked() {
    for lang in LANGUAGES {
        let html = render_form(
            page(lang),
            &typed(&[("country", "AE")]),
            None,
            Uuid::nil(),
            numbers,
        );
        let call = html.find("href=\"tel:999\"").expect("the police");
        assert!(call < html.find("name=\"text\"").expect("the first question"));
    }
}

#[test]
fn the_receipt_proves_what_arrived_and_when() {
    let html = render_receipt(
        page(Lang::English),
        &receipt(Some(Kind::Detention)),
        Some(Step::Where),
        None,
    );
    assert!(html.contains(receipt(None).reference.as_str()));
    assert!(html.contains("4F7012"));
    assert!(html.contains("1970-01-01 03:00"), "the time in Nairobi");
    assert!(html.contains(&Words::of(Lang::English).receipt_silent));
}

#[test]
fn one_thing_is_asked_on_each_page_and_what_was_typed_is_kept_when_sending_fails() {
    let case = receipt(None).reference;
    let typed = typed(&[
        ("kind", "detention"),
        ("held_at", "\"Al Awir"),
        ("visited", "no"),
    ]);
    let step = |step, notice| {
        render_step(
            page(Lang::English),
            step,
            (&case, "4F7012"),
            &typed,
            notice,
            Uuid::nil(),
        )
    };
    let html = step(Step::Details, Some(Notice::NotSent));
    assert!(html.contains("name=\"held_at\"") && html.contains("value=\"&#34;Al Awir\""));
    assert!(html.contains("name=\"visited\" value=\"no\" checked"));
    assert!(!html.contains("name=\"number\"") && !html.contains("name=\"place\""));
    let html = step(Step::Contact, None);
    assert!(html.contains("name=\"number\"") && !html.contains("name=\"held_at\""));
    assert!(html.contains("name=\"skip\""), "every page may be left out");
    let html = step(Step::Where, None);
    assert!(html.contains("name=\"place\"") && !html.contains("name=\"number\""));
}

#[test]
fn a_found_case_shows_how_it_stands_and_nothing_else_of_it() {
    let found = Found {
        reference: receipt(None).reference,
        code: "4F7012".into(),
        progress: Progress::Closed,
    };
    let typed = typed(&[("text", "old words")]);
    let html = render_track(
        page(Lang::Arabic),
        &typed,
        Some(Notice::Added),
        Some(&found),
        Uuid::nil(),
    );
    assert!(html.contains(&Words::of(Lang::Arabic).track_closed));
    assert!(!html.contains("old words"));
    assert!(html.contains("dir=\"rtl\""));
}

#[test]
fn a_file_is_found_by_the_address_that_the_pages_name() {
    let html = render_front(page(Lang::English), None, numbers);
    for asset_of_page in [&*CSS, &*JS] {
        assert!(html.contains(&asset_of_page.path));
        assert_eq!(
            asset(&asset_of_page.path).map(|a| &a.body),
            Some(&asset_of_page.body)
        );
    }
    assert!(asset("/page/00000000.css").is_none());
}

#[test]
fn a_visit_that_fails_carries_along_all_that_was_typed() {
    let typed = typed(&[
        ("reference", "4F7K-92MX-Q1TA"),
        ("code", "4F7012"),
        ("text", "it got worse"),
        ("now", "worse"),
        ("employer", "Abu Khalid"),
        ("surprise", "not ours"),
    ]);
    let page = page(Lang::English);
    let html = render_track(page, &typed, Some(Notice::NotSent), None, Uuid::nil());
    assert!(html.contains("value=\"4F7K-92MX-Q1TA\"") && html.contains("value=\"4F7012\""));
    assert!(html.contains(">it got worse</textarea>"));
    assert!(html.contains("name=\"now\" value=\"worse\""));
    assert!(html.contains("name=\"employer\" value=\"Abu Khalid\""));
    assert!(!html.contains("surprise"));
}
