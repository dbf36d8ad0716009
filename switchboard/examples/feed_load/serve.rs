//! The server under load, which changes its own floor.

use std::time::Duration;
use switchboard::clock::now_ms;
use switchboard::config::Person;
use switchboard::demo;
use switchboard::feed::Holder;
use switchboard::server::Server;
use wire::{AgentState, AgentStatus, Membership, Release, Role, TicketPurpose, Told, ToldWhat};

/// Says its address and a ticket for each supervisor, and one more when it is asked for; changes what the input says, and ends with it.
pub async fn serve(supervisors: usize, agents: usize, rate: usize) {
    let data = tempfile::tempdir().unwrap();
    let mut config = demo::config(0, None, data.path().to_owned()).unwrap();
    config.limits.connections_per_address = 100_000;
    config.limits.connections = 100_000;
    let tenant = &mut config.tenants[0];
    let model = tenant.people[0].clone();
    let site = tenant.sites[0].id.clone();
    let boss = |n: usize| Person { user: format!("boss{n}"), name: format!("Boss {n}"), roles: vec![Role::Supervisor], ..model.clone() };
    let worker = |n: usize| Person { user: format!("load{n}"), name: format!("Load {n}"), ..model.clone() };
    tenant.people.extend((0..=supervisors).map(boss));
    tenant.people.extend((0..agents).map(worker));
    tenant.queues[0].agents.extend((0..agents).map(|n| format!("load{n}")));
    let server = Server::start(config).await.unwrap();
    let services = server.services().clone();
    let tenant = services.directory.tenants()[0].id.clone();
    println!("{}", server.url());
    let ticket = {
        let (services, tenant) = (services.clone(), tenant.clone());
        move |n: usize| {
            let person = services.directory.person(&tenant, &format!("boss{n}")).unwrap();
            let holder = Holder { person, session: format!("load{n}"), session_expires_at: i64::MAX, link: None };
            println!("{}", services.tickets.issue(holder, TicketPurpose::Feed, now_ms()).unwrap().ticket.expose());
        }
    };
    (0..supervisors).for_each(&ticket);
    let (orders, mut what) = tokio::sync::watch::channel(String::new());
    let input = tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            match line.as_str() {
                "ticket" => ticket(supervisors),
                _ => drop(orders.send(line)),
            }
        }
    });
    let changing = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate).unwrap());
        for n in 0_usize.. {
            ticks.tick().await;
            let now = now_ms();
            match what.borrow_and_update().as_str() {
                "floor" => {
                    let state = if (n / agents).is_multiple_of(2) { AgentState::Ready } else { AgentState::Paused };
                    let status = AgentStatus {
                        state,
                        since: now,
                        wants_calls: true,
                        pause_reason: None,
                        set_by: None,
                        unready: None,
                        wrap_up: None,
                    };
                    let queues = vec![Membership { queue: "support".into(), on: true }];
                    services.hub.agent(&tenant, &format!("load{}", n % agents), status, queues);
                }
                "told" => {
                    let told = Told { id: 0, at: now, by: "Load".into(), what: ToldWhat::Message { text: "Look at the queue".into() } };
                    services.hub.tell(&tenant, &format!("boss{}", n % supervisors), told);
                }
                // Everybody in charge sees each one at once.
                "release" => {
                    let release = Release {
                        id: format!("release{n}"),
                        site: site.clone(),
                        entrance: "Main entrance".into(),
                        by: "Load".into(),
                        test: false,
                        asked_at: now,
                        done_at: None,
                        relays: Vec::new(),
                    };
                    services.hub.release(&tenant, release, now);
                }
                _ => {}
            }
        }
    });
    let _ = input.await;
    changing.abort();
    server.stop().await;
}
