//! Nodes come and go while desks are live: nothing is lost, and none is waited for.

use crate::support::desk::Desk;
use crate::support::patience::until;
use crate::support::process::Process;
use crate::support::words::CRITICAL;
use crate::support::world::{World, seconds};
use msaada::service::Running;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A node is gone within this after it was told to stop.
const GONE: Duration = Duration::from_secs(5);
/// What a node says when it has read the head of a request and waits for the rest.
const CONTINUE: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn address(url: &str) -> &str {
    url.trim_start_matches("http://")
}

/// A report of which only the first half has been sent.
async fn half_a_report(url: &str) -> (TcpStream, String) {
    let body = json!({"id": Uuid::new_v4(), "text": CRITICAL}).to_string();
    let mut line = TcpStream::connect(address(url)).await.expect("it listens");
    let head = format!(
        "POST /api/v1/reports HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        address(url),
        body.len()
    );
    let (first, rest) = body.split_at(20);
    line.write_all(head.as_bytes()).await.expect("sent");
    // The head was read and the report is under way: the node says so.
    let mut goes_on = [0; CONTINUE.len()];
    line.read_exact(&mut goes_on).await.expect("a word");
    assert_eq!(goes_on, *CONTINUE);
    line.write_all(first.as_bytes()).await.expect("sent");
    (line, rest.to_owned())
}

/// Reports, from somebody behind a balancer: to whichever node is up. What was acknowledged.
async fn stream(nodes: Arc<Mutex<Vec<String>>>, enough: Arc<AtomicBool>) -> Vec<Value> {
    let http = reqwest::Client::new();
    let mut acknowledged = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        let body = json!({"id": Uuid::new_v4(), "text": CRITICAL});
        loop {
            let nodes = nodes.lock().expect("not poisoned").clone();
            let node = &nodes[rand::random_range(0..nodes.len())];
            let url = format!("{node}/api/v1/reports");
            // The line may be cut by the stop; the same report is sent again to another node.
            let Ok(answer) = http.post(url).json(&body).send().await else {
                continue;
            };
            assert!(
                [200, 201].contains(&answer.status().as_u16()),
                "{}",
                answer.status()
            );
            let Ok(receipt) = answer.json::<Value>().await else {
                continue;
            };
            acknowledged.push(receipt["reference"].clone());
            break;
        }
    }
    acknowledged
}

async fn replaced(
    world: &World,
    nodes: &Mutex<Vec<String>>,
    old: (Running, String),
    desk: &mut Desk,
) -> (Running, String) {
    let new = world.second_node();
    nodes.lock().expect("not poisoned").push(new.1.clone());
    let (mut line, rest) = half_a_report(&old.1).await;
    nodes
        .lock()
        .expect("not poisoned")
        .retain(|node| *node != old.1);
    let began = Instant::now();
    let finished = async {
        desk.is_told_to_reconnect().await;
        line.write_all(rest.as_bytes())
            .await
            .expect("the line is open");
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let receipt: Value = serde_json::from_str(body).expect("JSON");
        desk.reconnects(&new.1).await;
        receipt["reference"].clone()
    };
    let stopped = async {
        old.0.stop().await;
        began.elapsed()
    };
    let (reference, gone) = tokio::join!(finished, stopped);
    println!("the node was gone after {gone:?}");
    assert!(gone < GONE, "{gone:?}");
    desk.shows_case(&reference, "what was under way", |_| true)
        .await;
    new
}

#[tokio::test]
async fn a_rolling_restart_with_live_desks_loses_nothing() {
    let world = World::start().await;
    let (one, two) = (world.second_node(), world.second_node());
    let nodes = Arc::new(Mutex::new(vec![one.1.clone(), two.1.clone()]));
    let mut here = Desk::open(&one.1, "officer@dubai.example").await;
    let mut there = Desk::open(&two.1, "head@dubai.example").await;
    let enough = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..4)
        .map(|_| tokio::spawn(stream(nodes.clone(), enough.clone())))
        .collect();
    let one = replaced(&world, &nodes, one, &mut here).await;
    let two = replaced(&world, &nodes, two, &mut there).await;
    enough.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for sender in senders {
        acknowledged.extend(sender.await.expect("a sender"));
    }
    println!("{} reports were acknowledged meanwhile", acknowledged.len());
    assert!(acknowledged.len() > 10);
    for reference in &acknowledged {
        for desk in [&mut here, &mut there] {
            desk.shows_case(reference, "it", |_| true).await;
        }
    }
    // Both desks, on two nodes, show the same: every case, in the same version.
    let shown =
        |desk: &Desk| -> BTreeSet<String> { desk.cards.values().map(Value::to_string).collect() };
    let all = acknowledged.len() + 2;
    assert_eq!((here.cards.len(), shown(&here)), (all, shown(&there)));
    world.clock.pass(seconds(61));
    one.0.flow.tick().await.expect("the clocks tick");
    let duty = world.phone_of("duty@dubai");
    let text = duty.got("").await;
    assert!(
        text.contains("overdue") || text.contains("level 1"),
        "{text}"
    );
    for desk in [&mut here, &mut there] {
        for reference in &acknowledged {
            desk.shows_case(reference, "the lapse", |card| card["level"] == 1)
                .await;
        }
    }
    assert_eq!(shown(&here), shown(&there));
    one.0.stop().await;
    two.0.stop().await;
}

#[tokio::test]
async fn a_process_told_to_stop_is_gone_in_five_seconds_although_sockets_are_stalled() {
    let world = World::empty().await;
    world
        .staff(
            "officer@dubai",
            msaada::case::Role::Officer,
            msaada::case::Post::Desk,
            "AE-DXB",
        )
        .await;
    let mut process = Process::start(world.settings(), &[]).await;
    // A desk that reads nothing any more, and a report of which the rest never comes.
    let _desk = Desk::open(&process.url, "officer@dubai.example").await;
    let _half = half_a_report(&process.url).await;
    process.signal("TERM");
    let began = Instant::now();
    let mut ended = None;
    until("it is gone", async || {
        ended = process.ended();
        ended.is_some()
    })
    .await;
    println!("it was gone after {:?}", began.elapsed());
    assert!(began.elapsed() < GONE, "{:?}", began.elapsed());
    assert!(ended.is_some_and(|how| how.success()), "{ended:?}");
    assert!(process.log().contains("stopped"));
    world.end().await;
}
