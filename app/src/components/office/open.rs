//! The form that is open, for the fields that stand in it.

use leptos::prelude::*;

use crate::components::kit::memo;
use crate::desk::office::admin::{Ask, Draft, FieldFault, Form, Hold, QueueDraft, Topic, Typed};
use crate::i18n::{I18n, Word};
use crate::store::{AskOffice, OfficeStores};

/// The open form of a topic. Cheap to copy into every field.
#[derive(Clone, Copy)]
pub struct Open {
    /// Which.
    pub topic: Topic,
    form: Memo<Option<Form>>,
    asks: AskOffice,
}

impl Open {
    /// That of this page. Call it in a component's body.
    #[must_use]
    pub fn of(topic: Topic) -> Open {
        let admin = OfficeStores::use_context().admin;
        Open { topic, form: memo(move || admin.with(|admin| admin.form(topic).cloned())), asks: AskOffice::use_context() }
    }

    /// Something of the form; tracks. The default where none is open.
    pub fn read<T: Default>(self, read: impl FnOnce(&Form) -> T) -> T {
        self.form.with(|form| form.as_ref().map(read).unwrap_or_default())
    }

    /// Whether one is open; tracks.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.form.with(Option::is_some)
    }

    /// Changes what stands in it.
    pub fn edit(self, change: impl FnOnce(&mut Draft) + Send + 'static) {
        self.asks.send(Ask::Change(self.topic, Typed::new(change)));
    }

    /// Asks for something.
    pub fn ask(self, ask: Ask) {
        self.asks.send(ask);
    }

    /// What is wrong with a field, in words; tracks.
    #[must_use]
    pub fn fault(self, t: I18n, field: &str) -> Option<String> {
        self.read(|form| form.fault(field).cloned()).map(|fault| words(t, &fault))
    }

    /// Not everything may be changed, or nothing at this moment; tracks.
    #[must_use]
    pub fn locked(self) -> bool {
        self.read(|form| form.busy || form.hold != Hold::All)
    }

    /// It is something new: what never changes can be written; tracks.
    #[must_use]
    pub fn fresh(self) -> bool {
        self.read(|form| form.version.is_none())
    }
}

/// The queue of a form, or one of nothing.
#[must_use]
pub fn queue(draft: &Draft) -> QueueDraft {
    if let Draft::Queue(queue) = draft { (**queue).clone() } else { QueueDraft::default() }
}

/// Changes the queue of a form.
pub fn edit_queue(open: Open, change: impl FnOnce(&mut QueueDraft) + Send + 'static) {
    open.edit(move |draft| {
        if let Draft::Queue(queue) = draft {
            change(queue);
        }
    });
}

/// A fault in words.
fn words(t: I18n, fault: &FieldFault) -> String {
    match fault {
        FieldFault::Missing => t.get(Word::FaultMissing).to_owned(),
        FieldFault::TooLong { limit } => t.with(Word::FaultTooLong, &[("limit", &limit.to_string())]),
        FieldFault::NoName => t.get(Word::FaultNoName).to_owned(),
        FieldFault::Taken => t.get(Word::FaultTaken).to_owned(),
        FieldFault::Retired => t.get(Word::FaultRetired).to_owned(),
        FieldFault::NoSuch { name } => t.with(Word::FaultNoSuch, &[("name", name)]),
        FieldFault::Twice { name } => t.with(Word::FaultTwice, &[("name", name)]),
        FieldFault::OutOfRange { low, high } => t.with(Word::FaultRange, &[("low", &low.to_string()), ("high", &high.to_string())]),
        FieldFault::NoHours { .. } => t.get(Word::FaultHours).to_owned(),
        FieldFault::Endless => t.get(Word::FaultEndless).to_owned(),
        FieldFault::NotYours { .. } => t.get(Word::TroubleForbidden).to_owned(),
        FieldFault::Unknown => t.get(Word::FaultOther).to_owned(),
    }
}
