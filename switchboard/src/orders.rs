//! Orders of pages: each has an id, is checked against the table of rights at that moment, and is carried out once. Sent again, as a page
//! does that lost the answer, it is answered again, over a restart too: the answer is on the disk together with what was ordered, and before
//! the page has it.
//!
//! What somebody in charge orders about others is in the chained log before it is done, and again with what came of it; whom it concerns
//! is told who did it.

use crate::admin;
use crate::alarms::{self, Place};
use crate::clock::now_ms;
use crate::directory::Person;
use crate::feed::Holder;
use crate::ids::TenantId;
use crate::rights::{Act, Reach, may_at, may_to, reach};
use crate::services::Services;
use crate::store::{LogEntry, OrderAnswer, OrderKey, REMEMBERED_MS};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use wire::{Alarm, MESSAGE_LIMIT, Order, OrderResult, Steer, SuperviseMode, Told, ToldWhat, UnixMs};

/// Action of the rows about others.
pub const ACTION: &str = "floor_order";
/// Answers that are remembered for one session.
const MAX_ANSWERS: usize = 256;
/// Sessions beyond which those that are silent for long are forgotten.
const MANY_SESSIONS: usize = 1_000;

/// What sessions were answered.
#[derive(Debug, Clone, Default)]
pub struct Orders(Arc<Mutex<HashMap<String, Session>>>);

#[derive(Debug, Default, Clone)]
struct Session {
    answers: Arc<tokio::sync::Mutex<VecDeque<(u64, OrderResult)>>>,
    last: UnixMs,
}

impl Orders {
    /// Carries out the order with this id, or says what came of it before. Orders of one session are carried out one after the other, on
    /// whichever of its sockets they come. `None` where the server stops before it is known: the page asks the next one.
    pub async fn take(&self, services: &Services, holder: &Holder, id: u64, order: Order) -> Option<OrderResult> {
        let answers = self.session(&holder.session);
        let mut answers = answers.lock().await;
        if let Some((_, result)) = answers.iter().find(|(known, _)| *known == id) {
            return Some(result.clone());
        }
        let key = OrderKey { session: holder.session.clone(), id };
        let before = if is_kept(&order) { answered(services, &key).await } else { None };
        let result = match before {
            Some(before) => before,
            None => carry_out(services, holder, key, order).await?,
        };
        if answers.len() >= MAX_ANSWERS {
            answers.pop_front();
        }
        answers.push_back((id, result.clone()));
        Some(result)
    }

    fn session(&self, digest: &str) -> Arc<tokio::sync::Mutex<VecDeque<(u64, OrderResult)>>> {
        let now = now_ms();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MANY_SESSIONS {
            sessions.retain(|_, session| now - session.last < REMEMBERED_MS);
        }
        let session = sessions.entry(digest.to_owned()).or_default();
        session.last = now;
        session.answers.clone()
    }
}

/// Whether the answer outlives a restart. Having read something twice changes nothing.
fn is_kept(order: &Order) -> bool {
    !matches!(order, Order::Seen { .. } | Order::Unknown)
}

/// What a server before this one answered.
async fn answered(services: &Services, key: &OrderKey) -> Option<OrderResult> {
    match services.store.order_answer(key, now_ms()).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "the answer to an order could not be looked up");
            None
        }
    }
}

/// Keeps an answer that nothing else is written with.
async fn keep(services: &Services, key: &OrderKey, result: &OrderResult) {
    let answer = OrderAnswer { key: key.clone(), result: result.clone(), at: now_ms() };
    if let Err(error) = services.store.keep_order_answer(&answer).await {
        tracing::error!(%error, "the answer to an order could not be kept");
        services.metrics.count("portico_order_answers_lost_total", &[]);
    }
}

/// Keeps a message for those who are to read it.
async fn keep_message(services: &Services, person: &Person, telling: &(Vec<String>, Told), key: &OrderKey) {
    let (users, told) = telling;
    let answer = OrderAnswer { key: key.clone(), result: OrderResult::Done, at: now_ms() };
    if let Err(error) = services.store.keep_unread(&person.tenant, users, told, &answer).await {
        tracing::error!(%error, "a message could not be kept: it comes, and would be lost by a restart");
        services.metrics.count("portico_order_answers_lost_total", &[]);
    }
}

