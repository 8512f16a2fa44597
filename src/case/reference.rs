//! References and codes: what a person holds as proof that a report arrived.
//!
//! Both are derived from the report's id with the service's secret, not drawn: so the same report
//! gets the same reference on any node, also while the database is away, and a repeated delivery
//! gets the first one's answer. A reference looks ordinary, is never reused, and carries a check
//! character; it opens nothing without its code. It must never tell kind, country or time.

use super::{Place, Sealed, Source};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Digits and letters that are not mistaken for each other; 31 of them, a prime, so that the check
/// character finds every wrong character and every two that changed places.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKMNPQRSTVWXY";
/// Characters before the check character: 31^11 references, about 54 bits.
const BODY: usize = 11;
/// Characters of a code: 31^6, about 30 bits; guessing is limited where codes are tried.
const CODE: usize = 6;

/// A reference such as `4F7K-92MX-Q1TA`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference(String);

/// Text that is not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAReference {
    /// The wrong length or characters.
    #[error("a reference has twelve letters and digits, such as 4F7K-92MX-Q1TA")]
    Form,
    /// A mistyped character.
    #[error("a character of the reference is mistyped")]
    Check,
}

impl Reference {
    /// The reference in its usual form, in groups of four.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_values(values: &[u8]) -> Self {
        let mut text = String::with_capacity(14);
        for (at, value) in values.iter().chain([&check(values)]).enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*value)]));
        }
        Self(text)
    }
}

impl std::str::FromStr for Reference {
    type Err = NotAReference;

    /// Reads what people write: small letters, spaces, no dashes, O for 0, I or L for 1.
    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let values: Vec<u8> = text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(value_of)
            .collect::<Option<_>>()
            .ok_or(NotAReference::Form)?;
        let (given, body) = values.split_last().ok_or(NotAReference::Form)?;
        if body.len() != BODY {
            return Err(NotAReference::Form);
        }
        if *given != check(body) {
            return Err(NotAReference::Check);
        }
        Ok(Self::from_values(body))
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn value_of(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let at = ALPHABET.iter().position(|a| char::from(*a) == c)?;
    u8::try_from(at).ok()
}

fn check(values: &[u8]) -> u8 {
    let sum: usize = values
        .iter()
        .enumerate()
        .map(|(at, value)| (at + 2) * usize::from(*value))
        .sum();
    u8::try_from(sum % ALPHABET.len()).unwrap_or(0)
}

/// Makes references and codes; knows the service's secret.
#[derive(Clone)]
pub struct Mint(Sealed<Vec<u8>>);

impl Mint {
    /// A mint with this secret. Every node of a service must have the same one.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(Sealed::new(secret.to_vec()))
    }

    /// The reference of a report that opens a case.
    #[must_use]
    pub fn reference(&self, report: Uuid) -> Reference {
        Reference::from_values(&spread::<BODY>(&self.derive("reference", report)))
    }

    /// The code that goes with it.
    #[must_use]
    pub fn code(&self, report: Uuid) -> String {
        spread::<CODE>(&self.derive("code", report))
            .iter()
            .map(|value| char::from(ALPHABET[usize::from(*value)]))
            .collect()
    }

    /// The bits by which a place of a case is moved before it is shown: fixed for the case, so that
    /// repeats cannot be averaged; another for each way of knowing it, so that a place everybody
    /// knows does not give away how a sealed one was moved; and for a place a responder chose,
    /// another for each point.
    #[must_use]
    pub fn offset(&self, case: Uuid, place: &Place) -> u64 {
        let purpose = match place.source {
            Source::Responder => format!(
                "offset responder {:x} {:x}",
                place.point.lat().to_bits(),
                place.point.lon().to_bits()
            ),
            source => format!("offset {source}"),
        };
        self.derive(&purpose, case)[..8]
            .iter()
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }

    /// A keyed hash of something two reports may share: nothing can be read from it without the
    /// secret.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "it does not: this kind of key may have any length"
    )]
    pub fn trace(&self, mark: &str) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("this kind of key may have any length");
        mac.update(b"trace ");
        mac.update(mark.as_bytes());
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        std::array::from_fn(|at| bytes[at])
    }

    /// The mark of a browser in which somebody signed in with this e-mail address. `ticket` is what
    /// makes it this browser's, and holds no space.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "it does not: this kind of key may have any length"
    )]
    pub fn browser(&self, ticket: &str, email: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("this kind of key may have any length");
        mac.update(format!("browser {ticket} {email}").as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The word that lets somebody try her password in a browser that does not know her, in one
    /// stretch of time: eight letters and digits (31^8, about 40 bits) that can be read out.
    #[must_use]
    pub fn way_in(&self, email: &str, stretch: i64) -> String {
        // No ticket of a browser holds a space.
        let bytes = self.browser(&format!("way in {stretch}"), email);
        spread::<8>(&bytes)
            .iter()
            .map(|value| char::from(ALPHABET[usize::from(*value)]))
            .collect()
    }

    fn derive(&self, purpose: &str, id: Uuid) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("this kind of key may have any length");
        mac.update(purpose.as_bytes());
        mac.update(id.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// N values of the alphabet from 32 bytes; the remainder's bias is below 2^-60.
fn spread<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    let mut number = u128::from_be_bytes(bytes[..16].try_into().expect("sixteen of 32 bytes"));
    std::array::from_fn(|_| {
        let value = number % 31;
        number /= 31;
        u8::try_from(value).unwrap_or(0)
    })
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_reference_is_read_as_people_write_it(id: u128) {
            let reference = Mint::new(b"secret").reference(Uuid::from_u128(id));
            let told = reference.as_str().to_lowercase().replace('-', " ").replace('0', "o");
            prop_assert_eq!(told.parse(), Ok(reference));
        }

        #[test]
        fn one_wrong_character_is_noticed(id: u128, at in 0usize..12, by in 1usize..31) {
            let reference = Mint::new(b"secret").reference(Uuid::from_u128(id));
            let mut text: Vec<u8> = reference.as_str().bytes().filter(|b| *b != b'-').collect();
            let value = ALPHABET.iter().position(|a| *a == text[at]).expect("in it");
            text[at] = ALPHABET[(value + by) % 31];
            let text = String::from_utf8(text).expect("ascii");
            prop_assert_eq!(text.parse::<Reference>(), Err(NotAReference::Check));
        }

        #[test]
        fn two_characters_that_changed_places_are_noticed(id: u128, at in 0usize..10) {
            let reference = Mint::new(b"secret").reference(Uuid::from_u128(id));
            let mut text: Vec<u8> = reference.as_str().bytes().filter(|b| *b != b'-').collect();
            prop_assume!(text[at] != text[at + 1]);
            text.swap(at, at + 1);
            let text = String::from_utf8(text).expect("ascii");
            prop_assert_eq!(text.parse::<Reference>(), Err(NotAReference::Check));
        }
    }

    #[test]
    fn the_same_report_has_the_same_reference_on_every_node() {
        let id = Uuid::from_u128(7);
        assert_eq!(
            Mint::new(b"secret").reference(id),
            Mint::new(b"secret").reference(id)
        );
        assert_ne!(
            Mint::new(b"secret").reference(id),
            Mint::new(b"other").reference(id)
        );
        assert_eq!(Mint::new(b"secret").code(id).len(), 6);
    }
}
