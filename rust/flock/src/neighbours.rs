//! Who is near whom: the sums over the neighbours of one boid.

use core::array::from_fn;

use crate::LANES;
use crate::candidates::Candidates;
use crate::lanes::Lanes;

/// Sums over the neighbours of a boid i, those with d² < r² where d = pᵢ − pⱼ,
/// i itself included: [`Sums::reduce`] leaves it out. A lane holds the share of
/// every fourth candidate.
#[derive(Clone, Copy, Debug)]
pub struct Sums<V: Lanes> {
    separation: [V; 3], // Σ (r² − d²) d
    alignment: [V; 3],  // Σ vⱼ
    apart: [V; 3],      // Σ d
    count: V::Tally,
}

/// Sums over the neighbours of four boids, one a lane.
#[derive(Clone, Copy, Debug)]
pub struct Company<V> {
    /// Σ (1 − d²/r²) d: a push away from them.
    pub separation: [V; 3],
    /// Σ vⱼ
    pub alignment: [V; 3],
    /// Σ d: minus the offsets to them.
    pub apart: [V; 3],
    /// How many.
    pub count: V,
}

impl<V: Lanes> Sums<V> {
    /// No neighbours.
    #[inline(always)]
    #[must_use]
    pub fn none() -> Self {
        let zero = [V::splat(0.0); 3];
        Self { separation: zero, alignment: zero, apart: zero, count: V::no_tally() }
    }

    /// The sums of four boids with velocities `v`. Each boid has met itself, at
    /// a distance of zero, which only its velocity and the count must forget.
    #[inline(always)]
    #[must_use]
    pub fn reduce(four: &[Self; LANES], v: [V; 3], reach: Reach<V>) -> Company<V> {
        let axis = |f: fn(&Self) -> &[V; 3], i: usize| V::sum_rows(from_fn(|row| f(&four[row])[i]));
        let count = V::sum_rows(from_fn(|row| V::counted(four[row].count)));
        Company {
            separation: from_fn(|i| axis(|s| &s.separation, i).mul(reach.inverse)),
            alignment: from_fn(|i| axis(|s| &s.alignment, i).sub(v[i])),
            apart: from_fn(|i| axis(|s| &s.apart, i)),
            count: count.sub(V::splat(1.0)),
        }
    }

    /// The sums of the boid at `p` over the candidates, on top of `self`.
    #[inline(always)]
    #[must_use]
    pub fn over(mut self, candidates: &Candidates, p: [V; 3], reach: Reach<V>) -> Self {
        for c in candidates.blocks() {
            let dz = p[2].sub(c.p(2));
            let dy = p[1].sub(c.p(1));
            let dx = p[0].sub(c.p(0));
            let d2 = V::square([dx, dy, dz]);
            let near = d2.lt(reach.square);
            let weight = reach.square.sub(d2);
            for (i, d) in [dx, dy, dz].into_iter().enumerate() {
                let d = d.keep(near);
                self.apart[i] = self.apart[i].add(d);
                self.separation[i] = self.separation[i].add(weight.mul(d));
                self.alignment[i] = self.alignment[i].add(c.v::<V>(i).keep(near));
            }
            self.count = V::tally(self.count, near);
        }
        self
    }
}

/// The perception radius, ready for use.
#[derive(Clone, Copy, Debug)]
pub struct Reach<V> {
    /// r²
    pub square: V,
    /// 1 / r²
    pub inverse: V,
}

impl<V: Lanes> Reach<V> {
    /// The reach of `radius`.
    #[inline(always)]
    #[must_use]
    pub fn new(radius: f32) -> Self {
        let square = radius * radius;
        Self { square: V::splat(square), inverse: V::splat(1.0 / square) }
    }
}
