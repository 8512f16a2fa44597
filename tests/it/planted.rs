//! Nobody else fills in the form of a person who asks for help: no link, and no page of another site.

use crate::support::world::World;
use reqwest::RequestBuilder;
use serde_json::json;

const HIS: &str = "+971509990001";
const ID: &str = "11111111-2222-4333-8444-555555555555";
/// What he would have her send along.
const PLANTED: [(&str, &str); 8] = [
    ("id", ID),
    ("number", HIS),
    ("safe", "any"),
    ("receipt", "text"),
    ("lat", "25.9"),
    ("lon", "56.1"),
    ("place", "Sharjah-planted"),
    ("name", "Planted-Name"),
];

async fn page(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.expect("the service answers");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a page"))
}

fn holds_none_of_it(page: &str) {
    for planted in [ID, HIS, "25.9", "56.1", "planted", "Planted", "receipt"] {
        assert!(!page.contains(planted), "{planted} is in {page}");
    }
}

#[tokio::test]
async fn a_link_fills_in_nothing_but_the_language_and_the_country_in_plain_view() {
    let world = World::start().await;
    let words = [
        ("text", "planted words"),
        ("kind", "distress"),
        ("for", "other"),
    ];
    let link = reqwest::Client::new()
        .get(world.url("/report"))
        .query(&[("lang", "sw"), ("country", "AE")])
        .query(&PLANTED)
        .query(&words);
    let (status, shown) = page(link).await;
    assert_eq!(status, 200);
    holds_none_of_it(&shown);
    for chosen in ["\"distress\" checked", "\"other\" checked"] {
        assert!(!shown.contains(chosen), "{shown}");
    }
    assert!(shown.contains("lang=\"sw\""), "{shown}");
    assert!(shown.contains("value=\"AE\" selected"), "{shown}");
    world.end().await;
}

#[tokio::test]
async fn a_page_of_another_site_fills_in_nothing_and_our_own_and_old_browsers_keep_every_word() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let ours = world.url("");
    let again = |said: &[(&str, &str)]| {
        let asks = [("do", "numbers"), ("country", "AE"), ("lang", "en")];
        let mut request = http.post(world.url("/report"));
        for (name, value) in said {
            request = request.header(*name, *value);
        }
        request.form(&[&asks[..], &PLANTED].concat())
    };
    for said in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
        &[("Origin", "http://evil.example")],
    ] {
        let (status, shown) = page(again(said)).await;
        assert_eq!(status, 200);
        holds_none_of_it(&shown);
        assert!(shown.contains("value=\"AE\" selected"), "{shown}");
    }
    for said in [
        &[][..],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
        &[("Origin", ours.as_str())],
        &[("Origin", "null")],
    ] {
        let (status, shown) = page(again(said)).await;
        assert_eq!(status, 200);
        assert!(
            shown.contains(HIS) && shown.contains(ID),
            "{said:?} {shown}"
        );
    }
    // A page that asks for a word carries nothing along either.
    let empty = http
        .post(world.url("/report"))
        .header("Sec-Fetch-Site", "cross-site")
        .form(&[("name", "Planted-Name")]);
    let (status, shown) = page(empty).await;
    assert_eq!(status, 422);
    holds_none_of_it(&shown);
    world.end().await;
}

#[tokio::test]
async fn a_report_that_another_site_sends_is_taken_in_and_leads_nobody_into_its_case() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let http = reqwest::Client::new();
    let sent = |path: &str, fields: &[(&str, &str)]| {
        http.post(world.url(path))
            .header("Sec-Fetch-Site", "cross-site")
            .form(fields)
    };
    let plea = [("text", "They lock me in, Deira Dubai"), ("lang", "en")];
    let (status, shown) = page(sent("/report", &plea)).await;
    assert_eq!(
        status, 200,
        "a plea is not refused for how it came: {shown}"
    );
    assert!(!shown.contains("<form"), "{shown}");
    let his = world
        .says("I have a question about a passport, Deira Dubai")
        .await;
    let reference = his["reference"].as_str().expect("a reference");
    let code = his["code"].as_str().expect("a code");
    let of = [("reference", reference), ("code", code)];
    for (path, more) in [
        ("/report", &[("step", "where"), ("ask", "yes")][..]),
        ("/report", &[("step", "contact"), ("skip", "yes")][..]),
        ("/report", &[("step", "where"), ("place", "Deira")][..]),
        ("/track", &[][..]),
        ("/track", &[("text", "there is more to say")][..]),
    ] {
        let (status, shown) = page(sent(path, &[&of, more].concat())).await;
        assert_eq!(status, 200, "{path} {more:?}");
        assert!(
            !shown.contains(reference) && !shown.contains(code),
            "{path} {more:?} {shown}"
        );
    }
    // What was sent with a right code is there all the same.
    let shown = json!(reference);
    let card = desk
        .shows_case(&shown, "what was added", |card| card["unread"] == 3)
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["reports"][2]["text"], "there is more to say");
    world.end().await;
}
