//! The protocol between processes and threads, with frames large enough to be torn.
#![cfg(not(loom))]

mod common;

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::{Child, Command};

use common::map;
use hub::{
    Access, Error, Follower, Kind, Layout, Mode, Region, Role, Strategy, Words, Writer, create,
};

const FRAMES: u64 = 20_000;
const DESCRIPTORS: &str = "HUB_TEST_DESCRIPTORS";

fn wide() -> Layout {
    Layout::new(0, 3, 16 << 10).expect("a layout")
}

/// Fills a frame so that each of its words tells the epoch.
fn stamp(frame: &mut [f32], epoch: u64) {
    frame.fill(f32::from_bits(epoch as u32));
}

fn torn(frame: &[f32], epoch: u64) -> bool {
    frame.iter().any(|v| v.to_bits() != epoch as u32)
}

fn write_frames(words: &Words, frames: &Region, how: Strategy) {
    let mut writer = Writer::new(words.clone(), wide().slots()).expect("a writer");
    for epoch in 0..FRAMES {
        let (slot, _) = writer.loan(how).expect("a slot");
        // SAFETY: the slot is on loan, and this is all that uses it here.
        stamp(unsafe { frames.frame_mut(slot) }.expect("a slot"), epoch);
        writer.publish(slot, epoch).expect("a slot on loan");
    }
}

/// Reads until the writer has left, and returns the frames read and skipped.
fn read_frames(mut follower: Follower, frames: &Region, mode: Mode, how: Strategy) -> (u64, u64) {
    let (mut read, mut last) = (0, None);
    loop {
        let got = match follower.acquire(how) {
            Ok(got) => got,
            Err(Error::Left(Role::Engine)) => break,
            Err(error) => panic!("{mode:?}: {error}"),
        };
        if let Some(last) = last {
            assert!(got.epoch > last, "epoch {} behind {last}", got.epoch);
            assert!(mode == Mode::Latest || got.epoch == last + 1, "lost {last} to {}", got.epoch);
        }
        // SAFETY: the writer does not write the slot before the release.
        let frame = unsafe { frames.frame(got.slot) }.expect("a slot");
        assert!(!torn(frame, got.epoch), "frame {} is torn", got.epoch);
        (read, last) = (read + 1, Some(got.epoch));
        follower.release();
    }
    assert_eq!(last, Some(FRAMES - 1), "{mode:?}: missed the end");
    let skipped = follower.skipped();
    follower.leave();
    (read, skipped)
}

/// Starts this program again as the writer, which inherits the two descriptors.
fn writing_child(control: &OwnedFd, frames: &OwnedFd, how: &str) -> Child {
    for fd in [control, frames] {
        // SAFETY: the call takes numbers only.
        assert_eq!(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, 0) }, 0, "inherit");
    }
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "the_child_writes", "--ignored", "--nocapture"])
        .env(DESCRIPTORS, format!("{} {} {how}", control.as_raw_fd(), frames.as_raw_fd()))
        .spawn()
        .expect("a child")
}

fn strategy(name: &str) -> Strategy {
    match name {
        "spin" => Strategy::Spin,
        "adaptive" => Strategy::Adaptive,
        _ => Strategy::Park,
    }
}

#[test]
#[ignore = "is the writer of the other tests"]
fn the_child_writes() {
    let Ok(told) = std::env::var(DESCRIPTORS) else {
        eprintln!("skipped: no descriptors are inherited");
        return;
    };
    let told: Vec<&str> = told.split(' ').collect();
    // SAFETY: the parent has told which descriptors it handed over, each once.
    let fd = |i: usize| unsafe { OwnedFd::from_raw_fd(told[i].parse().expect("a descriptor")) };
    let (control, frames) = (fd(0), fd(1));
    let words = Words::new(map(&control, Kind::Control, &wide(), Access::Writable)).expect("words");
    let frames = map(&frames, Kind::Frames, &wide(), Access::Writable);
    words.policy().wait(1, Strategy::Park).expect("the word to start");
    write_frames(&words, &frames, strategy(told[2]));
    // The parent says that the writer has left, whatever ended it.
}

/// A writer in another process; here, readers of every frame and of the latest.
fn between_processes(how: &str) {
    let layout = wide();
    let control = create(Kind::Control, &layout).expect("a control page");
    let frames = create(Kind::Frames, &layout).expect("frames");
    let mut child = writing_child(&control, &frames, how);
    let words = Words::new(map(&control, Kind::Control, &layout, Access::Writable)).expect("words");
    let frames = map(&frames, Kind::Frames, &layout, Access::ReadOnly);
    let how = strategy(how);
    std::thread::scope(|scope| {
        let reader = |(index, mode)| {
            // Here, so that all have joined before the first frame.
            let follower = Follower::join(words.clone(), layout.slots(), index, mode);
            let (follower, frames) = (follower.expect("a follower"), &frames);
            scope.spawn(move || read_frames(follower, frames, mode, how))
        };
        let readers = [(3, Mode::Every), (4, Mode::Every), (5, Mode::Latest)].map(reader);
        words.policy().post(1);
        let child = scope.spawn(|| {
            let status = child.wait();
            words.leave(Role::Engine); // or the readers would wait for ever
            status
        });
        let read = readers.map(|reader| reader.join().expect("a reader"));
        assert_eq!((read[0], read[1]), ((FRAMES, 0), (FRAMES, 0)), "frames read and skipped");
        println!("{how:?}: the reader of the latest read {} and skipped {}", read[2].0, read[2].1);
        assert!(child.join().expect("its watcher").expect("the child").success());
    });
}

#[test]
fn no_frame_is_torn_or_lost_by_parked_readers() {
    between_processes("park");
}

#[test]
fn no_frame_is_torn_or_lost_by_adaptive_readers() {
    between_processes("adaptive");
}

/// Loans and leases that ignore each other tear frames: the stamps can tell.
#[test]
fn the_stamps_can_tell() {
    let mut frame = vec![0.0; wide().slot_bytes() / 4];
    stamp(&mut frame, 6);
    assert!(!torn(&frame, 6) && torn(&frame, 7));
    stamp(&mut frame[4000..], 7);
    assert!(torn(&frame, 6) && torn(&frame, 7));
}

/// A signal whose writer leaves ends the wait of whoever sleeps, within the time-out.
#[test]
fn leaving_ends_every_wait() {
    for how in [Strategy::Park, Strategy::Spin, Strategy::Adaptive] {
        let words = Words::heap();
        let shared = words.clone();
        let waiter = std::thread::spawn(move || shared.frame().wait(1, how));
        words.leave(Role::Engine);
        let error = waiter.join().expect("the waiter").expect_err("no frame comes");
        assert_eq!(error.to_string(), "the engine has left the hub");
    }
}
