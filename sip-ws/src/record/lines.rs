//! One line for each input and output of an agent.

use super::redact::Names;
use crate::call::resolve;
use crate::codec::Uri;
use crate::io::{Command, Entry, Event, Input, MediaFailure, MediaInput, MediaRequest, Network, Output, Profile, RejectAs, SocketInput};

/// Writes what happens to one agent. Lines begin with `<` for inputs and `>` for outputs; `agent` is the first.
#[derive(Debug)]
pub struct Redactor {
    pub(super) names: Names,
    domain: String,
}

impl Redactor {
    /// For an agent with this profile and pace ([`Agent::with_pace`](crate::Agent::with_pace)), and the line that says so.
    #[must_use]
    pub fn new(profile: &Profile, pace: [u8; 32]) -> (Self, String) {
        let domain = Uri::parse(&profile.aor).map(|aor| aor.host().to_owned()).unwrap_or_default();
        let mut this = Self { names: Names::default(), domain };
        let line = this.agent(profile, pace);
        (this, line)
    }

    /// The same for names that are there already.
    pub(super) fn again(names: Names, profile: &Profile) -> Self {
        Self { names, ..Self::new(profile, [0; 32]).0 }
    }

    fn agent(&mut self, profile: &Profile, pace: [u8; 32]) -> String {
        let list = |this: &mut Self, values: &mut dyn Iterator<Item = &str>| {
            values.map(|value| this.names.scrub(value)).collect::<Vec<_>>().join(",")
        };
        let urls = list(self, &mut std::iter::once(&profile.websocket_url).chain(&profile.further_urls).map(String::as_str));
        let aor = self.names.scrub(&profile.aor);
        // One word of the line; `+` is in no stand-in.
        let name = self.names.scrub(profile.display_name.as_deref().unwrap_or_default()).replace(' ', "+");
        let instance = self.names.scrub(&profile.instance);
        let users = list(self, &mut profile.credentials.iter().map(|known| known.user.as_str()));
        let realms = list(self, &mut profile.credentials.iter().map(|known| known.realm.as_str()));
        let trusted = list(self, &mut profile.trusted.iter().map(String::as_str));
        let registrar = self.names.scrub(profile.registrar.as_deref().unwrap_or_default());
        format!(
            "< agent urls={urls} aor={aor} name={name} instance={instance} users={users} realms={realms} trusted={trusted} \
             registrar={registrar} expires={} session={} gruu={} supervised={}{} pace={}",
            profile.register_expires,
            profile.session_expires.unwrap_or_default(),
            u8::from(profile.gruu),
            u8::from(profile.supervised),
            if profile.anonymous { " anonymous=1" } else { "" },
            crate::auth::hex(&pace),
        )
    }

    /// The line of an input. Give it before the input itself.
    pub fn input(&mut self, input: &Input) -> String {
        match input {
            Input::Socket(flow, SocketInput::Opened) => format!("< opened {}", flow.0),
            Input::Socket(flow, SocketInput::Closed { retry_after }) => format!("< closed {} {}", flow.0, retry_after.unwrap_or_default()),
            Input::Socket(flow, SocketInput::Received(bytes)) => format!("< frame {} {}", flow.0, self.frame(bytes)),
            Input::Timer => "< timer".to_owned(),
            Input::Media(MediaInput::LocalDescription { call, request, sdp }) => {
                format!("< described {} {} {}", call.0, request.0, self.names.description(sdp))
            }
            Input::Media(MediaInput::Applied { call, request }) => format!("< applied {} {}", call.0, request.0),
            Input::Media(MediaInput::Failed { call, request, failure }) => {
                format!("< failed {} {} {}", call.0, request.0, u8::from(matches!(failure, MediaFailure::Incompatible(_))))
            }
            Input::Media(MediaInput::Gathered { call, sdp, complete }) => {
                format!("< gathered {} {} {}", call.0, u8::from(*complete), self.names.description(sdp))
            }
            Input::Command(command) => self.command(command),
            Input::Network(Network::Online) => "< online".to_owned(),
            Input::Network(Network::Offline) => "< offline".to_owned(),
            Input::Credentials(credentials) => {
                format!("< credentials {} {}", self.names.scrub(&credentials.user), self.names.scrub(&credentials.realm))
            }
        }
    }

