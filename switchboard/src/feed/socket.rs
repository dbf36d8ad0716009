//! `/feed`: one WebSocket per page. Origin listed, then a ticket in the first frame; nothing is sent before it.

use super::state::Due;
use super::subscription::{Outgoing, Subscription};
use super::tickets::Holder;
use crate::clock::now_ms;
use crate::http::listed_origin;
use crate::services::Services;
use crate::store::{Store, StoreError};
use crate::walls::MAX_SCREENS;
use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{ConnectInfo, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use wire::{ClientFrame, ErrorCode, FeedEnd, OrderResult, ServerFrame, TicketPurpose};

/// The first frame must be here by then.
const HELLO: Duration = Duration::from_secs(10);
/// Changes that are not urgent are collected this long: four frames a second at most.
const COLLECT: Duration = Duration::from_millis(250);
/// So long after a frame of state that no other one followed, its number is said again: a page that lost it, and one mark too, is whole
/// within a second.
const MARKS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(500)];
/// A page that takes no frame for so long is disconnected.
const SLOW: Duration = Duration::from_secs(15);
/// Largest frame of a page.
const MAX_FRAME: usize = 4 * 1024;
/// Buffer of a socket. The default of the library is 128 KiB each.
const BUFFER: usize = 4 * 1024;
/// Frames that a page may send per heartbeat interval.
const MAX_FRAMES: u32 = 50;
/// A word about the phone weighs as much as so many further ones: each may end one ring and begin another. A page that is cut off by that
/// says it again with its next feed.
const PHONE_WEIGHT: u32 = 4;
/// Heartbeats without an answer until a page counts as silent, and until it is disconnected.
const SILENT_AFTER: u64 = 2;
const GONE_AFTER: u64 = 60;

/// The route `/feed`.
pub fn routes() -> Router<Services> {
    Router::new().route("/feed", get(upgrade))
}

