//! What a boid does next: the formulas of the world.
//!
//! For a boid at p with velocity v, energy e, fitness f, genes g and n
//! neighbours (see [`crate::row::Total`]), with ⟨·⟩ the mean over them:
//!
//! ```text
//! a  = Sep gₛ Σ (1 − d²/r²)(p − pⱼ) + Ali gₐ (⟨vⱼ⟩ − v) + Coh g꜀ ⟨pⱼ − p⟩   pulls of the flock; the means 0 if n = 0
//!    + Goal gₒ t / (1 + |t|²)                                             t = target − p; at most ½
//!    + WallGain (max(0, min + margin − p) − max(0, p − max + margin))     a spring on each axis
//! a  ← a · min(1, MaxAccel / |a|)
//! v′ = v + a dt, its length held to MinSpeed..=MaxSpeed; a boid at rest sets out along +x
//! p′ = p + v′ dt; on each axis, whoever would leave is put on the bound and its velocity reflected
//! e′ = e + dt (EnergyGain − EnergyCost |a|²), held to 0..=1
//! f′ = FitDecay f + (1 − FitDecay) e′ · ½(1 + cos(v′, ⟨vⱼ⟩)) · n / (1 + n + |Σ (1 − d²/r²)(p − pⱼ)|²/r²)
//! ```
//!
//! The reward in the last line lies in 0..=1. It pays to fly as the neighbours
//! do, to have company and yet not be pushed by it, and to spend little. For
//! boids placed at random the squared push grows as n, so that the reward
//! favours no density of its own.

use crate::lanes::{Lanes, each};
use crate::layout;
use crate::policy::{LIMIT, Policy};

/// A group of boids in `D` dimensions, one a lane.
#[derive(Clone, Copy, Debug)]
pub struct Boids<V, const D: usize> {
    /// Position.
    pub p: [V; D],
    /// Velocity.
    pub v: [V; D],
    /// Energy, 0..=1.
    pub energy: V,
    /// Fitness, 0..=1.
    pub fitness: V,
}

impl<V: Lanes, const D: usize> Boids<V, D> {
    /// Whether velocity, energy, fitness and genes of all are finite and no larger
    /// than anything may be.
    #[inline(always)]
    #[must_use]
    pub fn sane(&self, genes: &Genes<V>) -> bool {
        let limit = V::splat(LIMIT);
        let mut held = V::both(self.energy.abs().le(limit), self.fitness.abs().le(limit));
        for v in self.v {
            held = V::both(held, v.abs().le(limit));
        }
        for gene in *genes {
            held = V::both(held, gene.abs().le(limit));
        }
        V::all(held)
    }
}

impl<V: Lanes, const D: usize> Boids<V, D> {
    /// The columns of a frame.
    #[inline(always)]
    #[must_use]
    pub fn columns(&self) -> [V; layout::FRAME_COLUMNS] {
        let mut all = [V::splat(0.0); layout::FRAME_COLUMNS];
        for i in 0..D {
            (all[layout::X + i], all[layout::VX + i]) = (self.p[i], self.v[i]);
        }
        (all[layout::ENERGY], all[layout::FITNESS]) = (self.energy, self.fitness);
        all
    }
}

/// The weights of a group of boids: separation, alignment, cohesion, goal.
pub type Genes<V> = [V; 4];

/// Sums over the neighbours of each boid of a group: see [`crate::row::Total`].
#[derive(Clone, Copy, Debug)]
pub struct Company<V, const D: usize> {
    /// Σ (p − pⱼ)
    pub apart: [V; D],
    /// Σ (v − vⱼ)
    pub drift: [V; D],
    /// Σ (d² − r²)(p − pⱼ)
    pub push: [V; D],
    /// How many.
    pub count: V,
}

/// A policy in all lanes.
#[derive(Clone, Copy, Debug)]
pub struct Law<V, const D: usize> {
    /// The square of the perception radius.
    pub square: f32,
    inverse: V,  // 1 / r²
    opposite: V, // −1 / r²
    dt: V,
    weights: [V; 4],
    target: [V; D],
    min: [V; D],
    max: [V; D],
    soft_min: [V; D],
    soft_max: [V; D],
    wall_gain: V,
    min_speed: V,
    max_speed: V,
    max_accel: V,
    energy_gain: V,
    energy_cost: V,
    fit_decay: V,
    fit_gain: V,
}

impl<V: Lanes, const D: usize> Law<V, D> {
    /// Spreads `p` over the lanes.
    #[inline(always)]
    #[must_use]
    pub fn new(p: &Policy) -> Self {
        let square = p.radius * p.radius;
        Self {
            square,
            inverse: V::splat(1.0 / square),
            opposite: V::splat(-(1.0 / square)),
            dt: V::splat(p.dt),
            weights: [
                V::splat(p.separation),
                V::splat(p.alignment),
                V::splat(p.cohesion),
                V::splat(p.goal),
            ],
            target: each!(i in D => V::splat(p.target[i])),
            min: each!(i in D => V::splat(p.min[i])),
            max: each!(i in D => V::splat(p.max[i])),
            soft_min: each!(i in D => V::splat(p.min[i] + p.margin)),
            soft_max: each!(i in D => V::splat(p.max[i] - p.margin)),
            wall_gain: V::splat(p.wall_gain),
            min_speed: V::splat(p.min_speed),
            max_speed: V::splat(p.max_speed),
            max_accel: V::splat(p.max_accel),
            energy_gain: V::splat(p.energy_gain),
            energy_cost: V::splat(p.energy_cost),
            fit_decay: V::splat(p.fit_decay),
            fit_gain: V::splat(1.0 - p.fit_decay),
        }
    }

