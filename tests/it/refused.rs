//! What is refused says what would be taken, and when.

use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What the OpenAPI document does not describe.
const OTHERS: &[&str] = &[
    "/",
    "/report",
    "/track",
    "/accountability",
    "/accountability.csv",
    "/page/any",
    "/channels/twilio/messages",
    "/channels/twilio/status",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/desk",
    "/wall",
    "/assets/any.js",
    "/api/v1/feed",
    "/api/v1/openapi.json",
    "/docs/index.html",
];

#[tokio::test]
async fn an_address_that_does_not_take_a_method_says_which_it_takes() {
    let world = World::empty().await;
    let http = reqwest::Client::new();
    let document = reqwest::get(world.url("/api/v1/openapi.json")).await;
    let document: Value = document.expect("an answer").json().await.expect("JSON");
    let described = document["paths"].as_object().expect("paths").keys();
    let id = "0191b2f0-0000-7000-8000-000000000001";
    let described = described.map(|path| {
        let parts = path.split('/').map(|part| match part {
            "{code}" => "AE-DXB",
            part if part.starts_with('{') => id,
            part => part,
        });
        parts.collect::<Vec<_>>().join("/")
    });
    let all = described.chain(OTHERS.iter().map(|path| (*path).to_owned()));
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    for path in all {
        let mut told = Vec::new();
        let mut taken = Vec::new();
        for name in methods {
            let method: Method = name.parse().expect("a method");
            let answer = http.request(method, world.url(&path)).send().await;
            let answer = answer.expect("an answer");
            if answer.status() != 405 {
                taken.push(name.to_owned());
                continue;
            }
            let allow = answer.headers().get("allow");
            let allow = allow.unwrap_or_else(|| panic!("{name} {path} tells nothing"));
            told.push(allow.to_str().expect("text").to_owned());
        }
        told.dedup();
        let told = told.first().map_or("", String::as_str);
        // One address is another's with an id of its own: it answers what that takes too.
        let told: Vec<&str> = told.split(", ").collect();
        if path != "/api/v1/cases/named" {
            assert_eq!(told, taken, "{path}");
        }
        assert!(
            told.iter().all(|one| taken.contains(&(*one).to_owned())),
            "{path}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn who_asks_for_the_head_of_a_page_gets_what_the_page_would_say_and_no_body() {
    let world = World::empty().await;
    let http = reqwest::Client::new();
    let ask = async |method: Method, path: &str| {
        let answer = http.request(method, world.url(path)).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").cloned();
        let length = answer.headers().get("content-length").cloned();
        (status, kind, length, answer.bytes().await.expect("a body"))
    };
    for path in [
        "/",
        "/report",
        "/desk",
        "/docs/",
        "/api/v1/openapi.json",
        "/api/v1/cases",
        "/health/live",
        "/assets/any.js",
        "/nowhere",
    ] {
        let (head, get) = (ask(Method::HEAD, path).await, ask(Method::GET, path).await);
        assert_eq!((head.0, &head.1), (get.0, &get.1), "{path}");
        if path != "/report" {
            assert_eq!(head.2, get.2, "{path}");
        }
        assert!(head.3.is_empty() && !get.3.is_empty(), "{path}");
    }
    // Nothing is left on the line that another request would stumble over.
    let address = world.url("").replace("http://", "");
    let mut line = tokio::net::TcpStream::connect(&address)
        .await
        .expect("a line");
    let two = "HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    line.write_all(two.as_bytes()).await.expect("sent");
    let mut answers = String::new();
    line.read_to_string(&mut answers).await.expect("answers");
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
    assert_eq!(answers.matches("{\"status\"").count(), 1, "{answers}");
    world.end().await;
}

#[tokio::test]
async fn who_tried_too_often_is_told_for_how_long_and_keeps_what_she_typed() {
    // Nobody is on duty, so that nobody is texted while time passes.
    let world = World::empty().await;
    let report = world.says(LOCKED_IN).await;
    let (reference, code) = (&report["reference"], &report["code"]);
    let http = reqwest::Client::new();
    let words = "Sasa niko Sharjah, tafadhali";
    let track = async |code: &str| {
        let form = [
            ("reference", reference.as_str().expect("one")),
            ("code", code),
            ("text", words),
            ("lang", "sw"),
        ];
        let sent = http.post(world.url("/track")).form(&form).send().await;
        sent.expect("the service answers")
    };
    for _ in 0..100 {
        assert_eq!(track("000000").await.status(), 404);
    }
    world.clock.pass(chrono::TimeDelta::minutes(5));
    let code = code.as_str().expect("one");
    let answer = track(code).await;
    assert_eq!(answer.status(), 429);
    let after = answer.headers()["retry-after"].to_str().expect("text");
    let after: u32 = after.parse().expect("seconds");
    assert!((500..=600).contains(&after), "{after}");
    let page = answer.text().await.expect("a page");
    assert!(page.contains("Imejaribiwa mara nyingi mno"), "{page}");
    assert!(page.contains(words), "{page}");
    world.clock.pass(chrono::TimeDelta::minutes(10));
    assert_eq!(track(code).await.status(), 200);
    world.end().await;
}

#[tokio::test]
async fn who_mistypes_an_address_is_shown_a_page_and_a_program_is_told_why() {
    let world = World::empty().await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let http = http.build().expect("a client");
    let browser = async |path: &str| {
        let asked = http
            .get(world.url(path))
            .header("Accept", "text/html,*/*;q=0.8");
        asked
            .header("Accept-Language", "sw")
            .send()
            .await
            .expect("an answer")
    };
    for (typed, meant) in [
        ("/report/", "/report?lang=sw"),
        ("/Report", "/report?lang=sw"),
        ("/Track/?lang=ar", "/track?lang=ar"),
    ] {
        let answer = browser(typed).await;
        assert_eq!(answer.status(), 303, "{typed}");
        assert_eq!(answer.headers()["location"], meant);
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
    for path in [
        "/help",
        "/docs/nothing",
        "/page/nothing.css",
        "/assets/nothing.js",
    ] {
        let answer = browser(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let policy = &answer.headers()["content-security-policy"];
        let policy = policy.to_str().expect("text").to_owned();
        assert!(policy.contains("form-action 'self'"), "{path}: {policy}");
        let page = answer.text().await.expect("a page");
        assert!(
            page.contains("lang=\"sw\"") && page.contains("class=\"exit\""),
            "{path}: {page}"
        );
        assert!(page.contains("href=\"/report?lang=sw\""), "{path}: {page}");
        let answer = http.get(world.url(path)).send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    world.end().await;
}

#[tokio::test]
async fn how_long_a_refusal_takes_does_not_tell_whether_a_reference_exists() {
    let world = World::empty().await;
    let report = world.says(LOCKED_IN).await;
    let known = report["reference"].as_str().expect("a reference");
    let http = reqwest::Client::new();
    let nowhere = msaada::case::Mint::new(b"another").reference(uuid::Uuid::new_v4());
    // Longer than either needs, so that both are answered at the same moment.
    for reference in [known, nowhere.as_str()] {
        let form = [("reference", reference), ("code", "000000")];
        let since = std::time::Instant::now();
        let sent = http.post(world.url("/track")).form(&form).send().await;
        assert_eq!(sent.expect("an answer").status(), 404);
        let took = since.elapsed();
        assert!(took.as_millis() >= 50, "{took:?}");
    }
    world.end().await;
}
