//! What the reports add up is what the events say: random histories with restarts between them, counted by a model of a few lines, by
//! the store as it writes, and by the store from everything again.

use crate::support::config;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, TestRunner};
use std::collections::BTreeMap;
use switchboard::ids::TenantId;
use switchboard::keys::Keys;
use switchboard::reports::{AgentState, Grain, Subject, add};
use switchboard::store::{ContactData, ContactEvent, ContactKind, Store, SumsWanted, WorkData, sqlite_url};
use wire::{CallQueue, ReportFigures};

/// A quarter before the clocks go back in Rome: days and quarters end within each history.
const BEGIN: i64 = 1_792_960_200_000;
const AGENTS: [&str; 3] = ["agent1", "agent2", "concierge"];
/// The first one is at the north, the second one at the south.
const QUEUES: [&str; 2] = ["support", "reception"];
const SITES: [&str; 2] = ["north", "south"];
/// Who gives up sooner, in seconds, is not lost.
const SHORT: [u32; 2] = [5, 2];

#[derive(Debug, Clone)]
enum Step {
    /// A caller of a queue is answered after a wait, talks, and the work is done or left open.
    Answered {
        queue: usize,
        agent: usize,
        wait: i64,
        talk: i64,
        work: Option<i64>,
        solved: bool,
    },
    /// The same, and the agent hands the call on to another one.
    HandedOn {
        queue: usize,
        agent: usize,
        wait: i64,
        talk: i64,
    },
    /// The same, and the agent hands the caller on to the next queue, where another one answers after six seconds, or nobody.
    ToQueue {
        queue: usize,
        agent: usize,
        wait: i64,
        talk: i64,
        answered: bool,
    },
    /// The caller gives up; the agent who was rung before has missed it.
    GivenUp {
        queue: usize,
        agent: usize,
        wait: i64,
    },
    /// The caller gives up, calls again while the place is kept, and is answered, or gives up for good.
    Back {
        queue: usize,
        agent: usize,
        wait: i64,
        away: i64,
        answered: bool,
    },
    /// Nobody came in time.
    TimedOut {
        queue: usize,
        wait: i64,
    },
    /// The queue took nobody: the caller is turned away, or another queue takes them.
    Away {
        queue: usize,
        full: bool,
        on: bool,
    },
    /// Somebody opens the door at which the caller rang.
    Opened {
        queue: usize,
        agent: usize,
        wait: i64,
    },
    /// Nobody came in time, and another queue takes the caller.
    PassedOn {
        queue: usize,
        wait: i64,
        moved: bool,
    },
    /// A call to a person.
    Own {
        agent: usize,
        talk: Option<i64>,
    },
    /// An agent does something else from now on.
    State {
        agent: usize,
        state: usize,
    },
    Restart {
        down: i64,
    },
}

const STATES: [(&str, &str); 5] = [("offline", ""), ("ready", ""), ("paused", "lunch"), ("on-call", ""), ("paused", "")];

fn step() -> impl Strategy<Value = (i64, Step)> {
    let (queue, agent) = (0..QUEUES.len(), 0..AGENTS.len());
    let ms = 0..2_000_000_i64;
    let step = prop_oneof![
        4 => (queue.clone(), agent.clone(), 0..40_000_i64, ms.clone(), proptest::option::of(0..90_000_i64), any::<bool>())
            .prop_map(|(queue, agent, wait, talk, work, solved)| Step::Answered { queue, agent, wait, talk, work, solved }),
        1 => (queue.clone(), agent.clone(), 0..40_000_i64, ms.clone())
            .prop_map(|(queue, agent, wait, talk)| Step::HandedOn { queue, agent, wait, talk }),
        1 => (queue.clone(), agent.clone(), 0..40_000_i64, ms.clone(), any::<bool>())
            .prop_map(|(queue, agent, wait, talk, answered)| Step::ToQueue { queue, agent, wait, talk, answered }),
        2 => (queue.clone(), agent.clone(), 0..9_000_i64).prop_map(|(queue, agent, wait)| Step::GivenUp { queue, agent, wait }),
        2 => (queue.clone(), agent.clone(), 0..9_000_i64, 1..30_000_i64, any::<bool>())
            .prop_map(|(queue, agent, wait, away, answered)| Step::Back { queue, agent, wait, away, answered }),
        2 => (queue.clone(), agent.clone(), 0..40_000_i64).prop_map(|(queue, agent, wait)| Step::Opened { queue, agent, wait }),
        1 => (queue.clone(), 0..99_000_i64).prop_map(|(queue, wait)| Step::TimedOut { queue, wait }),
        1 => (queue.clone(), any::<bool>(), any::<bool>()).prop_map(|(queue, full, on)| Step::Away { queue, full, on }),
        1 => (queue, 0..99_000_i64, any::<bool>()).prop_map(|(queue, wait, moved)| Step::PassedOn { queue, wait, moved }),
        1 => (agent.clone(), proptest::option::of(ms)).prop_map(|(agent, talk)| Step::Own { agent, talk }),
        4 => (agent, 0..STATES.len()).prop_map(|(agent, state)| Step::State { agent, state }),
        1 => (0..500_000_i64).prop_map(|down| Step::Restart { down }),
    ];
    (0..1_500_000_i64, step)
}

