//! The feed: one websocket for each desk.
//!
//! It listens first and then sends what is open, so nothing falls between: page by page, the most
//! urgent first, and where more is open than a desk is sent it is told so. A desk that is too slow is
//! never waited for: a frame that does not leave in time ends the socket ([`Line`]), and a desk that
//! fell behind is sent everything anew. No frame holds anything but cards.

use super::beats::{Beats, Entered};
use super::frames;
use super::line::{Ended, Line};
use super::opening::{Of, Opening, Page};
use super::pieces::Pieces;
use super::seat::Seat;
use super::session::Listening;
use crate::case::Responder;
use crate::cookie::token_hash;
use crate::feed::{Frame, News};
use crate::flow::Flow;
use crate::problem::Problem;
use crate::store::OpenAfter;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, rt, web};
use actix_ws::{Message, MessageStream};
use bytestring::ByteString;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The most open cases sent when a desk connects; the most urgent ones.
const MOST: usize = 5_000;
/// A page that is not read within this, its turn included, ends the socket.
const READ: Duration = Duration::from_secs(10);
/// Pages of changes that a desk that comes back is sent at most; what it is not told of, it lets go.
const CHANGES: usize = 4;
/// Desks of one node; with more, intake would want for connections.
const DESKS: usize = 12_000;
/// How often a desk hears that the line is good.
const BEAT: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Query {
    cursor: Option<i64>,
}

#[get("/api/v1/feed")]
pub(super) async fn feed(
    flow: web::Data<Flow>,
    stop: web::Data<CancellationToken>,
    (beats, opening): (web::Data<Beats>, web::Data<Opening>),
    Listening(watching): Listening,
    request: HttpRequest,
    query: web::Query<Query>,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    same_origin(&request)?;
    if flow.feed.desks() >= DESKS {
        return Err(full().into());
    }
    let payload = frames::within_limit(&request, payload).await?;
    let (response, session, messages) = actix_ws::handle(&request, payload)?;
    let (response, body) = response.into_parts();
    let (pieces, taken) = Pieces::of(body);
    let entered = beats.enter(
        token_hash(&request).ok_or_else(Problem::signed_out)?,
        &watching.0.0.mission,
    );
    let mut desk = Desk {
        line: Line::new(session, taken, entered.over()),
        entered,
        flow,
        opening,
        // A wall takes no place: what it says is not heard, so that it counts as nobody's desk.
        hears: !watching.is_wall(),
        responder: watching.0.0,
        messages: messages.max_frame_size(frames::LARGEST),
        shown: HashSet::new(),
        ends_until_more: None,
        seat: Seat::new(),
    };
    let stop = stop.get_ref().clone();
    let cursor = query.cursor;
    // The desk lies in its task once; handed over, it would lie there twice.
    rt::spawn(async move { desk.serve(cursor, &stop).await });
    Ok(response.set_body(pieces.boxed()))
}

fn full() -> Problem {
    let mut problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-desks",
        "This node has as many desks as it can serve",
    )
    .detail("Connect again in some seconds; another node may have room.");
    problem.retry_after = Some(10);
    problem
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
    flow: web::Data<Flow>,
    opening: web::Data<Opening>,
    responder: Responder,
    hears: bool,
    entered: Entered,
    line: Line,
    messages: MessageStream,
    /// Cases this desk shows, to tell it when one goes to another mission; of a desk that sees all
    /// missions nothing is remembered.
    shown: HashSet<Uuid>,
    /// Where more was open than was sent: how many may end before the desk is sent the next ones.
    ends_until_more: Option<usize>,
    seat: Seat,
}

impl Desk {
    async fn serve(&mut self, cursor: Option<i64>, stop: &CancellationToken) {
        metrics::gauge!("msaada_desks").increment(1.0);
        let frames = self.flow.feed.listen();
        let end = self.talk(frames, cursor, stop).await;
        self.seat.leaves(&self.flow);
        metrics::gauge!("msaada_desks").decrement(1.0);
        if end.is_err() {
            metrics::counter!("msaada_desks_dropped_total").increment(1);
        }
        self.line.close().await;
    }

