//! The language of a message, from the small words every sentence has.
//!
//! A list of small words per language decides; where none is known, the shape of the words does
//! (almost every Swahili word ends in a vowel). It must never need more than one pass.

use super::matching::WordMap;
use super::text::{Script, Text};
use crate::case::Lang;

static WORDS: &str = include_str!("data/languages.tsv");

/// Languages told apart; the others are answered in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    Swahili,
    Arabizi,
    Other(u8),
}

/// The small words of all languages.
pub(super) struct Languages {
    words: WordMap<Vec<(Tongue, f32)>>,
}

/// What was counted.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counted {
    pub(super) english: f32,
    pub(super) swahili: f32,
    pub(super) arabizi: f32,
    pub(super) arabic: f32,
    pub(super) other_script: f32,
    pub(super) others: [f32; 16],
}

impl Languages {
    /// Reads the shipped list: a line per language, its code, a tab, its words.
    pub(super) fn shipped() -> Self {
        let mut words: WordMap<Vec<(Tongue, f32)>> = WordMap::default();
        let mut others = 0;
        for line in WORDS.lines().filter(|l| !l.starts_with('#')) {
            let Some((code, list)) = line.split_once('\t') else {
                continue;
            };
            let tongue = match code {
                "en" => Tongue::English,
                "sw" => Tongue::Swahili,
                "arabizi" => Tongue::Arabizi,
                _ => {
                    others += 1;
                    Tongue::Other(others - 1)
                }
            };
            for word in list.split_whitespace() {
                let folded = Text::fold(word);
                words.entry(folded.into()).or_default().push((tongue, 1.0));
            }
        }
        for list in words.values_mut() {
            let shared = list.len();
            if shared > 1 {
                for (_, weight) in list {
                    *weight = 0.4;
                }
            }
        }
        Self { words }
    }

    /// The language of a text.
    pub(super) fn of(&self, text: &Text) -> Lang {
        let c = self.count(text);
        decide(&c)
    }

    fn count(&self, text: &Text) -> Counted {
        let mut c = Counted::default();
        for (token, word) in text.tokens.iter().zip(text.words()) {
            match token.script {
                Script::Arabic => c.arabic += 1.0,
                Script::Other => c.other_script += 1.0,
                Script::Latin => self.latin(word, &mut c),
                Script::Digits | Script::Symbol => {}
            }
        }
        c
    }

    fn latin(&self, word: &str, c: &mut Counted) {
        if let Some(list) = self.words.get(word) {
            for (tongue, weight) in list {
                match tongue {
                    Tongue::English => c.english += weight,
                    Tongue::Swahili => c.swahili += weight,
                    Tongue::Arabizi => c.arabizi += weight,
                    Tongue::Other(n) => c.others[usize::from(*n) % 16] += weight,
                }
            }
            return;
        }
        let bytes = word.as_bytes();
        let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
        if digits > 0
            && digits < bytes.len()
            && bytes
                .iter()
                .any(|b| matches!(b, b'3' | b'7' | b'9' | b'6' | b'5' | b'2'))
        {
            let units = [
                "k", "h", "hrs", "am", "pm", "th", "nd", "rd", "st", "sr", "d", "g", "gb", "mb",
            ];
            let tail = word.trim_start_matches(|c: char| c.is_ascii_digit());
            if !units.contains(&tail) {
                c.arabizi += 0.8;
            }
            return;
        }
        if bytes.len() >= 4 {
            if swahili_shape(word) {
                c.swahili += 0.5;
            } else if english_shape(word) {
                c.english += 0.3;
            }
        }
    }
}

/// How Swahili words begin.
const BEGIN: [&str; 30] = [
    "ni", "ana", "ali", "ame", "wa", "ku", "m", "ha", "si", "tu", "u", "ki", "vi", "ma", "hu",
    "nim", "nil", "nina", "wana", "wame", "wali", "ata", "ata", "yu", "ya", "za", "kwa", "ny",
    "ng", "mw",
];

fn swahili_shape(word: &str) -> bool {
    let vowel = |b: &u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u');
    let bytes = word.as_bytes();
    bytes.last().is_some_and(vowel)
        && bytes.iter().filter(|b| vowel(b)).count() * 5 >= bytes.len() * 2
        && BEGIN.iter().any(|b| word.starts_with(b))
        && !word.contains(['x', 'q'])
}

fn english_shape(word: &str) -> bool {
    [
        "ing", "tion", "ed", "ly", "ght", "ment", "ness", "ck", "rs", "ts", "ll",
    ]
    .iter()
    .any(|e| word.ends_with(e))
}

fn decide(c: &Counted) -> Lang {
    let latin = c.english + c.swahili + c.arabizi;
    let other = c.others.iter().copied().fold(0.0f32, f32::max);
    if c.other_script > c.arabic && c.other_script > latin {
        return Lang::Other;
    }
    if c.arabic > 0.0 {
        return if c.english >= 2.0 && c.english * 5.0 >= c.arabic {
            if c.english > c.arabic * 6.0 && c.arabic < 2.0 {
                Lang::English
            } else {
                Lang::ArabicEnglish
            }
        } else {
            Lang::Arabic
        };
    }
    if other > 1.0 && other >= 0.6 * c.english.max(c.swahili).max(c.arabizi) {
        return Lang::Other;
    }
    if c.arabizi > 1.0 && c.arabizi >= c.english.max(c.swahili) {
        return Lang::Arabizi;
    }
    if c.swahili >= 1.0
        && c.english >= 1.5
        && c.english.min(c.swahili) * 4.0 >= c.english.max(c.swahili)
    {
        return Lang::SwahiliEnglish;
    }
    if c.swahili > c.english {
        Lang::Swahili
    } else if latin > 0.0 || other == 0.0 {
        Lang::English
    } else {
        Lang::Other
    }
}
