//! The subscriptions of an agent (RFC 6665 4.1): asked for, kept up, moved to new flows, and given up.

use std::collections::{BTreeMap, VecDeque};

use super::package::Board;
use super::{Ctx, Document, MAX_NOTICES, MAX_WATCHES, Merged, Notice, Watch, WatchEnd, WatchId, Watcher};
use crate::call::resolve;
use crate::codec::{HeaderName, Message, Method, NameAddr, Uri};
use crate::dialog::{Dialog, Order};
use crate::endpoint::{RequestId, ServerTxnId};
use crate::io::Millis;
use crate::timers;

/// ```text
///  subscribe()   flow           NOTIFY active, pending
///   ┌───────┐ ──────► ┌──────┐ ─────────────► ┌──────┐ ──┐ refresh: flow, time, gap
///   │Waiting│         │Asking│ ◄───────────── │Active│ ◄─┘
///   └───────┘ ◄────── └──┬───┘   481, lapsed  └──┬───┘
///       ▲    no answer,  │                       │ terminated, deactivated …
///       └── 5xx, silence ┴───────────────────────┘
///  from every state: unsubscribe() ──► Leaving ──► (gone);   rejected, noresource, invariant, 403, 404, 489 … ──► (gone)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// For a flow, or until it is tried again.
    Waiting { retry: Option<Millis> },
    /// SUBSCRIBE is under way, or answered without a notification so far.
    Asking { give_up: Millis },
    /// Notified.
    Active { until: Millis, refresh: Millis },
    /// Taken back; the last notification is still to come. `said`: the server has been told.
    Leaving { give_up: Millis, said: bool },
}

#[derive(Debug)]
struct Subscription {
    watch: Watch,
    target: Uri,
    state: State,
    /// Seconds to ask for; grows by 423.
    expires: u32,
    failures: u32,
    /// The server has asked for more time since it last agreed.
    raised: bool,
    /// When the present dialog was asked for.
    asked: Millis,
    call_id: String,
    local_tag: String,
    dialog: Option<Dialog>,
    request: Option<RequestId>,
    board: Board,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: BTreeMap<WatchId, Subscription>,
    notices: VecDeque<Notice>,
    unreadable: u64,
}

impl Watcher for Subscriptions {
    fn subscribe(&mut self, ctx: &mut Ctx<'_>, id: WatchId, watch: Watch) {
        let target = resolve(&watch.target, ctx.aor.map_or("", Uri::host));
        let end = match target {
            _ if self.all.len() >= MAX_WATCHES || self.all.contains_key(&id) => WatchEnd::Limit,
            None => WatchEnd::Target,
            Some(target) => {
                let board = Board::new(&watch.package);
                let (expires, state) = (watch.expires, State::Waiting { retry: None });
                let (call_id, local_tag) = (String::new(), String::new());
                let (dialog, request) = (None, None);
                let (failures, raised, asked) = (0, false, ctx.now);
                let new =
                    Subscription { watch, target, state, expires, failures, raised, asked, call_id, local_tag, dialog, request, board };
                self.all.insert(id, new);
                return self.ask(ctx, id);
            }
        };
        self.tell(Notice::Over { watch: id, end });
    }

