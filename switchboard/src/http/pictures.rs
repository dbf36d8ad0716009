//! `/pictures`: one WebSocket per page for the pictures of all doors that it shows. Origin listed, then a ticket in the first frame;
//! nothing is sent before it. Whoever is slow gets fewer pictures, never older ones.

use super::guard::listed_origin;
use crate::clock::now_ms;
use crate::doors::pictures::{Trouble, View, Watch};
use crate::feed::Holder;
use crate::rights::{self, Act, Reach};
use crate::services::Services;
use crate::store::LogEntry;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{ConnectInfo, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Response};
use futures_util::future::select_all;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{interval, timeout};
use wire::{ErrorCode, FeedEnd, PictureFrame, PictureNotice, PictureRequest, PictureTrouble, TicketPurpose};

/// The first frame must be here by then.
const HELLO: Duration = Duration::from_secs(10);
/// A page that takes no frame for so long is disconnected.
const SLOW: Duration = Duration::from_secs(15);
/// How often it is checked that the session still lives.
const SESSION_EVERY: Duration = Duration::from_secs(5);
/// Largest frame of a page.
const MAX_FRAME: usize = 4 * 1024;
/// Frames that a page may send between two checks of its session.
const MAX_FRAMES: u32 = 50;
/// Buffer of a socket for what it reads.
const BUFFER: usize = 4 * 1024;
/// Doors that one page may look at.
const MAX_DOORS: usize = 16;

/// The route `/pictures`.
pub(super) async fn upgrade(
    State(services): State<Services>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    extensions: Extensions,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if let Err(refused) = listed_origin(&services, &headers) {
        services.metrics.count("portico_pictures_refused_total", &[("reason", "origin")]);
        return refused.into_response();
    }
    let socket = match socket {
        Ok(socket) => socket,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(place) = services.socket_place(&extensions, &headers, peer) else {
        return super::Failure::new(ErrorCode::Unavailable, "too many connections").into_response();
    };
    socket.read_buffer_size(BUFFER).write_buffer_size(0).max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME).on_upgrade(
        async move |socket| {
            Page { socket, services, tiles: Vec::new(), strange: false }.run().await;
            drop(place);
        },
    )
}

/// One door that is looked at.
struct Tile {
    door: String,
    watch: Watch,
    sent: u64,
    trouble: Option<Trouble>,
}

struct Page {
    socket: WebSocket,
    services: Services,
    tiles: Vec<Tile>,
    /// It has asked for a door that is not theirs to look at.
    strange: bool,
}

/// Why a page is not served on: with a word to it, or because it is gone.
type End = Option<FeedEnd>;

