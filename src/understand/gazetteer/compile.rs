//! Compiles the public list of places into the block that the program carries.
//!
//! Kept are all places of the countries where Kenyans work in great numbers and of East Africa, and
//! larger towns elsewhere: a village of five hundred people on the other side of the earth would
//! only be mistaken for a common word.

use super::{ALTERNATE, BARE, HEADER, MAGIC};
use crate::case::Level;
use crate::understand::text::Text;
use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};

/// Countries of which every place is kept.
const CLOSE: [&str; 25] = [
    "AE", "SA", "KW", "QA", "BH", "OM", "LB", "JO", "IQ", "YE", "EG", "SY", "PS", "KE", "UG", "TZ",
    "ET", "SO", "SD", "SS", "RW", "BI", "DJ", "LY", "MM",
];
/// Countries whose names carry the Arabic article.
const ARTICLED: [&str; 14] = [
    "AE", "SA", "KW", "QA", "BH", "OM", "LB", "JO", "IQ", "YE", "EG", "SY", "PS", "LY",
];
/// Least population of a place elsewhere.
const TOWN: u32 = 5_000;
/// Least population from which names in other spellings are kept elsewhere.
const LARGE: u32 = 100_000;

struct Row {
    name: String,
    lat: f64,
    lon: f64,
    country: String,
    population: u32,
    level: Level,
    names: Vec<(String, u32)>,
}

/// Why a list could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The list could not be read, or the block not written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The index could not be built.
    #[error("the index could not be built: {0}")]
    Index(#[from] fst::Error),
}

/// What was compiled.
#[derive(Debug, Clone, Copy)]
pub struct Compiled {
    /// Places kept.
    pub places: usize,
    /// Different names.
    pub names: usize,
    /// Bytes of the block.
    pub bytes: usize,
}

/// Reads a list (tab-separated: id, name, Arabic name, latitude, longitude, country, division,
/// population, type, other names) and writes the block.
///
/// # Errors
/// [`Failed`] where the list cannot be read or the block not be written.
pub fn compile(list: impl Read, mut out: impl Write) -> Result<Compiled, Failed> {
    let mut rows: Vec<Row> = Vec::new();
    for line in BufReader::new(list).lines() {
        rows.extend(row(&line?));
    }
    drop_shadowed(&mut rows);
    let mut names: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (id, row) in rows.iter().enumerate() {
        let id = u32::try_from(id).expect("fewer than 2^30 places");
        for (name, flags) in &row.names {
            let list = names.entry(name.clone()).or_default();
            if !list.iter().any(|p| p & super::ID == id) {
                list.push(id | flags);
            }
        }
    }
    let mut postings: Vec<u32> = Vec::new();
    let mut index = fst::raw::Builder::memory();
    for (name, list) in &mut names {
        list.sort_by_key(|p| {
            let row = &rows[(p & super::ID) as usize];
            (
                std::cmp::Reverse(row.population),
                row.level == Level::Region,
                p & !super::ID,
            )
        });
        list.truncate(40);
        let value = (postings.len() as u64) << 8 | list.len() as u64;
        index.insert(name, value)?;
        postings.extend(&*list);
    }
    let index = index.into_inner()?;
    let mut strings: Vec<u8> = Vec::new();
    let mut records: Vec<u8> = Vec::new();
    let scaled = |degrees: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "180 degrees times 100,000 fit 32 bits"
        )]
        let scaled = (degrees * 100_000.0).round() as i32;
        scaled
    };
    for row in &rows {
        let mut end = row.name.len().min(255);
        while !row.name.is_char_boundary(end) {
            end -= 1;
        }
        let name = &row.name.as_bytes()[..end];
        records.extend(u32::try_from(strings.len()).expect("short").to_le_bytes());
        records.extend(scaled(row.lat).to_le_bytes());
        records.extend(scaled(row.lon).to_le_bytes());
        records.extend(row.country.as_bytes());
        records.push(row.level as u8);
        records.push(u8::try_from(end).expect("at most 255"));
        records.extend(row.population.to_le_bytes());
        strings.extend(name);
    }
    let sizes = [rows.len(), postings.len(), index.len(), strings.len()];
    out.write_all(&MAGIC.to_le_bytes())?;
    for size in sizes {
        out.write_all(&u32::try_from(size).expect("below 4 GB").to_le_bytes())?;
    }
    out.write_all(&records)?;
    for posting in &postings {
        out.write_all(&posting.to_le_bytes())?;
    }
    out.write_all(&index)?;
    out.write_all(&strings)?;
    Ok(Compiled {
        places: rows.len(),
        names: names.len(),
        bytes: HEADER + records.len() + 4 * postings.len() + index.len() + strings.len(),
    })
}

