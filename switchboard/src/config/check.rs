//! Turns the file into checked values. The first mistake ends it, named with its line and what to write instead.

use super::doors::SiteDoors;
use super::error::suggest;
use super::{Config, ConfigError, Http, Ice, Limits, Media, Pbx, PbxAccount, Person, StoreSettings, Tenant, Tls, file, rules};
use crate::doors::model::Entrance;
use crate::net::canonical;
use sip_ws::MAX_EDGES;
use sip_ws::codec::Uri;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use wire::{IcePolicy, Secret};

pub(super) type Checked<T> = Result<T, ConfigError>;

/// Checks the text of a configuration. Relative paths are relative to the directory of `path`.
///
/// # Errors
/// The first mistake in the text.
pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let file: file::File = toml::from_str(text).map_err(|e| ConfigError::from_toml(path, text, &e))?;
    Check { text, path }.config(file)
}

pub(super) struct Check<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Check<'_> {
    fn config(&self, file: file::File) -> Checked<Config> {
        let http = self.http(&file.http)?;
        let tls = file.tls.map(|tls| self.tls(&tls)).transpose()?;
        if tls.is_none() && !http.listen.ip().is_loopback() && http.behind_proxy.is_empty() {
            return Err(self.mistake(
                file.http.listen.span(),
                format!("plain HTTP on {} would give no page a microphone and show every password to the network", http.listen),
                "add a [tls] table, or listen on 127.0.0.1 behind a proxy, or name the proxy in `behind_proxy = [\"address\"]`",
            ));
        }
        let mut limits = Limits::default();
        file.limits.apply(&mut limits).map_err(|(span, name, low, high)| {
            self.mistake(span, format!("`{name}` is out of range"), format!("write a number from {low} to {high}"))
        })?;
        let mut tenants: Vec<Tenant> = Vec::new();
        for tenant in &file.tenants {
            let checked = self.tenant(tenant.get_ref())?;
            let inner = tenant.get_ref();
            if tenants.iter().any(|t| t.name == checked.name) {
                return Err(self.twice(&inner.name, "tenant"));
            }
            if tenants.iter().any(|t| t.domain == checked.domain) {
                return Err(self.twice(&inner.domain, "SIP domain"));
            }
            tenants.push(checked);
        }
        if tenants.is_empty() {
            return Err(ConfigError::unreadable(self.path, "there is no tenant; add a [[tenants]] table with `name` and `domain`"));
        }
        Ok(Config {
            http,
            tls,
            ice: self.ice(&file.ice)?,
            media: self.media(&file.media)?,
            store: self.store(&file.store)?,
            limits,
            tenants,
            demo_device_password: None,
        })
    }

    fn http(&self, http: &file::Http) -> Checked<Http> {
        let listen: SocketAddr = http.listen.get_ref().parse().map_err(|_| {
            self.mistake(
                http.listen.span(),
                format!("`{}` is not an address with a port", http.listen.get_ref()),
                "write for example `127.0.0.1:8080` or `[::1]:8080`",
            )
        })?;
        let mut origins = Vec::new();
        for origin in &http.origins {
            origins.push(self.origin(origin)?);
        }
        let proxies = http.behind_proxy.iter().map(|p| self.address(p)).collect::<Checked<_>>()?;
        let app = http.app.as_ref().map(|app| self.relative(app));
        let readers = http.metrics_from.iter().map(|p| self.address(p)).collect::<Checked<_>>()?;
        Ok(Http { listen, origins, app, behind_proxy: proxies, metrics_from: readers })
    }

    /// An origin as a browser sends it: lower case, without a default port, path or slash.
    fn origin(&self, origin: &Spanned<String>) -> Checked<String> {
        let text = origin.get_ref();
        let wrong = |help: String| self.mistake(origin.span(), format!("`{text}` is not an origin"), help);
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(wrong(format!("write `https://{text}`")));
        };
        if scheme != "http" && scheme != "https" {
            return Err(wrong("an origin begins with `https://` or `http://`".to_owned()));
        }
        let host = rest.split('/').next().unwrap_or_default();
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let wanted = format!("{scheme}://{}", host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase());
        if *text != wanted || host.is_empty() || host.contains(['*', '@', ' ']) {
            return Err(wrong(format!("write it as browsers send it: `{wanted}`, one entry per host, without `*`")));
        }
        Ok(wanted)
    }

    fn tls(&self, tls: &Spanned<file::Tls>) -> Checked<Tls> {
        let inner = tls.get_ref();
        match (&inner.certificate, &inner.key, &inner.private_ca) {
            (Some(certificate), Some(key), None) => Ok(Tls::Files { certificate: self.relative(certificate), key: self.relative(key) }),
            (None, None, Some(directory)) if !inner.names.is_empty() => {
                Ok(Tls::PrivateCa { directory: self.relative(directory), names: inner.names.clone() })
            }
            (None, None, Some(_)) => Err(self.mistake(
                tls.span(),
                "a private CA needs to know what it certifies".to_owned(),
                "add `names = [\"host.name\", \"192.0.2.1\"]`",
            )),
            (_, _, _) => Err(self.mistake(
                tls.span(),
                "[tls] names neither a certificate nor a private CA".to_owned(),
                "write `certificate` and `key`, or `private_ca` and `names`, not both",
            )),
        }
    }

    fn ice(&self, ice: &file::Ice) -> Checked<Ice> {
        let urls = |list: &[Spanned<String>], schemes: &[&str]| -> Checked<Vec<String>> {
            list.iter()
                .map(|url| {
                    let text = url.get_ref();
                    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
                    match rest.filter(|rest| !rest.is_empty() && !rest.starts_with('/')) {
                        Some(_) => Ok(text.clone()),
                        None => Err(self.mistake(
                            url.span(),
                            format!("`{text}` is not an address for this key"),
                            format!("write for example `{}host.name:3478`", schemes[0]),
                        )),
                    }
                })
                .collect()
        };
        let stun = urls(&ice.stun, &["stun:", "stuns:"])?;
        let turn = urls(&ice.turn, &["turn:", "turns:"])?;
        let secret = ice.secret_file.as_ref().map(|file| self.secret_file(file)).transpose()?;
        if let (Some(first), None) = (ice.turn.first(), &secret) {
            return Err(self.mistake(
                first.span(),
                "a TURN server needs the secret that its credentials are made with".to_owned(),
                "add `secret_file = \"turn.secret\"`, a file with the server's `static-auth-secret`",
            ));
        }
        let policy = ice.policy.as_ref().map_or(IcePolicy::All, |p| (*p.get_ref()).into());
        if let (IcePolicy::Relay, true, Some(at)) = (policy, turn.is_empty(), &ice.policy) {
            return Err(self.mistake(
                at.span(),
                "with `policy = \"relay\"` and no TURN server no call can have media".to_owned(),
                "add `turn = [\"turn:host.name:3478\"]`, or write `policy = \"all\"`",
            ));
        }
        Ok(Ice { stun, turn, secret, policy })
    }

    fn media(&self, media: &file::Media) -> Checked<Media> {
        let addresses = media.addresses.iter().map(|a| self.address(a)).collect::<Checked<_>>()?;
        let udp_ports = match &media.udp_ports {
            None => (20_000, 20_999),
            Some(range) => range
                .get_ref()
                .split_once('-')
                .and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)))
                .filter(|(a, b): &(u16, u16)| *a >= 1024 && a <= b)
                .ok_or_else(|| {
                    self.mistake(
                        range.span(),
                        format!("`{}` is not a range of ports", range.get_ref()),
                        "write the first and the last port, for example `20000-20999`, both 1024 or above",
                    )
                })?,
        };
        Ok(Media { addresses, udp_ports })
    }

    fn store(&self, store: &file::Store) -> Checked<StoreSettings> {
        let url = store.url.get_ref();
        let url = match url.strip_prefix("sqlite:") {
            Some(file) if !file.is_empty() => crate::store::sqlite_url(&self.relative(file.trim_start_matches("//"))),
            None if url.starts_with("postgres://") || url.starts_with("postgresql://") => url.clone(),
            Some(_) | None => {
                return Err(self.mistake(
                    store.url.span(),
                    "this is not the address of a database".to_owned(),
                    "write `sqlite:portico.sqlite` or `postgres://user:password@host/database`",
                ));
            }
        };
        Ok(StoreSettings { url: Secret::new(url), keys: self.relative(&store.keys) })
    }

    fn tenant(&self, tenant: &file::Tenant) -> Checked<Tenant> {
        self.name(&tenant.name, "tenant name")?;
        let domain = tenant.domain.get_ref();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        if domain.is_empty() || !domain.chars().all(plain) || domain.starts_with('.') {
            return Err(self.mistake(
                tenant.domain.span(),
                format!("`{domain}` is not a SIP domain"),
                "write a host name in lower case without port, for example `acme.example`",
            ));
        }
        let mut sites: Vec<wire::Site> = Vec::new();
        let mut doors: Vec<SiteDoors> = Vec::new();
        for site in &tenant.sites {
            self.name(&site.name, "site name")?;
            if sites.iter().any(|s| s.id == *site.name.get_ref()) {
                return Err(self.twice(&site.name, "site"));
            }
            sites.push(self.site(site)?);
            doors.push(self.doors(site, &doors)?);
        }
        let mut people: Vec<Person> = Vec::new();
        for person in &tenant.people {
            let checked = self.person(person, &sites, tenant.pbx.is_some())?;
            if people.iter().any(|p| p.user == checked.user) {
                return Err(self.twice(&person.user, "user"));
            }
            people.push(checked);
        }
        let queues = self.queues(&tenant.queues, &sites, &people)?;
        self.rung(tenant, &people, &queues)?;
        Ok(Tenant {
            name: tenant.name.get_ref().clone(),
            label: tenant.label.clone().unwrap_or_else(|| tenant.name.get_ref().clone()),
            domain: domain.clone(),
            silent_supervision: tenant.silent_supervision,
            pause_reasons: self.choices(&tenant.pause_reasons, "pause reason")?,
            queues,
            sites,
            doors,
            people,
            pbx: tenant.pbx.as_ref().map(|pbx| self.pbx(pbx.get_ref())).transpose()?,
        })
    }

    fn site(&self, site: &file::Site) -> Checked<wire::Site> {
        let zone = site.zone.get_ref();
        if jiff::tz::TimeZone::get(zone).is_err() {
            return Err(self.mistake(site.zone.span(), format!("`{zone}` is not a time zone"), "write an IANA name such as `Europe/Rome`"));
        }
        let id = site.name.get_ref().clone();
        Ok(wire::Site { name: site.label.clone().unwrap_or_else(|| id.clone()), id, zone: zone.clone() })
    }

    /// The doors of a site. Names of entrances and users of stations are unique in the tenant.
    fn doors(&self, site: &file::Site, others: &[SiteDoors]) -> Checked<SiteDoors> {
        let entrances = self.entrances(&site.entrances)?;
        let mut known: Vec<&Entrance> = others.iter().flat_map(|site| &site.entrances).collect();
        for entrance in &entrances {
            let same_user = |other: &&&Entrance| other.station.sip_user.is_some() && other.station.sip_user == entrance.station.sip_user;
            if let Some(other) = known.iter().find(|other| other.id == entrance.id || same_user(other)) {
                return Err(self.mistake(
                    site.name.span(),
                    format!("the entrances `{}` and `{}` of this tenant have the same name or `sip_user`", other.id, entrance.id),
                    "write another name",
                ));
            }
            known.push(entrance);
        }
        Ok(SiteDoors {
            site: site.name.get_ref().clone(),
            instructions: site.instructions.clone().unwrap_or_default(),
            codes_on_desks: site.codes_on_desks,
            keeps: site.snapshots.as_ref().map(|snapshots| self.keeping(snapshots)).transpose()?,
            entrances,
        })
    }

    fn person(&self, person: &file::Person, sites: &[wire::Site], has_pbx: bool) -> Checked<Person> {
        self.name(&person.user, "user name")?;
        let user = person.user.get_ref().clone();
        for site in &person.sites {
            if !sites.iter().any(|s| s.id == *site.get_ref()) {
                let known: Vec<&str> = sites.iter().map(|s| s.id.as_str()).collect();
                let help = suggest(site.get_ref(), &known);
                let help = if help.is_empty() { "add a [[tenants.sites]] table with this name".to_owned() } else { help };
                return Err(self.mistake(site.span(), format!("there is no site `{}` in this tenant", site.get_ref()), help));
            }
        }
        if let Some(password) = &person.password
            && argon2::PasswordHash::new(password.get_ref().expose()).is_err()
        {
            return Err(self.mistake(
                password.span(),
                "a password stands here only as a hash".to_owned(),
                "write the line that `switchboard hash-password` prints",
            ));
        }
        let pbx = match &person.pbx {
            Some(account) if !has_pbx => {
                return Err(self.mistake(
                    account.span(),
                    format!("`{user}` has an account on a PBX, but the tenant names none"),
                    "add a [tenants.pbx] table with `websocket` and `domain`",
                ));
            }
            Some(account) => Some(self.pbx_account(account)?),
            None if has_pbx => {
                return Err(self.mistake(
                    person.user.span(),
                    format!("the tenant's desks register with a PBX, but `{user}` has no account there"),
                    "add `pbx = { user = \"…\", password_file = \"…\" }`",
                ));
            }
            None => None,
        };
        Ok(Person {
            name: person.name.clone().unwrap_or_else(|| user.clone()),
            user,
            roles: person.roles.iter().map(|role| (*role).into()).collect(),
            sites: person.sites.iter().map(|s| s.get_ref().clone()).collect(),
            skills: self.levels(&person.skills)?,
            password: person.password.as_ref().map(|p| p.get_ref().clone()),
            pbx,
        })
    }

    fn pbx(&self, pbx: &file::Pbx) -> Checked<Pbx> {
        Ok(Pbx {
            websocket: self.websocket(&pbx.websocket)?,
            further_websockets: self.further(&pbx.further_websockets)?,
            domain: pbx.domain.clone(),
            realm: pbx.realm.clone().unwrap_or_else(|| pbx.domain.clone()),
            session_id_header: pbx.session_id_header.clone().unwrap_or_else(|| "Session-ID".to_owned()),
            trusted: pbx.trusted.iter().map(|who| self.trusted(who)).collect::<Checked<_>>()?,
        })
    }

    /// A host, or the address of somebody there: as a desk compares them.
    fn trusted(&self, who: &Spanned<String>) -> Checked<String> {
        let text = who.get_ref();
        let address = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:")).and_then(|address| address.split_once('@'));
        // No pattern: a star would be a user of that name.
        let is_user = |user: &str| !user.is_empty() && !user.contains('*') && Uri::parse(text).is_ok();
        let is_somebody = address.is_some_and(|(user, host)| is_user(user) && rules::is_host(host));
        if !is_somebody && !rules::is_host(text) {
            return Err(self.mistake(
                who.span(),
                format!("`{text}` is nobody whom a PBX can assert"),
                "write a host such as `pbx.example`, or an address such as `sip:reception@pbx.example`",
            ));
        }
        Ok(text.clone())
    }

    fn websocket(&self, url: &Spanned<String>) -> Checked<String> {
        let websocket = url.get_ref();
        if !websocket.starts_with("wss://") && !websocket.starts_with("ws://") || websocket.contains([' ', ';', ',']) {
            return Err(self.mistake(
                url.span(),
                format!("`{websocket}` is not the address of a WebSocket"),
                "write for example `wss://pbx.example:8089/ws`",
            ));
        }
        Ok(websocket.clone())
    }

    /// Further edges: as many as a desk uses.
    fn further(&self, urls: &[Spanned<String>]) -> Checked<Vec<String>> {
        if let Some(surplus) = urls.get(MAX_EDGES - 1) {
            return Err(self.mistake(
                surplus.span(),
                format!("a desk keeps {MAX_EDGES} sockets at most"),
                "name the best three beside the first",
            ));
        }
        urls.iter().map(|url| self.websocket(url)).collect()
    }

    fn pbx_account(&self, account: &Spanned<file::PbxAccount>) -> Checked<PbxAccount> {
        let inner = account.get_ref();
        let password = match (&inner.password, &inner.password_file) {
            (Some(password), None) => password.clone(),
            (None, Some(file)) => self.secret_file(&Spanned::new(account.span(), file.clone()))?,
            (_, _) => {
                return Err(self.mistake(
                    account.span(),
                    "a PBX account needs one password".to_owned(),
                    "write either `password` or `password_file`",
                ));
            }
        };
        Ok(PbxAccount { user: inner.user.clone(), password })
    }

    pub(super) fn secret_file(&self, file: &Spanned<String>) -> Checked<Secret> {
        let path = self.relative(file.get_ref());
        let text = std::fs::read_to_string(&path)
            .map_err(|e| self.mistake(file.span(), format!("{} cannot be read: {e}", path.display()), "write the secret into this file"))?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(self.mistake(file.span(), format!("{} is empty", path.display()), "write the secret into this file"));
        }
        Ok(Secret::new(secret))
    }

    pub(super) fn name(&self, name: &Spanned<String>, what: &str) -> Checked<()> {
        let text = name.get_ref();
        if !rules::is_name(text) {
            return Err(self.mistake(name.span(), format!("`{text}` cannot be a {what}"), "use 1 to 64 of the characters a-z 0-9 - _ . +"));
        }
        Ok(())
    }

    fn address(&self, address: &Spanned<String>) -> Checked<IpAddr> {
        address.get_ref().parse().map(canonical).map_err(|_| {
            self.mistake(
                address.span(),
                format!("`{}` is not an IP address", address.get_ref()),
                "write for example `192.0.2.7` or `2001:db8::7`",
            )
        })
    }

    pub(super) fn twice(&self, name: &Spanned<String>, what: &str) -> ConfigError {
        self.mistake(name.span(), format!("there are two of {what} `{}`", name.get_ref()), "write another name, or remove one of the two")
    }

    pub(super) fn relative(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    pub(super) fn mistake(&self, span: Range<usize>, problem: String, help: impl Into<String>) -> ConfigError {
        ConfigError::at(self.path, self.text, span, problem, help.into())
    }
}
