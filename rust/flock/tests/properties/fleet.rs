//! One world, stepped by all back ends side by side.

use flock::{Cells, Native, Policy, layout, seed, stride};

use crate::backend::{self, BackEnd};
use crate::common::Heap;
use crate::policies::Block;

/// The same world once for each back end.
pub struct Fleet {
    pub members: Vec<(BackEnd, Heap)>,
    /// Neighbours of all boids in the last tick.
    pub neighbours: u64,
}

impl Fleet {
    /// The first frame of `n` boids in `D` dimensions.
    pub fn new<const D: usize>(n: usize, policy: Block, number: u64) -> Self {
        let world = |b| (b, world::<D>(n, policy, number));
        Self { members: backend::all::<D>().into_iter().map(world).collect(), neighbours: 0 }
    }

    /// Changes the frame before the next tick, in all worlds alike.
    pub fn arrange(&mut self, change: impl Fn(&mut Heap)) {
        self.members.iter_mut().for_each(|(_, heap)| change(heap));
    }

    /// One tick, after which all must agree on every bit of the new frame.
    pub fn tick(&mut self, renumber: bool, what: &str) {
        for (i, (backend, heap)) in self.members.iter_mut().enumerate() {
            heap.renumber = renumber;
            heap.to.fill(f32::from_bits(0xdead_beef)); // whatever is not written shows
            let near = (backend.step)(&mut heap.world());
            let near = near.unwrap_or_else(|f| panic!("{what}: {}: {f:?}", backend.name));
            core::mem::swap(&mut heap.from, &mut heap.to);
            if i == 0 {
                self.neighbours = near;
            }
            assert_eq!(near, self.neighbours, "{what}: {}", backend.name);
        }
        self.agree(what);
    }

    /// Fails unless all frames are the same bits and their padding is zero.
    fn agree(&self, what: &str) {
        let (first, rest) = self.members.split_first().expect("a back end");
        padded(&first.1, what);
        for (backend, heap) in rest {
            if !same(&first.1.from, &heap.from) {
                differ(what, backend.name, &first.1, heap);
            }
        }
    }
}

/// A world of `n` boids in `D` dimensions under `policy`.
pub fn world<const D: usize>(n: usize, policy: Block, number: u64) -> Heap {
    let mut heap = Heap::new(n, flat::<D>(policy), number);
    if D == 2 {
        assert_eq!(heap.cells.0[2], 1, "a plane of one layer");
        let p = Policy::read::<D>(&policy).expect("policy");
        seed::frame::<Native, D>(&mut heap.from, n, &p, number);
        heap.policy = policy;
    }
    heap
}

/// In the plane: the policy with bounds along z for a single layer of cells, which
/// is what a heap of three dimensions is made with.
fn flat<const D: usize>(mut policy: Block) -> Block {
    if D == 2 {
        let radius = Policy::read::<2>(&policy).expect("policy").radius;
        crate::policies::put(&mut policy, layout::POLICY_MIN + 8, 0.0);
        crate::policies::put(&mut policy, layout::POLICY_MAX + 8, radius);
    }
    policy
}

/// Whether two frames are the same bits.
pub fn same(a: &[f32], b: &[f32]) -> bool {
    // Not `all`, which stops early and is therefore slow.
    a.len() == b.len() && a.iter().zip(b).fold(0, |x, (a, b)| x | (a.to_bits() ^ b.to_bits())) == 0
}

fn padded(heap: &Heap, what: &str) {
    let (n, size) = (heap.n, stride(heap.n));
    for c in 0..layout::FRAME_COLUMNS {
        let padding = &heap.from[c * size + n..(c + 1) * size];
        assert!(padding.iter().all(|v| v.to_bits() == 0), "{what}: padding of column {c}");
    }
}

/// Says where two frames differ first.
fn differ(what: &str, name: &str, want: &Heap, got: &Heap) -> ! {
    let at = (0..want.from.len()).find(|&i| want.from[i].to_bits() != got.from[i].to_bits());
    let at = at.expect("a difference");
    let (column, boid) = (at / stride(want.n), at % stride(want.n));
    panic!(
        "{what}: boid {boid}, column {column}: {name} {}, scalar {}",
        got.from[at], want.from[at]
    );
}

/// How many cells a world has.
pub fn cells(heap: &Heap) -> usize {
    Cells::count(heap.cells).expect("cells")
}
