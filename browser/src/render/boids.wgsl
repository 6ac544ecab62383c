// Draws the flock from the columns of a frame. Comes behind layout.wgsl; software.ts
// computes the same pixels and has to follow each change.

struct Scene {
    viewProjection: mat4x4f,
    eye: vec3f,
    seconds: f32,
    near: f32, // distance of the nearest corner of the world
    perDepth: f32, // one over the distance from there to the farthest
    size: f32,
    haze: f32,
    low: f32, // the value of the first colour
    perValue: f32, // one over the distance from there to that of the last
    column: u32, // that has the value; 0 for the speed
    boids: u32,
    pixels: vec2f,
    top: vec4f,
    bottom: vec4f,
    glow: vec4f,
    sun: vec4f,
    ramp: array<vec4f, 4>,
}

// Where a boid is in the picture: its model's axes and its place in clip space. One
// invocation computes it for all corners.
struct Pose {
    right: vec4f,
    up: vec4f,
    forward: vec4f,
    lift: vec4f, // the way of a wing's tip from a level wing
    place: vec4f,
}

override TRIANGLES: u32 = 1u;

@group(0) @binding(0) var<storage, read> frame: array<f32>;
@group(0) @binding(1) var<uniform> scene: Scene;
// Of a bird's triangle: normal and tilt.
@group(0) @binding(2) var<storage, read> leans: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> newPoses: array<Pose>;
@group(0) @binding(4) var<storage, read_write> newTints: array<u32>;
// Of a bird's corner: position and lift.
@group(0) @binding(5) var<storage, read> points: array<vec4f>;
@group(0) @binding(6) var<storage, read> poses: array<Pose>;
// The colour of each triangle of each boid.
@group(0) @binding(7) var<storage, read> tints: array<u32>;

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) @interpolate(flat) colour: vec3f,
}

fn three(c: u32, i: u32) -> vec3f {
    return vec3f(frame[at(c, i, scene.boids)], frame[at(c + 1u, i, scene.boids)], frame[at(c + 2u, i, scene.boids)]);
}

// The sky behind a point of the picture, from -1 to 1 along both axes.
fn sky(p: vec2f) -> vec3f {
    let rise = clamp(p.y * 0.5 + 0.5, 0.0, 1.0);
    let round = max(0.0, 1.0 - dot(p * vec2f(0.75, 0.9), p * vec2f(0.75, 0.9)));
    return mix(scene.bottom.rgb, scene.top.rgb, rise * rise * (3.0 - 2.0 * rise)) + scene.glow.rgb * round * round;
}

// From 0 to 1 along the ramp of colours.
fn paint(t: f32) -> vec3f {
    let s = clamp(t, 0.0, 1.0) * 3.0;
    let i = min(u32(s), 2u);
    return mix(scene.ramp[i].rgb, scene.ramp[i + 1u].rgb, s - f32(i));
}

// From -1 to 1, a wave of length 1: a polynomial, since how exact a sine is differs
// from device to device.
fn beat(x: f32) -> f32 {
    let s = 4.0 * abs(fract(x) - 0.5) - 1.0;
    return s * (1.5 - 0.5 * s * s);
}

// Right, up and forward of something that flies along v: basis of viewer.go.
fn basis(v: vec3f) -> mat3x3f {
    let flat = v.x * v.x + v.z * v.z;
    let length2 = flat + v.y * v.y;
    if length2 == 0.0 {
        return mat3x3f(vec3f(1.0, 0.0, 0.0), vec3f(0.0, 1.0, 0.0), vec3f(0.0, 0.0, 1.0));
    }
    let forward = v * inverseSqrt(length2);
    var right = vec3f(1.0, 0.0, 0.0);
    if flat > 0.0 {
        right = vec3f(v.z, 0.0, -v.x) * inverseSqrt(flat);
    }
    return mat3x3f(right, cross(forward, right), forward);
}

