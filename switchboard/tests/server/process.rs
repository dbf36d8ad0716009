//! The program itself: what it prints, how it stops, what it says when it cannot start, and running out of files.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_switchboard");

/// The program; killed when it is dropped.
pub struct Running {
    child: Child,
    pub url: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        command.stderr(Stdio::null());
        Self::start_with_stderr(command)
    }

    fn start_with_stderr(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        // The demo names the pages of its stations first.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let url = lines.find_map(|line| line.strip_prefix("ready ").map(str::to_owned)).expect("a ready line");
        Self { child, url }
    }

    fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    pub fn code(&mut self, within: Duration) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < within {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The demo in this folder.
pub fn demo(data: &Path, port: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["demo", "--port", port, "--data"]).arg(data);
    command
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child =
        Command::new(PROGRAM).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_says_ready_and_stops_cleanly_on_both_signals() {
    for signal in ["-TERM", "-INT"] {
        let data = tempfile::tempdir().unwrap();
        let mut running = Running::start(demo(data.path(), "0"));
        assert!(running.get("/healthz").starts_with("HTTP/1.1 200"));
        // An idle connection does not hold up the stop.
        let _idle = TcpStream::connect(running.address()).unwrap();
        running.signal(signal);
        assert_eq!(running.code(Duration::from_secs(8)), Some(0), "{signal}");
    }
}

#[test]
fn a_port_in_use_is_one_clear_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data = tempfile::tempdir().unwrap();
    let output = demo(data.path(), &port).output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let sentence = stderr(&output);
    assert!(sentence.contains(&format!("port {port}")) && sentence.contains("in use"), "{sentence}");
    assert_eq!(sentence.trim().lines().count(), 1, "{sentence}");
}

#[test]
fn keys_and_database_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = tempfile::tempdir().unwrap();
    let _running = Running::start(demo(data.path(), "0"));
    for file in ["keys/server.key", "keys/log.key"] {
        let mode = std::fs::metadata(data.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} has mode {mode:o}");
    }
}

/// Also with the log turned up: what is secret is not in it, and names of people are in the chained log only.
#[tokio::test]
async fn no_secret_reaches_the_program_log() {
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("stderr");
    let mut command = demo(data.path(), "0");
    command.env("PORTICO_LOG", "debug").stderr(std::fs::File::create(&log).unwrap());
    let mut running = Running::start_with_stderr(command);
    let base = running.url.clone();
    let http = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let client = crate::support::Client { http, base };
    assert_eq!(client.sign_in("agent1", "hunter2-wrong").await.status(), 401);
    let answer = client.sign_in("agent1", "portico").await;
    let cookie = crate::support::header(&answer, "set-cookie").split(['=', ';']).nth(1).unwrap().to_owned();
    let profile: wire::DeskProfile = client.post("/api/desk", &serde_json::json!({})).await.json().await.unwrap();
    let ticket = client.ticket().await;
    let mut feed = client.feed_socket(Some(&client.base)).await.unwrap();
    feed.send(&wire::ClientFrame::Hello { ticket: ticket.clone(), wire: wire::VERSION, phone: None }).await;
    assert!(matches!(feed.next().await, Some(wire::ServerFrame::Hello { .. })));
    let broken = client.post("/api/session", &serde_json::json!({ "user": "x", "password": { "hunter3": 1 } })).await;
    assert_eq!(broken.status(), 400);
    running.signal("-TERM");
    assert_eq!(running.code(Duration::from_secs(8)), Some(0));
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("serving"), "the log is there");
    let server_key = std::fs::read_to_string(data.path().join("keys/server.key")).unwrap();
    let secrets = ["hunter2", "hunter3", &cookie, profile.sip.auth_password.expose(), ticket.expose(), server_key.trim()];
    for secret in secrets {
        assert!(secret.len() >= 7 && !text.contains(secret), "a secret is in the log:\n{text}");
    }
}

