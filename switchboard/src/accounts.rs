//! SIP accounts: the expiring credentials of desks, and the HA1 values of other devices that the registrar holds in memory.

use crate::clock::now_ms;
use crate::config::{Config, Limits};
use crate::directory::{Directory, Person};
use crate::http::hash_password;
use crate::keys::{Keys, new_token, random};
use crate::store::{Before, DeviceHa1, LogEntry, NewDevice, Password, Store, StoreError};
use sip_ws::auth::{Algorithm, ha1};
use std::sync::Arc;
use wire::{Secret, UnixMs};

/// A device password that may prove a person.
#[derive(Debug, Clone)]
pub struct DeviceAccount {
    /// Who the device is.
    pub person: Arc<Person>,
    /// SIP domain of the tenant, which is the realm.
    pub realm: String,
    /// Digest user name.
    pub auth_user: String,
    /// The secrets.
    pub ha1: DeviceHa1,
}

/// The SIP accounts of all tenants.
#[derive(Debug, Clone)]
pub struct Accounts {
    directory: Directory,
    keys: Keys,
    store: Store,
    demo_password: Option<Secret>,
}

impl Accounts {
    /// Accounts of these people. With `demo_password` everybody has a device with that password.
    #[must_use]
    pub fn new(directory: Directory, keys: Keys, store: Store, demo_password: Option<Secret>) -> Self {
        Self { directory, keys, store, demo_password }
    }

    /// Digest user name `<unix seconds>:<user>` and password of a desk until `expires_at`; with a session `<unix seconds>.<session>:<user>`,
    /// which is good no longer than that.
    #[must_use]
    pub fn desk_credentials(&self, realm: &str, user: &str, session: Option<&str>, expires_at: UnixMs) -> (String, Secret) {
        let session = session.map_or_else(String::new, |session| format!(".{session}"));
        let auth_user = format!("{}{session}:{user}", expires_at.div_euclid(1000));
        let password = self.desk_password(realm, &auth_user);
        (auth_user, password)
    }

    /// The password that belongs to the digest user name of a desk. The realm is part of it: nobody is anybody in another tenant.
    #[must_use]
    pub fn desk_password(&self, realm: &str, auth_user: &str) -> Secret {
        Secret::new(self.keys.desk_password(realm, auth_user))
    }

    /// All device passwords of people who exist.
    ///
    /// # Errors
    /// The database failed or a sealed value was changed.
    pub async fn devices(&self) -> Result<Vec<DeviceAccount>, StoreError> {
        let mut accounts = Vec::new();
        for device in self.store.devices().await? {
            let person = self.directory.person_by_id(&device.person).filter(|p| p.tenant == device.tenant);
            let tenant = self.directory.tenant(&device.tenant);
            if let (Some(person), Some(tenant)) = (person, tenant) {
                let realm = tenant.domain.clone();
                accounts.push(DeviceAccount { person, realm, auth_user: device.auth_user, ha1: device.ha1 });
            }
        }
        if let Some(password) = &self.demo_password {
            for tenant in self.directory.tenants() {
                for person in self.directory.people(&tenant.id) {
                    let auth_user = person.user.clone();
                    let ha1 = ha1_of(&auth_user, &tenant.domain, password);
                    accounts.push(DeviceAccount { person, realm: tenant.domain.clone(), auth_user, ha1 });
                }
            }
        }
        Ok(accounts)
    }
}

/// HA1 for every algorithm that the exchange offers.
#[must_use]
pub fn ha1_of(user: &str, realm: &str, password: &Secret) -> DeviceHa1 {
    let of = |algorithm| ha1(algorithm, user, realm, password.expose());
    DeviceHa1 { md5: of(Algorithm::Md5), sha256: of(Algorithm::Sha256), sha512_256: of(Algorithm::Sha512_256) }
}

/// How long a password for one sign-in waits for it.
pub const ONE_TIME_MS: UnixMs = 7 * 24 * 3_600_000;
/// Letters of such a password: as many bits as a key of 80, and few enough to read out.
const ONE_TIME_LETTERS: usize = 16;
/// Without those that are taken for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A password that is good for one sign-in, which sets another, and how it is stored.
///
/// # Errors
/// The system gives no random numbers.
pub async fn one_time_password(limits: &Limits) -> Result<(Secret, Password), String> {
    let mut bytes = [0_u8; ONE_TIME_LETTERS];
    random(&mut bytes).map_err(|e| e.to_string())?;
    let password = Secret::new(bytes.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()])).iter().collect::<String>());
    let (secret, limits) = (password.clone(), limits.clone());
    let hash = tokio::task::spawn_blocking(move || hash_password(&secret, &limits)).await.map_err(|e| e.to_string())??;
    Ok((password, Password { hash: Secret::new(hash), once_until: Some(now_ms() + ONE_TIME_MS) }))
}

/// Makes a password for one sign-in of this person instead of what they have, stores it and returns it. Their sessions end.
///
/// # Errors
/// One clear sentence: there is no such person, or the database failed.
pub async fn new_one_time_password(store: &Store, config: &Config, user: &str) -> Result<Secret, String> {
    let directory = store.sync_directory(&config.tenants).await.map_err(|e| e.to_string())?;
    let person = directory.sign_in_name(user).ok_or_else(|| format!("there is no user `{user}`"))?;
    let (password, stored) = one_time_password(&config.limits).await?;
    let entry = LogEntry::new(Some(person.tenant.clone()), "password", "one_time").personal("user", person.user.clone());
    store.log(&entry).await.map_err(|e| e.to_string())?;
    store.set_password((&person.tenant, &person.id), &stored, Before::Whatever, None, now_ms()).await.map_err(|e| e.to_string())?;
    Ok(password)
}

/// Makes a random password for a device of this person, stores its HA1 values and returns it: it is never shown again.
///
/// # Errors
/// One clear sentence: there is no such person, or the database failed.
pub async fn new_device(store: &Store, config: &Config, user: &str, label: &str) -> Result<Secret, String> {
    let directory = store.sync_directory(&config.tenants).await.map_err(|e| e.to_string())?;
    let person = directory.sign_in_name(user).ok_or_else(|| format!("there is no user `{user}` in the configuration"))?;
    let tenant = directory.tenant(&person.tenant).ok_or("the person has no tenant")?;
    let password = Secret::new(new_token().map_err(|e| e.to_string())?);
    let device = NewDevice {
        tenant: tenant.id.clone(),
        person: person.id.clone(),
        label: label.to_owned(),
        auth_user: person.user.clone(),
        ha1: ha1_of(&person.user, &tenant.domain, &password),
    };
    let id = store.add_device(&device, now_ms()).await.map_err(|e| e.to_string())?;
    let entry =
        LogEntry::new(Some(tenant.id.clone()), "device_password", "created").detail("device", id).personal("user", person.user.clone());
    store.log(&entry).await.map_err(|e| e.to_string())?;
    Ok(password)
}
