//! The alerts that operators are told to set: each figure and label they name is there on a node that
//! runs, from the start, so that an alert can fire.

use crate::support::patience::until;
use crate::support::process::Process;
use crate::support::words::CRITICAL;
use crate::support::world::World;

/// The expressions of the table of alerts.
fn expressions() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");
    let page = std::fs::read_to_string(page).expect("the page");
    page.lines()
        .filter(|line| line.starts_with("| page |") || line.starts_with("| ticket |"))
        .map(|line| line.split('`').nth(1).expect("an expression").to_owned())
        .collect()
}

/// What an expression asks for: names of figures, each with what must stand in one of its lines.
fn asked(expression: &str) -> Vec<(String, String)> {
    let mut asked = Vec::new();
    let by = expression
        .split_once("by (")
        .and_then(|(_, rest)| rest.split_once(')'));
    for (at, _) in expression.match_indices("msaada_") {
        let rest = &expression[at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
        asked.push((name.to_owned(), String::new()));
        if let Some((labels, _)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            for label in labels.split(',') {
                asked.push((name.to_owned(), label.replace("!=", "=")));
            }
        }
        if let Some((label, _)) = by {
            asked.push((name.to_owned(), format!("{label}=\"")));
        }
    }
    asked
}

/// What of this no line of the figures answers.
fn missing(figures: &str, asked: &[(String, String)]) -> Vec<(String, String)> {
    let answers = |(name, label): &&(String, String)| {
        figures.lines().any(|line| {
            let rest = line.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.starts_with(['{', ' ']) && rest.contains(label.as_str()))
        })
    };
    asked.iter().filter(|one| !answers(one)).cloned().collect()
}

#[tokio::test]
async fn every_alert_asks_for_figures_and_labels_that_a_node_tells_from_the_start() {
    let world = World::empty().await;
    let pool = world.pool().await;
    world.says(CRITICAL).await;
    let mut settings = world.settings().clone();
    world.end().await;
    // How late clocks fire is only known once one has.
    sqlx::query("update cases set due_at = now() - interval '1 minute'")
        .execute(&pool)
        .await
        .expect("a case is overdue");
    let folder = std::env::temp_dir().join(format!("msaada-{}", uuid::Uuid::new_v4()));
    settings.spool_dir = Some(folder);
    let node = Process::start(&settings, &[]).await;

    let expressions = expressions();
    assert!(expressions.len() > 15, "{expressions:?}");
    let asked: Vec<_> = expressions.iter().flat_map(|one| asked(one)).collect();
    assert!(asked.len() > expressions.len(), "{asked:?}");
    let figures = async || {
        let answer = reqwest::get(format!("{}/metrics", node.url)).await;
        answer.expect("answers").text().await.expect("text")
    };
    until("every figure of an alert is told", async || {
        let missing = missing(&figures().await, &asked);
        if !missing.is_empty() {
            eprintln!("not told (yet): {missing:?}");
        }
        missing.is_empty()
    })
    .await;
}

#[test]
fn a_figure_or_a_label_that_is_not_told_is_found() {
    let expression =
        "sum by (round) (rate(msaada_a_total{became=\"x\",why!=\"y\"}[5m])) > msaada_b";
    let asked = asked(expression);
    assert_eq!(asked.len(), 6, "{asked:?}");
    let told = "msaada_a_total{became=\"x\",round=\"r\"} 0\nmsaada_a_total_more 1\nmsaada_b_c 1\n";
    let missing = missing(told, &asked);
    let names: Vec<String> = missing
        .iter()
        .map(|(name, why)| format!("{name} {why}"))
        .collect();
    assert_eq!(
        names,
        ["msaada_a_total why=\"y\"", "msaada_b ", "msaada_b round=\""]
    );
}
