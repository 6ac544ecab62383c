//! The engine's end of the hub.

use std::os::fd::{AsFd, FromRawFd, OwnedFd, RawFd};

use hub::{Access, Kind, Layout, Region, Role, Strategy, Waiter, Words, Writer};

use crate::control::{Assignment, CONTROL_FD};
use crate::error::{Context, Error, Result};
use crate::lap::{Meter, Phase};
use crate::proof::{AddressProof, prove};
use crate::world::{PolicyBytes, epoch, generation};

/// The regions in the order of their descriptors: control, orders, frames.
const REGIONS: usize = 3;

/// The engine's end: it waits for policies and publishes frames, and counts the system
/// calls that this takes. Dropped, it tells the other roles that the engine has left.
#[derive(Debug)]
pub struct Link {
    words: Words,
    writer: Writer,
    orders: Region,
    frames: Region,
    file: OwnedFd,  // of the frames, for the proof
    policy: Waiter, // for policies
    generation: u64,
    syscalls: u64,
}

/// How the readers of a transport wait, by its name.
fn strategy(transport: &str) -> Result<Strategy> {
    match transport {
        "shm:park" => Ok(Strategy::Park),
        "shm:spin" => Ok(Strategy::Spin),
        "shm:adaptive" => Ok(Strategy::Adaptive),
        _ => Err(Error::new(format!("the native engine knows no transport {transport}"))),
    }
}

/// Takes over the descriptors of the data plane.
fn inherited(files: usize) -> Result<[OwnedFd; REGIONS]> {
    if files != REGIONS {
        return Err(Error::new(format!("inherited {files} descriptors, want {REGIONS}")));
    }
    let fds: [RawFd; REGIONS] = std::array::from_fn(|i| CONTROL_FD + 1 + i as RawFd);
    for fd in fds {
        // SAFETY: the call takes numbers only.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            let error = std::io::Error::last_os_error();
            return Err(Error::of(format!("inherited descriptor {fd}"), error));
        }
    }
    // SAFETY: each is open, by the contract with the supervisor ours, and taken over
    // once: this runs once a process.
    Ok(fds.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }))
}

impl Link {
    /// Opens the hub that the assignment's descriptors are, each region checked.
    pub fn open(a: &Assignment) -> Result<Self> {
        let how = strategy(&a.transport)?;
        let layout =
            Layout::new(a.config.boids, a.config.slots, 0).during(|| "map the hub".into())?;
        let [control, orders, frames] = inherited(a.files)?;
        let map = |fd: &OwnedFd, kind, access| {
            Region::map(fd.as_fd(), kind, &layout, access).during(|| "map the hub".into())
        };
        let orders = map(&orders, Kind::Orders, Access::ReadOnly)?;
        let mapped = map(&frames, Kind::Frames, Access::Writable)?;
        let words = Words::new(map(&control, Kind::Control, Access::Writable)?)
            .during(|| "map the hub".into())?;
        let writer =
            Writer::new(words.clone(), a.config.slots).during(|| "write to the hub".into())?;
        let (policy, generation, syscalls) = (Waiter::new(how), 0, 0);
        Ok(Self {
            words,
            writer,
            orders,
            frames: mapped,
            file: frames,
            policy,
            generation,
            syscalls,
        })
    }

    /// The system calls made so far.
    #[must_use]
    pub fn syscalls(&self) -> u64 {
        self.syscalls
    }

    /// The slot of the last frame: the first one's, before the first tick.
    #[must_use]
    pub fn current(&self) -> usize {
        self.writer.current()
    }

    /// Blocks until the policy of `epoch` is published and returns it, read once: what
    /// is checked is what the step uses.
    pub fn acquire_policy(&mut self, meter: &mut Meter, due: u64) -> Result<PolicyBytes> {
        let what = || format!("await policy {due}");
        meter.enter(Phase::Wait);
        let seen = self.policy.wait(self.words.policy(), due + 1);
        meter.enter(Phase::Compute);
        self.syscalls += seen.during(what)?.1;
        let policy = self.orders.policy((due % 2) as usize).ok_or_else(|| no_slot("policy"))?;
        self.check(&policy, due).during(what)?;
        self.generation = generation(&policy);
        Ok(policy)
    }

