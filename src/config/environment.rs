//! The environment: where settings come from, and where they must not.

use clap::builder::Resettable;
use std::process::Command;

/// How every name of ours begins.
const OURS: &str = "MSAADA_";
/// Those that others gave.
const STORES: [&str; 2] = ["DATABASE_URL", "REDIS_URL"];

/// A command line on which a name of the environment that is set to nothing counts as not set: files
/// of settings and of compose pass on what nobody set as nothing.
#[must_use]
pub fn without_empty(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| {
            let set = arg.get_env().and_then(std::env::var_os);
            if set.is_some_and(|value| value.is_empty()) {
                arg.env(Resettable::Reset)
            } else {
                arg
            }
        })
        .mut_subcommands(without_empty)
}

/// Takes from a command whatever is set for who starts it. A node for measuring or for trying, started
/// where a service is set up, would otherwise ask for that one's dead-man URL, speak from its WhatsApp
/// number or take in what waits in its spool.
pub fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_setting) {
            command.env_remove(name);
        }
    }
    command
}

fn is_setting(name: &str) -> bool {
    name.starts_with(OURS) || STORES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use clap::Args;

    #[test]
    fn every_setting_is_known_by_its_name_in_the_environment() {
        let command = Settings::augment_args(clap::Command::new("serve"));
        for argument in command.get_arguments() {
            let name = argument.get_env().and_then(|name| name.to_str());
            let name = name.expect("every setting has a name in the environment");
            assert!(is_setting(name), "{name}");
        }
        assert!(!is_setting("PATH") && !is_setting("RUST_LOG"));
    }
}
