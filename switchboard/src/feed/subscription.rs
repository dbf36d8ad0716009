//! One connected page: what is due for it, and its next frame.

use super::doors;
use super::hub::Hub;
use super::state::{Due, State, sees};
use crate::clock::now_ms;
use crate::rights::{Act, Takes};
use std::sync::Arc;
use tokio::sync::Notify;
use wire::{Change, ClientFrame, FeedEnd, Person, ServerFrame, Snapshot};

/// One connected page. Dropping it disconnects the page from the hub.
#[derive(Debug)]
pub(super) struct Subscription {
    pub hub: Hub,
    pub id: u64,
    pub wake: Arc<Notify>,
}

/// What is sent to a page.
#[derive(Debug)]
pub(super) enum Outgoing {
    End(FeedEnd),
    Frame(Box<ServerFrame>),
    /// A delta whose rows of the floor are written already.
    Written(String),
}

impl Subscription {
    /// Returns when something may be due. Safe to drop and to call again.
    pub(super) async fn changed(&self) {
        self.wake.notified().await;
    }

    /// What is waiting for this page.
    pub(super) fn due(&self) -> Due {
        self.hub.state().clients.get(&self.id).map_or(Due::Nothing, |client| client.pending.due())
    }

    /// Number of the last frame of state that was taken.
    pub(super) fn seq(&self) -> Option<u64> {
        self.hub.state().clients.get(&self.id).map(|client| client.seq).filter(|seq| *seq > 0)
    }

    /// Whether what this page sends is looked at at all. The right to an order is asked for where it is carried out.
    pub(super) fn may_send(&self, frame: &ClientFrame) -> bool {
        match Act::of_frame(frame) {
            Takes::Nothing | Takes::Order(_) => true,
            Takes::Right(act) => self.hub.state().clients.get(&self.id).is_some_and(|client| client.may(act)),
        }
    }

    /// Asks for a new snapshot.
    pub(super) fn resync(&self) {
        if let Some(client) = self.hub.state().clients.get_mut(&self.id) {
            client.pending.resync = true;
            client.wake.notify_one();
        }
    }

    /// Notes whether the page answers its heartbeats.
    pub(super) fn set_silent(&self, silent: bool) {
        let mut state = self.hub.state();
        let Some(client) = state.clients.get_mut(&self.id) else { return };
        if client.silent != silent {
            client.silent = silent;
            let (tenant, user) = (client.person.tenant.clone(), client.person.user.clone());
            if silent {
                state.unheard(self.id);
            }
            state.pages_changed(self.hub.floor(), &tenant, &user);
        }
    }

