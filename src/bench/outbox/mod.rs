//! `msaada bench outbox`: texts to a gateway that answers at once, beside a loop that does nothing but
//! send; and how long a critical one takes behind thousands of routine ones.
//!
//! The rates are lifted: what is measured is the service, not a sender's permission. The gateway says
//! what it saw and when; what the service says of itself is not believed, only checked.

mod gateway;

use super::figures::{Mark, Row, Samples};
use super::node::{Node, Process, free_address, load_missions};
use super::{Ground, NotRun, Scratch};
use crate::case::{Channel, Lang, Priority};
use crate::outbox::rates::Rates;
use crate::store::{Store, Written, commit};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use gateway::{NOTED, Seen};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

pub(super) use gateway::Args as GatewayArgs;

/// As many texts are under way at once as the service has places for what is not critical.
const AT_ONCE: usize = 96;
/// Of the rate of a loop that does nothing else.
const OF_LOOP: f64 = 0.5;
/// Routine texts that wait while critical ones are measured.
const WAITING: u32 = 10_000;
/// Routine ones that may leave before the last critical one is through.
const BEFORE_THEM: u32 = 30_000;
/// Critical ones that are measured.
const CRITICAL: u32 = 40;
/// The pause between two of them.
const PAUSE: Duration = Duration::from_millis(25);
/// Milliseconds that a critical text may take.
const LONGEST_MS: f64 = 100.0;
/// How often the gateway is asked what it saw.
const LOOK: Duration = Duration::from_millis(20);
/// Everything must have been seen by then.
const PATIENCE: Duration = Duration::from_mins(2);
/// Texts written into the outbox in one statement.
const WRITTEN_AT_ONCE: usize = 5_000;
pub(super) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(super) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(super) const FROM: &str = "+254700000000";
const RATES: &str = "channel,number,per_second,note\nsms,*,none,\nwhatsapp,*,none,\n";

/// Texts to a gateway that answers at once; beside a loop that only sends.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Texts in each part
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    texts: u32,
}

/// What is measured.
struct Ring {
    gateway: Process,
    url: String,
    http: reqwest::Client,
    store: Store,
    case_id: Uuid,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        let scratch = &ground.scratch;
        load_missions(scratch)?;
        let (gateway, url) = begin_gateway(scratch).await?;
        let http = reqwest::Client::new();
        let file = scratch.folder.join("rates.csv");
        std::fs::write(&file, RATES)?;
        let settings = [
            ("MSAADA_TWILIO_ACCOUNT_SID", ACCOUNT),
            ("MSAADA_TWILIO_AUTH_TOKENS", TOKEN),
            ("MSAADA_TWILIO_FROM", FROM),
            ("MSAADA_TWILIO_API", &url),
            ("MSAADA_RATES_FILE", &file.to_string_lossy()),
        ];
        let node = Node::start(scratch, "node", &settings).await?;
        // Written to the ways out that the node knows.
        let rates = Rates::read(RATES).map_err(NotRun::Wrong)?;
        let store = Store::lazy(&scratch.database_url, 2)?.with_rates(Arc::new(rates));
        let case_id = case(&http, &node, &store).await?;
        let ring = Ring {
            gateway,
            url,
            http,
            store,
            case_id,
        };
        // Connections, statements, caches.
        ring.outbox(ground, 1_000).await?;
        let alone = ring.alone(self.texts).await?;
        let busy = node.process.busy();
        let sent = ring.outbox(ground, self.texts).await?;
        let busy = node.process.busy().saturating_sub(busy);
        let again = ring.alone(self.texts).await?;
        let critical = ring.critical(ground).await?;
        node.process.stop().await?;
        ring.gateway.stop().await?;
        Ok(vec![
            Row::new("texts to a gateway that answers at once", sent.rate(), "/s")
                .beside(
                    "a reqwest loop alone",
                    f64::midpoint(alone.rate(), again.rate()),
                )
                .mark(Mark::TimesAtLeast(OF_LOOP)),
            Row::new(
                "  the node's processor time a text",
                busy.as_secs_f64() * 1e6 / f64::from(self.texts),
                "us",
            ),
            Row::new(
                format!(
                    "a critical text behind {WAITING} routine ones: longest of {}",
                    critical.count()
                ),
                critical.per_mille(1_000),
                "ms",
            )
            .mark(Mark::AtMost(LONGEST_MS)),
            Row::new("  p50", critical.per_mille(500), "ms"),
        ])
    }
}

