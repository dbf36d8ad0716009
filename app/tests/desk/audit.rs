//! The page of the audit log: what is looked for, what comes, and what is said of the chain.

use app::desk::office::action::Action;
use app::desk::office::audit::{Find, Wish};
use app::desk::office::reports::Query;
use app::desk::office::{Effect, Event, Office, Tab};
use app::desk::settings::Settings;
use wire::{AuditFault, AuditFaultKind, AuditPage, AuditProof, AuditRow, Me, Role};

use crate::support::me;

fn effects(office: &mut Office) -> Vec<Effect> {
    std::iter::from_fn(|| office.poll()).collect()
}

fn inside(role: Role) -> Office {
    let mut office = Office::default();
    office.handle(0, Event::Started(Settings::default(), Vec::new(), Some(Box::new(Me { roles: vec![role], ..me() }))));
    effects(&mut office);
    office
}

fn wish(office: &mut Office, wish: Wish) -> Vec<Effect> {
    office.handle(1, Event::Wish(Action::Audit(wish)));
    effects(office)
}

fn find(words: &str, from: &str) -> Wish {
    Wish::Find(Find { words: words.into(), from: from.into(), to: String::new() })
}

fn page(seq: i64, next: Option<&str>) -> AuditPage {
    let (action, outcome, none) = ("sign_in".to_owned(), "accepted".to_owned(), String::new);
    let row = AuditRow { seq, at: 1, action, outcome, by: "Ada".into(), on: none(), address: none(), facts: Vec::new() };
    AuditPage { rows: vec![row], next: next.map(Into::into) }
}

fn query(words: &[(&'static str, &str)]) -> Query {
    words.iter().map(|(word, value)| (*word, (*value).to_owned())).collect()
}

fn numbers(office: &Office) -> Vec<i64> {
    office.audit_view().rows.iter().map(|row| row.seq).collect()
}

#[test]
fn only_administrators_have_the_page() {
    assert!(inside(Role::Administrator).office_view().tabs.contains(&Tab::Audit));
    assert!(!inside(Role::Supervisor).office_view().tabs.contains(&Tab::Audit));
}

#[test]
fn older_rows_come_below_and_another_search_begins_anew() {
    let mut office = inside(Role::Administrator);
    assert_eq!(wish(&mut office, find("", "")), [Effect::LoadAudit { query: Query::new() }]);
    office.handle(2, Event::Audit(Query::new(), Ok(page(9, Some("9")))));
    let older = query(&[("before", "9")]);
    assert_eq!(wish(&mut office, Wish::More), [Effect::LoadAudit { query: older.clone() }]);
    assert_eq!(wish(&mut office, Wish::More), [], "one page at a time");
    office.handle(3, Event::Audit(older.clone(), Ok(page(8, None))));
    assert_eq!((numbers(&office), office.audit_view().more), (vec![9, 8], false));
    let ada = query(&[("find", "ada"), ("from", "2026-11-28")]);
    assert_eq!(wish(&mut office, find("ada", "2026-11-28")), [Effect::LoadAudit { query: ada.clone() }]);
    office.handle(4, Event::Audit(older, Ok(page(1, None))));
    assert_eq!(numbers(&office), Vec::<i64>::new(), "what is no longer looked for is not shown");
    office.handle(5, Event::Audit(ada, Ok(page(7, None))));
    assert_eq!(numbers(&office), [7]);
}

#[test]
fn what_is_no_day_is_said_and_not_asked_for() {
    let mut office = inside(Role::Administrator);
    assert_eq!(wish(&mut office, find("", "2026-02-30")), []);
    assert!(office.audit_view().wrong_days);
}

#[test]
fn the_chain_is_walked_on_request_and_a_fault_is_named() {
    let mut office = inside(Role::Administrator);
    assert_eq!(office.audit_view().proof, None);
    assert_eq!(wish(&mut office, Wish::Prove), [Effect::ProveAudit]);
    assert_eq!(wish(&mut office, Wish::Prove), [], "one walk at a time");
    let fault = Some(AuditFault { kind: AuditFaultKind::Changed, seq: 3 });
    office.handle(2, Event::AuditProof(Ok(AuditProof { rows: 2, erased: 0, fault, now: 5 })));
    let view = office.audit_view();
    assert_eq!((view.proving, view.proof.and_then(|proof| proof.fault)), (false, Some((AuditFaultKind::Changed, 3))));
}
