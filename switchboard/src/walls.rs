//! Links to the wallboard: a screen at which nobody signs in sees some queues until the link ends or is revoked, and nothing else. It shows
//! nothing that whoever made it may not see any more.

use crate::directory::{Directory, Person};
use crate::ids::{PersonId, TenantId};
use crate::keys::Keys;
use crate::rights::{Act, may_at};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use wire::UnixMs;

/// No user name begins like this: what screens are called inside.
const SCREEN: &str = ":wall:";
/// Screens that may show one link at a time.
pub const MAX_SCREENS: u32 = 20;
/// Links that a tenant may have.
pub const MAX_LINKS: usize = 100;

/// A link that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: String,
    /// Whose tenant.
    pub tenant: TenantId,
    /// What it is called.
    pub name: String,
    /// Names of the queues that were chosen.
    pub queues: Vec<String>,
    /// Who made it.
    pub maker: PersonId,
    /// When it ends.
    pub expires_at: UnixMs,
    /// When a screen came with it last.
    pub used_at: Option<UnixMs>,
}

impl Link {
    /// What its screens are known by where people have their session.
    #[must_use]
    pub fn session(&self) -> String {
        format!("{SCREEN}{}", self.id)
    }

    /// Who looks at the screen: nobody of the directory, and without any role.
    #[must_use]
    pub fn viewer(&self) -> Arc<Person> {
        Arc::new(Person {
            id: PersonId::new(self.session()),
            tenant: self.tenant.clone(),
            user: self.session(),
            display_name: String::new(),
            roles: Vec::new(),
            sites: Vec::new(),
            password: None,
            pbx_account: None,
        })
    }

    /// Whether it shows a queue at this site: chosen, and seen by whoever made it.
    #[must_use]
    pub fn shows(&self, maker: &Person, queue: &str, site: &str) -> bool {
        self.queues.iter().any(|chosen| chosen == queue) && may_at(maker, Act::SeeFloorQueues, std::iter::once(site))
    }

    /// Whether it shows any queue at this moment.
    #[must_use]
    pub fn alive(&self, directory: &Directory) -> bool {
        let (maker, tenant) = (directory.person_by_id(&self.maker), directory.tenant(&self.tenant));
        let both = maker.zip(tenant).filter(|(maker, tenant)| maker.tenant == tenant.id);
        both.is_some_and(|(maker, tenant)| tenant.queues.iter().any(|queue| self.shows(&maker, &queue.name, &queue.site)))
    }

    /// What a screen's cookie holds: it is no token of the link, opens nothing but this link, and ends with it.
    #[must_use]
    pub fn cookie(&self, keys: &Keys) -> String {
        format!("{}.{}", self.id, URL_SAFE_NO_PAD.encode(keys.derive("wall", &[self.id.as_bytes()])))
    }
}

/// Whether somebody is a screen.
#[must_use]
pub fn is_screen(user: &str) -> bool {
    user.starts_with(SCREEN)
}
