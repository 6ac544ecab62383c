//! Descriptors from elsewhere: served when they are what the layout says, refused in
//! plain words when they are not.
#![cfg(not(loom))]

mod common;

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

use common::{layout, map, memfd};
use hub::{Access, Error, Header, Kind, Layout, Region, create};

const SEALS: i32 = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW;
const KINDS: [Kind; 3] = [Kind::Control, Kind::Orders, Kind::Frames];

#[test]
fn what_the_writer_writes_is_what_the_reader_reads() {
    let layout = layout();
    let fd = create(Kind::Frames, &layout).expect("a region");
    let ours = map(&fd, Kind::Frames, &layout, Access::Writable);
    let theirs = map(&fd, Kind::Frames, &layout, Access::ReadOnly);
    assert_ne!(ours.as_ptr(), theirs.as_ptr());
    for slot in 0..layout.slots() {
        // SAFETY: nobody else uses the slot.
        unsafe { ours.frame_mut(slot) }.expect("a slot").fill(slot as f32 + 1.0);
    }
    for slot in 0..layout.slots() {
        // SAFETY: nobody writes the slot any longer.
        let frame = unsafe { theirs.frame(slot) }.expect("a slot");
        assert_eq!(frame.len(), layout.slot_bytes() / 4);
        assert!(frame.iter().all(|v| *v == slot as f32 + 1.0));
    }
}

#[test]
fn nothing_outside_a_region_is_handed_out() {
    let layout = layout();
    let open = |kind, access| map(&create(kind, &layout).expect("a region"), kind, &layout, access);
    let control = open(Kind::Control, Access::Writable);
    let (orders, frames) =
        (open(Kind::Orders, Access::ReadOnly), open(Kind::Frames, Access::ReadOnly));
    for at in [1, 7, control.bytes() - 7, control.bytes(), usize::MAX - 7, usize::MAX] {
        assert!(control.word(at).is_none(), "word at {at}");
    }
    assert!(control.word(control.bytes() - 8).is_some());
    assert!(frames.word(0).is_none(), "a word of a read-only region");
    for i in [2, 3, 16, usize::MAX] {
        assert!(orders.policy(i).is_none(), "policy {i}");
    }
    assert!(frames.policy(0).is_none() && orders.policy(1).is_some());
    // SAFETY: nobody writes these regions.
    unsafe {
        for i in [3, 16, usize::MAX] {
            assert!(frames.frame(i).is_none() && orders.genome(i).is_none(), "slot {i}");
        }
        assert!(frames.frame_mut(0).is_none(), "a slot to write of a read-only region");
        assert!(orders.frame(0).is_none() && frames.genome(0).is_none());
        assert_eq!(orders.genome(1).expect("genes").len(), layout.genome_bytes() / 4);
    }
}

#[test]
fn there_is_one_writer() {
    let layout = layout();
    for kind in [Kind::Orders, Kind::Frames] {
        let fd = create(kind, &layout).expect("a region");
        let _writer = map(&fd, kind, &layout, Access::Writable);
        let second = Region::map(fd.as_fd(), kind, &layout, Access::Writable);
        let error = second.expect_err("a second writer").to_string();
        assert!(error.contains("map") && error.contains(kind.name()), "{error}");
        assert!(File::from(fd.try_clone().expect("a clone")).write_at(&[1], 0).is_err());
        assert!(File::from(fd).set_len(0).is_err(), "truncated a sealed region");
    }
}

/// Every bit of every header byte, in every kind of region.
#[test]
fn a_header_of_which_any_bit_is_wrong_is_refused() {
    let layout = layout();
    for kind in KINDS {
        let good = layout.header(kind).to_bytes();
        for bit in 0..8 * Header::BYTES {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            let fd = memfd(SEALS, layout.bytes(kind) as u64, &bad);
            let error =
                Region::map(fd.as_fd(), kind, &layout, Access::ReadOnly).expect_err("a header");
            let Error::Header { field, got, want, .. } = error else { panic!("{error}") };
            let fields = ["magic", "version", "kind", "layout hash", "size"];
            let at = [8, 12, 16, 24, 32].iter().position(|end| bit / 8 < *end).expect("a field");
            assert_eq!(field, fields[at], "bit {bit}");
            assert_ne!(got, want, "bit {bit}");
        }
    }
}

