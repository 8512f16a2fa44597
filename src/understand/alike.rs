//! Reports that may be about one person or one event, with the reasons.
//!
//! Only ever a suggestion to a responder: two women in one town may both be called Faith. A missing
//! person is compared with detentions, deaths and people in hospital. It must never merge anything.

use super::text::Text;
use super::things::{Thing, weight};
use crate::case::{Kind, Level, Number, Place};
use chrono::{DateTime, Utc};

/// What is compared of a report.
#[derive(Debug, Clone)]
pub struct Trace<'a> {
    /// The sender's number.
    pub number: Option<&'a Number>,
    /// Names of the person in need, as written.
    pub names: Vec<&'a str>,
    /// The employer or agency, as written.
    pub employer: Option<&'a str>,
    /// Where.
    pub place: Option<&'a Place>,
    /// When it was reported.
    pub at: DateTime<Utc>,
    /// The kind.
    pub kind: Option<Kind>,
    /// What it tells of the event.
    pub things: &'a [Thing],
}

/// Why two reports may belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The same number wrote.
    Number,
    /// A name is the same, in whatever spelling or script.
    Name,
    /// The employer or agency is the same.
    Employer,
    /// The places lie within each other's uncertainty.
    Place,
    /// They tell the same: things, numbers, names beside the person's.
    Story,
    /// The kinds are the same, or one explains the other.
    Kind,
    /// Both came within three days.
    Time,
}

impl Reason {
    /// The word for it, the same everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Employer => "employer",
            Self::Place => "place",
            Self::Story => "story",
            Self::Kind => "kind",
            Self::Time => "time",
        }
    }
}

/// What two reports may share, in words that tell nothing of anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The person: a name, or a number.
    Person,
    /// What happened.
    Event,
}

impl About {
    /// The word for it, the same everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Event => "event",
        }
    }
}

/// Likeness of two reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// From 0 to 1.
    pub score: f32,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whether the reasons speak for themselves: more than a place, a kind and a day.
    pub telling: bool,
}

impl Alike {
    /// The reasons, reduced to what may be told to whoever may see only one of the two.
    #[must_use]
    pub fn about(&self) -> About {
        if self.reasons.iter().any(|reason| *reason <= Reason::Name) {
            About::Person
        } else {
            About::Event
        }
    }
}

/// Least likeness that speaks for itself.
const TELLING: f32 = 0.5;
/// Least likeness that is worth a look where few share it: a town, a kind, a day.
const BY_CHANCE: f32 = 0.4;
/// … of so many at most.
const FEW: usize = 2;
/// The weight of two places in one town.
const PART_OF_TOWN: f32 = 0.2;
/// Least likeness of what is told that says something beside a place.
const STORY: f32 = 0.1;
/// … and that says something wherever it was.
const STORY_ALONE: f32 = 0.4;
/// So far from the middle of a town a part of it may lie.
const TOWN_M: f64 = 15_000.0;
/// Days between reports of one event.
const CLOSE_DAYS: i64 = 3;

/// Of reports compared with one, those worth a responder's look, the likeliest first. What speaks for itself
/// always is; a place, a kind and a day alone are where hardly any other report shares them too.
#[must_use]
pub fn worth_a_look<T>(compared: Vec<(Alike, T)>) -> Vec<(Alike, T)> {
    let (mut telling, by_chance): (Vec<_>, Vec<_>) =
        compared.into_iter().partition(|(alike, _)| alike.telling);
    telling.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
    if by_chance.len() <= FEW {
        telling.extend(by_chance);
    }
    telling
}

