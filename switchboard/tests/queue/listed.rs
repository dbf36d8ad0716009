//! The callers of a queue part by part: everybody once and in order, whoever leaves, comes or moves meanwhile.

use crate::support::{Floor, name, queue};
use switchboard::queue::io::{Input, ItemId};
use switchboard::queue::{Cursor, Listed};

fn part(f: &Floor, after: Option<Cursor>, limit: usize) -> Listed {
    f.engine.listed(&name("support"), after, limit).unwrap()
}

fn names(listed: &Listed) -> Vec<String> {
    listed.callers.iter().map(|caller| caller.display.clone()).collect()
}

/// A queue with so many callers, a second apart, and nobody to take them.
fn full(callers: u64) -> Floor {
    let mut f = Floor::new(vec![queue("support", &["ann", "bob"])]);
    for n in 1..=callers {
        f.arrive("support", &format!("v{n}"));
        f.advance(1_000);
    }
    f
}

fn texts(of: impl IntoIterator<Item = u64>) -> Vec<String> {
    of.into_iter().map(|n| format!("V{n}")).collect()
}

#[test]
fn parts_go_on_where_the_last_one_ended() {
    let f = full(45);
    let first = part(&f, None, 20);
    assert_eq!((first.waiting, first.before, names(&first)), (45, 0, texts(1..=20)));
    assert_eq!(first.callers, f.engine.view(&name("support")).unwrap().first, "a feed shows the first part");
    let second = part(&f, first.next, 20);
    assert_eq!((second.waiting, second.before, names(&second)), (45, 20, texts(21..=40)));
    let last = part(&f, second.next, 20);
    assert_eq!((last.before, names(&last), last.next), (40, texts(41..=45), None));
    assert_eq!(part(&f, second.next, 5).next, None, "nobody stands behind the last one");
    assert!(f.engine.listed(&name("sales"), None, 20).is_none());
}

#[test]
fn whoever_leaves_or_moves_between_two_parts_makes_nobody_be_passed_over_or_listed_twice() {
    let mut f = full(60);
    let first = part(&f, None, 20);
    // One of the part that was read, the one at whose place the next begins, and one of the next.
    for gone in [3, 20, 25] {
        f.input(Input::Left { item: ItemId(gone) });
    }
    f.arrive("support", "late");
    let second = part(&f, first.next, 20);
    assert_eq!((second.waiting, second.before), (58, 18));
    assert_eq!(names(&second), texts((21..=41).filter(|n| *n != 25)));
    // From far behind to the front: that one stands before this part from now on.
    f.input(Input::Prioritise { item: ItemId(50), priority: 1 });
    let third = part(&f, second.next, 100);
    assert_eq!((third.before, third.next), (39, None));
    let mut rest = texts((42..=60).filter(|n| *n != 50));
    rest.push("LATE".into());
    assert_eq!(names(&third), rest);
    assert_eq!(names(&part(&f, None, 1)), ["V50"]);
}

#[test]
fn whoever_is_being_offered_stands_in_their_place_with_who_is_rung() {
    let mut f = full(5);
    f.input(Input::Prioritise { item: ItemId(1), priority: 0 });
    f.ready("ann");
    f.ready("bob");
    let first = part(&f, None, 1);
    assert_eq!((first.waiting, names(&first)), (5, texts(1..=1)));
    assert_eq!(first.callers[0].offered_to, [name("ann")]);
    let rest = part(&f, first.next, 10);
    assert_eq!((rest.before, names(&rest), rest.next), (1, texts(2..=5), None));
    let rung: Vec<_> = rest.callers.iter().map(|caller| caller.offered_to.len()).collect();
    assert_eq!(rung, [1, 0, 0, 0]);
    let behind = part(&f, part(&f, None, 2).next, 10);
    assert_eq!((behind.before, names(&behind)), (2, texts(3..=5)), "those who are rung are counted before it");
}

#[test]
fn a_cursor_is_read_as_it_was_written_and_nothing_else_is_one() {
    let f = full(3);
    let next = part(&f, None, 1).next.unwrap();
    assert_eq!(next.to_string().parse::<Cursor>().unwrap(), next);
    for text in ["", ".", "1", "1.", ".1", "1.-1", "+1.1", "01.1", "1.1.1", " 1.1", "9223372036854775808.1", "1.99999999999999999999"] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
    let beyond: Cursor = format!("{}.1", i64::MAX).parse().unwrap();
    let nothing = part(&f, Some(beyond), 10);
    assert_eq!((nothing.waiting, nothing.before, nothing.callers.len(), nothing.next), (3, 3, 0, None));
}
