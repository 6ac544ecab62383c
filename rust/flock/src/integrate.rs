//! What a boid does next: the formulas of the world.
//!
//! For a boid at p with velocity v, energy e, fitness f, genes g and n
//! neighbours (see [`crate::neighbours`]), with ⟨·⟩ the mean over them:
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

use crate::lanes::Lanes;
use crate::neighbours::{Company, Reach};
use crate::policy::{LIMIT, Policy};

/// Four boids, one a lane.
#[derive(Clone, Copy, Debug)]
pub struct Boids<V> {
    /// Position.
    pub p: [V; 3],
    /// Velocity.
    pub v: [V; 3],
    /// Energy, 0..=1.
    pub energy: V,
    /// Fitness, 0..=1.
    pub fitness: V,
}

impl<V: Lanes> Boids<V> {
    /// Whether velocity, energy, fitness and genes of all four are finite and no
    /// larger than anything may be.
    #[inline(always)]
    #[must_use]
    pub fn sane(&self, genes: &Genes<V>) -> bool {
        let limit = V::splat(LIMIT);
        let state = self.v.into_iter().chain([self.energy, self.fitness]);
        let held = limit.le(limit);
        V::all(state.chain(*genes).fold(held, |all, v| V::both(all, v.abs().le(limit))))
    }
}

/// The weights of four boids: separation, alignment, cohesion, goal.
pub type Genes<V> = [V; 4];

/// A policy in all lanes.
#[derive(Clone, Copy, Debug)]
pub struct Law<V> {
    /// The perception radius.
    pub reach: Reach<V>,
    dt: V,
    weights: [V; 4],
    target: [V; 3],
    min: [V; 3],
    max: [V; 3],
    soft_min: [V; 3],
    soft_max: [V; 3],
    wall_gain: V,
    min_speed: V,
    max_speed: V,
    max_accel: V,
    energy_gain: V,
    energy_cost: V,
    fit_decay: V,
    fit_gain: V,
}

impl<V: Lanes> Law<V> {
    /// Spreads `p` over the lanes.
    #[inline(always)]
    #[must_use]
    pub fn new(p: &Policy) -> Self {
        Self {
            reach: Reach::new(p.radius),
            dt: V::splat(p.dt),
            weights: [p.separation, p.alignment, p.cohesion, p.goal].map(V::splat),
            target: p.target.map(V::splat),
            min: p.min.map(V::splat),
            max: p.max.map(V::splat),
            soft_min: p.min.map(|b| V::splat(b + p.margin)),
            soft_max: p.max.map(|b| V::splat(b - p.margin)),
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

    /// Moves four boids by one tick.
    #[inline(always)]
    #[must_use]
    pub fn advance(&self, boids: &Boids<V>, genes: &Genes<V>, sums: &Company<V>) -> Boids<V> {
        let one = V::splat(1.0);
        let share = one.div(V::select(sums.count.lt(one), one, sums.count));
        let heading = sums.alignment.map(|v| v.mul(share));
        let (a, a2) = self.limit(self.pull(boids, genes, sums, share, heading));
        let v = self.accelerate(boids.v, a);
        let energy = self.spend(boids.energy, a2);
        let reward = energy.mul(agreement(v, heading)).mul(self.company(sums));
        let fitness = boids.fitness.mul(self.fit_decay).add(self.fit_gain.mul(reward));
        let (p, v) = self.walk(boids.p, v);
        Boids { p, v, energy, fitness }
    }

    /// The acceleration that a boid wants.
    #[inline(always)]
    fn pull(
        &self,
        boids: &Boids<V>,
        genes: &Genes<V>,
        sums: &Company<V>,
        share: V,
        heading: [V; 3],
    ) -> [V; 3] {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let [ws, wa, wc, wg]: [V; 4] = core::array::from_fn(|i| self.weights[i].mul(genes[i]));
        let company = zero.lt(sums.count);
        let to: [V; 3] = core::array::from_fn(|i| self.target[i].sub(boids.p[i]));
        let goal = wg.div(one.add(V::square(to)));
        core::array::from_fn(|i| {
            let along = heading[i].sub(boids.v[i]).keep(company);
            let away = sums.apart[i].mul(share);
            let flock = sums.separation[i].mul(ws).add(along.mul(wa)).sub(away.mul(wc));
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
    fn limit(&self, a: [V; 3]) -> ([V; 3], V) {
        let a2 = V::square(a);
        let most = self.max_accel.mul(self.max_accel);
        let over = most.lt(a2);
        let scale = V::select(over, self.max_accel.div(a2.sqrt()), V::splat(1.0));
        (a.map(|x| x.mul(scale)), V::select(over, most, a2))
    }

    /// The velocity after a tick under `a`.
    #[inline(always)]
    fn accelerate(&self, v: [V; 3], a: [V; 3]) -> [V; 3] {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let v: [V; 3] = core::array::from_fn(|i| v[i].add(a[i].mul(self.dt)));
        let speed = V::square(v).sqrt();
        let moving = zero.lt(speed);
        let wanted = speed.clamp(self.min_speed, self.max_speed);
        let scale = wanted.div(V::select(moving, speed, one));
        let along = V::select(moving, v[0], one);
        [along, v[1].keep(moving), v[2].keep(moving)].map(|x| x.mul(scale))
    }

    /// Position and velocity after a tick at `v`.
    #[inline(always)]
    fn walk(&self, p: [V; 3], v: [V; 3]) -> ([V; 3], [V; 3]) {
        let (mut p, mut v) = (p, v);
        for i in 0..3 {
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

    /// How much company a boid has that does not push it, 0..1.
    #[inline(always)]
    fn company(&self, sums: &Company<V>) -> V {
        let push = V::square(sums.separation).mul(self.reach.inverse);
        sums.count.div(V::splat(1.0).add(sums.count).add(push))
    }
}

/// How well two directions agree: 0 opposite, 1 the same, ½ where one is none.
#[inline(always)]
fn agreement<V: Lanes>(a: [V; 3], b: [V; 3]) -> V {
    let (zero, one, half) = (V::splat(0.0), V::splat(1.0), V::splat(0.5));
    let norm = V::square(a).mul(V::square(b)).sqrt();
    let some = zero.lt(norm);
    let cos = V::dot(a, b).keep(some).div(V::select(some, norm, one));
    half.add(half.mul(cos.clamp(zero.sub(one), one)))
}
