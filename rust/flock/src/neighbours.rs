//! Who is near whom: the sums over the neighbours of one boid.

use crate::LANES;
use crate::grid::{Block, Grid};
use crate::lanes::Lanes;

/// Sums over the neighbours j of a boid i: those with 0 < d² < r², where
/// d = pᵢ − pⱼ. A lane holds the share of every fourth candidate.
#[derive(Clone, Copy, Debug)]
pub struct Sums<V> {
    /// Σ (1 − d²/r²) (pᵢ − pⱼ)
    pub separation: [V; 3],
    /// Σ vⱼ
    pub alignment: [V; 3],
    /// Σ (pᵢ − pⱼ): minus the offsets to the neighbours.
    pub apart: [V; 3],
    /// How many.
    pub count: V,
}

impl<V: Lanes> Sums<V> {
    /// No neighbours.
    #[inline(always)]
    #[must_use]
    pub fn none() -> Self {
        let zero = V::splat(0.0);
        Self { separation: [zero; 3], alignment: [zero; 3], apart: [zero; 3], count: zero }
    }

    /// The sums of four boids, each reduced to its lane.
    #[inline(always)]
    #[must_use]
    pub fn reduce(four: &[Self; LANES]) -> Self {
        let axes = |f: fn(&Self) -> &[V; 3]| {
            core::array::from_fn(|i| V::sum_rows(core::array::from_fn(|row| f(&four[row])[i])))
        };
        Self {
            separation: axes(|s| &s.separation),
            alignment: axes(|s| &s.alignment),
            apart: axes(|s| &s.apart),
            count: V::sum_rows(core::array::from_fn(|row| four[row].count)),
        }
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

/// Adds the neighbours of the boid at `p` among the candidates to `sums`.
#[inline(always)]
pub fn gather<V: Lanes>(candidates: &[Block], p: [V; 3], reach: Reach<V>, sums: &mut Sums<V>) {
    let (zero, one) = (V::splat(0.0), V::splat(1.0));
    for c in candidates {
        let dz = p[2].sub(V::load(&c.p[2]));
        let dy = p[1].sub(V::load(&c.p[1]));
        let dx = p[0].sub(V::load(&c.p[0]));
        let d2 = V::square([dx, dy, dz]);
        let near = V::both(d2.lt(reach.square), zero.lt(d2));
        let weight = one.sub(d2.mul(reach.inverse));
        for (i, d) in [dx, dy, dz].into_iter().enumerate() {
            let d = d.keep(near);
            sums.apart[i] = sums.apart[i].add(d);
            sums.separation[i] = sums.separation[i].add(weight.mul(d));
            sums.alignment[i] = sums.alignment[i].add(V::load(&c.v[i]).keep(near));
        }
        sums.count = sums.count.add(one.keep(near));
    }
}

/// The blocks that hold the candidates of a cell: ranges, ascending and
/// disjoint.
#[derive(Debug)]
pub struct Spans {
    ranges: [(u32, u32); 9],
    len: usize,
}

impl Spans {
    /// The candidates of cell (x, y, z): its 27 cells are nine rows along x,
    /// each contiguous in memory. A row is widened to whole blocks; the radius
    /// test rejects who does not belong. What the row before has covered is
    /// left out, so that nobody counts twice.
    #[inline(always)]
    #[must_use]
    pub fn around(grid: &Grid, starts: &[u32], [x, y, z]: [usize; 3]) -> Self {
        let [cx, cy, cz] = grid.cells;
        let (left, right) = (x.saturating_sub(1), (x + 2).min(cx));
        let mut spans = Self { ranges: [(0, 0); 9], len: 0 };
        for rz in z.saturating_sub(1)..(z + 2).min(cz) {
            for ry in y.saturating_sub(1)..(y + 2).min(cy) {
                let row = (rz * cy + ry) * cx;
                spans.push(starts[row + left], starts[row + right]);
            }
        }
        spans
    }

    /// Adds the blocks of the sorted boids `from..to`.
    #[inline(always)]
    fn push(&mut self, from: u32, to: u32) {
        if from == to {
            return;
        }
        let (mut first, last) = (from / LANES as u32, to.div_ceil(LANES as u32));
        if let Some(before) = self.len.checked_sub(1).and_then(|i| self.ranges.get_mut(i)) {
            first = first.max(before.1);
            if first == before.1 {
                before.1 = last.max(first);
                return;
            }
        }
        self.ranges[self.len] = (first, last);
        self.len += 1;
    }

    /// The ranges of blocks.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = core::ops::Range<usize>> + '_ {
        self.ranges[..self.len].iter().map(|&(first, last)| first as usize..last as usize)
    }
}
