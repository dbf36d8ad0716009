//! Who may do what, and where: the one table of role × site × command. Every route, every order of a page and every kind of row that
//! a feed carries has its line here; nothing is served or done without asking it. An act without a line does not compile.

use crate::directory::Person;
use axum::http::Method;
use wire::{Change, ClientFrame, Order, Role, Steer};

/// How far a right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Not at all.
    Nothing,
    /// What is one's own.
    Own,
    /// What belongs to one of one's sites.
    Sites,
    /// Everything of one's tenant.
    Tenant,
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Whoever reaches the server, signed in or not.
    Anybody,
    /// A screen with a link to the wallboard, and no person. Its column is [`Act::of_screens`].
    Link,
    /// By role, in the order of [`ROLES`].
    Roles([Reach; 5]),
}

/// What a frame of a page takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// No right: it keeps the feed itself going, or is ignored. What a feed shows has lines of its own.
    Nothing,
    /// The right to an order. Where orders are carried out it is asked for, since a refusal is answered and written down. `None` for one of
    /// a later version, which nobody may give.
    Order(Option<Act>),
    /// This right; without it the frame changes nothing.
    Right(Act),
}

/// The columns of the table.
pub const ROLES: [Role; 5] = [Role::Agent, Role::Concierge, Role::Supervisor, Role::Viewer, Role::Administrator];

