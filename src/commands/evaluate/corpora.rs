//! The public corpora: places, needs, languages, and what is no plea at all.

use super::corpus;
use super::figures::{Mistake, Table, Target};
use super::messages::{NEAR_M, name};
use crate::case::{Channel, Lang, Level, Need, Place, Point, Understood};
use crate::understand::{Heard, Understanding};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const ARABIC_COUNTRY: &str = "one right country from raw text, Arabic";
const ENGLISH_COUNTRY: &str = "one right country from raw text, English";
const SWAHILI_NONE: &str = "a place put on text without one, Swahili";
const ENGLISH_NONE: &str = "a place put on text without one, English";
const FINER_TEXT: &str = "Arabic finer mention: the text's place within 25 km of one";
const FINER: &str = "Arabic mention finer than a country within 25 km (mention alone)";
const SPANS: &str = "Swahili place spans F1";
const SCAM: &str = "scam and everyday Swahili opened as distress";
const HAITI: &str = "Haiti report within 5 km from its text";
const LANGUAGE: &str = "en / sw / ar told apart";
const CERTAIN: &str = "placements called certain that are right";
const NEEDS: [(&str, Need, &str, f64); 3] = [
    ("real SMS: food among needs, F1", Need::Food, ".88", 0.89),
    ("real SMS: water among needs, F1", Need::Water, ".87", 0.89),
    (
        "real SMS: shelter among needs, F1",
        Need::Shelter,
        ".74",
        0.77,
    ),
];

/// Measures everything in a directory of corpora; a missing file is left out.
pub(super) fn measure(u: &Understanding, dir: &Path, table: &mut Table) -> Result<(), String> {
    table.declare(ARABIC_COUNTRY, ".68", Target::AtLeast(0.90));
    table.declare(ENGLISH_COUNTRY, ".58", Target::AtLeast(0.90));
    table.declare(SWAHILI_NONE, ".68", Target::AtMost(0.05));
    table.declare(ENGLISH_NONE, ".59", Target::AtMost(0.05));
    table.declare(FINER_TEXT, ".24", Target::AtLeast(0.50));
    table.declare(FINER, ".24", Target::AtLeast(0.50));
    table.declare(SPANS, ".49/.96", Target::AtLeast(0.75));
    for (figure, _, yardstick, target) in NEEDS {
        table.declare(figure, yardstick, Target::AtLeast(target));
    }
    table.declare(SCAM, "", Target::AtMost(0.02));
    table.declare(LANGUAGE, ".998", Target::None);
    table.declare(HAITI, ".40/.67", Target::None);
    places(u, dir, table)?;
    spans(u, dir, table)?;
    needs(u, dir, table)?;
    others(u, dir, table)
}

/// A text of a corpus was found somewhere: nobody sent it to us.
fn found(text: &str) -> Heard<'_> {
    Heard {
        sent: false,
        ..Heard::words(text, Channel::Sms)
    }
}

fn hear(u: &Understanding, text: &str) -> Understood {
    u.understand(&found(text))
}

fn mistake(text: &str, wanted: impl Into<String>, place: Option<&Place>) -> Mistake {
    Mistake {
        text: text.to_owned(),
        wanted: wanted.into(),
        got: name(place),
    }
}

#[derive(Deserialize)]
struct Tweet {
    lang: String,
    text: String,
    places: Vec<Mentioned>,
}

#[derive(Deserialize)]
struct Mentioned {
    mention: String,
    #[serde(rename = "type")]
    kind: String,
    lat: f64,
    lon: f64,
    #[serde(default)]
    cc: Option<String>,
    bbox: [f64; 4],
}

impl Mentioned {
    fn is_in(&self, country: &str) -> bool {
        self.cc
            .as_deref()
            .is_some_and(|cc| cc.eq_ignore_ascii_case(country))
    }

    fn told(&self) -> String {
        format!("{} {}", self.mention, self.cc.as_deref().unwrap_or("?"))
    }

