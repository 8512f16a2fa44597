//! How many parts a text takes on the air, and why.
//!
//! A text in the GSM alphabet holds 160 characters, or 153 a part when split; one character outside
//! it turns the whole text into UCS-2, which holds 70, or 67 a part. Parts cost money and, worse,
//! arrive apart. Arabic or Swahili is never squeezed into the small alphabet by turning letters
//! into question marks; only typographer's marks may be straightened.

/// The alphabet a text is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// GSM 03.38, seven bits; the characters of its extension count twice.
    Gsm7,
    /// UCS-2, sixteen bits; characters beyond the basic plane (emoji) count twice.
    Ucs2,
}

/// What a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The alphabet.
    pub alphabet: Alphabet,
    /// Units of the alphabet: septets, or 16-bit words.
    pub units: usize,
    /// Messages on the air, at least one.
    pub parts: usize,
}

/// The basic alphabet of GSM 03.38, without the escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension: each is sent as an escape and a character.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Counts a text.
#[must_use]
pub fn of(text: &str) -> Parts {
    let alphabet = if outsider(text).is_none() {
        Alphabet::Gsm7
    } else {
        Alphabet::Ucs2
    };
    let (whole, split) = match alphabet {
        Alphabet::Gsm7 => (160, 153),
        Alphabet::Ucs2 => (70, 67),
    };
    let width = |c: char| match alphabet {
        Alphabet::Gsm7 if EXTENSION.contains(c) => 2,
        Alphabet::Gsm7 => 1,
        Alphabet::Ucs2 => c.len_utf16(),
    };
    let units = text.chars().map(width).sum();
    let parts = if units <= whole {
        1
    } else {
        // A character of two units is never cut in half, so a part may end one unit early.
        let (mut parts, mut used) = (1, 0);
        for width in text.chars().map(width) {
            if used + width > split {
                parts += 1;
                used = 0;
            }
            used += width;
        }
        parts
    };
    Parts {
        alphabet,
        units,
        parts,
    }
}

/// The first character that the small alphabet lacks.
#[must_use]
pub fn outsider(text: &str) -> Option<char> {
    text.chars()
        .find(|&c| !BASIC.contains(c) && !EXTENSION.contains(c))
}

/// The text with typographer's apostrophes, quotation marks, dashes, dots and spaces made plain
/// where that is all that keeps it out of the small alphabet; otherwise the text as it is.
#[must_use]
pub fn straightened(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{b4}' | '`' => plain.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => plain.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '\u{2026}' => plain.push_str("..."),
            '\u{a0}' | '\u{2009}' | '\u{202f}' => plain.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => {}
            other => plain.push(other),
        }
    }
    if outsider(&plain).is_none() {
        plain
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(text: &str) -> (Alphabet, usize, usize) {
        let parts = of(text);
        (parts.alphabet, parts.units, parts.parts)
    }

    #[test]
    fn latin_letters_fit_160_and_153_when_split() {
        assert_eq!(counted(""), (Alphabet::Gsm7, 0, 1));
        assert_eq!(counted(&"a".repeat(160)), (Alphabet::Gsm7, 160, 1));
        assert_eq!(counted(&"a".repeat(161)), (Alphabet::Gsm7, 161, 2));
        assert_eq!(counted(&"a".repeat(306)), (Alphabet::Gsm7, 306, 2));
        assert_eq!(counted(&"a".repeat(307)), (Alphabet::Gsm7, 307, 3));
    }

    #[test]
    fn characters_of_the_extension_count_twice_and_are_not_cut() {
        for c in "^{}[]~\\|€".chars() {
            assert_eq!(counted(&c.to_string()), (Alphabet::Gsm7, 2, 1), "{c}");
        }
        let straddling = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(counted(&straddling), (Alphabet::Gsm7, 306, 3));
    }

    #[test]
    fn one_strange_character_turns_the_whole_text() {
        for c in ["😢", "ç", "\u{2019}", "س"] {
            let text = format!("{}{c}", "a".repeat(70));
            assert_eq!(of(&text).alphabet, Alphabet::Ucs2, "{c}");
            assert_eq!(of(&text).parts, 2, "{c}");
        }
        assert_eq!(of("é").alphabet, Alphabet::Gsm7);
    }

    #[test]
    fn arabic_fits_70_and_67_when_split_and_emoji_count_twice() {
        assert_eq!(counted(&"س".repeat(70)), (Alphabet::Ucs2, 70, 1));
        assert_eq!(counted(&"س".repeat(71)), (Alphabet::Ucs2, 71, 2));
        assert_eq!(counted(&"س".repeat(134)), (Alphabet::Ucs2, 134, 2));
        assert_eq!(counted(&"😢".repeat(35)), (Alphabet::Ucs2, 70, 1));
        // 33 emoji fill 66 of 67 words; the next is not cut in half.
        assert_eq!(counted(&"😢".repeat(67)), (Alphabet::Ucs2, 134, 3));
    }

    #[test]
    fn a_curly_apostrophe_is_straightened_and_a_letter_never_is() {
        assert_eq!(straightened("ng\u{2019}ombe \u{2026}"), "ng'ombe ...");
        assert_eq!(straightened("كيف الحال\u{2019}"), "كيف الحال\u{2019}");
    }

    proptest! {
        #[test]
        fn a_longer_text_never_takes_fewer_parts(text in "\\PC{0,200}", more in "[a-z€😢س]{0,40}") {
            let short = of(&text);
            let long = of(&format!("{text}{more}"));
            prop_assert!(long.parts >= short.parts);
            prop_assert!(short.parts >= 1);
        }
    }
}
