//! The answer to a webhook, in Twilio's markup.
//!
//! Silence is the rule: what is said to a person goes through the outbox, which knows whether it may
//! be said. [`message`] is for the few words that must go out with the very answer.

/// The media type of an answer.
pub const MEDIA_TYPE: &str = "text/xml; charset=utf-8";

/// The answer that says nothing.
pub const SILENCE: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

/// An answer with one message. Characters that XML cannot hold are left out.
#[must_use]
pub fn message(text: &str) -> String {
    let mut xml = String::with_capacity(text.len() + 96);
    xml.push_str(r#"<?xml version="1.0" encoding="UTF-8"?><Response><Message>"#);
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\u{0}'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{fffe}'
            | '\u{ffff}' => {}
            other => xml.push(other),
        }
    }
    xml.push_str("</Message></Response>");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_become_markup() {
        let xml = message("</Message><Dial>+1</Dial> \"Tom\" & 'Ann'\u{0}\u{1b}");
        assert!(xml.contains(
            "<Message>&lt;/Message&gt;&lt;Dial&gt;+1&lt;/Dial&gt; &quot;Tom&quot; &amp; &apos;Ann&apos;</Message>"
        ));
    }

    #[test]
    fn arabic_and_emoji_pass_unharmed() {
        assert!(message("أين أنت؟ 😢").contains("<Message>أين أنت؟ 😢</Message>"));
    }
}
