//! Who sends the public page more than it takes, or something else, keeps what she typed and is told in
//! her language how to go on.

use super::photographs::PNG;
use crate::support::desk::Desk;
use crate::support::page::carried;
use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LET_GO: Duration = Duration::from_secs(30);

/// A part of a page with files.
fn part(name: &str, about: &str, value: &[u8]) -> Vec<u8> {
    let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{about}\r\n\r\n");
    [head.as_bytes(), value, b"\r\n"].concat()
}

/// Sends a page with files; its status, and what is shown.
async fn post(world: &World, path: &str, body: Vec<u8>) -> (u16, String) {
    let sent = reqwest::Client::new().post(world.url(path));
    let sent = sent.header("Content-Type", "multipart/form-data; boundary=x");
    let answer = sent.body(body).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.text().await.expect("a page"))
}

#[tokio::test]
async fn of_words_that_are_too_many_the_first_arrive_and_she_is_told_in_her_language() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let http = reqwest::Client::new();
    let said = [
        ("sw", "mwisho umekatwa"),
        ("ar", "وقُطعت نهايتها"),
        ("en", "the end was cut off"),
    ];
    for (much, (lang, says)) in [21_000, 300_000, 100_000].into_iter().zip(said) {
        let text = format!("{LOCKED_IN} {}", "\u{6f}\u{62f} ".repeat(much / 3));
        let post = http.post(world.url("/report"));
        let post = post.header("Accept-Language", lang);
        let sent = post.form(&[("text", &text)]).send().await.expect("answer");
        assert_eq!(sent.status(), 200, "{lang}");
        let page = sent.text().await.expect("page");
        assert!(page.contains(&format!("<html lang=\"{lang}\"")), "{lang}");
        assert!(page.contains(says), "{lang}: {page}");
        let reference = json!(carried(&page, "reference"));
        let card = desk.shows_case(&reference, "her case", |_| true).await;
        let case = desk.opens(&card).await;
        let kept = case["reports"][0]["text"].as_str().expect("text");
        assert_eq!(kept.chars().count(), 20_000, "{lang}");
        assert!(text.starts_with(kept), "{lang}");
    }
    // On a page with photographs, what stands behind the words is kept as well.
    let body = [
        part("text", "", "niko Deira ".repeat(30_000).as_bytes()),
        part("number", "", b"+971501234567"),
        part("lang", "", b"sw"),
        b"--x--\r\n".to_vec(),
    ]
    .concat();
    let (status, page) = post(&world, "/report", body).await;
    assert_eq!(status, 200);
    assert!(page.contains("mwisho umekatwa"), "{page}");
    let reference = json!(carried(&page, "reference"));
    let card = desk.shows_case(&reference, "her case", |_| true).await;
    let case = desk.opens(&card).await;
    assert!(case["contact"].to_string().contains("971501234567"));
    world.end().await;
}

#[tokio::test]
async fn a_film_far_too_long_costs_her_the_film_and_none_of_her_words_and_she_sees_it() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    // More than what was once read before the line was cut.
    let film = vec![0xff_u8; 70 * 1024 * 1024];
    let body = [
        part("text", "", LOCKED_IN.as_bytes()),
        part("lang", "", b"sw"),
        part("photo", "; filename=\"film.mp4\"", &film),
        b"--x--\r\n".to_vec(),
    ]
    .concat();
    let (status, page) = post(&world, "/report", body).await;
    assert_eq!(status, 200);
    assert!(page.contains("Mengine yote yamefika"), "{page}");
    let reference = json!(carried(&page, "reference"));
    let card = desk.shows_case(&reference, "her case", |_| true).await;
    let case = desk.opens(&card).await;
    assert_eq!(case["reports"][0]["text"], LOCKED_IN);
    world.end().await;
}

