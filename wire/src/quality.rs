//! How the sound of a call is, as the page measures it that has the call. One rule for all sides makes a class of the figures, so that
//! nothing is said, sent or drawn for decimals.

use serde::{Deserialize, Serialize};

/// No delay and no jitter is said to be longer, in milliseconds.
pub const MEASURED_LIMIT_MS: u16 = 10_000;

/// Figures of the last seconds of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measured {
    /// Lost on the way to the page, of a thousand packets.
    pub lost: u16,
    /// Lost on the way to the other side, of a thousand packets, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_there: Option<u16>,
    /// Jitter of what arrives, in milliseconds.
    pub jitter_ms: u16,
    /// Round trip, in milliseconds, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_ms: Option<u16>,
    /// Why there is no sound at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<SoundFault>,
}

/// Why somebody hears nothing. Whoever measures is "here".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundFault {
    /// Nothing arrives here, while what leaves here is heard.
    NothingHeard,
    /// Nothing of here arrives there.
    NotHeard,
    /// Nothing arrives on either side.
    NoSound,
    /// The path is broken and being made anew.
    Reconnecting,
    /// A fault of a later version.
    #[serde(other)]
    Unknown,
}

/// How a call is to talk in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Nothing disturbs.
    Good,
    /// One hears that something is lost or late.
    Fair,
    /// One has to ask again.
    Poor,
    /// There is no sound.
    Broken,
    /// A grade of a later version.
    #[serde(other)]
    Unknown,
}

/// The class of a call's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallQuality {
    /// How it is.
    pub grade: Grade,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<SoundFault>,
}

impl Measured {
    /// Whether every number is one that there can be.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let share = |lost: u16| lost <= 1000;
        let time = |ms: u16| ms <= MEASURED_LIMIT_MS;
        share(self.lost) && self.lost_there.is_none_or(share) && time(self.jitter_ms) && self.round_trip_ms.is_none_or(time)
    }

    /// The class of these figures, by what the E-model (ITU-T G.107) says of delay and loss, in tenths of its rating: 80 and more is
    /// good, 70 is where many are not satisfied any more.
    #[must_use]
    pub fn quality(&self) -> CallQuality {
        if self.fault.is_some() {
            return CallQuality { grade: Grade::Broken, fault: self.fault };
        }
        const BEST: u32 = 932;
        // Jitter is waited for twice over, and the codec takes its own time.
        let delay = u32::from(self.round_trip_ms.unwrap_or_default()) / 2 + 2 * u32::from(self.jitter_ms) + 10;
        let late = if delay < 160 { delay / 4 } else { delay - 120 };
        let lost = u32::from(self.lost.max(self.lost_there.unwrap_or_default())) * 5 / 2;
        let grade = match BEST.saturating_sub(late + lost) {
            800.. => Grade::Good,
            700.. => Grade::Fair,
            _ => Grade::Poor,
        };
        CallQuality { grade, fault: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(lost: u16, jitter_ms: u16, round_trip_ms: u16) -> Grade {
        Measured { lost, jitter_ms, round_trip_ms: Some(round_trip_ms), ..Measured::default() }.quality().grade
    }

    #[test]
    fn loss_and_delay_make_the_grade() {
        assert_eq!(grade(0, 5, 20), Grade::Good);
        assert_eq!(grade(10, 10, 100), Grade::Good);
        assert_eq!(grade(60, 10, 100), Grade::Fair);
        assert_eq!(grade(0, 60, 250), Grade::Fair);
        assert_eq!(grade(120, 10, 100), Grade::Poor);
        assert_eq!(grade(0, 10, 900), Grade::Poor);
    }

    #[test]
    fn loss_on_the_way_there_counts_as_much() {
        let measured = Measured { lost_there: Some(150), ..Measured::default() };
        assert_eq!(measured.quality().grade, Grade::Poor);
    }

    #[test]
    fn a_fault_is_the_worst_whatever_the_figures_say() {
        for fault in [SoundFault::NothingHeard, SoundFault::NotHeard, SoundFault::NoSound, SoundFault::Reconnecting] {
            let quality = Measured { fault: Some(fault), ..Measured::default() }.quality();
            assert_eq!(quality, CallQuality { grade: Grade::Broken, fault: Some(fault) });
        }
    }

    #[test]
    fn impossible_numbers_are_told_apart() {
        let all = Measured {
            lost: 1000,
            lost_there: Some(1000),
            jitter_ms: MEASURED_LIMIT_MS,
            round_trip_ms: Some(MEASURED_LIMIT_MS),
            fault: None,
        };
        assert!(all.is_possible() && all.quality().grade == Grade::Poor);
        assert!(!Measured { lost: 1001, ..all }.is_possible());
        assert!(!Measured { lost_there: Some(1001), ..all }.is_possible());
        assert!(!Measured { jitter_ms: MEASURED_LIMIT_MS + 1, ..all }.is_possible());
        assert!(!Measured { round_trip_ms: Some(MEASURED_LIMIT_MS + 1), ..all }.is_possible());
    }
}
