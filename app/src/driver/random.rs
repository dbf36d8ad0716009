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
    let seed = seed()?;
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&seed[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}
