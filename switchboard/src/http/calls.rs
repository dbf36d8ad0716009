//! `GET /api/calls/{contact}`: one contact from its first event to its last. With `known=<events>` the answer waits until there are more of
//! them, or for a while, so that a page that shows a running call asks when there is something to be shown. A door that was opened in the
//! call is such a thing too.

use super::{Failure, Session};
use crate::clock::now_ms;
use crate::directory::{Person, Tenant};
use crate::doors::News;
use crate::reports::offset_ms;
use crate::rights::{Act, may_at, may_to};
use crate::services::Services;
use crate::store::{ContactEvent, LogEntry};
use crate::timeline::{Story, Words, tell};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use wire::{CallTimeline, ErrorCode};

/// Events of a contact that are told.
const MAX_EVENTS: usize = 1_000;
/// How long an answer waits for news. Proxies give a silent request up after half a minute at the soonest.
const WAIT: Duration = Duration::from_secs(20);
/// Answers of one session that wait at a time: a page has one, and a person has few pages. One more is given at once.
const MAX_PARKED: usize = 4;
/// Of an identifier that there is not, so many letters stand in the log.
const MAX_ID: usize = 200;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Events that the page knows.
    known: Option<usize>,
}

/// `GET /api/calls/{contact}?known=<n>`
pub(super) async fn timeline(
    State(services): State<Services>,
    session: Session,
    Path(contact): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<CallTimeline>, Failure> {
    let Query(Wanted { known }) = wanted.map_err(|_| Failure::new(ErrorCode::BadRequest, "`known` is a number"))?;
    let until = Instant::now() + WAIT;
    // Before the events are read: none falls between.
    let (mut news, mut doors) = (services.contacts.news(), services.doors.news());
    let mut told = read(&services, &session.person, &contact).await?;
    let is_news = |told: &CallTimeline| known.is_none_or(|known| told.events.len() > known);
    if is_news(&told) {
        return Ok(Json(told));
    }
    let Some(_place) = services.parked.take(&session.digest) else { return Ok(Json(told)) };
    loop {
        let tenant = &session.person.tenant;
        let heard = async {
            loop {
                let (of, about) = tokio::select! {
                    heard = news.recv() => match heard {
                        Ok(changed) => changed,
                        Err(RecvError::Lagged(_)) => return,
                        Err(RecvError::Closed) => std::future::pending().await,
                    },
                    heard = doors.recv() => match heard {
                        Ok(News::Logged { tenant, call }) => (tenant, call),
                        Ok(News::Release(_) | News::LockedOut { .. }) => continue,
                        Err(RecvError::Lagged(_)) => return,
                        Err(RecvError::Closed) => std::future::pending().await,
                    },
                };
                if of == *tenant && about == contact {
                    return;
                }
            }
        };
        let over = tokio::select! {
            heard = timeout_at(until, heard) => heard.is_err(),
            () = services.stop.wait() => return Ok(Json(told)),
        };
        // Meanwhile the session may have been ended, and the person may have lost the right.
        let person = session.again(&services, Act::CallTimeline).await?;
        told = read(&services, &person, &contact).await?;
        if over || is_news(&told) {
            return Ok(Json(told));
        }
    }
}

/// Answers that wait, by session.
#[derive(Debug, Default)]
pub struct Parked(Mutex<HashMap<String, usize>>);

/// One of them. Dropping it gives the place back.
struct Place<'a>(&'a Parked, String);

impl Parked {
    fn take(&self, session: &str) -> Option<Place<'_>> {
        let mut parked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = parked.entry(session.to_owned()).or_default();
        if *waiting >= MAX_PARKED {
            return None;
        }
        *waiting += 1;
        Some(Place(self, session.to_owned()))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut parked = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = parked.get_mut(&self.1) {
            *waiting -= 1;
            if *waiting == 0 {
                parked.remove(&self.1);
            }
        }
    }
}