/// Declares acts together with their lines, so that there is no act without one.
macro_rules! table {
    ($($(#[$doc:meta])* $act:ident = $line:expr;)*) => {
        /// Something that is asked of the server or shown by it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act {
            $($(#[$doc])* $act,)*
        }

        impl Act {
            /// All acts, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$act),*];

            /// The act's line.
            #[must_use]
            pub const fn line(self) -> Line {
                use Reach::{Nothing, Own, Sites, Tenant};
                match self {
                    $(Self::$act => $line,)*
                }
            }
        }
    };
}

table! {
    // Routes.                                   agent    concierge supervisor viewer  administrator
    /// `GET /api/session`: who am I.
    ShowSession        = Line::Anybody;
    /// `POST /api/session`
    SignIn             = Line::Anybody;
    /// `DELETE /api/session`
    SignOut            = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// `POST /api/session/password`: another password for oneself.
    PasswordChange     = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// `GET /api/sessions`: who is signed in where.
    SessionList        = Line::Roles([           Own,     Own,      Own,       Own,    Sites]);
    /// `DELETE /api/sessions/<id>`: ends one of them.
    SessionEnd         = Line::Roles([           Own,     Own,      Own,       Own,    Sites]);
    /// `DELETE /api/sessions?person=<id>`: ends all of a person.
    SessionsEnd        = Line::Roles([           Own,     Own,      Own,       Own,    Sites]);
    /// `GET /api/lockouts`: who is locked out.
    LockoutList        = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `DELETE /api/lockouts/<id>`: lifts a lock-out.
    LockoutLift        = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `GET /api/audit`: who did what.
    AuditLog           = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `GET /api/audit/proof`: whether the log is as it was written. The chain is one for all sites.
    AuditProof         = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Tenant]);
    /// `POST /api/desk`: credentials of one's own phone.
    DeskProfile        = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// `POST /api/ticket`: a ticket for a socket; what the socket shows has lines of its own.
    Ticket             = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// `GET /api/history`
    History            = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// `GET /api/figures`
    Figures            = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// `GET /api/call/<queue>`: a visitor looks whether a queue is open.
    VisitorLook        = Line::Anybody;
    /// `POST /api/call/<queue>`: a visitor wants to call it.
    VisitorCall        = Line::Anybody;
    /// `GET /api/access`: who opened what.
    AccessLog          = Line::Roles([           Own,     Sites,    Sites,     Own,    Sites]);
    /// `GET /api/access.csv`
    AccessFile         = Line::Roles([           Own,     Sites,    Sites,     Own,    Sites]);
    /// `GET /api/walls`: links to the wallboard.
    WallList           = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Sites]);
    /// `POST /api/walls`
    WallMake           = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Sites]);
    /// `DELETE /api/walls/<id>`
    WallRevoke         = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Sites]);
    /// `GET /api/wall`: a screen that came with a link before.
    WallLook           = Line::Link;
    /// `POST /api/wall`: a screen comes with a link.
    WallOpen           = Line::Link;
    /// `POST /api/wall/ticket`: a ticket for its feed.
    WallTicket         = Line::Link;
    /// `GET /api/doors`
    DoorList           = Line::Roles([           Sites,   Sites,    Sites,     Sites,  Sites]);
    /// `POST /api/doors/<entrance>/release`: asking at all; opening and testing have lines of their own.
    DoorRelease        = Line::Roles([           Sites,   Sites,    Sites,     Sites,  Sites]);
    /// `POST /api/doors/<entrance>/played`: a desk says that it has sent the tones of one's own release.
    DoorPlayed         = Line::Roles([           Own,     Own,      Nothing,   Nothing, Own]);
    /// `GET /api/snapshots/<id>`: asking at all; who sees a picture has a line of its own, so that others learn nothing of its existence.
    Snapshot           = Line::Roles([           Sites,   Sites,    Sites,     Sites,  Sites]);
    // Administration: how far it reaches is told further by `admin`, record by record.
    /// `GET /api/admin/people`: who exists at one's sites.
    AdminPeople        = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `POST /api/admin/people`
    AdminPersonAdd     = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `PUT /api/admin/people/<user>`
    AdminPersonChange  = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `DELETE /api/admin/people/<user>`
    AdminPersonRemove  = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `POST /api/admin/people/<user>/password`: a password for one sign-in.
    AdminPersonPassword = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `GET /api/admin/queues`: queues of one's sites.
    AdminQueues        = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `POST /api/admin/queues`
    AdminQueueAdd      = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `PUT /api/admin/queues/<name>`
    AdminQueueChange   = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `DELETE /api/admin/queues/<name>`
    AdminQueueRemove   = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `GET /api/admin/reasons`: reasons for a pause; changing them takes all sites of the tenant.
    AdminReasons       = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `POST /api/admin/reasons`
    AdminReasonAdd     = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `PUT /api/admin/reasons/<name>`
    AdminReasonChange  = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `DELETE /api/admin/reasons/<name>`
    AdminReasonRemove  = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// `GET /api/reports/queues`
    ReportQueues       = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);
    /// `GET /api/reports/sites`
    ReportSites        = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);
    /// `GET /api/reports/agents`
    ReportAgents       = Line::Roles([           Own,     Own,      Sites,     Sites,  Sites]);
    /// `GET /api/reports/reasons`: times of pauses by their reasons.
    ReportReasons      = Line::Roles([           Own,     Own,      Sites,     Sites,  Sites]);
    /// `GET /api/reports/dispositions`
    ReportDispositions = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);
    /// `GET /api/reports/calls`: the calls behind a figure.
    ReportCalls        = Line::Roles([           Own,     Own,      Sites,     Sites,  Sites]);
    /// `GET /api/calls/<contact>`: one call from its first event to its last.
    CallTimeline       = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);
    /// `GET /api/queues/<queue>/callers`: those who wait, also behind the ones that the floor shows.
    QueueCallers       = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);

    // What a route decides by its body, or a socket by its frames.
    /// Open a door.
    DoorOpen           = Line::Roles([           Sites,   Sites,    Nothing,   Nothing, Nothing]);
    /// Try one relay of a door.
    DoorTest           = Line::Roles([           Nothing, Nothing,  Nothing,   Nothing, Sites]);
    /// See a kept picture of a door: it shows people.
    SnapshotSee        = Line::Roles([           Nothing, Sites,    Sites,     Nothing, Sites]);
    /// Look at a door's picture.
    DoorPicture        = Line::Roles([           Sites,   Sites,    Sites,     Sites,  Sites]);

    // Rows of the feed.
    /// The directory with presence.
    SeePeople          = Line::Roles([           Tenant,  Tenant,   Tenant,    Tenant, Tenant]);
    /// One's own calls and their ends.
    SeeCalls           = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// What one does for the queues.
    SeeWork            = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// The queues whose calls one gets.
    SeeQueues          = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// Releases at the doors.
    SeeReleases        = Line::Roles([           Sites,   Sites,    Sites,     Sites,  Sites]);
    /// What somebody in charge did or wrote to one.
    SeeTold            = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// The floor: agents at work.
    SeeFloorAgents     = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);
    /// The floor: queues and who waits.
    SeeFloorQueues     = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);
    /// The floor: how many agents do what, without a name.
    SeeFloorStaff      = Line::Link;
    /// The floor: figures of a queue's day.
    SeeFloorFigures    = Line::Roles([           Nothing, Nothing,  Sites,     Sites,  Sites]);

    // Orders about oneself.
    /// Take calls of queues.
    Ready              = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// Take none.
    Pause              = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// Finish a call.
    FinishWrapUp       = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// Take longer to finish a call, as often as its queue allows.
    ExtendWrapUp       = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// A message was read.
    Seen               = Line::Roles([           Own,     Own,      Own,       Own,    Own]);

    // What a page says of itself.
    /// Say how the sound of one's call is.
    SayQuality         = Line::Roles([           Own,     Own,      Own,       Own,    Own]);
    /// Say whether one's phone takes calls of queues.
    SayPhone           = Line::Roles([           Own,     Own,      Own,       Own,    Own]);

    // Orders about others.
    /// Make an agent ready.
    SteerReady         = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Pause an agent.
    SteerPause         = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// End the wrap-up of an agent.
    SteerEndWrapUp     = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Have the call of an agent instead of them.
    SteerTakeOver      = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Listen to the call of an agent, whisper or come in.
    SteerSupervise     = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Let an agent take calls of a queue, or not.
    SteerMember        = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Let an agent belong to a queue, or not any more.
    SteerBelong        = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Move a waiting caller to another queue.
    SteerMove          = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Change the priority of a waiting caller.
    SteerPrioritise    = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Give a waiting caller to an agent.
    SteerAssign        = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Acknowledge an alarm of a queue.
    SteerAcknowledge   = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
    /// Write to one person or to all.
    SteerTell          = Line::Roles([           Nothing, Nothing,  Sites,     Nothing, Nothing]);
}

