//! How often something may be tried: passwords and codes.
//!
//! Counted in memory, per process, under a hash of what is tried, never the thing itself. At the
//! limit whoever tries is told how long to wait. A try counts from the moment it is compared, so that
//! an outage locks nobody out; passwords and codes are counted apart, and codes of references that do
//! not exist apart from both, so that none of them can crowd out another.

mod address;
mod counts;

pub use address::Address;

use chrono::{DateTime, TimeDelta, Utc};
use counts::{Counts, Key, key};

/// Wrong passwords from one network address for one e-mail address, or from one browser in which its
/// owner signed in before.
const HERE: u32 = 10;
/// Wrong passwords from one network address, whatever the e-mail addresses: comparing them is dear.
const FROM_ONE_ADDRESS: u32 = 50;
/// Wrong passwords for one e-mail address, from wherever; not for browsers in which its owner signed
/// in before.
const FOR_ONE_EMAIL: u32 = 100;
/// Wrong codes for one reference from one network address. Generous, since whoever wants to shut
/// somebody out may sit in the same house: of nine million times so many, one is right.
const CODES_HERE: u32 = 100;
/// Wrong codes for one reference, from wherever.
const CODES: u32 = 300;

/// Failed tries.
#[derive(Default)]
pub struct Attempts {
    passwords: Counts,
    codes: Counts,
    /// Codes of references that do not exist. Limited alike, so that the limit does not tell which do.
    invented: Counts,
}

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there were too many tries")]
pub struct TooMany {
    /// Seconds after which it may be tried again.
    pub retry_after: u32,
}

impl TooMany {
    fn until(left: TimeDelta) -> Self {
        let seconds = u32::try_from(left.num_seconds()).unwrap_or(0);
        Self {
            retry_after: seconds + 1,
        }
    }
}

/// A try under way. Let go before anything was compared, it did not happen.
#[must_use = "a try that is let go is not counted"]
pub struct Try<'a> {
    counts: &'a Counts,
    /// What it counts for, and whether a right one ends what was counted before.
    keys: Vec<(Key, bool)>,
    counts_on: bool,
}

impl Try<'_> {
    /// It is compared now: it counts, unless it turns out to be right.
    pub const fn counts(&mut self) {
        self.counts_on = true;
    }

    /// It was right: earlier tries at the same are forgotten.
    pub fn was_right(mut self) {
        self.counts_on = false;
        self.keys.retain(|(key, ends)| {
            if *ends {
                self.counts.forget(key);
            }
            !ends
        });
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if !self.counts_on {
            for (key, _) in &self.keys {
                self.counts.give_back(key);
            }
        }
    }
}

impl Attempts {
    /// Tries a password from anywhere.
    ///
    /// # Errors
    /// [`TooMany`]: it must not be compared.
    pub fn password(
        &self,
        email: &str,
        from: Address,
        now: DateTime<Utc>,
    ) -> Result<Try<'_>, TooMany> {
        let (email, from) = (email.as_bytes(), from.bytes());
        let limits = [
            (key(&[b"here", email, &from]), HERE, true),
            (key(&[b"from", &from]), FROM_ONE_ADDRESS, false),
            (key(&[b"email", email]), FOR_ONE_EMAIL, true),
        ];
        begin(&self.passwords, &limits, now)
    }

    /// Tries a password in a browser in which its owner signed in before: what strangers tried does
    /// not count.
    ///
    /// # Errors
    /// [`TooMany`]: it must not be compared.
    pub fn password_in(&self, browser: &[u8], now: DateTime<Utc>) -> Result<Try<'_>, TooMany> {
        let limit = (key(&[b"browser", browser]), HERE, true);
        begin(&self.passwords, &[limit], now)
    }

    /// Tries the code of a reference, which exists or does not.
    ///
    /// # Errors
    /// [`TooMany`]: it must not be compared.
    pub fn code(
        &self,
        (reference, exists): (&str, bool),
        from: Address,
        now: DateTime<Utc>,
    ) -> Result<Try<'_>, TooMany> {
        let counts = if exists { &self.codes } else { &self.invented };
        let (reference, from) = (reference.as_bytes(), from.bytes());
        let limits = [
            (key(&[b"here", reference, &from]), CODES_HERE, true),
            (key(&[b"reference", reference]), CODES, true),
        ];
        begin(counts, &limits, now)
    }
}

