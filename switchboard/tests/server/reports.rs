//! Reports as a page reads them: days of the site, figures and the calls behind them, files, and who reads what.

use crate::support::{Client, Desk, header};
use crate::turned_away::{figures, on_the_floor};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use switchboard::config::Person as Account;
use switchboard::ids::TenantId;
use switchboard::reports::AgentState;
use switchboard::store::{ContactData, ContactEvent, ContactKind, WorkData};
use wire::{CallQueue, Counted, Edit, Figures, Kept, QueuesPage, Report, ReportCalls, Role, ServerFrame};

/// Everything happens in Rome.
async fn desk() -> (Desk, TenantId) {
    let desk = Desk::start_with(|config| {
        let tenant = &mut config.tenants[0];
        tenant.sites.iter_mut().for_each(|site| site.zone = "Europe/Rome".into());
        tenant.queues.iter_mut().for_each(|queue| {
            (queue.zone, queue.target_seconds) = ("Europe/Rome".into(), 20);
        });
        tenant.queues[1].site = "south".into();
        // Nothing but these tests says what they do: they are in no queue.
        for user in ["ada", "bea"] {
            let like = tenant.people.iter().find(|person| person.user == "agent1").unwrap().clone();
            tenant.people.push(Account { user: user.into(), name: user.into(), ..like });
        }
    })
    .await;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    (desk, tenant)
}

fn ms(at: &str) -> i64 {
    at.parse::<Timestamp>().unwrap().as_millisecond()
}

fn event(tenant: &TenantId, contact: &str, at: i64, kind: ContactKind, queue: &str, to: &str) -> ContactEvent {
    let queue = Some(CallQueue { name: queue.into(), label: queue.into(), since: at - 1_000 }).filter(|of| !of.name.is_empty());
    ContactEvent {
        tenant: tenant.clone(),
        contact: contact.into(),
        at,
        kind,
        from_user: "~guest".into(),
        to_user: to.into(),
        data: ContactData { from_display: "=cmd|' /C calc'!A0".into(), queue, ..ContactData::default() },
    }
}

async fn write(desk: &Desk, events: &[ContactEvent]) {
    desk.server.services().store.append_contact_events(events).await.unwrap();
}

async fn report(client: &Client, path: &str) -> Report {
    client.json(&format!("/api/reports/{path}")).await
}

#[tokio::test]
async fn days_hours_and_quarters_are_those_of_the_site_when_its_clocks_change() {
    let (desk, tenant) = desk().await;
    let head = desk.signed_in("supervisor").await;
    // One call in each quarter from the first to the last of two days, and one outside at each end.
    for (begin, end, date, hours) in [
        ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29", 23),
        ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-25", 25),
    ] {
        let quarters = (ms(begin) - 900_000..=ms(end)).step_by(900_000);
        let events = quarters.map(|at| event(&tenant, &format!("c{at}"), at, ContactKind::Answered, "support", "agent1"));
        write(&desk, &events.collect::<Vec<_>>()).await;
        let day = report(&head, &format!("queues?from={date}&to={date}&granularity=day")).await;
        assert_eq!(day.rows.iter().map(|row| (row.day.as_deref(), row.figures.answered)).collect::<Vec<_>>(), [(Some(date), hours * 4)]);
        let by_hour = report(&head, &format!("queues?from={date}&to={date}&granularity=hour")).await;
        let starts: Vec<_> = by_hour.rows.iter().map(|row| row.at.unwrap()).collect();
        assert_eq!(starts, (ms(begin)..ms(end)).step_by(3_600_000).collect::<Vec<_>>());
        assert!(by_hour.rows.iter().all(|row| row.figures.answered == 4));
        for of_queue in ["", "&queue=support"] {
            let of_agents = report(&head, &format!("agents?from={date}&to={date}&granularity=hour{of_queue}")).await;
            assert_eq!((of_agents.rows.len() as i64, of_agents.total.answered), (hours, hours * 4), "{of_queue}");
        }
        let by_quarter = report(&head, &format!("queues?from={date}&to={date}&granularity=quarter")).await;
        assert_eq!((by_quarter.rows.len() as i64, by_quarter.total.answered), (hours * 4, hours * 4));
        assert_eq!(by_quarter.zone, "Europe/Rome");
        // Both of these hours are called two o'clock.
        let file = head.get(&format!("/api/reports/queues?from={date}&to={date}&granularity=hour&format=csv")).await.text().await.unwrap();
        let twice = ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"];
        assert_eq!(twice.iter().filter(|hour| file.contains(**hour)).count(), if hours == 25 { 2 } else { 0 });
    }
    let weeks = report(&head, "queues?from=2026-03-28&to=2026-03-30&granularity=week").await;
    let weeks: Vec<_> = weeks.rows.iter().map(|row| (row.day.as_deref().unwrap(), row.figures.answered)).collect();
    assert_eq!(weeks, [("2026-03-23", 93), ("2026-03-30", 1)], "a week begins on Monday");
}

