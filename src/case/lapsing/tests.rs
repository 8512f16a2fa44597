//! What an agreed word makes of a case.

use super::*;
use crate::case::{
    Act, CallOutcome, Case, Channel, Clocks, ForWhom, Ladder, Lang, Mint, MissionCode, NotPossible,
    Outcome, Policy, Post, Responder, Role, Understood, Words,
};
use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

fn start() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().expect("a time")
}

/// The clocks a service begins with.
fn policies() -> Policies {
    let clocks = [
        (60, 300, 900),
        (300, 1_800, 7_200),
        (1_800, 14_400, 86_400),
        (14_400, 86_400, 259_200),
    ];
    let all = Priority::ALL.iter().zip(clocks).zip(1..);
    Policies::new(
        all.map(|((priority, (claim, first, check_in)), id)| Policy {
            id,
            edition: 1,
            kind: None,
            priority: *priority,
            clocks: Clocks::new(claim, first, check_in).expect("clocks"),
            ladder: Ladder::new(Post::ALL.to_vec()).expect("rungs"),
        })
        .collect(),
    )
}

fn dubai() -> MissionCode {
    "AE-DXB".parse().expect("a mission")
}

fn staffed() -> Staffed {
    Staffed::new([
        (dubai(), Post::Desk, false),
        (dubai(), Post::DutyOfficer, true),
        (MissionCode::centre(), Post::ResponseCentre, true),
    ])
}

fn officer() -> Responder {
    Responder {
        id: Uuid::from_u128(1),
        name: "an officer".to_owned(),
        email: "officer@dubai.example".to_owned(),
        role: Role::Supervisor,
        post: Post::Desk,
        mission: dubai(),
        on_duty: true,
    }
}

fn told(priority: Priority) -> Understood {
    Understood {
        report: true,
        kind: None,
        priority,
        lang: Lang::Swahili,
        for_whom: ForWhom::Myself,
        place: None,
        mission: dubai(),
        alternative_kind: None,
        alternative_mission: None,
        confidence: 1.0,
        signs: Vec::new(),
        needs: Vec::new(),
        evidence: Vec::new(),
    }
}

fn case(priority: Priority) -> Case {
    let mint = Mint::new(b"a secret of at least thirty-two bytes");
    let id = Uuid::from_u128(7);
    let opened = (Channel::Sms, start());
    let (policies, staffed) = (policies(), staffed());
    Case::open(
        id,
        mint.reference(id),
        &told(priority),
        opened,
        None,
        (&policies, &staffed),
    )
    .expect("a case")
    .case
}

fn does(case: &Case, act: &Act, now: DateTime<Utc>) -> Result<Case, Refused> {
    let change = case.act(act, &officer(), now, &policies(), &staffed())?;
    Ok(change.case)
}

fn agree(hear_by: DateTime<Utc>, hear_every_h: Option<u16>) -> Act {
    Act::Agree {
        hear_by,
        hear_every_h,
    }
}

/// Claimed, and a word agreed on at once.
fn agreed(priority: Priority, by: DateTime<Utc>, every_h: Option<u16>) -> Case {
    let claimed = does(&case(priority), &Act::Claim, start()).expect("free");
    does(&claimed, &agree(by, every_h), start()).expect("hers")
}

fn lapsed(case: &Case, now: DateTime<Utc>) -> Change {
    case.lapse(now, &policies(), &staffed()).expect("due")
}

#[derive(Debug, Clone)]
enum Happens {
    Acts(Act),
    Lapses,
    Unreached,
    Writes(Priority),
    ComesBack,
}

fn words() -> Words {
    Words::try_from("because".to_owned()).expect("words")
}

