//! `GET /api/reports/<kind>`: sums of the history. `GET /api/reports/calls`: the calls behind them. As JSON, or as a file with
//! `format=csv`. Whoever is in charge reads what was counted at their own sites, everybody else what they did themselves.

use super::access::time;
use super::{Failure, Session, csv};
use crate::clock::now_ms;
use crate::directory::{Person, Tenant};
use crate::reports::{Grain, QUARTER_MS, Subject, Sums, add, date_of, first_of_day, last, offset_ms, offsets};
use crate::rights::{Act, Reach, reach};
use crate::services::Services;
use crate::store::{CallsBy, CallsWanted, LogEntry, SumRow, SumsWanted};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::{ErrorCode, Granularity, Report, ReportCall, ReportCalls, ReportFigures, ReportKind, ReportRow, UnixMs};

/// Rows of a report at most.
const MAX_ROWS: usize = 100_000;
/// Calls of a page when the page does not say, and at most.
const CALLS: u32 = 50;
const MAX_CALLS: u32 = 200;
/// Calls of a file at most.
const MAX_FILE: usize = 100_000;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

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

    fn sees(&self, site: &str) -> bool {
        self.sites.as_ref().is_none_or(|sites| sites.iter().any(|own| own == site))
    }
}

/// How the sums of a report are added up: by what, and in which spans of time.
struct Spans {
    grain: Grain,
    from: i64,
    until: i64,
    shift: i64,
    size: i64,
}

impl Spans {
    fn of(wanted: &Wanted, granularity: Granularity, zone: &TimeZone) -> Result<Self, Failure> {
        let day = |date: Date| i64::from((date - date_of(0)).get_days());
        let (first, end) = (day(wanted.from), day(wanted.to) + 1);
        let longest = match granularity {
            Granularity::Quarter => 31,
            Granularity::Hour => 93,
            Granularity::Day => 1_100,
            Granularity::Week | Granularity::Total => 7_400,
            Granularity::Unknown => return Err(Failure::new(ErrorCode::BadRequest, "`granularity` is quarter, hour, day, week or total")),
        };
        if end - first > longest {
            let words = format!("from {} to {} is more than {longest} days: ask for fewer, or for longer spans", wanted.from, wanted.to);
            return Err(Failure::new(ErrorCode::BadRequest, words));
        }
        let (from, until) = (first_of_day(zone, wanted.from), first_of_day(zone, date_of(end)));
        Ok(match granularity {
            Granularity::Quarter => Self { grain: Grain::Quarter, from, until, shift: 0, size: QUARTER_MS },
            // Hours begin when the clocks of the site show a full one.
            Granularity::Hour => {
                Self { grain: Grain::Quarter, from, until, shift: offset_ms(zone, from).rem_euclid(HOUR_MS), size: HOUR_MS }
            }
            Granularity::Day => Self { grain: Grain::Day, from: first, until: end, shift: 0, size: 1 },
            // 1 January 1970 was a Thursday.
            Granularity::Week => Self { grain: Grain::Day, from: first, until: end, shift: 3, size: 7 },
            Granularity::Total | Granularity::Unknown => Self { grain: Grain::Day, from: first, until: end, shift: 0, size: i64::MAX },
        })
    }

    fn bucket(&self, grain: Grain, start: i64) -> Option<i64> {
        (grain == self.grain && (self.from..self.until).contains(&start)).then(|| (start + self.shift) / self.size)
    }

    /// When the row begins, or on which day.
    fn begin(&self, granularity: Granularity, bucket: i64) -> (Option<UnixMs>, Option<String>) {
        let start = bucket.saturating_mul(self.size) - self.shift;
        match (self.grain, granularity) {
            (_, Granularity::Total) => (None, None),
            (Grain::Quarter, _) => (Some(start), None),
            (Grain::Day, _) => (None, Some(date_of(start).to_string())),
        }
    }
}

