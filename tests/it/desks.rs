//! The people at the desks: who is there, whose turn it is, who answers for a case on its way.

use crate::support::desk::Desk;
use crate::support::passing::moment;
use crate::support::record::{first, last, log};
use crate::support::words::{CRITICAL, URGENT};
use crate::support::world::{World, minutes, seconds};
use serde_json::{Value, json};

fn events(case: &Value) -> Vec<&str> {
    log(case)
        .map(|line| line["event"].as_str().expect("an event"))
        .collect()
}

#[tokio::test]
async fn a_critical_case_that_no_desk_shows_goes_up_before_its_claim_clock() {
    let world = World::start().await;
    let duty = world.phone_of("duty@dubai");
    // The response centre sees every case, and does not answer for the consulate's desk.
    let mut centre = world.desk("operator@centre").await;
    let card = centre.gets(&world, CRITICAL).await;
    assert_eq!(card["clock"], "claim", "a desk counts to the claim");
    let unseen = moment(&card["opened_at"]) + seconds(15);
    world.pass_until_shortly_before(unseen).await;
    assert_eq!(duty.count(), 0);
    world.pass_until(unseen).await;
    duty.got("on no desk for 15 s").await;
    let card = centre
        .shows_case(&card["reference"], "one rung up", |card| card["level"] == 1)
        .await;
    let case = centre.opens(&card).await;
    assert_eq!(first(&case, "lapsed")["detail"]["clock"], "seen");
    // The duty officer has the time of a rung before the next is told.
    let due = moment(&card["due_at"]);
    assert_eq!(due - unseen, seconds(60));
    world.pass_until_shortly_before(due).await;
    assert_eq!(world.phone_of("head@dubai").count(), 0);
    world.pass_until(due).await;
    world.phone_of("head@dubai").got("not claimed").await;
    world.end().await;
}

#[tokio::test]
async fn a_desk_that_shows_a_critical_case_with_its_alarm_on_is_on_record_and_leaves_the_claim_clock()
 {
    let world = World::start().await;
    let mut mute = world.mute_desk("duty@dubai").await;
    let mut desk = world.desk("officer@dubai").await;
    let reference = mute.gets(&world, CRITICAL).await["reference"].clone();
    let card = desk.shows_case(&reference, "the case", |_| true).await;
    let case = desk.opens(&card).await;
    let seen: Vec<&Value> = log(&case).filter(|line| line["event"] == "seen").collect();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["by"], "officer@dubai");
    let due = moment(&card["due_at"]);
    world.pass_until_shortly_before(due).await;
    assert_eq!(world.phone_of("duty@dubai").count(), 0);
    // What was shown did not change the case: a claim of the first version holds.
    assert_eq!(card["version"], 1);
    desk.does(&card, "claim", json!({})).await;
    world.end().await;
}

#[tokio::test]
async fn what_an_officer_off_duty_is_shown_counts_once_she_is_on_duty_and_her_desk_says_it_again() {
    let world = World::start().await;
    let mut desk = world.mute_desk("officer@dubai").await;
    let card = desk.gets(&world, CRITICAL).await;
    let is_seen = async |desk: &Desk| events(&desk.opens(&card).await).contains(&"seen");
    let duty = async |desk: &Desk, on: bool| {
        let path = "/api/v1/session/duty";
        assert_eq!(desk.put(path, &json!({"on_duty": on})).await.0, 200);
    };
    let saw = json!({"type": "saw", "id": card["id"]});
    duty(&desk, false).await;
    desk.says(saw.clone()).await;
    // One line, heard in order: when she is beside the case, the word before was heard too.
    desk.is_here(&card, false).await;
    let mut colleague = world.mute_desk("duty@dubai").await;
    colleague.is_here(&card, false).await;
    colleague.sees_beside(&["officer@dubai"]).await;
    assert!(!is_seen(&desk).await, "nobody on duty shows it");
    duty(&desk, true).await;
    desk.says(saw).await;
    desk.is_noted().await;
    assert!(is_seen(&desk).await);
    world.end().await;
}

#[tokio::test]
async fn a_case_given_back_or_raised_to_critical_must_be_seen_anew() {
    let world = World::start().await;
    let duty = world.phone_of("duty@dubai");
    let mut desk = world.mute_desk("officer@dubai").await;
    let card = desk.gets(&world, URGENT).await;
    let raise = json!({"priority": "critical", "reason": "he has a knife"});
    desk.does(&card, "reprioritise", raise).await;
    world.pass(seconds(15)).await;
    duty.got("on no desk for").await;
    let card = desk
        .shows_case(&card["reference"], "lapsed", |now| {
            now["version"] != card["version"]
        })
        .await;
    let card = desk.does_by_now(&card, "claim", json!({})).await;
    desk.does_by_now(&card, "release", json!({})).await;
    world.pass(seconds(15)).await;
    duty.got("on no desk for").await;
    world.end().await;
}