    fn unsubscribe(&mut self, ctx: &mut Ctx<'_>, id: WatchId) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        if matches!(sub.state, State::Leaving { .. }) {
            return;
        }
        let can_say = ctx.flow.is_some() && matches!(sub.state, State::Asking { .. } | State::Active { .. });
        // Not before the dialog is known: the first response or notification will be answered with the wish.
        let said = can_say && sub.dialog.is_some();
        sub.state = State::Leaving { give_up: ctx.now.plus(timers::SUBSCRIBE_SILENCE), said };
        if said {
            self.send(ctx, id, 0);
        }
        self.tell(Notice::Over { watch: id, end: WatchEnd::Local });
        if !can_say {
            self.remove(ctx, id);
        }
    }

    fn on_response(&mut self, ctx: &mut Ctx<'_>, request: RequestId, response: Option<&Message>) -> bool {
        let found = self.all.iter().find(|(_, sub)| sub.request == Some(request)).map(|(id, _)| *id);
        let Some(id) = found else { return false };
        if let Some(sub) = self.all.get_mut(&id) {
            sub.request = None;
            if let (Some(dialog), Some(Ok(cseq))) = (&mut sub.dialog, response.map(Message::cseq)) {
                // A challenge was answered with a number of its own.
                dialog.local_cseq = dialog.local_cseq.max(cseq.number);
            }
        }
        match response.and_then(|response| Some((response.status()?, response))) {
            Some((200..=299, response)) => self.on_granted(ctx, id, response),
            Some((status, response)) => self.on_refused(ctx, id, status, response),
            None => self.on_no_answer(ctx, id, None),
        }
        true
    }

    fn on_notify(&mut self, ctx: &mut Ctx<'_>, txn: ServerTxnId, notify: &Message) -> bool {
        let Some(id) = self.owner(notify) else { return false };
        let status = self.notified(ctx, id, notify);
        ctx.ep.respond(ctx.now, txn, Message::response(status, if status == 200 { "OK" } else { "Refused" }));
        true
    }

    fn on_reachable(&mut self, ctx: &mut Ctx<'_>) {
        let ids: Vec<WatchId> = self.all.keys().copied().collect();
        for id in ids {
            match self.all.get(&id).map(|sub| sub.state) {
                // A refresh in the dialog brings the route up to date and the whole state.
                Some(State::Waiting { .. } | State::Active { .. }) => self.ask(ctx, id),
                Some(State::Asking { .. } | State::Leaving { .. }) | None => {}
            }
        }
    }

    fn on_lost(&mut self) {
        let mut stale = Vec::new();
        self.all.retain(|id, sub| {
            sub.request = None;
            match sub.state {
                State::Leaving { .. } => return false,
                State::Asking { .. } | State::Waiting { .. } => sub.state = State::Waiting { retry: None },
                State::Active { until, .. } => {
                    sub.state = State::Active { until, refresh: until };
                    stale.push(*id);
                }
            }
            true
        });
        for watch in stale {
            self.tell(Notice::Stale { watch, retry_at: None });
        }
    }

    fn on_timeout(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now;
        let due: Vec<WatchId> = self.all.iter().filter(|(_, sub)| deadline(sub).is_some_and(|at| at <= now)).map(|(id, _)| *id).collect();
        for id in due {
            match self.all.get(&id).map(|sub| sub.state) {
                Some(State::Waiting { .. }) => self.ask(ctx, id),
                Some(State::Asking { .. }) => self.on_no_answer(ctx, id, None),
                Some(State::Active { until, .. }) if until <= now => self.again(ctx, id, 0),
                Some(State::Active { .. }) => self.ask(ctx, id),
                Some(State::Leaving { .. }) => self.remove(ctx, id),
                None => {}
            }
        }
    }

    fn deadline(&self) -> Option<Millis> {
        self.all.values().filter_map(deadline).min()
    }

    fn stop(&mut self, ctx: &mut Ctx<'_>, silently: bool) {
        let ids: Vec<WatchId> = self.all.keys().copied().collect();
        for id in ids {
            if !silently {
                self.unsubscribe(ctx, id);
            }
            self.remove(ctx, id);
        }
    }

    fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

impl Subscriptions {
    /// Whose notification it is: Call-ID, our tag, the package (8.2.1 without `id`, which we never send) and the peer's tag.
    fn owner(&self, notify: &Message) -> Option<WatchId> {
        let (call_id, to, from, event) = (notify.call_id().ok()?, notify.to().ok()?, notify.from().ok()?, notify.event().ok()?);
        let found = self.all.iter().find(|(_, sub)| sub.call_id == call_id && to.tag() == Some(sub.local_tag.as_str()))?;
        let of_fork = found.1.dialog.as_ref().is_none_or(|dialog| from.tag().unwrap_or_default() == dialog.remote_tag);
        (of_fork && event.token().eq_ignore_ascii_case(found.1.watch.package.event())).then_some(*found.0)
    }