async fn upgrade(
    State(services): State<Services>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    extensions: Extensions,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    // The cookie of a signed-in browser comes with the socket of any page: a missing origin is refused here.
    if let Err(refused) = listed_origin(&services, &headers) {
        services.metrics.count("portico_feed_refused_total", &[("reason", "origin")]);
        return refused.into_response();
    }
    let socket = match socket {
        Ok(socket) => socket,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(place) = services.socket_place(&extensions, &headers, peer) else {
        return crate::http::Failure::new(ErrorCode::Unavailable, "too many connections").into_response();
    };
    socket
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(4 * 1024 * 1024)
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .on_upgrade(async move |socket| {
            let mut feed = Feed { socket, services };
            feed.run().await;
            drop(place);
        })
}

struct Feed {
    socket: WebSocket,
    services: Services,
}

/// Why the loop goes on or ends.
enum Step {
    On,
    End(FeedEnd),
    Closed,
}

impl Feed {
    async fn run(&mut self) {
        let end = match self.hello().await {
            Ok((subscription, holder)) => self.serve(&subscription, &holder).await,
            Err(end) => end,
        };
        if let Some(reason) = end {
            self.services.metrics.count("portico_feed_ended_total", &[("reason", reason_word(reason))]);
            let _ = self.send(&ServerFrame::End { reason }).await;
            let code = if reason == FeedEnd::Stopping { 1001 } else { 1008 };
            let close = CloseFrame { code, reason: reason_word(reason).into() };
            let _ = timeout(SLOW, self.socket.send(Message::Close(Some(close)))).await;
        }
    }

    /// Takes the first frame, redeems its ticket and answers.
    async fn hello(&mut self) -> Result<(Subscription, Holder), Option<FeedEnd>> {
        let first = tokio::select! {
            first = timeout(HELLO, self.socket.recv()) => first,
            () = self.services.stop.wait() => return Err(Some(FeedEnd::Stopping)),
        };
        let Ok(Some(Ok(Message::Text(text)))) = first else { return Err(Some(FeedEnd::BadFrame)) };
        let Ok(ClientFrame::Hello { ticket, wire, phone }) = serde_json::from_str(&text) else {
            return Err(Some(FeedEnd::BadFrame));
        };
        let holder = self.services.tickets.redeem(&ticket, TicketPurpose::Feed, now_ms()).ok_or(Some(FeedEnd::BadTicket))?;
        if !wire::VERSION.serves(wire) {
            return Err(Some(FeedEnd::BadVersion));
        }
        let limits = &self.services.config.limits;
        // Whoever fetched the ticket may be somebody else by now, or nobody.
        let (person, most) = match &holder.link {
            Some(link) => (Some(link.viewer()), MAX_SCREENS),
            None => (self.services.directory.person_by_id(&holder.person.id), limits.feeds_per_person),
        };
        let person = person.ok_or(Some(FeedEnd::BadTicket))?;
        let subscription = self.services.hub.subscribe(&person, &holder, phone, most);
        let subscription = subscription.ok_or(Some(FeedEnd::TooMany))?;
        // Ended while its ticket was on the way: from here on the hub would tell.
        match ended(&self.services.store, &holder).await {
            Ok(None) => {}
            Ok(end) => return Err(end),
            Err(error) => {
                // The page comes again.
                tracing::error!(%error, "whether a session still runs cannot be read");
                return Err(None);
            }
        }
        let hello = ServerFrame::Hello { wire: wire::VERSION, build: self.services.build.to_string(), heartbeat_ms: limits.heartbeat_ms };
        self.send(&hello).await.map_err(|()| None)?;
        Ok((subscription, holder))
    }

    async fn serve(&mut self, subscription: &Subscription, holder: &Holder) -> Option<FeedEnd> {
        let period = Duration::from_millis(u64::from(self.services.config.limits.heartbeat_ms));
        let mut beats = interval_at(Instant::now() + period, period);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut beat, mut answered, mut frames) = (0_u64, 0_u64, 0_u32);
        let mut last_sent = Instant::now() - COLLECT;
        let mut marks = MARKS.len();
        let stop = self.services.stop.clone();
        loop {
            let due = subscription.due();
            let ready_at = if due == Due::Now { Instant::now() } else { last_sent + COLLECT };
            let step = tokio::select! {
                () = stop.wait() => Step::End(FeedEnd::Stopping),
                () = sleep_until(ready_at), if due != Due::Nothing => {
                    last_sent = Instant::now();
                    let next = subscription.take();
                    if next.is_some() {
                        marks = 0;
                    }
                    match next {
                        Some(Outgoing::End(reason)) => Step::End(reason),
                        Some(Outgoing::Written(text)) => self.send_text(text).await.map_or(Step::Closed, |()| Step::On),
                        Some(Outgoing::Frame(frame)) => self.send(&frame).await.map_or(Step::Closed, |()| Step::On),
                        None => Step::On,
                    }
                }
                () = subscription.changed(), if due != Due::Now => Step::On,
                () = sleep_until(last_sent + MARKS.get(marks).copied().unwrap_or_default()), if marks < MARKS.len() => {
                    marks += 1;
                    match subscription.seq() {
                        Some(seq) => self.send(&ServerFrame::Mark { seq }).await.map_or(Step::Closed, |()| Step::On),
                        None => Step::On,
                    }
                }
                _ = beats.tick() => {
                    frames = 0;
                    subscription.set_silent(beat - answered >= SILENT_AFTER);
                    beat += 1;
                    if now_ms() >= holder.session_expires_at {
                        Step::End(FeedEnd::SignedOut)
                    } else if beat - answered > GONE_AFTER {
                        Step::End(FeedEnd::Silent)
                    } else {
                        self.send(&ServerFrame::Heartbeat { beat, seq: subscription.seq() }).await.map_or(Step::Closed, |()| Step::On)
                    }
                }
                frame = self.socket.recv() => {
                    frames += 1;
                    match frame {
                        _ if frames > MAX_FRAMES => Step::End(FeedEnd::BadFrame),
                        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                            // What this page may not say changes nothing.
                            Ok(frame) if !subscription.may_send(&frame) => Step::On,
                            // A number that was never sent proves nothing.
                            Ok(ClientFrame::Heartbeat { beat: number }) if number <= beat => {
                                answered = answered.max(number);
                                subscription.set_silent(beat - answered >= SILENT_AFTER);
                                Step::On
                            }
                            Ok(ClientFrame::Resync) => { subscription.resync(); Step::On }
                            Ok(ClientFrame::Order { id, order }) => {
                                // A screen orders nothing: nobody stands at it who could answer for it.
                                let result = match holder.link {
                                    Some(_) => Some(OrderResult::Forbidden),
                                    None => self.services.orders.take(&self.services, holder, id, order).await,
                                };
                                match result {
                                    Some(result) => self.send(&ServerFrame::Ordered { id, result }).await.map_or(Step::Closed, |()| Step::On),
                                    // The server stops: the next one answers.
                                    None => Step::On,
                                }
                            }
                            Ok(ClientFrame::Quality { contact, measured }) if measured.is_possible() => {
                                subscription.heard(contact, measured, now_ms());
                                Step::On
                            }
                            Ok(ClientFrame::Phone { phone }) => {
                                frames += PHONE_WEIGHT;
                                subscription.say_phone(phone);
                                Step::On
                            }
                            Ok(ClientFrame::Unknown) => Step::On,
                            Ok(ClientFrame::Heartbeat { .. } | ClientFrame::Hello { .. } | ClientFrame::Quality { .. }) | Err(_) => {
                                Step::End(FeedEnd::BadFrame)
                            }
                        },
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Step::On,
                        Some(Ok(Message::Binary(_))) => Step::End(FeedEnd::BadFrame),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => Step::Closed,
                    }
                }
            };
            match step {
                Step::On => {}
                Step::End(reason) => return Some(reason),
                Step::Closed => return None,
            }
        }
    }

    /// Sends a frame. While it waits for a slow page the hub keeps collecting in bounded form.
    async fn send(&mut self, frame: &ServerFrame) -> Result<(), ()> {
        let text = serde_json::to_string(frame).map_err(|e| tracing::error!(error = %e, "a frame cannot be written"))?;
        self.send_text(text).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), ()> {
        match timeout(SLOW, self.socket.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(()),
        }
    }
}

/// Why the session, or the link of a screen, is not there any more.
async fn ended(store: &Store, holder: &Holder) -> Result<Option<FeedEnd>, StoreError> {
    let now = now_ms();
    if let Some(link) = &holder.link {
        return Ok(store.wall_link(&link.id, now).await?.is_none().then_some(FeedEnd::Revoked));
    }
    if store.session(&holder.session, now).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(if store.session_revoked(&holder.session).await? { FeedEnd::Revoked } else { FeedEnd::SignedOut }))
}

fn reason_word(reason: FeedEnd) -> &'static str {
    match reason {
        FeedEnd::BadTicket => "bad ticket",
        FeedEnd::BadVersion => "bad version",
        FeedEnd::BadFrame => "bad frame",
        FeedEnd::SignedOut => "signed out",
        FeedEnd::Revoked => "revoked",
        FeedEnd::Silent => "silent",
        FeedEnd::Stopping => "stopping",
        FeedEnd::TooMany => "too many",
        FeedEnd::Unknown => "unknown",
    }
}
