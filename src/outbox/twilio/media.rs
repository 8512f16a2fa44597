//! Pictures and voice notes of inbound messages, fetched from the provider.
//!
//! A link came in a message, so it is trusted only where it lies below our own account: our
//! credentials go nowhere else. The provider answers with a redirect to where the bytes lie, which is
//! followed without them.

use super::{Twilio, limited};
use crate::case::LARGEST;
use reqwest::header::LOCATION;
use reqwest::{StatusCode, Url};
use std::time::Duration;

/// The most that is read of a list of media, in bytes.
const MAX_LIST: usize = 64 * 1024;
/// How long fetching may take; the provider's answers are quick, pictures are not.
const PATIENCE: Duration = Duration::from_mins(1);
/// Redirects followed.
const HOPS: u8 = 3;

/// What came of asking for media.
#[derive(Clone, PartialEq, Eq)]
pub enum Fetched {
    /// All of it.
    Bytes(Vec<u8>),
    /// Where the media of a message lie.
    List(Vec<String>),
    /// Larger than what may be attached.
    TooLarge,
    /// It is not there, or was never ours to ask for.
    Gone,
    /// The provider is away: to be asked again.
    Away,
}

#[derive(serde::Deserialize)]
struct List {
    media_list: Vec<One>,
}

#[derive(serde::Deserialize)]
struct One {
    uri: String,
}

impl Twilio {
    /// Asks for media by the link that a message named, or for the list of a message's media.
    pub async fn media(&self, link: &str) -> Fetched {
        let Some(mut url) = self.ours(link) else {
            return Fetched::Gone;
        };
        let is_list = url.path().ends_with("/Media.json");
        let mut trusted = true;
        for _ in 0..=HOPS {
            let mut request = self.http.get(url.clone()).timeout(PATIENCE);
            if trusted {
                let token = self.settings.auth_token.expose();
                request = request.basic_auth(&self.settings.account_sid, Some(token));
            }
            let Ok(response) = request.send().await else {
                return Fetched::Away;
            };
            let status = response.status();
            if status.is_redirection() {
                let next = response.headers().get(LOCATION);
                let next = next.and_then(|to| url.join(to.to_str().ok()?).ok());
                let Some(next) = next.filter(|next| self.may_follow(next)) else {
                    return Fetched::Gone;
                };
                (url, trusted) = (next, false);
                continue;
            }
            return match status {
                StatusCode::OK if is_list => match limited(response, MAX_LIST).await {
                    Some(bytes) => self.list(&bytes),
                    None => Fetched::Away,
                },
                StatusCode::OK => {
                    let told = response.content_length().unwrap_or(0);
                    if usize::try_from(told).unwrap_or(usize::MAX) > LARGEST {
                        return Fetched::TooLarge;
                    }
                    // One byte more than may be kept tells too large from broken off.
                    match limited(response, LARGEST + 1).await {
                        Some(bytes) if bytes.len() > LARGEST => Fetched::TooLarge,
                        Some(bytes) => Fetched::Bytes(bytes),
                        None => Fetched::Away,
                    }
                }
                StatusCode::NOT_FOUND | StatusCode::GONE => Fetched::Gone,
                _ => Fetched::Away,
            };
        }
        Fetched::Gone
    }

    /// The link, if it lies below our account at the provider.
    fn ours(&self, link: &str) -> Option<Url> {
        let url: Url = link.parse().ok()?;
        let below = self.messages.as_str().trim_end_matches(".json");
        let is_ours = url.as_str().strip_prefix(below)?.starts_with('/');
        is_ours.then_some(url)
    }

    /// Never from a secured line to an open one.
    fn may_follow(&self, next: &Url) -> bool {
        next.scheme() == "https" || (next.scheme() == "http" && self.messages.scheme() == "http")
    }

    fn list(&self, bytes: &[u8]) -> Fetched {
        let Ok(list) = serde_json::from_slice::<List>(bytes) else {
            return Fetched::Away;
        };
        let links = list.media_list.into_iter().filter_map(|one| {
            let path = one.uri.trim_end_matches(".json");
            Some(self.messages.join(path).ok()?.to_string())
        });
        Fetched::List(links.collect())
    }
}
