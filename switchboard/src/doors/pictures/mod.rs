//! Pictures of the stations: each station is read once, however many look; the newest picture wins; its age and its troubles are told.
//!
//! A [`Gallery`] hands out [`Watch`]es. The first one of a station starts its reader, which goes on a little while after the last one
//! is dropped, so that a desk that changes its view does not start the camera anew.

mod multipart;
mod reader;

pub use multipart::{Event as PartEvent, MAX_PART, Parts, boundary};

use super::address::Reach;
use super::model::{Endpoint, Login};
use crate::ids::TenantId;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wire::Secret;

/// How long a reader goes on when nobody looks any more.
pub const LINGER: Duration = Duration::from_secs(5);
/// Least time between two pictures that are passed on: about 15 a second.
pub const LEAST_BETWEEN: Duration = Duration::from_millis(60);
/// A stream without a new picture for this long is delayed.
pub const DELAYED: Duration = Duration::from_secs(2);
/// A stream without any byte for this long is opened anew.
pub const GIVE_UP: Duration = Duration::from_secs(5);
/// Bytes that are read from one station in a second at most.
pub const MAX_RATE: u32 = 4 * 1_024 * 1_024;
/// Stations that are read at once at most.
pub const MAX_READERS: usize = 256;

/// Where the picture of a station comes from.
#[derive(Debug, Clone)]
pub struct PictureSource {
    /// A stream or single pictures.
    pub kind: PictureKind,
    /// Its address.
    pub endpoint: Endpoint,
    /// What may be reached.
    pub reach: Reach,
    /// The maker's access token, sent in the query as the maker wants it, and shown nowhere.
    pub token: Option<Token>,
    /// A login, where the camera wants one.
    pub login: Option<Login>,
}

/// A token in the query of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Name of the parameter, such as `api_token`.
    pub parameter: String,
    /// Its value.
    pub value: Secret,
}

/// What the station serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// `multipart/x-mixed-replace` of JPEG pictures.
    Mjpeg,
    /// One JPEG picture per request.
    Snapshot {
        /// Time between two requests.
        every: Duration,
    },
}

/// One picture.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Counts from 1 for as long as the reader runs. A gap means that newer ones won.
    pub number: u64,
    /// JPEG.
    pub jpeg: Bytes,
    /// When it arrived.
    pub at: Instant,
}

/// Why there is no fresh picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing listens at its address.
    NotReached,
    /// Its address is not one that may be reached.
    AddressRefused,
    /// Its certificate is not the expected one.
    TlsUntrusted,
    /// It does not accept our token or login.
    WrongToken,
    /// It answered with this status.
    Status(u16),
    /// What it sends is no stream of pictures: no boundary is named.
    NoBoundary,
    /// A picture is larger than any honest one.
    HugePart,
    /// A picture has no bytes.
    EmptyPart,
    /// What it sends is no JPEG.
    NotJpeg,
    /// No new picture comes.
    Delayed,
    /// The stream ended; it is opened anew.
    Ended,
}

impl Trouble {
    /// The fixed word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotReached => "not_reached",
            Self::AddressRefused => "address_refused",
            Self::TlsUntrusted => "tls_untrusted",
            Self::WrongToken => "wrong_token",
            Self::Status(_) => "status",
            Self::NoBoundary => "no_boundary",
            Self::HugePart => "huge_part",
            Self::EmptyPart => "empty_part",
            Self::NotJpeg => "not_jpeg",
            Self::Delayed => "delayed",
            Self::Ended => "ended",
        }
    }
}

/// What a station shows at this moment.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The newest picture; it stays while there is trouble, and grows old.
    pub frame: Option<Arc<Frame>>,
    /// What is wrong, until the next picture.
    pub trouble: Option<Trouble>,
}

/// Which station: tenant and entrance.
pub type Key = (TenantId, String);

/// Readers of all stations.
#[derive(Debug, Clone, Default)]
pub struct Gallery(Arc<Mutex<BTreeMap<Key, Reader>>>);

#[derive(Debug)]
struct Reader {
    views: watch::Sender<View>,
    watchers: usize,
    /// Changes with every watcher that comes or goes, so that an old wish to stop is recognised.
    generation: u64,
    task: tokio::task::JoinHandle<()>,
}

impl Gallery {
    /// Looks at a station. `None`: too many are read already.
    ///
    /// Must be called within the runtime that the readers are to run in.
    #[must_use]
    pub fn watch(&self, key: &Key, source: &PictureSource) -> Option<Watch> {
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() >= MAX_READERS && !readers.contains_key(key) {
            return None;
        }
        let reader = readers.entry(key.clone()).or_insert_with(|| {
            let views = watch::Sender::new(View::default());
            let task = tokio::spawn(reader::run(source.clone(), views.clone()));
            Reader { views, watchers: 0, generation: 0, task }
        });
        reader.watchers += 1;
        reader.generation += 1;
        Some(Watch { views: reader.views.subscribe(), seen: 0, gallery: self.clone(), key: key.clone() })
    }

    /// Stations that are being read.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn leave(&self, key: &Key) {
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(reader) = readers.get_mut(key) else { return };
        reader.watchers -= 1;
        reader.generation += 1;
        if reader.watchers > 0 {
            return;
        }
        let (gallery, key, generation) = (self.clone(), key.clone(), reader.generation);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    tokio::time::sleep(LINGER).await;
                    gallery.stop(&key, generation);
                });
            }
            // The runtime is going away, and its tasks with it.
            Err(_) => {
                readers.remove(&key);
            }
        }
    }

    fn stop(&self, key: &Key, generation: u64) {
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.get(key).is_some_and(|reader| reader.generation == generation)
            && let Some(reader) = readers.remove(key)
        {
            reader.task.abort();
        }
    }
}

/// One watcher of a station. Dropping it stops looking.
#[derive(Debug)]
pub struct Watch {
    views: watch::Receiver<View>,
    seen: u64,
    gallery: Gallery,
    key: Key,
}

impl Watch {
    /// What is to be seen now.
    #[must_use]
    pub fn now(&self) -> View {
        self.views.borrow().clone()
    }

    /// Waits until that changes. Whoever is slow gets the newest, never a queue. May be dropped and called again.
    pub async fn changed(&mut self) -> View {
        // The sender lives in the gallery for as long as this watch does.
        let _ = self.views.changed().await;
        self.views.borrow_and_update().clone()
    }

    /// Waits for a picture that this watch has not given yet.
    pub async fn next_frame(&mut self) -> Arc<Frame> {
        loop {
            let frame = self.views.borrow_and_update().frame.clone();
            if let Some(frame) = frame.filter(|frame| frame.number > self.seen) {
                self.seen = frame.number;
                return frame;
            }
            let _ = self.views.changed().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.gallery.leave(&self.key);
    }
}
