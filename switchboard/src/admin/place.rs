//! How far an administrator reaches.

use crate::directory::Person;
use std::collections::BTreeSet;
use wire::{FieldError, FieldFault, Hold, Site};

/// An administrator, and the sites that there are.
pub(super) struct Place<'a> {
    pub by: &'a Person,
    pub sites: &'a [Site],
}

impl Place<'_> {
    /// Whether a site is one's own. What lies at no site is where there are none, or of whoever is bound to none.
    pub fn own(&self, site: &str) -> bool {
        if site.is_empty() { self.by.sites.is_empty() } else { self.by.sites.iter().any(|own| own.id == site) }
    }

    /// Whether every site is one's own.
    pub fn everywhere(&self) -> bool {
        self.sites.iter().all(|site| self.own(&site.id))
    }

    /// How much of a record that belongs to these sites is one's own. A site that is no more is nobody's.
    pub fn hold(&self, sites: &[String]) -> Hold {
        let known: Vec<&String> = sites.iter().filter(|site| self.sites.iter().any(|known| known.id == **site)).collect();
        if known.is_empty() {
            return if self.by.sites.is_empty() { Hold::All } else { Hold::Nothing };
        }
        match known.iter().filter(|site| self.own(site)).count() {
            0 => Hold::Nothing,
            own if own == known.len() => Hold::All,
            _ => Hold::Sites,
        }
    }

    /// What is wrong with these sites instead of those: each that comes or goes must exist and be one's own.
    pub fn sites(&self, before: &[String], after: &[String]) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let mut fault = |fault| wrong.push(FieldError { field: "sites".into(), fault });
        let (was, is): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
        if is.len() != after.len() {
            let twice = after.iter().enumerate().find(|(at, site)| after[..*at].contains(site)).map(|(_, site)| site.clone());
            fault(FieldFault::Twice { name: twice.unwrap_or_default() });
        }
        for site in was.symmetric_difference(&is) {
            if !self.sites.iter().any(|known| known.id == ***site) {
                // One that is no more may go.
                if is.contains(*site) {
                    fault(FieldFault::NoSuch { name: (**site).clone() });
                }
            } else if !self.own(site) {
                fault(FieldFault::NotYours { name: (**site).clone() });
            }
        }
        if after.is_empty() && !self.by.sites.is_empty() {
            fault(FieldFault::Missing);
        }
        wrong
    }
}
