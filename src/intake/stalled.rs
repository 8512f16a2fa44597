//! How long a body may take to come. Whoever sends a byte and then nothing holds a connection; with
//! enough of them nobody else gets one.
//!
//! Every body has a time within which all of it must be here; then reading it ends as if the line had
//! broken, and so does the connection. That of a page with photographs grows with what has come, at the
//! pace of the slowest telephone, so that nobody holds a line by sending a byte now and then; what came
//! before its end holds ([`upload`](super::upload)). It must never end a request whose body has come,
//! however long its answer takes, nor cost one whose body is there at once.
//!
//! What is left of a body that nobody reads to its end is held until its answer has gone out: the
//! server would wait for the rest of a body in pieces (`Transfer-Encoding: chunked`) that is held no
//! more, without a limit. So it ends the connection, a second after the answer.

use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{Payload, RequestHead, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, web};
use futures_util::Stream;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep as within};

/// What comes in a second at least over a telephone that works, in bytes. GPRS in its most careful
/// coding (CS-1) brings 9.05 kbit/s in one slot, 1,131 bytes (3GPP TS 45.003); half of that is left for
/// what a line costs beside what is sent, and for what is sent again.
const SLOWEST: u32 = 512;

/// How long the bodies of requests may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Some kilobytes, from a program or a desk.
    small: Duration,
    /// What a person typed, on a line that may be very slow.
    form: Duration,
    /// A file of 5 MB, from a desk; and photographs, however steadily they come. In a quarter of an hour
    /// that is 5 MB at 47 kbit/s, which EDGE brings, and 1 MB at the 9.05 kbit/s of [`SLOWEST`].
    file: Duration,
}

/// How long one body may take.
#[derive(Debug, Clone, Copy)]
struct Limit {
    at_first: Duration,
    /// Until when what comes may prolong it.
    at_most: Duration,
}

impl Limit {
    const fn of(whole: Duration) -> Self {
        Self {
            at_first: whole,
            at_most: whole,
        }
    }

    /// After so many bytes.
    fn after(self, came: usize) -> Duration {
        let more = u32::try_from(came).unwrap_or(u32::MAX);
        let more = Duration::from_secs(1).saturating_mul(more) / SLOWEST;
        self.at_first.saturating_add(more).min(self.at_most)
    }
}

impl Patience {
    /// So long for a small body, and in proportion for others.
    #[must_use]
    pub const fn of(small: Duration) -> Self {
        Self {
            small,
            form: small.saturating_mul(2),
            file: small.saturating_mul(30),
        }
    }

    /// How long the body of this request may take; none where it has none.
    fn with(self, head: &RequestHead) -> Option<Limit> {
        if matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return None;
        }
        let path = head.uri.path();
        if matches!(path, "/report" | "/track") {
            let kind = head.headers.get(header::CONTENT_TYPE);
            let files =
                kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
            return Some(Limit {
                at_first: self.form,
                at_most: if files { self.file } else { self.form },
            });
        }
        Some(Limit::of(if path.ends_with("/attachments") {
            self.file
        } else {
            self.small
        }))
    }
}

/// Ends bodies that do not come.
pub(crate) async fn in_time(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let left = Rc::new(RefCell::new(None));
    let patience = request.app_data::<web::Data<Patience>>().cloned();
    // A request that becomes a socket has no end.
    let pieces = request.chunked().unwrap_or(true);
    let body = if request.method() == Method::GET && request.head().upgrade() && !pieces {
        Payload::None
    } else {
        request.take_payload()
    };
    if !matches!(body, Payload::None) {
        let body = Coming {
            body,
            limit: patience.and_then(|patience| patience.with(request.head())),
            waited: None,
            came: 0,
            left: left.clone(),
        };
        request.set_payload(Payload::Stream {
            payload: Box::pin(body),
        });
    }
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| match left.take() {
        None => EitherBody::left(body),
        Some(left) => EitherBody::right(Answer {
            body: Box::pin(body),
            _left: left,
        }),
    }))
}

/// An answer, and what nobody read of what it answers.
struct Answer<B> {
    body: Pin<Box<B>>,
    _left: Payload,
}

impl<B: MessageBody> MessageBody for Answer<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_mut().poll_next(cx)
    }
}

/// A body on its way. The time runs from when it is first waited for.
struct Coming {
    /// Nothing where it has come, or its time is over.
    body: Payload,
    limit: Option<Limit>,
    /// Since when it is waited for, and until when.
    waited: Option<(Instant, Pin<Box<Sleep>>)>,
    /// So many bytes have come.
    came: usize,
    /// Where it goes when it is read no further.
    left: Rc<RefCell<Option<Payload>>>,
}

impl Stream for Coming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(piece) = Pin::new(&mut self.body).poll_next(cx) {
            // One who sends a byte now and then is ended all the same.
            let is_late = self
                .waited
                .as_ref()
                .is_some_and(|(_, ends)| ends.is_elapsed());
            return Poll::Ready(match piece {
                Some(_) if is_late => Some(Err(self.end())),
                Some(piece) => {
                    self.came += piece.as_ref().map_or(0, Bytes::len);
                    self.prolong();
                    Some(piece)
                }
                None => {
                    self.body = Payload::None;
                    None
                }
            });
        }
        let Some(limit) = self.limit else {
            return Poll::Pending;
        };
        let after = limit.after(self.came);
        let begins = || (Instant::now(), Box::pin(within(after)));
        let (_, ends) = self.waited.get_or_insert_with(begins);
        match Future::poll(ends.as_mut(), cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(self.end()))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Coming {
    /// What has come may give it more time.
    fn prolong(&mut self) {
        if let (Some(limit), Some((since, ends))) = (self.limit, &mut self.waited)
            && limit.at_first < limit.at_most
        {
            ends.as_mut().reset(*since + limit.after(self.came));
        }
    }

    fn end(&mut self) -> PayloadError {
        self.leave();
        PayloadError::Io(std::io::ErrorKind::TimedOut.into())
    }

    fn leave(&mut self) {
        let body = std::mem::replace(&mut self.body, Payload::None);
        if !matches!(body, Payload::None) {
            self.left.replace(Some(body));
        }
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_with_photographs_has_as_long_as_the_slowest_telephone_needs_and_no_longer() {
        let patience = Patience::of(Duration::from_secs(30));
        let head = |kind: &'static str| {
            let request = actix_web::test::TestRequest::post().uri("/report");
            let request = request.insert_header((header::CONTENT_TYPE, kind));
            patience.with(request.to_http_request().head())
        };
        let with_files = head("multipart/form-data; boundary=x").expect("a limit");
        assert_eq!(with_files.after(128), Duration::from_millis(60_250));
        assert_eq!(with_files.after(100 * 1024), Duration::from_secs(260));
        assert_eq!(with_files.after(100 << 20), Duration::from_mins(15));
        let words = head("application/x-www-form-urlencoded").expect("a limit");
        assert_eq!(words.after(100 << 20), Duration::from_mins(1));
    }
}
