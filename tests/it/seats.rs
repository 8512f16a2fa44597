//! Who may sit down at a desk: strangers lock nobody out, whatever they send.

use crate::support::given::PASSWORD;
use crate::support::process::{Process, msaada};
use crate::support::servers::Pair;
use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use futures_util::future::join_all;
use msaada::case::{Post, Role};
use reqwest::header::HeaderMap;
use serde_json::json;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Made once, since making it takes longer than a try; each story has lines of its own all the same.
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    let client = reqwest::Client::builder().pool_max_idle_per_host(0);
    client.build().expect("a client")
});

/// A try to sign in, as the proxy passes it on.
struct Sign<'a> {
    url: &'a str,
    email: &'a str,
    password: &'a str,
    /// Where it comes from.
    from: &'a str,
}

impl Sign<'_> {
    async fn with(&self, more: &[(&str, &str)]) -> (u16, HeaderMap) {
        let request = HTTP
            .post(format!("{}/api/v1/session", self.url))
            .header("X-Msaada", "1")
            .header("X-Forwarded-For", self.from)
            .json(&json!({"email": self.email, "password": self.password}));
        let request = more.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        let answer = request.send().await.expect("the service answers");
        (answer.status().as_u16(), answer.headers().clone())
    }
}

const OFFICER: &str = "officer@dubai.example";

/// The officer with the right password, from here.
async fn officer(world: &World, from: &str, cookies: &str) -> (u16, HeaderMap) {
    let right = Sign {
        url: &world.url(""),
        email: OFFICER,
        password: PASSWORD,
        from,
    };
    right.with(&[("Cookie", cookies)]).await
}

/// Somebody who does not know it, from here.
async fn stranger(world: &World, from: &str, more: &[(&str, &str)]) -> (u16, HeaderMap) {
    let wrong = Sign {
        url: &world.url(""),
        email: OFFICER,
        password: "wrong",
        from,
    };
    wrong.with(more).await
}