async fn report(
    State(services): State<Services>,
    session: Session,
    wanted: Asked,
    kind: ReportKind,
    act: Act,
) -> Result<Response, Failure> {
    let mut wanted = read(wanted)?;
    let scope = Scope::of(&services, &session.person, &mut wanted, act)?;
    let granularity = wanted.granularity.unwrap_or(Granularity::Total);
    let spans = Spans::of(&wanted, granularity, &scope.zone)?;
    let subject = match kind {
        ReportKind::Queues | ReportKind::Sites | ReportKind::Unknown => Subject::Queue,
        ReportKind::Agents => Subject::Agent,
        ReportKind::Reasons => Subject::Reason,
        ReportKind::Dispositions => Subject::Disposition,
    };
    let word = match subject {
        Subject::Reason => wanted.reason.clone(),
        Subject::Disposition => wanted.disposition.clone(),
        Subject::Queue | Subject::Agent => None,
    };
    // An agent's own calls and times belong to no queue, and no queue's sums to one agent.
    let agent = if matches!(subject, Subject::Agent | Subject::Reason) { wanted.agent.clone() } else { String::new() };
    let queue = if subject == Subject::Reason { String::new() } else { wanted.queue.clone() };
    let (site, limit) = (wanted.site.clone(), MAX_ROWS as i64 + 1);
    let Spans { grain, from, until, shift, size } = spans;
    let asked = SumsWanted { subject, grain, from, until, shift, size, site, queue, agent, word, limit };
    let mut sums = services.store.sums(&scope.tenant.id, &asked).await?;
    let now = now_ms();
    sums.extend(lasting(&services, &scope, &asked, &spans, now).await?);
    if sums.len() > MAX_ROWS {
        return Err(Failure::new(ErrorCode::BadRequest, "these are more than 100000 rows: ask for fewer days, or for longer spans"));
    }
    let mut rows: BTreeMap<(i64, String, String), ReportFigures> = BTreeMap::new();
    let mut total = ReportFigures::default();
    for sum in sums.into_iter().filter(|sum| scope.sees(&sum.site)) {
        add(&mut total, &sum.figures);
        let key = match kind {
            ReportKind::Queues | ReportKind::Unknown => (sum.queue, String::new()),
            ReportKind::Sites => (sum.site, String::new()),
            ReportKind::Agents => (sum.agent, String::new()),
            ReportKind::Reasons => (sum.word, String::new()),
            ReportKind::Dispositions => (sum.word, sum.queue),
        };
        add(rows.entry((sum.bucket, key.0, key.1)).or_default(), &sum.figures);
    }
    let labels = Labels { services: &services, person: &session.person, tenant: &scope.tenant, kind };
    let rows = rows.into_iter().filter(|(_, figures)| *figures != ReportFigures::default());
    let rows = rows.map(|((bucket, name, queue), figures)| {
        let (at, day) = spans.begin(granularity, bucket);
        ReportRow { at, day, label: labels.of(&name, &queue), name, queue, figures }
    });
    let zone = scope.zone.iana_name().unwrap_or("UTC").to_owned();
    let (from, to) = (wanted.from.to_string(), wanted.to.to_string());
    let until = first_of_day(&scope.zone, wanted.to.saturating_add(1.day()));
    let offsets = offsets(&scope.zone, first_of_day(&scope.zone, wanted.from), until);
    let report = Report { kind, from, to, granularity, zone, offsets, now, rows: rows.collect(), total };
    if wanted.format != Some(Format::Csv) {
        return Ok(Json(report).into_response());
    }
    let name = serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
    log_export(&services, &session.person, &name, &wanted).await?;
    Ok(file(&format!("{name}-{}-{}", report.from, report.to), report_lines(&report, &scope.zone)))
}

/// What agents do at this moment, as far as it belongs to the report: it is added up in the store when it ends.
async fn lasting(services: &Services, scope: &Scope, asked: &SumsWanted, spans: &Spans, now: UnixMs) -> Result<Vec<SumRow>, Failure> {
    // Times of agents come from no queue.
    if !matches!(asked.subject, Subject::Agent | Subject::Reason) || !asked.queue.is_empty() {
        return Ok(Vec::new());
    }
    let mut open = Sums::new();
    for state in services.store.open_states(&scope.tenant.id, &asked.agent).await? {
        last(&state, now, &mut open);
    }
    let wanted = open.into_iter().filter(|(key, _)| {
        let at = asked.site.is_empty() || key.site == asked.site;
        key.subject == asked.subject && at && asked.word.as_ref().is_none_or(|word| *word == key.word)
    });
    let rows = wanted.filter_map(|(key, figures)| {
        let bucket = spans.bucket(key.grain, key.start)?;
        Some(SumRow { bucket, site: key.site, queue: key.queue, agent: key.agent, word: key.word, figures })
    });
    Ok(rows.collect())
}

/// Names to show.
struct Labels<'a> {
    services: &'a Services,
    person: &'a Person,
    tenant: &'a Tenant,
    kind: ReportKind,
}

