//! Reports: stored sums, what lasts at this moment, and the names to show.

use super::spans::Spans;
use super::{Asked, Failure, Format, Scope, Session, file, read};
use crate::clock::now_ms;
use crate::directory::{Person, Tenant};
use crate::reports::{Subject, Sums, add, first_of_day, last, offsets};
use crate::rights::Act;
use crate::services::Services;
use crate::store::{SumRow, SumsWanted};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan as _;
use wire::{ErrorCode, Granularity, Report, ReportFigures, ReportKind, ReportRow, UnixMs};

/// Rows of a report at most.
const MAX_ROWS: usize = 100_000;

/// A report of one kind.
pub(super) async fn report(
    State(services): State<Services>,
    session: Session,
    wanted: Asked,
    kind: ReportKind,
    act: Act,
) -> Result<Response, Failure> {
    let mut wanted = read(wanted)?;
    let scope = Scope::of(&services, &session.person, &mut wanted, act)?;
    let granularity = wanted.granularity.unwrap_or(Granularity::Total);
    let spans = Spans::of(&wanted, kind, granularity, &scope.zone)?;
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
    let (sites, limit) = (scope.asked(&wanted), MAX_ROWS as i64 + 1);
    let Spans { grain, from, until, shift, size } = spans;
    let asked = SumsWanted { subject, grain, from, until, shift, size, sites, queue, agent, word, limit };
    let mut sums = services.store.sums(&scope.tenant.id, &asked).await?;
    let now = now_ms();
    sums.extend(lasting(&services, &scope, &asked, &spans, now).await?);
    if sums.len() > MAX_ROWS {
        return Err(Failure::new(ErrorCode::BadRequest, "these are more than 100000 rows: ask for fewer days, or for longer spans"));
    }
    let mut total = ReportFigures::default();
    for sum in &sums {
        add(&mut total, &sum.figures);
    }
    let labels = Labels { services: &services, person: &session.person, tenant: &scope.tenant, kind };
    let rows = merged(sums, kind).into_iter().filter(|sum| sum.figures != ReportFigures::default());
    let rows = rows.map(|sum| {
        let (at, day) = spans.begin(granularity, sum.bucket);
        let (name, queue) = match kind {
            ReportKind::Queues | ReportKind::Unknown => (sum.queue, String::new()),
            ReportKind::Sites => (sum.site, String::new()),
            ReportKind::Agents => (sum.agent, String::new()),
            ReportKind::Reasons => (sum.word, String::new()),
            ReportKind::Dispositions => (sum.word, sum.queue),
        };
        ReportRow { at, day, label: labels.of(&name, &queue), name, queue, figures: sum.figures }
    });
    let zone = scope.zone.iana_name().unwrap_or("UTC").to_owned();
    let (from, to) = (wanted.from.to_string(), wanted.to.to_string());
    let until = first_of_day(&scope.zone, wanted.to.saturating_add(1.day()));
    let offsets = offsets(&scope.zone, first_of_day(&scope.zone, wanted.from), until);
    let report = Report { kind, from, to, granularity, zone, offsets, now, rows: rows.collect(), total };
    let Some(format) = wanted.format else { return Ok(Json(report).into_response()) };
    let name = serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
    file::log(&services, &session.person, &name, &wanted).await?;
    let name = format!("{name}-{}-{}", report.from, report.to);
    Ok(match format {
        Format::Csv => file::answer(&name, format, file::report(&report, &scope.zone)),
        Format::Json => file::answer(&name, format, Json(report)),
    })
}

/// What distinguishes the rows of a report: a name, and with dispositions the queue.
fn key(sum: &SumRow, kind: ReportKind) -> (&str, &str) {
    match kind {
        ReportKind::Queues | ReportKind::Unknown => (&sum.queue, ""),
        ReportKind::Sites => (&sum.site, ""),
        ReportKind::Agents => (&sum.agent, ""),
        ReportKind::Reasons => (&sum.word, ""),
        ReportKind::Dispositions => (&sum.word, &sum.queue),
    }
}

/// Rows in order, those of one key together. They mostly come in order: then this is quick.
fn merged(mut sums: Vec<SumRow>, kind: ReportKind) -> Vec<SumRow> {
    sums.sort_by(|one, other| one.bucket.cmp(&other.bucket).then_with(|| key(one, kind).cmp(&key(other, kind))));
    sums.dedup_by(|next, kept| {
        let same = next.bucket == kept.bucket && key(next, kind) == key(kept, kind);
        if same {
            add(&mut kept.figures, &next.figures);
        }
        same
    });
    sums
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
        let at = asked.sites.as_ref().is_none_or(|sites| sites.contains(&key.site));
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
