//! Tenants and people: the configuration names them, the store gives them lasting ids.

use super::{Store, StoreError};
use crate::clock::now_ms;
use crate::config;
use crate::directory::{Directory, Person, Tenant};
use crate::ids::{PersonId, TenantId, new_id};
use sqlx::{Any, Row as _, Transaction};

impl Store {
    /// Brings the stored tenants and people in line with the configuration and returns who exists.
    ///
    /// # Errors
    /// The database failed, or a tenant was given another domain than it was created with.
    pub async fn sync_directory(&self, tenants: &[config::Tenant]) -> Result<Directory, StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("UPDATE people SET removed_at = $1 WHERE removed_at IS NULL").bind(now_ms()).execute(&mut *transaction).await?;
        let mut entries = Vec::new();
        let mut people = Vec::new();
        for tenant in tenants {
            let id = tenant_id(&mut transaction, tenant).await?;
            for person in &tenant.people {
                let person_id = person_id(&mut transaction, &id, person).await?;
                let sites = tenant.sites.iter().filter(|site| person.sites.contains(&site.id)).cloned().collect();
                people.push(Person {
                    id: person_id,
                    tenant: id.clone(),
                    user: person.user.clone(),
                    display_name: person.name.clone(),
                    roles: person.roles.clone(),
                    sites,
                    password: person.password.clone(),
                    pbx_account: person.pbx.clone(),
                });
            }
            entries.push(Tenant {
                id,
                name: tenant.label.clone(),
                domain: tenant.domain.clone(),
                queues: tenant.queues.clone(),
                pause_reasons: tenant.pause_reasons.clone(),
                silent_supervision: tenant.silent_supervision,
                pbx: tenant.pbx.clone(),
            });
        }
        transaction.commit().await?;
        Ok(Directory::new(entries, people))
    }
}

async fn tenant_id(transaction: &mut Transaction<'_, Any>, tenant: &config::Tenant) -> Result<TenantId, StoreError> {
    let row =
        sqlx::query("SELECT tenant_id, domain FROM tenants WHERE name = $1").bind(&tenant.name).fetch_optional(&mut **transaction).await?;
    if let Some(row) = row {
        let stored: String = row.try_get(1)?;
        if stored != tenant.domain {
            return Err(StoreError::DomainChanged { tenant: tenant.name.clone(), stored, given: tenant.domain.clone() });
        }
        return Ok(TenantId::new(row.try_get::<String, _>(0)?));
    }
    let id = new_id();
    sqlx::query("INSERT INTO tenants (tenant_id, name, domain, created_at) VALUES ($1, $2, $3, $4)")
        .bind(&id)
        .bind(&tenant.name)
        .bind(&tenant.domain)
        .bind(now_ms())
        .execute(&mut **transaction)
        .await?;
    Ok(TenantId::new(id))
}

async fn person_id(transaction: &mut Transaction<'_, Any>, tenant: &TenantId, person: &config::Person) -> Result<PersonId, StoreError> {
    let row = sqlx::query(
        "INSERT INTO people (person_id, tenant_id, user_name, display_name, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, user_name) DO UPDATE SET display_name = excluded.display_name, removed_at = NULL
         RETURNING person_id",
    )
    .bind(new_id())
    .bind(tenant.as_str())
    .bind(&person.user)
    .bind(&person.name)
    .bind(now_ms())
    .fetch_one(&mut **transaction)
    .await?;
    Ok(PersonId::new(row.try_get::<String, _>(0)?))
}
