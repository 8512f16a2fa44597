//! How she may be contacted, where a program said it more than once or under names we do not have.
//!
//! What stands nowhere is no leave to write to her: of several choices the strictest holds, and beside
//! one that was not understood none that is looser than to answer her.

use super::super::meant::plain;
use super::Fields;
use crate::case::SafeContact;
use serde_json::Value;

/// Makes the choice in the body as strict as the strictest of what was kept; which, if it was looser.
pub(super) fn strictest(body: &mut Fields, kept: &[(String, Value)]) -> Option<SafeContact> {
    let said = kept.iter().filter(|(name, _)| is_of_contact(name));
    let said = said.map(|(_, value)| {
        let choice = value.get("safe").unwrap_or(value).as_str();
        choice
            .and_then(|word| word.trim().to_lowercase().parse().ok())
            .unwrap_or(SafeContact::ReplyOnly)
    });
    let strictest = said.max_by_key(|choice| how_strict(*choice))?;
    let contact = body.get_mut("contact")?.as_object_mut()?;
    let chosen = match contact.get("safe") {
        None | Some(Value::Null) => SafeContact::ReplyOnly,
        // What cannot be read is refused by its name.
        Some(choice) => choice.as_str()?.parse().ok()?,
    };
    if how_strict(strictest) <= how_strict(chosen) {
        return None;
    }
    contact.insert("safe".to_owned(), strictest.as_str().into());
    Some(strictest)
}

/// Whether a name may stand for how somebody may be contacted.
fn is_of_contact(name: &str) -> bool {
    const SAYS: [&str; 10] = [
        "contact", "call", "sms", "reply", "hour", "safe", "silen", "quiet", "whatsapp", "disturb",
    ];
    let name = plain(name);
    SAYS.iter().any(|word| name.contains(word))
}

const fn how_strict(choice: SafeContact) -> u8 {
    match choice {
        SafeContact::Any => 0,
        SafeContact::ReplyOnly => 1,
        SafeContact::IWillContactYou => 2,
        SafeContact::Never => 3,
    }
}
