//! Whether a webhook was really sent by Twilio: the header `X-Twilio-Signature`.
//!
//! The signature is base64 of HMAC-SHA1, keyed with the account's auth token, over the public URL
//! with its query, followed by each parameter's name and value in the order of the names. The URL
//! must come from the configuration: a `Host` header is written by whoever calls. SHA-1 is the
//! provider's choice; as a keyed hash it still holds.

use super::Form;
use crate::case::Sealed;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use subtle::{Choice, ConstantTimeEq};

/// The auth tokens that are accepted: one, or two while the account changes over.
#[derive(Debug, Clone)]
pub struct Tokens {
    first: Sealed<String>,
    second: Option<Sealed<String>>,
}

/// Text that holds no token, or more than two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one auth token, or two separated by a comma while they are being rotated")]
pub struct NotTokens;

impl std::str::FromStr for Tokens {
    type Err = NotTokens;

    /// Reads one token, or two separated by a comma. The first one signs.
    fn from_str(text: &str) -> Result<Self, NotTokens> {
        let mut tokens = text.split(',').map(str::trim).filter(|t| !t.is_empty());
        let first = tokens.next().ok_or(NotTokens)?.to_owned().into();
        let second = tokens.next().map(|token| token.to_owned().into());
        match tokens.next() {
            None => Ok(Self { first, second }),
            Some(_) => Err(NotTokens),
        }
    }
}

impl Tokens {
    /// The token with which we sign in at the provider.
    #[must_use]
    pub const fn first(&self) -> &Sealed<String> {
        &self.first
    }

    /// Whether a form was signed with one of the tokens. `url` is the configured public URL of the
    /// webhook with the query of this request; it is tried as it stands, and with and without its
    /// port, because the provider signs either. Takes the same time whether or not it fits.
    #[must_use]
    pub fn signed(&self, url: &str, form: &Form, header: &str) -> bool {
        let Some(given) = decoded(header) else {
            return false;
        };
        let mut fits = Choice::from(0);
        for token in [Some(&self.first), self.second.as_ref()]
            .into_iter()
            .flatten()
        {
            for url in ways_to_write(url) {
                fits |= mac(token.expose(), &url, form).as_slice().ct_eq(&given);
            }
        }
        fits.into()
    }

    /// Whether a body that is not a form (JSON) was signed: its SHA-256 stands in the query as
    /// `bodySHA256`, and the signature covers the URL alone.
    #[must_use]
    pub fn signed_body(&self, url: &str, body: &[u8], header: &str) -> bool {
        let Some(claimed) = query_value(url, "bodySHA256") else {
            return false;
        };
        let actual = hex(&Sha256::digest(body));
        let same = claimed
            .to_ascii_lowercase()
            .as_bytes()
            .ct_eq(actual.as_bytes());
        bool::from(same) & self.signed(url, &[], header)
    }
}

/// The signature of a form, as the provider would write it.
#[must_use]
pub fn sign(token: &Sealed<String>, url: &str, form: &Form) -> String {
    STANDARD.encode(mac(token.expose(), without_fragment(url), form))
}

fn mac(token: &str, url: &str, form: &Form) -> [u8; 20] {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in form {
        sorted.entry(name).or_default().insert(value);
    }
    let mut mac =
        Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (name, values) in sorted {
        for value in values {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    mac.finalize().into_bytes().into()
}

/// The twenty bytes of a header; none where it is anything else.
fn decoded(header: &str) -> Option<[u8; 20]> {
    let header = header.trim();
    if header.len() > 64 {
        return None;
    }
    STANDARD.decode(header).ok()?.try_into().ok()
}

/// The URL as it stands, without its port, and with the port its scheme implies.
fn ways_to_write(url: &str) -> Vec<String> {
    let url = without_fragment(url);
    let mut ways = vec![url.to_owned()];
    if let Some((scheme, rest)) = url.split_once("://") {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host_from = authority.rfind('@').map_or(0, |at| at + 1);
        let port_at = authority[host_from..]
            .rfind(':')
            .map(|colon| host_from + colon)
            .filter(|&colon| authority[colon + 1..].bytes().all(|b| b.is_ascii_digit()));
        if let Some(colon) = port_at {
            ways.push(format!("{scheme}://{}{path}", &authority[..colon]));
        } else {
            let port = if scheme.eq_ignore_ascii_case("https") {
                443
            } else {
                80
            };
            ways.push(format!("{scheme}://{authority}:{port}{path}"));
        }
    }
    ways
}

/// What follows `#` holds Twilio's connection settings and is not signed.
fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(before, _)| before)
}

