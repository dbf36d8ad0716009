//! Passwords of SIP devices other than our desk: HA1 per algorithm, sealed, revocable.

use super::{Store, StoreError};
use crate::ids::{PersonId, TenantId, new_id};
use crate::keys::Keys;
use sqlx::Row as _;
use wire::UnixMs;

/// HA1 of one device password: the lower-case hexadecimal digest of `user:realm:password`. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceHa1 {
    /// MD5.
    pub md5: String,
    /// SHA-256.
    pub sha256: String,
    /// SHA-512-256.
    pub sha512_256: String,
}

impl std::fmt::Debug for DeviceHa1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceHa1(••••)")
    }
}

/// A device password as the registrar needs it.
#[derive(Debug, Clone)]
pub struct Device {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Who the device is.
    pub person: PersonId,
    /// Digest user name.
    pub auth_user: String,
    /// The secrets.
    pub ha1: DeviceHa1,
}

/// A device password to be stored.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Who the device is.
    pub person: PersonId,
    /// What the device is called in lists.
    pub label: String,
    /// Digest user name.
    pub auth_user: String,
    /// The secrets.
    pub ha1: DeviceHa1,
}

impl Store {
    /// Stores a device password and returns its id.
    ///
    /// # Errors
    /// The database or a key failed.
    pub async fn add_device(&self, device: &NewDevice, now: UnixMs) -> Result<String, StoreError> {
        let id = new_id();
        let keys = self.keys();
        let mut transaction = self.write().await?;
        sqlx::query(
            "INSERT INTO device_passwords
               (device_id, tenant_id, person_id, label, auth_user, ha1_md5, ha1_sha256, ha1_sha512_256, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&id)
        .bind(device.tenant.as_str())
        .bind(device.person.as_str())
        .bind(&device.label)
        .bind(&device.auth_user)
        .bind(keys.seal(&context(&id, "md5"), &device.ha1.md5)?)
        .bind(keys.seal(&context(&id, "sha256"), &device.ha1.sha256)?)
        .bind(keys.seal(&context(&id, "sha512-256"), &device.ha1.sha512_256)?)
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Ends a device password.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke_device(&self, tenant: &TenantId, id: &str, now: UnixMs) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let done =
            sqlx::query("UPDATE device_passwords SET revoked_at = $1 WHERE tenant_id = $2 AND device_id = $3 AND revoked_at IS NULL")
                .bind(now)
                .bind(tenant.as_str())
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ids of a person's device passwords that were not revoked, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn device_ids(&self, tenant: &TenantId, person: &PersonId) -> Result<Vec<String>, StoreError> {
        sqlx::query(
            "SELECT device_id FROM device_passwords WHERE tenant_id = $1 AND person_id = $2 AND revoked_at IS NULL
             ORDER BY device_id DESC",
        )
        .bind(tenant.as_str())
        .bind(person.as_str())
        .fetch_all(self.read())
        .await?
        .iter()
        .map(|row| Ok(row.try_get(0)?))
        .collect()
    }

    /// A text that changes whenever a device password is made or revoked, by this process or another.
    ///
    /// # Errors
    /// The database failed.
    pub async fn devices_version(&self) -> Result<String, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*), COALESCE(MAX(device_id), ''), COUNT(revoked_at), COALESCE(MAX(revoked_at), 0) FROM device_passwords",
        )
        .fetch_one(self.read())
        .await?;
        let (all, newest): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let (revoked, last): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
        Ok(format!("{all} {newest} {revoked} {last}"))
    }

    /// All device passwords that were not revoked, newest first; read at start and after a change.
    ///
    /// # Errors
    /// The database failed or a sealed value was changed.
    pub async fn devices(&self) -> Result<Vec<Device>, StoreError> {
        sqlx::query(
            "SELECT device_id, tenant_id, person_id, auth_user, ha1_md5, ha1_sha256, ha1_sha512_256 FROM device_passwords
             WHERE revoked_at IS NULL ORDER BY device_id DESC",
        )
        .fetch_all(self.read())
        .await?
        .iter()
        .map(|row| {
            let id: String = row.try_get(0)?;
            let open = |column: usize, algorithm: &str| -> Result<String, StoreError> {
                Ok(Keys::open(self.keys(), &context(&id, algorithm), &row.try_get::<String, _>(column)?)?)
            };
            Ok(Device {
                tenant: TenantId::new(row.try_get::<String, _>(1)?),
                person: PersonId::new(row.try_get::<String, _>(2)?),
                auth_user: row.try_get(3)?,
                ha1: DeviceHa1 { md5: open(4, "md5")?, sha256: open(5, "sha256")?, sha512_256: open(6, "sha512-256")? },
            })
        })
        .collect()
    }
}

fn context(id: &str, algorithm: &str) -> String {
    format!("device_passwords/{id}/{algorithm}")
}
