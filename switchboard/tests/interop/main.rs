//! The agent on a real socket, with sipp as its peer, through Kamailio (all from Debian): flows of RFC 3665 and the ways in which calls
//! go wrong. Everything is started and ended here.

mod digest;
mod edges;
mod gateway;
mod incoming;
#[allow(dead_code, reason = "the load program uses the rest")]
mod kamailio;
mod outbound;
mod outgoing;
mod own_edges;
mod phone;
mod sipp;
mod watching;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sip_ws::io::{CallId, Command, RejectAs};

use kamailio::Kamailio;
use phone::Phone;
use sipp::{Ended, Script};

/// What the user of the agent does and sees, in order.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Calls sipp.
    Call,
    Answer,
    Busy,
    Decline,
    HangUp,
    Hold,
    Resume,
    Press(char),
    Transfer(&'static str),
    /// An event that begins like this comes within twelve seconds.
    See(&'static str),
    Pass(u64),
    /// The next message of ours with this line is lost.
    Lose(&'static str),
    /// The next message for us with this line is.
    Miss(&'static str),
}

/// One call between the agent and sipp.
struct Scenario {
    name: &'static str,
    /// Begin of the agent's user name; `asked` makes the proxy challenge its calls.
    user: &'static str,
    script: Script,
    /// A second sipp that the first one sends the call on to; `OTHER` in the script names it.
    second: Option<Script>,
    steps: Vec<Step>,
}

impl Scenario {
    fn new(name: &'static str, script: Script, steps: impl Into<Vec<Step>>) -> Self {
        Self { name, user: "ada", script, second: None, steps: steps.into() }
    }
}

async fn play(scenario: Scenario, number: u8, proxy: Arc<Kamailio>, folder: &Path) -> Result<(), String> {
    let user = format!("{}{number}", scenario.user);
    let mut phone = Phone::new(&user, kamailio::PASSWORD, proxy.socket, number);
    phone.command(Command::Start).await;
    phone.see("Registered").await?;
    let (port, other) = (kamailio::free_udp_port(), kamailio::free_udp_port());
    let name = scenario.name.replace(' ', "-");
    let script = scenario.script.with("OTHER", &format!("sipp{other}"));
    let first = sipp::run(folder, &name, &script, port, proxy.udp, &user);
    let second_name = format!("{name}-second");
    let second = async {
        match &scenario.second {
            Some(script) => sipp::run(folder, &second_name, script, other, proxy.udp, &user).await,
            None => Ok(()),
        }
    };
    let ended = Ended::default();
    let others = ended.after(async { tokio::join!(first, second) });
    let agent = async {
        for step in &scenario.steps {
            do_step(&mut phone, *step, port).await.map_err(|error| format!("{step:?}: {error}"))?;
        }
        phone.command(Command::Stop).await;
        phone.stay(&ended).await;
        Ok::<(), String>(())
    };
    let (agent, (first, second)) = tokio::join!(agent, others);
    let wrong: Vec<String> = [agent, first, second].into_iter().filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
}

async fn do_step(phone: &mut Phone, step: Step, port: u16) -> Result<(), String> {
    let call = phone.call();
    let command = match step {
        Step::See(event) => return phone.see(event).await,
        Step::Pass(ms) => {
            phone.pass(Duration::from_millis(ms)).await;
            return Ok(());
        }
        Step::Lose(line) => {
            phone.lose.push(line);
            return Ok(());
        }
        Step::Miss(line) => {
            phone.miss.push(line);
            return Ok(());
        }
        Step::Call => Command::Call { call, target: format!("sipp{port}"), video: false },
        Step::Answer => Command::Answer { call, video: false },
        Step::Busy => Command::Reject { call, how: RejectAs::Busy },
        Step::Decline => Command::Reject { call, how: RejectAs::Decline },
        Step::HangUp => Command::HangUp { call },
        Step::Hold => Command::Hold { call },
        Step::Resume => Command::Resume { call },
        Step::Press(digit) => Command::Dtmf { call, digit, duration_ms: 100 },
        Step::Transfer(target) => Command::Transfer { call, target: target.to_owned() },
    };
    phone.command(command).await;
    Ok(())
}

/// All at once: they wait for each other's timers, not for the machine.
#[test]
fn every_scenario_with_sipp_through_kamailio() {
    let begun = Instant::now();
    let proxy = Arc::new(Kamailio::start());
    let folder = tempfile::tempdir().expect("a folder");
    let scenarios: Vec<Scenario> = outgoing::all().into_iter().chain(incoming::all()).collect();
    let only = std::env::var("INTEROP_ONLY").ok();
    let count = scenarios.len();
    assert!(count >= 20, "{count} scenarios");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let failed: Vec<String> = runtime.block_on(async {
        let mut under_way = tokio::task::JoinSet::new();
        for (number, scenario) in (1..).zip(scenarios) {
            if only.as_ref().is_some_and(|only| !scenario.name.contains(only.as_str())) {
                continue;
            }
            let (proxy, folder) = (proxy.clone(), folder.path().to_owned());
            under_way.spawn(async move {
                let name = scenario.name;
                play(scenario, number, proxy, &folder).await.map_err(|error| format!("{name}:\n  {error}"))
            });
        }
        let mut failed = Vec::new();
        while let Some(result) = under_way.join_next().await {
            match result {
                Ok(Ok(())) => {}
                Ok(Err(error)) => failed.push(error),
                Err(error) => failed.push(error.to_string()),
            }
        }
        failed
    });
    let errors = proxy.errors();
    drop(proxy);
    assert!(failed.is_empty(), "{} of {count} failed:\n{}\n{errors}", failed.len(), failed.join("\n"));
    assert!(begun.elapsed() < Duration::from_secs(90));
}

/// A wrong secret is refused by the registrar after two tries, and said so.
#[test]
fn a_wrong_secret_is_refused() {
    let proxy = Kamailio::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let mut phone = Phone::new("ada", "wrong", proxy.socket, 1);
        phone.command(Command::Start).await;
        phone.see("Unregistered Credentials { status: 401 }").await
    });
    drop(proxy);
    assert_eq!(result, Ok(()));
}

/// Whoever takes the registration back is not there any more.
#[test]
fn whoever_leaves_cannot_be_called() {
    let proxy = Kamailio::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let mut ada = Phone::new("ada", kamailio::PASSWORD, proxy.socket, 1);
        ada.command(Command::Start).await;
        ada.see("Registered").await?;
        ada.command(Command::Stop).await;
        ada.see("Registration(Off)").await?;
        let mut bob = Phone::new("bob", kamailio::PASSWORD, proxy.socket, 2);
        bob.command(Command::Start).await;
        bob.see("Registered").await?;
        bob.command(Command::Call { call: phone::CALL, target: "ada".to_owned(), video: false }).await;
        bob.see("Ended Rejected { status: 404").await
    });
    drop(proxy);
    assert_eq!(result, Ok(()));
}

/// A proxy that says that it is overloaded is asked again when it says, and an hour is the longest that it can say.
#[test]
fn an_overloaded_proxy_is_left_alone_for_as_long_as_it_says() {
    let proxy = Kamailio::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let mut phone = Phone::new("later", kamailio::PASSWORD, proxy.socket, 1);
        phone.command(Command::Start).await;
        phone.see("Unregistered Refused { status: 503").await?;
        let refused = Instant::now();
        phone.see("Registered").await?;
        assert!(refused.elapsed() >= Duration::from_secs(2), "{:?}", refused.elapsed());
        for (call, asked, told) in [(CallId(1), 30, 30), (CallId(2), 99_999, 3_600)] {
            phone.command(Command::Call { call, target: format!("full{asked}"), video: false }).await;
            let ended = format!("Ended Rejected {{ status: 503, phrase: \"Overloaded\", reason: None, retry_after: Some({told}) }}");
            phone.see(&ended).await?;
        }
        Ok::<(), String>(())
    });
    drop(proxy);
    assert_eq!(result, Ok(()));
}
