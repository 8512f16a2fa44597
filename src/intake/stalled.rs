//! How long a body may take to come. Whoever sends a byte and then nothing holds a connection; with
//! enough of them nobody else gets one.
//!
//! Every body has a time within which all of it must be here; then reading it ends as if the line had
//! broken, and so does the connection. A page with photographs watches over itself, by how fast they
//! come ([`upload`](super::upload)). It must never end a request whose body has come, however long
//! its answer takes, nor cost one whose body is there at once.
//!
//! Left: of a body in pieces (`Transfer-Encoding: chunked`) reading ends in time, and it is answered, but
//! the server goes on waiting for its end before it lets the connection go. A proxy that reads a
//! request whole before it passes it on, as nginx does, has none of these.

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, RequestHead, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{ConnectionType, Method, header};
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
    next: Next<impl MessageBody>,
) -> actix_web::Result<ServiceResponse<impl MessageBody>> {
    let ended = Rc::new(RefCell::new(None));
    let patience = request.app_data::<web::Data<Patience>>().cloned();
    if let Some(limit) = patience.and_then(|patience| patience.with(request.head())) {
        let body = Coming {
            body: request.take_payload(),
            limit,
            ends: None,
            ended: ended.clone(),
        };
        request.set_payload(Payload::Stream {
            payload: Box::pin(body),
        });
    }
    let mut response = next.call(request).await?;
    if let Some(body) = ended.take() {
        let response = response.response_mut();
        let head = response.head_mut();
        head.set_connection_type(ConnectionType::Close);
        // A body in pieces that nobody holds any more is waited for to its end.
        response.extensions_mut().insert(Ended { _body: body });
    }
    Ok(response)
}

/// A body that did not come, held until its request is answered and the connection ends.
struct Ended {
    _body: Payload,
}

/// A body on its way. The time runs from when it is first waited for.
struct Coming {
    body: Payload,
    limit: Duration,
    ends: Option<Pin<Box<Sleep>>>,
    /// Where it goes when its time is over.
    ended: Rc<RefCell<Option<Payload>>>,
}

impl Stream for Coming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(piece) = Pin::new(&mut self.body).poll_next(cx) {
            // One who sends a byte now and then is ended all the same.
            let is_late = self.ends.as_ref().is_some_and(|ends| ends.is_elapsed());
            return Poll::Ready(if is_late && piece.is_some() {
                Some(Err(self.end()))
            } else {
                piece
            });
        }
        let limit = self.limit;
        let ends = self.ends.get_or_insert_with(|| Box::pin(within(limit)));
        match Future::poll(ends.as_mut(), cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(self.end()))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Coming {
    fn end(&mut self) -> PayloadError {
        let body = std::mem::replace(&mut self.body, Payload::None);
        self.ended.replace(Some(body));
        PayloadError::Io(std::io::ErrorKind::TimedOut.into())
    }
}
