//! Clocks that fired too early, too late, twice or not at all.

use super::{at, finds, found, line, officer};
use serde_json::json;

#[test]
fn a_lapse_that_nobody_handled_is_found() {
    finds("had not lapsed at", |record, facts| {
        facts.log.truncate(1);
        facts.messages.truncate(1);
        record.taken.truncate(1);
        let case = facts.cases.values_mut().next().expect("one");
        "waiting".clone_into(&mut case.status);
        case.due = Some(at(2_000));
        record.ended = at(9_000);
    });
}

#[test]
fn a_case_that_is_not_due_when_its_log_says_is_found() {
    finds("by its log", |_, facts| {
        let case = facts.cases.values_mut().next().expect("one");
        case.due = Some(at(6_500));
    });
}

#[test]
fn a_lapse_before_its_moment_is_found_by_the_log_and_by_the_machines_clock() {
    finds("lapsed early", |_, facts| facts.log[1].at = at(1_999));
    // Its node believed that it was later.
    finds("lapsed early", |_, facts| {
        facts.log[1].committed = at(1_900);
    });
}

#[test]
fn a_lapse_that_is_late_without_a_reason_is_found_and_one_with_a_reason_is_not() {
    let late = |facts: &mut crate::record::Facts| {
        facts.log[1].at = at(9_000);
        facts.log[1].committed = at(9_003);
        facts.log[2].at = at(9_500);
        facts.log[2].committed = at(9_503);
        facts.messages[1].written_at = at(9_000);
        let case = facts.cases.values_mut().next().expect("one");
        case.due = Some(at(12_500));
    };
    finds("had not lapsed", |record, facts| {
        late(facts);
        record.ended = at(10_000);
    });
    let excused = found(|record, facts| {
        late(facts);
        record.ended = at(10_000);
        record.away.push((at(1_000), at(8_500)));
    });
    assert_eq!(excused, Vec::<String>::new());
}

#[test]
fn a_lapse_that_happened_twice_is_found() {
    finds("was planned for", |_, facts| {
        let again = facts.log[1].clone();
        facts.log.insert(2, again);
    });
}

#[test]
fn a_rung_that_was_passed_over_is_found() {
    finds("it lapsed to 3, not to 1", |_, facts| {
        facts.log[1].detail["level"] = json!(3);
    });
}

#[test]
fn a_next_clock_that_counts_from_when_it_was_handled_is_found() {
    finds("by its log it was due at", |_, facts| {
        // Lapsed at 2,010 for 2,000; the next is planned for 4,000 and not for 4,010.
        facts.log[2] = line(
            4_020,
            None,
            "lapsed",
            json!({
                "planned": at(4_010), "level": 1, "post": "duty_officer",
            }),
        );
    });
}

#[test]
fn a_claim_that_came_long_after_the_moment_does_not_hide_that_nothing_lapsed() {
    finds("had not lapsed", |_, facts| {
        facts.log.remove(1);
        facts.log[1] = line(9_000, Some(officer()), "claimed", json!({}));
    });
}

/// The case is offered to another mission half a second after it was opened.
fn offered(facts: &mut crate::record::Facts) {
    let detail = json!({"to": "OM-MCT"});
    facts.log.insert(1, line(500, None, "offered", detail));
}

#[test]
fn an_offer_that_buys_time_is_found() {
    let kept = found(|_, facts| offered(facts));
    assert_eq!(kept, Vec::<String>::new());
    finds("by its log it was due at", |_, facts| {
        offered(facts);
        facts.log[2].detail["planned"] = json!(at(2_005));
    });
}

#[test]
fn an_offer_that_is_nobodys_in_the_end_is_found() {
    let answered = |event: &str| {
        let event = event.to_owned();
        found(move |_, facts| {
            offered(facts);
            let answer = line(2_400, Some(officer()), &event, json!({"to": "OM-MCT"}));
            facts.log.insert(3, answer);
            facts.log.truncate(4);
        })
    };
    // Refused, it would wait again, since nobody had it.
    let refused = answered("refused");
    assert!(
        refused
            .iter()
            .any(|what| what.contains("by its log (\"waiting\"")),
        "{refused:?}"
    );
    // Accepted, it would be the other mission's.
    let accepted = answered("transferred");
    assert!(
        accepted.iter().any(|what| what.contains("\"OM-MCT\"")),
        "{accepted:?}"
    );
}

#[test]
fn an_offer_that_lapsed_and_of_which_the_rung_was_not_told_is_found() {
    finds("was told 0 times", |record, facts| {
        offered(facts);
        facts.messages.remove(1);
        record.taken.remove(1);
    });
    finds("was offered at", |_, facts| {
        offered(facts);
        facts.duty.push(crate::record::OnDuty {
            mission: "KE-NBO".to_owned(),
            post: msaada::case::Post::ResponseCentre,
            phone: "+254711000003".to_owned(),
        });
    });
}
