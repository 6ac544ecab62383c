//! A world on the heap, for tests and measurements.

use flock::candidates::Candidates;
use flock::grid::{SORTED, Sorted};
use flock::lanes::Lanes;
use flock::status::Fault;
use flock::{Cells, Policy, Scratch, World, layout, seed, stride};

/// A world that owns its memory.
pub struct Heap {
    pub n: usize,
    pub cells: Cells,
    pub policy: [u8; layout::POLICY_BYTES],
    pub genome: Vec<f32>,
    pub from: Vec<f32>,
    pub to: Vec<f32>,
    sorted: Vec<f32>,
    candidates: Box<Candidates>,
    order: Vec<u32>,
    cell: Vec<u32>,
    starts: Vec<u32>,
}

impl Heap {
    /// The first frame of `n` boids under `policy`, with the genes that the
    /// golden file is made with: multiples of 1/64 in ¼..1¼.
    pub fn new(n: usize, policy: [u8; layout::POLICY_BYTES], seed: u64) -> Self {
        let p = Policy::read(&policy).expect("policy");
        let cells =
            Cells(core::array::from_fn(|i| ((p.max[i] - p.min[i]) / p.radius).ceil() as u32));
        let mut from = vec![0.0; layout::FRAME_COLUMNS * stride(n)];
        seed::frame::<flock::Native>(&mut from, n, &p, seed);
        let mut genome = vec![0.0; layout::GENOME_COLUMNS * stride(n)];
        for c in 0..layout::GENOME_COLUMNS {
            for i in 0..n {
                genome[c * stride(n) + i] = 0.25 + ((7 * i + 13 * c) % 64) as f32 / 64.0;
            }
        }
        Self {
            n,
            cells,
            policy,
            genome,
            to: from.clone(),
            from,
            sorted: vec![0.0; SORTED * Sorted::column(n)],
            candidates: Box::new(Candidates::NONE),
            order: vec![0; stride(n)],
            cell: vec![0; stride(n)],
            starts: vec![0; cells.count().expect("cells") + 2],
        }
    }

    /// The world, borrowed.
    pub fn world(&mut self) -> World<'_> {
        World {
            n: self.n,
            cells: self.cells,
            policy: &self.policy,
            genome: &self.genome,
            from: &self.from,
            to: &mut self.to,
            scratch: Scratch {
                sorted: Sorted(&mut self.sorted),
                candidates: &mut self.candidates,
                order: &mut self.order,
                cell: &mut self.cell,
                starts: &mut self.starts,
            },
        }
    }

    /// One tick; the new frame is in `from` afterwards. Returns all neighbours.
    pub fn tick<V: Lanes>(&mut self) -> Result<u64, Fault> {
        let neighbours = flock::step::<V>(&mut self.world())?;
        std::mem::swap(&mut self.from, &mut self.to);
        Ok(neighbours)
    }
}
