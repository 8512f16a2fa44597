//! What is in somebody's hands, and what becomes of it where that one stands still or fails half way.

use crate::support::carrier::carrier_to_nobody;
use crate::support::words::LOCKED_IN;
use crate::support::world::{World, seconds};
use msaada::carry::Carrier;
use msaada::case::{Channel, Lang, Priority};
use msaada::clock::Clock;
use msaada::simulator::{Faults, Mode};
use msaada::store::{Outgoing, Settled, Store, Written, commit};
use sqlx::PgPool;
use uuid::Uuid;

const HERS: &str = "+254711000071";
const HIS: &str = "+254711000072";

/// Texts that wait, and nobody who sends them.
struct Waiting {
    store: Store,
    clock: Clock,
    pool: PgPool,
    /// One that would.
    carrier: Carrier,
    /// Keeps the provider alive.
    network: std::sync::Arc<msaada::simulator::Running>,
}

/// A text to each of these numbers.
async fn waiting(numbers: &[&str]) -> Waiting {
    let world = World::start().await;
    let report = world.says(LOCKED_IN).await;
    let carrier = Carrier {
        gateway: Some(world.gateway()),
        ..carrier_to_nobody(world.store.clone())
    };
    let pool = world.pool().await;
    let World {
        node,
        store,
        clock,
        network,
        ..
    } = world;
    node.kill();
    let reference = report["reference"].as_str().expect("a reference");
    let case = store.case_by_reference(reference).await;
    let case_id = case.expect("PostgreSQL answers").expect("a case").id;
    let text = |number: &&str| Written {
        id: Uuid::new_v4(),
        case_id,
        to_staff: false,
        channel: Channel::Sms,
        number: (*number).to_owned().into(),
        body: "We have your message.".to_owned().into(),
        template: None,
        lang: Lang::English,
        by: None,
        priority: Priority::Serious,
        about: Vec::new(),
        beyond: 0,
        follows: None,
        not_before: None,
    };
    let texts: Vec<Written> = numbers.iter().map(text).collect();
    store.open_ways(clock.now()).await.expect("ways out");
    let mut tx = store.begin().await.expect("a transaction");
    store
        .write_messages(&mut tx, &texts, clock.now())
        .await
        .expect("they are written");
    commit(tx).await.expect("they are kept");
    Waiting {
        store,
        clock,
        pool,
        carrier,
        network,
    }
}

impl Waiting {
    async fn take(&self) -> Vec<Outgoing> {
        let taken = self
            .store
            .take_outgoing(Uuid::new_v4(), self.clock.now(), 8, 8)
            .await;
        taken.expect("PostgreSQL answers").messages
    }

    /// The only one there is to be taken.
    async fn take_one(&self) -> Outgoing {
        let mut taken = self.take().await;
        assert_eq!(taken.len(), 1);
        taken.remove(0)
    }

    async fn settle(&self, message: &Outgoing, became: Settled) {
        let settled = [(message.in_hand(), became)];
        self.store
            .settle(&settled, &[], self.clock.now())
            .await
            .expect("PostgreSQL answers");
    }

    /// Its lease runs out: it is in doubt, and somebody is to ask about it.
    async fn runs_out(&self) -> Outgoing {
        self.clock.pass(seconds(61));
        let now = self.clock.now();
        self.store.end_leases(now).await.expect("they are ended");
        let doubt = self.store.take_unknown(now, 4).await;
        let mut doubt = doubt.expect("PostgreSQL answers");
        assert_eq!(doubt.len(), 1);
        doubt.remove(0)
    }

    /// State, tries, id at the provider and lease of the text to this number.
    async fn text(&self, number: &str) -> (String, i16, Option<String>, Option<Uuid>) {
        sqlx::query_as(
            "select o.state, o.attempts, o.provider_sid, o.lease
             from outbox o join sealed.messages m on m.id = o.message where m.number = $1",
        )
        .bind(number)
        .fetch_one(&self.pool)
        .await
        .expect("one text")
    }

    async fn leases(&self) -> i64 {
        sqlx::query_scalar("select count(*) from leases")
            .fetch_one(&self.pool)
            .await
            .expect("a count")
    }