fn row(line: &str) -> Option<Row> {
    let mut fields = line.split('\t');
    let _id = fields.next()?;
    let name = fields.next()?.trim();
    let arabic = fields.next()?;
    let lat = fields.next()?.parse().ok()?;
    let lon = fields.next()?.parse().ok()?;
    let country = fields.next()?;
    let _division = fields.next()?;
    let population: u32 = fields.next()?.parse().unwrap_or(0);
    let level = match fields.next()? {
        "region" => Level::Region,
        "neighbourhood" | "microhood" | "PPLX" => Level::District,
        _ => Level::City,
    };
    let others = fields.next().unwrap_or("");
    let close = CLOSE.contains(&country);
    if country.len() != 2 || !(close || population >= TOWN) {
        return None;
    }
    let articled = ARTICLED.contains(&country);
    let mut names = Vec::new();
    add(&mut names, name, 0, articled);
    add(&mut names, arabic, 0, articled);
    if close || population >= LARGE {
        for other in others.split('|').filter(|n| believable(n)) {
            let short = other.chars().count() < if close { 4 } else { 5 } && other.is_ascii();
            if !short {
                add(&mut names, other, ALTERNATE, articled);
            }
        }
    } else {
        let arabic = |n: &&str| n.chars().any(|c| matches!(c, '\u{0600}'..='\u{06ff}'));
        for other in others.split('|').filter(arabic) {
            add(&mut names, other, ALTERNATE, articled);
        }
    }
    (!names.is_empty()).then(|| Row {
        name: name.to_owned(),
        lat,
        lon,
        country: country.to_owned(),
        population,
        level,
        names,
    })
}

/// Whether an alternate name is one that people write, not a code or a letter-by-letter
/// transcription (which the list has in lower case).
fn believable(name: &str) -> bool {
    let first = name.chars().next().unwrap_or(' ');
    !(first.is_ascii_lowercase()
        || (name.len() <= 4 && name.chars().all(|c| c.is_ascii_uppercase())))
}

/// Adds a name in the forms in which people write it.
fn add(names: &mut Vec<(String, u32)>, name: &str, flags: u32, articled: bool) {
    let folded = Text::fold(name);
    let readable = folded
        .chars()
        .all(|c| c == ' ' || c.is_ascii_alphanumeric() || matches!(c, '\u{0600}'..='\u{06ff}'));
    let letters = folded.chars().filter(|c| c.is_alphabetic()).count();
    if !readable || letters < 2 || (folded.is_ascii() && letters < 3) || folded.len() > 60 {
        return;
    }
    let mut push = |name: String, flags: u32| {
        if !names.iter().any(|(n, _)| *n == name) {
            names.push((name, flags));
        }
    };
    if folded.is_ascii() && articled {
        let article = [
            "al", "el", "ad", "ar", "as", "ash", "at", "az", "an", "ath", "adh",
        ];
        if let Some((first, rest)) = folded.split_once(' ')
            && article.contains(&first)
        {
            push(format!("al {rest}"), flags);
            push(format!("al{}", rest.replace(' ', "")), flags | ALTERNATE);
            if rest.len() >= 5 {
                push(rest.to_owned(), flags | BARE);
            }
        }
    }
    if folded.is_ascii() && folded.len() >= 8 && (articled || flags == 0) && folded.contains(' ') {
        push(folded.replace(' ', ""), flags | ALTERNATE);
    }
    push(folded, flags);
}

/// Drops divisions and duplicates that share name and country with a town close by: who says the
/// name means the town.
fn drop_shadowed(rows: &mut Vec<Row>) {
    let towns: HashSet<(String, String)> = rows
        .iter()
        .filter(|r| r.level == Level::City && r.population > 0)
        .map(|r| (Text::fold(&r.name), r.country.clone()))
        .collect();
    rows.retain(|r| {
        r.level == Level::District
            || r.population > 0 && r.level == Level::City
            || !towns.contains(&(Text::fold(&r.name), r.country.clone()))
    });
}
