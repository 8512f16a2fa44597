//! What a text tells of an event, in marks that hold in every language: things that are in it (a fire, a
//! balcony, a newborn), how many people, and names.
//!
//! For comparing reports of different people about one event, and for nothing else: a mark is no reason for
//! a kind or a priority. Times, ages and telephone numbers are left out, since everybody tells such.

use super::alike::skeleton;
use super::matching::Match;
use super::morphology::arabic_bare;
use super::names::Names;
use super::tags::{Cue, Tag};
use super::text::{Case, Gap, Script, Text};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

static SHIPPED: &str = include_str!("data/things.tsv");
/// Marks of one text.
const MOST: usize = 80;
/// Consonants of an Arabic word that may be a name: shorter ones are alike by chance.
const SPELT: usize = 3;
/// The smallest number that says something: two of anything are everywhere.
const FEW: u32 = 3;
/// Numbers above this are telephone numbers and the like.
const MANY: u32 = 999_999;

/// A mark of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// Something of the list, by its name there.
    Known(&'static str),
    /// So many, or such a day of the month.
    Number(u32),
    /// A word with a capital that is neither a place nor known otherwise, by its consonants.
    Name(String),
    /// An Arabic word by its consonants: it has no capitals, and may be a name that another text writes
    /// with one.
    Spelt(String),
}

impl Thing {
    /// Whether two texts tell the same with these.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Spelt(_), Self::Spelt(_)) => false,
            (Self::Name(a) | Self::Spelt(a), Self::Name(b) | Self::Spelt(b)) => a == b,
            // Who counts a crowd is out by one or two.
            (Self::Number(a), Self::Number(b)) => {
                a == b || *a >= 10 && *b >= 10 && a.abs_diff(*b) * 8 <= *a
            }
            (a, b) => a == b,
        }
    }
}

struct Things {
    whole: HashMap<String, &'static str>,
    begins: Vec<(String, &'static str)>,
    holds: Vec<(String, &'static str)>,
    weights: HashMap<&'static str, f32>,
}

static THINGS: LazyLock<Things> = LazyLock::new(|| {
    let mut all = Things {
        whole: HashMap::new(),
        begins: Vec::new(),
        holds: Vec::new(),
        weights: HashMap::new(),
    };
    for line in SHIPPED.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(thing), Some(weight), Some(words)) =
            (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        all.weights.insert(thing, weight.parse().unwrap_or(0.0));
        for word in words.split(' ') {
            let folded = Text::fold(word.trim_matches('*'));
            match (word.starts_with('*'), word.ends_with('*')) {
                (true, _) => all.holds.push((folded, thing)),
                (false, true) => all.begins.push((folded, thing)),
                (false, false) => {
                    all.whole.insert(folded, thing);
                }
            }
        }
    }
    all
});

/// How much it says that two texts share a thing of the list, from 0 to 1.
pub(super) fn weight(thing: &str) -> f32 {
    THINGS.weights.get(thing).copied().unwrap_or(0.0)
}

fn known(word: &str, script: Script) -> Option<&'static str> {
    let all = &*THINGS;
    let exactly = |word: &str| all.whole.get(word).copied();
    let found = match script {
        Script::Arabic => arabic_bare(word).find_map(exactly),
        _ => exactly(word),
    };
    found.or_else(|| {
        let begins = all.begins.iter().find(|(stem, _)| match script {
            Script::Arabic => arabic_bare(word).any(|bare| bare.starts_with(stem.as_str())),
            _ => word.starts_with(stem.as_str()),
        });
        let holds = || {
            all.holds
                .iter()
                .find(|(stem, _)| word.contains(stem.as_str()))
        };
        begins.or_else(holds).map(|(_, thing)| *thing)
    })
}

/// Numbers in words, as far as groups of people are counted in them.
static WORDS: LazyLock<BTreeMap<String, u32>> = LazyLock::new(|| {
    const WRITTEN: [(u32, &str); 16] = [
        (3, "three tatu watatu thalatha ثلاث ثلاثه"),
        (4, "four nne wanne اربع اربعه"),
        (5, "five tano watano خمس خمسه"),
        (6, "six sita ست سته"),
        (7, "seven saba سبع سبعه"),
        (8, "eight nane wanane ثمان ثماني ثمانيه"),
        (9, "nine tisa تسع تسعه"),
        (10, "ten kumi عشر عشره"),
        (11, "eleven"),
        (12, "twelve dazeni"),
        (15, "fifteen"),
        (16, "sixteen"),
        (20, "twenty ishirini عشرين عشرون"),
        (30, "thirty thelathini ثلاثين ثلاثون"),
        (40, "forty arobaini اربعين اربعون"),
        (50, "fifty hamsini خمسين خمسون"),
    ];
    WRITTEN
        .iter()
        .flat_map(|(number, words)| words.split(' ').map(|word| (Text::fold(word), *number)))
        .collect()
});

/// A number before one of these tells a time, a length or an age, and everybody tells such.
const MEASURES: &str = "month months week weeks day days hour hours hrs year years am pm o'clock times \
    miezi mwezi wiki siku saa masaa miaka mwaka asubuhi usiku \
    شهر شهور اشهر اسبوع اسابيع يوم ايام ساعه ساعات سنه سنين سنوات عاما عام مره مرات";
