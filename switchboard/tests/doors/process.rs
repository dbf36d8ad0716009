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
