//! Somebody in charge has the call of an agent instead of them (RFC 3891). The order grants it to one person for a moment; the INVITE that
//! names the agent's dialog is the taking. It ends like a transfer that nobody has to be rung for: the other side answers the offer of the
//! INVITE, and the agent leaves.

use super::call::{Call, Leg, Member, Side, Stage};
use super::headers::{address, borrowed, crossing, outward, session_id};
use super::io::{Audit, AuditedTaking, CallKey, Output, Over, Party};
use super::limits::{GRANT_MS, TRANSFER_RING_MS};
use super::machine::{Machine, Timer};
use super::setup::{No, contact_of};
use super::transfer::{Step, Transfer};
use sip_ws::codec::{DialogRef, HeaderName, Message, Supervision};
use sip_ws::endpoint::{Body, SessionId};
use sip_ws::io::{FlowId, Millis};
use wire::OrderResult;

/// That somebody may come into a call.
#[derive(Debug)]
pub(super) struct Grant {
    by: Party,
    /// The agent's leg.
    pub leg: SessionId,
    pub entry: Entry,
    until: Millis,
    /// The agent, and the contact id of their call, which the log names when that call is long gone.
    agent: String,
    contact: String,
}

/// That somebody comes into a call or may do so, for whoever knows their rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entering {
    /// Who.
    pub by: Party,
    /// Whose call it is.
    pub agent: Party,
    /// The queue that it came through.
    pub queue: Option<String>,
    /// Instead of the agent and not beside them.
    pub takes_over: bool,
}

/// How somebody may come into a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// Instead of the agent.
    TakeOver,
    /// Beside them.
    Supervise(Supervision),
}

impl Grant {
    /// Whether it is this person's.
    pub(super) fn is_of(&self, party: &Party) -> bool {
        self.by == *party
    }
}

impl Machine {
    /// Lets a person take a call of an agent over.
    pub(super) fn may_take_over(&mut self, by: &Party, user: &str, contact: &str, queues: &[String]) -> OrderResult {
        match self.steerable(by, user, contact, queues) {
            Some((_, _, leg)) => self.grant(by, leg, Entry::TakeOver),
            None => OrderResult::TooLate,
        }
    }

    /// The call of an agent that a person may come into, and the agent's leg. A call that came through a queue of other sites is as good
    /// as gone.
    pub(super) fn steerable(&self, by: &Party, user: &str, contact: &str, queues: &[String]) -> Option<(CallKey, Party, SessionId)> {
        let agent = Party { tenant: by.tenant.clone(), user: user.to_ascii_lowercase() };
        let calls = self.calls_of.get(&agent)?.iter();
        let mut found = calls.filter_map(|key| Some((key, self.calls.get(key)?))).filter(|(_, call)| call.contact == contact);
        let (key, call) = found.find(|(_, call)| matches!(call.stage, Stage::Talking { .. }) && call.supervises.is_none())?;
        let theirs = call.queue.as_ref().is_none_or(|of| queues.iter().any(|queue| **queue == *of.name.name));
        let in_it = call.from == *by || call.to == *by;
        if !theirs || in_it || call.transfer.is_some() {
            return None;
        }
        let leg = if call.from == agent { Some(call.caller) } else { call.other(call.caller) };
        Some((key.clone(), agent, leg?))
    }

    /// Notes that a person may come into a call, and says which dialog to name.
    pub(super) fn grant(&mut self, by: &Party, leg: SessionId, entry: Entry) -> OrderResult {
        let Some(dialog) = self.ep.dialog(leg) else { return OrderResult::TooLate };
        // As the agent's phone knows it: its own tag is the remote one here.
        let reference = DialogRef {
            call_id: dialog.call_id.as_str().into(),
            to_tag: dialog.remote_tag.as_str().into(),
            from_tag: dialog.local_tag.as_str().into(),
            early_only: false,
        };
        let until = self.clock.now.plus(GRANT_MS);
        let agent = self.legs.get(&leg).map(|leg| (leg.party.user.clone(), &leg.call));
        let Some((agent, key)) = agent else { return OrderResult::TooLate };
        let contact = self.calls.get(key).map(|call| call.contact.clone()).unwrap_or_default();
        self.drop_grants(Over::Anew, |grant| grant.by == *by);
        self.grants.push(Grant { by: by.clone(), leg, entry, until, agent, contact });
        self.after(GRANT_MS, Timer::Grant);
        OrderResult::Admitted { dialog: reference.to_string() }
    }

