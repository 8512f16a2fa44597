//! Telling words: whole words and phrases of a list, compared without case, vowel signs or the small
//! words Arabic writes together with the next.

use super::{About, Found};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// A word of the text, as it is compared.
struct Word {
    start: usize,
    end: usize,
    /// The ways it may be read: as it stands, and without Arabic prefixes.
    ways: Vec<String>,
}

/// A word of a form: `word`, `word*`, `*word` or `*word*`.
struct Pattern {
    stem: String,
    open_before: bool,
    open_after: bool,
}

struct Form {
    /// None for a phrase that is ordinary, and covers the telling words in it.
    about: Option<About>,
    words: Vec<Pattern>,
}

#[derive(serde::Deserialize)]
struct Row {
    about: String,
    form: String,
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    read(include_str!("telling.csv")).expect("the list is part of the program, and a test reads it")
});

fn read(list: &str) -> Result<Vec<Form>, String> {
    csv::Reader::from_reader(list.as_bytes())
        .deserialize()
        .map(|row| {
            let row: Row = row.map_err(|error| error.to_string())?;
            let about = match row.about.as_str() {
                "ordinary" => None,
                "agency" => Some(About::Agency),
                "case" => Some(About::Case),
                "plight" => Some(About::Plight),
                "money" => Some(About::Money),
                other => return Err(format!("{other:?} is not something words can be about")),
            };
            let words: Vec<Pattern> = row.form.split_whitespace().map(Pattern::read).collect();
            if words.is_empty() || words.iter().any(|word| word.stem.is_empty()) {
                return Err(format!("{:?} is no form", row.form));
            }
            Ok(Form { about, words })
        })
        .collect()
}

impl Pattern {
    fn read(word: &str) -> Self {
        Self {
            stem: word.trim_matches('*').chars().flat_map(compared).collect(),
            open_before: word.starts_with('*'),
            open_after: word.ends_with('*'),
        }
    }

    fn fits(&self, word: &Word) -> bool {
        let stem = self.stem.as_str();
        word.ways
            .iter()
            .any(|way| match (self.open_before, self.open_after) {
                (false, false) => way == stem,
                (false, true) => way.starts_with(stem),
                (true, false) => way.ends_with(stem),
                (true, true) => way.contains(stem),
            })
    }
}

/// Every telling word or phrase.
pub(super) fn find(chars: &[char]) -> Vec<Found> {
    let words = split(chars);
    let mut covered = vec![false; words.len()];
    let mut found = Vec::new();
    for form in FORMS.iter().filter(|form| form.about.is_none()) {
        for at in hits(form, &words) {
            covered[at..at + form.words.len()].fill(true);
        }
    }
    // Longer phrases first, so that "high commission" is told once.
    let mut forms: Vec<&Form> = FORMS.iter().filter(|form| form.about.is_some()).collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.words.len()));
    for form in forms {
        for at in hits(form, &words) {
            let stretch = at..at + form.words.len();
            if let Some(about) = form.about
                && !covered[stretch.clone()].iter().any(|&c| c)
            {
                covered[stretch.clone()].fill(true);
                found.push(Found {
                    start: words[at].start,
                    end: words[stretch.end - 1].end,
                    about,
                });
            }
        }
    }
    found.extend(currency_signs(chars));
    found
}

fn hits(form: &Form, words: &[Word]) -> Vec<usize> {
    words
        .windows(form.words.len())
        .enumerate()
        .filter(|(_, window)| form.words.iter().zip(*window).all(|(p, w)| p.fits(w)))
        .map(|(at, _)| at)
        .collect()
}

fn currency_signs(chars: &[char]) -> impl Iterator<Item = Found> {
    chars
        .iter()
        .enumerate()
        .filter(|(_, c)| matches!(c, '$' | '€' | '£' | '¥' | '﷼'))
        .map(|(start, _)| Found {
            start,
            end: start + 1,
            about: About::Money,
        })
}

/// Words are runs of letters and digits; an apostrophe or a vowel sign within does not end one.
fn split(chars: &[char]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_alphanumeric() {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len()
            && (chars[at].is_alphanumeric()
                || is_silent(chars[at])
                || (is_apostrophe(chars[at])
                    && chars.get(at + 1).is_some_and(|c| c.is_alphanumeric())))
        {
            at += 1;
        }
        let text: String = chars[start..at]
            .iter()
            .copied()
            .flat_map(compared)
            .collect();
        words.push(Word {
            start,
            end: at,
            ways: ways(text),
        });
    }
    words
}

/// A character as it is compared: lower case, Arabic letters in one shape, without what is silent.
fn compared(c: char) -> Vec<char> {
    if is_silent(c) || is_apostrophe(c) {
        return Vec::new();
    }
    std::iter::once(c)
        .nfkd()
        .filter(|c| !is_silent(*c))
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ى' | 'ئ' => 'ي',
            'ؤ' => 'و',
            'ة' => 'ه',
            other => other,
        })
        .collect()
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{2bc}' | '`')
}

/// Vowel signs, the stretching stroke, accents taken apart, and marks without width.
const fn is_silent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{655}' | '\u{670}' | '\u{640}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// The word as it stands and without the small words that Arabic joins to it: و ف, then ب ك ل س,
/// then the article.
fn ways(word: String) -> Vec<String> {
    let mut ways = vec![word];
    if !ways[0].starts_with(|c| ('\u{621}'..='\u{64a}').contains(&c)) {
        return ways;
    }
    for prefixes in [&["و", "ف"][..], &["ب", "ك", "ل", "س"], &["ال", "ل"]] {
        for at in 0..ways.len() {
            let stripped = prefixes
                .iter()
                .filter_map(|prefix| ways[at].strip_prefix(prefix))
                .filter(|rest| rest.chars().count() >= 3)
                .map(str::to_owned)
                .collect::<Vec<_>>();
            ways.extend(stripped);
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_and_a_wrong_row_is_told() {
        assert!(FORMS.len() > 150);
        assert!(read("about,form\nweather,rain").is_err());
        assert!(read("about,form\nagency,*").is_err());
    }

    #[test]
    fn the_list_holds_no_form_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for line in include_str!("telling.csv").lines() {
            assert!(seen.insert(line), "{line}");
        }
    }
}