/// Some of everything on three days.
fn mixed(tenant: &TenantId) -> Vec<ContactEvent> {
    let begin = ms("2026-11-02T08:00:00Z");
    let mut events = Vec::new();
    for n in 0..1_205_i64 {
        // Many calls at one moment.
        let at = begin + (n / 7) * 400_000;
        let queue = if n % 3 == 0 { "reception" } else { "support" };
        let agent = if n % 4 == 0 { "agent1" } else { "agent2" };
        let of = |ms: i64, kind, to: &str| {
            let mut event = event(tenant, &format!("c{n}"), at + ms, kind, queue, to);
            event.data.queue.iter_mut().for_each(|of| of.since = at - n * 40);
            event
        };
        match n % 11 {
            0 => events.push(of(0, ContactKind::Abandoned, queue)),
            1 => events.extend([of(0, ContactKind::OfferMissed, agent), of(0, ContactKind::Missed, queue)]),
            2 => {
                let mut own = [of(0, ContactKind::Answered, agent), of(5_000, ContactKind::Ended, agent)];
                own.iter_mut().for_each(|event| event.data.queue = None);
                events.extend(own);
            }
            _ => {
                let mut done = of(9_000 + n, ContactKind::WrappedUp, agent);
                let disposition = (n % 5 != 0).then(|| "solved".to_owned());
                done.data.work = Some(WorkData { ms: n, disposition, note: String::new() });
                events.extend([of(0, ContactKind::Answered, agent), of(9_000, ContactKind::Ended, agent), done]);
            }
        }
    }
    events
}

async fn all_calls(client: &Client, filter: &str) -> Vec<wire::ReportCall> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page: ReportCalls = client.json(&format!("/api/reports/calls?{filter}&limit=190{after}")).await;
        assert!(page.next.is_none() || page.rows.len() == 190);
        rows.extend(page.rows);
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn behind_each_figure_are_its_calls_and_paging_leaves_none_out_and_shows_none_twice() {
    let (desk, tenant) = desk().await;
    write(&desk, &mixed(&tenant)).await;
    let head = desk.signed_in("supervisor").await;
    let days = "from=2026-11-01&to=2026-11-08";

    // Every call, across pages that end in the middle of one moment, while a new one comes in.
    let first: ReportCalls = head.json(&format!("/api/reports/calls?{days}&limit=200")).await;
    write(&desk, &[event(&tenant, "new", ms("2026-11-08T20:00:00Z"), ContactKind::Answered, "support", "agent1")]).await;
    let (mut seen, mut after) = (first.rows, first.next);
    while let Some(next) = after {
        let page: ReportCalls = head.json(&format!("/api/reports/calls?{days}&limit=200&after={next}")).await;
        seen.extend(page.rows);
        after = page.next;
    }
    let rows: BTreeSet<_> = seen.iter().map(|call| (call.contact.clone(), call.counted == Counted::Missed)).collect();
    // Each eleventh has a ring that was missed besides.
    assert_eq!((seen.len(), rows.len()), (1_205 + 110, 1_205 + 110));
    assert!(seen.is_sorted_by(|one, other| one.at >= other.at), "newest first");

    for kind in ["queues", "sites", "agents", "dispositions"] {
        let report = report(&head, &format!("{kind}?{days}&granularity=total")).await;
        assert!(report.rows.len() >= 2, "{kind}");
        for row in report.rows {
            let filter = match kind {
                "queues" => format!("queue={}", row.name),
                "sites" => format!("site={}", row.name),
                "agents" => format!("agent={}", row.name),
                _ => format!("disposition={}&queue={}", row.name, row.queue),
            };
            let calls = all_calls(&head, &format!("{days}&report={kind}&{filter}")).await;
            let of = |counted: &[Counted]| calls.iter().filter(|call| counted.contains(&call.counted)).count() as i64;
            let figures = row.figures;
            assert_eq!(of(&[Counted::Answered, Counted::HandedOn]), figures.answered, "{kind} {}", row.name);
            assert_eq!(calls.iter().filter_map(|call| call.talk_ms).sum::<i64>(), figures.talk_ms, "{kind} {}", row.name);
            assert_eq!(calls.iter().filter_map(|call| call.work_ms).sum::<i64>(), figures.work_ms, "{kind} {}", row.name);
            if kind == "queues" || kind == "sites" {
                let counts = (of(&[Counted::Lost]), of(&[Counted::Short]));
                assert_eq!(counts, (figures.lost, figures.short), "{}", row.name);
                let in_time = all_calls(&head, &format!("{days}&report={kind}&{filter}&counted=in-time")).await;
                assert_eq!(in_time.len() as i64, figures.in_time);
            }
            if kind == "sites" {
                let at = if row.name == "south" { "reception" } else { "support" };
                assert!(calls.iter().all(|call| call.queue == at && call.site == row.name), "the calls of its queues");
            }
            if kind == "agents" {
                assert_eq!(of(&[Counted::Missed]), figures.missed, "{}", row.name);
            }
        }
    }
    // A cell of an hour.
    let hours = report(&head, &format!("queues?{days}&granularity=hour&queue=support")).await;
    for row in hours.rows.iter().take(5) {
        let at = row.at.unwrap();
        let calls = all_calls(&head, &format!("{days}&report=queues&queue=support&since={at}&until={}", at + 3_600_000)).await;
        let answered = calls.iter().filter(|call| call.counted == Counted::Answered).count() as i64;
        assert_eq!(answered, row.figures.answered);
    }
}

