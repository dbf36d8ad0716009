//! What is put under load: the switchboard in a process of its own, or Kamailio.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use switchboard::{config::Person, demo, server::Server};

use crate::kamailio::Kamailio;

/// A server under load; dropped, it ends.
pub enum Peer {
    Switchboard { child: Child, url: String },
    Kamailio(Kamailio),
}

impl Peer {
    /// The switchboard with this many people `load0`, `load1`, ….
    pub fn switchboard(people: usize) -> Self {
        let own = std::env::current_exe().expect("this program");
        let mut command = Command::new(own);
        command.args(["serve", &people.to_string()]).stdout(Stdio::piped()).stdin(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("its address");
        Self::Switchboard { child, url: line.trim().to_owned() }
    }

    /// `http://host:port`
    pub fn url(&self) -> String {
        match self {
            Self::Switchboard { url, .. } => url.clone(),
            Self::Kamailio(proxy) => format!("http://127.0.0.1:{}", proxy.socket),
        }
    }

    pub fn process(&self) -> u32 {
        match self {
            Self::Switchboard { child, .. } => child.id(),
            Self::Kamailio(proxy) => proxy.process(),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Self::Switchboard { child, .. } = self {
            // It ends when nobody holds its input any more.
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// The process of the switchboard: says its address, and ends with its input.
pub async fn serve(people: usize) {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = demo::config(0, None, data.path().to_owned()).expect("a configuration");
    config.limits.connections_per_address = 100_000;
    config.limits.connections = 100_000;
    let model = config.tenants[0].people[0].clone();
    config.tenants[0].people.extend((0..people).map(|n| Person { user: format!("load{n}"), name: format!("Load {n}"), ..model.clone() }));
    let server = Server::start(config).await.expect("it starts");
    println!("{}", server.url());
    let mut line = String::new();
    let _ = tokio::task::spawn_blocking(move || std::io::stdin().read_line(&mut line)).await;
    server.stop().await;
}