async fn carry_out(services: &Services, holder: &Holder, key: OrderKey, order: Order) -> Option<OrderResult> {
    let Some(act) = Act::of_order(&order) else { return Some(OrderResult::Invalid) };
    let Some(person) = services.directory.person_by_id(&holder.person.id) else { return Some(OrderResult::Forbidden) };
    let allowed = reach(&person.roles, act) != Reach::Nothing;
    match order {
        Order::Steer { steer } => steered(services, key, &person, act, steer).await,
        _ if !allowed => Some(OrderResult::Forbidden),
        Order::Seen { told } => {
            let read = services.hub.seen(&person.tenant, &person.user, told);
            // What was done about one is not stored.
            if matches!(read, Some(Told { what: ToldWhat::Message { .. }, .. }))
                && let Err(error) = services.store.forget_unread(&person.tenant, &person.user, told).await
            {
                // It comes once more after a restart.
                tracing::error!(%error, "a message that was read could not be forgotten");
            }
            Some(OrderResult::Done)
        }
        Order::Ready | Order::Pause { .. } | Order::FinishWrapUp { .. } | Order::ExtendWrapUp { .. } | Order::Unknown => {
            services.floor.order(&person.tenant, &person.user, order, Some(key)).await
        }
    }
}

/// An order about others.
async fn steered(services: &Services, key: OrderKey, person: &Person, act: Act, steer: Steer) -> Option<OrderResult> {
    let row = |outcome| row(person, &steer, outcome);
    let session = services.store.session(&key.session, now_ms()).await;
    let in_session = matches!(&session, Ok(Some(row)) if row.person == person.id);
    if !in_session || !may(services, person, act, &steer) {
        write(services, row("forbidden")).await;
        return Some(OrderResult::Forbidden);
    }
    if !valid(&steer) {
        write(services, row("invalid")).await;
        return Some(OrderResult::Invalid);
    }
    if !write(services, row("begun")).await {
        return Some(OrderResult::NotLogged);
    }
    let telling = telling(services, person, act, &steer);
    let result = match &steer {
        Steer::Tell { .. } => {
            // Kept first, with the answer: it comes once, also where the server is killed at this instant.
            if let Some(telling) = &telling {
                keep_message(services, person, telling, &key).await;
            }
            OrderResult::Done
        }
        Steer::Acknowledge { queue, alarm } => {
            let place = Place { tenant: person.tenant.clone(), queue: queue.clone(), alarm: *alarm };
            let result = services.alarms.acknowledge(place, &person.display_name, &key, now_ms()).await;
            if result != OrderResult::Done {
                keep(services, &key, &result).await;
            }
            result
        }
        Steer::Belong { user, queue, on } => {
            let result = belong(services, person, (user, queue, *on), &key).await;
            if result != OrderResult::Done {
                keep(services, &key, &result).await;
            }
            result
        }
        _ => services.floor.steer(person, steer.clone(), queues(services, person, act), Some(key)).await?,
    };
    if let Some((users, told)) = telling.filter(|_| matches!(result, OrderResult::Done | OrderResult::Admitted { .. })) {
        users.iter().for_each(|user| services.hub.tell(&person.tenant, user, told.clone()));
    }
    write(services, row(word(&result))).await;
    Some(result)
}

/// Changes who belongs to a queue, to the end, whether or not the page still listens: what is stored must reach everybody. That it is done
/// is kept with it.
async fn belong(services: &Services, person: &Person, (user, queue, on): (&str, &str, bool), key: &OrderKey) -> OrderResult {
    let (services, person, user, queue, key) = (services.clone(), person.clone(), user.to_owned(), queue.to_owned(), key.clone());
    let change = async move { admin::belong(&services, &person, (&user, &queue, on), key).await };
    tokio::spawn(change).await.unwrap_or(OrderResult::NotLogged)
}

