//! Administration: lists, forms that lose nothing, refusals beside their fields.

use std::collections::VecDeque;

use app::desk::event::Failure;
use app::desk::office::admin::week::{DAYS, Week, bar};
use app::desk::office::admin::{Admin, Answer, Ask, Asking, Draft, Errand, QueueDraft, Record, Refused, Topic, Trouble, Typed, rows};
use wire::{
    AdminCode, AdminPlace, AdminRefusal, Choice, FieldError, FieldFault, Hold, Kept, NumberRule, OneTimePassword, Origin, PasswordState,
    PeoplePage, PersonForm, PersonRow, QueueForm, QueuesPage, ReasonsPage, Role, Secret, Site,
};

fn place() -> AdminPlace {
    let site = |id: &str| Site { id: id.into(), name: id.to_uppercase(), zone: "Europe/Rome".into() };
    AdminPlace { sites: vec![site("north"), site("south")], own: vec!["north".into()], everywhere: false }
}

fn kept<T>(record: T) -> Kept<T> {
    Kept { version: "v1".into(), origin: Origin::File, hold: Hold::All, record }
}

fn ann() -> PersonForm {
    let sites = vec!["north".into()];
    PersonForm { user: "ann".into(), display_name: "Ann".into(), roles: vec![Role::Agent], sites, skills: Vec::new(), disabled: false }
}

fn support() -> QueueForm {
    QueueForm {
        name: "support".into(),
        label: "Support".into(),
        site: "north".into(),
        strategy: "longest-idle".into(),
        ring_at_once: Some(10),
        ring_seconds: 20,
        max_wait_seconds: Some(120),
        max_waiting: 50,
        target_seconds: 20,
        target_percent: 80,
        alarm_seconds: 120,
        short_seconds: 5,
        hours: Some(vec!["mon-fri 08:00-12:00".into(), "mon-fri 14:00-18:00".into(), "sat 09:00-12:30".into()]),
        ..QueueForm::default()
    }
}

fn queues() -> QueuesPage {
    let rule = |field: &str, default, low, high| NumberRule { field: field.into(), default, low, high };
    QueuesPage {
        place: place(),
        queues: vec![kept(support())],
        people: vec![Choice { name: "ann".into(), label: "Ann".into() }],
        strategies: vec!["longest-idle".into()],
        numbers: vec![rule("ring_seconds", 20, 3, 300), rule("max_wait_seconds", 0, 1, 86_400), rule("max_waiting", 100, 1, 100_000)],
    }
}

/// Administration with its lists read, and what it has asked for since.
struct Bench {
    admin: Admin,
    out: VecDeque<Errand>,
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self { admin: Admin::default(), out: VecDeque::new() };
        let people = vec![PersonRow { kept: kept(ann()), password: PasswordState::Set }];
        bench.answer(Answer::People(Ok(PeoplePage { place: place(), adds: true, people })));
        bench.answer(Answer::Queues(Ok(queues())));
        let reasons = vec![kept(Choice { name: "lunch".into(), label: "Lunch".into() })];
        bench.answer(Answer::Reasons(Ok(ReasonsPage { place: place(), reasons })));
        assert!(bench.out.is_empty());
        bench
    }

    fn ask(&mut self, ask: Ask) {
        self.admin.ask(ask, &mut self.out);
    }

    fn answer(&mut self, answer: Answer) {
        self.admin.answer(answer, &mut self.out);
    }

    /// The list of people is read, with Ann under a new name.
    fn people(&mut self, version: &str, name: &str) {
        let record = PersonForm { display_name: name.into(), ..ann() };
        let people = vec![PersonRow { kept: Kept { version: version.into(), ..kept(record) }, password: PasswordState::Set }];
        self.answer(Answer::People(Ok(PeoplePage { place: place(), adds: true, people })));
    }

    fn errands(&mut self) -> Vec<Errand> {
        self.out.drain(..).collect()
    }

    /// Ann's form with another name typed.
    fn renamed(&mut self, name: &str) {
        self.ask(Ask::Open(Topic::People, "ann".into()));
        let name = name.to_owned();
        self.ask(Ask::Change(Topic::People, typed(PersonForm { display_name: name, ..ann() })));
    }
}

fn typed(form: PersonForm) -> Typed {
    Typed::new(move |draft| *draft = Draft::Person(form))
}

fn refused(code: AdminCode, fields: Vec<FieldError>) -> Refused {
    Refused::Because(Box::new(AdminRefusal { code, message: "m".into(), fields, names: Vec::new(), waiting: 0 }))
}

