//! What a mission adds to what the program carries: its own words, places, missions.
//!
//! Files in a directory, read once at start, so that a speaker of a language needs no programmer. A
//! line that cannot be read stops the start and names itself; nothing is skipped in silence.

use super::{LoadError, Understanding, mission, model};
use std::path::Path;

impl Understanding {
    /// Sets it up as a node does: with a mission's own additions where a folder is set.
    ///
    /// # Errors
    /// [`LoadError`] names the file and the line.
    pub fn load_from(directory: Option<&Path>) -> Result<Self, LoadError> {
        directory.map_or_else(Self::load, Self::load_with)
    }

    /// Sets it up with a mission's own additions: in a directory, `places.tsv` and every
    /// `lexicon/*.tsv` are added to what the program carries; `missions.csv` and `model.bin` (of
    /// `msaada learn`) replace it. What replaces the missions must be loaded into the database too
    /// (`msaada missions load`); a case of one that is not there goes to the response centre.
    ///
    /// # Errors
    /// [`LoadError`] names the file and the line.
    pub fn load_with(directory: &Path) -> Result<Self, LoadError> {
        let mut understanding = Self::load()?;
        let read = |path: &Path| match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LoadError::File {
                file: path.display().to_string(),
                error,
            }),
        };
        if let Some(lines) = read(&directory.join("places.tsv"))? {
            understanding.names.places("places.tsv", &lines)?;
        }
        if let Some(list) = read(&directory.join("missions.csv"))? {
            understanding.missions = mission::Missions::read(Some(&list))?;
        }
        match std::fs::read(directory.join("model.bin")) {
            Ok(weights) => understanding.model = model::Model::unpack(&weights)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(LoadError::File {
                    file: directory.join("model.bin").display().to_string(),
                    error,
                });
            }
        }
        let mut files: Vec<_> = std::fs::read_dir(directory.join("lexicon"))
            .map(|entries| entries.flatten().map(|e| e.path()).collect())
            .unwrap_or_default();
        files.sort();
        for path in files {
            if path.extension().is_some_and(|e| e == "tsv")
                && let Some(lines) = read(&path)?
            {
                understanding
                    .lexicon
                    .add(&path.display().to_string(), &lines)?;
            }
        }
        Ok(understanding)
    }
}
