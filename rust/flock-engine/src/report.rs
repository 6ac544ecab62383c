//! What the engine measured and saw, in the words of the results format.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::lap::Total;
use crate::proof::AddressProof;

/// What this process measured: the sample of its one role, without what identifies the
/// trial.
#[derive(Debug, Serialize)]
pub struct Report {
    /// One sample.
    pub samples: [Sample; 1],
}

/// A line of the samples: metrics by names that end in their unit, evidence by key.
/// Durations cover the window.
#[derive(Debug, Serialize)]
#[allow(missing_docs)] // the fields are those of docs/results-format.md
pub struct Sample {
    pub worker: &'static str,
    pub pid: u32,
    pub metrics: Metrics,
    pub series: BTreeMap<&'static str, Vec<i64>>,
    pub evidence: BTreeMap<&'static str, String>,
    pub proof: AddressProof,
}

/// Numbers by name. One without a unit is a count.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Sets a metric.
    pub fn set(&mut self, name: impl Into<String>, value: f64) {
        self.0.insert(name.into(), value);
    }

    /// Sets what the meter charged, by phase.
    pub fn charge(&mut self, total: &Total) {
        self.set("sampled_ticks", total.sampled as f64);
        self.set("laps", total.laps as f64);
        for (phase, &ns) in &total.cpu_ns {
            self.set(format!("cpu_{phase}_ns"), ns);
        }
        for (phase, &ns) in &total.wall_ns {
            self.set(format!("wall_{phase}_ns"), ns as f64);
        }
    }

    /// Sets what the operating system and the allocator counted.
    pub fn count(&mut self, usage: &Usage) {
        for (name, value) in [
            ("alloc_bytes", usage.alloc_bytes),
            ("alloc_objects", usage.alloc_objects),
            ("collections", 0), // there is no collector
            ("voluntary_switches", usage.voluntary_switches),
            ("involuntary_switches", usage.involuntary_switches),
            ("minor_faults", usage.minor_faults),
            ("major_faults", usage.major_faults),
        ] {
            self.set(name, value as f64);
        }
    }
}

/// What the operating system and the allocator counted over the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // as above
pub struct Usage {
    pub alloc_bytes: i64,
    pub alloc_objects: i64,
    pub voluntary_switches: i64,
    pub involuntary_switches: i64,
    pub minor_faults: i64,
    pub major_faults: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_a_flat_object() {
        let mut metrics = Metrics::default();
        metrics.charge(&Total {
            cpu_ns: BTreeMap::from([("compute", 1.5)]),
            wall_ns: BTreeMap::from([("wait", 7)]),
            laps: 3,
            sampled: 2,
            ..Total::default()
        });
        let got = serde_json::to_string(&metrics).expect("JSON");
        let want = r#"{"cpu_compute_ns":1.5,"laps":3.0,"sampled_ticks":2.0,"wall_wait_ns":7.0}"#;
        assert_eq!(got, want);
        metrics.count(&Usage { minor_faults: 9, ..Usage::default() });
        let value = serde_json::to_value(&metrics).expect("JSON");
        assert_eq!((&value["minor_faults"], &value["collections"]), (&9.0.into(), &0.0.into()));
    }
}
