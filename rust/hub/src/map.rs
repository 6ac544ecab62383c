//! Regions of the hub: sealed memfds, checked once and mapped.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::Error;
use crate::layout::POLICY_BYTES;
use crate::shape::{Header, Kind, Layout};

/// Whether a mapping may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A write faults.
    ReadOnly,
    /// For the only writer of a region, or for anyone of the control page. It seals
    /// the region behind itself: mappings that exist go on writing, no new one can.
    Writable,
}

/// A region of the hub in this process's memory, until it is dropped. It can
/// neither shrink nor grow, so that no access within it can fault.
#[derive(Debug)]
pub struct Region {
    at: NonNull<u8>,
    kind: Kind,
    layout: Layout,
    access: Access,
}

// SAFETY: the mapping belongs to no thread. What is shared is read and written by
// atomics, or by unsafe methods whose callers promise exclusion.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

const RESIZE_SEALS: i32 = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW;
const WRITER_SEALS: i32 = libc::F_SEAL_FUTURE_WRITE | libc::F_SEAL_SEAL;

/// Creates a memfd that holds a zeroed region behind its header, sealed against
/// resizing. It is closed by `exec`, as every descriptor of Rust's.
///
/// # Errors
///
/// [`Error::Sys`] when the system refuses.
pub fn create(kind: Kind, layout: &Layout) -> Result<OwnedFd, Error> {
    let fd = memfd(kind).map_err(failed("create memfd", kind))?;
    let mut file = File::from(fd);
    file.set_len(layout.bytes(kind) as u64).map_err(failed("resize", kind))?;
    file.write_all(&layout.header(kind).to_bytes()).map_err(failed("write header", kind))?;
    add_seals(file.as_fd(), kind, RESIZE_SEALS)?;
    Ok(file.into())
}

fn failed(doing: &'static str, kind: Kind) -> impl Fn(io::Error) -> Error {
    move |source| Error::Sys { doing, kind, source }
}

fn memfd(kind: Kind) -> io::Result<OwnedFd> {
    let name: &CStr = match kind {
        Kind::Control => c"copytax-control",
        Kind::Orders => c"copytax-orders",
        Kind::Frames => c"copytax-frames",
    };
    // SAFETY: the name is a C string; the call reads nothing else.
    let fd =
        unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just given us this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn add_seals(fd: BorrowedFd<'_>, kind: Kind, seals: i32) -> Result<(), Error> {
    // SAFETY: the call takes numbers only.
    if unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_ADD_SEALS, seals) } < 0 {
        return Err(failed("seal", kind)(io::Error::last_os_error()));
    }
    Ok(())
}

impl Region {
    /// Maps the region of `kind` that `fd` is, once everything that the layout says
    /// about it has been found true: seals, size, and every field of the header,
    /// which is copied before it is looked at.
    ///
    /// # Errors
    ///
    /// Says which check failed, or which system call.
    pub fn map(
        fd: BorrowedFd<'_>,
        kind: Kind,
        layout: &Layout,
        access: Access,
    ) -> Result<Self, Error> {
        check(fd, kind, layout)?;
        let region = Self::map_unchecked(fd, kind, layout, access)?;
        if access == Access::Writable && kind != Kind::Control {
            add_seals(fd, kind, WRITER_SEALS)?; // dropping the region unmaps it
        }
        Ok(region)
    }

    fn map_unchecked(
        fd: BorrowedFd<'_>,
        kind: Kind,
        layout: &Layout,
        access: Access,
    ) -> Result<Self, Error> {
        let protection = match access {
            Access::ReadOnly => libc::PROT_READ,
            Access::Writable => libc::PROT_READ | libc::PROT_WRITE,
        };
        // SAFETY: a fresh mapping at a place of the kernel's choice touches no
        // memory that Rust knows of.
        let at = unsafe {
            let (length, fd) = (layout.bytes(kind), fd.as_raw_fd());
            libc::mmap(ptr::null_mut(), length, protection, libc::MAP_SHARED, fd, 0)
        };
        if at == libc::MAP_FAILED {
            return Err(failed("map", kind)(io::Error::last_os_error()));
        }
        match NonNull::new(at.cast::<u8>()) {
            Some(at) => Ok(Self { at, kind, layout: *layout, access }),
            None => Err(Error::Region { kind, want: "a mapping above address 0" }),
        }
    }

