//! What waits for a place, and who gets one.

use super::*;
use crate::case::Channel;
use chrono::{DateTime, Utc};
use uuid::Uuid;

fn texts(n: u128, priority: Priority) -> Vec<Outgoing> {
    let text = |n| Outgoing {
        id: Uuid::from_u128(n),
        lease: None,
        taken_at: None,
        channel: Channel::Sms,
        number: "+254711000001".to_owned().into(),
        body: "hello".to_owned().into(),
        case_id: Uuid::nil(),
        priority,
        attempts: 1,
        asked: 0,
        written_at: DateTime::<Utc>::UNIX_EPOCH,
        to_staff: false,
        within: None,
    };
    (0..n).map(text).collect()
}

#[test]
fn a_critical_text_has_a_place_while_all_others_are_taken() {
    let places = Places::default();
    places.add(texts(500, Priority::Routine));
    let mut taken = Vec::new();
    while let Some((_, place)) = places.next() {
        taken.push(place);
    }
    assert_eq!(taken.len(), PLACES - FOR_CRITICAL);
    assert_eq!(places.room().rest, 0);
    places.add(texts(1, Priority::Critical));
    let urgent = places.next().expect("a place");
    assert_eq!(urgent.0.priority, Priority::Critical);
    // A place that becomes free is free for the others again.
    taken.pop();
    assert!(places.next().is_some());
}

#[test]
fn the_most_urgent_in_hand_leaves_first_and_of_one_priority_the_one_that_came_first() {
    let places = Places::default();
    places.add(texts(2, Priority::Routine));
    places.add(texts(2, Priority::Serious));
    let mut order = Vec::new();
    while let Some((message, _)) = places.next() {
        order.push((message.priority, message.id.as_u128()));
    }
    let (serious, routine) = (Priority::Serious, Priority::Routine);
    assert_eq!(
        order,
        [(serious, 0), (serious, 1), (routine, 0), (routine, 1)]
    );
}

#[test]
fn what_was_in_hand_for_longer_than_a_moment_is_given_back_and_not_sent() {
    let places = Places::default();
    places.add(texts(3, Priority::Routine));
    let long_ago = Instant::now().checked_sub(FRESH).expect("a moment ago");
    places.state().lanes[3][0].1 = long_ago;
    places.state().lanes[3][1].1 = long_ago;
    assert!(places.next().is_none());
    assert_eq!(places.state().startable(), 0, "nor is anybody sent for it");
    assert!(places.until().is_some_and(|until| until <= Instant::now()));
    let back = places.back(false);
    assert_eq!(back.len(), 2);
    let (left, _place) = places.next().expect("the fresh one");
    assert_eq!(left.id.as_u128(), 2);
}

#[test]
fn a_node_that_stops_gives_back_all_it_has_in_hand() {
    let places = Places::default();
    places.add(texts(3, Priority::Routine));
    places.add(texts(3, Priority::Critical));
    assert_eq!(places.back(false).len(), 0);
    assert_eq!(places.back(true).len(), 6);
    assert!(places.idle());
}

#[test]
fn no_more_is_in_hand_than_leaves_in_a_moment() {
    let places = Places::default();
    let most = PLACES;
    // Nothing has left: only what has a place.
    assert_eq!(places.look().most, most);
    let leave = |texts, took| {
        let mut state = places.state();
        state.ahead = 0;
        state.left = texts;
        state.looked = Instant::now().checked_sub(took).expect("a moment ago");
    };
    leave(1_000, Duration::from_secs(1));
    let slow = places.look();
    assert!((most + 20..=most + 25).contains(&slow.most), "{slow:?}");
    leave(1_000_000, Duration::from_secs(1));
    let fast = places.look();
    assert_eq!(fast.most, most + IN_HAND);
    assert_eq!(fast.rest, most - FOR_CRITICAL + IN_HAND);
    // What is in hand takes its room.
    places.add(texts(600, Priority::Routine));
    assert_eq!(places.room().most, most + IN_HAND - 600);
    assert!(!places.room().worth);
}
