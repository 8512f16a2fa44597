//! The cookie of a session: its name, and the hash by which the store knows it.

use actix_web::HttpRequest;
use sha2::{Digest, Sha256};

/// The cookie's name.
pub const NAME: &str = "msaada";

/// The hash of the token that a request carries.
#[must_use]
pub fn token_hash(request: &HttpRequest) -> Option<[u8; 32]> {
    let cookie = request.cookie(NAME)?;
    Some(Sha256::digest(cookie.value().as_bytes()).into())
}
