//! Calls across a reload of the page: leaving without a word, and coming back.

use super::Agent;
use crate::call::Call;
use crate::io::{CallId, Millis, Output, STORED_CALL_VERSION, StoredCall};

impl Agent {
    /// Goes on with calls of before a reload, on an agent that has not been started. [`Command::Start`](crate::io::Command::Start)
    /// then registers first, and one re-INVITE per call brings its media back from a new connection. Values of another version, or
    /// of a call that exists, are left out. Drain [`poll`](Self::poll) afterwards: each call is told by
    /// [`Event::Restored`](crate::io::Event::Restored).
    pub fn restore(&mut self, now: Millis, calls: Vec<StoredCall>) {
        for mut stored in calls.into_iter().take(super::MAX_CALLS) {
            let id = stored.call;
            if stored.version != STORED_CALL_VERSION || self.calls.contains_key(&id) {
                continue;
            }
            // Our address is another one than before.
            stored.dialog.dialog.contact.clone_from(&self.edges[0].contact);
            let Ok(session) = self.ep.restore(now, None, stored.dialog.clone()) else { continue };
            // Also of a call that only has to end: its last word must not be taken for another's.
            if id.is_incoming() {
                self.last_incoming = self.last_incoming.max(id.0 - CallId::FIRST_INCOMING.0 + 1);
            }
            if stored.ending {
                self.sessions.insert(session, id);
                self.ending.push(id);
                self.ep.hang_up(now, session, &[("Reason", "Q.850;cause=16")]);
                continue;
            }
            let call = Call::restored(&mut self.ctx(now, None), session, stored);
            self.sessions.insert(session, id);
            self.calls.insert(id, call);
            // What is kept has the new sequence number from here on.
            self.with_call(now, id, |_, _| {});
        }
    }

    /// The peer of a call that is over knows it: nothing of it has to be kept.
    pub(super) fn erase(&mut self, call: CallId) {
        if let Some(at) = self.ending.iter().position(|known| *known == call) {
            self.ending.swap_remove(at);
            self.out.push_back(Output::Keep { call, stored: None });
        }
    }

    /// The page goes and will come back: nothing is said to anybody, and what is kept stays kept.
    pub(super) fn leave(&mut self, now: Millis) {
        self.with_watcher(now, |watcher, ctx| watcher.stop(ctx, true));
        for session in std::mem::take(&mut self.sessions).into_keys() {
            self.ep.forget(session);
        }
        self.calls.clear();
        self.ending.clear();
        self.acts.clear();
        self.stopping = None;
        self.bound.clear();
        for edge in &mut self.edges {
            edge.registration.forget();
            edge.link.stop();
        }
        // What the endpoint had still to send is not sent.
        while let crate::endpoint::Output::Transmit { .. } | crate::endpoint::Output::Event(_) = self.ep.poll() {}
        self.out.retain(|output| !matches!(output, Output::Send { .. }));
    }
}
