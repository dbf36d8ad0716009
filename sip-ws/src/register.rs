//! Registration of one binding (RFC 3261 10, RFC 5626 4.2, RFC 3327, RFC 3608). It sends nothing: it says what to send when.

use crate::codec::{Contacts, HeaderName, Message};
use crate::ids::Ids;
use crate::io::{Millis, RegistrationFailure, RegistrationState};
use crate::timers;

/// ```text
///          wanted()          link up           200
///   ┌───┐ ─────────► ┌──────┐ ────► ┌───────────┐ ────► ┌──────────┐
///   │Off│            │NoLink│       │Registering│ ◄──── │Registered│
///   └───┘ ◄───┐      └──────┘       └┬──▲───▲───┘ time  └──────────┘
///             │          ▲  link lost│  │   │time, try now,
///             │          └───────────┘  │   │new credentials
///             │   (from every state)    │ ┌─┴────┐
///             │ answered, or no link    │ │Failed│◄── refusal, no reply
///    ┌────────┴────┐              423 ──┘ └──────┘
///    │Unregistering│ ◄── unwanted()
///    └─────────────┘
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Off,
    NoLink,
    Registering,
    Registered { until: Millis, refresh: Millis },
    Failed { retry: Option<Millis> },
    Unregistering,
}

/// One binding at the registrar.
#[derive(Debug)]
pub(crate) struct Registration {
    state: State,
    /// What to ask for, in seconds; grows by 423.
    expires: u32,
    /// One Call-ID and rising numbers for all (10.2).
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    failures: u32,
    /// A registrar has asked for more time since it last agreed.
    raised: bool,
    /// Without RFC 5626: somebody on the way does not know it.
    plain: bool,
    /// Service-Route of the registrar (RFC 3608).
    pub(crate) service_route: Vec<String>,
    ids: Ids,
    tell: Option<RegistrationState>,
}

/// What a REGISTER is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Seconds; 0 takes the binding back.
    pub(crate) expires: u32,
}

impl Registration {
    pub(crate) fn new(expires: u32, mut ids: Ids) -> Self {
        let call_id = ids.call_id();
        Self {
            state: State::Off,
            expires,
            call_id,
            cseq: 0,
            failures: 0,
            raised: false,
            plain: false,
            service_route: Vec::new(),
            ids,
            tell: None,
        }
    }

    /// What to tell the user, taken.
    pub(crate) fn news(&mut self) -> Option<RegistrationState> {
        self.tell.take()
    }

    pub(crate) fn wanted(&mut self) {
        match self.state {
            State::Off | State::Unregistering => self.state = State::NoLink,
            State::NoLink | State::Registering | State::Registered { .. } | State::Failed { .. } => {}
        }
    }

    /// Takes the binding back. `None`: there is none to be taken back, or no way to say so.
    pub(crate) fn unwanted(&mut self, has_link: bool) -> Option<Ask> {
        if matches!(self.state, State::Off | State::Unregistering) {
            return None;
        }
        let bound = matches!(self.state, State::Registered { .. } | State::Registering) && has_link;
        self.state = if bound { State::Unregistering } else { State::Off };
        self.tell = Some(RegistrationState::Off);
        bound.then_some(Ask { expires: 0 })
    }

    /// Nothing is wanted any more, and nothing is said: the binding stays until it runs out or is renewed.
    pub(crate) fn forget(&mut self) {
        self.state = State::Off;
        self.tell = Some(RegistrationState::Off);
    }

    /// A flow is there: it must be registered before it is used.
    pub(crate) fn on_link_up(&mut self) -> Option<Ask> {
        match self.state {
            State::Off | State::Unregistering => None,
            State::NoLink | State::Registering | State::Registered { .. } | State::Failed { .. } => self.ask(),
        }
    }

    pub(crate) fn on_link_lost(&mut self) {
        match self.state {
            State::Off => {}
            State::Unregistering => self.state = State::Off,
            State::NoLink | State::Failed { .. } => self.state = State::NoLink,
            State::Registering | State::Registered { .. } => {
                self.state = State::NoLink;
                self.tell = Some(RegistrationState::Failed { cause: RegistrationFailure::LinkLost, retry_at: None });
            }
        }
    }

    /// The user does not want to wait.
    pub(crate) fn try_now(&mut self) -> Option<Ask> {
        match self.state {
            State::Failed { .. } => self.ask(),
            State::Off | State::NoLink | State::Registering | State::Registered { .. } | State::Unregistering => None,
        }
    }

    /// There are new credentials. Where it failed for another reason they change nothing, and it is tried again at its time.
    pub(crate) fn try_with_others(&mut self) -> Option<Ask> {
        match self.state {
            State::Failed { retry: None } => self.ask(),
            State::Failed { retry: Some(_) }
            | State::Off
            | State::NoLink
            | State::Registering
            | State::Registered { .. }
            | State::Unregistering => None,
        }
    }

    pub(crate) fn on_timeout(&mut self, now: Millis) -> Option<Ask> {
        match self.state {
            State::Registered { refresh, .. } if refresh <= now => self.ask(),
            State::Failed { retry: Some(retry) } if retry <= now => self.ask(),
            State::Off | State::NoLink | State::Registering | State::Registered { .. } | State::Failed { .. } | State::Unregistering => {
                None
            }
        }
    }

