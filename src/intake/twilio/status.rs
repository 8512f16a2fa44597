//! What became of a message we sent: the provider's status callback.
//!
//! Callbacks come late, twice and out of order, so this only reads; whether a state moves is for
//! [`Status::after`] to say. A word the provider has invented since is not an error: a callback that
//! is refused is sent again and again.

use super::{Form, field, inbound::is_message_sid};
use crate::outbox::delivery::{Status, Trouble};

/// One callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The provider's id of the message.
    pub sid: String,
    /// The state; none where its word is not known here, and then nothing changes.
    pub status: Option<Status>,
    /// What went wrong.
    pub trouble: Option<Trouble>,
}

/// Why a callback cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("MessageSid must be SM or MM followed by 32 hexadecimal digits")]
pub struct NoMessage;

/// Reads the form of a status callback.
///
/// # Errors
/// [`NoMessage`] where it does not say which message it is about.
pub fn read(form: &Form) -> Result<Callback, NoMessage> {
    let sid = field(form, "MessageSid")
        .or_else(|| field(form, "SmsSid"))
        .filter(|sid| is_message_sid(sid))
        .ok_or(NoMessage)?;
    let status = field(form, "MessageStatus").or_else(|| field(form, "SmsStatus"));
    let code = field(form, "ErrorCode").and_then(|code| code.trim().parse().ok());
    Ok(Callback {
        sid,
        status: status.and_then(|word| word.trim().parse().ok()),
        trouble: code.filter(|code| *code != 0).map(Trouble::of),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(pairs: &[(&str, &str)]) -> Result<Callback, NoMessage> {
        let form: Vec<_> = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        read(&form)
    }

    const SID: (&str, &str) = ("MessageSid", "SM00000000000000000000000000000001");

    #[test]
    fn a_failure_says_what_went_wrong() {
        let callback = read_all(&[
            SID,
            ("MessageStatus", "undelivered"),
            ("ErrorCode", "30003"),
        ]);
        assert_eq!(
            callback,
            Ok(Callback {
                sid: SID.1.into(),
                status: Some(Status::Undelivered),
                trouble: Some(Trouble::Unreachable),
            })
        );
    }

    #[test]
    fn an_unknown_word_changes_nothing_and_is_no_error() {
        let callback = read_all(&[SID, ("MessageStatus", "teleported"), ("ErrorCode", "")])
            .expect("a callback");
        assert_eq!((callback.status, callback.trouble), (None, None));
    }

    #[test]
    fn a_callback_about_no_message_is_refused() {
        assert_eq!(read_all(&[("MessageStatus", "sent")]), Err(NoMessage));
        assert_eq!(read_all(&[("MessageSid", "SM1")]), Err(NoMessage));
    }
}
