//! A recording once more, with an agent of its own.

use super::lines::Redactor;
use super::redact::Names;
use crate::Agent;
use crate::codec::DialogRef;
use crate::io::{
    CallId, Command, Credentials, Entry, FlowId, Input, MediaFailure, MediaInput, MediaRequestId, Millis, Network, Output, Profile,
    RejectAs, SocketInput,
};

/// A recording that came out the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Inputs that were given.
    pub inputs: usize,
    /// Outputs that were compared.
    pub outputs: usize,
}

/// Why a recording does not come out the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It has no line of an agent: its beginning is gone.
    #[error("the recording does not begin with an agent")]
    NoBeginning,
    /// A line cannot be read.
    #[error("line {0} cannot be read")]
    Line(usize),
    /// The agent said something else.
    #[error("after line {line} the agent was expected to say {expected:?} and said {said:?}")]
    Other {
        /// Number of the input.
        line: usize,
        /// What was recorded.
        expected: Option<String>,
        /// What the agent says now.
        said: Option<String>,
    },
}

/// Gives the inputs of a recording to a new agent, and compares what it says. A recording is lines of milliseconds, a tab and what a
/// [`Redactor`] wrote; others are passed over. With several agents it is all of them, one after the other.
///
/// # Errors
/// The first line at which something else happened, or that cannot be read.
pub fn replay(recording: &str) -> Result<Replayed, ReplayError> {
    let mut replayed = Replayed { inputs: 0, outputs: 0 };
    let mut player: Option<Player> = None;
    let mut lines = recording.lines().enumerate().filter_map(|(at, line)| Some((at + 1, line.split_once('\t')?))).peekable();
    while let Some((at, (time, text))) = lines.next() {
        let Some(input) = text.strip_prefix("< ") else { continue };
        if let Some(agent) = input.strip_prefix("agent ") {
            player = Some(Player::new(agent).ok_or(ReplayError::Line(at))?);
            continue;
        }
        let Some(player) = &mut player else { return Err(ReplayError::NoBeginning) };
        let now = time.parse().map(Millis).map_err(|_| ReplayError::Line(at))?;
        player.give(now, input).ok_or(ReplayError::Line(at))?;
        replayed.inputs += 1;
        loop {
            let mut expected = None;
            while let Some((_, (_, text))) = lines.next_if(|(_, (_, text))| !text.starts_with("< ")) {
                if text.starts_with("> ") {
                    expected = Some(text.to_owned());
                    break;
                }
            }
            let said = player.said();
            if expected != said {
                return Err(ReplayError::Other { line: at, expected, said });
            }
            if said.is_none() {
                break;
            }
            replayed.outputs += 1;
        }
    }
    if player.is_none() { Err(ReplayError::NoBeginning) } else { Ok(replayed) }
}

struct Player {
    agent: Agent,
    redactor: Redactor,
}

