//! The words to a person in distress, in English, Swahili and Arabic.
//!
//! Whoever else reads the phone must learn nothing: no agency, link, number or word of the case, and
//! nothing a carrier acts on (a text never asks for YES, which carriers own). Each fits one part in
//! English and Swahili, and at most two in Arabic. The words lie in a file for each language, where a
//! translator finds them; the ids are stable, and stand in the record of messages.

use crate::case::{Lang, words::vocabulary};
use std::{collections::BTreeMap, sync::LazyLock};

vocabulary! {
    /// What can be said.
    Template {
        /// Your message came through.
        Received = "received",
        /// Someone will write soon; for when the wait grows.
        StillHere = "still_here",
        /// Where are you? A place nearby is enough.
        AskPlace = "ask_place",
        /// When is a good time to write?
        AskSafeTime = "ask_safe_time",
        /// Is now a good time?
        AskSafe = "ask_safe",
        /// Someone is on it.
        OnIt = "on_it",
        /// You can write again at any time.
        Closing = "closing",
    }
}

/// The languages we answer in.
pub const LANGUAGES: [Lang; 3] = [Lang::English, Lang::Swahili, Lang::Arabic];

type Words = BTreeMap<Template, String>;

static ENGLISH: LazyLock<Words> = LazyLock::new(|| parsed(include_str!("words/en.json")));
static SWAHILI: LazyLock<Words> = LazyLock::new(|| parsed(include_str!("words/sw.json")));
static ARABIC: LazyLock<Words> = LazyLock::new(|| parsed(include_str!("words/ar.json")));

fn parsed(json: &str) -> Words {
    serde_json::from_str(json)
        .expect("the words are part of the program, and a test reads them all")
}

/// A template in the language the person is answered in.
///
/// # Panics
/// Where a language lacks a template, which a test rules out.
#[must_use]
pub fn say(template: Template, lang: Lang) -> &'static str {
    let words = match lang.answer() {
        Lang::Swahili => &*SWAHILI,
        Lang::Arabic => &*ARABIC,
        _ => &*ENGLISH,
    };
    words
        .get(&template)
        .expect("every language has every template, and a test says so")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{
        neutral,
        parts::{self, Alphabet},
    };

    fn all() -> impl Iterator<Item = (Template, Lang, &'static str)> {
        Template::ALL
            .iter()
            .flat_map(|&t| LANGUAGES.map(|lang| (t, lang, say(t, lang))))
    }

    #[test]
    fn everything_we_say_is_neutral() {
        for (template, lang, text) in all() {
            assert_eq!(neutral::check(text), Ok(()), "{template} in {lang}");
        }
    }

    #[test]
    fn everything_we_say_fits() {
        for (template, lang, text) in all() {
            let parts = parts::of(text);
            match lang {
                Lang::Arabic => assert!(parts.parts <= 2, "{template} in {lang}"),
                _ => assert_eq!(
                    (parts.alphabet, parts.parts),
                    (Alphabet::Gsm7, 1),
                    "{template} in {lang}"
                ),
            }
        }
    }

    #[test]
    fn no_text_asks_for_a_word_that_carriers_own() {
        const OWNED: [&str; 13] = [
            "stop",
            "stopall",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "optout",
            "start",
            "yes",
            "unstop",
            "help",
            "info",
        ];
        for (template, lang, text) in all() {
            for word in text.split(|c: char| !c.is_alphanumeric()) {
                assert!(
                    !OWNED.contains(&word.to_lowercase().as_str()),
                    "{template} in {lang}: {word}"
                );
            }
        }
    }

    #[test]
    fn every_language_has_its_own_words() {
        for &template in Template::ALL {
            let said = LANGUAGES.map(|lang| say(template, lang));
            assert!(said[0] != said[1] && said[1] != said[2] && said[0] != said[2]);
        }
        assert_eq!(
            say(Template::Received, Lang::SwahiliEnglish),
            say(Template::Received, Lang::Swahili)
        );
        assert_eq!(
            say(Template::Received, Lang::Other),
            say(Template::Received, Lang::English)
        );
    }
}