/// Starts a gateway that answers at once; its process and where it is.
pub(super) async fn begin_gateway(scratch: &Scratch) -> Result<(Process, String), NotRun> {
    let address = free_address()?.to_string();
    let arguments = ["bench", "gateway", "--listen", &address];
    let mut gateway = Process::of_ours(scratch, "gateway", &arguments, &[])?;
    let (url, http) = (format!("http://{address}"), reqwest::Client::new());
    gateway
        .until(|| async { http.get(format!("{url}/seen")).send().await.is_ok() })
        .await?;
    Ok((gateway, url))
}

/// A case to hang texts on.
async fn case(http: &reqwest::Client, node: &Node, store: &Store) -> Result<Uuid, NotRun> {
    let answer: Value = http
        .post(format!("http://{}/api/v1/reports", node.address))
        .json(&json!({"id": Uuid::new_v4(), "text": "where do I renew a passport?"}))
        .send()
        .await?
        .json()
        .await?;
    let reference = answer["reference"].as_str().unwrap_or_default();
    let case = store.case_by_reference(reference).await?;
    case.map(|case| case.id)
        .ok_or_else(|| NotRun::Wrong("the report of the bench was not taken in".to_owned()))
}

impl Ring {
    /// A loop that does nothing but send, with as many requests under way.
    async fn alone(&self, texts: u32) -> Result<Seen, NotRun> {
        self.forget().await?;
        let url = format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", self.url);
        let callback = "http://127.0.0.1/channels/twilio/status?message=";
        let send = |n: u32| {
            let form = [
                ("To", number(n)),
                ("Body", "We have your message.".to_owned()),
                ("From", FROM.to_owned()),
                ("StatusCallback", format!("{callback}{}", Uuid::new_v4())),
                ("ValidityPeriod", "14400".to_owned()),
            ];
            let request = self.http.post(&url).basic_auth(ACCOUNT, Some(TOKEN));
            async move {
                let answer = request.form(&form).send().await?;
                answer.json::<Value>().await
            }
        };
        let mut answers =
            futures_util::stream::iter((0..texts).map(send)).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            answer?;
        }
        self.all(texts.into()).await
    }

    /// The same through the outbox.
    async fn outbox(&self, ground: &Ground, texts: u32) -> Result<Seen, NotRun> {
        self.forget().await?;
        self.write(ground, 0..texts, Priority::Routine).await?;
        let seen = self.all(texts.into()).await?;
        self.recorded(ground).await?;
        Ok(seen)
    }

    /// How long critical texts take, from before they are written until the gateway sees them, while
    /// routine ones wait.
    async fn critical(&self, ground: &Ground) -> Result<Samples, NotRun> {
        self.forget().await?;
        let routine = WAITING + BEFORE_THEM;
        self.write(ground, 0..routine, Priority::Routine).await?;
        self.until(|seen| seen.count > 100).await?;
        let mut written = Vec::new();
        let mut pause = tokio::time::interval(PAUSE);
        for n in 0..CRITICAL {
            pause.tick().await;
            let left = self.seen().await?.count;
            if left + u64::from(WAITING) > u64::from(routine) {
                break;
            }
            written.push((format!("{NOTED}{n:07}"), ground.clock.now()));
            let now = ground.clock.now();
            let texts = [self.text(format!("{NOTED}{n:07}"), Priority::Critical, now)];
            let mut tx = self.store.begin().await?;
            self.store
                .write_messages(&mut tx, &texts, ground.clock.now())
                .await?;
            commit(tx).await?;
        }
        let seen = self
            .until(|seen| seen.noted.len() == CRITICAL as usize)
            .await?;
        if seen.count + u64::from(WAITING) > u64::from(routine) {
            return Err(NotRun::Wrong(format!(
                "fewer than {WAITING} routine texts waited behind the last critical one: {} of \
                 {routine} had left",
                seen.count
            )));
        }
        let took = written.iter().filter_map(|(number, at)| {
            let us = seen.noted.get(number)? - at.timestamp_micros();
            Some(Duration::from_micros(u64::try_from(us).unwrap_or(0)))
        });
        Ok(Samples::of(took.collect()))
    }

    async fn write(
        &self,
        ground: &Ground,
        numbers: std::ops::Range<u32>,
        priority: Priority,
    ) -> Result<(), NotRun> {
        let now = ground.clock.now();
        let texts: Vec<Written> = numbers
            .map(|n| self.text(number(n), priority, now))
            .collect();
        let mut tx = self.store.begin().await?;
        for some in texts.chunks(WRITTEN_AT_ONCE) {
            self.store
                .write_messages(&mut tx, some, ground.clock.now())
                .await?;
        }
        Ok(commit(tx).await?)
    }

    fn text(&self, number: String, priority: Priority, now: DateTime<Utc>) -> Written {
        Written {
            id: id_of(now),
            case_id: self.case_id,
            to_staff: false,
            channel: Channel::Sms,
            number: number.into(),
            body: "We have your message.".to_owned().into(),
            template: None,
            lang: Lang::English,
            by: None,
            priority,
            about: Vec::new(),
            beyond: 0,
            follows: None,
            not_before: None,
        }
    }

    async fn forget(&self) -> Result<(), NotRun> {
        let url = format!("{}/seen", self.url);
        self.http.delete(url).send().await?.error_for_status()?;
        Ok(())
    }

    /// What the gateway saw, once it saw as many; and it saw no more than that.
    async fn all(&self, texts: u64) -> Result<Seen, NotRun> {
        let seen = self.until(|seen| seen.count >= texts).await?;
        if seen.count == texts {
            Ok(seen)
        } else {
            Err(NotRun::Wrong(format!(
                "{} texts left instead of {texts}",
                seen.count
            )))
        }
    }

    async fn seen(&self) -> Result<Seen, NotRun> {
        let url = format!("{}/seen", self.url);
        Ok(self.http.get(url).send().await?.json().await?)
    }

    async fn until(&self, enough: impl Fn(&Seen) -> bool) -> Result<Seen, NotRun> {
        let began = Instant::now();
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let seen = self.seen().await?;
            if enough(&seen) {
                return Ok(seen);
            }
            if began.elapsed() > PATIENCE {
                return Err(NotRun::Wrong(format!(
                    "the gateway saw only {} texts",
                    seen.count
                )));
            }
        }
    }

    /// Waits until everything is on record as sent.
    async fn recorded(&self, ground: &Ground) -> Result<(), NotRun> {
        let mut connection = ground.scratch.connect().await?;
        let mut looks = tokio::time::interval(LOOK);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            looks.tick().await;
            let open: bool =
                sqlx::query_scalar("select exists (select from outbox where state <> 'sent')")
                    .fetch_one(&mut connection)
                    .await?;
            if !open {
                return Ok(());
            }
        }
        Err(NotRun::Wrong(
            "not everything that left is on record as sent".to_owned(),
        ))
    }
}

/// As the service makes them: in order of time, and random.
fn id_of(now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}

/// A phone of its own for each text: what one phone gets is paced.
fn number(n: u32) -> String {
    format!("+2547{n:08}")
}
