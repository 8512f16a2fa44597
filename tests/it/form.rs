//! The public pages: an alert without JavaScript, a receipt, and the way back.

use crate::support::page::{carried, reference};
use crate::support::patience::until;
use crate::support::servers::Pair;
use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use serde_json::json;
use std::time::Instant;

async fn post(world: &World, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let response = reqwest::Client::new()
        .post(world.url(path))
        .form(fields)
        .send()
        .await
        .expect("the service answers");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a page"))
}

/// What stands in the receipt: a reference and a code.
fn receipt(page: &str) -> (String, String) {
    (reference(page).to_owned(), carried(page, "code").to_owned())
}

#[tokio::test]
async fn the_first_page_alone_raises_an_alert_and_the_second_adds_to_it() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let page = reqwest::get(world.url("/report?lang=sw"))
        .await
        .expect("the service answers");
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.expect("a page");
    assert!(page.len() < 30_000, "{} bytes", page.len());
    let (status, page) = post(
        &world,
        "/report",
        &[
            ("text", "Nimefungiwa ndani ya nyumba Deira"),
            ("lang", "sw"),
            ("for", "self"),
        ],
    )
    .await;
    assert_eq!(status, 200, "{page}");
    let (reference, code) = receipt(&page);
    let shown = json!(reference);
    desk.shows_case(&shown, "the case", |card| card["channel"] == "web")
        .await;

    let (status, _) = post(
        &world,
        "/track",
        &[
            ("reference", &reference.to_lowercase()),
            ("code", &code),
            ("text", "Sasa niko Sharjah"),
            ("lang", "sw"),
        ],
    )
    .await;
    assert_eq!(status, 200);
    let card = desk
        .shows_case(&shown, "what was added", |card| card["unread"] == 2)
        .await;
    assert_eq!(
        desk.opens(&card).await["reports"][1]["text"],
        "Sasa niko Sharjah"
    );
    world.end().await;
}

#[tokio::test]
async fn without_its_code_a_reference_opens_nothing_and_few_guesses_shut_nobody_out() {
    let world = World::start().await;
    let report = world.says(LOCKED_IN).await;
    let reference = report["reference"].as_str().expect("a reference");
    let code = report["code"].as_str().expect("a code");
    let http = reqwest::Client::new();
    let track = async |code: &str, from: &str| {
        let form = [("reference", reference), ("code", code)];
        let sent = http.post(world.url("/track")).form(&form);
        let sent = sent.header("X-Forwarded-For", from).send().await;
        let answer = sent.expect("the service answers");
        let after = answer.headers().contains_key("retry-after");
        (answer.status().as_u16(), after)
    };
    // Somebody in the same house, or behind the same address of a telephone network.
    for _ in 0..99 {
        assert_eq!(track("000000", "192.0.2.1").await, (404, false));
    }
    assert_eq!(track(code, "192.0.2.1").await, (200, false));
    for _ in 0..100 {
        assert_eq!(track("000000", "192.0.2.1").await, (404, false));
    }
    assert_eq!(track("000000", "192.0.2.1").await, (429, true));
    assert_eq!(track(code, "192.0.2.1").await, (429, true), "guessing ends");
    assert_eq!(track(code, "192.0.2.2").await, (200, false), "elsewhere");
    world.end().await;
}