/// The cookies that were set, as the browser sends them back.
fn cookies(headers: &HeaderMap) -> String {
    let set = headers.get_all("set-cookie").iter();
    let pairs = set.filter_map(|line| line.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn one_stranger_cannot_pretend_to_be_many_and_lock_an_officer_out() {
    let world = World::start().await;
    let mut compared = 0;
    for n in 0..110 {
        let claim = format!("for=198.51.100.{n}");
        let (status, headers) = stranger(&world, "203.0.113.9", &[("Forwarded", &claim)]).await;
        compared += u32::from(status == 401);
        assert_eq!(status == 429, headers.contains_key("retry-after"));
    }
    assert_eq!(compared, 10);
    let mut compared = 0;
    for n in 0..110 {
        let (status, _) = stranger(&world, &format!("2001:db8:1:1::{n:x}"), &[]).await;
        compared += u32::from(status == 401);
    }
    assert_eq!(compared, 10);
    assert_eq!(officer(&world, "192.0.2.1", "").await.0, 200);
    world.end().await;
}

#[tokio::test]
async fn many_strangers_do_not_lock_an_officer_out_of_a_browser_she_signed_in_with() {
    let world = World::start().await;
    let (status, headers) = officer(&world, "192.0.2.1", "").await;
    assert_eq!(status, 200);
    let hers = cookies(&headers);
    let known = headers
        .get_all("set-cookie")
        .iter()
        .nth(1)
        .expect("a second");
    let known = known.to_str().expect("text");
    for said in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/session"] {
        assert!(known.contains(said), "{known}");
    }
    for n in 0..120 {
        stranger(&world, &format!("198.51.100.{n}"), &[]).await;
    }
    let (status, headers) = officer(&world, "192.0.2.2", "").await;
    assert_eq!(status, 429, "a browser that nobody knows");
    assert!(headers.contains_key("retry-after"));
    let (status, headers) = officer(&world, "192.0.2.2", &hers).await;
    assert_eq!(status, 200);
    // Her browser in other hands is no way to guess either.
    let hers = cookies(&headers);
    for _ in 0..10 {
        assert_eq!(
            stranger(&world, "192.0.2.3", &[("Cookie", &hers)]).await.0,
            401
        );
    }
    assert_eq!(
        stranger(&world, "192.0.2.3", &[("Cookie", &hers)]).await.0,
        429
    );
    world.end().await;
}

#[tokio::test]
async fn an_outage_locks_nobody_out_when_it_is_over() {
    let mut pair = Pair::durable().await;
    let (world, _) = World::on_pair(&pair).await;
    world
        .staff("officer@dubai", Role::Officer, Post::Desk, "AE-DXB")
        .await;
    let report = world.says(LOCKED_IN).await;
    let track = async || {
        let form = [
            ("reference", &report["reference"]),
            ("code", &report["code"]),
        ];
        let sent = HTTP.post(world.url("/track")).form(&form);
        sent.send().await.expect("an answer").status().as_u16()
    };
    pair.postgres.kill();
    let signed = join_all((0..9).map(|_| officer(&world, "192.0.2.1", ""))).await;
    assert!(
        signed.iter().all(|(status, _)| *status == 503),
        "{signed:?}"
    );
    let more = join_all((0..9).map(|_| officer(&world, "192.0.2.1", ""))).await;
    assert!(more.iter().all(|(status, _)| *status == 503), "{more:?}");
    for _ in 0..2 {
        let tracked = join_all((0..60).map(|_| track())).await;
        assert!(tracked.iter().all(|status| *status == 503), "{tracked:?}");
    }
    pair.postgres.restart().await;
    assert_eq!(officer(&world, "192.0.2.1", "").await.0, 200);
    assert_eq!(track().await, 200);
    world.end().await;
}

#[tokio::test]
async fn one_client_with_invented_addresses_does_not_stop_the_others() {
    let world = World::start().await;
    let hers = cookies(&officer(&world, "192.0.2.1", "").await.1);
    let url = &world.url("");
    let tries = (0..400).map(|n| async move {
        let email = format!("x{n}@example.org");
        let wrong = Sign {
            url,
            email: &email,
            password: "guess",
            from: "203.0.113.9",
        };
        wrong.with(&[]).await.0
    });
    let she = async {
        for _ in 0..3 {
            assert_eq!(officer(&world, "192.0.2.1", &hers).await.0, 200);
        }
    };
    let (answers, ()) = tokio::join!(join_all(tries), she);
    let mut counted: HashMap<u16, usize> = HashMap::new();
    for status in answers {
        *counted.entry(status).or_default() += 1;
    }
    assert!(counted[&429] >= 300, "{counted:?}");
    assert_eq!(officer(&world, "192.0.2.2", "").await.0, 200);
    world.end().await;
}

#[tokio::test]
async fn wrong_passwords_leave_no_memory_behind() {
    let world = World::start().await;
    let process = Process::start(world.settings(), &[]).await;
    let wave = async |wave: u8| {
        let url = &process.url;
        let tries = (0..50).map(|n| async move {
            let wrong = Sign {
                url,
                email: "nobody@example.org",
                password: "guess",
                from: &format!("10.{wave}.0.{n}"),
            };
            wrong.with(&[]).await
        });
        join_all(tries).await;
        process.memory_mib()
    };
    let first = wave(1).await;
    wave(2).await;
    let third = wave(3).await;
    println!("after 50 wrong passwords {first} MiB, after 150 {third} MiB");
    assert!(third < first + 30, "{first} MiB became {third} MiB");
    assert!(third < 250, "{third} MiB");
    world.end().await;
}

#[tokio::test]
async fn what_a_desk_is_told_is_kept_by_no_cache() {
    let world = World::start().await;
    let desk = world.desk("officer@dubai").await;
    for path in [
        "cases",
        "colleagues",
        "session",
        "watch",
        "missions",
        "map/tiles",
    ] {
        let request = reqwest::Client::new().get(world.url(&format!("/api/v1/{path}")));
        let answer = request.header("Cookie", desk.cookie()).send().await;
        let answer = answer.expect("the service answers");
        assert_eq!(answer.status(), 200, "{path}");
        let kept = answer.headers().get("cache-control");
        assert_eq!(
            kept.map(reqwest::header::HeaderValue::as_bytes),
            Some(&b"no-store"[..]),
            "{path}"
        );
    }
    world.end().await;
}

/// What `msaada responder` says, and whether it did it. Lines that end meanwhile are noticed.
async fn responder(world: &World, arguments: &[&str]) -> (bool, String) {
    let mut command = msaada();
    command
        .arg("responder")
        .args(arguments)
        .env("DATABASE_URL", &world.settings().database_url);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("it ends").expect("it can be started");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("text");
    (output.status.success(), said)
}

#[tokio::test]
async fn who_leaves_is_made_inactive_and_her_desk_ends() {
    let world = World::start().await;
    let (mut desk, card) = world.officer_gets(LOCKED_IN).await;
    desk.does_by_now(&card, "claim", json!({})).await;
    let (done, said) = responder(&world, &["deactivate", "Officer@Dubai.example"]).await;
    assert!(done && said.contains("still in its hands: 1"), "{said}");
    assert_eq!(desk.get("/api/v1/session").await.0, 401);
    desk.is_cut().await;
    assert_eq!(officer(&world, "192.0.2.1", "").await.0, 401);
    let (_, listed) = responder(&world, &["list"]).await;
    assert!(!listed.contains(OFFICER), "{listed}");
    for command in ["deactivate", "reset"] {
        let (done, said) = responder(&world, &[command, OFFICER]).await;
        assert!(!done && said.contains("was made inactive"), "{said}");
    }
    let (done, said) = responder(&world, &["activate", OFFICER]).await;
    assert!(done, "{said}");
    let given = Sign {
        url: &world.url(""),
        email: OFFICER,
        password: said.split_whitespace().last().expect("a password"),
        from: "192.0.2.1",
    };
    assert_eq!(given.with(&[]).await.0, 200);
    world.end().await;
}

#[tokio::test]
async fn a_responder_is_changed_and_what_cannot_be_is_said_plainly() {
    let world = World::start().await;
    let desk = world.desk("officer@dubai").await;
    let (done, said) = responder(
        &world,
        &["change", OFFICER, "--off-duty", "--phone", "+254700000321"],
    )
    .await;
    assert!(done, "{said}");
    let (status, me) = desk.get("/api/v1/session").await;
    assert_eq!((status, &me["responder"]["on_duty"]), (200, &json!(false)));
    let rights = ["--role", "supervisor", "--post", "head_of_section"];
    let (done, said) = responder(&world, &[&["change", OFFICER], &rights[..]].concat()).await;
    assert!(done, "{said}");
    assert_eq!(desk.get("/api/v1/session").await.0, 401, "signs in again");
    let desk = world.desk("officer@dubai").await;
    let (_, me) = desk.get("/api/v1/session").await;
    assert_eq!(me["responder"]["role"], "supervisor");
    assert_eq!(me["responder"]["post"], "head_of_section");
    assert_eq!(me["responder"]["mission"], "AE-DXB");

    let add = ["--name", "N", "--role", "officer", "--post", "desk"];
    let dubai = ["--mission", "AE-DXB"];
    for (arguments, told) in [
        (
            vec!["reset", "nobody@x"],
            "There is no responder with the address nobody@x",
        ),
        (vec!["reset", "nobody"], "must be an e-mail address"),
        (vec!["change", OFFICER], "Say what to change"),
        (
            vec!["change", OFFICER, "--mission", "ZZ-ZZZ"],
            "There is no mission ZZ-ZZZ",
        ),
        (
            [&["add", "--email", "a b@x"], &add[..], &dubai].concat(),
            "must be an e-mail address",
        ),
        (
            [&["add", "--email", OFFICER], &add[..], &dubai].concat(),
            "There is a responder with the address officer@dubai.example already",
        ),
    ] {
        let (done, said) = responder(&world, &arguments).await;
        assert!(!done && said.contains(told), "{arguments:?}: {said}");
    }
    world.end().await;
}
