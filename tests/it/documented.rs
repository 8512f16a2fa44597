//! The interface describes itself as it is.

use crate::support::world::World;
use msaada::case::{
    CallOutcome, Channel, Clock, ForWhom, Kind, Lang, Outcome, Post, Priority, Role, SafeContact,
    Sign,
};
use serde_json::Value;
use std::collections::BTreeMap;

async fn document(world: &World) -> Value {
    let response = reqwest::get(world.url("/api/v1/openapi.json")).await;
    let response = response.expect("the service answers");
    response.json().await.expect("JSON")
}

#[tokio::test]
async fn every_vocabulary_is_described_in_the_words_that_the_service_takes() {
    let world = World::start().await;
    let document = document(&world).await;
    macro_rules! words {
        ($($name:ident),+) => {
            BTreeMap::from([$((
                stringify!($name),
                $name::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>(),
            )),+])
        };
    }
    let mut known: BTreeMap<&str, Vec<&str>> = words![
        CallOutcome,
        Channel,
        Clock,
        ForWhom,
        Kind,
        Lang,
        Outcome,
        Post,
        Priority,
        Role,
        SafeContact,
        Sign
    ];
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    for (name, schema) in schemas {
        let Some(told) = schema["enum"].as_array() else {
            continue;
        };
        let told: Vec<&str> = told.iter().filter_map(Value::as_str).collect();
        if let Some(words) = known.remove(name.as_str()) {
            assert_eq!(told, words, "{name}");
        }
        for word in told {
            assert!(!word.contains(char::is_uppercase), "{name}: {word}");
        }
    }
    assert!(known.is_empty(), "not described: {known:?}");
    world.end().await;
}

#[tokio::test]
async fn every_request_says_how_one_signs_in_and_how_it_is_refused() {
    let world = World::start().await;
    let document = document(&world).await;
    assert_eq!(document["info"]["contact"], Value::Null, "nobody is named");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let scheme = &document["components"]["securitySchemes"]["session"];
    assert_eq!(scheme["in"], "cookie");
    assert_eq!(scheme["name"], "msaada");
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("requests") {
            let name = format!("{method} {path}");
            let responses = operation["responses"].as_object().expect("answers");
            for (status, response) in responses {
                if status.as_str() >= "400" {
                    let content = response["content"].as_object().expect("what is said");
                    let kinds: Vec<_> = content.keys().collect();
                    assert_eq!(kinds, ["application/problem+json"], "{name} {status}");
                }
            }
            let is_open = path == "/api/v1/reports" || name == "post /api/v1/session";
            assert_eq!(operation["security"].is_array(), !is_open, "{name}");
            assert_eq!(
                responses.contains_key("401"),
                path != "/api/v1/reports",
                "{name}"
            );
            let parameters = operation["parameters"].as_array();
            let headers: Vec<_> = parameters
                .into_iter()
                .flatten()
                .filter(|one| one["in"] == "header")
                .filter_map(|one| one["name"].as_str())
                .collect();
            let changes = method != "get" && path != "/api/v1/reports";
            assert_eq!(headers.contains(&"X-Msaada"), changes, "{name}");
            assert!(responses.contains_key("403") || !changes, "{name}");
            let attaches = path.ends_with("/attachments");
            assert_eq!(headers.contains(&"X-Name"), attaches, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
    let page = reqwest::get(world.url("/docs/")).await.expect("the page");
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .expect("text");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = page.text().await.expect("a page");
    assert!(
        !page.contains("<script>"),
        "its policy forbids script in the page"
    );
    world.end().await;
}
