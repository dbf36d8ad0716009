//! The table of rights, cell by cell: what each role reaches is measured on the running server and compared with what is written here.

use crate::sip_accounts::register;
use crate::support::{Client, Desk, Feed};
use crate::turned_away::call_as;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use switchboard::config::{Config, Person as Account, SiteDoors};
use switchboard::doors::address::{Reach as Network, StationUrl};
use switchboard::doors::model::{Code, Endpoint, Entrance, Login, Relay, Station, Trust};
use switchboard::doors::pictures::{PictureKind, PictureSource};
use switchboard::doors::recipe::{Ipac, Recipe};
use switchboard::ids::TenantId;
use switchboard::queue::QueueView;
use switchboard::queue::io::Name;
use switchboard::reports::AgentState;
use switchboard::rights::{Act, Line, ROLES, Reach};
use switchboard::services::Services;
use switchboard::store::{ContactData, ContactEvent, ContactKind, LogEntry, Snapshot, WorkData};
use switchboard::walls::Link;
use tokio_tungstenite::tungstenite::Message;
use wire::{
    AccessPage, AgentStatus, Alarm, AuditPage, AuditProof, CallItem, CallQueue, CallState, Change, Choice, ClientFrame, Direction,
    DoorList, Hold, Kept, LockoutList, Me, Measured, Membership, Order, OrderResult, Peer, Phone, PhoneFault, PictureNotice,
    PictureRequest, PictureTrouble, QueueFigures, QueueForm, ReasonsPage, Release, Report, ReportCalls, Role, Secret, ServerFrame,
    SessionList, Steer, SuperviseMode, Told, ToldWhat, Unready,
};

