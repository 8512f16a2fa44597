//! What a person says of a case: signs, answers, steps; and what a reader of the desk looks for.

use crate::support::record::{last, log};
use crate::support::words::URGENT;
use crate::support::world::World;
use serde_json::{Value, json};
use uuid::Uuid;

const PLEA: &str = "madam amenifungia ndani na amechukua passport, niko Deira Dubai";

fn has(card: &Value, sign: &str) -> bool {
    let signs = card["signs"].as_array().expect("signs");
    signs.contains(&json!(sign))
}

fn written<'a>(case: &'a Value, name: &str) -> Option<&'a Value> {
    let written = case["sheet"]["written"].as_array().expect("a sheet");
    written.iter().find(|one| one["name"] == name)
}

#[tokio::test]
async fn a_person_has_the_last_word_on_every_sign_and_it_is_on_record() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(PLEA).await;
    assert!(has(&card, "documents") && !has(&card, "debt"), "{card}");
    let unticked = json!({"sign": "documents", "holds": false});
    let card = desk.does(&card, "sign", unticked.clone()).await;
    assert!(!has(&card, "documents"));
    let card = desk
        .does(&card, "sign", json!({"sign": "debt", "holds": true}))
        .await;
    assert!(has(&card, "debt"));
    let case = desk.opens(&card).await;
    let line = last(&case, "signs");
    assert_eq!(
        (&line["by"], &line["detail"]),
        (
            &json!("officer@dubai"),
            &json!({"sign": "debt", "holds": true})
        )
    );
    // Saying it twice is no change, and what is no sign is refused.
    let (status, _) = desk.tries(&card, "sign", unticked).await;
    assert_eq!(status, 422);
    let (status, _) = desk
        .tries(&card, "sign", json!({"sign": "sadness", "holds": true}))
        .await;
    assert_eq!(status, 422);
    assert_eq!(card["priority"], "urgent", "a tick moves no priority");
    world.end().await;
}

#[tokio::test]
async fn answers_are_kept_sealed_with_who_wrote_them_and_the_log_tells_only_to_what() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(PLEA).await;
    let card = desk
        .does(&card, "recategorise", json!({"kind": "death"}))
        .await;
    let case = desk.opens(&card).await;
    let asked = case["sheet"]["questions"].as_array().expect("questions");
    for name in ["name", "remains_at", "next_of_kin", "death_certificate"] {
        assert!(asked.iter().any(|one| one["name"] == name), "{name}");
    }
    let answers = json!({"remains_at": "Rashid Hospital", "kin_told": "no"});
    let card = desk.does(&card, "sheet", json!({"answers": answers})).await;
    let card = desk
        .does(&card, "step", json!({"step": "death_2", "done": true}))
        .await;
    let case = desk.opens(&card).await;
    let remains = written(&case, "remains_at").expect("kept");
    assert_eq!(
        (&remains["value"], &remains["by"]),
        (&json!("Rashid Hospital"), &json!("officer@dubai"))
    );
    assert_eq!(written(&case, "death_2").expect("done")["value"], "done");
    let line = last(&case, "sheet");
    assert_eq!(
        line["detail"],
        json!({"answers": ["kin_told", "remains_at"]})
    );
    assert!(!case["log"].to_string().contains("Rashid"), "sealed");
    // An answer is corrected, and taken back; a step was not done after all.
    let card = desk
        .does(
            &card,
            "sheet",
            json!({"answers": {"remains_at": "", "kin_told": "yes"}}),
        )
        .await;
    let card = desk
        .does(&card, "step", json!({"step": "death_2", "done": false}))
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(written(&case, "kin_told").expect("kept")["value"], "yes");
    assert!(written(&case, "remains_at").is_none() && written(&case, "death_2").is_none());
    for (act, more) in [
        ("sheet", json!({"answers": {}})),
        ("sheet", json!({"answers": {"salary": "1"}})),
        ("step", json!({"step": "death_99", "done": true})),
    ] {
        assert_eq!(desk.tries(&card, act, more).await.0, 422, "{act}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_case_is_found_by_its_reference_however_it_is_typed_also_when_it_is_closed() {
    let world = World::start().await;
    let (desk, card) = world.officer_gets(PLEA).await;
    let card = desk.does(&card, "claim", json!({})).await;
    let end = json!({"outcome": "helped", "summary": "She is safe."});
    desk.does(&card, "resolve", end).await;
    let reference = card["reference"].as_str().expect("a reference");
    let spoken = reference.to_lowercase().replace('-', " ");
    let path = |typed: &str| format!("/api/v1/cases?reference={}", typed.replace(' ', "%20"));
    for typed in [reference, &spoken] {
        let (status, answer) = desk.get(&path(typed)).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["cases"][0]["id"], card["id"]);
        assert_eq!(answer["cases"][0]["status"], "resolved");
    }
    // A mistyped one finds nothing, and another mission finds nothing of ours.
    let (_, answer) = desk.get(&path("4F7K 92MX")).await;
    assert_eq!(answer["cases"], json!([]));
    let riyadh = world.riyadh().await;
    let (_, answer) = riyadh.get(&path(reference)).await;
    assert_eq!(answer["cases"], json!([]));
    world.end().await;
}

