//! Pages, API and probes over HTTP. Routes only; each handler is in the file of its subject.

mod access;
mod admin;
mod assets;
mod audit;
mod callers;
mod calls;
mod csv;
mod desk;
mod doors;
mod error;
mod figures;
mod gate;
mod guard;
mod headers;
mod health;
mod history;
mod known;
mod lockouts;
mod pace;
mod password;
mod pictures;
mod reports;
mod session;
mod sessions;
mod snapshots;
mod visitor;
mod walls;
mod window;

pub use assets::{Assets, AssetsError};
pub use calls::Parked;
pub use error::Failure;
pub use gate::{Kept, Locked, News, SignInGate, hash_password};
pub use guard::{Session, listed_origin};
pub use pace::Pace;

use crate::exchange::Exchange;
use crate::rights::{Act, Line};
use crate::services::Services;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, get, on};
use axum::{Extension, Router};

/// Largest body that the API takes. The largest honest one is a person with fifty skills: 4.5 KB.
const MAX_BODY: usize = 16 * 1024;

/// Largest queue that administrators may send. With each list as long as it may be: 1,000 agents of 64 letters and their commas and quotes
/// are 67 KB, their penalties (`{"name":"…","level":10},`) 87 KB, 1,000 dispositions with labels of 100 letters of four bytes 487 KB,
/// 1,000 lines of opening hours of 64 letters 67 KB, fifty skills and the rest 10 KB: 718 KB. It leaves room for a longer queue of the
/// file: 6,000 agents with penalties.
const MAX_QUEUE: usize = 1024 * 1024;

/// Everything that is served. The exchange brings `/sip`.
pub fn router(services: Services, assets: Assets, exchange: &Exchange) -> Router {
    let routes = Act::ALL.iter().filter_map(|act| route(*act, &services));
    let api = routes
        .fold(Router::new(), |router, (path, route)| router.route(path, route))
        .fallback(guard::no_such_address)
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(services.clone(), guard::api));
    let policy = headers::Policy::new(&services.config);
    Router::new()
        .nest("/api", api)
        .route("/healthz", get(health::healthz).layer(Extension(exchange.clone())))
        .route("/metrics", get(health::metrics).layer(Extension(exchange.clone())))
        .merge(crate::feed::routes())
        .route("/pictures", get(pictures::upgrade))
        .with_state(services.clone())
        .merge(exchange.router())
        .fallback_service(assets::routes(assets))
        .layer(from_fn(move |request, next| headers::set(policy.clone(), request, next)))
}

/// The address and handler of an act that is a route, behind its line in the table of rights.
fn route(act: Act, services: &Services) -> Option<(&'static str, MethodRouter<Services>)> {
    let (method, path) = act.route()?;
    let method = MethodFilter::try_from(method).ok()?;
    let route = match act {
        Act::ShowSession => served(method, session::show),
        Act::SignIn => served(method, session::sign_in),
        Act::SignOut => served(method, session::sign_out),
        Act::PasswordChange => served(method, password::change),
        Act::SessionList => served(method, sessions::list),
        Act::SessionEnd => served(method, sessions::end),
        Act::SessionsEnd => served(method, sessions::end_all),
        Act::LockoutList => served(method, lockouts::list),
        Act::LockoutLift => served(method, lockouts::lift),
        Act::AuditLog => served(method, audit::list),
        Act::AuditProof => served(method, audit::proof),
        Act::DeskProfile => served(method, desk::profile),
        Act::Ticket => served(method, desk::ticket),
        Act::History => served(method, history::list),
        Act::Figures => served(method, figures::own),
        Act::VisitorLook => served(method, visitor::show),
        Act::VisitorCall => served(method, visitor::profile),
        Act::AccessLog => served(method, access::list),
        Act::AccessFile => served(method, access::file),
        Act::WallList => served(method, walls::list),
        Act::WallMake => served(method, walls::make),
        Act::WallRevoke => served(method, walls::revoke),
        Act::WallLook => served(method, walls::look),
        Act::WallOpen => served(method, walls::open),
        Act::WallTicket => served(method, walls::ticket),
        Act::DoorList => served(method, doors::list),
        Act::DoorRelease => served(method, doors::release),
        Act::DoorPlayed => served(method, doors::played),
        Act::Snapshot => served(method, snapshots::picture),
        Act::AdminPeople => served(method, admin::people),
        Act::AdminPersonAdd => served(method, admin::add_person),
        Act::AdminPersonChange => served(method, admin::change_person),
        Act::AdminPersonRemove => served(method, admin::remove_person),
        Act::AdminPersonPassword => served(method, admin::password),
        Act::AdminQueues => served(method, admin::queues),
        // The right is asked for before anything of the body is read.
        Act::AdminQueueAdd => served(method, admin::add_queue).layer(DefaultBodyLimit::max(MAX_QUEUE)),
        Act::AdminQueueChange => served(method, admin::change_queue).layer(DefaultBodyLimit::max(MAX_QUEUE)),
        Act::AdminQueueRemove => served(method, admin::remove_queue),
        Act::AdminReasons => served(method, admin::reasons),
        Act::AdminReasonAdd => served(method, admin::add_reason),
        Act::AdminReasonChange => served(method, admin::change_reason),
        Act::AdminReasonRemove => served(method, admin::remove_reason),
        Act::ReportQueues => served(method, reports::queues),
        Act::ReportSites => served(method, reports::sites),
        Act::ReportAgents => served(method, reports::agents),
        Act::ReportReasons => served(method, reports::reasons),
        Act::ReportDispositions => served(method, reports::dispositions),
        Act::ReportCalls => served(method, reports::calls),
        Act::CallTimeline => served(method, calls::timeline),
        Act::QueueCallers => served(method, callers::list),
        Act::DoorOpen
        | Act::DoorTest
        | Act::SnapshotSee
        | Act::DoorPicture
        | Act::SeePeople
        | Act::SeeCalls
        | Act::SeeWork
        | Act::SeeQueues
        | Act::SeeReleases
        | Act::SeeTold
        | Act::SeeFloorAgents
        | Act::SeeFloorQueues
        | Act::SeeFloorFigures
        | Act::SeeFloorStaff
        | Act::Ready
        | Act::Pause
        | Act::FinishWrapUp
        | Act::ExtendWrapUp
        | Act::Seen
        | Act::SayQuality
        | Act::SayPhone
        | Act::SteerReady
        | Act::SteerPause
        | Act::SteerEndWrapUp
        | Act::SteerTakeOver
        | Act::SteerSupervise
        | Act::SteerMember
        | Act::SteerBelong
        | Act::SteerMove
        | Act::SteerPrioritise
        | Act::SteerAssign
        | Act::SteerAcknowledge
        | Act::SteerTell => return None,
    };
    let route = match act.line() {
        // A screen with a link has no session: its handlers look at what it has.
        Line::Anybody | Line::Link => route,
        Line::Roles(_) => route.route_layer(from_fn_with_state((services.clone(), act), guard::right)),
    };
    Some((path, route))
}

fn served<H: Handler<T, Services>, T: 'static>(method: MethodFilter, handler: H) -> MethodRouter<Services> {
    on(method, handler)
}
