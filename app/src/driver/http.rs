//! The switchboard's REST surface. The session is a cookie that scripts cannot read.

pub mod office;

use gloo_net::http::{Request as Fetch, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortSignal, RequestCache};
use wire::{
    AccessPage, ApiError, Callers, DeskProfile, DoorList, ErrorCode, Figures, HistoryPage, Me, ReleaseAnswer, ReleaseRequest, Secret,
    SignIn, Ticket, TicketPurpose, TicketRequest, TonesPlayed, VisitorProfile, VisitorQueue, VisitorWish,
};

use super::Sink;

/// An answer takes at most this long.
const TIMEOUT_MS: u32 = 10_000;
/// The same for a ticket. It is asked for when a way may just have been lost: on a connection that is dead already nobody answers, and the
/// next try gets another one.
const TICKET_TIMEOUT_MS: u32 = 4_000;
/// Where whoever is signed in gets a ticket.
pub(super) const TICKET: &str = "/api/ticket";
/// Rows of a page.
const PAGE: u32 = 50;
/// Callers of a part of those who wait.
const CALLERS: u32 = 25;

/// What can be asked.
pub enum Request {
    /// Who is signed in?
    Session,
    /// Sign in.
    SignIn {
        /// User name.
        user: String,
        /// Password, sent once.
        password: Secret,
        /// The password from now on, where the present one is good for one sign-in only.
        new_password: Option<Secret>,
    },
    /// End the session.
    SignOut,
    /// Everything a desk needs to register.
    Profile,
    /// The queue of a visitor's page.
    VisitorQueue {
        /// As the page's address names it.
        path: String,
    },
    /// A guest's profile.
    VisitorProfile {
        /// As the page's address names the queue.
        path: String,
        /// As which guest.
        wish: VisitorWish,
    },
    /// One's own day so far.
    Figures,
    /// A part of those who wait in a queue.
    Callers {
        /// Name of the queue.
        queue: String,
        /// Cursor.
        after: Option<String>,
    },
    /// The doors of one's sites.
    Doors,
    /// Open a door.
    Release {
        /// Number for the answer.
        ask: u64,
        /// Id of the entrance.
        door: String,
        /// What is asked for.
        body: Box<ReleaseRequest>,
    },
    /// A door's code was played as tones, or could not be.
    Played {
        /// Number of the release.
        ask: u64,
        /// Id of the entrance.
        door: String,
        /// What became of it.
        played: TonesPlayed,
    },
    /// Rows of the access log.
    Access {
        /// Words that they hold.
        find: String,
        /// `AccessPage::next` of the page before.
        before: Option<String>,
    },
    /// Past calls, before a cursor.
    History {
        /// `HistoryPage::next` of the page before.
        before: Option<String>,
    },
}

/// What came of it.
pub enum Event {
    /// Answer to [`Request::Session`].
    Session(Result<Option<Box<Me>>, Failure>),
    /// Answer to [`Request::SignIn`].
    SignIn(Result<Box<Me>, Failure>),
    /// Answer to [`Request::SignOut`].
    SignOut(Result<(), Failure>),
    /// Answer to [`Request::Profile`].
    Profile(Result<Box<DeskProfile>, Failure>),
    /// Answer to [`Request::VisitorQueue`].
    VisitorQueue(Result<VisitorQueue, Failure>),
    /// Answer to [`Request::VisitorProfile`].
    VisitorProfile(Result<Box<VisitorProfile>, Failure>),
    /// Answer to [`Request::Figures`].
    Figures(Result<Figures, Failure>),
    /// A part of those who wait in a queue.
    Callers {
        /// Name of the queue.
        queue: String,
        /// The cursor that was asked for.
        after: Option<String>,
        /// The callers.
        part: Result<Callers, Failure>,
    },
    /// Answer to [`Request::Doors`].
    Doors(Result<DoorList, Failure>),
    /// Answer to [`Request::Release`] and [`Request::Played`].
    Release {
        /// As asked.
        ask: u64,
        /// What became of it.
        result: Result<ReleaseAnswer, Failure>,
    },
    /// Answer to [`Request::Access`].
    Access {
        /// As asked.
        find: String,
        /// As asked.
        before: Option<String>,
        /// The rows.
        page: Result<AccessPage, Failure>,
    },
    /// Answer to [`Request::History`].
    History {
        /// As asked.
        before: Option<String>,
        /// The rows.
        page: Result<HistoryPage, Failure>,
    },
}

/// The body of a request that says nothing: `{}`.
#[derive(Serialize)]
struct NoBody {}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// Reason given by the switchboard.
    pub code: Option<ErrorCode>,
    /// Seconds to wait.
    pub retry_after: Option<u32>,
}

impl Failure {
    pub(super) const UNREACHABLE: Failure = Failure { status: None, code: None, retry_after: None };
}

/// Sends requests; answers come through the sink.
#[derive(Clone)]
pub struct Http {
    sink: Sink<Event>,
}

impl Http {
    /// Answers go to `sink`.
    #[must_use]
    pub fn new(sink: Sink<Event>) -> Http {
        Http { sink }
    }

    /// Asks.
    pub fn send(&self, request: Request) {
        let sink = self.sink.clone();
        spawn_local(async move { sink(perform(request).await) });
    }
}

