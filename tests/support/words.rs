//! What people say in the stories.

/// “He is beating me right now, he wants to kill me, I am in Deira, Dubai”: a critical case of Dubai.
pub(crate) const CRITICAL: &str = "ananipiga sasa hivi anataka kuniua, niko Deira Dubai";
/// “Help me, I am in Deira, madam has locked me in.”
pub(crate) const PLEA: &str = "nisaidie, niko Deira, madam amenifungia ndani";
/// An urgent case of Dubai.
pub(crate) const URGENT: &str = "I am locked in a house in Deira Dubai";
/// The same, in fewer words.
pub(crate) const LOCKED_IN: &str = "I am locked in, Deira Dubai";
/// A question that can wait.
pub(crate) const ROUTINE: &str = "where do I renew a passport in Dubai?";
