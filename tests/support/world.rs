//! The whole service, with phones and desks, in the words of the field.
//!
//! Every story has a service, a database, a Redis prefix and a network of phones of its own. Time is
//! moved, never waited for. A text that no story expected fails it.

use crate::support::desk::Desk;
use crate::support::given::{self, SECRET, UNDERSTANDING};
use crate::support::phone::{Expected, Phone, number_of};
use crate::support::servers::{Pair, Servers};
use chrono::TimeDelta;
use msaada::case::{Mint, MissionCode, Post, Role, Sealed};
use msaada::clock::Clock;
use msaada::config::Settings;
use msaada::outbox::twilio::Twilio;
use msaada::service::{self, Running};
use msaada::simulator::{self, Direction};
use msaada::store::{NewResponder, Store};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A service of one's own.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) node: Running,
    pub(crate) network: Arc<simulator::Running>,
    settings: Settings,
    expected: Expected,
}

/// The ids of as many cases, and their references.
pub(crate) fn minted(count: usize) -> (Vec<Uuid>, Vec<String>) {
    let mint = Mint::new(SECRET.as_bytes());
    let case = || {
        let id = Uuid::new_v4();
        (id, mint.reference(id).as_str().to_owned())
    };
    std::iter::repeat_with(case).take(count).unzip()
}

pub(crate) fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

pub(crate) fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

impl World {
    /// A service with the missions and nobody on duty.
    pub(crate) async fn empty() -> Self {
        let servers = Servers::get().await;
        let (database, _) = servers.database().await;
        let (redis, prefix) = servers.redis();
        Self::on(&database, &redis, &prefix).await
    }

    /// A service on servers of the story's own, and the pool of its database.
    pub(crate) async fn on_pair(pair: &Pair) -> (Self, PgPool) {
        let (database, pool) = pair.database("story").await;
        let world = Self::on(&database, &pair.redis_url(), "story").await;
        (world, pool)
    }

    /// A service on these servers.
    pub(crate) async fn on(database: &str, redis: &str, prefix: &str) -> Self {
        let clock = Clock::default();
        let network = given::phones("", Duration::from_millis(1), &clock);
        let settings = given::settings(&[
            &given::ARGUMENTS,
            &[
                ("--database-url", database),
                ("--redis-url", redis),
                ("--redis-prefix", prefix),
                ("--twilio-api", &network.url()),
            ],
        ]);
        let store = Store::lazy(database, 4).expect("a URL");
        store
            .load_missions(UNDERSTANDING.missions())
            .await
            .expect("missions");
        let (node, settings) = start(settings, &clock);
        let public = settings.public_url.clone();
        network.serve(&public, &public);
        Self {
            clock,
            store,
            node,
            network: Arc::new(network),
            settings,
            expected: Arc::default(),
        }
    }

    /// A service as `./run` makes it: Dubai has a desk, a duty officer and a head; the centre is on.
    pub(crate) async fn start() -> Self {
        let world = Self::empty().await;
        world.staff_dubai().await;
        world
            .staff(
                "head@dubai",
                Role::Supervisor,
                Post::HeadOfMission,
                "AE-DXB",
            )
            .await;
        world
            .staff(
                "operator@centre",
                Role::Operator,
                Post::ResponseCentre,
                "KE-NBO",
            )
            .await;
        world
    }

    /// Dubai has an officer at the desk and a duty officer.
    pub(crate) async fn staff_dubai(&self) {
        for (email, post) in [
            ("officer@dubai", Post::Desk),
            ("duty@dubai", Post::DutyOfficer),
        ] {
            self.staff(email, Role::Officer, post, "AE-DXB").await;
        }
    }

    /// Puts somebody on duty; the phone is derived from the address.
    pub(crate) async fn staff(&self, email: &str, role: Role, post: Post, mission: &str) {
        let new = NewResponder {
            email: format!("{email}.example"),
            name: email.to_owned(),
            role,
            post,
            mission: mission.parse::<MissionCode>().expect("a mission"),
            password_hash: Some(given::password_hash()),
            phone: (role != Role::Wall).then(|| Sealed::new(number_of(email))),
            on_duty: role != Role::Wall,
        };
        self.store
            .add_responder(&new, Uuid::new_v4(), self.clock.now())
            .await
            .expect("a responder");
        self.node.flow.read_standing().await.expect("standing");
    }

