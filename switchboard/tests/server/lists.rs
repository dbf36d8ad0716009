//! Long lists while they grow: whoever turns the pages sees each row that was there when they began once, and none twice.

use crate::support::{Client, Desk};
use serde_json::Value;
use std::collections::BTreeSet;
use switchboard::ids::TenantId;
use switchboard::services::Services;
use switchboard::store::{ContactData, ContactEvent, ContactKind, LogEntry};

/// What names a row.
type Name = fn(&Value) -> String;

/// Rows that are there before the first page.
const ROWS: usize = 230;

/// The row of a door that somebody opened.
pub fn release(tenant: &TenantId, person: &str, n: usize) -> LogEntry {
    let at = switchboard::clock::now_ms();
    LogEntry::new(Some(tenant.clone()), "door_release", "opened")
        .detail("release", format!("release-{n}"))
        .detail("site", "north")
        .detail("door", "gate")
        .detail("kind", "open")
        .detail("relays", "1=opened")
        .detail("asked", at.to_string())
        .personal("person", person)
        .personal("name", "Agent One")
}

fn own_call(tenant: &TenantId, n: usize) -> ContactEvent {
    ContactEvent {
        tenant: tenant.clone(),
        contact: format!("call-{n}"),
        // Many at one moment.
        at: 1_000_000 + (n / 7) as i64,
        kind: ContactKind::Offered,
        from_user: "supervisor".into(),
        to_user: "agent1".into(),
        data: ContactData::default(),
    }
}

/// Some more of everything.
async fn add(services: &Services, tenant: &TenantId, person: &str, numbers: std::ops::Range<usize>) {
    let calls: Vec<_> = numbers.clone().map(|n| own_call(tenant, n)).collect();
    services.store.append_contact_events(&calls).await.unwrap();
    for n in numbers {
        // Accesses stand among rows of other kinds.
        let other = LogEntry::new(Some(tenant.clone()), "sign_in", "accepted").personal("user", format!("user-{n}"));
        services.store.log(&other).await.unwrap();
        services.store.log(&release(tenant, person, n)).await.unwrap();
    }
}

/// What names each row of all pages of a list, which grows by some rows after each page.
async fn turned(client: &Client, path: &str, cursor: &str, name: Name, grow: impl AsyncFn(usize)) -> Vec<String> {
    let (mut seen, mut at) = (Vec::new(), String::new());
    for page in 0.. {
        let answer: Value = client.json(&format!("{path}{at}")).await;
        let list = ["rows", "sessions"].iter().find_map(|field| answer[field].as_array()).unwrap();
        seen.extend(list.iter().map(name));
        let Some(next) = answer["next"].as_str() else { break };
        at = format!("&{cursor}={next}");
        grow(page).await;
    }
    seen
}

#[tokio::test]
async fn whoever_turns_pages_while_rows_are_written_sees_each_once() {
    let desk = Desk::start().await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let person = services.directory.person(&tenant, "agent1").unwrap().id.to_string();
    add(services, &tenant, &person, 0..ROWS).await;
    let [agent, admin] = [desk.signed_in("agent1").await, desk.signed_in("admin").await];
    let lists: [(&Client, &str, &str, Name, &str); 3] = [
        (&agent, "/api/history?limit=20", "before", |row| row["contact"].as_str().unwrap().to_owned(), "call-"),
        (&admin, "/api/access?limit=20", "before", |row| row["release"]["id"].as_str().unwrap().to_owned(), "release-"),
        (&admin, "/api/audit?limit=20", "before", |row| row["seq"].to_string(), ""),
    ];
    let mut from = ROWS;
    for (client, path, cursor, name, prefix) in lists {
        let begin = from;
        let seen =
            turned(client, path, cursor, name, async |page| add(services, &tenant, &person, begin + page * 2..begin + page * 2 + 2).await)
                .await;
        from += 1_000;
        let once: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(once.len(), seen.len(), "{path}: none twice");
        if prefix.is_empty() {
            // The log: without a gap from the newest row of the first page to the very first.
            let numbers: Vec<i64> = seen.iter().map(|number| number.parse().unwrap()).collect();
            assert!(numbers.len() >= ROWS * 2 && numbers.windows(2).all(|pair| pair[1] < pair[0]), "{path}: newest first");
            assert!(numbers.len() as i64 >= numbers[0] - 10, "{path}: all of them but those of nobody's site");
        } else {
            for n in 0..ROWS {
                assert!(once.contains(&format!("{prefix}{n}")), "{path}: {prefix}{n} was there from the beginning");
            }
        }
    }
}
