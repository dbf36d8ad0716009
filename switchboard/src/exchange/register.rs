//! Requests outside of calls: REGISTER, and a polite word for the rest.

use super::io::Party;
use super::machine::{Machine, Timer};
use super::recover::Phone;
use super::registrar::{Refusal, Registered, Request, Wish};
use sip_ws::codec::{Contacts, HeaderName, Message, Method, NameAddr};
use sip_ws::endpoint::ServerTxnId;
use sip_ws::io::FlowId;

impl Machine {
    /// A request that belongs to no call. The gate has seen it: the socket has an identity.
    pub(super) fn on_request(&mut self, txn: ServerTxnId, flow: FlowId, message: &Message) {
        let response = match message.method() {
            Some(Method::Register) => self.register(flow, message),
            Some(Method::Subscribe) => message.reply(489, "Bad event"),
            Some(Method::Refer) => message.reply(603, "Declined"),
            Some(Method::Info | Method::Notify | Method::Update) => message.reply(481, "No such call"),
            _ => message.reply(405, "Method not allowed here"),
        };
        self.ep.respond(self.clock.now, txn, response);
    }

    fn register(&mut self, flow: FlowId, message: &Message) -> Message {
        let Some(party) = self.flows.get(&flow).and_then(|f| f.party.clone()) else { return message.reply(403, "Forbidden") };
        if !self.is_address_of(message.to(), &party) {
            self.forged(flow, &party);
            return message.reply(403, "Not your address");
        }
        let (Ok(call_id), Ok(cseq)) = (message.call_id().map(str::to_owned), message.cseq()) else {
            return message.reply(400, "Bad request");
        };
        let request = match wishes(message) {
            Ok(request) => request,
            Err(reason) => return message.reply(400, reason),
        };
        let phone = match &request {
            Request::Set(list) => list.iter().find(|wish| wish.expires != Some(0)).map(|wish| Phone {
                instance: wish.instance.clone(),
                reg_id: wish.reg_id,
                contact: wish.uri.clone(),
            }),
            Request::Query | Request::RemoveAll => None,
        };
        let outbound = message.has_token(HeaderName::Supported, "outbound")
            && matches!(&request, Request::Set(list) if list.iter().any(|w| w.instance.is_some() && w.reg_id > 0));
        match self.registrar.register(self.clock.now, &party, flow, request, &call_id, cseq.number) {
            Ok(done) => {
                let response = accepted(message, &done, outbound);
                for (binding, _) in done.contacts.iter().filter(|(binding, _)| binding.flow == flow) {
                    self.after(binding.expires_at.since(self.clock.now), Timer::Binding(party.clone()));
                }
                if let Some(phone) = phone {
                    self.phone_is_back(flow, &party, phone);
                }
                self.phones_changed(&party);
                if done.changed {
                    self.report_person(&party);
                }
                response
            }
            Err(Refusal::TooBrief(least)) => {
                let mut response = message.reply(423, "Interval Too Brief");
                response.push(HeaderName::MinExpires, least.to_string());
                response
            }
            Err(Refusal::OutOfOrder) => message.reply(500, "Overtaken by a newer request"),
            Err(Refusal::TooMany) => message.reply(403, "Too many contacts"),
        }
    }

    /// Whether an address is this person's address of record.
    pub(super) fn is_address_of(&self, address: Result<NameAddr, sip_ws::codec::HeaderError>, party: &Party) -> bool {
        let Ok(address) = address else { return false };
        let uri = address.uri();
        let domain = self.tenant(&party.tenant).map(|t| t.sip_domain.as_str()).unwrap_or_default();
        uri.host().eq_ignore_ascii_case(domain) && uri.user_decoded().is_some_and(|user| user.eq_ignore_ascii_case(&party.user))
    }
}

fn wishes(message: &Message) -> Result<Request, &'static str> {
    let header = message.expires();
    match message.contacts().map_err(|_| "Broken Contact")? {
        Contacts::Star if header == Some(0) => Ok(Request::RemoveAll),
        Contacts::Star => Err("A wildcard needs Expires: 0"),
        Contacts::List(list) if list.is_empty() => Ok(Request::Query),
        Contacts::List(list) => Ok(Request::Set(
            list.iter()
                .map(|contact| Wish {
                    uri: contact.uri().as_str().to_owned(),
                    instance: contact.param("+sip.instance").map(|i| i.trim_matches(['"', '<', '>']).to_owned()).filter(|i| !i.is_empty()),
                    reg_id: contact.param("reg-id").and_then(|n| n.parse().ok()).unwrap_or(0),
                    expires: contact.expires().or(header),
                })
                .collect(),
        )),
    }
}

fn accepted(message: &Message, done: &Registered, outbound: bool) -> Message {
    let mut response = message.reply(200, "OK");
    for (binding, seconds) in &done.contacts {
        let mut value = format!("<{}>;expires={seconds}", binding.uri);
        if let Some(instance) = &binding.instance {
            value.push_str(&format!(";+sip.instance=\"<{instance}>\""));
        }
        if binding.reg_id > 0 {
            value.push_str(&format!(";reg-id={}", binding.reg_id));
        }
        response.push(HeaderName::Contact, value);
    }
    if outbound {
        response.push(HeaderName::Require, "outbound");
    }
    response
}
