//! The protocol under loom, which runs every interleaving (up to a bound on
//! preemptions) of these small hubs, with every value that a load may return. The
//! payload of a slot is a loom cell: a frame that is written while it is read is a
//! data race, which fails the model. A wake-up that is lost is a deadlock, likewise.
//!
//! Each part that the protocol needs has a negative control: without it the model
//! must fail, or it would prove nothing. Run it by make model.
#![cfg(loom)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hub::control::{Part, leave_out};
use hub::{Follower, Mode, Reader, Role, Strategy, Words, Writer};
use loom::cell::UnsafeCell;
use loom::thread;

/// What the slots hold: the epoch of the frame.
struct Slots(Vec<UnsafeCell<u64>>);

// SAFETY: loom fails the model on an access that another one races with, which is
// what the models are for.
unsafe impl Sync for Slots {}
// SAFETY: as above.
unsafe impl Send for Slots {}

impl Slots {
    fn new(n: usize) -> Arc<Self> {
        Arc::new(Self((0..n).map(|_| UnsafeCell::new(u64::MAX)).collect()))
    }

    fn write(&self, slot: usize, epoch: u64) {
        // SAFETY: loom checks it.
        self.0[slot].with_mut(|frame| unsafe { *frame = epoch });
    }

    fn read(&self, slot: usize) -> u64 {
        // SAFETY: loom checks it.
        self.0[slot].with(|frame| unsafe { *frame })
    }
}

const PARK: Strategy = Strategy::Park;

fn publish(writer: &mut Writer, slots: &Slots, epoch: u64) {
    let (slot, _) = writer.loan(PARK).unwrap();
    slots.write(slot, epoch);
    writer.publish(slot, epoch).unwrap();
}

/// As `publish`, unless a reader needs every slot: a writer that does not wait.
fn try_publish(writer: &mut Writer, slots: &Slots, epoch: u64) -> bool {
    let Some(slot) = writer.try_loan() else { return false };
    slots.write(slot, epoch);
    writer.publish(slot, epoch).unwrap();
    true
}

/// Joins as reader `index` and reads until it has the frame of epoch `last`.
fn follow(words: &Words, slots: &Slots, index: usize, mode: Mode, last: u64) {
    let mut follower = Follower::join(words.clone(), slots.0.len(), index, mode).unwrap();
    let mut before = None;
    while before != Some(last) {
        let got = follower.acquire(PARK).unwrap();
        assert_eq!(slots.read(got.slot), got.epoch, "the frame of another epoch");
        if let Some(before) = before {
            assert!(got.epoch > before, "an epoch twice");
            assert!(mode == Mode::Latest || got.epoch == before + 1, "a lost epoch");
        }
        before = Some(got.epoch);
        follower.release();
    }
    follower.leave();
}

/// Checks `model` with at most `preemptions`, or with any number of them.
fn check(preemptions: Option<usize>, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 100_000;
    builder.check(model);
}

/// Checks that `model` finds `fault` once `part` is left out. A model that fails in
/// another way, by too many branches say, shows nothing.
fn control(part: Part, fault: &str, model: impl Fn() + Sync + Send + 'static) {
    leave_out(part);
    let said = failure(2, model);
    assert!(said.contains(fault), "without {part:?} the model says {said:?}, want {fault:?}");
}

/// What a model says when it fails, or nothing.
fn failure(preemptions: usize, model: impl Fn() + Sync + Send + 'static) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(Some(preemptions), model))) else {
        return String::new();
    };
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

const RACE: &str = "Causality violation";
const DEADLOCK: &str = "deadlock";

/// A reader leases frame 0 while the writer goes on without waiting: the Dekker-like
/// race of lease and mark.
fn lease_against_mark() {
    let (words, slots) = (Words::model(2, 1), Slots::new(2));
    let mut writer = Writer::new(words.clone(), 2).unwrap();
    publish(&mut writer, &slots, 0);
    let (shared, frames) = (words.clone(), slots.clone());
    let reader = thread::spawn(move || {
        let mut reader = Reader::new(shared, 2, 0).unwrap();
        if let Ok((slot, _)) = reader.lease(0, PARK) {
            assert_eq!(frames.read(slot), 0, "the frame of another epoch");
            reader.release();
        }
    });
    for epoch in 1..3 {
        try_publish(&mut writer, &slots, epoch);
    }
    reader.join().unwrap();
}

/// Followers of a writer of `frames` frames that waits for them, over `n` slots.
fn followers(n: usize, modes: &'static [Mode], frames: u64) {
    let (words, slots) = (Words::model(n, modes.len()), Slots::new(n));
    let mut writer = Writer::new(words.clone(), n).unwrap();
    let spawn = |(index, &mode)| {
        let (words, slots) = (words.clone(), slots.clone());
        thread::spawn(move || follow(&words, &slots, index, mode, frames - 1))
    };
    let readers: Vec<_> = modes.iter().enumerate().map(spawn).collect();
    for epoch in 0..frames {
        publish(&mut writer, &slots, epoch);
    }
    for reader in readers {
        reader.join().unwrap();
    }
}

/// Two readers let go of the frame that the writer waits for, as the last thing they
/// do: one of them must wake it.
fn released(readers: usize) {
    let (words, slots) = (Words::model(2, readers), Slots::new(2));
    let mut writer = Writer::new(words.clone(), 2).unwrap();
    publish(&mut writer, &slots, 0);
    let spawn = |index| {
        let mut reader = Reader::new(words.clone(), 2, index).unwrap();
        let (slot, _) = reader.lease(0, PARK).unwrap();
        let slots = slots.clone();
        thread::spawn(move || {
            assert_eq!(slots.read(slot), 0, "the frame of another epoch");
            reader.release();
        })
    };
    let readers: Vec<_> = (0..readers).map(spawn).collect();
    for epoch in 1..3 {
        publish(&mut writer, &slots, epoch);
    }
    for reader in readers {
        reader.join().unwrap();
    }
}

