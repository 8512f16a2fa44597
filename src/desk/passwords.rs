//! Passwords: hashed with Argon2id, never kept, never logged.
//!
//! Hashing is dear on purpose, so only a few are hashed at once: a flood of sign-ins must never take
//! the processor and the memory that intake needs. Whoever would wait too long is told to come back.

use crate::case::Sealed;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use rand::RngExt;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Passwords compared at once in this process: at 20 ms each a hundred in a second.
const AT_ONCE: usize = 2;
/// Whoever waits longer for her turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Too many sign in at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being compared")]
pub struct Busy;

/// Whether a password is the one that was hashed, compared beside other work when it is its turn.
///
/// # Errors
/// [`Busy`]; nothing was compared.
pub async fn compare(password: Sealed<String>, hash: Option<Sealed<String>>) -> Result<bool, Busy> {
    let turn = tokio::time::timeout(PATIENCE, TURNS.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        metrics::counter!("msaada_sign_ins_refused_total").increment(1);
        return Err(Busy);
    };
    // The turn ends with the work, also when nobody waits for its result any more.
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        fits(&password, hash.as_ref())
    })
    .await
    .map_err(|_| Busy)
}

/// A password could not be hashed: the machine has no randomness or no memory left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct NotHashed;

/// Hashes a password. Takes some 20 ms and 19 MiB, on purpose.
///
/// # Errors
/// [`NotHashed`].
pub fn hash(password: &Sealed<String>) -> Result<Sealed<String>, NotHashed> {
    Argon2::default()
        .hash_password(password.expose().as_bytes())
        .map(|hash| Sealed::new(hash.to_string()))
        .map_err(|_| NotHashed)
}

/// Whether a password is the one that was hashed. Without a hash it takes as long and says no, so
/// that nobody learns by the clock which addresses exist.
#[must_use]
pub fn fits(password: &Sealed<String>, hash: Option<&Sealed<String>>) -> bool {
    let Some(hash) = hash else {
        let _ = self::hash(password);
        return false;
    };
    PasswordHash::new(hash.expose()).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.expose().as_bytes(), &hash)
            .is_ok()
    })
}

/// A random password that can be read out on the telephone: 20 letters and digits, about 99 bits.
#[must_use]
pub fn random() -> Sealed<String> {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    let letters: Vec<String> = (0..4)
        .map(|_| {
            (0..5)
                .map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]))
                .collect()
        })
        .collect();
    Sealed::new(letters.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let password = random();
        let hashed = hash(&password).expect("hashed");
        assert!(fits(&password, Some(&hashed)));
        assert!(!fits(&random(), Some(&hashed)));
        assert!(!fits(&password, None));
        assert!(hashed.expose().starts_with("$argon2id$"));
    }
}
