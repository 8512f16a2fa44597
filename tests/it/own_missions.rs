//! A list of missions of one's own: what it routes reports to, and what the database knows.

use crate::support::process::{Process, msaada};
use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// A folder of additions whose list has one mission more, which takes Dubai.
fn with_a_mission_in_dubai() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("msaada-{}", Uuid::new_v4()));
    std::fs::create_dir(&folder).expect("a folder");
    let list = "code,name,type,city,country,lat,lon,jurisdiction,timezone,status,source\n\
        KE-NBO,Response Centre,headquarters,Nairobi,KE,-1.2864,36.8172,*,Africa/Nairobi,active,story\n\
        AE-NEW,Consulate of the story,consulate,Dubai,AE,25.2048,55.2708,AE-DU,Asia/Dubai,active,story\n";
    std::fs::write(folder.join("missions.csv"), list).expect("a list");
    folder
}

async fn node(world: &World, folder: &Path) -> Process {
    let folder = folder.to_str().expect("a path");
    Process::start(world.settings(), &["--understanding-dir", folder]).await
}

/// Reports something in Dubai; the status of the answer, and its reference.
async fn reports(node: &Process) -> (u16, Value) {
    let body = json!({"id": Uuid::new_v4(), "text": LOCKED_IN});
    let answer = reqwest::Client::new()
        .post(format!("{}/api/v1/reports", node.url))
        .json(&body)
        .send()
        .await
        .expect("the service answers");
    let status = answer.status().as_u16();
    let taken: Value = answer.json().await.expect("JSON");
    (status, taken["reference"].clone())
}

#[tokio::test]
async fn a_report_for_a_mission_nobody_loaded_goes_to_the_centre_and_loading_reads_the_same_list() {
    let world = World::empty().await;
    let pool = world.pool().await;
    let folder = with_a_mission_in_dubai();
    let whose = async |reference: &Value| -> String {
        sqlx::query_scalar("select mission from cases where reference = $1")
            .bind(reference.as_str())
            .fetch_one(&pool)
            .await
            .expect("the case")
    };

    let before = node(&world, &folder).await;
    let (status, reference) = reports(&before).await;
    assert_eq!(status, 201, "{}", before.log());
    assert_eq!(whose(&reference).await, "KE-NBO");
    assert!(before.log().contains("msaada missions load"));

    let loaded = msaada()
        .args([
            "missions",
            "load",
            "--database-url",
            &world.settings().database_url,
        ])
        .arg("--additions")
        .arg(&folder)
        .output()
        .expect("the list is loaded");
    assert!(loaded.status.success(), "{loaded:?}");
    let after = node(&world, &folder).await;
    let (status, reference) = reports(&after).await;
    assert_eq!(status, 201, "{}", after.log());
    assert_eq!(whose(&reference).await, "AE-NEW");
    world.end().await;
}