    /// Uses up a grant for the leg with this dialog. Nobody comes in without one, whatever they know of the dialog.
    pub(super) fn claim(
        &mut self,
        flow: FlowId,
        by: &Party,
        named: DialogRef,
        refused: &'static str,
        which: impl Fn(Entry) -> bool,
    ) -> Result<Grant, No> {
        let own = DialogRef { to_tag: named.from_tag, from_tag: named.to_tag, ..named };
        let leg = self.ep.find_dialog(&own).map(|(leg, _)| leg);
        let now = self.clock.now;
        let fits = |grant: &Grant| grant.by == *by && Some(grant.leg) == leg && which(grant.entry) && grant.until > now;
        let Some(at) = self.grants.iter().position(fits) else {
            let address = self.flows.get(&flow).map(|flow| flow.address.to_string()).unwrap_or_default();
            let (tenant, subject) = (by.tenant.clone(), by.user.clone());
            let at = self.clock.unix_ms;
            self.out.push_back(Output::Audit(Audit {
                tenant,
                at,
                kind: refused,
                outcome: "refused",
                subject,
                address,
                part: None,
                taking: None,
            }));
            return Err(No(403, "Not granted"));
        };
        Ok(self.grants.swap_remove(at))
    }

    /// Who may come into a call at this moment without being in it, and who is on the way in to take it over.
    #[must_use]
    pub fn entries(&self) -> Vec<Entering> {
        let granted = self.grants.iter().map(|grant| (&grant.by, grant.leg, grant.entry == Entry::TakeOver));
        let taking = self.calls.values().filter_map(|call| call.transfer.as_ref()).filter_map(|transfer| match transfer.step {
            Step::Taking { .. } => Some((&transfer.to.party, transfer.by, true)),
            Step::Ringing { .. } | Step::Asking { .. } | Step::Offered { .. } | Step::Queueing { .. } => None,
        });
        let entering = granted.chain(taking).filter_map(|(by, leg, takes_over)| {
            let leg = self.legs.get(&leg)?;
            let queue = self.calls.get(&leg.call).and_then(|call| call.queue.as_ref()).map(|of| of.name.name.to_string());
            Some(Entering { by: by.clone(), agent: leg.party.clone(), queue, takes_over })
        });
        entering.collect()
    }

    /// A person lost the right by which they may come into a call: they do not, and a take-over under way is given up.
    pub(super) fn entry_lost(&mut self, by: &Party) {
        self.drop_grants(Over::RightLost, |grant| grant.by == *by);
        let taking = |call: &Call| {
            call.transfer.as_ref().is_some_and(|transfer| matches!(transfer.step, Step::Taking { .. }) && transfer.to.party == *by)
        };
        let taken: Vec<CallKey> = self.calls.iter().filter(|(_, call)| taking(call)).map(|(key, _)| key.clone()).collect();
        for key in taken {
            self.transfer_failed(&key, 403);
        }
    }

    /// Takes these grants back, and those whose time is over.
    pub(super) fn drop_grants(&mut self, why: Over, which: impl Fn(&Grant) -> bool) {
        let now = self.clock.now;
        let (gone, kept) = std::mem::take(&mut self.grants).into_iter().partition(|grant| grant.until <= now || which(grant));
        self.grants = kept;
        let gone: Vec<Grant> = gone;
        for grant in gone.into_iter().filter(|grant| grant.entry == Entry::TakeOver) {
            let why = if grant.until <= now { Over::NotUsed } else { why };
            self.audit_taking(&grant.by, None, (grant.agent, grant.contact), Some(why));
        }
    }

    /// The log has what became of a take-over that was allowed.
    pub(super) fn audit_taking(&mut self, by: &Party, leg: Option<SessionId>, (agent, contact): (String, String), why: Option<Over>) {
        let flow = leg.and_then(|leg| self.legs.get(&leg)?.flow).and_then(|flow| self.flows.get(&flow));
        self.out.push_back(Output::Audit(Audit {
            tenant: by.tenant.clone(),
            at: self.clock.unix_ms,
            kind: "sip.take-over",
            outcome: if why.is_some() { "failed" } else { "done" },
            subject: by.user.clone(),
            address: flow.map(|flow| flow.address.to_string()).unwrap_or_default(),
            part: None,
            taking: Some(Box::new(AuditedTaking { agent, contact, why })),
        }));
    }