/// A reader dies with a lease and with a cursor; the writer waits for the slot until
/// somebody else takes both away, and another reader joins in its place.
fn reclaim() {
    let (words, slots) = (Words::model(2, 2), Slots::new(2));
    let mut writer = Writer::new(words.clone(), 2).unwrap();
    let mut dead = Follower::join(words.clone(), 2, 0, Mode::Every).unwrap();
    publish(&mut writer, &slots, 0);
    slots.read(dead.acquire(PARK).unwrap().slot);
    let _corpse = dead; // neither releases nor leaves
    let (shared, frames) = (words.clone(), slots.clone());
    let undertaker = thread::spawn(move || {
        shared.reclaim(0).unwrap();
        follow(&shared, &frames, 0, Mode::Every, 2);
    });
    for epoch in 1..3 {
        publish(&mut writer, &slots, epoch);
    }
    undertaker.join().unwrap();
}

/// Two sleepers on one signal that is posted twice.
fn sleepers() {
    let words = Words::model(2, 0);
    let wait = |v| {
        let words = words.clone();
        thread::spawn(move || assert!(words.policy().wait(v, PARK).unwrap().0 >= v))
    };
    let waiting = [wait(1), wait(2)];
    words.policy().post(1);
    words.policy().post(2);
    for waiter in waiting {
        waiter.join().unwrap();
    }
}

/// A role leaves while another one waits for it.
fn desertion() {
    let words = Words::model(2, 0);
    let shared = words.clone();
    let waiter = thread::spawn(move || assert!(shared.policy().wait(1, PARK).is_err()));
    words.leave(Role::Kernel);
    waiter.join().unwrap();
}

const EVERY: &[Mode] = &[Mode::Every];
const BOTH: &[Mode] = &[Mode::Every, Mode::Latest];

#[test]
fn a_lease_and_a_mark_never_miss_each_other() {
    check(Some(3), lease_against_mark);
}

#[test]
fn one_follower_of_every_frame() {
    check(Some(2), || followers(2, EVERY, 3));
}

#[test]
fn one_follower_of_the_latest() {
    check(Some(2), || followers(2, &[Mode::Latest], 3));
}

#[test]
fn two_followers_and_three_slots() {
    check(Some(1), || followers(3, BOTH, 3));
}

#[test]
fn a_dead_reader_is_reclaimed() {
    check(Some(2), reclaim);
}

#[test]
fn the_last_reader_wakes_the_writer() {
    check(Some(2), || released(2));
}

#[test]
fn no_wake_up_is_lost() {
    check(Some(2), sleepers);
}

#[test]
#[ignore = "minutes: make soak"]
fn any_number_of_preemptions_at_length() {
    check(None, lease_against_mark);
}

#[test]
#[ignore = "minutes: make soak"]
fn two_followers_and_three_slots_at_length() {
    check(Some(2), || followers(3, BOTH, 3));
}

#[test]
#[ignore = "minutes: make soak"]
fn two_followers_of_every_frame_at_length() {
    check(Some(2), || followers(3, &[Mode::Every, Mode::Every], 3));
}

#[test]
#[ignore = "minutes: make soak"]
fn no_wake_up_is_lost_at_length() {
    check(Some(3), sleepers);
}

/// A reader that looks at the closed word right before the writer leaves sleeps
/// through it. That is known: the time-out of the real futex, which the modelled one
/// lacks, is what ends that sleep.
#[test]
fn leaving_needs_the_time_out() {
    let said = failure(2, desertion);
    assert!(said.contains(DEADLOCK), "{said:?}: is the time-out no longer needed?");
}

#[test]
fn control_mark_acquire() {
    control(Part::MarkAcquire, "Contradiction", || followers(2, &[Mode::Latest], 3));
}

#[test]
fn control_mark_fence() {
    control(Part::MarkFence, RACE, lease_against_mark);
}

#[test]
fn control_lease_recheck() {
    control(Part::LeaseRecheck, RACE, lease_against_mark);
}

#[test]
fn control_lease_fence() {
    control(Part::LeaseFence, RACE, lease_against_mark);
}

#[test]
fn control_epoch_recheck() {
    control(Part::EpochRecheck, "the frame of another epoch", lease_against_mark);
}

#[test]
fn control_lease_release() {
    control(Part::LeaseRelease, RACE, lease_against_mark);
}

#[test]
fn control_cursor() {
    control(Part::Cursor, RACE, || followers(2, EVERY, 3));
}

#[test]
fn control_let_go_fence() {
    control(Part::LetGoFence, DEADLOCK, || released(1));
    control(Part::LetGoFence, DEADLOCK, || released(2));
}

/// The same fence lets a follower of every frame join: the writer must see its cursor.
#[test]
fn control_join_fence() {
    control(Part::LetGoFence, "Contradiction", || followers(2, EVERY, 3));
}

#[test]
fn control_post_fence() {
    control(Part::PostFence, DEADLOCK, sleepers);
}

#[test]
fn control_sleeper_count() {
    control(Part::SleeperCount, DEADLOCK, sleepers);
}

#[test]
fn control_sleeper_fence() {
    control(Part::SleeperFence, DEADLOCK, sleepers);
}
