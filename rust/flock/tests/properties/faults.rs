//! Numbers that must not be: refused by all back ends for the same reason, and
//! without a trace once they are gone.

use flock::status::{Fault, Status};
use flock::{layout, stride};

use crate::fleet::{Fleet, same};
use crate::policies::{put, usual};

/// Not finite, or larger than anything may be.
const BAD: [f32; 7] = [
    f32::NAN,
    -f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    1.000_000_1e6,
    -1.000_000_1e6,
];

const N: usize = 37; // the last group is not full at any width

fn spoilt<const D: usize>() -> Fleet {
    let mut fleet = Fleet::new::<D>(N, usual([4.0, 4.0, if D == 2 { 1.0 } else { 4.0 }]), 1);
    fleet.tick(true, "before anything is spoilt");
    fleet
}

/// Wants `want` of all back ends, and the step as it would have been afterwards.
fn refused(fleet: &mut Fleet, want: Fault, what: &str) {
    for (backend, heap) in &mut fleet.members {
        for renumber in [false, true] {
            heap.renumber = renumber;
            let got = (backend.step)(&mut heap.world());
            assert_eq!(got, Err(want), "{what}: {}, renumber {renumber}", backend.name);
        }
    }
}

/// The frame after one more tick, from which the worlds then go on as before.
fn after(fleet: &mut Fleet, what: &str) -> Vec<f32> {
    fleet.tick(false, what);
    let next = fleet.members[0].1.from.clone();
    fleet.arrange(|heap| core::mem::swap(&mut heap.from, &mut heap.to));
    next
}

/// Poisons each column of a few boids with every bad value.
fn columns<const D: usize>() {
    let (mut fleet, size) = (spoilt::<D>(), stride(N));
    let clean = after(&mut fleet, "clean");
    let flat = |c: usize| D == 2 && (c == 2 || c == layout::VX + 2); // z is not there to be wrong
    for c in (0..layout::FRAME_COLUMNS).filter(|&c| !flat(c)) {
        for (boid, bad) in [0, 7, 8, 31, 36].into_iter().flat_map(|b| BAD.map(|v| (b, v))) {
            let what = format!("{bad} in column {c} of boid {boid}, {D} dimensions");
            let status = if c < layout::VX { Status::Position } else { Status::State };
            let good = fleet.members[0].1.from[c * size + boid];
            fleet.arrange(|heap| heap.from[c * size + boid] = bad);
            refused(&mut fleet, Fault::at(status, boid as u32), &what);
            fleet.arrange(|heap| heap.from[c * size + boid] = good);
            assert!(same(&after(&mut fleet, &what), &clean), "{what}: it left a trace");
        }
    }
}

#[test]
fn columns_in_space() {
    columns::<3>();
}

#[test]
fn columns_in_the_plane() {
    columns::<2>();
}

#[test]
fn genes() {
    let (mut fleet, size) = (spoilt::<3>(), stride(N));
    let clean = after(&mut fleet, "clean");
    for c in 0..layout::GENOME_COLUMNS {
        for (boid, bad) in [0, 7, 8, 31, 36].into_iter().flat_map(|b| BAD.map(|v| (b, v))) {
            let what = format!("{bad} in gene {c} of boid {boid}");
            let good = fleet.members[0].1.genome[c * size + boid];
            fleet.arrange(|heap| heap.genome[c * size + boid] = bad);

            refused(&mut fleet, Fault::at(Status::Gene, boid as u32), &what);
            fleet.arrange(|heap| heap.genome[c * size + boid] = good);
            assert!(same(&after(&mut fleet, &what), &clean), "{what}: it left a trace");
        }
    }
}

#[test]
fn policies() {
    let mut fleet = spoilt::<3>();
    let clean = after(&mut fleet, "clean");
    let good = fleet.members[0].1.policy;
    for offset in (layout::POLICY_DT..=layout::POLICY_FIT_DECAY).step_by(4) {
        for bad in BAD {
            let what = format!("{bad} at byte {offset} of the policy");
            fleet.arrange(|heap| put(&mut heap.policy, offset, bad));
            refused(&mut fleet, Fault::at(Status::Policy, offset as u32), &what);
            fleet.arrange(|heap| heap.policy = good);
            assert!(same(&after(&mut fleet, &what), &clean), "{what}: it left a trace");
        }
    }
}

/// Where several things are wrong, all back ends name the same one: that of the
/// first boid with any, and of that boid the position before its state and genes.
#[test]
fn the_first_of_several() {
    let size = stride(N);
    let mut fleet = spoilt::<3>();
    fleet.arrange(|heap| {
        heap.from[layout::ENERGY * size + 9] = f32::NAN;
        heap.from[layout::VX * size + 30] = f32::INFINITY;
        heap.genome[size + 3] = f32::NAN;
    });
    refused(&mut fleet, Fault::at(Status::Gene, 3), "state and gene");
    fleet.arrange(|heap| heap.genome[size + 3] = 1.0);
    refused(&mut fleet, Fault::at(Status::State, 9), "two states");
    // A position is what the sort stumbles over, and yet not what is told.
    fleet.arrange(|heap| heap.from[20] = -1.0);
    refused(&mut fleet, Fault::at(Status::State, 9), "states before a position");
    fleet.arrange(|heap| heap.from[5] = 99.0);
    refused(&mut fleet, Fault::at(Status::Position, 5), "a position before states");
}

/// One step of the last bit beyond the bounds is beyond them; the bound is not.
#[test]
fn the_last_bit() {
    let size = stride(N);
    let mut fleet = spoilt::<3>();
    for axis in 0..3 {
        for (boid, out) in [(0, -f32::from_bits(1)), (36, f32::from_bits(4f32.to_bits() + 1))] {
            let good = fleet.members[0].1.from[axis * size + boid];
            fleet.arrange(|heap| heap.from[axis * size + boid] = out);
            refused(&mut fleet, Fault::at(Status::Position, boid as u32), "the last bit");
            fleet
                .arrange(|heap| heap.from[axis * size + boid] = if out < 0.0 { -0.0 } else { 4.0 });
            after(&mut fleet, "on the bound");
            fleet.arrange(|heap| heap.from[axis * size + boid] = good);
        }
    }
    for bits in [1e6f32.to_bits(), (-1e6f32).to_bits()] {
        let (most, more) = (f32::from_bits(bits), f32::from_bits(bits + 1));
        fleet.arrange(|heap| heap.from[layout::VX * size + 8] = more);
        refused(&mut fleet, Fault::at(Status::State, 8), "one bit too fast");
        fleet.arrange(|heap| heap.from[layout::VX * size + 8] = most);
        after(&mut fleet, "as fast as can be");
    }
}
