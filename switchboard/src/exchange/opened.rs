//! A station that waits in a queue and whose door is opened meanwhile: nobody has answered, and nobody has to any more.

use super::headers::{borrowed, session_id};
use super::io::{CallKey, ContactEvent, ContactKind, Output, Party, Rings};
use super::lift::is_unanswered;
use super::machine::Machine;
use crate::queue::io::Input;

/// Sent to phones that stop ringing, and to the station (RFC 3326).
const OPENED: (&str, &str) = ("Reason", "SIP;cause=200;text=\"Door opened\"");

impl Machine {
    /// The station hears a ring-back from the beginning: that it waits in a queue (182) is for those that know of queues.
    pub(super) fn ring_back(&mut self, key: &CallKey) {
        let Some(call) = self.calls.get(key).filter(|call| !call.parked) else { return };
        if !self.is_station(&call.from) {
            return;
        }
        let headers = [("Session-ID", session_id(&self.callee_half(key), Some(&call.contact)))];
        let _ = self.ep.progress(self.clock.now, call.caller, 180, "Ringing", &borrowed(&headers), None);
    }

    /// The priority with which a caller waits.
    pub(super) fn priority_of(&self, caller: &Party) -> u8 {
        let station = self.tenant(&caller.tenant).and_then(|tenant| tenant.stations.get(&caller.user));
        match station.map(|station| &station.rings) {
            Some(Rings::Queue { priority, .. }) => *priority,
            Some(Rings::People(_)) | None => 0,
        }
    }

    /// The door of a station has opened. Where it rings people it rings on: they may open a second door, or talk. A queue has others who wait.
    pub(super) fn opened(&mut self, station: &Party, by: &Party) {
        let calls = self.calls_of.get(station).into_iter().flatten().filter_map(|key| Some((key, self.calls.get(key)?)));
        let mut waiting = calls.filter(|(_, call)| call.from == *station && call.queue.is_some() && is_unanswered(call));
        let Some((key, caller, contact)) = waiting.next().map(|(key, call)| (key.clone(), call.caller, call.contact.clone())) else {
            return;
        };
        let (name, value) = OPENED;
        let headers = [("Session-ID", session_id(&self.callee_half(&key), Some(&contact))), (name, value.to_owned())];
        let _ = self.ep.reject(self.clock.now, caller, 480, "Door opened", &borrowed(&headers));
        let lines = self.leave_opened(&key, by);
        self.out.extend(lines.into_iter().map(|line| Output::Contact(Box::new(line))));
    }

    /// Ends the ring of a station everywhere: nobody has missed anything. Gives what its history says of everybody who was rung, and its last
    /// line, which names who opened.
    pub(super) fn leave_opened(&mut self, key: &CallKey, by: &Party) -> Vec<ContactEvent> {
        self.stop_ringing(key, &[OPENED]);
        let mut lines = self.end_group(key, "opened");
        let item = self.calls.get(key).and_then(|call| call.queue.as_ref()).map(|of| of.item);
        if let Some(item) = item.filter(|item| self.items.remove(item).is_some()) {
            self.queue_input(Input::Served { item });
        }
        let name = self.name_of(by);
        let event = self.contact(key, ContactKind::Opened, Some(by.clone()), None, None);
        self.end_call(key);
        lines.extend(event.map(|event| ContactEvent { to: by.clone(), to_display: name.unwrap_or_default(), ..event }));
        lines
    }

    fn is_station(&self, party: &Party) -> bool {
        self.tenant(&party.tenant).is_some_and(|tenant| tenant.stations.contains_key(&party.user))
    }
}
