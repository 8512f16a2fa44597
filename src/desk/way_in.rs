//! A way in for somebody whom strangers keep out: a hundred wrong passwords for her address close
//! every browser that does not know her, also at night.
//!
//! A supervisor gets a word for her, here or on the server, and reads it out on the telephone. Signed
//! in with it beside her password, she is treated as in a browser that knows her. It opens nothing by
//! itself: like such a browser it only lets a password be compared, ten wrong ones in a quarter of an
//! hour. It is worked out from the service's secret, so that every node knows it and nothing is stored.

use super::{Signed, refused};
use crate::case::Mint;
use crate::flow::Flow;
use crate::problem::Problem;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// Seconds after which there is another word. It is taken until the end of the stretch after its own:
/// for half an hour at least, for an hour at most.
const STRETCH_S: i64 = 1800;

/// A word, and until when it is taken.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WayIn {
    /// The word: eight letters and digits, to be read out.
    #[schema(example = "4F7K-92MX")]
    pub word: String,
    /// Until when it is taken.
    pub until: DateTime<Utc>,
}

/// The word that lets somebody in now.
#[must_use]
pub fn for_email(mint: &Mint, email: &str, now: DateTime<Utc>) -> WayIn {
    let stretch = now.timestamp().div_euclid(STRETCH_S);
    let word = mint.way_in(email, stretch);
    let (begin, end) = word.split_at(4);
    WayIn {
        word: format!("{begin}-{end}"),
        until: DateTime::from_timestamp((stretch + 2) * STRETCH_S, 0).unwrap_or(now),
    }
}

/// What her tries count for, if she typed her word.
pub(super) fn ticket(mint: &Mint, email: &str, typed: &str, now: DateTime<Utc>) -> Option<String> {
    let typed: String = typed
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    let stretch = now.timestamp().div_euclid(STRETCH_S);
    [stretch, stretch - 1]
        .into_iter()
        .find(|stretch| {
            let word = mint.way_in(email, *stretch);
            bool::from(word.as_bytes().ct_eq(typed.as_bytes()))
        })
        .map(|stretch| format!("way in {stretch} {email}"))
}

/// For whom a word is asked.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct For {
    /// The address she signs in with.
    email: String,
}

/// Gets a word for a colleague who is kept out. For supervisors.
#[utoipa::path(request_body = For, responses(
    (status = 200, description = "The word, to be read out to her", body = WayIn),
    (status = 404, description = "No such colleague", body = Problem),
))]
#[post("/api/v1/session/way-in")]
pub(crate) async fn give(
    flow: web::Data<Flow>,
    signed: Signed,
    body: web::Json<For>,
) -> Result<HttpResponse, Problem> {
    if !signed.0.supervises() {
        return Err(Problem::not_allowed(
            "A supervisor or an administrator can do this.",
        ));
    }
    let email = body.email.trim().to_lowercase();
    let found = flow
        .store
        .responder_by_email(&email)
        .await
        .map_err(|error| refused::store(&error))?;
    let (responder, _) = found
        .filter(|(one, _)| signed.0.sees(&one.mission))
        .ok_or_else(|| Problem::not_found("colleague"))?;
    let now = flow.clock.now();
    tracing::info!(responder = %responder.id, by = %signed.0.id, "a way in was given");
    Ok(HttpResponse::Ok().json(for_email(&flow.mint, &responder.email, now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_word_is_hers_alone_and_for_an_hour_at_most() {
        let mint = Mint::new(b"secret");
        let now: DateTime<Utc> = "2026-11-22T02:10:00Z".parse().expect("time");
        let given = for_email(&mint, "officer@dubai.example", now);
        let taken = |email: &str, word: &str, after: i64| {
            ticket(&mint, email, word, now + TimeDelta::minutes(after)).is_some()
        };
        let hers = |word: &str, after| taken("officer@dubai.example", word, after);
        assert_eq!(given.until, now + TimeDelta::minutes(50));
        assert!(hers(&given.word, 0) && hers(&given.word, 49));
        assert!(hers(&given.word.to_lowercase().replace('-', " "), 0));
        assert!(!hers(&given.word, 50));
        assert!(!taken("head@dubai.example", &given.word, 0));
        assert!(!hers("", 0) && !hers("2222-2222", 0));
    }
}