fn event(tenant: &TenantId, contact: &str, at: i64, kind: ContactKind, to: &str) -> ContactEvent {
    ContactEvent {
        tenant: tenant.clone(),
        contact: contact.into(),
        at,
        kind,
        from_user: "~guest".into(),
        to_user: to.into(),
        data: ContactData::default(),
    }
}

/// The events of one call that begins now, and what a reader of `docs/reports.md` expects of them: by queue and by agent.
fn call(tenant: &TenantId, contact: &str, now: i64, step: &Step, model: &mut Model) -> Vec<ContactEvent> {
    let of = |queue: usize| Some(CallQueue { name: QUEUES[queue].into(), label: "L".into(), since: now });
    let at = |ms: i64, kind, to: &str, queue| {
        let mut event = event(tenant, contact, now + ms, kind, to);
        event.data.queue = queue;
        event
    };
    match *step {
        Step::Answered { queue, agent, wait, talk, work, solved } => {
            let (of, name) = (of(queue), AGENTS[agent]);
            let mut events = vec![
                at(0, ContactKind::Queued, QUEUES[queue], of.clone()),
                at(wait, ContactKind::Answered, name, of.clone()),
                at(wait + talk, ContactKind::Ended, name, of.clone()),
            ];
            let figures = ReportFigures { answered: 1, talk_ms: talk, work_ms: work.unwrap_or(0), ..ReportFigures::default() };
            let waited = ReportFigures { in_time: i64::from(wait <= 20_000), waited_ms: wait, ..figures };
            add(model.agents.entry(name).or_default(), &waited);
            add(model.queues.entry(QUEUES[queue]).or_default(), &waited);
            if let Some(ms) = work {
                let mut done = at(wait + talk + ms, ContactKind::WrappedUp, name, of);
                done.from_user = String::new();
                let disposition = solved.then(|| "solved".to_owned());
                done.data.work = Some(WorkData { ms, disposition, note: String::new() });
                events.push(done);
                add(model.dispositions.entry(if solved { "solved" } else { "" }).or_default(), &figures);
            }
            events
        }
        Step::HandedOn { queue, agent, wait, talk } => {
            let (name, next) = (AGENTS[agent], AGENTS[(agent + 1) % AGENTS.len()]);
            let mut taken = at(wait + talk, ContactKind::Answered, next, None);
            taken.data.cause = Some("transferred".into());
            let mut left = at(wait + talk, ContactKind::Transferred, name, of(queue));
            left.data.by = Some(name.into());
            let in_time = i64::from(wait <= 20_000);
            let figures = ReportFigures { answered: 1, in_time, waited_ms: wait, talk_ms: talk, ..ReportFigures::default() };
            add(model.agents.entry(name).or_default(), &figures);
            add(model.queues.entry(QUEUES[queue]).or_default(), &figures);
            let after = ReportFigures { answered: 1, handed_on: 1, talk_ms: 7_000, ..ReportFigures::default() };
            add(model.agents.entry(next).or_default(), &after);
            let ended = at(wait + talk + 7_000, ContactKind::Ended, next, None);
            vec![at(wait, ContactKind::Answered, name, of(queue)), left, taken, ended]
        }
        Step::ToQueue { queue, agent, wait, talk, answered } => {
            let (name, next, left) = (AGENTS[agent], AGENTS[(agent + 1) % AGENTS.len()], wait + talk);
            let to = (queue + 1) % QUEUES.len();
            let second = of(to).map(|of| CallQueue { since: now + left, ..of });
            let mut leaves = at(left, ContactKind::Transferred, name, of(queue));
            (leaves.data.by, leaves.data.cause) = (Some(name.into()), Some("queue".into()));
            let in_time = i64::from(wait <= 20_000);
            let figures = ReportFigures { answered: 1, in_time, waited_ms: wait, talk_ms: talk, ..ReportFigures::default() };
            add(model.agents.entry(name).or_default(), &figures);
            add(model.queues.entry(QUEUES[queue]).or_default(), &figures);
            let mut events =
                vec![at(wait, ContactKind::Answered, name, of(queue)), leaves, at(left, ContactKind::Queued, QUEUES[to], second.clone())];
            if answered {
                let after = ReportFigures { answered: 1, in_time: 1, waited_ms: 6_000, talk_ms: 7_000, ..ReportFigures::default() };
                add(model.agents.entry(next).or_default(), &after);
                add(model.queues.entry(QUEUES[to]).or_default(), &after);
                events.push(at(left + 6_000, ContactKind::Answered, next, second.clone()));
                events.push(at(left + 13_000, ContactKind::Ended, next, second));
            } else {
                add(model.queues.entry(QUEUES[to]).or_default(), &ReportFigures { lost: 1, ..ReportFigures::default() });
                events.push(at(left + 6_000, ContactKind::Abandoned, QUEUES[to], second));
            }
            events
        }
        Step::GivenUp { queue, agent, wait } => {
            let short = wait < i64::from(SHORT[queue]) * 1_000;
            let lost = ReportFigures { lost: i64::from(!short), short: i64::from(short), ..ReportFigures::default() };
            add(model.queues.entry(QUEUES[queue]).or_default(), &lost);
            add(model.agents.entry(AGENTS[agent]).or_default(), &ReportFigures { missed: 1, ..ReportFigures::default() });
            let mut elsewhere = at(wait, ContactKind::OfferMissed, AGENTS[agent], of(queue));
            elsewhere.data.cause = Some("answered-elsewhere".into());
            let missed = at(wait, ContactKind::OfferMissed, AGENTS[agent], of(queue));
            vec![elsewhere, missed, at(wait, ContactKind::Abandoned, QUEUES[queue], of(queue))]
        }
        Step::Back { queue, agent, wait, away, answered } => {
            // The contact that it goes on with is another one.
            let again = |mut event: ContactEvent| {
                event.contact = format!("{contact}-again");
                event
            };
            let (waited, name) = (wait + away + 1_000, AGENTS[agent]);
            let (short, in_time) = (waited < i64::from(SHORT[queue]) * 1_000, i64::from(waited <= 20_000));
            let end = if answered {
                let figures = ReportFigures { answered: 1, in_time, waited_ms: waited, talk_ms: 3_000, ..ReportFigures::default() };
                add(model.agents.entry(name).or_default(), &figures);
                add(model.queues.entry(QUEUES[queue]).or_default(), &figures);
                [at(waited, ContactKind::Answered, name, of(queue)), at(waited + 3_000, ContactKind::Ended, name, of(queue))].to_vec()
            } else {
                let lost = ReportFigures { lost: i64::from(!short), short: i64::from(short), ..ReportFigures::default() };
                add(model.queues.entry(QUEUES[queue]).or_default(), &lost);
                vec![at(waited, ContactKind::Abandoned, QUEUES[queue], of(queue))]
            };
            let mut events = vec![
                at(0, ContactKind::Queued, QUEUES[queue], of(queue)),
                at(wait, ContactKind::Abandoned, QUEUES[queue], of(queue)),
                at(wait + away, ContactKind::Returned, QUEUES[queue], of(queue)),
                again(at(wait + away, ContactKind::Queued, QUEUES[queue], of(queue))),
            ];
            events.extend(end.into_iter().map(again));
            events
        }
        Step::Opened { queue, agent, wait } => {
            let (name, other) = (AGENTS[agent], AGENTS[(agent + 1) % AGENTS.len()]);
            let opened = ReportFigures { opened: 1, in_time: i64::from(wait <= 20_000), ..ReportFigures::default() };
            add(model.queues.entry(QUEUES[queue]).or_default(), &opened);
            add(model.agents.entry(name).or_default(), &opened);
            // Of those who were rung nobody missed anything.
            let mut events = [name, other].map(|user| at(wait, ContactKind::OfferMissed, user, of(queue))).to_vec();
            events.iter_mut().for_each(|event| event.data.cause = Some("opened".into()));
            events.insert(0, at(0, ContactKind::Queued, QUEUES[queue], of(queue)));
            events.push(at(wait, ContactKind::Opened, name, of(queue)));
            events
        }
        Step::TimedOut { queue, wait } => {
            add(model.queues.entry(QUEUES[queue]).or_default(), &ReportFigures { lost: 1, ..ReportFigures::default() });
            vec![at(wait, ContactKind::Missed, QUEUES[queue], of(queue))]
        }
        Step::Away { queue, full, on } => {
            let (kind, next) = if on { (ContactKind::Overflowed, QUEUES[1 - queue]) } else { (ContactKind::Failed, QUEUES[queue]) };
            let one = |is: bool| i64::from(is);
            let figures = ReportFigures {
                found_closed: one(!on && !full),
                found_full: one(!on && full),
                overflowed: one(on),
                ..ReportFigures::default()
            };
            add(model.queues.entry(QUEUES[queue]).or_default(), &figures);
            let mut away = at(0, kind, next, of(queue));
            away.data.cause = Some(if full { "full" } else { "closed" }.into());
            vec![away]
        }
        Step::PassedOn { queue, wait, moved } => {
            let next = 1 - queue;
            add(
                model.queues.entry(QUEUES[queue]).or_default(),
                &ReportFigures { overflowed: i64::from(!moved), ..ReportFigures::default() },
            );
            add(model.queues.entry(QUEUES[next]).or_default(), &ReportFigures { lost: 1, ..ReportFigures::default() });
            // Of whom somebody moved, the row names the new queue alone.
            let mut on = at(wait, ContactKind::Overflowed, QUEUES[next], of(if moved { next } else { queue }));
            on.data.cause = (!moved).then(|| "timed-out".into());
            vec![on, at(wait + 5_000, ContactKind::Missed, QUEUES[next], of(next))]
        }
        Step::Own { agent, talk } => {
            let name = AGENTS[agent];
            let figures = match talk {
                Some(talk_ms) => ReportFigures { answered: 1, talk_ms, ..ReportFigures::default() },
                None => ReportFigures { missed: 1, ..ReportFigures::default() },
            };
            add(model.agents.entry(name).or_default(), &figures);
            match talk {
                Some(talk) => vec![at(5, ContactKind::Answered, name, None), at(5 + talk, ContactKind::Ended, name, None)],
                None => vec![at(9, ContactKind::Cancelled, name, None)],
            }
        }
        Step::State { .. } | Step::Restart { .. } => Vec::new(),
    }
}