#[test]
fn a_password_becomes_a_line_for_the_configuration() {
    let good = run(&["hash-password"], "correct horse\n");
    assert!(good.status.success());
    let line = String::from_utf8(good.stdout).unwrap();
    assert!(line.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{line}");
    let short = run(&["hash-password"], "short\n");
    assert!(!short.status.success());
    assert!(stderr(&short).contains("8 characters"));
}

#[test]
fn the_commands_work_on_a_configuration_and_the_log_is_proven() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("portico.toml");
    let text = "[http]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:p.sqlite\"\nkeys = \"keys\"\n\
                [[tenants]]\nname = \"a\"\ndomain = \"a.test\"\n[[tenants.people]]\nuser = \"ada\"\nroles = [\"agent\"]\n";
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let password = run(&["device-password", "--config", path, "--user", "ada"], "");
    assert!(password.status.success(), "{}", stderr(&password));
    assert!(password.stdout.len() > 40, "a random password");
    assert!(stderr(&run(&["device-password", "--config", path, "--user", "eve"], "")).contains("no user `eve`"));

    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--config", path]);
    let mut running = Running::start(command);
    // No default password: nobody of this file can sign in.
    assert!(running.get("/api/session").contains("null"));
    running.signal("-TERM");
    assert_eq!(running.code(Duration::from_secs(8)), Some(0));

    let proven = run(&["audit", "verify", "--config", path], "");
    assert!(proven.status.success(), "{}", stderr(&proven));
    let said = String::from_utf8(proven.stdout).unwrap();
    let head = said.lines().find_map(|line| line.strip_prefix("head ")).unwrap().to_owned();
    assert!(run(&["audit", "verify", "--config", path, "--head", &head], "").status.success());
    let (seq, _) = head.split_once(':').unwrap();
    let other = format!("{seq}:{}", "0".repeat(64));
    let refused = run(&["audit", "verify", "--config", path, "--head", &other], "");
    assert!(!refused.status.success() && stderr(&refused).contains("another log"), "{}", stderr(&refused));

    std::fs::write(&file, format!("{text}[limits]\nargon2_kib = 64\nargon2_passes = 3\n")).unwrap();
    let dear = run(&["hash-password", "--config", path], "correct horse\n");
    assert!(String::from_utf8_lossy(&dear.stdout).starts_with("$argon2id$v=19$m=64,t=3,p=1$"), "{}", stderr(&dear));
    std::fs::write(&file, text.replace("a.test", "b.test")).unwrap();
    let moved = run(&["serve", "--config", path], "");
    assert!(stderr(&moved).contains("`a.test`, which is fixed"), "{}", stderr(&moved));
    std::fs::write(&file, text.replace("roles", "rolls")).unwrap();
    let wrong = run(&["serve", "--config", path], "");
    assert!(stderr(&wrong).contains("line 11") && stderr(&wrong).contains("write `roles`"), "{}", stderr(&wrong));
}

/// A server's files with a log of a few rows, as somebody finds them who may write the database and does not have the key.
struct Files {
    data: tempfile::TempDir,
    published: String,
}

impl Files {
    /// What the program itself says of the head stands in its own log.
    async fn written() -> Self {
        let data = tempfile::tempdir().unwrap();
        let text = "[http]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite:p.sqlite\"\nkeys = \"keys\"\n\
                    [[tenants]]\nname = \"a\"\ndomain = \"a.test\"\n[[tenants.people]]\nuser = \"ada\"\nroles = [\"agent\"]\n";
        std::fs::write(data.path().join("portico.toml"), text).unwrap();
        let mut files = Self { data, published: String::new() };
        // The first one, as it was before anything else was written, is kept by whoever wants to put it back.
        files.log_rows(3).await;
        std::fs::copy(files.path("keys/log.head"), files.path("old.head")).unwrap();
        files.log_rows(3).await;
        let log = files.path("stderr");
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--config", files.path("portico.toml").to_str().unwrap()]).stderr(std::fs::File::create(&log).unwrap());
        let mut running = Running::start_with_stderr(command);
        let start = Instant::now();
        while files.published.is_empty() {
            assert!(start.elapsed() < Duration::from_secs(10), "no head in the program's log");
            let said = std::fs::read_to_string(&log).unwrap();
            let head = said
                .lines()
                .filter(|line| line.contains("portico::log_head"))
                .find_map(|line| line.split_once("head ").map(|(_, head)| head));
            files.published = head.map(|head| head.split_whitespace().next().unwrap().to_owned()).unwrap_or_default();
            std::thread::sleep(Duration::from_millis(20));
        }
        running.signal("-TERM");
        assert_eq!(running.code(Duration::from_secs(8)), Some(0));
        files
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.data.path().join(name)
    }

    async fn log_rows(&self, rows: usize) {
        let keys = switchboard::keys::Keys::load_or_create(&self.path("keys")).unwrap();
        let store = switchboard::store::Store::open(&switchboard::store::sqlite_url(&self.path("p.sqlite")), keys).await.unwrap();
        for _ in 0..rows {
            store.log(&switchboard::store::LogEntry::new(None, "sign_in", "refused").personal("user", "ada")).await.unwrap();
        }
        store.close().await;
    }