    fn near(&self, place: &Place) -> bool {
        Point::new(self.lat, self.lon).is_ok_and(|p| p.metres_to(place.point) <= NEAR_M)
    }

    /// Whether a place is this one, as far as its own radius tells.
    fn holds(&self, place: &Place) -> bool {
        let [south, west, north, east] = self.bbox;
        let inside = (south..=north).contains(&place.point.lat())
            && (west..=east).contains(&place.point.lon());
        let same = place.country.is_some_and(|c| self.is_in(c.as_str()));
        self.near(place)
            || inside
            || same
                && matches!(place.level, Level::Country | Level::Region)
                && Point::new(self.lat, self.lon)
                    .is_ok_and(|p| p.metres_to(place.point) <= f64::from(place.radius_m) * 1.5)
    }
}

fn places(u: &Understanding, dir: &Path, table: &mut Table) -> Result<(), String> {
    let tweets: Vec<Tweet> = corpus(dir, "geo_tweets")?;
    for t in tweets.iter().filter(|t| !t.places.is_empty()) {
        let understood = hear(u, &t.text);
        let place = understood.place.as_ref();
        let wanted = || {
            let list: Vec<_> = t.places.iter().map(Mentioned::told).collect();
            list.join(", ")
        };
        let arabic = t.lang.eq_ignore_ascii_case("ar");
        let right = place
            .and_then(|p| p.country)
            .is_some_and(|c| t.places.iter().any(|m| m.is_in(c.as_str())));
        let figure = if arabic {
            ARABIC_COUNTRY
        } else {
            ENGLISH_COUNTRY
        };
        table.count(figure, right, || mistake(&t.text, wanted(), place));
        if let Some(place) = place.filter(|p| p.certain) {
            let right = t.places.iter().any(|m| m.holds(place));
            table.count(CERTAIN, right, || mistake(&t.text, wanted(), Some(place)));
        }
        let finer = || {
            t.places
                .iter()
                .filter(|m| m.kind != "Country" && m.kind != "Continent")
        };
        if arabic && finer().next().is_some() {
            let right = place.is_some_and(|p| finer().any(|m| m.near(p)));
            table.count(FINER_TEXT, right, || mistake(&t.text, wanted(), place));
        }
        if arabic {
            for m in finer() {
                let alone = u.understand(&Heard {
                    place_text: Some(&m.mention),
                    ..found(&t.text)
                });
                let right = alone.place.as_ref().is_some_and(|p| m.near(p));
                table.count(FINER, right, || {
                    mistake(&t.text, m.told(), alone.place.as_ref())
                });
            }
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Tagged {
    tokens: Vec<String>,
    tags: Vec<String>,
}

fn spans(u: &Understanding, dir: &Path, table: &mut Table) -> Result<(), String> {
    let sentences: Vec<Tagged> = corpus(dir, "places_swahili")?;
    for s in &sentences {
        let text = s.tokens.join(" ");
        let understood = hear(u, &text);
        let wanted = tagged(s);
        if wanted.is_empty() {
            let place = understood.place.as_ref();
            table.count(SWAHILI_NONE, place.is_some(), || {
                mistake(&text, "none", place)
            });
        }
        let got = told(s, &understood);
        let right = got.iter().filter(|g| wanted.contains(g)).count();
        let words = |list: &[(usize, usize)]| {
            let list: Vec<_> = list
                .iter()
                .map(|(a, b)| s.tokens[*a..*b].join(" "))
                .collect();
            list.join(" | ")
        };
        table.f1(
            SPANS,
            [right, got.len() - right, wanted.len() - right],
            || Mistake {
                text: text.clone(),
                wanted: words(&wanted),
                got: words(&got),
            },
        );
    }
    Ok(())
}

/// The tagged spans, in words.
fn tagged(s: &Tagged) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (at, tag) in s.tags.iter().enumerate() {
        match (tag.as_str(), spans.last_mut()) {
            ("B-LOC", _) => spans.push((at, at + 1)),
            ("I-LOC", Some(last)) if last.1 == at => last.1 = at + 1,
            _ => {}
        }
    }
    spans
}

/// The places found, in words.
fn told(s: &Tagged, understood: &Understood) -> Vec<(usize, usize)> {
    let mut starts = Vec::new();
    let mut at = 0;
    for token in &s.tokens {
        let end = at + token.chars().count();
        starts.push((at, end));
        at = end + 1;
    }
    understood
        .evidence
        .iter()
        .filter(|e| e.says == "place")
        .filter_map(|e| {
            let first = starts.iter().position(|(_, end)| *end > e.start as usize)?;
            let last = starts
                .iter()
                .rposition(|(start, _)| *start < e.end as usize)?;
            Some((first, last + 1))
        })
        .collect()
}

#[derive(Deserialize)]
struct Sms {
    text: String,
    labels: BTreeMap<String, u8>,
}

fn needs(u: &Understanding, dir: &Path, table: &mut Table) -> Result<(), String> {
    let texts: Vec<Sms> = corpus(dir, "triage_sms")?;
    for sms in &texts {
        let understood = hear(u, &sms.text);
        for (figure, need, _, _) in NEEDS {
            let wanted = sms.labels.get(need.as_str()) == Some(&1);
            let got = understood.needs.contains(&need);
            let counts = [
                usize::from(wanted && got),
                usize::from(!wanted && got),
                usize::from(wanted && !got),
            ];
            table.f1(figure, counts, || Mistake {
                text: sms.text.clone(),
                wanted: wanted.to_string(),
                got: got.to_string(),
            });
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Labelled {
    lang: Option<String>,
    text: String,
    #[serde(default)]
    mentions: Option<Vec<serde_json::Value>>,
    lat: Option<f64>,
    lon: Option<f64>,
}

fn others(u: &Understanding, dir: &Path, table: &mut Table) -> Result<(), String> {
    let tweets: Vec<Labelled> = corpus(dir, "triage_tweets")?;
    let english = |t: &&Labelled| {
        t.lang
            .as_deref()
            .is_some_and(|l| l.eq_ignore_ascii_case("en"))
    };
    for t in tweets
        .iter()
        .filter(english)
        .filter(|t| t.mentions.as_ref().is_some_and(Vec::is_empty))
    {
        let understood = hear(u, &t.text);
        let place = understood.place.as_ref();
        table.count(ENGLISH_NONE, place.is_some(), || {
            mistake(&t.text, "none", place)
        });
    }
    for t in &corpus::<Labelled>(dir, "not_reports")? {
        let understood = hear(u, &t.text);
        let opened = understood.report && understood.kind.is_some();
        table.count(SCAM, opened, || Mistake {
            text: t.text.clone(),
            wanted: "no report".into(),
            got: format!("{:?} {}", understood.kind, understood.priority),
        });
    }
    for t in &corpus::<Labelled>(dir, "langid")? {
        let understood = hear(u, &t.text);
        let wanted = t.lang.as_deref().unwrap_or("");
        let right = match understood.lang {
            Lang::SwahiliEnglish => wanted == "sw",
            Lang::ArabicEnglish => wanted == "ar",
            other => other.as_str() == wanted,
        };
        table.count(LANGUAGE, right, || Mistake {
            text: t.text.clone(),
            wanted: wanted.to_owned(),
            got: understood.lang.to_string(),
        });
    }
    for t in &corpus::<Labelled>(dir, "geo_haiti")? {
        let understood = hear(u, &t.text);
        let place = understood.place.as_ref();
        let right = t
            .lat
            .zip(t.lon)
            .and_then(|(lat, lon)| Point::new(lat, lon).ok())
            .zip(place);
        let right = right.is_some_and(|(point, place)| point.metres_to(place.point) <= 5_000.0);
        table.count(HAITI, right, || {
            mistake(&t.text, format!("{:?} {:?}", t.lat, t.lon), place)
        });
    }
    Ok(())
}
