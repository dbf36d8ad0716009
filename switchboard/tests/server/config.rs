//! The configuration file: the example is right, and each mistake is named with its line and what to write instead.

use std::path::Path;
use switchboard::config::{Config, Tls, parse};
use wire::{IcePolicy, Role};

const GOOD: &str = r#"[http]
listen = "127.0.0.1:8080"
[store]
url = "sqlite:portico.sqlite"
keys = "keys"
[[tenants]]
name = "acme"
domain = "acme.example"
[[tenants.sites]]
name = "north"
zone = "Europe/Rome"
[[tenants.people]]
user = "agent1"
roles = ["agent"]
sites = ["north"]
"#;

/// The good file with one line exchanged; the mistake must be found there.
fn mistake(line: &str, wrong: &str, words: &[&str]) {
    assert!(GOOD.contains(line), "{line}");
    let text = GOOD.replacen(line, wrong, 1);
    let at = GOOD[..GOOD.find(line).unwrap()].matches('\n').count() + 1;
    mistake_in(&text, at, words);
}

fn mistake_in(text: &str, line: usize, words: &[&str]) {
    let error = parse(text, Path::new("portico.toml")).expect_err(text);
    let sentence = error.to_string();
    assert_eq!(error.line, Some(line), "{sentence}\n{text}");
    assert!(sentence.starts_with(&format!("portico.toml, line {line}: ")) && !sentence.contains('\n'), "{sentence}");
    for word in words {
        assert!(sentence.contains(word), "`{word}` is not in: {sentence}");
    }
}

#[test]
fn the_example_is_right_and_shows_every_key() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("portico.example.toml");
    let config = Config::load(&path).unwrap();
    assert_eq!(config.tenants[0].people[0].roles, [Role::Agent]);
    assert_eq!(config.http.app, Some(path.with_file_name("dist")), "paths are relative to the file");
    let text = std::fs::read_to_string(&path).unwrap();
    for key in [
        "behind_proxy",
        "metrics_from",
        "private_ca",
        "names",
        "certificate",
        "stun",
        "turn",
        "secret_file",
        "policy",
        "addresses",
        "udp_ports",
        "session_hours",
        "credential_minutes",
        "sign_in_per_address",
        "sign_in_per_account",
        "sign_in_queue",
        "connections_per_address",
        "connections",
        "sip_sockets_per_person",
        "feeds_per_person",
        "sip_unregistered_seconds",
        "heartbeat_ms",
        "argon2_kib",
        "argon2_passes",
        "websocket",
        "further_websockets",
        "realm",
        "session_id_header",
        "trusted",
        "password",
        "silent_supervision",
    ] {
        assert!(text.contains(&format!("{key} = ")), "{key} is not shown");
    }
}

#[test]
fn the_shown_values_are_the_defaults() {
    // Every commented limit of the example, uncommented, changes nothing.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("portico.example.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("[limits]\n").unwrap();
    let (limits, after) = rest.split_once("\n\n").unwrap();
    let is_value = |line: &str| line.starts_with("# ") && line.contains(" = ");
    let limits: Vec<&str> = limits.lines().filter(|line| is_value(line)).map(|line| &line[2..]).collect();
    assert_eq!(limits.len(), 13);
    let given = parse(&format!("{before}[limits]\n{}\n{after}", limits.join("\n")), &path).unwrap();
    assert_eq!(format!("{:?}", given.limits), format!("{:?}", switchboard::config::Limits::default()));
}

#[test]
fn unknown_keys_are_answered_with_the_nearest_known_one() {
    mistake("listen = ", "lisen = \"127.0.0.1:1\"\nlisten = ", &["`lisen`", "write `listen`"]);
    mistake("[store]", "[stor]\nx = 1\n[store]", &["`stor`", "write `store`"]);
    mistake("zone = ", "time_zone_of_the_site = 1\nzone = ", &["`time_zone_of_the_site`", "`name`", "`zone`"]);
    mistake_in(&format!("{GOOD}[limits]\nsesion_hours = 3\n"), 17, &["write `session_hours`"]);
    mistake_in(&format!("{GOOD}[limits]\nsession_hours = 0\n"), 17, &["from 1 to 168"]);
    mistake_in("[http]\nlisten = \"127.0.0.1:1\"\n[[tenants]\n", 3, &[]);
    mistake_in(&GOOD.replace("listen = \"127.0.0.1:8080\"\n", ""), 1, &["`listen` is missing"]);
}

#[test]
fn names_are_unique_and_references_lead_somewhere() {
    let person = "[[tenants.people]]\nuser = \"agent1\"\nroles = []\n";
    mistake_in(&format!("{GOOD}{person}"), 17, &["two of user `agent1`"]);
    let tenant = "[[tenants]]\nname = \"acme\"\ndomain = \"other.example\"\n";
    mistake_in(&format!("{GOOD}{tenant}"), 17, &["two of tenant `acme`"]);
    let domain = "[[tenants]]\nname = \"other\"\ndomain = \"acme.example\"\n";
    mistake_in(&format!("{GOOD}{domain}"), 18, &["two of SIP domain `acme.example`"]);
    let site = "[[tenants.sites]]\nname = \"north\"\nzone = \"Europe/Rome\"\n";
    mistake_in(&format!("{GOOD}{site}"), 17, &["two of site `north`"]);
    mistake("sites = [\"north\"]", "sites = [\"nort\"]", &["no site `nort`", "write `north`"]);
    mistake("roles = [\"agent\"]", "roles = [\"agnet\"]", &["`agnet`", "write `agent`"]);
    mistake("roles = [\"agent\"]", "roles = [\"unknown\"]", &["`unknown`"]);
}