    async fn talk(
        &mut self,
        mut frames: Receiver<News>,
        cursor: Option<i64>,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        self.everything(cursor).await?;
        let mut stopped = pin!(stop.cancelled());
        let over = self.line.over();
        let mut over = pin!(over.cancelled());
        let bell = self.seat.bell();
        let mut beat = tokio::time::interval(BEAT);
        beat.tick().await;
        loop {
            if self.ends_until_more == Some(0) {
                self.everything(None).await?;
            }
            tokio::select! {
                () = &mut over => return Err(Ended),
                () = &mut stopped => {
                    return self.send(json!({"type": "reconnect"}).to_string().into()).await;
                }
                frame = frames.recv() => match frame {
                    Ok(News::Card(frame)) => self.show(&frame).await?,
                    Ok(News::StartOver) => self.everything(None).await?,
                    Err(RecvError::Lagged(_)) => {
                        metrics::counter!("msaada_desks_behind_total").increment(1);
                        self.everything(None).await?;
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                () = bell.notified() => self.beside().await?,
                _ = beat.tick() => self.beat().await?,
                message = self.messages.next() => match message {
                    Some(Ok(Message::Ping(bytes))) => {
                        self.line.write(Message::Pong(bytes)).await?;
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                    Some(Ok(Message::Text(text))) if self.hears => {
                        let answer = self.seat.hears(&text, &self.responder, &self.flow);
                        let answer = Box::pin(answer).await;
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
    /// What it needs on the way is let go with it: a desk is quiet for most of its life.
    fn everything(&mut self, cursor: Option<i64>) -> LocalBoxFuture<'_, Result<(), Ended>> {
        Box::pin(self.send_everything(cursor))
    }

    async fn send_everything(&mut self, cursor: Option<i64>) -> Result<(), Ended> {
        let now = self.flow.clock.now();
        let store = self.flow.store.clone();
        let present = self.opening.away(async move { store.cursor().await }).await;
        let Some(Ok(present)) = present else {
            return Err(Ended);
        };
        self.send(
            json!({"type": "hello", "server_time": now, "cursor": present})
                .to_string()
                .into(),
        )
        .await?;
        let more = self.open_cases().await?;
        if let Some(cursor) = cursor {
            self.changes(cursor, more).await?;
        }
        self.send(
            json!({"type": "synced", "cursor": present, "more": more})
                .to_string()
                .into(),
        )
        .await
    }

    /// What is open, the most urgent first, a page at a time. Whether there is more.
    async fn open_cases(&mut self) -> Result<bool, Ended> {
        self.shown.clear();
        self.ends_until_more = None;
        let mission = (!self.responder.sees_all()).then(|| self.responder.mission.clone());
        if let Some(mission) = &mission {
            let offered = self.read(Of::OfferedTo(mission.clone())).await?;
            self.show_page(&offered).await?;
        }
        let mut next = Some(Of::Open(mission, OpenAfter::default()));
        let mut sent = 0;
        while let Some(of) = next.take() {
            let page = self.read(of).await?;
            sent += page.frames.len();
            if sent > MOST {
                self.ends_until_more = Some(MOST / 2);
                return Ok(true);
            }
            self.show_page(&page).await?;
            next.clone_from(&page.next);
        }
        Ok(false)
    }

    /// A page, read for this desk and for all that ask for the same at this moment.
    async fn read(&self, of: Of) -> Result<Arc<Page>, Ended> {
        let page = tokio::time::timeout(READ, self.opening.page(of)).await;
        page.ok().flatten().ok_or(Ended)
    }

    async fn show_page(&mut self, page: &Page) -> Result<(), Ended> {
        for frame in &page.frames {
            self.show(frame).await?;
        }
        Ok(())
    }

    /// What changed since she was last here and was not sent as open.
    async fn changes(&mut self, cursor: i64, more: bool) -> Result<(), Ended> {
        let mut next = Some(Of::Changed(cursor.into()));
        for _ in 0..CHANGES {
            let Some(of) = next.take() else { break };
            let page = self.read(of).await?;
            for frame in &page.frames {
                // Of a case that went to another mission nothing is said: what a full sending does
                // not hold, a desk lets go.
                if frame.is_for(&self.responder) && (frame.ended || more) {
                    self.show(frame).await?;
                }
            }
            next.clone_from(&page.next);
        }
        Ok(())
    }

    async fn show(&mut self, frame: &Frame) -> Result<(), Ended> {
        if !frame.is_for(&self.responder) {
            return if self.shown.remove(&frame.id) {
                self.gone(frame).await
            } else {
                Ok(())
            };
        }
        if frame.ended {
            self.shown.remove(&frame.id);
            self.ends_until_more = self.ends_until_more.map(|ends| ends.saturating_sub(1));
        } else if !self.responder.sees_all() {
            self.shown.insert(frame.id);
        }
        self.send(frame.text.clone()).await
    }

    async fn gone(&mut self, frame: &Frame) -> Result<(), Ended> {
        self.seat.loses(frame.id, &self.flow);
        let text = json!({"type": "gone", "id": frame.id, "version": frame.version});
        self.send(text.to_string().into()).await
    }

    /// That the line is good.
    async fn beat(&mut self) -> Result<(), Ended> {
        let text = json!({
            "type": "beat",
            "server_time": self.flow.clock.now(),
            "cursor": self.entered.cursor(),
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

    fn send(&mut self, text: ByteString) -> LocalBoxFuture<'_, Result<(), Ended>> {
        self.line.write(Message::Text(text))
    }
}