impl Act {
    /// What a frame of a page takes: one that is new does not compile before it is said here.
    #[must_use]
    pub fn of_frame(frame: &ClientFrame) -> Takes {
        match frame {
            ClientFrame::Hello { .. } | ClientFrame::Heartbeat { .. } | ClientFrame::Resync | ClientFrame::Unknown => Takes::Nothing,
            ClientFrame::Order { order, .. } => Takes::Order(Self::of_order(order)),
            ClientFrame::Quality { .. } => Takes::Right(Self::SayQuality),
            ClientFrame::Phone { .. } => Takes::Right(Self::SayPhone),
        }
    }

    /// The act of an order; `None` for one of a later version, which nobody may give.
    #[must_use]
    pub fn of_order(order: &Order) -> Option<Self> {
        Some(match order {
            Order::Ready => Self::Ready,
            Order::Pause { .. } => Self::Pause,
            Order::FinishWrapUp { .. } => Self::FinishWrapUp,
            Order::ExtendWrapUp { .. } => Self::ExtendWrapUp,
            Order::Seen { .. } => Self::Seen,
            Order::Steer { steer } => return Self::of_steer(steer),
            Order::Unknown => return None,
        })
    }

    /// The act of an order about others.
    #[must_use]
    pub fn of_steer(steer: &Steer) -> Option<Self> {
        Some(match steer {
            Steer::Ready { .. } => Self::SteerReady,
            Steer::Pause { .. } => Self::SteerPause,
            Steer::EndWrapUp { .. } => Self::SteerEndWrapUp,
            Steer::Member { .. } => Self::SteerMember,
            Steer::Belong { .. } => Self::SteerBelong,
            Steer::Move { .. } => Self::SteerMove,
            Steer::Prioritise { .. } => Self::SteerPrioritise,
            Steer::Assign { .. } => Self::SteerAssign,
            Steer::TakeOver { .. } => Self::SteerTakeOver,
            Steer::Supervise { .. } => Self::SteerSupervise,
            Steer::Acknowledge { .. } => Self::SteerAcknowledge,
            Steer::Tell { .. } => Self::SteerTell,
            Steer::Unknown => return None,
        })
    }

