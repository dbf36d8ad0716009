//! Doors that ring: which calls are theirs, and who may know whose.

use crate::directory::Person;
use crate::doors::model::Premises;
use crate::ids::TenantId;
use crate::rights::{Act, may_at};
use std::collections::BTreeMap;
use wire::{WaitingCaller, WaitingDoor};

/// The doors of a tenant, by the user name of their station.
#[derive(Debug, Default)]
pub(super) struct Doors(BTreeMap<String, Door>);

/// One of them.
#[derive(Debug)]
pub(super) struct Door {
    /// Id of its site.
    pub site: String,
    /// As whoever may see the site reads it.
    pub shown: WaitingDoor,
}

impl Doors {
    /// Those of a tenant.
    pub fn of(premises: &Premises, tenant: &TenantId) -> Self {
        let sites = premises.sites.iter().filter(|site| site.tenant == *tenant);
        let doors = sites.flat_map(|site| site.entrances.iter().map(move |entrance| (site, entrance))).filter_map(|(site, entrance)| {
            let shown = WaitingDoor { entrance: entrance.name.clone(), site: site.name.clone() };
            Some((entrance.station.sip_user.clone()?, Door { site: site.id.clone(), shown }))
        });
        Self(doors.collect())
    }

    /// The door whose station calls from this address.
    pub fn at(&self, user: &str) -> Option<&Door> {
        self.0.get(user)
    }

    /// Sites of doors that somebody may see.
    pub fn seen_by(&self, person: &Person) -> Seen {
        let sites = self.0.values().map(|door| door.site.as_str()).filter(|site| sees(person, site));
        Seen(sites.map(str::to_owned).collect())
    }
}

/// Sites whose doors are seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen(std::collections::BTreeSet<String>);

impl Seen {
    pub fn site(&self, id: &str) -> bool {
        self.0.contains(id)
    }
}

/// Whether somebody may know of the doors of a site.
pub(super) fn sees(person: &Person, site: &str) -> bool {
    may_at(person, Act::DoorList, std::iter::once(site))
}

/// Takes the names away of doors whose site is not seen: `sites` are those of the callers, empty for one that is no door.
pub(super) fn veil(callers: &mut [WaitingCaller], sites: &[String], seen: impl Fn(&str) -> bool) {
    for (caller, site) in callers.iter_mut().zip(sites) {
        if !site.is_empty() && !seen(site) {
            caller.display_name.clear();
            caller.door = Some(WaitingDoor::default());
        }
    }
}
