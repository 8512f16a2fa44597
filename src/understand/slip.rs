//! One slip of the pen: an automaton that accepts a name with one letter added, left out, changed
//! or swapped with its neighbour.

use fst::Automaton;

/// Longest name, in bytes, for which slips are looked for.
const LONGEST: usize = 40;

/// Accepts names within one edit of a name; only for names of five letters or more, whose first
/// letter must be right.
#[derive(Debug)]
pub(crate) struct Slip {
    name: Vec<u8>,
}

/// The name is too short or too long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unfit;

impl Slip {
    /// For one name.
    pub(crate) fn new(name: &str) -> Result<Self, Unfit> {
        if name.chars().count() < 5 || name.len() > LONGEST {
            return Err(Unfit);
        }
        Ok(Self {
            name: name.as_bytes().to_vec(),
        })
    }
}

/// Positions reached without a slip and with one, as bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    exact: u64,
    slipped: u64,
    /// A letter was read early: the swapped pair must be completed.
    swapping: u64,
}

impl Automaton for Slip {
    type State = State;

    fn start(&self) -> State {
        State {
            exact: 1,
            slipped: 0,
            swapping: 0,
        }
    }

    fn is_match(&self, state: &State) -> bool {
        let end = 1 << self.name.len();
        state.slipped & end != 0 || state.exact & (end >> 1 | end) != 0
    }

    fn can_match(&self, state: &State) -> bool {
        state.exact | state.slipped | state.swapping != 0
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        let mut next = State {
            exact: 0,
            slipped: 0,
            swapping: 0,
        };
        for at in 0..=self.name.len() {
            let bit = 1u64 << at;
            let here = self.name.get(at) == Some(&byte);
            if state.exact & bit != 0 {
                if here {
                    next.exact |= bit << 1;
                }
                if at > 0 {
                    next.slipped |= bit;
                    if at < self.name.len() {
                        next.slipped |= bit << 1;
                        if self.name.get(at + 1) == Some(&byte) {
                            next.slipped |= bit << 2;
                            next.swapping |= bit;
                        }
                    }
                }
            }
            if state.slipped & bit != 0 && here {
                next.slipped |= bit << 1;
            }
            if state.swapping & bit != 0 && here {
                next.slipped |= bit << 2;
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(name: &str, written: &str) -> bool {
        let slip = Slip::new(name).expect("long enough");
        let mut state = slip.start();
        for byte in written.bytes() {
            state = slip.accept(&state, byte);
        }
        slip.is_match(&state)
    }

    #[test]
    fn one_slip_is_forgiven_and_two_are_not() {
        for written in ["riyadh", "riyad", "riyadhh", "ryiadh", "riyabh", "riadh"] {
            assert!(accepts("riyadh", written), "{written}");
        }
        for written in ["ryad", "iriyadh", "biyadh", "riyabha"] {
            assert!(!accepts("riyadh", written), "{written}");
        }
    }
}
