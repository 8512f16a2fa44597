//! Photographs that people send themselves on the public page.

use super::spool::{ROOM, all_taken_in, keeping};
use crate::support::desk::Desk;
use crate::support::page::carried;
use crate::support::patience::until;
use crate::support::servers::Pair;
use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use serde_json::{Value, json};

pub(super) const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and what the camera saw";
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and another";

/// A page with files, sent as a browser sends it.
async fn post(
    world: &World,
    path: &str,
    fields: &[(&str, &str)],
    files: &[(&str, &[u8])],
) -> (u16, String) {
    const BOUNDARY: &str = "----page";
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .bytes(),
        );
    }
    for (name, bytes) in files {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n").bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    let response = reqwest::Client::new()
        .post(world.url(path))
        .header(
            "Content-Type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(body)
        .send()
        .await
        .expect("the service answers");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a page"))
}

/// Reference and code, as the next page carries them.
fn proof(page: &str) -> (String, String) {
    let carried = |name| carried(page, name).to_owned();
    (carried("reference"), carried("code"))
}

/// The names of the files of a case, in order.
pub(super) fn names(case: &Value) -> Vec<&str> {
    let files = case["attachments"].as_array().expect("attachments");
    let mut names: Vec<&str> = files
        .iter()
        .map(|file| file["name"].as_str().expect("a name"))
        .collect();
    names.sort_unstable();
    names
}

/// Waits until the case of this reference has so many files; the whole case.
pub(super) async fn holds(desk: &mut Desk, reference: &Value, files: usize) -> Value {
    loop {
        let card = desk.shows_case(reference, "the case", |_| true).await;
        let case = desk.opens(&card).await;
        if names(&case).len() == files {
            return case;
        }
        let version = card["version"].clone();
        desk.shows_case(reference, "a newer one", |card| card["version"] != version)
            .await;
    }
}

#[tokio::test]
async fn a_photograph_of_the_public_page_is_sealed_with_her_case_and_each_is_kept_once() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let text = [("text", "Nimefungiwa ndani Deira"), ("lang", "sw")];
    let (status, page) = post(&world, "/report", &text, &[("", b"")]).await;
    assert_eq!(status, 200, "no file was chosen: {page}");
    let (reference, code) = proof(&page);
    let shown = json!(reference);
    let step = [
        ("id", "00000000-0000-0000-0000-000000000017"),
        ("lang", "sw"),
        ("reference", &reference),
        ("code", &code),
        ("step", "photographs"),
    ];
    let files: [(&str, &[u8]); 2] = [("../passport.html", JPEG), ("room.png", PNG)];
    for _ in 0..2 {
        let (status, page) = post(&world, "/report", &step, &files).await;
        assert_eq!(status, 200, "{page}");
        let case = holds(&mut desk, &shown, 2).await;
        assert_eq!(names(&case), ["passport.jpg", "room.png"]);
        assert_eq!(case["attachments"][0]["by"], Value::Null, "nobody of ours");
        assert_eq!(case["reports"].as_array().expect("reports").len(), 2);
    }
    // Without the code nothing is added to anybody's case.
    let mut other = step;
    other[3].1 = "000000";
    assert_eq!(post(&world, "/report", &other, &files).await.0, 404);
    world.end().await;
}

#[tokio::test]
async fn what_is_too_large_or_not_what_it_claims_costs_her_the_file_and_none_of_her_words() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let large = vec![0xff_u8; 6 * 1024 * 1024];
    let script: &[u8] = b"<html><script>alert(1)</script>";
    let tries: [(&str, &[u8], &str); 2] = [
        ("her.jpg", &large, "ilizidi MB 5"),
        ("her.jpg", script, "si picha tunayoweza kuhifadhi"),
    ];
    for (n, (name, bytes, sentence)) in tries.into_iter().enumerate() {
        let words = format!("Nimefungiwa ndani Deira, mara ya {n}");
        let text = [("text", words.as_str()), ("lang", "sw")];
        let files = [("good.png", PNG), (name, bytes)];
        let (status, page) = post(&world, "/report", &text, &files).await;
        assert_eq!(status, 200, "the alert is raised all the same");
        assert!(page.contains(sentence), "{page}");
        let (reference, _) = proof(&page);
        let case = holds(&mut desk, &json!(reference), 1).await;
        assert_eq!(names(&case), ["good.png"], "the other one is kept");
        assert_eq!(case["reports"][0]["text"], json!(words));
    }
    // Alone on a page of her case it is shown again, with the sentence.
    let report = world.says(LOCKED_IN).await;
    let step = [
        ("reference", report["reference"].as_str().expect("one")),
        ("code", report["code"].as_str().expect("one")),
        ("step", "photographs"),
    ];
    let (status, page) = post(&world, "/report", &step, &[("x.jpg", script)]).await;
    assert_eq!(status, 422);
    assert!(page.contains("was not a photograph that we can keep"));
    assert!(page.contains("name=\"photo\""), "and can be sent anew");
    world.end().await;
}