impl Player {
    fn new(line: &str) -> Option<Self> {
        let mut names = Names::default();
        let line = names.fill(line)?;
        let field = |name: &str| line.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        let list = |name: &str| field(name).map(|list| list.split(',').filter(|value| !value.is_empty()).map(str::to_owned));
        let some = |name: &str| field(name).filter(|value| !value.is_empty()).map(str::to_owned);
        let mut urls = list("urls")?;
        let users = list("users")?.zip(list("realms")?);
        let profile = Profile {
            websocket_url: urls.next()?,
            further_urls: urls.collect(),
            aor: some("aor")?,
            display_name: some("name").map(|name| name.replace('+', " ")),
            anonymous: field("anonymous") == Some("1"),
            registrar: some("registrar"),
            credentials: users.map(|(user, realm)| Credentials { user, password: "secret".to_owned(), realm }).collect(),
            instance: some("instance").unwrap_or_default(),
            register_expires: field("expires")?.parse().ok()?,
            user_agent: "replay".to_owned(),
            session_id_header: None,
            session_expires: field("session")?.parse().ok().filter(|seconds| *seconds > 0),
            gruu: field("gruu")? == "1",
            trusted: list("trusted")?.collect(),
            supervised: field("supervised")? == "1",
        };
        let pace = field("pace")?;
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(pace.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        let redactor = Redactor::again(names, &profile);
        // Any seed will do: what comes of it stands behind the stand-ins.
        Some(Self { agent: Agent::with_pace(profile, [0x5a; 32], bytes), redactor })
    }

    fn give(&mut self, now: Millis, line: &str) -> Option<()> {
        let filled = self.redactor.names.fill(line)?;
        let input = input(&filled)?;
        self.agent.input(now, input);
        Some(())
    }

    fn said(&mut self) -> Option<String> {
        loop {
            let output = self.agent.poll();
            if let Output::Wait(_) = output {
                return None;
            }
            if let Some(line) = self.redactor.output(&output) {
                return Some(line);
            }
        }
    }
}

fn input(line: &str) -> Option<Input> {
    let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut fields = rest.splitn(7, ' ');
    let mut number = || fields.next()?.parse::<u64>().ok();
    let command = match kind {
        "timer" => return Some(Input::Timer),
        "online" => return Some(Input::Network(Network::Online)),
        "offline" => return Some(Input::Network(Network::Offline)),
        "opened" => return Some(Input::Socket(FlowId(number()?), SocketInput::Opened)),
        "closed" => {
            let flow = FlowId(number()?);
            let retry_after = u32::try_from(number()?).ok().filter(|seconds| *seconds > 0);
            return Some(Input::Socket(flow, SocketInput::Closed { retry_after }));
        }
        "frame" => {
            let (flow, text) = rest.split_once(' ')?;
            return Some(Input::Socket(FlowId(flow.parse().ok()?), SocketInput::Received(frame(text))));
        }
        "described" => {
            let (call, request) = (CallId(number()?), MediaRequestId(number()?));
            let sdp = rest.splitn(3, ' ').nth(2)?.replace('|', "\r\n");
            return Some(Input::Media(MediaInput::LocalDescription { call, request, sdp }));
        }
        "gathered" => {
            let (call, complete) = (CallId(number()?), number()? == 1);
            let sdp = rest.splitn(3, ' ').nth(2)?.replace('|', "\r\n");
            return Some(Input::Media(MediaInput::Gathered { call, sdp, complete }));
        }
        "applied" => return Some(Input::Media(MediaInput::Applied { call: CallId(number()?), request: MediaRequestId(number()?) })),
        "failed" => {
            let (call, request) = (CallId(number()?), MediaRequestId(number()?));
            let failure = if number()? == 1 { MediaFailure::Incompatible } else { MediaFailure::Local };
            return Some(Input::Media(MediaInput::Failed { call, request, failure: failure(String::new()) }));
        }
        "credentials" => {
            let (user, realm) = rest.split_once(' ')?;
            let (user, password, realm) = (user.to_owned(), "secret".to_owned(), realm.to_owned());
            return Some(Input::Credentials(Credentials { user, password, realm }));
        }
        "start" => Command::Start,
        "stop" => Command::Stop,
        "leave" => Command::Leave,
        "retry" => Command::RetryNow,
        "call" => {
            let (call, video) = (CallId(number()?), number()? == 1);
            Command::Call { call, video, target: fields.next()?.to_owned() }
        }
        "into" => {
            let (call, video) = (CallId(number()?), number()? == 1);
            let mut text = || fields.next().map(str::to_owned);
            let (target, call_id, to_tag, from_tag) = (text()?, text()?.into(), text()?.into(), text()?.into());
            let last = text()?;
            let (early_only, how) = (last.starts_with('1'), if last.ends_with('1') { Entry::Join } else { Entry::Replace });
            Command::CallInto { call, target, video, dialog: DialogRef { call_id, to_tag, from_tag, early_only }, how }
        }
        "transfer" => {
            let call = CallId(number()?);
            Command::Transfer { call, target: fields.next()?.to_owned() }
        }
        "redirect" => Command::FollowRedirect { call: CallId(number()?), accept: number()? == 1 },
        "connect" => Command::TransferTo { call: CallId(number()?), to: CallId(number()?) },
        "follow" => Command::FollowTransfer { call: CallId(number()?), accept: number()? == 1 },
        "answer" => Command::Answer { call: CallId(number()?), video: number()? == 1 },
        "reject" => {
            let call = CallId(number()?);
            Command::Reject { call, how: if number()? == 1 { RejectAs::Decline } else { RejectAs::Busy } }
        }
        "end" => Command::HangUp { call: CallId(number()?) },
        "hold" => Command::Hold { call: CallId(number()?) },
        "resume" => Command::Resume { call: CallId(number()?) },
        "digit" => Command::Dtmf { call: CallId(number()?), digit: '0', duration_ms: 160 },
        "video" => Command::SetVideo { call: CallId(number()?), on: number()? == 1 },
        "renegotiate" => Command::Renegotiate { call: CallId(number()?), fresh: number()? == 1 },
        _ => return None,
    };
    Some(Input::Command(command))
}

/// A frame of its line. Its length is what it is now.
fn frame(text: &str) -> Vec<u8> {
    if let Some(length) = text.strip_prefix("crlf") {
        return if length == "2" { b"\r\n".to_vec() } else { b"\r\n\r\n".to_vec() };
    }
    let (head, body) = text.split_once("||").unwrap_or((text, ""));
    let body = body.replace('|', "\r\n");
    format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.replace('|', "\r\n"), body.len()).into_bytes()
}
