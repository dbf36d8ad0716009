//! Scenarios for sipp, written as steps, and sipp itself.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

/// A scenario under construction.
pub struct Script {
    xml: String,
    /// sipp makes the call.
    is_caller: bool,
    /// As a caller it has a dialog.
    has_dialog: bool,
    /// CSeq of the last request of sipp.
    number: u32,
    /// Requests that arrived in what is, or may become, the dialog.
    received: u32,
}

const SDP: &str = "v=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\n\
a=rtpmap:111 opus/48000/2\na=ice-ufrag:sipp\na=ice-pwd:sippsippsippsippsippsi\na=setup:SETUP\na=fingerprint:sha-256 CC:DD\na=DIRECTION\n";

/// Our tag in answers that make the dialog.
const TAG: &str = ";tag=[pid]c[call_number]";

/// Headers of the first INVITE by number of variable, and which of several.
const REMEMBERED: [(u32, &str, u32); 7] =
    [(1, "From", 1), (2, "To", 1), (3, "Via", 1), (4, "Via", 2), (5, "Record-Route", 1), (6, "Record-Route", 2), (7, "CSeq", 1)];

/// A description as an offer or answer, with a direction.
pub fn sdp(setup: &str, direction: &str) -> String {
    SDP.replace("SETUP", setup).replace("DIRECTION", direction)
}

/// The usual answer.
pub fn answer() -> String {
    sdp("active", "sendrecv")
}

/// The usual offer.
pub fn offer() -> String {
    sdp("actpass", "sendrecv")
}

impl Script {
    /// sipp is called.
    pub fn callee() -> Self {
        Self { xml: String::new(), is_caller: false, has_dialog: false, number: 1, received: 0 }
    }

    /// sipp calls.
    pub fn caller() -> Self {
        Self { xml: String::new(), is_caller: true, has_dialog: false, number: 1, received: 0 }
    }

    /// A request arrives; the first INVITE or SUBSCRIBE of a callee begins the dialog, and what its later answers repeat is remembered.
    pub fn recv(self, method: &str) -> Self {
        self.recv_with(method, "")
    }

    /// A request arrives, of which some line matches.
    pub fn recv_with(mut self, method: &str, regexp: &str) -> Self {
        let begins = matches!(method, "INVITE" | "SUBSCRIBE") && !self.is_caller && self.received == 0;
        let _ = write!(self.xml, "<recv request=\"{method}\" rrs=\"{begins}\"><action>");
        if begins {
            for (number, header, occurrence) in REMEMBERED {
                let _ = write!(
                    self.xml,
                    "<ereg regexp=\".*\" search_in=\"hdr\" header=\"{header}:\" occurrence=\"{occurrence}\" assign_to=\"{number}\"/>"
                );
            }
        }
        let regexp = if regexp.is_empty() { method } else { regexp };
        let _ = writeln!(self.xml, "<ereg regexp=\"{regexp}\" search_in=\"msg\" check_it=\"true\" assign_to=\"9\"/></action></recv>");
        self.received += 1;
        self
    }

    /// What comes next is a new try outside of any dialog.
    pub fn anew(mut self) -> Self {
        self.received = 0;
        self
    }

    /// A response arrives; the 2xx to the call of a caller makes the dialog, and a 3xx says where to call.
    pub fn status(self, status: u16) -> Self {
        self.status_with(status, "")
    }

    /// The same of which some line matches.
    pub fn status_with(mut self, status: u16, regexp: &str) -> Self {
        let makes = self.is_caller && (200..300).contains(&status) && !self.has_dialog;
        self.has_dialog |= makes;
        let _ = write!(self.xml, "<recv response=\"{status}\" rrs=\"{}\">", makes || (300..400).contains(&status));
        if makes || !regexp.is_empty() {
            self.xml.push_str("<action>");
            if makes {
                self.xml.push_str("<ereg regexp=\".*\" search_in=\"hdr\" header=\"To:\" assign_to=\"2\"/>");
            }
            if !regexp.is_empty() {
                let _ = write!(self.xml, "<ereg regexp=\"{regexp}\" search_in=\"msg\" check_it=\"true\" assign_to=\"9\"/>");
            }
            self.xml.push_str("</action>");
        }
        self.xml.push_str("</recv>\n");
        self
    }

    /// A provisional response arrives, or does not.
    pub fn maybe_status(mut self, status: u16) -> Self {
        let _ = writeln!(self.xml, "<recv response=\"{status}\" optional=\"true\"></recv>");
        self
    }

