//! Missions and their codes.

use super::{Country, Point};
use serde::{Deserialize, Serialize};

/// A mission's code: country and post, such as `AE-DXB`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "AE-DXB")]
pub struct MissionCode(Box<str>);

/// Text that is not a mission's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a mission's code such as AE-DXB: two letters, a dash, three letters")]
pub struct NotAMission;

impl MissionCode {
    /// The response centre in Nairobi, which takes what nobody else covers.
    #[must_use]
    pub fn centre() -> Self {
        Self("KE-NBO".into())
    }

    /// Whether this is the response centre.
    #[must_use]
    pub fn is_centre(&self) -> bool {
        &*self.0 == "KE-NBO"
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for MissionCode {
    type Err = NotAMission;
    fn from_str(code: &str) -> Result<Self, NotAMission> {
        let capitals = |part: &str, length| {
            part.len() == length && part.bytes().all(|letter| letter.is_ascii_uppercase())
        };
        match code.split_once('-') {
            Some((country, post)) if capitals(country, 2) && capitals(post, 3) => {
                Ok(Self(code.into()))
            }
            _ => Err(NotAMission),
        }
    }
}

impl TryFrom<String> for MissionCode {
    type Error = NotAMission;
    fn try_from(code: String) -> Result<Self, NotAMission> {
        code.parse()
    }
}

impl From<MissionCode> for String {
    fn from(code: MissionCode) -> Self {
        code.0.into()
    }
}

impl std::fmt::Display for MissionCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mission.
#[derive(Debug, Clone, PartialEq)]
pub struct Mission {
    /// Its code.
    pub code: MissionCode,
    /// Its name.
    pub name: String,
    /// What it is: embassy, consulate general, headquarters.
    pub kind: String,
    /// Its town.
    pub city: String,
    /// Its country.
    pub country: Country,
    /// Where it stands.
    pub point: Point,
    /// Its time zone, as IANA names it.
    pub timezone: String,
    /// Whether it may get cases.
    pub takes_cases: bool,
    /// Countries (`AE`) and subdivisions (`AE-DU`) it answers for; `*` is everything else.
    pub jurisdiction: Vec<String>,
}