#[tokio::test]
async fn a_claim_whose_desk_is_not_heard_of_becomes_stale_and_can_be_taken_over_with_a_reason() {
    let world = World::start().await;
    let mut holder = world.desk("officer@dubai").await;
    let mut colleague = world.desk("head@dubai").await;
    let card = holder.gets(&world, URGENT).await;
    let card = holder.does(&card, "claim", json!({})).await;
    assert_eq!(card["stale"], false);
    world.pass(seconds(170)).await;
    assert_eq!(holder.opens(&card).await["card"]["stale"], false);
    world.pass(seconds(20)).await;
    let card = colleague
        .shows_case(&card["reference"], "a stale claim", |card| {
            card["stale"] == true
        })
        .await;
    let (status, _) = colleague.tries(&card, "take_over", json!({})).await;
    assert_eq!(status, 422, "not without a reason");
    let reason = json!({"reason": "nothing is heard from her desk"});
    let card = colleague.does(&card, "take_over", reason).await;
    assert_eq!(
        (&card["stale"], &card["claimed_by_name"]),
        (&json!(false), &json!("head@dubai"))
    );
    let case = colleague.opens(&card).await;
    assert!(events(&case).ends_with(&["went_stale", "taken_over", "read"]));
    world.end().await;
}

#[tokio::test]
async fn the_next_case_she_is_given_is_on_record_as_claimed_by_her() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let reference = desk.gets(&world, URGENT).await["reference"].clone();
    let (status, card) = desk.post("/api/v1/missions/AE-DXB/next", &json!({})).await;
    assert_eq!((status, &card["reference"]), (200, &reference));
    assert_eq!(card["claimed_by_name"], "officer@dubai");
    let card = desk
        .shows_case(&reference, "hers", |card| card["status"] == "claimed")
        .await;
    let case = desk.opens(&card).await;
    assert!(events(&case).ends_with(&["claimed", "read"]));
    assert_eq!(first(&case, "claimed")["by"], "officer@dubai");
    world.end().await;
}

#[tokio::test]
async fn a_stale_claim_lives_again_when_its_desk_is_heard() {
    let world = World::start().await;
    let (mut holder, card) = world.officer_gets(URGENT).await;
    holder.does(&card, "claim", json!({})).await;
    world.pass(minutes(4)).await;
    let card = holder
        .shows_case(&card["reference"], "a stale claim", |card| {
            card["stale"] == true
        })
        .await;
    let (due, status) = (card["due_at"].clone(), card["status"].clone());
    holder.is_here(&card, false).await;
    // Asked and answered on one line: what was said before is heard.
    holder.says(json!({"type": "saw", "id": card["id"]})).await;
    holder.is_noted().await;
    world.pass(seconds(1)).await;
    let card = holder
        .shows_case(&card["reference"], "a living claim", |card| {
            card["stale"] == false
        })
        .await;
    assert_eq!((&card["due_at"], &card["status"]), (&due, &status));
    world.end().await;
}

#[tokio::test]
async fn everybody_beside_a_case_sees_who_else_is_and_who_types_on_whichever_node() {
    let world = World::start().await;
    let (other, url) = world.second_node();
    let mut here = world.desk("officer@dubai").await;
    let mut there = Desk::open(&url, "duty@dubai.example").await;
    let mut riyadh = world.riyadh().await;
    let card = here.gets(&world, URGENT).await;
    here.is_here(&card, false).await;
    there.is_here(&card, false).await;
    here.sees_beside(&["duty@dubai"]).await;
    there.sees_beside(&["officer@dubai"]).await;
    there.is_here(&card, true).await;
    here.sees_beside(&["duty@dubai…"]).await;
    // Of a case that is not hers nobody is told anything, and nobody is told of her.
    riyadh.is_here(&card, true).await;
    there.is_here(&card, false).await;
    here.sees_beside(&["duty@dubai"]).await;
    // What was told to her before her own case has arrived with it.
    riyadh
        .gets(&world, "I am locked in a house in Riyadh")
        .await;
    assert_eq!(riyadh.beside, Vec::<String>::new());
    drop(there);
    here.sees_beside(&[]).await;
    other.stop().await;
    world.end().await;
}

#[tokio::test]
async fn who_is_beside_a_case_is_told_to_nobody_whose_mission_refused_it() {
    let world = World::start().await;
    let mut dubai = world.desk("officer@dubai").await;
    let mut riyadh = world.riyadh().await;
    let (reference, _) = offers(&world, &mut dubai, true).await;
    let theirs = riyadh.shows_case(&reference, "the offer", |_| true).await;
    dubai.is_here(&theirs, false).await;
    riyadh.is_here(&theirs, false).await;
    riyadh.sees_beside(&["officer@dubai"]).await;
    let no = json!({"reason": "she is in Sharjah"});
    riyadh.does(&theirs, "refuse", no).await;
    riyadh.loses(&reference).await;
    let mut duty = world.mute_desk("duty@dubai").await;
    duty.is_here(&theirs, true).await;
    dubai.sees_beside(&["duty@dubai…", "officer@riyadh"]).await;
    // Whatever it says: one line, heard and answered in order.
    riyadh.is_here(&theirs, true).await;
    let own = "I am locked in a house in Riyadh, he has a knife";
    riyadh.gets(&world, own).await;
    assert_eq!(riyadh.beside, ["officer@dubai"]);
    world.end().await;
}

