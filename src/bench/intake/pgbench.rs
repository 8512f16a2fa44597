//! The yardsticks of intake: pgbench, on the same PostgreSQL and in the same database.
//!
//! One inserts a single row a transaction. The other writes, in one transaction for each report, the
//! same rows that the service wrote for reports it took in a moment before: the values are those, only
//! the ids are new.

use crate::bench::node::yardstick;
use crate::bench::{Ground, NotRun};
use sqlx::{AssertSqlSafe, Connection};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Clients, as many as connections that send reports.
const CLIENTS: u64 = 64;
/// Reports whose rows are written again, each by its own script.
const SAMPLES: i64 = 40;

/// Single-row inserts a second, each its own transaction.
pub(super) async fn single_rows(ground: &Ground, seconds: u64) -> Result<f64, NotRun> {
    let mut connection = ground.scratch.connect().await?;
    sqlx::raw_sql(
        "create table yardstick (id bigint generated always as identity primary key,
                                 at timestamptz not null default now(), text text not null)",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    let script = ground.scratch.folder.join("single.sql");
    std::fs::write(
        &script,
        "insert into yardstick (text) values ('My employer took my passport and locks the door.');\n",
    )?;
    run(ground, &[script], seconds, ground.seed).await
}

/// Transactions a second that write what the service writes for one report.
pub(super) async fn same_rows(
    ground: &Ground,
    seconds: u64,
    in_one_go: bool,
) -> Result<f64, NotRun> {
    let scripts = scripts(ground, in_one_go).await?;
    // Another seed each time, since the ids are made from its numbers.
    run(
        ground,
        &scripts,
        seconds,
        ground.seed + 1 + u64::from(in_one_go),
    )
    .await
}

async fn run(ground: &Ground, scripts: &[PathBuf], seconds: u64, seed: u64) -> Result<f64, NotRun> {
    let mut arguments: Vec<String> = [
        "--no-vacuum",
        "--protocol=prepared",
        &format!("--client={CLIENTS}"),
        "--jobs=2",
        &format!("--time={seconds}"),
        &format!("--random-seed={seed}"),
    ]
    .map(str::to_owned)
    .into();
    arguments.extend(
        scripts
            .iter()
            .map(|script| format!("--file={}", shown(script))),
    );
    arguments.push(ground.scratch.database_url.clone());
    let said = yardstick("pgbench", arguments).await?;
    let wrong = |why: &str| NotRun::Program {
        program: "pgbench".to_owned(),
        why: format!("{why}:\n{said}"),
    };
    if !said.contains("number of failed transactions: 0 ") {
        return Err(wrong("transactions failed"));
    }
    said.lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .ok_or_else(|| wrong("it told no rate"))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Tables a report may leave rows in, in the order they are written, with the condition that finds
/// those of the case `$1`.
const TABLES: [(&str, &str); 7] = [
    ("cases", "t.id = $1"),
    ("sealed.reports", "t.case_id = $1"),
    ("sealed.contacts", "t.case_id = $1"),
    ("sealed.places", "t.case_id = $1"),
    ("case_log", "t.case_id = $1 and t.event = 'opened'"),
    (
        "sealed.messages",
        "t.case_id = $1 and t.audience = 'person'",
    ),
    (
        "outbox",
        "t.message in (select id from sealed.messages where case_id = $1 and audience = 'person')",
    ),
];

async fn scripts(ground: &Ground, in_one_go: bool) -> Result<Vec<PathBuf>, NotRun> {
    let mut connection = ground.scratch.connect().await?;
    let cases: Vec<uuid::Uuid> =
        sqlx::query_scalar("select id from cases order by reference limit $1")
            .bind(SAMPLES)
            .fetch_all(&mut connection)
            .await?;
    let mut files = Vec::new();
    for (at, case) in cases.into_iter().enumerate() {
        let mut script = String::from("\\set n random(1, 9000000000000000000)\n");
        if in_one_go {
            script.push_str("\\startpipeline\n");
        }
        script.push_str("begin;\n");
        for (table, condition) in TABLES {
            let rows = format!("select to_jsonb(t) - 'changed' from {table} t where {condition}");
            let rows: Vec<serde_json::Value> = sqlx::query_scalar(AssertSqlSafe(rows))
                .bind(case)
                .fetch_all(&mut connection)
                .await?;
            for row in rows.iter().filter_map(serde_json::Value::as_object) {
                insert(&mut script, table, row);
            }
        }
        script.push_str("commit;\n");
        if in_one_go {
            script.push_str("\\endpipeline\n");
        }
        let file = ground.scratch.folder.join(format!("report-{at}.sql"));
        std::fs::write(&file, script)?;
        files.push(file);
    }
    if files.is_empty() {
        return Err(NotRun::Wrong(
            "no report was stored to write again".to_owned(),
        ));
    }
    Ok(files)
}

/// The statement that writes a row again, with new ids: all are made from one random number.
fn insert(script: &mut String, table: &str, row: &serde_json::Map<String, serde_json::Value>) {
    let values: Vec<(&String, String)> = row
        .iter()
        .filter(|(column, value)| {
            let given_by_the_table = table == "case_log" && *column == "id";
            !value.is_null() && !given_by_the_table
        })
        .map(|(column, value)| (column, new_value(table, column, value)))
        .collect();
    let columns: Vec<&str> = values.iter().map(|(column, _)| column.as_str()).collect();
    let values: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    writeln!(
        script,
        "insert into {table} (\"{}\") values ({});",
        columns.join("\", \""),
        values.join(", ")
    )
    .expect("a string grows");
}

fn new_value(table: &str, column: &str, value: &serde_json::Value) -> String {
    let case = "md5(:n::text)::uuid".to_owned();
    match (table, column) {
        ("cases", "id") | (_, "case_id") => case,
        ("cases", "reference") => "upper(left(md5(:n::text || 'r'), 14))".to_owned(),
        ("sealed.reports", "id") => "md5(:n::text || 'p')::uuid".to_owned(),
        ("sealed.messages", "id") | ("outbox", "message") => {
            "md5(:n::text || 'm')::uuid".to_owned()
        }
        (_, "number") => "'+96650' || right(:n::text, 7)".to_owned(),
        _ => literal(value),
    }
}

/// A value as PostgreSQL reads it. pgbench would take a colon before a letter for a variable of its
/// own, so colons within text are written as their code.
fn literal(value: &serde_json::Value) -> String {
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(words) if words.iter().all(serde_json::Value::is_string) => {
            let words: Vec<&str> = words.iter().filter_map(serde_json::Value::as_str).collect();
            format!("{{{}}}", words.join(","))
        }
        other => other.to_string(),
    };
    let text = text
        .replace('\\', "\\\\")
        .replace('\'', "''")
        .replace(':', "\\x3a")
        .replace(['\n', '\r'], " ");
    format!("E'{text}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_written_as_postgresql_reads_it() {
        assert_eq!(literal(&json!("it's 7:30")), "E'it''s 7\\x3a30'");
        assert_eq!(
            literal(&json!(["passport", "wages"])),
            "E'{passport,wages}'"
        );
        assert_eq!(literal(&json!({"a": 1})), "E'{\"a\"\\x3a1}'");
        assert_eq!(literal(&json!(3)), "E'3'");
    }
}
