//! How long a body may take to come. Whoever sends a byte and then nothing holds a connection; with
//! enough of them nobody else gets one.
//!
//! Every body has a time within which all of it must be here; then reading it ends as if the line had
//! broken, and so does the connection. A page with photographs watches over itself, by how fast they
//! come ([`upload`](super::upload)). It must never end a request whose body has come, however long
//! its answer takes, nor cost one whose body is there at once.
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
use tokio::time::{Sleep, sleep as within};

/// How long the bodies of requests may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Some kilobytes, from a program or a desk.
    small: Duration,
    /// What a person typed, on a line that may be very slow.
    form: Duration,
    /// A file of 5 MB, from a desk.
    file: Duration,
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

    /// How long the body of this request may take; none where it has none, or watches over itself.
    fn with(self, head: &RequestHead) -> Option<Duration> {
        if matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return None;
        }
        let path = head.uri.path();
        if matches!(path, "/report" | "/track") {
            let kind = head.headers.get(header::CONTENT_TYPE);
            let files =
                kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
            return (!files).then_some(self.form);
        }
        Some(if path.ends_with("/attachments") {
            self.file
        } else {
            self.small
        })
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
            ends: None,
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
    limit: Option<Duration>,
    ends: Option<Pin<Box<Sleep>>>,
    /// Where it goes when it is read no further.
    left: Rc<RefCell<Option<Payload>>>,
}

impl Stream for Coming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(piece) = Pin::new(&mut self.body).poll_next(cx) {
            // One who sends a byte now and then is ended all the same.
            let is_late = self.ends.as_ref().is_some_and(|ends| ends.is_elapsed());
            return Poll::Ready(match piece {
                Some(_) if is_late => Some(Err(self.end())),
                Some(piece) => Some(piece),
                None => {
                    self.body = Payload::None;
                    None
                }
            });
        }
        let Some(limit) = self.limit else {
            return Poll::Pending;
        };
        let ends = self.ends.get_or_insert_with(|| Box::pin(within(limit)));
        match Future::poll(ends.as_mut(), cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(self.end()))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Coming {
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