    /// A copy whose database somebody has written into.
    async fn attacked(&self, sql: &'static str) -> Self {
        let copy = Self { data: tempfile::tempdir().unwrap(), published: self.published.clone() };
        std::fs::create_dir(copy.path("keys")).unwrap();
        for name in ["portico.toml", "p.sqlite", "keys/server.key", "keys/log.key", "keys/log.head"] {
            std::fs::copy(self.path(name), copy.path(name)).unwrap();
        }
        sqlx::any::install_default_drivers();
        let url = switchboard::store::sqlite_url(&copy.path("p.sqlite"));
        let attacker = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
        sqlx::raw_sql(sql).execute(&attacker).await.unwrap();
        attacker.close().await;
        copy
    }

    /// What `audit verify` says: whether the log is whole, and its words.
    fn verify(&self, head: Option<&str>) -> (bool, String) {
        let config = self.path("portico.toml");
        let mut words = vec!["audit", "verify", "--config", config.to_str().unwrap()];
        words.extend(head.into_iter().flat_map(|head| ["--head", head]));
        let output = run(&words, "");
        (output.status.success(), format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_names_the_row_that_was_changed_removed_or_put_in_between() {
    let files = Files::written().await;
    let (seq, mac) = files.published.split_once(':').unwrap();
    assert!(seq.parse::<i64>().unwrap() >= 6 && mac.len() == 64, "{}", files.published);
    let (whole, said) = files.attacked("SELECT 1").await.verify(Some(&files.published));
    assert!(whole && said.contains("as it was written"), "{said}");
    for (sql, words) in [
        ("UPDATE log SET canonical = REPLACE(canonical, 'refused', 'accepted') WHERE seq = 3", "row 3 is not as it was written"),
        ("UPDATE log_personal SET value = 'eve' WHERE seq = 4 AND field = 'user'", "row 4: the value of `user` is not as it was written"),
        ("DELETE FROM log WHERE seq = 2", "row 2 is missing: the row after 1 has number 3"),
        (
            "UPDATE log SET seq = seq + 100 WHERE seq >= 3; UPDATE log SET seq = seq - 99 WHERE seq > 100;
             INSERT INTO log (seq, tenant_id, at, canonical, mac)
               SELECT 3, tenant_id, at, REPLACE(canonical, '\"seq\":2', '\"seq\":3'), mac FROM log WHERE seq = 2",
            "row 3 is not as it was written",
        ),
    ] {
        let (whole, said) = files.attacked(sql).await.verify(None);
        assert!(!whole && said.contains(words), "{sql}: {said}");
    }
    // A tail that was cut off: by the file beside the key; with that one put back as well, by the head that the program has said.
    let cut = "DELETE FROM log_personal WHERE seq > 3; DELETE FROM log WHERE seq > 3;
               UPDATE log_head SET seq = 3, mac = (SELECT mac FROM log WHERE seq = 3)";
    let cut = files.attacked(cut).await;
    let words = "the rows after 3 were cut off";
    let (whole, said) = cut.verify(None);
    assert!(!whole && said.contains(words), "{said}");
    std::fs::copy(files.path("old.head"), cut.path("keys/log.head")).unwrap();
    let (whole, said) = cut.verify(None);
    assert!(whole, "nothing else says where the log ended: {said}");
    let (whole, said) = cut.verify(Some(&files.published));
    assert!(!whole && said.contains(words) && said.contains(&format!("row {seq} was written")), "{said}");
}

/// With 64 files the server runs out of them. Accepting pauses; whoever was connected is still served, and others are again
/// as soon as files come back.
#[cfg(target_os = "linux")]
#[test]
fn running_out_of_files_pauses_accepting_and_ends_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" demo --port 0 --data \"$1\"", PROGRAM]).arg(data.path());
    let running = Running::start(command);
    let mut early = TcpStream::connect(running.address()).unwrap();
    early.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut ask = || {
        write!(early, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut buffer = [0; 4096];
        let n = early.read(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..n]).starts_with("HTTP/1.1 200")
    };
    assert!(ask());
    let flood: Vec<TcpStream> = (0..120).filter_map(|_| TcpStream::connect(running.address()).ok()).collect();
    assert_eq!(flood.len(), 120, "the backlog holds them");
    std::thread::sleep(Duration::from_millis(700));
    assert!(ask(), "an open connection is served");
    drop(flood);
    std::thread::sleep(Duration::from_millis(700));
    let metrics = running.get("/metrics");
    assert!(metrics.contains("portico_accept_pauses_total"), "{metrics}");
}

#[test]
fn a_connection_that_says_nothing_or_half_a_request_is_closed() {
    let data = tempfile::tempdir().unwrap();
    let running = Running::start(demo(data.path(), "0"));
    let mut half = TcpStream::connect(running.address()).unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    half.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let start = Instant::now();
    let mut rest = Vec::new();
    half.read_to_end(&mut rest).unwrap();
    assert!(start.elapsed() < Duration::from_secs(18), "{:?}", start.elapsed());
}
