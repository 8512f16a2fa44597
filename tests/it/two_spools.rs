//! While PostgreSQL is away, the pages of one form may reach several nodes: they are one case all the
//! same, if those nodes return.

use crate::spool::{ROOM, cases, keeping, stored};
use crate::support::page::carried;
use crate::support::patience::until;
use crate::support::servers::Pair;
use crate::support::world::{World, seconds};
use msaada::service::Running;
use sqlx::PgPool;
use std::path::PathBuf;
use uuid::Uuid;

const FIRST: &str = "I lost my passport in Deira, Dubai";
const THEN: &str = "Al Rigga street";

async fn post(url: &str, fields: &[(&str, &str)]) -> String {
    let sent = reqwest::Client::new().post(format!("{url}/report"));
    let answer = sent.form(fields).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.text().await.expect("a page")
}

/// A form of which the first page reached the one node, and the next another, while PostgreSQL was
/// away; it has returned, and the first node has not.
struct Parted<T: FnOnce() -> World> {
    pair: Pair,
    pool: PgPool,
    first: T,
    other: Running,
    folder: PathBuf,
}

async fn parted() -> Parted<impl FnOnce() -> World> {
    let mut pair = Pair::durable().await;
    let (world, pool) = keeping(&pair, ROOM).await;
    let folder = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
    let (other, url) = world.second_node_with(Some(folder.clone()));
    other.flow.read_standing().await.expect("standing");
    pair.postgres.kill();
    let page = post(&world.url(""), &[("text", FIRST), ("lang", "en")]).await;
    let fields = ["reference", "code", "first"].map(|name| (name, carried(&page, name)));
    let step = [("step", "where"), ("place", THEN), ("lang", "en")];
    post(&url, &[&fields[..], &step].concat()).await;
    let first = world.killed();
    pair.postgres.restart().await;
    let drained = async || other.flow.drain().await.is_ok();
    until("PostgreSQL is back", drained).await;
    Parted {
        pair,
        pool,
        first,
        other,
        folder,
    }
}

#[tokio::test]
async fn a_page_that_reached_another_node_joins_its_case_when_both_return() {
    let parted = parted().await;
    assert_eq!(cases(&parted.pool).await, 0, "it waits for its report");
    let world = (parted.first)();
    until("both are taken in", async || {
        parted.other.flow.drain().await.expect("it is there");
        let kept = world.ready().await.1["spool"]["reports"].clone();
        kept == 0 && stored(&parted.pool).await.len() == 2
    })
    .await;
    assert_eq!(cases(&parted.pool).await, 1);
    parted.other.stop().await;
    std::fs::remove_dir_all(parted.folder).expect("removed");
    world.end().await;
    drop(parted.pair);
}

#[tokio::test]
async fn what_waits_for_a_node_that_does_not_return_is_a_case_of_its_own_soon() {
    let parted = parted().await;
    assert_eq!(cases(&parted.pool).await, 0);
    parted.other.flow.clock.pass(seconds(31));
    parted.other.flow.drain().await.expect("it is there");
    assert_eq!(cases(&parted.pool).await, 1);
    assert_eq!(stored(&parted.pool).await.len(), 1);
    // The first is late, and nothing of it is lost.
    let world = (parted.first)();
    until("it is taken in", async || {
        stored(&parted.pool).await.len() == 2
    })
    .await;
    parted.other.stop().await;
    std::fs::remove_dir_all(parted.folder).expect("removed");
    world.node.kill();
    drop(parted.pair);
}
