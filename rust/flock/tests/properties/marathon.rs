//! Many steps of the worlds that are measured, by all back ends side by side: every
//! bit of every frame is compared, which is more than a digest of them.
//!
//! The long versions are for `cargo test --release -- --ignored`, which runs two of
//! them at a time on two cores. A boid-step by three back ends and the comparison took
//! 0.3 µs at 8 neighbours, 0.6 µs at 32 and 1.2 to 1.8 µs at 128 on such a machine:
//! for 2,000 steps, 22 s at 1,000 boids and 100 s at 10,000. At 100,000 that makes
//! ten minutes at constant density. The fixed volume starts with 80 neighbours there and
//! gets denser where separation is weak, so that each of its three worlds takes 4 to
//! 10 minutes or more. None is left out: `COPYTAX_WORLD=fixed-volume/8/` runs those
//! whose name contains the text, one at a time.

use flock::layout;

use crate::fleet::Fleet;
use crate::policies::{Block, unhex};

/// A world of the file that the Go side writes.
struct World {
    name: String,
    boids: usize,
    seed: u64,
    policy: Block,
}

fn worlds() -> Vec<World> {
    let lines = include_str!("../../testdata/worlds.txt").lines().filter(|l| !l.starts_with('#'));
    lines
        .map(|line| {
            let f: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(f.len(), 5, "{line}");
            World {
                name: format!("{}/{}/{}", f[0], f[1], f[2]),
                boids: f[2].parse().expect("boids"),
                seed: f[3].parse().expect("seed"),
                policy: unhex(f[4]),
            }
        })
        .collect()
}

/// Steps `world` so many times and compares all bits of all back ends after each.
/// Returns the neighbours that a boid had in the last step.
fn run(world: &World, ticks: usize) -> f64 {
    let mut fleet = Fleet::new::<3>(world.boids, world.policy, world.seed);
    for tick in 0..ticks {
        let what = format!("{}, tick {tick}", world.name);
        fleet.tick(tick % layout::GENERATION_TICKS == 0, &what);
    }
    fleet.neighbours as f64 / world.boids as f64
}

/// Beyond two generations of the worlds that take a few seconds.
#[test]
fn a_short_marathon() {
    let worlds = worlds();
    assert_eq!(worlds.len(), 18, "two modes, three densities, three sizes");
    for world in worlds.iter().filter(|w| w.boids == 1000) {
        run(world, 2 * layout::GENERATION_TICKS + 1);
    }
    for world in worlds.iter().filter(|w| w.boids == 10_000 && !w.name.contains("/128/")) {
        run(world, 16);
    }
}

/// Steps of the long version.
const STEPS: usize = 2000;

/// All worlds of one size and mode that the environment does not leave out.
fn long(mode: &str, boids: usize) {
    let only = std::env::var("COPYTAX_WORLD").unwrap_or_default();
    let wanted = |w: &&World| w.boids == boids && w.name.starts_with(mode);
    let (kept, left): (Vec<_>, Vec<_>) =
        worlds().into_iter().filter(|w| wanted(&w)).partition(|w| w.name.contains(&only));
    for world in left {
        println!("SKIPPED: {} is not of COPYTAX_WORLD={only}", world.name);
    }
    for world in kept {
        let start = std::time::Instant::now();
        let near = run(&world, STEPS);
        println!("{}: {STEPS} steps, {near:.1} neighbours, {:.0?}", world.name, start.elapsed());
    }
}

#[test]
#[ignore = "half a minute in the release profile"]
fn marathon_of_a_thousand() {
    long("", 1000);
}

#[test]
#[ignore = "two minutes in the release profile"]
fn marathon_of_ten_thousand() {
    long("", 10_000);
}

#[test]
#[ignore = "10 minutes in the release profile"]
fn marathon_of_a_hundred_thousand_at_constant_density() {
    long("constant-density", 100_000);
}

#[test]
#[ignore = "half an hour in the release profile"]
fn marathon_of_a_hundred_thousand_in_a_fixed_volume() {
    long("fixed-volume", 100_000);
}