async fn perform(request: Request) -> Event {
    match request {
        Request::Session => Event::Session(session().await),
        Request::SignIn { user, password, new_password } => Event::SignIn(sign_in(user, password, new_password).await),
        Request::SignOut => Event::SignOut(sign_out().await),
        Request::Profile => Event::Profile(post("/api/desk", &NoBody {}).await),
        Request::VisitorQueue { path } => Event::VisitorQueue(get(&call_address(&path)).await),
        Request::VisitorProfile { path, wish } => Event::VisitorProfile(post(&call_address(&path), &wish).await),
        Request::Figures => Event::Figures(get("/api/figures").await),
        Request::Callers { queue, after } => {
            let cursor = after.as_deref().map_or_else(String::new, |after| format!("&after={}", escaped(after)));
            let part = get(&format!("/api/queues/{}/callers?limit={CALLERS}{cursor}", escaped(&queue))).await;
            Event::Callers { queue, after, part }
        }
        Request::Doors => Event::Doors(get("/api/doors").await),
        Request::Release { ask, door, body } => {
            let result = post(&format!("/api/doors/{}/release", escaped(&door)), &body).await;
            Event::Release { ask, result }
        }
        Request::Played { ask, door, played } => {
            let result = post(&format!("/api/doors/{}/played", escaped(&door)), &played).await;
            Event::Release { ask, result }
        }
        Request::Access { find, before } => {
            let page = get(&format!("/api/access?limit={PAGE}&find={}{}", escaped(&find), cursor(before.as_deref()))).await;
            Event::Access { find, before, page }
        }
        Request::History { before } => {
            let page = get(&format!("/api/history?limit={PAGE}{}", cursor(before.as_deref()))).await;
            Event::History { before, page }
        }
    }
}

fn cursor(before: Option<&str>) -> String {
    before.map_or_else(String::new, |before| format!("&before={}", escaped(before)))
}

/// Text as a value in an address.
#[must_use]
pub fn escaped(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Where a visitor's page asks. The path is part of the page's own address, with its escapes.
fn call_address(path: &str) -> String {
    format!("/api/call/{path}")
}

/// Who is signed in. By itself, like [`sign_in`]: the sign-in page needs no other request.
pub async fn session() -> Result<Option<Box<Me>>, Failure> {
    get("/api/session").await
}

/// Signs in.
pub async fn sign_in(user: String, password: Secret, new_password: Option<Secret>) -> Result<Box<Me>, Failure> {
    post("/api/session", &SignIn { user, password, new_password }).await
}

/// A ticket for a socket.
pub(super) async fn ticket(address: &str, purpose: TicketPurpose) -> Result<Ticket, Failure> {
    post_within(TICKET_TIMEOUT_MS, address, &TicketRequest { purpose }).await
}

/// Whether the switchboard takes calls.
pub(super) enum Health {
    /// It does; or something in front of it answers that knows no such address, and a socket may be tried.
    Well,
    /// It does not, or nobody answers.
    Busy {
        /// Seconds to wait, where it names them.
        retry_after: Option<u32>,
    },
}

/// Asks whether the switchboard takes calls.
pub(super) async fn health() -> Health {
    match within(TICKET_TIMEOUT_MS, Fetch::get("/healthz")).cache(RequestCache::NoStore).send().await {
        Ok(response) if matches!(response.status(), 429 | 500..=599) => Health::Busy { retry_after: wait_of(&response) },
        Ok(_) => Health::Well,
        Err(_) => Health::Busy { retry_after: None },
    }
}

/// Ends the session.
pub async fn sign_out() -> Result<(), Failure> {
    let response = limited(Fetch::delete("/api/session")).send().await.map_err(|_| Failure::UNREACHABLE)?;
    if response.ok() { Ok(()) } else { Err(refusal(response).await) }
}

pub(super) async fn get<T: DeserializeOwned>(address: &str) -> Result<T, Failure> {
    let response = limited(Fetch::get(address)).send().await.map_err(|_| Failure::UNREACHABLE)?;
    read(response).await
}

pub(super) async fn post<T: DeserializeOwned>(address: &str, body: &impl Serialize) -> Result<T, Failure> {
    post_within(TIMEOUT_MS, address, body).await
}

async fn post_within<T: DeserializeOwned>(ms: u32, address: &str, body: &impl Serialize) -> Result<T, Failure> {
    let request = within(ms, Fetch::post(address)).json(body).map_err(|_| Failure::UNREACHABLE)?;
    read(request.send().await.map_err(|_| Failure::UNREACHABLE)?).await
}

pub(super) fn limited(request: RequestBuilder) -> RequestBuilder {
    within(TIMEOUT_MS, request)
}

fn within(ms: u32, request: RequestBuilder) -> RequestBuilder {
    let signal = AbortSignal::timeout_with_u32(ms);
    request.abort_signal(Some(&signal)).header("Accept", "application/json")
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    if !response.ok() {
        return Err(refusal(response).await);
    }
    let status = response.status();
    text(response).await.ok_or(Failure { status: Some(status), code: None, retry_after: None })
}

/// By way of a string, like the frames of the feed: a second kind of reader would double the decoders in the download.
pub(super) async fn text<T: DeserializeOwned>(response: Response) -> Option<T> {
    serde_json::from_str(&response.text().await.ok()?).ok()
}

/// Seconds of Retry-After (RFC 9110 section 10.2.3; the form with a date is not used by the switchboard).
fn wait_of(response: &Response) -> Option<u32> {
    response.headers().get("retry-after").and_then(|value| value.trim().parse().ok())
}

pub(super) async fn refusal(response: Response) -> Failure {
    let status = response.status();
    let header = wait_of(&response);
    let error = text::<ApiError>(response).await;
    Failure {
        status: Some(status),
        code: error.as_ref().map(|error| error.code),
        retry_after: error.and_then(|error| error.retry_after).or(header),
    }
}
