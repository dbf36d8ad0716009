//! Debian's Kamailio between the agent and sipp: registrar with digest, proxy with Record-Route, WebSocket on one side and UDP on the
//! other; or the edge of a registrar that is another one.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Secret of every account.
pub const PASSWORD: &str = "portico";
/// Milliseconds after which the proxy answers for a callee that says nothing at all.
const SILENCE: u32 = 2_000;

/// Address and port that a gateway writes into descriptions.
pub const GATEWAY: (&str, u16) = ("192.0.2.35", 35_000);

/// Seconds after which a phone has to use its flow again, as the registrar tells it.
pub const FLOW_TIMER: u32 = 6;

/// Complaints of the proxy that are kept.
const MAX_ERRORS: usize = 100;

/// What a proxy is.
pub struct Setup {
    /// Where it listens.
    pub host: &'static str,
    /// How many connect.
    pub connections: usize,
    /// Its WebSocket is one on TLS: certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// It is an edge: it keeps nobody's address, and hands all to the one that speaks UDP on this port of 127.0.0.1.
    pub registrar: Option<u16>,
    /// It is told, and tells, who is there, what they call and what waits for them.
    pub presence: bool,
    /// Flows have a name by which they are found again, and a phone has several of them (RFC 5626, its module `outbound`).
    pub outbound: bool,
    /// Of its challenges; where they name none, it is MD5.
    pub algorithm: &'static str,
    /// It is an application gateway too: in each description that passes, media are on `GATEWAY`.
    pub gateway: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            host: "127.0.0.1",
            connections: 100,
            tls: None,
            registrar: None,
            presence: false,
            outbound: false,
            algorithm: "",
            gateway: false,
        }
    }
}

/// A running proxy; dropped, it ends.
pub struct Kamailio {
    child: Child,
    /// Where it listens.
    pub host: &'static str,
    is_tls: bool,
    errors: Arc<Mutex<Vec<String>>>,
    _folder: tempfile::TempDir,
    /// Port of its WebSocket.
    pub socket: u16,
    /// Port on which it speaks UDP.
    pub udp: u16,
}

/// The next port for somebody who is to be told it. Below those that a system gives to whoever names none: nobody gets it in between.
static NEXT: AtomicU16 = AtomicU16::new(0);
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// A UDP port that nobody uses.
pub fn free_udp_port() -> u16 {
    let ours = u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start)).unwrap_or(0);
    (PORTS.start..PORTS.end)
        .map(|_| PORTS.start + ours.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % (PORTS.end - PORTS.start))
        .find(|port| UdpSocket::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port")
}

/// Who may come in, and where they go: a registrar that is the whole domain.
const DOMAIN: &str = r#"
  # Overloaded: for one registration of these, and for every call to those, who say for how long.
  if (is_method("REGISTER") && $tU =~ "^later" && $sht(once=>$tU) == $null) {
    $sht(once=>$tU) = 1;
    append_to_reply("Retry-After: 2\r\n");
    sl_send_reply("503", "Overloaded");
    exit;
  }
  if (is_method("INVITE") && $rU =~ "^full[0-9]+$") {
    append_to_reply("Retry-After: $(rU{s.substr,4,0})\r\n");
    sl_send_reply("503", "Overloaded");
    exit;
  }
  # A name that stands for another one: the caller is sent there (RFC 3665 s3.6).
  if (is_method("INVITE") && $rU =~ "^moved-") {
    append_to_reply("Contact: <sip:$(rU{s.substr,6,0})@portico.test>\r\n");
    sl_send_reply("302", "Moved Temporarily");
    exit;
  }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("$td", "PASSWORD", "0")) { www_challenge("$td", "1"); exit; }
    fix_nated_register();
    if (!save("location")) sl_reply_error();
    exit;
  }
  if (proto == WS || proto == WSS) {
    if ($fU =~ "^asked") {
      if (!pv_proxy_authenticate("$fd", "PASSWORD", "0")) { proxy_challenge("$fd", "1"); exit; }
      consume_credentials();
    }
    add_contact_alias();
  }
  if ($rU =~ "^sipp[0-9]+$") {
    $du = "sip:127.0.0.1:" + $(rU{s.substr,4,0});
  } else if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
