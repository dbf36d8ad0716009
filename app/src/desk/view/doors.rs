//! Doors: what can be opened, what becomes of it, and who opened what before.

use wire::{AccessRow, Door, RelayRelease, Release, Role};

use super::call::Who;
use super::work::Moment;
use crate::desk::call::{Call, presentable};
use crate::desk::state::{Doors, Session};
use crate::desk::{CallKey, Desk};

pub use wire::{KeptPicture, PictureTrouble, ReleaseOutcome as DoorOutcome};

/// How long the outcome of a release stands beside its button.
const SHOWN_MS: i64 = 60_000;

/// One door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorView {
    /// Id of the entrance.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// Id of its site.
    pub site_id: String,
    /// Name of its site.
    pub site: String,
    /// What whoever answers has to know; may be empty.
    pub instructions: String,
    /// There is a picture.
    pub pictures: bool,
    /// What can be switched.
    pub relays: Vec<RelayView>,
    /// The call of its station: ringing, in conversation or just over.
    pub call: Option<CallKey>,
}

/// One relay of a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayView {
    /// Its number.
    pub relay: u8,
    /// Name to show.
    pub name: String,
    /// Whoever opens types a code.
    pub typed_code: bool,
    /// Opening is possible, and for what; absent for whoever may not.
    pub press: Option<Press>,
    /// What is known of the last release.
    pub state: RelayState,
}

/// What pressing a relay means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// The door opens.
    Open,
    /// The relay is tried.
    Test,
}

/// What is known of the last release of a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayState {
    /// Nothing worth showing.
    Idle,
    /// Asked for; by whom, where it was not from here.
    Pending(Option<String>),
    /// Its outcome.
    Done(DoneView),
}

/// The outcome of a release for one relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneView {
    /// What became of it.
    pub outcome: DoorOutcome,
    /// Why, as a fixed word; may be empty.
    pub why: String,
    /// Who asked; may be empty.
    pub by: String,
    /// Who opens it already, where that is why.
    pub opened_by: Option<String>,
    /// When the next try is possible, where one has to wait.
    pub until: Option<Moment>,
}

/// State of a door's picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PictureView {
    /// None has come yet.
    #[default]
    Waiting,
    /// Fresh pictures come.
    Live,
    /// The picture that is shown is so many seconds old.
    Old(u64),
    /// What is wrong, and how many seconds the last picture is old, where there was one.
    Wrong(PictureTrouble, Option<u64>),
}

/// Pictures of this age are fresh.
const FRESH_MS: u64 = 2_500;

impl PictureView {
    /// From what is known of the last picture.
    #[must_use]
    pub fn of(age_ms: Option<u64>, trouble: Option<PictureTrouble>, connected: bool) -> PictureView {
        match (age_ms, trouble) {
            (age_ms, Some(trouble)) => PictureView::Wrong(trouble, age_ms.map(|age| age / 1000)),
            (Some(age), None) if age <= FRESH_MS && connected => PictureView::Live,
            (Some(age), None) => PictureView::Old(age / 1000),
            (None, None) => PictureView::Waiting,
        }
    }
}

/// The list of entrances as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntrancesView {
    /// The list is known.
    pub loaded: bool,
    /// The switchboard could not be asked.
    pub failed: bool,
}

/// The access log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessView {
    /// Newest first, one per relay.
    pub rows: Vec<AccessEntry>,
    /// A fetch runs.
    pub loading: bool,
    /// Older rows can be fetched.
    pub more: bool,
    /// The switchboard could not be asked; what is shown may be incomplete.
    pub failed: bool,
    /// What was searched for.
    pub find: String,
}

/// One relay of one release.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessEntry {
    /// Stable key: number of the row and of the relay.
    pub id: (String, u8),
    /// When it was asked for, Unix time in milliseconds.
    pub at: i64,
    /// Name of the site.
    pub site: String,
    /// Name of the door.
    pub door: String,
    /// Name of the relay, or its number; empty where nothing was opened: somebody rang.
    pub relay: String,
    /// What became of it; absent where only the beginning is known.
    pub outcome: Option<DoorOutcome>,
    /// Why, as a fixed word; may be empty.
    pub why: String,
    /// Who asked; empty where the name was erased.
    pub by: String,
    /// An administrator tried the relay.
    pub test: bool,
    /// What the person wrote down; may be empty.
    pub note: String,
    /// Who rang in the call that it belongs to.
    pub caller: Option<String>,
    /// Pictures that are kept of the release, at its first relay.
    pub pictures: Vec<KeptPicture>,
}

impl Desk {
    /// All doors of one's sites.
    #[must_use]
    pub fn door_views(&self) -> Vec<DoorView> {
        let doors = &self.state.doors;
        let press = match (self.may_open(), self.may_test()) {
            (true, _) => Some(Press::Open),
            (false, true) => Some(Press::Test),
            (false, false) => None,
        };
        let all = doors.sites.iter().flat_map(|site| site.doors.iter().map(move |door| (site, door)));
        all.map(|(site, door)| DoorView {
            id: door.id.clone(),
            name: presentable(&door.name),
            site_id: site.id.clone(),
            site: presentable(&site.name),
            instructions: site.instructions.clone(),
            pictures: door.pictures,
            relays: door
                .relays
                .iter()
                .map(|relay| RelayView {
                    relay: relay.relay,
                    name: presentable(&relay.name),
                    typed_code: relay.typed_code,
                    press,
                    state: self.relay_state(&door.id, relay.relay),
                })
                .collect(),
            call: door.sip_user.as_ref().and_then(|user| self.call_of_station(user)),
        })
        .collect()
    }

