//! What `./run` left in this folder for whoever drills the service it started: `.local/env`.
//!
//! So `msaada drill FILE` beside a running `./run` needs nothing else. What is set in the environment
//! or given on the command line holds.

use crate::config::left_by_run;
use std::ffi::OsString;

/// Settings of the drill, by their names there.
const SETTINGS: [(&str, &str); 8] = [
    ("MSAADA_PUBLIC_URL", "--to"),
    ("MSAADA_PUBLIC_URL", "--public-url"),
    ("MSAADA_TWILIO_ACCOUNT_SID", "--account-sid"),
    ("MSAADA_TWILIO_AUTH_TOKENS", "--auth-token"),
    ("MSAADA_TWILIO_FROM", "--number"),
    ("MSAADA_DRILL_EMAIL", "--email"),
    ("MSAADA_DRILL_PASSWORD", "--password"),
    ("MSAADA_DRILL_GATEWAY", "--gateway"),
];

/// The arguments of a drill, with what is not given added from the file, if there is one.
#[must_use]
pub fn filled_in(mut arguments: Vec<OsString>) -> Vec<OsString> {
    for (name, flag) in SETTINGS {
        let given = arguments.iter().any(|argument| {
            argument.to_str().is_some_and(|argument| {
                argument == flag || argument.starts_with(&format!("{flag}="))
            })
        });
        if let Some(value) = left_by_run(name)
            && !given
            && std::env::var_os(name).is_none()
        {
            arguments.extend([flag.into(), value.into()]);
        }
    }
    arguments
}
