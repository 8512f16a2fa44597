//! Somebody who writes that nobody is to call or write: nothing is sent to that telephone.

use crate::support::world::World;
use serde_json::Value;

fn contact<'a>(case: &'a Value, number: &str) -> &'a Value {
    let contacts = case["contacts"].as_array().expect("contacts");
    let found = contacts.iter().find(|one| one["number"] == number);
    &found.expect("her number")["safe"]["contact"]
}

#[tokio::test]
async fn who_writes_that_nobody_is_to_answer_is_not_answered_and_the_desk_sees_why() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    for (number, text) in [
        (
            "+971501110001",
            "do not answer this number it is my madams phone. she locked me in, Deira Dubai",
        ),
        (
            "+971501110002",
            "Nisaidie niko Deira Dubai, usinijibu, boss anasoma simu yangu",
        ),
    ] {
        let worker = world.phone(number);
        let reference = worker.texts(text).await["reference"].clone();
        let card = desk.shows_case(&reference, "the case", |_| true).await;
        let case = desk.opens(&card).await;
        assert_eq!(contact(&case, number), "i_will_contact_you", "{text}");
        // What would have been said to her was written with the case, or never will be.
        let messages = case["messages"].as_array().expect("messages").iter();
        let to_her = messages.filter(|one| one["direction"] == "out").count();
        assert_eq!(to_her, 0, "{text}");
        assert_eq!(worker.count(), 0);
    }
    world.end().await;
}

#[tokio::test]
async fn who_asks_for_silence_later_has_it_from_then_on() {
    let world = World::start().await;
    let mut desk = world.desk("officer@dubai").await;
    let worker = world.phone("+971501110003");
    let reference = worker.texts("they beat me, I am in Deira Dubai").await["reference"].clone();
    worker.got("").await;
    worker
        .texts("he took the phone, please dont reply any more")
        .await;
    let card = desk
        .shows_case(&reference, "both texts", |card| card["unread"] == 2)
        .await;
    let case = desk.opens(&card).await;
    assert_eq!(contact(&case, "+971501110003"), "i_will_contact_you");
    assert_eq!(worker.count(), 1);
    world.end().await;
}
