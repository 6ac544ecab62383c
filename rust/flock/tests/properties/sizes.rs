//! Every number of boids.

use crate::fleet::Fleet;
use crate::policies::usual;

/// So many boids, the largest of which is one more than a multiple of any width.
const MOST: usize = 4097;

/// Bounds in which `n` boids have some eight neighbours each, in steps of a
/// quarter, so that the number of cells varies as well.
fn edges<const D: usize>(n: usize) -> [f32; 3] {
    let volume = n as f32 / if D == 3 { 2.0 } else { 2.5 };
    let edge = if D == 3 { volume.cbrt() } else { volume.sqrt() };
    let edge = (edge * 4.0).ceil() / 4.0;
    if D == 3 { [edge.max(2.0); 3] } else { [edge.max(2.0), edge.max(2.0), 1.0] }
}

/// So many boids step both ways; larger worlds step into new numbers or not in turn.
const BOTH: usize = 520;

/// Steps a world of every number of boids.
fn every_size<const D: usize>(numbers: impl Iterator<Item = usize>) {
    let mut met = 0;
    for n in numbers {
        let mut fleet = Fleet::new::<D>(n, usual(edges::<D>(n)), n as u64);
        for renumber in [true, false] {
            if n <= BOTH || renumber == n.is_multiple_of(2) {
                fleet.tick(renumber, &format!("{n} boids in {D} dimensions, renumber {renumber}"));
                met += fleet.neighbours;
            }
        }
    }
    assert!(met > 1000, "only {met} neighbours met: there was nothing to disagree about");
}

#[test]
fn every_size_in_space() {
    every_size::<3>(0..=MOST);
}

#[test]
fn every_size_in_the_plane() {
    every_size::<2>(0..=MOST);
}

/// Grids of every shape: strips of rows that are not full, layers of one row, rows
/// of one cell.
#[test]
fn long_and_thin_worlds() {
    for edges in [[1000.0, 1.0, 1.0], [1.0, 77.0, 9.0], [1.0, 9.0, 77.0], [17.0, 17.0, 17.0]] {
        let mut fleet = Fleet::new::<3>(3001, usual(edges), 3);
        for tick in 0..4 {
            fleet.tick(tick == 0, &format!("a world of {edges:?}"));
        }
    }
    for edges in [[1000.0, 1.0, 1.0], [1.0, 1000.0, 1.0], [31.0, 33.0, 1.0]] {
        let mut fleet = Fleet::new::<2>(3001, usual(edges), 3);
        for tick in 0..4 {
            fleet.tick(tick == 0, &format!("a plane of {edges:?}"));
        }
    }
}
