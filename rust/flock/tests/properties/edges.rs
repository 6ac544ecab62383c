//! Boids where formulas branch, and policies at the limits of what is legal.

use flock::{Policy, layout, stride};

use crate::common::Heap;
use crate::fleet::{Fleet, cells};
use crate::policies::{Draws, any, put, usual};

const EDGES: [f32; 3] = [5.5, 4.0, 3.25];

/// A column of a frame without its padding.
fn column(heap: &mut Heap, c: usize) -> &mut [f32] {
    let (n, size) = (heap.n, stride(heap.n));
    &mut heap.from[c * size..c * size + n]
}

fn rest(heap: &mut Heap) {
    (0..3).for_each(|axis| column(heap, layout::VX + axis).fill(0.0));
}

fn one_point(heap: &mut Heap) {
    (0..3).for_each(|axis| column(heap, axis).fill(1.0));
}

/// Puts everybody into a corner, bound outwards at the speed limit along each axis.
fn corner(heap: &mut Heap, sign: f32) {
    for (axis, edge) in EDGES.into_iter().enumerate() {
        column(heap, axis).fill(if sign < 0.0 { 0.0 } else { edge });
        column(heap, layout::VX + axis).fill(sign * 3.0);
    }
}

/// Puts boids on multiples of half a radius: on walls, on the borders of cells, and
/// at exactly one radius from each other.
fn lattice(heap: &mut Heap) {
    for (axis, edge) in EDGES.into_iter().enumerate() {
        let last = (edge * 2.0) as usize + 1;
        for (i, p) in column(heap, axis).iter_mut().enumerate() {
            *p = ((i >> (2 * axis)) % last) as f32 / 2.0;
        }
    }
}

/// Velocities so small that their squares are denormal or nothing at all.
fn creeping(heap: &mut Heap) {
    for axis in 0..3 {
        for (i, v) in column(heap, layout::VX + axis).iter_mut().enumerate() {
            *v = f32::from_bits(1 << (i % 29)) * if i % 2 == 0 { 1.0 } else { -1.0 };
        }
    }
}

/// Zeros of both signs.
fn minus_zero(heap: &mut Heap) {
    for c in 0..layout::FRAME_COLUMNS {
        for (i, v) in column(heap, c).iter_mut().enumerate() {
            *v = if i % 3 == 0 { -0.0 } else { 0.0 };
        }
    }
}

/// An arrangement of boids, by name.
type Edge = (&'static str, fn(&mut Heap));

const ARRANGEMENTS: [Edge; 8] = [
    ("all in one point", one_point),
    ("all at rest", rest),
    ("all at rest in one point", |heap| {
        one_point(heap);
        rest(heap);
    }),
    ("in the lower corner", |heap| corner(heap, -1.0)),
    ("in the upper corner", |heap| corner(heap, 1.0)),
    ("on a lattice", lattice),
    ("creeping", creeping),
    ("zeros of both signs", minus_zero),
];

/// A speed whose square is denormal has few digits left: a boid that creeps at less
/// than 2⁻⁶³ is set to a speed that is wrong by up to the root of two, and to the
/// lowest one, along x, where its square is nothing. No step leaves anybody so slow
/// unless the policy asks for it.
#[test]
fn creeping_boids_are_still_held() {
    let mut policy = usual([900.0, 2.0, 2.0]); // far apart
    for offset in [layout::POLICY_GOAL, layout::POLICY_WALL_GAIN] {
        put(&mut policy, offset, 0.0);
    }
    let mut fleet = Fleet::new::<3>(400, policy, 1);
    fleet.arrange(|heap| {
        creeping(heap);
        for (i, x) in column(heap, layout::X).iter_mut().enumerate() {
            *x = 2.0 * i as f32;
        }
    });
    fleet.tick(false, "creeping");
    assert_eq!(fleet.neighbours, 0);
    let (heap, size) = (&fleet.members[0].1, stride(400));
    for i in 0..400 {
        let speed = (3..6).map(|c| heap.from[c * size + i].powi(2)).sum::<f32>().sqrt();
        assert!((0.7..1.23).contains(&speed), "boid {i} at speed {speed}, want 1");
    }
}

fn arranged<const D: usize>() {
    let edges = if D == 2 { [EDGES[0], EDGES[1], 1.0] } else { EDGES };
    let mut still = usual(edges); // nothing but the arrangement moves anybody
    for offset in [layout::POLICY_MIN_SPEED, layout::POLICY_GOAL, layout::POLICY_WALL_GAIN] {
        put(&mut still, offset, 0.0);
    }
    for (name, change) in ARRANGEMENTS {
        for n in [1, 2, 7, 8, 9, 64, 500, 2500] {
            for policy in [usual(edges), still] {
                let mut fleet = Fleet::new::<D>(n, policy, 5);
                fleet.arrange(change);
                for tick in 0..3 {
                    fleet.tick(tick == 1, &format!("{n} boids {name} in {D} dimensions"));
                }
            }
        }
    }
}

#[test]
fn edges_in_space() {
    arranged::<3>();
}

#[test]
fn edges_in_the_plane() {
    arranged::<2>();
}

/// What a step promises of a frame whatever the policy says.
fn held(heap: &Heap, p: &Policy, dimensions: usize, what: &str) {
    let size = stride(heap.n);
    let at = |c: usize, i: usize| heap.from[c * size + i];
    for i in 0..heap.n {
        for axis in 0..dimensions {
            let x = at(axis, i);
            assert!(p.min[axis] <= x && x <= p.max[axis], "{what}: boid {i} at {x}");
        }
        for axis in dimensions..3 {
            assert_eq!((at(axis, i), at(layout::VX + axis, i)), (0.0, 0.0), "{what}: boid {i}");
        }
        // Squared, added twice, rooted, divided, multiplied: half of three roundings, then three.
        let speed = (0..3).map(|c| f64::from(at(layout::VX + c, i)).powi(2)).sum::<f64>().sqrt();
        let slack = 3.0 * f64::from(f32::EPSILON);
        let (lo, hi) = (f64::from(p.min_speed), f64::from(p.max_speed));
        let within = lo * (1.0 - slack) <= speed && speed <= hi * (1.0 + slack);
        assert!(within, "{what}: boid {i} at speed {speed}, not in {lo}..{hi}");
        for c in [layout::ENERGY, layout::FITNESS] {
            assert!((0.0..=1.0).contains(&at(c, i)), "{what}: boid {i} has {} in {c}", at(c, i));
        }
    }
}

/// Worlds under policies drawn at random. `number` in a failure is the seed of all.
fn legal<const D: usize>(worlds: u64) {
    let mut crowded = 0;
    for number in 0..worlds {
        let mut draws = Draws(number);
        let (n, policy) = (draws.below(400), any(&mut draws));
        let what = format!("world {number}: {n} boids in {D} dimensions");
        let mut fleet = Fleet::new::<D>(n, policy, number);
        let p = Policy::read::<D>(&policy).expect("policy");
        for tick in 0..8 {
            fleet.tick(tick % 4 == 0, &what);
            held(&fleet.members[0].1, &p, D, &what);
        }
        crowded += usize::from(cells(&fleet.members[0].1) < n && fleet.neighbours > n as u64);
    }
    assert!(
        crowded > worlds as usize / 4,
        "{crowded} of {worlds} worlds had neighbours to speak of"
    );
}

#[test]
fn legal_policies_in_space() {
    legal::<3>(600);
}

#[test]
fn legal_policies_in_the_plane() {
    legal::<2>(600);
}
