//! What a word of a lexicon can tell.
//!
//! A closed list, so that a misspelt tag in a file is an error at start and not a silence.

use crate::case::{ForWhom, Kind, Need, Priority, Sign};
use std::str::FromStr;

/// One thing told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Speaks for a kind.
    Kind(Kind),
    /// Raises the priority to this.
    Priority(Priority),
    /// A sign of forced labour.
    Sign(Sign),
    /// Something needed.
    Need(Need),
    /// About the writer, or about another.
    For(ForWhom),
    /// A cue: see [`Cue`].
    Cue(Cue),
}

/// Words that tell how others are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cue {
    /// Asks for help without saying more.
    Plea,
    /// Asks how something is done.
    Question,
    /// A greeting.
    Greeting,
    /// Thanks, a blessing.
    Thanks,
    /// Advertisement, scam, chain letter, prank, wrong number.
    Unwanted,
    /// Laughter: what is said is not meant.
    Jest,
    /// It is over; all is well now.
    Over,
    /// It happens now.
    Now,
    /// Denies what follows.
    Not,
    /// Ends a denial.
    But,
    /// A caregiver, clinic or office already has the person in its care.
    Cared,
    /// Names a compatriot, a person of ours.
    Ours,
    /// An employer or an agent.
    Boss,
    /// What follows is where somebody is.
    At,
    /// What follows is where somebody is not (any more, or yet): origin, transit, aim.
    Away,
    /// What follows or precedes belongs to an office, agent or embassy.
    Office,
    /// What follows is a name.
    Name,
    /// What stands before was only told, planned or feared.
    Told,
    /// A noun that makes a place of the words beside it (city, hospital, street).
    Place,
    /// A word that is never a place, whatever the gazetteer says.
    NoPlace,
    /// What stands before it gives its name to an event ("the Valley fire").
    Event,
    /// Who stands before it gives or sends something to somewhere else.
    Giver,
    /// What follows gives or sends something to somewhere else.
    GiverOf,
    /// What stands before it is the name of a newspaper, a firm, a team.
    Firm,
    /// What follows is the name of a newspaper, a firm, a team.
    FirmOf,
}

impl Tag {
    /// A number of its own for every tag that tells what is meant; none for those that only help
    /// to find places and names.
    pub(super) fn number(self) -> Option<u8> {
        Some(match self {
            Self::Kind(kind) => kind as u8,
            Self::Priority(priority) => 8 + priority as u8,
            Self::Sign(sign) => 16 + sign as u8,
            Self::Need(need) => 32 + need as u8,
            Self::For(whom) => 48 + whom as u8,
            Self::Cue(
                Cue::At
                | Cue::Away
                | Cue::Office
                | Cue::Name
                | Cue::Told
                | Cue::Place
                | Cue::NoPlace
                | Cue::Event
                | Cue::Giver
                | Cue::GiverOf
                | Cue::Firm
                | Cue::FirmOf,
            ) => return None,
            Self::Cue(cue) => 64 + cue as u8,
        })
    }
}

/// A tag and its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    pub(super) tag: Tag,
    pub(super) weight: f32,
}

impl FromStr for Told {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, weight) = match text.split_once('=') {
            Some((name, weight)) => (
                name,
                weight
                    .parse()
                    .map_err(|_| format!("“{weight}” is not a weight"))?,
            ),
            None => (text, 1.0),
        };
        let tag = match name.split_once(':') {
            Some(("kind", word)) => Tag::Kind(read(word)?),
            Some(("priority", word)) => Tag::Priority(read(word)?),
            Some(("sign", word)) => Tag::Sign(read(word)?),
            Some(("need", word)) => Tag::Need(read(word)?),
            Some(("for", word)) => Tag::For(read(word)?),
            Some(_) => return Err(format!("“{name}” is not known")),
            None => Tag::Cue(cue(name)?),
        };
        Ok(Self { tag, weight })
    }
}

fn read<T: FromStr<Err = crate::case::UnknownWord>>(word: &str) -> Result<T, String> {
    word.parse().map_err(|e| format!("“{word}” {e}"))
}

fn cue(word: &str) -> Result<Cue, String> {
    Ok(match word {
        "plea" => Cue::Plea,
        "question" => Cue::Question,
        "greeting" => Cue::Greeting,
        "thanks" => Cue::Thanks,
        "unwanted" => Cue::Unwanted,
        "jest" => Cue::Jest,
        "over" => Cue::Over,
        "now" => Cue::Now,
        "not" => Cue::Not,
        "but" => Cue::But,
        "cared" => Cue::Cared,
        "ours" => Cue::Ours,
        "boss" => Cue::Boss,
        "at" => Cue::At,
        "away" => Cue::Away,
        "office" => Cue::Office,
        "name" => Cue::Name,
        "told" => Cue::Told,
        "place" => Cue::Place,
        "noplace" => Cue::NoPlace,
        "event" => Cue::Event,
        "giver" => Cue::Giver,
        "giverof" => Cue::GiverOf,
        "firm" => Cue::Firm,
        "firmof" => Cue::FirmOf,
        _ => return Err(format!("“{word}” is not known")),
    })
}