    /// 4.1.2.4: the status to answer with.
    fn notified(&mut self, ctx: &mut Ctx<'_>, id: WatchId, notify: &Message) -> u16 {
        let (Some(sub), Ok(state), Ok(cseq)) = (self.all.get_mut(&id), notify.subscription_state(), notify.cseq()) else { return 400 };
        match &mut sub.dialog {
            Some(dialog) => {
                if dialog.on_request(cseq.number) == Order::Old {
                    return 500;
                }
                dialog.refresh_target(notify);
            }
            // 4.4.1: the notification may be earlier than the response, and makes the dialog.
            None => {
                let Ok(mut dialog) = Dialog::from_request(notify, &sub.local_tag, ctx.contact) else { return 400 };
                dialog.local_cseq = 1;
                sub.dialog = Some(dialog);
            }
        }
        let word = state.token().to_ascii_lowercase();
        let leaving = matches!(sub.state, State::Leaving { .. });
        if word == "terminated" {
            if leaving {
                self.remove(ctx, id);
            } else {
                self.show(ctx, id, notify);
                let retry_after = state.param("retry-after").and_then(|seconds| seconds.parse().ok());
                self.terminated(ctx, id, state.param("reason").unwrap_or_default(), retry_after);
            }
            return 200;
        }
        if leaving {
            self.say_leaving(ctx, id);
            return 200;
        }
        if let Some(seconds) = state.param("expires").and_then(|e| e.parse().ok()) {
            self.granted(ctx, id, seconds);
        } else if matches!(sub.state, State::Asking { .. } | State::Waiting { .. }) {
            let seconds = sub.expires;
            self.granted(ctx, id, seconds);
        }
        if word == "pending" {
            self.tell(Notice::Pending { watch: id });
        }
        self.show(ctx, id, notify);
        200
    }

    /// What a notification says, if it says something.
    fn show(&mut self, ctx: &mut Ctx<'_>, id: WatchId, notify: &Message) {
        let Some(sub) = self.all.get_mut(&id).filter(|_| !notify.body().is_empty()) else { return };
        match sub.board.apply(notify) {
            Ok(Merged::New(document)) => self.tell_state(id, document),
            Ok(Merged::Old) => {}
            Ok(Merged::Gap) if sub.request.is_none() && matches!(sub.state, State::Active { .. }) => self.ask(ctx, id),
            Ok(Merged::Gap) => {}
            Err(_) => self.unreadable += 1,
        }
    }

    /// Asks, or asks again in the same dialog; without a flow when there is one.
    fn ask(&mut self, ctx: &mut Ctx<'_>, id: WatchId) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        let later = ctx.now.plus(timers::SUBSCRIBE_SILENCE);
        sub.state = match sub.state {
            State::Waiting { .. } if ctx.flow.is_none() => State::Waiting { retry: None },
            State::Waiting { .. } => State::Asking { give_up: later },
            State::Active { until, .. } if ctx.flow.is_none() => State::Active { until, refresh: until },
            // Moved by the answer; if there is none, it is tried again in time.
            State::Active { until, .. } => State::Active { until, refresh: later },
            other @ (State::Asking { .. } | State::Leaving { .. }) => other,
        };
        if ctx.flow.is_some() && sub.request.is_none() {
            sub.asked = if sub.dialog.is_none() { ctx.now } else { sub.asked };
            let expires = sub.expires;
            self.send(ctx, id, expires);
        }
    }

    /// Tells the server that we leave, once its dialog is known.
    fn say_leaving(&mut self, ctx: &mut Ctx<'_>, id: WatchId) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        if let State::Leaving { said, .. } = &mut sub.state
            && !*said
            && sub.request.is_none()
        {
            *said = true;
            self.send(ctx, id, 0);
        }
    }

