//! The relays of a simulated station, as the maker's document describes them. Pure: time is an argument.

/// How long a relay stays closed.
pub const PULSE_MS: i64 = 3_000;

/// One relay.
#[derive(Debug, Clone)]
pub struct Relay {
    /// The common codes that work for it (the document knows up to four).
    pub codes: Vec<String>,
    /// Its schedule allows it at this moment.
    pub in_schedule: bool,
    /// Its codes work from afar, not only at the keypad.
    pub remote: bool,
    /// Locked: a relay of type PDL, or NETCUT.
    pub locked: bool,
    /// Closed until then.
    pub open_until: i64,
    /// How often it closed since the start.
    pub pulses: u64,
}

impl Relay {
    /// A relay with this code that allows everything.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self { codes: vec![code.to_owned()], in_schedule: true, remote: true, locked: false, open_until: 0, pulses: 0 }
    }

    /// Whether it is closed, which opens the door.
    #[must_use]
    pub const fn is_open(&self, now: i64) -> bool {
        now < self.open_until
    }

    /// Somebody types a code at the station: what works there need not work from afar.
    pub fn typed(&mut self, now: i64, code: &str) {
        if (Self { remote: true, ..self.clone() }).judge(now, code) == 200 {
            self.close(now);
        }
    }

    fn close(&mut self, now: i64) {
        self.open_until = now + PULSE_MS;
        self.pulses += 1;
    }

    /// What the station answers to this code, by the table of the document.
    fn judge(&self, now: i64, code: &str) -> u16 {
        if self.locked {
            423
        } else if !self.remote || !self.codes.iter().any(|known| known == code) {
            403
        } else if !self.in_schedule {
            401
        } else if self.is_open(now) {
            480
        } else {
            200
        }
    }
}

/// Answers a command: status per relay. `relay` is 1, 2, or 3 for both; relays that say 200 close.
pub fn command(relays: &mut [Relay; 2], now: i64, code: &str, relay: &str) -> Result<Vec<(u8, u16)>, BadRequest> {
    let wanted: &[usize] = match relay {
        "1" => &[0],
        "2" => &[1],
        "3" => &[0, 1],
        _ => return Err(BadRequest),
    };
    if code.is_empty() {
        return Err(BadRequest);
    }
    let mut answers = Vec::new();
    for (number, index) in (1..).zip([0, 1]).filter(|(_, index)| wanted.contains(index)) {
        let relay = &mut relays[index];
        let status = relay.judge(now, code);
        if status == 200 {
            relay.close(now);
        }
        answers.push((number, status));
    }
    Ok(answers)
}

/// The command is not understood: status 400.
#[derive(Debug, PartialEq, Eq)]
pub struct BadRequest;

#[cfg(test)]
mod tests {
    use super::*;

    fn relays() -> [Relay; 2] {
        [Relay::new("1111"), Relay::new("2222")]
    }

    #[test]
    fn each_relay_answers_for_itself() {
        let mut both = relays();
        assert_eq!(command(&mut both, 0, "1111", "3"), Ok(vec![(1, 200), (2, 403)]));
        assert!(both[0].is_open(PULSE_MS - 1) && !both[0].is_open(PULSE_MS) && !both[1].is_open(0));
        both[1].codes.push("1111".into());
        assert_eq!(command(&mut both, 1, "1111", "3"), Ok(vec![(1, 480), (2, 200)]));
        assert_eq!((both[0].pulses, both[1].pulses), (1, 1));
    }

    #[test]
    fn the_table_of_the_document() {
        let mut both = relays();
        for (relay, code) in [("0", "1111"), ("4", "1111"), ("", "1111"), ("1", ""), ("one", "1111")] {
            assert_eq!(command(&mut both, 0, code, relay), Err(BadRequest), "{relay} {code}");
        }
        assert_eq!(command(&mut both, 0, "9999", "1"), Ok(vec![(1, 403)]));
        both[0].in_schedule = false;
        assert_eq!(command(&mut both, 0, "1111", "1"), Ok(vec![(1, 401)]));
        both[0].remote = false;
        assert_eq!(command(&mut both, 0, "1111", "1"), Ok(vec![(1, 403)]));
        both[0].locked = true;
        assert_eq!(command(&mut both, 0, "1111", "1"), Ok(vec![(1, 423)]));
        assert_eq!(both[0].pulses, 0);
    }
}