    /// What the region holds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What the region is built for.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether this mapping may be written.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.access
    }

    /// The size of the region in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.layout.bytes(self.kind)
    }

    /// Where the region starts in this process, for a proof of address. Memory that
    /// other processes write is behind it.
    #[must_use]
    pub const fn as_ptr(&self) -> *mut u8 {
        self.at.as_ptr()
    }

    /// The 64-bit word at byte `at`, or none when it is out of bounds, not aligned, or
    /// may not be written.
    #[must_use]
    pub fn word(&self, at: usize) -> Option<&AtomicU64> {
        if self.access == Access::Writable { self.readable_word(at) } else { None }
    }

    /// As [`Self::word`], but a store to it may fault.
    fn readable_word(&self, at: usize) -> Option<&AtomicU64> {
        if !at.is_multiple_of(8) || at.checked_add(8)? > self.bytes() {
            return None;
        }
        // SAFETY: in bounds and aligned, in a mapping that lives as long as `self`
        // and starts on a page.
        Some(unsafe { &*self.at.as_ptr().add(at).cast::<AtomicU64>() })
    }

    /// A copy of policy slot `i`, word by word, so that nothing which the kernel
    /// writes meanwhile can change it between a check and its use. None when the
    /// region holds no orders or has no such slot.
    #[must_use]
    pub fn policy(&self, i: usize) -> Option<[u8; POLICY_BYTES]> {
        if self.kind != Kind::Orders || i > 1 {
            return None;
        }
        let mut copy = [0; POLICY_BYTES];
        for (k, bytes) in copy.chunks_exact_mut(8).enumerate() {
            let word = self.readable_word(self.layout.policy_offset(i) + 8 * k)?;
            bytes.copy_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
        }
        Some(copy)
    }

    /// The address of `bytes` bytes from `at` on, when they are in bounds and aligned
    /// for floats and words.
    fn range(&self, at: usize, bytes: usize) -> Option<*mut u8> {
        if !at.is_multiple_of(8) || at.checked_add(bytes)? > self.bytes() {
            return None;
        }
        // SAFETY: in bounds of the mapping.
        Some(unsafe { self.at.as_ptr().add(at) })
    }

    /// The floats of frame slot `i`, or none when the region holds no frames or has
    /// no such slot.
    ///
    /// # Safety
    ///
    /// Nobody may write the slot during the life of the slice: the caller is its
    /// only writer, or holds a lease on it and trusts the writer to honour it.
    #[must_use]
    pub unsafe fn frame(&self, i: usize) -> Option<&[f32]> {
        if self.kind != Kind::Frames || i >= self.layout.slots() {
            return None;
        }
        let at = self.range(self.layout.frame_offset(i), self.layout.slot_bytes())?;
        // SAFETY: in bounds and aligned; every bit pattern is a float; nobody writes
        // by the caller's promise.
        Some(unsafe { std::slice::from_raw_parts(at.cast(), self.layout.slot_bytes() / 4) })
    }

    /// The floats of frame slot `i`, to write, or none when the region holds no
    /// frames, is read-only, or has no such slot.
    ///
    /// # Safety
    ///
    /// The slot must be on loan from the only [`crate::Writer`] of the hub, and no
    /// other slice of it may be in use in this process.
    #[must_use]
    #[allow(clippy::mut_from_ref)] // the loan is what excludes others, not the borrow
    pub unsafe fn frame_mut(&self, i: usize) -> Option<&mut [f32]> {
        if self.kind != Kind::Frames || self.access != Access::Writable || i >= self.layout.slots()
        {
            return None;
        }
        let at = self.range(self.layout.frame_offset(i), self.layout.slot_bytes())?;
        // SAFETY: in bounds, aligned and writable; exclusive by the caller's promise.
        Some(unsafe { std::slice::from_raw_parts_mut(at.cast(), self.layout.slot_bytes() / 4) })
    }

    /// The floats of genome slot `i`, or none when the region holds no orders or has
    /// no such slot.
    ///
    /// # Safety
    ///
    /// The kernel may not write the slot during the life of the slice. It does not
    /// while a policy that names the slot's generation has no frame yet.
    #[must_use]
    pub unsafe fn genome(&self, i: usize) -> Option<&[f32]> {
        if self.kind != Kind::Orders || i > 1 {
            return None;
        }
        let at = self.range(self.layout.genome_offset(i), self.layout.genome_bytes())?;
        // SAFETY: in bounds and aligned; every bit pattern is a float; nobody writes
        // by the caller's promise.
        Some(unsafe { std::slice::from_raw_parts(at.cast(), self.layout.genome_bytes() / 4) })
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone, and no borrow of it outlives `self`. It
        // can fail for a range that is no mapping only, which this one is.
        unsafe { libc::munmap(self.at.as_ptr().cast(), self.bytes()) };
    }
}

/// Compares a descriptor that came from elsewhere with what the layout says.
fn check(fd: BorrowedFd<'_>, kind: Kind, layout: &Layout) -> Result<(), Error> {
    // SAFETY: the call takes numbers only.
    let seals = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GET_SEALS) };
    if seals < 0 {
        return Err(failed("not a sealable memfd", kind)(io::Error::last_os_error()));
    }
    if seals & RESIZE_SEALS != RESIZE_SEALS {
        return Err(Error::Unsealed { kind, got: seals, want: RESIZE_SEALS });
    }
    let want = layout.bytes(kind) as u64;
    let got = size(fd).map_err(failed("stat", kind))?;
    if u64::try_from(got) != Ok(want) {
        return Err(Error::Size { kind, got, want });
    }
    read_header(fd).map_err(failed("read header", kind))?.check(kind, &layout.header(kind))
}

fn size(fd: BorrowedFd<'_>) -> io::Result<i64> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the call fills the structure that the pointer is to, or fails.
    if unsafe { libc::fstat(fd.as_raw_fd(), stat.as_mut_ptr()) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: filled, since the call did not fail.
    Ok(unsafe { stat.assume_init() }.st_size)
}

fn read_header(fd: BorrowedFd<'_>) -> io::Result<Header> {
    let mut bytes = [0; Header::BYTES];
    // SAFETY: the buffer is as long as the call is told.
    let got = unsafe { libc::pread(fd.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    match usize::try_from(got) {
        Err(_) => Err(io::Error::last_os_error()),
        Ok(n) if n < bytes.len() => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(Header::from_bytes(&bytes)),
    }
}
