//! A life is in danger and whose case it is is in doubt: the more probable mission has it, and whoever
//! is on duty at the response centre is told as well.

use crate::support::desk::Desk;
use crate::support::phone::Phone;
use crate::support::record::log;
use crate::support::world::{World, seconds};
use serde_json::{Value, json};

const TWO_TOWNS: &str = "ananipiga sasa hivi anataka kuniua. niko Dubai. niko Muscat";
const NOT_YET: &str = "madam amekataa kunilipa mshahara. niko Dubai. niko Muscat";
const WORSE: &str = "ananipiga sasa hivi anataka kuniua";
/// Between Dubai and Abu Dhabi, on the side of Dubai.
const BORDER: (f64, f64) = (24.86, 55.031);

/// The lines of a case that say that it was copied.
async fn copies(desk: &mut Desk, card: &Value) -> Vec<Value> {
    let case = desk.opens(card).await;
    let copied = log(&case).filter(|line| line["event"] == "copied");
    copied.map(|line| line["detail"].clone()).collect()
}

fn because(perhaps: &str) -> Value {
    json!({"to": "KE-NBO", "because": "mission_in_doubt", "perhaps": perhaps})
}

async fn case_of(desk: &mut Desk, answer: &Value) -> Value {
    desk.shows_case(&answer["reference"], "her case", |_| true)
        .await
}

/// The centre's phone, and a worker whose number tells nothing of where she is.
fn phones(world: &World) -> (Phone, Phone) {
    (
        world.phone_of("operator@centre"),
        world.phone("+254711000741"),
    )
}

#[tokio::test]
async fn a_critical_case_between_two_missions_is_copied_to_the_centre_once() {
    let world = World::start().await;
    let (centre, worker) = phones(&world);
    let mut desk = world.desk("officer@dubai").await;
    let mut nairobi = world.desk("operator@centre").await;
    let answer = worker.texts(TWO_TOWNS).await;
    worker.got("Asante").await;
    let told = centre.got("A copy for you").await;
    assert!(told.contains("AE-DXB"), "{told}");
    assert!(told.contains("perhaps it is a case of OM-MCT"), "{told}");
    let card = case_of(&mut desk, &answer).await;
    assert_eq!(card["mission"], "AE-DXB");
    assert_eq!((&card["level"], &card["lapses"]), (&json!(0), &json!(0)));
    assert_eq!(copies(&mut desk, &card).await, [because("OM-MCT")]);
    // The centre's desk sees the case, with the clock it had.
    let seen = case_of(&mut nairobi, &answer).await;
    assert_eq!(seen["due_at"], card["due_at"]);
    assert_eq!(seen["claimed_by"], Value::Null);
    let case = nairobi.opens(&seen).await;
    let understood = &case["reports"][0]["understood"];
    assert_eq!(understood["alternative_mission"], "OM-MCT");
    // What she writes next tells nobody again.
    assert_eq!(worker.texts(TWO_TOWNS).await["joined"], true);
    assert_eq!(copies(&mut desk, &card).await.len(), 1);
    assert_eq!(centre.count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_case_in_doubt_is_copied_when_it_becomes_critical_and_not_before() {
    let world = World::start().await;
    let (centre, worker) = phones(&world);
    let mut desk = world.desk("officer@dubai").await;
    let answer = worker.texts(NOT_YET).await;
    worker.got("Asante").await;
    let card = case_of(&mut desk, &answer).await;
    assert_ne!(card["priority"], "critical");
    assert_eq!(copies(&mut desk, &card).await, [] as [Value; 0]);
    assert_eq!(centre.count(), 0);
    world.clock.pass(seconds(5));
    assert_eq!(worker.texts(WORSE).await["joined"], true);
    centre.got("A copy for you").await;
    assert_eq!(copies(&mut desk, &card).await, [because("OM-MCT")]);
    world.end().await;
}

#[tokio::test]
async fn a_case_in_doubt_that_a_responder_calls_critical_is_copied_too() {
    let world = World::start().await;
    let (centre, worker) = phones(&world);
    let mut desk = world.desk("officer@dubai").await;
    let answer = worker.texts(NOT_YET).await;
    worker.got("Asante").await;
    let card = case_of(&mut desk, &answer).await;
    let raised = json!({"priority": "critical", "reason": "she called"});
    desk.does(&card, "reprioritise", raised).await;
    centre.got("A copy for you").await;
    assert_eq!(copies(&mut desk, &card).await, [because("OM-MCT")]);
    world.end().await;
}

#[tokio::test]
async fn a_position_by_a_border_is_copied_and_one_far_from_it_is_not() {
    let world = World::start().await;
    let centre = world.phone_of("operator@centre");
    let mut nairobi = world.desk("operator@centre").await;
    // A shared position is good to 100 metres; the border runs through the town.
    for (number, lat, lon, doubt) in [
        ("+254711000742", 25.2711, 55.3075, false),
        ("+254711000743", BORDER.0, BORDER.1, true),
    ] {
        let worker = world.phone(number);
        let here = json!({"text": WORSE, "whatsapp": true, "lat": lat, "lon": lon});
        let answer = worker.sends(here).await;
        worker.got("Asante").await;
        let card = case_of(&mut nairobi, &answer).await;
        let copied = copies(&mut nairobi, &card).await;
        assert_eq!(copied.len(), usize::from(doubt), "{copied:?}");
        if doubt {
            centre.got("perhaps it is a case of").await;
        }
    }
    world.end().await;
}
