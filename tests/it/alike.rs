//! What only a person decides: cases that may be about one person, and what a later text suggests.

use crate::support::world::World;
use msaada::case::{Post, Role};
use serde_json::{Value, json};
use uuid::Uuid;

fn reasons(case: &Value, reference: &Value) -> Vec<String> {
    let found = case["alike"].as_array().expect("suggestions").iter();
    found
        .filter(|other| other["reference"] == *reference)
        .flat_map(|other| other["reasons"].as_array().expect("reasons"))
        .map(|reason| reason.as_str().expect("a word").to_owned())
        .collect()
}

#[tokio::test]
async fn a_missing_person_meets_the_detention_of_the_same_name_in_another_script() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let (_, missing) = world
        .report(json!({"id": Uuid::new_v4(), "kind": "missing_person",
            "text": "We cannot reach our brother, he worked in Deira Dubai. Phone is off for a week",
            "subject": {"name": "Mohamed Barasa"}}))
        .await;
    let (_, held) = world
        .report(json!({"id": Uuid::new_v4(), "kind": "detention",
            "text": "عندنا موقوف كيني في ديرة دبي", "subject": {"name": "محمد باراسا"}}))
        .await;
    let (_, other) = world
        .report(json!({"id": Uuid::new_v4(), "kind": "detention",
            "text": "My friend Peter was arrested in Deira Dubai", "subject": {"name": "Peter Otieno"}}))
        .await;
    let card = desk
        .shows_case(&missing["reference"], "the missing person", |_| true)
        .await;
    desk.shows_case(&held["reference"], "the detention", |_| true)
        .await;
    let case = desk.opens(&card).await;
    let why = reasons(&case, &held["reference"]);
    assert!(
        ["name", "kind", "time"]
            .iter()
            .all(|r| why.contains(&(*r).to_owned())),
        "{case}"
    );
    assert!(reasons(&case, &other["reference"]).is_empty());
    // Suggested, never done: both wait on their own.
    assert_eq!(case["card"]["status"], "waiting");
    assert_eq!(case["reports"].as_array().expect("reports").len(), 1);
    world.end().await;
}

/// A report of a woman by her name and number, which nobody answers.
fn named(text: &str, kind: &str) -> Value {
    json!({"id": Uuid::new_v4(), "text": text, "kind": kind,
        "subject": {"name": "Achieng Wanjiku"},
        "contact": {"phone": "+254711000064", "safe": "i_will_contact_you"}})
}

/// Of the cases of others nothing is told but that Dubai has one about perhaps the same person.
fn only_asks_dubai(case: &Value, others: &[Value]) {
    assert_eq!(case["alike"], json!([]));
    assert_eq!(
        case["alike_elsewhere"],
        json!([{"mission": "AE-DXB", "about": "person"}])
    );
    let all = case.to_string();
    for other in others {
        for word in ["id", "reference"] {
            let word = other[word].as_str().expect("a word");
            assert!(!all.contains(word), "{word} in {all}");
        }
    }
    assert!(!all.contains("missing_person"), "{all}");
}

#[tokio::test]
async fn who_enters_a_name_learns_of_another_missions_case_only_whom_to_ask() {
    let world = World::start().await;
    let post = Post::ResponseCentre;
    world
        .staff("head@centre", Role::Supervisor, post, "KE-NBO")
        .await;
    let mut dubai = world.desk("officer@dubai").await;
    let mut riyadh = world.riyadh().await;
    let mut theirs = Vec::new();
    for text in [
        "We cannot reach her in Deira Dubai",
        "Not heard of since Sharjah",
    ] {
        let (_, receipt) = world.report(named(text, "missing_person")).await;
        let reference = &receipt["reference"];
        theirs.push(dubai.shows_case(reference, "Dubai's", |_| true).await);
    }
    let call = named("She was arrested in Riyadh", "detention");
    let (status, taken) = riyadh.post("/api/v1/calls", &call).await;
    assert_eq!(status, 201, "{taken}");
    let hers = riyadh
        .shows_case(&taken["reference"], "her own", |_| true)
        .await;
    only_asks_dubai(&riyadh.opens(&hers).await, &theirs);
    // Nothing leads there: it is neither opened nor joined nor related, whatever is typed.
    let id = theirs[0]["id"].as_str().expect("an id");
    assert_eq!(riyadh.get(&format!("/api/v1/cases/{id}")).await.0, 404);
    for (act, field) in [("merge", "into"), ("link", "to")] {
        let to = json!({field: id, "reason": "the same woman"});
        assert_eq!(riyadh.tries(&hers, act, to).await.0, 422, "{act}");
    }
    // The centre sees all of them, and its head is told so; who only takes calls finds nobody by name.
    let case = world.desk("head@centre").await.opens(&hers).await;
    assert_eq!(case["alike_elsewhere"], json!([]));
    for other in &theirs {
        let why = reasons(&case, &other["reference"]);
        assert!(why.contains(&"name".to_owned()) && why.contains(&"number".to_owned()));
        let told = case["alike"].as_array().expect("suggestions").iter();
        let told: Vec<_> = told.filter(|one| one["id"] == other["id"]).collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["kind"], "missing_person");
        assert_eq!(told[0]["status"], "waiting");
    }
    let operator = world.desk("operator@centre").await;
    only_asks_dubai(&operator.opens(&hers).await, &theirs);
    // What is offered to her mission she may see; the other stays Dubai's.
    let offer = json!({"to": "SA-RUH", "reason": "the same woman, she was moved"});
    dubai.does(&theirs[0], "transfer", offer).await;
    let case = riyadh.opens(&hers).await;
    assert!(
        !reasons(&case, &theirs[0]["reference"]).is_empty(),
        "{case}"
    );
    assert_eq!(case["alike"].as_array().map(Vec::len), Some(1));
    assert_eq!(case["alike_elsewhere"][0]["mission"], "AE-DXB");
    world.end().await;
}

