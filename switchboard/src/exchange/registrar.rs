//! Bindings of addresses of record to the sockets of phones (RFC 3261 section 10, RFC 5626). Pure.
//!
//! A binding lives as long as its socket plus a short grace, whatever its expiry says: a closed tab rings nobody.

use super::io::Party;
use super::limits::{BINDING_GRACE_MS, EXPIRES_DEFAULT_S, EXPIRES_MAX_S, EXPIRES_MIN_S, MAX_CONTACTS};
use sip_ws::io::{FlowId, Millis};
use std::collections::BTreeMap;

/// One contact of a REGISTER, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The contact URI, text as sent.
    pub uri: String,
    /// `+sip.instance` without its quotes.
    pub instance: Option<String>,
    /// `reg-id`.
    pub reg_id: u32,
    /// The `expires` parameter, else the header.
    pub expires: Option<u32>,
}

/// A registered contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The contact URI, used as Request-URI towards the phone.
    pub uri: String,
    /// `+sip.instance`.
    pub instance: Option<String>,
    /// `reg-id`.
    pub reg_id: u32,
    /// Where the phone is reached.
    pub flow: FlowId,
    /// Whether that socket is open; a binding without it only waits for its grace to end.
    pub up: bool,
    /// End of life.
    pub expires_at: Millis,
    call_id: String,
    cseq: u32,
}

impl Binding {
    /// Whether a REGISTER with this wish renews this binding.
    fn same(&self, wish: &Wish) -> bool {
        match (&self.instance, &wish.instance) {
            (Some(a), Some(b)) => a == b && self.reg_id == wish.reg_id,
            (None, None) => self.uri == wish.uri,
            _ => false,
        }
    }
}

/// Why a REGISTER is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// 423 with Min-Expires.
    TooBrief(u32),
    /// 500: an older request overtaken by a newer one of the same Call-ID.
    OutOfOrder,
    /// 403: more contacts than one person may have.
    TooMany,
}

/// All bindings.
#[derive(Debug, Default)]
pub struct Registrar {
    aors: BTreeMap<Party, Vec<Binding>>,
}

/// What a REGISTER did.
#[derive(Debug, PartialEq, Eq)]
pub struct Registered {
    /// The first contact of this person appeared or the last one went.
    pub changed: bool,
    /// Every live contact with the seconds it has left.
    pub contacts: Vec<(Binding, u64)>,
}

/// What a REGISTER asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// No Contact: tell me the bindings.
    Query,
    /// `Contact: *`.
    RemoveAll,
    /// Add, renew or remove.
    Set(Vec<Wish>),
}

impl Registrar {
    /// Applies a REGISTER that has been authenticated as `party`. All of it or nothing.
    pub fn register(
        &mut self,
        now: Millis,
        party: &Party,
        flow: FlowId,
        request: Request,
        call_id: &str,
        cseq: u32,
    ) -> Result<Registered, Refusal> {
        let was = self.is_registered(party);
        let mut list = self.aors.get(party).cloned().unwrap_or_default();
        list.retain(|binding| binding.expires_at > now);
        match request {
            Request::Query => {}
            Request::RemoveAll => {
                if list.iter().any(|b| b.call_id == call_id && b.cseq >= cseq) {
                    return Err(Refusal::OutOfOrder);
                }
                list.clear();
            }
            Request::Set(wishes) => {
                for wish in wishes {
                    apply(&mut list, now, flow, &wish, call_id, cseq)?;
                }
            }
        }
        if list.iter().filter(|b| b.up).count() > MAX_CONTACTS {
            return Err(Refusal::TooMany);
        }
        let contacts = list.iter().map(|b| (b.clone(), b.expires_at.since(now).div_ceil(1000))).collect();
        if list.is_empty() {
            self.aors.remove(party);
        } else {
            self.aors.insert(party.clone(), list);
        }
        Ok(Registered { changed: was != self.is_registered(party), contacts })
    }

    /// The contacts through which a person is reached at this moment, longest registered first. A phone with two flows (RFC 5626) is
    /// one phone: it is reached on the one that it registered last.
    pub fn reachable(&self, party: &Party) -> Vec<Binding> {
        let mut phones: Vec<Binding> = Vec::new();
        for binding in self.bindings(party) {
            match phones.iter_mut().find(|phone| phone.instance.is_some() && phone.instance == binding.instance) {
                Some(phone) => *phone = binding,
                None => phones.push(binding),
            }
        }
        phones
    }

    /// Every flow on which a person is reached, longest registered first.
    pub fn bindings(&self, party: &Party) -> Vec<Binding> {
        self.aors.get(party).map(|list| list.iter().filter(|b| b.up).cloned().collect()).unwrap_or_default()
    }

