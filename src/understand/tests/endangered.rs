//! Words of danger to somebody are never put aside by what the text sounds like as a whole.

use super::*;

#[test]
fn danger_told_of_somebody_opens_a_case_however_harmless_the_text_sounds() {
    for text in [
        "thank you for yesterday but now he is choking me",
        "thank you but he is beating me again",
        "my county girl Mary Wanjiru from Kiambu County is dying in Dammam hospital",
        "STOP he is killing me",
        "h e l p   m e he is killing me",
    ] {
        for from in ["+96550000001", "+254700000001"] {
            let u = texts(text, from);
            assert!(u.report, "{text}");
            assert_eq!(u.priority, Priority::Critical, "{text}");
        }
    }
}

#[test]
fn who_is_about_to_be_lost_is_heard_from_home_too() {
    for text in [
        "my brother will be executed in Saudi on Friday",
        "nobody will miss me when im gone tonight",
    ] {
        let u = texts(text, "+254700000001");
        assert_eq!(u.priority, Priority::Critical, "{text}");
    }
}

#[test]
fn thanks_for_yesterday_put_nothing_aside_that_has_begun_again() {
    for text in [
        "thank you for yesterday but he started beating me again",
        "asante kwa jana lakini ameanza kunipiga tena",
    ] {
        for from in ["+96550000001", "+254700000001"] {
            let u = texts(text, from);
            assert!(u.report && u.priority <= Priority::Urgent, "{from}: {text}");
        }
    }
}

#[test]
fn a_wish_to_die_is_critical_however_it_is_spelt() {
    for text in ["bdi mout", "البنت منتحرة"] {
        let u = texts(text, "+96170000001");
        assert_eq!(u.priority, Priority::Critical, "{text}");
    }
}

#[test]
fn a_death_abroad_is_heard_from_home_among_whatever_else_is_told() {
    let u = texts(
        "kuku na mimi tunalala pamoja store, mwenzangu amekufa jana, Saudi",
        "+254700000001",
    );
    assert!(u.report && u.priority <= Priority::Urgent);
    let lives = texts("my sister nearly died in Jeddah", "+254700000001");
    assert!(lives.report && lives.kind != Some(crate::case::Kind::Death));
}