    /// Riyadh has an officer at her desk, who is no part of what happens in Dubai.
    pub(crate) async fn riyadh(&self) -> Desk {
        self.staff("officer@riyadh", Role::Officer, Post::Desk, "SA-RUH")
            .await;
        self.desk("officer@riyadh").await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url)
    }

    /// A phone in somebody's hand.
    pub(crate) fn phone(&self, number: &str) -> Phone {
        Phone {
            number: number.to_owned(),
            network: self.network.clone(),
            expected: self.expected.clone(),
        }
    }

    /// The phone of a responder.
    pub(crate) fn phone_of(&self, email: &str) -> Phone {
        self.phone(&number_of(email))
    }

    /// Signs in at a desk and listens.
    pub(crate) async fn desk(&self, email: &str) -> Desk {
        Desk::open(&self.settings.public_url, &format!("{email}.example")).await
    }

    /// Signs in at a desk whose alarm nobody hears.
    pub(crate) async fn mute_desk(&self, email: &str) -> Desk {
        Desk::open_with(
            &self.settings.public_url,
            &format!("{email}.example"),
            false,
        )
        .await
    }

    /// A second node on the same stores, without a spool: a folder is for one process alone.
    pub(crate) fn second_node(&self) -> (Running, String) {
        self.second_node_with(None)
    }

    /// A second node on the same stores, with a spool in this folder.
    pub(crate) fn second_node_with(&self, spool: Option<PathBuf>) -> (Running, String) {
        let mut settings = self.settings.clone();
        settings.spool_dir = spool;
        let (node, settings) = start(settings, &self.clock);
        (node, settings.public_url)
    }

    /// A node on the same stores, on a machine whose wall clock is ahead by so much.
    pub(crate) fn node_elsewhere(&self, ahead: TimeDelta) -> (Running, Clock) {
        let clock = self.clock.of_another_machine(ahead);
        let (node, _) = start(self.settings.clone(), &clock);
        (node, clock)
    }

    /// Kills the node as `kill -9` would, and starts another on the same stores.
    pub(crate) fn restart(self) -> Self {
        let dead = self.killed();
        dead()
    }

    /// Kills the node as `kill -9` would; it is started again when that is asked for.
    pub(crate) fn killed(self) -> impl FnOnce() -> Self {
        let Self {
            clock,
            store,
            node,
            network,
            settings,
            expected,
        } = self;
        node.kill();
        move || {
            let (node, settings) = start(settings, &clock);
            network.serve(&settings.public_url, &settings.public_url);
            Self {
                clock,
                store,
                node,
                network,
                settings,
                expected,
            }
        }
    }

    /// Kills the node for good: what it left in the store, and the time.
    pub(crate) fn left_behind(self) -> (Store, Clock) {
        let Self {
            node, store, clock, ..
        } = self;
        node.kill();
        (store, clock)
    }

    /// The same service, keeping reports on disk while PostgreSQL is away: so many bytes at most.
    pub(crate) fn with_spool(mut self, most: u64) -> Self {
        let folder = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
        self.settings.spool_dir = Some(folder);
        self.settings.spool_max_bytes = most;
        self.restart()
    }

    /// The same service with a setting of another value.
    pub(crate) fn with_setting(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(&mut self.settings);
        self.restart()
    }

    /// The settings of its node.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The client its node speaks to the provider with.
    pub(crate) fn gateway(&self) -> Twilio {
        let messages = self.settings.messages().expect("settings");
        messages.expect("a message service").gateway
    }

    /// A pool of its database, for what only the database can tell.
    pub(crate) async fn pool(&self) -> PgPool {
        PgPool::connect(&self.settings.database_url)
            .await
            .expect("the database of the story")
    }

    /// What its node says of itself: whether it can do its work, and what is away.
    pub(crate) async fn ready(&self) -> (u16, Value) {
        let answer = reqwest::get(self.url("/health/ready")).await;
        let answer = answer.expect("the service answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("JSON"))
    }

    /// A report over HTTP; the answer's status and body.
    pub(crate) async fn report(&self, body: Value) -> (u16, Value) {
        let response = reqwest::Client::new()
            .post(self.url("/api/v1/reports"))
            .json(&body)
            .send()
            .await
            .expect("the service answers");
        let status = response.status().as_u16();
        (status, response.json().await.expect("JSON"))
    }

    /// A report of a few words, with an id of its own.
    pub(crate) async fn says(&self, text: &str) -> Value {
        let (status, body) = self
            .report(json!({"id": Uuid::new_v4(), "text": text}))
            .await;
        assert_eq!(status, 201, "{body}");
        body
    }

    /// Somebody says this while an officer in Dubai is at her desk: the desk, and the case it shows.
    pub(crate) async fn officer_gets(&self, text: &str) -> (Desk, Value) {
        let mut desk = self.desk("officer@dubai").await;
        let card = desk.gets(self, text).await;
        (desk, card)
    }

    /// The end of a story: when all that was due has gone out, nobody got a text that it did not
    /// expect.
    pub(crate) async fn end(self) {
        self.settled().await;
        let expected = self.expected.lock().expect("not poisoned").clone();
        for number in self.network.numbers() {
            for message in self.network.messages(&number) {
                assert!(
                    message.direction != Direction::ToPhone || expected.contains(&message.sid),
                    "an unexpected text: {:?}",
                    message.text
                );
            }
        }
        self.node.stop().await;
        if let Some(folder) = &self.settings.spool_dir {
            std::fs::remove_dir_all(folder).expect("the spool can be removed");
        }
    }
}

fn start(mut settings: Settings, clock: &Clock) -> (Running, Settings) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    settings.public_url = format!("http://{}", listener.local_addr().expect("an address"));
    let node = service::start(
        &settings,
        listener,
        clock.clone(),
        UNDERSTANDING.clone(),
        None,
    )
    .expect("the service starts");
    (node, settings)
}
