//! A world on the heap, for tests and measurements.

use flock::candidates::Candidates;
use flock::grid::sorted;
use flock::lanes::Lanes;
use flock::row::{Row, Total};
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
    pub renumber: bool,
    candidates: Vec<Candidates>,
    rows: Vec<Row>,
    places: Vec<f32>,
    totals: Vec<Total>,
    place: Vec<u32>,
    starts: Vec<u32>,
}

impl Heap {
    /// The first frame of `n` boids under `policy`, with the genes of
    /// [`seed::genome`].
    pub fn new(n: usize, policy: [u8; layout::POLICY_BYTES], seed: u64) -> Self {
        let p = Policy::read::<3>(&policy).expect("policy");
        let cells =
            Cells(core::array::from_fn(|i| ((p.max[i] - p.min[i]) / p.radius).ceil() as u32));
        let mut from = vec![0.0; layout::FRAME_COLUMNS * stride(n)];
        seed::frame::<flock::Native, 3>(&mut from, n, &p, seed);
        let mut genome = vec![0.0; layout::GENOME_COLUMNS * stride(n)];
        seed::genome(&mut genome, n);
        Self {
            n,
            cells,
            policy,
            genome,
            to: from.clone(),
            from,
            renumber: false,
            candidates: vec![Candidates::NONE],
            rows: vec![Row::ZERO; sorted(n)],
            places: vec![0.0; 3 * sorted(n)],
            totals: vec![Total::NONE; sorted(n)],
            place: vec![0; stride(n)],
            starts: vec![0; cells.count().expect("cells") + 1],
        }
    }

    /// The world, borrowed.
    pub fn world(&mut self) -> World<'_> {
        World {
            n: self.n,
            cells: self.cells,
            renumber: self.renumber,
            policy: &self.policy,
            genome: &self.genome,
            from: &self.from,
            to: &mut self.to,
            scratch: Scratch {
                candidates: &mut self.candidates,
                rows: &mut self.rows,
                places: &mut self.places,
                totals: &mut self.totals,
                place: &mut self.place,
                starts: &mut self.starts,
            },
        }
    }

    /// One tick; the new frame is in `from` afterwards. Returns all neighbours.
    pub fn tick<V: Lanes>(&mut self) -> Result<u64, Fault> {
        let neighbours = flock::step::<V, 3>(&mut self.world())?;
        std::mem::swap(&mut self.from, &mut self.to);
        Ok(neighbours)
    }
}