/// A new case that this desk claims, or does not, and offers to Riyadh: its reference and its card.
async fn offers(world: &World, desk: &mut Desk, claimed: bool) -> (Value, Value) {
    let reference = world.says(URGENT).await["reference"].clone();
    let mut card = desk.shows_case(&reference, "the case", |_| true).await;
    if claimed {
        card = desk.does(&card, "claim", json!({})).await;
    }
    let offer = json!({"to": "SA-RUH", "reason": "she was moved to Dammam"});
    let card = desk.does(&card, "transfer", offer).await;
    (reference, card)
}

#[tokio::test]
async fn a_case_that_is_offered_stays_the_senders_until_the_other_mission_accepts() {
    let world = World::start().await;
    let mut dubai = world.desk("officer@dubai").await;
    let mut riyadh = world.riyadh().await;
    let (reference, card) = offers(&world, &mut dubai, true).await;
    assert_eq!(
        (&card["status"], &card["mission"], &card["offered_to"]),
        (&json!("offered"), &json!("AE-DXB"), &json!("SA-RUH"))
    );
    assert_eq!(card["claimed_by_name"], "officer@dubai");
    let theirs = riyadh
        .shows_case(&reference, "the offer", |card| {
            card["offered_to"] == "SA-RUH"
        })
        .await;
    let acts = riyadh.opens(&theirs).await["acts"].clone();
    assert_eq!(acts, json!(["accept", "refuse", "note"]));
    let resolve = json!({"outcome": "helped", "summary": "done"});
    let (status, _) = riyadh.tries(&theirs, "resolve", resolve).await;
    assert_eq!(status, 422, "it is not hers yet");
    // The sender still works on it.
    let call = json!({"outcome": "reached", "note": "told her who will call"});
    let card = dubai.does(&card, "call", call).await;
    assert_eq!(card["status"], "offered");
    let theirs = riyadh
        .shows_case(&reference, "the newest", |now| {
            now["version"] == card["version"]
        })
        .await;
    let card = riyadh.does(&theirs, "accept", json!({})).await;
    assert_eq!(
        (&card["mission"], &card["status"], &card["claimed_by_name"]),
        (
            &json!("SA-RUH"),
            &json!("claimed"),
            &json!("officer@riyadh")
        )
    );
    dubai.loses(&reference).await;
    let case = riyadh.opens(&card).await;
    assert_eq!(first(&case, "offered")["note"], "she was moved to Dammam");
    assert_eq!(
        first(&case, "transferred")["detail"],
        json!({"from": "AE-DXB", "to": "SA-RUH"})
    );
    world.end().await;
}

#[tokio::test]
async fn a_refused_offer_needs_a_reason_and_comes_back_to_who_had_the_case() {
    let world = World::start().await;
    let mut dubai = world.desk("officer@dubai").await;
    let mut riyadh = world.riyadh().await;
    let (reference, _) = offers(&world, &mut dubai, true).await;
    let theirs = riyadh.shows_case(&reference, "the offer", |_| true).await;
    assert_eq!(
        riyadh
            .tries(&theirs, "refuse", json!({"reason": " "}))
            .await
            .0,
        422
    );
    let no = json!({"reason": "she called from Sharjah an hour ago"});
    riyadh.does(&theirs, "refuse", no).await;
    riyadh.loses(&reference).await;
    let card = dubai
        .shows_case(&reference, "hers again", |card| card["status"] == "claimed")
        .await;
    assert_eq!(
        (&card["claimed_by_name"], &card["clock"]),
        (&json!("officer@dubai"), &json!("first_action"))
    );
    let case = dubai.opens(&card).await;
    assert_eq!(
        last(&case, "refused")["note"],
        "she called from Sharjah an hour ago"
    );
    world.end().await;
}

#[tokio::test]
async fn an_offer_that_nobody_answers_escalates_at_the_sender() {
    let world = World::start().await;
    let mut dubai = world.desk("officer@dubai").await;
    let mut riyadh = world.riyadh().await;
    let (reference, card) = offers(&world, &mut dubai, false).await;
    assert_eq!(card["clock"], "answer");
    world.pass(minutes(5)).await;
    world
        .phone_of("duty@dubai")
        .got("offered, no answer for 5 min")
        .await;
    let card = dubai
        .shows_case(&reference, "one rung up", |card| card["level"] == 1)
        .await;
    assert_eq!(card["offered_to"], "SA-RUH", "the offer stands");
    let back = dubai.does_by_now(&card, "withdraw", json!({})).await;
    assert_eq!(
        (&back["status"], &back["level"]),
        (&json!("waiting"), &json!(0))
    );
    riyadh.loses(&reference).await;
    let path = "/api/v1/missions/AE-DXB/next";
    assert_eq!(
        dubai.post(path, &json!({})).await.0,
        200,
        "it waits in the queue again"
    );
    world.end().await;
}
