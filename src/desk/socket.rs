//! The feed: one websocket for each desk.
//!
//! It listens first and then sends what is open, so nothing falls between. A desk that is too slow is
//! never waited for: a frame that does not leave in five seconds ends the socket, and a desk that
//! fell behind is sent everything anew. No frame holds anything but cards.

use super::seat::Seat;
use super::session::token_hash;
use super::{Signed, refused};
use crate::case::{Card, Responder};
use crate::feed::Frame;
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::Filter;
use actix_web::{HttpRequest, HttpResponse, get, rt, web};
use actix_ws::{CloseCode, CloseReason, Message, MessageStream, Session};
use bytestring::ByteString;
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The most cards sent when a desk connects; the most urgent ones.
const MOST: i64 = 5_000;
/// A frame that does not leave within this ends the socket.
const SEND: Duration = Duration::from_secs(5);
/// How often a desk hears that the line is good.
const BEAT: Duration = Duration::from_secs(5);
/// The largest frame a desk may send, in bytes.
const MAX_FRAME: usize = 4 * 1024;

#[derive(Deserialize)]
struct Query {
    cursor: Option<i64>,
}

#[get("/api/v1/feed")]
pub(super) async fn feed(
    flow: web::Data<Flow>,
    stop: web::Data<CancellationToken>,
    signed: Signed,
    request: HttpRequest,
    query: web::Query<Query>,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    same_origin(&request)?;
    let (response, session, messages) = actix_ws::handle(&request, payload)?;
    let desk = Desk {
        flow: flow.get_ref().clone(),
        responder: signed.0,
        token: token_hash(&request).ok_or_else(Problem::signed_out)?,
        session,
        shown: HashSet::new(),
        seat: Seat::new(),
    };
    let stop = stop.get_ref().clone();
    rt::spawn(desk.serve(messages.max_frame_size(MAX_FRAME), query.cursor, stop));
    Ok(response)
}

/// A browser says where its page came from; a page of another site may not listen.
fn same_origin(request: &HttpRequest) -> Result<(), Problem> {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    match (header("Origin"), header("Host")) {
        (None, _) => Ok(()),
        (Some(origin), Some(host)) if origin.split("://").nth(1) == Some(host) => Ok(()),
        _ => Err(Problem::not_allowed(
            "The feed is for pages of this service.",
        )),
    }
}

struct Desk {
    flow: Flow,
    responder: Responder,
    /// Of the cookie the feed was opened with.
    token: [u8; 32],
    session: Session,
    /// Cases this desk shows, to tell it when one goes to another mission.
    shown: HashSet<Uuid>,
    seat: Seat,
}

/// The socket has ended, or the desk is too slow.
struct Ended;

impl Desk {
    async fn serve(
        mut self,
        messages: MessageStream,
        cursor: Option<i64>,
        stop: CancellationToken,
    ) {
        metrics::gauge!("msaada_desks").increment(1.0);
        let frames = self.flow.feed.listen();
        let end = self.talk(messages, frames, cursor, stop).await;
        self.seat.leaves(&self.flow);
        metrics::gauge!("msaada_desks").decrement(1.0);
        if end.is_err() {
            metrics::counter!("msaada_desks_dropped_total").increment(1);
        }
        let reason = CloseReason::from(CloseCode::Away);
        let _ = tokio::time::timeout(SEND, self.session.close(Some(reason))).await;
    }

