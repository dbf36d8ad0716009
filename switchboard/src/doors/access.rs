//! The access log as pages read it: one row per release, newest first, with the call that it belongs to; and one per ring of which a
//! picture is kept.

use super::model::Site;
use super::rows::{RELEASE, is_begun, read};
use super::service::Doors;
use super::snapshots::{RING, may_see};
use crate::directory::Person;
use crate::ids::TenantId;
use crate::rights::{Act, Reach, may_at, reach};
use crate::store::{LogRow, StoreError};
use crate::timeline::Opening;
use std::collections::HashSet;
use wire::{AccessPage, AccessRow, Release, ReleaseOutcome, UnixMs};

/// Rows of the log that are read at a time.
const CHUNK: u32 = 200;
/// Chunks that one page reads at most: a search that finds little goes on with the next page.
const CHUNKS: usize = 20;
/// No release takes longer.
const LONGEST_MS: i64 = 60_000;

/// Rows of releases of a contact that are looked at.
const MAX_OPENINGS: u32 = 1_000;

/// What a page of the log is to hold.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Releases with smaller numbers than this one.
    pub before: i64,
    /// Rows at most.
    pub limit: usize,
    /// Words that all stand somewhere in a row, in any letter case; empty for every row.
    pub find: String,
}

impl Doors {
    /// A page of the access log as this person may read it: concierges, supervisors and administrators read that of their sites,
    /// everybody else their own releases.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn access(&self, person: &Person, wanted: &Wanted) -> Result<AccessPage, StoreError> {
        let words: Vec<String> = wanted.find.split_whitespace().map(str::to_lowercase).collect();
        let mut page = AccessPage { rows: Vec::new(), next: None };
        let mut before = wanted.before;
        let mut ended = HashSet::new();
        for _ in 0..CHUNKS {
            let (rows, more) = self.chunk(&person.tenant, before).await?;
            for row in &rows {
                before = row.seq;
                let shown = match row.action.as_str() {
                    RING => self.ring(person, row).await?,
                    _ => self.release_of(person, row, &mut ended).await?,
                };
                let Some(shown) = shown.filter(|shown| words.iter().all(|word| holds(shown, word))) else { continue };
                if page.rows.len() == wanted.limit {
                    page.next = Some((row.seq + 1).to_string());
                    return Ok(page);
                }
                page.rows.push(shown);
            }
            if !more {
                return Ok(page);
            }
        }
        page.next = Some(before.to_string());
        Ok(page)
    }

    /// Doors that were opened in a contact, or should have been, as far as this person sees releases there.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn openings(&self, person: &Person, contact: &str, (since, until): (UnixMs, UnixMs)) -> Result<Vec<Opening>, StoreError> {
        let until = until.saturating_add(LONGEST_MS);
        let rows = self.store().log_rows_of(&person.tenant, RELEASE, contact, (since, until), MAX_OPENINGS).await?;
        let seen = rows
            .iter()
            .filter(|row| !is_begun(row))
            .map(read)
            .filter(|release| may_at(person, Act::SeeReleases, std::iter::once(&*release.site)));
        let opening = |release: Release| {
            let known = self.premises().entrance(&person.tenant, &release.entrance).filter(|(site, _)| site.id == release.site);
            let door = known.map_or_else(|| release.entrance.clone(), |(_, entrance)| entrance.name.clone());
            let mut outcomes = release.relays.iter().filter_map(|relay| relay.outcome);
            let first = outcomes.next().unwrap_or(ReleaseOutcome::Unknown);
            // The one that went worst tells; where all opened, the door is open.
            let outcome = std::iter::once(first).chain(outcomes).find(|outcome| *outcome != ReleaseOutcome::Opened).unwrap_or(first);
            Opening { at: release.done_at.unwrap_or(release.asked_at), door, by: release.by, outcome }
        };
        Ok(seen.map(opening).collect())
    }

    /// The next rows of releases and of rings, newest first, and whether there are older ones.
    async fn chunk(&self, tenant: &TenantId, before: i64) -> Result<(Vec<LogRow>, bool), StoreError> {
        let mut rows = Vec::new();
        // Down to here both kinds are complete.
        let mut floor = i64::MIN;
        // Looking for rows that were never written would read the whole log.
        let keeps = |site: &Site| site.tenant == *tenant && site.keeps.is_some_and(|keeps| keeps.ring);
        let rings = self.premises().sites.iter().any(keeps).then_some(RING);
        for action in [Some(RELEASE), rings].into_iter().flatten() {
            let found = self.store().log_rows(tenant, action, before, CHUNK).await?;
            if found.len() == CHUNK as usize {
                floor = floor.max(found.last().map_or(i64::MIN, |row| row.seq));
            }
            rows.extend(found);
        }
        rows.retain(|row| row.seq >= floor);
        rows.sort_by_key(|row| std::cmp::Reverse(row.seq));
        Ok((rows, floor > i64::MIN))
    }

    /// What this person reads of a row of a release: its outcome, or its beginning where that is all there is.
    async fn release_of(
        &self,
        person: &Person,
        row: &LogRow,
        ended: &mut HashSet<(String, String)>,
    ) -> Result<Option<AccessRow>, StoreError> {
        let release = (row.detail("release").to_owned(), row.personal("person").to_owned());
        if !is_begun(row) {
            ended.insert(release);
        } else if ended.contains(&release) || self.ended_later(person, row).await? {
            return Ok(None);
        }
        if may_read(person, row) { self.row(person, row, read(row)).await.map(Some) } else { Ok(None) }
    }

    /// A ring of which a picture is kept.
    async fn ring(&self, person: &Person, row: &LogRow) -> Result<Option<AccessRow>, StoreError> {
        if !may_see(person, row.detail("site")) {
            return Ok(None);
        }
        let release = Release {
            id: String::new(),
            site: row.detail("site").to_owned(),
            entrance: row.detail("door").to_owned(),
            by: String::new(),
            test: false,
            asked_at: row.at,
            done_at: Some(row.at),
            relays: Vec::new(),
        };
        self.row(person, row, release).await.map(Some)
    }

    /// Whether the outcome of a release that began with this row stands in a later one.
    async fn ended_later(&self, person: &Person, begun: &LogRow) -> Result<bool, StoreError> {
        let later = self.store().later_log_rows(&person.tenant, RELEASE, begun.seq, begun.at + LONGEST_MS).await?;
        let same = |row: &LogRow| {
            row.detail("release") == begun.detail("release") && row.personal("person") == begun.personal("person") && !is_begun(row)
        };
        Ok(later.iter().any(same))
    }

    async fn row(&self, person: &Person, row: &LogRow, release: Release) -> Result<AccessRow, StoreError> {
        let contact = Some(row.detail("call").to_owned()).filter(|call| !call.is_empty());
        let caller = match &contact {
            Some(contact) => self.store().caller_of(&person.tenant, contact).await?,
            None => None,
        };
        let known = self.premises().entrance(&person.tenant, &release.entrance).filter(|(site, _)| site.id == release.site);
        let names = known.map(|(site, entrance)| (site.name.clone(), entrance.name.clone()));
        let (site, door) = names.unwrap_or_else(|| (release.site.clone(), release.entrance.clone()));
        let pictures = self.kept(person, &release.site, &release.id, contact.as_deref()).await?;
        Ok(AccessRow { site, door, reason: row.personal("reason").to_owned(), contact, caller, release, pictures })
    }
}

fn may_read(person: &Person, row: &LogRow) -> bool {
    let here = person.sites.iter().any(|site| site.id == row.detail("site"));
    here && match reach(&person.roles, Act::AccessLog) {
        Reach::Tenant | Reach::Sites => true,
        Reach::Own => row.personal("person") == person.id.as_str(),
        Reach::Nothing => false,
    }
}

fn holds(row: &AccessRow, word: &str) -> bool {
    let caller = row.caller.iter().flat_map(|peer| [Some(&peer.address), peer.display_name.as_ref()]).flatten();
    let texts = [&row.site, &row.door, &row.release.by, &row.reason].into_iter().chain(caller);
    texts.into_iter().any(|text| text.to_lowercase().contains(word))
}
