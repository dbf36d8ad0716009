//! `GET /api/audit`: who did what, newest first. `GET /api/audit/proof`: whether the log is as it was written. Administrators read what
//! was done on the people and things of their sites; what belongs to no site that is known is for those who have all of them.

use super::{Failure, Session};
use crate::clock::now_ms;
use crate::directory::{Person, Tenant};
use crate::ids::PersonId;
use crate::reports::first_of_day;
use crate::services::Services;
use crate::store::{Fault, LogRow, LogWanted};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use wire::{AuditFact, AuditFault, AuditFaultKind, AuditPage, AuditProof, AuditRow, ErrorCode};

/// Rows of a page when the page does not say, and at most.
const ROWS: usize = 50;
const MAX_ROWS: usize = 200;
/// Letters of a search at most.
const MAX_FIND: usize = 200;
/// Rows read at a time, and how many times for one page: a search without hits goes on with the next page.
const BATCH: u32 = 500;
const BATCHES: u32 = 20;
/// Facts that have a place of their own, and what people wrote to each other.
const NOT_SHOWN: [&str; 8] = ["person", "name", "user", "account", "record", "who", "address", "text"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    before: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    find: String,
    from: Option<String>,
    to: Option<String>,
}

/// `GET /api/audit?before=<cursor>&limit=<n>&find=<words>&from=<day>&to=<day>`
pub(super) async fn list(
    State(services): State<Services>,
    session: Session,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<AuditPage>, Failure> {
    let bad = |words| Failure::new(ErrorCode::BadRequest, words);
    let Query(wanted) = wanted.map_err(|_| bad("`limit` is a number, `from` and `to` are days like 2026-11-28"))?;
    if wanted.find.chars().count() > MAX_FIND {
        return Err(bad("`find` has 200 letters at most"));
    }
    let me = &session.person;
    let zone = me.sites.first().and_then(|site| TimeZone::get(&site.zone).ok()).unwrap_or(TimeZone::UTC);
    let day = |text: &Option<String>| -> Result<Option<Date>, Failure> {
        let day = text.as_ref().filter(|text| !text.is_empty()).map(|text| text.parse::<Date>());
        day.transpose().map_err(|_| bad("`from` and `to` are days like 2026-11-28"))
    };
    let since = day(&wanted.from)?.map_or(i64::MIN, |day| first_of_day(&zone, day));
    let until = day(&wanted.to)?.and_then(|day| day.tomorrow().ok()).map_or(i64::MAX, |day| first_of_day(&zone, day));
    let before = wanted.before.as_ref().map_or(Ok(i64::MAX), |text| text.parse()).map_err(|_| bad("`before` is the `next` of a page"))?;
    let limit = wanted.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS);
    let (tenant, ever) = (services.directory.tenant(&me.tenant), services.store.person_ids(&me.tenant).await?);
    let reader = Reader { services: &services, me, tenant, ever, find: wanted.find.trim().to_lowercase() };
    let (mut rows, mut before) = (Vec::new(), before);
    for _ in 0..BATCHES {
        let batch = services.store.log_page(&me.tenant, &LogWanted { before, since, until, limit: BATCH }).await?;
        let last = (batch.len() as u32) < BATCH;
        for row in batch {
            if rows.len() == limit {
                return Ok(Json(AuditPage { rows, next: Some(before.to_string()) }));
            }
            before = row.seq;
            rows.extend(reader.read(&row));
        }
        if last {
            return Ok(Json(AuditPage { rows, next: None }));
        }
    }
    Ok(Json(AuditPage { rows, next: Some(before.to_string()) }))
}

/// `GET /api/audit/proof`: walks the whole chain; one walk at a time.
pub(super) async fn proof(State(services): State<Services>, _: Session) -> Result<Json<AuditProof>, Failure> {
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _one = ONE.lock().await;
    let now = now_ms();
    Ok(Json(match services.store.verify_log(None).await? {
        Ok(verified) => AuditProof { rows: verified.head.seq, erased: verified.erased, fault: None, now },
        Err(fault) => {
            let (kind, seq, rows) = match fault {
                Fault::Gap { expected, .. } => (AuditFaultKind::Missing, expected, expected - 1),
                Fault::Changed { seq } | Fault::Personal { seq, .. } => (AuditFaultKind::Changed, seq, seq - 1),
                Fault::Truncated { found, .. } => (AuditFaultKind::CutOff, found, found),
                Fault::NoHead { found } => (AuditFaultKind::NoHead, found, found),
                Fault::Replaced { seq } => (AuditFaultKind::Replaced, seq, seq - 1),
            };
            AuditProof { rows, erased: 0, fault: Some(AuditFault { kind, seq }), now }
        }
    }))
}

