//! The floor, for whoever is in charge: people at work, queues with who waits, alarms.

use std::collections::BTreeSet;

use wire::{AgentState, Choice, FloorAgent, FloorQueue, Steer};

use super::board;
use super::call::PartView;
use super::callers::CallersView;
use super::work::{Doing, Moment, QueueView, set_by, waiting_name};
use crate::desk::Desk;
use crate::desk::call::{Call, presentable};

/// The floor as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloorView {
    /// This person may see it.
    pub there: bool,
    /// This person may order something.
    pub steers: bool,
    /// An order is on its way.
    pub busy: bool,
    /// Reasons for a pause.
    pub reasons: Vec<Choice>,
    /// How many agents do what.
    pub staff: Staff,
    /// What is wrong, the new ones first.
    pub alarms: Vec<AlarmView>,
    /// The list of those who wait in a queue, while it is looked at.
    pub callers: CallersView,
}

/// Something is wrong at a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmView {
    /// Name of the queue.
    pub queue: String,
    /// Name to show.
    pub label: String,
    /// What is wrong.
    pub kind: Alarm,
    /// Who has seen it.
    pub known: Option<KnownView>,
}

/// Who was first to acknowledge an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KnownView {
    /// Name to show.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The time alone would not tell when.
    pub long_ago: bool,
}

/// One person at work.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentRow {
    /// User name.
    pub user: String,
    /// Name to show.
    pub name: String,
    /// What they do.
    pub doing: Doing,
    /// Since when.
    pub since: Moment,
    /// Who in charge set that.
    pub set_by: Option<String>,
    /// They want calls.
    pub wants_calls: bool,
    /// Their queues.
    pub queues: Vec<MemberView>,
    /// One can be taken away: it is not their only one, here or at another site.
    pub sheds: bool,
    /// Their call.
    pub call: Option<AgentCall>,
    /// The call that they finish.
    pub wrap_up: Option<String>,
    /// How often they have made it longer, to stand behind what they do: ` +1`.
    pub longer: String,
    /// They can be given a caller at this moment.
    pub free: bool,
}

/// A queue of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Name.
    pub queue: String,
    /// Name to show.
    pub label: String,
    /// They take its calls.
    pub on: bool,
}

/// A call of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentCall {
    /// Its id.
    pub contact: String,
    /// Who is at the other end.
    pub with: String,
    /// Name of the queue that it came through.
    pub queue: Option<String>,
    /// Its id, where it can be taken over.
    pub taken: Option<String>,
    /// Our part in it.
    pub part: Option<PartView>,
    /// How its sound is.
    pub quality: Option<CallQuality>,
    /// The other side has lost its connection.
    pub away: bool,
}

/// One queue.
#[derive(Clone, Debug, PartialEq)]
pub struct FloorQueueRow {
    /// Who waits, who is free.
    pub queue: QueueView,
    /// Seconds within which a call should be answered.
    pub target_s: u32,
    /// Share for which that should hold, in per cent.
    pub target_percent: u32,
    /// Seconds of waiting from which there is an alarm.
    pub alarm_s: u32,
    /// Share that was answered in time in the last quarters of an hour.
    pub now_percent: Option<u32>,
    /// The same since midnight.
    pub today_percent: Option<u32>,
    /// Calls answered today.
    pub answered: u32,
    /// Doors opened without an answer today.
    pub opened: u32,
    /// Callers lost today.
    pub lost: u32,
    /// Callers turned away today.
    pub turned_away: u32,
    /// Callers passed on to another queue today.
    pub overflowed: u32,
    /// Seconds that the answered waited on average.
    pub wait_s: Option<u64>,
    /// Doors among those who wait and are listed.
    pub doors: u32,
    /// The last quarters of an hour, the oldest first, gaps filled.
    pub bars: Vec<Bar>,
}

/// A quarter of an hour in a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// Answered or opened in time.
    pub in_time: u32,
    /// Later.
    pub late: u32,
    /// Lost.
    pub lost: u32,
}

impl Bar {
    /// Per cent that were answered or let in in time; nothing where nothing ended.
    #[must_use]
    pub fn percent(&self) -> Option<u32> {
        let all = self.in_time + self.late + self.lost;
        (all > 0).then(|| self.in_time * 100 / all)
    }
}

impl Desk {
    /// The floor as a whole.
    #[must_use]
    pub fn floor_view(&self) -> FloorView {
        let floor = &self.state.floor;
        if !floor.there {
            return FloorView::default();
        }
        FloorView {
            there: true,
            steers: floor.steers && self.state.feed.up,
            busy: self.state.orders.waiting.iter().any(|waiting| matches!(waiting.order, wire::Order::Steer { .. })),
            reasons: self.state.work.reasons.clone(),
            staff: Staff::of(floor.agents.iter().map(|agent| &agent.status)),
            alarms: board::alarms(&floor.queues, &floor.figures, self.clocks()),
            callers: self.callers_view(),
        }
    }

