//! Words of drivers and words of the desk: they do not know each other.

use sip_ws::io::CallId;

use super::shared;
use crate::desk::effect::SoundKind;
use crate::desk::settings::DeviceKind;
use crate::desk::view::device_check::DeviceFault;
use crate::desk::{CallKey, event};
use crate::driver::{audio, devices, http, rtc};
use crate::store::MediaSource;

pub(super) fn key(call: CallId) -> CallKey {
    CallKey(call.0)
}

pub(super) fn id(call: CallKey) -> CallId {
    CallId(call.0)
}

pub(super) fn source(source: MediaSource) -> rtc::Source {
    match source {
        MediaSource::RemoteAudio(call) => rtc::Source::RemoteAudio(id(call)),
        MediaSource::RemoteVideo(call) => rtc::Source::RemoteVideo(id(call)),
        MediaSource::LocalVideo(call) => rtc::Source::LocalVideo(id(call)),
        MediaSource::CameraPreview => rtc::Source::CameraPreview,
    }
}

pub(super) fn kind(kind: devices::Kind) -> DeviceKind {
    match kind {
        devices::Kind::Microphone => DeviceKind::Microphone,
        devices::Kind::Camera => DeviceKind::Camera,
        devices::Kind::Speaker => DeviceKind::Speaker,
    }
}

pub(super) fn device(kind: DeviceKind) -> devices::Kind {
    match kind {
        DeviceKind::Microphone => devices::Kind::Microphone,
        DeviceKind::Camera => devices::Kind::Camera,
        DeviceKind::Speaker => devices::Kind::Speaker,
    }
}

pub(super) fn device_list(list: Vec<devices::Device>) -> Vec<event::Device> {
    let convert = |device: devices::Device| event::Device { kind: kind(device.kind), id: device.id, label: device.label };
    list.into_iter().map(convert).collect()
}

pub(super) fn fault(fault: devices::Fault) -> DeviceFault {
    match fault {
        devices::Fault::Denied => DeviceFault::Denied,
        devices::Fault::Dismissed => DeviceFault::Dismissed,
        devices::Fault::Missing => DeviceFault::Missing,
        devices::Fault::InUse => DeviceFault::InUse,
        devices::Fault::ChosenGone => DeviceFault::ChosenGone,
        devices::Fault::Policy => DeviceFault::Policy,
        devices::Fault::Insecure => DeviceFault::Insecure,
        devices::Fault::Other => DeviceFault::Other,
    }
}

pub(super) fn tone(kind: SoundKind) -> audio::Tone {
    match kind {
        SoundKind::Ring => audio::Tone::Ring,
        SoundKind::Waiting => audio::Tone::Waiting,
        SoundKind::Ringback => audio::Tone::Ringback,
        SoundKind::Queue => audio::Tone::Queue,
    }
}

pub(super) fn samples(samples: Vec<rtc::Sample>) -> Vec<event::Sample> {
    let convert = |sample: rtc::Sample| event::Sample {
        call: key(sample.call),
        received: sample.received,
        sent: sample.sent,
        lost: sample.lost,
        lost_there: sample.lost_there,
        reports: sample.reports,
        jitter_ms: sample.jitter_ms,
        round_trip_ms: sample.round_trip_ms,
        path: sample.path,
        ice: sample.ice,
        codecs: sample.codecs,
    };
    samples.into_iter().map(convert).collect()
}

pub(super) fn http(event: http::Event) -> event::Event {
    use event::Event;
    match event {
        http::Event::Session(result) => Event::Session(result.map_err(shared::failure)),
        http::Event::SignIn(result) => Event::SignedIn(result.map_err(shared::failure)),
        http::Event::SignOut(result) => Event::SignedOut(result.map_err(shared::failure)),
        http::Event::Profile(result) => Event::Profile(result.map_err(shared::failure)),
        http::Event::VisitorQueue(result) => Event::VisitorQueue(result.map_err(shared::failure)),
        http::Event::VisitorProfile(result) => Event::VisitorProfile(result.map_err(shared::failure)),
        http::Event::Figures(result) => Event::Figures(result.map_err(shared::failure)),
        http::Event::Callers { queue, after, part } => Event::Callers { queue, after, part: part.map_err(shared::failure) },
        http::Event::Doors(result) => Event::Doors(result.map_err(shared::failure)),
        http::Event::Release { ask, result } => Event::ReleaseAnswered { ask, result: result.map_err(shared::failure) },
        http::Event::Access { find, before, page } => Event::Access { find, before, page: page.map_err(shared::failure) },
        http::Event::History { before, page } => Event::History { before, page: page.map_err(shared::failure) },
    }
}

pub(super) fn heard(mode: wire::SuperviseMode) -> rtc::Heard {
    match mode {
        wire::SuperviseMode::Barge => rtc::Heard::ByBoth,
        wire::SuperviseMode::Whisper => rtc::Heard::ByUs,
        wire::SuperviseMode::Listen | wire::SuperviseMode::Unknown => rtc::Heard::ByNobody,
    }
}

/// A door's code for the media of a call.
pub(super) fn tones(order: &wire::ToneOrder) -> rtc::Tones {
    let wire::ToneOrder { digits, tone_ms, gap_ms, lead_ms, .. } = order;
    rtc::Tones { keys: digits.expose().to_owned(), tone_ms: *tone_ms, gap_ms: *gap_ms, lead_ms: *lead_ms }
}

pub(super) fn ice(ice: wire::IceSettings) -> rtc::Ice {
    let server = |server: wire::IceServer| rtc::IceServer {
        urls: server.urls,
        username: server.username,
        credential: server.credential.map(|secret| secret.expose().to_owned()),
    };
    rtc::Ice { servers: ice.servers.into_iter().map(server).collect(), relay_only: ice.policy == wire::IcePolicy::Relay }
}
