//! The countries that the pages offer: those where most of the people live whom the service is for,
//! the Gulf first. A person elsewhere names the country in words.

use super::words::Words;
use crate::case::{Country, Lang};
use std::sync::LazyLock;

/// How many stand first, in the order of the file; the others follow by name.
const FIRST: usize = 8;

struct Named {
    country: Country,
    english: &'static str,
    swahili: &'static str,
    arabic: &'static str,
}

static COUNTRIES: LazyLock<Vec<Named>> = LazyLock::new(|| {
    include_str!("words/countries.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let mut parts = line.split(',');
            let mut next = || parts.next().expect("four columns, a test says");
            Named {
                country: next().parse().expect("a code, a test says"),
                english: next(),
                swahili: next(),
                arabic: next(),
            }
        })
        .collect()
});

impl Named {
    fn name(&self, lang: Lang) -> &'static str {
        match lang.answer() {
            Lang::Swahili => self.swahili,
            Lang::Arabic => self.arabic,
            _ => self.english,
        }
    }
}

/// The countries on offer with their names in a language.
pub(super) fn offered(lang: Lang) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = COUNTRIES
        .iter()
        .map(|named| (named.country.as_str(), named.name(lang)))
        .collect();
    if let Some(rest) = all.get_mut(FIRST..) {
        rest.sort_by_key(|(_, name)| *name);
    }
    all
}

/// A country's English name, which the gazetteer knows.
pub(super) fn english(country: Country) -> Option<&'static str> {
    COUNTRIES
        .iter()
        .find(|named| named.country == country)
        .map(|named| named.english)
}

/// A number to call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The police.
    pub police: Option<String>,
    /// The ambulance.
    pub ambulance: Option<String>,
    /// The fire brigade.
    pub fire: Option<String>,
}

impl Numbers {
    /// The numbers with their labels, one line for services that share a number.
    pub(super) fn lines<'a>(&'a self, words: &'a Words) -> Vec<(String, &'a str)> {
        let services = [
            (&words.police, &self.police),
            (&words.ambulance, &self.ambulance),
            (&words.fire, &self.fire),
        ];
        let mut lines: Vec<(String, &str)> = Vec::new();
        for (label, number) in services {
            let Some(number) = number.as_deref().filter(|number| !number.is_empty()) else {
                continue;
            };
            match lines.iter_mut().find(|(_, seen)| *seen == number) {
                Some((labels, _)) => {
                    labels.push_str(" · ");
                    labels.push_str(label);
                }
                None => lines.push((label.clone(), number)),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_in_each_language_and_stands_once() {
        for lang in [Lang::English, Lang::Swahili, Lang::Arabic] {
            let offered = offered(lang);
            let mut names: Vec<_> = offered.iter().map(|(_, name)| *name).collect();
            assert!(names.iter().all(|name| !name.trim().is_empty()));
            assert_eq!(offered[0].0, "AE", "the Gulf stands first");
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), COUNTRIES.len());
        }
        for named in COUNTRIES.iter() {
            assert_ne!(named.english, named.arabic);
        }
    }

    #[test]
    fn services_that_share_a_number_share_a_line() {
        let numbers = Numbers {
            police: Some("999".into()),
            ambulance: Some("998".into()),
            fire: Some("999".into()),
        };
        let lines = numbers.lines(Words::of(Lang::English));
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], ("Police · Fire brigade".to_owned(), "999"));
    }
}
