//! What a page brings: its fields and, from the pages that take them, photographs.
//!
//! The words matter most. A file that is too large or not what it claims is left out and told of; the
//! fields beside it are kept, and what follows is read to its end, since a browser shows no answer
//! before it has sent everything. Files wait in memory, so all of them together have so much room, by
//! the byte: who sends slowly takes little of it from others, and who stops sending gives it back.
//! None is kept while intake is pressed; and since anybody may send them, no more of them are kept in
//! an hour than the disk bears. Who comes then keeps her words and is asked for the photograph later.

use super::form::{MAX_BODY_BYTES, Notice};
use crate::case::{File, LARGEST, NotAFile};
use crate::flow::{Flow, Step};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpRequest, http::header, web};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Files of one sending.
const FILES: usize = 3;
/// What files that are on their way may take in memory together, in bytes.
const ROOM: usize = 8 * FILES * LARGEST;
/// So much of a file must come within [`MOMENT`], in bytes: any line that works is faster.
const LEAST: usize = 8 * 1024;
/// Whoever sends less than [`LEAST`] in it has stopped.
const MOMENT: Duration = Duration::from_secs(45);
/// What is read of one sending at all, in bytes; whoever sends more is cut off.
const MOST: usize = 64 * 1024 * 1024;
/// What a part costs beside its words, however short: its head, and its place in memory.
const A_PART: usize = 64;
/// How long a sending may take: 5 MB on a slow line.
const LONGEST: Duration = Duration::from_mins(15);

/// What is kept in an hour by this node, in bytes: some two thousand photographs.
const HOURLY: usize = 1 << 30;

/// How much room there is for files on their way, and how much more is kept in this hour.
pub struct Uploads {
    room: Arc<Semaphore>,
    spent: Mutex<(i64, usize)>,
}

impl std::fmt::Debug for Uploads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Uploads")
    }
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(ROOM)),
            spent: Mutex::default(),
        }
    }
}

impl Uploads {
    /// Counts so many bytes in this hour; whether that is still within what is kept.
    fn may_keep(&self, bytes: usize, now: DateTime<Utc>) -> bool {
        let hour = now.timestamp().div_euclid(3_600);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.0 != hour {
            *spent = (hour, 0);
        }
        let with_these = spent.1.saturating_add(bytes);
        if with_these > HOURLY {
            return false;
        }
        spent.1 = with_these;
        true
    }
}

/// What a page brought.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) fields: Vec<(String, String)>,
    pub(super) files: Vec<File>,
    /// Why a file was left out; of several reasons the last.
    pub(super) left_out: Option<Notice>,
    /// Held as long as the files are.
    rooms: Vec<Room>,
    taken: usize,
    words: usize,
}

/// Reads what a page sent; none where its words are longer than the limit or it cannot be read.
pub(super) async fn brought(
    request: &HttpRequest,
    (uploads, flow): (&Uploads, &Flow),
    payload: web::Payload,
) -> Option<Brought> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is_multipart = kind
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    if !is_multipart {
        let body = payload.to_bytes_limited(MAX_BODY_BYTES);
        let body = tokio::time::timeout(LONGEST, body).await.ok()?.ok()?.ok()?;
        let fields = serde_urlencoded::from_bytes(&body).ok()?;
        return Some(Brought {
            fields,
            ..Brought::default()
        });
    }
    let mut brought = Brought::default();
    let room = || (flow.pressed() < Step::Analytics).then(|| Room::of(uploads));
    let parts = Multipart::new(request.headers(), payload);
    let all = brought.read(parts, &room);
    let read = tokio::time::timeout(LONGEST, all).await;
    let bytes = brought.files.iter().map(|file| file.bytes().len()).sum();
    if bytes > 0 && !uploads.may_keep(bytes, flow.clock.now()) {
        tracing::warn!("more photographs came in this hour than are kept");
        brought.files.clear();
        brought.left_out = Some(Notice::FileLater);
    }
    match read {
        Ok(Some(())) => Some(brought),
        Ok(None) if brought.words > MAX_BODY_BYTES => None,
        // It broke off in the middle of a file: the words before it hold.
        Ok(None) | Err(_) => {
            brought.left_out = Some(if brought.taken > MOST {
                Notice::FileTooLarge
            } else {
                Notice::FileLater
            });
            (!brought.fields.is_empty()).then_some(brought)
        }
    }
}

/// The room that files take, given back when it is dropped.
struct Room {
    of: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Room {
    fn of(uploads: &Uploads) -> Self {
        let of = uploads.room.clone();
        Self { of, taken: None }
    }

    /// Room for so many bytes more; whether there was any.
    fn grow(&mut self, bytes: usize) -> bool {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Ok(more) = self.of.clone().try_acquire_many_owned(bytes) else {
            return false;
        };
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        true
    }
}

/// A file while it comes.
struct Coming {
    bytes: Vec<u8>,
    length: usize,
    /// None where its bytes are looked past.
    room: Option<Room>,
    /// What came since, and since when.
    lately: (usize, Instant),
}

impl Coming {
    fn new(room: Option<Room>) -> Self {
        Self {
            bytes: Vec::new(),
            length: 0,
            room,
            lately: (0, Instant::now()),
        }
    }

