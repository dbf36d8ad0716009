//! The only place with SQL: one `Store` over SQLite (a file, the default) or PostgreSQL (by URL).
//!
//! SQLite has one write connection, each write is a `BEGIN IMMEDIATE` transaction, WAL and `synchronous=FULL`: what was answered
//! is on the disk. Statements are run-time texts with `$n`, which both engines read.

mod access;
mod administered;
mod alarms;
mod calls;
mod chain;
mod contacts;
mod devices;
mod figures;
mod floor;
mod journal;
mod lockouts;
mod orders;
mod passwords;
mod people;
mod reports;
mod schema;
mod sessions;
mod snapshots;
mod unread;
mod verify;
mod walls;

pub use access::{LogRow, LogWanted};
pub use administered::{RecordKind, RecordRow, Standing};
pub use calls::CallRow;
pub use chain::{LogEntry, LogHead};
pub use contacts::{ContactData, ContactEvent, ContactKind, Detail, WorkData, derive_row};
pub use devices::{Device, DeviceHa1, NewDevice};
pub use floor::Who;
pub use journal::Batch;
pub use orders::{OrderAnswer, OrderKey, REMEMBERED_MS};
pub use passwords::{Before, Password};
pub use reports::{CallsBy, CallsWanted, SumRow, SumsWanted};
pub use sessions::{EndedSession, SessionRow};
pub use snapshots::Snapshot;
pub use unread::MAX_UNREAD;
pub use verify::{Fault, Verified};

use crate::directory::Directory;
use crate::keys::{Keys, KeysError};
use crate::reports::Marks;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyPool, Executor as _, Transaction};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Which database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// A cheap handle to the database.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    read: AnyPool,
    write: AnyPool,
    keys: Keys,
    /// Where what is written is counted.
    marks: RwLock<Arc<Marks>>,
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is gone.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A later version of the program wrote this database.
    #[error("this database has schema {found}, but this program knows only up to {known}: start the newer program")]
    Newer {
        /// Version in the database.
        found: i64,
        /// Latest version here.
        known: i64,
    },
    /// The URL names neither engine.
    #[error("`{0}` is not a database address: write sqlite:<file> or postgres://…")]
    Address(String),
    /// A tenant was given another domain.
    #[error(
        "tenant `{tenant}` was created with the SIP domain `{stored}`, which is fixed: write it again, or add a new tenant for `{given}`"
    )]
    DomainChanged {
        /// Name of the tenant.
        tenant: String,
        /// Domain in the database.
        stored: String,
        /// Domain in the configuration.
        given: String,
    },
    /// A stored text is not what it was written as.
    #[error("a stored {what} cannot be read: {source}")]
    Content {
        /// What it should be.
        what: &'static str,
        /// Why it is not.
        source: serde_json::Error,
    },
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The files that name the last row of the log cannot be used.
    #[error("the head of the log cannot be kept beside its key: {0}")]
    Head(std::io::Error),
}

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// The address is wrong, the database cannot be opened, or a newer program wrote it.
    pub async fn open(url: &str, keys: Keys) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let engine = if url.starts_with("sqlite:") {
            Engine::Sqlite
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Engine::Postgres
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(StoreError::Address(scheme.to_owned()));
        };
        let write = pool(engine, if engine == Engine::Sqlite { 1 } else { 8 }).connect(url).await?;
        let read = match engine {
            Engine::Sqlite => pool(engine, 4).connect(url).await?,
            Engine::Postgres => write.clone(),
        };
        let store = Self(Arc::new(Inner { engine, read, write, keys, marks: RwLock::default() }));
        store.migrate().await?;
        Ok(store)
    }

    /// The keys that the log is chained and device passwords are sealed with.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// It gives none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").fetch_one(self.read()).await?;
        Ok(())
    }

    /// Waits for writes under way and closes the files.
    pub async fn close(&self) {
        self.0.read.close().await;
        self.0.write.close().await;
    }

    /// Counts from now on where this directory says.
    pub fn count_at(&self, directory: &Directory) {
        let mut marks = self.0.marks.write().unwrap_or_else(PoisonError::into_inner);
        *marks = Arc::new(Marks::of(directory).after(&marks));
    }

    fn marks(&self) -> Arc<Marks> {
        self.0.marks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self) -> &AnyPool {
        &self.0.read
    }

    /// Begins a write. SQLite takes its lock at once: a transaction that reads first and writes later could fail half-way.
    async fn write(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(match self.0.engine {
            Engine::Sqlite => self.0.write.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => self.0.write.begin().await?,
        })
    }
}

/// The address of a SQLite file, for a path with any characters.
#[must_use]
pub fn sqlite_url(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("sqlite://{path}?mode=rwc")
}

fn pool(engine: Engine, connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(10)).after_connect(move |connection, _| {
        Box::pin(async move {
            if engine == Engine::Sqlite {
                for pragma in [
                    "PRAGMA busy_timeout = 5000",
                    "PRAGMA journal_mode = WAL",
                    "PRAGMA synchronous = FULL",
                    "PRAGMA foreign_keys = ON",
                    // What is erased is gone from the file as well.
                    "PRAGMA secure_delete = ON",
                ] {
                    connection.execute(pragma).await?;
                }
            }
            Ok(())
        })
    })
}
