//! `application/conference-info+xml` (RFC 4575): who is in a conference.

use std::collections::BTreeMap;

use super::xml::Element;
use super::{Merged, body_is};
use crate::codec::Message;

const SPACE: &str = "urn:ietf:params:xml:ns:conference-info";
/// People of one conference that are kept; further ones are left out.
pub const MAX_USERS: usize = 500;
/// Devices of one person that are kept.
pub const MAX_ENDPOINTS: usize = 16;

/// A conference and who is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conference {
    /// Its address.
    pub entity: String,
    /// Subject or name to show.
    pub subject: Option<String>,
    /// People in it, as it says itself.
    pub user_count: Option<u32>,
    /// Nobody else may come in.
    pub locked: Option<bool>,
    /// In order of their addresses.
    pub users: Vec<ConferenceUser>,
}

/// One person of a conference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConferenceUser {
    /// Address.
    pub entity: String,
    /// Name to show; hostile text is possible.
    pub display: Option<String>,
    /// Devices: address and status (`connected`, `on-hold`, `dialing-out`, …), in order of their addresses.
    pub endpoints: Vec<(String, Option<String>)>,
}

/// What is known of one conference, and up to which version.
#[derive(Debug, Default)]
pub(super) struct Board {
    version: Option<u32>,
    known: Conference,
    users: BTreeMap<String, User>,
}

#[derive(Clone, Debug, Default)]
struct User {
    display: Option<String>,
    endpoints: BTreeMap<String, Option<String>>,
}

/// 4.4: how an element stands to what was known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Full,
    Partial,
    Deleted,
}

impl Board {
    /// 4.6: takes a document.
    pub(super) fn apply(&mut self, notify: &Message) -> Result<Merged<Conference>, &'static str> {
        body_is(notify, "application/conference-info+xml")?;
        let root = Element::parse(notify.body())?;
        if !root.is(SPACE, "conference-info") {
            return Err("not a conference-info");
        }
        let entity = root.attribute("entity").ok_or("no entity")?;
        let change = change(&root)?;
        // Absent in documents that are the only one of their subscription.
        let version = root.attribute("version").map(str::parse::<u32>).transpose().map_err(|_| "no version")?;
        match (self.version, version) {
            (Some(last), Some(version)) if version <= last => return Ok(Merged::Old),
            (Some(last), Some(version)) if change == Change::Partial && version > last.saturating_add(1) => return Ok(Merged::Gap),
            (None, _) if change == Change::Partial => return Ok(Merged::Gap),
            (Some(_) | None, _) => {}
        }
        let mut users = if change == Change::Partial { self.users.clone() } else { BTreeMap::new() };
        if let Some(list) = root.child("users") {
            merge_users(&mut users, list)?;
        }
        self.version = version.or(self.version).or(Some(0));
        self.users = users;
        let before = if change == Change::Partial { std::mem::take(&mut self.known) } else { Conference::default() };
        let description = root.child("conference-description");
        let state = root.child("conference-state");
        let subject = description.and_then(|d| d.text_of("subject").or_else(|| d.text_of("display-text")));
        let number = state.and_then(|s| s.text_of("user-count")).and_then(|n| n.parse().ok());
        let locked = state.and_then(|s| s.text_of("locked")).map(|l| matches!(l.as_str(), "true" | "1"));
        self.known = Conference {
            entity: entity.to_owned(),
            subject: subject.or(before.subject),
            user_count: number.or(before.user_count),
            locked: locked.or(before.locked),
            users: Vec::new(),
        };
        let user = |(entity, user): (&String, &User)| ConferenceUser {
            entity: entity.clone(),
            display: user.display.clone(),
            endpoints: user.endpoints.iter().map(|(at, status)| (at.clone(), status.clone())).collect(),
        };
        Ok(Merged::New(Conference { users: self.users.iter().map(user).collect(), ..self.known.clone() }))
    }
}

fn merge_users(users: &mut BTreeMap<String, User>, list: &Element) -> Result<(), &'static str> {
    if change(list)? == Change::Full {
        users.clear();
    }
    for element in list.each("user") {
        let entity = element.attribute("entity").ok_or("user without entity")?;
        let how = change(element)?;
        if how == Change::Deleted {
            users.remove(entity);
            continue;
        }
        if users.len() >= MAX_USERS && !users.contains_key(entity) {
            continue;
        }
        let user = users.entry(entity.to_owned()).or_default();
        if how == Change::Full {
            *user = User::default();
        }
        user.display = element.text_of("display-text").or(user.display.take());
        for endpoint in element.each("endpoint") {
            let at = endpoint.attribute("entity").ok_or("endpoint without entity")?;
            if change(endpoint)? == Change::Deleted {
                user.endpoints.remove(at);
            } else if user.endpoints.len() < MAX_ENDPOINTS || user.endpoints.contains_key(at) {
                user.endpoints.insert(at.to_owned(), endpoint.text_of("status"));
            }
        }
    }
    Ok(())
}

fn change(element: &Element) -> Result<Change, &'static str> {
    match element.attribute("state") {
        None | Some("full") => Ok(Change::Full),
        Some("partial") => Ok(Change::Partial),
        Some("deleted") => Ok(Change::Deleted),
        Some(_) => Err("unknown state"),
    }
}