#[derive(Default)]
struct Model {
    queues: BTreeMap<&'static str, ReportFigures>,
    agents: BTreeMap<&'static str, ReportFigures>,
    dispositions: BTreeMap<&'static str, ReportFigures>,
    /// What each agent does and since when.
    now: BTreeMap<&'static str, (i64, usize)>,
}

impl Model {
    fn state(&mut self, agent: &'static str, at: i64, state: usize) {
        let (since, before) = self.now.get(agent).copied().unwrap_or((at, 0));
        if before == state && self.now.contains_key(agent) {
            return;
        }
        let figures = self.agents.entry(agent).or_default();
        match STATES[before].0 {
            "ready" => figures.ready_ms += at - since,
            "paused" => figures.paused_ms += at - since,
            "on-call" => figures.on_call_ms += at - since,
            _ => {}
        }
        figures.pauses += i64::from(STATES[state].0 == "paused");
        self.now.insert(agent, (at, state));
    }
}

async fn open(data: &std::path::Path) -> (Store, TenantId) {
    let store = Store::open(&sqlite_url(&data.join("portico.sqlite")), Keys::load_or_create(&data.join("keys")).unwrap()).await.unwrap();
    let mut tenants = config(data).tenants;
    for queue in &mut tenants[0].queues {
        queue.target_seconds = 20;
        let n = QUEUES.iter().position(|name| *name == queue.name).unwrap();
        (queue.site, queue.short_seconds) = (SITES[n].into(), SHORT[n]);
    }
    let directory = store.sync_directory(&tenants).await.unwrap();
    let tenant = directory.tenants()[0].id.clone();
    (store, tenant)
}