/// Whether this person may do this to whom and what it concerns. Callers are looked for in the exchange, among the queues that they may
/// steer.
fn may(services: &Services, person: &Person, act: Act, steer: &Steer) -> bool {
    let at_all = reach(&person.roles, act) >= Reach::Sites;
    let user = |user: &str| services.directory.person(&person.tenant, user).is_some_and(|other| may_to(person, act, &other));
    let queue = |name: &String| queues(services, person, act).contains(name);
    at_all
        && match steer {
            Steer::Ready { user: who }
            | Steer::Pause { user: who, .. }
            | Steer::EndWrapUp { user: who, .. }
            | Steer::TakeOver { user: who, .. }
            | Steer::Supervise { user: who, .. } => user(who),
            Steer::Member { user: who, queue: of, .. } | Steer::Belong { user: who, queue: of, .. } => user(who) && queue(of),
            Steer::Move { queue: to, .. } => queue(to),
            Steer::Acknowledge { queue: of, .. } => queue(of),
            Steer::Prioritise { .. } => true,
            Steer::Assign { user: who, .. } => user(who),
            Steer::Tell { user: who, .. } => who.as_ref().is_none_or(|who| user(who)),
            Steer::Unknown => false,
        }
}

/// Whether a person may still come into a call of an agent that came through this queue: instead of them, or beside them.
pub fn may_come_in(services: &Services, tenant: &TenantId, by: &str, agent: &str, queue: Option<&String>, act: Act) -> bool {
    let person = |user| services.directory.person(tenant, user);
    let (Some(by), Some(agent)) = (person(by), person(agent)) else { return false };
    may_to(&by, act, &agent) && queue.is_none_or(|queue| queues(services, &by, act).contains(queue))
}

fn valid(steer: &Steer) -> bool {
    match steer {
        Steer::Tell { text, .. } => !text.trim().is_empty() && text.chars().count() <= MESSAGE_LIMIT,
        Steer::Acknowledge { alarm, .. } => *alarm != Alarm::Unknown,
        Steer::Ready { .. }
        | Steer::Pause { .. }
        | Steer::EndWrapUp { .. }
        | Steer::TakeOver { .. }
        | Steer::Supervise { .. }
        | Steer::Member { .. }
        | Steer::Belong { .. }
        | Steer::Move { .. }
        | Steer::Prioritise { .. }
        | Steer::Assign { .. } => true,
        Steer::Unknown => false,
    }
}

/// Names of the queues at which this person may do this.
fn queues(services: &Services, person: &Person, act: Act) -> Vec<String> {
    let tenant = services.directory.tenant(&person.tenant);
    let queues = tenant.iter().flat_map(|tenant| &tenant.queues);
    queues.filter(|queue| may_at(person, act, std::iter::once(queue.site.as_str()))).map(|queue| queue.name.clone()).collect()
}

/// Whom an order concerns, and what they are told of it and of who gave it.
fn telling(services: &Services, person: &Person, act: Act, steer: &Steer) -> Option<(Vec<String>, Told)> {
    let label = |name: &str| {
        let tenant = services.directory.tenant(&person.tenant);
        tenant.and_then(|t| t.queues.iter().find(|q| q.name == name).map(|q| q.label.clone())).unwrap_or_else(|| name.to_owned())
    };
    let (user, what) = match steer {
        Steer::Ready { user } => (Some(user), ToldWhat::Ready),
        Steer::Pause { user, reason } => (Some(user), ToldWhat::Paused { reason: reason.clone() }),
        Steer::EndWrapUp { user, .. } => (Some(user), ToldWhat::WrapUpEnded),
        // Whoever belongs to a queue takes its calls.
        Steer::Member { user, queue, on } | Steer::Belong { user, queue, on } => {
            (Some(user), ToldWhat::Member { queue: label(queue), on: *on })
        }
        Steer::Assign { user, .. } => (Some(user), ToldWhat::Assigned),
        Steer::TakeOver { user, .. } => (Some(user), ToldWhat::TakenOver),
        Steer::Tell { user, text } => (user.as_ref(), ToldWhat::Message { text: text.trim().to_owned() }),
        // Who takes part in a call is shown with the call, where that is to be shown; an alarm is acknowledged before everybody.
        Steer::Supervise { .. } | Steer::Move { .. } | Steer::Prioritise { .. } | Steer::Acknowledge { .. } | Steer::Unknown => {
            return None;
        }
    };
    let told = Told { id: services.hub.next_told(), at: now_ms(), by: person.display_name.clone(), what };
    let users = match user {
        Some(user) => vec![user.to_ascii_lowercase()],
        None => {
            let people = services.directory.people(&person.tenant);
            let others = people.iter().filter(|other| other.id != person.id && may_to(person, act, other));
            others.map(|other| other.user.clone()).collect()
        }
    };
    Some((users, told))
}