/// The contact as this person may read it. One of others is as good as not there.
async fn read(services: &Services, person: &Arc<Person>, contact: &str) -> Result<CallTimeline, Failure> {
    let gone = || Failure::new(ErrorCode::NotFound, "there is no such call");
    let tenant = services.directory.tenant(&person.tenant).ok_or_else(gone)?;
    let limit = i64::try_from(MAX_EVENTS + 1).unwrap_or(i64::MAX);
    let mut events = services.store.contact_events(&tenant.id, contact, limit).await?;
    let cut = events.len() > MAX_EVENTS;
    events.truncate(MAX_EVENTS);
    if cut && !events.iter().any(|event| event.kind.is_last()) {
        events.extend(services.store.last_contact_event(&tenant.id, contact).await?);
    }
    if !sees(services, person, &tenant, &events) {
        let id: String = contact.chars().take(MAX_ID).collect();
        let entry = LogEntry::new(Some(tenant.id.clone()), "call_seen", "not_found").detail("call", id);
        let entry = entry.personal("person", person.id.to_string()).personal("name", &person.display_name);
        services.store.log(&entry).await?;
        return Err(gone());
    }
    let now = now_ms();
    let since = events.first().map_or(now, |event| event.at);
    let until = events.iter().rfind(|event| event.kind.is_last()).map_or(now, |event| event.at);
    let openings = services.doors.openings(person, contact, (since, until)).await?;
    services.doors.premises().veil(person, &mut events);
    let house = House { services, person, tenant: &tenant };
    let Story { lanes, events, sounds, over } = tell(&events, &openings, &house);
    let zone = person.sites.first().and_then(|site| TimeZone::get(&site.zone).ok()).unwrap_or(TimeZone::UTC);
    let clock_ms = offset_ms(&zone, since);
    Ok(CallTimeline { contact: contact.to_owned(), now, clock_ms, over, lanes, events, cut, sounds })
}

/// Whether a person may read a contact: it came through a queue of their sites, was counted there, or is one of no queue and of somebody of
/// their sites.
fn sees(services: &Services, person: &Person, tenant: &Tenant, events: &[ContactEvent]) -> bool {
    let at = |site: &str| may_at(person, Act::CallTimeline, std::iter::once(site));
    let queue = |name: &str| tenant.queues.iter().find(|queue| queue.name == name).is_some_and(|queue| at(&queue.site));
    let here = |event: &ContactEvent| {
        event.data.queue.as_ref().is_some_and(|of| queue(&of.name)) || event.data.mark.as_ref().is_some_and(|mark| at(&mark.site))
    };
    if events.iter().any(here) {
        return true;
    }
    let of_nobody = events.iter().all(|event| event.data.queue.is_none());
    let users = events.iter().flat_map(|event| [&event.from_user, &event.to_user]);
    let mut people = users.filter_map(|user| services.directory.person(&tenant.id, user));
    of_nobody && people.any(|other| may_to(person, Act::CallTimeline, &other))
}

/// The names of a tenant, for one reader.
struct House<'a> {
    services: &'a Services,
    person: &'a Person,
    tenant: &'a Tenant,
}

impl Words for House<'_> {
    fn person(&self, user: &str) -> Option<String> {
        self.services.directory.person(&self.tenant.id, user).map(|person| person.display_name.clone())
    }

    fn disposition(&self, queue: &str, name: &str) -> String {
        let queue = self.tenant.queues.iter().find(|known| known.name == queue);
        let known = queue.and_then(|queue| queue.dispositions.iter().find(|known| known.name == name));
        known.map_or(name, |known| &known.label).to_owned()
    }

    fn reads(&self, queue: &str) -> bool {
        let queue = self.tenant.queues.iter().find(|known| known.name == queue);
        queue.is_some_and(|queue| may_at(self.person, Act::CallTimeline, std::iter::once(queue.site.as_str())))
    }
}
