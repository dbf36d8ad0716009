//! The engine at work: its rows go into the chained log, its commands to the stations, its reports to whoever listens.

use super::engine::{Action, Answer, Engine, Kind, LockOut, Principal, RelayReport, Report, Request};
use super::id::ReleaseId;
use super::model::{Premises, Site};
use super::orders::Orders;
use super::outcome::{Cause, Outcome, Verdict};
use super::pictures::{Gallery, Watch};
use super::recipe::{Command, Recipe, dtmf, http};
use super::rows::{BEGUN, RELEASE, outcome_word, row};
use super::snapshots::Rings;
use crate::clock::now_ms;
use crate::config::Tenant;
use crate::directory::{Directory, Person};
use crate::floor::Floor;
use crate::ids::TenantId;
use crate::metrics::Metrics;
use crate::stop::Stop;
use crate::store::{LogEntry, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use wire::{Secret, ToneOrder, UnixMs};

/// Reports that a slow listener may fall behind before it misses some; each report is complete, so the next one makes it good.
const BACKLOG: usize = 1_024;

/// What listeners are told.
#[derive(Debug, Clone)]
pub enum News {
    /// A release changed.
    Release(Report),
    /// What became of a release stands in the log.
    Logged {
        /// Whose door.
        tenant: TenantId,
        /// The call that it belongs to.
        call: String,
    },
    /// Somebody or some door is locked out by wrong codes.
    LockedOut {
        /// Whose door.
        tenant: TenantId,
        /// Which site.
        site: String,
        /// Which door.
        entrance: String,
        /// What is locked out.
        locked: LockOut,
    },
}

/// Handle to all doors, cheap to clone.
#[derive(Debug, Clone)]
pub struct Doors(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    premises: Premises,
    engine: Mutex<Engine>,
    /// The session that each release was asked in, until it has its row.
    sessions: Mutex<BTreeMap<ReleaseId, String>>,
    rings: Mutex<Rings>,
    /// Releases that go on and have let somebody in.
    ended: Mutex<BTreeSet<ReleaseId>>,
    orders: Mutex<Orders>,
    /// There is a new order.
    ordered: Notify,
    /// The engine has a new deadline.
    changed: Notify,
    news: broadcast::Sender<News>,
    gallery: Gallery,
    store: Store,
    directory: Directory,
    metrics: Metrics,
    floor: Floor,
}

impl Premises {
    /// The doors of the configuration, with the stored ids of their tenants.
    #[must_use]
    pub fn of(tenants: &[Tenant], directory: &Directory) -> Self {
        let mut sites = Vec::new();
        for tenant in tenants {
            let Some(stored) = directory.tenant_by_domain(&tenant.domain) else { continue };
            for doors in &tenant.doors {
                let Some(site) = tenant.sites.iter().find(|site| site.id == doors.site) else { continue };
                sites.push(Site {
                    tenant: stored.id.clone(),
                    id: site.id.clone(),
                    name: site.name.clone(),
                    zone: site.zone.clone(),
                    instructions: doors.instructions.clone(),
                    codes_on_desks: doors.codes_on_desks,
                    keeps: doors.keeps,
                    entrances: doors.entrances.clone(),
                });
            }
        }
        Self { sites }
    }
}

impl Doors {
    /// The doors of this configuration.
    #[must_use]
    pub fn new(tenants: &[Tenant], directory: Directory, store: Store, metrics: Metrics, floor: Floor) -> Self {
        let premises = Premises::of(tenants, &directory);
        Self(Arc::new(Inner {
            engine: Mutex::new(Engine::new(premises.clone(), now_ms())),
            premises,
            sessions: Mutex::default(),
            rings: Mutex::default(),
            ended: Mutex::default(),
            orders: Mutex::default(),
            ordered: Notify::new(),
            changed: Notify::new(),
            news: broadcast::Sender::new(BACKLOG),
            gallery: Gallery::default(),
            store,
            directory,
            metrics,
            floor,
        }))
    }

    /// Keeps the engine's deadlines until the stop.
    pub async fn run(self, stop: Stop) {
        loop {
            let changed = self.0.changed.notified();
            let deadline = self.engine().deadline();
            let due = async {
                match deadline {
                    Some(at) => tokio::time::sleep(Duration::from_millis(u64::try_from(at - now_ms()).unwrap_or(0))).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.wait() => return,
                () = changed => {}
                () = due => {
                    self.engine().handle_timeout(now_ms());
                    self.pump();
                }
            }
        }
    }

    /// What there is to open.
    #[must_use]
    pub fn premises(&self) -> &Premises {
        &self.0.premises
    }

    /// Everything that happens from here on.
    #[must_use]
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.0.news.subscribe()
    }

    /// Looks at a door's picture. `None`: it has none, or too many are read already. The caller has checked the right to look.
    #[must_use]
    pub fn watch(&self, tenant: &TenantId, entrance: &str) -> Option<Watch> {
        let (_, found) = self.0.premises.entrance(tenant, entrance)?;
        self.0.gallery.watch(&(tenant.clone(), entrance.to_owned()), found.station.pictures.as_ref()?)
    }

    /// Opens a door, or says why not. Ends with the outcome of every relay, or with codes that whoever asked has to play; whoever drops it
    /// changes nothing, since the release goes on. `session` is the digest of the session's token.
    pub async fn release(&self, person: &Person, session: &str, session_ends: UnixMs, request: Request) -> (Report, Vec<ToneOrder>) {
        // Listening begins before asking: a quick station must not be missed.
        let mut news = self.news();
        let who = principal(person, session_ends);
        let answer = {
            let mut engine = self.engine();
            let answer = engine.request(now_ms(), &who, request);
            if let Answer::Begun(id) = &answer {
                self.sessions().insert(*id, session.to_owned());
            }
            answer
        };
        self.pump();
        let (id, known) = match answer {
            Answer::Refused(report) => return (report, Vec::new()),
            Answer::Known(report) if report.done_at.is_some() => return (report, Vec::new()),
            Answer::Known(report) => (ReleaseId::parse(&report.id), Some(report)),
            Answer::Begun(id) => (Some(id), None),
        };
        let mut latest = known;
        while let Some(id) = id {
            let ordered = self.0.ordered.notified();
            tokio::pin!(ordered);
            ordered.as_mut().enable();
            // The engine remembers a release for minutes and ends it within ten seconds.
            if let Some(report) = self.engine().report(id, &who.tenant, &who.person) {
                if report.done_at.is_some() {
                    return (report, Vec::new());
                }
                let tones = self.orders().take(id);
                if !tones.is_empty() {
                    return (report, tones);
                }
                latest = Some(report);
            }
            tokio::select! {
                () = ordered => {}
                heard = news.recv() => match heard {
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => break,
                }
            }
        }
        (latest.unwrap_or_else(|| unknown(&who)), Vec::new())
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    pub(super) fn floor(&self) -> &Floor {
        &self.0.floor
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(super) fn rings(&self) -> MutexGuard<'_, Rings> {
        self.0.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn orders(&self) -> MutexGuard<'_, Orders> {
        self.0.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ordered(&self) {
        self.0.ordered.notify_waiters();
    }

    pub(super) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.0.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<ReleaseId, String>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what the engine wants.
    pub(super) fn pump(&self) {
        loop {
            let action = self.engine().poll();
            match action {
                None => break,
                Some(Action::WriteRow(report)) => drop(tokio::spawn(self.clone().write_row(report))),
                Some(Action::Send { release, tenant, entrance, relay, code, .. }) => {
                    drop(tokio::spawn(self.clone().send(release, tenant, entrance, relay, code)));
                }
                Some(Action::WriteOutcome(report)) => {
                    // An outcome may be that somebody else tried the id of a release that goes on.
                    let id = ReleaseId::parse(&report.id);
                    let over = id.is_none_or(|id| self.engine().known(id).is_none_or(|known| known.done_at.is_some()));
                    if let Some(id) = id.filter(|_| over) {
                        self.orders().forget(id);
                    }
                    for relay in &report.relays {
                        let outcome = relay.verdict.as_ref().map_or("", |verdict| verdict.outcome.code());
                        self.0.metrics.count("portico_door_outcomes_total", &[("outcome", outcome)]);
                    }
                    self.picture_of(&report);
                    self.write_outcome(&report);
                }
                Some(Action::Tell(report)) => {
                    self.ring_over(&report);
                    let _ = self.0.news.send(News::Release(report));
                }
                Some(Action::LateReply { report, relay, verdict }) => {
                    if verdict.outcome == Outcome::Opened {
                        self.let_in(&report);
                    }
                    let entry = row("door_late_reply", verdict.outcome.code(), &report).detail("relay", relay.to_string());
                    self.write(entry);
                }
                Some(Action::Alarm { tenant, site, entrance, locked }) => {
                    let what = match &locked {
                        LockOut::Person(person) => ("person", person.to_string()),
                        LockOut::Door(_) => ("door", entrance.clone()),
                    };
                    tracing::warn!(%site, %entrance, kind = what.0, "wrong door codes: locked out");
                    self.0.metrics.count("portico_door_lockouts_total", &[("kind", what.0)]);
                    let entry =
                        LogEntry::new(Some(tenant.clone()), "door_locked_out", what.0).detail("site", &site).detail("door", &entrance);
                    self.write(entry.personal("who", what.1));
                    let _ = self.0.news.send(News::LockedOut { tenant, site, entrance, locked });
                }
            }
        }
        self.0.changed.notify_one();
    }

    /// The first relay that opened ends the ring, whatever the others do. What may have opened ends none: only what its station says.
    fn ring_over(&self, report: &Report) {
        let opened = |relay: &RelayReport| relay.verdict.as_ref().is_some_and(|verdict| verdict.outcome == Outcome::Opened);
        if !report.relays.iter().any(opened) {
            return;
        }
        // Further relays of this release let nobody else in.
        let over = report.done_at.is_some();
        let is_first = ReleaseId::parse(&report.id).is_some_and(|id| {
            let mut ended = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner);
            if over { !ended.remove(&id) } else { ended.insert(id) }
        });
        if is_first {
            self.let_in(report);
        }
    }

    /// Somebody got in.
    fn let_in(&self, report: &Report) {
        if report.kind != Kind::Open {
            return;
        }
        let station = self.0.premises.entrance(&report.tenant, &report.entrance).and_then(|(_, door)| door.station.sip_user.as_deref());
        if let (Some(station), Some(by)) = (station, self.0.directory.person_by_id(&report.person)) {
            self.0.floor.opened(&by, station);
        }
    }

    /// What became of a release. Whoever looks at its call is told once it can be read.
    fn write_outcome(&self, report: &Report) {
        let (doors, entry) = (self.clone(), row(RELEASE, outcome_word(report), report));
        let told = report.call.clone().map(|call| News::Logged { tenant: report.tenant.clone(), call });
        tokio::spawn(async move {
            doors.put(entry).await;
            if let Some(told) = told {
                let _ = doors.0.news.send(told);
            }
        });
    }

    /// A row that nothing waits for.
    fn write(&self, entry: LogEntry) {
        let doors = self.clone();
        tokio::spawn(async move { doors.put(entry).await });
    }

    async fn put(&self, entry: LogEntry) {
        if let Err(e) = self.0.store.log(&entry).await {
            tracing::error!(error = %e, action = entry.action, "a row about a door could not be written");
            self.0.metrics.count("portico_log_write_failures_total", &[]);
        }
    }

    /// The row before the command. Who asked is looked up again once it is on the disk.
    async fn write_row(self, report: Report) {
        let Some(id) = ReleaseId::parse(&report.id) else { return };
        let written = self.0.store.log(&row(RELEASE, BEGUN, &report)).await;
        let session = self.sessions().remove(&id);
        match written {
            Ok(_) => {
                let who = self.principal_again(&report, session).await;
                self.engine().row_written(now_ms(), id, who.as_ref());
            }
            Err(e) => {
                tracing::error!(error = %e, "nothing opens unlogged: a release was refused");
                self.engine().row_failed(now_ms(), id);
            }
        }
        self.pump();
    }

    async fn principal_again(&self, report: &Report, session: Option<String>) -> Option<Principal> {
        let row = self.0.store.session(&session?, now_ms()).await.ok().flatten()?;
        let person = self.0.directory.person_by_id(&row.person)?;
        (row.person == report.person && row.tenant == report.tenant).then(|| principal(&person, row.expires_at))
    }

    async fn send(self, id: ReleaseId, tenant: TenantId, entrance: String, relay: u8, code: Option<Secret>) {
        if let Some(verdict) = self.command(id, &tenant, &entrance, relay, code).await {
            self.engine().reply(now_ms(), id, relay, verdict);
            self.pump();
        }
    }

    /// Commands one relay. `None`: somebody else will say what became of it.
    async fn command(&self, id: ReleaseId, tenant: &TenantId, entrance: &str, relay: u8, code: Option<Secret>) -> Option<Verdict> {
        let Some((site, entrance)) = self.0.premises.entrance(tenant, entrance) else { return Some(Verdict::refused(Cause::NoSuchDoor)) };
        Some(match (&entrance.station.recipe, &entrance.station.sip_user) {
            (Recipe::Ipac(station), _) => http::command(station, &Command { relay, code }).await,
            (Recipe::DtmfInfo(tones), Some(user)) => match dtmf::digits(code.as_ref().map_or("", Secret::expose)) {
                Ok(code) => dtmf::info_verdict(&self.0.floor.tones(tenant, user, dtmf::infos(&code, *tones)).await),
                Err(dtmf::BadCode) => Verdict::refused(Cause::NoCode),
            },
            (Recipe::DtmfInfo(_), None) => Verdict::refused(Cause::NoCall),
            (Recipe::DtmfRtp(tones), _) => {
                let report = self.engine().known(id).cloned()?;
                return self.order(&report, (site, entrance), relay, code, *tones).await;
            }
        })
    }
}

fn principal(person: &Person, session_ends: UnixMs) -> Principal {
    Principal {
        tenant: person.tenant.clone(),
        person: person.id.clone(),
        name: person.display_name.clone(),
        roles: person.roles.clone(),
        sites: person.sites.iter().map(|site| site.id.clone()).collect(),
        session_ends,
    }
}

/// The report of a release that was lost with its engine.
fn unknown(who: &Principal) -> Report {
    Report {
        id: String::new(),
        tenant: who.tenant.clone(),
        site: String::new(),
        entrance: String::new(),
        person: who.person.clone(),
        name: who.name.clone(),
        kind: Kind::Open,
        call: None,
        reason: String::new(),
        asked_at: now_ms(),
        done_at: None,
        relays: Vec::new(),
    }
}
