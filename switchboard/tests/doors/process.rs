//! The simulator as the process that the demo starts.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[tokio::test]
async fn a_station_starts_as_it_leaves_the_factory_and_serves_a_page_without_inline_script() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(["station", "--listen", "127.0.0.1:0", "--page", "127.0.0.1:0", "--name", "south"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (_, page) = line.trim().strip_prefix("ready ").unwrap().split_once(" page ").unwrap();
    let (page, http) = (page.to_owned(), reqwest::Client::new());
    let answer = http.get(&page).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = answer.text().await.unwrap();
    assert!(!html.contains(" style=") && !html.contains(" onclick") && !html.contains("<style") && html.contains("</script>"));
    assert_eq!(html.matches("<script src=\"/demo/").count(), html.matches("<script").count(), "no inline script");
    let state: serde_json::Value = http.get(format!("{page}/state")).send().await.unwrap().json().await.unwrap();
    assert_eq!((state["name"].as_str(), state["login"].as_str(), state["power"].as_bool()), (Some("south"), Some("digest"), Some(true)));
    // Another page's script cannot switch it.
    let foreign = http.post(format!("{page}/set")).header("origin", "http://evil.example").json(&serde_json::json!({"power": false}));
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The demo, whose stations are processes of their own.
struct Demo {
    child: std::process::Child,
    url: String,
    pages: Vec<(String, String)>,
}

impl Demo {
    fn start(data: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
            .args(["demo", "--port", "0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut pages = Vec::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().unwrap().unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["station", name, page] => pages.push((name.to_owned(), page.to_owned())),
                ["ready", url] => break url.to_owned(),
                _ => panic!("{line}"),
            }
        };
        Self { child, url, pages }
    }

    async fn states(&self) -> Vec<Option<serde_json::Value>> {
        let http = reqwest::Client::new();
        let mut states = Vec::new();
        for (_, page) in &self.pages {
            let answer = http.get(format!("{page}/state")).send().await;
            states.push(match answer {
                Ok(answer) => answer.json().await.ok(),
                Err(_) => None,
            });
        }
        states
    }

    /// Waits until every station is as said.
    async fn until(&self, what: &str, is: impl Fn(Option<&serde_json::Value>) -> bool) {
        for _ in 0..200 {
            if self.states().await.iter().all(|state| is(state.as_ref())) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("not all stations are {what}: {:?}", self.states().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_has_two_stations_that_register_open_and_end_with_it() {
    let data = tempfile::tempdir().unwrap();
    for hard in [false, true] {
        let mut demo = Demo::start(data.path());
        let names: Vec<&str> = demo.pages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["north", "south"]);
        demo.until("registered", |state| state.is_some_and(|s| s["phone"]["registered"] == true)).await;
        let desk = crate::service::Desk { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), base: demo.url.clone() };
        let person = serde_json::json!({ "user": "concierge", "password": switchboard::demo::PASSWORD });
        assert_eq!(desk.post("/api/session", &person).await.status(), 200);
        for door in ["north", "south"] {
            let release = desk.open(door, &serde_json::json!({ "id": crate::service::id(), "relays": [1] })).await;
            assert_eq!(release.relays[0].outcome, Some(wire::ReleaseOutcome::Opened), "{release:?}");
        }
        let pulses: Vec<_> = demo.states().await.into_iter().map(|s| s.unwrap()["relays"][0]["pulses"].clone()).collect();
        assert_eq!(pulses, [1, 1]);
        if hard {
            demo.child.kill().unwrap();
        } else {
            assert!(Command::new("kill").arg(demo.child.id().to_string()).status().unwrap().success());
        }
        demo.child.wait().unwrap();
        demo.until("gone", |state| state.is_none()).await;
    }
}