#[tokio::test]
async fn a_later_text_says_more_finely_where_she_is_and_raises_the_case_by_itself() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000061");
    let first = worker
        .texts("niko Dubai, bosi amechukua passport yangu na hanilipi")
        .await;
    let card = desk
        .shows_case(&first["reference"], "the case", |_| true)
        .await;
    worker.got("Asante").await;
    assert_eq!(desk.opens(&card).await["place"]["level"], "city");
    worker
        .texts("niko Deira, ameshika kisu anasema ataniua leo")
        .await;
    let card = desk
        .shows_case(&first["reference"], "critical", |card| {
            card["priority"] == "critical"
        })
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(case["place"]["level"], "district", "{}", case["place"]);
    assert_eq!(case["card"]["kind"], "distress");
    world.end().await;
}

#[tokio::test]
async fn no_problem_here_lowers_nothing_and_is_only_suggested() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+254711000062");
    let first = worker
        .texts("help me, he has a knife and wants to kill me, I am in Deira Dubai")
        .await;
    let before = desk
        .shows_case(&first["reference"], "the case", |_| true)
        .await;
    worker.got("Thank you").await;
    worker
        .texts("thank you so much, I arrived home safely, God bless")
        .await;
    let after = desk
        .shows_case(&first["reference"], "both texts and the delivery", |card| {
            card["unread"] == 2 && card["version"] == 3
        })
        .await;
    assert_eq!(after["priority"], before["priority"]);
    assert_ne!(after["status"], "resolved");
    let case = desk.opens(&after).await;
    let says: Vec<&Value> = case["suggestions"]
        .as_array()
        .expect("suggestions")
        .iter()
        .map(|s| &s["says"])
        .collect();
    assert_eq!(says, [&json!("over")], "{case}");
    // Whoever acts has read it.
    let card = desk.does(&after, "claim", json!({})).await;
    assert_eq!(desk.opens(&card).await["suggestions"], json!([]));
    world.end().await;
}

#[tokio::test]
async fn two_strangers_who_tell_of_one_event_in_two_languages_are_shown_together() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let tells = |text: &str| json!({"id": Uuid::new_v4(), "text": text, "kind": "distress"});
    let mut references = Vec::new();
    for text in [
        "there is a Kenyan lady on the 5th floor balcony in Al Barsha Dubai behind the mall, crying",
        "بنت كينية برا درابزين البلكونة بالطابق الخامس في البرشا دبي، تصرخ",
        "niko Al Barsha Dubai, hawajanilipa mshahara miezi mitatu",
    ] {
        let (status, receipt) = world.report(tells(text)).await;
        assert_eq!(status, 201, "{receipt}");
        references.push(receipt["reference"].clone());
    }
    let card = desk.shows_case(&references[0], "the first", |_| true).await;
    for reference in &references[1..] {
        desk.shows_case(reference, "the others", |_| true).await;
    }
    let case = desk.opens(&card).await;
    let why = reasons(&case, &references[1]);
    assert!(
        ["place", "story", "time"]
            .iter()
            .all(|reason| why.contains(&(*reason).to_owned())),
        "{}",
        case["alike"]
    );
    // A wage that was not paid in the same street that day is another matter.
    assert!(
        reasons(&case, &references[2]).is_empty(),
        "{}",
        case["alike"]
    );
    world.end().await;
}

#[tokio::test]
async fn what_follows_please_help_says_what_it_is_until_somebody_has_read_it() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let sister = world.phone("+254711000063");
    let first = sister.texts("please help me, Dubai").await;
    desk.shows_case(&first["reference"], "the plea", |card| {
        card["kind"] == "distress"
    })
    .await;
    sister.got("Thank you").await;
    sister
        .texts("my sister Mercy died in Dubai on friday, we want the body home")
        .await;
    let card = desk
        .shows_case(&first["reference"], "a death", |card| {
            card["kind"] == "death"
        })
        .await;
    // Somebody has read it now: from here on only a person changes what it is.
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    sister.texts("the police arrested her boss").await;
    let later = desk
        .shows_case(&first["reference"], "the third", |later| {
            later["version"].as_i64() > card["version"].as_i64() && later["unread"] != 0
        })
        .await;
    assert_eq!(later["kind"], "death");
    world.end().await;
}
