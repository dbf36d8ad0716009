//! The page of the reports: what is asked for, what is shown of it, and the calls behind a figure.

use app::desk::event::Failure;
use app::desk::office::action::Action;
use app::desk::office::reports::{Ask, Figure, Query, Range, Trouble, Value, Which, Wish};
use app::desk::office::{Effect, Event, Office, Tab};
use app::desk::settings::Settings;
use wire::{
    Counted, ErrorCode, Granularity, Me, Peer, Report, ReportCall, ReportCalls, ReportFigures, ReportKind, ReportRow, Role, Site,
    ZoneOffset,
};

use crate::support::me;

const HOUR: i64 = 3_600_000;
/// 28 November 2026, 00:00 in Rome.
const MIDNIGHT: i64 = 20_785 * 24 * HOUR - HOUR;

fn effects(office: &mut Office) -> Vec<Effect> {
    std::iter::from_fn(|| office.poll()).collect()
}

fn inside(role: Role) -> Office {
    let site = Site { id: "north".into(), name: "North house".into(), zone: "Europe/Rome".into() };
    let mut office = Office::default();
    let me = Box::new(Me { roles: vec![role], sites: vec![site], ..me() });
    office.handle(0, Event::Started(Settings::default(), Vec::new(), Some(me)));
    effects(&mut office);
    office
}

fn wish(office: &mut Office, wish: Wish) -> Vec<Effect> {
    office.handle(1, Event::Wish(Action::Reports(wish)));
    effects(office)
}

fn row(hour: i64, name: &str, figures: ReportFigures) -> ReportRow {
    ReportRow { at: Some(MIDNIGHT + hour * HOUR), day: None, name: name.into(), label: name.to_uppercase(), queue: String::new(), figures }
}

fn report() -> Report {
    let day = "2026-11-28".to_owned();
    let calls = |answered, in_time, lost| ReportFigures { answered, in_time, lost, ..ReportFigures::default() };
    Report {
        kind: ReportKind::Queues,
        from: day.clone(),
        to: day,
        granularity: Granularity::Hour,
        zone: "Europe/Rome".into(),
        offsets: vec![ZoneOffset { from: MIDNIGHT, ms: HOUR }],
        now: MIDNIGHT + 12 * HOUR + 1,
        rows: vec![row(9, "support", calls(4, 3, 1)), row(9, "sales", calls(1, 1, 0)), row(11, "sales", calls(0, 0, 2))],
        total: calls(5, 4, 3),
    }
}

/// The page with a report on it.
fn shown() -> Office {
    let mut office = inside(Role::Supervisor);
    wish(&mut office, Wish::Again);
    office.handle(2, Event::Report(Box::default(), Ok(Box::new(report()))));
    office
}

fn words(query: &Query) -> String {
    query.iter().map(|(word, value)| format!("{word}={value}")).collect::<Vec<_>>().join("&")
}

fn calls_of(office: &mut Office, figure: Figure, row: Option<usize>) -> Vec<String> {
    let asked = wish(office, Wish::OpenCalls(Which { figure, row }));
    asked.iter().map(|effect| if let Effect::LoadCalls { query } = effect { words(query) } else { String::new() }).collect()
}

#[test]
fn the_page_begins_with_the_queues_of_today_and_whoever_leads_nobody_with_oneself() {
    let mut office = inside(Role::Viewer);
    assert!(office.office_view().tabs.contains(&Tab::Reports));
    assert_eq!(wish(&mut office, Wish::Again), [Effect::LoadReport { ask: Ask::default(), zone: "Europe/Rome".into() }]);
    assert!(office.reports_view().loading);
    let mut office = inside(Role::Agent);
    assert_eq!(office.reports_view().kinds, [ReportKind::Agents, ReportKind::Reasons]);
    let own = Ask { kind: ReportKind::Agents, ..Ask::default() };
    assert_eq!(wish(&mut office, Wish::Again), [Effect::LoadReport { ask: own, zone: "Europe/Rome".into() }]);
}

#[test]
fn days_are_counted_from_today_and_too_short_spans_become_longer_ones() {
    let today = 20_785;
    let days = |range: Range| Ask { range, ..Ask::default() }.range.days(today).map(|days| words(&Ask::default().query(days)));
    let of = |from: &str, to: &str| Some(format!("from=2026-11-{from}&to=2026-11-{to}&granularity=hour"));
    assert_eq!(days(Range::Today), of("28", "28"));
    assert_eq!(days(Range::Yesterday), of("27", "27"));
    assert_eq!(days(Range::Week), of("22", "28"));
    assert_eq!(days(Range::Month), of("01", "28"));
    let own = |from: &str, to: &str| Range::Own { from: from.into(), to: to.into() };
    assert_eq!(days(own("2026-11-02", "2026-11-03")), of("02", "03"));
    assert_eq!(days(own("2026-11-03", "2026-11-02")), None);
    let long = Ask { range: own("2026-01-01", "2026-11-28"), ..Ask::default() };
    assert_eq!(long.fitting().granularity, Granularity::Day);
}

#[test]
fn wrong_days_are_said_without_asking_and_a_refusal_in_words() {
    let mut office = shown();
    let wrong = Ask { range: Range::Own { from: "2026-11-03".into(), to: String::new() }, ..Ask::default() };
    assert_eq!(wish(&mut office, Wish::Show(wrong)), []);
    assert_eq!(office.reports_view().trouble, Some(Trouble::Days));
    wish(&mut office, Wish::Show(Ask::default()));
    assert_eq!(office.reports_view().trouble, None);
    let much = Failure { status: Some(400), code: Some(ErrorCode::BadRequest), retry_after: None };
    office.handle(3, Event::Report(Box::default(), Err(much)));
    assert_eq!(office.reports_view().trouble, Some(Trouble::TooMuch));
}

