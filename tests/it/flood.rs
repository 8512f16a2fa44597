//! Too much at once: what is dear is bounded, and reports go on.

use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use futures_util::future::join_all;
use serde_json::json;
use std::collections::HashMap;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_flood_of_sign_ins_is_told_to_come_back_and_reports_go_on() {
    let world = World::start().await;
    let http = reqwest::Client::new();
    let tries = (0..600).map(|number| {
        let request = http
            .post(world.url("/api/v1/session"))
            .header("X-Msaada", "1")
            .header(
                "X-Forwarded-For",
                format!("10.0.{}.{}", number / 200, number % 200),
            )
            .json(&json!({"email": format!("nobody{number}@example.org"), "password": "guess"}));
        async move {
            let response = request.send().await.expect("the service answers");
            let after = response.headers().get("retry-after").cloned();
            (response.status().as_u16(), after)
        }
    });
    let reports = async {
        let mut longest = Duration::ZERO;
        for _ in 0..20 {
            let began = Instant::now();
            world.says(LOCKED_IN).await;
            longest = longest.max(began.elapsed());
        }
        longest
    };
    let (answers, longest) = tokio::join!(join_all(tries), reports);
    let mut counted: HashMap<u16, usize> = HashMap::new();
    for (status, after) in &answers {
        *counted.entry(*status).or_default() += 1;
        assert_eq!(*status == 503, after.is_some(), "{status} {after:?}");
    }
    assert!(
        counted.keys().all(|status| [401, 503].contains(status)),
        "{counted:?}"
    );
    assert!(counted[&401] > 5 && counted[&503] > 50, "{counted:?}");
    println!("sign-ins: {counted:?}; the slowest report took {longest:?}");
    assert!(
        longest < Duration::from_secs(2),
        "a report waited {longest:?}"
    );
    // Those who belong here come in again.
    world.desk("officer@dubai").await;
    world.end().await;
}
