//! Calls of the agent; sipp is called.

use crate::Scenario;
use crate::Step::{self, Call, HangUp, Hold, Lose, Miss, Pass, Press, Resume, See, Transfer};
use crate::sipp::{Script, answer, offer, sdp};

const HANG_UP: [Step; 2] = [HangUp, See("Ended LocalHangUp")];

const UNAVAILABLE: &str = "Ended Rejected { status: 480, phrase: \"Temporarily Unavailable\", reason: None, retry_after: Some(60) }";

/// Called, ringing, answered.
fn answered() -> Script {
    taken(Script::callee().recv("INVITE"))
}

/// Ringing, answered. Several processes carry UDP: what is sent at one moment may change its order.
fn taken(called: Script) -> Script {
    called.reply("180 Ringing", &[], "").pause(200).reply("200 OK", &[], &answer()).recv("ACK")
}

/// Then the agent hangs up.
fn until_bye(script: Script) -> Script {
    script.recv("BYE").reply("200 OK", &[], "")
}

fn call(then: &[Step]) -> Vec<Step> {
    [&[Call, See("Progress 180"), See("Answered")], then].concat()
}

/// Refused with this status; the agent says it.
fn refused(name: &'static str, status: &'static str, line: &'static str, seen: &'static str) -> Scenario {
    let lines = if line.is_empty() { vec![] } else { vec![line] };
    Scenario::new(name, Script::callee().recv("INVITE").reply(status, &lines, "").recv("ACK"), [Call, See(seen)])
}

