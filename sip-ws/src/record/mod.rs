//! What happens to an agent as lines of text that name nobody, and the same again as a test.
//!
//! A [`Redactor`] writes each input and output of an [`Agent`](crate::Agent). Whatever could say who called whom, from where, or let
//! somebody take part (addresses, names, numbers, digits, Call-IDs, tags, challenges, credentials, candidates, keys) is replaced by a
//! stand-in; the same value has the same one, so that a dialog can still be followed. [`replay`] gives the inputs to a new agent, with
//! values of its own behind the stand-ins, and compares what it says.
//!
//! ```
//! use sip_ws::Agent;
//! use sip_ws::io::{Command, Input, Millis, Output, Profile};
//! use sip_ws::record::{Redactor, replay};
//!
//! let profile = Profile { websocket_url: "wss://sip.portico.test/sip".into(), aor: "sip:ada@portico.test".into(), ..Profile::default() };
//! let pace = [3; 32];
//! let (mut redactor, mut text) = Redactor::new(&profile, pace);
//! text.insert_str(0, "0\t");
//! let mut agent = Agent::with_pace(profile, [7; 32], pace);
//! let input = Input::Command(Command::Start);
//! text.push_str(&format!("\n0\t{}", redactor.input(&input)));
//! agent.input(Millis(0), input);
//! loop {
//!     match agent.poll() {
//!         Output::Wait(_) => break,
//!         output => text.push_str(&redactor.output(&output).map_or_else(String::new, |line| format!("\n0\t{line}"))),
//!     }
//! }
//! assert!(!text.contains("ada") && !text.contains("portico"));
//! assert_eq!(replay(&text).map(|replayed| replayed.inputs), Ok(1));
//! ```

mod lines;
mod redact;
mod replay;
mod words;

pub use lines::Redactor;
pub use replay::{ReplayError, Replayed, replay};