    /// The act of showing a row; `None` for one that this version does not know and never sends.
    #[must_use]
    pub fn of_row(row: &Change) -> Option<Self> {
        Some(match row {
            Change::Person { .. } | Change::PersonGone { .. } => Self::SeePeople,
            Change::Call { .. } | Change::CallEnded { .. } => Self::SeeCalls,
            Change::Agent { .. } => Self::SeeWork,
            Change::Queue { .. } => Self::SeeQueues,
            Change::Release { .. } => Self::SeeReleases,
            Change::Told { .. } => Self::SeeTold,
            Change::FloorAgent { .. } => Self::SeeFloorAgents,
            Change::FloorQueue { .. } => Self::SeeFloorQueues,
            Change::FloorFigures { .. } => Self::SeeFloorFigures,
            Change::FloorStaff { .. } => Self::SeeFloorStaff,
            Change::Unknown => return None,
        })
    }

    /// The column of screens with a link to the wallboard: whether they may do or see this, for the queues of the link.
    #[must_use]
    pub const fn of_screens(self) -> bool {
        matches!(self, Self::SeeFloorQueues | Self::SeeFloorFigures) || matches!(self.line(), Line::Link)
    }

    /// Method and address below `/api`, where the act is a route of its own.
    #[must_use]
    pub fn route(self) -> Option<(Method, &'static str)> {
        Some(match self {
            Self::ShowSession => (Method::GET, "/session"),
            Self::SignIn => (Method::POST, "/session"),
            Self::SignOut => (Method::DELETE, "/session"),
            Self::PasswordChange => (Method::POST, "/session/password"),
            Self::SessionList => (Method::GET, "/sessions"),
            Self::SessionEnd => (Method::DELETE, "/sessions/{id}"),
            Self::SessionsEnd => (Method::DELETE, "/sessions"),
            Self::LockoutList => (Method::GET, "/lockouts"),
            Self::LockoutLift => (Method::DELETE, "/lockouts/{id}"),
            Self::AuditLog => (Method::GET, "/audit"),
            Self::AuditProof => (Method::GET, "/audit/proof"),
            Self::DeskProfile => (Method::POST, "/desk"),
            Self::Ticket => (Method::POST, "/ticket"),
            Self::History => (Method::GET, "/history"),
            Self::Figures => (Method::GET, "/figures"),
            Self::VisitorLook => (Method::GET, "/call/{*queue}"),
            Self::VisitorCall => (Method::POST, "/call/{*queue}"),
            Self::AccessLog => (Method::GET, "/access"),
            Self::AccessFile => (Method::GET, "/access.csv"),
            Self::WallList => (Method::GET, "/walls"),
            Self::WallMake => (Method::POST, "/walls"),
            Self::WallRevoke => (Method::DELETE, "/walls/{id}"),
            Self::WallLook => (Method::GET, "/wall"),
            Self::WallOpen => (Method::POST, "/wall"),
            Self::WallTicket => (Method::POST, "/wall/ticket"),
            Self::DoorList => (Method::GET, "/doors"),
            Self::DoorRelease => (Method::POST, "/doors/{entrance}/release"),
            Self::DoorPlayed => (Method::POST, "/doors/{entrance}/played"),
            Self::Snapshot => (Method::GET, "/snapshots/{id}"),
            Self::AdminPeople => (Method::GET, "/admin/people"),
            Self::AdminPersonAdd => (Method::POST, "/admin/people"),
            Self::AdminPersonChange => (Method::PUT, "/admin/people/{user}"),
            Self::AdminPersonRemove => (Method::DELETE, "/admin/people/{user}"),
            Self::AdminPersonPassword => (Method::POST, "/admin/people/{user}/password"),
            Self::AdminQueues => (Method::GET, "/admin/queues"),
            Self::AdminQueueAdd => (Method::POST, "/admin/queues"),
            Self::AdminQueueChange => (Method::PUT, "/admin/queues/{name}"),
            Self::AdminQueueRemove => (Method::DELETE, "/admin/queues/{name}"),
            Self::AdminReasons => (Method::GET, "/admin/reasons"),
            Self::AdminReasonAdd => (Method::POST, "/admin/reasons"),
            Self::AdminReasonChange => (Method::PUT, "/admin/reasons/{name}"),
            Self::AdminReasonRemove => (Method::DELETE, "/admin/reasons/{name}"),
            Self::ReportQueues => (Method::GET, "/reports/queues"),
            Self::ReportSites => (Method::GET, "/reports/sites"),
            Self::ReportAgents => (Method::GET, "/reports/agents"),
            Self::ReportReasons => (Method::GET, "/reports/reasons"),
            Self::ReportDispositions => (Method::GET, "/reports/dispositions"),
            Self::ReportCalls => (Method::GET, "/reports/calls"),
            Self::CallTimeline => (Method::GET, "/calls/{contact}"),
            Self::QueueCallers => (Method::GET, "/queues/{name}/callers"),
            Self::DoorOpen
            | Self::DoorTest
            | Self::SnapshotSee
            | Self::DoorPicture
            | Self::SeePeople
            | Self::SeeCalls
            | Self::SeeWork
            | Self::SeeQueues
            | Self::SeeReleases
            | Self::SeeTold
            | Self::SeeFloorAgents
            | Self::SeeFloorQueues
            | Self::SeeFloorFigures
            | Self::SeeFloorStaff
            | Self::Ready
            | Self::Pause
            | Self::FinishWrapUp
            | Self::ExtendWrapUp
            | Self::Seen
            | Self::SayQuality
            | Self::SayPhone
            | Self::SteerReady
            | Self::SteerPause
            | Self::SteerEndWrapUp
            | Self::SteerMember
            | Self::SteerBelong
            | Self::SteerMove
            | Self::SteerPrioritise
            | Self::SteerAssign
            | Self::SteerTakeOver
            | Self::SteerSupervise
            | Self::SteerAcknowledge
            | Self::SteerTell => return None,
        })
    }
}