impl Page {
    async fn run(mut self) {
        let Err(end) = self.serve().await;
        if let Some(reason) = end {
            let _ = self.say(&PictureNotice::End { reason }).await;
            let code = if reason == FeedEnd::Stopping { 1001 } else { 1008 };
            let _ = timeout(SLOW, self.socket.send(Message::Close(Some(CloseFrame { code, reason: "".into() })))).await;
        }
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        let holder = self.hello().await?;
        let stop = self.services.stop.clone();
        let mut checks = interval(SESSION_EVERY);
        let mut frames = 0_u32;
        loop {
            tokio::select! {
                () = stop.wait() => return Err(Some(FeedEnd::Stopping)),
                _ = checks.tick() => {
                    frames = 0;
                    let session = self.services.store.session(&holder.session, now_ms()).await;
                    // A database that fails for a moment ends no pictures; a session that is gone does.
                    if matches!(session, Ok(None)) {
                        return Err(Some(FeedEnd::SignedOut));
                    }
                    self.look_away(&holder).await?;
                }
                frame = self.socket.recv() => {
                    frames += 1;
                    match frame {
                        _ if frames > MAX_FRAMES => return Err(Some(FeedEnd::BadFrame)),
                        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                            Ok(PictureRequest::Watch { doors }) => self.watch(&holder, doors).await?,
                            Ok(PictureRequest::Unknown) => {}
                            Ok(PictureRequest::Hello { .. }) | Err(_) => return Err(Some(FeedEnd::BadFrame)),
                        },
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Binary(_))) => return Err(Some(FeedEnd::BadFrame)),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
                    }
                }
                (index, view) = next(&mut self.tiles) => {
                    self.show(index, view).await?;
                    // The next one is looked for behind this one: a slow page gets all its doors in turn.
                    self.tiles.rotate_left(index + 1);
                }
            }
        }
    }

    async fn hello(&mut self) -> Result<Holder, End> {
        let first = tokio::select! {
            first = timeout(HELLO, self.socket.recv()) => first,
            () = self.services.stop.wait() => return Err(Some(FeedEnd::Stopping)),
        };
        let Ok(Some(Ok(Message::Text(text)))) = first else { return Err(Some(FeedEnd::BadFrame)) };
        let Ok(PictureRequest::Hello { ticket, wire }) = serde_json::from_str(&text) else { return Err(Some(FeedEnd::BadFrame)) };
        let holder = self.services.tickets.redeem(&ticket, TicketPurpose::Pictures, now_ms()).ok_or(Some(FeedEnd::BadTicket))?;
        if !wire::VERSION.serves(wire) {
            return Err(Some(FeedEnd::BadVersion));
        }
        self.say(&PictureNotice::Hello { wire: wire::VERSION }).await?;
        Ok(holder)
    }

    /// Looks at these doors and no others. Those that stay are not started anew.
    async fn watch(&mut self, holder: &Holder, doors: Vec<String>) -> Result<(), End> {
        self.tiles.retain(|tile| doors.contains(&tile.door));
        for door in doors {
            if self.tiles.iter().any(|tile| tile.door == door) {
                continue;
            }
            if self.tiles.len() >= MAX_DOORS {
                self.say(&PictureNotice::Trouble { door, trouble: PictureTrouble::TooMany }).await?;
                continue;
            }
            match self.watch_of(holder, &door) {
                None => {
                    self.strange(holder, &door).await?;
                    self.say(&PictureNotice::Trouble { door, trouble: PictureTrouble::NoSuchPicture }).await?;
                }
                Some(watch) => {
                    let view = watch.now();
                    self.tiles.push(Tile { door, watch, sent: 0, trouble: None });
                    self.show(self.tiles.len() - 1, view).await?;
                }
            }
        }
        Ok(())
    }

    /// Begins to look at a door, if this person may.
    fn watch_of(&self, holder: &Holder, door: &str) -> Option<Watch> {
        self.may_watch(holder, door).then(|| self.services.doors.watch(&holder.person.tenant, door)).flatten()
    }

    /// The first try of a page at a door that is not theirs to look at is in the log; further ones are not, so that it cannot be filled.
    async fn strange(&mut self, holder: &Holder, door: &str) -> Result<(), End> {
        let person = &holder.person;
        let known = self.may_watch(holder, door);
        if known || std::mem::replace(&mut self.strange, true) {
            return Ok(());
        }
        let entry = LogEntry::new(Some(person.tenant.clone()), "door_picture_seen", "not_found")
            .detail("door", door.chars().take(64).collect::<String>())
            .personal("person", person.id.to_string());
        self.services.store.log(&entry).await.map(|_| ()).map_err(|error| {
            tracing::error!(%error, "a row about a picture could not be written");
            None
        })
    }

    fn may_watch(&self, holder: &Holder, door: &str) -> bool {
        let Some(person) = self.services.directory.person_by_id(&holder.person.id) else { return false };
        let Some((site, _)) = self.services.doors.premises().entrance(&person.tenant, door) else { return false };
        let here = person.sites.iter().any(|bound| bound.id == site.id);
        here && rights::reach(&person.roles, Act::DoorPicture) >= Reach::Sites
    }

    /// Stops with the doors that this person may not look at any more.
    async fn look_away(&mut self, holder: &Holder) -> Result<(), End> {
        while let Some(at) = self.tiles.iter().position(|tile| !self.may_watch(holder, &tile.door)) {
            let door = self.tiles.remove(at).door;
            self.say(&PictureNotice::Trouble { door, trouble: PictureTrouble::NoSuchPicture }).await?;
        }
        Ok(())
    }

    /// Sends what is new about one door.
    async fn show(&mut self, index: usize, view: View) -> Result<(), End> {
        let Some(tile) = self.tiles.get_mut(index) else { return Ok(()) };
        let fresh = view.frame.filter(|frame| frame.number > tile.sent);
        let news = view.trouble.filter(|trouble| tile.trouble != Some(*trouble));
        tile.trouble = view.trouble;
        let door = tile.door.clone();
        if let Some(frame) = fresh {
            tile.sent = frame.number;
            let age_ms = u32::try_from(frame.at.elapsed().as_millis()).unwrap_or(u32::MAX);
            let picture = PictureFrame { door: &door, number: frame.number, age_ms, jpeg: &frame.jpeg };
            if let Some(bytes) = picture.to_bytes() {
                self.send(Message::Binary(bytes.into())).await?;
            }
        }
        if let Some(trouble) = news {
            self.say(&PictureNotice::Trouble { door, trouble: trouble.into() }).await?;
        }
        Ok(())
    }

    async fn say(&mut self, notice: &PictureNotice) -> Result<(), End> {
        let text = serde_json::to_string(notice).map_err(|e| {
            tracing::error!(error = %e, "a frame cannot be written");
            None
        })?;
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(SLOW, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(None),
        }
    }
}

/// The first door that changes.
async fn next(tiles: &mut [Tile]) -> (usize, View) {
    if tiles.is_empty() {
        return std::future::pending().await;
    }
    let ((index, view), _, _) =
        select_all(tiles.iter_mut().enumerate().map(|(index, tile)| Box::pin(async move { (index, tile.watch.changed().await) }))).await;
    (index, view)
}

impl From<Trouble> for PictureTrouble {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NotReached => Self::NotReached,
            Trouble::AddressRefused => Self::AddressRefused,
            Trouble::TlsUntrusted => Self::TlsUntrusted,
            Trouble::WrongToken => Self::WrongToken,
            Trouble::Status(_) => Self::Status,
            Trouble::NoBoundary => Self::NoBoundary,
            Trouble::HugePart => Self::HugePart,
            Trouble::EmptyPart => Self::EmptyPart,
            Trouble::NotJpeg => Self::NotJpeg,
            Trouble::Delayed => Self::Delayed,
            Trouble::Ended => Self::Ended,
        }
    }
}