type All = BTreeMap<(Subject, Grain, i64, String, String, String, String), ReportFigures>;

async fn all(store: &Store, tenant: &TenantId) -> All {
    let mut all = All::new();
    for subject in [Subject::Queue, Subject::Agent, Subject::Reason, Subject::Disposition] {
        for grain in [Grain::Quarter, Grain::Hour, Grain::Day] {
            let wanted = SumsWanted {
                subject,
                grain,
                from: 0,
                until: i64::MAX,
                shift: 0,
                size: 1,
                sites: None,
                queue: String::new(),
                agent: String::new(),
                word: None,
                limit: i64::MAX,
            };
            for row in store.sums(tenant, &wanted).await.unwrap() {
                all.insert((subject, grain, row.bucket, row.site, row.queue, row.agent, row.word), row.figures);
            }
        }
    }
    all
}

fn by<'a>(
    all: &'a All,
    subject: Subject,
    grain: Grain,
    name: impl Fn(&'a (Subject, Grain, i64, String, String, String, String)) -> &'a str,
) -> BTreeMap<&'a str, ReportFigures> {
    let mut sums = BTreeMap::new();
    for (key, figures) in all.iter().filter(|(key, _)| key.0 == subject && key.1 == grain) {
        add(sums.entry(name(key)).or_default(), figures);
    }
    sums.retain(|_, figures| *figures != ReportFigures::default());
    sums
}

