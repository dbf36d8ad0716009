//! `/pictures` over a real socket: who gets in, what is seen, what is told.

use crate::service::{Desk, House};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wire::{FeedEnd, PictureFrame, PictureNotice, PictureRequest, PictureTrouble, Ticket, WireVersion};

const LIMIT: Duration = Duration::from_secs(10);

struct Page(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What the server sent.
#[derive(Debug)]
enum Got {
    Notice(PictureNotice),
    /// Door, number, age, length.
    Picture(String, u64, u32, usize),
    Closed,
}

async fn connect(base: &str, origin: Option<&str>) -> Result<Page, u16> {
    let mut request = format!("{}/pictures", base.replacen("http", "ws", 1)).into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(Page(socket)),
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(e) => panic!("{e}"),
    }
}

async fn ticket(desk: &Desk, purpose: &str) -> wire::Secret {
    let answer = desk.post("/api/ticket", &json!({ "purpose": purpose })).await;
    assert_eq!(answer.status(), 200);
    answer.json::<Ticket>().await.unwrap().ticket
}

impl Page {
    async fn of(desk: &Desk) -> Self {
        let mut page = connect(&desk.base, Some(&desk.base)).await.ok().unwrap();
        page.say(&PictureRequest::Hello { ticket: ticket(desk, "pictures").await, wire: wire::VERSION }).await;
        assert!(matches!(page.next().await, Got::Notice(PictureNotice::Hello { .. })));
        page
    }

    async fn say(&mut self, request: &PictureRequest) {
        self.0.send(Message::text(serde_json::to_string(request).unwrap())).await.unwrap();
    }

    async fn watch(&mut self, doors: &[&str]) {
        self.say(&PictureRequest::Watch { doors: doors.iter().map(|&door| door.to_owned()).collect() }).await;
    }

    async fn next(&mut self) -> Got {
        loop {
            match timeout(LIMIT, self.0.next()).await.expect("a frame") {
                Some(Ok(Message::Text(text))) => return Got::Notice(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Binary(bytes))) => {
                    let frame = PictureFrame::from_bytes(&bytes).unwrap();
                    assert!(frame.jpeg.starts_with(&[0xff, 0xd8, 0xff]) && frame.jpeg.ends_with(&[0xff, 0xd9]));
                    return Got::Picture(frame.door.to_owned(), frame.number, frame.age_ms, frame.jpeg.len());
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Got::Closed,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next notice; pictures before it are left out.
    async fn notice(&mut self) -> PictureNotice {
        timeout(LIMIT, async {
            loop {
                match self.next().await {
                    Got::Notice(notice) => return notice,
                    Got::Picture(..) => {}
                    Got::Closed => panic!("closed"),
                }
            }
        })
        .await
        .expect("a notice")
    }
}

fn trouble(door: &str, trouble: PictureTrouble) -> PictureNotice {
    PictureNotice::Trouble { door: door.into(), trouble }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_own_pages_with_a_ticket_for_pictures_get_in() {
    let house = House::start().await;
    let desk = house.desk("concierge").await;
    for origin in [None, Some("null"), Some("https://elsewhere.example")] {
        assert_eq!(connect(&desk.base, origin).await.err(), Some(403), "{origin:?}");
    }
    let good = ticket(&desk, "pictures").await;
    let end = |reason| PictureNotice::End { reason };
    let hello = |ticket, wire| PictureRequest::Hello { ticket, wire };
    for (first, reason) in [
        (hello(wire::Secret::new("guessed"), wire::VERSION), FeedEnd::BadTicket),
        (hello(ticket(&desk, "feed").await, wire::VERSION), FeedEnd::BadTicket),
        (hello(good.clone(), WireVersion { major: 9, minor: 0 }), FeedEnd::BadVersion),
        // A ticket is good once, also where it was of no use.
        (hello(good, wire::VERSION), FeedEnd::BadTicket),
        (PictureRequest::Watch { doors: vec!["gate".into()] }, FeedEnd::BadFrame),
    ] {
        let mut page = connect(&desk.base, Some(&desk.base)).await.ok().unwrap();
        page.say(&first).await;
        assert_eq!(page.notice().await, end(reason));
        assert!(matches!(page.next().await, Got::Closed));
    }
    assert_eq!(house.sim.state().await["streams"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_see_two_doors_move_and_each_camera_is_read_once() {
    let house = House::start().await;
    let mut pages = Vec::new();
    for user in ["concierge", "agent1"] {
        let mut page = Page::of(&house.desk(user).await).await;
        page.watch(&["gate", "wicket", "safe", "cellar"]).await;
        pages.push(page);
    }
    for page in &mut pages {
        let (mut numbers, mut without) = (BTreeMap::<String, Vec<u64>>::new(), Vec::new());
        let seen = async {
            while without.len() < 2 || numbers.len() < 2 || numbers.values().any(|numbers| numbers.len() < 4) {
                match page.next().await {
                    Got::Picture(door, number, age, length) => {
                        assert!(age < 2_000 && length > 1_000, "{door} {number} {age} {length}");
                        numbers.entry(door).or_default().push(number);
                    }
                    Got::Notice(notice) => without.push(notice),
                    Got::Closed => panic!("closed"),
                }
            }
        };
        timeout(LIMIT, seen).await.expect("moving pictures");
        assert_eq!(without, [trouble("safe", PictureTrouble::NoSuchPicture), trouble("cellar", PictureTrouble::NoSuchPicture)]);
        assert!(numbers.values().all(|numbers| numbers.is_sorted_by(|a, b| a < b)), "{numbers:?}");
    }
    // Both doors of this house show the same simulator: one stream each, for both desks together.
    assert_eq!(house.sim.state().await["streams"], 2);
    // A stall is told, and so is its end: by a picture.
    house.sim.set(json!({"camera": "stalled"})).await;
    let mut told = [pages[0].notice().await, pages[0].notice().await];
    told.sort_by_key(|notice| format!("{notice:?}"));
    assert_eq!(told, [trouble("gate", PictureTrouble::Delayed), trouble("wicket", PictureTrouble::Delayed)]);
    house.sim.set(json!({"camera": "normal"})).await;
    assert!(matches!(pages[0].next().await, Got::Picture(..)));
    // Whoever looks at one door gets no other.
    pages[0].watch(&["wicket"]).await;
    let mut last = Vec::new();
    for _ in 0..12 {
        match pages[0].next().await {
            Got::Picture(door, ..) => last.push(door),
            other => panic!("{other:?}"),
        }
    }
    assert!(last[6..].iter().all(|door| door == "wicket"), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_doors_of_other_sites_and_signing_out_ends_it() {
    let house = House::start().await;
    let stranger = house.desk("agent2").await;
    let mut page = Page::of(&stranger).await;
    page.watch(&["gate"]).await;
    assert_eq!(page.notice().await, trouble("gate", PictureTrouble::NoSuchPicture));
    assert_eq!(house.sim.state().await["streams"], 0, "the camera was not even asked");
    let desk = house.desk("concierge").await;
    let mut page = Page::of(&desk).await;
    page.watch(&["gate"]).await;
    assert!(matches!(page.next().await, Got::Picture(..)));
    let answer = desk.http.delete(format!("{}/api/session", desk.base)).header("origin", &desk.base).send().await.unwrap();
    assert!(answer.status().is_success());
    assert_eq!(page.notice().await, PictureNotice::End { reason: FeedEnd::SignedOut });
    assert!(matches!(page.next().await, Got::Closed));
}
