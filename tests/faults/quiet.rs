//! Waiting until nothing is under way any more: an observed state with a bound, never a fixed wait.

use crate::desk::{Desk, version};
use crate::facts;
use crate::nodes::Whereabouts;
use crate::record::{Facts, Moment, Record};
use crate::world::{PREFIX, World};
use chrono::TimeDelta;
use msaada::clock::Clock;
use redis::AsyncCommands;
use serde_json::Value;
use sqlx::{PgPool, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, interval};
use uuid::Uuid;

/// How long it may take from the healing on.
const PATIENCE: Duration = Duration::from_secs(45);
const LOOK: Duration = Duration::from_millis(150);
/// A case may be due for so long before the clocks are thought to sleep.
const DUE: TimeDelta = TimeDelta::milliseconds(1_500);

/// What is looked at.
pub(crate) struct Looking<'a> {
    pub(crate) pool: &'a PgPool,
    pub(crate) redis: &'a str,
    pub(crate) http: reqwest::Client,
    pub(crate) nodes: [Whereabouts; 2],
    /// Each with the mission it sees; none sees all.
    pub(crate) desks: Vec<(Desk, Option<&'static str>)>,
}

/// A case, as far as desks and the queue show it.
struct Stored {
    version: i64,
    status: String,
    mission: String,
}

type Cases = BTreeMap<Uuid, Stored>;