/// What an agent has done since when, until they were gone.
fn since(tenant: &TenantId, user: &str, mut at: i64, states: &[(&str, &str, i64)]) -> Vec<AgentState> {
    let mut all = Vec::new();
    for (state, reason, ms) in states.iter().chain(&[("offline", "", 0)]) {
        all.push(AgentState { tenant: tenant.clone(), user: user.into(), at, state: (*state).into(), reason: (*reason).into() });
        at += ms;
    }
    all
}

#[tokio::test]
async fn behind_the_figures_of_a_reason_are_those_of_each_agent_and_their_states() {
    let (desk, tenant) = desk().await;
    let begin = ms("2026-11-02T08:10:00Z");
    let of_ada = [("paused", "lunch", 1_800_000), ("ready", "", 60_000), ("paused", "lunch", 600_000), ("paused", "", 5_000)];
    let of_bea = [("paused", "break", 300_000), ("paused", "lunch", 100_000), ("ready", "", 1_000)];
    for (user, states) in [("ada", &of_ada[..]), ("bea", &of_bea[..])] {
        let states = since(&tenant, user, begin, states);
        desk.server.services().store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &states).await.unwrap();
    }
    let head = desk.signed_in("supervisor").await;
    let days = "from=2026-11-01&to=2026-11-08";
    for granularity in ["total", "day", "hour", "quarter"] {
        let mut seen = BTreeMap::new();
        for row in report(&head, &format!("reasons?{days}&granularity={granularity}")).await.rows {
            let sum: &mut (i64, i64) = seen.entry(row.name).or_default();
            *sum = (sum.0 + row.figures.pauses, sum.1 + row.figures.paused_ms);
        }
        let expected = [("", (1, 5_000)), ("break", (1, 300_000)), ("lunch", (3, 2_500_000))];
        assert_eq!(seen, expected.map(|(name, sum)| (name.to_owned(), sum)).into(), "{granularity}");
        // Each of them by its agents: no other one's, and together all of it.
        for (reason, sum) in &seen {
            let mut together = (0, 0);
            for (user, states) in [("ada", &of_ada[..]), ("bea", &of_bea[..]), ("agent1", &[][..])] {
                let of = report(&head, &format!("reasons?{days}&granularity={granularity}&reason={reason}&agent={user}")).await;
                let theirs = states.iter().filter(|(state, of, _)| *state == "paused" && of == reason);
                let theirs = theirs.fold((0, 0), |(pauses, time), (_, _, ms)| (pauses + 1, time + ms));
                assert_eq!((of.total.pauses, of.total.paused_ms), theirs, "{granularity} {reason} {user}");
                assert!(of.rows.iter().all(|row| row.name == *reason), "{reason} {user}");
                together = (together.0 + theirs.0, together.1 + theirs.1);
            }
            assert_eq!(together, *sum, "{granularity} {reason}");
        }
        for (user, pauses, paused_ms) in [("ada", 3, 2_405_000), ("bea", 2, 400_000)] {
            let of = report(&head, &format!("agents?{days}&granularity={granularity}&agent={user}")).await;
            assert_eq!((of.total.pauses, of.total.paused_ms), (pauses, paused_ms), "{granularity} {user}");
        }
    }
}

