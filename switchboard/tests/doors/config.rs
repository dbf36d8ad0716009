//! Doors in the configuration file: what is right becomes a door, and each mistake is named with its line.

use std::path::Path;
use std::time::Duration;
use switchboard::config::{Config, ConfigError, parse};
use switchboard::doors::model::{Code, Login, Rings, Trust};
use switchboard::doors::pictures::PictureKind;
use switchboard::doors::recipe::Recipe;
use switchboard::doors::snapshots::Keeping;
use wire::Secret;

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
instructions = "Ring twice."
codes_on_desks = true
snapshots = { at = ["opening"], keep_hours = 24 }
[[tenants.sites.entrances]]
name = "gate"
label = "Main gate"
sip_user = "gate"
sip_password_file = "secret"
rings = ["agent1"]
[tenants.sites.entrances.ipac]
url = "http://192.0.2.7"
login = "digest"
user = "portico"
password_file = "secret"
[tenants.sites.entrances.pictures]
url = "http://192.0.2.8:12000/video.mjpeg"
token_file = "secret"
[[tenants.sites.entrances.relays]]
number = 1
label = "Gate"
code_file = "code"
[[tenants.sites.entrances.relays]]
number = 2
typed_code = true
pulse_ms = 1000
[[tenants.sites.entrances]]
name = "barrier"
dtmf_info = { tone_ms = 200 }
[[tenants.sites.entrances.relays]]
number = 1
code_file = "code"
[[tenants.people]]
user = "agent1"
roles = ["agent"]
[[tenants.queues]]
name = "reception"
agents = ["agent1"]
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("secret"), "titi\n").unwrap();
    std::fs::write(directory.path().join("code"), "1234#\n").unwrap();
    std::fs::write(directory.path().join("sentence"), "open sesame\n").unwrap();
    parse(text, &directory.path().join("portico.toml"))
}

#[test]
fn doors_are_read() {
    let config = read(GOOD).unwrap();
    let doors = &config.tenants[0].doors[0];
    assert_eq!((doors.site.as_str(), doors.instructions.as_str()), ("north", "Ring twice."));
    assert!(doors.codes_on_desks);
    assert_eq!(doors.keeps, Some(Keeping { ring: false, opening: true, hours: 24 }));
    let silent = read(&GOOD.replacen("codes_on_desks = true\nsnapshots = { at = [\"opening\"], keep_hours = 24 }\n", "", 1)).unwrap();
    let silent = &silent.tenants[0].doors[0];
    assert_eq!((silent.codes_on_desks, silent.keeps), (false, None), "nothing is shown or kept where nothing is said");
    let usual = read(&GOOD.replacen(", keep_hours = 24", "", 1)).unwrap();
    assert_eq!(usual.tenants[0].doors[0].keeps.map(|keeps| keeps.hours), Some(72));
    let gate = &doors.entrances[0];
    assert_eq!((gate.id.as_str(), gate.name.as_str(), gate.station.sip_user.as_deref()), ("gate", "Main gate", Some("gate")));
    let line = gate.station.line.clone().unwrap();
    assert_eq!((line.rings, line.password), (Rings::People(vec!["agent1".into()]), Secret::new("titi")));
    let queue = read(&GOOD.replacen("rings = [\"agent1\"]", "rings_queue = \"reception\"", 1)).unwrap();
    let line = queue.tenants[0].doors[0].entrances[0].station.line.clone().unwrap();
    assert_eq!(line.rings, Rings::Queue { name: "reception".into(), priority: 0 });
    let Recipe::Ipac(ipac) = &gate.station.recipe else { panic!("{gate:?}") };
    assert_eq!(ipac.login, Login::Digest { user: "portico".into(), password: Secret::new("titi") });
    assert_eq!((ipac.endpoint.trust.clone(), ipac.reach.loopback), (Trust::Plain, false));
    let pictures = gate.station.pictures.as_ref().unwrap();
    assert_eq!((pictures.kind, pictures.token.as_ref().unwrap().parameter.as_str()), (PictureKind::Mjpeg, "api_token"));
    let codes: Vec<(Code, u32)> = gate.station.relays.iter().map(|relay| (relay.code.clone(), relay.pulse_ms)).collect();
    assert_eq!(codes, [(Code::Stored(Secret::new("1234#")), 3_000), (Code::Typed, 1_000)]);
    assert!(matches!(&doors.entrances[1].station.recipe, Recipe::DtmfInfo(tones) if (tones.tone_ms, tones.gap_ms) == (200, 100)));
    let shown = format!("{config:?}");
    assert!(!shown.contains("titi") && !shown.contains("1234"), "secrets are shown nowhere");
    let single = GOOD.replacen("token_file = \"secret\"", "every_ms = 500", 1);
    let pictures = read(&single).unwrap().tenants[0].doors[0].entrances[0].station.pictures.clone().unwrap();
    assert_eq!((pictures.kind, pictures.token), (PictureKind::Snapshot { every: Duration::from_millis(500) }, None));
    let login = "login = \"basic\"\nuser = \"camera\"\npassword_file = \"secret\"";
    let pictures =
        read(&GOOD.replacen("token_file = \"secret\"", login, 1)).unwrap().tenants[0].doors[0].entrances[0].station.pictures.clone();
    assert_eq!(pictures.unwrap().login, Some(Login::Basic { user: "camera".into(), password: Secret::new("titi") }));
    let pinned = "https://192.0.2.7\"\nfingerprint = \"".to_owned() + &"ab:".repeat(31) + "ab";
    let pinned = read(&GOOD.replacen("http://192.0.2.7", &pinned, 1)).unwrap();
    let Recipe::Ipac(ipac) = &pinned.tenants[0].doors[0].entrances[0].station.recipe else { panic!("not ipac") };
    assert_eq!(ipac.endpoint.trust, Trust::Fingerprint([0xab; 32]));
}

