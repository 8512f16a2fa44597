//! The domain: what a report, a case and a clock are.
//!
//! Values here cannot be wrong: their fields are private and their constructors check. Nothing here
//! reads a clock, a file or a socket, and nothing is `async`, so that every rule of the service can
//! be tried in a microsecond.

mod act;
mod acting;
mod agreement;
mod attachment;
mod card;
mod file;
mod kind;
mod lapsing;
mod mission;
mod number;
mod paired;
mod place;
mod policy;
mod reference;
mod refused;
mod report;
mod responder;
mod sealed;
pub mod sheet;
mod status;
mod understood;
mod watched;
pub(crate) mod words;

pub use act::{Act, CallOutcome, NotWords, Words};
pub use agreement::{Agreement, NotAnAgreement};
pub use attachment::{AttachmentKind, File, LARGEST, NotAFile};
pub use card::{Card, Waiting};
pub use file::{Case, Change, Entry};
pub use kind::{ForWhom, Kind, Lang, Need, Priority, Sign};
pub use mission::{Mission, MissionCode, NotAMission};
pub use number::Number;
pub use place::{CoarsePlace, Country, Level, NotACountry, NotOnEarth, Place, Point, Source};
pub use policy::{Clocks, Ladder, NotAPolicy, Policies, Policy, Post, Staffed};
pub use reference::{Mint, NotAReference, Reference};
pub use refused::{NotPossible, Refused};
pub use report::{Carrier, Channel, Contact, Details, Hours, NotAnHour, Report, SafeContact};
pub use responder::{Responder, Role};
pub use sealed::Sealed;
pub use status::{Clock, Event, Outcome, Status};
pub use understood::{Evidence, Understood, kind_after, only_pleads};
pub use watched::{SEEN_WITHIN, STALE_AFTER};
pub use words::UnknownWord;