    fn command(&mut self, command: &Command) -> String {
        match command {
            Command::Start => "< start".to_owned(),
            Command::Stop => "< stop".to_owned(),
            Command::Leave => "< leave".to_owned(),
            Command::RetryNow => "< retry".to_owned(),
            Command::Call { call, target, video } => format!("< call {} {} {}", call.0, u8::from(*video), self.target(target)),
            Command::CallInto { call, target, video, dialog, how } => {
                let target = self.target(target);
                let (id, to, from) = (&dialog.call_id, &dialog.to_tag, &dialog.from_tag);
                let parts = [id, to, from].map(|part| self.names.scrub(part)).join(" ");
                let (early, joins) = (u8::from(dialog.early_only), u8::from(*how == Entry::Join));
                format!("< into {} {} {target} {parts} {early} {joins}", call.0, u8::from(*video))
            }
            Command::FollowRedirect { call, accept } => format!("< redirect {} {}", call.0, u8::from(*accept)),
            Command::Transfer { call, target } => format!("< transfer {} {}", call.0, self.target(target)),
            Command::TransferTo { call, to } => format!("< connect {} {}", call.0, to.0),
            Command::FollowTransfer { call, accept } => format!("< follow {} {}", call.0, u8::from(*accept)),
            Command::Answer { call, video } => format!("< answer {} {}", call.0, u8::from(*video)),
            Command::Reject { call, how } => format!("< reject {} {}", call.0, u8::from(*how == RejectAs::Decline)),
            Command::HangUp { call } => format!("< end {}", call.0),
            Command::Hold { call } => format!("< hold {}", call.0),
            Command::Resume { call } => format!("< resume {}", call.0),
            // Which digit it was may be somebody's secret.
            Command::Dtmf { call, .. } => format!("< digit {}", call.0),
            Command::SetVideo { call, on } => format!("< video {} {}", call.0, u8::from(*on)),
            Command::Renegotiate { call, fresh } => format!("< renegotiate {} {}", call.0, u8::from(*fresh)),
        }
    }

    /// As an address, since people write the same number in many ways.
    fn target(&mut self, target: &str) -> String {
        resolve(target, &self.domain).map_or_else(|| "?".to_owned(), |uri| self.names.scrub(uri.as_str()))
    }

    fn frame(&mut self, bytes: &[u8]) -> String {
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) { format!("crlf{}", bytes.len()) } else { self.names.frame(bytes) }
    }

    /// The line of an output, as it comes; `None` for [`Output::Wait`].
    pub fn output(&mut self, output: &Output) -> Option<String> {
        Some(match output {
            Output::Connect { flow, .. } => format!("> connect {}", flow.0),
            Output::Disconnect { flow } => format!("> disconnect {}", flow.0),
            Output::Send { flow, bytes } => format!("> send {} {}", flow.0, self.frame(bytes)),
            Output::Media(request) => self.media(request),
            Output::Event(event) => format!("> event {}", event_name(event)),
            Output::Keep { call, stored } => format!("> keep {} {}", call.0, u8::from(stored.is_some())),
            Output::Wait(_) => return None,
        })
    }

    fn media(&mut self, request: &MediaRequest) -> String {
        match request {
            MediaRequest::Offer { call, request, direction, video, fresh } => {
                let (video, fresh) = (u8::from(video.receives()) + u8::from(video.receives() && !video.sends()), u8::from(*fresh));
                format!("> offer {} {} {} {video} {fresh}", call.0, request.0, direction.as_str())
            }
            MediaRequest::Answer { call, request, offer, direction, video, fresh } => {
                let (video, fresh, offer) = (u8::from(*video), u8::from(*fresh), self.names.description(offer));
                format!("> answer {} {} {} {video} {fresh} {offer}", call.0, request.0, direction.as_str())
            }
            MediaRequest::ApplyAnswer { call, request, sdp, early } => {
                format!("> apply {} {} {} {}", call.0, request.0, u8::from(*early), self.names.description(sdp))
            }
            MediaRequest::AddCandidates { call, candidates } => {
                let all = candidates.iter().fold(String::new(), |all, candidate| {
                    let text = self.names.candidate(&candidate.text);
                    format!("{all} {} {text}", self.names.of(&candidate.ufrag))
                });
                format!("> candidates {}{all}", call.0)
            }
            MediaRequest::Rollback { call } => format!("> rollback {}", call.0),
            MediaRequest::Close { call } => format!("> close {}", call.0),
        }
    }
}

/// What it is, without whom and what it is about.
fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Link(_) => "link",
        Event::Registration(_) => "registration",
        Event::Incoming { .. } => "incoming",
        Event::Restored { .. } => "restored",
        Event::Dialling { .. } => "dialling",
        Event::Progress { .. } => "progress",
        Event::Answered { .. } => "answered",
        Event::Ended { .. } => "ended",
        Event::Hold { .. } => "hold",
        Event::Reach { .. } => "reach",
        Event::ChangeFailed { .. } => "change failed",
        Event::Ignored { .. } => "ignored",
        Event::Warning(_) => "warning",
        _ => "other",
    }
}
