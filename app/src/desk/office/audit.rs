//! The audit log: what was looked for, what came, and whether the chain is whole.

pub use wire::AuditFaultKind;
use wire::{AuditPage, AuditProof, AuditRow};

use super::reports::{Query, civil};
use super::sessions::Asked;
use super::{Effect, Office};
use crate::desk::call::presentable;
use crate::desk::event::Failure;

/// What the page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Rows that hold these letters, of these days; empty for all.
    Find(Find),
    /// Older ones.
    More,
    /// Whether the log is as it was written.
    Prove,
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Find {
    /// Letters of a name, an action or a fact.
    pub words: String,
    /// First day, as `2026-11-28`, or empty.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// What the page knows.
#[derive(Debug, Default)]
pub(super) struct Audit {
    find: Find,
    rows: Vec<AuditRow>,
    next: Option<String>,
    loading: bool,
    failed: bool,
    /// What was typed is no day.
    wrong_days: bool,
    proof: Asked<AuditProof>,
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditView {
    /// The rows, newest first.
    pub rows: Vec<Row>,
    /// There are older ones to look at.
    pub more: bool,
    /// An answer is awaited.
    pub loading: bool,
    /// There was none.
    pub failed: bool,
    /// What was typed is no day.
    pub wrong_days: bool,
    /// The chain is being walked.
    pub proving: bool,
    /// That could not be done.
    pub proof_failed: bool,
    /// What came of it.
    pub proof: Option<Proof>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// Its number.
    pub seq: i64,
    /// When, Unix milliseconds.
    pub at: i64,
    /// What was done: a fixed word.
    pub action: String,
    /// How it went: a fixed word.
    pub outcome: String,
    /// Who did it.
    pub by: String,
    /// On whom or what.
    pub on: String,
    /// From where.
    pub address: String,
    /// What else is known, by name.
    pub facts: Vec<(String, String)>,
}

/// What is proven of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Rows that are whole.
    pub rows: i64,
    /// Values that were erased.
    pub erased: u64,
    /// What is wrong, and with which row.
    pub fault: Option<(AuditFaultKind, i64)>,
    /// When it was proven, Unix milliseconds.
    pub at: i64,
}

impl Office {
    pub(super) fn audit_wish(&mut self, wish: Wish) {
        match wish {
            Wish::Find(find) => {
                let day = |text: &str| text.is_empty() || civil::day_of(text).is_some();
                let fits = day(&find.from) && day(&find.to);
                let proof = std::mem::take(&mut self.audit.proof);
                self.audit = Audit { find, wrong_days: !fits, loading: fits, proof, ..Audit::default() };
                if fits {
                    self.effects.push_back(Effect::LoadAudit { query: self.audit.query() });
                }
            }
            Wish::More if self.audit.next.is_some() && !self.audit.loading => {
                (self.audit.loading, self.audit.failed) = (true, false);
                self.effects.push_back(Effect::LoadAudit { query: self.audit.query() });
            }
            Wish::More => {}
            Wish::Prove => {
                let proof = &mut self.audit.proof;
                if !proof.loading {
                    (proof.loading, proof.failed, proof.list) = (true, false, None);
                    self.effects.push_back(Effect::ProveAudit);
                }
            }
        }
    }

    pub(super) fn audit_came(&mut self, query: &Query, result: Result<AuditPage, Failure>) {
        // Something else is looked for meanwhile.
        if self.audit.query() != *query {
            return;
        }
        self.audit.loading = false;
        self.audit.failed = result.is_err();
        match result {
            Ok(page) => {
                self.audit.rows.extend(page.rows);
                self.audit.next = page.next;
            }
            Err(failure) => self.ended_by(&failure),
        }
    }

    pub(super) fn audit_proven(&mut self, result: Result<AuditProof, Failure>) {
        let proof = &mut self.audit.proof;
        proof.loading = false;
        proof.failed = result.is_err();
        match result {
            Ok(proven) => proof.list = Some(proven),
            Err(failure) => self.ended_by(&failure),
        }
    }

    /// The page of the audit log.
    #[must_use]
    pub fn audit_view(&self) -> AuditView {
        let audit = &self.audit;
        let proof = audit.proof.list.as_ref().map(|proof| Proof {
            rows: proof.rows,
            erased: proof.erased,
            fault: proof.fault.map(|fault| (fault.kind, fault.seq)),
            at: proof.now,
        });
        AuditView {
            rows: audit.rows.iter().map(shown).collect(),
            more: audit.next.is_some(),
            loading: audit.loading,
            failed: audit.failed,
            wrong_days: audit.wrong_days,
            proving: audit.proof.loading,
            proof_failed: audit.proof.failed,
            proof,
        }
    }
}

impl Audit {
    fn query(&self) -> Query {
        let words = [("find", &self.find.words), ("from", &self.find.from), ("to", &self.find.to)];
        let given = words.into_iter().filter(|(_, value)| !value.is_empty()).map(|(word, value)| (word, value.clone()));
        given.chain(self.next.clone().map(|next| ("before", next))).collect()
    }
}

fn shown(row: &AuditRow) -> Row {
    Row {
        seq: row.seq,
        at: row.at,
        action: row.action.clone(),
        outcome: row.outcome.clone(),
        by: presentable(&row.by),
        on: presentable(&row.on),
        address: presentable(&row.address),
        facts: row.facts.iter().map(|fact| (fact.name.clone(), presentable(&fact.value))).collect(),
    }
}