async fn check(steps: Vec<(i64, Step)>) {
    let data = tempfile::tempdir().unwrap();
    let (mut store, tenant) = open(data.path()).await;
    store.count_history().await.unwrap();
    let (mut now, mut model) = (BEGIN, Model::default());
    // Events of all calls mix, as they do: they are written in the order of time.
    let mut pending: Vec<ContactEvent> = Vec::new();
    for (number, (pass, step)) in steps.iter().enumerate() {
        now += pass;
        pending.extend(call(&tenant, &format!("c{number}"), now, step, &mut model));
        pending.sort_by_key(|event| event.at);
        let due = pending.partition_point(|event| event.at <= now);
        let events: Vec<_> = pending.drain(..due).collect();
        store.append_contact_events(&events).await.unwrap();
        match *step {
            Step::State { agent, state } => {
                let (word, reason) = STATES[state];
                let user = AGENTS[agent];
                let began = AgentState { tenant: tenant.clone(), user: user.into(), at: now, state: word.into(), reason: reason.into() };
                store.put_floor(&BTreeMap::new(), &BTreeMap::new(), &[began]).await.unwrap();
                model.state(user, now, state);
            }
            Step::Restart { down } => {
                store.alive(now).await.unwrap();
                store.close().await;
                store = open(data.path()).await.0;
                store.count_history().await.unwrap();
                let ended = if down <= 120_000 { now + down } else { now };
                now += down;
                store.close_open_states(now).await.unwrap();
                for user in AGENTS {
                    if model.now.get(user).is_some_and(|(_, state)| *state != 0) {
                        model.state(user, ended, 0);
                    }
                }
            }
            _ => {}
        }
    }
    store.append_contact_events(&pending).await.unwrap();
    let counted = all(&store, &tenant).await;
    for grain in [Grain::Quarter, Grain::Hour, Grain::Day] {
        model.queues.retain(|_, figures| *figures != ReportFigures::default());
        model.agents.retain(|_, figures| *figures != ReportFigures::default());
        assert_eq!(by(&counted, Subject::Queue, grain, |key| &key.4), model.queues, "{grain:?}");
        let sites = QUEUES.iter().zip(SITES).filter_map(|(queue, site)| Some((site, *model.queues.get(queue)?)));
        assert_eq!(by(&counted, Subject::Queue, grain, |key| &key.3), sites.collect(), "{grain:?}: of the sites");
        assert_eq!(by(&counted, Subject::Agent, grain, |key| &key.5), model.agents, "{grain:?}");
        assert_eq!(by(&counted, Subject::Disposition, grain, |key| &key.6), model.dispositions, "{grain:?}");
        let paused: i64 = model.agents.values().map(|figures| figures.paused_ms).sum();
        assert_eq!(by(&counted, Subject::Reason, grain, |key| &key.5).values().map(|figures| figures.paused_ms).sum::<i64>(), paused);
    }
    for ((subject, grain, ..), figures) in &counted {
        let times = [figures.ready_ms, figures.paused_ms, figures.on_call_ms];
        let one = *subject == Subject::Agent && *grain == Grain::Quarter;
        assert!(!one || times.iter().sum::<i64>() <= 900_000, "more than a quarter in a quarter: {figures:?}");
    }
    store.recount().await.unwrap();
    assert_eq!(all(&store, &tenant).await, counted, "counted from the events again");
    store.close().await;
}

#[test]
fn sums_are_what_the_events_say_whatever_happens_and_however_often_the_server_restarts() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Runs { cases: 24, failure_persistence: None, ..Runs::default() });
    let histories = proptest::collection::vec(step(), 1..60);
    runner
        .run(&histories, |steps| {
            runtime.block_on(check(steps));
            Ok(())
        })
        .unwrap();
}
