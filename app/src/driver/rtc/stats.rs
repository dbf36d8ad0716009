//! Figures of one connection, read from `getStats`.

use sip_ws::io::CallId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcPeerConnection;

use crate::driver::bindings::get;

/// Figures of one call at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Which call.
    pub call: CallId,
    /// Packets received, sound and picture.
    pub received: u64,
    /// Packets sent.
    pub sent: u64,
    /// Packets lost on the way to us.
    pub lost: u64,
    /// Share of our sound that is lost on the way, as the other side reports.
    pub lost_there: Option<f64>,
    /// When it last reported, in a count of its own; 0 before the first time.
    pub reports: u64,
    /// Frames of the picture that were decoded.
    pub frames: u64,
    /// Jitter of the sound.
    pub jitter_ms: Option<f64>,
    /// Round trip on the chosen path.
    pub round_trip_ms: Option<f64>,
    /// Kinds of the chosen candidates, ours and theirs.
    pub path: Option<(String, String)>,
    /// ICE state in the browser's words.
    pub ice: String,
    /// Codecs in use.
    pub codecs: Vec<String>,
}

pub(super) async fn packets_received(pc: &RtcPeerConnection) -> u64 {
    let mut received = 0;
    for report in reports(pc).await {
        if text(&report, "type") == "inbound-rtp" {
            received += number(&report, "packetsReceived").unwrap_or(0.0) as u64;
        }
    }
    received
}

pub(super) async fn sample(call: CallId, pc: &RtcPeerConnection) -> Option<Sample> {
    let reports = reports(pc).await;
    let named = |id: &str| reports.iter().find(|report| text(report, "id") == id);
    let mut sample = Sample {
        call,
        received: 0,
        sent: 0,
        lost: 0,
        lost_there: None,
        reports: 0,
        frames: 0,
        jitter_ms: None,
        round_trip_ms: None,
        path: None,
        ice: get(pc, "iceConnectionState").as_string()?,
        codecs: Vec::new(),
    };
    for report in &reports {
        let count = |name| number(report, name).unwrap_or(0.0).max(0.0) as u64;
        match text(report, "type").as_str() {
            "inbound-rtp" => {
                sample.received += count("packetsReceived");
                sample.lost += count("packetsLost");
                sample.frames += count("framesDecoded");
                if text(report, "kind") == "audio" {
                    sample.jitter_ms = number(report, "jitter").map(|seconds| seconds * 1000.0);
                }
                let codec = named(&text(report, "codecId")).map(|codec| text(codec, "mimeType"));
                if let Some(codec) = codec.and_then(|mime| mime.split('/').nth(1).map(str::to_owned)) {
                    sample.codecs.push(codec);
                }
            }
            "remote-inbound-rtp" if text(report, "kind") == "audio" => {
                sample.lost_there = number(report, "fractionLost");
                // Both browsers stamp the record with the arrival of the report that it is made of.
                sample.reports = count("timestamp");
                let round_trip = number(report, "roundTripTime").map(|seconds| seconds * 1000.0);
                sample.round_trip_ms = sample.round_trip_ms.or(round_trip);
            }
            "outbound-rtp" => sample.sent += count("packetsSent"),
            "candidate-pair" if chosen(report) => {
                let round_trip = number(report, "currentRoundTripTime").map(|seconds| seconds * 1000.0);
                sample.round_trip_ms = round_trip.or(sample.round_trip_ms);
                let kind = |end| named(&text(report, end)).map(|candidate| text(candidate, "candidateType"));
                sample.path = kind("localCandidateId").zip(kind("remoteCandidateId"));
            }
            _ => {}
        }
    }
    Some(sample)
}

/// Firefox marks the pair in use, Chromium nominates it.
fn chosen(pair: &JsValue) -> bool {
    let flag = |name| get(pair, name).as_bool();
    text(pair, "state") == "succeeded" && flag("selected").or_else(|| flag("nominated")).unwrap_or(false)
}

async fn reports(pc: &RtcPeerConnection) -> Vec<JsValue> {
    let Ok(report) = JsFuture::from(pc.get_stats()).await else { return Vec::new() };
    let values = get(&report, "values");
    let Some(values) = values.dyn_ref::<js_sys::Function>() else { return Vec::new() };
    let Ok(values) = values.call0(&report) else { return Vec::new() };
    match js_sys::try_iter(&values) {
        Ok(Some(iterator)) => iterator.filter_map(Result::ok).collect(),
        Ok(None) | Err(_) => Vec::new(),
    }
}

fn text(report: &JsValue, name: &str) -> String {
    get(report, name).as_string().unwrap_or_default()
}

fn number(report: &JsValue, name: &str) -> Option<f64> {
    get(report, name).as_f64()
}
