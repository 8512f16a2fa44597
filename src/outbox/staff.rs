//! Texts to responders on duty: that a clock lapsed, and where to look.
//!
//! They go over open networks to private phones, so they name the reference, priority, mission,
//! clock and level, and never a person, number, word or exact place. At most two parts. English is
//! the working language of the missions.

use crate::case::{Clock, MissionCode, Priority};
use chrono::Duration;

/// What a lapse says to who must act.
const fn says(clock: Clock) -> &'static str {
    match clock {
        Clock::Claim => "not claimed for",
        Clock::FirstAction => "claimed, no action for",
        Clock::CheckIn => "nothing done for",
        Clock::Seen => "on no desk for",
        Clock::Answer => "offered, no answer for",
        Clock::Word => "the agreed word did not come",
    }
}

/// One case whose clock lapsed.
#[derive(Debug, Clone)]
pub struct Overdue<'a> {
    /// The case's reference.
    pub reference: &'a str,
    /// How bad it is.
    pub priority: Priority,
    /// Whose it is.
    pub mission: &'a MissionCode,
    /// The clock.
    pub clock: Clock,
    /// For how long nobody has acted.
    pub idle: Duration,
    /// The rung it stands on now.
    pub level: u16,
    /// The name of that rung.
    pub level_name: &'a str,
    /// Another mission it may belong to: then it is only copied to who reads this.
    pub perhaps: Option<&'a MissionCode>,
}

/// The most references named in a bundle; the rest are counted.
pub const NAMED: usize = 4;

/// Tells of one case.
#[must_use]
pub fn escalation(case: &Overdue<'_>) -> String {
    fit(&format!(
        "{} {} {}: {}. {}. Please open the desk.",
        case.priority.as_str().to_uppercase(),
        case.reference,
        case.mission,
        if case.clock == Clock::Word {
            says(case.clock).to_owned()
        } else if case.idle.num_seconds() == 0 {
            "new".to_owned()
        } else {
            format!("{} {}", says(case.clock), long(case.idle))
        },
        case.perhaps.map_or_else(
            || format!("Now with you: level {}, {}", case.level, case.level_name),
            |other| format!("A copy for you: perhaps it is a case of {other}"),
        ),
    ))
}

/// Tells of several in one text, worst first, so that a bad hour does not fill a phone; `others` are
/// counted and not named, being less bad than those that are.
#[must_use]
pub fn bundle(cases: &[Overdue<'_>], others: usize) -> String {
    if let ([one], 0) = (cases, others) {
        return escalation(one);
    }
    let mut worst: Vec<&Overdue<'_>> = cases.iter().collect();
    worst.sort_by_key(|case| (case.priority, std::cmp::Reverse(case.idle)));
    let named: Vec<String> = worst
        .iter()
        .take(NAMED)
        .map(|case| format!("{} {} {}", case.reference, case.priority, long(case.idle)))
        .collect();
    let all = cases.len() + others;
    let more = match all.saturating_sub(named.len()) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    fit(&format!(
        "{all} cases overdue: {}{more}. Please open the desk.",
        named.join(", ")
    ))
}

/// A length of time in its two coarsest units.
fn long(time: Duration) -> String {
    let minutes = time.num_minutes().max(0);
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => format!("{} s", time.num_seconds().max(0)),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

/// The text in the small alphabet and at most two parts, whatever a configured name held.
fn fit(text: &str) -> String {
    use super::parts;
    let mut text: String = parts::straightened(text)
        .chars()
        .map(|c| {
            if parts::outsider(c.encode_utf8(&mut [0; 4])).is_some() {
                '.'
            } else {
                c
            }
        })
        .collect();
    while parts::of(&text).parts > 2 {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::parts::{self, Alphabet};
    use proptest::prelude::*;

    fn overdue<'a>(mission: &'a MissionCode, name: &'a str, idle: Duration) -> Overdue<'a> {
        Overdue {
            reference: "4F7K-92MX-Q1TA",
            priority: Priority::Critical,
            mission,
            clock: Clock::Claim,
            idle,
            level: 1,
            level_name: name,
            perhaps: None,
        }
    }

    #[test]
    fn a_duty_officer_reads_what_lapsed_how_long_ago_and_why_it_is_hers() {
        let dubai: MissionCode = "AE-DXB".parse().expect("a mission");
        let case = overdue(&dubai, "Duty officer", Duration::seconds(150));
        assert_eq!(
            escalation(&case),
            "CRITICAL 4F7K-92MX-Q1TA AE-DXB: not claimed for 2 min. Now with you: level 1, \
             Duty officer. Please open the desk."
        );
        assert_eq!(parts::of(&escalation(&case)).parts, 1);
    }

    #[test]
    fn many_cases_make_one_text_with_the_worst_first() {
        let dubai: MissionCode = "AE-DXB".parse().expect("a mission");
        let mut cases: Vec<Overdue<'_>> = (0..40)
            .map(|n| Overdue {
                priority: Priority::Serious,
                ..overdue(&dubai, "Duty officer", Duration::minutes(n))
            })
            .collect();
        cases.push(overdue(&dubai, "Duty officer", Duration::hours(3)));
        let text = bundle(&cases, 0);
        assert!(
            text.starts_with("41 cases overdue: 4F7K-92MX-Q1TA critical 3 h, "),
            "{text}"
        );
        assert!(
            text.ends_with("; and 37 more. Please open the desk."),
            "{text}"
        );
        assert!(parts::of(&text).parts <= 2);
    }

    proptest! {
        #[test]
        fn whatever_a_rung_is_called_the_text_takes_two_parts_at_most(
            name in any::<String>(), seconds in -10i64..10_000_000,
        ) {
            let mission = MissionCode::centre();
            let counted = parts::of(&escalation(&overdue(&mission, &name, Duration::seconds(seconds))));
            prop_assert!(counted.parts <= 2);
            prop_assert_eq!(counted.alphabet, Alphabet::Gsm7);
        }
    }

    #[test]
    fn a_length_of_time_is_told_in_two_units() {
        for (minutes, said) in [
            (0, "0 s"),
            (59, "59 min"),
            (60, "1 h"),
            (61, "1 h 1 min"),
            (1_440, "1 d"),
            (3_000, "2 d 2 h"),
        ] {
            assert_eq!(long(Duration::minutes(minutes)), said);
        }
    }
}
