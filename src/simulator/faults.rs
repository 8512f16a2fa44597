//! How the gateway misbehaves when it is told to.

use serde::{Deserialize, Serialize};

/// What the gateway does with a request to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What the provider does.
    #[default]
    Ok,
    /// Answers 500; nothing is sent.
    #[serde(rename = "500")]
    Failing,
    /// Answers 429 with `Retry-After: 1`; nothing is sent.
    #[serde(rename = "429")]
    Busy,
    /// Takes the request and never answers; nothing is sent.
    Silent,
    /// Sends the message, then cuts the connection within the answer.
    Cut,
    /// Begins to answer that it takes the message, and cuts the connection; nothing is sent.
    Lost,
    /// Sends the message, and delivers it to the phone twice; and what a phone writes reaches the
    /// webhook twice, with one id.
    Twice,
    /// Refuses with an error code.
    Error,
    /// Takes the message, and reports it as undelivered with an error code.
    Undelivered,
}

/// In which order a message's states are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Callbacks {
    /// As they happen.
    #[default]
    Ordered,
    /// The last first.
    Reversed,
    /// Each twice.
    Duplicated,
    /// As they happen, each two seconds late.
    Late,
    /// Not at all.
    None,
}

/// The faults in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// What happens to requests.
    pub mode: Mode,
    /// The code of `error` (21610 where none is given) and `undelivered` (30003).
    pub code: Option<u32>,
    /// How many times, before all is well again; until told otherwise where none is given.
    pub count: Option<u32>,
    /// Only for messages to this phone; for all where none is given.
    pub to: Option<String>,
    /// How states are reported; lasts until told otherwise.
    pub callbacks: Callbacks,
}

impl Faults {
    /// The mode for this message to a phone and its code; counts it.
    pub(super) fn next(&mut self, phone: &str) -> (Mode, Option<u32>) {
        if self.to.as_deref().is_some_and(|to| to != phone) {
            return (Mode::Ok, None);
        }
        let now = (self.mode, self.code);
        if let Some(left) = self.count {
            match left {
                0 => {
                    self.heal();
                    return (Mode::Ok, None);
                }
                1 => self.heal(),
                more => self.count = Some(more - 1),
            }
        }
        now
    }

    fn heal(&mut self) {
        *self = Self {
            callbacks: self.callbacks,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_heals_by_itself() {
        let mut faults = Faults {
            mode: Mode::Failing,
            count: Some(2),
            callbacks: Callbacks::Reversed,
            ..Faults::default()
        };
        let modes: Vec<Mode> = (0..3).map(|_| faults.next("+254700000002").0).collect();
        assert_eq!(modes, [Mode::Failing, Mode::Failing, Mode::Ok]);
        assert_eq!(faults.callbacks, Callbacks::Reversed);
    }

    #[test]
    fn a_fault_of_one_phone_leaves_the_others_alone() {
        let mut faults = Faults {
            mode: Mode::Error,
            count: Some(1),
            to: Some("+254700000002".into()),
            ..Faults::default()
        };
        assert_eq!(faults.next("+254700000003").0, Mode::Ok);
        assert_eq!(faults.next("+254700000002").0, Mode::Error);
        assert_eq!(faults.next("+254700000002").0, Mode::Ok);
    }

    #[test]
    fn an_uncounted_fault_stays() {
        let mut faults = Faults {
            mode: Mode::Silent,
            ..Faults::default()
        };
        assert!((0..10).all(|_| faults.next("+254700000002").0 == Mode::Silent));
    }

    #[test]
    fn faults_are_switched_in_the_documented_words() {
        for word in [
            "ok",
            "500",
            "429",
            "silent",
            "twice",
            "cut",
            "lost",
            "error",
            "undelivered",
        ] {
            let json = format!(r#"{{"mode":"{word}","count":3,"callbacks":"reversed"}}"#);
            let faults: Faults = serde_json::from_str(&json).expect(word);
            assert_eq!(faults.count, Some(3));
        }
        assert!(serde_json::from_str::<Faults>(r#"{"mod":"ok"}"#).is_err());
    }
}
