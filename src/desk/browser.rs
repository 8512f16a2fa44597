//! Browsers in which a responder signed in before: what strangers try with her e-mail address does not
//! keep her out of them.
//!
//! Such a browser has a cookie that the service signed; nothing is stored. The cookie opens nothing by
//! itself: it only lets a password be compared, ten wrong ones in a quarter of an hour.

use super::Sessions;
use crate::case::Mint;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Write as _;
use subtle::ConstantTimeEq;

/// How long a browser is known after somebody signed in.
const KNOWN: TimeDelta = TimeDelta::days(180);

/// The cookie's name: one for each who signs in at this browser, since a shift shares a machine.
fn name(mint: &Mint, email: &str) -> String {
    mint.browser("name", email)[..4]
        .iter()
        .fold("msaada-known-".to_owned(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        })
}

/// The ticket of this browser, if the owner of the address signed in here before.
pub(super) fn known(
    request: &HttpRequest,
    mint: &Mint,
    email: &str,
    now: DateTime<Utc>,
) -> Option<String> {
    let cookie = request.cookie(&name(mint, email))?;
    let (ticket, mark) = cookie.value().rsplit_once('.')?;
    let mark = URL_SAFE_NO_PAD.decode(mark).ok()?;
    let since: i64 = ticket.split_once('.')?.0.parse().ok()?;
    let age = now - DateTime::from_timestamp(since, 0)?;
    let ours = bool::from(mint.browser(ticket, email).ct_eq(&mark[..]));
    (ours && !ticket.contains(' ') && age < KNOWN).then(|| ticket.to_owned())
}

/// The cookie by which this browser is known from now on. It goes nowhere but where one signs in.
pub(super) fn remember(
    mint: &Mint,
    email: &str,
    sessions: &Sessions,
    now: DateTime<Utc>,
) -> Cookie<'static> {
    let random = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 12]>());
    let ticket = format!("{}.{random}", now.timestamp());
    let mark = URL_SAFE_NO_PAD.encode(mint.browser(&ticket, email));
    Cookie::build(name(mint, email), format!("{ticket}.{mark}"))
        .path("/api/v1/session")
        .http_only(true)
        .secure(sessions.secure)
        .same_site(SameSite::Strict)
        .max_age(time::Duration::seconds(KNOWN.num_seconds()))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const HERS: &str = "officer@dubai.example";

    fn cookie(secret: &[u8], at: DateTime<Utc>) -> Cookie<'static> {
        let sessions = Sessions {
            length: TimeDelta::hours(12),
            secure: true,
        };
        remember(&Mint::new(secret), HERS, &sessions, at)
    }

    fn is_known(cookie: Cookie<'static>, email: &str, at: DateTime<Utc>) -> bool {
        let request = TestRequest::default().cookie(cookie).to_http_request();
        known(&request, &Mint::new(b"secret"), email, at).is_some()
    }

    #[test]
    fn a_browser_is_known_for_the_one_who_signed_in_there_and_not_for_ever() {
        let now = "2026-11-22T08:00:00Z".parse().expect("time");
        let days = TimeDelta::days;
        assert!(is_known(cookie(b"secret", now), HERS, now + days(179)));
        assert!(!is_known(cookie(b"secret", now), HERS, now + days(180)));
        assert!(!is_known(cookie(b"another", now), HERS, now));
        let mut taken = cookie(b"secret", now);
        taken.set_name(name(&Mint::new(b"secret"), "head@dubai.example"));
        assert!(!is_known(taken, "head@dubai.example", now));
        let mut older = cookie(b"secret", now);
        older.set_value(older.value().replacen('1', "2", 1));
        assert!(!is_known(older, HERS, now));
    }
}