    /// A person has a phone: an open socket, or one that closed a moment ago and is expected back.
    pub fn is_registered(&self, party: &Party) -> bool {
        self.aors.get(party).is_some_and(|list| !list.is_empty())
    }

    /// People with a binding.
    pub fn people(&self) -> usize {
        self.aors.len()
    }

    /// A socket is gone: its bindings keep a short grace.
    pub fn flow_closed(&mut self, now: Millis, flow: FlowId, party: &Party) {
        for binding in self.aors.get_mut(party).into_iter().flatten().filter(|b| b.flow == flow) {
            binding.up = false;
            binding.expires_at = binding.expires_at.min(now.plus(BINDING_GRACE_MS));
        }
    }

    /// A socket is gone and its phone comes back no more.
    pub fn forget_flow(&mut self, flow: FlowId, party: &Party) {
        if let Some(list) = self.aors.get_mut(party) {
            list.retain(|binding| binding.flow != flow);
            if list.is_empty() {
                self.aors.remove(party);
            }
        }
    }

    /// Removes what has ended of one person; says whether the last contact went.
    pub fn expire(&mut self, now: Millis, party: &Party) -> bool {
        let Some(list) = self.aors.get_mut(party) else { return false };
        list.retain(|binding| binding.expires_at > now);
        if !list.is_empty() {
            return false;
        }
        self.aors.remove(party);
        true
    }

    /// Removes all contacts of a person.
    pub fn remove(&mut self, party: &Party) {
        self.aors.remove(party);
    }
}