#[test]
fn an_answer_to_what_is_no_longer_asked_for_changes_nothing() {
    let mut office = shown();
    wish(&mut office, Wish::Show(Ask { kind: ReportKind::Agents, ..Ask::default() }));
    let before = office.reports_view();
    office.handle(3, Event::Report(Box::default(), Ok(Box::new(report()))));
    assert_eq!(office.reports_view(), before);
    assert!(before.loading);
}

#[test]
fn names_to_narrow_to_stay_while_it_is_narrowed() {
    let mut office = shown();
    let both = [("sales".to_owned(), "SALES".to_owned()), ("support".to_owned(), "SUPPORT".to_owned())];
    assert_eq!(office.reports_view().names, both);
    let narrow = Ask { only: Some("sales".into()), ..Ask::default() };
    wish(&mut office, Wish::Show(narrow.clone()));
    let rows = report().rows.into_iter().filter(|row| row.name == "sales").collect();
    office.handle(3, Event::Report(Box::new(narrow), Ok(Box::new(Report { rows, ..report() }))));
    assert_eq!(office.reports_view().names, both);
}

#[test]
fn the_chart_has_a_bar_for_each_hour_so_far_and_the_level_of_all_queues() {
    let view = shown().reports_view();
    let bars = view.shown.as_ref().map(|shown| shown.bars.clone()).unwrap_or_default();
    assert_eq!(bars.len(), 13, "midnight to noon");
    assert_eq!((bars[9].good, bars[9].late, bars[9].bad, bars[9].level), (4, 1, 1, Some(666)));
    assert_eq!((bars[10].good, bars[10].level), (0, None));
    assert_eq!((bars[11].bad, bars[11].level), (2, Some(0)));
    assert_eq!(bars[9].at % (24 * HOUR), 9 * HOUR, "as clocks there show it");
}

#[test]
fn figures_are_those_of_the_documentation() {
    let sums = ReportFigures {
        answered: 4,
        in_time: 3,
        lost: 1,
        waited_ms: 40_000,
        talk_ms: 200_000,
        work_ms: 40_000,
        ..ReportFigures::default()
    };
    assert_eq!(Figure::Level.value(&sums), Value::Part(600));
    assert_eq!(Figure::AverageWait.value(&sums), Value::Time(10_000));
    assert_eq!(Figure::AverageHandling.value(&sums), Value::Time(60_000));
    assert_eq!(Figure::Level.value(&ReportFigures::default()), Value::Nothing);
}

#[test]
fn behind_a_figure_stand_the_calls_of_its_cell() {
    let mut office = shown();
    let (since, until) = (MIDNIGHT + 9 * HOUR, MIDNIGHT + 10 * HOUR);
    let of_cell = format!("queue=support&since={since}&until={until}&from=2026-11-28&to=2026-11-28&report=queues&counted=in-time");
    assert_eq!(calls_of(&mut office, Figure::InTime, Some(0)), [of_cell]);
    assert_eq!(calls_of(&mut office, Figure::FoundFull, None), ["from=2026-11-28&to=2026-11-28&report=queues&counted=found-full"]);
    assert_eq!(calls_of(&mut office, Figure::Lost, None), ["from=2026-11-28&to=2026-11-28&report=queues&counted=lost"]);
    assert_eq!(calls_of(&mut office, Figure::Level, None), Vec::<String>::new());
}

#[test]
fn pages_of_calls_are_turned_by_their_keys() {
    let mut office = shown();
    let first = calls_of(&mut office, Figure::Answered, None);
    let ask = |effects: Vec<Effect>| match effects.into_iter().next() {
        Some(Effect::LoadCalls { query }) => query,
        other => panic!("{other:?}"),
    };
    let call = |contact: &str| ReportCall {
        contact: contact.into(),
        at: MIDNIGHT + 9 * HOUR,
        counted: Counted::Answered,
        in_time: true,
        queue: "support".into(),
        agent: "one".into(),
        site: "north".into(),
        caller: Peer { address: "sip:ada@example".into(), display_name: None },
        waited_ms: 1000,
        talk_ms: None,
        work_ms: None,
        disposition: String::new(),
    };
    let page = |contact: &str, next: Option<&str>| ReportCalls { rows: vec![call(contact)], next: next.map(Into::into) };
    let query = office.reports_view().calls.query;
    assert_eq!(words(&query), first[0]);
    office.handle(3, Event::Calls(query.clone(), Ok(page("a", Some("7.a")))));
    let view = office.reports_view().calls;
    assert_eq!((view.rows.len(), view.page, view.more, view.loading), (1, 1, true, false));
    assert_eq!(view.rows[0].at % (24 * HOUR), 9 * HOUR);
    let older = ask(wish(&mut office, Wish::Older));
    assert_eq!(older.last(), Some(&("after", "7.a".to_owned())));
    // The first page comes late once more: it is not the one that is waited for.
    office.handle(4, Event::Calls(query.clone(), Ok(page("late", None))));
    assert!(office.reports_view().calls.loading);
    office.handle(5, Event::Calls(older, Ok(page("b", None))));
    let view = office.reports_view().calls;
    assert_eq!((view.page, view.more), (2, false));
    assert_eq!(ask(wish(&mut office, Wish::Newer)), query);
    wish(&mut office, Wish::CloseCalls);
    assert!(!office.reports_view().calls.open);
}

#[test]
fn whoever_signs_out_leaves_no_figures_behind() {
    let mut office = shown();
    office.handle(3, Event::SignedOut(Ok(())));
    assert_eq!(office.reports_view().shown, None);
    office.handle(4, Event::Report(Box::default(), Ok(Box::new(report()))));
    assert_eq!(office.reports_view().shown, None);
}