#[test]
fn a_form_is_sent_with_the_version_that_it_was_opened_with_and_closes_when_it_is_saved() {
    let mut bench = Bench::new();
    bench.renamed("Anna");
    bench.ask(Ask::Save(Topic::People));
    let record = Record::Person(PersonForm { display_name: "Anna".into(), ..ann() });
    assert_eq!(bench.errands(), [Errand::Guard(true), Errand::Save(Topic::People, Some("v1".into()), record)]);
    bench.ask(Ask::Save(Topic::People));
    assert!(bench.errands().is_empty(), "once");
    bench.ask(Ask::Change(Topic::People, typed(ann())));
    assert!(bench.admin.form(Topic::People).is_some_and(|form| form.busy && form.dirty()), "what is on its way is not changed");
    bench.answer(Answer::Saved(Topic::People, Ok(())));
    assert_eq!(bench.errands(), [Errand::List(Topic::People), Errand::Guard(false)]);
    // Behind the form stands the list that was read before: opened from there it would show what was before.
    bench.ask(Ask::Open(Topic::People, "ann".into()));
    bench.ask(Ask::Close(Topic::People));
    bench.ask(Ask::Look(Topic::People));
    bench.people("v1", "Ann");
    assert!(bench.admin.form(Topic::People).is_some_and(|form| form.busy && !form.dirty()), "not the list that was asked for first");
    bench.people("v2", "Anna");
    assert!(bench.admin.form(Topic::People).is_none());
    bench.ask(Ask::Open(Topic::People, "ann".into()));
    assert_eq!(bench.admin.form(Topic::People).and_then(|form| form.version.as_deref()), Some("v2"));
}

#[test]
fn a_form_that_is_saved_closes_also_where_the_list_cannot_be_read() {
    let mut bench = Bench::new();
    bench.renamed("Anna");
    bench.ask(Ask::Save(Topic::People));
    bench.answer(Answer::Saved(Topic::People, Ok(())));
    bench.answer(Answer::People(Err(Refused::Failed(Failure { status: None, code: None, retry_after: None }))));
    assert!(bench.admin.form(Topic::People).is_none());
}

#[test]
fn what_is_typed_at_once_in_two_fields_stands_in_both() {
    let mut bench = Bench::new();
    bench.ask(Ask::Open(Topic::People, "ann".into()));
    let person = |change: fn(&mut PersonForm)| {
        Ask::Change(
            Topic::People,
            Typed::new(move |draft| {
                if let Draft::Person(form) = draft {
                    change(form);
                }
            }),
        )
    };
    bench.ask(person(|form| form.display_name = "Anna".into()));
    bench.ask(person(|form| form.sites.clear()));
    let form = bench.admin.form(Topic::People).expect("still open");
    assert_eq!(form.draft, Draft::Person(PersonForm { display_name: "Anna".into(), sites: Vec::new(), ..ann() }));
}

#[test]
fn what_is_typed_is_lost_only_on_purpose() {
    let mut bench = Bench::new();
    bench.renamed("Anna");
    assert_eq!(bench.errands(), [Errand::Guard(true)]);
    // Neither by closing, nor by opening another, nor by looking at another page and its form.
    let person = |bench: &Bench| bench.admin.form(Topic::People).cloned().expect("still open");
    for ask in [Ask::Close(Topic::People), Ask::Add(Topic::People), Ask::Open(Topic::People, "ann".into())] {
        bench.ask(ask);
        assert_eq!(person(&bench).asking, Some(Asking::GiveUp));
        bench.ask(Ask::Back(Topic::People));
        assert_eq!((person(&bench).asking, person(&bench).dirty()), (None, true));
    }
    bench.ask(Ask::Look(Topic::Reasons));
    bench.ask(Ask::Open(Topic::Reasons, "lunch".into()));
    bench.ask(Ask::Close(Topic::Reasons));
    assert!(bench.admin.form(Topic::Reasons).is_none() && person(&bench).dirty());
    bench.ask(Ask::GiveUp(Topic::People));
    assert!(bench.admin.form(Topic::People).is_none());
    assert_eq!(bench.errands(), [Errand::List(Topic::Reasons), Errand::Guard(false)]);
    // A form that is as it was closes without a word.
    bench.ask(Ask::Open(Topic::People, "ann".into()));
    bench.ask(Ask::Close(Topic::People));
    assert!(bench.admin.form(Topic::People).is_none());
}

