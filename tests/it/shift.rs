//! The shift: what is to be done by when, who takes over, who is there.

use crate::support::record::last;
use crate::support::words::URGENT;
use crate::support::world::{World, minutes};
use serde_json::{Value, json};

#[tokio::test]
async fn a_task_marks_its_case_by_when_it_is_due_and_wakes_nobody() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(URGENT).await;
    let due = card["due_at"].clone();
    let at = |n| json!(world.clock.now() + minutes(n));
    let later = json!({"title": "ask the shelter for a bed", "due_at": at(20)});
    let card = desk.does(&card, "task", later).await;
    let sooner = json!({"title": "call the sister", "due_at": at(2)});
    let card = desk.does(&card, "task", sooner).await;
    assert_eq!(card["due_at"], due, "a task moves no clock");
    let case = desk.opens(&card).await;
    let tasks = case["tasks"].as_array().expect("tasks").clone();
    assert_eq!(
        (&tasks[0]["title"], &tasks[0]["made_by"]),
        (&json!("call the sister"), &json!("officer@dubai"))
    );
    assert_eq!(card["task_due_at"], tasks[0]["due_at"]);
    world.pass(minutes(3)).await;
    let card = desk.opens(&card).await["card"].clone();
    assert_eq!(card["lapses"], 0, "a task that is late escalates nothing");
    let card = desk
        .does(&card, "task_done", json!({"task": tasks[0]["id"]}))
        .await;
    assert_eq!(card["task_due_at"], tasks[1]["due_at"]);
    let (status, _) = desk
        .tries(&card, "task_done", json!({"task": tasks[0]["id"]}))
        .await;
    assert_eq!(status, 422, "done once");
    let past = json!({"title": "too late", "due_at": world.clock.now() - minutes(1)});
    assert_eq!(desk.tries(&card, "task", past).await.0, 422);
    world.end().await;
}

#[tokio::test]
async fn what_is_handed_over_at_the_end_of_a_shift_stays_the_givers_until_it_is_confirmed() {
    let world = World::start().await;
    let mut early = world.desk("officer@dubai").await;
    let reference = world.says(URGENT).await["reference"].clone();
    let card = early.shows_case(&reference, "the case", |_| true).await;
    early.does(&card, "claim", json!({})).await;
    let card = early.gets(&world, URGENT).await;
    let card = early.does(&card, "claim", json!({})).await;

    let path = "/api/v1/handovers";
    assert_eq!(early.post(path, &json!({"note": " "})).await.0, 400);
    let note = json!({"note": "She answers after six. The bed is promised for tonight."});
    let (status, given) = early.post(path, &note).await;
    assert_eq!(
        (status, given["cases"].as_array().map(Vec::len)),
        (201, Some(2))
    );
    // It is hers still, and what she ends meanwhile is not handed over.
    let resolve = json!({"outcome": "helped", "summary": "Out and safe."});
    early.does(&card, "resolve", resolve).await;
    assert_eq!(
        early.get(path).await.1["handovers"],
        json!([]),
        "not to herself"
    );

    let mut late = world.desk("duty@dubai").await;
    let (_, waiting) = late.get(path).await;
    let handover = &waiting["handovers"][0];
    assert_eq!(
        (&handover["by"], &handover["cases"][0]["reference"]),
        (&json!("officer@dubai"), &reference)
    );
    assert_eq!(handover["cases"].as_array().map(Vec::len), Some(1));
    let confirm = format!("{path}/{}/confirm", handover["id"].as_str().expect("an id"));
    let (status, taken) = late.post(&confirm, &json!({})).await;
    assert_eq!(
        (status, taken["cases"].as_array().map(Vec::len)),
        (200, Some(1))
    );
    let card = late
        .shows_case(&reference, "hers now", |card| {
            card["claimed_by_name"] == "duty@dubai"
        })
        .await;
    let case = late.opens(&card).await;
    assert_eq!(
        last(&case, "handed_over")["detail"]["from"],
        "officer@dubai"
    );
    assert_eq!(late.post(&confirm, &json!({})).await.0, 404, "once");
    world.end().await;
}

#[tokio::test]
async fn of_one_giver_her_last_handover_waits_and_one_of_which_nothing_is_left_does_not() {
    let world = World::start().await;
    let mut early = world.desk("officer@dubai").await;
    let late = world.desk("duty@dubai").await;
    let card = early.gets(&world, URGENT).await;
    let card = early.does(&card, "claim", json!({})).await;
    let path = "/api/v1/handovers";
    let mut given = Vec::new();
    for note in [
        "She answers after six.",
        "She answers after six, and is hurt.",
    ] {
        let (status, body) = early.post(path, &json!({"note": note})).await;
        assert_eq!(status, 201);
        given.push(body["id"].clone());
        world.pass(minutes(1)).await;
    }
    let (_, waiting) = late.get(path).await;
    assert_eq!(waiting["handovers"].as_array().map(Vec::len), Some(1));
    assert_eq!(waiting["handovers"][0]["id"], given[1]);
    let card = early.opens(&card).await["card"].clone();
    let resolve = json!({"outcome": "helped", "summary": "Out and safe."});
    early.does(&card, "resolve", resolve).await;
    let (_, waiting) = late.get(path).await;
    assert_eq!(
        waiting["handovers"],
        json!([]),
        "there is nothing to take over"
    );
    world.end().await;
}

#[tokio::test]
async fn a_supervisor_sees_who_is_there_and_puts_a_case_into_a_colleagues_hands() {
    let world = World::start().await;
    let mut officer = world.desk("officer@dubai").await;
    let mut head = world.desk("head@dubai").await;
    let card = head.gets(&world, URGENT).await;
    officer.is_here(&card, false).await;
    officer.says(json!({"type": "saw", "id": card["id"]})).await;
    officer.is_noted().await;
    let find = |people: &Value, name: &str| {
        let people = people["colleagues"].as_array().expect("colleagues");
        people.iter().find(|one| one["name"] == name).cloned()
    };
    let (_, people) = head.get("/api/v1/colleagues").await;
    let her = find(&people, "officer@dubai").expect("she is there");
    assert_eq!((&her["here"], &her["alarm"]), (&json!(true), &json!(true)));
    assert_eq!(
        find(&people, "operator@centre"),
        None,
        "of her own mission only"
    );
    let (_, seen) = officer.get("/api/v1/colleagues").await;
    let boss = find(&seen, "head@dubai").expect("he is there");
    assert_eq!(boss.get("alarm"), None, "that is for supervisors");

    let hand = json!({"to": her["id"], "reason": "she speaks Luo"});
    let (status, _) = officer.tries(&card, "assign", hand.clone()).await;
    assert_eq!(status, 422, "not by an officer");
    let card = head.does(&card, "assign", hand).await;
    assert_eq!(
        (&card["status"], &card["claimed_by_name"]),
        (&json!("claimed"), &json!("officer@dubai"))
    );
    let case = head.opens(&card).await;
    assert_eq!(last(&case, "assigned")["note"], "she speaks Luo");
    world.end().await;
}
