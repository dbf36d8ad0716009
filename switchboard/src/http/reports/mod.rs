//! `GET /api/reports/<kind>`: sums of the history. `GET /api/reports/calls`: the calls behind them. As JSON, or as a file with
//! `format=csv` or `format=json`. Whoever is in charge reads what was counted at their own sites, everybody else what they did themselves.

mod calls;
mod file;
mod spans;
mod sums;

use super::{Failure, Session};
use crate::directory::{Person, Tenant};
use crate::rights::{Act, Reach, reach};
use crate::services::Services;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::sync::Arc;
use wire::{ErrorCode, Granularity, ReportKind, UnixMs};

pub(super) use self::calls::calls;
use self::sums::report;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(deserialize_with = "date")]
    from: Date,
    #[serde(deserialize_with = "date")]
    to: Date,
    granularity: Option<Granularity>,
    #[serde(default)]
    site: String,
    #[serde(default)]
    queue: String,
    #[serde(default)]
    agent: String,
    reason: Option<String>,
    disposition: Option<String>,
    format: Option<Format>,
    // Of the calls.
    report: Option<ReportKind>,
    #[serde(default)]
    counted: String,
    since: Option<UnixMs>,
    until: Option<UnixMs>,
    after: Option<String>,
    limit: Option<u32>,
}

fn date<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Format {
    Json,
    Csv,
}

type Asked = Result<Query<Wanted>, QueryRejection>;

pub(super) async fn queues(services: State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    report(services, session, wanted, ReportKind::Queues, Act::ReportQueues).await
}

pub(super) async fn sites(services: State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    report(services, session, wanted, ReportKind::Sites, Act::ReportSites).await
}

pub(super) async fn agents(services: State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    report(services, session, wanted, ReportKind::Agents, Act::ReportAgents).await
}

pub(super) async fn reasons(services: State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    report(services, session, wanted, ReportKind::Reasons, Act::ReportReasons).await
}

pub(super) async fn dispositions(services: State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    report(services, session, wanted, ReportKind::Dispositions, Act::ReportDispositions).await
}

/// What somebody may read.
struct Scope {
    tenant: Arc<Tenant>,
    /// The sites; `None` for whatever one did oneself.
    sites: Option<Vec<String>>,
    zone: TimeZone,
}

impl Scope {
    /// Checks what is asked for, and bounds it by what the person may read.
    fn of(services: &Services, person: &Person, wanted: &mut Wanted, act: Act) -> Result<Self, Failure> {
        let bad = |words| Failure::new(ErrorCode::BadRequest, words);
        if wanted.from > wanted.to {
            return Err(bad("`from` is the first day and `to` the last one"));
        }
        if !(1970..=9000).contains(&wanted.from.year()) || !(1970..=9000).contains(&wanted.to.year()) {
            return Err(bad("`from` and `to` are days after 1970"));
        }
        let forbidden = || Failure::new(ErrorCode::Forbidden, "this person may not read that");
        let sites = match reach(&person.roles, act) {
            Reach::Nothing => return Err(forbidden()),
            Reach::Own if wanted.agent.is_empty() || wanted.agent == person.user => {
                wanted.agent.clone_from(&person.user);
                None
            }
            Reach::Own => return Err(forbidden()),
            // What lies at no site belongs to those who are bound to none.
            Reach::Sites | Reach::Tenant if person.sites.is_empty() => Some(vec![String::new()]),
            Reach::Sites | Reach::Tenant => Some(person.sites.iter().map(|site| site.id.clone()).collect()),
        };
        if sites.as_ref().is_some_and(|sites| !wanted.site.is_empty() && !sites.contains(&wanted.site)) {
            return Err(forbidden());
        }
        let named = person.sites.iter().find(|site| site.id == wanted.site).or(person.sites.first());
        let zone = named.and_then(|site| TimeZone::get(&site.zone).ok()).unwrap_or(TimeZone::UTC);
        let tenant = services.directory.tenant(&person.tenant).ok_or_else(forbidden)?;
        Ok(Self { tenant, sites, zone })
    }

    /// The sites that are asked about; `None` for whatever one did oneself, anywhere.
    fn asked(&self, wanted: &Wanted) -> Option<Vec<String>> {
        if wanted.site.is_empty() { self.sites.clone() } else { Some(vec![wanted.site.clone()]) }
    }
}

fn read(wanted: Asked) -> Result<Wanted, Failure> {
    let words = "`from` and `to` are days like 2026-11-28; the other words are those of docs/reports.md";
    wanted.map(|Query(wanted)| wanted).map_err(|_| Failure::new(ErrorCode::BadRequest, words))
}
