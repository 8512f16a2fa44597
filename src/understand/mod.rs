//! Understanding: a few words become kind, priority, place and mission, with the evidence shown.
//!
//! Everything is in memory and carried by the program: no network, no files (except a directory of
//! additions a mission may keep), the same answer for the same text on every machine. What is
//! concluded is a guess with its reasons; a person can correct every part of it. It must never
//! fail on any text, never close or drop anything, and never lower what somebody chose.

mod additions;
pub mod alike;
mod border;
mod boundary;
mod coordinates;
mod cues;
mod denial;
mod emergency;
mod events;
mod fuzzy;
pub mod gazetteer;
mod language;
mod letters;
mod lexicon;
mod matching;
mod mentions;
mod mission;
pub(crate) mod model;
mod morphology;
mod names;
mod persons;
mod reached;
mod search;
mod silence;
mod slip;
mod tags;
#[cfg(test)]
mod tests;
mod text;
mod things;
pub mod thread;
mod weigh;
mod whereabouts;

pub use emergency::Emergency;
pub use lexicon::BadLine;
pub use mission::BadMission;
pub use names::BadPlace;
pub use reached::{asks_to_be_reached, holds};
pub use search::Found;
pub use silence::asks_for_silence;
pub use things::Thing;

use crate::case::{
    Channel, Country, Evidence, ForWhom, Kind, Lang, Level, Mission, MissionCode, Number, Place,
    Point, Source, Understood,
};
use std::collections::BTreeMap;
use text::Text;
use whereabouts::{Context, Whereabouts};

/// The lexicons carried by the program, in the order in which they are read.
const LEXICONS: [(&str, &str); 7] = [
    ("en.tsv", include_str!("data/lexicon/en.tsv")),
    ("sw.tsv", include_str!("data/lexicon/sw.tsv")),
    ("ar.tsv", include_str!("data/lexicon/ar.tsv")),
    ("arabizi.tsv", include_str!("data/lexicon/arabizi.tsv")),
    ("other.tsv", include_str!("data/lexicon/other.tsv")),
    ("around.tsv", include_str!("data/lexicon/around.tsv")),
    (
        "never_places.tsv",
        include_str!("data/lexicon/never_places.tsv"),
    ),
];

/// Why understanding could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A lexicon has a line that cannot be read.
    #[error(transparent)]
    Lexicon(#[from] BadLine),
    /// A file of places has a line that cannot be read.
    #[error(transparent)]
    Place(#[from] BadPlace),
    /// The list of missions has a line that cannot be read.
    #[error(transparent)]
    Mission(#[from] BadMission),
    /// The gazetteer is damaged.
    #[error(transparent)]
    Gazetteer(#[from] gazetteer::Damaged),
    /// The boundaries are damaged.
    #[error(transparent)]
    Boundaries(#[from] boundary::Damaged),
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] model::Damaged),
    /// A file of additions cannot be read.
    #[error("{file}: {error}")]
    File {
        /// The file.
        file: String,
        /// Why not.
        error: std::io::Error,
    },
}

/// What is heard: the words, and everything that came with them.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The words.
    pub text: &'a str,
    /// The place in the sender's own words, apart from the text.
    pub place_text: Option<&'a str>,
    /// A shared position and its radius in metres.
    pub pin: Option<(Point, u32)>,
    /// The sender's number.
    pub number: Option<&'a Number>,
    /// The channel.
    pub channel: Channel,
    /// The kind the sender chose.
    pub kind: Option<Kind>,
    /// Whom it is about, where the sender said so.
    pub for_whom: Option<ForWhom>,
    /// The language the sender chose.
    pub lang: Option<Lang>,
    /// Whether somebody sent it to us. A text only found somewhere is judged by its words alone.
    pub sent: bool,
}

impl<'a> Heard<'a> {
    /// Words alone, on a channel, sent to us.
    #[must_use]
    pub const fn words(text: &'a str, channel: Channel) -> Self {
        Self {
            text,
            place_text: None,
            pin: None,
            number: None,
            channel,
            kind: None,
            for_whom: None,
            lang: None,
            sent: true,
        }
    }
}

/// Everything needed to understand a report.
pub struct Understanding {
    lexicon: lexicon::Lexicon,
    languages: language::Languages,
    model: model::Model,
    names: names::Names,
    gazetteer: gazetteer::Gazetteer,
    boundaries: boundary::Boundaries,
    missions: mission::Missions,
    emergency: BTreeMap<Country, Emergency>,
}

impl std::fmt::Debug for Understanding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Understanding")
            .field("patterns", &self.lexicon.len())
            .field("missions", &self.missions.all().len())
            .finish_non_exhaustive()
    }
}

