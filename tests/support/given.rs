//! What is given to everything that is started here: accounts, words, and settings that come from here
//! alone. What is set for who runs the tests is no setting of theirs: their node would take in, and
//! remove, what waits in another's spool.

use clap::builder::Resettable;
use clap::{Args, FromArgMatches};
use msaada::case::Sealed;
use msaada::clock::Clock;
use msaada::config::Settings;
use msaada::desk::passwords;
use msaada::simulator;
use msaada::understand::Understanding;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The account at the provider.
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
/// What the provider signs with.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// The number of the service.
pub(crate) const OURS: &str = "+254700000000";
/// What references and codes are made from.
pub(crate) const SECRET: &str = include_str!("secret");
/// The file it stands in.
const SECRET_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/secret");
/// The password of every responder.
pub(crate) const PASSWORD: &str = "correct-horse-battery-staple";

/// What every node is given.
pub(crate) const ARGUMENTS: [(&str, &str); 4] = [
    ("--secret-file", SECRET_FILE),
    ("--twilio-account-sid", ACCOUNT),
    ("--twilio-auth-tokens", TOKEN),
    ("--twilio-from", OURS),
];

pub(crate) static UNDERSTANDING: LazyLock<Arc<Understanding>> =
    LazyLock::new(|| Arc::new(Understanding::load().expect("what the binary carries is whole")));

/// The password, as it is kept.
pub(crate) fn password_hash() -> Sealed<String> {
    static HASH: LazyLock<Sealed<String>> = LazyLock::new(|| {
        passwords::hash(&Sealed::new(PASSWORD.to_owned())).expect("a password can be hashed")
    });
    HASH.clone()
}

/// A command line on which nothing of the environment is read.
pub(crate) fn unset(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.env(Resettable::Reset))
}

/// The settings of these arguments.
pub(crate) fn settings(arguments: &[&[(&str, &str)]]) -> Settings {
    let command = unset(Settings::augment_args(clap::Command::new("serve")));
    let words = arguments.iter().copied().flatten();
    let words = words.flat_map(|(name, value)| [*name, *value]);
    let matches = command.get_matches_from(std::iter::once("serve").chain(words));
    Settings::from_arg_matches(&matches).expect("settings")
}

/// A network of phones, whose provider knows the service under this URL.
pub(crate) fn phones(public_url: &str, pace: Duration, clock: &Clock) -> simulator::Running {
    simulator::start(simulator::Options {
        listen: "127.0.0.1:0".into(),
        webhook: String::new(),
        public_url: public_url.into(),
        account_sid: ACCOUNT.into(),
        auth_token: TOKEN.to_owned().into(),
        number: OURS.into(),
        pace,
        clock: clock.clone(),
    })
    .expect("phones start")
}