#[test]
fn a_refusal_stands_beside_its_fields_and_keeps_what_was_typed() {
    let mut bench = Bench::new();
    bench.renamed("");
    bench.ask(Ask::Save(Topic::People));
    let wrong = |field: &str, fault| FieldError { field: field.into(), fault };
    let faults = vec![wrong("display_name", FieldFault::Missing), wrong("agents.3", FieldFault::Twice { name: "ann".into() })];
    bench.answer(Answer::Saved(Topic::People, Err(refused(AdminCode::Invalid, faults))));
    let form = bench.admin.form(Topic::People).cloned().expect("still open");
    assert_eq!((form.fault("display_name"), form.trouble.clone()), (Some(&FieldFault::Missing), Some(Trouble::Fields)));
    assert_eq!((form.fault("user"), form.fault("agents."), form.busy), (None, Some(&FieldFault::Twice { name: "ann".into() }), false));
    let lost = Failure { status: None, code: None, retry_after: None };
    bench.ask(Ask::Save(Topic::People));
    bench.answer(Answer::Saved(Topic::People, Err(Refused::Failed(lost))));
    let form = bench.admin.form(Topic::People).expect("still open");
    assert_eq!((form.trouble.clone(), form.dirty(), form.faults.len()), (Some(Trouble::Unreachable), true, 0));
}

#[test]
fn whoever_was_slower_keeps_what_they_typed_and_can_see_what_is_there_by_now() {
    let mut bench = Bench::new();
    bench.renamed("Anna");
    bench.ask(Ask::Save(Topic::People));
    bench.errands();
    bench.answer(Answer::Saved(Topic::People, Err(refused(AdminCode::Changed, Vec::new()))));
    assert_eq!(bench.errands(), [Errand::List(Topic::People)], "what is there by now");
    assert!(bench.admin.form(Topic::People).is_some_and(|form| form.trouble == Some(Trouble::Changed) && form.dirty()));
    // Asked for before it is there: it comes with the list, and not the one of before.
    bench.ask(Ask::TakeTheirs(Topic::People));
    assert!(bench.admin.form(Topic::People).is_some_and(|form| form.busy && form.dirty()));
    bench.answer(Answer::People(Err(Refused::Failed(Failure { status: None, code: None, retry_after: None }))));
    assert!(bench.admin.form(Topic::People).is_some_and(|form| !form.busy && form.dirty() && form.trouble == Some(Trouble::Unreachable)));
    bench.people("v2", "Annie");
    bench.ask(Ask::TakeTheirs(Topic::People));
    let form = bench.admin.form(Topic::People).expect("still open");
    assert_eq!((form.version.as_deref(), form.dirty()), (Some("v2"), false));
    assert!(matches!(&form.draft, Draft::Person(form) if form.display_name == "Annie"));
}

#[test]
fn removing_asks_first_and_says_what_needs_it() {
    let mut bench = Bench::new();
    bench.ask(Ask::Open(Topic::Queues, "support".into()));
    bench.ask(Ask::Remove(Topic::Queues));
    assert!(bench.errands().is_empty());
    bench.ask(Ask::RemoveNow(Topic::Queues));
    assert_eq!(bench.errands(), [Errand::Remove(Topic::Queues, "support".into(), "v1".into())]);
    let refusal = AdminRefusal { code: AdminCode::InUse, message: "m".into(), fields: Vec::new(), names: vec!["Sales".into()], waiting: 0 };
    bench.answer(Answer::Removed(Topic::Queues, Err(Refused::Because(Box::new(refusal)))));
    let form = bench.admin.form(Topic::Queues).expect("still open");
    assert_eq!(form.trouble, Some(Trouble::InUse(vec!["Sales".into()], 0)));
}

#[test]
fn a_one_time_password_is_shown_until_the_form_goes() {
    let mut bench = Bench::new();
    bench.ask(Ask::Password);
    bench.ask(Ask::Add(Topic::People));
    bench.ask(Ask::Password);
    assert!(bench.errands().is_empty(), "for nobody, and for nobody yet");
    bench.ask(Ask::GiveUp(Topic::People));
    bench.ask(Ask::Open(Topic::People, "ann".into()));
    bench.ask(Ask::Password);
    assert_eq!(bench.errands(), [Errand::Password("ann".into())]);
    bench.answer(Answer::Password(Ok(OneTimePassword { password: Secret::new("maple-7-otter"), expires_at: 1 })));
    assert!(bench.admin.form(Topic::People).is_some_and(|form| form.password.is_some() && !form.busy));
    bench.ask(Ask::Close(Topic::People));
    assert!(!format!("{:?}", bench.admin).contains("maple-7-otter"));
}