impl Understanding {
    /// Sets it up from what the program carries.
    ///
    /// # Errors
    /// [`LoadError`]; with the shipped files only where the program was built with damaged ones.
    pub fn load() -> Result<Self, LoadError> {
        let mut lexicon = lexicon::Lexicon::default();
        for (file, lines) in LEXICONS {
            lexicon.add(file, lines)?;
        }
        Ok(Self {
            lexicon,
            languages: language::Languages::shipped(),
            model: model::Model::open()?,
            names: names::Names::shipped()?,
            gazetteer: gazetteer::Gazetteer::open()?,
            boundaries: boundary::Boundaries::open()?,
            missions: mission::Missions::read(None)?,
            emergency: emergency::numbers(),
        })
    }

    /// Understands a report.
    #[must_use]
    pub fn understand(&self, heard: &Heard<'_>) -> Understood {
        let text = Text::read(heard.text);
        let matches = self.lexicon.matches(&text);
        let mut evidence = Vec::new();
        let spoken = weigh::spoken(&text, &matches, &mut evidence);
        let mut weights = weigh::add_up(&text, &spoken, &mut evidence);
        weights.sent = heard.sent;
        let mut cues = cues::Cues::read(text.tokens.len(), &matches);
        cues.events = events::countries(&text, &self.names, &self.gazetteer, &cues);
        let mut found = mentions::find(&text, &self.names, &self.gazetteer, &cues);
        let from = heard.number.and_then(Number::country);
        let abroad = from.filter(|c| c.as_str() != "KE");
        weights.from = match (from, abroad) {
            (None, _) => weigh::Origin::Nowhere,
            (Some(_), Some(_)) => weigh::Origin::Abroad,
            (Some(_), None) => weigh::Origin::Home,
        };
        fuzzy::add(&text, &mut found, &self.gazetteer, &cues, abroad);
        tell(&text, &found, &mut evidence);
        weights.foreign = found.iter().any(mentions::Mention::is_foreign);
        let taken_back = denial::taken_back(&text, &matches);
        weights.model = self.model.read(&text, &taken_back, &model::hints(&spoken));
        let verdict = weights.conclude(text.tokens.len(), heard.kind);
        evidence.retain(|one| !weigh::overstates(one, verdict.priority));
        let concluded = (verdict.kind, verdict.priority);
        let also = weights.model.evidence(&text, concluded, &evidence);
        evidence.extend(also);
        let context = Context {
            matches: &matches,
            // The number of who writes something else than a plea tells nothing about anybody's place.
            sender: heard
                .number
                .and_then(Number::country)
                .filter(|_| verdict.understood),
            sent: heard.sent,
            events: &cues.events,
        };
        let mut whereabouts = if verdict.advertises {
            Whereabouts::default()
        } else {
            self.locate(heard, &text, &found, &context, &mut evidence)
        };
        if whereabouts.place.is_none()
            && !verdict.advertises
            && let [event] = cues.events.as_slice()
            && cues::names_unknown(&text, &cues)
        {
            whereabouts = whereabouts::by_words(*event, &self.names);
        }
        if whereabouts.place.is_none() && !verdict.advertises && cues::names_county(&text) {
            whereabouts = whereabouts::by_county(&self.names);
        }
        // Where a person in need is can only be certain where somebody in need is told of.
        if let Some(place) = &mut whereabouts.place {
            place.certain &= verdict.needs_somebody || place.source == Source::Pin;
        }
        evidence.sort_by(|a, b| (a.start, a.end, &a.says).cmp(&(b.start, b.end, &b.says)));
        evidence.dedup();
        let mission = whereabouts
            .place
            .as_ref()
            .map_or_else(MissionCode::centre, |p| self.mission_of(p));
        Understood {
            report: verdict.report,
            kind: verdict.kind,
            priority: verdict.priority,
            lang: heard.lang.unwrap_or_else(|| self.languages.of(&text)),
            for_whom: heard.for_whom.unwrap_or(verdict.for_whom),
            alternative_kind: verdict.alternative,
            alternative_mission: whereabouts
                .alternative
                .as_ref()
                .map(|p| self.mission_of(p))
                .filter(|other| *other != mission),
            confidence: verdict.confidence,
            place: whereabouts.place,
            mission,
            signs: verdict.signs,
            needs: verdict.needs,
            evidence,
        }
    }

