//! What the role has been charged in the window.

use std::collections::BTreeMap;

use super::stratum::standing;
use super::{Meter, PHASES, Phase};

/// Sums over the window, by the name of the phase. Phases that took nothing are left
/// out.
#[derive(Clone, Debug, Default)]
pub struct Total {
    /// CPU in ns, scaled to all ticks.
    pub cpu_ns: BTreeMap<&'static str, f64>,
    /// Wall clock in ns, of every tick.
    pub wall_ns: BTreeMap<&'static str, i64>,
    /// Laps, of every tick.
    pub laps: i64,
    /// Ticks.
    pub ticks: i64,
    /// Ticks whose CPU was read.
    pub sampled: i64,
}

impl Meter {
    /// Adds up the accounts. A phase never takes longer than its laps lasted, which is
    /// known for all of them: what the sample says beyond that is cut off.
    #[must_use]
    pub fn total(&self) -> Total {
        let mut total = Total::default();
        let (mut cpu, mut wall) = ([0.0; PHASES], [0; PHASES]);
        for (account, ticks) in self.accounts.iter().zip(standing(&self.accounts)) {
            total.ticks += account.ticks;
            total.sampled += account.sampled;
            for (p, ns) in account.cpu_ns(&self.cost, ticks).into_iter().enumerate() {
                cpu[p] += ns;
                wall[p] += account.wall[p];
                total.laps += account.laps[p];
            }
        }
        // The two clocks are read one behind the other: without other threads their
        // difference is off by some nanoseconds, either way.
        cpu[Phase::Residual as usize] += self.others.max(0) as f64;
        for phase in Phase::CHARGED.map(|p| p as usize) {
            cpu[phase] = f64::min(cpu[phase], wall[phase] as f64);
        }
        for phase in Phase::ALL {
            let (name, p) = (phase.name(), phase as usize);
            if cpu[p] != 0.0 {
                total.cpu_ns.insert(name, cpu[p]);
            }
            if wall[p] > 0 {
                total.wall_ns.insert(name, wall[p]);
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::super::account::Account;
    use super::super::stratum::{EVEN, STALLED, stratum};
    use super::*;
    use crate::lap::Cost;

    const COMPUTE: usize = Phase::Compute as usize;

    fn account(ticks: i64, sampled: i64, each: i64) -> Account {
        let mut a = Account { ticks, sampled, ..Account::default() };
        a.cpu[COMPUTE] = sampled * each;
        a.wall[COMPUTE] = ticks * each;
        a
    }

    /// One stalled tick of two is sampled, among a hundred even ones of which ten are: it
    /// stands for the other one, and not for ten.
    #[test]
    fn strata_are_scaled_for_themselves() {
        let mut m = Meter::new(Cost::default());
        m.accounts[stratum(false, EVEN)] = account(100, 10, 1_000_000);
        m.accounts[stratum(false, STALLED)] = account(2, 1, 20_000_000);
        m.accounts[stratum(true, EVEN)] = account(4, 4, 5_000_000);
        let total = m.total();
        assert_eq!(total.cpu_ns["compute"], 160e6);
        assert_eq!((total.ticks, total.sampled), (106, 15));
    }

    /// One sampled tick of ten is read as longer than all of them lasted.
    #[test]
    fn cpu_cannot_outrun_the_wall() {
        let mut m = Meter::new(Cost::default());
        let mut a = account(10, 1, 3_000_000);
        a.wall[COMPUTE] = 12_000_000;
        m.accounts[stratum(false, EVEN)] = a;
        assert_eq!(m.total().cpu_ns["compute"], 12e6);
    }

    /// What an empty lap is seen to cost is taken out, and what the meter costs is
    /// known for every lap.
    #[test]
    fn the_meter_pays_for_itself() {
        let mut m = Meter::new(Cost { plain: 20.0, sampled: 500.0, seen: 450.0 });
        let mut a = account(10, 2, 0);
        a.laps[COMPUTE] = 30;
        a.sampled_laps[COMPUTE] = 6;
        a.cpu[COMPUTE] = 6 * 1450;
        a.cpu[Phase::Metering as usize] = 77;
        a.wall[COMPUTE] = 1_000_000;
        m.accounts[stratum(false, EVEN)] = a;
        m.others = 123;
        let total = m.total();
        assert_eq!(total.cpu_ns["compute"], 6.0 * 1000.0 * 5.0);
        assert_eq!(total.cpu_ns["meter"], 24.0 * 20.0 + 6.0 * 500.0 + 77.0);
        assert_eq!(total.cpu_ns["residual"], 123.0);
        assert_eq!(total.laps, 30);
        assert!(!total.cpu_ns.contains_key("wait"));
    }
}