/// What is promised: per act one letter per role (agent, concierge, supervisor, viewer, administrator): `o`wn, `s`ites, `t`enant, or
/// `-`. `*` is whoever reaches the server, `#` a screen with a link. A new act has to be written here too.
const PROMISED: [(Act, &str); 83] = [
    (Act::ShowSession, "*"),
    (Act::SignIn, "*"),
    (Act::SignOut, "ooooo"),
    (Act::PasswordChange, "ooooo"),
    (Act::SessionList, "oooos"),
    (Act::SessionEnd, "oooos"),
    (Act::SessionsEnd, "oooos"),
    (Act::LockoutList, "----s"),
    (Act::LockoutLift, "----s"),
    (Act::AuditLog, "----s"),
    (Act::AuditProof, "----t"),
    (Act::DeskProfile, "ooooo"),
    (Act::Ticket, "ooooo"),
    (Act::History, "ooooo"),
    (Act::Figures, "ooooo"),
    (Act::VisitorLook, "*"),
    (Act::VisitorCall, "*"),
    (Act::AccessLog, "ossos"),
    (Act::AccessFile, "ossos"),
    (Act::WallList, "--s-s"),
    (Act::WallMake, "--s-s"),
    (Act::WallRevoke, "--s-s"),
    (Act::WallLook, "#"),
    (Act::WallOpen, "#"),
    (Act::WallTicket, "#"),
    (Act::DoorList, "sssss"),
    (Act::DoorRelease, "sssss"),
    (Act::DoorPlayed, "oo--o"),
    (Act::Snapshot, "sssss"),
    (Act::AdminPeople, "----s"),
    (Act::AdminPersonAdd, "----s"),
    (Act::AdminPersonChange, "----s"),
    (Act::AdminPersonRemove, "----s"),
    (Act::AdminPersonPassword, "----s"),
    (Act::AdminQueues, "----s"),
    (Act::AdminQueueAdd, "----s"),
    (Act::AdminQueueChange, "----s"),
    (Act::AdminQueueRemove, "----s"),
    (Act::AdminReasons, "----s"),
    (Act::AdminReasonAdd, "----s"),
    (Act::AdminReasonChange, "----s"),
    (Act::AdminReasonRemove, "----s"),
    (Act::ReportQueues, "--sss"),
    (Act::ReportSites, "--sss"),
    (Act::ReportAgents, "oosss"),
    (Act::ReportReasons, "oosss"),
    (Act::ReportDispositions, "--sss"),
    (Act::ReportCalls, "oosss"),
    (Act::CallTimeline, "--sss"),
    (Act::QueueCallers, "--sss"),
    (Act::DoorOpen, "ss---"),
    (Act::DoorTest, "----s"),
    (Act::SnapshotSee, "-ss-s"),
    (Act::DoorPicture, "sssss"),
    (Act::SeePeople, "ttttt"),
    (Act::SeeCalls, "ooooo"),
    (Act::SeeWork, "ooooo"),
    (Act::SeeQueues, "ooooo"),
    (Act::SeeReleases, "sssss"),
    (Act::SeeTold, "ooooo"),
    (Act::SeeFloorAgents, "--sss"),
    (Act::SeeFloorQueues, "--sss"),
    (Act::SeeFloorStaff, "#"),
    (Act::SeeFloorFigures, "--sss"),
    (Act::Ready, "ooooo"),
    (Act::Pause, "ooooo"),
    (Act::FinishWrapUp, "ooooo"),
    (Act::ExtendWrapUp, "ooooo"),
    (Act::Seen, "ooooo"),
    (Act::SayQuality, "ooooo"),
    (Act::SayPhone, "ooooo"),
    (Act::SteerReady, "--s--"),
    (Act::SteerPause, "--s--"),
    (Act::SteerEndWrapUp, "--s--"),
    (Act::SteerTakeOver, "--s--"),
    (Act::SteerSupervise, "--s--"),
    (Act::SteerMember, "--s--"),
    (Act::SteerBelong, "--s--"),
    (Act::SteerMove, "--s--"),
    (Act::SteerPrioritise, "--s--"),
    (Act::SteerAssign, "--s--"),
    (Act::SteerAcknowledge, "--s--"),
    (Act::SteerTell, "--s--"),
];
/// One person per role, all at the north site only, all in the queue `support`.
const USERS: [&str; 5] = ["agent1", "agent2", "supervisor", "concierge", "admin"];
/// Somebody of two roles and both sites.
const ROVER: &str = "rover";
/// Their roles, as columns: neither has all that the other one has.
const ROVES_AS: [usize; 2] = [1, 2];
/// Who waits at the north, in `support`, and who at the south, in `reception`: caller, queue and contact.
const CALLERS: [(&str, &str, &str); 2] =
    [("cal", "support", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ("cat", "reception", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")];

fn cells(promised: &str) -> Line {
    if promised == "*" {
        return Line::Anybody;
    }
    if promised == "#" {
        return Line::Link;
    }
    let cell = |letter| match letter {
        'o' => Reach::Own,
        's' => Reach::Sites,
        't' => Reach::Tenant,
        '-' => Reach::Nothing,
        other => panic!("{other} is no cell"),
    };
    let all: Vec<Reach> = promised.chars().map(cell).collect();
    Line::Roles(all.try_into().unwrap())
}

#[test]
fn the_table_is_what_was_promised() {
    assert_eq!(PROMISED.map(|(act, _)| act).as_slice(), Act::ALL, "an act was added: say here who may do it");
    for (act, promised) in PROMISED {
        assert_eq!(act.line(), cells(promised), "{act:?}");
    }
}

/// A door whose station does not answer: what is tried there ends at once.
pub fn door(site: &str) -> SiteDoors {
    let endpoint = |path: &str| Endpoint { url: StationUrl::parse(&format!("http://127.0.0.1:64999{path}")).unwrap(), trust: Trust::Plain };
    let reach = Network { loopback: true };
    let login = Login::Basic { user: "u".into(), password: Secret::new("p") };
    let station = Station {
        sip_user: None,
        line: None,
        recipe: Recipe::Ipac(Ipac { endpoint: endpoint(""), reach, login }),
        pictures: Some(PictureSource { kind: PictureKind::Mjpeg, endpoint: endpoint("/v"), reach, token: None, login: None }),
        relays: vec![Relay { number: 1, name: "Door".into(), code: Code::None, pulse_ms: 100 }],
    };
    SiteDoors {
        site: site.into(),
        instructions: String::new(),
        entrances: vec![Entrance { id: format!("gate-{site}"), name: "Gate".into(), station }],
        ..SiteDoors::default()
    }
}

fn house(config: &mut Config) {
    config.limits.sign_in_per_address = 100_000;
    let tenant = &mut config.tenants[0];
    let password = tenant.people[0].password.clone();
    let person = |user: &str, role, site: &str| Account {
        user: user.into(),
        name: user.into(),
        roles: vec![role],
        sites: vec![site.into()],
        skills: switchboard::queue::Levels::new(),
        password: password.clone(),
        pbx: None,
    };
    tenant.people = ROLES.iter().zip(USERS).map(|(role, user)| person(user, *role, "north")).collect();
    tenant.people.push(Account {
        roles: ROVES_AS.map(|column| ROLES[column]).into(),
        sites: vec!["north".into(), "south".into()],
        ..person(ROVER, Role::Agent, "north")
    });
    tenant.people.push(person("nora", Role::Agent, "north"));
    tenant.people.push(person("sid", Role::Agent, "south"));
    tenant.queues[0].agents = USERS.iter().chain(&[ROVER, "nora", "sid"]).map(|user| (*user).to_owned()).collect();
    tenant.people.push(person("cal", Role::Agent, "north"));
    tenant.people.push(person("cat", Role::Agent, "south"));
    for queue in &mut tenant.queues {
        (queue.max_wait_seconds, queue.overflow) = (None, None);
    }
    tenant.queues[1].agents = vec!["nora".into(), "sid".into()];
    tenant.queues[1].site = "south".into();
    tenant.doors = vec![door("north"), door("south")];
}

/// A signed-in person with an open feed.
struct Who<'a> {
    desk: &'a Desk,
    client: Client,
    feed: Feed,
    first: wire::Snapshot,
    user: &'static str,
    orders: u64,
}

impl<'a> Who<'a> {
    async fn of(desk: &'a Desk, user: &'static str) -> Self {
        let client = desk.signed_in(user).await;
        let mut feed = client.feed().await;
        let Some(ServerFrame::Snapshot(first)) = feed.next_state().await else { panic!("no snapshot") };
        Self { desk, client, feed, first, user, orders: 0 }
    }

    async fn order(&mut self, order: Order) -> OrderResult {
        self.orders += 1;
        let id = self.orders;
        self.feed.send(&ClientFrame::Order { id, order }).await;
        loop {
            match self.feed.next_state().await {
                Some(ServerFrame::Ordered { id: of, result }) if of == id => return result,
                Some(_) => {}
                None => panic!("the feed ended"),
            }
        }
    }

    async fn steers(&mut self, here: Steer, there: Steer) -> Reach {
        let mut allowed = Vec::new();
        for steer in [here, there] {
            allowed.push(self.order(Order::Steer { steer }).await != OrderResult::Forbidden);
        }
        reach(allowed[0], allowed[1])
    }

    /// Changes that come within a moment.
    async fn changes(&mut self) -> Vec<Change> {
        let mut seen = Vec::new();
        while let Ok(Some(frame)) = tokio::time::timeout(Duration::from_millis(400), self.feed.next_state()).await {
            if let ServerFrame::Delta { changes, .. } = frame {
                seen.extend(changes);
            }
        }
        seen
    }

    /// What comes of something under `/api/admin`: a status of HTTP.
    async fn admin(&self, method: Method, path: &str, body: &Value) -> u16 {
        let request = self.client.http.request(method, self.desk.url(&format!("/api/admin/{path}"))).header("origin", &self.client.base);
        request.json(body).send().await.unwrap().status().as_u16()
    }

    async fn lists(&self, what: &str, name: &str) -> bool {
        let page = self.client.get(&format!("/api/admin/{what}")).await.text().await.unwrap();
        let page: Value = serde_json::from_str(&page).unwrap();
        let rows = page[what].as_array().into_iter().flatten();
        let records = rows.map(|row| if row["kept"].is_null() { &row["record"] } else { &row["kept"]["record"] });
        records.into_iter().any(|record| record["name"] == name || record["user"] == name)
    }

    async fn adds(&self, what: &str, site: &str) -> bool {
        let name = format!("{}-{what}-{site}", self.user);
        let mut record = if what == "people" { nobody(&name) } else { line(&name, site) };
        if what == "people" {
            record["sites"] = json!([site]);
        }
        self.admin(Method::POST, what, &record).await == 200
    }

    async fn changes_as(&self, record: &Value, path: &str) -> bool {
        self.admin(Method::PUT, path, &json!({ "version": "none", "record": record })).await == 409
    }

    async fn removes(&self, path: &str) -> bool {
        self.admin(Method::DELETE, &format!("{path}?version=none"), &json!({})).await == 409
    }

    /// A reason for a pause as somebody sees who administers a site.
    async fn reason(&self, name: &str) -> Kept<Choice> {
        let page: ReasonsPage = self.desk.signed_in("admin").await.json("/api/admin/reasons").await;
        page.reasons.into_iter().find(|reason| reason.record.name == name).unwrap()
    }

    /// What comes of asking the door at a site: a status of HTTP.
    async fn release(&self, site: &str, test: bool) -> u16 {
        let body = json!({ "id": switchboard::ids::new_id(), "relays": [1], "test": test });
        self.client.post(&format!("/api/doors/gate-{site}/release"), &body).await.status().as_u16()
    }

    async fn own(&self, path: &str) -> Reach {
        if self.client.get(path).await.status() == 200 { Reach::Own } else { Reach::Nothing }
    }

    async fn posts(&self, path: &str, body: Value) -> Reach {
        if self.client.post(path, &body).await.status() == 200 { Reach::Own } else { Reach::Nothing }
    }

    /// Whose rows a report has.
    async fn reported(&self, kind: &str, names: [&str; 2]) -> Reach {
        let answer = self.client.get(&format!("/api/reports/{kind}?{}", reported())).await;
        if answer.status() == 403 {
            return Reach::Nothing;
        }
        let rows = answer.json::<Report>().await.unwrap().rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
        self.named(&rows, names)
    }

    fn named(&self, rows: &[String], names: [&str; 2]) -> Reach {
        let sees = |name: &str| rows.iter().any(|row| row == name);
        match reach(sees(names[0]), sees(names[1])) {
            Reach::Nothing => Who::own_if(sees(self.user) || sees(&format!("of-{}", self.user))),
            wider => wider,
        }
    }

    async fn deletes(&self, path: &str) -> bool {
        let request = self.client.http.delete(self.desk.url(path)).header("origin", &self.client.base);
        request.send().await.unwrap().status() == 200
    }

    fn own_if(allowed: bool) -> Reach {
        if allowed { Reach::Own } else { Reach::Nothing }
    }
}

fn reach(here: bool, there: bool) -> Reach {
    match (here, there) {
        (false, _) => Reach::Nothing,
        (true, false) => Reach::Sites,
        (true, true) => Reach::Tenant,
    }
}

/// Wrong passwords until none is looked at.
async fn lock_out(desk: &Desk, user: &str) {
    let client = desk.client();
    while client.sign_in(user, "wrong").await.status() == 401 {}
}

/// How far somebody comes who was let do it to themselves, here, and there.
fn ended(done: &[bool]) -> Reach {
    match reach(done[1], done[2]) {
        Reach::Nothing => Who::own_if(done[0]),
        wider => wider,
    }
}

/// How far `who` comes with an act, as the server lets them.
async fn measured(who: &mut Who<'_>, act: Act) -> Reach {
    let services = who.desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let (here, there) = ("nora".to_owned(), "sid".to_owned());
    let call = || "no-such-call".to_owned();
    match act {
        Act::ShowSession | Act::SignIn | Act::VisitorLook | Act::VisitorCall => panic!("has no roles"),
        Act::WallLook | Act::WallOpen | Act::WallTicket | Act::SeeFloorStaff => panic!("is a screen's"),
        Act::WallList => {
            for queue in ["support", "reception"] {
                put_link(who, queue).await;
            }
            let answer = who.client.get("/api/walls").await;
            let list: wire::WallList = if answer.status() == 200 { answer.json().await.unwrap() } else { wire::WallList::default() };
            let sees = |name: &str| list.links.iter().any(|link| link.name == name);
            reach(sees("support"), sees("reception"))
        }
        Act::WallMake => {
            let mut made = Vec::new();
            for queue in ["support", "reception"] {
                let wish = json!({ "name": "made", "queues": [queue], "days": 1 });
                made.push(who.client.post("/api/walls", &wish).await.status() == 200);
            }
            reach(made[0], made[1])
        }
        Act::WallRevoke => {
            let mut ended = Vec::new();
            for queue in ["support", "reception"] {
                let path = format!("/api/walls/{}", put_link(who, queue).await);
                let request = who.client.http.delete(who.desk.url(&path)).header("origin", &who.client.base);
                ended.push(request.send().await.unwrap().status() == 200);
            }
            reach(ended[0], ended[1])
        }
        Act::SignOut => {
            let other = who.desk.signed_in(who.user).await;
            let done = other.http.delete(who.desk.url("/api/session")).header("origin", &other.base).send().await.unwrap();
            Who::own_if(done.status() == 204)
        }
        Act::PasswordChange => {
            // The present password is another one: what is refused is that, and not the asking.
            let body = json!({ "present": "none of theirs", "new": "another password" });
            let answer = who.client.post("/api/session/password", &body).await;
            let words = answer.text().await.unwrap();
            Who::own_if(words.contains("the present password is another one"))
        }
        Act::SessionList => {
            let [_nora, _sid] = [who.desk.signed_in("nora").await, who.desk.signed_in("sid").await];
            let list: SessionList = who.client.json("/api/sessions").await;
            let sees = |user: &str| list.sessions.iter().any(|session| session.person.user == user);
            match reach(sees("nora"), sees("sid")) {
                Reach::Nothing => Who::own_if(sees(who.user)),
                wider => wider,
            }
        }
        Act::SessionEnd => {
            let mut done = Vec::new();
            for user in [who.user, "nora", "sid"] {
                let _other = who.desk.signed_in(user).await;
                let person = services.directory.person(&tenant, user).unwrap();
                let rows = services.store.sessions_of(&tenant, &person.id, 0).await.unwrap();
                let newest = rows.into_iter().max_by_key(|row| row.created_at).unwrap();
                done.push(who.deletes(&format!("/api/sessions/{}", newest.id)).await);
            }
            ended(&done)
        }
        Act::SessionsEnd => {
            let mut done = Vec::new();
            for user in [who.user, "nora", "sid"] {
                let person = services.directory.person(&tenant, user).unwrap();
                done.push(who.deletes(&format!("/api/sessions?person={}", person.id)).await);
            }
            ended(&done)
        }
        Act::LockoutList => {
            for user in ["nora", "sid"] {
                lock_out(who.desk, user).await;
            }
            let list = who.client.get("/api/lockouts").await;
            let list = list.json::<LockoutList>().await.map(|list| list.lockouts).unwrap_or_default();
            let sees = |user: &str| list.iter().any(|lockout| lockout.people.iter().any(|person| person.user == user));
            reach(sees("nora"), sees("sid"))
        }
        Act::AuditLog => {
            for user in ["nora", "sid"] {
                let entry = LogEntry::new(Some(tenant.clone()), "password", "set").personal("user", user).detail("tried", user);
                services.store.log(&entry).await.unwrap();
            }
            let page = who.client.get("/api/audit").await.json::<AuditPage>().await.map(|page| page.rows).unwrap_or_default();
            let sees = |user: &str| page.iter().any(|row| row.facts.iter().any(|fact| fact.value == user));
            reach(sees("nora"), sees("sid"))
        }
        Act::AuditProof => {
            let proof = who.client.get("/api/audit/proof").await.json::<AuditProof>().await;
            let proven = proof.is_ok_and(|proof| proof.fault.is_none() && proof.rows > 0);
            reach(proven, proven)
        }
        Act::LockoutLift => {
            let mut done = Vec::new();
            for user in ["nora", "sid"] {
                lock_out(who.desk, user).await;
                let person = services.directory.person(&tenant, user).unwrap();
                let locked = services.gate.locked(switchboard::clock::now_ms());
                let id = &locked.iter().find(|locked| locked.people.contains(&person.id)).unwrap().id;
                let request = who.client.http.delete(who.desk.url(&format!("/api/lockouts/{id}"))).header("origin", &who.client.base);
                done.push(request.send().await.unwrap().status() == 204);
                // Others sign in as them.
                services.gate.lift(id);
            }
            reach(done[0], done[1])
        }
        Act::DeskProfile => who.posts("/api/desk", json!({})).await,
        Act::Ticket => who.posts("/api/ticket", json!({ "purpose": "feed" })).await,
        Act::History => who.own("/api/history").await,
        Act::Figures => who.own("/api/figures").await,
        Act::AccessLog => {
            let page: AccessPage = who.client.json("/api/access?limit=200").await;
            let sees = |id: String| page.rows.iter().any(|row| row.release.id == id);
            match reach(sees("of-north".into()), sees("of-south".into())) {
                Reach::Nothing => Who::own_if(sees(format!("of-{}", who.user))),
                wider => wider,
            }
        }
        Act::AccessFile => {
            let file = who.client.get("/api/access.csv").await.text().await.unwrap();
            match reach(file.contains("note-of-north"), file.contains("note-of-south")) {
                Reach::Nothing => Who::own_if(file.contains(&format!("note-of-{}", who.user))),
                wider => wider,
            }
        }
        Act::DoorList => {
            let list: DoorList = who.client.json("/api/doors").await;
            let told = who.client.json::<Option<Me>>("/api/session").await.is_some_and(|me| me.doors);
            assert_eq!(told, !list.sites.is_empty(), "{}: the session says whether there are doors", who.user);
            let sees = |site: &str| list.sites.iter().any(|known| known.id == site);
            reach(sees("north"), sees("south"))
        }
        // Asking is answered by the door's own rights, and at another site it is not allowed to anybody.
        Act::DoorRelease => reach(who.release("nowhere", false).await == 404, who.release("south", false).await != 403),
        Act::DoorPlayed => {
            let body = json!({ "id": switchboard::ids::new_id(), "relay": 1, "sent": true });
            Who::own_if(who.client.post("/api/doors/gate-north/played", &body).await.status() == 404)
        }
        Act::AdminPeople => reach(who.lists("people", "nora").await, who.lists("people", "sid").await),
        Act::AdminQueues => reach(who.lists("queues", "support").await, who.lists("queues", "reception").await),
        // What belongs to all sites is shown to whoever administers one, and not as theirs.
        Act::AdminReasons => {
            let page = who.client.get("/api/admin/reasons").await.json::<ReasonsPage>().await;
            let theirs = page.is_ok_and(|page| page.place.everywhere || page.reasons.iter().any(|reason| reason.hold != Hold::Nothing));
            reach(who.lists("reasons", "lunch").await, theirs)
        }
        Act::AdminPersonAdd => reach(who.adds("people", "north").await, who.adds("people", "south").await),
        Act::AdminQueueAdd => reach(who.adds("queues", "north").await, who.adds("queues", "south").await),
        // One without a name: what is wrong with it is told to nobody else. One that there can be would be one of the other site too.
        Act::AdminReasonAdd => reach(
            who.admin(Method::POST, "reasons", &json!({ "name": "", "label": "" })).await == 422,
            who.admin(Method::POST, "reasons", &json!({ "name": format!("of-{}", who.user), "label": "Of theirs" })).await == 200,
        ),
        // A version that never was: whoever may change it is told so.
        Act::AdminPersonChange => {
            reach(who.changes_as(&nobody("nora"), "people/nora").await, who.changes_as(&nobody("sid"), "people/sid").await)
        }
        Act::AdminPersonRemove => reach(who.removes("people/nora").await, who.removes("people/sid").await),
        Act::AdminPersonPassword => {
            let made = async |user: &str| who.admin(Method::POST, &format!("people/{user}/password"), &json!({})).await == 200;
            reach(made("nora").await, made("sid").await)
        }
        Act::AdminQueueChange => reach(
            who.changes_as(&line("support", ""), "queues/support").await,
            who.changes_as(&line("reception", ""), "queues/reception").await,
        ),
        Act::AdminQueueRemove => reach(who.removes("queues/support").await, who.removes("queues/reception").await),
        Act::AdminReasonChange => {
            let label = json!({ "name": "lunch", "label": format!("Lunch of {}", who.user) });
            let edit = json!({ "version": who.reason("lunch").await.version, "record": label });
            let asked = who.changes_as(&label, "reasons/lunch").await;
            reach(asked, who.admin(Method::PUT, "reasons/lunch", &edit).await == 200)
        }
        Act::AdminReasonRemove => {
            let path = format!("reasons/break?version={}", who.reason("break").await.version);
            reach(who.removes("reasons/break").await, who.admin(Method::DELETE, &path, &json!({})).await == 200)
        }
        // Asking is answered by the picture's own right, for everybody alike, and of another site's nobody learns that it is there.
        Act::Snapshot => {
            let asked = async |id: &str| {
                let answer = who.client.get(&format!("/api/snapshots/{id}")).await;
                (answer.status().as_u16(), answer.text().await.unwrap())
            };
            let there = services.store.keep_snapshot(&tenant, &snapshot("south"), b"jpeg").await.unwrap();
            let nothing = asked("none").await;
            reach(nothing.0 == 404, asked(&there).await != nothing)
        }
        Act::SnapshotSee => {
            let mut seen = Vec::new();
            for site in ["north", "south"] {
                let id = services.store.keep_snapshot(&tenant, &snapshot(site), b"jpeg").await.unwrap();
                seen.push(who.client.get(&format!("/api/snapshots/{id}")).await.status() == 200);
            }
            reach(seen[0], seen[1])
        }
        Act::ReportQueues => who.reported("queues", ["support", "reception"]).await,
        Act::ReportSites => who.reported("sites", ["north", "south"]).await,
        Act::ReportAgents => who.reported("agents", ["nora", "sid"]).await,
        Act::ReportReasons => who.reported("reasons", ["of-nora", "of-sid"]).await,
        Act::ReportDispositions => who.reported("dispositions", ["of-nora", "of-sid"]).await,
        Act::ReportCalls => {
            let page: ReportCalls = who.client.json(&format!("/api/reports/calls?{}&limit=200", reported())).await;
            let names: Vec<_> = page.rows.into_iter().map(|call| call.contact).collect();
            who.named(&names, ["of-nora", "of-sid"])
        }
        Act::CallTimeline => {
            let mut seen = Vec::new();
            for user in ["nora", "sid"] {
                seen.push(who.client.get(&format!("/api/calls/of-{user}")).await.status() == 200);
            }
            reach(seen[0], seen[1])
        }
        Act::QueueCallers => {
            let mut seen = Vec::new();
            for (_, queue, contact) in CALLERS {
                let answer = who.client.get(&format!("/api/queues/{queue}/callers")).await;
                let callers = answer.json::<wire::Callers>().await.map(|part| part.callers).unwrap_or_default();
                seen.push(callers.iter().any(|caller| caller.contact == contact));
            }
            reach(seen[0], seen[1])
        }
        Act::DoorOpen => reach(who.release("north", false).await == 200, who.release("south", false).await == 200),
        Act::DoorTest => reach(who.release("north", true).await == 200, who.release("south", true).await == 200),
        Act::DoorPicture => reach(pictures(who, "gate-north").await, pictures(who, "gate-south").await),
        Act::SeePeople => {
            let sees = |user: &str| who.first.people.iter().any(|person| person.user == user);
            reach(sees("nora"), sees("sid"))
        }
        Act::SeeCalls => {
            for user in [who.user, "nora"] {
                services.hub.call_changed(&tenant, user, call_of(user));
            }
            let contacts: Vec<_> = who
                .changes()
                .await
                .into_iter()
                .filter_map(|change| if let Change::Call { call } = change { Some(call.contact) } else { None })
                .collect();
            assert!(contacts.iter().all(|contact| contact == who.user), "a call of somebody else: {contacts:?}");
            Who::own_if(!contacts.is_empty())
        }
        Act::SeeWork => Who::own_if(who.first.agent.is_some()),
        Act::SeeQueues => {
            assert!(who.first.queues.iter().all(|queue| queue.name == "support"), "a queue of others");
            Who::own_if(!who.first.queues.is_empty())
        }
        Act::SeeReleases => {
            for site in ["north", "south"] {
                services.hub.release(&tenant, release(&format!("shown-at-{site}"), site), switchboard::clock::now_ms());
            }
            let changes = who.changes().await;
            let sees = |site: &str| changes.iter().any(|change| matches!(change, Change::Release { release } if release.site == site));
            reach(sees("north"), sees("south"))
        }
        Act::SeeTold => {
            for user in [who.user, "nora"] {
                let what = ToldWhat::Message { text: user.to_owned() };
                services.hub.tell(&tenant, user, Told { id: 0, at: 0, by: "b".into(), what });
            }
            let told: Vec<_> = who
                .changes()
                .await
                .into_iter()
                .filter_map(|change| if let Change::Told { told } = change { Some(told.what) } else { None })
                .collect();
            assert!(told.iter().all(|what| *what == ToldWhat::Message { text: who.user.to_owned() }), "told to somebody else: {told:?}");
            Who::own_if(!told.is_empty())
        }
        Act::SeeFloorAgents => {
            let sees = |user: &str| who.first.floor.as_ref().is_some_and(|floor| floor.agents.iter().any(|agent| agent.user == user));
            let at_first = reach(sees("nora"), sees("sid"));
            for user in ["nora", "sid"] {
                services.hub.agent(&tenant, user, offline(), vec![Membership { queue: "support".into(), on: true }]);
            }
            let changes = who.changes().await;
            let sees = |user: &str| changes.iter().any(|c| matches!(c, Change::FloorAgent { agent } if agent.user == user));
            let later = reach(sees("nora"), sees("sid"));
            assert_eq!(at_first, later, "{}: in the snapshot and as they change", who.user);
            later
        }
        Act::SeeFloorQueues => {
            let sees = |name: &str| who.first.floor.as_ref().is_some_and(|floor| floor.queues.iter().any(|of| of.queue.name == name));
            let at_first = reach(sees("support"), sees("reception"));
            for name in ["support", "reception"] {
                services.hub.queue(&tenant, &empty(&tenant, name));
            }
            let changes = who.changes().await;
            let sees = |name: &str| changes.iter().any(|c| matches!(c, Change::FloorQueue { queue } if queue.queue.name == name));
            let later = reach(sees("support"), sees("reception"));
            assert_eq!(at_first, later, "{}: in the snapshot and as they change", who.user);
            later
        }
        Act::SeeFloorFigures => {
            for queue in ["support", "reception"] {
                let since = switchboard::clock::now_ms() + i64::from(who.orders == 0);
                services.hub.figures(&tenant, QueueFigures { queue: queue.into(), since, intervals: Vec::new() });
            }
            let changes = who.changes().await;
            let sees = |name: &str| changes.iter().any(|c| matches!(c, Change::FloorFigures { figures } if figures.queue == name));
            reach(sees("support"), sees("reception"))
        }
        Act::Ready => Who::own_if(who.order(Order::Ready).await == OrderResult::Done),
        Act::Pause => Who::own_if(who.order(Order::Pause { reason: None }).await == OrderResult::Done),
        Act::FinishWrapUp => {
            let order = Order::FinishWrapUp { contact: call(), disposition: None, note: String::new() };
            Who::own_if(who.order(order).await == OrderResult::TooLate)
        }
        Act::ExtendWrapUp => Who::own_if(who.order(Order::ExtendWrapUp { contact: call() }).await == OrderResult::TooLate),
        Act::Seen => Who::own_if(who.order(Order::Seen { told: 1 }).await == OrderResult::Done),
        Act::SayQuality => {
            for (user, contact) in [(who.user, "said-of-own"), ("nora", "said-of-nora")] {
                let call = CallItem { state: CallState::Connected, started_at: 0, answered_at: Some(2), ..call_of(contact) };
                services.hub.call_changed(&tenant, user, call);
                who.feed.send(&ClientFrame::Quality { contact: contact.into(), measured: Measured::default() }).await;
            }
            // Whatever was sent before an order is taken before it.
            assert_eq!(who.order(Order::Seen { told: 0 }).await, OrderResult::Done);
            let floor = Who::of(who.desk, "supervisor").await.first.floor.unwrap();
            let heard = |user: &str| floor.agents.iter().any(|agent| agent.user == user && agent.quality.is_some());
            match reach(heard("nora"), true) {
                Reach::Nothing => Who::own_if(heard(who.user)),
                wider => wider,
            }
        }
        Act::SayPhone => {
            let phone = Some(Phone { fault: Some(PhoneFault::NoMicrophone) });
            who.feed.send(&ClientFrame::Phone { phone }).await;
            let sip = crate::sip_accounts::profile(&who.client).await.sip;
            let (status, _phone) = register(&who.client.base, who.user, &sip.auth_user, &sip.auth_password).await;
            assert_eq!(status, 200);
            assert_eq!(who.order(Order::Ready).await, OrderResult::Done);
            let unfit = loop {
                let agents = Who::of(who.desk, "supervisor").await.first.floor.unwrap().agents;
                let unfit =
                    |user: &str| agents.iter().any(|agent| agent.user == user && agent.status.unready == Some(Unready::NoMicrophone));
                if agents.iter().any(|agent| agent.user == who.user && agent.status.state != wire::AgentState::Offline) {
                    break (unfit(who.user), unfit("nora"));
                }
            };
            assert_eq!(who.order(Order::Pause { reason: None }).await, OrderResult::Done);
            match reach(unfit.1, true) {
                Reach::Nothing => Who::own_if(unfit.0),
                wider => wider,
            }
        }
        Act::SteerReady => who.steers(Steer::Ready { user: here }, Steer::Ready { user: there }).await,
        Act::SteerPause => who.steers(Steer::Pause { user: here, reason: None }, Steer::Pause { user: there, reason: None }).await,
        Act::SteerEndWrapUp => {
            who.steers(Steer::EndWrapUp { user: here, contact: call() }, Steer::EndWrapUp { user: there, contact: call() }).await
        }
        Act::SteerTakeOver => {
            who.steers(Steer::TakeOver { user: here, contact: call() }, Steer::TakeOver { user: there, contact: call() }).await
        }
        Act::SteerSupervise => {
            let into = |user| Steer::Supervise { user, contact: call(), mode: SuperviseMode::Listen };
            who.steers(into(here), into(there)).await
        }
        Act::SteerMember => {
            let of = |user, queue: &str| Steer::Member { user, queue: queue.into(), on: true };
            let elsewhere = who.order(Order::Steer { steer: of(here.clone(), "reception") }).await;
            assert_eq!(elsewhere == OrderResult::Forbidden, who.user != ROVER, "a queue of another site");
            who.steers(of(here, "support"), of(there, "support")).await
        }
        Act::SteerBelong => {
            let of = |user, queue: &str| Steer::Belong { user, queue: queue.into(), on: true };
            let elsewhere = who.order(Order::Steer { steer: of(here.clone(), "reception") }).await;
            assert_eq!(elsewhere == OrderResult::Forbidden, who.user != ROVER, "a queue of another site");
            who.steers(of(here, "support"), of(there, "support")).await
        }
        Act::SteerMove => {
            let [_, (_, _, waits_there)] = CALLERS;
            let taken = who.order(Order::Steer { steer: Steer::Move { contact: waits_there.into(), queue: "support".into() } }).await;
            assert_eq!(taken == OrderResult::Done, who.user == ROVER, "{}: a caller of another site, into a queue of one's own", who.user);
            let to = |queue: &str| Steer::Move { contact: call(), queue: queue.into() };
            who.steers(to("support"), to("reception")).await
        }
        // Whose caller it is, is found in the exchange: one of another site is as good as gone.
        Act::SteerPrioritise => {
            let mut done = Vec::new();
            for (_, _, contact) in CALLERS {
                let steer = Steer::Prioritise { contact: contact.into(), priority: 1 };
                done.push(who.order(Order::Steer { steer }).await == OrderResult::Done);
            }
            reach(done[0], done[1])
        }
        Act::SteerAssign => who.steers(Steer::Assign { contact: call(), user: here }, Steer::Assign { contact: call(), user: there }).await,
        Act::SteerAcknowledge => {
            let of = |queue: &str| Steer::Acknowledge { queue: queue.into(), alarm: Alarm::Nobody };
            who.steers(of("support"), of("reception")).await
        }
        Act::SteerTell => {
            let to = |user| Steer::Tell { user: Some(user), text: "hello".into() };
            who.steers(to(here), to(there)).await
        }
    }
}

/// Today, wherever one is.
fn reported() -> String {
    let day = switchboard::clock::now_ms() / 86_400_000;
    format!("from={}&to={}", switchboard::reports::date_of(day - 1), switchboard::reports::date_of(day + 1))
}

/// Everybody has a call and a pause: `nora` and `sid` for the queues of their sites, the others for nobody.
async fn report_day(services: &Services, tenant: &TenantId) {
    let at = switchboard::clock::now_ms();
    let queues = [("nora", Some("support")), ("sid", Some("reception"))];
    let own = USERS.iter().chain(&[ROVER]).map(|user| (*user, None));
    let (mut events, mut states) = (Vec::new(), Vec::new());
    for (user, queue) in queues.into_iter().chain(own) {
        let event = |at, kind, work| ContactEvent {
            tenant: tenant.clone(),
            contact: format!("of-{user}"),
            at,
            kind,
            from_user: String::new(),
            to_user: user.into(),
            data: ContactData {
                queue: queue.map(|name| CallQueue { name: name.into(), label: name.into(), since: at }),
                work,
                ..ContactData::default()
            },
        };
        let work = WorkData { ms: 1, disposition: Some(format!("of-{user}")), note: String::new() };
        events.extend([event(at, ContactKind::Answered, None), event(at + 1, ContactKind::Ended, None)]);
        events.push(event(at + 2, ContactKind::WrappedUp, Some(work)));
        for (at, state, reason) in [(at, "paused", format!("of-{user}")), (at + 1_000, "offline", String::new())] {
            states.push(AgentState { tenant: tenant.clone(), user: user.into(), at, state: state.into(), reason });
        }
    }
    services.store.append_contact_events(&events).await.unwrap();
    services.store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &states).await.unwrap();
}

#[tokio::test]
async fn every_cell_is_as_declared() {
    let desk = Desk::start_with(house).await;
    let services = desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    report_day(services, &tenant).await;
    let mut waiting = Vec::new();
    for (user, queue, contact) in CALLERS {
        let (status, phone) = call_as(&desk.server.url(), user, queue, Some(contact), &[182, 480, 486]).await;
        assert_eq!(status, 182, "{user} waits");
        waiting.push(phone);
    }
    let rows =
        USERS.iter().chain(&[ROVER]).map(|user| (*user, "north", *user)).chain([("north", "north", "nora"), ("south", "south", "sid")]);
    for (id, site, user) in rows {
        let person = services.directory.person(&tenant, user).unwrap();
        let row = LogEntry::new(Some(tenant.clone()), "door_release", "opened")
            .detail("release", format!("of-{id}"))
            .detail("site", site)
            .detail("door", format!("gate-{site}"))
            .detail("kind", "open")
            .detail("relays", "1=opened")
            .detail("asked", "1")
            .personal("reason", format!("note-of-{id}"))
            .personal("person", person.id.to_string())
            .personal("name", user);
        services.store.log(&row).await.unwrap();
    }
    let mut wrong = Vec::new();
    let mut all: Vec<_> = USERS.into_iter().enumerate().map(|(column, user)| (user, vec![column])).collect();
    // The administrator comes last: nobody signs in any more as those whose password they have made anew.
    all.insert(USERS.len() - 1, (ROVER, ROVES_AS.to_vec()));
    for (user, columns) in all {
        let mut who = Who::of(&desk, user).await;
        for act in Act::ALL {
            if let Line::Roles(cells) = act.line() {
                // Roles are not bound to sites one by one: of several the widest counts for each act, at all sites of the person.
                let widest = columns.iter().map(|column| cells[*column]).max().unwrap();
                let declared = if user == ROVER && widest == Reach::Sites { Reach::Tenant } else { widest };
                let found = measured(&mut who, *act).await;
                if found != declared {
                    wrong.push(format!("{user} × {act:?}: declared {declared:?}, found {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn without_a_session_only_what_anybody_may_do_is_done() {
    let desk = Desk::start_with(house).await;
    for act in Act::ALL {
        let Some((method, path)) = act.route() else { continue };
        let path = path.replace("{entrance}", "gate-north").replace("{id}", "none").replace("{*queue}", "support");
        let path = path.replace("{user}", "nora").replace("{name}", "support");
        let client = desk.client();
        let body = json!({ "user": "agent1", "password": "portico", "purpose": "feed", "id": "x", "relays": [1], "token": "x" });
        let request = client.http.request(method.clone(), desk.url(&format!("/api{path}"))).header("origin", &client.base);
        let request = if method == Method::GET { request } else { request.json(&body) };
        let status = request.send().await.unwrap().status();
        match act.line() {
            Line::Anybody => assert_eq!(status, 200, "{act:?}"),
            Line::Link | Line::Roles(_) => assert_eq!(status, 401, "{act:?}"),
        }
    }
}

fn nobody(user: &str) -> Value {
    json!({ "user": user, "display_name": user, "roles": ["agent"], "sites": ["north"] })
}

fn line(name: &str, site: &str) -> Value {
    let form = QueueForm {
        name: name.into(),
        label: name.into(),
        site: site.into(),
        strategy: "longest-idle".into(),
        ring_seconds: 20,
        max_waiting: 10,
        target_seconds: 20,
        target_percent: 80,
        alarm_seconds: 60,
        ..QueueForm::default()
    };
    serde_json::to_value(form).unwrap()
}

/// A link to one queue that somebody of another role has made; gives its id.
async fn put_link(who: &Who<'_>, queue: &str) -> String {
    let services = who.desk.server.services();
    let tenant = services.directory.tenants()[0].id.clone();
    let maker = services.directory.person(&tenant, "supervisor").unwrap().id.clone();
    let now = switchboard::clock::now_ms();
    let id = switchboard::ids::new_id();
    let queues = vec![queue.to_owned()];
    let link = Link { id: id.clone(), tenant, name: queue.into(), queues, maker, expires_at: now + 60_000, used_at: None };
    services.store.put_wall_link(&id, &link, now).await.unwrap();
    id
}

/// Somebody who is not there.
fn offline() -> AgentStatus {
    AgentStatus {
        state: wire::AgentState::Offline,
        since: switchboard::clock::now_ms(),
        wants_calls: false,
        pause_reason: None,
        set_by: None,
        unready: None,
        wrap_up: None,
    }
}

/// A queue in which nobody waits.
fn empty(tenant: &TenantId, name: &str) -> QueueView {
    let queue = Name::new(tenant.as_str(), name);
    QueueView { queue, label: name.into(), waiting: 0, first: Vec::new(), longest: None, free: 0, working: 0, open: true }
}

pub fn call_of(contact: &str) -> CallItem {
    CallItem {
        contact: contact.into(),
        direction: Direction::Incoming,
        peer: Peer::default(),
        state: CallState::Ringing,
        started_at: 1,
        answered_at: None,
        queue: None,
        away: false,
    }
}

pub fn snapshot(site: &str) -> Snapshot {
    let now = switchboard::clock::now_ms();
    Snapshot {
        id: String::new(),
        site: site.into(),
        door: format!("gate-{site}"),
        contact: String::new(),
        release: String::new(),
        taken_at: now,
        erase_at: now + 60_000,
    }
}

fn release(id: &str, site: &str) -> Release {
    Release {
        id: id.into(),
        site: site.into(),
        entrance: format!("gate-{site}"),
        by: "b".into(),
        test: false,
        asked_at: switchboard::clock::now_ms(),
        done_at: None,
        relays: Vec::new(),
    }
}

/// Whether the picture of a door is looked for at all.
async fn pictures(who: &Who<'_>, door: &str) -> bool {
    pictures_of(&who.client, door).await
}

/// Whether the picture of a door is looked for at all.
pub async fn pictures_of(client: &Client, door: &str) -> bool {
    let ticket = client.post("/api/ticket", &json!({ "purpose": "pictures" })).await.json::<wire::Ticket>().await.unwrap().ticket;
    let mut socket = client.socket("/pictures", Some(&client.base)).await.unwrap();
    for request in [PictureRequest::Hello { ticket, wire: wire::VERSION }, PictureRequest::Watch { doors: vec![door.into()] }] {
        socket.send(Message::text(serde_json::to_string(&request).unwrap())).await.unwrap();
    }
    loop {
        match tokio::time::timeout(Duration::from_secs(10), socket.next()).await.unwrap() {
            Some(Ok(Message::Text(text))) => {
                if let PictureNotice::Trouble { trouble, .. } = serde_json::from_str(&text).unwrap() {
                    return trouble != PictureTrouble::NoSuchPicture;
                }
            }
            Some(Ok(_)) => {}
            other => panic!("no notice but {other:?}"),
        }
    }
}
