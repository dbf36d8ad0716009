//! Everybody who waits in a queue, part by part, also behind the first that the floor shows: who may read that, and what is steered there.

use crate::sip_accounts::Phone;
use crate::steering::{open, ordered};
use crate::support::Desk;
use crate::turned_away::call_as;
use switchboard::config::{Config, Person};
use wire::{ApiError, Callers, ErrorCode, OrderResult, Role, Steer};

/// Callers of the queue `support`, more than a feed lists.
const CALLERS: usize = 27;

fn user(n: usize) -> String {
    format!("caller{n:02}")
}

fn contact(n: usize) -> String {
    // Zero is nobody's.
    format!("{:032x}", n + 1)
}

fn house(config: &mut Config) {
    let tenant = &mut config.tenants[0];
    let password = tenant.people[0].password.clone();
    let person = |user: &str, role, site: &str| Person {
        user: user.into(),
        name: format!("Caller {user}"),
        roles: vec![role],
        sites: vec![site.into()],
        skills: switchboard::queue::Levels::new(),
        password: password.clone(),
        pbx: None,
    };
    tenant.people.extend((0..CALLERS).map(|n| person(&user(n), Role::Agent, "north")));
    tenant.people.extend([person("sue", Role::Supervisor, "south"), person("vera", Role::Viewer, "north")]);
    for queue in &mut tenant.queues {
        (queue.max_wait_seconds, queue.overflow, queue.max_waiting) = (None, None, 100);
    }
}

async fn all_wait(desk: &Desk) -> Vec<Phone> {
    let mut phones = Vec::new();
    for n in 0..CALLERS {
        let (status, phone) = call_as(&desk.server.url(), &user(n), "support", Some(&contact(n)), &[182, 480, 486]).await;
        assert_eq!(status, 182, "{n} waits");
        phones.push(phone);
    }
    phones
}

fn contacts(part: &Callers) -> Vec<String> {
    part.callers.iter().map(|caller| caller.contact.clone()).collect()
}

fn those(of: impl IntoIterator<Item = usize>) -> Vec<String> {
    of.into_iter().map(contact).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_behind_the_first_is_read_and_steered_like_them() {
    let desk = Desk::start_with(house).await;
    let _phones = all_wait(&desk).await;
    let (mut feed, first) = open(&desk, "supervisor").await;
    let shown = first.floor.unwrap().queues.into_iter().find(|of| of.queue.name == "support").unwrap().queue;
    assert_eq!((shown.waiting, shown.first.len()), (27, 20));
    let client = desk.signed_in("supervisor").await;
    let part = async |after: &str| client.json::<Callers>(&format!("/api/queues/support/callers?limit=10{after}")).await;
    let one = part("").await;
    assert_eq!((one.waiting, one.before, contacts(&one)), (27, 0, those(0..10)));
    assert_eq!(one.callers, shown.first[..10], "as the feed shows them");
    let after = format!("&after={}", one.next.unwrap());
    let two = part(&after).await;
    assert_eq!((two.before, contacts(&two)), (10, those(10..20)));

    // The twenty-fifth comes before all others; of the others, one goes to another queue.
    let steers = [
        Steer::Prioritise { contact: contact(24), priority: 3 },
        Steer::Move { contact: contact(25), queue: "reception".into() },
        Steer::Move { contact: contact(9), queue: "reception".into() },
    ];
    for (id, steer) in (1..).zip(steers) {
        assert_eq!(ordered(&mut feed, id, steer).await, OrderResult::Done);
    }
    let again = part("").await;
    assert_eq!((again.waiting, contacts(&again)), (25, those([24].into_iter().chain(0..9))));
    assert_eq!(again.callers[0].priority, 3);
    // The place of the cursor is the place of one who is gone.
    let two = part(&after).await;
    assert_eq!((two.before, contacts(&two)), (10, those(10..20)));
    let last = part(&format!("&after={}", two.next.unwrap())).await;
    assert_eq!((last.before, contacts(&last), last.next), (20, those([20, 21, 22, 23, 26]), None));
    let other: Callers = client.json("/api/queues/reception/callers").await;
    assert_eq!(contacts(&other), those([9, 25]), "as old as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_or_by_others_is_refused_in_words() {
    let desk = Desk::start_with(house).await;
    let (status, _phone) = call_as(&desk.server.url(), &user(0), "support", Some(&contact(0)), &[182]).await;
    assert_eq!(status, 182);
    let supervisor = desk.signed_in("supervisor").await;
    for (query, words) in
        [("after=x", "`after`"), ("after=1.1x", "`after`"), ("after=", "`after`"), ("limit=many", "`limit`"), ("limit=-1", "`limit`")]
    {
        let answer = supervisor.get(&format!("/api/queues/support/callers?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
        let error: ApiError = answer.json().await.unwrap();
        assert!(error.code == ErrorCode::BadRequest && error.message.contains(words), "{query}: {error:?}");
    }
    let few: Callers = supervisor.json("/api/queues/support/callers?limit=0").await;
    assert_eq!(few.callers.len(), 1, "one at least");
    for (user, queue, status) in [
        ("vera", "support", 200),
        ("admin", "support", 200),
        ("supervisor", "nowhere", 404),
        ("sue", "support", 404),
        ("sue", "nowhere", 404),
        ("agent1", "support", 403),
    ] {
        let client = desk.signed_in(user).await;
        let answer = client.get(&format!("/api/queues/{queue}/callers")).await;
        assert_eq!(answer.status(), status, "{user}, {queue}");
    }
    assert_eq!(desk.client().get("/api/queues/support/callers").await.status(), 401);
}
