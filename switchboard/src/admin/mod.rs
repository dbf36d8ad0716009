//! Administration: what may be changed while the server runs, by whom, and how a change reaches everybody. See `docs/administration.md`.
//!
//! Changes are made one after the other. Each is checked against what stands at that moment (rights, version, rules), written into the
//! log, stored, and then the directory is replaced as a whole: feeds, exchange and figures go on with the new one.

mod book;
mod members;
mod people;
mod place;
mod queues;
mod reasons;
mod refusal;
mod skills;
mod write;

pub use book::{Book, Entry};
pub use members::belong;
pub use people::{add_person, change_person, one_time_password, people, remove_person};
pub use queues::{add_queue, change_queue, queues, remove_queue};
pub use reasons::{add_reason, change_reason, reasons, remove_reason};
pub use refusal::Refusal;
pub use write::ACTION;

use crate::directory::Person;
use crate::ids::TenantId;
use crate::keys::token_digest;
use crate::rights::{Act, Reach, reach};
use crate::services::Services;
use place::Place;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};
use wire::{AdminPlace, Hold, Kept};

/// Letters of a name to show.
const LABEL_LIMIT: usize = 100;

/// Lets one change at a time through. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Admin(Arc<Mutex<()>>);

/// Somebody who administers, at this moment, with the records of their tenant.
struct Desk<'a> {
    services: &'a Services,
    by: Arc<Person>,
    book: Book<'a>,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl<'a> Desk<'a> {
    /// To look at something.
    async fn look(services: &'a Services, by: &Person, act: Act) -> Result<Self, Refusal> {
        Self::open(services, by, act, None).await
    }

    /// To change something: nobody else does meanwhile.
    async fn change(services: &'a Services, by: &Person, act: Act) -> Result<Self, Refusal> {
        let turn = services.admin.0.lock().await;
        Self::open(services, by, act, Some(turn)).await
    }

    async fn open(services: &'a Services, by: &Person, act: Act, turn: Option<MutexGuard<'a, ()>>) -> Result<Self, Refusal> {
        // Whoever waited for their turn may have lost the right by the change before.
        let by =
            services.directory.person_by_id(&by.id).filter(|by| reach(&by.roles, act) >= Reach::Sites).ok_or_else(Refusal::forbidden)?;
        let tenant = services.directory.tenant(&by.tenant);
        let file = tenant.and_then(|tenant| services.config.tenants.iter().find(|known| known.domain == tenant.domain));
        let file = file.ok_or_else(|| Refusal::internal(&"a person has no tenant"))?;
        let book = Book::of(file, &services.store.administered(&by.tenant).await?);
        Ok(Self { services, by, book, _turn: turn })
    }

    fn tenant(&self) -> &TenantId {
        &self.by.tenant
    }

    fn place(&self) -> Place<'_> {
        Place { by: &self.by, sites: self.book.sites() }
    }

    fn shown_place(&self) -> AdminPlace {
        AdminPlace {
            sites: self.book.sites().to_vec(),
            own: self.by.sites.iter().map(|site| site.id.clone()).collect(),
            everywhere: self.place().everywhere(),
        }
    }
}

/// A record as it is shown.
fn kept<T: Serialize + Clone>(entry: &Entry<T>, hold: Hold) -> Kept<T> {
    Kept { version: version(&entry.record), origin: entry.origin, hold, record: entry.record.clone() }
}

/// Refuses a change of something that is not any more what it was when it was looked at.
fn same<T: Serialize>(entry: &Entry<T>, edit: &str) -> Result<(), Refusal> {
    if version(&entry.record) == edit { Ok(()) } else { Err(Refusal::changed()) }
}

/// A version is a digest of what stands there: two records that say the same are the same, whoever wrote them.
fn version<T: Serialize>(record: &T) -> String {
    // A record is plain data: it can always be written.
    let digest = token_digest(&serde_json::to_string(record).unwrap_or_default());
    digest.chars().take(16).collect()
}