#[tokio::test]
async fn how_soon_giving_up_is_no_loss_is_the_queues_to_say_and_holds_from_then_on() {
    let (desk, tenant) = desk().await;
    let services = desk.server.services();
    let (head, admin) = (desk.signed_in("supervisor").await, desk.signed_in("admin").await);
    let mut given = 0;
    let mut gives_up = async |waited: i64| {
        given += 1;
        let mut event = event(&tenant, &format!("g{given}"), switchboard::clock::now_ms(), ContactKind::Abandoned, "support", "support");
        event.data.queue.iter_mut().for_each(|of| of.since = event.at - waited);
        services.contacts.record(&[event]).await.unwrap();
    };
    let says = async |seconds: u32| {
        let page: QueuesPage = admin.json("/api/admin/queues").await;
        let Kept { version, mut record, .. } = page.queues.into_iter().find(|kept| kept.record.name == "support").unwrap();
        let before = record.short_seconds;
        record.short_seconds = seconds;
        let url = format!("{}/api/admin/queues/support", admin.base);
        let edit = admin.http.put(url).header("origin", &admin.base).json(&Edit { version, record });
        let answer = edit.send().await.unwrap();
        (answer.status().as_u16(), before, answer.text().await.unwrap())
    };
    let seen = async || {
        let figures = figures(&head, "support").await;
        let floor = i64::from(on_the_floor(&head, "support").await.lost);
        // What is written at this moment is shown a moment later.
        (figures.lost, figures.short, floor)
    };
    let until = async |expected: (i64, i64, i64)| {
        for _ in 0..100 {
            if seen().await == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(seen().await, expected);
    };
    gives_up(8_000).await;
    gives_up(4_900).await;
    until((1, 1, 1)).await;
    let (status, before, words) = says(61).await;
    assert_eq!((status, before), (422, 5), "{words}");
    assert!(words.contains("short_seconds") && words.contains("60"), "{words}");
    assert_eq!(says(10).await.0, 200);
    gives_up(8_000).await;
    gives_up(10_000).await;
    until((2, 2, 2)).await;
    let (status, before, words) = says(0).await;
    assert_eq!((status, before), (200, 10), "{words}");
    gives_up(0).await;
    until((3, 2, 3)).await;
    // What was counted stays as it was, also where everything is counted again.
    services.store.recount().await.unwrap();
    until((3, 2, 3)).await;
}

#[tokio::test]
async fn a_day_of_the_report_is_the_day_of_the_wallboard_and_of_the_agent() {
    let (desk, tenant) = desk().await;
    let now = switchboard::clock::now_ms();
    let mut events = mixed(&tenant);
    // All of them a moment ago.
    events.iter_mut().for_each(|event| {
        let waited = event.data.queue.as_ref().map_or(0, |of| event.at - of.since);
        event.at = now - 50;
        event.data.queue.iter_mut().for_each(|of| of.since = now - 50 - waited);
    });
    desk.server.services().contacts.record(&events).await.unwrap();
    let head = desk.signed_in("supervisor").await;
    let day = Timestamp::from_millisecond(now).unwrap().in_tz("Europe/Rome").unwrap().date();
    let report_of = async |kind: &str| report(&head, &format!("{kind}?from={day}&to={day}&granularity=day")).await;

    let mut feed = head.feed().await;
    let Some(ServerFrame::Snapshot(snapshot)) = feed.next_state().await else { panic!("no snapshot") };
    let wallboard: BTreeMap<_, _> = snapshot.floor.unwrap().figures.into_iter().map(|of| (of.queue.clone(), of)).collect();
    let queues = report_of("queues").await;
    assert_eq!(queues.rows.len(), 2);
    for row in queues.rows {
        let shown = &wallboard[&row.name].intervals;
        let sum = |of: fn(&wire::Interval) -> i64| shown.iter().map(of).sum::<i64>();
        let (answered, in_time) = (sum(|i| i.answered.into()), sum(|i| i.in_time.into()));
        let figures = row.figures;
        assert_eq!((answered, in_time, sum(|i| i.lost.into())), (figures.answered, figures.in_time, figures.lost), "{}", row.name);
        assert_eq!(sum(|i| i.waited_ms), figures.waited_ms);
    }
    let own: Figures = desk.signed_in("agent2").await.json("/api/figures").await;
    let row = report_of("agents").await.rows.into_iter().find(|row| row.name == "agent2").unwrap();
    assert_eq!((i64::from(own.answered), i64::from(own.missed)), (row.figures.answered, row.figures.missed));
    assert_eq!((own.talk_ms, own.wrap_up_ms), (row.figures.talk_ms, row.figures.work_ms));
}

#[tokio::test]
async fn a_state_that_lasts_is_in_the_report_up_to_now() {
    let (desk, tenant) = desk().await;
    let store = &desk.server.services().store;
    let now = switchboard::clock::now_ms();
    let state = |user: &str, at, state: &str, reason: &str| AgentState {
        tenant: tenant.clone(),
        user: user.into(),
        at,
        state: state.into(),
        reason: reason.into(),
    };
    // The exchange says nothing of them: they are in no queue. Paused, talked, and is ready since a minute.
    let states = [("paused", "lunch", 600_000), ("on-call", "", 180_000), ("ready", "", 60_000)];
    let states = states.map(|(word, reason, ago)| state("admin", now - ago, word, reason));
    store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &states).await.unwrap();
    let head = desk.signed_in("supervisor").await;
    let date = |at| Timestamp::from_millisecond(at).unwrap().in_tz("Europe/Rome").unwrap().date();
    let days = format!("from={}&to={}", date(now - 600_000), date(now));
    for granularity in ["total", "quarter"] {
        let report = report(&head, &format!("agents?{days}&granularity={granularity}&agent=admin")).await;
        let total = report.total;
        assert_eq!((total.paused_ms, total.pauses, total.on_call_ms), (420_000, 1, 120_000), "{granularity}");
        assert_eq!(total.ready_ms, report.now - (now - 60_000), "{granularity}");
    }
    let reasons = report(&head, &format!("reasons?{days}")).await;
    let rows: Vec<_> = reasons.rows.iter().map(|row| (row.name.as_str(), row.figures.paused_ms)).collect();
    assert_eq!(rows, [("lunch", 420_000)]);
}

