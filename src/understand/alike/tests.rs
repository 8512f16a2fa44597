//! What makes two reports alike.

use super::*;

#[test]
fn a_name_is_the_same_across_spellings_and_scripts() {
    for (a, b) in [
        ("Wanjiku", "Wanjikũ"),
        ("Mohamed", "محمد"),
        ("Muhammad Ali", "Mohamed"),
        ("Fatuma", "Fatma"),
        ("Doris", "دوريس"),
        ("Mercy Achieng", "ACHIENG Mercy"),
        ("Mercy", "ميرسي"),
        ("Grace Achieng", "غريس اتشينق"),
        ("Gloria", "غلوريا"),
    ] {
        assert!(same_name(a, b), "{a} {b}");
    }
    assert!(!same_name("Faith", "Grace"));
    assert!(!same_name("", "Grace"));
}

#[test]
fn a_missing_person_meets_a_death_of_the_same_name_and_day() {
    let at = DateTime::<Utc>::UNIX_EPOCH;
    let trace = |name, kind| Trace {
        number: None,
        names: vec![name],
        employer: Some("Nakhla Shine"),
        place: None,
        at,
        kind: Some(kind),
        things: &[],
    };
    let found = alike(
        &trace("Doris", Kind::MissingPerson),
        &trace("دوريس", Kind::Death),
    )
    .expect("worth a look");
    assert!(found.reasons.contains(&Reason::Name) && found.reasons.contains(&Reason::Employer));
    let none = alike(
        &Trace {
            employer: None,
            ..trace("Faith", Kind::Death)
        },
        &Trace {
            employer: None,
            ..trace("Grace", Kind::Death)
        },
    );
    assert_eq!(none, None);
}

#[test]
fn one_name_is_not_counted_twice_and_two_of_one_first_name_are_two() {
    let trace = |names: &[&'static str], things| Trace {
        number: None,
        names: names.to_vec(),
        employer: None,
        place: None,
        at: DateTime::UNIX_EPOCH,
        kind: Some(Kind::Death),
        things,
    };
    let faith = [Thing::Name("ft".into())];
    // The name, the kind and the day: the name is in the story too, and that says no more.
    let alone = alike(&trace(&["Faith"], &faith), &trace(&["Faith"], &faith));
    assert_eq!(alone, None);
    let stranger = alike(
        &trace(&["Faith Mwende"], &faith),
        &trace(&["Faith Kerubo"], &faith),
    );
    assert_eq!(stranger, None);
}
