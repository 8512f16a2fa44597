//! What a page brings: its fields and, from the pages that take them, photographs.
//!
//! The words matter most. A file that is too large or not what it claims is left out and told of; the
//! fields beside it are kept, and what follows is read to its end, since a browser shows no answer
//! before it has sent everything. Files wait in memory, so all of them together have so much room, by
//! the byte: who sends slowly takes little of it from others, and who stops sending gives it back.
//! None is kept while intake is pressed; and since anybody may send them, no more of them are kept in
//! an hour than the disk bears. Who comes then keeps her words and is asked for the photograph later.

mod broke;
mod heads;
mod pace;
mod room;

pub use room::Uploads;

use super::form::{LONGEST_TEXT, MAX_BODY_BYTES, Notice, is_field};
use crate::case::{File, LARGEST, NotAFile};
use crate::flow::{Flow, Step};
use actix_multipart::{Field, Multipart};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, web};
use broke::{Broke, Ended};
use futures_util::StreamExt;
use pace::Pace;
use room::Room;
use std::pin::pin;
use std::rc::Rc;
use tokio::time::Instant;

/// Files of one sending.
const FILES: usize = 3;
/// What is read of one sending at all, in bytes: a long film, of which nothing is kept, so that the
/// answer is seen. Whoever sends more is cut off.
const MOST: usize = 512 * 1024 * 1024;
/// Parts of one sending; a page has some dozens of fields.
const PARTS: usize = 1_000;
/// The longest field that is kept, in bytes: no long one leaves those after it without room.
const LONGEST_FIELD: usize = MAX_BODY_BYTES / 2;

/// What a page brought.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) fields: Vec<(String, String)>,
    pub(super) files: Vec<File>,
    /// Why a file was left out, or words; of several reasons the last.
    pub(super) left_out: Option<Notice>,
    /// Held as long as the files are.
    rooms: Vec<Room>,
    /// The file that is on its way.
    coming: Option<Coming>,
    /// The last field has no end.
    cut: bool,
    pace: Pace,
    parts: usize,
    taken: usize,
    words: usize,
}

/// A page of which nothing can be taken in.
pub(super) struct Unread {
    pub(super) status: StatusCode,
    pub(super) why: Notice,
    /// What came of it, to be shown again.
    pub(super) fields: Vec<(String, String)>,
}

impl Unread {
    const fn of(status: StatusCode, why: Notice) -> Self {
        let fields = Vec::new();
        Self {
            status,
            why,
            fields,
        }
    }

    /// It broke off, or its time was over.
    const fn late(fields: Vec<(String, String)>) -> Self {
        Self {
            status: StatusCode::REQUEST_TIMEOUT,
            why: Notice::Late,
            fields,
        }
    }
}

/// The types in which pages send: without files, and with them.
pub(super) const TYPES: &[&str] = &[FORM, WITH_FILES];
const FORM: &str = "application/x-www-form-urlencoded";
const WITH_FILES: &str = "multipart/form-data";

/// Reads what a page sent. Its time is watched over by who hands on its body
/// ([`stalled`](super::stalled)).
pub(super) async fn brought(
    request: &HttpRequest,
    (uploads, flow): (&Uploads, &Flow),
    payload: web::Payload,
) -> Result<Brought, Unread> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is = |of: &str| {
        let called = kind.map(|kind| kind.as_bytes().to_ascii_lowercase());
        called.is_some_and(|called| called.starts_with(of.as_bytes()))
    };
    if !is(WITH_FILES) {
        if kind.is_some() && !is(FORM) {
            return Err(Unread::of(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Notice::Unreadable,
            ));
        }
        return words(payload).await;
    }
    let broken = || Unread::of(StatusCode::BAD_REQUEST, Notice::Unreadable);
    let kind = request.mime_type().ok().flatten().ok_or_else(broken)?;
    let boundary = kind.get_param("boundary").ok_or_else(broken)?;
    let off = Rc::default();
    let body = heads::readable(payload, boundary.as_str(), Rc::clone(&off));
    let mut brought = Brought::default();
    let room = || (flow.pressed() < Step::Analytics).then(|| Room::of(uploads));
    let parts = Multipart::new(request.headers(), body);
    let ended = brought.read(parts, &room).await;
    match ended.map_err(|broke| broke.because(&off)) {
        Ok(()) => Ok(brought.told()),
        // All that was sent has come; only the line that closes it was never written.
        Err(Broke::Unclosed) if brought.cut => Ok(brought.told()),
        // A few words, and nothing else, on a line that is still open: she is asked for the rest.
        Err(Broke::Late) if brought.cut && brought.fields.len() == 1 => {
            Err(Unread::late(brought.fields))
        }
        // It broke off in the middle: the words before it hold.
        Err(broke) if !brought.fields.is_empty() => {
            brought.left_out = Some(match broke {
                _ if brought.cut => Notice::TooMuch,
                Broke::TooLong => Notice::FileTooLarge,
                _ => Notice::FileLater,
            });
            Ok(brought.told())
        }
        Err(Broke::Off | Broke::Late) => Err(Unread::late(Vec::new())),
        Err(Broke::NoForm | Broke::Unclosed | Broke::TooLong) => Err(broken()),
    }
}