#[tokio::test]
async fn what_happened_at_other_sites_fills_no_report() {
    let crowd: Vec<String> = (0..34).map(|n| format!("s{n}")).collect();
    let desk = Desk::start_with(|config| {
        let tenant = &mut config.tenants[0];
        let like = |role| tenant.people.iter().find(|person| person.roles.contains(&role)).unwrap().clone();
        let (agent, head) = (like(Role::Agent), like(Role::Supervisor));
        let at = |site: &str, user: &str, like: &Account| Account { user: user.into(), sites: vec![site.into()], ..like.clone() };
        let people = crowd.iter().map(|user| at("south", user, &agent));
        let people: Vec<_> = people.chain([at("north", "nora", &agent), at("north", "ned", &head)]).collect();
        tenant.people.extend(people);
    })
    .await;
    let tenant = desk.server.services().directory.tenants()[0].id.clone();
    let begin = ms("2026-01-01T00:00:00+01:00");
    // Each has a row in every quarter of the month, which together are more than a report may have.
    let month = |user: &str| since(&tenant, user, begin, &[("paused", "lunch", 31 * 86_400_000)]);
    let states: Vec<_> = crowd.iter().map(String::as_str).chain(["nora"]).flat_map(month).collect();
    desk.server.services().store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &states).await.unwrap();

    let path = "agents?from=2026-01-01&to=2026-01-31&granularity=quarter";
    let answer = desk.signed_in("supervisor").await.get(&format!("/api/reports/{path}")).await;
    assert_eq!(answer.status(), 400);
    assert!(answer.json::<wire::ApiError>().await.unwrap().message.contains("more than 100000 rows"));
    let ned = desk.signed_in("ned").await;
    for path in [path.to_owned(), format!("{path}&site=north")] {
        let own = report(&ned, &path).await;
        assert_eq!((own.rows.len(), own.total.paused_ms), (31 * 96, 31 * 86_400_000), "{path}");
        assert!(own.rows.iter().all(|row| row.name == "nora"));
    }

    // What lasts at this moment is counted by the same rule.
    let now = switchboard::clock::now_ms();
    let lasts = |user: &String| since(&tenant, user, now - 30 * 86_400_000, &[("paused", "lunch", 0)]).swap_remove(0);
    let states: Vec<_> = crowd.iter().map(lasts).collect();
    desk.server.services().store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &states).await.unwrap();
    let date = |at: i64| Timestamp::from_millisecond(at).unwrap().in_tz("Europe/Rome").unwrap().date();
    let own = report(&ned, &format!("agents?from={}&to={}&granularity=quarter", date(now - 30 * 86_400_000), date(now))).await;
    assert!(own.rows.is_empty(), "{:?}", own.rows);
}

