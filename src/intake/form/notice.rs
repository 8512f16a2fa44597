//! A sentence above a page, about what was just sent.

use super::words::Words;

/// A sentence above the page, about what was just sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Nothing was filled in.
    Empty,
    /// We could not take it in; what was typed is still there.
    NotSent,
    /// More words than are kept: the first of them are here.
    TooMuch,
    /// What was sent is no form. Nothing of it is here.
    Unreadable,
    /// Not all of it came; what came is shown again, and nothing was taken in.
    Late,
    /// The reference is mistyped.
    Reference,
    /// The reference and the code do not belong together.
    Unknown,
    /// Too many tries.
    TooOften,
    /// The number is kept as it was written, and cannot be dialled.
    Number,
    /// It was added to the case.
    Added,
    /// A photograph was larger than what is kept; all else is here.
    FileTooLarge,
    /// A file was no photograph, whatever it is called; all else is here.
    FileWrong,
    /// More photographs than are kept; the first are here.
    FilesTooMany,
    /// A photograph could not be kept just now; all else is here.
    FileLater,
}

impl Notice {
    pub(super) fn text(self, words: &Words) -> &str {
        match self {
            Self::Empty => &words.problem_empty,
            Self::NotSent => &words.problem_not_sent,
            Self::TooMuch => &words.problem_too_much,
            Self::Unreadable => &words.problem_unreadable,
            Self::Late => &words.problem_late,
            Self::Reference => &words.problem_reference,
            Self::Unknown => &words.problem_unknown,
            Self::TooOften => &words.problem_often,
            Self::Number => &words.problem_number,
            Self::Added => &words.receipt_added,
            Self::FileTooLarge => &words.file_too_large,
            Self::FileWrong => &words.file_wrong,
            Self::FilesTooMany => &words.files_too_many,
            Self::FileLater => &words.file_later,
        }
    }
}
