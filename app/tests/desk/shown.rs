//! What a page shows that makes anew only what may have changed. It must be what the desk says as a whole, after every event of every test.

use std::collections::BTreeMap;

use app::desk::Desk;
use app::desk::view::desk::PersonView;
use app::desk::view::floor::{AgentRow, FloorQueueRow};

/// Rows as a page holds them, and everything else as one value.
#[derive(Default)]
pub struct Shown {
    people: BTreeMap<String, PersonView>,
    agents: BTreeMap<String, AgentRow>,
    queues: BTreeMap<String, FloorQueueRow>,
    rest: String,
}

impl Shown {
    /// Follows the desk after an event, and compares.
    pub fn follow(&mut self, desk: &mut Desk, after: &str) {
        let changed = desk.take_changed();
        let whole = Shown::whole(desk);
        if changed.all {
            (self.people, self.agents, self.queues) = (whole.people.clone(), whole.agents.clone(), whole.queues.clone());
        } else {
            change(&mut self.people, desk.people_view_of(&changed.people), |row| &row.user);
            change(&mut self.agents, desk.agent_rows_of(&changed.agents), |row| &row.user);
            change(&mut self.queues, desk.floor_queue_rows_of(&changed.queues), |row| &row.queue.name);
        }
        if changed.all || changed.rest {
            self.rest.clone_from(&whole.rest);
        }
        assert_eq!(self.people, whole.people, "{after}");
        assert_eq!(self.agents, whole.agents, "{after}");
        assert_eq!(self.queues, whole.queues, "{after}");
        assert_eq!(self.rest, whole.rest, "{after}");
    }

    fn whole(desk: &Desk) -> Shown {
        let frame = (desk.session_view(), desk.settings(), desk.device_view(), desk.desk_view(), desk.work_view(), desk.visitor_view());
        let calls = (desk.call_views(), desk.incoming_views(), desk.history_view(), desk.diagnostics_view());
        let doors = (desk.door_views(), desk.entrances_view(), desk.access_view());
        Shown {
            people: desk.people_view().into_iter().map(|row| (row.user.clone(), row)).collect(),
            agents: desk.agent_rows().into_iter().map(|row| (row.user.clone(), row)).collect(),
            queues: desk.floor_queue_rows().into_iter().map(|row| (row.queue.name.clone(), row)).collect(),
            rest: format!("{frame:?} {calls:?} {doors:?}"),
        }
    }
}

/// New values of rows that are there.
fn change<T>(rows: &mut BTreeMap<String, T>, values: Vec<T>, name: fn(&T) -> &String) {
    for value in values {
        if let Some(row) = rows.get_mut(name(&value)) {
            *row = value;
        }
    }
}
