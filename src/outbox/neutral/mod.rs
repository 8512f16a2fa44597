//! Whether words are neutral: whether somebody who takes the phone learns nothing from them.
//!
//! Told are agencies, words of a case, what a person may have complained of, links, numbers,
//! references and money, in English, Swahili and Arabic, each with where it stands and why it tells.
//! It is a net for what a tired responder types, not a proof: words it does not know pass. It errs
//! towards refusing, since a refusal can be overridden with a reason, and a read message cannot be
//! taken back.

mod marks;
mod words;

/// What a stretch of text gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// An embassy, a government, a service.
    Agency,
    /// That there is a case.
    Case,
    /// What the person may have written about.
    Plight,
    /// Money.
    Money,
    /// A link or an address of the net.
    Link,
    /// A telephone number.
    Number,
    /// A case's reference.
    Reference,
}

impl About {
    /// Why it is not neutral, for who typed it.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Agency => "It names an office: whoever reads it knows whom the person wrote to.",
            Self::Case => "It shows that the person complained about something.",
            Self::Plight => "It tells what the person may have written about.",
            Self::Money => "It speaks of money, which makes others curious.",
            Self::Link => "A link leads whoever taps it to us.",
            Self::Number => "A number can be called by whoever reads it.",
            Self::Reference => "A reference shows that there is a case.",
        }
    }
}

/// Something that is not neutral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Found {
    /// First character, counted in Unicode characters from 0.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// What it gives away; `About::why` tells the rest.
    pub about: About,
}

