//! A database of an older version goes on with this one.

use crate::support::config;
use sqlx::any::AnyPoolOptions;
use switchboard::keys::Keys;
use switchboard::store::{Store, StoreError, sqlite_url};
use wire::Outcome;

#[tokio::test]
async fn a_database_of_schema_1_keeps_its_people_and_history() {
    let data = tempfile::tempdir().unwrap();
    let url = sqlite_url(&data.path().join("portico.sqlite"));
    sqlx::any::install_default_drivers();
    let old = AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    sqlx::raw_sql(include_str!("old/schema_1.sql")).execute(&old).await.unwrap();
    old.close().await;

    let store = Store::open(&url, Keys::load_or_create(&data.path().join("keys")).unwrap()).await.unwrap();
    let config = config(data.path());
    let directory = store.sync_directory(&config.tenants).await.unwrap();
    let tenant = directory.tenant_by_domain("portico.test").unwrap();
    assert_eq!(directory.person(&tenant.id, "agent2").unwrap().id.as_str(), "0198c0de-0000-7000-8000-000000000101", "the same person");
    let page = store.history(&tenant.id, "agent2", None, 10, 0).await.unwrap();
    assert_eq!((page.rows.len(), page.rows[0].outcome, page.rows[0].talk_ms), (1, Outcome::Answered, Some(60_000)));
    assert_eq!(page.rows[0].queue, None, "what came through no queue still does not");
    assert_eq!(store.load_floor().await.unwrap(), (Vec::new(), Vec::new()));
    store.close().await;

    // And a newer one is refused.
    let newer = AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    sqlx::raw_sql("INSERT INTO schema_version (version, at) VALUES (999, 0)").execute(&newer).await.unwrap();
    newer.close().await;
    let refused = Store::open(&url, Keys::load_or_create(&data.path().join("keys")).unwrap()).await;
    assert!(matches!(refused, Err(StoreError::Newer { found: 999, .. })));
}