"#;

/// The same of an edge: it names itself to the registrar (RFC 3327), and the flow by which a binding came.
const EDGE: &str = r#"
  if (is_method("REGISTER")) {
    if (!add_path_received()) { sl_send_reply("503", "No Path"); exit; }
    $du = "sip:127.0.0.1:REGISTRAR";
    t_relay();
    exit;
  }
  if (proto == WS || proto == WSS) {
    add_contact_alias();
    $du = "sip:127.0.0.1:REGISTRAR";
  } else {
    # Its result says nothing about a route that is the last one; the flow in it is the next hop.
    loose_route();
    if ($du == "") { sl_send_reply("403", "Forbidden"); exit; }
  }
"#;

/// An edge that gives each flow a token: in its Path, by which the registrar finds the flow, and in its Record-Route. No address of the
/// phone stands anywhere else; a flow that is gone is told to whoever asks for it.
const OUTBOUND_EDGE: &str = r#"
  if (is_method("REGISTER")) {
    if (!add_path()) { sl_send_reply("503", "No Path"); exit; }
    $du = "sip:127.0.0.1:REGISTRAR";
    t_relay();
    exit;
  }
  if (proto == WS || proto == WSS) {
    $du = "sip:127.0.0.1:REGISTRAR";
  } else {
    # A token that is not ours, or none.
    if (!loose_route() || $du == "") { sl_send_reply("403", "Forbidden"); exit; }
  }
"#;

/// What the registrar behind such edges does with the flows of a phone: one after the other, the newest first; those that failed are
/// forgotten.
const OUTBOUND_FLOWS: &str = r#"
  # Neither does anything where there is only one.
  t_load_contacts();
  t_next_contacts();
  t_on_branch_failure("FLOW");
  t_on_failure("FLOWS");
"#;

/// Modules of both with their settings; seconds after which a flow has to be used again.
const OUTBOUND_MODULES: &str = r#"
loadmodule "tmx.so"
loadmodule "outbound.so"
modparam("registrar", "outbound_mode", 1)
modparam("registrar", "flow_timer", FLOW_TIMER)
modparam("usrloc", "desc_time_order", 1)
modparam("tm", "contacts_avp", "tm_contacts")
modparam("tm", "contact_flows_avp", "tm_contact_flows")
"#;

/// Routes of both.
const OUTBOUND_ROUTES: &str = r#"
event_route[tm:branch-failure:FLOW] {
  if (t_check_status("430") || (t_branch_timeout() && !t_branch_replied())) {
    unregister("location", "$tu", "$T_reply_ruid");
    if (t_next_contact_flow()) {
      t_on_branch_failure("FLOW");
      t_relay();
    }
  }
}

failure_route[FLOWS] {
  if (t_check_status("430")) t_reply("480", "Temporarily Unavailable");
}

route[RELAY] {
  t_set_disable_internal_reply(1);
  if (!t_relay()) sl_send_reply("430", "Flow Failed");
  exit;
}
"#;

/// What finds phones where flows have no token: their address goes along with their Contact.
const ALIAS_ROUTES: &str = r#"
route[RELAY] {
  if (has_totag()) {
    if (proto == WS || proto == WSS) add_contact_alias();
    if ($du == "") handle_ruri_alias();
  }
  t_on_reply("MEND");
  t_relay();
  exit;
}

onreply_route[MEND] {
  if (nat_uac_test(64)) add_contact_alias();
}
"#;

/// What a gateway does to descriptions, whichever way they go.
const GATEWAY_ROUTES: &str = r#"
route[GATEWAY] {
  if (has_body("application/sdp")) {
    subst_body('/c=IN IP4 [0-9.]+/c=IN IP4 ADDRESS/g');
    subst_body('/m=audio [0-9]+ /m=audio PORT /g');
  }
}

onreply_route {
  route(GATEWAY);
}
"#;