#[tokio::test]
async fn an_empty_form_is_asked_for_a_word_and_what_was_typed_is_kept() {
    let world = World::start().await;
    let (status, page) = post(&world, "/report", &[("lang", "ar")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("dir=\"rtl\""));
    // What says nothing by itself is not lost with the refusal.
    let chosen = [("lang", "sw"), ("for", "other")];
    let (status, page) = post(&world, "/report", &chosen).await;
    assert_eq!(status, 422);
    assert!(page.contains("value=\"other\" checked"), "{page}");
    let (status, page) = post(&world, "/report", &[("number", "ask at the shop")]).await;
    assert_eq!(
        status, 200,
        "a number that cannot be read is no reason to refuse: {page}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_form_that_cannot_be_stored_says_so_and_keeps_every_word() {
    let mut pair = Pair::durable().await;
    let (world, _) = World::on_pair(&pair).await;
    pair.postgres.stop();
    let typed = [
        ("text", "they lock me in, <b>second</b> floor"),
        ("kind", "distress"),
        ("place", "Deira"),
        ("country", "AE"),
        ("lang", "en"),
    ];
    let (status, page) = post(&world, "/report", &typed).await;
    assert_eq!(status, 503, "{page}");
    assert!(page.contains("role=\"alert\""), "{page}");
    for kept in [
        ">they lock me in, &#60;b&#62;second&#60;/b&#62; floor</textarea>",
        "value=\"distress\" checked",
        "name=\"place\" value=\"Deira\"",
        "value=\"AE\" selected",
    ] {
        assert!(page.contains(kept), "{kept} is not in {page}");
    }
    // The same page, sent again when it can be, is a receipt.
    pair.postgres.restart().await;
    until("it is taken in", async || {
        let asked = Instant::now();
        let (status, page) = post(&world, "/report", &typed).await;
        if status == 200 {
            receipt(&page);
        } else {
            // What stands in the way is told if it never is.
            eprintln!("{status} after {:?}: {page}", asked.elapsed());
        }
        status == 200
    })
    .await;
    world.end().await;
}

/// Sends the next page of questions: status and the page after it.
async fn step(world: &World, of: (&str, &str), fields: &[(&str, &str)]) -> (u16, String) {
    let proof = [("reference", of.0), ("code", of.1), ("lang", "en")];
    post(world, "/report", &[&proof, fields].concat()).await
}

#[tokio::test]
async fn every_page_after_the_first_adds_to_the_case_or_is_left_out() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (status, page) = post(
        &world,
        "/report",
        &[
            ("text", "They arrested my brother"),
            ("kind", "detention"),
            ("country", "AE"),
        ],
    )
    .await;
    assert_eq!(status, 200, "{page}");
    let (reference, code) = receipt(&page);
    let of = (reference.as_str(), code.as_str());
    assert!(page.contains("name=\"step\" value=\"where\""), "{page}");
    let (_, page) = step(&world, of, &[("step", "where"), ("ask", "yes")]).await;
    assert!(page.contains("name=\"place\""));
    let (_, page) = step(&world, of, &[("step", "where"), ("place", "Deira, Dubai")]).await;
    assert!(page.contains("name=\"number\""), "{page}");
    let number = "+971501234567";
    let fields = [
        ("step", "contact"),
        ("number", number),
        ("safe", "any"),
        ("kind", "detention"),
    ];
    let (_, page) = step(&world, of, &fields).await;
    assert!(page.contains("name=\"held_at\""), "{page}");
    world.phone(number).got("").await;
    // Nobody is on duty in Abu Dhabi, where it was before the place was told.
    world.phone_of("operator@centre").got("AE-AUH").await;
    let (status, page) = step(
        &world,
        of,
        &[("step", "details"), ("skip", "yes"), ("held_at", "x")],
    )
    .await;
    assert!(status == 200 && page.contains(&reference), "{page}");
    let shown = json!(reference);
    let card = desk
        .shows_case(&shown, "the place", |card| {
            card["mission"] == "AE-DXB" && card["place"].is_object()
        })
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["number"], number);
    assert_eq!(case["contact"]["safe"]["contact"], "any");
    assert_eq!(
        case["reports"].as_array().map(Vec::len),
        Some(3),
        "the skipped page added nothing"
    );
    let (status, page) = step(
        &world,
        (&reference, "000000"),
        &[("step", "where"), ("place", "Ajman")],
    )
    .await;
    assert_eq!(status, 404);
    assert!(page.contains("value=\"Ajman\""), "what was typed is kept");
    world.end().await;
}