/// Behind one of these too: in Swahili the number stands behind.
const COUNTED: &str = "miezi mwezi wiki siku saa masaa miaka mwaka";

fn among(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

fn number(text: &Text, at: usize) -> Option<u32> {
    let word = text.word(at);
    let counted = at > 0 && among(COUNTED, text.word(at - 1));
    if counted || among(MEASURES, text.word(at + 1)) {
        return None;
    }
    let (digits, rest) =
        word.split_at(word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    if !digits.is_empty() && matches!(rest, "" | "st" | "nd" | "rd" | "th") {
        return digits.parse().ok();
    }
    let spelled = match text.tokens[at].script {
        Script::Arabic => arabic_bare(word).find_map(|bare| WORDS.get(bare)),
        _ => WORDS.get(word),
    };
    let ten = *spelled?;
    // "kumi na tano".
    if word == "kumi" && text.word(at + 1) == "na" {
        let ones = WORDS.get(text.word(at + 2)).copied();
        return Some(ten + ones.filter(|ones| *ones < 10).unwrap_or(0));
    }
    // Its second half is told with its first.
    let half = at >= 2 && text.word(at - 1) == "na" && text.word(at - 2) == "kumi";
    (!half).then_some(ten)
}

/// Whether a number tells which year, or is too small or too large to tell a group.
fn tells(number: u32) -> bool {
    (FEW..=MANY).contains(&number) && !(1990..=2050).contains(&number) && number != 24
}

/// The marks of a text.
pub(super) fn things(text: &Text, matches: &[Match<'_>], places: &Names) -> Vec<Thing> {
    let mut found = Vec::new();
    for at in 0..text.tokens.len() {
        let token = &text.tokens[at];
        let word = text.word(at);
        if let Some(number) = number(text, at).filter(|number| tells(*number)) {
            found.push(Thing::Number(number));
        }
        if let Some(thing) = known(word, token.script) {
            found.push(Thing::Known(thing));
            continue;
        }
        // A word of a lexicon is no name.
        let known_word = matches.iter().any(|m| {
            let names = |tag| matches!(tag, Tag::Cue(Cue::NoPlace | Cue::Name));
            m.from == at && m.to == at + 1 && m.told.iter().any(|t| !names(t.tag))
        });
        let place = places.get(word).next().is_some();
        if known_word || place {
            continue;
        }
        let key = skeleton(word);
        if token.script == Script::Arabic && key.chars().count() >= SPELT {
            found.push(Thing::Spelt(key));
        } else if token.script == Script::Latin
            && token.case == Case::Capital
            && token.gap != Gap::Stop
            && at > 0
            && !text.shouted
            && !text.headline
            && word.len() >= 4
            && key.len() >= 2
            && !among(COMMON, word)
        {
            found.push(Thing::Name(key));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found
}

/// Written with a capital in half of all texts.
const COMMON: &str = "kenya kenyan kenyans africa african swahili arabic english muslim christian hello please \
    police embassy madam boss agency company passport whatsapp sister brother god";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::Understanding;
    use std::collections::BTreeSet;

    fn told(u: &Understanding, text: &str) -> BTreeSet<Thing> {
        u.things_in(text).into_iter().collect()
    }

    #[test]
    fn one_event_has_the_same_marks_in_every_language() {
        let u = Understanding::load().expect("loads");
        let english = told(
            &u,
            "7 Kenyans, a fire on the balcony, one newborn. Police of Wajir came",
        );
        for text in [
            "tuko saba, moto kwa balcony, kuna mtoto mchanga",
            "نحن سبعة، حريق في البلكونة ومعنا رضيع",
        ] {
            let shared: Vec<_> = told(&u, text).intersection(&english).cloned().collect();
            let all = [
                Thing::Known("balcony"),
                Thing::Known("fire"),
                Thing::Known("newborn"),
                Thing::Number(7),
            ];
            assert_eq!(shared, all, "{text}");
        }
        assert!(told(&u, "watu kumi na sita").contains(&Thing::Number(16)));
    }

    #[test]
    fn times_ages_and_telephone_numbers_tell_nothing() {
        let u = Understanding::load().expect("loads");
        for text in [
            "no pay for 7 months, call 0712345678, since 2024",
            "miezi saba bila mshahara, saa tisa usiku",
            "من ثلاث شهور وعمرها 35 سنة",
        ] {
            let numbers = told(&u, text).into_iter();
            let numbers: Vec<_> = numbers
                .filter(|thing| matches!(thing, Thing::Number(_)))
                .collect();
            assert_eq!(numbers, [], "{text}");
        }
    }

    #[test]
    fn every_line_of_the_list_is_whole() {
        for line in SHIPPED.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [thing, weight, words] = columns[..] else {
                panic!("three columns: {line}");
            };
            let weight: f32 = weight.parse().expect(line);
            assert!(
                (0.0..=1.0).contains(&weight) && !words.is_empty(),
                "{thing}"
            );
        }
    }
}
