//! How the calls of people sound, as their pages say. It is shown as long as the page lives that said it, and never longer than the call.

use super::state::State;
use super::subscription::Subscription;
use std::collections::BTreeMap;
use wire::{CallItem, CallQuality, CallState, Measured, UnixMs};

/// A page may say another class this long after the one before. Whatever comes sooner is not taken; pages say again what holds.
const PACE_MS: i64 = 2_000;
/// Changes of one call that its history keeps. A call that changes more often is no better known by more of them.
const MAX_KEPT: u32 = 100;

/// What is known of the sound of one call.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The page that said it last.
    client: u64,
    /// Nothing, where that page is gone or silent.
    pub quality: Option<CallQuality>,
    /// The last one that was taken, whether it still holds or not.
    last: Option<CallQuality>,
    changed_at: Option<UnixMs>,
    kept: u32,
}

impl Heard {
    /// Takes what a page says. Whether that changed what is shown, and whether the history is to know of it.
    fn take(&mut self, client: u64, quality: CallQuality, now: UnixMs) -> (bool, bool) {
        let another = self.last != Some(quality);
        if another && self.changed_at.is_some_and(|at| now - at < PACE_MS) {
            return (false, false);
        }
        self.client = client;
        let shown = self.quality.replace(quality) != Some(quality);
        let keep = another && self.kept < MAX_KEPT;
        if another {
            (self.last, self.changed_at) = (Some(quality), Some(now));
        }
        self.kept += u32::from(keep);
        (shown, keep)
    }
}

/// The sound of the calls of one person, by contact.
pub(super) type Sounds = BTreeMap<String, Heard>;

/// The class that a row shows: that of a conversation. Nobody talks in a held call.
pub(super) fn shown(sounds: Option<&Sounds>, call: Option<&CallItem>) -> Option<CallQuality> {
    let call = call.filter(|call| call.state == CallState::Connected)?;
    sounds?.get(&call.contact)?.quality
}

impl Subscription {
    /// The page says how the sound of one of its person's calls is. Of a call that they are not in, or that nobody has answered, nothing is
    /// taken: it may just have ended.
    pub(super) fn heard(&self, contact: String, measured: Measured, now: UnixMs) {
        let quality = measured.quality();
        let mut state = self.hub.state();
        let State { tenants, clients, .. } = &mut *state;
        let Some(client) = clients.get(&self.id) else { return };
        let (tenant, user) = (client.person.tenant.clone(), client.person.user.clone());
        let Some(tenant_state) = tenants.get_mut(&tenant) else { return };
        let call = tenant_state.calls.get(&user).and_then(|calls| calls.get(&contact));
        if call.is_none_or(|call| call.answered_at.is_none()) {
            return;
        }
        let heard = tenant_state.sounds.entry(user.clone()).or_default().entry(contact.clone()).or_default();
        let (shown, keep) = heard.take(self.id, quality, now);
        if shown {
            state.floor_agent(&tenant, &user);
        }
        drop(state);
        if keep {
            self.hub.floor().quality(&tenant, &user, contact, measured);
        }
    }
}

impl State {
    /// A page is gone or does not answer: what it said is not known any more.
    pub fn unheard(&mut self, client: u64) {
        let Some(page) = self.clients.get(&client) else { return };
        let (tenant, user) = (page.person.tenant.clone(), page.person.user.clone());
        let sounds = self.tenants.get_mut(&tenant).and_then(|t| t.sounds.get_mut(&user));
        let theirs = sounds.into_iter().flat_map(BTreeMap::values_mut).filter(|heard| heard.client == client);
        let known = theirs.filter_map(|heard| heard.quality.take()).count();
        if known > 0 {
            self.floor_agent(&tenant, &user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{Direction, Grade, Peer};

    const fn of(grade: Grade) -> CallQuality {
        CallQuality { grade, fault: None }
    }

    #[test]
    fn only_another_class_is_news_and_not_at_once_after_the_one_before() {
        let mut heard = Heard::default();
        assert_eq!(heard.take(1, of(Grade::Good), 0), (true, true));
        assert_eq!(heard.take(1, of(Grade::Good), 10), (false, false));
        assert_eq!(heard.take(1, of(Grade::Poor), PACE_MS - 1), (false, false));
        assert_eq!(heard.quality, Some(of(Grade::Good)));
        assert_eq!(heard.take(1, of(Grade::Poor), PACE_MS), (true, true));
    }

    #[test]
    fn what_a_new_page_says_again_is_shown_and_not_kept_twice() {
        let mut heard = Heard::default();
        let _ = heard.take(1, of(Grade::Fair), 0);
        heard.quality = None;
        assert_eq!(heard.take(2, of(Grade::Fair), 1), (true, false));
    }

    #[test]
    fn the_history_of_a_call_is_bounded() {
        let mut heard = Heard::default();
        let turn = |n: i64| if n % 2 == 0 { of(Grade::Good) } else { of(Grade::Poor) };
        let kept = (0..500).filter(|n| heard.take(1, turn(*n), n * PACE_MS).1).count();
        assert_eq!(kept, MAX_KEPT as usize);
    }

    #[test]
    fn a_held_call_has_no_sound_to_be_shown() {
        let mut call = CallItem {
            contact: "c".into(),
            direction: Direction::Incoming,
            peer: Peer::default(),
            state: CallState::Connected,
            started_at: 0,
            answered_at: Some(1),
            queue: None,
            away: false,
        };
        let sounds = Sounds::from([("c".to_owned(), Heard { quality: Some(of(Grade::Fair)), ..Heard::default() })]);
        assert_eq!(shown(Some(&sounds), Some(&call)), Some(of(Grade::Fair)));
        call.state = CallState::Held;
        assert_eq!(shown(Some(&sounds), Some(&call)), None);
        assert_eq!(shown(None, None), None);
    }
}
