//! Reads what the stores hold in the end.

use crate::record::{Case, Facts, Line, Message, Report, Taken};
use crate::world::World;
use msaada::case::Post;
use msaada::simulator::{Direction, Running};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

/// Everything that is stored.
pub(crate) async fn read(world: &World) -> Result<Facts, sqlx::Error> {
    let pool = &world.pool;
    let cases = all(
        pool,
        "select id, reference, version, mission, status, priority, level, due_at, opened_at, channel,
                claimed_by, offered_to
         from cases",
    )
    .await?
    .iter()
    .map(|row| {
        let case = Case {
            id: row.get(0),
            reference: row.get(1),
            version: row.get(2),
            mission: row.get(3),
            status: row.get(4),
            priority: row.get(5),
            level: row.get(6),
            due: row.get(7),
            opened_at: row.get(8),
            channel: row.get(9),
            claimed_by: row.get(10),
            offered_to: row.get(11),
        };
        (case.id, case)
    })
    .collect();
    Ok(Facts {
        reports: reports(pool).await?,
        cases,
        log: log(pool).await?,
        messages: messages(pool).await?,
        clocks: world.clocks.clone(),
        ladder: Post::ALL.to_vec(),
        duty: world.duty.clone(),
    })
}

async fn all(pool: &PgPool, sql: &'static str) -> Result<Vec<PgRow>, sqlx::Error> {
    sqlx::query(sql).fetch_all(pool).await
}

async fn reports(pool: &PgPool) -> Result<Vec<Report>, sqlx::Error> {
    let rows = all(
        pool,
        "select id, provider_id, case_id, text, number, (understood ->> 'report')::boolean
         from sealed.reports",
    )
    .await?;
    let report = |row: &PgRow| Report {
        id: row.get(0),
        provider_id: row.get(1),
        case: row.get(2),
        text: row.get(3),
        number: row.get(4),
        is_plea: row.get(5),
    };
    Ok(rows.iter().map(report).collect())
}

async fn log(pool: &PgPool) -> Result<Vec<Line>, sqlx::Error> {
    let rows = all(
        pool,
        "select case_id, at, by, event, detail, pg_xact_commit_timestamp(xmin), xmin::text::bigint
         from case_log order by id",
    )
    .await?;
    let line = |row: &PgRow| Line {
        case: row.get(0),
        at: row.get(1),
        by: row.get(2),
        event: row.get(3),
        detail: row.get(4),
        committed: row.get(5),
        written_by: row.get(6),
    };
    Ok(rows.iter().map(line).collect())
}

async fn messages(pool: &PgPool) -> Result<Vec<Message>, sqlx::Error> {
    let rows = all(
        pool,
        "select m.id, m.case_id, m.audience = 'staff', m.number, m.body, m.template, m.by,
                m.written_at, o.state, o.provider_sid, o.rank, coalesce(o.about, '{}'),
                pg_xact_commit_timestamp(m.xmin), m.xmin::text::bigint, o.xmin::text::bigint,
                m.follows, o.settled_at, o.error, o.code
         from sealed.messages m join outbox o on o.message = m.id",
    )
    .await?;
    let message = |row: &PgRow| Message {
        id: row.get(0),
        case: row.get(1),
        to_staff: row.get(2),
        number: row.get(3),
        body: row.get(4),
        template: row.get(5),
        by: row.get(6),
        written_at: row.get(7),
        state: row.get(8),
        sid: row.get(9),
        rank: row.get(10),
        about: row.get(11),
        committed: row.get(12),
        written_by: row.get(13),
        moved_by: row.get(14),
        follows: row.get(15),
        settled_at: row.get(16),
        error: row.get(17),
        code: row.get(18),
    };
    Ok(rows.iter().map(message).collect())
}

/// Everything the gateway took.
pub(crate) fn taken(gateway: &Running) -> Vec<Taken> {
    let ours = |callback: &String| callback.split_once("message=")?.1.parse().ok();
    let all = gateway.all().into_iter();
    all.filter(|message| message.direction == Direction::ToPhone)
        .map(|message| Taken {
            message: message.callback.as_ref().and_then(ours),
            sid: message.sid,
            phone: message.phone,
            text: message.text,
        })
        .collect()
}