#[tokio::test]
async fn who_writes_a_number_that_cannot_be_dialled_is_told_and_it_is_kept_as_it_was_written() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (_, page) = post(
        &world,
        "/report",
        &[
            ("text", "They arrested my brother in Deira"),
            ("place", "Deira"),
            ("number", "0501234567"),
        ],
    )
    .await;
    let (reference, code) = receipt(&page);
    assert!(page.contains("name=\"step\" value=\"contact\""), "{page}");
    let of = (reference.as_str(), code.as_str());
    let fields = [("step", "contact"), ("number", "050 123"), ("safe", "any")];
    let (status, page) = step(&world, of, &fields).await;
    assert_eq!(status, 422);
    assert!(page.contains("kept as you wrote it"), "{page}");
    assert!(page.contains("value=\"050 123\""), "{page}");
    let again = carried(&page, "id").to_owned();
    let fields = [
        ("id", again.as_str()),
        ("step", "contact"),
        ("number", "+971501234567"),
        ("safe", "any"),
    ];
    let (status, page) = step(&world, of, &fields).await;
    assert_eq!(status, 200, "{page}");
    world.phone("+971501234567").got("").await;
    let card = desk
        .shows_case(&json!(reference), "all of it", |card| card["unread"] == 3)
        .await;
    let case = desk.opens(&card).await;
    let numbers = case["contacts"].as_array().expect("contacts").iter();
    let numbers: Vec<&str> = numbers.filter_map(|one| one["number"].as_str()).collect();
    for number in ["0501234567", "050 123", "+971501234567"] {
        assert!(numbers.contains(&number), "{number} of {numbers:?}");
    }
    // Who is not to be contacted need not mend anything.
    let fields = [("step", "contact"), ("number", "12"), ("safe", "never")];
    let (status, _) = step(&world, of, &fields).await;
    assert_eq!(status, 200);
    world.end().await;
}

#[tokio::test]
async fn who_goes_back_and_changes_an_answer_loses_neither() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (_, page) = post(&world, "/report", &[("text", LOCKED_IN)]).await;
    let (reference, code) = receipt(&page);
    let of = (reference.as_str(), code.as_str());
    let (_, page) = step(&world, of, &[("step", "where"), ("ask", "yes")]).await;
    let shown = carried(&page, "id").to_owned();
    for place in ["Deira, Dubai", "Deira, Dubai", "Ajman"] {
        let fields = [("id", shown.as_str()), ("step", "where"), ("place", place)];
        let (status, _) = step(&world, of, &fields).await;
        assert_eq!(status, 200);
    }
    let card = desk
        .shows_case(&json!(reference), "both places", |card| card["unread"] == 3)
        .await;
    let case = desk.opens(&card).await;
    let reports = case["reports"].as_array().expect("reports").iter();
    let places: Vec<&str> = reports
        .filter_map(|one| one["place_text"].as_str())
        .collect();
    assert_eq!(places, ["Deira, Dubai", "Ajman"]);
    world.end().await;
}

#[tokio::test]
async fn choosing_a_country_shows_its_numbers_and_loses_nothing_that_was_typed() {
    let world = World::start().await;
    let fields = [
        ("do", "numbers"),
        ("country", "AE"),
        ("text", "they lock me in"),
        ("place", "Deira"),
    ];
    let (status, page) = post(&world, "/report", &fields).await;
    assert_eq!(status, 200);
    assert!(page.contains("href=\"tel:999\""), "{page}");
    assert!(page.contains(">they lock me in</textarea>"));
    assert!(page.contains("name=\"place\" value=\"Deira\""));
    let desk = world.desk("officer@dubai").await;
    assert_eq!(desk.cards.len(), 0, "nothing was sent yet");
    world.end().await;
}