#[test]
fn values_are_checked_where_they_stand() {
    mistake("zone = \"Europe/Rome\"", "zone = \"Europe/Roma\"", &["`Europe/Roma`", "IANA"]);
    mistake("zone = \"Europe/Rome\"", "zone = \"CEST\"", &["not a time zone"]);
    mistake("domain = \"acme.example\"", "domain = \"Acme.example\"", &["lower case"]);
    mistake("domain = \"acme.example\"", "domain = \"acme.example:5060\"", &["without port"]);
    mistake("user = \"agent1\"", "user = \"agent 1\"", &["cannot be a user name"]);
    mistake("url = \"sqlite:portico.sqlite\"", "url = \"mysql://host/db\"", &["sqlite:", "postgres://"]);
    mistake("sites = [", "password = \"portico\"\nsites = [", &["only as a hash", "hash-password"]);
    mistake("listen = \"127.0.0.1:8080\"", "listen = \"8080\"", &["127.0.0.1:8080"]);
    for (origin, wanted) in [
        ("desk.example.org", "https://desk.example.org"),
        ("https://desk.example.org/", "https://desk.example.org"),
        ("https://Desk.example.org:443", "https://desk.example.org"),
        ("https://*.example.org", "without `*`"),
    ] {
        let line = format!("listen = \"127.0.0.1:8080\"\norigins = [\"{origin}\"]");
        mistake_in(&GOOD.replacen("listen = \"127.0.0.1:8080\"", &line, 1), 3, &[wanted]);
    }
    let ice = |lines: &str| format!("{GOOD}[ice]\n{lines}\n");
    mistake_in(&ice("stun = [\"turn:x\"]"), 17, &["stun:"]);
    mistake_in(&ice("turn = [\"turn:x\"]"), 17, &["secret_file"]);
    mistake_in(&ice("policy = \"relay\""), 17, &["no TURN server"]);
    mistake_in(&ice("policy = \"relais\""), 17, &["write `relay`"]);
    mistake_in(&ice("turn = [\"turn:x\"]\nsecret_file = \"no/such/file\""), 18, &["no/such/file"]);
    mistake_in(&format!("{GOOD}[media]\nudp_ports = \"2000-1000\"\n"), 17, &["20000-20999"]);
    mistake_in(&format!("{GOOD}[media]\naddresses = [\"host\"]\n"), 17, &["not an IP address"]);
}

#[test]
fn plain_http_off_loopback_needs_tls_or_a_proxy() {
    mistake("listen = \"127.0.0.1:8080\"", "listen = \"0.0.0.0:8080\"", &["microphone", "[tls]", "behind_proxy"]);
    mistake("listen = \"127.0.0.1:8080\"", "listen = \"192.0.2.1:80\"", &["behind_proxy"]);
    let open = GOOD.replace("127.0.0.1:8080", "0.0.0.0:8080");
    let tls = parse(&format!("{open}[tls]\nprivate_ca = \"tls\"\nnames = [\"desk.lan\"]\n"), Path::new("/etc/p.toml")).unwrap();
    assert!(matches!(tls.tls, Some(Tls::PrivateCa { directory, .. }) if directory == Path::new("/etc/tls")));
    let proxied = open.replace("[store]", "behind_proxy = [\"::ffff:192.0.2.7\"]\n[store]");
    let config = parse(&proxied, Path::new("p.toml")).unwrap();
    assert_eq!(config.http.behind_proxy, ["192.0.2.7".parse::<std::net::IpAddr>().unwrap()]);
    mistake_in(&format!("{GOOD}[tls]\ncertificate = \"x\"\n"), 16, &["`certificate` and `key`"]);
    mistake_in(&format!("{GOOD}[tls]\nprivate_ca = \"x\"\n"), 16, &["names"]);
    assert_eq!(config.ice.policy, IcePolicy::All);
}

