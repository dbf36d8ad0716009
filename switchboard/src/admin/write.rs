//! How a change is made: into the log, into the store, to everybody.

use super::{Desk, Refusal};
use crate::clock::now_ms;
use crate::services::Services;
use crate::store::{LogEntry, OrderAnswer, RecordRow, Standing};
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;
use wire::AdminCode;

/// Pause before a database that failed is asked again.
const LOAD_AGAIN: Duration = Duration::from_secs(1);
/// Action of the rows about changes.
pub const ACTION: &str = "administration";
/// Fields that name people. They stand in the row as values that can be erased.
const PERSONAL: [&str; 3] = ["user", "display_name", "agents"];

/// A change as it is written into the log.
pub(super) struct Change {
    /// What is done: a fixed word such as `change_queue`.
    pub what: &'static str,
    pub name: String,
    /// The name is one of a person.
    pub personal: bool,
    pub before: Value,
    pub after: Value,
}

impl Change {
    pub fn new<T: Serialize>(what: &'static str, name: &str, before: Option<&T>, after: Option<&T>) -> Self {
        let value = |record: Option<&T>| record.and_then(|record| serde_json::to_value(record).ok()).unwrap_or_default();
        Self {
            what,
            name: name.to_owned(),
            personal: what.ends_with("person") || what == "password",
            before: value(before),
            after: value(after),
        }
    }

    /// The fields in which `of` differs from `other`: those that name nobody, and those that do.
    fn differing(of: &Value, other: &Value) -> (Map<String, Value>, Map<String, Value>) {
        let fields = of.as_object().into_iter().flatten().filter(|(field, value)| other.get(field) != Some(value));
        fields.map(|(field, value)| (field.clone(), value.clone())).partition(|(field, _)| !PERSONAL.contains(&field.as_str()))
    }

    fn row(&self, desk: &Desk<'_>, outcome: &'static str) -> LogEntry {
        let mut entry = LogEntry::new(Some(desk.tenant().clone()), ACTION, outcome)
            .detail("what", self.what)
            .personal("person", desk.by.id.to_string())
            .personal("name", &desk.by.display_name);
        entry = if self.personal { entry.personal("record", &self.name) } else { entry.detail("record", &self.name) };
        for (of, other, field, personal_field) in
            [(&self.before, &self.after, "from", "personal_from"), (&self.after, &self.before, "to", "personal_to")]
        {
            let (plain, personal) = Self::differing(of, other);
            if !plain.is_empty() {
                entry = entry.detail(field, Value::Object(plain).to_string());
            }
            if !personal.is_empty() {
                entry = entry.personal(personal_field, Value::Object(personal).to_string());
            }
        }
        entry
    }
}

impl Desk<'_> {
    /// Writes a refused try into the log, where it was one at something of others.
    pub(super) async fn refused(&self, change: &Change, refusal: Refusal) -> Refusal {
        let others = refusal.0.code == AdminCode::Forbidden
            || refusal.0.fields.iter().any(|field| matches!(field.fault, wire::FieldFault::NotYours { .. }));
        if others {
            self.log(change, "forbidden").await;
        }
        refusal
    }

    /// Makes a change that was checked.
    pub(super) async fn write(&self, change: &Change, row: &RecordRow, standing: Option<Standing<'_>>) -> Result<(), Refusal> {
        self.write_with(change, row, standing, None).await
    }

    /// The same, and keeps the answer to the order that asked for it.
    pub(super) async fn write_with(
        &self,
        change: &Change,
        row: &RecordRow,
        standing: Option<Standing<'_>>,
        answer: Option<&OrderAnswer>,
    ) -> Result<(), Refusal> {
        if !self.log(change, "begun").await {
            return Err(Refusal::not_logged());
        }
        let services = self.services;
        let ended = match services.store.administer(self.tenant(), row, standing, (&self.by.id, now_ms()), answer).await {
            Ok(ended) => ended,
            Err(error) => {
                self.log(change, "failed").await;
                return Err(error.into());
            }
        };
        services.close_sessions(&ended).await;
        services.go_on().await;
        self.log(change, "done").await;
        Ok(())
    }

    /// Writes a row; says whether it is on the disk.
    pub(super) async fn log(&self, change: &Change, outcome: &'static str) -> bool {
        match self.services.store.log(&change.row(self, outcome)).await {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(%error, "a row about a change could not be written");
                self.services.metrics.count("portico_log_write_failures_total", &[]);
                false
            }
        }
    }
}

impl Services {
    /// Has everybody go on with who exists from now on. Returns once the exchange does.
    async fn go_on(&self) {
        let directory = loop {
            match self.store.directory(&self.config.tenants).await {
                Ok(directory) => break directory,
                // What is stored holds: whoever lost a right must lose it.
                Err(error) => tracing::error!(%error, "who exists from now on cannot be loaded"),
            }
            tokio::select! {
                () = self.stop.wait() => return,
                () = tokio::time::sleep(LOAD_AGAIN) => {}
            }
        };
        self.directory.replace(&directory);
        let new_agents = self.hub.replace(&self.directory);
        self.intervals.replace(&self.directory, now_ms());
        self.floor.directory_changed().await;
        self.hub.new_agents(&new_agents);
    }
}
