//! The shape of words: what may stand before and after a stem.
//!
//! A Swahili verb carries its subject, tense and object in front of the stem, negation included;
//! an Arabic word carries "and", "in", "the" and a person around it. Knowing that, one line of a
//! lexicon covers every form of a word. It must never look at meaning.

/// Whether a Swahili verb affirms or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Polarity {
    Affirms,
    Denies,
}

const SUBJECTS: [&str; 20] = [
    "ni", "n", "u", "a", "tu", "m", "mu", "wa", "i", "li", "ki", "vi", "zi", "ya", "pa", "ku",
    "yu", "ana", "mi", "wana",
];
const TENSES: [&str; 19] = [
    "na", "li", "me", "ta", "ki", "ka", "nge", "ngali", "mesha", "mekuwa", "lishaku", "sha",
    "meku", "taku", "liku", "kisha", "kiku", "nashinda", "ja",
];
const OBJECTS: [&str; 17] = [
    "", "ni", "ku", "m", "mw", "mu", "tu", "wa", "ji", "i", "li", "ki", "ya", "zi", "vi", "ko", "n",
];
const RELATIVES: [&str; 8] = ["", "ye", "o", "yo", "po", "vyo", "cho", "lo"];
const NEGATIVES: [&str; 12] = [
    "si", "hu", "ha", "hatu", "ham", "hawa", "hai", "hazi", "haku", "hay", "hau", "siku",
];
const NEGATIVE_TENSES: [&str; 6] = ["", "ja", "ku", "ta", "nge", "taku"];
const NEGATED_SUBJECTS: [&str; 8] = ["asi", "wasi", "tusi", "nisi", "usi", "msi", "isi", "bilaku"];

fn object(rest: &str) -> bool {
    OBJECTS.contains(&rest)
}

/// Whether what stands before a stem makes it a Swahili verb, and of which polarity.
pub(super) fn swahili_prefix(prefix: &str) -> Option<Polarity> {
    if prefix.is_empty() || object(prefix) {
        return Some(Polarity::Affirms);
    }
    if prefix.len() > 14 {
        return None;
    }
    // "Hupiga": she always beats. ("Hupigi", you do not, ends otherwise.)
    if let Some(rest) = prefix.strip_prefix("hu")
        && rest != "ku"
        && object(rest)
    {
        return Some(Polarity::Affirms);
    }
    for negative in NEGATIVES {
        if let Some(rest) = prefix.strip_prefix(negative)
            && NEGATIVE_TENSES
                .iter()
                .filter_map(|t| rest.strip_prefix(t))
                .any(object)
        {
            return Some(Polarity::Denies);
        }
    }
    for negated in NEGATED_SUBJECTS {
        if prefix.strip_prefix(negated).is_some_and(object) {
            return Some(Polarity::Denies);
        }
    }
    if let Some(rest) = prefix.strip_prefix("ku")
        && object(rest)
    {
        return Some(Polarity::Affirms);
    }
    let subjects = SUBJECTS.iter().filter_map(|s| prefix.strip_prefix(s));
    for rest in subjects.chain(std::iter::once(prefix)) {
        if object(rest) {
            return Some(Polarity::Affirms);
        }
        for tense in TENSES {
            if let Some(rest) = rest.strip_prefix(tense)
                && RELATIVES
                    .iter()
                    .filter_map(|r| rest.strip_prefix(r))
                    .any(object)
            {
                return Some(Polarity::Affirms);
            }
        }
    }
    None
}

const ARABIC_BEFORE: [&str; 40] = [
    "", "و", "ف", "ب", "ل", "ك", "ح", "س", "ال", "وال", "بال", "فال", "كال", "لل", "ولل", "وب",
    "ول", "ي", "ت", "ن", "ا", "وي", "وت", "ون", "وا", "في", "بي", "بت", "بن", "حي", "حت", "سي",
    "ست", "لي", "لت", "هال", "عال", "وبي", "وبت", "ه",
];
const ARABIC_AFTER: [&str; 64] = [
    "", "ي", "ني", "ها", "ه", "هم", "هن", "ك", "كم", "نا", "ج", "ت", "تي", "تني", "تها", "ته",
    "تهم", "تهن", "تنا", "وا", "و", "ون", "ونها", "ونني", "ونه", "ونهم", "ونا", "وها", "وني", "وه",
    "وهم", "وهن", "ين", "ات", "اته", "اتها", "اتهن", "اتهم", "اتي", "اتنا", "ان", "تو", "توا",
    "تون", "تكم", "ناه", "ناها", "ناهم", "ونهن", "ينها", "ينه", "ينهم", "يني", "اني", "وكم", "ا",
    "اه", "اهم", "لي", "لها", "له", "لهم", "تلي", "ولي",
];

/// Whether letters may stand before an Arabic stem.
pub(super) fn arabic_before(letters: &str) -> bool {
    ARABIC_BEFORE.contains(&letters)
}

/// Whether letters may stand after an Arabic stem.
pub(super) fn arabic_after(letters: &str) -> bool {
    ARABIC_AFTER.contains(&letters)
}

/// The forms of an Arabic word without "and", "in", "to", "as" and, last, without "the":
/// each with the number of bytes that were cut. The word itself comes first.
pub(super) fn arabic_bare(word: &str) -> impl Iterator<Item = &str> {
    const CUTS: [&str; 22] = [
        "و", "ف", "ب", "ل", "ك", "وب", "ول", "فب", "فل", "ال", "وال", "بال", "فال", "كال", "وبال",
        "هال", "عال", "لل", "ولل", "ع", "ه", "مال",
    ];
    let clitics = CUTS
        .iter()
        .filter_map(move |cut| word.strip_prefix(cut))
        .filter(|rest| rest.len() >= 4);
    std::iter::once(word).chain(clitics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swahili_verb_is_known_in_every_person_and_tense() {
        for prefix in [
            "", "ana", "amen", "ameni", "wanam", "nita", "tuna", "walini", "ku", "anaye", "hu",
            "kuni", "aliyeni", "akini",
        ] {
            assert_eq!(swahili_prefix(prefix), Some(Polarity::Affirms), "{prefix}");
        }
        for prefix in [
            "hawani", "haja", "sija", "hatuja", "asini", "ha", "hajani", "hakuni",
        ] {
            assert_eq!(swahili_prefix(prefix), Some(Polarity::Denies), "{prefix}");
        }
        for prefix in ["xyz", "shule", "barua"] {
            assert_eq!(swahili_prefix(prefix), None, "{prefix}");
        }
    }

    #[test]
    fn an_arabic_word_is_found_behind_its_prefixes() {
        assert!(arabic_bare("بالرياض").any(|w| w == "رياض"));
        assert!(arabic_bare("والشرطه").any(|w| w == "شرطه"));
        assert!(arabic_before("ي") && arabic_after("ونها"));
    }
}