    async fn talk(
        &mut self,
        mut messages: MessageStream,
        mut frames: Receiver<Arc<Frame>>,
        cursor: Option<i64>,
        stop: CancellationToken,
    ) -> Result<(), Ended> {
        self.everything(cursor).await?;
        let mut moved = self.flow.presence.listen();
        let mut beat = tokio::time::interval(BEAT);
        beat.tick().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    return self.send(json!({"type": "reconnect"}).to_string().into()).await;
                }
                frame = frames.recv() => match frame {
                    Ok(frame) => self.show(&frame).await?,
                    Err(RecvError::Lagged(_)) => {
                        metrics::counter!("msaada_desks_behind_total").increment(1);
                        self.everything(None).await?;
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                case = moved.recv() => {
                    if case.is_err() || case.ok() == self.seat.case() {
                        self.beside().await?;
                    }
                }
                _ = beat.tick() => self.beat().await?,
                message = messages.next() => match message {
                    Some(Ok(Message::Ping(bytes))) => {
                        self.session.pong(&bytes).await.map_err(|_| Ended)?;
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                    Some(Ok(Message::Text(text))) => {
                        let answer = self.seat.hears(&text, &self.responder, &self.flow).await;
                        if let Some(answer) = answer {
                            self.send(answer).await?;
                        }
                    }
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    /// Who she is, what is open, and what changed since she was last here.
    async fn everything(&mut self, cursor: Option<i64>) -> Result<(), Ended> {
        let flow = self.flow.clone();
        let now = flow.clock.now();
        let Ok(present) = flow.store.cursor().await else {
            return Err(Ended);
        };
        self.send(
            json!({"type": "hello", "server_time": now, "cursor": present})
                .to_string()
                .into(),
        )
        .await?;
        let filter = Filter {
            mission: (!self.responder.sees_all()).then(|| self.responder.mission.clone()),
            limit: MOST,
            ..Filter::default()
        };
        let open = flow.store.cases(&filter).await.map_err(|error| {
            let _ = refused::store(&error);
            Ended
        })?;
        self.shown = open.iter().map(|case| case.id).collect();
        for case in &open {
            self.send(Frame::of(&Card::from(case)).text).await?;
        }
        if let Some(cursor) = cursor {
            let mut changes = flow.store.changes_since(cursor).await.map_err(|_| Ended)?;
            changes.cases.retain(|case| !self.shown.contains(&case.id));
            for case in &changes.cases {
                // Of a case that went to another mission nothing is said: what a full sending does
                // not hold, a desk lets go.
                if case.is_seen_by(&self.responder) {
                    self.send(Frame::of(&Card::from(case)).text).await?;
                }
            }
        }
        self.send(
            json!({"type": "synced", "cursor": present})
                .to_string()
                .into(),
        )
        .await
    }

    async fn show(&mut self, frame: &Frame) -> Result<(), Ended> {
        if frame.is_for(&self.responder) {
            self.shown.insert(frame.id);
            self.send(frame.text.clone()).await
        } else if self.shown.remove(&frame.id) {
            self.gone(frame).await
        } else {
            Ok(())
        }
    }

    async fn gone(&mut self, frame: &Frame) -> Result<(), Ended> {
        let text = json!({"type": "gone", "id": frame.id, "version": frame.version});
        self.send(text.to_string().into()).await
    }

    /// A good line, and a session that still holds: signing out ends the feed by the next beat.
    async fn beat(&mut self) -> Result<(), Ended> {
        let now = self.flow.clock.now();
        match self.flow.store.session(&self.token, now).await {
            Ok(Some(responder)) if responder.mission == self.responder.mission => {
                self.responder = responder;
            }
            Ok(_) => return Err(Ended),
            // PostgreSQL is away: nobody can sign out either.
            Err(_) => {}
        }
        let text = json!({
            "type": "beat",
            "server_time": self.flow.clock.now(),
            "cursor": self.flow.store.cursor().await.ok(),
            "delayed": self.flow.feed.delayed(),
        });
        self.send(text.to_string().into()).await?;
        self.beside().await
    }

    async fn beside(&mut self) -> Result<(), Ended> {
        match self.seat.beside(&self.responder, &self.flow) {
            Some(frame) => self.send(frame).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, text: ByteString) -> Result<(), Ended> {
        match tokio::time::timeout(SEND, self.session.text(text)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Ended),
        }
    }
}
