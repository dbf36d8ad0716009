//! The chained log: every way to tamper with it is found, and the first bad row is named.

use sqlx::any::AnyPoolOptions;
use std::path::Path;
use switchboard::ids::TenantId;
use switchboard::keys::Keys;
use switchboard::store::{Fault, LogEntry, LogHead, Store, StoreError, sqlite_url};

struct Log {
    store: Store,
    /// Somebody with the right to write the database, but without the key.
    attacker: sqlx::AnyPool,
    data: tempfile::TempDir,
    heads: Vec<LogHead>,
}

impl Log {
    async fn of(rows: usize) -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = sqlite_url(&data.path().join("log.sqlite"));
        Self::at(&url, data, rows).await
    }

    async fn at(url: &str, data: tempfile::TempDir, rows: usize) -> Self {
        let store = Store::open(url, Keys::load_or_create(&data.path().join("keys")).unwrap()).await.unwrap();
        let attacker = AnyPoolOptions::new().max_connections(1).connect(url).await.unwrap();
        let mut heads = Vec::new();
        for i in 1..=rows {
            let entry = LogEntry::new(Some(TenantId::new("t1")), "sign_in", "refused")
                .detail("try", i.to_string())
                .personal("user", format!("user{i}"))
                .personal("address", "192.0.2.1");
            heads.push(store.log(&entry).await.unwrap());
        }
        Self { store, attacker, data, heads }
    }

    async fn attack(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.attacker).await.unwrap();
    }

    async fn verify(&self) -> Result<i64, Fault> {
        self.store.verify_log(None).await.unwrap().map(|verified| verified.head.seq)
    }

    fn forget_head_file(&self) {
        std::fs::remove_file(self.data.path().join("keys/log.head")).unwrap();
    }
}

async fn all_attacks(log: impl AsyncFn(usize) -> Log) {
    let good = log(5).await;
    assert_eq!(good.verify().await, Ok(5));
    assert_eq!(log(0).await.verify().await, Ok(0));

    let edited = log(5).await;
    edited.attack("UPDATE log SET canonical = REPLACE(canonical, 'refused', 'accepted') WHERE seq = 3").await;
    assert_eq!(edited.verify().await, Err(Fault::Changed { seq: 3 }));

    let column = log(5).await;
    column.attack("UPDATE log SET tenant_id = 't2' WHERE seq = 2").await;
    assert_eq!(column.verify().await, Err(Fault::Changed { seq: 2 }));

    let deleted = log(5).await;
    deleted.attack("DELETE FROM log WHERE seq = 2").await;
    assert_eq!(deleted.verify().await, Err(Fault::Gap { expected: 2, found: 3 }));

    let renumbered = log(5).await;
    renumbered.attack("DELETE FROM log WHERE seq = 2; UPDATE log SET seq = seq - 1 WHERE seq = 3").await;
    assert_eq!(renumbered.verify().await, Err(Fault::Changed { seq: 2 }));

    let inserted = log(5).await;
    inserted
        .attack(
            "UPDATE log SET seq = seq + 100 WHERE seq >= 3; UPDATE log SET seq = seq - 99 WHERE seq > 100;
             INSERT INTO log (seq, tenant_id, at, canonical, mac)
               SELECT 3, tenant_id, at, REPLACE(canonical, '\"seq\":2', '\"seq\":3'), mac FROM log WHERE seq = 2",
        )
        .await;
    assert_eq!(inserted.verify().await, Err(Fault::Changed { seq: 3 }));

    let reordered = log(5).await;
    reordered
        .attack("UPDATE log SET seq = 99 WHERE seq = 2; UPDATE log SET seq = 2 WHERE seq = 3; UPDATE log SET seq = 3 WHERE seq = 99")
        .await;
    assert_eq!(reordered.verify().await, Err(Fault::Changed { seq: 2 }));

    let truncated = log(5).await;
    truncated.attack("DELETE FROM log WHERE seq > 3; UPDATE log_head SET seq = 3, mac = (SELECT mac FROM log WHERE seq = 3)").await;
    assert_eq!(truncated.verify().await, Err(Fault::Truncated { found: 3, head: 5 }));
    assert_eq!(truncated.store.check_head().await.unwrap(), Some(Fault::Truncated { found: 3, head: 5 }));

    // With the head file gone too, a head that was published earlier still finds it.
    let published = truncated.heads[4].clone();
    truncated.forget_head_file();
    assert_eq!(truncated.verify().await, Err(Fault::NoHead { found: 3 }), "what cannot be proven is not called whole");
    assert_eq!(truncated.store.check_head().await.unwrap(), Some(Fault::NoHead { found: 3 }));
    let verdict = truncated.store.verify_log(Some(&published)).await.unwrap();
    assert_eq!(verdict, Err(Fault::Truncated { found: 3, head: 5 }));

    // Who cuts rows off and forgets that the database names its last row is found by that alone.
    let careless = log(5).await;
    let published = careless.heads[2].clone();
    careless.forget_head_file();
    careless.attack("DELETE FROM log WHERE seq > 3").await;
    assert_eq!(careless.store.verify_log(Some(&published)).await.unwrap(), Err(Fault::Truncated { found: 3, head: 5 }));

    // A cut-off tail that is grown again is a valid chain, but not the one that was.
    let regrown = log(5).await;
    let published = regrown.heads[4].clone();
    regrown.attack("DELETE FROM log_personal WHERE seq > 3; DELETE FROM log WHERE seq > 3; UPDATE log_head SET seq = 3, mac = (SELECT mac FROM log WHERE seq = 3)").await;
    for _ in 0..3 {
        regrown.store.log(&LogEntry::new(None, "other", "done")).await.unwrap();
    }
    assert_eq!(regrown.store.verify_log(Some(&published)).await.unwrap(), Err(Fault::Replaced { seq: 5 }));
    assert_eq!(regrown.verify().await, Err(Fault::Replaced { seq: 5 }), "what was published is not needed for that");
    assert_eq!(regrown.store.check_head().await.unwrap(), Some(Fault::Replaced { seq: 5 }));

    let forged = log(5).await;
    forged
        .attack(
            "INSERT INTO log (seq, tenant_id, at, canonical, mac)
               SELECT 6, tenant_id, at, REPLACE(canonical, '\"seq\":5', '\"seq\":6'), mac FROM log WHERE seq = 5",
        )
        .await;
    assert_eq!(forged.verify().await, Err(Fault::Changed { seq: 6 }));

    let personal = log(5).await;
    personal.attack("UPDATE log_personal SET value = 'somebody else' WHERE seq = 4 AND field = 'user'").await;
    assert_eq!(personal.verify().await, Err(Fault::Personal { seq: 4, field: "user".into() }));

    let planted = log(5).await;
    planted.attack("INSERT INTO log_personal (seq, tenant_id, field, value, salt) VALUES (4, 't1', 'reason', 'none', '00')").await;
    assert_eq!(planted.verify().await, Err(Fault::Personal { seq: 4, field: "reason".into() }));
}

