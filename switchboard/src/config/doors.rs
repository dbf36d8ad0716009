//! Doors in the configuration: `instructions` and `entrances` of a site, with the station, its relays and its picture.

use super::check::{Check, Checked};
use super::error::suggest;
use crate::doors::address::{AddressError, Host, Reach, StationUrl, admit};
use crate::doors::model::{Code, Endpoint, Entrance, Line, Login, Relay, Rings, Station, Trust};
use crate::doors::pictures::{PictureKind, PictureSource, Token};
use crate::doors::recipe::dtmf::Tones;
use crate::doors::recipe::{Ipac, Recipe};
use crate::doors::snapshots::Keeping;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use wire::Secret;

/// The doors of one site.
#[derive(Debug, Clone, Default)]
pub struct SiteDoors {
    /// Id of the site.
    pub site: String,
    /// What whoever answers has to know.
    pub instructions: String,
    /// Desks may get stored codes, to play them as tones in their own call.
    pub codes_on_desks: bool,
    /// Which pictures are kept.
    pub keeps: Option<Keeping>,
    /// Its entrances.
    pub entrances: Vec<Entrance>,
}

/// What a site says about doors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileEntrance {
    name: Spanned<String>,
    label: Option<String>,
    sip_user: Option<Spanned<String>>,
    sip_password_file: Option<Spanned<String>>,
    #[serde(default)]
    rings: Vec<Spanned<String>>,
    rings_queue: Option<Spanned<String>>,
    priority: Option<Spanned<i64>>,
    ipac: Option<Spanned<FileIpac>>,
    dtmf_info: Option<FileTones>,
    dtmf_rtp: Option<FileTones>,
    pictures: Option<Spanned<FilePictures>>,
    #[serde(default)]
    relays: Vec<Spanned<FileRelay>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSnapshots {
    at: Vec<FileMoment>,
    keep_hours: Option<Spanned<u16>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum FileMoment {
    Ring,
    Opening,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIpac {
    url: Spanned<String>,
    login: FileLogin,
    user: String,
    password_file: Spanned<String>,
    fingerprint: Option<Spanned<String>>,
    ca_file: Option<Spanned<String>>,
    #[serde(default)]
    on_this_machine: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum FileLogin {
    None,
    Basic,
    Digest,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct FileTones {
    tone_ms: Option<u16>,
    gap_ms: Option<u16>,
    lead_ms: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePictures {
    url: Spanned<String>,
    token_file: Option<Spanned<String>>,
    token_parameter: Option<String>,
    every_ms: Option<Spanned<u32>>,
    login: Option<Spanned<FileLogin>>,
    user: Option<String>,
    password_file: Option<Spanned<String>>,
    fingerprint: Option<Spanned<String>>,
    ca_file: Option<Spanned<String>>,
    #[serde(default)]
    on_this_machine: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRelay {
    number: Spanned<u8>,
    label: Option<String>,
    code_file: Option<Spanned<String>>,
    #[serde(default)]
    typed_code: bool,
    pulse_ms: Option<u32>,
}

/// Hours that pictures are kept where nothing is said, and at most.
const KEEP_HOURS: u16 = 72;
const KEEP_HOURS_MAX: u16 = 8_760;

/// How long a relay stays closed where nothing is said.
const PULSE_MS: u32 = 3_000;

impl Check<'_> {
    /// Which pictures a site keeps.
    pub(super) fn keeping(&self, snapshots: &Spanned<FileSnapshots>) -> Checked<Keeping> {
        let FileSnapshots { at, keep_hours } = snapshots.get_ref();
        if at.is_empty() {
            let help = "write `at = [\"ring\", \"opening\"]` or one of them, or take `snapshots` away";
            return Err(self.mistake(snapshots.span(), "no moment is named at which a picture is kept".to_owned(), help));
        }
        let hours = match keep_hours {
            None => KEEP_HOURS,
            Some(hours) if (1..=KEEP_HOURS_MAX).contains(hours.get_ref()) => *hours.get_ref(),
            Some(hours) => {
                let help = format!("write a number of hours from 1 to {KEEP_HOURS_MAX}");
                return Err(self.mistake(hours.span(), "`keep_hours` is out of range".to_owned(), help));
            }
        };
        Ok(Keeping { ring: at.contains(&FileMoment::Ring), opening: at.contains(&FileMoment::Opening), hours })
    }

    /// The entrances of a site.
    pub(super) fn entrances(&self, entrances: &[FileEntrance]) -> Checked<Vec<Entrance>> {
        entrances.iter().map(|entrance| self.entrance(entrance)).collect()
    }

    fn entrance(&self, entrance: &FileEntrance) -> Checked<Entrance> {
        self.name(&entrance.name, "entrance name")?;
        if let Some(user) = &entrance.sip_user {
            self.name(user, "SIP user")?;
        }
        let id = entrance.name.get_ref().clone();
        let recipe = match (&entrance.ipac, entrance.dtmf_info, entrance.dtmf_rtp) {
            (Some(ipac), None, None) => Recipe::Ipac(self.ipac(ipac)?),
            (None, Some(tones), None) => Recipe::DtmfInfo(tones.checked()),
            (None, None, Some(tones)) => Recipe::DtmfRtp(tones.checked()),
            (_, _, _) => {
                return Err(self.mistake(
                    entrance.name.span(),
                    format!("`{id}` says in no way, or in several, how its station is told to open"),
                    "add one of `ipac = { … }`, `dtmf_info = { … }`, `dtmf_rtp = { … }`",
                ));
            }
        };
        let mut relays: Vec<Relay> = Vec::new();
        for relay in &entrance.relays {
            let checked = self.relay(relay, &recipe)?;
            if relays.iter().any(|other| other.number == checked.number) {
                return Err(self.mistake(relay.span(), format!("there are two relays {}", checked.number), "write another number"));
            }
            relays.push(checked);
        }
        let pictures = entrance.pictures.as_ref().map(|pictures| self.pictures(pictures.get_ref())).transpose()?;
        let (line, sip_user) = (self.line(entrance)?, entrance.sip_user.as_ref().map(|user| user.get_ref().clone()));
        let station = Station { sip_user, line, recipe, pictures, relays };
        Ok(Entrance { name: entrance.label.clone().unwrap_or_else(|| id.clone()), id, station })
    }

    /// The priority of a door in its queue.
    fn priority(&self, entrance: &FileEntrance) -> Checked<u8> {
        let Some(priority) = &entrance.priority else { return Ok(0) };
        let known = u8::try_from(*priority.get_ref()).ok().filter(|priority| *priority <= wire::MAX_PRIORITY);
        known.ok_or_else(|| {
            let help = format!("write 0 to {}: each step counts as much as five minutes of waiting", wire::MAX_PRIORITY);
            self.mistake(priority.span(), format!("there is no priority {}", priority.get_ref()), help)
        })
    }

    /// The SIP account of a station.
    fn line(&self, entrance: &FileEntrance) -> Checked<Option<Line>> {
        let id = entrance.name.get_ref();
        let rings = match (entrance.rings.is_empty(), &entrance.rings_queue) {
            (true, None) => None,
            (false, None) => Some(Rings::People(entrance.rings.iter().map(|user| user.get_ref().clone()).collect())),
            (true, Some(queue)) => Some(Rings::Queue { name: queue.get_ref().clone(), priority: self.priority(entrance)? }),
            (false, Some(queue)) => {
                let help = "write either `rings = [\"…\"]` or `rings_queue = \"…\"`";
                return Err(self.mistake(queue.span(), format!("the station of `{id}` rings people and a queue at once"), help));
            }
        };
        if let Some(priority) = entrance.priority.as_ref().filter(|_| entrance.rings_queue.is_none()) {
            let help = "take it away, or write `rings_queue = \"…\"`: people who are rung at once have no order";
            return Err(self.mistake(priority.span(), format!("`{id}` waits in no queue, where it could have a priority"), help));
        }
        match (&entrance.sip_user, &entrance.sip_password_file, rings) {
            (_, None, None) => Ok(None),
            (Some(_), Some(file), Some(rings)) => Ok(Some(Line { password: self.secret_file(file)?, rings })),
            (_, _, _) => Err(self.mistake(
                entrance.name.span(),
                format!("the SIP account of the station of `{id}` is not complete"),
                "write all of `sip_user`, `sip_password_file` and one of `rings` or `rings_queue`, or none of the last three",
            )),
        }
    }

    /// Whom stations ring exists, and no station has the address of a person or queue.
    pub(super) fn rung(&self, tenant: &super::file::Tenant, people: &[super::Person], queues: &[super::Queue]) -> Checked<()> {
        let users: Vec<&str> = people.iter().map(|person| person.user.as_str()).collect();
        let names: Vec<&str> = queues.iter().map(|queue| queue.name.as_str()).collect();
        let unknown = |name: &Spanned<String>, known: &[&str], what: &str| {
            let help = Some(suggest(name.get_ref(), known)).filter(|help| !help.is_empty());
            let help = help.unwrap_or_else(|| format!("write the name of a {what} of this tenant"));
            self.mistake(name.span(), format!("there is no {what} `{}` in this tenant", name.get_ref()), help)
        };
        for entrance in tenant.sites.iter().flat_map(|site| &site.entrances) {
            if let Some(user) = entrance.rings.iter().find(|user| !users.contains(&user.get_ref().as_str())) {
                return Err(unknown(user, &users, "person"));
            }
            if let Some(queue) = entrance.rings_queue.as_ref().filter(|queue| !names.contains(&queue.get_ref().as_str())) {
                return Err(unknown(queue, &names, "queue"));
            }
            let taken = |user: &&Spanned<String>| users.contains(&user.get_ref().as_str()) || names.contains(&user.get_ref().as_str());
            if let Some(user) = entrance.sip_user.as_ref().filter(taken) {
                let problem = format!("`{}` is the address of a person or queue already", user.get_ref());
                return Err(self.mistake(user.span(), problem, "write another `sip_user`"));
            }
        }
        Ok(())
    }

    fn relay(&self, relay: &Spanned<FileRelay>, recipe: &Recipe) -> Checked<Relay> {
        let inner = relay.get_ref();
        let number = *inner.number.get_ref();
        let last = if matches!(recipe, Recipe::Ipac(_)) { 2 } else { 9 };
        if !(1..=last).contains(&number) {
            return Err(self.mistake(
                inner.number.span(),
                format!("a station of this kind has no relay {number}"),
                format!("write 1 to {last}"),
            ));
        }
        let code = match (&inner.code_file, inner.typed_code) {
            (Some(file), false) => {
                let code = self.secret_file(file)?;
                if code.expose().len() > 32 || !code.expose().bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'#')) {
                    return Err(self.mistake(file.span(), "this is no door code".to_owned(), "write digits, letters, * and #, 32 at most"));
                }
                Code::Stored(code)
            }
            (None, true) => Code::Typed,
            (Some(_) | None, _) => {
                return Err(self.mistake(
                    relay.span(),
                    format!("relay {number} wants a code from one place"),
                    "write either `code_file = \"…\"` or `typed_code = true`",
                ));
            }
        };
        let name = inner.label.clone().unwrap_or_else(|| format!("{number}"));
        Ok(Relay { number, name, code, pulse_ms: inner.pulse_ms.unwrap_or(PULSE_MS) })
    }

    fn ipac(&self, ipac: &Spanned<FileIpac>) -> Checked<Ipac> {
        let inner = ipac.get_ref();
        let (user, password) = (inner.user.clone(), self.secret_file(&inner.password_file)?);
        let login = match inner.login {
            FileLogin::None => Login::Body { user, password },
            FileLogin::Basic => Login::Basic { user, password },
            FileLogin::Digest => Login::Digest { user, password },
        };
        let reach = Reach { loopback: inner.on_this_machine };
        if inner.url.get_ref().contains('?') {
            let help = "write the address of the station alone; the path of its API is added";
            return Err(self.mistake(inner.url.span(), "a query has no place in this address".to_owned(), help));
        }
        Ok(Ipac { endpoint: self.endpoint(&inner.url, inner.fingerprint.as_ref(), inner.ca_file.as_ref(), reach)?, reach, login })
    }

    fn pictures(&self, pictures: &FilePictures) -> Checked<PictureSource> {
        let reach = Reach { loopback: pictures.on_this_machine };
        let endpoint = self.endpoint(&pictures.url, pictures.fingerprint.as_ref(), pictures.ca_file.as_ref(), reach)?;
        let parameter = pictures.token_parameter.clone().unwrap_or_else(|| "api_token".to_owned());
        let value: Option<Secret> = pictures.token_file.as_ref().map(|file| self.secret_file(file)).transpose()?;
        let kind = match &pictures.every_ms {
            None => PictureKind::Mjpeg,
            Some(every) if (100..=60_000).contains(every.get_ref()) => {
                PictureKind::Snapshot { every: Duration::from_millis(u64::from(*every.get_ref())) }
            }
            Some(every) => {
                return Err(self.mistake(every.span(), "`every_ms` is out of range".to_owned(), "write a number from 100 to 60000"));
            }
        };
        let login = match (&pictures.login, &pictures.user, &pictures.password_file) {
            (None, None, None) => None,
            (Some(login), Some(user), Some(file)) => {
                let (user, password) = (user.clone(), self.secret_file(file)?);
                match login.get_ref() {
                    FileLogin::Basic => Some(Login::Basic { user, password }),
                    FileLogin::Digest => Some(Login::Digest { user, password }),
                    FileLogin::None => {
                        let help = "write `basic` or `digest`, or take the three keys away";
                        return Err(self.mistake(login.span(), "a camera has no parameters to put a login into".to_owned(), help));
                    }
                }
            }
            (_, _, _) => {
                let help = "write all of `login`, `user` and `password_file`, or none";
                return Err(self.mistake(pictures.url.span(), "the login of this camera is not complete".to_owned(), help));
            }
        };
        Ok(PictureSource { kind, endpoint, reach, token: value.map(|value| Token { parameter, value }), login })
    }

    fn endpoint(
        &self,
        url: &Spanned<String>,
        fingerprint: Option<&Spanned<String>>,
        authority: Option<&Spanned<String>>,
        reach: Reach,
    ) -> Checked<Endpoint> {
        let parsed = StationUrl::parse(url.get_ref()).map_err(|e| self.address_mistake(url.span(), e))?;
        if let Host::Address(address) = parsed.host {
            admit(address, reach).map_err(|e| self.address_mistake(url.span(), e))?;
        }
        let trust = match (parsed.https, fingerprint, authority) {
            (false, None, None) => Trust::Plain,
            (true, Some(fingerprint), None) => Trust::Fingerprint(self.fingerprint(fingerprint)?),
            (true, None, Some(file)) => Trust::Authorities(self.authorities(file)?),
            (false, _, _) => {
                return Err(self.mistake(
                    url.span(),
                    "plain HTTP shows no certificate".to_owned(),
                    "write `https://`, or take the certificate away",
                ));
            }
            (true, _, _) => {
                return Err(self.mistake(
                    url.span(),
                    "this server does not know which certificate the station may show".to_owned(),
                    "add either `fingerprint = \"…\"` (SHA-256 of its certificate) or `ca_file = \"…\"`",
                ));
            }
        };
        Ok(Endpoint { url: parsed, trust })
    }

    fn address_mistake(&self, span: Range<usize>, error: AddressError) -> super::ConfigError {
        let help = match error {
            AddressError::Loopback => "write the station's own address; a simulator on this machine needs `on_this_machine = true`",
            AddressError::Extra => "take them out of the address and use the keys for them",
            AddressError::Scheme
            | AddressError::Host
            | AddressError::Port
            | AddressError::Path
            | AddressError::LinkLocal
            | AddressError::NotUnicast => "write for example `http://192.0.2.7` or `https://gate.example:8443`",
        };
        self.mistake(span, format!("no station can be reached at this address: {error}"), help)
    }

    fn fingerprint(&self, text: &Spanned<String>) -> Checked<[u8; 32]> {
        let digits: String = text.get_ref().chars().filter(|c| *c != ':').collect();
        let mut out = [0; 32];
        let whole = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        for (at, byte) in out.iter_mut().enumerate() {
            let pair = digits.get(at * 2..at * 2 + 2).filter(|_| whole).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = pair.ok_or_else(|| {
                self.mistake(
                    text.span(),
                    "this is no SHA-256 fingerprint".to_owned(),
                    "write its 64 hexadecimal digits, with or without colons",
                )
            })?;
        }
        Ok(out)
    }

    fn authorities(&self, file: &Spanned<String>) -> Checked<Vec<Vec<u8>>> {
        let path = self.relative(file.get_ref());
        let read = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        match read {
            Ok(list) if !list.is_empty() => Ok(list.into_iter().map(|certificate| certificate.to_vec()).collect()),
            Ok(_) | Err(_) => Err(self.mistake(file.span(), format!("{} holds no certificate", path.display()), "name a PEM file")),
        }
    }
}

impl FileTones {
    fn checked(self) -> Tones {
        let usual = Tones::default();
        Tones {
            tone_ms: self.tone_ms.map_or(usual.tone_ms, |ms| u32::from(ms).clamp(40, 2_000)),
            gap_ms: self.gap_ms.map_or(usual.gap_ms, |ms| u32::from(ms).clamp(40, 2_000)),
            lead_ms: self.lead_ms.map_or(usual.lead_ms, |ms| u32::from(ms).min(5_000)),
        }
    }
}
