// Debian's Kamailio as the foreign PBX: an edge that speaks WebSocket and adds Path and Record-Route, and behind
// it a registrar that asks for digest. Two processes, as in the field. With an rtpengine beside it the registrar also takes
// calls of plain stations: what comes without a fingerprint goes on as WebRTC, and what comes back goes on as plain RTP.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './process.mjs';
import { canConnect, freePort, freeUdpPort } from './net.mjs';
import { until } from './wait.mjs';

const HOST = '127.0.0.1';

const common = (modules) => `
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
server_header="Server: kamailio"
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
${modules.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("rr", "enable_full_lr", 1)
`;

/** The edge: WebSocket on one side, UDP to the registrar on the other. */
const edge = ({ host, webSocket, udp, registrar }) => `#!KAMAILIO
${common(['tm', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'xlog', 'xhttp', 'websocket', 'nathelper', 'path', 'outbound'])}
listen=tcp:${host}:${webSocket}
listen=udp:${host}:${udp}
tcp_connection_lifetime=3604
tcp_accept_no_cl=yes
modparam("websocket", "keepalive_mechanism", 0)
modparam("path", "use_received", 1)
modparam("rr", "append_fromtag", 0)

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }

  # From the registrar: the Route made of the Path names this edge, its received parameter the connection.
  if (has_totag() || src_ip == ${HOST} && proto == UDP) {
    if (loose_route()) {
      if (is_method("INVITE")) {
        record_route();
        # A page that was loaded again is reached by another connection.
        if (nat_uac_test(64)) add_contact_alias();
      }
      handle_ruri_alias();
      t_on_reply("MEND");
      t_relay();
      exit;
    }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    if (has_totag()) { sl_send_reply("404", "Not here"); exit; }
  }

  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }

  force_rport();
  if (is_method("REGISTER")) {
    add_path_received();
  } else {
    remove_hf("Route");
    if (is_method("INVITE")) { add_contact_alias(); record_route(); }
  }
  t_on_reply("MEND");
  $du = "sip:${HOST}:${registrar}";
  t_relay();
}

onreply_route[MEND] {
  if (nat_uac_test(64)) add_contact_alias();
}

event_route[xhttp:request] {
  set_reply_close();
  if ($hdr(Upgrade) =~ "websocket" && $hdr(Connection) =~ "Upgrade" && $rm =~ "GET") {
    if (ws_handle_handshake()) exit;
  }
  xhttp_reply("404", "Not Found", "", "");
}
`;

/** Media of a call between a plain station and a desk; each description says by itself which way it goes. */
const bridge = (control) => ({
  modules: ['rtpengine'],
  settings: `modparam("rtpengine", "rtpengine_sock", "${control}")`,
  begin: `
  if (is_method("INVITE") && has_body("application/sdp") && !search_body("a=fingerprint")) {
    add_rr_param(";bridged=yes");
    setflag(1);
    route(MEDIA);
  }`,
  goOn: `
    if (check_route_param("bridged=yes")) {
      setflag(1);
      if (is_method("BYE")) rtpengine_delete();
      else if (has_body("application/sdp")) route(MEDIA);
    }`,
  routes: `
route[MEDIA] {
  if (search_body("a=fingerprint")) rtpengine_manage("replace-origin replace-session-connection ICE=remove rtcp-mux-demux RTP/AVP");
  else rtpengine_manage("replace-origin replace-session-connection ICE=force rtcp-mux-offer generate-mid SDES-off UDP/TLS/RTP/SAVPF");
}

onreply_route[MEDIA] {
  if (isflagset(1) && has_body("application/sdp")) route(MEDIA);
}

failure_route[MEDIA] {
  rtpengine_delete();
}
`,
  follow: 't_on_reply("MEDIA"); t_on_failure("MEDIA");',
});
const NO_BRIDGE = { modules: [], settings: '', begin: '', goOn: '', routes: '', follow: '' };

/** The registrar and proxy behind it: digest on REGISTER and INVITE, bindings with their Path in memory. */
const registrar = ({ port, domain, password, media }) => `#!KAMAILIO
${common(['tm', 'tmx', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'xlog', 'usrloc', 'registrar', 'auth', ...media.modules])}
${media.settings}
listen=udp:${HOST}:${port}
alias="${domain}"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "use_path", 1)
modparam("registrar", "path_mode", 1)
modparam("registrar", "path_use_received", 0)
modparam("registrar", "max_contacts", 10)
modparam("auth", "nonce_expire", 300)
modparam("auth", "algorithm", "MD5")

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }

  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) {${media.goOn}
      ${media.follow}
      t_relay();
      exit;
    }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }

  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("$td", "${password}", "0")) { www_challenge("$td", "1"); exit; }
    if ($au != $tU) { sl_send_reply("403", "Forbidden"); exit; }
    if (!save("location")) sl_reply_error();
    exit;
  }

  if (!pv_proxy_authenticate("$fd", "${password}", "0")) { proxy_challenge("$fd", "1"); exit; }
  # What a caller says of itself is nothing; who it is says the digest (RFC 3325).
  remove_hf("P-Asserted-Identity");
  append_hf("P-Asserted-Identity: <sip:$au@$fd>\\r\\n");
  consume_credentials();
  if (is_method("INVITE")) record_route();
  if (!lookup("location")) { sl_send_reply("480", "Temporarily Unavailable"); exit; }${media.begin}
  ${media.follow}
  t_relay();
}
${media.routes}`;

/**
 * Starts both; accounts are any user name with `password`. `rtpengine`: its control address, for calls of plain stations. `edges`:
 * how many there are before the registrar; where there are several, each has an address of its own (`urls`).
 */
export async function kamailio({ domain = 'portico.test', password = 'portico', rtpengine, edges = 1, verbose = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'portico-kamailio-'));
  const port = await freeUdpPort();
  const files = { registrar: registrar({ port, domain, password, media: rtpengine ? bridge(rtpengine) : NO_BRIDGE }) };
  const urls = [];
  for (let at = 0; at < edges; at += 1) {
    const [host, webSocket] = [edges === 1 ? HOST : `127.0.0.${at + 2}`, await freePort()];
    files[`edge${at}`] = edge({ host, webSocket, udp: await freeUdpPort(), registrar: port });
    urls.push(`ws://${host}:${webSocket}/`);
  }
  const children = {};
  for (const [name, text] of Object.entries(files)) {
    const config = join(folder, `${name}.cfg`);
    await writeFile(config, verbose ? text.replace('debug=2', 'debug=3') : text);
    children[name] = new Child('/usr/sbin/kamailio', ['-f', config, '-DD', '-m', '32', '-M', '8', '-Y', folder, '-P', join(folder, `${name}.pid`), '-w', folder]);
  }
  await children.registrar.line(/probe_max_receive_buffer|listening on|Listening on/i);
  for (const [at, url] of urls.entries()) {
    const { hostname, port: webSocket } = new URL(url);
    await children[`edge${at}`].line(/listening on|Listening on/i);
    await until('Kamailio to accept connections', () => canConnect(webSocket, hostname));
  }
  return {
    url: urls[0],
    urls,
    /** Where plain stations send their SIP, by UDP. */
    port,
    domain,
    password,
    log: () => Object.values(children).map((child) => child.output).join('\n'),
    /** One edge dies without a word. */
    killEdge: (at) => children[`edge${at}`].stop('SIGKILL'),
    async stop() {
      await Promise.all(Object.values(children).map((child) => child.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