#[tokio::test]
async fn every_change_of_the_log_is_found() {
    all_attacks(async |rows| match crate::support::postgres().await {
        Some(url) => Log::at(&url, tempfile::tempdir().unwrap(), rows).await,
        None => Log::of(rows).await,
    })
    .await;
}

#[tokio::test]
async fn erasing_a_person_leaves_the_chain_valid_and_no_value_behind() {
    let log = Log::of(5).await;
    assert_eq!(log.store.erase_personal(&TenantId::new("other"), "user", "user3").await.unwrap(), 0);
    assert_eq!(log.store.erase_personal(&TenantId::new("t1"), "user", "user3").await.unwrap(), 2);
    let verified = log.store.verify_log(None).await.unwrap().unwrap();
    assert_eq!((verified.head.seq, verified.erased), (5, 2));
    log.store.close().await;
    log.attack("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").await;
    let bytes = std::fs::read(log.data.path().join("log.sqlite")).unwrap();
    assert!(!bytes.windows(5).any(|w| w == b"user3"));
    assert!(bytes.windows(5).any(|w| w == b"user4"));
}

#[tokio::test]
async fn another_key_accepts_nothing() {
    let log = Log::of(2).await;
    let keys = Keys::load_or_create(&log.data.path().join("other-keys")).unwrap();
    let store = Store::open(&sqlite_url(&log.data.path().join("log.sqlite")), keys).await.unwrap();
    assert_eq!(store.verify_log(None).await.unwrap(), Err(Fault::Changed { seq: 1 }));
}

#[tokio::test]
async fn an_old_database_that_was_put_back_is_found() {
    let log = Log::of(2).await;
    log.attack("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = log.data.path().join("log.sqlite");
    let old = std::fs::read(&file).unwrap();
    log.store.log(&LogEntry::new(None, "door", "opened")).await.unwrap();
    log.store.close().await;
    log.attacker.close().await;
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(Path::new(&format!("{}{ending}", file.display())));
    }
    std::fs::write(&file, old).unwrap();
    let keys = Keys::load_or_create(&log.data.path().join("keys")).unwrap();
    let store = Store::open(&sqlite_url(&file), keys).await.unwrap();
    assert_eq!(store.check_head().await.unwrap(), Some(Fault::Truncated { found: 2, head: 3 }));
}

impl Log {
    const CUT: &str = "DELETE FROM log_personal WHERE seq > 3; DELETE FROM log WHERE seq > 3;
                       UPDATE log_head SET seq = 3, mac = (SELECT mac FROM log WHERE seq = 3)";

    /// As another process finds it, which knows only what stands in the files.
    async fn restarted(mut self) -> Self {
        self.store.close().await;
        let folder = |name: &str| self.data.path().join(name);
        let (old, new) = if folder("keys").exists() { (folder("keys"), folder("keys2")) } else { (folder("keys2"), folder("keys")) };
        std::fs::rename(old, &new).unwrap();
        self.store = Store::open(&sqlite_url(&folder("log.sqlite")), Keys::load_or_create(&new).unwrap()).await.unwrap();
        self
    }

