//! What desks are shown of doors and releases: the types of `wire`, without anything that is secret.

use super::engine::{Kind, Report};
use super::model::{Code, Entrance, Relay};
use super::outcome::{Cause, Outcome, Verdict};

impl From<Report> for wire::Release {
    fn from(report: Report) -> Self {
        Self {
            id: report.id,
            site: report.site,
            entrance: report.entrance,
            by: report.name,
            test: report.kind == Kind::Test,
            asked_at: report.asked_at,
            done_at: report.done_at,
            relays: report.relays.into_iter().map(|relay| relay_release(relay.relay, relay.verdict)).collect(),
        }
    }
}

fn relay_release(relay: u8, verdict: Option<Verdict>) -> wire::RelayRelease {
    let mut out = wire::RelayRelease { relay, outcome: None, cause: None, opened_by: None, until: None };
    let Some(Verdict { outcome, cause }) = verdict else { return out };
    out.outcome = Some(outcome.into());
    out.cause = Some(cause.code().to_owned()).filter(|code| !code.is_empty());
    match cause {
        Cause::BeingOpened { by } => out.opened_by = Some(by),
        Cause::TooManyWrongCodes { until } => out.until = Some(until),
        _ => {}
    }
    out
}

impl From<Outcome> for wire::ReleaseOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Opened => Self::Opened,
            Outcome::NotUnderstood => Self::NotUnderstood,
            Outcome::OutsideSchedule => Self::OutsideSchedule,
            Outcome::BadCodeOrNotRemote => Self::BadCodeOrNotRemote,
            Outcome::Locked => Self::Locked,
            Outcome::Busy => Self::Busy,
            Outcome::StationRefusedLogin => Self::StationRefusedLogin,
            Outcome::RefusedByUs => Self::RefusedByUs,
            Outcome::SentNotConfirmed => Self::SentNotConfirmed,
            Outcome::NoReply => Self::NoReply,
        }
    }
}

impl From<&Entrance> for wire::Door {
    fn from(entrance: &Entrance) -> Self {
        let relay =
            |relay: &Relay| wire::DoorRelay { relay: relay.number, name: relay.name.clone(), typed_code: relay.code == Code::Typed };
        Self {
            id: entrance.id.clone(),
            name: entrance.name.clone(),
            sip_user: entrance.station.sip_user.clone(),
            pictures: entrance.station.pictures.is_some(),
            relays: entrance.station.relays.iter().map(relay).collect(),
        }
    }
}