#[test]
fn a_pbx_and_its_accounts_belong_together() {
    let account = "pbx = { user = \"1001\", password = \"x\" }\n";
    mistake("sites = [", &format!("{account}sites = ["), &["tenants.pbx"]);
    let pbx = "[tenants.pbx]\nwebsocket = \"wss://pbx.test/ws\"\ndomain = \"pbx.test\"\n";
    mistake_in(&format!("{GOOD}{pbx}"), 13, &["has no account there"]);
    let both = format!("{GOOD}{account}{pbx}");
    let config = parse(&both, Path::new("p.toml")).unwrap();
    assert_eq!(config.tenants[0].pbx.as_ref().map(|p| (p.realm.as_str(), p.session_id_header.as_str())), Some(("pbx.test", "Session-ID")));
    mistake_in(&both.replace("wss://pbx.test/ws", "https://pbx.test"), 18, &["WebSocket"]);
    let edges = |urls: &str| both.replace("domain = \"pbx.test\"", &format!("domain = \"pbx.test\"\nfurther_websockets = [{urls}]"));
    let config = parse(&edges("\"wss://b.test/ws\", \"ws://c.test\""), Path::new("p.toml")).unwrap();
    assert_eq!(config.tenants[0].pbx.as_ref().unwrap().further_websockets, ["wss://b.test/ws", "ws://c.test"]);
    mistake_in(&edges("\"wss://b.test\", \"c.test\""), 20, &["`c.test`", "WebSocket"]);
    mistake_in(&edges(&["\"wss://b.test\""; 4].join(", ")), 20, &["4 sockets"]);
    let trusting =
        |who: &str| both.replace("domain = \"pbx.test\"", &format!("domain = \"pbx.test\"\ntrusted = [\"intercom.test\",\n\"{who}\"]"));
    for who in ["pbx.test", "10.0.0.7", "sip:boss@pbx.test", "sips:100@pbx.test"] {
        let config = parse(&trusting(who), Path::new("p.toml")).unwrap();
        assert_eq!(config.tenants[0].pbx.as_ref().unwrap().trusted, ["intercom.test", who]);
    }
    // What would match nobody, or everybody, is no entry.
    for who in
        ["", "*", "sip:", "sip:pbx.test", "sip:@pbx.test", "sip:boss@", "boss@pbx.test", "tel:+41791234567", "pbx.test:5060", "the boss"]
    {
        mistake_in(&trusting(who), 21, &["nobody whom a PBX can assert", "sip:reception@pbx.example"]);
    }
    for who in ["sip:boss@pbx.test:5060", "sip:boss@pbx.test;transport=ws", "sip:*@pbx.test"] {
        mistake_in(&trusting(who), 21, &["nobody whom a PBX can assert"]);
    }
    mistake_in(&both.replace("password = \"x\"", "password = \"x\", password_file = \"y\""), 16, &["either"]);
}

#[test]
fn skills_relax_in_order_and_leave_nobody_to_wait_for_ever() {
    let person = GOOD.replace("sites = [\"north\"]", "sites = [\"north\"]\nskills = { german = 7 }");
    let with = |queue: &str| format!("{person}[[tenants.queues]]\nname = \"support\"\nagents = [\"agent1\"]\n{queue}\n");
    let good = with(
        "skills = { german = 5 }\npenalties = { agent1 = 3 }\nmax_penalty = 2\n\
         relax = [{ after_seconds = 20, less = 1 }, { after_seconds = 40, max_penalty = 10 }, { after_seconds = 60, less = 10 }]",
    );
    let config = parse(&good, Path::new("portico.toml")).unwrap();
    let tenant = &config.tenants[0];
    assert_eq!(tenant.people[0].skills.get("german"), Some(&7));
    let queue = &tenant.queues[0];
    assert_eq!((queue.penalties.get("agent1"), queue.demand.skills.get("german")), (Some(&3), Some(&5)));
    let steps: Vec<_> = queue.demand.relax.iter().map(|relax| (relax.after_ms, relax.less, relax.max_penalty)).collect();
    assert_eq!(steps, [(20_000, 1, 2), (40_000, 1, 10), (60_000, 10, 10)], "what is not said is as before");
    let elsewhere = "max_wait_seconds = 60\noverflow = \"other\"\n[[tenants.queues]]\nname = \"other\"";
    parse(&with(&format!("skills = {{ greek = 5 }}\n{elsewhere}")), Path::new("portico.toml")).unwrap();
    for (line, queue, words) in [
        (18, "skills = { german = 5 }", ["for ever", "less = 10"]),
        (18, "max_penalty = 4\nmax_wait_seconds = 60", ["for ever", "`overflow`"]),
        (20, "skills = { german = 11 }", ["11 is out of range", "from 1 to 10"]),
        (20, "skills = { \"the german\" = 5 }", ["cannot be a skill", "a-z"]),
        (20, "penalties = { agent2 = 3 }", ["`agent2` is not an agent of this queue", "`agent1`"]),
        (20, "penalties = { agent1 = 12 }", ["12 is out of range", "from 0 to 10"]),
        (20, "relax = [{ after_seconds = 20 }, { after_seconds = 20 }]", ["not later", "in order"]),
        (20, "relax = [{ after_seconds = 20, less = 2 }, { after_seconds = 30, less = 1 }]", ["asks more", "2 or more"]),
        (20, "max_penalty = 5\nrelax = [\n{ after_seconds = 20, max_penalty = 4 }]", ["asks more", "5 or more"]),
        (20, "relax = [{ after_second = 20 }]", ["`after_second`", "`after_seconds`"]),
    ] {
        let line = line + queue.matches('\n').count() * usize::from(line == 20);
        mistake_in(&with(queue), line, &words);
    }
}