/// The row of an order. Whom it concerns, who gave it and what was written can be erased.
fn row(person: &Person, steer: &Steer, outcome: &'static str) -> LogEntry {
    let entry = LogEntry::new(Some(person.tenant.clone()), ACTION, outcome)
        .personal("person", person.id.to_string())
        .personal("name", &person.display_name);
    match steer {
        Steer::Ready { user } => entry.detail("order", "ready").personal("user", user),
        Steer::Pause { user, reason } => {
            entry.detail("order", "pause").detail("reason", reason.clone().unwrap_or_default()).personal("user", user)
        }
        Steer::EndWrapUp { user, contact } => entry.detail("order", "end_wrap_up").detail("call", contact).personal("user", user),
        Steer::TakeOver { user, contact } => entry.detail("order", "take_over").detail("call", contact).personal("user", user),
        Steer::Supervise { user, contact, mode } => {
            let mode = match mode {
                SuperviseMode::Listen => "listen",
                SuperviseMode::Whisper => "whisper",
                SuperviseMode::Barge => "barge",
                SuperviseMode::Unknown => "unknown",
            };
            entry.detail("order", "supervise").detail("mode", mode).detail("call", contact).personal("user", user)
        }
        Steer::Member { user, queue, on } => {
            entry.detail("order", if *on { "join" } else { "leave" }).detail("queue", queue).personal("user", user)
        }
        Steer::Belong { user, queue, on } => {
            let order = if *on { "add_to_queue" } else { "take_from_queue" };
            entry.detail("order", order).detail("queue", queue).personal("user", user)
        }
        Steer::Move { contact, queue } => entry.detail("order", "move").detail("call", contact).detail("queue", queue),
        Steer::Prioritise { contact, priority } => {
            entry.detail("order", "prioritise").detail("call", contact).detail("priority", priority.to_string())
        }
        Steer::Assign { contact, user } => entry.detail("order", "assign").detail("call", contact).personal("user", user),
        Steer::Acknowledge { queue, alarm } => {
            entry.detail("order", "acknowledge").detail("queue", queue).detail("alarm", alarms::word(*alarm))
        }
        Steer::Tell { user, text } => {
            let entry = entry.detail("order", "tell").detail("to", if user.is_some() { "one" } else { "all" });
            entry.personal("user", user.clone().unwrap_or_default()).personal("text", text)
        }
        Steer::Unknown => entry.detail("order", "unknown"),
    }
}

/// Writes a row; says whether it is on the disk.
async fn write(services: &Services, entry: LogEntry) -> bool {
    match services.store.log(&entry).await {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(%error, "a row about an order could not be written");
            services.metrics.count("portico_log_write_failures_total", &[]);
            false
        }
    }
}

fn word(result: &OrderResult) -> &'static str {
    match result {
        OrderResult::Admitted { .. } => "admitted",
        OrderResult::Done => "done",
        OrderResult::Forbidden => "forbidden",
        OrderResult::TooLate => "too_late",
        OrderResult::Invalid => "invalid",
        OrderResult::NotLogged => "not_logged",
        OrderResult::KnownAlready { .. } => "known_already",
        OrderResult::Unknown => "unknown",
    }
}
