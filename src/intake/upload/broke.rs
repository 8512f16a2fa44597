//! Why a page is read no further.

use actix_multipart::MultipartError;
use std::cell::Cell;

/// Why a page with files is read no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broke {
    /// The line broke.
    Off,
    /// Its time was over.
    Late,
    /// It ends before its last line.
    Unclosed,
    /// It is not what it is called.
    NoForm,
    /// There is more of it than is read.
    TooLong,
}

pub(super) type Ended = Result<(), Broke>;

impl From<MultipartError> for Broke {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::Payload(_) => Self::Off,
            MultipartError::Incomplete => Self::Unclosed,
            _ => Self::NoForm,
        }
    }
}

impl Broke {
    /// Where the body itself broke off, that is why.
    pub(super) fn because(self, off: &Cell<Option<Self>>) -> Self {
        match self {
            Self::Unclosed | Self::NoForm => off.get().unwrap_or(self),
            other => other,
        }
    }
}
