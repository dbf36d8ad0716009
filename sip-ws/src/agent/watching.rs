//! Subscriptions of an agent. Only [`Agent::subscribe`] names their machine: who never calls it does not link it.

use super::Agent;
use crate::codec::Message;
use crate::endpoint::{EndpointEvent, ServerTxnId};
use crate::io::Millis;
use crate::watch::{Ctx, Notice, OddNotifies, Subscriptions, Watch, WatchId, Watcher};

impl Agent {
    /// Watches somebody or something until it is taken back; it is asked for when there is a registered flow. Drain
    /// [`poll`](Self::poll) afterwards, then [`next_notice`](Self::next_notice).
    pub fn subscribe(&mut self, now: Millis, id: WatchId, watch: Watch) {
        self.watcher.get_or_insert_with(|| Box::new(Subscriptions::default()));
        self.with_watcher(now, |watcher, ctx| watcher.subscribe(ctx, id, watch));
        self.settle(now);
    }

    /// Takes a subscription back. Drain [`poll`](Self::poll) afterwards.
    pub fn unsubscribe(&mut self, now: Millis, id: WatchId) {
        self.with_watcher(now, |watcher, ctx| watcher.unsubscribe(ctx, id));
        self.settle(now);
    }

    /// The next thing that a subscription tells. Drain it after each drain of [`poll`](Self::poll).
    pub fn next_notice(&mut self) -> Option<Notice> {
        self.watcher.as_mut()?.next_notice()
    }

    /// Notifications that nobody may act on.
    #[must_use]
    pub fn odd_notifies(&self) -> OddNotifies {
        OddNotifies {
            unsolicited: self.unsolicited + self.ep.unsolicited(),
            unreadable: self.watcher.as_ref().map_or(0, |watcher| watcher.unreadable()),
        }
    }

    pub(super) fn with_watcher(&mut self, now: Millis, f: impl FnOnce(&mut dyn Watcher, &mut Ctx<'_>)) {
        let Some(mut watcher) = self.watcher.take() else { return };
        let (flow, detour) = (self.ready_flow(self.watch_edge), self.detour(self.watch_edge));
        let edge = &self.edges[self.watch_edge];
        let mut ctx = Ctx {
            now,
            ep: &mut self.ep,
            ids: &mut self.ids,
            aor: self.aor.as_ref(),
            contact: &edge.contact,
            service_route: &edge.registration.service_route,
            detour: &detour,
            flow,
        };
        f(watcher.as_mut(), &mut ctx);
        self.watcher = Some(watcher);
    }

    /// Whether the answer to a request is for a subscription.
    pub(super) fn is_watchers(&mut self, now: Millis, event: &EndpointEvent) -> bool {
        let (request, response) = match event {
            EndpointEvent::Response { id, message } => (*id, Some(message)),
            EndpointEvent::RequestFailed { id, .. } => (*id, None),
            _ => return false,
        };
        let mut taken = false;
        self.with_watcher(now, |watcher, ctx| taken = watcher.on_response(ctx, request, response));
        taken
    }

    /// Whether a notification is of a subscription, which then has answered it.
    pub(super) fn is_notified(&mut self, now: Millis, txn: ServerTxnId, notify: &Message) -> bool {
        let mut taken = false;
        self.with_watcher(now, |watcher, ctx| taken = watcher.on_notify(ctx, txn, notify));
        taken
    }
}
