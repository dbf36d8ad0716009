//! Administration: the lists of people, queues and pause reasons, and a form for each of them that keeps what is typed until it is
//! saved or given up on purpose, whatever page is looked at meanwhile.

mod draft;
mod form;
pub mod rows;
pub mod week;

use std::collections::VecDeque;
use std::sync::Arc;

use wire::{AdminRefusal, Kept};

pub use self::draft::{Draft, NUMBERS, QueueDraft, Record};
use self::form::Then;
pub use self::form::{Asking, Form, Trouble};
use crate::desk::event::Failure;
pub use wire::{
    AdminPlace, Choice, FieldFault, Hold, OneTimePassword, PasswordState, PeoplePage, PersonForm, PersonRow, QueueForm, QueuesPage,
    ReasonsPage, Role, Site,
};

/// What is administered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// People.
    People,
    /// Queues.
    Queues,
    /// Reasons for a pause.
    Reasons,
}

/// What was typed: a change of the form as it stands when it comes to it. Two that are made at once are both made.
pub struct Typed(Box<dyn FnOnce(&mut Draft) + Send>);

impl Typed {
    /// This change.
    pub fn new(change: impl FnOnce(&mut Draft) + Send + 'static) -> Typed {
        Typed(Box::new(change))
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}

/// What a page asks for.
#[derive(Debug)]
pub enum Ask {
    /// The page is looked at.
    Look(Topic),
    /// Open the form of this record.
    Open(Topic, String),
    /// Open an empty form.
    Add(Topic),
    /// Something was typed.
    Change(Topic, Typed),
    /// Send it.
    Save(Topic),
    /// Close the form; asks first where something would be lost.
    Close(Topic),
    /// Close it all the same.
    GiveUp(Topic),
    /// Remove the record; asks first.
    Remove(Topic),
    /// Remove it indeed.
    RemoveNow(Topic),
    /// Neither: go on.
    Back(Topic),
    /// Show the record as somebody else has left it.
    TakeTheirs(Topic),
    /// Make a one-time password for the person of the form.
    Password,
}

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    /// A list.
    People(Result<PeoplePage, Refused>),
    /// A list.
    Queues(Result<QueuesPage, Refused>),
    /// A list.
    Reasons(Result<ReasonsPage, Refused>),
    /// A record was written, or not.
    Saved(Topic, Result<(), Refused>),
    /// A record was removed, or not.
    Removed(Topic, Result<(), Refused>),
    /// A password was made, or not.
    Password(Result<OneTimePassword, Refused>),
}

impl Answer {
    /// Why it did not get to administration at all.
    pub(super) fn failure(&self) -> Option<&Failure> {
        let refused = match self {
            Answer::People(result) => result.as_ref().err(),
            Answer::Queues(result) => result.as_ref().err(),
            Answer::Reasons(result) => result.as_ref().err(),
            Answer::Saved(_, result) | Answer::Removed(_, result) => result.as_ref().err(),
            Answer::Password(result) => result.as_ref().err(),
        };
        if let Some(Refused::Failed(failure)) = refused { Some(failure) } else { None }
    }
}

/// Why it was not done.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// The switchboard says why.
    Because(Box<AdminRefusal>),
    /// It did not get that far.
    Failed(Failure),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// Ask for a list.
    List(Topic),
    /// Add a record, or change it where it has a version.
    Save(Topic, Option<String>, Record),
    /// Remove the record of this name and version.
    Remove(Topic, String, String),
    /// Make a password for this user.
    Password(String),
    /// Ask before the page is left, or not any more.
    Guard(bool),
}

/// A list as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Load<T> {
    /// Nobody has asked for it.
    #[default]
    Unknown,
    /// It is here.
    Known(T),
    /// It could not be read.
    Failed,
}

impl<T> Load<T> {
    /// The list, if it is here.
    pub fn known(&self) -> Option<&T> {
        if let Load::Known(list) = self { Some(list) } else { None }
    }
}

impl<T> Load<Arc<T>> {
    /// Why it could not be read, if it could not.
    fn learn(&mut self, result: Result<T, Refused>) -> Option<Refused> {
        match result {
            Ok(list) => *self = Load::Known(Arc::new(list)),
            Err(refused) => {
                // What was read before is better than nothing.
                if self.known().is_none() {
                    *self = Load::Failed;
                }
                return Some(refused);
            }
        }
        None
    }
}

