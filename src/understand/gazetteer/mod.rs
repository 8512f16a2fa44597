//! The gazetteer: names of places, as one block of bytes compiled beforehand.
//!
//! The block is part of the program and read where it lies: nothing is unpacked at start, and only
//! the pages that are looked at cost memory. It is compiled from a public list by
//! `msaada gazetteer compile` (see `data/ATTRIBUTION.md`). It must never decide which of two places
//! of one name is meant; it only tells which there are.

pub mod compile;

use crate::case::{Country, Level, Point};
use fst::raw::Fst;

/// The compiled block.
static BLOCK: &[u8] = include_bytes!("../data/gazetteer.bin");

const MAGIC: u32 = 0x4d53_4731;
const HEADER: usize = 20;
const RECORD: usize = 20;
/// Set in a posting whose name is not the main name of the place.
const ALTERNATE: u32 = 1 << 31;
/// Set in a posting whose name lost its article.
const BARE: u32 = 1 << 30;
const ID: u32 = BARE - 1;

/// A place of the gazetteer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) point: Point,
    pub(crate) country: Country,
    pub(crate) level: Level,
    pub(crate) population: u32,
    /// Whether it was found by its main name.
    pub(crate) main: bool,
    /// Whether it was found by a name without its article.
    pub(crate) bare: bool,
}

/// The block cannot be read: the program was built with a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the compiled gazetteer is damaged; compile it again with `msaada gazetteer compile`")]
pub struct Damaged;

/// The gazetteer.
pub(crate) struct Gazetteer {
    index: Fst<&'static [u8]>,
    postings: &'static [u8],
    records: &'static [u8],
    strings: &'static [u8],
}

impl Gazetteer {
    /// Opens the compiled block.
    ///
    /// # Errors
    /// [`Damaged`].
    pub(crate) fn open() -> Result<Self, Damaged> {
        let number = |at: usize| {
            BLOCK
                .get(at..at + 4)
                .and_then(|b| b.try_into().ok())
                .map(u32::from_le_bytes)
                .ok_or(Damaged)
        };
        if number(0)? != MAGIC {
            return Err(Damaged);
        }
        let mut rest = &BLOCK[HEADER..];
        let mut take = |bytes: usize| {
            let (head, tail) = rest.split_at_checked(bytes).ok_or(Damaged)?;
            rest = tail;
            Ok(head)
        };
        let records = take(number(4)? as usize * RECORD)?;
        let postings = take(number(8)? as usize * 4)?;
        let index = take(number(12)? as usize)?;
        let strings = take(number(16)? as usize)?;
        Ok(Self {
            index: Fst::new(index).map_err(|_| Damaged)?,
            postings,
            records,
            strings,
        })
    }

    /// Walks the index along `words` (each already folded), telling for every number of words that
    /// form a name how many and where its postings are.
    pub(crate) fn walk<'t>(
        &self,
        words: impl Iterator<Item = &'t str>,
        mut hit: impl FnMut(usize, Postings),
    ) {
        let mut node = self.index.root();
        let mut output = 0u64;
        for (count, word) in words.enumerate() {
            if count > 0 {
                let Some(i) = node.find_input(b' ') else {
                    return;
                };
                let t = node.transition(i);
                output += t.out.value();
                node = self.index.node(t.addr);
            }
            for byte in word.bytes() {
                let Some(i) = node.find_input(byte) else {
                    return;
                };
                let t = node.transition(i);
                output += t.out.value();
                node = self.index.node(t.addr);
            }
            if node.is_final() {
                hit(count + 1, Postings(output + node.final_output().value()));
            }
        }
    }

    /// The places of a folded name.
    pub(crate) fn get(&self, name: &str) -> impl Iterator<Item = Entry> {
        self.index
            .get(name)
            .map(|o| Postings(o.value()))
            .into_iter()
            .flat_map(|p| self.entries(p))
    }

    /// Names that begin with a folded text, in order, at most `limit`.
    pub(crate) fn beginning_with(&self, prefix: &str, limit: usize) -> Vec<Entry> {
        use fst::{IntoStreamer, Streamer};
        let mut found = Vec::new();
        let mut stream = self.index.range().ge(prefix).into_stream();
        while let Some((key, output)) = stream.next() {
            if !key.starts_with(prefix.as_bytes()) || found.len() >= limit {
                break;
            }
            found.extend(self.entries(Postings(output.value())));
        }
        found
    }

    /// Names within one slip of the pen of a folded name, at most `limit`.
    pub(crate) fn near(&self, name: &str, limit: usize) -> Vec<(String, Postings)> {
        use fst::{IntoStreamer, Streamer};
        let mut found = Vec::new();
        let Ok(slip) = super::slip::Slip::new(name) else {
            return found;
        };
        let mut stream = self.index.search(slip).into_stream();
        while let Some((key, output)) = stream.next() {
            if found.len() >= limit {
                break;
            }
            found.push((
                String::from_utf8_lossy(key).into_owned(),
                Postings(output.value()),
            ));
        }
        found
    }

    /// The places behind postings, the most important first.
    pub(crate) fn entries(&self, postings: Postings) -> impl Iterator<Item = Entry> {
        let start = usize::try_from(postings.0 >> 8).unwrap_or(usize::MAX) * 4;
        let count = (postings.0 & 0xff) as usize;
        self.postings
            .get(start..start + 4 * count)
            .unwrap_or(&[])
            .chunks_exact(4)
            .filter_map(|p| self.entry(u32::from_le_bytes(p.try_into().ok()?)))
    }

    fn entry(&self, posting: u32) -> Option<Entry> {
        let at = (posting & ID) as usize * RECORD;
        let record = self.records.get(at..at + RECORD)?;
        let number = |at: usize| -> Option<[u8; 4]> { record.get(at..at + 4)?.try_into().ok() };
        let name = u32::from_le_bytes(number(0)?) as usize;
        let name = self.strings.get(name..name + usize::from(record[15]))?;
        let degrees = |raw: i32| f64::from(raw) / 100_000.0;
        Some(Entry {
            name: std::str::from_utf8(name).ok()?,
            point: Point::new(
                degrees(i32::from_le_bytes(number(4)?)),
                degrees(i32::from_le_bytes(number(8)?)),
            )
            .ok()?,
            country: std::str::from_utf8(&record[12..14]).ok()?.parse().ok()?,
            level: *Level::ALL.get(usize::from(record[14]))?,
            population: u32::from_le_bytes(number(16)?),
            main: posting & ALTERNATE == 0,
            bare: posting & BARE != 0,
        })
    }
}

/// Where the places of one name are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Postings(u64);
