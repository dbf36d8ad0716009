//! Phones that want session timers (RFC 4028) in calls through the exchange, which has none: the calls live, however long.

use crate::support::World;
use sip_ws::codec::HeaderName;

#[test]
fn calls_of_phones_with_session_timers_live_on() {
    for caller_has in [true, false] {
        let mut w = World::new();
        let (a, b) = if caller_has { (w.with_timer("ann"), w.registered("bob")) } else { (w.registered("ann"), w.with_timer("bob")) };
        let caller = w.call(a, "bob");
        let (callee, invite) = w.incoming(b).expect("rings");
        assert!(invite.header(HeaderName::SessionExpires).is_none(), "each leg has its own timer, and this one has none");
        w.answer(b, callee);
        assert!(w.accepted(a, caller).is_some());
        // The phone that understands timers asks once; a 2xx without one ends its timer (section 7.2).
        w.advance(500_000);
        assert!(w.ended(a, caller).is_none() && w.ended(b, callee).is_none(), "caller has the timer: {caller_has}");
        w.hang_up(a, caller);
        assert!(w.ended(b, callee).is_some());
    }
}
