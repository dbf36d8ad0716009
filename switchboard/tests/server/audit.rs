//! The log as administrators read it: what concerns their sites, by person, action and day, and whether the chain is whole.

use crate::support::{Client, Desk};
use sqlx::any::AnyPoolOptions;
use switchboard::config::{Config, Person as Account};
use switchboard::server::Server;
use switchboard::store::LogEntry;
use wire::{AuditFault, AuditFaultKind, AuditPage, AuditProof, AuditRow, Role};

/// An agent at each site, an administrator of the north and one of everything.
fn two_sites(config: &mut Config) {
    let people = &mut config.tenants[0].people;
    let password = people[0].password.clone();
    let person = |user: &str, role, sites: &[&str]| Account {
        user: user.into(),
        name: format!("Name of {user}"),
        roles: vec![role],
        sites: sites.iter().map(|site| (*site).to_owned()).collect(),
        skills: switchboard::queue::Levels::new(),
        password: password.clone(),
        pbx: None,
    };
    *people = vec![
        person("agent1", Role::Agent, &["north"]),
        person("agent2", Role::Agent, &["south"]),
        person("admin", Role::Administrator, &["north"]),
        person("chief", Role::Administrator, &["north", "south"]),
        person("supervisor", Role::Supervisor, &["north", "south"]),
        person("concierge", Role::Concierge, &["south"]),
    ];
}

async fn rows(client: &Client, query: &str) -> Vec<AuditRow> {
    client.json::<AuditPage>(&format!("/api/audit?{query}")).await.rows
}

fn who(rows: &[AuditRow], action: &str) -> Vec<String> {
    rows.iter().filter(|row| row.action == action).map(|row| row.by.clone()).collect()
}

#[tokio::test]
async fn an_administrator_reads_what_concerns_their_sites_and_nobody_else_reads_it() {
    let desk = Desk::start_with(two_sites).await;
    for user in ["agent1", "agent2"] {
        desk.signed_in(user).await;
    }
    let (north, chief) = (desk.signed_in("admin").await, desk.signed_in("chief").await);
    let seen = who(&rows(&north, "limit=200").await, "sign_in");
    assert!(seen.contains(&"Name of agent1".to_owned()) && !seen.contains(&"Name of agent2".to_owned()), "{seen:?}");
    let all = who(&rows(&chief, "limit=200").await, "sign_in");
    assert!(all.contains(&"Name of agent1".to_owned()) && all.contains(&"Name of agent2".to_owned()), "{all:?}");
    for other in ["agent1", "supervisor", "concierge"] {
        let client = desk.signed_in(other).await;
        assert_eq!(client.get("/api/audit").await.status(), 403, "{other}");
        assert_eq!(client.get("/api/audit/proof").await.status(), 403, "{other}");
    }
}

#[tokio::test]
async fn what_somebody_did_is_still_theirs_when_they_may_not_sign_in_any_more() {
    let desk = Desk::start_with(two_sites).await;
    let (supervisor, chief) = (desk.signed_in("supervisor").await, desk.signed_in("chief").await);
    assert_eq!(supervisor.get("/api/access.csv").await.status(), 200);
    let by = async |action: &str| who(&rows(&chief, &format!("limit=200&find={action}")).await, action);
    assert_eq!(by("access_export").await, ["Name of supervisor"]);
    let (status, body) = crate::admin::change_person(&chief, "supervisor", |form| form.disabled = true).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(by("access_export").await, ["supervisor"], "the name is that of nobody now, the user name is not");
    assert!(by("sign_in").await.contains(&"supervisor".to_owned()));
    let found = rows(&chief, "limit=200&find=supervisor").await;
    assert!(found.iter().any(|row| row.action == "access_export"), "and they are found by it");
}

#[tokio::test]
async fn what_was_typed_into_the_wrong_field_is_shown_to_nobody() {
    let desk = Desk::start_with(two_sites).await;
    assert_eq!(desk.client().sign_in("my-secret-password", "agent1").await.status(), 401);
    // The same where it is known whose tenant it concerns.
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    let entry = LogEntry::new(Some(tenant), "sign_in", "refused").personal("user", "my-secret-password").personal("address", "192.0.2.9");
    desk.server.services().store.log(&entry).await.unwrap();
    let chief = desk.signed_in("chief").await;
    let text = chief.get("/api/audit?limit=200").await.text().await.unwrap();
    assert!(text.contains("192.0.2.9") && !text.contains("my-secret"), "{text}");
    assert!(rows(&chief, "find=my-secret").await.is_empty(), "a search does not tell it either");
}

#[tokio::test]
async fn what_a_phone_did_is_by_its_account_and_on_whom_it_concerned() {
    let desk = Desk::start_with(two_sites).await;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    let entry = LogEntry::new(Some(tenant), "sip.supervision", "ended").personal("account", "supervisor").personal("user", "agent2");
    let entry = entry.detail("mode", "whisper").detail("call", "c1").detail("why", "call_over");
    desk.server.services().store.log(&entry).await.unwrap();
    let chief = desk.signed_in("chief").await;
    let found = rows(&chief, "find=sip.supervision").await;
    assert_eq!((found[0].by.as_str(), found[0].on.as_str()), ("Name of supervisor", "Name of agent2"));
    let facts: Vec<_> = found[0].facts.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
    assert_eq!(facts, [("call", "c1"), ("mode", "whisper"), ("why", "call_over")]);
    assert_eq!(rows(&chief, "find=name%20of%20supervisor").await.iter().filter(|row| row.action == "sip.supervision").count(), 1);
    let north = desk.signed_in("admin").await;
    assert!(rows(&north, "find=sip.supervision").await.is_empty(), "the agent is of another site");
}

