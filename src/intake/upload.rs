//! What a page brings: its fields and, from the pages that take them, photographs.
//!
//! The words matter most. A file that is too large or not what it claims is left out and told of; the
//! fields beside it are kept, and what follows is read to its end, since a browser shows no answer
//! before it has sent everything. Files wait in memory, so all of them together have so much room, by
//! the byte: who sends slowly takes little of it from others, and who stops sending gives it back.
//! None is kept while intake is pressed; and since anybody may send them, no more of them are kept in
//! an hour than the disk bears. Who comes then keeps her words and is asked for the photograph later.

mod heads;
mod pace;
mod room;

pub use room::Uploads;

use super::form::{MAX_BODY_BYTES, Notice};
use crate::case::{File, LARGEST, NotAFile};
use crate::flow::{Flow, Step};
use actix_multipart::{Field, Multipart};
use actix_web::{HttpMessage, HttpRequest, http::header, web};
use futures_util::StreamExt;
use pace::Pace;
use room::Room;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// Files of one sending.
const FILES: usize = 3;
/// What is read of one sending at all, in bytes; whoever sends more is cut off.
const MOST: usize = 64 * 1024 * 1024;
/// What a part costs beside its words, however short: its head, and its place in memory.
const A_PART: usize = 64;
/// How long a sending may take: 5 MB on a slow line.
const LONGEST: Duration = Duration::from_mins(15);

/// What a page brought.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) fields: Vec<(String, String)>,
    pub(super) files: Vec<File>,
    /// Why a file was left out; of several reasons the last.
    pub(super) left_out: Option<Notice>,
    /// Held as long as the files are.
    rooms: Vec<Room>,
    /// The file that is on its way.
    coming: Option<Coming>,
    pace: Pace,
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
    let kind = request.mime_type().ok().flatten()?;
    let body = heads::readable(payload, kind.get_param("boundary")?.as_str());
    let parts = Multipart::new(request.headers(), body);
    let all = brought.read(parts, &room);
    let read = tokio::time::timeout(LONGEST, all).await;
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

/// A file while it comes.
struct Coming {
    bytes: Vec<u8>,
    length: usize,
    /// None where its bytes are looked past.
    room: Option<Room>,
}

impl Coming {
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
        while let Some(part) = self.in_time(parts.next()).await {
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

    /// Waits for what comes next. Where it keeps no pace, the files are let go: first the one on its
    /// way, then those that wait for the rest of the form. The words are waited for.
    async fn in_time<T>(&mut self, next: impl Future<Output = T>) -> T {
        let mut next = pin!(next);
        loop {
            match tokio::time::timeout_at(self.pace.ends(), next.as_mut()).await {
                Ok(came) => return came,
                Err(_) => self.let_go(),
            }
        }
    }

    fn let_go(&mut self) {
        let missed = self.pace.is_over(Instant::now());
        if missed > 0
            && let Some(coming) = &mut self.coming
        {
            coming.give_up();
        }
        if missed > 1 && !self.files.is_empty() {
            self.files.clear();
            self.rooms.clear();
            self.left_out = Some(Notice::FileLater);
        }
    }

    async fn field(&mut self, mut part: Field, name: String) -> Option<()> {
        let mut value = Vec::new();
        while let Some(piece) = self.in_time(part.next()).await {
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
        self.coming = Some(Coming {
            bytes: Vec::new(),
            length: 0,
            room: room.filter(|_| !too_many),
        });
        while let Some(piece) = self.in_time(part.next()).await {
            let piece = piece.ok()?;
            self.pace.came(piece.len());
            self.taken += piece.len();
            if self.taken > MOST {
                return None;
            }
            self.coming.as_mut()?.take(&piece);
        }
        self.words += A_PART;
        if self.words > MAX_BODY_BYTES {
            return None;
        }
        let file = self.coming.take()?;
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
    use actix_web::error::PayloadError;
    use actix_web::http::header::{HeaderMap, HeaderValue};
    use futures_util::Stream;

    fn parts(stream: impl Stream<Item = Result<web::Bytes, PayloadError>> + 'static) -> Multipart {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("multipart/form-data; boundary=x");
        headers.insert(header::CONTENT_TYPE, kind);
        Multipart::new(&headers, stream)
    }

    #[actix_web::test]
    async fn parts_without_an_end_are_given_up_although_each_is_empty() {
        let mut sent = 0_usize;
        let endless = futures_util::stream::repeat_with(move || {
            sent += 1;
            assert!(sent < 10_000, "it is read on and on");
            Ok::<_, PayloadError>(web::Bytes::from_static(
                b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n",
            ))
        });
        let mut brought = Brought::default();
        let uploads = Uploads::new(1 << 30);
        let room = || Some(Room::of(&uploads));
        assert_eq!(brought.read(parts(endless), &room).await, None);
    }

    #[actix_web::test]
    async fn words_that_trickle_in_hold_no_room_for_long_and_are_kept() {
        let uploads = Uploads::new(1 << 30);
        let photograph = |n: u8| {
            let head = format!(
                "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{n}.png\"\r\n\r\n"
            );
            let bytes = [b"\x89PNG\r\n\x1a\n".as_slice(), &[n; 500], b"\r\n"].concat();
            Ok(web::Bytes::from([head.as_bytes(), &bytes].concat()))
        };
        let begun = b"--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nni";
        let first = [1, 2, 3].map(photograph).into_iter();
        let first = first.chain([Ok(web::Bytes::from_static(begun))]);
        // The rest of her words comes when all room is free again after it was taken, and not before.
        let begins = std::rc::Rc::new(tokio::sync::Notify::new());
        let (taken, free) = (begins.clone(), uploads.free());
        let rest = futures_util::stream::once(async move {
            taken.notified().await;
            free.await;
            Ok(web::Bytes::from_static(b"saidie\r\n--x--\r\n"))
        });
        let stream = futures_util::stream::iter(first).chain(rest);
        let mut brought = Brought {
            pace: Pace::of(Duration::from_millis(1)),
            ..Brought::default()
        };
        let files = std::cell::Cell::new(0);
        let room = || {
            files.set(files.get() + 1);
            if files.get() == 3 {
                begins.notify_one();
            }
            Some(Room::of(&uploads))
        };
        let parts = parts(Box::pin(stream));
        assert_eq!(brought.read(parts, &room).await, Some(()));
        assert_eq!(brought.fields, [("text".into(), "nisaidie".into())]);
        assert!(brought.files.is_empty());
        assert_eq!(brought.left_out, Some(Notice::FileLater));
    }
}