    /// Answers the last message, which is a request. Lines are further headers.
    pub fn reply(mut self, status: &str, lines: &[&str], body: &str) -> Self {
        let tag = if self.received > 1 || self.is_caller { "" } else { TAG };
        let resend = if status.starts_with('2') && self.last_request_is("INVITE") { " retrans=\"500\"" } else { "" };
        let head = format!("[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n[last_CSeq:]\n");
        self.answer(status, &head, lines, body, resend);
        self
    }

    /// Answers the INVITE, although something else came since.
    pub fn reply_invite(mut self, status: &str, lines: &[&str], body: &str) -> Self {
        let head =
            format!("Via:[$3]\nVia:[$4]\nRecord-Route:[$5]\nRecord-Route:[$6]\nFrom:[$1]\nTo:[$2]{TAG}\nCall-ID: [call_id]\nCSeq:[$7]\n");
        self.answer(status, &head, lines, body, if status.starts_with('2') { " retrans=\"500\"" } else { "" });
        self
    }

    fn answer(&mut self, status: &str, head: &str, lines: &[&str], body: &str, attributes: &str) {
        let contact = "Contact: <sip:sipp@[local_ip]:[local_port]>";
        let contact = if lines.iter().any(|line| line.starts_with("Contact:")) { String::new() } else { format!("{contact}\n") };
        let mut text = format!("SIP/2.0 {status}\n{head}{contact}");
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        self.send(&text, body, attributes);
    }

    /// Nothing is said for a while.
    pub fn pause(mut self, ms: u32) -> Self {
        let _ = writeln!(self.xml, "<pause milliseconds=\"{ms}\"/>");
        self
    }

    /// The first request of a caller.
    pub fn invite(mut self, lines: &[&str], body: &str) -> Self {
        let mut text = "INVITE sip:[service]@portico.test SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
                        From: <sip:sipp@portico.test>;tag=[pid]a[call_number]\nTo: <sip:[service]@portico.test>\nCall-ID: [call_id]\n\
                        CSeq: 1 INVITE\nContact: <sip:sipp@[local_ip]:[local_port]>\nMax-Forwards: 70\n"
            .to_owned();
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        self.send(&text, body, " retrans=\"500\"");
        self
    }

    /// The call again, to where the last answer sent it.
    pub fn invite_there(mut self, lines: &[&str], body: &str) -> Self {
        self.number += 1;
        let mut text = format!(
            "INVITE [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
             From: <sip:sipp@portico.test>;tag=[pid]a[call_number]\nTo: <sip:[service]@portico.test>\nCall-ID: [call_id]\n\
             CSeq: {} INVITE\nContact: <sip:sipp@[local_ip]:[local_port]>\nMax-Forwards: 70\n",
            self.number
        );
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        self.send(&text, body, " retrans=\"500\"");
        self
    }

    /// Tells the state of somebody at the domain (RFC 3903), and hears that it is known.
    pub fn publish(mut self, whose: &str, lines: &[&str], body: &str) -> Self {
        let mut text = format!(
            "PUBLISH sip:{whose}@portico.test SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n\
             From: <sip:{whose}@portico.test>;tag=[pid]p[call_number]\nTo: <sip:{whose}@portico.test>\nCall-ID: [call_id]\n\
             CSeq: 1 PUBLISH\nMax-Forwards: 70\nExpires: 600\n"
        );
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        self.send(&text, body, " retrans=\"500\"");
        let _ = writeln!(self.xml, "<recv response=\"200\"></recv>");
        self
    }

    /// CANCEL of it.
    pub fn cancel(mut self) -> Self {
        let text = "CANCEL sip:[service]@portico.test SIP/2.0\n[last_Via:]\nFrom: <sip:sipp@portico.test>;tag=[pid]a[call_number]\n\
                    To: <sip:[service]@portico.test>\nCall-ID: [call_id]\nCSeq: 1 CANCEL\nMax-Forwards: 70\n";
        self.send(text, "", " retrans=\"500\"");
        self
    }

    /// ACK of a refusal of the first request.
    pub fn ack_refusal(mut self) -> Self {
        let text = "ACK sip:[service]@portico.test SIP/2.0\n[last_Via:]\nFrom: <sip:sipp@portico.test>;tag=[pid]a[call_number]\n[last_To:]\n\
                    Call-ID: [call_id]\nCSeq: 1 ACK\nMax-Forwards: 70\n";
        self.send(text, "", "");
        self
    }

