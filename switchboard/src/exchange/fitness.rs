//! Whether a person's phones would ring and be heard. Pages say it of themselves; a telephone beside them rings and is heard whatever they say.

use super::io::Party;
use super::machine::Machine;
use crate::queue::io::{Input as QueueInput, Name};
use wire::PhoneFault;

impl Machine {
    /// What a person's pages say is wrong with their phone.
    pub(super) fn pages_say(&mut self, party: &Party, fault: Option<PhoneFault>) {
        match fault {
            Some(fault) => self.faults.insert(party.clone(), fault),
            None => self.faults.remove(party),
        };
        self.tell_fitness(party);
    }

    /// Another phone of a person is there, or is there no more.
    pub(super) fn phones_changed(&mut self, party: &Party) {
        if self.faults.contains_key(party) {
            self.tell_fitness(party);
        }
    }

    fn tell_fitness(&mut self, party: &Party) {
        let fault = self.faults.get(party).copied().filter(|_| !self.has_telephone(party));
        self.queue_input(QueueInput::Fitness { agent: Name::from(party), fault });
    }

    /// A phone that is no page is registered: it has credentials of its own, and not those of a session.
    fn has_telephone(&self, party: &Party) -> bool {
        self.registrar.bindings(party).iter().any(|phone| self.flows.get(&phone.flow).is_some_and(|flow| flow.session.is_none()))
    }
}
