//! What the exchange writes, in one transaction: a call's row, the place of its caller and its line of history are on the disk together, or
//! none of them is; and what somebody ordered with what they are answered.

use super::floor::Who;
use super::reports::Counting;
use super::{CallRow, ContactEvent, OrderAnswer, Store, StoreError, calls, contacts, floor, orders};
use crate::queue::{Place, SavedAgent};
use crate::reports::AgentState;
use std::collections::BTreeMap;

/// Writes that belong together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Events of contacts, in order.
    pub events: Vec<ContactEvent>,
    /// What agents do from when on, in order.
    pub states: Vec<AgentState>,
    /// What agents want.
    pub agents: BTreeMap<Who, SavedAgent>,
    /// Places of callers; one that is `None` goes.
    pub places: BTreeMap<Who, Option<Place>>,
    /// Rows of calls.
    pub calls: Vec<CallRow>,
    /// Calls whose rows go.
    pub over: Vec<String>,
    /// Answers to the orders that led to this.
    pub answers: Vec<OrderAnswer>,
}

impl Store {
    /// Writes all of it in one transaction and returns once it is on the disk, with the events that were written: a contact that is over
    /// gets no second end.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn write_batch(&self, batch: &Batch) -> Result<Vec<ContactEvent>, StoreError> {
        let mut transaction = self.write().await?;
        let mut counting = Counting::default();
        let mut written = Vec::with_capacity(batch.events.len());
        for event in &batch.events {
            if self.append(&mut transaction, &mut counting, event).await? {
                written.push(event.clone());
            }
        }
        for state in &batch.states {
            self.append_state(&mut transaction, &mut counting, state).await?;
        }
        counting.finish(&mut transaction).await?;
        floor::put(&mut transaction, &batch.agents, &batch.places).await?;
        calls::put(&mut transaction, &batch.calls).await?;
        calls::forget(&mut transaction, &batch.over).await?;
        orders::put(&mut transaction, &batch.answers).await?;
        transaction.commit().await?;
        Ok(written)
    }

    /// Appends the answers that a kill has kept out of the history, of calls that go on: an answered call has been told so before its
    /// line is on the disk, and its row tells as much. The place that goes with one is stored with it, so that it is kept over a further kill
    /// too. Returns those that were missing.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn append_missing_answers(
        &self,
        answers: &[(ContactEvent, Option<Place>)],
    ) -> Result<Vec<(ContactEvent, Option<Place>)>, StoreError> {
        let mut transaction = self.write().await?;
        let mut counting = Counting::default();
        let mut missing = Vec::new();
        for (event, place) in answers {
            if !contacts::is_answered(&mut transaction, event).await? && self.append(&mut transaction, &mut counting, event).await? {
                missing.push((event.clone(), place.clone()));
            }
        }
        counting.finish(&mut transaction).await?;
        let places = missing.iter().filter_map(|(_, place)| place.clone());
        let places = places.map(|place| ((place.tenant.clone(), place.caller.clone()), Some(place))).collect();
        floor::put(&mut transaction, &BTreeMap::new(), &places).await?;
        transaction.commit().await?;
        Ok(missing)
    }
}
