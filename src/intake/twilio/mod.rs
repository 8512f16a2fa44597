//! Twilio's webhooks: text messages and WhatsApp.
//!
//! Reading is pure functions over the pairs of a form, so that every odd message the network has ever
//! sent can be tried without a network. The order for a handler: [`signature`] first, then
//! [`inbound`] or [`status`], then the answer of [`twiml`]. What never came is asked for by
//! [`missed`], and what a message only points to is fetched by [`media`]. Nothing here may log a number
//! or a body.

pub mod inbound;
pub mod media;
pub mod missed;
pub mod signature;
pub mod status;
pub mod twiml;

/// The pairs of a decoded form, in the order they came.
pub type Form = [(String, String)];

/// The first value of a field, without the characters PostgreSQL cannot store.
fn field(form: &Form, name: &str) -> Option<String> {
    form.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.replace('\0', "\u{fffd}"))
}
