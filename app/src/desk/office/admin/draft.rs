//! A form as it is being filled in: numbers and hours are text until they are sent.

use std::collections::BTreeMap;

use wire::{Choice, FieldError, FieldFault, PersonForm, QueueForm, QueuesPage};

use super::week::Week;

/// The numbers of a queue, by field.
pub const NUMBERS: [&str; 13] = [
    "ring_at_once",
    "ring_seconds",
    "wrap_up_seconds",
    "wrap_up_extend_seconds",
    "wrap_up_extensions",
    "max_penalty",
    "max_wait_seconds",
    "max_waiting",
    "pause_after_missed",
    "target_seconds",
    "target_percent",
    "alarm_seconds",
    "short_seconds",
];

/// A form as it stands on the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Draft {
    /// Somebody.
    Person(PersonForm),
    /// A queue.
    Queue(Box<QueueDraft>),
    /// A reason for a pause.
    Reason(Choice),
}

/// A queue as it stands on the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueDraft {
    /// What is no number and no hours.
    pub form: QueueForm,
    /// What is typed for each of [`NUMBERS`].
    pub numbers: BTreeMap<&'static str, String>,
    /// It has opening hours; without it is always open.
    pub closes: bool,
    /// What is typed for each day.
    pub week: Week,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Somebody.
    Person(PersonForm),
    /// A queue.
    Queue(Box<QueueForm>),
    /// A reason for a pause.
    Reason(Choice),
}

impl QueueDraft {
    /// The form of a queue as it is kept.
    #[must_use]
    pub fn of(form: &QueueForm) -> QueueDraft {
        let mut form = form.clone();
        let mut numbers = BTreeMap::new();
        for field in NUMBERS {
            let value = number(&mut form, field).map_or_else(String::new, |value| value.to_string());
            numbers.insert(field, value);
        }
        let hours = form.hours.take();
        QueueDraft { closes: hours.is_some(), week: Week::of(&hours.unwrap_or_default()), numbers, form }
    }

    /// The form of a queue that is not there yet.
    #[must_use]
    pub fn fresh(page: &QueuesPage) -> QueueDraft {
        let site = page.place.own.first().cloned().unwrap_or_default();
        let strategy = page.strategies.first().cloned().unwrap_or_default();
        let mut draft = QueueDraft::of(&QueueForm { site, strategy, ..QueueForm::default() });
        for rule in &page.numbers {
            if let Some(field) = NUMBERS.into_iter().find(|field| *field == rule.field) {
                let text = if need_not(field) { String::new() } else { rule.default.to_string() };
                draft.numbers.insert(field, text);
            }
        }
        draft.week = Week::of(&["mon-fri 08:00-18:00".to_owned()]);
        draft
    }

    fn record(&self, page: Option<&QueuesPage>) -> Result<QueueForm, Vec<FieldError>> {
        let mut form = self.form.clone();
        let mut wrong = Vec::new();
        for field in NUMBERS {
            let text = self.numbers.get(field).map_or("", |text| text.trim());
            let rule = page.and_then(|page| page.numbers.iter().find(|rule| rule.field == field));
            let (low, high) = rule.map_or((0, u32::MAX), |rule| (rule.low, rule.high));
            match text.parse::<u32>() {
                Ok(value) => set_number(&mut form, field, Some(value)),
                Err(_) if text.is_empty() && need_not(field) => set_number(&mut form, field, None),
                Err(_) => wrong.push(FieldError { field: field.to_owned(), fault: FieldFault::OutOfRange { low, high } }),
            }
        }
        form.hours =
            match (self.closes, self.week.lines()) {
                (false, _) => None,
                (true, Ok(lines)) => Some(lines),
                (true, Err(days)) => {
                    wrong.extend(days.into_iter().map(|day| FieldError {
                        field: format!("day.{day}"),
                        fault: FieldFault::NoHours { line: self.week.0[day].clone() },
                    }));
                    None
                }
            };
        if wrong.is_empty() { Ok(form) } else { Err(wrong) }
    }
}

impl Draft {
    /// What is sent, or the fields that cannot be read.
    ///
    /// # Errors
    /// Some numbers or hours are none.
    pub fn record(&self, page: Option<&QueuesPage>) -> Result<Record, Vec<FieldError>> {
        Ok(match self {
            Draft::Person(form) => Record::Person(form.clone()),
            Draft::Queue(draft) => Record::Queue(Box::new(draft.record(page)?)),
            Draft::Reason(choice) => Record::Reason(choice.clone()),
        })
    }

    /// The form of a record as it is kept.
    #[must_use]
    pub fn of(record: &Record) -> Draft {
        match record {
            Record::Person(form) => Draft::Person(form.clone()),
            Record::Queue(form) => Draft::Queue(Box::new(QueueDraft::of(form))),
            Record::Reason(choice) => Draft::Reason(choice.clone()),
        }
    }
}

impl Record {
    /// Its name, which is its address.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Record::Person(form) => &form.user,
            Record::Queue(form) => &form.name,
            Record::Reason(choice) => &choice.name,
        }
    }
}

/// Whether a number may be left out.
fn need_not(field: &str) -> bool {
    matches!(field, "max_wait_seconds" | "max_penalty")
}

fn number(form: &mut QueueForm, field: &str) -> Option<u32> {
    match field {
        "max_wait_seconds" => form.max_wait_seconds,
        "max_penalty" => form.max_penalty,
        "ring_at_once" => form.ring_at_once,
        _ => place(form, field).copied(),
    }
}

fn set_number(form: &mut QueueForm, field: &str, value: Option<u32>) {
    match (field, value) {
        ("max_wait_seconds", value) => form.max_wait_seconds = value,
        ("max_penalty", value) => form.max_penalty = value,
        ("ring_at_once", value) => form.ring_at_once = value,
        (_, Some(value)) => {
            if let Some(place) = place(form, field) {
                *place = value;
            }
        }
        (_, None) => {}
    }
}

fn place<'a>(form: &'a mut QueueForm, field: &str) -> Option<&'a mut u32> {
    Some(match field {
        "ring_seconds" => &mut form.ring_seconds,
        "wrap_up_seconds" => &mut form.wrap_up_seconds,
        "wrap_up_extend_seconds" => &mut form.wrap_up_extend_seconds,
        "wrap_up_extensions" => &mut form.wrap_up_extensions,
        "max_waiting" => &mut form.max_waiting,
        "pause_after_missed" => &mut form.pause_after_missed,
        "target_seconds" => &mut form.target_seconds,
        "target_percent" => &mut form.target_percent,
        "alarm_seconds" => &mut form.alarm_seconds,
        "short_seconds" => &mut form.short_seconds,
        _ => return None,
    })
}
