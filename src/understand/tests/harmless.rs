//! What means no harm is not shown as a reason for alarm, and who is elsewhere is looked for there.

use super::*;

#[test]
fn words_that_mean_harm_in_another_language_or_phrase_are_no_reason_for_anything() {
    for text in [
        // Luo tells a death with it.
        "I am ok tho, see you tomorrow",
        // Tagalog "I" and "by them".
        "dada yangu ako Deira anafanya kazi vizuri",
        // The Arabic future, once read as a death threat.
        "متى راح تفتح السفارة",
        // A matatu, and a death in Arabic written in Latin letters.
        "niko kwa mat nakuja ofisini",
        "وين حبل الغسيل",
        "السفارة ما ترد علي",
    ] {
        let alarms = texts(text, "+966500000001").evidence.into_iter();
        let alarms: Vec<String> = alarms
            .map(|evidence| evidence.says)
            .filter(|says| says.starts_with("sign:") || *says == "priority:critical")
            .collect();
        assert!(alarms.is_empty(), "{text}: {alarms:?}");
    }
}

#[test]
fn who_scalds_a_worker_gives_her_nothing_to_drink() {
    let u = texts("amenimwagia maji moto, niko Jeddah", "+966500000001");
    assert!(u.needs.is_empty(), "{:?}", u.needs);
    assert!(u.signs.contains(&Sign::Violence));
}

#[test]
fn a_relative_said_to_be_somewhere_is_looked_for_there_and_not_where_the_phone_is() {
    for (text, mission) in [
        ("they arrested my cousin in Kuwait", "KW-KWI"),
        ("my mother in Doha is very sick", "QA-DOH"),
        ("اختي في الكويت مريضة جدا", "KW-KWI"),
        ("mama huko Doha ameugua sana", "QA-DOH"),
        // Whoever is only to be called, and a firm, are not her.
        (
            "call my mother in Doha, I am locked in a house in Kuwait",
            "KW-KWI",
        ),
        (
            "Bwana yangu alifariki Abu Dhabi, kampuni iko Dubai haitaki kusema",
            "AE-AUH",
        ),
    ] {
        assert_eq!(
            texts(text, "+966500000001").mission.as_str(),
            mission,
            "{text}"
        );
    }
}

#[test]
fn who_says_that_it_is_over_raises_no_alarm() {
    for text in [
        "I was beaten last year but now I am fine, I only want to know about my visa",
        "mwaka jana nilipigwa lakini sasa niko salama, asanteni",
    ] {
        let u = texts(text, "+966500000001");
        assert_ne!(u.priority, Priority::Critical, "{text}");
    }
}

#[test]
fn no_word_is_shown_to_alarm_more_than_was_concluded() {
    for text in [
        "لازم أعمل تحليل دم للإقامة",
        "وقعت العقد أمس، متى أستلم التأشيرة؟",
        "thank you, they said there was a bomb but now I am home",
    ] {
        let u = texts(text, "+966500000001");
        for evidence in &u.evidence {
            let alarms = evidence.says.strip_prefix("priority:");
            let alarms = alarms.and_then(|word| word.parse::<Priority>().ok());
            assert!(
                alarms.is_none_or(|alarms| alarms.rank() >= u.priority.rank()),
                "{text}: {} of {:?}",
                evidence.says,
                u.priority
            );
        }
    }
}
