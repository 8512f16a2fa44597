//! What a mission adds to what the program carries: its own words, places, missions.
//!
//! Files in a directory, read once at start, so that a speaker of a language needs no programmer. A
//! line that cannot be read stops the start and names itself; nothing is skipped in silence.

use super::{LoadError, Understanding, mission, model};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

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
        // A folder that is not there is a mistyped one: it is set so that it is read.
        listed(directory)?;
        let read = |path: &Path| match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
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
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(LoadError::File {
                    file: directory.join("model.bin").display().to_string(),
                    error,
                });
            }
        }
        let lexicon = directory.join("lexicon");
        let mut files = match listed(&lexicon) {
            Err(LoadError::File { error, .. }) if error.kind() == ErrorKind::NotFound => Vec::new(),
            files => files?,
        };
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

/// What lies in a folder; an error names it.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let entries = std::fs::read_dir(folder).and_then(|entries| {
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        paths.collect()
    });
    entries.map_err(|error| LoadError::File {
        file: folder.display().to_string(),
        error,
    })
}
