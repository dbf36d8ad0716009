//! What names and numbers may be: one set of rules for the file and for what administrators write.

use crate::queue::HIGHEST;

/// What a number may be, and what it is where nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberRule {
    /// Where nobody says.
    pub default: u32,
    /// Least.
    pub low: u32,
    /// Most.
    pub high: u32,
}

impl NumberRule {
    const fn new(default: u32, low: u32, high: u32) -> Self {
        Self { default, low, high }
    }

    /// Whether a number may stand there.
    #[must_use]
    pub fn takes(self, number: u32) -> bool {
        (self.low..=self.high).contains(&number)
    }
}

/// `ring_at_once`
pub const RING_AT_ONCE: NumberRule = NumberRule::new(10, 2, 50);
/// `ring_seconds`
pub const RING_SECONDS: NumberRule = NumberRule::new(20, 3, 300);
/// `wrap_up_seconds`
pub const WRAP_UP_SECONDS: NumberRule = NumberRule::new(0, 0, 3_600);
/// `wrap_up_extend_seconds`
pub const WRAP_UP_EXTEND_SECONDS: NumberRule = NumberRule::new(60, 0, 3_600);
/// `wrap_up_extensions`
pub const WRAP_UP_EXTENSIONS: NumberRule = NumberRule::new(0, 0, 20);
/// `max_wait_seconds`, where it is given.
pub const MAX_WAIT_SECONDS: NumberRule = NumberRule::new(0, 1, 86_400);
/// `max_waiting`
pub const MAX_WAITING: NumberRule = NumberRule::new(100, 1, 100_000);
/// `pause_after_missed`
pub const PAUSE_AFTER_MISSED: NumberRule = NumberRule::new(3, 0, 100);
/// `target_seconds`
pub const TARGET_SECONDS: NumberRule = NumberRule::new(20, 1, 3_600);
/// `target_percent`
pub const TARGET_PERCENT: NumberRule = NumberRule::new(80, 1, 100);
/// `alarm_seconds`
pub const ALARM_SECONDS: NumberRule = NumberRule::new(120, 1, 86_400);
/// `short_seconds`
pub const SHORT_SECONDS: NumberRule = NumberRule::new(5, 0, 60);

/// A level of `skills`.
pub const LEVEL: NumberRule = NumberRule::new(5, 1, HIGHEST as u32);
/// A penalty, and the highest one that a queue takes.
pub const PENALTY: NumberRule = NumberRule::new(0, 0, HIGHEST as u32);
/// Levels that are asked less.
pub const LESS: NumberRule = NumberRule::new(0, 0, HIGHEST as u32);
/// When what a queue asks relaxes, in seconds of waiting.
pub const RELAX_SECONDS: NumberRule = NumberRule::new(20, 1, 86_400);
/// Times that it relaxes.
pub const RELAX_LIMIT: usize = 8;
/// Skills of a person, and those that a queue asks for.
pub const SKILLS_LIMIT: usize = 50;

/// Letters of a name.
pub const NAME_LIMIT: usize = 64;

/// Whether a text can be the name of a person, a queue, a site or a reason: each of them can stand in an address.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '+');
    !text.is_empty() && text.len() <= NAME_LIMIT && text.chars().all(plain)
}

/// Longest name of a host.
const HOST_LIMIT: usize = 253;

/// The name or IPv4 address of a host, without a port.
pub fn is_host(text: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    text.len() <= HOST_LIMIT && text.split('.').all(is_label)
}
