// One tick of the flock on a graphics processor: the formulas of
// rust/flock/src/integrate.rs over the grid of rust/flock/src/grid.rs, in space. Comes
// behind layout.wgsl. The order of additions is the engine's, but a device may contract
// and round otherwise, so that the bits are not.

// The canonical form of a policy, byte by byte.
struct Policy {
    epochs: vec4u,
    dt: f32, radius: f32,
    separation: f32, alignment: f32, cohesion: f32, goal: f32,
    targetX: f32, targetY: f32, targetZ: f32,
    minX: f32, minY: f32, minZ: f32,
    maxX: f32, maxY: f32, maxZ: f32,
    margin: f32, wallGain: f32,
    minSpeed: f32, maxSpeed: f32, maxAccel: f32,
    energyGain: f32, energyCost: f32, fitDecay: f32,
}

struct World {
    cells: vec3u,
    boids: u32,
    renumber: u32, // whether boid k is the k-th in the order of cells, with the genes of boid k
}

// A boid in the order of cells; bits, since its id is no number to round.
struct Row {
    place: vec3u,
    id: u32,
    velocity: vec3u,
}

@group(0) @binding(0) var<uniform> policy: Policy;
@group(0) @binding(1) var<uniform> world: World;
@group(0) @binding(2) var<storage, read> before: array<f32>;
@group(0) @binding(3) var<storage, read_write> after: array<f32>;
@group(0) @binding(4) var<storage, read> genome: array<f32>;
// Once the flock is sorted, cell c holds the rows starts[c]..starts[c + 1].
@group(0) @binding(5) var<storage, read_write> starts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> cellOf: array<u32>;
// Ids by cell, in a cell as they came.
@group(0) @binding(7) var<storage, read_write> order: array<u32>;
@group(0) @binding(8) var<storage, read_write> rows: array<Row>;
@group(0) @binding(9) var<storage, read_write> neighbours: atomic<u32>;

const SLACK: f32 = 1.0 / 4096.0; // see grid.rs
const STRIP: u32 = 8u;

fn lowest() -> vec3f {
    return vec3f(policy.minX, policy.minY, policy.minZ);
}

fn highest() -> vec3f {
    return vec3f(policy.maxX, policy.maxY, policy.maxZ);
}

fn three(c: u32, i: u32) -> vec3f {
    return vec3f(before[at(c, i, world.boids)], before[at(c + 1u, i, world.boids)], before[at(c + 2u, i, world.boids)]);
}

fn invocation(id: vec3u, groups: vec3u) -> u32 {
    return id.x + id.y * groups.x * 64u;
}

// The first cell of row (y, z): Grid::row.
fn row(y: u32, z: u32) -> u32 {
    let first = y - y % STRIP;
    let height = min(STRIP, world.cells.y - first);
    return (first * world.cells.z + z * height + y % STRIP) * world.cells.x;
}

fn locate(p: vec3f) -> vec3u {
    let along = (p - lowest()) * ((1.0 - SLACK) / policy.radius);
    return vec3u(clamp(along, vec3f(0.0), vec3f(world.cells - 1u)));
}

@compute @workgroup_size(64) fn count(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = invocation(id, groups);
    if i >= world.boids {
        return;
    }
    let c = locate(three(X, i));
    cellOf[i] = row(c.y, c.z) + c.x;
    atomicAdd(&starts[cellOf[i] + 1u], 1u);
}

var<workgroup> sums: array<u32, 256>;

// Turns counts into places: those of cell c start at starts[c + 1] afterwards.
@compute @workgroup_size(256) fn offsets(@builtin(local_invocation_index) me: u32) {
    let cells = world.cells.x * world.cells.y * world.cells.z;
    let share = (cells + 255u) / 256u;
    let first = 1u + min(me * share, cells);
    let last = 1u + min((me + 1u) * share, cells);
    var sum = 0u;
    for (var c = first; c < last; c++) {
        sum += atomicLoad(&starts[c]);
    }
    sums[me] = sum;
    workgroupBarrier();
    var total = 0u;
    for (var k = 0u; k < me; k++) {
        total += sums[k];
    }
    for (var c = first; c < last; c++) {
        let here = atomicLoad(&starts[c]);
        atomicStore(&starts[c], total);
        total += here;
    }
}

@compute @workgroup_size(64) fn scatter(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = invocation(id, groups);
    if i < world.boids {
        order[atomicAdd(&starts[cellOf[i] + 1u], 1u)] = i;
    }
}

