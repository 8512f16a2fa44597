//! The provider's answer to a message, read as: may it have left?

use super::Sent;
use crate::outbox::delivery::{Status, Trouble};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// The longest wait that is believed.
const LONGEST_WAIT: u64 = 3_600;

#[derive(serde::Deserialize)]
struct Message {
    sid: String,
    status: String,
    num_segments: Option<String>,
    error_code: Option<u32>,
}

#[derive(serde::Deserialize)]
struct Refusal {
    code: Option<u32>,
}

/// Reads an answer that came whole.
pub(super) fn read(status: u16, wait: Option<Duration>, body: &[u8]) -> Sent {
    match status {
        200..300 => accepted(body).unwrap_or(Sent::Unknown),
        429 => Sent::RateLimited { retry_after: wait },
        // A redirect is not followed: it would carry our credentials to another place.
        300..400 | 408 | 500.. => Sent::Unavailable,
        _ => {
            let refusal: Option<Refusal> = serde_json::from_slice(body).ok();
            rejected(status, refusal.and_then(|refusal| refusal.code), wait)
        }
    }
}

/// Reads an answer whose body broke off.
pub(super) fn unread(status: u16, wait: Option<Duration>) -> Sent {
    match status {
        200..300 => Sent::Unknown,
        _ => read(status, wait, b""),
    }
}

fn accepted(body: &[u8]) -> Option<Sent> {
    let message: Message = serde_json::from_slice(body).ok()?;
    let status = message.status.parse().unwrap_or(Status::Queued);
    match message.error_code {
        Some(code) if status.has_failed() => {
            let trouble = Trouble::of(code);
            Some(Sent::Rejected {
                trouble,
                is_final: trouble.is_final(),
            })
        }
        _ => Some(Sent::Accepted {
            sid: message.sid,
            status,
            parts: message
                .num_segments
                .and_then(|n| n.parse().ok())
                .unwrap_or(1),
        }),
    }
}

fn rejected(status: u16, code: Option<u32>, wait: Option<Duration>) -> Sent {
    let trouble = match (code, status) {
        (Some(code), _) => Trouble::of(code),
        (None, 401 | 403) => Trouble::Credentials,
        // A refusal without the provider's own code comes from something in between.
        (None, other) => Trouble::Other(u32::from(other)),
    };
    match trouble {
        Trouble::Rate => Sent::RateLimited { retry_after: wait },
        trouble => Sent::Rejected {
            trouble,
            is_final: trouble.is_final(),
        },
    }
}

/// How long to wait, where the header gives seconds.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds.min(LONGEST_WAIT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_an_answer_holds_it_is_never_taken_for_more_than_it_says(
            status in 100u16..600, body in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let sent = read(status, None, &body);
            if (200..300).contains(&status) {
                // It may have left: nothing but the provider's own words settles it.
                prop_assert_eq!(sent, Sent::Unknown);
            } else {
                let too_much = matches!(sent, Sent::Unknown | Sent::Accepted { .. });
                prop_assert!(!too_much);
            }
        }

        #[test]
        fn every_code_is_read_from_a_refusal(code in 10_000u32..100_000) {
            let body = serde_json::json!({"code": code, "status": 400}).to_string();
            let sent = read(400, None, body.as_bytes());
            match Trouble::of(code) {
                Trouble::Rate => prop_assert_eq!(sent, Sent::RateLimited { retry_after: None }),
                trouble => {
                    let is_final = trouble.is_final();
                    prop_assert_eq!(sent, Sent::Rejected { trouble, is_final });
                }
            }
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_in_doubt_only_where_the_provider_had_taken_it() {
        assert_eq!(unread(201, None), Sent::Unknown);
        assert_eq!(unread(500, None), Sent::Unavailable);
        let refused = unread(401, None);
        assert!(matches!(
            refused,
            Sent::Rejected {
                trouble: Trouble::Credentials,
                ..
            }
        ));
    }
}
