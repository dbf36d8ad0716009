//! Every timer of the crate: its RFC letter or section, its length and why it exists. All in milliseconds.

/// Estimate of the round-trip time (RFC 3261 17.1.1.1).
pub const T1: u64 = 500;
/// Longest interval between retransmissions of non-INVITE requests and INVITE responses (17.1.2.2).
pub const T2: u64 = 4_000;
/// Longest time a message stays in the network (17.1.2.2).
pub const T4: u64 = 5_000;

/// A: first retransmission of an INVITE, doubling (17.1.1.2). Unreliable transports only.
pub const A: u64 = T1;
/// B: how long an INVITE waits for any response (17.1.1.2).
pub const B: u64 = 64 * T1;
/// C: how long an INVITE waits after a provisional response (16.6 step 11; here in the UAC, so that a call cannot ring for ever).
pub const C: u64 = 190_000;
/// D: how long the ACK of a refusal is repeated on demand (17.1.1.2): 32 s, 0 on reliable transports.
pub const D: u64 = 32_000;
/// E: first retransmission of another request, doubling up to T2 (17.1.2.2). Unreliable transports only.
pub const E: u64 = T1;
/// F: how long another request waits for a final response (17.1.2.2).
pub const F: u64 = 64 * T1;
/// G: first retransmission of a refusal of an INVITE, doubling up to T2 (17.2.1). Unreliable transports only.
pub const G: u64 = T1;
/// H: how long a refusal of an INVITE waits for its ACK (17.2.1).
pub const H: u64 = 64 * T1;
/// I: how long repeated ACKs are absorbed (17.2.1): T4, 0 on reliable transports.
pub const I: u64 = T4;
/// J: how long repeated requests are answered again (17.2.2): 64·T1, 0 on reliable transports.
pub const J: u64 = 64 * T1;
/// K: how long repeated responses are absorbed (17.1.2.2): T4, 0 on reliable transports.
pub const K: u64 = T4;
/// L: how long a server transaction stays after its 2xx, absorbing repeated INVITEs (RFC 6026 8.7).
pub const L: u64 = 64 * T1;
/// M: how long a client transaction stays after a 2xx, so that 2xx of other forks are seen (RFC 6026 8.4).
pub const M: u64 = 64 * T1;

/// First repetition of a 2xx until its ACK comes, doubling up to T2, on any transport (13.3.1.4).
pub const ACCEPT_RESEND: u64 = T1;
/// How long a 2xx waits for its ACK before the dialog is ended with BYE (13.3.1.4).
pub const ACCEPT_LIMIT: u64 = 64 * T1;
/// How often a slow callee repeats its last provisional response so that proxies keep waiting (13.3.1.1).
pub const PROGRESS_RESEND: u64 = 60_000;
/// How long an unanswered incoming INVITE may ring before it is refused with 480; each provisional response begins it anew.
pub const RING_LIMIT: u64 = 600_000;
/// How long a cancelled INVITE waits for its final response before it is given up (9.1: 64·T1).
pub const CANCEL_LIMIT: u64 = 64 * T1;
/// How long a request of a session waits for a new flow before it is given up.
pub const FLOW_WAIT: u64 = 180_000;

/// Back-off after 491 of the side that owns the Call-ID: 2.1 to 4.0 s in steps of 10 ms (14.1).
pub const GLARE_OWNER: (u64, u64) = (2_100, 4_000);
/// Back-off after 491 of the other side: 0 to 2.0 s in steps of 10 ms (14.1).
pub const GLARE_OTHER: (u64, u64) = (0, 2_000);
/// Step of both back-offs.
pub const GLARE_STEP: u64 = 10;

