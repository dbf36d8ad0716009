//! Whether the phones of people would be heard and hear, as their pages say. A page's word holds as long as its feed; a person whose pages
//! say nothing may have another phone, of which nothing is known.

use super::state::{Client, State};
use super::subscription::Subscription;
use crate::ids::TenantId;
use wire::{Phone, PhoneFault};

impl Subscription {
    /// The page says what its phone is like from now on.
    pub(super) fn say_phone(&self, phone: Option<Phone>) {
        let mut state = self.hub.state();
        let Some(client) = state.clients.get_mut(&self.id) else { return };
        if client.phone != phone {
            client.phone = phone;
            let (tenant, user) = (client.person.tenant.clone(), client.person.user.clone());
            state.pages_changed(self.hub.floor(), &tenant, &user);
        }
    }
}

impl State {
    /// What is wrong with the phones of a person: nothing, where one of them is fit.
    pub fn phone_fault(&self, tenant: &TenantId, user: &str) -> Option<PhoneFault> {
        fault(self.clients.values().filter(|client| client.is(tenant, user)).filter_map(word))
    }
}

/// What a page says, and whether it answers heartbeats.
fn word(client: &Client) -> Option<(Phone, bool)> {
    client.phone.map(|phone| (phone, !client.silent))
}

/// A page that is silent says no more that its phone is fit; that it was not is believed until somebody else knows better.
fn fault(words: impl Iterator<Item = (Phone, bool)>) -> Option<PhoneFault> {
    let words: Vec<(Phone, bool)> = words.collect();
    let heard = words.iter().any(|(_, answers)| *answers);
    let mut faults = words.iter().filter(|(_, answers)| *answers || !heard).map(|(phone, _)| phone.fault);
    let first = faults.next().flatten();
    first.filter(|_| faults.all(|fault| fault.is_some()))
}

#[cfg(test)]
mod tests {
    use super::fault;
    use wire::{Phone, PhoneFault};

    const LOCKED: Phone = Phone { fault: Some(PhoneFault::SoundLocked) };
    const FIT: Phone = Phone { fault: None };

    fn of<const N: usize>(words: [(Phone, bool); N]) -> Option<PhoneFault> {
        fault(words.into_iter())
    }

    #[test]
    fn one_fit_phone_is_enough_and_no_word_is_no_fault() {
        assert_eq!(of([]), None);
        assert_eq!(of([(LOCKED, true)]), LOCKED.fault);
        assert_eq!(of([(LOCKED, true), (FIT, true)]), None);
        assert_eq!(of([(FIT, true), (LOCKED, true)]), None);
    }

    #[test]
    fn the_word_of_a_silent_page_counts_for_less() {
        assert_eq!(of([(LOCKED, false)]), LOCKED.fault);
        assert_eq!(of([(FIT, false), (LOCKED, true)]), LOCKED.fault);
        assert_eq!(of([(LOCKED, false), (FIT, true)]), None);
    }
}
