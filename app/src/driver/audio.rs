//! Everything that goes through Web Audio: the ring and ringback sounds, the silent track, the microphone's level.
//! Calls are played by elements, never from here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sip_ws::io::CallId;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    AnalyserNode, AudioContext, AudioContextState, GainNode, MediaStream, MediaStreamAudioDestinationNode, MediaStreamAudioSourceNode,
    MediaStreamTrack, OscillatorNode,
};

use super::Sink;
use super::clock::{Clock, Timer};
use super::listen::Listener;

/// What happens with sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// Whether the browser refuses sound before a gesture.
    Locked(bool),
    /// Sound may begin, also without a gesture.
    Begun,
    /// Level of the measured microphone, 0 to 1.
    Level(f64),
    /// A beep is over.
    Beeped {
        /// The call that it was for.
        call: CallId,
        /// It was played.
        heard: bool,
    },
}

/// A sound that repeats until it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A call for us.
    Ring,
    /// A further call while we talk: short and soft.
    Waiting,
    /// The other side is being rung.
    Ringback,
    /// We wait in a queue: a quiet phrase, so that the line is heard to be alive.
    Queue,
}

/// Notes of one repetition: start and length in seconds, frequency in Hz.
struct Score {
    notes: &'static [(f64, f64, f32)],
    period_ms: u64,
    level: f32,
}

impl Tone {
    fn score(self) -> Score {
        match self {
            Tone::Ring => Score {
                notes: &[
                    (0.00, 0.16, 659.3),
                    (0.16, 0.16, 830.6),
                    (0.32, 0.24, 987.8),
                    (0.70, 0.16, 659.3),
                    (0.86, 0.16, 830.6),
                    (1.02, 0.24, 987.8),
                ],
                period_ms: 2_800,
                level: 0.5,
            },
            Tone::Waiting => Score { notes: &[(0.0, 0.12, 587.3), (0.18, 0.12, 587.3)], period_ms: 5_000, level: 0.12 },
            Tone::Queue => Score {
                notes: &[(0.0, 0.5, 392.0), (0.5, 0.5, 493.9), (1.0, 0.5, 587.3), (1.5, 1.0, 493.9), (3.0, 0.5, 440.0), (3.5, 1.2, 392.0)],
                period_ms: 8_000,
                level: 0.06,
            },
            Tone::Ringback => Score { notes: &[(0.0, 1.0, 425.0)], period_ms: 5_000, level: 0.1 },
        }
    }
}

/// Before somebody hears us: as loud at any volume of the ring, and no sound of its own rhythm.
const BEEP: Score = Score { notes: &[(0.0, 0.2, 1318.5), (0.3, 0.2, 1318.5)], period_ms: 550, level: 0.4 };
/// A page that is busy plays it late; one that has not by then does not.
const BEEP_PATIENCE_MS: u64 = 2_000;
const BEEP_POLL_MS: u64 = 50;
/// Often enough to look alive, seldom enough to cost nothing.
const LEVEL_PERIOD_MS: u64 = 80;
/// Whom a browser refused it may let when it is asked again: whoever was loaded again, or has the microphone, a moment later.
const ASK_AGAIN_MS: u64 = 250;
/// Sound that has not begun by then may not.
const ASKED_IN_VAIN: u32 = 4;
/// After so long only a gesture helps, or another microphone.
const ASKED_AT_MOST: u32 = 40;

/// Owner of the audio context. Cheap to clone.
#[derive(Clone)]
pub struct Audio(Rc<Inner>);

struct Inner {
    sink: Sink<Event>,
    clock: Clock,
    context: RefCell<Option<AudioContext>>,
    playing: RefCell<Option<Playing>>,
    meter: RefCell<Option<Meter>>,
    silence: RefCell<Option<Silence>>,
    locked: Cell<bool>,
    /// When it is asked again whether sound may begin.
    again: RefCell<Option<Timer>>,
    state: RefCell<Option<Listener>>,
}

struct Playing {
    tone: Tone,
    volume: f32,
    gain: GainNode,
    _next: Option<Timer>,
}

struct Meter {
    source: MediaStreamAudioSourceNode,
    analyser: AnalyserNode,
    _next: Option<Timer>,
}

struct Silence {
    oscillator: OscillatorNode,
    track: MediaStreamTrack,
}

impl Audio {
    /// Nothing is created before it is needed: a context that begins before a gesture stays suspended.
    #[must_use]
    pub fn new(clock: Clock, sink: Sink<Event>) -> Audio {
        Audio(Rc::new(Inner {
            sink,
            clock,
            context: RefCell::default(),
            playing: RefCell::default(),
            meter: RefCell::default(),
            silence: RefCell::default(),
            locked: Cell::new(false),
            again: RefCell::default(),
            state: RefCell::default(),
        }))
    }

    /// Call it in a click: from then on sound may begin by itself. Said in any case: it may have been the sound of a call that was refused.
    pub fn unlock(&self) {
        self.wake(|this, refused| {
            this.0.locked.set(refused);
            (this.0.sink)(Event::Locked(refused));
        });
    }