    fn send(&mut self, ctx: &mut Ctx<'_>, id: WatchId, expires: u32) {
        let (Some(sub), Some(flow), Some(aor)) = (self.all.get_mut(&id), ctx.flow, ctx.aor) else { return };
        let mut request = match &mut sub.dialog {
            Some(dialog) => {
                ctx.detour.lead(&mut dialog.route_set);
                dialog.request(Method::Subscribe)
            }
            None => {
                (sub.call_id, sub.local_tag) = (ctx.ids.call_id(), ctx.ids.tag());
                ctx.ep.expect_notify(&sub.call_id, &sub.local_tag, true);
                let mut request = Message::request(Method::Subscribe, sub.target.as_str());
                for route in ctx.service_route {
                    request.push(HeaderName::Route, route);
                }
                request.push(HeaderName::From, NameAddr::new(None, aor).with_param("tag", Some(&sub.local_tag)).as_str());
                request.push(HeaderName::To, NameAddr::new(None, &sub.target).as_str());
                request.push(HeaderName::CallId, &sub.call_id);
                request
            }
        };
        request.push(HeaderName::Contact, ctx.contact);
        request.push(HeaderName::Event, sub.watch.package.event());
        request.push(HeaderName::Accept, sub.watch.package.accept());
        request.push(HeaderName::Expires, expires.to_string());
        sub.request = Some(ctx.ep.request(ctx.now, flow, request));
    }

    /// 4.1.2.1: the server may grant less, not more.
    fn on_granted(&mut self, ctx: &mut Ctx<'_>, id: WatchId, response: &Message) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        if sub.dialog.is_none()
            && let Ok(mut dialog) = Dialog::from_response(response, response)
        {
            // It has the peer's Contact and Record-Route; ours is known here.
            ctx.contact.clone_into(&mut dialog.contact);
            if dialog.remote_target.is_empty() {
                sub.target.as_str().clone_into(&mut dialog.remote_target);
            }
            sub.dialog = Some(dialog);
        }
        let granted = response.expires();
        match sub.state {
            State::Leaving { .. } => self.say_leaving(ctx, id),
            State::Waiting { .. } | State::Asking { .. } => {}
            State::Active { .. } => {
                let seconds = granted.unwrap_or(sub.expires);
                self.granted(ctx, id, seconds);
            }
        }
    }

    fn granted(&mut self, ctx: &mut Ctx<'_>, id: WatchId, seconds: u32) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        let ms = u64::from(seconds.min(sub.expires)) * 1_000;
        // Between 75 and 90 %, so that what was asked for together is not refreshed together.
        let refresh = (ms / 100 * (75 + ctx.ids.up_to(15))).max(timers::SUBSCRIBE_MIN_REFRESH);
        sub.raised = false;
        if ctx.now.since(sub.asked) > timers::SUBSCRIBE_SILENCE {
            sub.failures = 0;
        }
        sub.state = State::Active { until: ctx.now.plus(ms.max(timers::SUBSCRIBE_MIN_REFRESH)), refresh: ctx.now.plus(refresh) };
    }

