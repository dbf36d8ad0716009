//! Who belongs to a queue, as somebody in charge of the floor changes it: one agent and one queue, and nothing else of the record.

use super::queues::LIST_LIMIT;
use super::write::Change;
use super::{Desk, Refusal};
use crate::clock::now_ms;
use crate::directory::Person;
use crate::rights::{Act, may_at, may_to};
use crate::services::Services;
use crate::store::{OrderAnswer, OrderKey, RecordKind, RecordRow};
use wire::{AdminCode, OrderResult};

/// Has an agent belong to a queue, or not any more. It is the record that administrators change, so it lasts like what they do. Whoever is
/// added has no penalty there and what they know anyway. The last queue stays: without one nobody is on the floor any more, and who is
/// not there could not be given another. That it is done is kept as the answer to the order, in the same transaction.
pub async fn belong(services: &Services, by: &Person, (user, queue, on): (&str, &str, bool), key: OrderKey) -> OrderResult {
    changed(services, by, (user, queue, on), key).await.unwrap_or_else(|refusal| match refusal.0.code {
        AdminCode::Forbidden => OrderResult::Forbidden,
        AdminCode::NotLogged | AdminCode::Unknown => OrderResult::NotLogged,
        AdminCode::Changed => OrderResult::TooLate,
        _ => OrderResult::Invalid,
    })
}

async fn changed(services: &Services, by: &Person, (user, queue, on): (&str, &str, bool), key: OrderKey) -> Result<OrderResult, Refusal> {
    let desk = Desk::change(services, by, Act::SteerBelong).await?;
    let entry = desk.book.queues.iter().find(|entry| entry.record.name == queue).ok_or_else(Refusal::not_found)?;
    let person = services.directory.person(desk.tenant(), user).ok_or_else(Refusal::not_found)?;
    // Whoever waited for their turn may have other sites by now.
    let site = std::iter::once(entry.record.site.as_str());
    if !may_at(&desk.by, Act::SteerBelong, site) || !may_to(&desk.by, Act::SteerBelong, &person) {
        return Err(Refusal::forbidden());
    }
    let before = &entry.record;
    if before.agents.contains(&person.user) == on {
        return Err(Refusal::changed());
    }
    let mut form = before.clone();
    if on {
        if form.agents.len() >= LIST_LIMIT {
            return Ok(OrderResult::Invalid);
        }
        form.agents.push(person.user.clone());
    } else {
        if !desk.book.queues.iter().any(|other| other.record.name != queue && other.record.agents.contains(&person.user)) {
            return Ok(OrderResult::Invalid);
        }
        form.agents.retain(|agent| *agent != person.user);
        form.penalties.retain(|penalty| penalty.name != person.user);
    }
    let change = Change::new("change_queue", queue, Some(before), Some(&form));
    let record = serde_json::to_string(&form).map_err(|e| Refusal::internal(&e))?;
    let row = RecordRow { kind: RecordKind::Queue, name: form.name, record: Some(record) };
    let answer = OrderAnswer { key, result: OrderResult::Done, at: now_ms() };
    desk.write_with(&change, &row, None, Some(&answer)).await?;
    Ok(OrderResult::Done)
}