/// A server of presence, dialog-info and message-summary: its modules, with their tables in a folder, and what it does before all else.
const PRESENCE: [&str; 3] = [
    r#"
loadmodule "db_text.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
loadmodule "presence_dialoginfo.so"
loadmodule "presence_mwi.so"
modparam("presence|presence_xml", "db_url", "text://TABLES")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "server_address", "sip:127.0.0.1:UDP")
modparam("presence", "send_fast_notify", 1)
modparam("presence_xml", "force_active", 1)
"#,
    r#"
  if (is_method("PUBLISH")) { handle_publish(); exit; }
  if (is_method("SUBSCRIBE") && !($rU =~ "^sipp")) {
    set_contact_alias();
    handle_subscribe();
    exit;
  }
"#,
    r#"
event_route[tm:local-request] { handle_ruri_alias(); }
"#,
];
/// Where Debian keeps empty tables.
const TABLES: &str = "/usr/share/kamailio/dbtext/kamailio";

fn config(socket: u16, udp: u16, setup: &Setup, tables: &Path) -> String {
    let Setup { host, connections, tls, registrar, presence, outbound, algorithm, gateway } = setup;
    let [presence_modules, presence_role, presence_own] = match presence {
        true => PRESENCE.map(|part| part.replace("TABLES", &tables.display().to_string()).replace("UDP", &udp.to_string())),
        false => [const { String::new() }; 3],
    };
    let role = match (registrar, outbound) {
        (Some(port), true) => OUTBOUND_EDGE.replace("REGISTRAR", &port.to_string()),
        (Some(port), false) => EDGE.replace("REGISTRAR", &port.to_string()),
        (None, true) => DOMAIN.replace("PASSWORD", PASSWORD) + OUTBOUND_FLOWS,
        (None, false) => DOMAIN.replace("PASSWORD", PASSWORD),
    };
    let (outbound_modules, routes) = match outbound {
        true => (OUTBOUND_MODULES.replace("FLOW_TIMER", &FLOW_TIMER.to_string()), OUTBOUND_ROUTES),
        false => (String::new(), ALIAS_ROUTES),
    };
    let (address, port) = GATEWAY;
    let (gate, gateway_routes) = match gateway {
        true => ("  route(GATEWAY);", GATEWAY_ROUTES.replace("ADDRESS", address).replace("PORT", &port.to_string())),
        false => ("", String::new()),
    };
    let (listen, tls) = match tls {
        Some((certificate, key)) => {
            let (certificate, key) = (certificate.display(), key.display());
            let modules = format!(
                "loadmodule \"tls.so\"\nmodparam(\"tls\", \"certificate\", \"{certificate}\")\nmodparam(\"tls\", \"private_key\", \"{key}\")\n\
                 modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n"
            );
            (format!("enable_tls=yes\nlisten=tls:{host}:{socket}"), modules)
        }
        None => (format!("listen=tcp:{host}:{socket}"), String::new()),
    };
    format!(
        r#"#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
alias="portico.test"
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
{listen}
listen=udp:{host}:{udp}
tcp_connection_lifetime=3604
tcp_max_connections={}
tcp_accept_no_cl=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "xhttp.so"
{tls}loadmodule "websocket.so"
loadmodule "nathelper.so"
loadmodule "path.so"
loadmodule "htable.so"
{presence_modules}{outbound_modules}modparam("rr", "enable_full_lr", 1)
modparam("rr", "append_fromtag", 0)
modparam("tm", "fr_timer", {SILENCE})
modparam("usrloc", "db_mode", 0)
modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")
modparam("registrar", "use_path", 1)
modparam("path", "use_received", 1)
modparam("auth", "nonce_expire", 300)
modparam("auth", "algorithm", "{algorithm}")
modparam("websocket", "keepalive_mechanism", 0)
modparam("htable", "htable", "once=>size=4;autoexpire=60;")

request_route {{
  # What a scenario wants to be lost on its way here is lost, once.
  if (is_present_hf("X-Lost") && $sht(once=>$ci::$cs) == $null) {{ $sht(once=>$ci::$cs) = 1; exit; }}
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
{gate}
{presence_role}
  if (has_totag()) {{
    if (loose_route()) {{
      # A NOTIFY may come before the answer to its SUBSCRIBE, and is then what the way is learned from (RFC 6665 s4.3).
      if (is_method("INVITE|NOTIFY")) record_route();
      route(RELAY);
    }}
    if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
    sl_send_reply("404", "Not here");
    exit;
  }}
  if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
{role}
  if (is_method("INVITE|SUBSCRIBE")) record_route();
  route(RELAY);
}}

{routes}
{gateway_routes}
{presence_own}
event_route[xhttp:request] {{
  set_reply_close();
  if ($hdr(Upgrade) =~ "websocket" && $hdr(Connection) =~ "Upgrade" && $rm =~ "GET") {{
    if (ws_handle_handshake()) exit;
  }}
  xhttp_reply("404", "Not Found", "", "");
}}
"#,
        connections + 100
    )
}

