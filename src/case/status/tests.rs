//! What can become of a status.

use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;

fn clocks() -> Clocks {
    Clocks::new(60, 300, 900).expect("clocks")
}

fn start() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().expect("a time")
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Lapse),
        Just(Event::Unreached),
        any::<u128>().prop_map(|id| Event::Claim(Uuid::from_u128(id))),
        any::<u128>().prop_map(|id| Event::TakeOver(Uuid::from_u128(id))),
        Just(Event::Release),
        Just(Event::Acted),
        Just(Event::Heard),
        Just(Event::Seen),
        Just(Event::Offer),
        any::<u128>().prop_map(|id| Event::Accept(Uuid::from_u128(id))),
        Just(Event::Return),
        Just(Event::Raised),
        Just(Event::Lowered),
        Just(Event::Resolve(Outcome::Helped)),
        Just(Event::Reopen),
    ]
}

proptest! {
    #[test]
    fn every_open_case_has_a_next_moment_whatever_happened(
        happened in proptest::collection::vec((any_event(), 0i64..4_000), 0..60),
    ) {
        let mut now = start();
        let mut status = Status::waiting(now, clocks());
        for (event, seconds) in happened {
            now += TimeDelta::seconds(seconds);
            if let Ok(next) = status.on(event, now, clocks()) {
                status = next;
                let ended = matches!(status, Status::Resolved { .. });
                prop_assert_eq!(status.due().is_none(), ended);
                if matches!(event, Event::Lapse) {
                    prop_assert!(status.due() > Some(now), "a lapse must plan a later one");
                }
            }
        }
    }
}

#[test]
fn the_first_act_starts_the_work_and_each_act_moves_the_check_in() {
    let (now, me) = (start(), Uuid::from_u128(1));
    let claimed = Status::waiting(now, clocks())
        .on(Event::Claim(me), now, clocks())
        .expect("free");
    assert_eq!(claimed.due(), Some(now + TimeDelta::seconds(300)));
    let working = claimed.on(Event::Acted, now, clocks()).expect("mine");
    assert_eq!(working.due(), Some(now + TimeDelta::seconds(900)));
    let later = now + TimeDelta::seconds(100);
    let again = working.on(Event::Acted, later, clocks()).expect("mine");
    assert_eq!(again.due(), Some(later + TimeDelta::seconds(900)));
}

#[test]
fn when_the_person_writes_again_an_answer_is_due_sooner() {
    let (now, me) = (start(), Uuid::from_u128(1));
    let working = Status::waiting(now, clocks())
        .on(Event::Claim(me), now, clocks())
        .and_then(|s| s.on(Event::Acted, now, clocks()))
        .expect("working");
    let heard = working.on(Event::Heard, now, clocks()).expect("open");
    assert_eq!(heard.due(), Some(now + TimeDelta::seconds(300)));
}

#[test]
fn a_case_that_another_has_can_be_taken_over_but_not_claimed() {
    let (now, one, two) = (start(), Uuid::from_u128(1), Uuid::from_u128(2));
    let claimed = Status::waiting(now, clocks())
        .on(Event::Claim(one), now, clocks())
        .expect("free");
    assert_eq!(
        claimed.on(Event::Claim(two), now, clocks()),
        Err(NotPossible::ClaimedByAnother)
    );
    let taken = claimed.on(Event::TakeOver(two), now, clocks());
    assert_eq!(taken.expect("taken").claimed_by(), Some(two));
}

#[test]
fn nothing_lapses_before_its_moment() {
    let status = Status::waiting(start(), clocks());
    let early = start() + TimeDelta::milliseconds(59_999);
    assert_eq!(
        status.on(Event::Lapse, early, clocks()),
        Err(NotPossible::NotDue)
    );
    let due = start() + TimeDelta::seconds(60);
    assert!(status.on(Event::Lapse, due, clocks()).is_ok());
}

#[test]
fn raising_a_priority_can_only_bring_its_moment_nearer() {
    let slow = Clocks::new(3_600, 3_600, 3_600).expect("clocks");
    let status = Status::waiting(start(), slow);
    let raised = status.on(Event::Raised, start(), clocks()).expect("open");
    assert_eq!(raised.due(), Some(start() + TimeDelta::seconds(60)));
    let late = start() + TimeDelta::seconds(59);
    let again = raised.on(Event::Raised, late, clocks()).expect("open");
    assert_eq!(again.due(), raised.due());
}

#[test]
fn what_no_desk_has_shown_goes_up_before_the_claim_clock_and_gives_the_next_rung_its_time() {
    let seen_by = start() + TimeDelta::seconds(15);
    let status = Status::waiting(start(), clocks()).to_be_seen(seen_by);
    assert_eq!(
        (status.due(), status.clock()),
        (Some(seen_by), Some(Clock::Seen))
    );
    let shown = status.on(Event::Seen, start(), clocks()).expect("open");
    assert_eq!(shown, Status::waiting(start(), clocks()));
    let up = status
        .on(Event::Lapse, seen_by, clocks())
        .expect("nobody saw it");
    assert_eq!(
        (up.due(), up.clock()),
        (Some(seen_by + TimeDelta::seconds(60)), Some(Clock::Claim))
    );
}

#[test]
fn a_claim_clock_that_lapses_sooner_leaves_nothing_to_be_seen() {
    let status = Status::waiting(start(), clocks());
    let late = start() + TimeDelta::seconds(60);
    assert_eq!(status.to_be_seen(late), status);
}

#[test]
fn an_offer_buys_no_time_and_a_refusal_gives_the_case_back_to_who_had_it() {
    let (now, me, other) = (start(), Uuid::from_u128(1), Uuid::from_u128(2));
    let claimed = Status::waiting(now, clocks())
        .on(Event::Claim(me), now, clocks())
        .expect("free");
    let late = now + TimeDelta::seconds(290);
    let offered = claimed.on(Event::Offer, late, clocks()).expect("mine");
    assert_eq!(offered.due(), claimed.due(), "ten seconds were left");
    assert_eq!(offered.claimed_by(), Some(me));
    let acted = offered.on(Event::Acted, late, clocks()).expect("mine");
    assert_eq!(acted, offered, "acting does not put the answer off");
    let back = offered.on(Event::Return, late, clocks()).expect("offered");
    assert_eq!(back.claimed_by(), Some(me));
    let taken = offered.on(Event::Accept(other), late, clocks());
    assert_eq!(taken.expect("offered").claimed_by(), Some(other));
    assert_eq!(
        claimed.on(Event::Accept(other), late, clocks()),
        Err(NotPossible::NotOffered)
    );
}

#[test]
fn an_offer_that_nobody_answers_lapses_and_stands() {
    let status = Status::waiting(start(), clocks())
        .on(Event::Offer, start(), clocks())
        .expect("open");
    let due = start() + TimeDelta::seconds(60);
    let lapsed = status.on(Event::Lapse, due, clocks()).expect("due");
    assert_eq!(lapsed.clock(), Some(Clock::Answer));
    assert_eq!(lapsed.due(), Some(due + TimeDelta::seconds(60)));
}