    /// Moves a group of boids by one tick.
    #[inline(always)]
    #[must_use]
    pub fn advance(
        &self,
        boids: &Boids<V, D>,
        genes: &Genes<V>,
        company: &Company<V, D>,
    ) -> Boids<V, D> {
        let one = V::splat(1.0);
        let share = one.div(V::select(company.count.lt(one), one, company.count));
        let away = each!(i in D => company.push[i].mul(self.opposite));
        let (a, a2) = self.limit(self.pull(boids, genes, company, away, share));
        let v = self.accelerate(boids.v, a);
        let energy = self.spend(boids.energy, a2);
        let some = V::splat(0.0).lt(company.count);
        let heading = each!(i in D => boids.v[i].sub(company.drift[i].mul(share)).keep(some));
        let crowding = one.add(company.count).add(V::square(away).mul(self.inverse));
        let reward = energy.mul(agreement(v, heading)).mul(company.count.div(crowding));
        let fitness = boids.fitness.mul(self.fit_decay).add(self.fit_gain.mul(reward));
        let (p, v) = self.walk(boids.p, v);
        Boids { p, v, energy, fitness }
    }

    /// The acceleration that a boid wants.
    #[inline(always)]
    fn pull(
        &self,
        boids: &Boids<V, D>,
        genes: &Genes<V>,
        company: &Company<V, D>,
        away: [V; D],
        share: V,
    ) -> [V; D] {
        let [ws, wa, wc, wg] = each!(i in 4 => self.weights[i].mul(genes[i]));
        let to = each!(i in D => self.target[i].sub(boids.p[i]));
        let goal = wg.div(V::splat(1.0).add(V::square(to)));
        each!(i in D => {
            let mean = company.drift[i].mul(wa).add(company.apart[i].mul(wc)).mul(share);
            let flock = away[i].mul(ws).sub(mean);
            flock.add(to[i].mul(goal)).add(self.wall(boids.p[i], i))
        })
    }

    /// The push of the soft walls along one axis.
    #[inline(always)]
    fn wall(&self, p: V, axis: usize) -> V {
        let zero = V::splat(0.0);
        let low = self.soft_min[axis].sub(p);
        let high = p.sub(self.soft_max[axis]);
        let depth = low.keep(zero.lt(low)).sub(high.keep(zero.lt(high)));
        depth.mul(self.wall_gain)
    }

    /// `a` no longer than the limit, and its squared length.
    #[inline(always)]
    fn limit(&self, a: [V; D]) -> ([V; D], V) {
        let a2 = V::square(a);
        let most = self.max_accel.mul(self.max_accel);
        let over = most.lt(a2);
        let scale = V::select(over, self.max_accel.div(a2.sqrt()), V::splat(1.0));
        (each!(i in D => a[i].mul(scale)), V::select(over, most, a2))
    }

    /// The velocity after a tick under `a`.
    #[inline(always)]
    fn accelerate(&self, v: [V; D], a: [V; D]) -> [V; D] {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let v = each!(i in D => v[i].add(a[i].mul(self.dt)));
        let speed = V::square(v).sqrt();
        let moving = zero.lt(speed);
        let wanted = speed.clamp(self.min_speed, self.max_speed);
        let scale = wanted.div(V::select(moving, speed, one));
        each!(i in D => V::select(moving, v[i], if i == 0 { one } else { zero }).mul(scale))
    }

    /// Position and velocity after a tick at `v`.
    #[inline(always)]
    fn walk(&self, p: [V; D], v: [V; D]) -> ([V; D], [V; D]) {
        let (mut p, mut v) = (p, v);
        for i in 0..D {
            let free = p[i].add(v[i].mul(self.dt));
            let back = V::splat(0.0).sub(v[i]);
            let (below, above) = (free.lt(self.min[i]), self.max[i].lt(free));
            v[i] = V::select(below, back, V::select(above, back, v[i]));
            p[i] = V::select(below, self.min[i], V::select(above, self.max[i], free));
        }
        (p, v)
    }

    /// The energy left after a tick at a squared acceleration of `a2`.
    #[inline(always)]
    fn spend(&self, energy: V, a2: V) -> V {
        let change = self.energy_gain.sub(self.energy_cost.mul(a2));
        energy.add(self.dt.mul(change)).clamp(V::splat(0.0), V::splat(1.0))
    }
}

/// How well two directions agree: 0 opposite, 1 the same, ½ where one is none.
#[inline(always)]
fn agreement<V: Lanes, const D: usize>(a: [V; D], b: [V; D]) -> V {
    let (zero, one, half) = (V::splat(0.0), V::splat(1.0), V::splat(0.5));
    let norm = V::square(a).mul(V::square(b)).sqrt();
    let some = zero.lt(norm);
    let cos = V::dot(a, b).keep(some).div(V::select(some, norm, one));
    half.add(half.mul(cos.clamp(zero.sub(one), one)))
}