#[tokio::test]
async fn a_person_is_found_by_name_by_who_works_cases_and_each_find_is_on_record() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let named = json!({"id": Uuid::new_v4(), "text": PLEA, "subject": {"name": "Achieng Wanjiku"}});
    let (_, body) = world.report(named).await;
    let card = desk
        .shows_case(&body["reference"], "the case", |_| true)
        .await;
    let other = world.says(URGENT).await;
    let other = desk
        .shows_case(&other["reference"], "the other", |_| true)
        .await;
    let sheet = json!({"answers": {"name": "Wanjiku Kamau"}});
    desk.does(&other, "sheet", sheet).await;
    let path = "/api/v1/cases/named";
    let found = |answer: &Value| {
        let cases = answer["cases"].as_array().expect("cards");
        let mut ids: Vec<String> = cases.iter().map(|one| one["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let (status, answer) = desk.post(path, &json!({"name": "achieng"})).await;
    assert_eq!(
        (status, found(&answer)),
        (200, vec![card["id"].to_string()])
    );
    let mut both = vec![card["id"].to_string(), other["id"].to_string()];
    both.sort();
    let (_, answer) = desk.post(path, &json!({"name": " WANJIKU "})).await;
    assert_eq!(found(&answer), both, "from a report, and from a sheet");
    assert_eq!(
        last(&desk.opens(&card).await, "found")["by"],
        "officer@dubai"
    );
    // What means anything to a pattern means itself.
    let (_, answer) = desk.post(path, &json!({"name": "%an_"})).await;
    assert_eq!(found(&answer), Vec::<String>::new());
    assert_eq!(desk.post(path, &json!({"name": "ab"})).await.0, 422);
    // Another mission finds nothing; who only takes calls may not look.
    let riyadh = world.riyadh().await;
    let (_, answer) = riyadh.post(path, &json!({"name": "achieng"})).await;
    assert_eq!(found(&answer), Vec::<String>::new());
    let operator = world.desk("operator@centre").await;
    assert_eq!(
        operator.post(path, &json!({"name": "achieng"})).await.0,
        403
    );
    world.end().await;
}

#[tokio::test]
async fn what_a_queue_shows_is_kept_for_each_person_at_every_computer() {
    let world = World::start().await;
    let desk = world.desk("officer@dubai").await;
    let path = "/api/v1/session/filter";
    assert_eq!(desk.get(path).await, (200, json!({"filter": null})));
    let choice = json!({"kinds": ["death", "question"], "mine": true, "mission": "AE-DXB"});
    assert_eq!(desk.put(path, &choice).await.0, 204);
    let elsewhere = world.desk("officer@dubai").await;
    let (_, kept) = elsewhere.get(path).await;
    assert_eq!(kept["filter"]["kinds"], choice["kinds"]);
    assert_eq!(kept["filter"]["mine"], true);
    let colleague = world.desk("duty@dubai").await;
    assert_eq!(colleague.get(path).await.1, json!({"filter": null}));
    // Nothing of a case can be kept in it.
    for wrong in [
        json!({"text": "Achieng"}),
        json!({"kinds": ["she is in Deira"]}),
        json!({"kinds": vec!["a"; 17]}),
    ] {
        let (status, _) = desk.put(path, &wrong).await;
        assert!((400..=422).contains(&status), "{wrong}: {status}");
    }
    world.end().await;
}

#[tokio::test]
async fn claims_are_counted_by_mission_and_by_the_language_people_wrote_in() {
    let world = World::start().await;
    let (mut desk, card) = world.officer_gets(PLEA).await;
    desk.does(&card, "claim", json!({})).await;
    let card = desk.gets(&world, URGENT).await;
    world.pass(crate::support::world::seconds(40)).await;
    desk.does(&card, "claim", json!({})).await;
    let (status, watch) = desk.get("/api/v1/watch").await;
    assert_eq!(status, 200);
    let claims = watch["claims"].as_array().expect("claims");
    assert_eq!(claims.len(), 1);
    assert_eq!(
        (&claims[0]["mission"], &claims[0]["claims"]),
        (&json!("AE-DXB"), &json!(2))
    );
    assert_eq!(
        (&claims[0]["within_15_s"], &claims[0]["within_60_s"]),
        (&json!(1), &json!(2))
    );
    let english = watch["languages"]
        .as_array()
        .expect("languages")
        .iter()
        .find(|one| one["lang"] == "en")
        .expect("English");
    assert_eq!(
        (&english["claims"], &english["within_15_s"]),
        (&json!(1), &json!(0))
    );
    let all = watch["languages"].as_array().expect("languages");
    let sum: i64 = all.iter().filter_map(|one| one["claims"].as_i64()).sum();
    assert_eq!(sum, 2, "each claim once");
    world.end().await;
}

#[tokio::test]
async fn the_word_agreed_for_danger_raises_her_case_silently_and_says_so_at_the_desk() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000141");
    let plea = "nisaidie, niko Deira, passport yangu imechukuliwa";
    let reference = worker.texts(plea).await["reference"].clone();
    worker.got("Asante").await;
    let card = desk.shows_case(&reference, "her case", |_| true).await;
    assert_ne!(card["priority"], "critical", "{card}");
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    let answers = json!({"answers": {"danger_word": "Shangazi Rose"}});
    desk.does_by_now(&card, "sheet", answers).await;
    // Words without it raise nothing.
    let before = desk.opens(&card).await["reports"].as_array().map(Vec::len);
    assert_eq!(before, Some(1));
    worker.texts("asante sana").await;
    let card = desk
        .shows_case(&reference, "the first text", |card| card["unread"] != 0)
        .await;
    assert_ne!(card["priority"], "critical", "{card}");
    worker.texts("habari za shangazi rose leo?").await;
    let card = desk
        .shows_case(&reference, "the alarm", |card| {
            card["priority"] == "critical"
        })
        .await;
    let case = desk.opens(&card).await;
    let told = log(&case).any(|line| line["detail"]["danger_word"] == true);
    assert!(told, "{case}");
    // Nothing is sent to her, and the log does not tell what the word is.
    assert!(!case["log"].to_string().contains("Shangazi"), "{case}");
    world.end().await;
}

#[tokio::test]
async fn the_word_agreed_for_the_end_of_a_conversation_is_answered_by_nothing_and_closes_no_case() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000142");
    let plea = "nisaidie, niko Deira, passport yangu imechukuliwa";
    let reference = worker.texts(plea).await["reference"].clone();
    worker.got("Asante").await;
    let card = desk.shows_case(&reference, "her case", |_| true).await;
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    let answers = json!({"answers": {"exit_word": "mandazi"}});
    let card = desk.does_by_now(&card, "sheet", answers).await;
    let before = card["version"].as_i64();
    worker.texts("bei ya mandazi ni ngapi").await;
    let card = desk
        .shows_case(&reference, "her word", |card| {
            card["unread"] == 2 && card["version"].as_i64() > before
        })
        .await;
    assert_eq!(card["status"], "claimed", "the case goes on");
    assert_ne!(card["due_at"], json!(null), "and its clock");
    let case = desk.opens(&card).await;
    assert_eq!(case["contact"]["safe"]["contact"], "i_will_contact_you");
    assert_eq!(case["contact"]["safe"]["whence"]["on"], "sms");
    let told = log(&case).any(|line| line["detail"]["exit_word"] == true);
    assert!(told, "{case}");
    assert!(!case["log"].to_string().contains("mandazi"), "{case}");
    // The delivery of the line she got may come between.
    let mut card = card;
    let (status, problem) = loop {
        let message = json!({"template": "ask_place"});
        let (status, problem) = desk.tries(&card, "message", message).await;
        if status != 409 {
            break (status, problem);
        }
        card = problem["card"].clone();
    };
    assert_eq!(
        (status, &problem["why"]),
        (422, &json!("i_will_contact_you")),
        "{problem}"
    );
    world.end().await;
}