    /// Whether there are doors at all.
    #[must_use]
    pub fn entrances_view(&self) -> EntrancesView {
        EntrancesView { loaded: self.state.doors.loaded, failed: self.state.doors.failed }
    }

    /// The access log.
    #[must_use]
    pub fn access_view(&self) -> AccessView {
        let access = &self.state.access;
        AccessView {
            rows: access.rows.iter().flat_map(|row| entries(row, &self.state.doors)).collect(),
            loading: access.loading,
            more: access.next.is_some(),
            failed: access.failed,
            find: access.find.clone(),
        }
    }

    /// The door whose station calls from this address.
    pub(super) fn door_of(&self, address: &str) -> Option<String> {
        self.door_at(address).map(|door| door.id.clone())
    }

    /// The other side of a call. A station has the name of its door, whatever it calls itself.
    pub(in crate::desk) fn who(&self, call: &Call) -> Who {
        let door = self.door_at(&call.address).map(|door| Who { name: presentable(&door.name), number: None });
        door.unwrap_or_else(|| call.who.clone())
    }

    fn door_at(&self, address: &str) -> Option<&Door> {
        let mut doors = self.state.doors.sites.iter().flat_map(|site| &site.doors);
        doors.find(|door| door.sip_user.as_deref() == Some(address))
    }

    pub(in crate::desk) fn may_open(&self) -> bool {
        self.has_role(|role| matches!(role, Role::Agent | Role::Concierge))
    }

    pub(in crate::desk) fn may_test(&self) -> bool {
        self.has_role(|role| *role == Role::Administrator)
    }

    fn has_role(&self, which: impl Fn(&Role) -> bool) -> bool {
        match &self.state.session {
            Session::In(signed_in) => signed_in.me.roles.iter().any(which),
            Session::Starting | Session::Out { .. } | Session::Visitor(_) => false,
        }
    }

    fn call_of_station(&self, user: &str) -> Option<CallKey> {
        let mut theirs = self.state.calls.iter().filter(|call| call.address == user);
        theirs.rfind(|call| call.live()).map(|call| call.key)
    }

    fn relay_state(&self, door: &str, relay: u8) -> RelayState {
        let doors = &self.state.doors;
        if doors.asks.iter().any(|ask| ask.order.door == door && ask.order.relay == relay) {
            return RelayState::Pending(None);
        }
        let server_now = self.state.work.server_now(self.state.now);
        let recent = |release: &&Release| release.entrance == door && release.done_at.is_none_or(|done| server_now - done < SHOWN_MS);
        let of_relay = doors.releases.iter().filter(recent).filter_map(|release| {
            let outcome = release.relays.iter().find(|known| known.relay == relay)?;
            // That somebody else came too late is news for them alone.
            let busy = outcome.outcome == Some(DoorOutcome::Busy) && !doors.ours.contains(&release.id);
            (!busy).then_some((release, outcome))
        });
        let Some((release, last)) = of_relay.max_by_key(|(release, _)| release.asked_at) else { return RelayState::Idle };
        let Some(outcome) = last.outcome else { return RelayState::Pending(Some(presentable(&release.by))) };
        RelayState::Done(DoneView {
            outcome,
            why: last.cause.clone().unwrap_or_default(),
            by: presentable(&release.by),
            opened_by: last.opened_by.as_deref().map(presentable),
            until: last.until.map(|until| Moment(until - self.state.work.clock.ahead())),
        })
    }
}

/// One entry per relay; a ring, of which nothing came, is one too.
fn entries(row: &AccessRow, doors: &Doors) -> Vec<AccessEntry> {
    let release = &row.release;
    let caller = row.caller.as_ref().map(|peer| peer.display_name.as_ref().unwrap_or(&peer.address));
    let plain = AccessEntry {
        // One id may stand in two rows: once of its owner, once of whoever tried it again. A ring has none.
        id: (format!("{}/{}", row.contact.as_ref().filter(|_| release.id.is_empty()).unwrap_or(&release.id), release.asked_at), 0),
        at: release.asked_at,
        site: presentable(&row.site),
        door: presentable(&row.door),
        relay: String::new(),
        outcome: None,
        why: String::new(),
        by: presentable(&release.by),
        test: release.test,
        note: presentable(&row.reason),
        caller: caller.map(|name| presentable(name)).filter(|name| !name.is_empty()),
        pictures: Vec::new(),
    };
    let relay = |relay: &RelayRelease| AccessEntry {
        id: (plain.id.0.clone(), relay.relay),
        relay: doors.relay(&release.entrance, relay.relay).map_or_else(|| relay.relay.to_string(), |known| presentable(&known.name)),
        outcome: relay.outcome,
        why: relay.cause.clone().unwrap_or_default(),
        ..plain.clone()
    };
    let mut entries: Vec<AccessEntry> = release.relays.iter().map(relay).collect();
    if entries.is_empty() {
        entries.push(plain);
    }
    if let Some(first) = entries.first_mut() {
        first.pictures.clone_from(&row.pictures);
    }
    entries
}
