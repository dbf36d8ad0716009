//! `GET /api/figures`: one's own day so far.

use super::{Failure, Session};
use crate::clock::now_ms;
use crate::services::Services;
use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use wire::{Figures, UnixMs};

/// `GET /api/figures`
pub(super) async fn own(State(services): State<Services>, session: Session) -> Result<Json<Figures>, Failure> {
    let person = &session.person;
    let zone = person.sites.first().and_then(|site| TimeZone::get(&site.zone).ok()).unwrap_or(TimeZone::UTC);
    let figures = services.store.figures(&person.tenant, &person.user, midnight(&zone, now_ms())).await?;
    Ok(Json(figures))
}

/// The beginning of the day of an instant. A day whose midnight the clock change skips begins when it does.
fn midnight(zone: &TimeZone, now: UnixMs) -> UnixMs {
    let now = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
    let start = now.to_zoned(zone.clone()).start_of_day();
    // The range of dates that can be counted is not reached by any clock.
    start.map_or_else(|_| now.checked_sub(24.hours()).unwrap_or(now), |start| start.timestamp()).as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_where_the_person_works() {
        let begins = |zone: &str, at: &str| {
            let at: Timestamp = at.parse().expect("valid test data");
            Timestamp::from_millisecond(midnight(&TimeZone::get(zone).expect("valid test data"), at.as_millisecond()))
                .expect("valid test data")
                .to_string()
        };
        assert_eq!(begins("Europe/Rome", "2026-11-27T10:00:00Z"), "2026-11-26T23:00:00Z");
        assert_eq!(begins("Europe/Rome", "2026-11-27T23:30:00Z"), "2026-11-27T23:00:00Z");
        assert_eq!(begins("Europe/Rome", "2026-03-29T10:00:00Z"), "2026-03-28T23:00:00Z", "the day that lacks an hour");
        assert_eq!(begins("Europe/Rome", "2026-10-25T22:30:00Z"), "2026-10-24T22:00:00Z", "the day that has one twice");
        assert_eq!(begins("America/Sao_Paulo", "2018-11-04T12:00:00Z"), "2018-11-04T03:00:00Z", "a day without a midnight");
    }
}