#[test]
fn mistakes_are_named_with_their_line() {
    let cases = [
        ("name = \"gate\"", "name = \"Main Gate\"", "entrance name"),
        ("url = \"http://192.0.2.7\"", "url = \"http://127.0.0.1\"", "on_this_machine = true"),
        ("url = \"http://192.0.2.7\"", "url = \"http://[::ffff:127.0.0.1]\"", "on_this_machine = true"),
        ("url = \"http://192.0.2.7\"", "url = \"http://169.254.169.254\"", "metadata"),
        ("url = \"http://192.0.2.7\"", "url = \"http://2130706433\"", "usual spelling"),
        ("url = \"http://192.0.2.7\"", "url = \"http://toto:titi@192.0.2.7\"", "keys of their own"),
        ("url = \"http://192.0.2.7\"", "url = \"http://192.0.2.7/?x=1\"", "no place"),
        ("url = \"http://192.0.2.7\"", "url = \"gopher://192.0.2.7\"", "neither `http://`"),
        ("url = \"http://192.0.2.7\"", "url = \"http://192.0.2.7:22\"", "port"),
        ("url = \"http://192.0.2.7\"", "url = \"https://192.0.2.7\"", "certificate"),
        ("login = \"digest\"", "login = \"digset\"", "write `digest`"),
        ("password_file = \"secret\"", "password_file = \"missing\"", "cannot be read"),
        ("number = 1\nlabel", "number = 3\nlabel", "no relay 3"),
        ("code_file = \"code\"", "code_file = \"sentence\"", "no door code"),
        ("pulse_ms = 1000", "pulse = 1000", "no key `pulse`"),
        ("token_file = \"secret\"", "every_ms = 5", "100 to 60000"),
        ("rings = [\"agent1\"]", "rings = [\"agent2\"]", "no person `agent2`"),
        ("rings = [\"agent1\"]", "rings_queue = \"receptoin\"", "write `reception`"),
        ("rings = [\"agent1\"]", "priority = 4\nrings_queue = \"reception\"", "no priority 4"),
        ("rings = [\"agent1\"]", "priority = -1\nrings_queue = \"reception\"", "write 0 to 3"),
        ("rings = [\"agent1\"]", "priority = 2\nrings = [\"agent1\"]", "waits in no queue"),
        ("sip_user = \"gate\"", "sip_user = \"agent1\"", "address of a person"),
        ("sip_user = \"gate\"", "sip_user = \"reception\"", "address of a person or queue"),
        ("snapshots = { at = [\"opening\"]", "snapshots = { at = []", "no moment"),
        ("snapshots = { at = [\"opening\"]", "snapshots = { at = [\"closing\"]", "`ring`"),
        ("keep_hours = 24", "keep_hours = 9000", "1 to 8760"),
        ("token_file = \"secret\"", "login = \"none\"\nuser = \"a\"\npassword_file = \"secret\"", "basic"),
    ];
    for (line, wrong, words) in cases {
        let at = GOOD[..GOOD.find(line).expect(line)].matches('\n').count() + 1;
        let error = read(&GOOD.replacen(line, wrong, 1)).expect_err(wrong);
        let sentence = error.to_string();
        assert_eq!(error.line, Some(at), "{sentence}");
        assert!(sentence.contains(words), "`{words}` is not in: {sentence}");
        assert!(!sentence.contains("titi"), "{sentence}");
    }
    for (from, to, words) in [
        ("typed_code = true\n", "", "wants a code from one place"),
        ("typed_code = true\n", "typed_code = true\ncode_file = \"code\"\n", "wants a code from one place"),
        ("dtmf_info = { tone_ms = 200 }\n", "", "in no way"),
        ("dtmf_info = { tone_ms = 200 }\n", "dtmf_info = {}\ndtmf_rtp = {}\n", "in several"),
        ("rings = [\"agent1\"]\n", "rings = [\"agent1\"]\nrings_queue = \"reception\"\n", "at once"),
        ("rings = [\"agent1\"]\n", "", "not complete"),
        ("sip_password_file = \"secret\"\n", "", "not complete"),
        ("sip_user = \"gate\"\n", "", "not complete"),
        ("name = \"barrier\"", "name = \"gate\"", "same name"),
        ("name = \"barrier\"", "name = \"barrier\"\nsip_user = \"gate\"", "same name"),
    ] {
        let sentence = read(&GOOD.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(sentence.contains(words), "`{words}` is not in: {sentence}");
    }
}

#[test]
fn the_example_shows_every_key_of_a_door() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("portico.example.toml");
    let text = std::fs::read_to_string(path).unwrap();
    for key in [
        "instructions",
        "codes_on_desks",
        "snapshots",
        "keep_hours",
        "sip_user",
        "sip_password_file",
        "rings",
        "rings_queue",
        "priority",
        "login",
        "password_file",
        "fingerprint",
        "ca_file",
        "on_this_machine",
        "dtmf_info",
        "dtmf_rtp",
        "tone_ms",
        "gap_ms",
        "lead_ms",
        "token_file",
        "token_parameter",
        "every_ms",
        "number",
        "code_file",
        "typed_code",
        "pulse_ms",
    ] {
        assert!(text.contains(&format!("{key} = ")), "{key} is not shown");
    }
}