    /// The same without a click; what comes of it is said in any case too.
    pub fn try_sound(&self) {
        self.wake(|this, refused| {
            this.0.locked.set(!refused);
            this.report_lock(refused);
        });
    }

    fn wake(&self, done: fn(&Self, bool)) {
        let Some(context) = self.context() else { return done(self, true) };
        if context.state() == AudioContextState::Running {
            return done(self, false);
        }
        if let Ok(resumed) = context.resume() {
            let this = self.clone();
            spawn_local(async move {
                let refused = wasm_bindgen_futures::JsFuture::from(resumed).await.is_err();
                done(&this, refused);
            });
        }
        self.insist(1);
    }

    /// Without a gesture browsers neither begin nor say that they do not. `asked`: how often by now.
    fn insist(&self, asked: u32) {
        let this = Rc::downgrade(&self.0);
        *self.0.again.borrow_mut() = Some(self.0.clock.after(ASK_AGAIN_MS, move || {
            let Some(this) = this.upgrade().map(Audio).filter(|this| !this.runs()) else { return };
            if asked == ASKED_IN_VAIN {
                this.report_lock(true);
            }
            if asked < ASKED_AT_MOST {
                // What comes of it is heard by whoever asked first, and with the state.
                drop(this.context().map(|context| context.resume()));
                this.insist(asked + 1);
            }
        }));
    }

    fn runs(&self) -> bool {
        self.0.context.borrow().as_ref().is_some_and(|context| context.state() == AudioContextState::Running)
    }

    /// Plays a tone until [`Audio::stop`]; `volume` is 0 to 1.
    pub fn play(&self, tone: Tone, volume: f32) {
        let same = self.0.playing.borrow().as_ref().is_some_and(|now| now.tone == tone && now.volume == volume);
        if same {
            return;
        }
        self.stop();
        let Some(context) = self.context() else { return };
        if context.state() != AudioContextState::Running {
            self.wake(Self::report_lock);
        }
        let Ok(gain) = context.create_gain() else { return };
        gain.gain().set_value(tone.score().level * volume);
        if gain.connect_with_audio_node(&context.destination()).is_err() {
            return;
        }
        *self.0.playing.borrow_mut() = Some(Playing { tone, volume, gain, _next: None });
        self.repeat();
    }

    /// Silences the tone.
    pub fn stop(&self) {
        if let Some(playing) = self.0.playing.borrow_mut().take() {
            let _ = playing.gain.disconnect();
        }
    }

    /// Says once that this call is about to hear us, and tells when that is over.
    pub fn beep(&self, call: CallId) {
        let end = self.context().filter(|_| self.runs()).and_then(|context| {
            let gain = context.create_gain().ok()?;
            gain.gain().set_value(BEEP.level);
            gain.connect_with_audio_node(&context.destination()).ok()?;
            let begin = context.current_time() + 0.03;
            for &(at, length, frequency) in BEEP.notes {
                note(&context, &gain, begin + at, length, frequency).ok()?;
            }
            Some(begin + BEEP.period_ms as f64 / 1_000.0)
        });
        let this = self.clone();
        spawn_local(async move {
            let clock = &this.0.clock;
            let played = || {
                let now = this.0.context.borrow().as_ref().map(AudioContext::current_time);
                this.runs() && now.zip(end).is_some_and(|(now, end)| now >= end)
            };
            let begun = clock.now();
            while end.is_some() && !played() && clock.now() - begun < BEEP.period_ms + BEEP_PATIENCE_MS {
                clock.sleep(BEEP_POLL_MS).await;
            }
            (this.0.sink)(Event::Beeped { call, heard: played() });
        });
    }

    /// A track that carries silence, for calls without a microphone. The caller clones it.
    #[must_use]
    pub fn silent_track(&self) -> Option<MediaStreamTrack> {
        if let Some(silence) = self.0.silence.borrow().as_ref() {
            return Some(Clone::clone(&silence.track));
        }
        let context = self.context()?;
        let oscillator = context.create_oscillator().ok()?;
        let gain = context.create_gain().ok()?;
        gain.gain().set_value(0.0);
        let destination = context.create_media_stream_destination().ok()?;
        oscillator.connect_with_audio_node(&gain).ok()?;
        gain.connect_with_audio_node(&destination).ok()?;
        oscillator.start().ok()?;
        let track = MediaStreamTrack::from(destination.stream().get_audio_tracks().get(0));
        *self.0.silence.borrow_mut() = Some(Silence { oscillator, track: Clone::clone(&track) });
        Some(track)
    }

    /// The end of a mix: what it is given it has as a track.
    #[must_use]
    pub fn destination(&self) -> Option<MediaStreamAudioDestinationNode> {
        let context = self.context()?;
        if context.state() != AudioContextState::Running {
            // A page that was loaded again has had no gesture; one that has the microphone needs none.
            self.wake(Self::report_lock);
        }
        context.create_media_stream_destination().ok()
    }