#[tokio::test]
async fn a_photograph_with_a_name_that_no_head_may_hold_is_kept() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let body = [
        part("text", "", LOCKED_IN.as_bytes()),
        part("photo", "; filename=\"ro\0om\u{1b}\u{7f}.png\"", PNG),
        part("lang", "", b"sw"),
        b"--x--\r\n".to_vec(),
    ]
    .concat();
    let (status, page) = post(&world, "/report", body).await;
    assert_eq!(status, 200);
    assert!(page.contains("lang=\"sw\"") && !page.contains("role=\"alert\""));
    let reference = json!(carried(&page, "reference"));
    let case = super::photographs::holds(&mut desk, &reference, 1).await;
    assert_eq!(super::photographs::names(&case), ["ro_om__.png"]);
    world.end().await;
}

#[tokio::test]
async fn what_is_no_form_although_it_is_called_so_is_answered_with_a_plain_sentence() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let post = async |path: &str, kind: &str, accepts: &str| {
        let sent = http.post(world.url(path)).header("Content-Type", kind);
        let sent = sent
            .header("Accept", accepts)
            .header("Accept-Language", "sw");
        let answer = sent.body("nisaidie").send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.text().await.expect("a page"))
    };
    let person = "text/html,*/*;q=0.8";
    for path in ["/report", "/track"] {
        for (kind, expected) in [
            ("multipart/form-data; boundary=x", 400),
            ("multipart/form-data", 400),
            ("text/plain", 415),
        ] {
            let (status, page) = post(path, kind, person).await;
            assert_eq!(status, expected, "{path} {kind}");
            assert!(page.contains("hakikuweza kusomeka"), "{path}: {page}");
            assert!(page.contains("class=\"exit\""), "{path}");
        }
    }
    let (status, problem) = post("/report", "application/json", "application/json").await;
    assert_eq!(status, 415);
    assert!(problem.contains("multipart/form-data"), "{problem}");
    world.end().await;
}

#[tokio::test]
async fn who_sends_nothing_but_what_cannot_be_kept_is_not_told_that_anything_arrived() {
    let world = World::start().await;
    let voice: &[u8] = b"#!AMR\n and a voice";
    let heic: &[u8] = b"\0\0\0\x18ftypheic and what the camera saw";
    for (name, file) in [("voice.amr", voice), ("IMG_1.HEIC", heic)] {
        let body = [
            part("lang", "", b"sw"),
            part("photo", &format!("; filename=\"{name}\""), file),
            b"--x--\r\n".to_vec(),
        ]
        .concat();
        let (status, page) = post(&world, "/report", body).await;
        assert_eq!(status, 422, "{name}");
        assert!(page.contains("Bado hujajaza chochote"), "{name}: {page}");
        assert!(!page.contains("yamefika"), "{name}: {page}");
    }
    world.end().await;
}

/// What is kept of the words of the case that this page tells of.
async fn kept(desk: &mut Desk, page: &str) -> String {
    let reference = json!(carried(page, "reference"));
    let card = desk.shows_case(&reference, "her case", |_| true).await;
    let case = desk.opens(&card).await;
    let text = case["reports"][0]["text"].as_str();
    text.expect("text").to_owned()
}

#[tokio::test]
async fn words_that_come_as_a_file_or_without_an_end_are_taken_in() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let about = "; filename=\"x.txt\"\r\nContent-Type: text/plain";
    let file = part("text", about, LOCKED_IN.as_bytes());
    let words = part("text", "", LOCKED_IN.as_bytes());
    let open = &words[..words.len() - 2];
    for (how, body) in [
        ("a file", [&file, b"--x--\r\n".as_slice()].concat()),
        ("a file without an end", file),
        ("only words", open.to_vec()),
        ("an end of the line", words.clone()),
        ("half a closing line", [open, b"\r\n--"].concat()),
        (
            "words behind others",
            [&part("lang", "", b"sw"), open].concat(),
        ),
        ("a character cut in two", [open, b"\xd9"].concat()),
    ] {
        let (status, page) = post(&world, "/report", body).await;
        assert_eq!(status, 200, "{how}: {page}");
        assert!(!page.contains("role=\"alert\""), "{how}: {page}");
        assert_eq!(kept(&mut desk, &page).await, LOCKED_IN, "{how}");
    }
    // A picture is one under any name.
    let about = "; filename=\"a.png\"\r\nContent-Type: image/png";
    let picture = part("place", about, PNG);
    let body = [&words[..], &picture, b"--x--\r\n"].concat();
    let (_, page) = post(&world, "/report", body).await;
    let reference = json!(carried(&page, "reference"));
    super::photographs::holds(&mut desk, &reference, 1).await;
    // The line ends before all of it has come.
    for begun in [
        open.to_vec(),
        [&part("kind", "", b"distress"), open].concat(),
    ] {
        let mut line = begins(&world, "multipart/form-data; boundary=x", &begun).await;
        line.shutdown().await.expect("ended");
        let mut page = String::new();
        line.read_to_string(&mut page).await.expect("an answer");
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(page.contains("mwisho umekatwa"), "{page}");
        assert_eq!(kept(&mut desk, &page).await, LOCKED_IN);
    }
    world.end().await;
}