#[tokio::test]
async fn it_is_searched_by_person_action_and_day_and_read_page_by_page() {
    let desk = Desk::start_with(two_sites).await;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    let store = &desk.server.services().store;
    for number in 0..5 {
        let entry = LogEntry::new(Some(tenant.clone()), "floor_order", "done").detail("order", format!("number{number}"));
        let chief = desk.server.services().directory.person(&tenant, "chief").unwrap();
        let entry = entry.personal("person", chief.id.to_string()).personal("name", "Name of chief").personal("user", "agent2");
        store.log(&entry).await.unwrap();
    }
    let old = LogEntry { at: 1_000_000_000_000, ..LogEntry::new(Some(tenant), "floor_order", "done").personal("user", "agent1") };
    store.log(&old).await.unwrap();
    let chief = desk.signed_in("chief").await;
    let found = rows(&chief, "find=floor_order").await;
    assert_eq!(found.len(), 6);
    assert_eq!(
        (found[1].by.as_str(), found[1].on.as_str(), found[1].facts[0].value.as_str()),
        ("Name of chief", "Name of agent2", "number4")
    );
    assert_eq!(rows(&chief, "find=NUMBER3").await.len(), 1);
    assert_eq!(rows(&chief, "find=name%20of%20agent2").await.len(), 5);
    let of_day = rows(&chief, "from=2001-09-09&to=2001-09-09").await;
    assert_eq!(of_day.iter().map(|row| (row.action.as_str(), row.at)).collect::<Vec<_>>(), [("floor_order", 1_000_000_000_000)]);
    assert!(rows(&chief, "to=2001-09-08").await.is_empty());
    let (mut seen, mut before) = (Vec::new(), String::new());
    loop {
        let page: AuditPage = chief.json(&format!("/api/audit?find=floor_order&limit=2{before}")).await;
        seen.extend(page.rows.iter().map(|row| row.seq));
        match page.next {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen, found.iter().map(|row| row.seq).collect::<Vec<_>>(), "each row once, newest first");
    assert_eq!(chief.get("/api/audit?from=yesterday").await.status(), 400);
}

#[tokio::test]
async fn the_chain_is_proven_and_the_first_row_that_was_changed_is_named() {
    let desk = Desk::start_with(two_sites).await;
    let chief = desk.signed_in("chief").await;
    let whole: AuditProof = chief.json("/api/audit/proof").await;
    assert_eq!(whole.fault, None);
    assert!(whole.rows > 0);
    let attacker = AnyPoolOptions::new().max_connections(1).connect(desk.server.services().config.store.url.expose()).await.unwrap();
    sqlx::raw_sql("UPDATE log SET canonical = REPLACE(canonical, 'accepted', 'refused') WHERE seq = (SELECT MAX(seq) FROM log)")
        .execute(&attacker)
        .await
        .unwrap();
    let broken: AuditProof = chief.json("/api/audit/proof").await;
    let kind = AuditFaultKind::Changed;
    assert_eq!((broken.rows, broken.fault), (whole.rows - 1, Some(AuditFault { kind, seq: whole.rows })));
}

#[tokio::test]
async fn a_cut_off_tail_is_told_to_administrators_after_the_log_has_grown_over_it_too() {
    let desk = Desk::start_with(two_sites).await;
    let chief = desk.signed_in("chief").await;
    let whole: AuditProof = chief.json("/api/audit/proof").await;
    let attacker = AnyPoolOptions::new().max_connections(1).connect(desk.server.services().config.store.url.expose()).await.unwrap();
    sqlx::raw_sql(
        "DELETE FROM log_personal WHERE seq = (SELECT MAX(seq) FROM log); DELETE FROM log WHERE seq = (SELECT MAX(seq) FROM log);
         UPDATE log_head SET seq = (SELECT MAX(seq) FROM log), mac = (SELECT mac FROM log WHERE seq = (SELECT MAX(seq) FROM log))",
    )
    .execute(&attacker)
    .await
    .unwrap();
    let cut: AuditProof = chief.json("/api/audit/proof").await;
    let kind = AuditFaultKind::CutOff;
    assert_eq!((cut.rows, cut.fault), (whole.rows - 1, Some(AuditFault { kind, seq: whole.rows - 1 })));
    for _ in 0..3 {
        assert_eq!(desk.client().sign_in("chief", "guessed wrong").await.status(), 401);
    }
    let replaced = Some(AuditFault { kind: AuditFaultKind::Replaced, seq: whole.rows });
    assert_eq!(chief.json::<AuditProof>("/api/audit/proof").await.fault, replaced);

    let mut config = desk.server.services().config.as_ref().clone();
    config.http.listen = desk.server.services().listen;
    desk.server.stop().await;
    let server = Server::start(config).await.unwrap();
    assert_eq!(chief.json::<AuditProof>("/api/audit/proof").await.fault, replaced, "a restart heals nothing");
    server.stop().await;
}