/// How far these roles let somebody go: the widest of their cells.
#[must_use]
pub fn reach(roles: &[Role], act: Act) -> Reach {
    let cells = match act.line() {
        Line::Anybody => return Reach::Tenant,
        Line::Link => return Reach::Nothing,
        Line::Roles(cells) => cells,
    };
    let held = ROLES.iter().zip(cells).filter(|(role, _)| roles.contains(role)).map(|(_, cell)| cell);
    held.max().unwrap_or(Reach::Nothing)
}

/// Whether a person may do this at a place that lies at any of these sites of their own tenant. What lies at no site belongs to those
/// who are bound to none: a tenant without sites is one place.
#[must_use]
pub fn may_at<'a>(person: &Person, act: Act, sites: impl Iterator<Item = &'a str>) -> bool {
    match reach(&person.roles, act) {
        Reach::Tenant => true,
        Reach::Sites => {
            let mut sites = sites.filter(|site| !site.is_empty()).peekable();
            let nowhere = sites.peek().is_none() && person.sites.is_empty();
            nowhere || sites.any(|site| person.sites.iter().any(|own| own.id == site))
        }
        Reach::Own | Reach::Nothing => false,
    }
}

/// Whether a person may do this to another one of their own tenant: they share a site.
#[must_use]
pub fn may_to(person: &Person, act: Act, other: &Person) -> bool {
    person.tenant == other.tenant && may_at(person, act, other.sites.iter().map(|site| site.id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_role_counts_and_an_unknown_one_grants_nothing() {
        assert_eq!(reach(&[Role::Agent], Act::AccessLog), Reach::Own);
        assert_eq!(reach(&[Role::Agent, Role::Concierge], Act::AccessLog), Reach::Sites);
        assert_eq!(reach(&[Role::Unknown], Act::History), Reach::Nothing);
        assert_eq!(reach(&[], Act::SignIn), Reach::Tenant);
    }

    #[test]
    fn what_a_page_says_takes_the_right_to_it_and_an_order_that_of_the_order() {
        let quality = ClientFrame::Quality { contact: "c".into(), measured: wire::Measured::default() };
        assert_eq!(Act::of_frame(&quality), Takes::Right(Act::SayQuality));
        assert_eq!(Act::of_frame(&ClientFrame::Order { id: 1, order: Order::Ready }), Takes::Order(Some(Act::Ready)));
        assert_eq!(Act::of_frame(&ClientFrame::Order { id: 1, order: Order::Unknown }), Takes::Order(None));
        assert_eq!(Act::of_frame(&ClientFrame::Phone { phone: None }), Takes::Right(Act::SayPhone));
        assert!(!Act::SayQuality.of_screens() && !Act::SayPhone.of_screens(), "nobody talks at a screen");
    }

    #[test]
    fn no_two_acts_share_a_route() {
        let mut routes: Vec<_> = Act::ALL.iter().filter_map(|act| act.route()).map(|(method, path)| format!("{method} {path}")).collect();
        let all = routes.len();
        routes.sort();
        routes.dedup();
        assert_eq!(routes.len(), all);
    }
}
