//! What we say to people: the words, whether they may be said, and who carries them.
//!
//! Nothing leaves for a person in distress unless [`may_say`] allows it. What is said is neutral
//! ([`say`], [`neutral`]): whoever else reads the phone must learn nothing from it. Numbers and
//! bodies are never logged here.

pub mod capability;
pub mod delivery;
pub mod may_say;
pub mod neutral;
pub mod parts;
pub mod rates;
pub mod say;
pub mod staff;
pub mod twilio;
pub mod zones;
