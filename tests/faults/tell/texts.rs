//! Texts sent twice, not at all, or for no reason.

use super::{at, finds, found, line, officer};
use crate::record::{Facts, Record};
use serde_json::json;

#[test]
fn a_text_that_was_sent_twice_is_found() {
    finds("was sent 2 times", |record, _| {
        let mut again = record.taken[0].clone();
        "SM12".clone_into(&mut again.sid);
        record.taken.push(again);
    });
}

#[test]
fn a_text_that_is_said_to_be_sent_and_was_not_is_found() {
    finds("the gateway has it not", |record, _| {
        record.taken.remove(0);
    });
}

#[test]
fn a_text_that_is_said_to_have_failed_and_was_sent_is_found() {
    finds("and the gateway took it", |_, facts| {
        "failed".clone_into(&mut facts.messages[0].state);
        facts.messages[0].rank = 0;
    });
}

#[test]
fn a_text_that_is_still_in_doubt_in_the_end_is_found() {
    finds("is still unknown", |_, facts| {
        "unknown".clone_into(&mut facts.messages[0].state);
    });
}

#[test]
fn a_text_that_the_outbox_does_not_hold_is_found() {
    finds("the outbox does not hold", |record, _| {
        record.taken[0].message = None;
    });
}

#[test]
fn a_text_with_other_words_or_to_another_phone_is_found() {
    for change in [0, 1] {
        finds("not sent as it was written", |record, _| match change {
            0 => record.taken[0].text.push('!'),
            _ => record.taken[0].phone.push('1'),
        });
    }
}

#[test]
fn who_opened_a_case_and_was_not_acknowledged_is_found() {
    finds("was acknowledged 0 times", |record, facts| {
        facts.messages.remove(0);
        record.taken.remove(0);
    });
}

#[test]
fn a_rung_that_was_not_told_is_found() {
    finds("was told 0 times", |record, facts| {
        facts.messages.remove(1);
        record.taken.remove(1);
    });
}

#[test]
fn a_text_that_was_dropped_and_is_told_in_no_other_is_found() {
    let drop = |record: &mut Record, facts: &mut Facts| {
        "canceled".clone_into(&mut facts.messages[1].state);
        facts.messages[1].rank = 0;
        record.taken.remove(1);
    };
    let moot = found(drop);
    assert_eq!(moot, Vec::<String>::new(), "somebody has claimed it since");
    finds("nobody was told of", |record, facts| {
        drop(record, facts);
        facts.log.truncate(2);
    });
}

#[test]
fn a_text_to_staff_without_a_cause_is_found() {
    finds("has no cause", |_, facts| {
        facts.messages[1].written_at = at(3_000);
    });
}

#[test]
fn a_message_that_is_on_record_and_was_not_written_is_found() {
    finds("was written 0 times", |_, facts| {
        let said = line(
            2_600,
            Some(officer()),
            "message",
            json!({"template": "received"}),
        );
        facts.log.push(said);
    });
}