    /// Takes the next frame for this page, if any.
    pub(super) fn take(&self) -> Option<Outgoing> {
        let mut state = self.hub.state();
        let State { tenants, clients, .. } = &mut *state;
        let client = clients.get_mut(&self.id)?;
        if let Some(reason) = client.pending.end.take() {
            return Some(Outgoing::End(reason));
        }
        let tenant = tenants.get(&client.person.tenant)?;
        let user = &client.person.user;
        let pending = std::mem::take(&mut client.pending);
        let shows = |act| client.may(act);
        let sees_doors = |site: &str| doors::sees(&client.person, site);
        if pending.resync {
            let mut people: Vec<Person> = tenant.people.values().filter(|_| shows(Act::SeePeople)).cloned().collect();
            people.sort_by(|a, b| (&a.display_name, &a.user).cmp(&(&b.display_name, &b.user)));
            let calls =
                tenant.calls.get(user).filter(|_| shows(Act::SeeCalls)).map(|calls| calls.values().cloned().collect()).unwrap_or_default();
            let queues = tenant.queues.values().filter(|shown| shows(Act::SeeQueues) && shown.members.contains(user));
            let snapshot = Snapshot {
                seq: client.seq + 1,
                now: now_ms(),
                people,
                calls,
                agent: tenant.agents.get(user).filter(|_| shows(Act::SeeWork)).map(|(status, _)| status.clone()),
                queues: queues.map(|shown| shown.seen(sees_doors)).collect(),
                queue_names: if shows(Act::SeePeople) { tenant.queue_names.clone() } else { Vec::new() },
                pause_reasons: if shows(Act::SeeWork) { tenant.pause_reasons.clone() } else { Vec::new() },
                releases: tenant.releases.iter().filter(|release| sees(&client.person, release)).cloned().collect(),
                floor: client.scope.as_ref().map(|scope| tenant.floor(scope)),
                told: tenant.told.get(user).filter(|_| shows(Act::SeeTold)).cloned().unwrap_or_default(),
            };
            client.seq += 1;
            return Some(Outgoing::Frame(Box::new(ServerFrame::Snapshot(snapshot))));
        }
        let people = pending.people.iter().filter_map(|user| tenant.people.get(user));
        let mut changes: Vec<Change> = people.map(|person| Change::Person { person: person.clone() }).collect();
        let queues = pending.queues.iter().filter_map(|name| tenant.queues.get(name));
        changes.extend(queues.map(|shown| Change::Queue { queue: shown.seen(sees_doors) }));
        let status = tenant.agents.get(user).filter(|_| pending.agent);
        changes.extend(status.map(|(status, _)| Change::Agent { status: status.clone() }));
        if let Some(scope) = &client.scope {
            let queues = pending.floor_queues.iter().filter_map(|name| tenant.queues.get(name));
            changes.extend(queues.map(|shown| Change::FloorQueue { queue: scope.queue_row(shown) }));
            changes.extend(pending.floor_staff.then(|| Change::FloorStaff { staff: tenant.staff(scope) }));
            let figures = pending.floor_figures.iter().filter_map(|name| tenant.figures.get(name));
            changes.extend(figures.map(|figures| Change::FloorFigures { figures: figures.clone() }));
        }
        changes.extend(pending.urgent);
        changes.retain(|change| Act::of_row(change).is_some_and(shows));
        // Which of them this person sees is in the scope.
        let rows: Vec<Arc<str>> = match &client.scope {
            Some(view) => pending.floor_agents.iter().filter_map(|user| view.row(tenant, user)).collect(),
            None => Vec::new(),
        };
        if changes.is_empty() && rows.is_empty() {
            return None;
        }
        client.seq += 1;
        let frame = ServerFrame::Delta { seq: client.seq, now: now_ms(), changes };
        Some(if rows.is_empty() { Outgoing::Frame(Box::new(frame)) } else { Outgoing::Written(with_rows(&frame, &rows)) })
    }
}

/// A delta with further changes that are written already.
fn with_rows(frame: &ServerFrame, rows: &[Arc<str>]) -> String {
    let mut text = serde_json::to_string(frame).unwrap_or_default();
    // The changes are the last field of a delta.
    text.truncate(text.len().saturating_sub("]}".len()));
    for row in rows {
        if !text.ends_with('[') {
            text.push(',');
        }
        text.push_str(row);
    }
    text.push_str("]}");
    text
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        state.unheard(self.id);
        if let Some(client) = state.clients.remove(&self.id) {
            state.pages_changed(self.hub.floor(), &client.person.tenant, &client.person.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_rows;
    use std::sync::Arc;
    use wire::{Change, Presence, ServerFrame};

    #[test]
    fn rows_that_are_written_already_stand_behind_the_others() {
        let gone = |id: &str| Change::PersonGone { id: id.into() };
        let person = wire::Person {
            id: "1".into(),
            user: "a".into(),
            display_name: "[A]}".into(),
            presence: Presence::Ringing,
            since: None,
            silent: false,
        };
        let all = [Change::Person { person }, gone("2"), gone("3")];
        for written in 1..=all.len() {
            let (first, rest) = all.split_at(all.len() - written);
            let rows: Vec<Arc<str>> = rest.iter().map(|change| serde_json::to_string(change).unwrap_or_default().into()).collect();
            let frame = |changes: &[Change]| ServerFrame::Delta { seq: 7, now: 9, changes: changes.to_vec() };
            assert_eq!(serde_json::from_str::<ServerFrame>(&with_rows(&frame(first), &rows)).ok(), Some(frame(&all)));
        }
    }
}
