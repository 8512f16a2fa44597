//! Reports, acts and cards.

use super::{finds, found, officer};
use crate::record::{Acted, Shown};
use uuid::Uuid;

const CASE: Uuid = Uuid::from_u128(1);

fn claim(by: u128, given: Option<i64>) -> Acted {
    Acted {
        by: Uuid::from_u128(by),
        act: "claim",
        seen: Some((CASE, 2)),
        given: given.map(|version| (CASE, version)),
    }
}

fn card(desk: usize, version: i64) -> Shown {
    Shown {
        desk,
        case: CASE,
        version,
        card: format!("version {version}"),
        whole: false,
        had: None,
    }
}

#[test]
fn a_report_that_was_acknowledged_and_is_not_stored_is_found() {
    finds("is not stored", |_, facts| {
        facts.reports[0].provider_id = Some("SM9".to_owned());
    });
}

#[test]
fn a_report_that_is_stored_twice_is_found() {
    finds("is stored 2 times", |_, facts| {
        let again = facts.reports[0].clone();
        facts.reports.push(again);
    });
}

#[test]
fn a_report_that_is_stored_in_other_words_is_found() {
    finds("as it was sent", |_, facts| facts.reports[0].text.push('.'));
}

#[test]
fn a_report_that_was_told_another_reference_is_found() {
    finds("was told 4F7K", |_, facts| {
        let case = facts.cases.values_mut().next().expect("one");
        "ABCD".clone_into(&mut case.reference);
    });
}

#[test]
fn a_report_that_nobody_sent_is_found() {
    finds("nobody sent it", |record, _| record.said.clear());
}

#[test]
fn a_report_that_was_refused_is_found() {
    finds("was refused with 422", |record, _| {
        record.said[0].refused = Some(422);
    });
}

#[test]
fn a_claim_with_two_winners_is_found() {
    finds("was given to two", |record, _| {
        record.acted = vec![claim(100, Some(3)), claim(101, Some(3))];
    });
    let one = found(|record, _| record.acted = vec![claim(100, Some(3)), claim(101, None)]);
    assert_eq!(one, Vec::<String>::new());
}

#[test]
fn a_case_that_was_claimed_while_another_had_it_is_found() {
    finds("while", |_, facts| {
        let mut again = facts.log[2].clone();
        again.by = Some(Uuid::from_u128(101));
        facts.log.push(again);
    });
}

#[test]
fn an_act_that_was_answered_and_is_not_on_record_is_found() {
    finds("0 are on record", |record, facts| {
        record.acted = vec![claim(100, Some(3))];
        facts.log[2].by = Some(Uuid::from_u128(101));
    });
    assert_eq!(officer(), Uuid::from_u128(100));
}

#[test]
fn a_card_that_goes_back_in_a_full_sending_is_found() {
    finds("was then told that it is 2", |record, _| {
        record.shown = vec![
            card(0, 3),
            Shown {
                whole: true,
                had: Some(3),
                ..card(0, 2)
            },
        ];
    });
    // A frame that was overtaken is none: the desk keeps what it has.
    let overtaken = found(|record, _| {
        record.shown = vec![
            card(0, 3),
            Shown {
                had: Some(3),
                ..card(0, 2)
            },
        ];
    });
    assert_eq!(overtaken, Vec::<String>::new());
}

#[test]
fn two_cards_under_one_version_are_found() {
    finds("was shown another card", |record, _| {
        record.shown = vec![
            card(0, 3),
            Shown {
                card: "other".to_owned(),
                ..card(1, 3)
            },
        ];
    });
}

#[test]
fn a_card_that_was_shown_and_never_stored_is_found() {
    finds("stored is Some(3)", |record, _| {
        record.shown = vec![card(0, 4)];
    });
}
