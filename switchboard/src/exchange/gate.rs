//! Who may send what: rates, caps and identities, before the endpoint keeps any state for a message.
//!
//! Policy. A right digest on any request gives the socket one identity for its life; later requests act as that person, whatever
//! their From says. REGISTER proves itself every time. Without an identity every request is challenged statelessly. A request in a
//! dialog is taken only from the person whose leg it is; from a new socket of theirs it moves the leg there.

use super::digest::{Answer, Claim, Verdict, session_of, split};
use super::io::{Audit, Output, Over, Party};
use super::limits::{
    BINDING_GRACE_MS, FLOW_EXCESS, MAX_CALLS_PER_USER, MAX_FAILURES_ACCOUNT, MAX_FAILURES_ADDRESS, MAX_UNREGISTERED,
    MAX_UNREGISTERED_PER_ADDRESS, RETRY_AFTER_S,
};
use super::machine::{Machine, Timer};
use super::queues::GUEST;
use super::setup::is_anonymous;
use sip_ws::codec::{Credentials, HeaderName, Message, Method, validate};
use sip_ws::io::FlowId;
use std::net::IpAddr;

/// Frames that are no SIP message which a socket may send before it is closed.
const MAX_BROKEN: u32 = 64;

impl Machine {
    /// One WebSocket message.
    pub(super) fn received(&mut self, flow: FlowId, bytes: &[u8]) {
        self.counters.received += 1;
        let now = self.clock.now;
        let Some(state) = self.flows.get_mut(&flow) else { return };
        let within = state.bucket.take(now.0);
        if !within {
            state.excess += 1;
            if state.excess > FLOW_EXCESS {
                return self.close(flow, "too many messages");
            }
        }
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(_) => {
                state.broken += 1;
                self.counters.broken += 1;
                if state.broken > MAX_BROKEN {
                    self.close(flow, "no SIP");
                }
                return;
            }
        };
        let identified = state.party.is_some();
        let Some(method) = message.method().cloned() else {
            // Nobody asked a stranger anything.
            if identified {
                self.ep.receive_message(now, flow, message);
            }
            return;
        };
        if !within && !matches!(method, Method::Ack | Method::Bye | Method::Cancel) {
            return self.overloaded(flow, &message);
        }
        if let Err(reject) = validate(&message) {
            if let Some(status) = reject.status {
                self.refuse(flow, &message, status, &reject.to_string(), &[]);
            }
            return;
        }
        if self.admit(flow, &message, &method, identified) {
            self.ep.receive_message(now, flow, message);
        }
    }

    /// Whether the endpoint may see this request; answers it otherwise.
    fn admit(&mut self, flow: FlowId, message: &Message, method: &Method, identified: bool) -> bool {
        if *method == Method::Register || !identified {
            match method {
                Method::Ack => return false,
                Method::Cancel => {
                    self.refuse(flow, message, 481, "No such call", &[]);
                    return false;
                }
                _ if !self.authenticate(flow, message, method) => return false,
                _ => {}
            }
        }
        let Some(party) = self.flows.get(&flow).and_then(|f| f.party.clone()) else { return false };
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        if in_dialog || *method == Method::Cancel {
            return self.admit_in_dialog(flow, message, method, &party);
        }
        // An INVITE gets its own name back on its way, and REGISTER proves whose address it means.
        if !matches!(method, Method::Invite | Method::Register) && !self.is_address_of(message.from(), &party) && !is_anonymous(message) {
            self.forged(flow, &party);
            self.refuse(flow, message, 403, "Not your name", &[]);
            return false;
        }
        if *method == Method::Invite {
            let busy = self.calls_of.get(&party).is_some_and(|calls| calls.len() >= MAX_CALLS_PER_USER);
            if busy || !self.may_call(&party) {
                self.overloaded(flow, message);
                return false;
            }
        }
        true
    }

    fn admit_in_dialog(&mut self, flow: FlowId, message: &Message, method: &Method, party: &Party) -> bool {
        let Some(session) = message.call_id().ok().and_then(|id| self.by_call_id.get(id)).copied() else { return true };
        let Some(leg) = self.legs.get(&session) else { return true };
        if leg.party != *party {
            self.forged(flow, party);
            if *method != Method::Ack {
                self.refuse(flow, message, 403, "Not your call", &[]);
            }
            return false;
        }
        if leg.flow != Some(flow) {
            self.bind(session, flow);
        }
        true
    }

    /// Checks the digest of a request; `false` when it was answered with a challenge or a refusal.
    fn authenticate(&mut self, flow: FlowId, message: &Message, method: &Method) -> bool {
        let clock = self.clock;
        let Some(state) = self.flows.get_mut(&flow) else { return false };
        let address = state.address.to_string();
        if state.party.is_none() && !state.strange.take(clock.now.0) {
            self.overloaded(flow, message);
            return false;
        }
        let Some(tenant) = self.tenant_for(message, method).cloned() else {
            self.refuse(flow, message, 403, "Unknown domain", &[]);
            return false;
        };
        let Some(answer) = answer_for(message, &tenant.sip_domain) else {
            self.challenge(flow, message, &tenant.sip_domain, false);
            return false;
        };
        let (user, expiry) = split(&answer.username);
        let account = format!("{}/{}", tenant.id, user.to_ascii_lowercase());
        let at_address = format!("@{address}");
        // A derived password holds 256 bits: guessing is no danger, and nobody can lock a desk out by failing in its name.
        if expiry.is_none() {
            let blocked = [(&account, MAX_FAILURES_ACCOUNT), (&at_address, MAX_FAILURES_ADDRESS)];
            if let Some((key, _)) = blocked.iter().find(|(key, limit)| self.failures.blocked(key, *limit, clock.now.0)) {
                let seconds = self.failures.retry_in(key, clock.now.0).div_ceil(1000).to_string();
                self.counters.limited += 1;
                self.refuse(flow, message, 403, "Too many failures", &[("Retry-After", &seconds)]);
                return false;
            }
        }
        let uri = message.uri().unwrap_or_default();
        let Some(state) = self.flows.get_mut(&flow) else { return false };
        let claim = Claim { tenant: &tenant, method: method.as_str(), uri, answer: &answer };
        match self.digest.check(clock, flow, &mut state.nonces, claim) {
            // Its password is right, so that nobody learns by guessing which sessions there were.
            Verdict::Right { .. } if session_of(&answer.username).is_some_and(|session| self.ended_sessions.contains_key(session)) => {
                self.refuse(flow, message, 403, "Credentials expired", &[]);
                false
            }
            Verdict::Right { user, .. } => {
                state.session = session_of(&answer.username).map(str::to_owned);
                self.failures.forgive(&account);
                self.counters.login_ok += 1;
                self.identify(flow, message, Party { tenant: tenant.id.clone(), user })
            }
            Verdict::Again { stale } => {
                self.challenge(flow, message, &tenant.sip_domain, stale);
                false
            }
            Verdict::Expired => {
                self.refuse(flow, message, 403, "Credentials expired", &[]);
                false
            }
            Verdict::Wrong => {
                self.counters.login_failed += 1;
                let total = if expiry.is_none() { self.failures.count(&account, clock.now.0) } else { 0 };
                let here = self.failures.count(&at_address, clock.now.0);
                let kind =
                    if total == MAX_FAILURES_ACCOUNT || here == MAX_FAILURES_ADDRESS { "sip.login-blocked" } else { "sip.login-failed" };
                if here <= MAX_FAILURES_ADDRESS {
                    self.audit(&tenant.id, kind, user, address);
                }
                self.refuse(flow, message, 403, "Wrong user name or password", &[]);
                false
            }
        }
    }

    /// Gives a socket its identity. One socket is one person.
    fn identify(&mut self, flow: FlowId, message: &Message, party: Party) -> bool {
        let Some(state) = self.flows.get_mut(&flow) else { return false };
        match &state.party {
            Some(known) if *known == party => return true,
            Some(_) => {
                self.forged(flow, &party);
                self.refuse(flow, message, 403, "This connection belongs to somebody else", &[]);
                return false;
            }
            None => {}
        }
        state.party = Some(party.clone());
        let address = state.address;
        self.no_stranger(flow, address);
        let flows = self.party_flows.entry(party).or_default();
        flows.insert(flow);
        if flows.len() > self.settings.flows_per_person
            && let Some(oldest) = flows.first().copied()
        {
            self.close(oldest, "too many connections of one person");
        }
        true
    }

    /// The tenant whose realm a request belongs to.
    fn tenant_for(&self, message: &Message, method: &Method) -> Option<&std::sync::Arc<super::io::Tenant>> {
        let host_of = |address: Result<sip_ws::codec::NameAddr, _>| address.ok().map(|a| a.uri().host().to_owned());
        let first = if *method == Method::Register { host_of(message.to()) } else { host_of(message.from()) };
        let target = message.uri().and_then(|uri| sip_ws::codec::UriRef::parse(uri).ok()).map(|uri| uri.host().to_owned());
        [first, target].into_iter().flatten().find_map(|host| self.tenant_of_domain(&host))
    }

    fn challenge(&mut self, flow: FlowId, message: &Message, realm: &str, stale: bool) {
        self.counters.challenged += 1;
        let values = self.digest.challenges(realm, flow, self.clock, stale);
        let headers: Vec<(&str, &str)> = values.iter().map(|value| ("WWW-Authenticate", value.as_str())).collect();
        self.refuse(flow, message, 401, "Unauthorized", &headers);
    }

    /// 503 with Retry-After.
    fn overloaded(&mut self, flow: FlowId, message: &Message) {
        self.counters.limited += 1;
        self.refuse(flow, message, 503, "Too many requests", &[("Retry-After", &RETRY_AFTER_S.to_string())]);
    }

    /// Answers a request without keeping state. ACK is never answered.
    pub(super) fn refuse(&mut self, flow: FlowId, message: &Message, status: u16, reason: &str, headers: &[(&str, &str)]) {
        if message.method() == Some(&Method::Ack) {
            return;
        }
        let mut response = message.reply(status, reason);
        if let Ok(to) = message.to()
            && to.tag().is_none()
        {
            response.set(HeaderName::To, to.with_param("tag", Some("gate")).as_str());
        }
        for (name, value) in headers {
            response.push_named(name, value);
        }
        self.out.push_back(Output::Send { flow, bytes: response.to_bytes() });
    }

    /// Somebody acted under another name: counted always, audited once per socket.
    pub(super) fn forged(&mut self, flow: FlowId, party: &Party) {
        self.counters.forged += 1;
        let Some(state) = self.flows.get_mut(&flow) else { return };
        if !std::mem::replace(&mut state.forgery_told, true) {
            let address = state.address.to_string();
            self.audit(&party.tenant, "sip.forged-identity", &party.user, address);
        }
    }

    pub(super) fn audit(&mut self, tenant: &str, kind: &'static str, subject: &str, address: String) {
        let subject: String = subject.chars().take(64).collect();
        self.out.push_back(Output::Audit(Audit {
            tenant: tenant.to_owned(),
            at: self.clock.unix_ms,
            kind,
            outcome: "refused",
            subject,
            address,
            part: None,
            taking: None,
        }));
    }

    /// Lets the oldest strangers go when there are too many.
    pub(super) fn make_room(&mut self, address: IpAddr) {
        let here = self.strangers.get(&address).filter(|flows| flows.len() >= MAX_UNREGISTERED_PER_ADDRESS);
        let oldest = match here {
            Some(flows) => flows.first().copied(),
            None if self.stranger_count >= MAX_UNREGISTERED => self.strangers.values().filter_map(|flows| flows.first()).min().copied(),
            None => None,
        };
        if let Some(oldest) = oldest {
            self.close(oldest, "too many connections that are not registered");
        }
    }

    /// A session was ended before its time: its phones hang up, their sockets close, and its credentials let nobody in.
    pub(super) fn session_ended(&mut self, session: String, until: i64) {
        let flows: Vec<FlowId> = self.flows.iter().filter(|(_, f)| f.session.as_ref() == Some(&session)).map(|(flow, _)| *flow).collect();
        self.refuse_sessions(vec![(session, until)]);
        for flow in flows {
            let Some(party) = self.flows.get(&flow).and_then(|f| f.party.clone()) else { continue };
            let legs: Vec<_> =
                self.sessions_of(&party).into_iter().filter(|s| self.legs.get(s).is_some_and(|l| l.flow == Some(flow))).collect();
            // Whatever that session was given leave for ends with it.
            self.drop_grants(Over::SessionEnded, |grant| grant.is_of(&party));
            self.close(flow, "the session was ended");
            self.registrar.forget_flow(flow, &party);
            self.phones_changed(&party);
            self.report_person(&party);
            // Nobody of that session comes back to them.
            for leg in legs {
                self.over_for(leg, Over::SessionEnded);
                self.give_up(leg);
            }
        }
    }

    /// Credentials of these sessions let nobody in until they would have ended by themselves.
    pub(super) fn refuse_sessions(&mut self, sessions: Vec<(String, i64)>) {
        let now = self.clock.unix_ms;
        self.ended_sessions.retain(|_, until| *until > now);
        self.ended_sessions.extend(sessions);
    }

    /// A socket is gone.
    pub(super) fn flow_closed(&mut self, flow: FlowId, leaving: bool) {
        let Some(state) = self.flows.remove(&flow) else { return };
        self.ep.flow_lost(self.clock.now, flow);
        match state.party {
            None => self.no_stranger(flow, state.address),
            Some(party) => {
                if let Some(flows) = self.party_flows.get_mut(&party) {
                    flows.remove(&flow);
                    if flows.is_empty() {
                        self.party_flows.remove(&party);
                        if party.user.starts_with(GUEST) {
                            // Guests come and go: nothing of them stays.
                            self.call_rates.remove(&party);
                        }
                    }
                }
                self.registrar.flow_closed(self.clock.now, flow, &party);
                self.after(BINDING_GRACE_MS, Timer::Binding(party.clone()));
                self.phones_changed(&party);
                self.legs_lost(flow, state.reg_id, &party, leaving);
            }
        }
    }

    fn no_stranger(&mut self, flow: FlowId, address: IpAddr) {
        if let Some(flows) = self.strangers.get_mut(&address)
            && flows.remove(&flow)
        {
            self.stranger_count -= 1;
            if flows.is_empty() {
                self.strangers.remove(&address);
            }
        }
    }
}

/// The answer to our challenge among the credentials of a request.
fn answer_for(message: &Message, realm: &str) -> Option<Answer> {
    let all = [message.authorization(), message.proxy_authorization()];
    let one = all
        .into_iter()
        .flatten()
        .flatten()
        .find(|c| c.is_digest() && !c.has_duplicates() && c.param("realm").is_some_and(|r| r.eq_ignore_ascii_case(realm)))?;
    Some(read(&one))
}

fn read(credentials: &Credentials) -> Answer {
    let text = |name: &str| credentials.param(name).unwrap_or_default().to_owned();
    Answer {
        username: text("username"),
        realm: text("realm"),
        nonce: text("nonce"),
        uri: text("uri"),
        response: text("response"),
        algorithm: credentials.param("algorithm").map(str::to_owned),
        qop: credentials.param("qop").map(str::to_owned),
        nc: text("nc"),
        cnonce: text("cnonce"),
    }
}