pub fn all() -> Vec<Scenario> {
    let hold = "m=audio[^$]*a=sendonly";
    let mut all = vec![
        Scenario::new("call and hang up", until_bye(answered()), call(&HANG_UP)),
        Scenario::new(
            "the address of the device GRUU",
            until_bye(taken(Script::callee().recv_with("INVITE", "Contact: .sip:ada[0-9]+@portico.test;.*gr=urn:uuid"))),
            call(&HANG_UP),
        ),
        Scenario::new(
            "call and be hung up on",
            answered().pause(300).request("BYE", &["Reason: Q.850;cause=16;text=bye"], "").status(200),
            call(&[See("Ended RemoteHangUp")]),
        ),
        Scenario { user: "asked", ..Scenario::new("proxy asks who calls 407", until_bye(answered()), call(&HANG_UP)) },
        Scenario::new(
            "callee asks who calls 401",
            until_bye(taken(
                Script::callee()
                    .recv("INVITE")
                    .reply(
                        "401 Unauthorized",
                        &["WWW-Authenticate: Digest realm=\"portico.test\",nonce=\"n1\",qop=\"auth\",algorithm=SHA-256"],
                        "",
                    )
                    .recv("ACK")
                    .anew()
                    .recv_with("INVITE", "Authorization: Digest.*algorithm=SHA-256"),
            )),
            call(&HANG_UP),
        ),
        Scenario {
            user: "asked",
            ..Scenario::new(
                "two proxies ask who calls 407",
                until_bye(taken(
                    Script::callee()
                        .recv("INVITE")
                        .reply(
                            "407 Proxy Authentication Required",
                            &["Proxy-Authenticate: Digest realm=\"second.test\",nonce=\"n2\",qop=\"auth\",algorithm=MD5"],
                            "",
                        )
                        .recv("ACK")
                        .anew()
                        .recv_with("INVITE", "Proxy-Authorization: Digest.*realm=.second.test"),
                )),
                call(&HANG_UP),
            )
        },
        refused("not found 404", "404 Not Found", "", "Ended Rejected { status: 404"),
        refused("timeout of the callee 408", "408 Request Timeout", "", "Ended Rejected { status: 408"),
        refused("unavailable 480", "480 Temporarily Unavailable", "Retry-After: 60", UNAVAILABLE),
        refused("incomplete 484", "484 Address Incomplete", "", "Ended Rejected { status: 484"),
        refused("busy 486", "486 Busy Here", "", "Ended Rejected { status: 486"),
        refused("not acceptable 488", "488 Not Acceptable Here", "Warning: 304 sipp \"no\"", "Ended Rejected { status: 488"),
        refused("overloaded 503", "503 Service Unavailable", "Retry-After: 5", "Ended Rejected { status: 50"),
        refused("busy everywhere 600", "600 Busy Everywhere", "", "Ended Rejected { status: 600"),
        refused("declined 603", "603 Decline", "Reason: SIP;cause=603;text=no", "Ended Rejected { status: 603"),
        Scenario::new(
            "cancelled 487",
            Script::callee()
                .recv("INVITE")
                .reply("180 Ringing", &[], "")
                .recv("CANCEL")
                .reply("200 OK", &[], "")
                .reply_invite("487 Request Terminated", &[], "")
                .recv("ACK"),
            [Call, See("Progress 180"), HangUp, See("Ended LocalHangUp"), Pass(500)],
        ),
        Scenario::new(
            "answer crosses the cancel",
            Script::callee()
                .recv("INVITE")
                .reply("180 Ringing", &[], "")
                .recv("CANCEL")
                .reply("200 OK", &[], "")
                .reply_invite("200 OK", &[], &answer())
                .recv("ACK")
                .recv("BYE")
                .reply("200 OK", &[], ""),
            [Call, See("Progress 180"), HangUp, See("Ended LocalHangUp"), Pass(1_500)],
        ),
        Scenario {
            second: Some(until_bye(answered())),
            ..Scenario::new(
                "sent on 302",
                Script::callee().recv("INVITE").reply("302 Moved Temporarily", &["Contact: <sip:OTHER@portico.test>"], "").recv("ACK"),
                [&[Call, See("Redirected sipp")][..], &call(&HANG_UP)[1..]].concat(),
            )
        },
        Scenario::new(
            "early media 183",
            until_bye(
                Script::callee()
                    .recv("INVITE")
                    .reply("183 Session Progress", &[], &answer())
                    .pause(300)
                    .reply("200 OK", &[], &answer())
                    .recv("ACK"),
            ),
            [Call, See("Progress 183 media"), See("Answered"), HangUp, See("Ended LocalHangUp")],
        ),
        Scenario::new(
            "early media and then busy",
            Script::callee()
                .recv("INVITE")
                .reply("183 Session Progress", &[], &answer())
                .pause(300)
                .reply("486 Busy Here", &[], "")
                .recv("ACK"),
            [Call, See("Progress 183 media"), See("Ended Rejected { status: 486")],
        ),
        Scenario::new(
            "reliable ringing PRACK",
            until_bye(
                Script::callee()
                    .recv_with("INVITE", "Supported:.*100rel")
                    .reply("180 Ringing", &["Require: 100rel", "RSeq: 5"], "")
                    .recv_with("PRACK", "RAck: 5 [0-9]+ INVITE")
                    .reply("200 OK", &[], "")
                    .reply_invite("200 OK", &[], &answer())
                    .recv("ACK"),
            ),
            call(&HANG_UP),
        ),
        Scenario::new(
            "our ACK is lost",
            until_bye(answered()),
            [Lose("ACK"), Call, See("Answered"), Pass(1_500), HangUp, See("Ended LocalHangUp")],
        ),
        Scenario::new(
            "the answer to our BYE is late",
            answered().recv("BYE").pause(1_300).reply("200 OK", &[], ""),
            call(&[HangUp, See("Ended LocalHangUp"), Pass(2_000)]),
        ),
        Scenario::new(
            "nobody answers our BYE",
            answered().recv("BYE").pause(3_000),
            call(&[HangUp, See("Ended LocalHangUp"), Pass(3_500)]),
        ),
        Scenario::new(
            "the BYE of the peer is lost once",
            answered().pause(300).request("BYE", &["X-Lost: once"], "").status(200),
            call(&[See("Ended RemoteHangUp")]),
        ),
        Scenario::new(
            "the BYE of the peer never comes",
            answered()
                .pause(300)
                .request("BYE", &[], "")
                .status(408)
                .recv_with("INVITE", hold)
                .reply("481 Call/Transaction Does Not Exist", &[], "")
                .recv("ACK")
                // In case only somebody on the way had lost the dialog.
                .recv("BYE")
                .reply("481 Call/Transaction Does Not Exist", &[], ""),
            [&[Miss("BYE")][..], &call(&[Pass(3_000), Hold, See("Ended Gone { status: 481"), Pass(500)])].concat(),
        ),
        Scenario::new(
            "our answer to the BYE of the peer is lost",
            answered().pause(300).request("BYE", &[], "").status(408),
            [&[Lose("200 BYE")][..], &call(&[See("Ended RemoteHangUp"), Pass(2_500)])].concat(),
        ),
    ];
    all.extend([
        Scenario::new(
            "hold and resume",
            until_bye(
                answered()
                    .recv_with("INVITE", hold)
                    .reply("200 OK", &[], &sdp("active", "recvonly"))
                    .recv("ACK")
                    .recv_with("INVITE", "a=sendrecv")
                    .reply("200 OK", &[], &answer())
                    .recv("ACK"),
            ),
            call(&[Hold, See("Hold true"), Pass(200), Resume, See("Hold false"), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new(
            "hold meets glare 491",
            until_bye(
                answered()
                    .recv_with("INVITE", hold)
                    .reply("491 Request Pending", &[], "")
                    .recv("ACK")
                    .recv_with("INVITE", hold)
                    .reply("200 OK", &[], &sdp("active", "recvonly"))
                    .recv("ACK"),
            ),
            call(&[Hold, See("Hold true"), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new(
            "hold meets a peer that wants to be left alone for a second 500",
            until_bye(
                answered()
                    .recv_with("INVITE", hold)
                    .reply("500 Server Internal Error", &["Retry-After: 1"], "")
                    .recv("ACK")
                    .recv_with("INVITE", hold)
                    .reply("200 OK", &[], &sdp("active", "recvonly"))
                    .recv("ACK"),
            ),
            call(&[Hold, See("Hold true"), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new(
            "refused hold 488",
            until_bye(answered().recv_with("INVITE", hold).reply("488 Not Acceptable Here", &[], "").recv("ACK")),
            call(&[Hold, See("ChangeFailed 488"), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new(
            "digits by INFO",
            until_bye(answered().recv_with("INFO", "Signal=5").reply("200 OK", &[], "")),
            call(&[Press('5'), Pass(400), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new(
            "blind transfer with progress",
            answered()
                .recv_with("REFER", "Refer-To:.*sip:carol@portico.test")
                .reply("202 Accepted", &[], "")
                .request(
                    "NOTIFY",
                    &["Event: refer", "Subscription-State: active;expires=60", "Content-Type: message/sipfrag"],
                    "SIP/2.0 180 Ringing",
                )
                .status(200)
                .request(
                    "NOTIFY",
                    &["Event: refer", "Subscription-State: terminated;reason=noresource", "Content-Type: message/sipfrag"],
                    "SIP/2.0 200 OK",
                )
                .status(200)
                .recv("BYE")
                .reply("200 OK", &[], ""),
            call(&[
                Transfer("carol"),
                See("Transfer Accepted"),
                See("Transfer Progress"),
                See("Transfer Done"),
                See("Ended Transferred"),
                Pass(500),
            ]),
        ),
        Scenario::new(
            "the peer offers by UPDATE",
            until_bye(answered().pause(200).request("UPDATE", &[], &offer()).status(200)),
            call(&[Pass(900), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new(
            "the peer holds",
            until_bye(answered().pause(200).request("INVITE", &[], &sdp("actpass", "sendonly")).status(200).request("ACK", &[], "")),
            call(&[See("Hold false true"), Pass(300), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new(
            "the peer asks for an offer",
            until_bye(answered().pause(200).request("INVITE", &[], "").status(200).request("ACK", &[], &answer())),
            call(&[Pass(900), HangUp, See("Ended LocalHangUp")]),
        ),
        Scenario::new("nobody says a word", Script::callee().recv("INVITE").pause(3_000), [Call, See("Ended Rejected { status: 408")]),
    ]);
    all
}
