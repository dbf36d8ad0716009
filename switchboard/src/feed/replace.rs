//! People, queues or rights changed: what every connected page is told of it, at once.

use super::floor::{Scope, View};
use super::shown::Shown;
use super::state::{Client, State};
use crate::directory::{Person as Account, Tenant};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use wire::{Change, Choice, FeedEnd, Person, Presence};

/// A person as somebody sees them whose phones are unknown.
pub(super) fn offline(account: &Account) -> Person {
    Person {
        id: account.id.as_str().to_owned(),
        user: account.user.clone(),
        display_name: account.display_name.clone(),
        presence: Presence::Offline,
        since: None,
        silent: false,
    }
}

impl State {
    /// Shows a tenant as it is from now on. The page of somebody who is gone ends; one whose rights, queues or reasons changed begins
    /// anew with a snapshot, so that nothing stays on it that its person may not see; the others learn who came, went or is called
    /// otherwise.
    pub fn replace(&mut self, tenant: &Tenant, accounts: Vec<Arc<Account>>) {
        let State { tenants, clients, .. } = self;
        let shown = tenants.entry(tenant.id.clone()).or_default();
        let mut before = std::mem::take(&mut shown.people);
        let mut named = BTreeSet::new();
        let names: HashMap<_, _> = shown.accounts.iter().map(|known| (&known.id, &known.display_name)).collect();
        for account in &accounts {
            let person = match before.remove(&account.user) {
                Some(known) if known.display_name == account.display_name => known,
                Some(known) => Person { display_name: account.display_name.clone(), ..known },
                None => offline(account),
            };
            if names.get(&account.id) != Some(&&account.display_name) {
                named.insert(account.user.clone());
            }
            shown.people.insert(account.user.clone(), person);
        }
        let gone: Vec<String> = before.into_values().map(|person| person.id).collect();

        let mut known = std::mem::take(&mut shown.queues);
        let mut other = Vec::new();
        for queue in &tenant.queues {
            let (one, changed) = match known.remove(&queue.name) {
                Some(mut one) => {
                    let members = one.members.clone();
                    let changed = one.configure(queue);
                    (one, changed.then_some(members))
                }
                None => (Shown::new(queue), Some(BTreeSet::new())),
            };
            if let Some(members) = changed {
                other.push((queue.name.clone(), members.union(&one.members).cloned().collect()));
            }
            shown.queues.insert(queue.name.clone(), one);
        }
        other.extend(known.into_iter().map(|(name, one)| (name, one.members)));
        let mut names: Vec<Choice> =
            tenant.queues.iter().map(|queue| Choice { name: queue.name.clone(), label: queue.label.clone() }).collect();
        names.sort_by(|a, b| (&a.label, &a.name).cmp(&(&b.label, &b.name)));
        let choices = shown.pause_reasons != tenant.pause_reasons || shown.queue_names != names;
        shown.pause_reasons.clone_from(&tenant.pause_reasons);
        shown.queue_names = names;
        shown.accounts = accounts;

        let (people, queues) = (&shown.people, &shown.queues);
        shown.calls.retain(|user, _| people.contains_key(user));
        shown.told.retain(|user, _| people.contains_key(user));
        // Of others the exchange says when they are agents no longer: they may have a call of a queue to finish.
        shown.agents.retain(|user, _| people.contains_key(user));
        shown.figures.retain(|queue, _| queues.contains_key(queue));

        let accounts: BTreeMap<_, _> = shown.accounts.iter().map(|account| (&account.id, account)).collect();
        let mut views: Vec<Arc<View>> = Vec::new();
        for client in clients.values_mut().filter(|client| client.of(&tenant.id)) {
            if let Some(link) = &client.link {
                let scope = Scope::of_link(link, &shown.accounts, queues);
                if scope.is_none() {
                    client.pending.end = Some(FeedEnd::Revoked);
                }
                client.pending.resync = true;
                client.scope = scope.map(|scope| View::of(scope, views.iter()));
                client.wake.notify_one();
                continue;
            }
            match accounts.get(&client.person.id) {
                // An administrator's doing, whose end of the session itself follows.
                None => client.pending.end = Some(FeedEnd::Revoked),
                Some(account) => {
                    let scope = Scope::of(account, &shown.accounts, queues, &shown.doors);
                    let stale = choices || touches(client, account, &scope, &other);
                    client.person = Arc::clone(account);
                    client.scope = scope.map(|scope| View::of(scope, views.iter()));
                    views.extend(client.scope.clone().filter(|view| !views.iter().any(|known| Arc::ptr_eq(known, view))));
                    client.pending.resync |= stale;
                    client.pending.people.extend(named.iter().cloned());
                    for id in &gone {
                        client.urgent(&Change::PersonGone { id: id.clone() });
                    }
                }
            }
            client.wake.notify_one();
        }
    }
}

/// Whether something on a page may be wrong from now on: its person's rights, what of the floor they see, or a changed queue of theirs.
fn touches(client: &Client, account: &Account, scope: &Option<Scope>, changed: &[(String, BTreeSet<String>)]) -> bool {
    let person = &client.person;
    let rights = person.roles != account.roles || person.sites != account.sites;
    let before: Option<&Scope> = client.scope.as_deref().map(|view| &**view);
    let sees = |scope: Option<&Scope>, queue: &str| scope.is_some_and(|scope| scope.queue(queue) || scope.figures(queue));
    let shown = |(queue, members): &(String, BTreeSet<String>)| {
        members.contains(&person.user) || sees(before, queue) || sees(scope.as_ref(), queue)
    };
    rights || before != scope.as_ref() || changed.iter().any(shown)
}
