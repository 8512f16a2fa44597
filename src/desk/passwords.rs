//! Passwords: hashed with Argon2id, never kept, never logged.
//!
//! Hashing is dear on purpose, so only a few are hashed at once: a flood of sign-ins must never take
//! the processor and the memory that intake needs. Whoever would wait too long is told to come back;
//! one turn is kept for browsers in which somebody signed in before. The memory they are compared in is
//! used again: given back, it would lie in pieces that the system never sees again.

use crate::case::Sealed;
use argon2::password_hash::{PasswordHasher, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::RngExt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Passwords from strangers compared at once in this process: at 20 ms each a hundred in a second.
const STRANGERS_AT_ONCE: usize = 2;
/// Passwords compared at once.
const AT_ONCE: usize = STRANGERS_AT_ONCE + 1;
/// Whoever waits longer for her turn is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);
static STRANGERS: Semaphore = Semaphore::const_new(STRANGERS_AT_ONCE);
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);
/// Memory to compare in, 19 MiB for each that is compared at once; made when it is first needed.
static MEMORY: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Too many sign in at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being compared")]
pub struct Busy;

/// The turn to have one password compared.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held until it is compared")] Permits);

type Permits = (Option<SemaphorePermit<'static>>, SemaphorePermit<'static>);

/// Waits for a turn. Strangers do not keep those waiting who signed in here before.
///
/// # Errors
/// [`Busy`]; nothing was compared.
pub async fn turn(stranger: bool) -> Result<Turn, Busy> {
    let turn = tokio::time::timeout(PATIENCE, async {
        let among = if stranger {
            Some(STRANGERS.acquire().await?)
        } else {
            None
        };
        Ok::<_, tokio::sync::AcquireError>(Turn((among, TURNS.acquire().await?)))
    });
    let Ok(Ok(turn)) = turn.await else {
        metrics::counter!("msaada_sign_ins_refused_total").increment(1);
        return Err(Busy);
    };
    Ok(turn)
}

impl Turn {
    /// Whether a password is the one that was hashed, compared beside other work.
    ///
    /// # Errors
    /// [`Busy`]: the comparison did not end.
    pub async fn compare(
        self,
        password: Sealed<String>,
        hash: Option<Sealed<String>>,
    ) -> Result<bool, Busy> {
        // The turn ends with the work, also when nobody waits for its result any more.
        tokio::task::spawn_blocking(move || {
            let _turn = self;
            fits(&password, hash.as_ref())
        })
        .await
        .map_err(|_| Busy)
    }
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
    let password = password.expose().as_bytes();
    let Some(hash) = hash else {
        let nobodys = [0; Params::DEFAULT_OUTPUT_LEN];
        let _ = is_of(&Argon2::default(), password, &nobodys[..16], &nobodys);
        return false;
    };
    PasswordHash::new(hash.expose()).is_ok_and(|hash| fits_phc(password, &hash).unwrap_or(false))
}

/// None where the hash is none of Argon2.
fn fits_phc(password: &[u8], hash: &PasswordHash) -> Option<bool> {
    let algorithm = Algorithm::new(hash.algorithm.as_str()).ok()?;
    let version = match hash.version {
        Some(version) => Version::try_from(version).ok()?,
        None => Version::default(),
    };
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash).ok()?);
    let (salt, hashed) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    is_of(&argon2, password, salt, hashed.as_bytes())
}

fn is_of(argon2: &Argon2<'_>, password: &[u8], salt: &[u8], hashed: &[u8]) -> Option<bool> {
    let kept = || MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let mut memory = kept().pop().unwrap_or_default();
    memory.resize(
        argon2.params().block_count().max(memory.len()),
        Block::new(),
    );
    let mut ours = vec![0; hashed.len()];
    let done =
        argon2.hash_password_into_with_memory(password, salt, &mut ours, memory.as_mut_slice());
    let mut kept = kept();
    if kept.len() < AT_ONCE {
        kept.push(memory);
    }
    done.ok()?;
    Some(ours.ct_eq(hashed).into())
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
        for (at, wrong) in [
            ("$argon2id$", "$scrypt$"),
            ("m=19456", "m=1"),
            ("p=1$", "p=1$e$"),
        ] {
            let hashed = hashed.expose().replacen(at, wrong, 1);
            assert!(!fits(&password, Some(&Sealed::new(hashed))), "{wrong}");
        }
    }

    /// Hashes that other programs made, with other costs.
    #[test]
    fn a_hash_with_costs_of_its_own_is_compared_with_those() {
        for (name, costs) in [
            (Algorithm::Argon2id, (8, 1, 1)),
            (Algorithm::Argon2i, (64, 3, 2)),
            (Algorithm::Argon2d, (24 * 1024, 1, 1)),
        ] {
            let params = Params::new(costs.0, costs.1, costs.2, None).expect("costs");
            let other = Argon2::new(name, Version::V0x13, params);
            let hashed = other.hash_password(b"hunter42").expect("hashed");
            let hashed = Sealed::new(hashed.to_string());
            assert!(fits(&Sealed::new("hunter42".to_owned()), Some(&hashed)));
            assert!(!fits(&Sealed::new("hunter43".to_owned()), Some(&hashed)));
        }
    }

    #[test]
    fn memory_is_used_again() {
        for _ in 0..10 {
            assert!(!fits(&random(), None));
        }
        let kept = MEMORY.lock().expect("not poisoned");
        assert!((1..=AT_ONCE).contains(&kept.len()), "{}", kept.len());
    }
}