impl Labels<'_> {
    fn of(&self, name: &str, queue: &str) -> String {
        let of = |queue: &str| self.tenant.queues.iter().find(move |of| of.name == *queue);
        let label = match self.kind {
            ReportKind::Queues | ReportKind::Unknown => of(name).map(|queue| queue.label.clone()),
            ReportKind::Sites => self.person.sites.iter().find(|site| site.id == name).map(|site| site.name.clone()),
            ReportKind::Agents => self.services.directory.person(&self.tenant.id, name).map(|person| person.display_name.clone()),
            ReportKind::Reasons => self.tenant.pause_reasons.iter().find(|reason| reason.name == name).map(|r| r.label.clone()),
            ReportKind::Dispositions => of(queue).and_then(|of| of.dispositions.iter().find(|d| d.name == name)).map(|d| d.label.clone()),
        };
        label.unwrap_or_else(|| name.to_owned())
    }
}

/// `GET /api/reports/calls`
pub(super) async fn calls(State(services): State<Services>, session: Session, wanted: Asked) -> Result<Response, Failure> {
    let mut wanted = read(wanted)?;
    let scope = Scope::of(&services, &session.person, &mut wanted, Act::ReportCalls)?;
    if !["", "answered", "in-time", "handed-on", "lost", "short", "missed"].contains(&wanted.counted.as_str()) {
        let words = "`counted` is answered, in-time, handed-on, lost, short or missed";
        return Err(Failure::new(ErrorCode::BadRequest, words));
    }
    let after = match &wanted.after {
        None => None,
        Some(text) => {
            let cursor = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
            Some(cursor.ok_or_else(|| Failure::new(ErrorCode::BadRequest, "`after` is the `next` of a page"))?)
        }
    };
    let limit = wanted.limit.unwrap_or(CALLS).clamp(1, MAX_CALLS);
    if wanted.format != Some(Format::Csv) {
        return Ok(Json(page(&services, &scope, &wanted, after, limit).await?).into_response());
    }
    log_export(&services, &session.person, "calls", &wanted).await?;
    let (mut lines, mut after, mut count) = (vec![CALL_HEAD.to_owned()], after, 0);
    loop {
        let page = page(&services, &scope, &wanted, after.clone(), MAX_CALLS * 10).await?;
        count += page.rows.len();
        lines.extend(page.rows.iter().map(|call| call_line(call, &scope.zone)));
        match page.next {
            Some(_) if count >= MAX_FILE => {
                return Err(Failure::new(ErrorCode::BadRequest, "these are more than 100000 calls: ask for fewer days"));
            }
            Some(next) => after = next.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned()))),
            None => return Ok(file(&format!("calls-{}-{}", wanted.from, wanted.to), lines.concat())),
        }
    }
}

/// A page of the calls of all sites: each has its index, and their first rows make the first rows of all.
async fn page(
    services: &Services,
    scope: &Scope,
    wanted: &Wanted,
    after: Option<(UnixMs, String)>,
    limit: u32,
) -> Result<ReportCalls, Failure> {
    let day = |date: Date| i64::from((date - date_of(0)).get_days());
    let days = (day(wanted.from), day(wanted.to));
    let chosen = |sites: &Vec<String>| sites.iter().filter(|site| wanted.site.is_empty() || **site == wanted.site).cloned().collect();
    let places: Vec<CallsBy> = match scope.sites.as_ref().map(chosen) {
        None => vec![CallsBy::Agent(wanted.agent.clone(), None)],
        Some(sites) => {
            let sites: Vec<String> = sites;
            let by = |site: String| match (wanted.agent.as_str(), wanted.queue.as_str()) {
                ("", "") => CallsBy::Site(site),
                ("", queue) => CallsBy::Queue(queue.to_owned(), site),
                (agent, _) => CallsBy::Agent(agent.to_owned(), Some(site)),
            };
            sites.into_iter().map(by).collect()
        }
    };
    let mut found = Vec::new();
    for by in places {
        let asked = CallsWanted {
            by,
            // No clock is further from UTC than a day.
            since: wanted.since.unwrap_or(i64::MIN).max((days.0 - 1) * DAY_MS),
            until: wanted.until.unwrap_or(i64::MAX).min((days.1 + 2) * DAY_MS),
            days,
            queue: wanted.queue.clone(),
            of_queues: matches!(wanted.report, Some(ReportKind::Queues | ReportKind::Sites | ReportKind::Dispositions)),
            counted: wanted.counted.clone(),
            disposition: wanted.disposition.clone(),
            after: after.clone(),
            limit: limit + 1,
        };
        found.extend(services.store.report_calls(&scope.tenant.id, &asked).await?);
    }
    found.sort_by(|(one, a), (other, b)| (b.at, other).cmp(&(a.at, one)));
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|(id, call)| format!("{}.{id}", call.at));
    Ok(ReportCalls { rows: found.into_iter().map(|(_, call)| call).collect(), next })
}

fn read(wanted: Asked) -> Result<Wanted, Failure> {
    let words = "`from` and `to` are days like 2026-11-28; the other words are those of docs/reports.md";
    wanted.map(|Query(wanted)| wanted).map_err(|_| Failure::new(ErrorCode::BadRequest, words))
}

