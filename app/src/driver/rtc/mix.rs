//! What is sent where somebody in charge takes part in a call (there is no media server): to them both sides, to the other side what
//! they say where they come in. Only what is sent is mixed; elements play what is heard here, and a browser gives silence for a received
//! track that no element plays.

use std::cell::RefCell;

use sip_ws::io::CallId;
use web_sys::{MediaStream, MediaStreamAudioDestinationNode, MediaStreamAudioSourceNode, MediaStreamTrack};

use crate::driver::audio::Audio;

/// Somebody takes part in call `of` by call `leg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supervision {
    /// Their call with us.
    pub leg: CallId,
    /// The call that it is about.
    pub of: CallId,
    /// Who hears them.
    pub heard: Heard,
}

/// Who hears a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// They only listen.
    ByNobody,
    /// We do.
    ByUs,
    /// We and the other side.
    ByBoth,
}

/// A part of a mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What we say in this call: nothing while it is muted or held.
    Ours(CallId),
    /// What is received in it.
    Theirs(CallId),
}

/// What goes into the sound that is sent in a call. Empty where it is our own sound and no mix. Whoever is on hold hears nobody, and is
/// heard by nobody who takes part; these go on hearing each other.
pub(super) fn parts(call: CallId, supervisions: &[Supervision], held: impl Fn(CallId) -> bool) -> Vec<Part> {
    let said = |of: CallId| supervisions.iter().filter(move |other| other.of == of && other.heard == Heard::ByBoth && other.leg != call);
    if let Some(own) = supervisions.iter().find(|supervision| supervision.leg == call) {
        // Supervisors hear each other where everybody does.
        let others = said(own.of).map(|other| Part::Theirs(other.leg));
        let theirs = (!held(own.of)).then_some(Part::Theirs(own.of));
        return std::iter::once(Part::Ours(own.of)).chain(theirs).chain(others).collect();
    }
    if held(call) {
        return Vec::new();
    }
    let heard: Vec<Part> = said(call).map(|supervisor| Part::Theirs(supervisor.leg)).collect();
    if heard.is_empty() { heard } else { std::iter::once(Part::Ours(call)).chain(heard).collect() }
}

/// A running mix.
pub(super) struct Mix {
    audio: Audio,
    destination: MediaStreamAudioDestinationNode,
    track: MediaStreamTrack,
    sources: RefCell<Vec<(MediaStreamTrack, MediaStreamAudioSourceNode)>>,
}

impl Mix {
    /// `None` where the browser has no Web Audio to mix with.
    pub(super) fn new(audio: &Audio) -> Option<Mix> {
        let destination = audio.destination()?;
        let track = MediaStreamTrack::from(destination.stream().get_audio_tracks().get(0));
        Some(Mix { audio: audio.clone(), destination, track, sources: RefCell::default() })
    }

    /// What is sent.
    pub(super) fn track(&self) -> &MediaStreamTrack {
        &self.track
    }

    /// Mixes these tracks from now on. Those that were in it go on without a break.
    pub(super) fn set(&self, tracks: &[MediaStreamTrack]) {
        let mut sources = self.sources.borrow_mut();
        sources.retain(|(track, source)| {
            let stays = tracks.contains(track);
            if !stays {
                let _ = source.disconnect();
            }
            stays
        });
        for track in tracks {
            if sources.iter().any(|(known, _)| known == track) {
                continue;
            }
            let Ok(stream) = MediaStream::new() else { continue };
            stream.add_track(track);
            if let Some(source) = self.audio.source(&stream)
                && source.connect_with_audio_node(&self.destination).is_ok()
            {
                sources.push((Clone::clone(track), source));
            }
        }
    }
}

impl Drop for Mix {
    fn drop(&mut self) {
        for (_, source) in self.sources.borrow_mut().drain(..) {
            let _ = source.disconnect();
        }
        self.track.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: CallId = CallId(1);
    const OTHER: CallId = CallId(2);
    const SUE: CallId = CallId(11);
    const TOM: CallId = CallId(12);

    fn by(leg: CallId, heard: Heard) -> Supervision {
        Supervision { leg, of: CALLER, heard }
    }

    #[test]
    fn a_supervisor_gets_both_sides_and_the_caller_only_who_comes_in() {
        for heard in [Heard::ByNobody, Heard::ByUs, Heard::ByBoth] {
            let all = [by(SUE, heard)];
            assert_eq!(parts(SUE, &all, |_| false), [Part::Ours(CALLER), Part::Theirs(CALLER)]);
            let caller = parts(CALLER, &all, |_| false);
            match heard {
                Heard::ByBoth => assert_eq!(caller, [Part::Ours(CALLER), Part::Theirs(SUE)]),
                Heard::ByNobody | Heard::ByUs => assert_eq!(caller, [], "the microphone itself"),
            }
            assert_eq!(parts(OTHER, &all, |_| false), [], "another call has nothing to do with it");
        }
        assert_eq!(parts(CALLER, &[], |_| false), []);
    }

    #[test]
    fn supervisors_hear_each_other_where_everybody_does_and_nobody_hears_themselves() {
        let all = [by(SUE, Heard::ByBoth), by(TOM, Heard::ByUs)];
        assert_eq!(parts(SUE, &all, |_| false), [Part::Ours(CALLER), Part::Theirs(CALLER)]);
        assert_eq!(parts(TOM, &all, |_| false), [Part::Ours(CALLER), Part::Theirs(CALLER), Part::Theirs(SUE)]);
        assert_eq!(parts(CALLER, &all, |_| false), [Part::Ours(CALLER), Part::Theirs(SUE)]);
    }

    #[test]
    fn whoever_is_on_hold_hears_nobody_and_is_heard_by_nobody() {
        let held = |call| call == CALLER;
        for heard in [Heard::ByNobody, Heard::ByUs, Heard::ByBoth] {
            let all = [by(SUE, heard), by(TOM, Heard::ByBoth)];
            assert_eq!(parts(CALLER, &all, held), [], "our own sound, which hold mutes");
            assert_eq!(parts(SUE, &all, held), [Part::Ours(CALLER), Part::Theirs(TOM)]);
        }
        let elsewhere = |call| call == OTHER;
        assert_eq!(parts(CALLER, &[by(SUE, Heard::ByBoth)], elsewhere), [Part::Ours(CALLER), Part::Theirs(SUE)], "another call is held");
    }
}
