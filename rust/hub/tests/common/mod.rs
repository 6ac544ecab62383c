//! What several tests need.
#![allow(dead_code)] // no test needs all of it

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use hub::{Access, Kind, Layout, Region, Words, create};

/// A small flock of three slots.
pub fn layout() -> Layout {
    Layout::new(101, 3, 0).expect("a layout")
}

pub fn map(fd: &OwnedFd, kind: Kind, layout: &Layout, access: Access) -> Region {
    Region::map(fd.as_fd(), kind, layout, access).expect("a region")
}

/// Two mappings of a fresh control page: ours, and that of a hostile process.
pub fn two_mappings(layout: &Layout) -> (Words, Region) {
    let page = create(Kind::Control, layout).expect("a control page");
    let ours = map(&page, Kind::Control, layout, Access::Writable);
    (Words::new(ours).expect("words"), map(&page, Kind::Control, layout, Access::Writable))
}

/// A memfd of so many bytes with the given seals and content.
pub fn memfd(seals: i32, bytes: u64, content: &[u8]) -> OwnedFd {
    use std::os::unix::fs::FileExt;
    let name = CString::new("hub-test").expect("no zero");
    // SAFETY: the name is a C string; the descriptor is ours alone.
    let file = unsafe {
        File::from_raw_fd(libc::memfd_create(
            name.as_ptr(),
            libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING,
        ))
    };
    file.set_len(bytes).expect("a size");
    file.write_all_at(content, 0).expect("content");
    // SAFETY: the call takes numbers only.
    let rc = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) };
    assert_eq!(rc, 0, "seal");
    file.into()
}

/// Random numbers of a seed: xorshift64*, which is good enough to be nasty.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// Values that no honest process writes to most words.
pub const NASTY: [u64; 16] = [
    0,
    1,
    2,
    3,
    4,
    5,
    16,
    17,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    1 << 62,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];