/// Reads a page without files. What is longer than what is kept is looked past.
async fn words(mut payload: web::Payload) -> Result<Brought, Unread> {
    let (mut body, mut came) = (Vec::new(), 0_usize);
    let mut whole = true;
    while let Some(piece) = payload.next().await {
        let Ok(piece) = piece else {
            whole = false;
            break;
        };
        came += piece.len();
        let room = MAX_BODY_BYTES - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if came > MOST {
            break;
        }
    }
    if !whole || came > body.len() {
        // The last character may have been cut in two.
        let last = body.len().saturating_sub(2);
        if let Some(cut) = memchr::memrchr(b'%', &body[last..]) {
            body.truncate(last + cut);
        }
    }
    let fields = serde_urlencoded::from_bytes(&body)
        .map_err(|_| Unread::of(StatusCode::BAD_REQUEST, Notice::Unreadable))?;
    if !whole && came <= body.len() {
        return Err(Unread::late(fields));
    }
    let brought = Brought {
        fields,
        left_out: (came > MAX_BODY_BYTES).then_some(Notice::TooMuch),
        ..Brought::default()
    };
    Ok(brought.told())
}

/// Whether a part says of itself that it is a picture or a sound.
fn is_recorded(part: &Field) -> bool {
    let kind = part.content_type().map(|kind| kind.type_());
    kind.is_some_and(|kind| kind == "image" || kind == "audio" || kind == "video")
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
    async fn read(&mut self, mut parts: Multipart, room: &impl Fn() -> Option<Room>) -> Ended {
        while let Some(part) = self.in_time(parts.next()).await {
            let part = part?;
            self.parts += 1;
            if self.parts > PARTS {
                return Err(Broke::TooLong);
            }
            let about = part.content_disposition();
            let name = about.and_then(|about| about.get_name()).unwrap_or_default();
            let name = name.to_owned();
            match about.and_then(|about| about.get_filename()) {
                // Words that a program sends as a file are words.
                Some(_) if is_field(&name) && !is_recorded(&part) => self.field(part, name).await?,
                Some(called) => {
                    let called = called.to_owned();
                    let room = room().filter(|_| !called.is_empty());
                    self.file(part, &called, room).await?;
                }
                None => self.field(part, name).await?,
            }
        }
        Ok(())
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

    /// What came of a field that breaks off is kept as well.
    async fn field(&mut self, mut part: Field, name: String) -> Ended {
        let mut value = Vec::new();
        let mut length = 0;
        let mut ended = Ok(());
        while let Some(piece) = self.in_time(part.next()).await {
            let piece = piece.map_err(Broke::from);
            match piece.and_then(|piece| self.takes(piece.len()).map(|()| piece)) {
                Ok(piece) => {
                    length += piece.len();
                    let room = LONGEST_FIELD.min(MAX_BODY_BYTES - self.words) - value.len();
                    value.extend_from_slice(&piece[..piece.len().min(room)]);
                }
                Err(broke) => {
                    ended = Err(broke);
                    break;
                }
            }
        }
        if length > value.len() {
            self.left_out = Some(Notice::TooMuch);
        }
        if ended.is_err() || length > value.len() {
            // The last character may have been cut in two.
            let last = str::from_utf8(&value).err();
            if let Some(last) = last.filter(|last| last.error_len().is_none()) {
                value.truncate(last.valid_up_to());
            }
        }
        self.words += value.len();
        self.cut = ended.is_err() && !value.is_empty();
        if ended.is_ok() || self.cut {
            let value = String::from_utf8_lossy(&value).into_owned();
            self.fields.push((name, value));
        }
        ended
    }

    /// So many bytes more came.
    const fn takes(&mut self, bytes: usize) -> Ended {
        self.taken += bytes;
        if self.taken > MOST {
            return Err(Broke::TooLong);
        }
        Ok(())
    }

    /// Says so where words are longer than what is kept of them.
    fn told(mut self) -> Self {
        let mut texts = self.fields.iter().filter(|(name, _)| name == "text");
        if texts.any(|(_, text)| text.trim().chars().count() > LONGEST_TEXT) {
            self.left_out = Some(Notice::TooMuch);
        }
        self
    }

    async fn file(&mut self, mut part: Field, called: &str, room: Option<Room>) -> Ended {
        let too_many = self.files.len() >= FILES;
        self.coming = Some(Coming {
            bytes: Vec::new(),
            length: 0,
            room: room.filter(|_| !too_many),
        });
        while let Some(piece) = self.in_time(part.next()).await {
            let piece = piece?;
            self.pace.came(piece.len());
            self.takes(piece.len())?;
            if let Some(coming) = &mut self.coming {
                coming.take(&piece);
            }
        }
        // A page on which no file was chosen sends an empty one.
        let Some(file) = self.coming.take().filter(|file| file.length > 0) else {
            return Ok(());
        };
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
        Ok(())
    }
}

#[cfg(test)]
mod tests;
