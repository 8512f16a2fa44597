//! A million open cases, as a hard year would leave them: spread over all missions (some have a
//! hundred times what others have), priorities and sixty days, each with a place and a clock.
//!
//! They are written by PostgreSQL itself, and only then are the indexes made that the schema has.
//! Every check constraint of the schema holds for them, and every one can be read as a case.

use super::{Ground, NotRun, Scratch};
use sqlx::{AssertSqlSafe, Connection};

/// Characters of a reference, and its check character, from a number below 31^5.
const REFERENCE: &str =
    "x[v[1] + 1] || x[v[2] + 1] || x[v[3] + 1] || x[v[4] + 1] || '-' || x[v[5] + 1]
    || '000-000' || x[1 + (2 * v[1] + 3 * v[2] + 4 * v[3] + 5 * v[4] + 6 * v[5]) % 31]";

/// Where cases wait.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    /// At all missions, at a few of them most.
    All,
    /// All at one.
    One(&'static str),
}

/// Stores so many waiting cases that are not due within a day, numbered from `first` on, and looks
/// at them as PostgreSQL's own housekeeping would have by then.
pub(super) async fn store(
    ground: &Ground,
    (first, count): (u64, u64),
    at: At,
) -> Result<(), NotRun> {
    let mut connection = ground.scratch.connect().await?;
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "select indexname, indexdef from pg_indexes
         where schemaname = 'public' and tablename = 'cases' and indexdef not like '%UNIQUE%'",
    )
    .fetch_all(&mut connection)
    .await?;
    let here = match at {
        At::All => "true".to_owned(),
        At::One(mission) => format!("code = '{mission}'"),
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "any number between 0 and 1 will do"
    )]
    let seed = (ground.seed % 1_000_000) as f64 / 1_000_000.0;
    let last = first + count - 1;
    let mut lines: Vec<String> = indexes
        .iter()
        .map(|(name, _)| format!("drop index {name}"))
        .collect();
    lines.push(format!("select setseed({seed})"));
    lines.push(format!(
        "with m as (
            select row_number() over (order by code) as place, code, lat, lon, country,
                   count(*) over () as missions
            from missions where {here}
         ), n as materialized (
            select i, random() a, random() b, random() c, random() d, random() e,
                   array[i % 31, i / 31 % 31, i / 961 % 31, i / 29791 % 31, i / 923521 % 31] as v
            from generate_series({first}, {last}) i
         ), p as (
            select n.*,
                   (case when a < 0.05 then 0 when a < 0.2 then 1 when a < 0.5 then 2 else 3
                    end)::smallint as urgency,
                   1 + floor(power(b, 2) * (select max(missions) from m))::int as place,
                   now() - c * interval '60 days' as opened,
                   string_to_array('0 1 2 3 4 5 6 7 8 9 A B C D E F G H J K M N P Q R S T V W X Y',
                                   ' ') as x
            from n
         )
         insert into cases (id, reference, version, mission, policy, kind, priority, for_whom, lang,
                            channel, status, since, due_at, level, lapses, opened_at, country,
                            coarse_lat, coarse_lon, coarse_radius_m, place_source, signs, tray, unread)
         select gen_random_uuid(), {REFERENCE}, 1, m.code, q.id,
                case when urgency < 3
                     then (array['distress', 'medical', 'detention', 'missing_person'])[1 + i % 4] end,
                urgency, 'self', 'sw', 'sms', 'waiting', opened,
                now() + interval '1 day' + d * interval '3 days', 0, 0, opened, m.country,
                m.lat + (d - 0.5) / 10, m.lon + (e - 0.5) / 10, 1000, 'named', '{{}}', false, 1
         from p join m using (place)
         join policies q on q.priority = urgency and q.kind is null and q.edition = 1"
    ));
    lines.extend(indexes.into_iter().map(|(_, definition)| definition));
    for line in lines {
        sqlx::raw_sql(AssertSqlSafe(line))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    ground.scratch.tidy().await
}

/// How many wait, by what the store says and by what the queues hold; none where one was not filled.
pub(super) async fn queues(scratch: &Scratch) -> Result<(i64, Option<i64>), NotRun> {
    let mut connection = scratch.connect().await?;
    let missions: Vec<(String, i64)> = sqlx::query_as(
        "select code, (select count(*) from cases where mission = code and status = 'waiting')
         from missions",
    )
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    let mut redis = redis::Client::open(scratch.redis_url.as_str())?
        .get_multiplexed_async_connection()
        .await?;
    let key = |mission: &str, name: &str| format!("{}:{{{mission}}}:{name}", scratch.redis_prefix);
    let (mut waiting, mut held) = (0, Some(0));
    for (mission, count) in missions {
        waiting += count;
        let (filled, holds, taken): (bool, i64, i64) = redis::pipe()
            .exists(key(&mission, "filled"))
            .zcard(key(&mission, "waiting"))
            .zcard(key(&mission, "taken"))
            .query_async(&mut redis)
            .await?;
        held = held.filter(|_| filled).map(|held| held + holds + taken);
    }
    Ok((waiting, held))
}
