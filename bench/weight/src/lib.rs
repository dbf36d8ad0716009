//! The whole agent as a module, and without the feature `agent` the same module without it: the difference is what the crate weighs.
//!
//! A recording holds every input that an agent can get, so replaying one needs all of its code, and that of reading recordings besides.

/// Memory of `length` octets for the page to write to.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

/// Plays the recording that stands in what [`room`] gave; how many inputs it had, or the number of the first line that did not fit.
///
/// # Safety
/// `text` comes of [`room`], with this length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn play(text: *mut u8, length: usize) -> i64 {
    // SAFETY: by what is asked of the caller.
    let text = unsafe { Vec::from_raw_parts(text, length, length) };
    played(&String::from_utf8_lossy(&text))
}

#[cfg(feature = "agent")]
fn played(text: &str) -> i64 {
    use sip_ws::io::{Millis, Profile, StoredCall};
    use sip_ws::record::{Redactor, ReplayError, replay};
    // What recordings do not hold: calls of before a reload, and the recorder itself.
    let mut agent = sip_ws::Agent::new(Profile::default(), [0; 32]);
    agent.restore(Millis(0), std::hint::black_box(Vec::<StoredCall>::new()));
    let (mut redactor, _) = Redactor::new(&Profile::default(), [0; 32]);
    let said = redactor.output(&agent.poll()).map_or(0, |line| line.len() as i64);
    match replay(text) {
        Ok(replayed) => said + replayed.inputs as i64,
        Err(ReplayError::NoBeginning) => -1,
        Err(ReplayError::Line(line) | ReplayError::Other { line, .. }) => -(line as i64),
    }
}

#[cfg(not(feature = "agent"))]
fn played(text: &str) -> i64 {
    text.len() as i64
}
