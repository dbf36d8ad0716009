//! Doors through the whole server: signed-in people, the real route, a simulated station, and the log.

use crate::pictures::mjpeg;
use crate::support::{HERE, Sim, digest, ipac, listen, settings};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use switchboard::config::{Config, SiteDoors};
use switchboard::demo;
use switchboard::doors::Doors;
use switchboard::doors::address::StationUrl;
use switchboard::doors::engine::{Kind, Request};
use switchboard::doors::id::ReleaseId;
use switchboard::doors::model::{Code, Endpoint, Entrance, Login, Relay, Station, Trust};
use switchboard::doors::recipe::{Ipac, Recipe};
use switchboard::floor::{Floor, FloorEvent};
use switchboard::keys::random;
use switchboard::server::Server;
use switchboard::sim::Settings;
use tokio::io::AsyncWriteExt as _;
use wire::{DoorList, Release, ReleaseOutcome, Secret};

/// Codes and password that must never be seen anywhere.
const CODES: [&str; 2] = ["73921846", "58204713"];
const PASSWORD: &str = "planted-station-password";

pub struct House {
    pub server: Server,
    pub sim: Sim,
    data: tempfile::TempDir,
}

impl House {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let codes = CODES.map(str::to_owned);
        let sim = Sim::start(Settings { codes, password: PASSWORD.into(), ..settings() }).await;
        let data = tempfile::tempdir().unwrap();
        let mut config = demo::config(0, None, data.path().to_owned()).unwrap();
        let url = StationUrl::parse(&format!("http://{}", sim.device())).unwrap();
        let relay = |number: u8, code: Code| Relay { number, name: format!("Relay {number}"), code, pulse_ms: 3_000 };
        let entrance = |id: &str, relays| Entrance {
            id: id.into(),
            name: id.to_uppercase(),
            station: Station {
                sip_user: None,
                line: None,
                recipe: Recipe::Ipac(Ipac {
                    endpoint: Endpoint { url: url.clone(), trust: Trust::Plain },
                    reach: HERE,
                    login: digest("toto", PASSWORD),
                }),
                pictures: (id != "safe").then(|| mjpeg(sim.device())),
                relays,
            },
        };
        let stored = |n: usize| Code::Stored(Secret::new(CODES[n]));
        let gate = entrance("gate", vec![relay(1, stored(0)), relay(2, stored(1))]);
        // The code of relay 1 for both: right for one of them.
        let wicket = entrance("wicket", vec![relay(1, stored(0)), relay(2, stored(0))]);
        let safe = entrance("safe", vec![relay(1, Code::Typed)]);
        config.tenants[0].doors = vec![SiteDoors {
            site: "north".into(),
            instructions: "Parcels go to the porter.".into(),
            entrances: vec![gate, wicket, safe],
            ..SiteDoors::default()
        }];
        for person in &mut config.tenants[0].people {
            if person.user == "agent2" {
                person.sites = vec!["south".into()];
            }
        }
        change(&mut config);
        Self { server: Server::start(config).await.unwrap(), sim, data }
    }

    pub async fn desk(&self, user: &str) -> Desk {
        let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
        let desk = Desk { http, base: self.server.url() };
        let answer = desk.post("/api/session", &json!({ "user": user, "password": demo::PASSWORD })).await;
        assert_eq!(answer.status(), 200);
        desk
    }

    /// Rows of the log about doors: action and outcome, in order.
    async fn rows(&self) -> Vec<(String, String)> {
        sqlx::any::install_default_drivers();
        let url = switchboard::store::sqlite_url(&self.data.path().join("portico.sqlite"));
        let pool = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
        let rows: Vec<(String,)> = sqlx::query_as("SELECT canonical FROM log ORDER BY seq").fetch_all(&pool).await.unwrap();
        pool.close().await;
        let text = |row: &serde_json::Value, field: &str| row[field].as_str().unwrap().to_owned();
        let rows = rows.iter().map(|(row,)| serde_json::from_str::<serde_json::Value>(row).unwrap());
        rows.filter(|row| text(row, "action").starts_with("door_")).map(|row| (text(&row, "action"), text(&row, "outcome"))).collect()
    }

    /// Waits until so many rows about doors are written.
    pub async fn settled(&self, rows: usize) -> Vec<(String, String)> {
        let wait = async {
            loop {
                let found = self.rows().await;
                if found.len() >= rows {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the rows")
    }
}

pub struct Desk {
    pub http: reqwest::Client,
    pub base: String,
}

impl Desk {
    pub async fn post(&self, path: &str, body: &serde_json::Value) -> reqwest::Response {
        self.http.post(format!("{}{path}", self.base)).header("origin", &self.base).json(body).send().await.unwrap()
    }

    async fn status(&self, door: &str, body: &serde_json::Value) -> u16 {
        self.post(&format!("/api/doors/{door}/release"), body).await.status().as_u16()
    }

    pub async fn open(&self, door: &str, body: &serde_json::Value) -> Release {
        let answer = self.post(&format!("/api/doors/{door}/release"), body).await;
        assert_eq!(answer.status(), 200, "{body}");
        answer.json().await.unwrap()
    }
}

pub fn id() -> String {
    let mut bytes = [0; 16];
    random(&mut bytes).unwrap();
    ReleaseId::new(switchboard::clock::now_ms(), u128::from_be_bytes(bytes)).to_string()
}

fn outcomes(release: &Release) -> Vec<(u8, ReleaseOutcome)> {
    release.relays.iter().map(|relay| (relay.relay, relay.outcome.unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_opens_once_and_the_log_has_the_row_before_and_the_outcome() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    let body = json!({ "id": id(), "relays": [1], "reason": "parcel" });
    let release = desk.open("gate", &body).await;
    assert_eq!((outcomes(&release), release.by.as_str()), (vec![(1, ReleaseOutcome::Opened)], "Concierge"));
    assert!(release.done_at.unwrap() - release.asked_at < 5_000);
    // The answer was lost, the desk asks again with the same id.
    assert_eq!(desk.open("gate", &body).await, release);
    assert_eq!(house.sim.pulses().await, (1, 0));
    let row = |outcome: &str| ("door_release".to_owned(), outcome.to_owned());
    assert_eq!(house.settled(2).await, [row("begun"), row("opened")]);
    assert!(house.server.services().store.verify_log(None).await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_are_two_outcomes() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    let release = desk.open("wicket", &json!({ "id": id(), "relays": [1, 2] })).await;
    assert_eq!(outcomes(&release), [(1, ReleaseOutcome::Opened), (2, ReleaseOutcome::BadCodeOrNotRemote)]);
    assert_eq!(house.sim.pulses().await, (1, 0));
    assert_eq!(house.settled(2).await[1].1, "mixed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_at_once_are_one_pulse() {
    let house = House::start().await;
    let (one, two) = (house.desk("concierge").await, house.desk("agent1").await);
    let (first, second) = (json!({ "id": id(), "relays": [1] }), json!({ "id": id(), "relays": [1] }));
    let (first, second) = tokio::join!(one.open("gate", &first), two.open("gate", &second));
    let mut both = [first, second];
    both.sort_by_key(|release| release.relays[0].outcome != Some(ReleaseOutcome::Opened));
    assert_eq!(outcomes(&both[0]), [(1, ReleaseOutcome::Opened)]);
    assert_eq!(outcomes(&both[1]), [(1, ReleaseOutcome::Busy)]);
    assert_eq!(both[1].relays[0].opened_by.as_ref(), Some(&both[0].by));
    assert_eq!(house.sim.pulses().await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_is_one_pulse() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    // The same order sent twice at once is one order.
    let body = json!({ "id": id(), "relays": [1] });
    let (first, second) = tokio::join!(desk.open("gate", &body), desk.open("gate", &body));
    assert_eq!((outcomes(&first), &first), (vec![(1, ReleaseOutcome::Opened)], &second));
    assert_eq!(house.sim.pulses().await, (1, 0));
    // Two orders of the same person: the second learns that the door is open, and by whom.
    let (first, second) = (json!({ "id": id(), "relays": [2] }), json!({ "id": id(), "relays": [2] }));
    let (first, second) = tokio::join!(desk.open("gate", &first), desk.open("gate", &second));
    let mut both = [first, second];
    both.sort_by_key(|release| release.relays[0].outcome != Some(ReleaseOutcome::Opened));
    assert_eq!([outcomes(&both[0]), outcomes(&both[1])], [[(2, ReleaseOutcome::Opened)], [(2, ReleaseOutcome::Busy)]]);
    assert_eq!(both[1].relays[0].opened_by.as_deref(), Some("Concierge"));
    assert_eq!(house.sim.pulses().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_the_keypad_has_closed_is_busy_and_nobody_is_named() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    let typed = async |relay: u8| {
        house.sim.set(json!({"relay": {"number": relay, "typed": CODES[usize::from(relay - 1)]}})).await;
    };
    typed(1).await;
    assert_eq!(house.sim.pulses().await, (1, 0));
    // The station says 480; none of us has opened it.
    let release = desk.open("gate", &json!({ "id": id(), "relays": [1] })).await;
    assert_eq!((outcomes(&release), &release.relays[0].opened_by), (vec![(1, ReleaseOutcome::Busy)], &None));
    assert_eq!(house.sim.pulses().await, (1, 0));
    assert_eq!(house.settled(2).await[1].1, "busy");
    // Desk and keypad at once: one pulse, and the desk is told whether it was the desk's.
    let ((), release) = tokio::join!(typed(2), async { desk.open("gate", &json!({ "id": id(), "relays": [2] })).await });
    assert_eq!(house.sim.pulses().await, (1, 1));
    assert!([ReleaseOutcome::Opened, ReleaseOutcome::Busy].contains(&release.relays[0].outcome.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_open_is_refused_and_written_down() {
    let house = House::start().await;
    let (agent1, agent2, admin) = (house.desk("agent1").await, house.desk("agent2").await, house.desk("admin").await);
    let body = |test: bool| json!({ "id": id(), "relays": [1], "test": test });
    assert_eq!(agent2.status("gate", &body(false)).await, 403, "bound to another site");
    assert_eq!(admin.status("gate", &body(false)).await, 403, "neither concierge nor agent");
    assert_eq!(agent1.status("gate", &body(true)).await, 403, "no administrator");
    assert_eq!(agent1.status("cellar", &body(false)).await, 404);
    assert_eq!(agent1.status("gate", &json!({ "id": "7", "relays": [1] })).await, 400);
    assert_eq!(agent1.status("gate", &json!({ "id": id(), "relays": [5] })).await, 400);
    let nobody = Desk { http: reqwest::Client::new(), base: house.server.url() };
    assert_eq!(nobody.status("gate", &body(false)).await, 401);
    assert_eq!(house.sim.pulses().await, (0, 0));
    assert_eq!(house.settled(6).await.iter().filter(|(_, outcome)| outcome == "refused_by_us").count(), 6);
    // A used id in another's hands, and a test by whoever may.
    let used = body(false);
    agent1.open("gate", &used).await;
    let release = house.desk("concierge").await.open("gate", &used).await;
    assert_eq!((outcomes(&release), release.relays[0].cause.as_deref()), (vec![(1, ReleaseOutcome::RefusedByUs)], Some("not_yours")));
    let test = admin.open("gate", &json!({ "id": id(), "relays": [2], "test": true })).await;
    assert_eq!((outcomes(&test), test.test), (vec![(2, ReleaseOutcome::Opened)], true));
    assert_eq!(house.sim.pulses().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_what_is_ones_own_and_no_secret() {
    let house = House::start().await;
    let get = async |user: &str| {
        let desk = house.desk(user).await;
        desk.http.get(format!("{}/api/doors", desk.base)).send().await.unwrap().text().await.unwrap()
    };
    let text = get("concierge").await;
    let list: DoorList = serde_json::from_str(&text).unwrap();
    assert_eq!((list.sites.len(), list.sites[0].instructions.as_str()), (1, "Parcels go to the porter."));
    let doors: Vec<&str> = list.sites[0].doors.iter().map(|door| door.id.as_str()).collect();
    assert_eq!(doors, ["gate", "wicket", "safe"]);
    assert!(list.sites[0].doors[2].relays[0].typed_code);
    for secret in [CODES[0], CODES[1], PASSWORD, "http:"] {
        assert!(!text.contains(secret));
    }
    assert_eq!(serde_json::from_str::<DoorList>(&get("agent2").await).unwrap().sites, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_without_power_is_no_reply_and_no_secret_is_kept() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    desk.open("gate", &json!({ "id": id(), "relays": [1], "reason": "planted reason" })).await;
    let wrong = desk.open("safe", &json!({ "id": id(), "relays": [1], "code": "90817263" })).await;
    assert_eq!(outcomes(&wrong), [(1, ReleaseOutcome::BadCodeOrNotRemote)]);
    house.sim.set(json!({"power": false})).await;
    let gone = async { while tokio::net::TcpStream::connect(house.sim.device()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
    let release = desk.open("gate", &json!({ "id": id(), "relays": [2] })).await;
    assert_eq!((outcomes(&release), release.relays[0].cause.as_deref()), (vec![(2, ReleaseOutcome::NoReply)], Some("not_reached")));
    house.settled(6).await;
    house.server.stop().await;
    let mut files = Vec::new();
    collect(house.data.path(), &mut files);
    let holds = |secret: &str| files.iter().any(|bytes| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    for secret in [CODES[0], CODES[1], PASSWORD, "90817263"] {
        assert!(!holds(secret), "{secret} is on the disk");
    }
    assert!(holds("planted reason"), "the search finds what is there");
}

fn collect(directory: &Path, files: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(std::fs::read(path).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_loses_the_network_learns_the_outcome_when_it_is_back() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    let body = json!({ "id": id(), "relays": [1] });
    let request = desk.http.post(format!("{}/api/doors/gate/release", desk.base)).header("origin", &desk.base).json(&body);
    // The connection breaks off before any answer.
    let lost = request.timeout(Duration::from_millis(1)).send().await;
    assert!(lost.is_err());
    let release = desk.open("gate", &body).await;
    assert_eq!(outcomes(&release), [(1, ReleaseOutcome::Opened)]);
    assert_eq!(house.settled(2).await.len(), 2);
    assert_eq!(house.sim.pulses().await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_are_limited_by_the_server() {
    let house = House::start().await;
    let desk = house.desk("agent1").await;
    for n in 0..5 {
        let release = desk.open("safe", &json!({ "id": id(), "relays": [1], "code": format!("000{n}") })).await;
        assert_eq!(outcomes(&release), [(1, ReleaseOutcome::BadCodeOrNotRemote)]);
    }
    // Even the right one.
    let release = desk.open("safe", &json!({ "id": id(), "relays": [1], "code": CODES[0] })).await;
    assert_eq!(
        (outcomes(&release), release.relays[0].cause.as_deref()),
        (vec![(1, ReleaseOutcome::RefusedByUs)], Some("too_many_wrong_codes"))
    );
    assert!(release.relays[0].until.unwrap() > release.asked_at);
    let rows = house.settled(12).await;
    assert_eq!(rows.iter().filter(|(action, _)| action == "door_locked_out").count(), 1);
    assert_eq!(house.sim.pulses().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_played_again_opens_nothing_and_says_why() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    let at = |age_ms: i64| ReleaseId::new(switchboard::clock::now_ms() - age_ms, 0x5eed).to_string();
    let cause = async |desk: &Desk, id: &str| {
        let release = desk.open("gate", &json!({ "id": id, "relays": [1] })).await;
        (release.relays[0].outcome.unwrap(), release.relays[0].cause.clone().unwrap_or_default())
    };
    let refused = |why: &str| (ReleaseOutcome::RefusedByUs, why.to_owned());
    assert_eq!(cause(&desk, &at(5_100)).await, refused("expired"));
    assert_eq!(cause(&desk, &at(-60_000)).await, refused("not_yet_valid"));
    // Used once; the same again, by the same person, is the same answer and no second pulse.
    let used = id();
    let first = desk.open("gate", &json!({ "id": used, "relays": [1] })).await;
    let other_relay = desk.open("gate", &json!({ "id": used, "relays": [2] })).await;
    assert_eq!((outcomes(&first), &other_relay), (vec![(1, ReleaseOutcome::Opened)], &first), "an id is one wish");
    assert_eq!(cause(&house.desk("agent1").await, &used).await, refused("not_yours"));
    // The cookie of before, after the end of the shift.
    let kept = desk.http.clone();
    let out = desk.http.delete(format!("{}/api/session", desk.base)).header("origin", &desk.base).send().await.unwrap();
    assert!(out.status().is_success());
    let late = Desk { http: kept, base: desk.base.clone() };
    assert_eq!(late.status("gate", &json!({ "id": id(), "relays": [2] })).await, 401);
    assert_eq!(house.sim.pulses().await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_ends_with_the_first_relay_that_opened_and_waits_for_no_other() {
    let station = listen(|mut stream, request| async move {
        // Relay 2 says nothing.
        if request.contains(CODES[0]) {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        } else {
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
    })
    .await;
    let mut tenants = Vec::new();
    let house = House::start_with(|config| {
        let gate = &mut config.tenants[0].doors[0].entrances[0];
        gate.station.sip_user = Some("rings".into());
        gate.station.recipe = Recipe::Ipac(ipac(station, Login::Basic { user: "toto".into(), password: Secret::new(PASSWORD) }));
        tenants.clone_from(&config.tenants);
    })
    .await;
    house.desk("concierge").await;
    // Doors whose reports are heard here.
    let services = house.server.services();
    let floor = Floor::new();
    let mut heard = floor.take().unwrap();
    let doors = Doors::new(&tenants, services.directory.clone(), services.store.clone(), services.metrics.clone(), floor);
    let tenant = services.directory.tenants()[0].id.clone();
    let concierge = services.directory.person(&tenant, "concierge").unwrap();
    let now = switchboard::clock::now_ms();
    let session =
        services.store.sessions(&tenant, now, None, 10).await.unwrap().into_iter().find(|row| row.person == concierge.id).unwrap();
    let request =
        Request { id: id(), entrance: "gate".into(), relays: vec![1, 2], code: None, call: None, reason: String::new(), kind: Kind::Open };
    let began = Instant::now();
    let released = tokio::spawn(async move { doors.release(&concierge, &session.digest, session.expires_at, request).await });
    let said = tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.expect("somebody got in").unwrap();
    assert!(
        matches!(&said, FloorEvent::Opened { station, by, .. } if (station.as_str(), by.as_str()) == ("rings", "concierge")),
        "{said:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let (report, _) = released.await.unwrap();
    assert!(report.relays.iter().all(|relay| relay.verdict.is_some()) && began.elapsed() > Duration::from_secs(3), "{report:?}");
    assert!(heard.try_recv().is_err(), "a ring ends once");
}
