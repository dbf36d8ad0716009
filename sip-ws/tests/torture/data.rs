//! The torture messages and their index; compiled in, so that the tests need no file system.

#![allow(dead_code, reason = "each test binary uses its part")]

macro_rules! messages {
    ($folder:literal: $($name:literal)+) => {
        &[$(($name, include_bytes!(concat!($folder, "/", $name, ".dat")))),+]
    };
}

/// RFC 4475 appendix A, bit-exact.
pub const RFC4475: &[(&str, &[u8])] = messages! { "rfc4475":
    "badaspec" "badbranch" "baddate" "baddn" "badinv01" "badvers" "bcast" "bext01" "bigcode" "clerr"
    "cparam01" "cparam02" "dblreq" "esc01" "esc02" "escnull" "escruri" "insuf" "intmeth" "inv2543" "invut"
    "longreq" "ltgtruri" "lwsdisp" "lwsruri" "lwsstart" "mcl01" "mismatch01" "mismatch02" "mpart01" "multi01"
    "ncl" "noreason" "novelsc" "quotbal" "regaut01" "regbadct" "regescrt" "scalar02" "scalarlg" "sdp01"
    "semiuri" "test" "transports" "trws" "unkscm" "unksm2" "unreason" "wsinv" "zeromf"
};

/// RFC 5118 appendix A, bit-exact: with bare LF.
const RFC5118: &[(&str, &[u8])] = messages! { "rfc5118":
    "ipv4-mapped-ipv6" "ipv6-bad" "ipv6-bug-abnf-3-colons" "ipv6-correct-abnf-2-colons" "ipv6-good"
    "ipv6-in-sdp" "mult-ip-in-header" "mult-ip-in-sdp" "port-ambiguous" "port-unambiguous"
    "via-received-param-no-delim" "via-received-param-with-delim"
};

/// One row of an index.
pub struct Row {
    /// File name without `.dat`.
    pub name: &'static str,
    /// `valid`, `invalid`, ...
    pub class: &'static str,
    /// The layer at fault; empty in the index of RFC 5118.
    pub layer: &'static str,
    /// What a conforming element does.
    pub expect: &'static str,
    /// The status it answers with, as text.
    pub status: &'static str,
}

/// The index of RFC 4475 without `test`, of which nothing is asserted.
pub fn index_4475() -> Vec<Row> {
    let rows = include_str!("rfc4475/index.tsv").lines().skip(1).map(|line| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("seven columns");
        let (name, _section, class, layer, expect, status) = (field(), field(), field(), field(), field(), field());
        Row { name, class, layer, expect, status }
    });
    rows.filter(|row| row.name != "test").collect()
}

/// The index of RFC 5118; the status is part of its `expect` column.
pub fn index_5118() -> Vec<Row> {
    let rows = include_str!("rfc5118/index.tsv").lines().skip(1).map(|line| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("five columns");
        let (name, _section, class, expect) = (field(), field(), field(), field());
        Row { name, class, layer: "", expect, status: expect.strip_prefix("reject ").unwrap_or("-") }
    });
    rows.collect()
}

fn find(messages: &[(&str, &'static [u8])], name: &str) -> &'static [u8] {
    messages.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no message {name}")).1
}

/// One message of RFC 4475. `baddn` gets the empty line that the archive lacks, so that its From is what fails.
pub fn rfc4475(name: &str) -> Vec<u8> {
    let mut bytes = find(RFC4475, name).to_vec();
    if name == "baddn" {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// One message of RFC 5118 with CRLF line ends, the empty line of the two section 4.10 files, and a true
/// Content-Length in the three files whose length counts other octets (ipv6-in-sdp, mult-ip-in-sdp, ipv4-mapped-ipv6).
pub fn rfc5118(name: &str) -> Vec<u8> {
    let text = String::from_utf8(find(RFC5118, name).to_vec()).expect("RFC 5118 files are ASCII");
    let mut text = text.replace('\n', "\r\n");
    if matches!(name, "ipv6-bug-abnf-3-colons" | "ipv6-correct-abnf-2-colons") {
        text.push_str("\r\n");
    }
    if let Some(wrong) = match name {
        "ipv6-in-sdp" => Some("Content-Length: 268\r\n"),
        "mult-ip-in-sdp" => Some("Content-Length: 181\r\n"),
        "ipv4-mapped-ipv6" => Some("Content-Length: 236\r\n"),
        _ => None,
    } {
        let body = text.len() - text.find("\r\n\r\n").expect("an empty line") - 4;
        assert!(text.contains(wrong));
        text = text.replace(wrong, &format!("Content-Length: {body}\r\n"));
    }
    text.into_bytes()
}

/// Every message of both sets that has an index row, converted where needed.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let old = index_4475().into_iter().map(|row| (row.name, rfc4475(row.name)));
    old.chain(index_5118().into_iter().map(|row| (row.name, rfc5118(row.name)))).collect()
}
