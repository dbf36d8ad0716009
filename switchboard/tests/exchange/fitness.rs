//! Pages that say that nobody would be heard there, beside telephones that ring by themselves.

use crate::access::of_session;
use crate::support::{World, party};
use switchboard::exchange::io::Input;
use wire::{Order, OrderResult, PhoneFault};

#[test]
fn a_telephone_is_rung_whatever_the_page_beside_it_says_of_its_own_phone() {
    let mut w = World::new();
    let page = of_session(&mut w, "bob", "s1");
    w.input(Input::Answers { party: party("bob"), answers: true });
    w.input(Input::Fitness { party: party("bob"), fault: Some(PhoneFault::NoMicrophone) });
    assert_eq!(w.order("bob", Order::Ready), OrderResult::Done);
    let ann = w.registered("ann");
    w.call(ann, "support");
    assert!(w.incoming(page).is_none(), "nobody would be heard");

    let telephone = w.registered("bob");
    let (ringing, _) = w.incoming(telephone).expect("it rings by itself");
    let (at_page, _) = w.incoming(page).expect("as every phone of theirs does");
    w.disconnect(telephone);
    assert!(w.ended(page, at_page).is_some(), "there is only the page again");

    w.reconnect(telephone, &[]);
    let (again, _) = w.incoming(telephone).expect("rung once more");
    assert_ne!(again, ringing);
    w.answer(telephone, again);
    w.input(Input::Fitness { party: party("bob"), fault: Some(PhoneFault::SoundLocked) });
    assert_eq!(w.does("bob").1, 1, "a call that is answered goes on");
}