#[tokio::test]
async fn the_reference_is_texted_only_to_who_asks_for_it_and_may_be_texted() {
    let world = World::start().await;
    let tries = [
        ("+254711000131", "any", "text", true),
        ("+254711000132", "any", "", false),
        ("+254711000133", "reply_only", "text", false),
        ("+254711000134", "i_will_contact_you", "text", false),
    ];
    for (number, safe, receipt_text, told) in tries {
        let words = format!("I am locked in, Deira Dubai, said by {}", &number[9..]);
        let (_, page) = post(&world, "/report", &[("text", &words), ("lang", "en")]).await;
        let (reference, code) = receipt(&page);
        let contact = [
            ("step", "contact"),
            ("number", number),
            ("safe", safe),
            ("receipt", receipt_text),
        ];
        let (status, page) = step(&world, (&reference, &code), &contact).await;
        assert_eq!(status, 200, "{page}");
        if safe == "any" {
            let text = world.phone(number).got("came through").await;
            assert_eq!(text.contains(&reference), told, "{text}");
            assert!(!text.contains(&code), "{text}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn nothing_of_a_page_is_kept_by_the_browser_nor_what_it_loads() {
    let world = World::start().await;
    for path in ["/", "/report", "/track", "/accountability"] {
        let page = reqwest::get(world.url(path)).await.expect("an answer");
        assert_eq!(page.headers()["cache-control"], "no-store", "{path}");
        let page = page.text().await.expect("a page");
        let loaded = page.split('"').filter(|part| part.starts_with("/page/"));
        let mut weight = page.len();
        for file in loaded {
            let file = reqwest::get(world.url(file)).await.expect("an answer");
            assert_eq!(file.headers()["cache-control"], "no-store");
            weight += file.bytes().await.expect("a file").len();
        }
        assert!(
            weight <= 30 * 1024 && weight > page.len(),
            "{path}: {weight}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn odd_characters_and_an_old_page_are_no_reason_to_refuse() {
    let world = World::start().await;
    let mut desk = world.desk("operator@centre").await;
    let odd = "<script>alert(1)</script> \u{202e}noitanitsed\u{202c} \u{0}'; drop table cases; --";
    // Shown days ago, on a page that carried an id then.
    let fields = [
        ("id", "0191b2f0-0000-7000-8000-000000000001"),
        ("text", odd),
        ("place", "\u{0}<b>"),
        ("number", "\u{0}+9715\u{202e}"),
        ("lat", "NaN"),
        ("lon", "1e999"),
        ("kind", "dire"),
        ("lang", "xx"),
    ];
    let (status, page) = post(&world, "/report", &fields).await;
    assert_eq!(status, 200, "{page}");
    let (reference, code) = receipt(&page);
    let card = desk
        .shows_case(&json!(reference), "the case", |_| true)
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["reports"][0]["text"], odd.replace('\0', "\u{fffd}"));
    // Shown again with a problem, it is text and nothing else.
    let again = [
        ("reference", reference.as_str()),
        ("code", "\"><script>"),
        ("text", odd),
    ];
    let (status, page) = post(&world, "/track", &again).await;
    assert_eq!(status, 404);
    assert!(
        !page.contains("<script>alert") && !page.contains("\"><script>"),
        "{page}"
    );
    assert!(!page.contains(&code));
    world.end().await;
}

#[tokio::test]
async fn who_comes_back_can_say_that_it_got_worse_or_that_she_is_safe_and_nothing_closes_by_it() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let fields = [
        ("text", "I lost my passport in Deira, Dubai"),
        ("kind", "lost_documents"),
        ("number", "+254711000141"),
        ("safe", "reply_only"),
    ];
    let (_, page) = post(&world, "/report", &fields).await;
    let (reference, code) = receipt(&page);
    let shown = json!(reference);
    let card = desk.shows_case(&shown, "the case", |_| true).await;
    assert_ne!(card["priority"], "urgent");
    let says = async |more: &[(&str, &str)]| {
        let proof = [("reference", reference.as_str()), ("code", code.as_str())];
        let (status, page) = post(&world, "/track", &[&proof, more].concat()).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("class=\"note good\""), "{page}");
    };
    says(&[("now", "worse")]).await;
    let card = desk
        .shows_case(&shown, "it got worse", |card| card["priority"] == "urgent")
        .await;
    let unread = card["unread"].as_u64().expect("a count");
    says(&[("now", "safe"), ("place", "Sharjah")]).await;
    let card = desk
        .shows_case(&shown, "safe now", |card| card["unread"] == unread + 1)
        .await;
    assert_eq!(
        (&card["status"], &card["priority"]),
        (&json!("waiting"), &json!("urgent"))
    );
    assert_ne!(card["due_at"], serde_json::Value::Null, "its clock runs on");
    says(&[("safe", "i_will_contact_you")]).await;
    let card = desk
        .shows_case(&shown, "the choice", |card| card["unread"] == unread + 2)
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["safe"]["contact"], "i_will_contact_you");
    world.end().await;
}
