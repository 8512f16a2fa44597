//! What `./run` leaves for the commands that are started beside it.

/// What `./run` left in this folder for commands beside the service it started, as the shell's
/// `export -p` writes it.
const LEFT_BY_RUN: &str = ".local/env";

/// A setting of the service that `./run` started in this folder, if it did.
#[must_use]
pub fn left_by_run(name: &str) -> Option<String> {
    value(&std::fs::read_to_string(LEFT_BY_RUN).ok()?, name)
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