    /// From now on PostgreSQL refuses what this says, before a row of a table is written.
    async fn refuses(&self, table: &str, act: &str, when: &str) {
        let sql = format!(
            "create function refuse() returns trigger language plpgsql as
             $$ begin raise exception 'not today'; end $$;
             create trigger refuse before {act} on {table} for each row {when}
             execute function refuse()"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&self.pool)
            .await
            .expect("as told");
    }
}

/// All that may become of a text.
fn anything(clock: &Clock) -> [Settled; 6] {
    let at = clock.now();
    [
        Settled::Later { at, error: "late" },
        Settled::Retry {
            at,
            error: "late".to_owned(),
        },
        Settled::Unknown {
            ask_at: at,
            asked: 0,
        },
        Settled::Failed {
            error: "late".to_owned(),
            code: None,
        },
        Settled::Canceled { error: "late" },
        Settled::Sent {
            sid: "SM00000000000000000000000000000009".to_owned(),
        },
    ]
}

#[tokio::test]
async fn who_stood_still_until_somebody_else_took_a_text_changes_nothing_of_it() {
    let w = waiting(&[HERS]).await;
    let frozen = w.take_one().await;
    let asked = w.runs_out().await;
    let again = Settled::Retry {
        at: w.clock.now(),
        error: "the provider did not have it".to_owned(),
    };
    w.settle(&asked, again).await;
    let second = w.take_one().await;
    let in_hand = w.text(HERS).await;
    assert_eq!((in_hand.1, in_hand.3), (2, second.lease));
    for old in [&frozen, &asked] {
        for late in anything(&w.clock) {
            w.settle(old, late.clone()).await;
            assert_eq!(w.text(HERS).await, in_hand, "{late:?}");
            assert_eq!(w.take().await.len(), 0, "{late:?}: sent twice");
        }
    }
    let sid = "SM00000000000000000000000000000001";
    w.settle(
        &second,
        Settled::Sent {
            sid: sid.to_owned(),
        },
    )
    .await;
    let (state, attempts, told, _) = w.text(HERS).await;
    assert_eq!((state.as_str(), attempts), ("sent", 2));
    assert_eq!(told.as_deref(), Some(sid));
}

#[tokio::test]
async fn who_gave_a_text_back_says_nothing_of_it_any_more_however_often_it_was_tried() {
    let w = waiting(&[HERS]).await;
    let first = w.take_one().await;
    let back = Settled::Later {
        at: w.clock.now(),
        error: "given back",
    };
    w.settle(&first, back).await;
    let second = w.take_one().await;
    assert_eq!(first.attempts, second.attempts, "that was no try");
    let in_hand = w.text(HERS).await;
    for late in anything(&w.clock) {
        w.settle(&first, late.clone()).await;
        assert_eq!(w.text(HERS).await, in_hand, "{late:?}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_when_the_lease_has_run_out_is_believed_while_nobody_sends_it_again() {
    let w = waiting(&[HERS]).await;
    let slow = w.take_one().await;
    let asked = w.runs_out().await;
    let sid = "SM00000000000000000000000000000001";
    w.settle(
        &slow,
        Settled::Sent {
            sid: sid.to_owned(),
        },
    )
    .await;
    let not_listed = Settled::Retry {
        at: w.clock.now(),
        error: "the provider did not have it".to_owned(),
    };
    w.settle(&asked, not_listed).await;
    let (state, attempts, told, _) = w.text(HERS).await;
    assert_eq!((state.as_str(), attempts), ("sent", 1));
    assert_eq!(told.as_deref(), Some(sid));
}

#[tokio::test]
async fn what_was_taken_does_not_stay_in_doubt_because_something_else_fails_after_it() {
    let w = waiting(&[HERS, HIS]).await;
    // One is in doubt, and cannot be asked about.
    sqlx::query(
        "update outbox set state = 'unknown' where message in
            (select id from sealed.messages where number = $1)",
    )
    .bind(HIS)
    .execute(&w.pool)
    .await
    .expect("as told");
    w.refuses("outbox", "update", "when (new.state = 'unknown')")
        .await;
    let failed = w.carrier.step(|| w.clock.now()).await;
    assert!(failed.is_err(), "PostgreSQL refused something");
    let (state, attempts, _, lease) = w.text(HERS).await;
    let sent = w.network.messages(HERS).len();
    assert!(
        matches!(
            (state.as_str(), attempts, sent),
            ("queued", 0, 0) | ("sent", 1, 1)
        ),
        "{state} {attempts} {sent}"
    );
    assert_eq!((lease, w.leases().await), (None, 0));
}

#[tokio::test]
async fn an_opt_out_that_cannot_be_written_costs_no_other_answer_its_record() {
    let w = waiting(&[HERS, HIS]).await;
    w.network.misbehave(Faults {
        mode: Mode::Error,
        code: Some(21_610),
        to: Some(HERS.to_owned()),
        ..Faults::default()
    });
    w.refuses("sealed.opt_outs", "insert", "").await;
    let failed = w.carrier.step(|| w.clock.now()).await;
    assert!(failed.is_err(), "PostgreSQL refused the opt-out");
    assert_eq!(w.text(HIS).await.0, "sent");
    // Hers is in doubt: the carrier will say it once more, and then it is written.
    let (state, _, _, lease) = w.text(HERS).await;
    assert_eq!((state.as_str(), lease.is_some()), ("queued", true));
    assert_eq!(w.leases().await, 1);
}

#[tokio::test]
async fn a_slow_down_that_cannot_be_written_costs_no_answer_its_record() {
    let w = waiting(&[HERS, HIS]).await;
    w.network.misbehave(Faults {
        mode: Mode::Busy,
        to: Some(HERS.to_owned()),
        ..Faults::default()
    });
    let paused = "when (new.paused_until > old.paused_until)";
    w.refuses("ways", "update", paused).await;
    let failed = w.carrier.step(|| w.clock.now()).await;
    assert!(failed.is_err(), "PostgreSQL refused the slow-down");
    assert_eq!(w.text(HIS).await.0, "sent");
    let (state, attempts, _, lease) = w.text(HERS).await;
    assert_eq!((state.as_str(), attempts, lease), ("queued", 1, None));
    assert_eq!(w.leases().await, 0);
}

#[tokio::test]
async fn a_lease_ends_with_the_last_record_under_it() {
    let w = waiting(&[HERS, HIS]).await;
    w.carrier.step(|| w.clock.now()).await.expect("a round");
    assert_eq!(w.text(HERS).await.0, "sent");
    assert_eq!(w.text(HIS).await.0, "sent");
    assert_eq!(w.leases().await, 0);
}