/// Looks through a text.
///
/// # Errors
/// Everything that is not neutral, in the order it stands; never empty.
pub fn check(text: &str) -> Result<(), Vec<Found>> {
    let chars: Vec<char> = text.chars().collect();
    let marks = marks::find(&chars);
    let mut found: Vec<Found> = words::find(&chars)
        .into_iter()
        // A word inside a link or a reference is told once.
        .filter(|word| {
            !marks
                .iter()
                .any(|m| m.start <= word.start && word.end <= m.end)
        })
        .collect();
    found.extend(marks);
    found.sort_unstable();
    found.dedup();
    if found.is_empty() { Ok(()) } else { Err(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(text: &str) -> Vec<(About, String)> {
        check(text).err().map_or_else(Vec::new, |found| {
            found
                .into_iter()
                .map(|f| {
                    let words = text.chars().skip(f.start).take(f.end - f.start).collect();
                    (f.about, words)
                })
                .collect()
        })
    }

    fn one(text: &str) -> Option<(About, String)> {
        let mut all = told(text);
        assert!(all.len() <= 1, "{text}: {all:?}");
        all.pop()
    }

    #[test]
    fn an_agency_is_found_in_three_languages() {
        for (text, word) in [
            ("The Embassy will write", "Embassy"),
            ("come to the embassies", "embassies"),
            ("our consulate's door", "consulate's"),
            ("the High  Commission opens at 8", "High  Commission"),
            ("Fika ubalozini kesho", "ubalozini"),
            ("Nenda kwa serikali", "serikali"),
            ("تعال إلى السفارة غدا", "السفارة"),
            ("وسفارتنا مفتوحة", "وسفارتنا"),
            ("نحن من القنصليّة", "القنصليّة"),
            ("بالقنصلية", "بالقنصلية"),
            ("للسفارة", "للسفارة"),
        ] {
            assert_eq!(one(text), Some((About::Agency, word.to_owned())), "{text}");
        }
    }

    #[test]
    fn words_of_a_case_and_of_a_plight_are_found() {
        for (text, about, word) in [
            ("Your case is open", About::Case, "case"),
            ("Kesi yako imefika", About::Case, "Kesi"),
            ("tulipata ripoti yako", About::Case, "ripoti"),
            ("وصل بلاغك", About::Case, "بلاغك"),
            ("we can help you", About::Plight, "help"),
            ("where is your passport?", About::Plight, "passport"),
            ("tutakusaidia leo", About::Plight, "tutakusaidia"),
            ("هل أخذ الكفيل هاتفك؟", About::Plight, "الكفيل"),
            ("سنساعدك", About::Plight, "سنساعدك"),
            ("je, polisi wako karibu?", About::Plight, "polisi"),
            ("wamekufungia mlango?", About::Plight, "wamekufungia"),
            ("anakupiga?", About::Plight, "anakupiga"),
            ("هل أنت محبوسة؟", About::Plight, "محبوسة"),
            ("is the door locked", About::Plight, "locked"),
        ] {
            assert_eq!(one(text), Some((about, word.to_owned())), "{text}");
        }
    }

    #[test]
    fn links_are_found_however_they_are_written() {
        for (text, link) in [
            (
                "see https://msaada.example/t?x=1.",
                "https://msaada.example/t?x=1",
            ),
            ("see www.diaspora.go.ke now", "www.diaspora.go.ke"),
            ("wa.me/254700000001", "wa.me/254700000001"),
            ("(bit.ly/abc)", "bit.ly/abc"),
            ("write to rose@mail.example", "rose@mail.example"),
        ] {
            assert_eq!(one(text), Some((About::Link, link.to_owned())), "{text}");
        }
    }

    #[test]
    fn numbers_and_references_are_found() {
        for (text, about, mark) in [
            (
                "call +254 700 000 001 now",
                About::Number,
                "+254 700 000 001",
            ),
            ("call 0700-000-001", About::Number, "0700-000-001"),
            ("اتصل ٠٧٠٠٠٠٠٠٠١", About::Number, "٠٧٠٠٠٠٠٠٠١"),
            ("dial 999 now", About::Number, "999"),
            ("it is 4F7K-92MX-Q1TA", About::Reference, "4F7K-92MX-Q1TA"),
            ("it is 4f7k92mxq1ta", About::Reference, "4f7k92mxq1ta"),
            ("it is 4F7K 92MX Q1TA", About::Reference, "4F7K 92MX Q1TA"),
        ] {
            assert_eq!(one(text), Some((about, mark.to_owned())), "{text}");
        }
    }

    #[test]
    fn money_is_found() {
        for (text, mark) in [
            ("bring 200 AED", "AED"),
            ("€40", "€"),
            ("tutatuma pesa", "pesa"),
            ("معك فلوس؟", "فلوس"),
        ] {
            assert_eq!(one(text), Some((About::Money, mark.to_owned())), "{text}");
        }
    }

    #[test]
    fn ordinary_talk_passes() {
        for text in [
            "Where are you now? Is there a shop or mosque near you?",
            "I will write again at 10:30. Just in case, keep this chat.",
            "Tuonane saa 4 asubuhi karibu na soko. Uko na nani?",
            "هل أنت وحدك الآن؟ متى تنامين؟",
            "Ok.see you at 7 in the evening, room 1500",
            "Safe journey, Rose! 3 of us will be at gate 12B.",
            "Nitakupigia kesho asubuhi, au unaweza kunipigia simu?",
            "Do you have credit and a charger? Who is next to you?",
            "Nimeelewa. Endelea kuandika hapa ukiwa peke yako.",
            "هل يمكنك الخروج للتسوق غدا؟ سأكون هناك عند العصر.",
            "Habari? Salama. Zaidi ya hayo, mkoa gani?",
            "",
        ] {
            assert_eq!(told(text), [], "{text}");
        }
    }

    #[test]
    fn everything_is_told_at_once_in_order() {
        let all = told("Embassy: your case 4F7K-92MX-Q1TA, www.x.ke");
        let about: Vec<About> = all.iter().map(|(about, _)| *about).collect();
        assert_eq!(
            about,
            [About::Agency, About::Case, About::Reference, About::Link]
        );
        assert!(all.iter().all(|(about, _)| about.why().ends_with('.')));
    }

    proptest! {
        #[test]
        fn every_stretch_lies_in_the_text(text in any::<String>()) {
            let length = text.chars().count();
            for found in check(&text).err().unwrap_or_default() {
                prop_assert!(found.start < found.end && found.end <= length);
            }
        }

        #[test]
        fn a_telling_word_is_found_whatever_stands_around_it(
            before in "[ -~]{0,20}", after in "[ -~]{0,20}",
        ) {
            let text = format!("{before} embassy {after}");
            prop_assert!(check(&text).is_err());
        }
    }
}