fn value(i: u32, v: vec3f) -> f32 {
    if scene.column == 0u {
        return length(v);
    }
    return frame[at(scene.column, i, scene.boids)];
}

// Light and haze are those of the boid's place: flat triangles need no better.
@compute @workgroup_size(64) fn pose(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= scene.boids {
        return;
    }
    let place = three(X, i);
    let v = three(VX, i);
    let axes = basis(v);
    let size = scene.size * (0.75 + 0.25 * frame[at(ENERGY, i, scene.boids)]);
    // Who climbs beats hard and who dives glides. The phase hangs on the place, since a
    // boid's number may change.
    let effort = clamp(0.42 + 0.5 * axes[2].y, 0.12, 0.8);
    let wings = effort * beat(2.2 * scene.seconds + 0.31 * place.x + 0.43 * place.y + 0.37 * place.z) + 0.14;
    let m = scene.viewProjection;
    let up = m * vec4f(axes[1] * size, 0.0);
    let middle = m * vec4f(place, 1.0);
    newPoses[i] = Pose(m * vec4f(axes[0] * size, 0.0), up, m * vec4f(axes[2] * size, 0.0), up * wings, middle);

    let away = place - scene.eye;
    let distance = length(away);
    let look = away / distance;
    let own = paint((value(i, v) - scene.low) * scene.perValue);
    let behind = sky(middle.xy / middle.w);
    let far = scene.haze * clamp((distance - scene.near) * scene.perDepth, 0.0, 1.0);
    for (var t = 0u; t < TRIANGLES; t++) {
        let lean = leans[t];
        var normal = axes * normalize(lean.xyz - vec3f(lean.w * wings, 0.0, 0.0));
        let facing = dot(normal, look);
        if facing > 0.0 {
            normal = -normal;
        }
        let rim = 1.0 - abs(facing);
        let light = 0.5 + 0.2 * normal.y + 0.55 * max(0.0, dot(normal, scene.sun.xyz)) + 0.12 * rim * rim;
        newTints[i * TRIANGLES + t] = pack4x8unorm(vec4f(mix(own * light, behind, far), 1.0));
    }
}

fn bird(i: u32, k: u32) -> Corner {
    let p = points[k];
    let q = poses[i].place + poses[i].right * p.x + poses[i].up * p.y + poses[i].forward * p.z + poses[i].lift * p.w;
    return Corner(q, unpack4x8unorm(tints[i * TRIANGLES + k / 3u]).rgb);
}

// One draw for each boid: what a graphics processor expects.
@vertex fn instanced(@builtin(vertex_index) k: u32, @builtin(instance_index) i: u32) -> Corner {
    return bird(i, k);
}

// One draw for all: a renderer in software is slow to begin an instance.
@vertex fn pulled(@builtin(vertex_index) v: u32) -> Corner {
    return bird(v / (3u * TRIANGLES), v % (3u * TRIANGLES));
}

@fragment fn feathers(c: Corner) -> @location(0) vec4f {
    return vec4f(c.colour, 1.0);
}

// A triangle that covers the picture, farther than everything.
@vertex fn everywhere(@builtin(vertex_index) v: u32) -> @builtin(position) vec4f {
    return vec4f(f32(v & 1u) * 4.0 - 1.0, f32(v >> 1u) * 4.0 - 1.0, 1.0, 1.0);
}

@fragment fn behind(@builtin(position) p: vec4f) -> @location(0) vec4f {
    // A little noise, less than the smallest step of a colour, hides these steps.
    let noise = fract(52.9829189 * fract(dot(p.xy, vec2f(0.06711056, 0.00583715)))) - 0.5;
    let q = p.xy / scene.pixels * 2.0 - 1.0;
    return vec4f(sky(vec2f(q.x, -q.y)) + noise / 255.0, 1.0);
}

// A colour that no picture begins with, to see whether a canvas can be drawn on.
@fragment fn probe() -> @location(0) vec4f {
    return vec4f(0.25, 0.5, 0.75, 1.0);
}
