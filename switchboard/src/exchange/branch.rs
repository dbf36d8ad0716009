//! Phones that are rung: the INVITE that each of them gets, and the leg that begins with it.

use super::call::{Call, Invite, Leg, Side, Stage};
use super::headers::{address, crossing, session_id};
use super::io::{CallKey, Party};
use super::limits::{MAX_FORWARDS, SILENT_FLOW_MS};
use super::machine::{Machine, Timer};
use super::registrar::Binding;
use super::setup::contact_of;
use sip_ws::codec::{HeaderName, Message, Method};
use sip_ws::endpoint::{Body, SessionId};

/// Whom an INVITE comes from, as other phones may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// Name and address, or what stands for them.
    pub address: String,
    /// They did not ask to be left unnamed.
    pub named: bool,
}

impl Identity {
    /// Somebody who asked not to be named (RFC 3323).
    pub fn anonymous() -> Self {
        Identity { address: "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(), named: false }
    }
}

impl Machine {
    /// Sends the caller's INVITE to each of these phones of a person. Gives the new branches.
    pub(super) fn ring(&mut self, key: &CallKey, to: &Party, phones: &[Binding]) -> Vec<SessionId> {
        let mut rung = Vec::new();
        for phone in phones {
            let request = match self.calls.get(key).is_some_and(|call| call.parked) {
                true => self.late_branch(key, to, phone),
                false => self.next_branch(key).and_then(|n| self.branch(key, &format!("{key}.{n}"), to, phone)),
            };
            let Some(request) = request else { continue };
            let branch = self.send_invite(key, to, phone, request);
            if let Some(Call { stage: Stage::Ringing(ring), .. }) = self.calls.get_mut(key) {
                ring.branches.push(branch);
                rung.push(branch);
            }
        }
        rung
    }

    /// Number of the next branch of a call.
    fn next_branch(&mut self, key: &CallKey) -> Option<usize> {
        let invite = self.calls.get_mut(key)?.invite.as_mut()?;
        invite.branches += 1;
        Some(invite.branches - 1)
    }

    /// The caller's INVITE for one phone.
    fn branch(&self, key: &CallKey, call_id: &str, to: &Party, phone: &Binding) -> Option<Message> {
        let Invite { message: invite, hops, .. } = &**self.calls.get(key)?.invite.as_ref()?;
        let mut request = self.invite_for(key, &self.caller_of(key)?, to, phone, call_id, *hops)?;
        for (name, value) in crossing(invite) {
            request.push_named(name, value);
        }
        self.push_supervision(key, &mut request);
        if let Some(body) = Body::of(invite) {
            request.set_body(&body.content_type, body.bytes);
        }
        Some(request)
    }

    /// The INVITE for one phone of an agent where the caller was answered before: the phone is to offer.
    fn late_branch(&mut self, key: &CallKey, to: &Party, phone: &Binding) -> Option<Message> {
        let call_id = self.new_key();
        self.invite_for(key, &self.caller_of(key)?, to, phone, &call_id, MAX_FORWARDS)
    }

    /// What the INVITE for a phone says, whatever it is for. Identity comes from sockets, never from somebody's message.
    pub(super) fn invite_for(
        &self,
        key: &CallKey,
        from: &Identity,
        to: &Party,
        phone: &Binding,
        call_id: &str,
        hops: u32,
    ) -> Option<Message> {
        let domain = &self.domain_of(key);
        let mut request = Message::request(Method::Invite, &phone.uri);
        request.push(HeaderName::MaxForwards, hops.to_string());
        request.push(HeaderName::From, &from.address);
        if from.named {
            request.push(HeaderName::PAssertedIdentity, &from.address);
        } else {
            request.push(HeaderName::Privacy, "id");
        }
        request.push(HeaderName::To, address("", &to.user, domain));
        request.push(HeaderName::CallId, call_id);
        request.push(HeaderName::Contact, contact_of(key, domain));
        request.push(HeaderName::SessionId, session_id(&self.calls.get(key)?.contact, None));
        Some(request)
    }

    /// Sends an INVITE to a phone; its leg begins.
    pub(super) fn send_invite(&mut self, key: &CallKey, party: &Party, phone: &Binding, request: Message) -> SessionId {
        let call_id = request.call_id().map(str::to_owned).unwrap_or_default();
        let branch = self.ep.invite(self.clock.now, phone.flow, request);
        let leg = Leg {
            call: key.clone(),
            side: Side::Callee,
            party: party.clone(),
            instance: phone.instance.clone(),
            contact: Some(phone.uri.clone()),
            flow: Some(phone.flow),
            lost_at: None,
            left: false,
            reg_id: 0,
            rang: false,
            tried: vec![phone.flow],
            call_id,
        };
        if leg.instance.is_some() {
            self.after(SILENT_FLOW_MS, Timer::Silent(branch));
        }
        self.add_leg(branch, leg);
        branch
    }

    /// The caller of a call.
    pub(super) fn caller_of(&self, key: &CallKey) -> Option<Identity> {
        let call = self.calls.get(key)?;
        if call.anonymous {
            return Some(Identity::anonymous());
        }
        Some(Identity { address: address(&call.from_display, &call.from.user, &self.domain_of(key)), named: true })
    }

    /// Whoever is called in a call.
    pub(super) fn callee_of(&self, key: &CallKey) -> Option<Identity> {
        let call = self.calls.get(key)?;
        Some(Identity { address: address(&call.to_display, &call.to.user, &self.domain_of(key)), named: true })
    }
}