impl Looking<'_> {
    /// Waits until all agrees; what does not by then.
    async fn until_quiet(&self) -> Result<(), String> {
        let began = Instant::now();
        let mut look = interval(LOOK);
        loop {
            look.tick().await;
            let Err(why) = self.agrees().await else {
                return Ok(());
            };
            if began.elapsed() > PATIENCE {
                return Err(why);
            }
        }
    }

    /// Waits until all agrees and no text is on its way, stops time for the nodes at that moment, and
    /// reads what is stored and what the gateway took. Open cases go on lapsing, so that this moment
    /// must be found; where it is not, tells why, and what there is is read all the same.
    pub(crate) async fn and_read(
        &self,
        world: &World,
        record: &mut Record,
    ) -> (Facts, Option<String>) {
        let began = Instant::now();
        loop {
            let quiet = self.until_quiet().await;
            for node in &world.nodes {
                node.freeze();
            }
            let under_way = self.texts_under_way().await.expect("PostgreSQL answers");
            let last = quiet.is_err() || began.elapsed() > PATIENCE;
            let facts = if under_way.is_empty() || last {
                record.ended = Clock::default().now();
                record.busy = busy();
                record.taken = facts::taken(&world.gateway);
                for (desk, _) in &self.desks {
                    record.shown.append(&mut desk.page().shown);
                }
                Some(facts::read(world).await.expect("PostgreSQL answers"))
            } else {
                None
            };
            for node in &world.nodes {
                node.thaw();
            }
            if let Some(facts) = facts {
                return (facts, quiet.err());
            }
        }
    }

    async fn texts_under_way(&self) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar(
            "select distinct state from outbox where next_at is not null or lost_at is not null",
        )
        .fetch_all(self.pool)
        .await
    }

    /// Waits until everything that was kept is taken in; that it never is, is found later.
    pub(crate) async fn until_spools_are_empty(&self) {
        let began = Instant::now();
        let mut look = interval(LOOK);
        while began.elapsed() < PATIENCE && self.spools_are_empty().await.is_err() {
            look.tick().await;
        }
    }

    async fn agrees(&self) -> Result<(), String> {
        self.spools_are_empty().await?;
        let cases = self.cases().await.map_err(|error| error.to_string())?;
        self.queue_agrees(&cases).await?;
        self.desks_agree(&cases)?;
        self.nothing_is_due()
            .await
            .map_err(|error| error.to_string())?
            .map_or(Ok(()), Err)
    }

    async fn spools_are_empty(&self) -> Result<(), String> {
        for node in &self.nodes {
            let url = node.url().ok_or("a node is away")?;
            let ready = self.http.get(format!("{url}/health/ready")).send().await;
            let ready: Value = match ready {
                Ok(ready) => ready.json().await.unwrap_or_default(),
                Err(_) => return Err("a node does not answer".to_owned()),
            };
            if ready["status"] != "ok" || ready["spool"]["reports"] != 0 {
                return Err(format!("a node is not ready: {ready}"));
            }
        }
        Ok(())
    }

    async fn cases(&self) -> Result<Cases, sqlx::Error> {
        let rows = sqlx::query("select id, version, status, mission from cases")
            .fetch_all(self.pool)
            .await?;
        let case = |row: sqlx::postgres::PgRow| {
            let stored = Stored {
                version: row.get(1),
                status: row.get(2),
                mission: row.get(3),
            };
            (row.get(0), stored)
        };
        Ok(rows.into_iter().map(case).collect())
    }

    /// The queue holds what waits, and nothing else.
    async fn queue_agrees(&self, cases: &Cases) -> Result<(), String> {
        let missions: BTreeSet<&String> = cases.values().map(|case| &case.mission).collect();
        let client = redis::Client::open(self.redis).expect("a URL");
        let away = |error: redis::RedisError| format!("Redis: {error}");
        let mut redis = client
            .get_multiplexed_async_connection()
            .await
            .map_err(away)?;
        for mission in missions {
            let mut queued: BTreeSet<String> = BTreeSet::new();
            for name in ["waiting", "taken"] {
                let key = format!("{PREFIX}:{{{mission}}}:{name}");
                let members: Vec<String> = redis.zrange(key, 0, -1).await.map_err(away)?;
                queued.extend(members);
            }
            let waiting: BTreeSet<String> = cases
                .iter()
                .filter(|(_, case)| case.mission == *mission && case.status == "waiting")
                .map(|(id, _)| id.to_string())
                .collect();
            if queued != waiting {
                let lacks = waiting.difference(&queued).count();
                let has = queued.difference(&waiting).count();
                return Err(format!(
                    "the queue of {mission} lacks {lacks} cases that wait and has {has} that do not"
                ));
            }
        }
        Ok(())
    }

    /// Every desk shows every open case it may see, as it is stored, and nothing that is otherwise.
    fn desks_agree(&self, cases: &Cases) -> Result<(), String> {
        for (at, (desk, mission)) in self.desks.iter().enumerate() {
            let page = desk.page();
            let sees = |case: &Stored| mission.is_none_or(|mission| case.mission == mission);
            for (id, case) in cases {
                let shown = page.cards.get(id).map(version);
                let open = case.status != "resolved" && sees(case);
                if shown.is_some() && !sees(case) {
                    return Err(format!("desk {at} still shows {id}, which went elsewhere"));
                }
                if (open || shown.is_some()) && shown != Some(case.version) {
                    return Err(format!(
                        "desk {at} shows version {shown:?} of {id}; stored is {} ({})",
                        case.version, case.status
                    ));
                }
            }
        }
        Ok(())
    }

    async fn nothing_is_due(&self) -> Result<Option<String>, sqlx::Error> {
        let now = Clock::default().now();
        let late: i64 = sqlx::query_scalar("select count(*) from cases where due_at < $1")
            .bind(now - DUE)
            .fetch_one(self.pool)
            .await?;
        if late > 0 {
            return Ok(Some(format!("{late} cases are due and do not lapse")));
        }
        let open = self.texts_under_way().await?;
        if open.is_empty() {
            return Ok(None);
        }
        self.hurry(now).await?;
        Ok(Some(format!("texts are still {open:?}")))
    }

    /// Lets the minutes pass that texts in doubt, or put off, have to wait: nothing else is moved.
    /// What a process holds at this moment (a lease of a minute that is less than twelve seconds old)
    /// is left to it.
    async fn hurry(&self, now: Moment) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update outbox set next_at = $1
             where next_at > $2 and (state = 'queued' or next_at < $3)",
        )
        .bind(now)
        .bind(now + TimeDelta::seconds(1))
        .bind(now + TimeDelta::seconds(48))
        .execute(self.pool)
        .await?;
        sqlx::query("update leases set until = $1 where until > $2 and until < $3")
            .bind(now)
            .bind(now + TimeDelta::seconds(1))
            .bind(now + TimeDelta::seconds(48))
            .execute(self.pool)
            .await?;
        // A sender that was asked to slow down.
        sqlx::query("update ways set paused_until = $1 where paused_until > $1")
            .bind(now)
            .execute(self.pool)
            .await
            .map(|_| ())
    }
}

/// The machine's load for each of its processors.
fn busy() -> f64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().and_then(|load| load.parse().ok());
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    load.unwrap_or(0.0) / f64::from(u32::try_from(processors).unwrap_or(1))
}