#[tokio::test]
async fn a_file_runs_nothing_and_is_in_the_log_and_what_cannot_be_answered_is_said() {
    let (desk, tenant) = desk().await;
    write(&desk, &mixed(&tenant)).await;
    let head = desk.signed_in("supervisor").await;
    let answer = head.get("/api/reports/calls?from=2026-11-01&to=2026-11-08&format=csv").await;
    assert_eq!(header(&answer, "content-type"), "text/csv; charset=utf-8");
    assert_eq!(header(&answer, "content-disposition"), "attachment; filename=\"calls-2026-11-01-2026-11-08.csv\"");
    let file = answer.text().await.unwrap();
    assert_eq!(file.lines().count(), 1 + 1_205 + 110);
    assert!(file.contains("\"'=cmd|' /C calc'!A0\"") && !file.contains(",=cmd"), "a name that is a formula is text");
    let file = head.get("/api/reports/queues?from=2026-11-01&to=2026-11-08&format=csv").await.text().await.unwrap();
    assert_eq!(file.lines().count(), 3, "{file}");
    assert!(file.starts_with("\u{feff}from,name,label,queue,answered,in time,opened,lost"), "{file}");
    let log = desk.server.services().store.log_rows(&tenant, "report_export", i64::MAX, 10).await.unwrap();
    let exported: Vec<_> = log.iter().map(|row| row.detail("report")).collect();
    assert_eq!(exported, ["queues", "calls"]);
    // A file of JSON is one as well, and what a page reads is none.
    for kind in ["queues", "sites", "calls"] {
        let path = format!("/api/reports/{kind}?from=2026-11-01&to=2026-11-08");
        let shown: serde_json::Value = head.json(&path).await;
        let answer = head.get(&format!("{path}&format=json")).await;
        assert_eq!(header(&answer, "content-type"), "application/json");
        assert_eq!(header(&answer, "content-disposition"), format!("attachment; filename=\"{kind}-2026-11-01-2026-11-08.json\""));
        assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["rows"], shown["rows"]);
    }
    let log = desk.server.services().store.log_rows(&tenant, "report_export", i64::MAX, 10).await.unwrap();
    let exported: Vec<_> = log.iter().map(|row| (row.detail("report"), row.detail("from"), row.personal("person").is_empty())).collect();
    let of = |kind| (kind, "2026-11-01", false);
    assert_eq!(exported, ["calls", "sites", "queues", "queues", "calls"].map(of));

    for (path, status, words) in [
        ("queues", 400, "`from` and `to` are days"),
        ("queues?from=2026-11-08&to=2026-11-01", 400, "`from` is the first day"),
        ("queues?from=2026-11-01&to=2026-12-31&granularity=quarter", 400, "more than 31 days"),
        ("queues?from=2026-11-01&to=2026-11-01&granularity=decade", 400, "quarter, hour, day, week or total"),
        ("queues?from=2026-11-01&to=2026-11-01&words=more", 400, "`from` and `to` are days"),
        ("queues?from=2026-11-01&to=9999-12-31", 400, "after 1970"),
        ("queues?from=2026-11-01&to=2026-11-01&site=nowhere", 403, "may not read"),
        ("calls?from=2026-11-01&to=2026-11-01&counted=twice", 400, "`counted` is"),
        ("calls?from=2026-11-01&to=2026-11-01&after=7", 400, "`after` is the `next`"),
    ] {
        let answer = head.get(&format!("/api/reports/{path}")).await;
        assert_eq!(answer.status(), status, "{path}");
        let error: wire::ApiError = answer.json().await.unwrap();
        assert!(error.message.contains(words), "{path}: {}", error.message);
    }
    let agent = desk.signed_in("agent1").await;
    let days = "from=2026-11-01&to=2026-11-08";
    assert_eq!(agent.get(&format!("/api/reports/agents?{days}&agent=agent2")).await.status(), 403);
    assert_eq!(agent.get(&format!("/api/reports/queues?{days}")).await.status(), 403);
    let own = report(&agent, &format!("agents?{days}")).await;
    assert_eq!(own.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["agent1"]);
    assert!(all_calls(&agent, days).await.iter().all(|call| call.agent == "agent1"));
}
