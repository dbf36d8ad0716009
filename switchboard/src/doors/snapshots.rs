//! Pictures that are kept: one when a station rings, one when a door may have opened. Only where the site says so, and only for so long.
//!
//! A picture that does not come in time is not kept: a ring and a release wait for no camera.

use super::engine::Report;
use super::model::{Entrance, Site};
use super::outcome::Outcome;
use super::service::Doors;
use crate::clock::now_ms;
use crate::directory::Person;
use crate::ids::TenantId;
use crate::rights::{Act, may_at};
use crate::stop::Stop;
use crate::store::{LogEntry, Snapshot, StoreError};
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;
use wire::KeptPicture;

/// Action of the rows of rings of which a picture is kept.
pub(super) const RING: &str = "door_ring";

/// How long a camera has to show something.
const WITHIN: Duration = Duration::from_secs(3);
/// A picture that is older shows something else.
const FRESH: Duration = Duration::from_secs(2);
/// Rings that are remembered: a ring of several people is one.
const RINGS: usize = 256;
/// How often pictures are erased. They are shown to nobody from the moment on that their time is over.
const ERASE_EVERY: Duration = Duration::from_secs(60);

/// What a site keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// A picture of each ring.
    pub ring: bool,
    /// A picture of each release that may have opened.
    pub opening: bool,
    /// For how many hours.
    pub hours: u16,
}

/// Contacts whose ring has its picture.
#[derive(Debug, Default)]
pub(super) struct Rings(VecDeque<String>);

impl Rings {
    /// Whether this one is new.
    fn note(&mut self, contact: &str) -> bool {
        if self.0.iter().any(|known| known == contact) {
            return false;
        }
        self.0.truncate(RINGS - 1);
        self.0.push_front(contact.to_owned());
        true
    }
}

impl Doors {
    /// Somebody with this user name calls; where it is a station, it rings.
    pub fn rang(&self, tenant: &TenantId, user: &str, contact: &str) {
        let Some((site, entrance)) = self.premises().by_sip_user(tenant, user) else { return };
        if site.keeps.is_some_and(|keeps| keeps.ring) && self.rings().note(contact) {
            self.keep(site, entrance, contact.to_owned(), String::new());
        }
    }

    /// A release has its outcomes.
    pub(super) fn picture_of(&self, report: &Report) {
        let Some((site, entrance)) = self.premises().entrance(&report.tenant, &report.entrance) else { return };
        let may_be_open = |outcome: Outcome| matches!(outcome, Outcome::Opened | Outcome::SentNotConfirmed | Outcome::NoReply);
        let opened = report.relays.iter().filter_map(|relay| relay.verdict.as_ref()).any(|verdict| may_be_open(verdict.outcome));
        if opened && site.keeps.is_some_and(|keeps| keeps.opening) {
            self.keep(site, entrance, report.call.clone().unwrap_or_default(), report.id.clone());
        }
    }

    fn keep(&self, site: &Site, entrance: &Entrance, contact: String, release: String) {
        let Some(hours) = site.keeps.map(|keeps| keeps.hours) else { return };
        let Some(mut watch) = self.watch(&site.tenant, &entrance.id) else { return };
        let (tenant, site, door) = (site.tenant.clone(), site.id.clone(), entrance.id.clone());
        let (store, metrics) = (self.store().clone(), self.metrics().clone());
        tokio::spawn(async move {
            let fresh = async {
                loop {
                    let frame = watch.next_frame().await;
                    if frame.at.elapsed() < FRESH {
                        return frame;
                    }
                }
            };
            let Ok(frame) = tokio::time::timeout(WITHIN, fresh).await else {
                return metrics.count("portico_snapshots_total", &[("result", "no_picture")]);
            };
            let taken_at = now_ms();
            let erase_at = taken_at + i64::from(hours) * 3_600_000;
            let snapshot = Snapshot { id: String::new(), site, door, contact, release, taken_at, erase_at };
            let kept = store.keep_snapshot(&tenant, &snapshot, &frame.jpeg).await;
            let kept = match kept {
                // A release has its row; a ring gets one, so that what is kept of it can be found.
                Ok(_) if snapshot.release.is_empty() => store.log(&ring_row(tenant, &snapshot)).await.map(|_| ()),
                kept => kept.map(|_| ()),
            };
            let result = if kept.is_ok() { "kept" } else { "not_stored" };
            metrics.count("portico_snapshots_total", &[("result", result)]);
            if let Err(error) = kept {
                tracing::error!(%error, "a picture of a door could not be kept");
            }
        });
    }

    /// Pictures of a release and of its ring, for whoever may see them.
    pub(super) async fn kept(
        &self,
        person: &Person,
        site: &str,
        release: &str,
        contact: Option<&str>,
    ) -> Result<Vec<KeptPicture>, StoreError> {
        if !may_see(person, site) {
            return Ok(Vec::new());
        }
        let found = self.store().snapshots_of(&person.tenant, release, contact, now_ms()).await?;
        let shown = found.into_iter().filter(|snapshot| snapshot.site == site);
        Ok(shown.map(|s| KeptPicture { id: s.id, taken_at: s.taken_at, ring: s.release.is_empty() }).collect())
    }

    /// A kept picture. Who looked at it is written down before it is shown, and who may not as well. `None`: there is none for this person.
    ///
    /// # Errors
    /// The store failed.
    pub async fn kept_picture(&self, person: &Person, id: &str) -> Result<Option<Bytes>, StoreError> {
        let Some((snapshot, jpeg)) = self.store().snapshot(&person.tenant, id, now_ms()).await? else {
            let entry = LogEntry::new(Some(person.tenant.clone()), "door_picture_seen", "not_found")
                .detail("snapshot", id.chars().take(64).collect::<String>())
                .personal("person", person.id.to_string());
            self.store().log(&entry).await?;
            return Ok(None);
        };
        let may = may_see(person, &snapshot.site);
        let entry = LogEntry::new(Some(person.tenant.clone()), "door_picture_seen", if may { "done" } else { "refused" })
            .detail("snapshot", &snapshot.id)
            .detail("site", &snapshot.site)
            .detail("door", &snapshot.door)
            .personal("person", person.id.to_string());
        self.store().log(&entry).await?;
        Ok(may.then(|| Bytes::from(jpeg)))
    }

    /// Erases pictures when their time is over, until the stop.
    pub async fn erase_on_time(self, stop: Stop) {
        loop {
            match self.store().erase_snapshots(now_ms()).await {
                Ok(0) => {}
                Ok(gone) => tracing::info!(gone, "pictures of doors were erased: their time is over"),
                Err(error) => tracing::error!(%error, "pictures of doors could not be erased"),
            }
            tokio::select! {
                () = stop.wait() => return,
                () = tokio::time::sleep(ERASE_EVERY) => {}
            }
        }
    }
}

fn ring_row(tenant: TenantId, snapshot: &Snapshot) -> LogEntry {
    let entry = LogEntry::new(Some(tenant), RING, "kept").detail("site", &snapshot.site).detail("door", &snapshot.door);
    entry.detail("call", &snapshot.contact)
}

/// Pictures show people: they are for those who read the whole access log of the site.
pub(super) fn may_see(person: &Person, site: &str) -> bool {
    may_at(person, Act::SnapshotSee, std::iter::once(site))
}
