//! The protocol under loom, which runs every interleaving (up to a bound on
//! preemptions) of these small hubs, with every value that a load may return. The
//! payload of a slot is a loom cell: a frame that is written while it is read is a
//! data race, which fails the model. A wake-up that is lost is a deadlock, likewise.
//!
//! Each part that the protocol needs has a negative control: without it the model
//! must fail, or it would prove nothing. Run it by scripts/model.sh.
#![cfg(loom)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use hub::control::{Part, leave_out};
use hub::{Follower, Mode, Reader, Role, Strategy, Words, Writer};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
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

fn follow(words: &Words, slots: &Arc<Slots>, index: usize, mode: Mode, frames: usize) -> thread::JoinHandle<()> {
    let (words, slots) = (words.clone(), slots.clone());
    thread::spawn(move || {
        let mut follower = Follower::join(words, slots.0.len(), index, mode).unwrap();
        let mut before = None;
        for _ in 0..frames {
            let got = follower.acquire(PARK).unwrap();
            assert_eq!(slots.read(got.slot), got.epoch, "the frame of another epoch");
            match (mode, before) {
                (Mode::Every, Some(before)) => assert_eq!(got.epoch, before + 1, "a lost epoch"),
                (_, Some(before)) => assert!(got.epoch > before, "an epoch twice"),
                _ => {}
            }
            before = Some(got.epoch);
            follower.release();
        }
        follower.leave();
    })
}

/// Checks `model` with at most `preemptions`, or with any number of them.
fn check(preemptions: Option<usize>, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 100_000;
    builder.check(model);
}

/// Checks that `model` fails once `part` is left out.
fn control(part: Part, preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    leave_out(part);
    let failed = catch_unwind(AssertUnwindSafe(|| check(Some(preemptions), model))).is_err();
    assert!(failed, "the model passes without {part:?}: it cannot tell");
}

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

/// Followers of a writer that waits for them, over `slots` slots.
fn followers(n: usize, modes: &'static [Mode], frames: u64, reads: usize) {
    let (words, slots) = (Words::model(n, modes.len()), Slots::new(n));
    let mut writer = Writer::new(words.clone(), n).unwrap();
    let readers: Vec<_> =
        modes.iter().enumerate().map(|(i, &mode)| follow(&words, &slots, i, mode, reads)).collect();
    for epoch in 0..frames {
        publish(&mut writer, &slots, epoch);
    }
    for reader in readers {
        reader.join().unwrap();
    }
}

#[test]
fn a_lease_and_a_mark_never_miss_each_other() {
    check(None, lease_against_mark);
}