    /// Holds the kernel to its promise of one epoch a tick, and of a new generation
    /// now and then, no older one and no leap.
    fn check(&self, policy: &PolicyBytes, due: u64) -> Result<()> {
        let (got, generation, last) = (epoch(policy), generation(policy), self.generation);
        if got != due {
            return Err(Error::new(format!("found that of epoch {got}")));
        }
        if generation != last && Some(generation) != last.checked_add(1) {
            return Err(Error::new(format!("it asks for generation {generation} after {last}")));
        }
        Ok(())
    }

    /// Blocks until there is a slot for the frame of `due` that no reader holds.
    pub fn loan(&mut self, meter: &mut Meter, due: u64) -> Result<usize> {
        meter.enter(Phase::Wait);
        let loan = self.writer.loan(self.policy.strategy());
        meter.enter(Phase::Compute);
        let (slot, calls) = loan.during(|| format!("loan a slot for frame {due}"))?;
        self.syscalls += calls;
        Ok(slot)
    }

    /// Gives the loaned slot to the readers as the frame of `due`.
    pub fn publish(&mut self, meter: &mut Meter, slot: usize, due: u64) -> Result<()> {
        meter.enter(Phase::Send);
        let published = self.writer.publish(slot, due);
        meter.enter(Phase::Compute);
        self.syscalls += published.during(|| format!("publish frame {due}"))?;
        Ok(())
    }

    /// The genes of a generation, in the hub.
    ///
    /// # Safety
    ///
    /// The kernel may not write them during the life of the slice: it has published a
    /// policy that names the generation, and the frame of that tick is not published
    /// yet or is the trial's last.
    pub unsafe fn genome(&self, generation: u64) -> Result<&[f32]> {
        // SAFETY: promised by the caller.
        unsafe { self.orders.genome((generation % 2) as usize) }.ok_or_else(|| no_slot("genome"))
    }

    /// The frame in a slot.
    ///
    /// # Safety
    ///
    /// The slot may not be on loan.
    pub unsafe fn frame(&self, slot: usize) -> Result<&[f32]> {
        // SAFETY: this process is the only writer of frames, and writes loans only.
        unsafe { self.frames.frame(slot) }.ok_or_else(|| no_slot("frame"))
    }

    /// The frame in a slot, to write.
    ///
    /// # Safety
    ///
    /// The slot must be on loan, or the readers not yet started, and nobody else in
    /// this process may use it during the life of the slice.
    #[allow(clippy::mut_from_ref)] // the loan excludes others, not the borrow
    pub unsafe fn frame_mut(&self, slot: usize) -> Result<&mut [f32]> {
        // SAFETY: promised by the caller.
        unsafe { self.frames.frame_mut(slot) }.ok_or_else(|| no_slot("frame"))
    }

    /// Shows where the frame in a slot lies.
    pub fn prove(&self, slot: usize) -> Result<AddressProof> {
        // SAFETY: the address only is used.
        let frame = unsafe { self.frame(slot) }?;
        prove(frame.as_ptr().addr(), self.file.as_fd())
    }
}

/// The hub refuses a slot that it does not have: a mistake of this program.
fn no_slot(what: &str) -> Error {
    Error::new(format!("the hub has no such {what} slot"))
}

impl Drop for Link {
    fn drop(&mut self) {
        self.words.leave(Role::Engine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transports_have_strategies() {
        assert_eq!(strategy("shm:park"), Ok(Strategy::Park));
        assert_eq!(strategy("shm:spin"), Ok(Strategy::Spin));
        assert_eq!(strategy("shm:adaptive"), Ok(Strategy::Adaptive));
        for other in ["", "shm", "twin", "unix+raw", "shm:park@native"] {
            assert!(strategy(other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_wrong_number_of_descriptors_is_refused() {
        for files in [0, 2, 4, usize::MAX] {
            assert!(inherited(files).is_err(), "{files}");
        }
    }
}
