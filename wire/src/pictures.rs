//! The socket `/pictures`: which doors a page looks at, and what it sees.
//!
//! The page says hello with a ticket for [`TicketPurpose::Pictures`](crate::TicketPurpose::Pictures), then which doors it looks at,
//! again whenever that changes. Pictures come as binary frames, the newest of each door only; what is wrong comes as text.

use crate::{FeedEnd, Secret, WireVersion};
use serde::{Deserialize, Serialize};

/// Text frames of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PictureRequest {
    /// The first frame.
    Hello {
        /// A ticket for this socket.
        ticket: Secret,
        /// The page's version.
        wire: WireVersion,
    },
    /// The doors that are looked at from here on, in place of those before.
    Watch {
        /// Ids of entrances.
        doors: Vec<String>,
    },
    /// A frame of a later version: ignored.
    #[serde(other)]
    Unknown,
}

/// Text frames of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PictureNotice {
    /// The ticket was taken.
    Hello {
        /// The server's version.
        wire: WireVersion,
    },
    /// What is wrong with a door's picture. It is over with the door's next picture.
    Trouble {
        /// The door.
        door: String,
        /// What is wrong.
        trouble: PictureTrouble,
    },
    /// The server closes the socket.
    End {
        /// Why.
        reason: FeedEnd,
    },
    /// A frame of a later version: ignored.
    #[serde(other)]
    Unknown,
}

/// Why there is no fresh picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureTrouble {
    /// There is no such door, it has no picture, or it is not for this person.
    NoSuchPicture,
    /// More doors than may be looked at.
    TooMany,
    /// Nothing listens at the station's address.
    NotReached,
    /// The station's address may not be reached.
    AddressRefused,
    /// The station's certificate is not the expected one.
    TlsUntrusted,
    /// The station does not accept the token or login.
    WrongToken,
    /// The station answered with an error.
    Status,
    /// The stream names no boundary.
    NoBoundary,
    /// A picture is larger than any honest one.
    HugePart,
    /// A picture has no bytes.
    EmptyPart,
    /// What the station sends is no JPEG.
    NotJpeg,
    /// No new picture comes.
    Delayed,
    /// The stream ended; it is opened anew.
    Ended,
    /// A reason of a later version.
    #[serde(other)]
    Unknown,
}

/// A binary frame: one byte for the length of the door's id, the id, the picture's number (8 bytes) and age (4 bytes), both with the
/// highest byte first, then the JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFrame<'a> {
    /// The door; at most 255 bytes.
    pub door: &'a str,
    /// Counts the pictures of the door. A gap means that newer ones won.
    pub number: u64,
    /// Milliseconds since the picture arrived at the server.
    pub age_ms: u32,
    /// The picture.
    pub jpeg: &'a [u8],
}

impl<'a> PictureFrame<'a> {
    /// The bytes of the frame; `None` where the id of the door is too long.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(13 + self.door.len() + self.jpeg.len());
        out.push(u8::try_from(self.door.len()).ok()?);
        out.extend_from_slice(self.door.as_bytes());
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.age_ms.to_be_bytes());
        out.extend_from_slice(self.jpeg);
        Some(out)
    }

    /// Reads a frame; `None` where it is none.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first()?;
        let (door, rest) = rest.split_at_checked(usize::from(*length))?;
        let (number, rest) = rest.split_first_chunk()?;
        let (age, jpeg) = rest.split_first_chunk()?;
        let door = std::str::from_utf8(door).ok()?;
        Some(Self { door, number: u64::from_be_bytes(*number), age_ms: u32::from_be_bytes(*age), jpeg })
    }
}
