//! Files that are written as they are taken: whose session or right ends meanwhile gets no more of them, and sees that it is not all.

use crate::admin::change_person;
use crate::lists::release;
use crate::support::Desk;
use switchboard::store::{CallsBy, CallsWanted, ContactData, ContactEvent, ContactKind};
use wire::{CallQueue, Role};

/// More than what fits on the way between the server and a reader who pauses.
const LETTERS: usize = 6_000;
/// So many calls are read at a time, and so many accesses.
const PART: usize = 1_000;
const ACCESSES: usize = 200;

/// Files of some twenty million letters each, in three parts and one row.
async fn full(desk: &Desk) {
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let now = switchboard::clock::now_ms();
    let call = |n: usize| ContactEvent {
        tenant: tenant.clone(),
        contact: format!("c{n}"),
        at: now - n as i64,
        kind: ContactKind::Answered,
        from_user: "~guest".into(),
        to_user: "agent1".into(),
        data: ContactData {
            from_display: "x".repeat(LETTERS),
            queue: Some(CallQueue { name: "support".into(), label: "Support".into(), since: now - n as i64 }),
            ..ContactData::default()
        },
    };
    services.store.append_contact_events(&(0..=3 * PART).map(call).collect::<Vec<_>>()).await.unwrap();
    for n in 0..=3 * ACCESSES {
        let row = release(&tenant, "p", n).personal("reason", "x".repeat(LETTERS * PART / ACCESSES));
        services.store.log(&row).await.unwrap();
    }
    let wanted = CallsWanted {
        by: CallsBy::Site("north".into()),
        since: 0,
        until: i64::MAX,
        days: (0, i64::MAX),
        queue: String::new(),
        of_queues: false,
        counted: String::new(),
        disposition: None,
        after: None,
        limit: u32::MAX,
    };
    assert_eq!(services.store.report_calls(&tenant, &wanted).await.unwrap().len(), 3 * PART + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_breaks_off_when_the_session_or_the_right_is_taken_away() {
    let desk = Desk::start().await;
    full(&desk).await;
    let admin = desk.signed_in("admin").await;
    let day = switchboard::clock::now_ms() / 86_400_000;
    let days = format!("from={}&to={}", switchboard::reports::date_of(day - 1), switchboard::reports::date_of(day + 1));
    for (path, parts) in [(format!("/api/reports/calls?{days}&format=csv"), 3 * PART), ("/api/access.csv".to_owned(), 3 * ACCESSES)] {
        for taken in ["nothing", "session", "site", "role"] {
            let head = desk.signed_in("supervisor").await;
            let mut answer = head.get(&path).await;
            assert_eq!(answer.status(), 200, "{path}");
            let mut file = answer.chunk().await.unwrap().unwrap().to_vec();
            let status = match taken {
                "nothing" => 200,
                "session" => {
                    let out = head.http.delete(desk.url("/api/session")).header("origin", &head.base);
                    out.send().await.unwrap().status().as_u16()
                }
                "site" => change_person(&admin, "supervisor", |person| person.sites = vec!["south".into()]).await.0,
                _ => change_person(&admin, "supervisor", |person| person.roles = vec![Role::Agent]).await.0,
            };
            assert!((200..300).contains(&status), "{taken}: {status}");
            let end = loop {
                match answer.chunk().await {
                    Ok(Some(more)) => file.extend_from_slice(&more),
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            let lines = file.iter().filter(|letter| **letter == b'\n').count();
            match taken {
                "nothing" => assert!(end.is_ok() && lines == 1 + parts + 1, "{path}: {lines} lines, {end:?}"),
                _ => assert!(end.is_err() && lines < 1 + parts, "{path}, {taken} taken away: {lines} lines, {end:?}"),
            }
            change_person(&admin, "supervisor", |person| {
                (person.sites, person.roles) = (vec!["north".into(), "south".into()], vec![Role::Supervisor]);
            })
            .await;
        }
    }
}
