//! The last things that happened to this page, without names, numbers, addresses or secrets: a support person can follow the order
//! of events, and nobody can learn who called whom. What its SIP agent heard and said is a recording that can be played again as a
//! test (`sip_ws::record`), as long as its beginning is there.

use std::collections::VecDeque;

use sip_ws::io::{Input, Output, Profile};
use sip_ws::record::Redactor;

/// Entries kept. Older ones leave first.
const LIMIT: usize = 20_000;
/// Letters of all of them: what a page can spare.
const TEXT_LIMIT: usize = 4_000_000;
/// Letters of one entry, and of one of the agent: a message with a description.
const LINE_LIMIT: usize = 200;
const AGENT_LINE_LIMIT: usize = 20_000;

/// A bounded record.
#[derive(Debug, Default)]
pub struct Recorder {
    entries: VecDeque<(u64, String)>,
    letters: usize,
    agent: Option<Redactor>,
}

impl Recorder {
    /// Adds an entry. `text` must hold nothing personal.
    pub fn note(&mut self, now: u64, text: impl Into<String>) {
        self.push(now, text.into(), LINE_LIMIT);
    }

    /// There is another agent from now on. Calls that it restored are no part of the record, so that it cannot be played again.
    pub fn agent(&mut self, now: u64, profile: &Profile, pace: [u8; 32], restored: bool) {
        let (redactor, line) = Redactor::new(profile, pace);
        self.agent = Some(redactor);
        self.push(now, line, AGENT_LINE_LIMIT);
        if restored {
            self.push(now, "< restored".to_owned(), LINE_LIMIT);
        }
    }

    /// Before the agent gets it.
    pub fn input(&mut self, now: u64, input: &Input) {
        if let Some(line) = self.agent.as_mut().map(|agent| agent.input(input)) {
            self.push(now, line, AGENT_LINE_LIMIT);
        }
    }

    /// As the agent gives it.
    pub fn output(&mut self, now: u64, output: &Output) {
        if let Some(line) = self.agent.as_mut().and_then(|agent| agent.output(output)) {
            self.push(now, line, AGENT_LINE_LIMIT);
        }
    }

    fn push(&mut self, now: u64, mut text: String, limit: usize) {
        if text.len() > limit {
            text = text.chars().take(limit).collect();
        }
        // What is kept for hours takes no more room than its letters.
        text.shrink_to_fit();
        self.letters += text.len();
        self.entries.push_back((now, text));
        while self.entries.len() > LIMIT || self.letters > TEXT_LIMIT {
            let Some((_, gone)) = self.entries.pop_front() else { return };
            self.letters -= gone.len();
        }
    }

    /// The record as a text file: milliseconds, a tab, what happened.
    #[must_use]
    pub fn export(&self) -> String {
        let mut text = format!("portico {}\n", env!("CARGO_PKG_VERSION"));
        for (at, entry) in &self.entries {
            text.push_str(&format!("{at}\t{entry}\n"));
        }
        text
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use sip_ws::Agent;
    use sip_ws::io::{CallId, Command, FlowId, Millis, SocketInput};
    use sip_ws::record::{ReplayError, replay};

    /// An agent and its recorder, as the runner keeps them.
    struct Page {
        agent: Agent,
        recorder: Recorder,
    }

    impl Page {
        fn new(restored: bool) -> Self {
            let profile = Profile {
                websocket_url: "wss://desk.portico.test/sip".into(),
                aor: "sip:agent1@portico.test".into(),
                register_expires: 600,
                ..Profile::default()
            };
            let mut recorder = Recorder::default();
            recorder.note(0, "action SignIn");
            recorder.agent(1, &profile, [2; 32], restored);
            Self { agent: Agent::with_pace(profile, [1; 32], [2; 32]), recorder }
        }

        fn give(&mut self, now: u64, input: Input) {
            self.recorder.note(now, "between");
            self.recorder.input(now, &input);
            self.agent.input(Millis(now), input);
            loop {
                let output = self.agent.poll();
                self.recorder.output(now, &output);
                if let Output::Wait(_) = output {
                    return;
                }
            }
        }
    }

    #[test]
    fn what_is_downloaded_can_be_played_again_and_names_nobody() {
        for restored in [false, true] {
            let mut page = Page::new(restored);
            page.give(5, Input::Command(Command::Start));
            page.give(20, Input::Socket(FlowId(1), SocketInput::Opened));
            page.give(30, Input::Command(Command::Call { call: CallId(1), target: "+41 79 123 45 67".into(), video: false }));
            page.give(9_000, Input::Timer);
            let text = page.recorder.export();
            assert!(text.contains("\t> send 1 REGISTER ") && text.contains("\tbetween\n"), "{text}");
            assert!(!text.contains("agent1") && !text.contains("portico.test") && !text.contains("4179"), "{text}");
            if restored {
                assert!(matches!(replay(&text), Err(ReplayError::Line(_))));
            } else {
                assert_eq!(replay(&text).map(|replayed| replayed.inputs), Ok(4));
            }
        }
    }

    #[test]
    fn long_messages_do_not_fill_the_page() {
        let mut page = Page::new(false);
        let long = format!("OPTIONS sip:x SIP/2.0\r\nRoute: {}\r\n\r\n", "<sip:proxy.portico.test;lr>, ".repeat(250));
        for at in 0..2_000 {
            page.recorder.input(at, &Input::Socket(FlowId(1), SocketInput::Received(long.clone().into_bytes())));
        }
        let text = page.recorder.export();
        assert!(text.len() < TEXT_LIMIT + 200_000 && text.lines().count() > 500, "{} in {}", text.len(), text.lines().count());
    }

    #[test]
    fn the_record_is_bounded() {
        let mut recorder = Recorder::default();
        for at in 0..LIMIT as u64 + 10 {
            recorder.note(at, "x".repeat(10_000));
        }
        let text = recorder.export();
        assert_eq!(text.lines().count(), LIMIT + 1);
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("10\t")));
        assert!(text.lines().all(|line| line.len() < LINE_LIMIT + 20));
    }
}