fn anything() -> impl Strategy<Value = Happens> {
    let priority = || prop::sample::select(Priority::ALL);
    let acts = vec![
        Act::Claim,
        Act::Release,
        Act::Start,
        Act::Withdraw,
        Act::EndAgreement,
        Act::Transfer {
            to: MissionCode::centre(),
            reason: words(),
        },
        Act::Call {
            outcome: CallOutcome::Reached,
            note: None,
        },
        Act::Resolve {
            outcome: Outcome::Helped,
            summary: words(),
        },
    ];
    prop_oneof![
        3 => prop::sample::select(acts).prop_map(Happens::Acts),
        1 => priority().prop_map(|priority| Happens::Acts(Act::Reprioritise {
            priority,
            reason: words(),
        })),
        3 => (1i64..400_000, prop::option::of(1u16..=168)).prop_map(|(ahead, every)| {
            Happens::Acts(agree(start() + TimeDelta::seconds(ahead), every))
        }),
        4 => Just(Happens::Lapses),
        1 => Just(Happens::Unreached),
        2 => priority().prop_map(Happens::Writes),
        1 => Just(Happens::ComesBack),
    ]
}

fn happens(before: &Case, what: &Happens, now: DateTime<Utc>) -> Option<Case> {
    let (policies, staffed) = (policies(), staffed());
    match what {
        Happens::Acts(act) => does(before, act, now).ok(),
        Happens::Lapses => Some(before.lapse(now, &policies, &staffed).ok()?.case),
        Happens::Unreached => Some(before.unreached(now, &policies, &staffed).ok()??.case),
        Happens::Writes(priority) => {
            let told = told(*priority);
            let rules = (&policies, &staffed);
            let joined = before.joined(&told, None, Channel::Sms, now, rules);
            let mut case = joined.ok()?.case;
            case.hears(now, now);
            Some(case)
        }
        Happens::ComesBack => Some(before.came_back(now, (&policies, &staffed)).ok()?.case),
    }
}

proptest! {
    #[test]
    fn no_open_case_waits_longer_than_for_the_word_that_was_agreed_on(
        happened in prop::collection::vec((anything(), 0i64..20_000), 0..60),
    ) {
        let mut now = start();
        let mut case = case(Priority::Routine);
        for (what, seconds) in happened {
            now += TimeDelta::seconds(seconds);
            let Some(next) = happens(&case, &what, now) else {
                continue;
            };
            let open = next.status.outcome().is_none();
            prop_assert_eq!(next.due().is_some(), open);
            prop_assert!(open || next.agreement.is_none(), "what is resolved waits for nothing");
            if let (Some(due), Some(agreed)) = (next.due(), next.agreement) {
                prop_assert!(due <= agreed.by());
                prop_assert!(due <= next.status.due().expect("open"));
            }
            if matches!(what, Happens::Lapses) {
                prop_assert!(next.priority <= case.priority, "a lapse never lowers");
                prop_assert!(next.due() > Some(now), "a lapse must plan a later one");
                if case.broken(now).is_some() {
                    prop_assert!(next.priority <= Priority::Urgent);
                    prop_assert!(next.agreement.is_none_or(|left| left.by() > now));
                }
            }
            if matches!(what, Happens::ComesBack) {
                prop_assert_eq!(next.agreement, None, "reopening does not bring it back");
            }
            case = next;
        }
    }
}

#[test]
fn when_she_does_not_write_the_case_is_urgent_and_the_next_clock_counts_from_the_agreed_moment() {
    let by = start() + TimeDelta::hours(10);
    let case = agreed(Priority::Routine, by, Some(24));
    assert_eq!((case.due(), case.clock()), (Some(by), Some(Clock::Word)));
    let early = case.lapse(by - TimeDelta::milliseconds(1), &policies(), &staffed());
    assert_eq!(early, Err(Refused::NotPossible(NotPossible::NotDue)));
    let change = lapsed(&case, by + TimeDelta::seconds(1));
    assert_eq!(change.entry.detail["clock"], "word");
    assert_eq!(change.entry.detail["planned"], json!(by));
    let now = change.case;
    assert_eq!((now.priority, now.level), (Priority::Urgent, 1));
    assert_eq!(
        now.due(),
        Some(by + TimeDelta::minutes(5)),
        "an urgent rung's time"
    );
    let next = now.agreement.map(Agreement::by);
    assert_eq!(next, Some(by + TimeDelta::hours(24)));
}

