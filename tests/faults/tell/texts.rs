//! Texts sent twice, not at all, or for no reason.

use super::{at, finds, found, line, officer, taken};
use crate::record::{Facts, Message, OnDuty, Record};
use msaada::case::Post;
use serde_json::json;
use uuid::Uuid;

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

/// The text to staff is taken over by one about another case, which is written at this moment.
fn taken_over(record: &mut Record, facts: &mut Facts, ms: i64) {
    let other = Message {
        id: Uuid::from_u128(12),
        written_at: at(ms),
        committed: at(ms + 5),
        written_by: ms,
        sid: Some("SM12".to_owned()),
        about: vec![Uuid::from_u128(2)],
        ..facts.messages[1].clone()
    };
    record.taken.remove(1);
    record.taken.push(taken(&other));
    let text = &mut facts.messages[1];
    "canceled".clone_into(&mut text.state);
    text.error = Some("not sent: told together with later cases in one text".to_owned());
    text.moved_by = ms;
    facts.messages.push(other);
}

const FORGOTTEN: &str = "nobody was told of";

fn forgets(change: impl FnOnce(&mut Record, &mut Facts)) -> bool {
    found(change).iter().any(|what| what.contains(FORGOTTEN))
}

#[test]
fn a_case_that_is_told_of_in_no_other_text_is_found() {
    // It is claimed at 2,500.
    assert!(forgets(|record, facts| taken_over(record, facts, 2_300)));
    assert!(!forgets(|record, facts| taken_over(record, facts, 5_000)));
    assert!(!forgets(|record, facts| {
        taken_over(record, facts, 2_300);
        facts.messages[2].about.push(Uuid::from_u128(1));
    }));
}

#[test]
fn an_act_that_had_to_wait_for_postgresql_counts_from_when_it_was_committed() {
    // She claimed it before the text was written, and PostgreSQL was away.
    let waited = |record: &mut Record, facts: &mut Facts| {
        facts.log[2].at = at(1_990);
        facts.log[2].committed = at(7_000);
        taken_over(record, facts, 7_010);
    };
    assert!(!forgets(waited));
    // And an act that came only after the text had been let go of is none.
    assert!(forgets(|record, facts| {
        waited(record, facts);
        facts.log[2].committed = at(7_500);
    }));
}

#[test]
fn a_case_that_was_given_back_before_its_text_was_let_go_of_is_found() {
    assert!(forgets(|record, facts| {
        facts
            .log
            .push(line(2_700, Some(officer()), "released", json!({})));
        taken_over(record, facts, 5_000);
    }));
}

#[test]
fn a_text_that_says_it_was_taken_over_and_was_not_is_found() {
    finds("by one that there is not", |record, facts| {
        taken_over(record, facts, 5_000);
        facts.messages[1].moved_by = 4_000;
    });
}

#[test]
fn a_text_that_was_let_go_of_although_nobody_had_acted_is_found() {
    let let_go = |record: &mut Record, facts: &mut Facts, ms| {
        let text = &mut facts.messages[1];
        "canceled".clone_into(&mut text.state);
        text.error = Some("not sent: somebody has acted".to_owned());
        text.settled_at = Some(at(ms));
        record.taken.remove(1);
    };
    assert!(!forgets(|record, facts| let_go(record, facts, 2_600)));
    assert!(forgets(|record, facts| {
        facts.log.truncate(2);
        let_go(record, facts, 2_600);
    }));
}

/// The number of the duty officer is refused for good, and that is followed up at this moment.
fn refused(record: &mut Record, facts: &mut Facts, next: Option<&str>) {
    let text = &mut facts.messages[1];
    "failed".clone_into(&mut text.state);
    text.rank = 0;
    text.code = Some(21_614);
    text.moved_by = 2_100;
    record.taken.remove(1);
    let detail = json!({"state": "failed", "to_staff": true, "next": next});
    facts.log.insert(2, line(2_100, None, "delivery", detail));
    facts.duty.push(OnDuty {
        mission: "AE-DXB".to_owned(),
        post: Post::HeadOfMission,
        phone: "+254711000002".to_owned(),
    });
}

fn escalated(record: &mut Record, facts: &mut Facts, level: i64) {
    let detail = json!({"level": level, "post": "head_of_mission"});
    facts.log.insert(3, line(2_100, None, "escalated", detail));
    let text = Message {
        id: Uuid::from_u128(13),
        number: "+254711000002".to_owned(),
        written_at: at(2_100),
        written_by: 2_100,
        state: "sent".to_owned(),
        sid: Some("SM13".to_owned()),
        code: None,
        rank: 2,
        ..facts.messages[1].clone()
    };
    record.taken.push(taken(&text));
    facts.messages.push(text);
}

#[test]
fn a_refused_text_from_which_nothing_follows_is_found() {
    let followed = found(|record, facts| {
        refused(record, facts, Some("next_level"));
        escalated(record, facts, 3);
    });
    assert_eq!(followed, Vec::<String>::new());
    let nothing = "nothing that should follow did";
    finds(nothing, |record, facts| {
        refused(record, facts, Some("next_level"));
    });
    finds(nothing, |record, facts| refused(record, facts, None));
    finds(nothing, |record, facts| {
        refused(record, facts, None);
        facts.log.remove(2);
    });
    finds("it went to 4, not to Some(3)", |record, facts| {
        refused(record, facts, Some("next_level"));
        escalated(record, facts, 4);
    });
    finds("was told 0 times", |record, facts| {
        refused(record, facts, Some("next_level"));
        escalated(record, facts, 3);
        facts.messages.pop();
        record.taken.pop();
    });
}

#[test]
fn a_phone_that_is_off_and_is_not_tried_once_more_is_found() {
    let off = |record: &mut Record, facts: &mut Facts| {
        refused(record, facts, Some("again"));
        facts.messages[1].code = Some(30_003);
    };
    finds("nothing that should follow did", off);
    let tried = found(|record, facts| {
        off(record, facts);
        let again = Message {
            id: Uuid::from_u128(13),
            follows: Some(facts.messages[1].id),
            written_at: at(2_100),
            written_by: 2_100,
            state: "sent".to_owned(),
            sid: Some("SM13".to_owned()),
            code: None,
            ..facts.messages[1].clone()
        };
        record.taken.push(taken(&again));
        facts.messages.push(again);
    });
    assert_eq!(tried, Vec::<String>::new());
}

#[test]
fn a_text_to_a_person_that_failed_and_of_which_her_case_says_nothing_is_found() {
    let failed = |record: &mut Record, facts: &mut Facts| {
        let text = &mut facts.messages[0];
        "failed".clone_into(&mut text.state);
        text.rank = 0;
        text.code = Some(21_614);
        text.moved_by = 300;
        record.taken.remove(0);
    };
    finds("nothing that should follow did", failed);
    let said = found(|record, facts| {
        failed(record, facts);
        let detail = json!({"state": "failed", "to_staff": false, "next": null});
        facts.log.insert(1, line(300, None, "delivery", detail));
    });
    assert_eq!(said, Vec::<String>::new());
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
