//! What is read at both ends of the measured ticks.

use crate::alloc::COUNTING;
use crate::clock::{monotonic, process_cpu};
use crate::error::{Error, Result};
use crate::lap::Meter;
use crate::report::Usage;

/// The measured ticks: open after [`Window::open`], measured after [`Window::shut`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    /// CPU of the process, ns.
    pub cpu: i64,
    /// Length, ns.
    pub wall: i64,
    /// What the operating system and the allocator counted.
    pub usage: Usage,
    /// System calls of the link.
    pub syscalls: u64,
}

impl Window {
    /// Reads everything at the start of the window and lets the meter count.
    /// `syscalls` is the link's count so far.
    pub fn open(meter: &mut Meter, syscalls: u64) -> Result<Self> {
        let usage = usage()?;
        let window = Self { usage, syscalls, wall: monotonic(), cpu: process_cpu() };
        meter.count(true);
        Ok(window)
    }

    /// Stops the meter and turns what was read into what the window took.
    pub fn shut(&mut self, meter: &mut Meter, syscalls: u64) -> Result<()> {
        meter.count(false);
        self.cpu = process_cpu() - self.cpu;
        self.wall = monotonic() - self.wall;
        self.usage = usage()?.since(&self.usage);
        self.syscalls = syscalls - self.syscalls;
        Ok(())
    }
}

impl Usage {
    fn since(&self, start: &Self) -> Self {
        Self {
            alloc_bytes: self.alloc_bytes - start.alloc_bytes,
            alloc_objects: self.alloc_objects - start.alloc_objects,
            voluntary_switches: self.voluntary_switches - start.voluntary_switches,
            involuntary_switches: self.involuntary_switches - start.involuntary_switches,
            minor_faults: self.minor_faults - start.minor_faults,
            major_faults: self.major_faults - start.major_faults,
        }
    }
}

/// What was counted since the start of the process.
fn usage() -> Result<Usage> {
    let mut ru = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the call writes an rusage where it is told, or fails.
    if unsafe { libc::getrusage(libc::RUSAGE_SELF, ru.as_mut_ptr()) } != 0 {
        return Err(Error::of("read resource usage", std::io::Error::last_os_error()));
    }
    // SAFETY: written, for the call succeeded.
    let ru = unsafe { ru.assume_init() };
    let allocated = COUNTING.allocated();
    Ok(Usage {
        alloc_bytes: allocated.bytes,
        alloc_objects: allocated.objects,
        voluntary_switches: ru.ru_nvcsw,
        involuntary_switches: ru.ru_nivcsw,
        minor_faults: ru.ru_minflt,
        major_faults: ru.ru_majflt,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lap::Cost;

    #[test]
    fn a_window_holds_what_happened_in_it() {
        let mut meter = Meter::new(Cost::default());
        let mut window = Window::open(&mut meter, 7).expect("resource usage");
        let v = std::hint::black_box(vec![1u8; 1 << 16]);
        std::thread::sleep(std::time::Duration::from_millis(2));
        window.shut(&mut meter, 12).expect("resource usage");
        assert!(window.usage.alloc_bytes >= v.len() as i64 && window.usage.alloc_objects >= 1);
        assert!(window.usage.voluntary_switches >= 1, "{:?}", window.usage);
        assert!(window.wall >= 2_000_000 && window.cpu > 0, "{window:?}");
        assert_eq!(window.syscalls, 5);
    }
}