#[test]
fn a_case_that_is_critical_stays_critical_and_an_agreement_without_repetition_is_over() {
    let by = start() + TimeDelta::minutes(10);
    let now = lapsed(&agreed(Priority::Critical, by, None), by).case;
    assert_eq!((now.priority, now.agreement), (Priority::Critical, None));
    assert_eq!(now.due(), Some(by + TimeDelta::minutes(1)));
}

#[test]
fn when_she_writes_the_clock_that_ran_beside_goes_on_where_it_was() {
    let by = start() + TimeDelta::minutes(10);
    let mut case = agreed(Priority::Critical, by, None);
    let own = case.status.due();
    assert_eq!(own, Some(start() + TimeDelta::minutes(15)));
    let word = start() + TimeDelta::minutes(8);
    assert_eq!(case.hears(word, word), Some(by));
    assert_eq!((case.due(), case.clock()), (own, Some(Clock::CheckIn)));
}

#[test]
fn whoever_was_spoken_with_was_heard_and_one_who_did_not_answer_was_not() {
    let by = start() + TimeDelta::minutes(10);
    let case = agreed(Priority::Urgent, by, None);
    let called = |outcome| {
        let now = start() + TimeDelta::minutes(8);
        let call = Act::Call {
            outcome,
            note: None,
        };
        case.act(&call, &officer(), now, &policies(), &staffed())
            .expect("hers")
    };
    let reached = called(CallOutcome::Reached);
    assert_eq!(reached.case.agreement, None);
    assert_eq!(reached.entry.detail["hear_by"], json!(by), "on record");
    for vain in [CallOutcome::NoAnswer, CallOutcome::AnotherAnswered] {
        assert_eq!(called(vain).case.agreement.map(Agreement::by), Some(by));
    }
}

#[test]
fn after_an_outage_that_swallowed_both_moments_one_lapse_is_enough() {
    let by = start() + TimeDelta::minutes(16);
    let case = agreed(Priority::Critical, by, None);
    let planned = start() + TimeDelta::minutes(15);
    assert_eq!(
        (case.due(), case.clock()),
        (Some(planned), Some(Clock::CheckIn))
    );
    let woken = start() + TimeDelta::hours(1);
    let change = lapsed(&case, woken);
    assert_eq!(change.entry.detail["clock"], "check_in");
    assert_eq!(
        change.entry.detail["hear_by"],
        json!(by),
        "and she has not written"
    );
    assert_eq!((change.case.agreement, change.case.level), (None, 1));
    assert_eq!(change.case.due(), Some(woken + TimeDelta::minutes(1)));
}

#[test]
fn of_two_cases_that_are_one_the_nearer_word_is_waited_for() {
    let near = start() + TimeDelta::hours(1);
    let far = start() + TimeDelta::hours(9);
    for (one, other) in [(near, far), (far, near)] {
        let gone = agreed(Priority::Urgent, one, None);
        let mut kept = agreed(Priority::Urgent, other, Some(12));
        kept.id = Uuid::from_u128(8);
        let (gone, kept) = gone
            .merged(&kept, &officer(), start(), &policies())
            .expect("both hers");
        assert_eq!(gone.case.agreement, None);
        assert_eq!(kept.case.agreement.map(Agreement::by), Some(near));
    }
}

#[test]
fn only_whoever_has_the_case_agrees_and_what_is_not_agreed_cannot_end() {
    let by = start() + TimeDelta::hours(1);
    let waits = does(&case(Priority::Urgent), &agree(by, None), start());
    assert_eq!(waits, Err(Refused::NotPossible(NotPossible::NotClaimed)));
    let claimed = does(&case(Priority::Urgent), &Act::Claim, start()).expect("free");
    let nothing = does(&claimed, &Act::EndAgreement, start());
    assert_eq!(nothing, Err(Refused::NothingAgreed));
    let past = does(&claimed, &agree(start(), None), start());
    assert!(matches!(past, Err(Refused::NotAnAgreement(_))));
    let agreed = does(&claimed, &agree(by, None), start()).expect("hers");
    let acts = agreed.possible(&officer());
    assert!(acts.contains(&"agree") && acts.contains(&"end_agreement"));
    let ended = does(&agreed, &Act::EndAgreement, start()).expect("hers");
    assert_eq!((ended.agreement, ended.due()), (None, agreed.status.due()));
}
