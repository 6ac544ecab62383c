//! The meter: it charges the role's time to phases, lap by lap, exactly as the
//! meter of the Go roles charges a role that does all its work on one thread.
//!
//! Every lap of every tick has its wall clock taken. On a sample of the ticks the
//! thread's CPU clock is read as well, and the sample is scaled to the window,
//! stratum by stratum. What the clocks cost is calibrated before the window, taken
//! out of the laps and shown as a phase of its own. Nothing is allocated after
//! [`Meter::new`]. Start there.

mod account;
mod calibrate;
mod meter;
mod stratum;
mod total;

pub use calibrate::{Cost, calibrate};
pub use meter::Meter;
pub use total::Total;

/// What a stretch of a tick is charged to: the phases that an engine on the hub has.
/// It neither encodes nor copies nor decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Phase {
    /// The physics.
    Compute,
    /// Handing a frame to its readers.
    Send,
    /// Until there is a policy, or a slot that nobody reads.
    Wait,
    /// Other threads of the process.
    Residual,
    /// The meter's own clock reads.
    Metering,
}

/// How many phases there are.
pub const PHASES: usize = 5;

impl Phase {
    /// All phases, in the order of their values.
    pub const ALL: [Self; PHASES] =
        [Self::Compute, Self::Send, Self::Wait, Self::Residual, Self::Metering];

    /// Those that a lap can be of.
    pub const CHARGED: [Self; 3] = [Self::Compute, Self::Send, Self::Wait];

    /// The name in the results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ["compute", "send", "wait", "residual", "meter"][self as usize]
    }

    /// Whether the role may sleep in the phase, or enter the operating system.
    #[must_use]
    pub const fn blocking(self) -> bool {
        matches!(self, Self::Send | Self::Wait)
    }
}