fn refused(fd: BorrowedFd<'_>, layout: &Layout, say: &str) {
    for access in [Access::ReadOnly, Access::Writable] {
        let error = Region::map(fd, Kind::Frames, layout, access).expect_err(say).to_string();
        assert!(
            error.contains(say) && error.starts_with("frames region"),
            "{error:?}, want {say:?}"
        );
    }
}

#[test]
fn what_is_no_region_is_refused() {
    let layout = layout();
    let bytes = layout.frames_bytes() as u64;
    let header = layout.header(Kind::Frames).to_bytes();
    let other = |l: Layout| create(Kind::Frames, &l).expect("a region");
    let exe = std::env::current_exe().expect("this program");
    let open = |path: &std::path::Path| OwnedFd::from(File::open(path).expect("a file"));
    let (pipe, _end) = std::io::pipe().expect("a pipe");
    let cases: [(OwnedFd, &str); 11] = [
        (memfd(0, bytes, &header), "seals"),
        (memfd(libc::F_SEAL_GROW, bytes, &header), "seals"),
        (memfd(libc::F_SEAL_SHRINK, bytes, &header), "seals"),
        (memfd(SEALS, 0, &[]), "0 bytes"),
        (memfd(SEALS, bytes - 1, &header), "bytes, want"),
        (memfd(SEALS, bytes + 4096, &header), "bytes, want"),
        (create(Kind::Control, &layout).expect("a region"), "kind"),
        (other(Layout::new(104, 3, 0).expect("a layout")), "layout hash"),
        (pipe.into(), "not a sealable memfd"),
        (open(exe.parent().expect("a folder")), "not a sealable memfd"),
        (open("/dev/null".as_ref()), "not a sealable memfd"),
    ];
    for (fd, say) in &cases {
        refused(fd.as_fd(), &layout, say);
    }
    refused(open(&exe).as_fd(), &layout, "not a sealable memfd");
    // SAFETY: nobody has so many files open, so that it stands for no descriptor of
    // anybody's; all that is done with it are calls that must fail.
    refused(unsafe { BorrowedFd::borrow_raw(1 << 30) }, &layout, "not a sealable memfd");
}

/// A header that changes under the check gets in or does not; what is mapped has the
/// size of the layout, whatever the header says.
#[test]
fn a_header_that_flickers_does_no_harm() {
    let layout = layout();
    let fd = create(Kind::Control, &layout).expect("a region");
    let theirs = map(&fd, Kind::Control, &layout, Access::Writable);
    let size = theirs.word(24).expect("the size");
    let good = size.load(std::sync::atomic::Ordering::Relaxed);
    let (mut inside, mut outside) = (0, 0);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                size.store(u64::MAX, std::sync::atomic::Ordering::Relaxed);
                std::hint::spin_loop();
                size.store(good, std::sync::atomic::Ordering::Relaxed);
            }
        });
        for _ in 0..20_000 {
            match Region::map(fd.as_fd(), Kind::Control, &layout, Access::Writable) {
                Ok(region) => {
                    assert_eq!(region.bytes(), layout.bytes(Kind::Control));
                    inside += 1;
                }
                Err(Error::Header { field: "size", .. }) => outside += 1,
                Err(other) => panic!("{other}"),
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    println!("{inside} mapped, {outside} refused");
}

/// Random bytes, where a header belongs and behind it.
#[test]
fn random_headers_are_refused() {
    let layout = layout();
    let mut random = common::Random::new(7);
    for _ in 0..500 {
        let mut header = layout.header(Kind::Frames).to_bytes();
        let changes = 1 + random.below(Header::BYTES);
        for _ in 0..changes {
            header[random.below(Header::BYTES)] = random.next() as u8;
        }
        let fd = memfd(SEALS, layout.frames_bytes() as u64, &header);
        let mapped = Region::map(fd.as_fd(), Kind::Frames, &layout, Access::ReadOnly);
        assert_eq!(mapped.is_ok(), header == layout.header(Kind::Frames).to_bytes(), "{header:x?}");
    }
}