/// That a file was taken is in the log before it is given.
async fn log_export(services: &Services, person: &Person, report: &str, wanted: &Wanted) -> Result<(), Failure> {
    services.file_pace.take(person.id.as_str(), now_ms()).map_err(Failure::too_many)?;
    let entry = LogEntry::new(Some(person.tenant.clone()), "report_export", "done")
        .detail("report", report)
        .detail("from", wanted.from.to_string())
        .detail("to", wanted.to.to_string());
    services.store.log(&entry.personal("person", person.id.to_string())).await?;
    Ok(())
}

fn file(name: &str, lines: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, csv::MARK.to_owned() + &lines).into_response()
}

const CALL_HEAD: &str = "time,counted,in time,queue,agent,site,caller,address,waited s,talk s,work s,disposition,call\r\n";

/// Seconds with what is left of them.
fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn call_line(call: &ReportCall, zone: &TimeZone) -> String {
    let counted = serde_json::to_value(call.counted).ok();
    let counted = counted.as_ref().and_then(|word| word.as_str()).unwrap_or_default();
    let known = |ms: Option<i64>| ms.map(seconds).unwrap_or_default();
    let cells = [
        time(call.at, zone.clone()),
        counted.to_owned(),
        if call.in_time { "yes".to_owned() } else { String::new() },
        call.queue.clone(),
        call.agent.clone(),
        call.site.clone(),
        call.caller.display_name.clone().unwrap_or_default(),
        call.caller.address.clone(),
        seconds(call.waited_ms),
        known(call.talk_ms),
        known(call.work_ms),
        call.disposition.clone(),
        call.contact.clone(),
    ];
    csv::line(cells.iter().map(String::as_str))
}

/// A column of a file: its name and how it is read.
type Column = (&'static str, fn(&ReportFigures) -> String);

/// Columns of a report: which of the figures belong to its kind.
fn columns(kind: ReportKind) -> Vec<Column> {
    let calls: [Column; 10] = [
        ("answered", |f| f.answered.to_string()),
        ("in time", |f| f.in_time.to_string()),
        ("lost", |f| f.lost.to_string()),
        ("short", |f| f.short.to_string()),
        ("service level %", |f| part(f.in_time * 100, f.answered + f.lost)),
        ("waited s", |f| seconds(f.waited_ms)),
        ("average wait s", |f| part(f.waited_ms, f.answered * 1000)),
        ("talk s", |f| seconds(f.talk_ms)),
        ("work s", |f| seconds(f.work_ms)),
        ("average handling s", |f| part(f.talk_ms + f.work_ms, f.answered * 1000)),
    ];
    let agent: [Column; 9] = [
        ("handed on", |f| f.handed_on.to_string()),
        ("missed", |f| f.missed.to_string()),
        ("ready s", |f| seconds(f.ready_ms)),
        ("not reachable s", |f| seconds(f.unready_ms)),
        ("ringing s", |f| seconds(f.ringing_ms)),
        ("on call s", |f| seconds(f.on_call_ms)),
        ("wrap-up s", |f| seconds(f.wrap_up_ms)),
        ("pauses", |f| f.pauses.to_string()),
        ("paused s", |f| seconds(f.paused_ms)),
    ];
    match kind {
        ReportKind::Queues | ReportKind::Sites | ReportKind::Unknown => calls.to_vec(),
        ReportKind::Agents => [&calls[..1], &agent[..2], &calls[7..], &agent[2..]].concat(),
        ReportKind::Reasons => agent[7..].to_vec(),
        ReportKind::Dispositions => [&calls[..1], &calls[7..]].concat(),
    }
}

/// One number of another to a tenth; nothing of nothing.
fn part(of: i64, whole: i64) -> String {
    if whole > 0 { format!("{:.1}", of as f64 / whole as f64) } else { String::new() }
}

fn report_lines(report: &Report, zone: &TimeZone) -> String {
    let columns = columns(report.kind);
    let heads = ["from", "name", "label", "queue"].into_iter().chain(columns.iter().map(|(head, _)| *head));
    let mut lines = csv::line(heads);
    for row in &report.rows {
        let begin = row.at.map(|at| time(at, zone.clone())).or(row.day.clone()).unwrap_or_else(|| report.from.clone());
        let figures: Vec<String> = columns.iter().map(|(_, figure)| figure(&row.figures)).collect();
        let names = [begin.as_str(), &row.name, &row.label, &row.queue];
        lines += &csv::line(names.into_iter().chain(figures.iter().map(String::as_str)));
    }
    lines
}