    /// The next piece; none at the end, and nothing in it where none came for a while.
    async fn next(&mut self, part: &mut Field) -> Result<Option<web::Bytes>, MultipartError> {
        let (came, since) = self.lately;
        match tokio::time::timeout_at(since + MOMENT, part.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(piece)) => {
                let piece = piece?;
                self.lately.0 = came + piece.len();
                Ok(Some(piece))
            }
            Err(_) => {
                if came < LEAST {
                    self.give_up();
                }
                self.lately = (0, Instant::now());
                Ok(Some(web::Bytes::new()))
            }
        }
    }

    fn take(&mut self, piece: &[u8]) {
        self.length += piece.len();
        if self.length > LARGEST {
            self.give_up();
        }
        if let Some(room) = &mut self.room {
            if room.grow(piece.len()) {
                self.bytes.extend_from_slice(piece);
            } else {
                self.give_up();
            }
        }
    }

    /// Its bytes are not kept; what follows is read all the same, so that she sees an answer.
    fn give_up(&mut self) {
        self.bytes = Vec::new();
        self.room = None;
    }
}

impl Brought {
    async fn read(&mut self, mut parts: Multipart, room: &impl Fn() -> Option<Room>) -> Option<()> {
        while let Some(part) = parts.next().await {
            let part = part.ok()?;
            let about = part.content_disposition();
            let name = about.and_then(|about| about.get_name()).unwrap_or_default();
            let name = name.to_owned();
            match about.and_then(|about| about.get_filename()) {
                Some(called) => {
                    let called = called.to_owned();
                    let room = room().filter(|_| !called.is_empty());
                    self.file(part, &called, room).await?;
                }
                None => self.field(part, name).await?,
            }
        }
        Some(())
    }

    async fn field(&mut self, mut part: Field, name: String) -> Option<()> {
        let mut value = Vec::new();
        while let Some(piece) = part.next().await {
            let piece = piece.ok()?;
            self.words += piece.len();
            if self.words > MAX_BODY_BYTES {
                return None;
            }
            value.extend_from_slice(&piece);
        }
        // A part without a value has a price too: there may be no end of them.
        self.words += name.len() + A_PART;
        if self.words > MAX_BODY_BYTES {
            return None;
        }
        self.fields
            .push((name, String::from_utf8_lossy(&value).into_owned()));
        Some(())
    }

    async fn file(&mut self, mut part: Field, called: &str, room: Option<Room>) -> Option<()> {
        let too_many = self.files.len() >= FILES;
        let mut file = Coming::new(room.filter(|_| !too_many));
        while let Some(piece) = file.next(&mut part).await.ok()? {
            self.taken += piece.len();
            if self.taken > MOST {
                return None;
            }
            file.take(&piece);
        }
        self.words += A_PART;
        if self.words > MAX_BODY_BYTES {
            return None;
        }
        // A page on which no file was chosen sends an empty one.
        if file.length == 0 {
            return Some(());
        }
        if file.length > LARGEST {
            self.left_out = Some(Notice::FileTooLarge);
        } else if too_many {
            self.left_out = Some(Notice::FilesTooMany);
        } else if let Some(room) = file.room {
            match File::new(called, file.bytes) {
                Ok(kept) => {
                    self.files.push(kept);
                    self.rooms.push(room);
                }
                Err(NotAFile::TooLarge) => self.left_out = Some(Notice::FileTooLarge),
                Err(NotAFile::WrongKind) => self.left_out = Some(Notice::FileWrong),
            }
        } else {
            self.left_out = Some(Notice::FileLater);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_keeps_so_much_and_the_next_one_begins_anew() {
        let uploads = Uploads::default();
        let now = DateTime::UNIX_EPOCH;
        assert!(uploads.may_keep(HOURLY, now));
        assert!(!uploads.may_keep(1, now));
        assert!(uploads.may_keep(1, now + chrono::TimeDelta::hours(1)));
    }

    #[actix_web::test]
    async fn parts_without_an_end_are_given_up_although_each_is_empty() {
        use actix_web::error::PayloadError;
        use actix_web::http::header::{HeaderMap, HeaderValue};
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("multipart/form-data; boundary=x");
        headers.insert(header::CONTENT_TYPE, kind);
        let mut sent = 0_usize;
        let endless = futures_util::stream::repeat_with(move || {
            sent += 1;
            assert!(sent < 10_000, "it is read on and on");
            Ok::<_, PayloadError>(web::Bytes::from_static(
                b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n",
            ))
        });
        let mut brought = Brought::default();
        let parts = Multipart::new(&headers, endless);
        let uploads = Uploads::default();
        let room = || Some(Room::of(&uploads));
        assert_eq!(brought.read(parts, &room).await, None);
    }
}