    /// The place of the person in need: pin, place told apart, words, number.
    fn locate(
        &self,
        heard: &Heard<'_>,
        text: &Text,
        found: &[mentions::Mention],
        context: &Context<'_>,
        evidence: &mut Vec<Evidence>,
    ) -> Whereabouts {
        let pasted = coordinates::find(heard.text);
        if let Some(pasted) = &pasted {
            evidence.push(Evidence {
                start: pasted.start,
                end: pasted.end,
                says: "place".into(),
            });
        }
        let pin = heard.pin.or_else(|| pasted.map(|p| (p.point, 200)));
        if let Some((point, radius_m)) = pin {
            return self.at_pin(point, radius_m);
        }
        if let Some(place) = heard.place_text.filter(|t| !t.trim().is_empty()) {
            let text = Text::read(place);
            let matches = self.lexicon.matches(&text);
            let mut cues = cues::Cues::read(text.tokens.len(), &matches);
            cues.all_at();
            let found = mentions::find(&text, &self.names, &self.gazetteer, &cues);
            let alone = Context {
                matches: &[],
                events: &[],
                sent: true,
                ..*context
            };
            let told = whereabouts::choose(&text, &found, &alone, &self.names);
            if told.chosen.is_some() {
                return told;
            }
        }
        whereabouts::choose(text, found, context, &self.names)
    }

    /// What the linear model sees of a text, for learning.
    pub(crate) fn windows(&self, text: &str) -> Vec<Vec<model::Feature>> {
        let text = Text::read(text);
        let matches = self.lexicon.matches(&text);
        let spoken = weigh::spoken(&text, &matches, &mut Vec::new());
        let taken_back = denial::taken_back(&text, &matches);
        model::read_windows(&text, &taken_back, &model::hints(&spoken))
    }

    /// Names of persons a text tells: what stands with a capital, or in Arabic, behind words such
    /// as "her name is" and "my sister". To be compared, never shown as a fact.
    #[must_use]
    pub fn names_in(&self, text: &str) -> Vec<String> {
        let text = Text::read(text);
        let matches = self.lexicon.matches(&text);
        persons::names(&text, &matches, &self.names)
    }

    /// What a text tells of an event, to be compared with what others tell.
    #[must_use]
    pub fn things_in(&self, text: &str) -> Vec<Thing> {
        let text = Text::read(text);
        let matches = self.lexicon.matches(&text);
        things::things(&text, &matches, &self.names)
    }

    /// The mission whose case it is, for a place.
    #[must_use]
    pub fn mission_of(&self, place: &Place) -> MissionCode {
        let Some(country) = place.country else {
            return MissionCode::centre();
        };
        let division = (place.level != Level::Country)
            .then(|| self.boundaries.division(country, place.point))
            .flatten();
        self.missions.of(country, division)
    }

    /// The mission whose case it is, for a country and its subdivision (ISO 3166-2).
    #[must_use]
    pub fn mission_for(&self, country: Country, division: Option<&str>) -> MissionCode {
        self.missions.of(country, division)
    }

    /// Country and first-level division (ISO 3166-2, where known) of a point.
    #[must_use]
    pub fn jurisdiction(&self, point: Point) -> Option<(Country, Option<String>)> {
        let country = self.boundaries.country(point)?;
        let division = self.boundaries.division(country, point);
        Some((country, division.map(ToOwned::to_owned)))
    }

    /// All missions.
    #[must_use]
    pub fn missions(&self) -> &[Mission] {
        self.missions.all()
    }

    /// Numbers of police, ambulance and fire brigade of a country.
    #[must_use]
    pub fn emergency(&self, country: Country) -> Option<&Emergency> {
        self.emergency.get(&country)
    }
}

/// Records every mention as evidence, also those that are not chosen.
fn tell(text: &Text, found: &[mentions::Mention], evidence: &mut Vec<Evidence>) {
    evidence.extend(found.iter().map(|m| Evidence {
        start: text.tokens[m.from].start,
        end: text.tokens[m.to - 1].end,
        says: "place".into(),
    }));
}
