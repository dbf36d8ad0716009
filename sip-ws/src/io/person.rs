//! Who somebody is for the signalling, and what a caller wants of the one who is called. Pure data.

/// A person or device as the signalling names it. Text of a stranger: show it, never interpret it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Peer {
    /// Full URI.
    pub uri: String,
    /// User part of the URI, or the number of a tel URI.
    pub user: String,
    /// Display name.
    pub display: Option<String>,
    /// The identity was asserted by our own server (RFC 3325), not only claimed.
    pub asserted: bool,
}

/// A caller wants the call to be answered without the user (RFC 5373 and the forms of telephone systems before it). Reported for
/// trusted identities only; whether it is done is for the application and its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerIntent {
    /// Seconds that it should ring before.
    pub after: u32,
    /// `Priv-Answer-Mode`: even where the user does not want it, for emergencies.
    pub privileged: bool,
}