    /// Everybody at work, in the order of their names.
    #[must_use]
    pub fn agent_rows(&self) -> Vec<AgentRow> {
        let mut rows: Vec<AgentRow> = self.state.floor.agents.iter().map(|agent| self.agent_row(agent)).collect();
        rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.user.clone()));
        rows
    }

    /// The rows of these agents, as far as they are at work, in no order.
    #[must_use]
    pub fn agent_rows_of(&self, users: &BTreeSet<String>) -> Vec<AgentRow> {
        self.state.floor.agents.iter().filter(|agent| users.contains(&agent.user)).map(|agent| self.agent_row(agent)).collect()
    }

    fn agent_row(&self, agent: &FloorAgent) -> AgentRow {
        let status = &agent.status;
        let label = |queue: &str| {
            let known = self.state.floor.queues.iter().find(|known| known.queue.name == queue);
            presentable(known.map_or(queue, |known| &known.queue.label))
        };
        AgentRow {
            user: agent.user.clone(),
            name: self.name_of(&agent.user),
            doing: self.doing(status),
            since: self.page_time(status.since),
            set_by: set_by(status),
            wants_calls: status.wants_calls,
            queues: agent.queues.iter().map(|of| MemberView { queue: of.queue.clone(), label: label(&of.queue), on: of.on }).collect(),
            sheds: !agent.one_queue,
            call: agent.call.as_ref().map(|call| {
                let with = call.peer.display_name.as_deref().map(presentable).filter(|name| !name.is_empty());
                AgentCall {
                    contact: call.contact.clone(),
                    with: with.unwrap_or_else(|| waiting_name(&call.peer.address, &call.contact)),
                    queue: call.queue.as_ref().map(|queue| presentable(&queue.label)),
                    taken: (call.answered_at.is_some() && self.state.ready()).then(|| call.contact.clone()),
                    part: self.part_in(&call.contact).and_then(Call::part_view),
                    quality: agent.quality,
                    away: call.away,
                }
            }),
            wrap_up: status.wrap_up.as_ref().map(|wrap_up| wrap_up.contact.clone()),
            longer: match status.wrap_up.as_ref().map_or(0, |wrap_up| wrap_up.extended) {
                0 => String::new(),
                times => format!(" +{times}"),
            },
            free: status.state == AgentState::Ready && status.unready.is_none(),
        }
    }

    /// The queues of one's sites.
    #[must_use]
    pub fn floor_queue_rows(&self) -> Vec<FloorQueueRow> {
        self.state.floor.queues.iter().map(|of| self.floor_queue_row(of)).collect()
    }

    /// The rows of these queues, in no order.
    #[must_use]
    pub fn floor_queue_rows_of(&self, names: &BTreeSet<String>) -> Vec<FloorQueueRow> {
        self.state.floor.queues.iter().filter(|of| names.contains(&of.queue.name)).map(|of| self.floor_queue_row(of)).collect()
    }

    /// The quarter of an hour from which the figures of queues count.
    pub(in crate::desk) fn floor_quarter(&self) -> i64 {
        self.clocks().server().div_euclid(board::INTERVAL_MS)
    }

    fn floor_queue_row(&self, of: &FloorQueue) -> FloorQueueRow {
        board::queue_row(of, &self.state.floor.figures, self.clocks(), self.queue_view(&of.queue))
    }

    pub(super) fn name_of(&self, user: &str) -> String {
        let person = self.state.feed.people.iter().find(|person| person.user == user);
        presentable(person.map_or(user, |person| &person.display_name))
    }
}

/// An order about others, as pages send it: they do not know the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SteerWish {
    /// Let an agent take calls.
    Ready(String),
    /// Let an agent take none, for this reason.
    Pause(String, Option<String>),
    /// End the wrap-up of an agent: user and call.
    EndWrapUp(String, String),
    /// Have the call of an agent instead of them: user and call.
    TakeOver(String, String),
    /// Take part in the call of an agent: user, call and who hears us.
    Supervise(String, String, SuperviseMode),
    /// Let an agent take calls of a queue, or not.
    Member(String, String, bool),
    /// Let an agent belong to a queue, or not any more.
    Belong(String, String, bool),
    /// Move a caller: call and queue.
    Move(String, String),
    /// Change the priority of a call.
    Prioritise(String, u8),
    /// Give a call to an agent.
    Assign(String, String),
    /// One has seen an alarm of a queue.
    Acknowledge(String, Alarm),
    /// Write to somebody, or to all.
    Tell(Option<String>, String),
}

impl From<SteerWish> for Steer {
    fn from(wish: SteerWish) -> Self {
        match wish {
            SteerWish::Ready(user) => Steer::Ready { user },
            SteerWish::Pause(user, reason) => Steer::Pause { user, reason },
            SteerWish::EndWrapUp(user, contact) => Steer::EndWrapUp { user, contact },
            SteerWish::TakeOver(user, contact) => Steer::TakeOver { user, contact },
            SteerWish::Supervise(user, contact, mode) => Steer::Supervise { user, contact, mode },
            SteerWish::Member(user, queue, on) => Steer::Member { user, queue, on },
            SteerWish::Belong(user, queue, on) => Steer::Belong { user, queue, on },
            SteerWish::Move(contact, queue) => Steer::Move { contact, queue },
            SteerWish::Prioritise(contact, priority) => Steer::Prioritise { contact, priority },
            SteerWish::Assign(contact, user) => Steer::Assign { contact, user },
            SteerWish::Acknowledge(queue, alarm) => Steer::Acknowledge { queue, alarm },
            SteerWish::Tell(user, text) => Steer::Tell { user, text: text.chars().take(MESSAGE_LIMIT).collect() },
        }
    }
}

pub use super::board::BARS;
pub use wire::{Alarm, CallQuality, Grade, MAX_PRIORITY, MESSAGE_LIMIT, SoundFault, Staff, SuperviseMode};