fn begin<'a>(
    counts: &'a Counts,
    limits: &[(Key, u32, bool)],
    now: DateTime<Utc>,
) -> Result<Try<'a>, TooMany> {
    let what: Vec<(Key, u32)> = limits.iter().map(|(key, most, _)| (*key, *most)).collect();
    counts.take(&what, now).map_err(TooMany::until)?;
    Ok(Try {
        counts,
        keys: limits.iter().map(|(key, _, ends)| (*key, *ends)).collect(),
        counts_on: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn now() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().expect("time")
    }

    fn at(address: &str) -> Address {
        let request = TestRequest::default().insert_header(("X-Forwarded-For", address));
        Address::of(&request.to_http_request())
    }

    /// Whether a wrong password was compared.
    fn wrong(attempts: &Attempts, email: &str, from: &str) -> bool {
        let tried = attempts.password(email, at(from), now());
        tried.map(|mut tried| tried.counts()).is_ok()
    }

    #[test]
    fn after_ten_wrong_tries_one_must_wait_a_quarter_of_an_hour() {
        let attempts = Attempts::default();
        assert!((0..10).all(|_| wrong(&attempts, "somebody", "192.0.2.1")));
        let refused = attempts.password("somebody", at("192.0.2.1"), now()).err();
        assert_eq!(refused, Some(TooMany { retry_after: 901 }));
        assert!(wrong(&attempts, "somebody", "192.0.2.2"));
        let later = now() + TimeDelta::minutes(15);
        assert!(
            attempts
                .password("somebody", at("192.0.2.1"), later)
                .is_ok()
        );
    }

    #[test]
    fn a_right_one_forgets_the_wrong_ones() {
        let attempts = Attempts::default();
        for _ in 0..9 {
            wrong(&attempts, "somebody", "192.0.2.1");
        }
        let tried = attempts.password("somebody", at("192.0.2.1"), now());
        let mut tried = tried.expect("the tenth");
        tried.counts();
        tried.was_right();
        assert!((0..10).all(|_| wrong(&attempts, "somebody", "192.0.2.1")));
    }

    #[test]
    fn what_was_not_compared_does_not_count() {
        let attempts = Attempts::default();
        for _ in 0..200 {
            assert!(
                attempts
                    .password("somebody", at("192.0.2.1"), now())
                    .is_ok()
            );
            let code = attempts.code(("4F7K-92MX-Q1TA", true), at("192.0.2.1"), now());
            assert!(code.is_ok());
        }
    }

    #[test]
    fn one_address_may_not_try_for_ever_whatever_it_invents() {
        let attempts = Attempts::default();
        let tried = (0..400).filter(|n| wrong(&attempts, &n.to_string(), "192.0.2.1"));
        assert_eq!(tried.count(), 50);
        assert!(wrong(&attempts, "somebody", "192.0.2.2"));
    }

    #[test]
    fn whoever_signed_in_here_before_is_not_locked_out_by_strangers() {
        let attempts = Attempts::default();
        for n in 0..20 {
            for _ in 0..10 {
                wrong(&attempts, "somebody", &format!("192.0.2.{n}"));
            }
        }
        assert!(!wrong(&attempts, "somebody", "192.0.2.99"));
        let hers = || attempts.password_in(b"hers", now()).map(|mut t| t.counts());
        assert!((0..10).all(|_| hers().is_ok()));
        assert!(
            hers().is_err(),
            "who found her browser may not guess either"
        );
    }

    #[test]
    fn wrong_codes_from_one_address_shut_nobody_else_out() {
        let attempts = Attempts::default();
        let code = |exists, from: &str| {
            let tried = attempts.code(("4F7K-92MX-Q1TA", exists), at(from), now());
            tried.map(|mut tried| tried.counts()).is_ok()
        };
        for exists in [true, false] {
            assert_eq!((0..300).filter(|_| code(exists, "192.0.2.1")).count(), 100);
            assert!(code(exists, "192.0.2.2"));
            let others = (3..20).flat_map(|n| [n; 100]);
            let tried = others.filter(|n| code(exists, &format!("192.0.2.{n}")));
            assert_eq!(tried.count(), 199, "nor may all of them together go on");
        }
    }
}