/// The lists and their forms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admin {
    /// Who exists.
    pub people: Load<Arc<PeoplePage>>,
    /// The queues.
    pub queues: Load<Arc<QueuesPage>>,
    /// The reasons for a pause.
    pub reasons: Load<Arc<ReasonsPage>>,
    forms: [Option<Form>; 3],
    /// Lists that are asked for and not answered yet, by topic.
    asked: [u32; 3],
    guarded: bool,
}

impl Admin {
    /// The form that is open for a topic.
    #[must_use]
    pub fn form(&self, topic: Topic) -> Option<&Form> {
        self.forms[topic as usize].as_ref()
    }

    /// A page asks for something.
    pub fn ask(&mut self, ask: Ask, out: &mut VecDeque<Errand>) {
        match ask {
            Ask::Look(topic) => self.list(topic, out),
            Ask::Open(topic, name) => {
                if self.may_leave(topic)
                    && let Some((version, record, hold)) = self.find(topic, &name)
                {
                    self.forms[topic as usize] = Some(Form::of(Some(version), &record, hold));
                }
            }
            Ask::Add(topic) => {
                if self.may_leave(topic)
                    && let Some(draft) = self.fresh(topic)
                {
                    self.forms[topic as usize] = Some(Form::fresh(draft));
                }
            }
            Ask::Change(topic, typed) => self.with(topic, |form| form.change(typed.0)),
            Ask::Save(topic) => self.save(topic, out),
            Ask::Close(topic) => {
                if self.may_leave(topic) {
                    self.forms[topic as usize] = None;
                }
            }
            Ask::GiveUp(topic) => self.forms[topic as usize] = None,
            Ask::Remove(topic) => self.with(topic, |form| form.asking = Some(Asking::Remove)),
            Ask::RemoveNow(topic) => {
                if let Some(form) = self.forms[topic as usize].as_mut().filter(|form| !form.busy)
                    && let Some(version) = form.version.clone()
                {
                    (form.busy, form.asking, form.trouble) = (true, None, None);
                    out.push_back(Errand::Remove(topic, form.name.clone(), version));
                }
            }
            Ask::Back(topic) => self.with(topic, |form| (form.asking, form.password) = (None, None)),
            Ask::TakeTheirs(topic) if self.asked[topic as usize] == 0 => self.renew(topic),
            // What is known is what was there before somebody else changed it.
            Ask::TakeTheirs(topic) => self.with(topic, |form| (form.busy, form.then) = (true, Some(Then::Renew))),
            Ask::Password => {
                if let Some(form) = self.forms[Topic::People as usize].as_mut().filter(|form| !form.busy && form.version.is_some()) {
                    (form.busy, form.trouble) = (true, None);
                    out.push_back(Errand::Password(form.name.clone()));
                }
            }
        }
        self.guard(out);
    }

    /// A request was answered.
    pub fn answer(&mut self, answer: Answer, out: &mut VecDeque<Errand>) {
        match answer {
            Answer::People(result) => {
                let refused = self.people.learn(result);
                self.listed(Topic::People, refused);
            }
            Answer::Queues(result) => {
                let refused = self.queues.learn(result);
                self.listed(Topic::Queues, refused);
            }
            Answer::Reasons(result) => {
                let refused = self.reasons.learn(result);
                self.listed(Topic::Reasons, refused);
            }
            Answer::Saved(topic, Ok(())) | Answer::Removed(topic, Ok(())) => {
                self.with(topic, Form::done);
                self.list(topic, out);
            }
            Answer::Saved(topic, Err(refused)) | Answer::Removed(topic, Err(refused)) => {
                self.with(topic, |form| form.refused(&refused));
                if self.form(topic).is_some_and(|form| form.trouble == Some(Trouble::Changed)) {
                    // What somebody else has written is there by the time that it is asked for.
                    self.list(topic, out);
                }
            }
            Answer::Password(Ok(password)) => {
                self.with(Topic::People, |form| (form.busy, form.password) = (false, Some(password)));
                self.list(Topic::People, out);
            }
            Answer::Password(Err(refused)) => self.with(Topic::People, |form| form.refused(&refused)),
        }
        self.guard(out);
    }

