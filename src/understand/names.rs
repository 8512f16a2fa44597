//! Names of places from the files beside this one: countries, wide areas, and the aliases that a
//! mission can extend. They go before the gazetteer, because somebody vouches for them.

use super::matching::WordMap;
use super::text::Text;
use crate::case::{Country, Level, Point};

static COUNTRIES: &str = include_str!("data/countries.tsv");
static PLACES: &str = include_str!("data/places.tsv");
static AREAS: &str = include_str!("data/areas.tsv");
static PEOPLES: &str = include_str!("data/peoples.tsv");

/// When a name counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Always.
    Nothing,
    /// Only with a capital letter.
    Capital,
    /// Only in capitals.
    Capitals,
    /// Only where its country is supported by something else.
    Support,
}

/// A place somebody vouches for.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) name: Box<str>,
    /// Country and point; none for a wide area.
    pub(super) at: Option<(Country, Point)>,
    pub(super) level: Level,
    pub(super) radius_m: u32,
}

/// A line of a file of places that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}, line {line}: {why}")]
pub struct BadPlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// All vouched names.
#[derive(Default)]
pub(super) struct Names {
    known: Vec<Known>,
    by_name: WordMap<Vec<(u32, Needs)>>,
    /// Longest name, in words, that begins with a word.
    longest: WordMap<u8>,
    countries: Vec<(Country, u32)>,
    peoples: WordMap<Country>,
}

impl Names {
    /// Reads the shipped files.
    ///
    /// # Errors
    /// [`BadPlace`] names the line.
    pub(super) fn shipped() -> Result<Self, BadPlace> {
        let mut names = Self::default();
        names.each("countries.tsv", COUNTRIES, |names, fields| {
            let [country, lat, lon, radius, list] = fields else {
                return Err("there must be five fields".into());
            };
            let country: Country = country.parse().map_err(text)?;
            let known = Known {
                name: first(list),
                at: Some((country, point(lat, lon)?)),
                level: Level::Country,
                radius_m: radius.parse::<u32>().map_err(text)? * 1_000,
            };
            let id = names.add(known, list);
            names.countries.push((country, id));
            Ok(())
        })?;
        names.places("places.tsv", PLACES)?;
        names.each("areas.tsv", AREAS, |names, fields| {
            for name in fields.iter().flat_map(|f| f.split('|')) {
                let known = Known {
                    name: first(name),
                    at: None,
                    level: Level::Region,
                    radius_m: 1_000_000,
                };
                names.add(known, name);
            }
            Ok(())
        })?;
        names.each("peoples.tsv", PEOPLES, |names, fields| {
            let [country, list] = fields else {
                return Err("there must be two fields".into());
            };
            let country: Country = country.parse().map_err(text)?;
            for name in list.split('|') {
                names.peoples.insert(Text::fold(name).into(), country);
            }
            Ok(())
        })?;
        Ok(names)
    }

    /// Adds a file of places.
    ///
    /// # Errors
    /// [`BadPlace`] names the line.
    pub(super) fn places(&mut self, file: &str, lines: &str) -> Result<(), BadPlace> {
        self.each(file, lines, |names, fields| {
            let [country, lat, lon, level, list] = fields else {
                return Err("there must be five fields with tabs between them".into());
            };
            let level: Level = level.parse().map_err(text)?;
            let known = Known {
                name: first(list),
                at: Some((country.parse().map_err(text)?, point(lat, lon)?)),
                level,
                radius_m: radius_m(level, 0),
            };
            names.add(known, list);
            Ok(())
        })
    }

    fn each(
        &mut self,
        file: &str,
        lines: &str,
        mut add: impl FnMut(&mut Self, &[&str]) -> Result<(), String>,
    ) -> Result<(), BadPlace> {
        for (at, line) in lines.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
            add(self, &fields).map_err(|why| BadPlace {
                file: file.to_owned(),
                line: at + 1,
                why,
            })?;
        }
        Ok(())
    }

    fn add(&mut self, known: Known, list: &str) -> u32 {
        let id = u32::try_from(self.known.len()).expect("fewer than 2^32 names");
        self.known.push(known);
        for name in list.split('|') {
            let (needs, name) = match name.chars().next() {
                Some('^') => (Needs::Capital, &name[1..]),
                Some('=') => (Needs::Capitals, &name[1..]),
                Some('?') => (Needs::Support, &name[1..]),
                _ => (Needs::Nothing, name),
            };
            let folded = Text::fold(name);
            if folded.is_empty() {
                continue;
            }
            let first = folded.split(' ').next().unwrap_or("");
            let words = u8::try_from(folded.split(' ').count()).unwrap_or(u8::MAX);
            let longest = self.longest.entry(first.into()).or_default();
            *longest = (*longest).max(words);
            let list = self.by_name.entry(folded.into()).or_default();
            if !list.iter().any(|(other, _)| *other == id) {
                list.push((id, needs));
            }
        }
        id
    }

    /// How many words the longest name has that begins with this one; 0 where none does.
    pub(super) fn longest(&self, first: &str) -> usize {
        self.longest.get(first).map_or(0, |n| usize::from(*n))
    }

    /// The places of a folded name.
    pub(super) fn get(&self, name: &str) -> impl Iterator<Item = (&Known, Needs)> {
        self.by_name
            .get(name)
            .into_iter()
            .flatten()
            .map(|(id, needs)| (&self.known[*id as usize], *needs))
    }

    /// A country as a place.
    pub(super) fn country(&self, country: Country) -> Option<&Known> {
        self.countries
            .iter()
            .find(|(c, _)| *c == country)
            .map(|(_, id)| &self.known[*id as usize])
    }

    /// The country of a people: "Greek".
    pub(super) fn people(&self, word: &str) -> Option<Country> {
        self.peoples.get(word).copied()
    }

    /// Names that begin with a folded text.
    pub(super) fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Known> {
        self.by_name
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .flat_map(|(_, ids)| ids.iter().map(|(id, _)| &self.known[*id as usize]))
    }
}

/// Radius of uncertainty of a place, in metres, by its level and population.
pub(super) fn radius_m(level: Level, population: u32) -> u32 {
    match level {
        Level::Point => 800,
        Level::District => 3_000,
        Level::City => match population {
            0..20_000 => 5_000,
            20_000..200_000 => 8_000,
            200_000..1_000_000 => 15_000,
            _ => 25_000,
        },
        Level::Region => 100_000,
        Level::Country => 500_000,
    }
}

fn first(list: &str) -> Box<str> {
    list.split('|')
        .next()
        .unwrap_or("")
        .trim_start_matches(['^', '=', '?'])
        .into()
}

fn point(lat: &str, lon: &str) -> Result<Point, String> {
    let lat = lat.parse().map_err(text)?;
    let lon = lon.parse().map_err(text)?;
    Point::new(lat, lon).map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