fn query_value<'u>(url: &'u str, name: &str) -> Option<&'u str> {
    let (_, query) = without_fragment(url).split_once('?')?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every write");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(text: &str) -> Tokens {
        text.parse().expect("tokens")
    }

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    const PHP: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    #[test]
    fn the_signatures_of_the_provider_are_accepted() {
        let call = form(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]);
        let text = form(&[
            ("Body", "nisaidie é 😢"),
            ("From", "+971501234567"),
            ("MessageSid", "SM00000000000000000000000000000001"),
            ("NumMedia", "0"),
            ("To", "+254700000001"),
        ]);
        let tokens = tokens("12345");
        assert!(tokens.signed(PHP, &call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
        assert!(tokens.signed(
            "https://c.example.ke/sms/twilio",
            &text,
            "FmEWm62kGG5PochYamQCtGtdSpc="
        ));
    }

    #[test]
    fn a_name_that_comes_twice_counts_each_value_once_and_in_order() {
        let twice = form(&[
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ]);
        assert!(tokens("12345").signed(PHP, &twice, "IK+Dwps556ElfBT0I3Rgjkr1wJU="));
    }

    #[test]
    fn a_port_more_or_less_makes_no_difference() {
        let body = form(&[("Body", "niko Deira")]);
        let token = Sealed::new("12345".to_owned());
        for (signed, seen) in [
            ("https://m.example:443/x?a=1", "https://m.example/x?a=1"),
            ("https://m.example/x?a=1", "https://m.example:443/x?a=1"),
            ("https://m.example/x", "https://m.example:8443/x"),
            ("http://m.example:80/x", "http://m.example/x"),
            ("https://u:p@m.example:443/x", "https://u:p@m.example/x"),
            ("https://m.example/x", "https://m.example/x#rc=2&tt=10000"),
        ] {
            let header = sign(&token, signed, &body);
            assert!(
                tokens("12345").signed(seen, &body, &header),
                "{signed} {seen}"
            );
        }
    }

    #[test]
    fn another_token_host_path_query_or_word_is_refused() {
        let body = form(&[("Body", "niko Deira")]);
        let header = sign(
            &Sealed::new("12345".into()),
            "https://m.example/x?a=1",
            &body,
        );
        let ours = tokens("12345");
        assert!(ours.signed("https://m.example/x?a=1", &body, &header));
        assert!(!tokens("54321").signed("https://m.example/x?a=1", &body, &header));
        for url in [
            "https://evil.example/x?a=1",
            "https://m.example/y?a=1",
            "https://m.example/x?a=2",
            "http://m.example/x?a=1",
        ] {
            assert!(!ours.signed(url, &body, &header), "{url}");
        }
        let other = form(&[("Body", "niko Deira!")]);
        assert!(!ours.signed("https://m.example/x?a=1", &other, &header));
    }

    #[test]
    fn both_tokens_hold_while_they_are_rotated() {
        let body = form(&[("Body", "hello")]);
        let both = tokens("new, old");
        for token in ["new", "old"] {
            let header = sign(&Sealed::new(token.into()), "https://m.example/x", &body);
            assert!(both.signed("https://m.example/x", &body, &header));
        }
        assert_eq!(both.first().expose(), "new");
        assert!("".parse::<Tokens>().is_err());
        assert!("a,b,c".parse::<Tokens>().is_err());
        assert!(!format!("{both:?}").contains("new"));
    }

    #[test]
    fn a_json_body_is_covered_by_its_hash_in_the_query() {
        let body = br#"{"status":"delivered"}"#;
        let url = format!(
            "https://m.example/x?bodySHA256={}",
            hex(&Sha256::digest(body))
        );
        let header = sign(&Sealed::new("12345".into()), &url, &[]);
        let ours = tokens("12345");
        assert!(ours.signed_body(&url, body, &header));
        assert!(!ours.signed_body(&url, b"{}", &header));
        assert!(!ours.signed_body("https://m.example/x", body, &header));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_stumble(header in ".{0,100}", url in ".{0,60}") {
            prop_assert!(!tokens("12345").signed(&url, &[], &header));
        }

        #[test]
        fn the_order_of_a_form_makes_no_difference(
            mut pairs in proptest::collection::vec((".{0,8}", ".{0,8}"), 0..6),
        ) {
            let token = Sealed::new("12345".to_owned());
            let one = sign(&token, "https://m.example/x", &pairs);
            pairs.reverse();
            prop_assert_eq!(one, sign(&token, "https://m.example/x", &pairs));
        }
    }
}