    async fn grow(&self, rows: usize) {
        for _ in 0..rows {
            self.store.log(&LogEntry::new(None, "other", "done")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_tail_that_was_cut_off_stays_missing_however_the_log_grows_and_whoever_writes_it() {
    let log = Log::of(5).await;
    log.attack(Log::CUT).await;
    let log = log.restarted().await;
    assert_eq!(log.store.check_head().await.unwrap(), Some(Fault::Truncated { found: 3, head: 5 }));
    // The row about it is the first one that goes over it.
    log.grow(1).await;
    assert_eq!(log.verify().await, Err(Fault::Truncated { found: 4, head: 5 }));
    log.grow(2).await;
    assert_eq!(log.verify().await, Err(Fault::Replaced { seq: 5 }));
    let log = log.restarted().await;
    assert_eq!(log.store.check_head().await.unwrap(), Some(Fault::Replaced { seq: 5 }));
    log.grow(2).await;
    assert_eq!(log.verify().await, Err(Fault::Replaced { seq: 5 }));
}

#[tokio::test]
async fn what_grows_behind_a_cut_is_missed_as_well() {
    let log = Log::of(5).await;
    log.attack(Log::CUT).await;
    log.grow(2).await;
    log.attack("DELETE FROM log WHERE seq > 4; UPDATE log_head SET seq = 4, mac = (SELECT mac FROM log WHERE seq = 4)").await;
    log.grow(3).await;
    let lost = std::fs::read_to_string(log.data.path().join("keys/log.lost")).unwrap();
    let seqs: Vec<_> = lost.lines().map(|line| line.split_once(' ').unwrap().0).collect();
    assert_eq!(seqs, ["5", "5"]);
    assert_eq!(lost.lines().next(), Some(format!("5 {}", log.heads[4].mac).as_str()));
}

#[tokio::test]
async fn what_another_process_wrote_is_missed_too() {
    let log = Log::of(3).await;
    let folder = |name: &str| log.data.path().join(name);
    // The command line writes beside the running server, which hears of it by the file only.
    std::fs::create_dir(folder("theirs")).unwrap();
    for name in ["server.key", "log.key"] {
        std::fs::copy(folder("keys").join(name), folder("theirs").join(name)).unwrap();
    }
    let theirs = Store::open(&sqlite_url(&folder("log.sqlite")), Keys::load_or_create(&folder("theirs")).unwrap()).await.unwrap();
    let write = async || {
        let head = theirs.log(&LogEntry::new(None, "command_line", "done")).await.unwrap();
        std::fs::copy(folder("theirs/log.head"), folder("keys/log.head")).unwrap();
        head.seq
    };
    assert_eq!(write().await, 4);
    assert_eq!(write().await, 5);
    log.grow(1).await;
    assert_eq!(write().await, 7);
    assert_eq!(log.verify().await, Ok(7));
    assert!(!folder("keys/log.lost").exists(), "two who write are no fault");
    log.attack("DELETE FROM log WHERE seq > 6; UPDATE log_head SET seq = 6, mac = (SELECT mac FROM log WHERE seq = 6)").await;
    log.grow(2).await;
    assert_eq!(log.verify().await, Err(Fault::Replaced { seq: 7 }));
}

#[tokio::test]
async fn lost_heads_are_kept_in_bounds_and_the_first_one_among_them() {
    let log = Log::of(5).await;
    for _ in 0..20 {
        log.attack(Log::CUT).await;
        log.grow(2).await;
    }
    let lost = std::fs::read_to_string(log.data.path().join("keys/log.lost")).unwrap();
    assert_eq!(lost.lines().count(), 16);
    assert_eq!(lost.lines().next(), Some(format!("5 {}", log.heads[4].mac).as_str()));
    log.grow(3).await;
    assert_eq!(log.verify().await, Err(Fault::Replaced { seq: 5 }));
}

#[tokio::test]
async fn rows_written_at_once_are_one_chain() {
    let log = Log::of(0).await;
    let writers = (0..40).map(|_| {
        let store = log.store.clone();
        tokio::spawn(async move { store.log(&LogEntry::new(None, "x", "done")).await.unwrap().seq })
    });
    let mut numbers = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        numbers.push(writer.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    assert_eq!(log.verify().await, Ok(40));
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_in_one_sentence() {
    let log = Log::of(0).await;
    log.attack("INSERT INTO schema_version (version, at) VALUES (99, 0)").await;
    let keys = log.store.keys().clone();
    let error = Store::open(&sqlite_url(&log.data.path().join("log.sqlite")), keys).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }));
    let sentence = error.to_string();
    assert!(sentence.contains("99") && !sentence.contains('\n'), "{sentence}");
}