impl Kamailio {
    /// What it complained about.
    pub fn errors(&self) -> String {
        self.errors.lock().map(|errors| errors.join("\n")).unwrap_or_default()
    }

    /// Its first process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// URL of its WebSocket.
    pub fn url(&self) -> String {
        format!("{}://{}:{}/", if self.is_tls { "wss" } else { "ws" }, self.host, self.socket)
    }

    /// It ends in this moment and says nothing to anybody.
    pub fn kill(&mut self) {
        let first = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        let all = std::iter::once(first.to_string()).chain(children.split_whitespace().map(str::to_owned));
        let _ = Command::new("kill").arg("-KILL").args(all).status();
        let _ = self.child.wait();
    }

    /// Starts it for a few and waits until it accepts connections.
    pub fn start() -> Self {
        Self::with(&Setup::default())
    }

    /// Starts it for this many connections.
    pub fn start_for(connections: usize) -> Self {
        Self::with(&Setup { connections, ..Setup::default() })
    }

    /// Starts it.
    pub fn with(setup: &Setup) -> Self {
        let (host, connections) = (setup.host, setup.connections);
        let folder = tempfile::tempdir().expect("a folder");
        let socket = TcpListener::bind((host, 0)).and_then(|listener| listener.local_addr()).expect("a port").port();
        let udp = free_udp_port();
        let file = folder.path().join("kamailio.cfg");
        let tables = folder.path().join("tables");
        if setup.presence {
            // Its own ones, which it writes into.
            std::fs::create_dir(&tables).expect("a folder");
            for name in ["version", "presentity", "active_watchers", "watchers", "xcap"] {
                std::fs::copy(Path::new(TABLES).join(name), tables.join(name)).expect("a table of Debian's kamailio");
            }
        }
        std::fs::write(&file, config(socket, udp, setup, &tables)).expect("written");
        let mut child = Command::new("/usr/sbin/kamailio")
            .arg("-f")
            .arg(&file)
            .args(["-DD", "-M", "32", "-m", &(32 + connections / 8).to_string()])
            .arg("-Y")
            .arg(folder.path())
            .arg("-P")
            .arg(folder.path().join("pid"))
            .arg("-w")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kamailio, its modules for WebSocket and TLS, and sip-tester are installed (`cargo xtask setup`)");
        // What it says is read, so that it never waits for us.
        let said = child.stderr.take().expect("piped");
        let errors = Arc::new(Mutex::new(Vec::new()));
        let kept = errors.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Ok(mut kept) = kept.lock()
                    && kept.len() < MAX_ERRORS
                    && (line.contains("ERROR") || line.contains("CRITICAL"))
                {
                    kept.push(line);
                }
            }
        });
        let begun = Instant::now();
        while TcpStream::connect((host, socket)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "Kamailio does not accept connections");
            assert!(matches!(child.try_wait(), Ok(None)), "Kamailio ended: {:?}", errors.lock());
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, host, is_tls: setup.tls.is_some(), errors, _folder: folder, socket, udp }
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // SIGTERM ends its children too; a SIGKILL would leave them.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
