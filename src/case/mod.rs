//! The domain: what a report, a case and a clock are.
//!
//! Values here cannot be wrong: their fields are private and their constructors check. Nothing here
//! reads a clock, a file or a socket, and nothing is `async`, so that every rule of the service can
//! be tried in a microsecond.

mod kind;
mod mission;
mod number;
mod place;
mod report;
mod sealed;
mod understood;
pub(crate) mod words;

pub use kind::{ForWhom, Kind, Lang, Need, Priority, Sign};
pub use mission::{MissionCode, NotAMission};
pub use number::Number;
pub use place::{CoarsePlace, Country, Level, NotACountry, NotOnEarth, Place, Point, Source};
pub use report::{Channel, Contact, Details, Hours, NotAnHour, Report, SafeContact};
pub use sealed::Sealed;
pub use understood::{Evidence, Understood};
pub use words::UnknownWord;
