//! Photographs, voice notes and papers on a case.

use crate::support::record::last;
use crate::support::words::URGENT;
use crate::support::world::World;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and what the camera saw";

fn path(card: &Value) -> String {
    format!(
        "/api/v1/cases/{}/attachments",
        card["id"].as_str().expect("an id")
    )
}

#[tokio::test]
async fn a_photograph_is_kept_sealed_and_handed_out_only_to_be_saved_each_reading_on_record() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(URGENT).await;
    let (status, kept) = desk
        .attaches(&path(&card), "..%2F..%2Fher%20room.html", JPEG)
        .await;
    assert_eq!(
        (status, &kept["kind"]),
        (201, &json!("image/jpeg")),
        "{kept}"
    );
    assert_eq!(
        kept["name"], "her room.jpg",
        "named as what it is, without a path"
    );
    let case = desk.opens(&card).await;
    let file = &case["attachments"][0];
    assert_eq!(
        (&file["bytes"], &file["by"]),
        (&json!(JPEG.len()), &json!("officer@dubai"))
    );
    let one = format!("{}/{}", path(&card), file["id"].as_str().expect("an id"));
    let (headers, bytes) = desk.fetches(&one).await;
    assert_eq!(bytes, JPEG);
    let header = |name: &str| headers[name].to_str().expect("text").to_owned();
    assert!(header("content-disposition").starts_with("attachment;"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(header("cache-control"), "no-store");
    let case = desk.opens(&card).await;
    assert_eq!(last(&case, "read_attachment")["by"], "officer@dubai");
    // Of another mission's case nobody gets anything.
    let riyadh = world.riyadh().await;
    assert_eq!(riyadh.get(&one).await.0, 404);
    assert_eq!(riyadh.attaches(&path(&card), "x.jpg", JPEG).await.0, 404);
    world.end().await;
}

#[tokio::test]
async fn a_file_is_what_its_bytes_say_and_not_what_it_is_called() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(URGENT).await;
    let script: &[u8] = b"<script>alert(1)</script>";
    let (status, problem) = desk.attaches(&path(&card), "photo.jpg", script).await;
    assert_eq!(status, 415);
    assert!(
        problem["detail"]
            .as_str()
            .expect("how to mend it")
            .contains("PDF")
    );
    assert_eq!(desk.opens(&card).await["attachments"], json!([]));
    world.end().await;
}

#[tokio::test]
async fn fifty_megabytes_are_refused_before_they_are_sent_and_a_case_holds_twenty_files() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(URGENT).await;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nX-Msaada: 1\r\nCookie: {}\r\nContent-Length: 52428800\r\n\r\n",
        path(&card),
        world.node.address,
        desk.cookie()
    );
    let mut line = tokio::net::TcpStream::connect(world.node.address)
        .await
        .expect("a line");
    line.write_all(head.as_bytes()).await.expect("it is sent");
    let mut answer = vec![0; 4096];
    let length = line.read(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("5 MB"), "{answer}");
    for _ in 0..20 {
        assert_eq!(desk.attaches(&path(&card), "room.jpg", JPEG).await.0, 201);
    }
    let (status, problem) = desk.attaches(&path(&card), "room.jpg", JPEG).await;
    assert_eq!(status, 422, "{problem}");
    world.end().await;
}