    /// A request in the dialog.
    pub fn request(mut self, method: &str, lines: &[&str], body: &str) -> Self {
        if method != "ACK" {
            self.number += 1;
        }
        let (from, to) = if self.is_caller {
            ("From: <sip:sipp@portico.test>;tag=[pid]a[call_number]", "To:[$2]")
        } else {
            ("From:[$2];tag=[pid]c[call_number]", "To:[$1]")
        };
        let mut text = format!(
            "{method} [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n[routes]\n{from}\n{to}\n\
             Call-ID: [call_id]\nCSeq: {} {method}\nContact: <sip:sipp@[local_ip]:[local_port]>\nMax-Forwards: 70\n",
            self.number
        );
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        let resend = if method == "ACK" { "" } else { " retrans=\"500\"" };
        self.send(&text, body, resend);
        self
    }

    /// The same with a word replaced.
    pub fn with(&self, word: &str, by: &str) -> Self {
        Self { xml: self.xml.replace(word, by), ..*self }
    }

    fn last_request_is(&self, method: &str) -> bool {
        self.xml.rfind("<recv request=\"").is_some_and(|at| self.xml[at..].starts_with(&format!("<recv request=\"{method}\"")))
    }

    fn send(&mut self, head: &str, body: &str, attributes: &str) {
        let kind = if body.is_empty() || head.contains("Content-Type:") { "" } else { "Content-Type: application/sdp\n" };
        let _ = writeln!(self.xml, "<send{attributes}><![CDATA[\n\n{head}{kind}Content-Length: [len]\n\n{body}\n]]></send>");
    }

    /// The scenario as a file for sipp.
    fn text(&self, name: &str) -> String {
        // sipp takes a variable that nobody reads for a mistake.
        let assigned = (1..10).filter(|number| self.xml.contains(&format!("assign_to=\"{number}\"")));
        let assigned: Vec<String> = assigned.map(|number: u32| number.to_string()).collect();
        let reference = if assigned.is_empty() { String::new() } else { format!("<Reference variables=\"{}\"/>\n", assigned.join(",")) };
        format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"{name}\">\n{}{reference}</scenario>\n", self.xml)
    }
}

/// Whether those who play sipp have ended: until then the agent is there, so that nothing they say meets nobody.
#[derive(Clone, Debug, Default)]
pub struct Ended(Arc<AtomicBool>);

impl Ended {
    /// Says so after this.
    pub async fn after<T>(&self, playing: impl Future<Output = T>) -> T {
        let result = playing.await;
        self.0.store(true, Ordering::Relaxed);
        result
    }

    pub fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where the next sipp looks for ports of its media. All of them would begin at the same one, and give up after a hundred.
static MEDIA: AtomicU16 = AtomicU16::new(50_000);

/// Runs one call of a scenario; what went wrong.
pub async fn run(folder: &Path, name: &str, script: &Script, port: u16, proxy: u16, user: &str) -> Result<(), String> {
    let file = folder.join(format!("{name}.xml"));
    let errors = folder.join(format!("{name}.log"));
    std::fs::write(&file, script.text(name)).map_err(|error| error.to_string())?;
    let mut command = tokio::process::Command::new("sipp");
    command
        .arg("-sf")
        .arg(&file)
        .args([
            "-i",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-mp",
            &MEDIA.fetch_add(20, Ordering::Relaxed).to_string(),
            "-m",
            "1",
            "-nostdin",
            "-timeout",
            "25",
            "-timeout_error",
            "-trace_err",
            "-error_file",
        ])
        .arg(&errors)
        // What a scenario does not expect is a failure, never repaired by sipp.
        .args(["-default_behaviors", "none", "-recv_timeout", "15000", "-s", user])
        .arg(format!("127.0.0.1:{proxy}"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let child = command.spawn().map_err(|error| format!("sipp (package sip-tester): {error}"))?;
    let output = tokio::time::timeout(Duration::from_secs(40), child.wait_with_output()).await;
    match output {
        Ok(Ok(output)) if output.status.success() => Ok(()),
        Ok(Ok(output)) => {
            let said = std::fs::read_to_string(&errors).unwrap_or_default();
            Err(format!("sipp {}: {said}{}", output.status, String::from_utf8_lossy(&output.stderr)))
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("sipp does not end".to_owned()),
    }
}
