//! The clocks of the operating system, in nanoseconds.

/// CPU time of the calling thread, user and system. A system call.
#[must_use]
pub fn thread_cpu() -> i64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time of all threads of this process, those that have ended included. A
/// system call.
#[must_use]
pub fn process_cpu() -> i64 {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// `CLOCK_MONOTONIC`, which all processes of a machine share. No system call where
/// the operating system maps its clock into the process.
#[must_use]
pub fn monotonic() -> i64 {
    read(libc::CLOCK_MONOTONIC)
}

fn read(clock: libc::clockid_t) -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is alive and of the type that the call writes. The call cannot
    // fail for the three clocks of this file; if it did, it would write nothing.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_advance_with_work() {
        let before = (thread_cpu(), process_cpu(), monotonic());
        let mut x = 1u64;
        while thread_cpu() - before.0 < 2_000_000 {
            x = std::hint::black_box(x.wrapping_mul(3));
        }
        assert!(process_cpu() > before.1);
        assert!(monotonic() > before.2);
    }
}
