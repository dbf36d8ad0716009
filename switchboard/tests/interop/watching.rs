//! What the agent watches of others: through Kamailio, where sipp notifies in the dialog that the agent's SUBSCRIBE made; and from
//! Kamailio itself as the server of presence, to which sipp publishes.

use std::time::Duration;

use sip_ws::watch::{DialogStage, Document, Notice, Package, Watch, WatchId};

use crate::kamailio::{self, Kamailio, PASSWORD, Setup};
use crate::phone::Phone;
use crate::sipp::{self, Ended, Script};

const WATCH: WatchId = WatchId(1);

const PRESENCE: &str = "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"pres:bob@portico.test\">\
<tuple id=\"t\"><status><basic>STATE</basic></status></tuple></presence>";
const DIALOGS: &str = "<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"NUMBER\" state=\"KIND\" \
entity=\"sip:bob@portico.test\"><dialog id=\"1\" direction=\"recipient\"><state>STATE</state></dialog></dialog-info>";

/// In a few words.
pub fn brief(notice: &Notice) -> String {
    let Notice::State { document, .. } = notice else { return format!("{notice:?}") };
    match document {
        Document::Presence(presence) => format!("Presence {}", presence.is_open()),
        Document::Dialogs(info) => {
            let stages: Vec<DialogStage> = info.dialogs.iter().map(|dialog| dialog.stage).collect();
            format!("Dialogs {stages:?}")
        }
        Document::Messages(messages) => {
            let counts: Vec<String> = messages.counts.iter().map(|count| format!("{} {}", count.class, count.new)).collect();
            format!("Messages {} {}", messages.waiting, counts.join(","))
        }
        Document::Conference(_) | Document::Other(_) => format!("{document:?}"),
    }
}

/// Two states, and the end that the agent asks for.
fn watched(package: &Package, states: [(&str, &str); 2]) -> Result<(), String> {
    let (event, kind) = (format!("Event: {}", package.event()), format!("Content-Type: {}", package.accept()));
    let mut script = Script::callee().recv_with("SUBSCRIBE", &event).reply("200 OK", &["Expires: 600"], "");
    for (body, _) in states {
        script = script.request("NOTIFY", &[&event, "Subscription-State: active;expires=600", &kind], body).status(200);
    }
    let script = script
        .recv_with("SUBSCRIBE", "Expires: 0")
        .reply("200 OK", &["Expires: 0"], "")
        .request("NOTIFY", &[&event, "Subscription-State: terminated;reason=timeout"], "")
        .status(200);
    let proxy = Kamailio::start();
    let folder = tempfile::tempdir().expect("a folder");
    let port = kamailio::free_udp_port();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let mut ada = Phone::new("ada", PASSWORD, proxy.socket, 1);
        ada.command(sip_ws::io::Command::Start).await;
        ada.see("Registered").await?;
        let ended = Ended::default();
        let notifier = ended.after(sipp::run(folder.path(), "notifier", &script, port, proxy.udp, "ada"));
        let watching = async {
            // Until sipp listens; what reaches nobody is asked for again only much later.
            ada.pass(Duration::from_millis(700)).await;
            ada.watch(WATCH, Watch { target: format!("sipp{port}"), package: package.clone(), expires: 600 }).await;
            for (_, seen) in states {
                ada.see(seen).await?;
            }
            ada.unwatch(WATCH).await;
            ada.see("Over").await?;
            ada.stay(&ended).await;
            Ok::<(), String>(())
        };
        let (watching, notifier) = tokio::join!(watching, notifier);
        watching.map_err(|error| format!("{error}; {notifier:?}"))?;
        notifier
    });
    result.map_err(|error| format!("{error}\n{}", proxy.errors()))
}

#[test]
fn presence_of_somebody_is_told_as_it_changes() {
    let (open, closed) = (PRESENCE.replace("STATE", "open"), PRESENCE.replace("STATE", "closed"));
    assert_eq!(watched(&Package::Presence, [(&open, "Presence true"), (&closed, "Presence false")]), Ok(()));
}

#[test]
fn calls_of_somebody_are_told_as_a_whole_and_by_what_changes() {
    let whole = DIALOGS.replace("NUMBER", "0").replace("KIND", "full").replace("STATE", "early");
    let change = DIALOGS.replace("NUMBER", "1").replace("KIND", "partial").replace("STATE", "confirmed");
    assert_eq!(watched(&Package::Dialog, [(&whole, "Dialogs [Early]"), (&change, "Dialogs [Confirmed]")]), Ok(()));
}

#[test]
fn messages_that_wait_are_counted() {
    let some = "Messages-Waiting: yes\nVoice-Message: 2/8\n";
    let none = "Messages-Waiting: no\nVoice-Message: 0/10\n";
    assert_eq!(
        watched(&Package::MessageSummary, [(some, "Messages true voice-message 2"), (none, "Messages false voice-message 0")]),
        Ok(())
    );
}

/// What the agent sees of somebody at Kamailio's own presence server: first nothing, then what one and another phone of theirs publish,
/// put together by the server, and the end that the agent asks for.
fn served(package: &Package, states: [(&str, &str); 2]) -> Result<(), String> {
    let (event, kind) = (format!("Event: {}", package.event()), format!("Content-Type: {}", package.accept()));
    let proxy = Kamailio::with(&Setup { presence: true, ..Setup::default() });
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async {
        let mut ada = Phone::new("ada", PASSWORD, proxy.socket, 1);
        ada.command(sip_ws::io::Command::Start).await;
        ada.see("Registered").await?;
        ada.watch(WATCH, Watch { target: "bob".to_owned(), package: package.clone(), expires: 600 }).await;
        for (number, (body, seen)) in states.into_iter().enumerate() {
            let publisher = Script::caller().publish("bob", &[&event, &kind], body);
            let name = format!("publisher{number}");
            let told = sipp::run(folder.path(), &name, &publisher, kamailio::free_udp_port(), proxy.udp, "bob");
            let (told, seen) = tokio::join!(told, ada.see(seen));
            told?;
            seen?;
        }
        ada.unwatch(WATCH).await;
        ada.see("Over").await
    });
    result.map_err(|error| format!("{error}\n{}", proxy.errors()))
}

#[test]
fn a_presence_server_tells_who_is_there() {
    let of = |tuple: &str, state: &str| PRESENCE.replace("\"t\"", &format!("\"{tuple}\"")).replace("STATE", state);
    let (closed, open) = (of("desk", "closed"), of("mobile", "open"));
    assert_eq!(served(&Package::Presence, [(&closed, "Presence false"), (&open, "Presence true")]), Ok(()));
}

#[test]
fn a_presence_server_tells_of_the_calls_of_somebody() {
    let of = |id: &str, state: &str| {
        let text = DIALOGS.replace("NUMBER", "0").replace("KIND", "full").replace("STATE", state);
        text.replace("dialog id=\"1\"", &format!("dialog id=\"{id}\""))
    };
    let (early, confirmed) = (of("1", "early"), of("2", "confirmed"));
    assert_eq!(served(&Package::Dialog, [(&early, "Dialogs [Early]"), (&confirmed, "Dialogs [Early, Confirmed]")]), Ok(()));
}

#[test]
fn a_presence_server_tells_what_waits_for_somebody() {
    let some = "Messages-Waiting: yes\nVoice-Message: 2/8\n";
    let more = "Messages-Waiting: yes\nVoice-Message: 3/8\n";
    let seen = ["Messages true voice-message 2", "Messages true voice-message 3"];
    assert_eq!(served(&Package::MessageSummary, [(some, seen[0]), (more, seen[1])]), Ok(()));
}