#[tokio::test]
async fn while_postgresql_is_away_her_photographs_wait_with_her_words_and_come_in_once() {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    pair.postgres.kill();
    // Nothing critical: it is on no desk for longer than those may be.
    let text = [
        ("text", "My employer took my passport, I am in Deira, Dubai"),
        ("lang", "sw"),
    ];
    let (status, page) = post(&world, "/report", &text, &[("room.png", PNG)]).await;
    assert_eq!(status, 200);
    assert!(!page.contains("Picha haikuweza"), "{page}");
    let (reference, code) = proof(&page);
    let first = carried(&page, "first");
    let mut step = [
        ("id", "00000000-0000-0000-0000-000000000017"),
        ("lang", "sw"),
        ("reference", &reference),
        ("code", &code),
        ("first", first),
        ("step", "photographs"),
    ];
    // Twice, as a browser does whose answer was lost.
    for _ in 0..2 {
        let (status, page) = post(&world, "/report", &step, &[("passport.jpg", JPEG)]).await;
        assert_eq!(status, 200, "{page}");
    }
    let depth = &world.ready().await.1["spool"];
    assert_eq!(
        (&depth["reports"], &depth["photographs"]),
        (&json!(3), &json!(2))
    );
    // A wrong code keeps nothing.
    step[3].1 = "000000";
    assert_eq!(
        post(&world, "/report", &step, &[("x.jpg", JPEG)]).await.0,
        503
    );
    assert_eq!(world.ready().await.1["spool"]["photographs"], 2);
    pair.postgres.restart().await;
    all_taken_in(&world, &pool, 2).await;
    let mut desk = world.desk("officer@dubai").await;
    let case = holds(&mut desk, &json!(reference), 2).await;
    assert_eq!(names(&case), ["passport.jpg", "room.png"]);
    assert_eq!(case["reports"].as_array().expect("reports").len(), 2);
    until("nothing waits any more", async || {
        world.ready().await.1["spool"]["photographs"] == 0
    })
    .await;
    world.end().await;
}

#[tokio::test]
async fn photographs_that_find_no_room_while_postgresql_is_away_cost_her_none_of_her_words() {
    let mut pair = Pair::durable().await;
    // A quarter of it is for photographs.
    let (world, pool) = keeping(&pair, 20_000).await;
    pair.postgres.kill();
    let large = [PNG, &[7; 6_000]].concat();
    let text = [("text", LOCKED_IN), ("lang", "en")];
    let (status, page) = post(&world, "/report", &text, &[("room.png", &large)]).await;
    assert_eq!(status, 200);
    assert!(page.contains("could not be kept just now"), "{page}");
    let depth = &world.ready().await.1["spool"];
    assert_eq!(
        (&depth["reports"], &depth["photographs"]),
        (&json!(1), &json!(0))
    );
    pair.postgres.restart().await;
    all_taken_in(&world, &pool, 1).await;
    let mut desk = world.desk("officer@dubai").await;
    holds(&mut desk, &json!(proof(&page).0), 0).await;
    world.end().await;
}

#[tokio::test]
async fn who_knows_no_code_uses_up_none_of_the_photographs_that_an_hour_keeps() {
    let world = World::start().await;
    let hourly = u64::try_from(PNG.len()).expect("small");
    let world = world.with_setting(|settings| settings.photographs_hourly = hourly);
    let mut desk = world.desk("officer@dubai").await;
    let text = [("text", LOCKED_IN), ("lang", "en")];
    let (_, page) = post(&world, "/report", &text, &[("", b"")]).await;
    let (reference, code) = proof(&page);
    let mut step = [
        ("lang", "en"),
        ("reference", &reference),
        ("code", "000000"),
        ("step", "photographs"),
    ];
    for _ in 0..3 {
        assert_eq!(
            post(&world, "/report", &step, &[("x.png", PNG)]).await.0,
            404
        );
    }
    step[2].1 = &code;
    assert_eq!(
        post(&world, "/report", &step, &[("room.png", PNG)]).await.0,
        200
    );
    let (status, page) = post(&world, "/report", &step, &[("her.jpg", JPEG)]).await;
    assert_eq!(status, 422);
    assert!(page.contains("could not be kept just now"), "{page}");
    let case = holds(&mut desk, &json!(reference), 1).await;
    assert_eq!(names(&case), ["room.png"]);
    world.end().await;
}

#[tokio::test]
async fn who_sends_her_photograph_slowly_keeps_nobody_elses_out() {
    use tokio::io::AsyncWriteExt;
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let report = world.says(LOCKED_IN).await;
    let address = world.url("");
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    let mut slow = Vec::new();
    for _ in 0..64 {
        let mut line = tokio::net::TcpStream::connect(address)
            .await
            .expect("a line");
        let begun = "POST /report HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\
            Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n\
            Content-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n";
        line.write_all(begun.as_bytes()).await.expect("it is taken");
        line.write_all(JPEG).await.expect("it is taken");
        slow.push(line);
    }
    let step = [
        ("reference", report["reference"].as_str().expect("one")),
        ("code", report["code"].as_str().expect("one")),
        ("step", "photographs"),
    ];
    let (status, page) = post(&world, "/report", &step, &[("room.png", PNG)]).await;
    assert_eq!(status, 200, "{page}");
    let case = holds(&mut desk, &report["reference"], 1).await;
    assert_eq!(names(&case), ["room.png"]);
    drop(slow);
    world.end().await;
}
