//! The audit log: `GET /api/audit` and `GET /api/audit/proof`.

use crate::UnixMs;
use serde::{Deserialize, Serialize};

/// A page of the log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The rows; a page of a search can hold few of them, or none, and still not be the last.
    pub rows: Vec<AuditRow>,
    /// Pass as `before` to get older rows; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something that was done, or was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its number in the chain.
    pub seq: i64,
    /// When it was written.
    pub at: UnixMs,
    /// What was done: a fixed word such as `sign_in`.
    pub action: String,
    /// How it went: a fixed word such as `refused`.
    pub outcome: String,
    /// Who did it; empty where that is nobody known, or erased.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// On whom or what.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub on: String,
    /// From which address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// What else is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<AuditFact>,
}

/// A fact of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuditFact {
    /// Its name, a fixed word.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Whether the log is as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditProof {
    /// Number of the last row that was proven.
    pub rows: i64,
    /// Personal values that were erased: the chain is whole without them.
    pub erased: u64,
    /// The first thing that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<AuditFault>,
    /// When it was proven.
    pub now: UnixMs,
}

/// Where the log is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFault {
    /// What is wrong.
    pub kind: AuditFaultKind,
    /// The row.
    pub seq: i64,
}

/// What can be wrong with the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditFaultKind {
    /// The row is missing.
    Missing,
    /// The row, or a personal value of it, is not what was written.
    Changed,
    /// The rows after this one were cut off.
    CutOff,
    /// This is not the row that was last: another log was put in its place.
    Replaced,
    /// Nothing beside the key says which row is the last: a cut-off end would not show.
    NoHead,
    /// Something of a later version.
    #[serde(other)]
    Unknown,
}
