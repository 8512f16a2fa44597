//! What `./run` left in this folder for whoever drills the service it started: `.local/env`.
//!
//! So `msaada drill FILE` beside a running `./run` needs nothing else. What is set in the environment
//! or given on the command line holds.

use std::ffi::OsString;

/// The file, as the shell's `export -p` writes it.
const FILE: &str = ".local/env";
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
    let Ok(text) = std::fs::read_to_string(FILE) else {
        return arguments;
    };
    for (name, flag) in SETTINGS {
        let given = arguments.iter().any(|argument| {
            argument.to_str().is_some_and(|argument| {
                argument == flag || argument.starts_with(&format!("{flag}="))
            })
        });
        if let Some(value) = value(&text, name)
            && !given
            && std::env::var_os(name).is_none()
        {
            arguments.extend([flag.into(), value.into()]);
        }
    }
    arguments
}

/// The value of a name: `declare -x NAME="value"`.
fn value(text: &str, name: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("declare -x {name}=\"")))?;
    Some(line.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_as_the_shell_wrote_it() {
        let text = "declare -x A=\"1\"\ndeclare -x MSAADA_TWILIO_FROM=\"+254700000000\"\n";
        assert_eq!(
            value(text, "MSAADA_TWILIO_FROM").as_deref(),
            Some("+254700000000")
        );
        assert_eq!(value(text, "MSAADA_PUBLIC_URL"), None);
    }
}
