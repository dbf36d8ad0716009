//! Who exists: tenants with their queues, and people with their rights. One value that is replaced as a whole: whoever holds a handle sees
//! the people of this moment, and never half of a change.

use crate::ids::{PersonId, TenantId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use wire::{Role, Secret};

/// A tenant: one SIP domain, which is the digest realm too.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Stored id.
    pub id: TenantId,
    /// Name to show.
    pub name: String,
    /// SIP domain in lower case, fixed at creation.
    pub domain: String,
    /// Its queues.
    pub queues: Vec<crate::config::Queue>,
    /// What its people know, by user name.
    pub skills: std::collections::BTreeMap<String, crate::queue::Levels>,
    /// Reasons that an agent may give for a pause.
    pub pause_reasons: Vec<wire::Choice>,
    /// Agents are not shown that a supervisor listens.
    pub silent_supervision: bool,
    /// Where the desks register if not here.
    pub pbx: Option<crate::config::Pbx>,
}

/// Somebody who may sign in and be called.
#[derive(Debug, Clone)]
pub struct Person {
    /// Stored id.
    pub id: PersonId,
    /// The tenant they belong to.
    pub tenant: TenantId,
    /// User name, unique in the tenant, in lower case.
    pub user: String,
    /// Name to show.
    pub display_name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Where they may do it.
    pub sites: Vec<wire::Site>,
    /// Argon2 hash of the sign-in password in PHC form; without one nobody can sign in as this person.
    pub password: Option<Secret>,
    /// Account on the foreign PBX of the tenant.
    pub pbx_account: Option<crate::config::PbxAccount>,
}

/// A handle to all tenants and people. Its clones see the same ones.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<RwLock<Arc<Inner>>>);

#[derive(Debug, Default)]
struct Inner {
    tenants: Vec<Arc<Tenant>>,
    people: HashMap<(TenantId, String), Arc<Person>>,
    by_id: HashMap<PersonId, Arc<Person>>,
}

impl Directory {
    /// A directory of these tenants and people.
    #[must_use]
    pub fn new(tenants: Vec<Tenant>, people: Vec<Person>) -> Self {
        let people: Vec<Arc<Person>> = people.into_iter().map(Arc::new).collect();
        Self(Arc::new(RwLock::new(Arc::new(Inner {
            tenants: tenants.into_iter().map(Arc::new).collect(),
            people: people.iter().map(|p| ((p.tenant.clone(), p.user.clone()), p.clone())).collect(),
            by_id: people.into_iter().map(|p| (p.id.clone(), p)).collect(),
        }))))
    }

    /// From now on these are the tenants and people, for every clone of this handle.
    pub fn replace(&self, with: &Self) {
        let with = with.now();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = with;
    }

    fn now(&self) -> Arc<Inner> {
        // The value behind the lock is only ever exchanged as a whole.
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All tenants.
    #[must_use]
    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        self.now().tenants.clone()
    }

    /// The tenant with this id.
    #[must_use]
    pub fn tenant(&self, id: &TenantId) -> Option<Arc<Tenant>> {
        self.now().tenants.iter().find(|t| t.id == *id).cloned()
    }

    /// The tenant with this SIP domain, in any letter case.
    #[must_use]
    pub fn tenant_by_domain(&self, domain: &str) -> Option<Arc<Tenant>> {
        self.now().tenants.iter().find(|t| t.domain.eq_ignore_ascii_case(domain)).cloned()
    }

    /// A person of a tenant by user name, in any letter case.
    #[must_use]
    pub fn person(&self, tenant: &TenantId, user: &str) -> Option<Arc<Person>> {
        self.now().people.get(&(tenant.clone(), user.to_ascii_lowercase())).cloned()
    }

    /// A person by id.
    #[must_use]
    pub fn person_by_id(&self, id: &PersonId) -> Option<Arc<Person>> {
        self.now().by_id.get(id).cloned()
    }

    /// The people of a tenant, in the order of their display names.
    #[must_use]
    pub fn people(&self, tenant: &TenantId) -> Vec<Arc<Person>> {
        let now = self.now();
        let mut people: Vec<_> = now.by_id.values().filter(|p| p.tenant == *tenant).cloned().collect();
        people.sort_by(|a, b| (&a.display_name, &a.user).cmp(&(&b.display_name, &b.user)));
        people
    }

    /// Whom a sign-in name means: `user@domain`, or `user` alone where there is only one tenant.
    #[must_use]
    pub fn sign_in_name(&self, name: &str) -> Option<Arc<Person>> {
        let (user, tenant) = match name.trim().rsplit_once('@') {
            Some((user, domain)) => (user, self.tenant_by_domain(domain)?),
            None => match self.tenants().as_slice() {
                [only] => (name.trim(), only.clone()),
                _ => return None,
            },
        };
        self.person(&tenant.id, user)
    }
}
