use super::*;
use SafeContact::{IWillContactYou, Never, ReplyOnly};
use proptest::prelude::*;

const REASON: Option<&str> = Some("she asked for it by telephone");

fn asked() -> Asked<'static> {
    Asked {
        safe: SafeContact::Any,
        hours: None,
        local_hours: &[12],
        opted_out: false,
        dialable: true,
        wrote_first: true,
        answered_before: false,
        by: By::Service,
        neutral: true,
        reason: None,
    }
}

type Row = (&'static str, fn(&mut Asked<'static>), Result<Allowed, Why>);

const PLAINLY: Result<Allowed, Why> = Ok(Allowed::Plainly);

fn holds(by: By, table: &[Row]) {
    for (name, change, verdict) in table {
        let mut asked = Asked { by, ..asked() };
        change(&mut asked);
        assert_eq!(may_say(&asked), *verdict, "{name}");
    }
}

fn never_here(asked: &mut Asked<'_>) {
    asked.safe = ReplyOnly;
    asked.wrote_first = false;
}

fn late(asked: &mut Asked<'_>) {
    asked.hours = Hours::new(9, 17).ok();
    asked.local_hours = &[20];
}

fn second(asked: &mut Asked<'_>) {
    asked.safe = ReplyOnly;
    asked.answered_before = true;
}

#[test]
fn the_service_keeps_to_what_the_person_chose() {
    let table: &[Row] = &[
        ("any", |_| (), PLAINLY),
        ("any, and silent here", |a| a.wrote_first = false, PLAINLY),
        ("reply only", |a| a.safe = ReplyOnly, PLAINLY),
        ("a second reply", second, Err(Why::AnsweredAlready)),
        ("silent here", never_here, Err(Why::NotAReply)),
        (
            "she will write",
            |a| a.safe = IWillContactYou,
            Err(Why::TheyWillContactUs),
        ),
        ("never", |a| a.safe = Never, Err(Why::Never)),
        ("stop", |a| a.opted_out = true, Err(Why::OptedOut)),
        ("no number", |a| a.dialable = false, Err(Why::NotDialable)),
        ("telling words", |a| a.neutral = false, Err(Why::NotNeutral)),
        (
            "within hours",
            |a| a.hours = Hours::new(9, 17).ok(),
            PLAINLY,
        ),
        ("outside hours", late, Err(Why::OutsideHours)),
        (
            "outside hours in one of her zones",
            |a| (late(a), a.local_hours = &[16, 17]).0,
            Err(Why::OutsideHours),
        ),
    ];
    holds(By::Service, table);
    let with_reason: &[Row] = &[(
        "no reason helps it",
        |a| (a.safe, a.reason) = (Never, REASON),
        Err(Why::Never),
    )];
    holds(By::Service, with_reason);
}

#[test]
fn a_responder_may_ask_on_and_is_held_to_the_same_choice() {
    let table: &[Row] = &[
        ("asks on", second, PLAINLY),
        ("silent here", never_here, Err(Why::NotAReply)),
        (
            "she will write",
            |a| a.safe = IWillContactYou,
            Err(Why::TheyWillContactUs),
        ),
        ("never", |a| a.safe = Never, Err(Why::Never)),
        ("telling words", |a| a.neutral = false, Err(Why::NotNeutral)),
        ("outside hours", late, Err(Why::OutsideHours)),
        (
            "hour unknown",
            |a| (late(a), a.local_hours = &[]).0,
            Err(Why::HourUnknown),
        ),
    ];
    holds(By::Responder, table);
}

#[test]
fn a_typed_reason_outweighs_a_choice_but_not_stop() {
    let despite = |why| Ok(Allowed::Despite(why));
    let table: &[Row] = &[
        (
            "she will write",
            |a| a.safe = IWillContactYou,
            despite(Why::TheyWillContactUs),
        ),
        ("never", |a| a.safe = Never, despite(Why::Never)),
        ("silent here", never_here, despite(Why::NotAReply)),
        ("outside hours", late, despite(Why::OutsideHours)),
        (
            "telling words",
            |a| a.neutral = false,
            despite(Why::NotNeutral),
        ),
        (
            "never, and in telling words",
            |a| (a.safe, a.neutral) = (Never, false),
            Err(Why::TellsToo),
        ),
        (
            "outside hours, and in telling words",
            |a| (late(a), a.neutral = false).0,
            Err(Why::TellsToo),
        ),
        ("nothing against it", |_| (), PLAINLY),
        ("stop", |a| a.opted_out = true, Err(Why::OptedOut)),
        ("no number", |a| a.dialable = false, Err(Why::NotDialable)),
    ];
    for (name, change, verdict) in table {
        let mut asked = Asked {
            by: By::Responder,
            reason: REASON,
            ..asked()
        };
        change(&mut asked);
        assert_eq!(may_say(&asked), *verdict, "{name}");
        asked.reason = Some("  because ");
        let lazy = may_say(&asked);
        assert!(!matches!(lazy, Ok(Allowed::Despite(_))), "{name}");
    }
}

#[test]
fn only_the_hours_pass_by_themselves() {
    assert!(Why::OutsideHours.passes() && !Why::Never.passes());
}

/// No zone known, one, and two.
const HOURS: &[&[u8]] = &[&[], &[3], &[12], &[11, 12]];

fn any_asked() -> impl Strategy<Value = Asked<'static>> {
    let safe = proptest::sample::select(SafeContact::ALL);
    let hours = proptest::option::of((0u8..24, 0u8..24))
        .prop_map(|h| h.and_then(|(from, to)| Hours::new(from, to).ok()));
    let by = proptest::sample::select(&[By::Service, By::Responder][..]);
    let reason = proptest::sample::select(&[None, REASON, Some("x")][..]);
    let flags = any::<[bool; 5]>();
    (
        safe,
        hours,
        proptest::sample::select(HOURS),
        by,
        reason,
        flags,
    )
        .prop_map(|(safe, hours, local_hours, by, reason, f)| Asked {
            safe,
            hours,
            local_hours,
            by,
            reason,
            opted_out: f[0],
            dialable: f[1],
            wrote_first: f[2],
            answered_before: f[3],
            neutral: f[4],
        })
}

proptest! {
    #[test]
    fn the_service_never_breaks_what_a_person_chose(asked in any_asked()) {
        let allowed = may_say(&Asked { by: By::Service, ..asked });
        if allowed.is_ok() {
            prop_assert_eq!(allowed, Ok(Allowed::Plainly));
            prop_assert!(asked.neutral && asked.dialable && !asked.opted_out);
            prop_assert!(matches!(asked.safe, SafeContact::Any | SafeContact::ReplyOnly));
        }
    }

    #[test]
    fn without_a_reason_a_responder_breaks_nothing_either(asked in any_asked()) {
        let verdict = may_say(&Asked { reason: None, ..asked });
        prop_assert!(!matches!(verdict, Ok(Allowed::Despite(_))));
    }

    #[test]
    fn nothing_is_ever_sent_after_stop(asked in any_asked()) {
        let verdict = may_say(&Asked { opted_out: true, ..asked });
        prop_assert!(verdict.is_err());
    }
}
