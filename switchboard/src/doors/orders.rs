//! Codes that a desk plays as tones in its own call (RFC 4733): each is handed out once, to whoever asked for the release.
//!
//! What the desk says afterwards ends the release. It is a claim: the code was in the desk's hands, so the outcome is "sent, not
//! confirmed" at best, and never that nothing was sent.

use super::id::ReleaseId;
use super::media::Sent;
use super::model::{Code, Entrance, Site};
use super::outcome::{Cause, Outcome, Verdict};
use super::recipe::dtmf::{self, Tones};
use super::service::Doors;
use crate::clock::now_ms;
use crate::directory::Person;
use crate::doors::engine::Report;
use std::collections::BTreeMap;
use wire::{Secret, ToneOrder, TonesPlayed};

/// Orders of the releases under way.
#[derive(Debug, Default)]
pub(super) struct Orders(BTreeMap<ReleaseId, Vec<Handing>>);

#[derive(Debug)]
enum Handing {
    Waits(ToneOrder),
    /// The desk has it, for this relay.
    Out(u8),
}

impl Orders {
    fn add(&mut self, id: ReleaseId, order: ToneOrder) {
        self.0.entry(id).or_default().push(Handing::Waits(order));
    }

    /// What waits for the desk. It is handed out by this.
    pub fn take(&mut self, id: ReleaseId) -> Vec<ToneOrder> {
        let all = self.0.get_mut(&id).map(Vec::as_mut_slice).unwrap_or_default();
        let taken = all.iter_mut().filter_map(|handing| {
            let relay = if let Handing::Waits(order) = handing { order.relay } else { return None };
            if let Handing::Waits(order) = std::mem::replace(handing, Handing::Out(relay)) { Some(order) } else { None }
        });
        taken.collect()
    }

    /// Whether the desk has had the order for this relay and has not yet said what became of it. It has, by this.
    fn close(&mut self, id: ReleaseId, relay: u8) -> bool {
        let Some(all) = self.0.get_mut(&id) else { return false };
        let before = all.len();
        all.retain(|handing| !matches!(handing, Handing::Out(out) if *out == relay));
        all.len() < before
    }

    /// The release is over.
    pub fn forget(&mut self, id: ReleaseId) {
        self.0.remove(&id);
    }
}

impl Doors {
    /// Has a code played by the desk that asked. `None`: the desk will say what became of it.
    pub(super) async fn order(
        &self,
        report: &Report,
        at: (&Site, &Entrance),
        relay: u8,
        code: Option<Secret>,
        tones: Tones,
    ) -> Option<Verdict> {
        let (site, entrance) = at;
        let Some(code) = code.filter(|code| dtmf::digits(code.expose()).is_ok()) else { return Some(Verdict::refused(Cause::NoCode)) };
        if !self.in_call(report, entrance).await {
            return Some(self.lift(report, entrance, &code, tones).await);
        }
        // Whoever typed a code knows it.
        let kept = entrance.station.relay(relay).is_none_or(|relay| relay.code != Code::Typed);
        if kept && !site.codes_on_desks {
            return Some(Verdict::refused(Cause::CodeKept));
        }
        let id = ReleaseId::parse(&report.id)?;
        let Tones { tone_ms, gap_ms, lead_ms } = tones;
        self.orders().add(id, ToneOrder { relay, digits: code, tone_ms, gap_ms, lead_ms });
        self.ordered();
        None
    }

    /// Where nobody has answered, the switchboard does: it sends the code and hangs up. No desk sees it.
    async fn lift(&self, report: &Report, entrance: &Entrance, code: &Secret, tones: Tones) -> Verdict {
        let (Some(station), Ok(code)) = (&entrance.station.sip_user, dtmf::digits(code.expose())) else {
            return Verdict::refused(Cause::NoCall);
        };
        let Some(by) = self.directory().person_by_id(&report.person) else { return Verdict::refused(Cause::NoRight) };
        match self.floor().lift(&by, station, code, tones).await {
            Sent::All => Verdict::of(Outcome::SentNotConfirmed),
            Sent::Part => Verdict::because(Outcome::NoReply, Cause::ClosedWithoutAnswer),
            Sent::Nothing => Verdict::refused(Cause::NoCall),
        }
    }

    /// Whether whoever asked talks with the station. Calls of a foreign PBX are not seen here: there the desk's word has to do.
    async fn in_call(&self, report: &Report, entrance: &Entrance) -> bool {
        let Some(station) = &entrance.station.sip_user else { return false };
        if self.directory().tenant(&report.tenant).is_none_or(|tenant| tenant.pbx.is_some()) {
            return report.call.is_some();
        }
        match self.directory().person_by_id(&report.person) {
            Some(person) => self.floor().talks(&report.tenant, station, &person.user).await,
            None => false,
        }
    }

    /// A desk has played a code, or could not. Gives the release as it is then; `None` where this person has no such release.
    pub fn played(&self, person: &Person, entrance: &str, played: &TonesPlayed) -> Option<Report> {
        let id = ReleaseId::parse(&played.id)?;
        let report = || self.engine().report(id, &person.tenant, &person.id);
        report().filter(|report| report.entrance == entrance)?;
        if self.orders().close(id, played.relay) {
            let verdict = match played.sent {
                true => Verdict::of(Outcome::SentNotConfirmed),
                false => Verdict::because(Outcome::NoReply, Cause::NoCall),
            };
            self.engine().reply(now_ms(), id, played.relay, verdict);
            self.pump();
        }
        report()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_handed_out_once_and_closed_once() {
        let id = ReleaseId::new(1_000, 7);
        let order = ToneOrder { relay: 2, digits: Secret::new("12"), tone_ms: 160, gap_ms: 100, lead_ms: 200 };
        let mut orders = Orders::default();
        assert_eq!(orders.take(id), []);
        orders.add(id, order.clone());
        assert!(!orders.close(id, 2), "nobody has it");
        assert_eq!(orders.take(id), [order]);
        assert_eq!(orders.take(id), []);
        assert!(!orders.close(id, 1), "another relay");
        assert!(orders.close(id, 2));
        assert!(!orders.close(id, 2));
    }
}