/// Sends the beginning of a page as a browser does.
async fn begins(world: &World, kind: &str, begun: &[u8]) -> TcpStream {
    let host = world.url("").replace("http://", "");
    let mut line = TcpStream::connect(&host).await.expect("a line");
    let head = format!(
        "POST /report HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n\
         Accept-Language: sw\r\nContent-Length: 100000\r\n\r\n"
    );
    let sent = [head.as_bytes(), begun].concat();
    line.write_all(&sent).await.expect("sent");
    line
}

/// Sends a page as a browser does, and of its body a byte now and then; what it is shown.
async fn trickles(world: &World, kind: &str, begun: &[u8]) -> String {
    let mut line = begins(world, kind, begun).await;
    let (mut from, mut to) = line.split();
    let mut drops = tokio::time::interval(Duration::from_millis(50));
    let mut shown = Vec::new();
    let dripping = async {
        loop {
            drops.tick().await;
            if to.write_all(b"a").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let ended = async {
        tokio::select! {
            _ = from.read_to_end(&mut shown) => {}
            () = dripping => {}
        }
    };
    let ended = tokio::time::timeout(LET_GO, ended).await;
    assert!(ended.is_ok(), "it is still open");
    String::from_utf8_lossy(&shown).into_owned()
}

#[tokio::test]
async fn who_sends_a_byte_now_and_then_is_let_go_and_what_came_before_is_kept_or_shown() {
    let world = World::start().await;
    let world = world.with_setting(|settings| settings.body_seconds = 1);
    let with_files = "multipart/form-data; boundary=x";
    let words = part("text", "", LOCKED_IN.as_bytes());
    let photo = part("photo", "; filename=\"a.png\"", PNG);
    let begun = [&words[..], &photo[..photo.len() - 2]].concat();
    let shown = trickles(&world, with_files, &begun).await;
    assert!(shown.starts_with("HTTP/1.1 200"), "{shown}");
    assert!(shown.contains("Picha haikuweza kuhifadhiwa"), "{shown}");
    let shown = trickles(&world, with_files, &words[..words.len() - 2]).await;
    assert!(shown.starts_with("HTTP/1.1 408"), "{shown}");
    assert!(shown.contains("haukufika wote"), "{shown}");
    assert!(shown.contains(LOCKED_IN), "{shown}");
    let begun = [&part("kind", "", b"distress"), &words[..words.len() - 2]].concat();
    let shown = trickles(&world, with_files, &begun).await;
    assert!(shown.starts_with("HTTP/1.1 200"), "{shown}");
    assert!(shown.contains("mwisho umekatwa"), "{shown}");
    let plain = "application/x-www-form-urlencoded";
    let shown = trickles(&world, plain, b"kind=distress&text=nisaidie+niko+Deira").await;
    assert!(shown.starts_with("HTTP/1.1 408"), "{shown}");
    assert!(shown.contains("nisaidie niko Deira"), "{shown}");
    assert!(shown.contains("\"distress\" checked"), "{shown}");
    world.end().await;
}