/// Compares two reports; none where nothing suggests that they belong together.
#[must_use]
pub fn alike(a: &Trace<'_>, b: &Trace<'_>) -> Option<Alike> {
    let mut score = 0.0;
    let mut reasons = Vec::new();
    let mut because = |reason: Reason, weight: f32| {
        score += weight;
        reasons.push(reason);
    };
    let numbers = a.number.zip(b.number);
    if numbers.is_some_and(|(a, b)| a.dialable() && a.expose() == b.expose()) {
        because(Reason::Number, 0.5);
    }
    let shared = a
        .names
        .iter()
        .flat_map(|x| b.names.iter().map(move |y| words_shared(x, y)))
        .max()
        .unwrap_or(0)
        .max(announced_here(&a.names, b))
        .max(announced_here(&b.names, a));
    if shared > 0 {
        // Many share one name, few share two.
        because(Reason::Name, if shared > 1 { 0.4 } else { 0.25 });
    }
    if a.employer
        .zip(b.employer)
        .is_some_and(|(x, y)| same_name(x, y))
    {
        because(Reason::Employer, 0.3);
    }
    let place = a.place.zip(b.place).map_or(0.0, |(x, y)| beside(x, y));
    if place > 0.0 {
        because(Reason::Place, place);
    }
    // A name counts once: as the person's, or as something the story tells. Where both announce names
    // that are not one, the part they share is no likeness either; and a town is their place.
    let all = |trace: &Trace<'_>| -> Vec<String> {
        let names = trace.names.iter();
        names.flat_map(|name| keys(name)).collect()
    };
    let (ours, theirs) = (all(a), all(b));
    let towns: Vec<String> = [a, b]
        .iter()
        .filter(|_| place >= PART_OF_TOWN)
        .filter_map(|trace| trace.place?.name.as_deref())
        .flat_map(keys)
        .collect();
    let counted = |key: &String| {
        let (here, there) = (ours.contains(key), theirs.contains(key));
        towns.contains(key)
            || if shared > 0 {
                here || there
            } else {
                here && there
            }
    };
    let story = story(a.things, b.things, counted);
    if story > 0.0 {
        because(Reason::Story, story);
    }
    if a.kind.zip(b.kind).is_some_and(|(x, y)| explains(x, y)) {
        because(Reason::Kind, 0.1);
    }
    if (a.at - b.at).num_days().abs() <= CLOSE_DAYS {
        because(Reason::Time, 0.1);
    }
    // Kind and time alone say nothing, and neither do a place or a story by itself.
    let telling = reasons.iter().any(|r| *r <= Reason::Employer)
        || story >= if place > 0.0 { STORY } else { STORY_ALONE };
    let telling = telling && score >= TELLING;
    // Two who are named and share no name are two; and of distress there is too much everywhere.
    let strangers = shared == 0 && !a.names.is_empty() && !b.names.is_empty();
    let rare = a.kind != Some(Kind::Distress) || b.kind != Some(Kind::Distress);
    let beside = place >= PART_OF_TOWN && score >= BY_CHANCE && rare && !strangers;
    reasons.sort_unstable();
    (telling || beside).then(|| Alike {
        score: score.min(1.0),
        reasons,
        telling,
    })
}

/// How many words of a name that one report announces ("her name is") the other writes somewhere: a nurse
/// may only put it at the end. What the other announces itself is compared as a name: Faith Mwende is not
/// Faith Kerubo.
fn announced_here(names: &[&str], other: &Trace<'_>) -> usize {
    let own: Vec<String> = other.names.iter().flat_map(|name| keys(name)).collect();
    let written = |key: &String| {
        !own.contains(key)
            && other
                .things
                .iter()
                .any(|thing| matches!(thing, Thing::Name(name) | Thing::Spelt(name) if name == key))
    };
    let of = |name: &&str| {
        keys(name)
            .iter()
            .filter(|key| key.len() >= 3 && written(key))
            .count()
    };
    names.iter().map(of).max().unwrap_or(0)
}

/// How much two reports tell the same, beside names that are counted already.
fn story(a: &[Thing], b: &[Thing], counted: impl Fn(&String) -> bool) -> f32 {
    let (mut names, mut numbers, mut known) = (0.0_f32, 0.0_f32, 0.0_f32);
    for thing in a
        .iter()
        .filter(|thing| b.iter().any(|other| thing.is(other)))
    {
        match thing {
            Thing::Name(key) | Thing::Spelt(key) if counted(key) => {}
            Thing::Name(_) | Thing::Spelt(_) => names += 0.25,
            Thing::Number(_) => numbers += 0.15,
            Thing::Known(thing) => known += 0.1 * weight(thing),
        }
    }
    names.min(0.4) + numbers.min(0.3) + known.min(0.35)
}

