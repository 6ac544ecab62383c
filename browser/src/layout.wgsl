// Where things lie. Generated from the Go side; do not edit:
// go test ./zerocopy -run Layout -update

const FRAME_COLUMNS: u32 = 8u;
const GENOME_COLUMNS: u32 = 4u;
const X: u32 = 0u;
const Y: u32 = 1u;
const Z: u32 = 2u;
const VX: u32 = 3u;
const VY: u32 = 4u;
const VZ: u32 = 5u;
const ENERGY: u32 = 6u;
const FITNESS: u32 = 7u;
const GENE_SEPARATION: u32 = 0u;
const GENE_ALIGNMENT: u32 = 1u;
const GENE_COHESION: u32 = 2u;
const GENE_GOAL: u32 = 3u;

// The floats from one column of n boids to the next.
fn stride(n: u32) -> u32 {
    return (n + 3u) & ~3u;
}

// The index of boid i in column c of a frame or genome of n boids.
fn at(c: u32, i: u32, n: u32) -> u32 {
    return c * stride(n) + i;
}