    /// An INVITE that wants to take the place of an agent.
    pub(super) fn take_over(&mut self, session: SessionId, flow: FlowId, by: &Party, invite: &Message) -> Result<(), No> {
        let named = invite.replaces().map_err(|_| No(400, "Bad Replaces"))?;
        let grant = self.claim(flow, by, named, "sip.take-over-refused", |entry| entry == Entry::TakeOver)?;
        let begun = self.begin_taking(session, flow, (by, grant.leg), invite);
        if let Err(No(status, _)) = &begun {
            // An INVITE without an offer is no taking.
            let why = if *status == 488 { Over::NotUsed } else { why_not(*status) };
            self.audit_taking(by, None, (grant.agent, grant.contact), Some(why));
        }
        begun
    }

    fn begin_taking(&mut self, session: SessionId, flow: FlowId, (by, leg): (&Party, SessionId), invite: &Message) -> Result<(), No> {
        let now = self.clock.now;
        let key = self.legs.get(&leg).map(|leg| leg.call.clone()).ok_or(No(481, "No such call"))?;
        let call = self
            .calls
            .get(&key)
            .filter(|call| matches!(call.stage, Stage::Talking { .. }) && call.transfer.is_none() && call.mend.is_none());
        let call = call.ok_or(No(486, "Busy here"))?;
        let peer = call.other(leg).ok_or(No(481, "No such call"))?;
        let offer = Body::of(invite).ok_or(No(488, "No offer"))?;
        let to = Member::new(by.clone(), self.name_of(by).ok_or(No(403, "Forbidden"))?);
        let domain = self.domain_of(&key);
        let identity = address(&to.display, &to.party.user, &domain);
        if self.ep.reinvite(now, peer, &[(HeaderName::PAssertedIdentity.as_str(), identity.as_str())], Some(offer)).is_err() {
            return Err(No(480, "The other side is away"));
        }
        let (instance, contact) = self.flows.get(&flow).map(|f| (f.instance.clone(), f.contact.clone())).unwrap_or_default();
        let call_id = invite.call_id().map(str::to_owned).unwrap_or_default();
        let party = by.clone();
        let joined = Leg {
            call: key.clone(),
            side: Side::Callee,
            party,
            instance,
            contact,
            flow: Some(flow),
            lost_at: None,
            left: false,
            reg_id: 0,
            rang: false,
            tried: Vec::new(),
            call_id,
        };
        self.add_leg(session, joined);
        self.ep.set_contact(session, &contact_of(&key, &domain));
        if let Some(call) = self.calls.get_mut(&key) {
            let step = Step::Taking { leg: session };
            call.transfer = Some(Box::new(Transfer { by: leg, left: false, number: 0, to, since: now, step }));
        }
        self.after(TRANSFER_RING_MS, Timer::Transfer(key));
        Ok(())
    }

    /// The other side has answered the offer of the one who takes the call. `false`: they are gone, and the call goes on without them.
    pub(super) fn taken(&mut self, key: &CallKey, leg: SessionId, response: &Message) -> bool {
        let domain = self.domain_of(key);
        let Some(call) = self.calls.get(key) else { return true };
        let contact = call.contact.clone();
        let identity = call.transfer.as_ref().and_then(|transfer| {
            let theirs = if transfer.by == call.caller { self.callee_of(key) } else { self.caller_of(key) };
            theirs.filter(|identity| identity.named)
        });
        let mut headers = crossing(response);
        headers.push(("Session-ID", session_id(&contact, None)));
        headers.extend(identity.map(|identity| (HeaderName::PAssertedIdentity.as_str(), identity.address)));
        match self.ep.accept(self.clock.now, leg, &contact_of(key, &domain), &borrowed(&headers), Body::of(response)) {
            Ok(()) => {
                self.transfer_done(key, leg, None);
                true
            }
            Err(_) => {
                self.transfer_failed(key, 480);
                false
            }
        }
    }

    /// Nothing comes of it: who wanted the call hears why.
    pub(super) fn not_taken(&mut self, leg: SessionId, by: &Party, of: (String, String), status: u16) {
        // Here it is the phone of whoever takes the call that is gone.
        let why = if status == 480 { Over::Left } else { why_not(status) };
        self.audit_taking(by, Some(leg), of, Some(why));
        let (status, reason) = outward(status);
        // Where they gave up themselves there is nobody to tell.
        let _ = self.ep.reject(self.clock.now, leg, status, reason, &[]);
    }
}

/// Why a take-over did not happen, by the status that whoever wanted the call hears.
fn why_not(status: u16) -> Over {
    match status {
        403 => Over::RightLost,
        408 | 480 => Over::Lost,
        481 | 487 => Over::CallOver,
        486 => Over::PassedOn,
        _ => Over::Declined,
    }
}