#[test]
fn numbers_and_hours_are_text_until_they_are_sent() {
    let page = queues();
    let draft = QueueDraft::of(&support());
    assert_eq!((draft.numbers["ring_seconds"].as_str(), draft.numbers["max_wait_seconds"].as_str()), ("20", "120"));
    assert_eq!(draft.week.0[0], "08:00-12:00, 14:00-18:00");
    let sent = Draft::Queue(Box::new(draft.clone())).record(Some(&page));
    assert_eq!(sent, Ok(Record::Queue(Box::new(support()))), "as it came");

    let mut wrong = draft.clone();
    wrong.numbers.insert("ring_seconds", "soon".into());
    wrong.numbers.insert("max_wait_seconds", String::new());
    wrong.numbers.insert("max_waiting", String::new());
    wrong.week.0[6] = "all day".into();
    let faults = Draft::Queue(Box::new(wrong)).record(Some(&page)).expect_err("some are wrong");
    let expected = [
        ("ring_seconds", FieldFault::OutOfRange { low: 3, high: 300 }),
        ("max_waiting", FieldFault::OutOfRange { low: 1, high: 100_000 }),
        ("day.6", FieldFault::NoHours { line: "all day".into() }),
    ];
    assert_eq!(faults, expected.map(|(field, fault)| FieldError { field: field.into(), fault }));

    let mut open = draft;
    open.closes = false;
    let Ok(Record::Queue(form)) = Draft::Queue(Box::new(open)).record(Some(&page)) else { panic!("it can be read") };
    assert_eq!(form.hours, None, "always open, whatever is typed for the days");
}

#[test]
fn a_week_reads_what_people_write_and_writes_what_the_switchboard_reads() {
    let lines = |texts: [&str; 7]| Week(texts.map(str::to_owned)).lines();
    let same = |texts: [&str; 7], expected: &[&str]| {
        assert_eq!(lines(texts).as_deref(), Ok(&expected.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>()[..]))
    };
    same(["8-18", "8:00-18:00", "08.00 – 18.00", "", "", "", ""], &["mon-wed 08:00-18:00"]);
    same(["14:00-18:00; 8-12", "", "", "", "", "", "0-24"], &["mon 08:00-12:00", "mon 14:00-18:00", "sun 00:00-24:00"]);
    same([""; 7], &[]);
    assert_eq!(lines(["18-8", "", "8", "", "8:5-9", "", "25-26"]), Err(vec![0, 2, 4, 6]));
    // Around the end of the week, and back.
    let week = Week::of(&["fri-mon 10:00-11:00".to_owned()]);
    assert_eq!(week.lines(), Ok(vec!["mon 10:00-11:00".to_owned(), "fri-sun 10:00-11:00".to_owned()]));
    for (day, _) in DAYS.iter().enumerate() {
        assert_eq!(week.day(day).map(|spans| spans.len()), Some(usize::from([0, 4, 5, 6].contains(&day))));
    }
    assert_eq!((bar((0, 1_440)), bar((360, 720))), ((0.0, 100.0), (25.0, 25.0)));
}

#[test]
fn rows_of_a_form_are_added_written_and_taken_away_by_their_names() {
    let mut draft = Draft::Queue(Box::new(QueueDraft::of(&support())));
    for list in ["skills", "penalties", "relax"] {
        assert_eq!(rows::count(&draft, list), 0);
        rows::add(&mut draft, list);
        rows::add(&mut draft, list);
        assert_eq!(rows::count(&draft, list), 2);
    }
    assert_eq!(rows::cell(&draft, "relax.1.after_seconds"), "40", "a step goes on from the one before");
    assert_eq!((rows::cell(&draft, "relax.0.less"), rows::cell(&draft, "relax.0.max_penalty")), ("0".into(), "10".into()));
    for (field, text) in [("skills.1.name", "german"), ("skills.1.level", " 5 "), ("penalties.0.level", "many"), ("relax.1.less", "10")] {
        rows::set_cell(&mut draft, field, text.into());
    }
    rows::remove(&mut draft, "skills", 0);
    rows::remove(&mut draft, "relax", 0);
    rows::set_cell(&mut draft, "skills.7.name", "nowhere".into());
    let Ok(Record::Queue(form)) = draft.record(Some(&queues())) else { panic!("numbers are numbers") };
    assert_eq!(form.skills, [wire::Graded { name: "german".into(), level: 5 }]);
    assert_eq!((form.penalties[0].level, form.max_penalty), (0, None), "what is no number is 0, and what is empty is not there");
    assert_eq!(form.relax, [wire::RelaxStep { after_seconds: 40, less: 10, max_penalty: 10 }]);
    let mut draft = Draft::Person(ann());
    rows::add(&mut draft, "skills");
    rows::add(&mut draft, "relax");
    assert_eq!((rows::count(&draft, "skills"), rows::count(&draft, "relax")), (1, 0), "a person relaxes nothing");
}