fn apply(list: &mut Vec<Binding>, now: Millis, flow: FlowId, wish: &Wish, call_id: &str, cseq: u32) -> Result<(), Refusal> {
    let seconds = match wish.expires {
        None => EXPIRES_DEFAULT_S,
        Some(0) => 0,
        Some(s) if s < EXPIRES_MIN_S => return Err(Refusal::TooBrief(EXPIRES_MIN_S)),
        Some(s) => s.min(EXPIRES_MAX_S),
    };
    let known = list.iter().position(|b| b.same(wish));
    // RFC 3261 10.3 step 7; a client that came back on another socket starts afresh.
    if known.is_some_and(|i| list[i].call_id == call_id && list[i].cseq >= cseq && list[i].flow == flow) {
        return Err(Refusal::OutOfOrder);
    }
    if let Some(i) = known {
        list.remove(i);
    }
    if seconds == 0 {
        return Ok(());
    }
    // A socket is one phone: what it registered before under another contact is the same phone's past.
    list.retain(|b| {
        !(b.flow == flow
            && b.instance == wish.instance
            && b.reg_id == wish.reg_id
            && b.call_id == call_id
            && b.uri != wish.uri
            && b.cseq < cseq)
    });
    list.push(Binding {
        uri: wish.uri.clone(),
        instance: wish.instance.clone(),
        reg_id: wish.reg_id,
        flow,
        up: true,
        expires_at: now.plus(u64::from(seconds) * 1000),
        call_id: call_id.to_owned(),
        cseq,
    });
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
mod tests {
    use super::*;

    fn party(user: &str) -> Party {
        Party { tenant: "t".into(), user: user.into() }
    }

    fn wish(uri: &str, instance: Option<&str>, expires: Option<u32>) -> Request {
        Request::Set(vec![Wish { uri: uri.into(), instance: instance.map(Into::into), reg_id: 1, expires }])
    }

    fn at(ms: u64) -> Millis {
        Millis(ms)
    }

    #[test]
    fn a_new_socket_of_the_same_instance_replaces_the_old_one() {
        let mut r = Registrar::default();
        let a = party("a");
        assert!(r.register(at(0), &a, FlowId(1), wish("sip:x@old.invalid", Some("urn:uuid:1"), None), "c1", 1).unwrap().changed);
        let second = r.register(at(10), &a, FlowId(2), wish("sip:x@new.invalid", Some("urn:uuid:1"), None), "c1", 2).unwrap();
        assert!(!second.changed);
        assert_eq!(second.contacts.len(), 1);
        assert_eq!(r.reachable(&a)[0].flow, FlowId(2));
    }

    #[test]
    fn two_flows_of_one_instance_are_one_phone_reached_on_the_newer_one() {
        let mut r = Registrar::default();
        let a = party("a");
        let flow = |reg_id, uri: &str| Request::Set(vec![Wish { uri: uri.into(), instance: Some("i".into()), reg_id, expires: None }]);
        r.register(at(0), &a, FlowId(1), flow(1, "sip:x@1.invalid"), "c1", 1).unwrap();
        r.register(at(0), &a, FlowId(9), wish("sip:other@y", Some("j"), None), "c9", 1).unwrap();
        let both = r.register(at(0), &a, FlowId(2), flow(2, "sip:x@2.invalid"), "c2", 1).unwrap();
        assert_eq!(both.contacts.len(), 3, "three bindings");
        let flows = |r: &Registrar| r.reachable(&a).iter().map(|b| b.flow).collect::<Vec<_>>();
        assert_eq!(flows(&r), [FlowId(2), FlowId(9)], "of two phones, in the order in which they came");
        r.register(at(9), &a, FlowId(1), flow(1, "sip:x@1.invalid"), "c1", 2).unwrap();
        assert!(flows(&r).contains(&FlowId(1)) && !flows(&r).contains(&FlowId(2)), "a refresh says which one lives");
        r.flow_closed(at(10), FlowId(1), &a);
        assert!(flows(&r).contains(&FlowId(2)));
        // Phones without an instance are told apart by nothing else than their contacts.
        r.register(at(10), &a, FlowId(3), wish("sip:p@1", None, None), "d1", 1).unwrap();
        r.register(at(10), &a, FlowId(4), wish("sip:p@2", None, None), "d2", 1).unwrap();
        assert_eq!(r.reachable(&a).len(), 4);
    }

    #[test]
    fn a_closed_socket_is_not_rung_and_its_binding_ends_after_the_grace() {
        let mut r = Registrar::default();
        let a = party("a");
        r.register(at(0), &a, FlowId(1), wish("sip:x@y.invalid", None, Some(600)), "c1", 1).unwrap();
        r.flow_closed(at(100), FlowId(1), &a);
        assert!(r.reachable(&a).is_empty());
        assert!(r.is_registered(&a));
        assert!(!r.expire(at(100 + BINDING_GRACE_MS - 1), &a));
        assert!(r.expire(at(100 + BINDING_GRACE_MS), &a));
        assert!(!r.is_registered(&a));
    }

    #[test]
    fn life_times_are_clamped_and_too_brief_ones_refused() {
        let mut r = Registrar::default();
        let a = party("a");
        let long = r.register(at(0), &a, FlowId(1), wish("sip:x@y", None, Some(u32::MAX)), "c", 1).unwrap();
        assert_eq!(long.contacts[0].1, u64::from(EXPIRES_MAX_S));
        assert_eq!(r.register(at(0), &a, FlowId(1), wish("sip:x@y", None, Some(1)), "c", 2), Err(Refusal::TooBrief(EXPIRES_MIN_S)));
        assert_eq!(r.reachable(&a).len(), 1, "a refused request changes nothing");
        assert!(r.register(at(0), &a, FlowId(1), wish("sip:x@y", None, Some(0)), "c", 3).unwrap().contacts.is_empty());
    }

    #[test]
    fn an_overtaken_register_is_refused_but_a_restarted_client_is_not() {
        let mut r = Registrar::default();
        let a = party("a");
        r.register(at(0), &a, FlowId(1), wish("sip:x@y", Some("i"), None), "c", 7).unwrap();
        assert_eq!(r.register(at(0), &a, FlowId(1), wish("sip:x@y", Some("i"), None), "c", 7), Err(Refusal::OutOfOrder));
        assert!(r.register(at(0), &a, FlowId(2), wish("sip:x@y", Some("i"), None), "c", 1).is_ok());
        assert!(r.register(at(0), &a, FlowId(2), wish("sip:x@y", Some("i"), None), "other", 1).is_ok());
    }

    #[test]
    fn contacts_of_one_person_are_capped() {
        let mut r = Registrar::default();
        let a = party("a");
        for n in 0..MAX_CONTACTS {
            r.register(at(0), &a, FlowId(n as u64), wish(&format!("sip:{n}@y"), None, None), &format!("c{n}"), 1).unwrap();
        }
        assert_eq!(r.register(at(0), &a, FlowId(99), wish("sip:99@y", None, None), "c99", 1), Err(Refusal::TooMany));
        assert_eq!(r.reachable(&a).len(), MAX_CONTACTS);
    }

    #[test]
    fn a_wildcard_removes_only_the_own_contacts() {
        let mut r = Registrar::default();
        r.register(at(0), &party("a"), FlowId(1), wish("sip:x@y", None, None), "c", 1).unwrap();
        r.register(at(0), &party("b"), FlowId(2), wish("sip:z@y", None, None), "d", 1).unwrap();
        assert!(r.register(at(0), &party("a"), FlowId(1), Request::RemoveAll, "c", 2).unwrap().changed);
        assert!(r.reachable(&party("a")).is_empty());
        assert_eq!(r.reachable(&party("b")).len(), 1);
    }
}
