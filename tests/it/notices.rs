//! Texts to those on duty that are not sent yet when the next one is written: nobody who waits is
//! forgotten, and nobody is told of what a colleague has taken.

use crate::support::patience::until;
use crate::support::words::CRITICAL;
use crate::support::world::{World, seconds};
use chrono::{DateTime, Utc};
use msaada::case::{Act, Case, Responder};
use msaada::clock::Clock;
use msaada::flow::Flow;
use msaada::store::Store;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// A service whose clocks tick when they are told to, and whose texts nobody sends.
struct Still {
    flow: Flow,
    store: Store,
    clock: Clock,
    pool: PgPool,
}

impl Still {
    fn of(world: World, pool: PgPool) -> Self {
        let World {
            node, store, clock, ..
        } = world;
        let flow = node.flow.clone();
        node.kill();
        Self {
            flow,
            store,
            clock,
            pool,
        }
    }

    async fn pass(&self, s: i64) {
        self.clock.pass(seconds(s));
        self.flow.tick().await.expect("the clocks tick");
    }

    async fn case(&self, reference: &Value) -> Case {
        let reference = reference.as_str().expect("a reference");
        let case = self.store.case_by_reference(reference).await;
        case.expect("PostgreSQL answers").expect("it is there")
    }

    async fn responder(&self, email: &str) -> Responder {
        let all = self.store.responders().await.expect("PostgreSQL answers");
        let mut all = all.into_iter();
        all.find(|one| one.email == format!("{email}.example"))
            .expect("she is there")
    }

    /// The cases of which a post of a mission is told in texts that are not sent yet, and since when.
    async fn told(&self, email: &str) -> Vec<(DateTime<Utc>, Vec<Uuid>)> {
        sqlx::query_as(
            "select m.written_at, o.about from outbox o join sealed.messages m on m.id = o.message
             join sealed.responder_phones p on p.phone = m.number
             join responders r on r.id = p.responder
             where o.state = 'queued' and r.email = $1 order by m.written_at",
        )
        .bind(format!("{email}.example"))
        .fetch_all(&self.pool)
        .await
        .expect("texts")
    }
}

#[tokio::test]
async fn a_case_that_was_taken_by_who_had_to_wait_for_postgresql_is_told_of_no_more() {
    let world = World::start().await;
    let pool = world.pool().await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(world.says(CRITICAL).await["reference"].clone());
        world.clock.pass(seconds(3));
    }
    let still = Still::of(world, pool.clone());
    let [first, second, third] = [
        still.case(&all[0]).await,
        still.case(&all[1]).await,
        still.case(&all[2]).await,
    ];
    // The first goes up, and the duty officer is to be told.
    let to_first = first.status.due().expect("a clock") - still.clock.now();
    still.pass(to_first.num_seconds() + 1).await;
    let told = still.told("duty@dubai").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, [first.id]);
    // A colleague takes it, and has to wait.
    let mut holds = pool.begin().await.expect("a transaction");
    sqlx::query("select from cases where id = $1 for no key update")
        .bind(first.id)
        .execute(&mut *holds)
        .await
        .expect("held");
    let officer = still.responder("officer@dubai").await;
    let (flow, at) = (still.flow.clone(), still.clock.now());
    let id = first.id;
    let claiming =
        tokio::spawn(async move { flow.act(id, first.version + 1, &Act::Claim, &officer).await });
    until("the act waits for the case", async || {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(&pool)
        .await
        .expect("locks");
        waiting > 0
    })
    .await;
    // Meanwhile the second goes up, and is told together with the first, which nobody has yet.
    still.pass(3).await;
    let told = still.told("duty@dubai").await;
    assert_eq!(told.len(), 1, "one text for both");
    let written = told[0].0;
    assert_eq!(told[0].1.len(), 2);
    holds.rollback().await.expect("let go");
    let card = claiming.await.expect("no panic").expect("it is hers");
    assert_eq!(card.id, first.id);
    let claimed: DateTime<Utc> =
        sqlx::query_scalar("select at from case_log where case_id = $1 and event = 'claimed'")
            .bind(first.id)
            .fetch_one(&pool)
            .await
            .expect("a line");
    assert!(
        claimed - at < seconds(1) && claimed < written,
        "the act is the older one"
    );
    // The third goes up: nothing is said any more of the one that was taken.
    still.pass(3).await;
    let told = still.told("duty@dubai").await;
    assert_eq!(told.len(), 1);
    assert_eq!(sorted(told[0].1.clone()), sorted(vec![second.id, third.id]));
}

#[tokio::test]
async fn a_case_that_is_offered_is_not_forgotten_when_its_text_is_taken_over() {
    let world = World::start().await;
    let pool = world.pool().await;
    let one = world.says(CRITICAL).await["reference"].clone();
    let other = world.says(CRITICAL).await["reference"].clone();
    let still = Still::of(world, pool);
    let officer = still.responder("officer@dubai").await;
    // Nobody is on duty in Muscat: the centre answers for it, and is told at once.
    let offer: Act = serde_json::from_value(json!({
        "act": "transfer", "to": "OM-MCT", "reason": "she is on her way there",
    }))
    .expect("an act");
    let mut both = Vec::new();
    for case in [still.case(&one).await, still.case(&other).await] {
        let done = still
            .flow
            .act(case.id, case.version, &offer, &officer)
            .await;
        done.expect("it is offered");
        still.clock.pass(seconds(1));
        both.push(case.id);
    }
    let told = still.told("operator@centre").await;
    assert_eq!(told.len(), 1, "one text for both");
    assert_eq!(
        sorted(told[0].1.clone()),
        sorted(both),
        "both wait for an answer"
    );
}

#[tokio::test]
async fn a_case_that_becomes_urgent_where_nobody_is_at_the_desk_is_told_of_at_once() {
    let world = World::start().await;
    let worker = world.phone("+254711000051");
    let answer = worker.texts("my passport was lost in Muscat").await;
    worker.got("").await;
    let before = world.phone_of("operator@centre").count();
    assert_eq!(before, 0, "what is not urgent waits for its clock");
    let again = worker.texts("he is beating me now, he will kill me").await;
    assert_eq!(again["reference"], answer["reference"]);
    world.phone_of("operator@centre").got("CRITICAL").await;
    world.end().await;
}

#[tokio::test]
async fn a_case_that_becomes_urgent_by_what_is_joined_to_it_is_told_of_at_once() {
    let world = World::start().await;
    let pool = world.pool().await;
    let muscat = world.says("my passport was lost in Muscat").await["reference"].clone();
    let dubai = world.says(CRITICAL).await["reference"].clone();
    let still = Still::of(world, pool);
    let (muscat, dubai) = (still.case(&muscat).await, still.case(&dubai).await);
    assert_eq!(still.told("operator@centre").await, []);
    let operator = still.responder("operator@centre").await;
    let join: Act = serde_json::from_value(json!({
        "act": "merge", "into": muscat.id, "reason": "it is the same person",
    }))
    .expect("an act");
    let joined = still
        .flow
        .act(dubai.id, dubai.version, &join, &operator)
        .await;
    joined.expect("they are one case");
    let told = still.told("operator@centre").await;
    let about: Vec<&Vec<Uuid>> = told.iter().map(|(_, about)| about).collect();
    assert_eq!(about, [&vec![muscat.id]]);
}

fn sorted(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.sort_unstable();
    ids
}