/// First wait before a new socket, with full jitter: a glitch is repaired before the user sees it.
pub const RECONNECT_FIRST: u64 = 2_000;
/// Longest wait between tries in the first minute, with full jitter: a restarted server is found within 3 s.
pub const RECONNECT_FAST: u64 = 2_500;
/// How long the fast tries go on before RFC 5626 4.5 back-off begins.
pub const RECONNECT_FAST_FOR: u64 = 60_000;
/// Base of the RFC 5626 4.5 back-off with no flow left.
pub const RECONNECT_BASE: u64 = 30_000;
/// Its base while another flow is up.
pub const RECONNECT_SPARE: u64 = 90_000;
/// Longest wait of the RFC 5626 4.5 back-off.
pub const RECONNECT_MAX: u64 = 1_800_000;
/// How long a socket may take to open.
pub const CONNECT_LIMIT: u64 = 8_000;
/// Silence after which a sign of life is asked for (CRLF CRLF), without a call: below the 60 s of common proxies.
pub const KEEPALIVE_IDLE: u64 = 25_000;
/// The same while a call exists: a dead socket must be noticed before the next key is pressed.
pub const KEEPALIVE_CALL: u64 = 5_000;
/// How long the sign of life may take without a call.
pub const PONG_IDLE: u64 = 10_000;
/// How long the sign of life may take while a call exists, or when the network has gone.
pub const PONG_CALL: u64 = 4_000;
/// The same once there is another network: most likely the address of the socket is gone, and being wrong costs a socket and no call.
pub const PONG_MOVED: u64 = 1_000;
/// A timer that comes this late means that the machine slept: the socket is probed before it is trusted.
pub const SLEEP_SUSPECTED: u64 = 15_000;

/// Least session interval in seconds (RFC 4028 4, 5).
pub const SESSION_MIN: u32 = 90;
/// How long before its expiry a session ends that nobody refreshed, at most a third of the interval (RFC 4028 10).
pub const SESSION_END_MARGIN: u64 = 32_000;
/// Pause after a refresh that failed; it is tried until the session ends.
pub const REFRESH_AGAIN: u64 = 5_000;
/// How long a reliable provisional response waits for its PRACK before the call is refused (RFC 3262 3).
pub const PRACK_LIMIT: u64 = 64 * T1;

/// Longest pause that a Retry-After can impose (F21): 1 h.
pub const RETRY_AFTER_MAX: u64 = 3_600_000;
/// Pause before a refused registration is tried again, doubling, when no Retry-After says otherwise.
pub const REGISTER_RETRY: u64 = 5_000;
/// Longest such pause.
pub const REGISTER_RETRY_MAX: u64 = 300_000;
/// A registration is never refreshed more often than this.
pub const REGISTER_MIN_REFRESH: u64 = 5_000;
/// How long a request that its owner does not answer is remembered.
pub const SERVER_FORGOTTEN: u64 = 64 * T1;
/// How long a re-INVITE may wait for the owner's answer before it is refused with 500.
pub const REOFFER_LIMIT: u64 = 180_000;
/// How long the user may think about a target that we are sent on to, or about a transfer that the peer asks for.
pub const ASK_LIMIT: u64 = 60_000;
/// How long a peer that accepted a transfer may stay silent (RFC 6665 4.1.2.4, timer N).
pub const REFER_SILENCE: u64 = 64 * T1;
/// N: how long a subscription waits for its first notification (RFC 6665 4.1.2.4), and a refresh for its answer.
pub const SUBSCRIBE_SILENCE: u64 = 64 * T1;
/// A subscription is never refreshed more often than this.
pub const SUBSCRIBE_MIN_REFRESH: u64 = 5_000;
/// Longest time that a transfer may ring after its last news.
pub const REFER_RING: u64 = C;
/// How long a restored call tries to agree about media.
pub const RESUME_LIMIT: u64 = 30_000;
/// Pause between such tries.
pub const RESUME_RETRY: u64 = 2_000;
/// How long a new call waits for a link before it fails.
pub const NEW_CALL_WAIT: u64 = 8_000;
/// How long a change waits when the dialog is busy in a way that ends by itself (an ACK under way).
pub const BUSY_RETRY: u64 = 500;
/// How long unregistering may delay a stop.
pub const STOP_LIMIT: u64 = 2_000;
/// How long a stop waits for the answers to its last words, and for a flow to say them on: as long as a BYE is repeated.
pub const FAREWELL_LIMIT: u64 = 64 * T1;