    /// A stream as a part of a mix.
    #[must_use]
    pub fn source(&self, stream: &MediaStream) -> Option<MediaStreamAudioSourceNode> {
        self.context()?.create_media_stream_source(stream).ok()
    }

    /// Measures a microphone, or stops measuring.
    pub fn measure(&self, stream: Option<&MediaStream>) {
        if let Some(meter) = self.0.meter.borrow_mut().take() {
            let _ = meter.source.disconnect();
            (self.0.sink)(Event::Level(0.0));
        }
        let (Some(stream), Some(context)) = (stream, self.context()) else { return };
        let (Ok(source), Ok(analyser)) = (context.create_media_stream_source(stream), context.create_analyser()) else {
            return;
        };
        analyser.set_fft_size(1024);
        if source.connect_with_audio_node(&analyser).is_ok() {
            *self.0.meter.borrow_mut() = Some(Meter { source, analyser, _next: None });
            self.sample();
        }
    }

    fn context(&self) -> Option<AudioContext> {
        let mut context = self.0.context.borrow_mut();
        if context.is_none() {
            *context = AudioContext::new().ok();
            let this = Rc::downgrade(&self.0);
            *self.0.state.borrow_mut() = context.as_ref().map(|context| {
                Listener::new(context, "statechange", move |_| match this.upgrade().map(Audio) {
                    Some(this) if this.runs() => this.report_lock(false),
                    // The browser took the sound away.
                    Some(this) => this.wake(Self::report_lock),
                    None => {}
                })
            });
        }
        context.clone()
    }

    fn report_lock(&self, locked: bool) {
        if self.0.locked.replace(locked) != locked {
            // Without a gesture, that sound may begin says nothing of a call that was refused.
            (self.0.sink)(if locked { Event::Locked(true) } else { Event::Begun });
        }
    }

    /// Writes the notes of one repetition and comes back for the next.
    fn repeat(&self) {
        let Some(context) = self.context() else { return };
        let mut playing = self.0.playing.borrow_mut();
        let Some(playing) = playing.as_mut() else { return };
        let score = playing.tone.score();
        // A suspended context does not move: notes would pile up at its standstill.
        if context.state() == AudioContextState::Running {
            let begin = context.current_time() + 0.03;
            for &(at, length, frequency) in score.notes {
                let _ = note(&context, &playing.gain, begin + at, length, frequency);
            }
        }
        let this = Rc::downgrade(&self.0);
        playing._next = Some(self.0.clock.after(score.period_ms, move || {
            if let Some(inner) = this.upgrade() {
                Audio(inner).repeat();
            }
        }));
    }

    fn sample(&self) {
        let mut meter = self.0.meter.borrow_mut();
        let Some(meter) = meter.as_mut() else { return };
        let mut samples = [0f32; 1024];
        meter.analyser.get_float_time_domain_data(&mut samples);
        let power: f32 = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32;
        (self.0.sink)(Event::Level(loudness(power)));
        let this = Rc::downgrade(&self.0);
        meter._next = Some(self.0.clock.after(LEVEL_PERIOD_MS, move || {
            if let Some(inner) = this.upgrade() {
                Audio(inner).sample();
            }
        }));
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(silence) = self.silence.borrow_mut().take() {
            silence.track.stop();
            let _ = silence.oscillator.disconnect();
        }
        if let Some(context) = self.context.borrow_mut().take() {
            let _ = context.close();
        }
    }
}

/// One note with soft edges: hard ones click.
fn note(context: &AudioContext, out: &GainNode, at: f64, length: f64, frequency: f32) -> Result<(), wasm_bindgen::JsValue> {
    let oscillator = context.create_oscillator()?;
    let envelope = context.create_gain()?;
    oscillator.frequency().set_value(frequency);
    let gain = envelope.gain();
    gain.set_value_at_time(0.0, at)?;
    gain.linear_ramp_to_value_at_time(1.0, at + 0.015)?;
    gain.set_value_at_time(1.0, (at + length - 0.04).max(at + 0.015))?;
    gain.linear_ramp_to_value_at_time(0.0, at + length)?;
    oscillator.connect_with_audio_node(&envelope)?;
    envelope.connect_with_audio_node(out)?;
    oscillator.start_with_when(at)?;
    oscillator.stop_with_when(at + length + 0.02)
}

/// Power to 0..1 over the 60 dB that matter, as an ear hears it.
fn loudness(power: f32) -> f64 {
    if power <= 0.0 {
        return 0.0;
    }
    ((10.0 * f64::from(power).log10() + 60.0) / 60.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn loudness_covers_sixty_decibels() {
        assert_eq!(super::loudness(0.0), 0.0);
        assert_eq!(super::loudness(1e-9), 0.0);
        assert!((super::loudness(1e-3) - 0.5).abs() < 1e-6);
        assert_eq!(super::loudness(1.0), 1.0);
    }
}
