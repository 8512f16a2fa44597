//! What a page brings: its fields and, from the pages that take them, photographs.
//!
//! The words matter most. A file that is too large or not what it claims is left out and told of; the
//! fields beside it are kept, and what follows is read to its end, since a browser shows no answer
//! before it has sent everything. Files wait in memory, so only a few senders are heard at once, and
//! none while intake is pressed; and since anybody may send them, no more of them are kept in an hour
//! than the disk bears. Who comes then keeps her words and is asked for the photograph later.

use super::form::{MAX_BODY_BYTES, Notice};
use crate::case::{File, LARGEST, NotAFile};
use crate::flow::{Flow, Step};
use actix_multipart::{Field, Multipart};
use actix_web::{HttpRequest, http::header, web};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Files of one sending.
const FILES: usize = 3;
/// Senders whose files are in memory at one time.
const SENDERS: usize = 8;
/// What is read of one sending at all, in bytes; whoever sends more is cut off.
const MOST: usize = 64 * 1024 * 1024;
/// What a part costs beside its words, however short: its head, and its place in memory.
const A_PART: usize = 64;
/// How long a sending may take: 5 MB on a slow line.
const LONGEST: Duration = Duration::from_mins(15);

/// What is kept in an hour by this node, in bytes: some two thousand photographs.
const HOURLY: usize = 1 << 30;

/// How many senders' files may be held, and how much more is kept in this hour.
pub struct Uploads {
    senders: Semaphore,
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
            senders: Semaphore::new(SENDERS),
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
        let body = payload.to_bytes_limited(MAX_BODY_BYTES).await.ok()?.ok()?;
        let fields = serde_urlencoded::from_bytes(&body).ok()?;
        return Some(Brought {
            fields,
            ..Brought::default()
        });
    }
    let mut brought = Brought::default();
    // Taken with the first file, and held while the rest comes.
    let mut permit = None;
    let mut holds = || {
        let taken = permit.get_or_insert_with(|| uploads.senders.try_acquire().ok());
        taken.is_some() && flow.pressed() < Step::Analytics
    };
    let parts = Multipart::new(request.headers(), payload);
    let all = brought.read(parts, &mut holds);
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

impl Brought {
    async fn read(
        &mut self,
        mut parts: Multipart,
        holds_files: &mut impl FnMut() -> bool,
    ) -> Option<()> {
        while let Some(part) = parts.next().await {
            let part = part.ok()?;
            let about = part.content_disposition();
            let name = about.and_then(|about| about.get_name()).unwrap_or_default();
            let name = name.to_owned();
            match about.and_then(|about| about.get_filename()) {
                Some(called) => {
                    let called = called.to_owned();
                    let holds = !called.is_empty() && holds_files();
                    self.file(part, &called, holds).await?;
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

    async fn file(&mut self, mut part: Field, called: &str, holds_files: bool) -> Option<()> {
        let mut bytes = Vec::new();
        let mut length = 0;
        let kept = holds_files && self.files.len() < FILES;
        while let Some(piece) = part.next().await {
            let piece = piece.ok()?;
            length += piece.len();
            self.taken += piece.len();
            if self.taken > MOST {
                return None;
            }
            if kept && length <= LARGEST {
                bytes.extend_from_slice(&piece);
            }
        }
        self.words += A_PART;
        if self.words > MAX_BODY_BYTES {
            return None;
        }
        // A page on which no file was chosen sends an empty one.
        if length == 0 {
            return Some(());
        }
        if length > LARGEST {
            self.left_out = Some(Notice::FileTooLarge);
        } else if !holds_files {
            self.left_out = Some(Notice::FileLater);
        } else if !kept {
            self.left_out = Some(Notice::FilesTooMany);
        } else {
            match File::new(called, bytes) {
                Ok(file) => self.files.push(file),
                Err(NotAFile::TooLarge) => self.left_out = Some(Notice::FileTooLarge),
                Err(NotAFile::WrongKind) => self.left_out = Some(Notice::FileWrong),
            }
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
        assert_eq!(brought.read(parts, &mut || true).await, None);
    }
}
