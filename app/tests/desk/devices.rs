//! Devices: opened when needed, each failure with its own cause, nothing in the way of a shift.

use app::desk::action::Action;
use app::desk::effect::Effect;
use app::desk::event::{Device, Event};
use app::desk::settings::DeviceKind;
use app::desk::view::desk::Notice;
use app::desk::view::device_check::{DeviceFault, DeviceState};
use app::desk::view::session::Shift;

use crate::support::{Bench, me, profile};

fn device(kind: DeviceKind, id: &str) -> Device {
    Device { kind, id: id.into(), label: String::new() }
}

#[test]
fn the_check_opens_both_and_the_shift_keeps_the_microphone() {
    let mut bench = Bench::new();
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::OpenDevice { .. })), "nothing before sign-in");
    bench.event(Event::Session(Ok(Some(Box::new(me())))));
    for kind in [DeviceKind::Microphone, DeviceKind::Camera] {
        assert!(bench.effects.contains(&Effect::OpenDevice { kind, id: None }));
    }
    bench.event(Event::DeviceOpened(DeviceKind::Microphone));
    assert!(bench.effects.contains(&Effect::Meter(true)));
    bench.effects.clear();
    bench.act(Action::StartShift);
    assert!(bench.effects.contains(&Effect::CloseDevice(DeviceKind::Camera)), "its light goes out");
    assert!(bench.effects.contains(&Effect::Meter(false)));
    assert!(!bench.effects.contains(&Effect::CloseDevice(DeviceKind::Microphone)));
}

#[test]
fn a_refused_microphone_starts_the_shift_all_the_same() {
    let mut bench = Bench::new();
    bench.event(Event::Session(Ok(Some(Box::new(me())))));
    bench.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::Dismissed));
    let view = bench.desk.device_view();
    assert_eq!(view.microphone.state, DeviceState::Failed(DeviceFault::Dismissed));
    assert!(view.start_shift && view.check_again && !view.metering);
    bench.act(Action::StartShift);
    bench.event(Event::Profile(Ok(Box::new(profile()))));
    assert_eq!(bench.shift(), Shift::On);
    assert_eq!(bench.desk.desk_view().notices, [Notice::Microphone(DeviceFault::Dismissed)]);
}

#[test]
fn a_microphone_that_is_plugged_in_is_taken_at_once() {
    let mut bench = Bench::signed_in();
    bench.event(Event::DevicesListed(vec![device(DeviceKind::Microphone, "a")]));
    bench.effects.clear();
    bench.event(Event::DeviceLost(DeviceKind::Microphone));
    assert!(bench.effects.contains(&Effect::OpenDevice { kind: DeviceKind::Microphone, id: None }));
    bench.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::Missing));
    bench.event(Event::DevicesListed(Vec::new()));
    bench.effects.clear();
    bench.event(Event::DevicesListed(vec![device(DeviceKind::Microphone, "b")]));
    assert!(bench.effects.contains(&Effect::OpenDevice { kind: DeviceKind::Microphone, id: None }));
    bench.event(Event::DeviceOpened(DeviceKind::Microphone));
    assert!(bench.desk.desk_view().notices.is_empty());
}

#[test]
fn a_refusal_is_not_asked_again_by_a_new_device() {
    let mut bench = Bench::signed_in();
    bench.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::Denied));
    bench.effects.clear();
    bench.event(Event::DevicesListed(vec![device(DeviceKind::Microphone, "b")]));
    assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::OpenDevice { .. })));
}

#[test]
fn a_chosen_device_that_is_gone_falls_back_and_is_remembered() {
    let mut bench = Bench::signed_in();
    bench.event(Event::DevicesListed(vec![device(DeviceKind::Microphone, "a"), device(DeviceKind::Microphone, "b")]));
    bench.act(Action::SelectDevice { kind: DeviceKind::Microphone, id: Some("b".into()) });
    assert!(bench.effects.contains(&Effect::OpenDevice { kind: DeviceKind::Microphone, id: Some("b".into()) }));
    assert_eq!(bench.desk.device_view().microphone.selected.as_deref(), Some("b"));
    bench.event(Event::DevicesListed(vec![device(DeviceKind::Microphone, "a")]));
    bench.effects.clear();
    bench.event(Event::DeviceFailed(DeviceKind::Microphone, DeviceFault::ChosenGone));
    assert_eq!(bench.effects, [Effect::OpenDevice { kind: DeviceKind::Microphone, id: None }]);
    assert_eq!(bench.desk.device_view().microphone.selected, None);
    assert_eq!(bench.desk.settings().microphone.as_deref(), Some("b"));
}