    fn on_refused(&mut self, ctx: &mut Ctx<'_>, id: WatchId, status: u16, response: &Message) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        if matches!(sub.state, State::Leaving { .. }) {
            return self.remove(ctx, id);
        }
        let retry_after = response.retry_after().ok().flatten();
        match status {
            // The dialog is not known any more: a new one.
            481 if sub.dialog.is_some() => self.again(ctx, id, 0),
            423 if response.min_expires().ok().flatten().is_some_and(|min| min > sub.expires) => {
                sub.expires = response.min_expires().ok().flatten().unwrap_or(sub.expires);
                let expires = sub.expires;
                // At once only the first time: a server that wants more each time is no loop without a pause.
                if std::mem::replace(&mut sub.raised, true) {
                    return self.on_no_answer(ctx, id, retry_after);
                }
                self.send(ctx, id, expires);
            }
            401 | 407 => self.over(ctx, id, WatchEnd::Credentials),
            403 | 603 => self.over(ctx, id, WatchEnd::Rejected),
            404 | 410 | 604 => self.over(ctx, id, WatchEnd::NoResource),
            489 => self.over(ctx, id, WatchEnd::UnknownPackage),
            405 | 406 | 416 | 420 | 423 | 482 | 483 | 484 | 485 | 501 | 505 | 606 => self.over(ctx, id, WatchEnd::Refused(status)),
            _ => self.on_no_answer(ctx, id, retry_after),
        }
    }

    /// 4.1.2.2: a refresh that fails leaves the subscription as it is until it lapses.
    fn on_no_answer(&mut self, ctx: &mut Ctx<'_>, id: WatchId, retry_after: Option<u32>) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        let pause = pause(ctx, sub, retry_after);
        match &mut sub.state {
            State::Active { until, refresh } if ctx.now.plus(pause) < *until => *refresh = ctx.now.plus(pause),
            State::Leaving { .. } => self.remove(ctx, id),
            State::Active { .. } | State::Asking { .. } | State::Waiting { .. } => self.again(ctx, id, pause),
        }
    }

    /// 4.1.3: what the reason of the end asks for.
    fn terminated(&mut self, ctx: &mut Ctx<'_>, id: WatchId, reason: &str, retry_after: Option<u32>) {
        let Some(sub) = self.all.get(&id) else { return };
        let lasted = ctx.now.since(sub.asked) > timers::SUBSCRIBE_SILENCE;
        let end = match reason.to_ascii_lowercase().as_str() {
            // Asked for once, and told.
            _ if sub.expires == 0 => WatchEnd::Local,
            "rejected" => WatchEnd::Rejected,
            "noresource" => WatchEnd::NoResource,
            "invariant" => WatchEnd::Invariant,
            // At once, but never in a circle without a pause.
            "deactivated" | "timeout" if lasted => return self.again(ctx, id, 0),
            // `probation`, `giveup`, and what nobody has defined yet.
            _ => {
                let pause = pause(ctx, sub, retry_after);
                return self.again(ctx, id, pause);
            }
        };
        self.over(ctx, id, end);
    }

    /// A new subscription in a new dialog, in `pause` ms.
    fn again(&mut self, ctx: &mut Ctx<'_>, id: WatchId, pause: u64) {
        let Some(sub) = self.all.get_mut(&id) else { return };
        let retry = ctx.now.plus(pause);
        sub.state = State::Waiting { retry: Some(retry) };
        (sub.dialog, sub.request) = (None, None);
        // Nothing that the old dialog still says counts.
        ctx.ep.expect_notify(&sub.call_id, &sub.local_tag, false);
        sub.call_id.clear();
        sub.board = Board::new(&sub.watch.package);
        if pause == 0 {
            return self.ask(ctx, id);
        }
        sub.failures = sub.failures.saturating_add(1);
        self.tell(Notice::Stale { watch: id, retry_at: Some(retry) });
    }

    fn over(&mut self, ctx: &mut Ctx<'_>, id: WatchId, end: WatchEnd) {
        self.remove(ctx, id);
        self.tell(Notice::Over { watch: id, end });
    }

    fn remove(&mut self, ctx: &mut Ctx<'_>, id: WatchId) {
        if let Some(sub) = self.all.remove(&id) {
            ctx.ep.expect_notify(&sub.call_id, &sub.local_tag, false);
        }
    }

    /// The whole state: an older one of the same subscription that nobody took is of no use.
    fn tell_state(&mut self, watch: WatchId, document: Document) {
        if self.notices.len() >= MAX_NOTICES {
            self.notices.retain(|known| !matches!(known, Notice::State { watch: old, .. } if *old == watch));
        }
        self.tell(Notice::State { watch, document });
    }

    fn tell(&mut self, notice: Notice) {
        if self.notices.len() >= MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }
}

const fn deadline(sub: &Subscription) -> Option<Millis> {
    match sub.state {
        State::Waiting { retry } => retry,
        State::Asking { give_up } | State::Leaving { give_up, .. } => Some(give_up),
        State::Active { until, refresh } => Some(if refresh.0 < until.0 { refresh } else { until }),
    }
}

/// How long to wait before it is tried again.
fn pause(ctx: &mut Ctx<'_>, sub: &Subscription, retry_after: Option<u32>) -> u64 {
    match retry_after {
        Some(seconds) => {
            let asked = (u64::from(seconds) * 1_000).min(timers::RETRY_AFTER_MAX);
            asked + ctx.ids.up_to(asked / 10 + 1_000)
        }
        None => {
            let upper = (timers::REGISTER_RETRY << sub.failures.min(10)).min(timers::REGISTER_RETRY_MAX);
            upper / 2 + ctx.ids.up_to(upper / 2)
        }
    }
}