    /// Nobody is signed in any more: nothing of what was shown or typed stays.
    pub(super) fn forget(&mut self, out: &mut VecDeque<Errand>) {
        *self = Admin { guarded: self.guarded, ..Admin::default() };
        self.guard(out);
    }

    fn list(&mut self, topic: Topic, out: &mut VecDeque<Errand>) {
        self.asked[topic as usize] += 1;
        out.push_back(Errand::List(topic));
    }

    /// A list was answered; what waits for it is done with the last one that was asked for.
    fn listed(&mut self, topic: Topic, refused: Option<Refused>) {
        let asked = &mut self.asked[topic as usize];
        *asked = asked.saturating_sub(1);
        if *asked > 0 {
            return;
        }
        match (self.form(topic).and_then(|form| form.then), refused) {
            (None, _) => {}
            (Some(Then::Close), _) => self.forms[topic as usize] = None,
            (Some(Then::Renew), None) => self.renew(topic),
            (Some(Then::Renew), Some(refused)) => self.with(topic, |form| form.refused(&refused)),
        }
    }

    /// What is known of the record takes the place of what was typed.
    fn renew(&mut self, topic: Topic) {
        let found = self.form(topic).map(|form| form.name.clone()).and_then(|name| self.find(topic, &name));
        self.forms[topic as usize] = found.map(|(version, record, hold)| Form::of(Some(version), &record, hold));
    }

    fn save(&mut self, topic: Topic, out: &mut VecDeque<Errand>) {
        let Some(form) = self.forms[topic as usize].as_mut().filter(|form| !form.busy) else { return };
        match form.draft.record(self.queues.known().map(|page| &**page)) {
            Ok(record) => {
                (form.busy, form.trouble) = (true, None);
                form.faults.clear();
                out.push_back(Errand::Save(topic, form.version.clone(), record));
            }
            Err(faults) => form.faults = faults,
        }
    }

    /// Whether the form of a topic may go; asks where something would be lost.
    fn may_leave(&mut self, topic: Topic) -> bool {
        match self.forms[topic as usize].as_mut() {
            Some(form) if form.dirty() => {
                form.asking = Some(Asking::GiveUp);
                false
            }
            Some(form) => !form.busy,
            None => true,
        }
    }

    /// Asks before the page is left as long as something would be lost.
    fn guard(&mut self, out: &mut VecDeque<Errand>) {
        let unsaved = self.forms.iter().flatten().any(Form::dirty);
        if std::mem::replace(&mut self.guarded, unsaved) != unsaved {
            out.push_back(Errand::Guard(unsaved));
        }
    }

    fn with(&mut self, topic: Topic, change: impl FnOnce(&mut Form)) {
        if let Some(form) = self.forms[topic as usize].as_mut() {
            change(form);
        }
    }

    fn find(&self, topic: Topic, name: &str) -> Option<(String, Record, Hold)> {
        fn of<T>(kept: &Kept<T>, record: Record) -> (String, Record, Hold) {
            (kept.version.clone(), record, kept.hold)
        }
        match topic {
            Topic::People => {
                let row = self.people.known()?.people.iter().find(|row| row.kept.record.user == name)?;
                Some(of(&row.kept, Record::Person(row.kept.record.clone())))
            }
            Topic::Queues => {
                let kept = self.queues.known()?.queues.iter().find(|kept| kept.record.name == name)?;
                Some(of(kept, Record::Queue(Box::new(kept.record.clone()))))
            }
            Topic::Reasons => {
                let kept = self.reasons.known()?.reasons.iter().find(|kept| kept.record.name == name)?;
                Some(of(kept, Record::Reason(kept.record.clone())))
            }
        }
    }

    fn fresh(&self, topic: Topic) -> Option<Draft> {
        Some(match topic {
            Topic::People => {
                let own = &self.people.known()?.place.own;
                let sites = own.first().filter(|_| own.len() == 1).cloned();
                Draft::Person(PersonForm {
                    user: String::new(),
                    display_name: String::new(),
                    roles: vec![Role::Agent],
                    sites: sites.into_iter().collect(),
                    skills: Vec::new(),
                    disabled: false,
                })
            }
            Topic::Queues => Draft::Queue(Box::new(QueueDraft::fresh(self.queues.known()?))),
            Topic::Reasons => Draft::Reason(Choice { name: String::new(), label: String::new() }),
        })
    }
}