    pub(crate) const fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Registered { refresh, .. } => Some(refresh),
            State::Failed { retry } => retry,
            State::Off | State::NoLink | State::Registering | State::Unregistering => None,
        }
    }

    /// The final response. `instance` and `contact` name our binding.
    pub(crate) fn on_response(&mut self, now: Millis, response: &Message, contact: &str, instance: &str) -> Option<Ask> {
        if let Ok(cseq) = response.cseq() {
            self.cseq = self.cseq.max(cseq.number);
        }
        match self.state {
            State::Unregistering => {
                self.state = State::Off;
                return None;
            }
            State::Registering => {}
            State::Off | State::NoLink | State::Registered { .. } | State::Failed { .. } => return None,
        }
        let retry_after = response.retry_after().ok().flatten();
        match response.status().unwrap_or_default() {
            200..=299 => {
                self.on_success(now, response, contact, instance);
                None
            }
            // 10.2.8: only upwards, and at once only the first time: a registrar that wants more each time is no loop without a pause.
            423 if self.raise(response) => self.ask(),
            // RFC 5626 6: the first hop knows nothing of it. Once.
            439 if !self.plain => {
                self.plain = true;
                self.ask()
            }
            // Who names a time, such as a lock after too many wrong passwords, wants to be asked again.
            status @ 403 if retry_after.is_some() => self.fail(now, RegistrationFailure::Credentials { status }, retry_after),
            status @ (401 | 403 | 407) => {
                self.state = State::Failed { retry: None };
                self.tell = Some(RegistrationState::Failed { cause: RegistrationFailure::Credentials { status }, retry_at: None });
                None
            }
            _ => self.fail(now, refused(response), retry_after),
        }
    }

    /// Takes the longer time that a 423 asks for. Says whether to ask again at once.
    fn raise(&mut self, response: &Message) -> bool {
        let min = response.min_expires().ok().flatten().filter(|min| *min > self.expires);
        self.expires = min.unwrap_or(self.expires);
        min.is_some() && !std::mem::replace(&mut self.raised, true)
    }

    /// No final response.
    pub(crate) fn on_no_reply(&mut self, now: Millis) {
        match self.state {
            State::Registering => {
                self.fail(now, RegistrationFailure::NoReply, None);
            }
            State::Unregistering => self.state = State::Off,
            State::Off | State::NoLink | State::Registered { .. } | State::Failed { .. } => {}
        }
    }

    /// The registrar has answered, in whatever way: the flow may be used.
    pub(crate) const fn is_settled(&self) -> bool {
        matches!(self.state, State::Registered { .. } | State::Failed { .. })
    }

    pub(crate) const fn is_registered(&self) -> bool {
        matches!(self.state, State::Registered { .. })
    }

    /// Whether the binding is one of RFC 3261, without a flow of its own.
    pub(crate) const fn is_plain(&self) -> bool {
        self.plain
    }

    pub(crate) const fn is_off(&self) -> bool {
        matches!(self.state, State::Off)
    }

    fn ask(&mut self) -> Option<Ask> {
        if !matches!(self.state, State::Registered { .. }) {
            self.tell = Some(RegistrationState::Registering);
        }
        self.state = State::Registering;
        Some(Ask { expires: self.expires })
    }

    fn on_success(&mut self, now: Millis, response: &Message, contact: &str, instance: &str) {
        self.failures = 0;
        self.raised = false;
        self.service_route = response.service_routes().unwrap_or_default().iter().map(|r| r.as_str().to_owned()).collect();
        let granted = u64::from(granted(response, contact, instance).unwrap_or(self.expires)) * 1_000;
        let until = now.plus(granted);
        // Between 75 and 90 % of the time, so that desks that registered together do not refresh together.
        let refresh = (granted / 100 * (75 + self.ids.up_to(15))).max(timers::REGISTER_MIN_REFRESH);
        self.state = State::Registered { until, refresh: now.plus(refresh) };
        self.tell = Some(RegistrationState::Registered { until });
    }

    fn fail(&mut self, now: Millis, cause: RegistrationFailure, retry_after: Option<u32>) -> Option<Ask> {
        let pause = match retry_after {
            Some(seconds) => {
                let asked = (u64::from(seconds) * 1_000).min(timers::RETRY_AFTER_MAX);
                asked + self.ids.up_to(asked / 10 + 1_000)
            }
            None => {
                let upper = (timers::REGISTER_RETRY << self.failures.min(10)).min(timers::REGISTER_RETRY_MAX);
                upper / 2 + self.ids.up_to(upper / 2)
            }
        };
        self.failures = self.failures.saturating_add(1);
        let retry = now.plus(pause);
        self.state = State::Failed { retry: Some(retry) };
        self.tell = Some(RegistrationState::Failed { cause, retry_at: Some(retry) });
        None
    }
}

fn refused(response: &Message) -> RegistrationFailure {
    RegistrationFailure::Refused {
        status: response.status().unwrap_or_default(),
        reason: String::from_utf8_lossy(response.reason()).into_owned(),
    }
}

/// 10.2.4: seconds granted to our binding; the header counts where the binding names none.
fn granted(response: &Message, contact: &str, instance: &str) -> Option<u32> {
    let contacts = response.contacts().unwrap_or(Contacts::List(Vec::new()));
    let ours = contacts
        .list()
        .iter()
        .find(|c| c.param("+sip.instance").is_some_and(|i| i.trim_matches(['<', '>', '"']) == instance) || c.uri().as_str() == contact);
    ours.and_then(crate::codec::NameAddr::expires).or_else(|| response.header(HeaderName::Expires).and(response.expires()))
}
