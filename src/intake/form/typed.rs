//! What somebody typed into a page, kept so that it can be shown again when sending fails.

use crate::case::{Country, Kind};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Fields as the browser sent them. Whatever else is sent is looked past.
#[derive(Clone, Default)]
pub struct Typed(Vec<(String, String)>);

impl Typed {
    /// Takes the fields of a form.
    #[must_use]
    pub fn new(fields: &[(String, String)]) -> Self {
        Self(fields.to_vec())
    }

    /// The value of a field without the space around it; empty where it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, value)| field == name && !value.trim().is_empty())
            .map_or("", |(_, value)| value.trim())
    }

    /// Whether a field has this value: for the choices of a page.
    #[must_use]
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// A value cut at a number of characters; none where it is empty.
    pub(super) fn cut(&self, name: &str, characters: usize) -> Option<String> {
        let value = self.get(name);
        (!value.is_empty()).then(|| value.chars().take(characters).collect())
    }

    /// Every field, in the order in which it was sent.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(field, value)| (field.as_str(), value.as_str()))
    }

    /// Only what tells where somebody is among the pages, not what she answered.
    #[must_use]
    pub fn without_answers(&self) -> Self {
        let ours =
            |(field, _): &&(String, String)| ["lang", "kind", "first"].contains(&field.as_str());
        Self(self.0.iter().filter(ours).cloned().collect())
    }

    /// The country chosen, where one was.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        self.get("country").parse().ok()
    }

    /// The kind chosen, where one was.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.get("kind").parse().ok()
    }

    /// The id of the report that these fields make. The page carries an id from when it was shown;
    /// with what was typed it makes the report's: sent twice it is one report, and changed after
    /// sending it is another, so that no word is lost.
    pub(super) fn id(&self, fresh: Uuid) -> Uuid {
        let Ok(shown) = self.get("id").parse::<Uuid>() else {
            return fresh;
        };
        let mut hash = Sha256::new();
        hash.update(shown.as_bytes());
        for (field, value) in &self.0 {
            for part in [field, value] {
                hash.update(part.len().to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed([sealed])")
    }
}
