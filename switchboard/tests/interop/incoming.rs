//! Calls of sipp; the agent is called.

use crate::Scenario;
use crate::Step::{self, Answer, Busy, Decline, HangUp, Lose, Pass, See};
use crate::sipp::{Script, answer, offer};

const RING: Step = See("Incoming sipp");

/// Called with an offer, and it rings.
fn ringing() -> Script {
    Script::caller().invite(&[], &offer()).maybe_status(100).status(180)
}

/// And answered.
fn answered() -> Script {
    ringing().status(200).request("ACK", &[], "")
}

fn hung_up_on(script: Script) -> Script {
    script.recv("BYE").reply("200 OK", &[], "")
}

pub fn all() -> Vec<Scenario> {
    vec![
        Scenario::new(
            "called and hung up on",
            answered().pause(300).request("BYE", &[], "").status(200),
            [RING, Answer, See("Answered"), See("Ended RemoteHangUp")],
        ),
        Scenario::new(
            "called and hanging up",
            hung_up_on(answered()),
            [RING, Answer, See("Answered"), Pass(300), HangUp, See("Ended LocalHangUp")],
        ),
        Scenario::new("called when busy 486", ringing().status(486).ack_refusal(), [RING, Busy, See("Ended RejectedByUs { status: 486")]),
        Scenario::new(
            "called and declining 603",
            ringing().status(603).ack_refusal(),
            [RING, Decline, See("Ended RejectedByUs { status: 603")],
        ),
        Scenario::new(
            "the caller gives up",
            ringing().pause(300).cancel().status(200).status(487).ack_refusal(),
            [RING, See("Ended Cancelled")],
        ),
        Scenario::new(
            "late offer",
            hung_up_on(Script::caller().invite(&[], "").maybe_status(100).status(180).status(200).request("ACK", &[], &answer())),
            [RING, Answer, See("Answered"), Pass(500), HangUp, See("Ended LocalHangUp")],
        ),
        Scenario::new(
            "the ACK is late",
            hung_up_on(ringing().status(200).pause(1_300).request("ACK", &[], "")),
            [RING, Answer, See("Answered"), Pass(2_200), HangUp, See("Ended LocalHangUp")],
        ),
        Scenario::new(
            "our answer is lost once",
            hung_up_on(answered()),
            [RING, Lose("200 INVITE"), Answer, See("Answered"), Pass(1_200), HangUp, See("Ended LocalHangUp")],
        ),
        Scenario::new(
            "the BYE of the caller is lost once",
            answered().pause(300).request("BYE", &["X-Lost: once"], "").status(200),
            [RING, Answer, See("Answered"), See("Ended RemoteHangUp")],
        ),
        Scenario::new(
            "digits of the peer",
            answered()
                .pause(200)
                .request("INFO", &["Content-Type: application/dtmf-relay"], "Signal=7\nDuration=160")
                .status(200)
                .request("BYE", &[], "")
                .status(200),
            [RING, Answer, See("Answered"), See("Dtmf 7"), See("Ended RemoteHangUp")],
        ),
        Scenario::new(
            "asked what we can do OPTIONS and MESSAGE in a call",
            answered()
                .pause(200)
                .request("OPTIONS", &[], "")
                .status(200)
                .request("MESSAGE", &["Content-Type: text/plain"], "hello")
                .status(405)
                .request("BYE", &[], "")
                .status(200),
            [RING, Answer, See("Answered"), See("Ended RemoteHangUp")],
        ),
        Scenario::new(
            "an unknown extension is required 420",
            Script::caller().invite(&["Require: nothing-we-know"], &offer()).maybe_status(100).status(420).ack_refusal(),
            [Pass(1_000)],
        ),
    ]
}
