//! Personal data, kept from being printed by accident.
//!
//! A name, a number, a body or an exact place is held in [`Sealed`], whose `Debug` tells nothing and
//! which has no `Display`: so it cannot reach a log, a metric, an error or a test name unless
//! somebody writes [`Sealed::expose`], which a reviewer can search for.

use serde::{Deserialize, Serialize};

/// A value that must not be printed.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Sealed<T>(T);

impl<T> Sealed<T> {
    /// Seals a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for storing it, sending it, or showing it to who may see it.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Sealed<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> std::fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[sealed]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_does_not_print() {
        let name = Sealed::new("Achieng".to_owned());
        assert_eq!(format!("{name:?}"), "[sealed]");
        assert_eq!(name.expose(), "Achieng");
    }
}