/// Reads rows for somebody.
struct Reader<'a> {
    services: &'a Services,
    me: &'a Person,
    tenant: Option<Arc<Tenant>>,
    /// Everybody who was ever there, by user name.
    ever: HashMap<String, PersonId>,
    find: String,
}

impl Reader<'_> {
    /// A row as it is shown; nothing where it is not for this person, or not what is searched. Searching looks at what is shown only:
    /// it tells nothing else.
    fn read(&self, row: &LogRow) -> Option<AuditRow> {
        let directory = &self.services.directory;
        let known = |user: &str| (!user.is_empty()).then(|| directory.person(&self.me.tenant, user)).flatten();
        // Whoever types a password into the wrong field has it in the log: a name is shown where somebody has it. What a phone did has
        // its account, and sometimes whom it concerned.
        let account = known(row.personal("account"));
        let concerned = known(row.personal("user"));
        let user = concerned.clone().or_else(|| account.clone()).or_else(|| known(row.personal("record")));
        let actor = directory.person_by_id(&PersonId::new(row.personal("person"))).filter(|person| person.tenant == self.me.tenant);
        let acted = !row.personal("person").is_empty();
        let named = |person: &Option<Arc<Person>>| person.as_ref().map(|person| person.display_name.clone()).unwrap_or_default();
        let by = match (acted, row.personal("name")) {
            (true, "") => named(&actor),
            (true, name) => name.to_owned(),
            (false, _) => named(if account.is_some() { &account } else { &user }),
        };
        let by = if by.is_empty() { self.gone(row).to_owned() } else { by };
        let thing = ["record", "queue", "door", "report"].into_iter().map(|name| row.detail(name)).find(|value| !value.is_empty());
        let on = if (acted && user.is_some()) || (account.is_some() && concerned.is_some()) {
            named(&user)
        } else {
            thing.unwrap_or_default().to_owned()
        };
        if !self.may_see(row, user.as_deref(), actor.as_deref()) {
            return None;
        }
        let facts =
            row.details.iter().chain(&row.personal).filter(|(name, value)| !NOT_SHOWN.contains(&name.as_str()) && !value.is_empty());
        let facts = facts.map(|(name, value)| AuditFact { name: name.clone(), value: value.clone() }).collect();
        let (action, outcome, address) = (row.action.clone(), row.outcome.clone(), row.personal("address").to_owned());
        let row = AuditRow { seq: row.seq, at: row.at, action, outcome, by, on, address, facts };
        self.fits(&row).then_some(row)
    }

    /// The user name of whoever did something and is not there any more, or may not sign in.
    fn gone(&self, row: &LogRow) -> &str {
        let (id, name) =
            (row.personal("person"), [row.personal("account"), row.personal("user")].into_iter().find(|name| !name.is_empty()));
        let did = |(user, person): &(&String, &PersonId)| match id {
            "" => Some(user.as_str()) == name,
            _ => person.as_str() == id,
        };
        self.ever.iter().find(did).map_or("", |(user, _)| user)
    }

    fn may_see(&self, row: &LogRow, user: Option<&Person>, actor: Option<&Person>) -> bool {
        let Some(tenant) = &self.tenant else { return false };
        let of_file = self.services.config.tenants.iter().find(|known| known.domain == tenant.domain);
        let own = |site: &str| self.me.sites.iter().any(|own| own.id == site);
        if of_file.is_some_and(|file| file.sites.iter().all(|site| own(&site.id))) {
            return true;
        }
        let of_queue = |name: &str| tenant.queues.iter().find(|queue| !name.is_empty() && queue.name == name);
        let queue = of_queue(row.detail("queue")).or_else(|| of_queue(row.detail("record")));
        let whose = user.or(actor);
        match (row.detail("site"), queue, whose) {
            ("", None, None) => false,
            ("", None, Some(person)) => person.sites.iter().any(|site| own(&site.id)),
            ("", Some(queue), _) => own(&queue.site),
            (site, _, _) => own(site),
        }
    }

    fn fits(&self, row: &AuditRow) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.find);
        let texts = [&row.action, &row.outcome, &row.by, &row.on, &row.address];
        self.find.is_empty() || texts.into_iter().any(|text| has(text)) || row.facts.iter().any(|fact| has(&fact.value))
    }
}
