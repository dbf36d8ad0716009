//! Randomness of the browser.

/// A seed for the SIP agent. `None` where the browser has no secure source; there is no weaker fallback.
#[must_use]
pub fn seed() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    web_sys::window()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

/// A random UUID (version 4) in its text form.
#[must_use]
pub fn uuid() -> Option<String> {
    Some(text(random_bytes()?, 4))
}

/// A UUID of version 7 (RFC 9562 5.7) that carries this moment.
#[must_use]
pub fn uuid_at(unix_ms: i64) -> Option<String> {
    let mut bytes = random_bytes()?;
    bytes[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
    Some(text(bytes, 7))
}

fn random_bytes() -> Option<[u8; 16]> {
    let seed = seed()?;
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&seed[..16]);
    Some(bytes)
}

fn text(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
