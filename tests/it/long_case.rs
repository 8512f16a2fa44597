//! A case in which thousands of lines were written opens as quickly as another, says that there is
//! more, and gives all of it to whoever asks.

use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use serde_json::Value;
use std::collections::HashSet;
use std::time::Instant;

const REPORTS: usize = 3001;
const MESSAGES: usize = 1000;
const NOTES: usize = 3000;
/// What a desk is sent at most when it opens a case, in bytes.
const MOST: usize = 1_500_000;

/// Writes as much into the case as it would hold after weeks of somebody's texts.
async fn fill(world: &World, case: &str) {
    let fill = format!(
        "insert into sealed.reports
         select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'text',
                    'again ' || n || repeat(' locked in', 300),
                    'received_at', r.received_at + n * interval '1 millisecond'))).*
         from sealed.reports r, generate_series(1, {}) n where r.case_id = '{case}';
         insert into case_log (case_id, at, event)
         select c.id, c.opened_at, 'note' from cases c, generate_series(1, {NOTES}) where c.id = '{case}';
         insert into sealed.notes (log_id, text)
         select id, repeat('she called ', 100) from case_log where case_id = '{case}' and event = 'note';
         insert into sealed.messages (id, case_id, audience, channel, number, body, lang, written_at)
         select gen_random_uuid(), c.id, 'person', 'sms', '+254711000001', repeat('we hear you ', 50),
                'en', c.opened_at + n * interval '1 millisecond'
         from cases c, generate_series(1, {MESSAGES}) n where c.id = '{case}';
         insert into outbox (message, case_id, priority, state, created_at)
         select id, case_id, 0, 'delivered', written_at from sealed.messages where case_id = '{case}'",
        REPORTS - 1
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill))
        .execute(&world.pool().await)
        .await
        .expect("it is written");
}

fn ids(page: &Value, of: &str) -> Vec<String> {
    let rows = page[of].as_array().expect("rows").iter();
    rows.map(|row| row["id"].to_string()).collect()
}

#[tokio::test]
async fn a_case_of_thousands_of_lines_opens_bounded_and_gives_the_rest_when_it_is_asked_for() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let report = world.says(LOCKED_IN).await;
    let card = desk
        .shows_case(&report["reference"], "the case", |_| true)
        .await;
    let id = card["id"].as_str().expect("an id");
    fill(&world, id).await;

    let path = format!("/api/v1/cases/{id}");
    let since = Instant::now();
    let text = desk.reads(&path).await;
    let took = since.elapsed();
    assert!(text.len() < MOST, "{} bytes", text.len());
    assert!(took.as_secs() < 2, "{took:?}");
    let mut page: Value = serde_json::from_str(&text).expect("JSON");
    let newest = format!("again {}", REPORTS - 1);
    let last = page["reports"].as_array().and_then(|all| all.last());
    let last = last.expect("a report")["text"].as_str().expect("text");
    assert!(last.starts_with(&newest), "the newest are sent first");

    let mut seen: [HashSet<String>; 3] = Default::default();
    for pages in 0.. {
        assert!(pages < 100, "it has no end");
        let sent = page["messages"].as_array().expect("messages");
        let sent: Vec<_> = sent
            .iter()
            .filter(|one| one["direction"] == "out")
            .collect();
        let all = [
            ids(&page, "reports"),
            sent.iter().map(|one| one["id"].to_string()).collect(),
            ids(&page, "log"),
        ];
        let oldest = all.each_ref().map(|ids| ids.first().cloned());
        for (seen, ids) in seen.iter_mut().zip(all) {
            for id in ids {
                assert!(seen.insert(id), "nothing is sent twice");
            }
        }
        let mut asked = Vec::new();
        for (n, (of, name)) in [
            ("reports", "report"),
            ("messages", "message"),
            ("log", "log"),
        ]
        .into_iter()
        .enumerate()
        {
            if page["older"][of].as_u64().expect("a count") > 0 {
                let id = oldest[n].as_ref().expect("the oldest").replace('"', "");
                asked.push(format!("{name}={id}"));
            }
        }
        if asked.is_empty() {
            break;
        }
        let text = desk
            .reads(&format!("{path}/older?{}", asked.join("&")))
            .await;
        assert!(text.len() < MOST, "{} bytes", text.len());
        page = serde_json::from_str(&text).expect("JSON");
    }
    assert_eq!(seen[0].len(), REPORTS);
    assert_eq!(seen[1].len(), MESSAGES);
    assert!(seen[2].len() > NOTES, "{}", seen[2].len());
    let elsewhere = world.desk("operator@centre").await;
    assert_eq!(elsewhere.get(&format!("{path}/older")).await.0, 200);
    // What was written behind its back is no report that anybody is to be told of.
    world.node.kill();
}