/// How much it says that two reports are about these places; nothing where they are not beside each other.
fn beside(x: &Place, y: &Place) -> f32 {
    let apart = x.point.metres_to(y.point);
    let fine = |place: &Place| place.level <= Level::District;
    let within = f64::from(x.radius_m.max(y.radius_m));
    if x.level.max(y.level) > Level::City {
        // One says only which land it is, and the other lies in it.
        let told = x.level.min(y.level) <= Level::City && apart <= within;
        if told { 0.1 } else { 0.0 }
    } else if fine(x) && fine(y) {
        if apart <= within { 0.3 } else { 0.0 }
    } else if apart <= within.max(TOWN_M) {
        PART_OF_TOWN
    } else {
        0.0
    }
}

/// Whether two kinds may be one story.
fn explains(a: Kind, b: Kind) -> bool {
    let missing = |x: Kind, y: Kind| {
        x == Kind::MissingPerson && matches!(y, Kind::Detention | Kind::Medical | Kind::Death)
    };
    a == b || missing(a, b) || missing(b, a)
}

/// Whether two names are one, across spellings and scripts: every word of the shorter is in the
/// longer.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    words_shared(a, b) > 0
}

/// How many words two names share; none where the shorter is not within the longer.
fn words_shared(a: &str, b: &str) -> usize {
    let (a, b) = (keys(a), keys(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.iter().all(|k| long.contains(k)) {
        short.len()
    } else {
        0
    }
}

/// The words of a name as they are compared.
fn keys(name: &str) -> Vec<String> {
    Text::fold(name)
        .split(' ')
        .map(skeleton)
        .filter(|k| k.chars().count() >= 2)
        .take(12)
        .collect()
}

/// What two reports must share one of, to be compared at all. To be hashed with a secret before it
/// is kept.
#[must_use]
pub fn marks(number: Option<&Number>, names: &[String], employer: Option<&str>) -> Vec<String> {
    let number = number
        .filter(|number| number.dialable())
        .map(|number| format!("number {}", number.expose()));
    let names = names
        .iter()
        .flat_map(|name| keys(name))
        .map(|key| format!("name {key}"));
    let employer = employer
        .into_iter()
        .flat_map(keys)
        .map(|key| format!("employer {key}"));
    number.into_iter().chain(names).chain(employer).collect()
}

/// The consonants of a name as both scripts write them: Mohamed, Muhammad and محمد are `mhmd`.
pub(super) fn skeleton(word: &str) -> String {
    let mut latin = String::new();
    for c in word.chars() {
        let letters = match c {
            'ا' | 'و' | 'ي' | 'ع' => "",
            'ب' => "b",
            'ت' | 'ط' | 'ث' => "t",
            'ج' => "j",
            'ح' | 'ه' => "h",
            'خ' => "kh",
            'د' | 'ض' | 'ذ' => "d",
            'ر' => "r",
            'ز' | 'ظ' => "z",
            'س' | 'ص' => "s",
            'ش' => "sh",
            'غ' => "gh",
            'ف' => "f",
            'ق' | 'ك' => "k",
            'ل' => "l",
            'م' => "m",
            'ن' => "n",
            other => {
                latin.push(other);
                continue;
            }
        };
        latin.push_str(letters);
    }
    let spelled = latin
        .replace("ph", "f")
        .replace("tsh", "sh")
        .replace("gh", "k")
        .replace("ck", "k")
        .replace("th", "t")
        .replace("dh", "d")
        .replace("ch", "sh")
        .replace("ce", "s")
        .replace("ci", "s")
        .replace("cy", "s")
        .replace(['q', 'c', 'g'], "k")
        .replace('v', "f")
        .replace('p', "b");
    let mut key = String::new();
    for c in spelled.chars() {
        if !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'w') && !key.ends_with(c) {
            key.push(c);
        }
    }
    // A final h is often written and rarely said.
    if key.len() > 2 && key.ends_with('h') && !key.ends_with("sh") && !key.ends_with("kh") {
        key.pop();
    }
    key
}

#[cfg(test)]
mod tests;
