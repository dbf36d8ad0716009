//! Flows of an endpoint: opened, lost, and sessions moved between them.

use super::api::{EndpointEvent, Failure, FlowConfig, Refusal, SessionId};
use super::session::{Cancel, Offer, Purpose, State};
use super::{Due, EndedBy, Endpoint};
use crate::auth::DigestClient;
use crate::dialog::Detour;
use crate::io::{Credentials, FlowId, Millis};
use crate::timers;

/// One flow.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) config: FlowConfig,
    pub(super) digest: Option<DigestClient>,
}

impl Endpoint {
    /// A flow can be used from now on.
    pub fn flow_opened(&mut self, _now: Millis, flow: FlowId, config: FlowConfig) {
        self.flows.insert(flow, Flow { config, digest: None });
    }

    /// Sets who answers challenges on a flow, one entry per realm. Challenges of other realms are not answered, others at most
    /// twice per request.
    pub fn set_credentials(&mut self, flow: FlowId, credentials: impl IntoIterator<Item = Credentials>) {
        let digest = DigestClient::new(credentials);
        if let Some(flow) = self.flows.get_mut(&flow) {
            flow.digest = (!digest.is_empty()).then_some(digest);
        }
    }

    /// A flow is gone. Its sessions stay without a flow, with what they still have to say; other requests on it fail.
    pub fn flow_lost(&mut self, now: Millis, flow: FlowId) {
        if self.flows.remove(&flow).is_none() {
            return;
        }
        #[allow(clippy::disallowed_methods, reason = "this table has no seed, and nothing is said here that has an order")]
        let sessions: Vec<SessionId> = self.sessions.iter().filter(|(_, s)| s.flow == Some(flow)).map(|(id, _)| *id).collect();
        for id in sessions {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.flow = None;
            }
            self.reschedule(id);
        }
        let clients: Vec<(u64, Purpose)> = self.clients.iter().filter(|(_, c)| c.flow == flow).map(|(id, c)| (*id, c.purpose)).collect();
        for (id, purpose) in clients {
            let waits = matches!(purpose, Purpose::Invite(_)) && (self.config.patient || !self.client_is_open(id));
            if !waits {
                let open = self.client_is_open(id);
                self.remove_client(id);
                if open {
                    self.client_failed(now, purpose, Failure::FlowLost);
                }
            }
        }
        // Requests outside of sessions cannot be answered any more; those of sessions can, by the next flow.
        let servers: Vec<u64> = self.servers.iter().filter(|(_, s)| s.flow == flow && s.session.is_none()).map(|(id, _)| *id).collect();
        for id in servers {
            self.remove_server(id);
        }
    }

    /// Whether nothing of a session waits for an answer by the very way that it came: it may go on over another server.
    pub(crate) fn is_at_ease(&self, session: SessionId) -> bool {
        self.sessions
            .get(&session)
            .is_some_and(|session| session.unacked.is_none() && matches!(session.state, State::Established | State::Ending { .. }))
    }

    /// Requests of a session take another way, on which this is our Contact.
    pub(crate) fn redirect(&mut self, session: SessionId, contact: &str, detour: &Detour) {
        if let Some(dialog) = self.sessions.get_mut(&session).and_then(|session| session.dialog.as_mut()) {
            contact.clone_into(&mut dialog.contact);
            detour.lead(&mut dialog.route_set);
        }
    }

    /// Moves a session, with everything that it still has to say, to a flow.
    pub fn set_flow(&mut self, now: Millis, session: SessionId, flow: FlowId) {
        if !self.flows.contains_key(&flow) {
            return;
        }
        let Some(entry) = self.sessions.get_mut(&session) else { return };
        if entry.flow == Some(flow) {
            return;
        }
        entry.flow = Some(flow);
        if let Some(unacked) = &mut entry.unacked {
            unacked.restart(now);
        }
        for client in self.clients.values_mut().filter(|c| c.purpose.session() == Some(session)) {
            client.flow = flow;
        }
        // A response may have been lost with the old flow.
        let mut again = Vec::new();
        for server in self.servers.values_mut().filter(|s| s.session == Some(session)) {
            server.flow = flow;
            again.extend(server.last.clone());
        }
        for bytes in again {
            self.transmit(flow, bytes);
        }
        self.resume(now, session);
        self.reschedule(session);
    }

    /// What waited for a flow.
    fn resume(&mut self, now: Millis, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match &mut session.state {
            State::Calling { cancel, .. } => {
                if let Cancel::Sent(headers) = cancel {
                    *cancel = Cancel::Wanted(std::mem::take(headers));
                }
                self.cancel_if_possible(now, id);
            }
            State::Ending { txn: None, .. } => self.send_bye(now, id),
            State::Ringing { .. } | State::Established | State::Ending { txn: Some(_), .. } => {}
        }
    }

    /// A request of ours gets no response.
    pub(super) fn client_failed(&mut self, now: Millis, purpose: Purpose, cause: Failure) {
        match purpose {
            Purpose::Free(id) => self.event(EndpointEvent::RequestFailed { id, cause }),
            Purpose::InDialog(session, id) => {
                self.end_offer(session, |offer| matches!(offer, Offer::OurUpdate { .. }));
                self.event(EndpointEvent::RequestFailed { id, cause });
            }
            Purpose::Invite(id) => {
                let cancelled = self
                    .sessions
                    .get(&id)
                    .is_some_and(|s| matches!(&s.state, State::Calling { cancel: Cancel::Wanted(_) | Cancel::Sent(_), .. }));
                let event = if cancelled {
                    EndpointEvent::Ended { session: id, cause: EndedBy::Local, message: None }
                } else {
                    EndpointEvent::Failed { session: id, cause }
                };
                self.finish(id, event);
            }
            Purpose::Reinvite(id) => {
                self.end_offer(id, |offer| matches!(offer, Offer::Ours { .. }));
                if self.sessions.get(&id).is_some_and(|session| session.is_established()) {
                    self.event(EndpointEvent::ReofferRejected { session: id, cause: Refusal::Failure(cause) });
                }
            }
            Purpose::Bye(id) => self.bye_failed(now, id, cause),
            Purpose::Refresh(id) => self.refresh_unanswered(now, id, cause),
            Purpose::Prack(_) | Purpose::Cancel(_) | Purpose::Stray => {}
        }
    }

    fn bye_failed(&mut self, now: Millis, id: SessionId, cause: Failure) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let State::Ending { txn, give_up, cause: why, .. } = &mut session.state else { return };
        let why = *why;
        match cause {
            // It is said again when there is a flow.
            Failure::FlowLost => {
                *txn = None;
                *give_up = now.plus(timers::FLOW_WAIT);
                self.schedule.set(Due::Session(id), Some(now.plus(timers::FLOW_WAIT)));
            }
            Failure::Timeout | Failure::Limit => self.finish(id, EndpointEvent::Ended { session: id, cause: why, message: None }),
        }
    }

    /// Ends this offer. Says whether it was the open one.
    pub(super) fn end_offer(&mut self, id: SessionId, which: impl Fn(&Offer) -> bool) -> bool {
        let open = self.sessions.get_mut(&id).filter(|session| which(&session.offer));
        open.map(|session| session.offer = Offer::None).is_some()
    }
}
