//! Kept pictures go on time: from every page at once, and from the file soon after.

use crate::support::{config, postgres};
use switchboard::keys::Keys;
use switchboard::store::{Snapshot, Store, sqlite_url};

/// What must not be found in the clear.
const PLANTED: &[u8] = b"\xff\xd8 a planted picture of somebody at the door \xff\xd9";

fn snapshot(release: &str, contact: &str, erase_at: i64) -> Snapshot {
    Snapshot {
        id: String::new(),
        site: "north".into(),
        door: "gate".into(),
        contact: contact.into(),
        release: release.into(),
        taken_at: 1_000,
        erase_at,
    }
}

/// Everything that the database has on the disk; empty with PostgreSQL.
fn on_disk(data: &std::path::Path) -> Vec<u8> {
    let files = ["portico.sqlite", "portico.sqlite-wal"].map(|name| std::fs::read(data.join(name)).unwrap_or_default());
    files.concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn pictures_are_sealed_belong_to_one_tenant_and_go_on_time() {
    let data = tempfile::tempdir().unwrap();
    let file = sqlite_url(&data.path().join("portico.sqlite"));
    let url = postgres().await.unwrap_or_else(|| file.clone());
    let store = Store::open(&url, Keys::load_or_create(&data.path().join("keys")).unwrap()).await.unwrap();
    let directory = store.sync_directory(&config(data.path()).tenants).await.unwrap();
    let tenant = directory.tenants()[0].id.clone();
    let other = switchboard::ids::TenantId::new("another");

    let ring = store.keep_snapshot(&tenant, &snapshot("", "c1", 5_000), PLANTED).await.unwrap();
    let opening = store.keep_snapshot(&tenant, &snapshot("r1", "c1", 9_000), PLANTED).await.unwrap();
    let of = async |release: &'static str, contact: Option<&'static str>, now| {
        let found = store.snapshots_of(&tenant, release, contact, now).await.unwrap();
        found.into_iter().map(|snapshot| snapshot.id).collect::<Vec<_>>()
    };
    assert_eq!(of("r1", Some("c1"), 1_000).await, [ring.clone(), opening.clone()]);
    assert_eq!(of("r1", None, 1_000).await, std::slice::from_ref(&opening), "a release without a call has no ring");
    assert_eq!(of("r2", Some("c1"), 1_000).await, std::slice::from_ref(&ring), "the opening is another release's");
    assert_eq!(of("", None, 1_000).await, Vec::<String>::new(), "nobody's pictures belong to no release");
    assert_eq!(store.snapshots_of(&other, "r1", Some("c1"), 1_000).await.unwrap(), []);
    assert_eq!(store.snapshot(&other, &ring, 1_000).await.unwrap(), None);
    assert_eq!(store.snapshot(&tenant, &ring, 4_999).await.unwrap().unwrap().1, PLANTED);
    assert!(!holds(&on_disk(data.path()), PLANTED), "sealed");

    // Shown to nobody from that moment on, and then gone.
    assert_eq!(store.snapshot(&tenant, &ring, 5_000).await.unwrap(), None);
    assert_eq!(of("r1", Some("c1"), 5_000).await, std::slice::from_ref(&opening));
    let sealed = on_disk(data.path());
    assert!(url != file || holds(&sealed, ring.as_bytes()));
    assert_eq!(store.erase_snapshots(4_999).await.unwrap(), 0);
    assert_eq!(store.erase_snapshots(5_000).await.unwrap(), 1);
    assert!(!holds(&on_disk(data.path()), ring.as_bytes()), "neither row nor index");
    assert_eq!(store.snapshot(&tenant, &opening, 5_000).await.unwrap().unwrap().1, PLANTED, "the other one stays");
    assert_eq!(store.erase_snapshots(i64::MAX).await.unwrap(), 1);
    store.close().await;
}
