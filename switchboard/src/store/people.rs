//! Tenants and people: the configuration and what administrators wrote over it name them, the store gives them lasting ids.

use super::{Store, StoreError};
use crate::admin::Book;
use crate::clock::now_ms;
use crate::config;
use crate::directory::{Directory, Person, Tenant};
use crate::ids::{PersonId, TenantId, new_id};
use sqlx::{Any, Row as _, Transaction};
use std::collections::HashMap;

impl Store {
    /// Brings the stored tenants and people in line with the configuration and what administrators wrote over it, and returns who exists.
    ///
    /// # Errors
    /// The database failed, or a tenant was given another domain than it was created with.
    pub async fn sync_directory(&self, tenants: &[config::Tenant]) -> Result<Directory, StoreError> {
        let mut transaction = self.write().await?;
        let mut ids = Vec::new();
        for tenant in tenants {
            ids.push(tenant_id(&mut transaction, tenant).await?);
        }
        transaction.commit().await?;
        let mut present = Vec::new();
        for (id, tenant) in ids.iter().zip(tenants) {
            present.push((id, Book::of(tenant, &self.administered(id).await?).effective()));
        }
        let mut transaction = self.write().await?;
        sqlx::query("UPDATE people SET removed_at = $1 WHERE removed_at IS NULL").bind(now_ms()).execute(&mut *transaction).await?;
        for (id, tenant) in &present {
            for person in &tenant.people {
                write_person(&mut transaction, id, person).await?;
            }
        }
        transaction.commit().await?;
        self.directory(tenants).await
    }

    /// Who exists at this moment, as the store knows it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn directory(&self, tenants: &[config::Tenant]) -> Result<Directory, StoreError> {
        let mut entries = Vec::new();
        let mut people = Vec::new();
        for tenant in tenants {
            let row = sqlx::query("SELECT tenant_id FROM tenants WHERE name = $1").bind(&tenant.name).fetch_one(self.read()).await?;
            let id = TenantId::new(row.try_get::<String, _>(0)?);
            let ids = self.person_ids(&id).await?;
            let tenant = Book::of(tenant, &self.administered(&id).await?).effective();
            let skills = tenant.people.iter().map(|person| (person.user.clone(), person.skills.clone())).collect();
            for person in tenant.people {
                let Some(person_id) = ids.get(&person.user).cloned() else { continue };
                people.push(Person {
                    id: person_id,
                    tenant: id.clone(),
                    user: person.user,
                    display_name: person.name,
                    roles: person.roles,
                    sites: tenant.sites.iter().filter(|site| person.sites.contains(&site.id)).cloned().collect(),
                    password: person.password,
                    pbx_account: person.pbx,
                });
            }
            entries.push(Tenant {
                id,
                name: tenant.label,
                domain: tenant.domain,
                queues: tenant.queues,
                skills,
                pause_reasons: tenant.pause_reasons,
                silent_supervision: tenant.silent_supervision,
                pbx: tenant.pbx,
            });
        }
        let directory = Directory::new(entries, people);
        self.count_at(&directory);
        Ok(directory)
    }

    /// Ids of everybody who was ever in a tenant, by user name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn person_ids(&self, tenant: &TenantId) -> Result<HashMap<String, PersonId>, StoreError> {
        let rows = sqlx::query("SELECT user_name, person_id FROM people WHERE tenant_id = $1").bind(tenant.as_str());
        let mut ids = HashMap::new();
        for row in rows.fetch_all(self.read()).await? {
            ids.insert(row.try_get(0)?, PersonId::new(row.try_get::<String, _>(1)?));
        }
        Ok(ids)
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

async fn write_person(transaction: &mut Transaction<'_, Any>, tenant: &TenantId, person: &config::Person) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO people (person_id, tenant_id, user_name, display_name, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, user_name) DO UPDATE SET display_name = excluded.display_name, removed_at = NULL",
    )
    .bind(new_id())
    .bind(tenant.as_str())
    .bind(&person.user)
    .bind(&person.name)
    .bind(now_ms())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
