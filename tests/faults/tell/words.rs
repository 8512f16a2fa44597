//! Words that a person said she would write by a moment, and whose silence nobody heard.

use super::{at, finds, found, line, officer};
use crate::record::Facts;
use msaada::case::Clocks;
use serde_json::{Value, json};

/// The case was claimed at 2,500 and a word agreed on at 2,600, for 4,000: before the check-in.
fn agreed(facts: &mut Facts, every_h: Option<u8>) {
    let word = json!({"hear_by": at(4_000), "every_h": every_h});
    facts.log.push(line(2_600, Some(officer()), "agreed", word));
    stands(facts, "in_progress", 4_000);
}

/// As what is stored has it in the end.
fn stands(facts: &mut Facts, status: &str, due_ms: i64) {
    let case = facts.cases.values_mut().next().expect("one");
    status.clone_into(&mut case.status);
    case.due = Some(at(due_ms));
}

/// She writes at 3,500, and the word is heard.
fn she_writes(facts: &mut Facts, word: Value) {
    facts.log.push(line(3_500, None, "joined", word));
}

#[test]
fn a_word_that_is_waited_for_is_the_moment_of_its_case() {
    let kept = found(|_, facts| agreed(facts, None));
    assert_eq!(kept, Vec::<String>::new());
    finds("by its log", |_, facts| {
        agreed(facts, None);
        stands(facts, "in_progress", 6_600);
    });
}

#[test]
fn silence_that_nobody_noticed_is_found() {
    finds("had not lapsed", |record, facts| {
        agreed(facts, None);
        record.ended = at(9_000);
    });
}

#[test]
fn silence_that_lapses_at_another_moment_than_the_one_agreed_on_is_found() {
    let lapsed = |planned_ms: i64| {
        found(move |record, facts| {
            agreed(facts, None);
            let detail = json!({"planned": at(planned_ms), "level": 1});
            facts.log.push(line(4_005, None, "lapsed", detail));
            stands(facts, "in_progress", 6_000);
            record.ended = at(5_000);
        })
    };
    let says = |found: &[String]| found.iter().any(|what| what.contains("was planned for"));
    assert!(says(&lapsed(3_900)), "{:?}", lapsed(3_900));
    assert!(!says(&lapsed(4_000)), "{:?}", lapsed(4_000));
}

#[test]
fn silence_that_leaves_a_case_less_than_urgent_is_found() {
    let silent = |priority: i16| {
        found(move |record, facts| {
            let clocks = facts.clocks[&0];
            facts.clocks = [(1, Clocks::new(2, 3, 4).expect("clocks")), (2, clocks)].into();
            facts.log[0].detail["priority"] = json!("serious");
            agreed(facts, None);
            let detail = json!({"planned": at(4_000), "level": 1});
            facts.log.push(line(4_005, None, "lapsed", detail));
            stands(facts, "in_progress", 6_000);
            let case = facts.cases.values_mut().next().expect("one");
            (case.priority, case.level) = (priority, 1);
            record.ended = at(5_000);
        })
    };
    let says = |found: &[String]| found.iter().any(|what| what.contains("by its log"));
    assert!(says(&silent(2)), "{:?}", silent(2));
    assert!(!says(&silent(1)), "{:?}", silent(1));
}

#[test]
fn a_word_heard_that_nobody_waited_for_is_found() {
    let heard = |by_ms: i64| {
        found(move |_, facts| {
            agreed(facts, None);
            she_writes(facts, json!({"hear_by": at(by_ms)}));
            stands(facts, "in_progress", 6_500);
        })
    };
    assert_eq!(heard(4_000), Vec::<String>::new());
    assert!(
        heard(4_100)
            .iter()
            .any(|what| what.contains("one was waited for by")),
        "{:?}",
        heard(4_100)
    );
}

#[test]
fn the_next_word_of_a_series_that_is_forgotten_is_found() {
    // An hour later by the log, and nothing of it stored: the check-in is nearer, and stays.
    let next = found(|_, facts| {
        facts.clocks = [(0, Clocks::new(2, 4_000, 8_000).expect("clocks"))].into();
        agreed(facts, Some(1));
        she_writes(facts, json!({"hear_by": at(4_000)}));
        stands(facts, "in_progress", 3_500 + 4_000_000);
    });
    assert!(
        next.iter().any(|what| what.contains("by its log")),
        "{next:?}"
    );
    let kept = found(|_, facts| {
        facts.clocks = [(0, Clocks::new(2, 4_000, 8_000).expect("clocks"))].into();
        agreed(facts, Some(1));
        she_writes(facts, json!({"hear_by": at(4_000)}));
        stands(facts, "in_progress", 4_000 + 3_600_000);
    });
    assert_eq!(kept, Vec::<String>::new());
}
