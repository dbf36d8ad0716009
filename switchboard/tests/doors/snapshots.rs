//! Pictures that a site keeps of rings and openings: only there, for those who may see them, and each look is written down.

use crate::service::{Desk, House, id};
use serde_json::json;
use std::time::Duration;
use switchboard::config::Config;
use switchboard::doors::snapshots::Keeping;
use wire::{AccessPage, AccessRow, KeptPicture};

fn keeping(config: &mut Config) {
    let site = &mut config.tenants[0].doors[0];
    site.keeps = Some(Keeping { ring: true, opening: true, hours: 72 });
    site.entrances[0].station.sip_user = Some("gate".into());
}

async fn rows(desk: &Desk) -> Vec<AccessRow> {
    let answer = desk.http.get(format!("{}/api/access", desk.base)).send().await.unwrap();
    answer.json::<AccessPage>().await.unwrap().rows
}

/// The pictures of the newest release, once there are so many.
async fn pictures(desk: &Desk, count: usize) -> Vec<KeptPicture> {
    let wait = async {
        loop {
            let newest = rows(desk).await.into_iter().find(|row| !row.release.relays.is_empty());
            let pictures = newest.map(|row| row.pictures).unwrap_or_default();
            if pictures.len() >= count {
                return pictures;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the pictures")
}

async fn look(desk: &Desk, id: &str) -> reqwest::Response {
    desk.http.get(format!("{}/api/snapshots/{id}", desk.base)).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_and_an_opening_are_kept_seen_by_those_who_may_and_every_look_is_a_row() {
    let house = House::start_with(keeping).await;
    let services = house.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    // Two people of the group are rung: it is one ring.
    services.doors.rang(&tenant, "gate", "c0ffee");
    services.doors.rang(&tenant, "gate", "c0ffee");
    services.doors.rang(&tenant, "agent1", "beef");
    let agent = house.desk("agent1").await;
    agent.open("gate", &json!({ "id": id(), "relays": [1], "call": "c0ffee" })).await;
    let concierge = house.desk("concierge").await;
    let kept = pictures(&concierge, 2).await;
    let mut moments: Vec<bool> = kept.iter().map(|picture| picture.ring).collect();
    moments.sort_unstable();
    assert_eq!(moments, [false, true]);

    // The ring has a row of its own, for those who read all of the log.
    let all = rows(&concierge).await;
    let rings: Vec<_> = all.iter().filter(|row| row.release.relays.is_empty()).collect();
    assert_eq!((all.len(), rings.len(), rings[0].door.as_str(), rings[0].contact.as_deref()), (2, 1, "GATE", Some("c0ffee")));
    assert!(rings[0].pictures.iter().all(|picture| picture.ring) && rings[0].pictures.len() == 1);
    assert_eq!(rows(&agent).await.len(), 1, "an agent reads their own releases");

    let seen = look(&concierge, &kept[0].id).await;
    let header = |name: &str| seen.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(seen.status(), 200);
    assert_eq!([header("content-type"), header("x-content-type-options"), header("cache-control")], ["image/jpeg", "nosniff", "no-store"]);
    let jpeg = seen.bytes().await.unwrap();
    assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]), "{} bytes", jpeg.len());

    // An agent has opened, and reads that, but sees nobody's face; neither does another site, nor nobody.
    assert_eq!(rows(&agent).await[0].pictures, []);
    let nobody = Desk { http: reqwest::Client::new(), base: house.server.url() };
    assert_eq!(look(&agent, &kept[0].id).await.status(), 404);
    assert_eq!(look(&house.desk("agent2").await, &kept[0].id).await.status(), 404);
    assert_eq!(look(&nobody, &kept[0].id).await.status(), 401);
    assert_eq!(look(&concierge, "unknown").await.status(), 404);
    let log = services.store.log_rows(&tenant, "door_picture_seen", i64::MAX, 10).await.unwrap();
    let outcomes: Vec<&str> = log.iter().map(|row| row.outcome.as_str()).collect();
    assert_eq!(outcomes, ["not_found", "refused", "refused", "done"]);
    assert_eq!((log[3].detail("snapshot"), log[3].detail("door")), (kept[0].id.as_str(), "gate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_where_the_site_does_not_say_so_or_nothing_was_opened() {
    let count = async |house: &House| {
        let metrics = reqwest::get(format!("{}/metrics", house.server.url())).await.unwrap().text().await.unwrap();
        metrics.lines().filter(|line| line.starts_with("portico_snapshots_total")).count()
    };
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    desk.open("gate", &json!({ "id": id(), "relays": [1] })).await;
    house.settled(2).await;
    let keeps = House::start_with(keeping).await;
    let other = keeps.desk("concierge").await;
    other.open("safe", &json!({ "id": id(), "relays": [1], "code": "0000" })).await;
    other.open("wicket", &json!({ "id": id(), "relays": [2] })).await;
    keeps.settled(4).await;
    // Longer than a camera has to show something.
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    assert_eq!((count(&house).await, count(&keeps).await), (0, 0));
    assert!(rows(&desk).await.iter().chain(&rows(&other).await).all(|row| row.pictures.is_empty()));
}