// Puts each boid behind those of its cell whose ids are lower, so that the order of
// additions does not hang on who came first.
@compute @workgroup_size(64) fn settle(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = invocation(id, groups);
    if i >= world.boids {
        return;
    }
    let first = atomicLoad(&starts[cellOf[i]]);
    let end = atomicLoad(&starts[cellOf[i] + 1u]);
    var k = first;
    for (var s = first; s < end; s++) {
        k += select(0u, 1u, order[s] < i);
    }
    rows[k] = Row(bitcast<vec3u>(three(X, i)), i, bitcast<vec3u>(three(VX, i)));
}

// Sums over the neighbours of a boid.
struct Company {
    apart: vec3f, // Σ (p − pⱼ)
    drift: vec3f, // Σ (v − vⱼ)
    push: vec3f, // Σ (d² − r²)(p − pⱼ)
    count: u32,
}

fn perceive(k: u32, p: vec3f, v: vec3f) -> Company {
    var all = Company();
    let square = policy.radius * policy.radius;
    let c = locate(p);
    let low = max(c, vec3u(1u)) - 1u;
    let high = min(c + 2u, world.cells);
    for (var z = low.z; z < high.z; z++) {
        for (var y = low.y; y < high.y; y++) {
            let r = row(y, z);
            let end = atomicLoad(&starts[r + high.x]);
            for (var j = atomicLoad(&starts[r + low.x]); j < end; j++) {
                let d = p - bitcast<vec3f>(rows[j].place);
                let u = d.x * d.x + d.y * d.y + d.z * d.z - square;
                if u < 0.0 && j != k {
                    all.count++;
                    all.apart += d;
                    all.drift += v - bitcast<vec3f>(rows[j].velocity);
                    all.push += u * d;
                }
            }
        }
    }
    return all;
}

@compute @workgroup_size(64) fn step_flock(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let k = invocation(id, groups);
    if k >= world.boids {
        return;
    }
    let n = world.boids;
    let i = rows[k].id;
    let to = select(i, k, world.renumber != 0u);
    let p = bitcast<vec3f>(rows[k].place);
    let v = bitcast<vec3f>(rows[k].velocity);
    let company = perceive(k, p, v);
    atomicAdd(&neighbours, company.count);
    let many = f32(company.count);
    let square = policy.radius * policy.radius;

    // What the boid wants.
    let share = 1.0 / max(many, 1.0);
    let ws = policy.separation * genome[at(GENE_SEPARATION, to, n)];
    let wa = policy.alignment * genome[at(GENE_ALIGNMENT, to, n)];
    let wc = policy.cohesion * genome[at(GENE_COHESION, to, n)];
    let wg = policy.goal * genome[at(GENE_GOAL, to, n)];
    let away = company.push * -(1.0 / square);
    let way = vec3f(policy.targetX, policy.targetY, policy.targetZ) - p;
    let mean = (company.drift * wa + company.apart * wc) * share;
    let wall = max(lowest() + policy.margin - p, vec3f(0.0)) - max(p - (highest() - policy.margin), vec3f(0.0));
    var a = away * ws - mean + way * (wg / (1.0 + dot(way, way))) + wall * policy.wallGain;

    // What it is capable of.
    var a2 = dot(a, a);
    if policy.maxAccel * policy.maxAccel < a2 {
        a *= policy.maxAccel / sqrt(a2);
        a2 = policy.maxAccel * policy.maxAccel;
    }
    var w = v + a * policy.dt;
    let speed = sqrt(dot(w, w));
    let wanted = clamp(speed, policy.minSpeed, policy.maxSpeed);
    if speed > 0.0 {
        w *= wanted / speed;
    } else {
        w = vec3f(wanted, 0.0, 0.0);
    }

    // What it costs, and what it earns.
    let energy = clamp(before[at(ENERGY, i, n)] + policy.dt * (policy.energyGain - policy.energyCost * a2), 0.0, 1.0);
    var heading = vec3f(0.0);
    if company.count > 0u {
        heading = v - company.drift * share;
    }
    let norm = sqrt(dot(w, w) * dot(heading, heading));
    var cosine = 0.0;
    if norm > 0.0 {
        cosine = clamp(dot(w, heading) / norm, -1.0, 1.0);
    }
    let crowding = 1.0 + many + dot(away, away) / square;
    let reward = energy * (0.5 + 0.5 * cosine) * (many / crowding);

    // Where it goes.
    let free = p + w * policy.dt;
    let held = clamp(free, lowest(), highest());
    let velocity = select(w, -w, held != free);
    for (var axis = 0u; axis < 3u; axis++) {
        after[at(X + axis, to, n)] = held[axis];
        after[at(VX + axis, to, n)] = velocity[axis];
    }
    after[at(ENERGY, to, n)] = energy;
    after[at(FITNESS, to, n)] = before[at(FITNESS, i, n)] * policy.fitDecay + (1.0 - policy.fitDecay) * reward;
}
