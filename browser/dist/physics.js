// Made of browser/src by go run ./internal/bundle; DO NOT EDIT.
var DeviceState=class{constructor(device,adapter){this.device=device;this.adapter=adapter;device.lost.then(({reason,message})=>{let how=reason==="destroyed"?"was destroyed":"was lost, as when the browser's process that draws has ended";this.#trouble=new Error(`the device of ${adapter.vendor} ${adapter.architecture} ${how}: ${message}`)}),device.onuncapturederror=({error})=>{this.#trouble??=new Error(`WebGPU refuses a call: ${error.message}`)}}device;adapter;#trouble=null;check(){if(this.#trouble!==null)throw this.#trouble}async work(done){try{return await done}catch(e){throw await Promise.race([this.device.lost,new Promise(resolve=>setTimeout(resolve,200))]),this.check(),e}}close(){this.device.destroy()}};async function openDevice(bytes,timestamps,power){let gpu=navigator.gpu;if(gpu===void 0)throw new Error("this browser has no WebGPU here: it needs a secure context, and on some systems flags");let adapter=await gpu.requestAdapter(power===void 0?{}:{powerPreference:power});if(adapter===null)throw new Error("this browser has WebGPU but no adapter for it");let{limits}=adapter;if(bytes>Math.min(limits.maxStorageBufferBindingSize,limits.maxBufferSize))throw new Error(`a frame of ${bytes} bytes is more than a buffer of this adapter holds`);let device=await adapter.requestDevice({requiredFeatures:timestamps&&adapter.features.has("timestamp-query")?["timestamp-query"]:[],requiredLimits:bytes>134217728?{maxStorageBufferBindingSize:bytes,maxBufferSize:Math.max(bytes,2*134217728)}:{}});return new DeviceState(device,describe(adapter.info))}function describe(info){let{vendor,architecture}=info,fallback=info.isFallbackAdapter,software=fallback||/swiftshader|llvmpipe|lavapipe|warp/i.test(`${architecture} ${info.device} ${info.description}`);return{name:info.description||info.device,vendor,architecture,fallback,software}}var MAGIC=0x3142554858415443n;var DESC=Object.freeze({neighbours:0,seed:8,policy:16,genome:20,from:24,to:28,scratch:32,scratchBytes:36,boids:40,cells:44,culprit:56,dimensions:60,renumber:64,parts:68}),DESC_BYTES=128,REFUSALS=Object.freeze(["","descriptor does not fit the world (at {culprit})","policy of epoch {epoch}: float at byte {culprit} is not finite or out of range","policy of epoch {epoch}: its bounds need more cells than the engine declared","position of boid {culprit} is not a number or outside the bounds","velocity, energy or fitness of boid {culprit} is not finite or absurdly large","gene of boid {culprit} is not finite or absurdly large"]),EXPORTS=Object.freeze(["scratch_bytes","seed_frame","sort","perceive","step","genome_hash","part_count","part_place","part_scatter","part_perceive","part_integrate","part_close","__heap_base","__stack_pointer"]);var KIND=Object.freeze({control:1,orders:2,frames:3}),HEADER_USED_BYTES=32;function roundUp(n,to){return Math.ceil(n/to)*to}function stride(n){return roundUp(n,4)}function within(n,lo,hi){return Number.isInteger(n)&&n>=lo&&n<=hi}var Layout=class{constructor(boids,slots,payload=0){if(!within(boids,0,67108864))throw new RangeError(`layout of ${boids} boids, want 0 to ${67108864}`);if(!within(slots,2,16))throw new RangeError(`layout of ${slots} frame slots, want 2 to ${16}`);if(!within(payload,0,1073741824)||payload%8!==0)throw new RangeError(`layout of ${payload} bytes a frame slot, want a multiple of 8 up to ${1073741824}`);if(payload>0&&boids>0)throw new RangeError("layout of boids and of a payload, want one of them");this.boids=boids,this.slots=slots,this.payload=payload}policyOffset(i){return 4096+i*512}genomeOffset(i){return 2*4096+i*roundUp(this.genomeBytes,4096)}get genomeBytes(){return 16*stride(this.boids)}get ordersBytes(){return roundUp(this.genomeOffset(2),65536)}frameOffset(i){return 4096+i*roundUp(this.slotBytes,4096)}get frameBytes(){return 32*stride(this.boids)}get slotBytes(){return this.payload>0?this.payload:this.frameBytes}get framesBytes(){return roundUp(this.frameOffset(this.slots),65536)}bytes(kind){return kind==="control"?65536:kind==="orders"?this.ordersBytes:this.framesBytes}hash(){let words=new DataView(new ArrayBuffer(8)),hash=0xcbf29ce484222325n;for(let v of this.#hashed()){words.setBigUint64(0,BigInt(v),!0);for(let i=0;i<8;i++)hash=BigInt.asUintN(64,(hash^BigInt(words.getUint8(i)))*0x100000001b3n)}return hash}#hashed(){return[4096,128,16,16,this.boids,this.slots,this.payload,this.policyOffset(0),this.policyOffset(1),this.genomeOffset(0),this.genomeOffset(1),this.ordersBytes,this.frameOffset(0),this.frameOffset(1),this.frameBytes,this.slotBytes,this.framesBytes,1,3,5,7,8,24,40,56,58,59,60,76]}header(kind){let header=new DataView(new ArrayBuffer(HEADER_USED_BYTES));return header.setBigUint64(0,MAGIC,!0),header.setUint32(8,2,!0),header.setUint32(12,KIND[kind],!0),header.setBigUint64(16,this.hash(),!0),header.setBigUint64(24,BigInt(this.bytes(kind)),!0),new Uint8Array(header.buffer)}};function planMemory(boids,slots,own,scratchBytes,threads){let layout=new Layout(boids,slots),desc=own,policy=desc+threads*DESC_BYTES,stacks=policy+256,scratch=stacks+(threads-1)*65536,orders=roundUp(scratch+scratchBytes,65536),frames=orders+layout.ordersBytes,total=frames+layout.framesBytes;if(total>65535*65536)throw new RangeError(`world of ${boids} boids and ${slots} slots: ${total} bytes, a module can address ${65535*65536}`);return{layout,desc,policy,stacks,scratch,orders,frames,total}}var LIMIT=1e6,{fround}=Math;function axes(dimensions){return dimensions===2?[0,1]:[0,1,2]}function reader(bytes){let view=new DataView(bytes.buffer,bytes.byteOffset,256);return(offset,lo=-LIMIT,hi=LIMIT)=>{let v=view.getFloat32(offset,!0);if(!(lo<=v&&v<=hi))throw new RangeError(`policy: float at byte ${offset} is not finite or out of range`);return v}}function fields(bytes){let float=reader(bytes),amount=offset=>float(offset,0),vector=offset=>[float(offset),float(offset+4),float(offset+8)];return{dt:float(16,fround(1e-6),1),radius:float(20,fround(.001)),separation:float(24),alignment:float(28),cohesion:float(32),goal:float(36),target:vector(40),min:vector(52),max:vector(64),margin:amount(76),wallGain:amount(80),minSpeed:amount(84),maxSpeed:amount(88),maxAccel:amount(92),energyGain:float(96),energyCost:float(100),fitDecay:float(104,0,1)}}function parsePolicy(bytes,dimensions){if(bytes.length!==256)throw new RangeError(`policy of ${bytes.length} bytes`);let policy=fields(bytes);if(policy.minSpeed>policy.maxSpeed)throw new RangeError("policy: least speed above the most");if(axes(dimensions).some(axis=>policy.min[axis]>=policy.max[axis]))throw new RangeError("policy: bounds enclose nothing");return policy}function cellsOf(policy,dimensions){let cells=[1,1,1];for(let axis of axes(dimensions))if(cells[axis]=Math.ceil(fround(fround(policy.max[axis]-policy.min[axis])/policy.radius)),cells[axis]>1024)throw new RangeError(`${cells[axis]} cells along an axis, at most ${1024}`);return cells}var FIRST_PAGES=64;function newMemory(){return new WebAssembly.Memory({initial:FIRST_PAGES,maximum:65535,shared:!0})}function instantiate(module,memory){let{exports}=new WebAssembly.Instance(module,{env:{memory}}),missing=EXPORTS.filter(name=>!(name in exports));if(missing.length>0)throw new Error(`module exports no ${missing}`);return exports}function scratchOf(exports,boids,cells){let bytes=exports.scratch_bytes(boids,...cells,1)>>>0;if(bytes===0)throw new RangeError(`${boids} boids are more than the module takes`);return bytes}var World=class{#exports;#plan;#view;constructor(module,boids,dimensions,policy,slots=2,memory=newMemory(),base=null){let cells=cellsOf(parsePolicy(policy,dimensions),dimensions);this.#exports=instantiate(module,memory);let own=roundUp(this.#exports.__heap_base.value,65536);base!==null&&(this.#exports.__stack_pointer.value=own=base+65536);let scratchBytes=scratchOf(this.#exports,boids,cells);this.#plan=planMemory(boids,slots,own,scratchBytes,1);let lacking=this.#plan.total-memory.buffer.byteLength;if(lacking>0&&base!==null)throw new RangeError(`a world at byte ${base} lacks ${lacking} bytes`);lacking>0&&memory.grow(Math.ceil(lacking/65536)),this.memory=memory,this.#view=new DataView(memory.buffer),this.#slice(stride(boids)),this.#describe(boids,dimensions,cells,scratchBytes),new Uint8Array(memory.buffer,this.#plan.policy,256).set(policy)}#slice(column){let{layout,orders,frames}=this.#plan,{buffer}=this.memory,pair=[0,1];this.policies=pair.map(i=>new Uint8Array(buffer,orders+layout.policyOffset(i),256)),this.genomes=pair.map(i=>new Float32Array(buffer,orders+layout.genomeOffset(i),4*column)),this.frames=Array.from({length:layout.slots},(_,i)=>new Float32Array(buffer,frames+layout.frameOffset(i),8*column))}#describe(boids,dimensions,cells,scratchBytes){this.#put(DESC.scratch,this.#plan.scratch),this.#put(DESC.scratchBytes,scratchBytes),this.#put(DESC.boids,boids),cells.forEach((c,axis)=>this.#put(DESC.cells+4*axis,c)),this.#put(DESC.dimensions,dimensions),this.#put(DESC.parts,1)}seed(seed,slot){this.#view.setBigUint64(this.#plan.desc+DESC.seed,seed,!0),this.#put(DESC.policy,this.#plan.policy),this.#put(DESC.to,this.#frame(slot)),this.#call("seed_frame",this.#plan.policy)}run(name,epoch,generation,from,to,renumber){let{layout,orders}=this.#plan,policy=orders+layout.policyOffset(epoch%2);return this.#put(DESC.policy,policy),this.#put(DESC.genome,orders+layout.genomeOffset(generation%2)),this.#put(DESC.from,this.#frame(from)),this.#put(DESC.to,this.#frame(to)),this.#put(DESC.renumber,renumber?1:0),this.#call(name,policy),Number(this.#view.getBigUint64(this.#plan.desc+DESC.neighbours,!0))}genomeHash(generation){let{layout,orders,desc}=this.#plan;return this.#put(DESC.genome,orders+layout.genomeOffset(generation%2)),BigInt.asUintN(64,this.#exports.genome_hash(desc))}#call(name,policy){let status=this.#exports[name](this.#plan.desc);if(status===0)return;let culprit=this.#view.getUint32(this.#plan.desc+DESC.culprit,!0),epoch=this.#view.getBigUint64(policy+0,!0),words=REFUSALS[status]??`unknown status ${status}`;throw new RangeError(`${name}: ${words.replace("{epoch}",`${epoch}`).replace("{culprit}",`${culprit}`)}`)}#frame(slot){return this.#plan.frames+this.#plan.layout.frameOffset(slot)}#put(at,value){this.#view.setUint32(this.#plan.desc+at,value,!0)}};var SLACK=1/4096,REACH=1+2**-20,{fround:fround2}=Math;function derived(p,rounding){let round=rounding==="double"?x=>x:fround2,square=round(p.radius*p.radius);return{square,reach:rounding==="double"?square:square*REACH,inverse:round(1/square),opposite:-round(1/square),perLength:round((1-SLACK)/p.radius),softMin:p.min.map(v=>round(v+p.margin)),softMax:p.max.map(v=>round(v-p.margin)),fitGain:round(1-p.fitDecay)}}function readPolicy(bytes,dimensions,rounding){let policy=parsePolicy(bytes,dimensions);return{...policy,...derived(policy,rounding)}}var ModuleFlock=class{#world;#slots=[0,1];constructor(module,boids,dimensions,policy){this.#world=new World(module,boids,dimensions,policy),this.#world.policies[0].set(policy)}get genome(){return this.#world.genomes[0]}get from(){return this.#world.frames[this.#slots[0]]}get to(){return this.#world.frames[this.#slots[1]]}seed(seed){this.#world.seed(seed,this.#slots[1])}sort(renumber){this.#run("sort",renumber)}perceive(renumber){return this.#run("perceive",renumber)}step(renumber){return this.#run("step",renumber)}swap(){this.#slots.reverse()}#run(name,renumber){let[from,to]=this.#slots;return this.#world.run(name,0,0,from,to,renumber)}};function ofModule(name,compile2){try{let module=compile2();return instantiate(module,newMemory()),{name,module:!0,make:(...world)=>new ModuleFlock(module,...world)}}catch(error){return{name,reason:error.code??error.message}}}var REQUESTS={backends:0,world:5,advance:1,time:3,digest:1,judge:1,adapter:1},ok=said=>`ok ${said}`.trimEnd(),failed=error=>`error ${String(error?.message??error).replace(/\s+/g," ")}`;function reply(session,line){let[verb,...args]=line.trim().split(/\s+/);try{if(!Object.hasOwn(REQUESTS,verb))throw new Error(`unknown request "${verb}"`);if(args.length!==REQUESTS[verb])throw new Error(`${verb}: ${args.length} arguments, want ${REQUESTS[verb]}`);let said=session[verb](...args);return said instanceof Promise?said.then(ok,failed):ok(said)}catch(error){return failed(error)}}var Fnv=class{#high=-873292572;#low=-2078137563;add(data,n,stride2,columns){let words=new Int32Array(data.buffer,data.byteOffset,data.length);for(let c=0;c<columns;c++)this.#words(words,c*stride2,c*stride2+n);return this}#words(words,from,to){let high=this.#high,low=this.#low;for(let i=from;i<to;i++){low^=words[i];let carry=highProduct(low,435);high=Math.imul(high,435)+carry+(low<<8)|0,low=Math.imul(low,435)}this.#high=high,this.#low=low}toString(){let digits=half=>(half>>>0).toString(16).padStart(8,"0");return digits(this.#high)+digits(this.#low)}};function highProduct(a,b){let ah=a>>>16,al=a&65535,bh=b>>>16,bl=b&65535,middle=Math.imul(ah,bl)+(Math.imul(al,bl)>>>16),lower=Math.imul(al,bh)+(middle&65535);return Math.imul(ah,bh)+(middle>>>16)+(lower>>>16)|0}var Word64=class _Word64{constructor(high=0,low=0){this.high=high|0,this.low=low|0}static of(value){return new _Word64(Number(BigInt.asIntN(32,value>>32n)),Number(BigInt.asIntN(32,value)))}set(other){return this.high=other.high,this.low=other.low,this}add(other){let low=(this.low>>>0)+(other.low>>>0);return this.high=this.high+other.high+(low>4294967295?1:0)|0,this.low=low|0,this}times(other){let high=highProduct(this.low,other.low);return this.high=high+Math.imul(this.high,other.low)+Math.imul(this.low,other.high)|0,this.low=Math.imul(this.low,other.low),this}fold(shift){return this.low^=this.low>>>shift|this.high<<32-shift,this.high^=this.high>>>shift,this}mix(){return this.fold(30).times(FIRST).fold(27).times(SECOND).fold(31)}},FIRST=new Word64(3210233709,484763065),SECOND=new Word64(2496678331,321982955);var{fround:fround3,sqrt}=Math,GAMMA=new Word64(2654435769,2135587861),CENTRE=fround3(.01),Draws=class{#counter=new Word64;#word=new Word64;start(key,id){this.#counter.set(GAMMA).times(new Word64(0,id)),this.#counter.add(key).mix()}unit(){return(this.#word.set(this.#counter.add(GAMMA)).mix().high>>>8)/16777216}ball(to){for(;;){let square=0;for(let axis=0;axis<to.length;axis++)to[axis]=this.unit()*2-1,square=fround3(square+fround3(to[axis]*to[axis]));if(CENTRE<=square&&square<=1)return square}}};function seedFrame(frame,n,stride2,policy,dimensions,seed){let key=Word64.of(seed).mix(),draws=new Draws,direction=new Float32Array(dimensions),speed=fround3(fround3(policy.minSpeed+policy.maxSpeed)*.5);for(let id=0;id<n;id++){draws.start(key,id);for(let axis=0;axis<dimensions;axis++){let lo=policy.min[axis],hi=policy.max[axis],at=fround3(lo+fround3(draws.unit()*fround3(hi-lo)));frame[axis*stride2+id]=at>hi?hi:at}let scale=fround3(speed/fround3(sqrt(draws.ball(direction))));for(let axis=0;axis<dimensions;axis++)frame[(3+axis)*stride2+id]=direction[axis]*scale;frame[6*stride2+id]=.5+fround3(.25*draws.unit())}}function seedGenome(genome,n,stride2){for(let c=0;c<4;c++)for(let i=0;i<n;i++)genome[c*stride2+i]=.25+(7*i+13*c)%64/64}var PHASES=["sort","perceive","step"],REHEARSED=1e6,FEWEST=8,MOST=610;function integer(text,what,lo,hi){let value=/^\d{1,16}$/.test(text??"")?Number(text):NaN;if(!(lo<=value&&value<=hi))throw new RangeError(`${what} ${text}: want ${lo} to ${hi}`);return value}function word(text,what){let value=/^\d{1,20}$/.test(text??"")?BigInt(text):1n<<64n;if(value>>64n)throw new RangeError(`${what} ${text}: want 0 to 2^64 - 1`);return value}function policyOf(text){if(!/^([0-9a-f]{2}){1,256}$/i.test(text??""))throw new RangeError(`policy: want 1 to ${256} bytes in hexadecimal digits`);let policy=new Uint8Array(256);return policy.set(text.match(/../g).map(pair=>Number.parseInt(pair,16))),policy}var World2=class{tick=0;neighbours=0;chain=new Fnv;flocks=new Map;shader;constructor(boids,dimensions,seed,policy){this.boids=boids,this.dimensions=dimensions,this.policy=policy;let parsed=readPolicy(policy,dimensions,"single");this.frame=new Float32Array(8*stride(boids)),this.genome=new Float32Array(4*stride(boids)),seedFrame(this.frame,boids,stride(boids),parsed,dimensions,seed),seedGenome(this.genome,boids,stride(boids))}get renumber(){return this.tick%60===0}flock(backend){let flock=this.flocks.get(backend.name);return flock||(flock=backend.make(this.boids,this.dimensions,this.policy),flock.genome.set(this.genome),this.flocks.set(backend.name,flock),backend.module&&this.#rehearse(flock)),flock.from.set(this.frame),flock}#rehearse(flock){flock.from.set(this.frame);let steps=Math.min(Math.max(Math.ceil(REHEARSED/Math.max(this.boids,1)),FEWEST),MOST);for(let i=0;i<steps;i++)flock.step(!1)}async compute(backend){if(this.dimensions!==3)throw new Error(`${backend.name} takes worlds in space only`);return this.shader??=await backend.open(this.boids,this.policy,this.genome),await this.shader.load(this.frame),this.shader}step(flock){this.neighbours=flock.step(this.renumber),flock.swap(),this.tick++,this.chain.add(flock.from,this.boids,stride(this.boids),8)}},Session=class{#backends;#world;#nanoseconds;constructor(backends,nanoseconds){this.#backends=backends,this.#nanoseconds=nanoseconds}backends(){let told=({name,reason})=>reason?`${name}:${reason.replace(/\s+/g,"_")}`:name;return this.#backends.map(told).join(" ")}world(boids,dimensions,seed,policy,threads){return integer(threads,"threads",1,1024),this.#world=new World2(integer(boids,"boids",0,67108864),integer(dimensions,"dimensions",2,3),word(seed,"seed"),policyOf(policy)),""}advance(ticks){let count=integer(ticks,"ticks",0,1e9),world=this.#current(),usable=this.#backends.filter(b=>b.make),flock=world.flock(usable.find(b=>b.module)??usable[0]);try{for(let i=0;i<count;i++)world.step(flock)}finally{world.frame.set(flock.from)}return`${world.chain} ${world.neighbours}`}time(name,phase,reps){if(!PHASES.includes(phase))throw new RangeError(`phase ${phase}: want ${PHASES.join(", ")}`);let count=integer(reps,"repetitions",1,1e9),world=this.#current(),backend=this.#backend(name);if(backend.open)return this.#timeShader(backend,phase,count);let flock=world.flock(backend),{renumber}=world,found,start=this.#nanoseconds();for(let i=0;i<count;i++)found=flock[phase](renumber);return`${this.#since(start)} ${found??0}`}async#timeShader(backend,phase,count){if(phase!=="step")throw new RangeError(`${backend.name} has no phase but the step`);let shader=await this.#current().compute(backend),start=this.#nanoseconds();return await shader.repeat(count),`${this.#since(start)} ${await shader.neighbours()}`}#since(start){return this.#nanoseconds()-start}digest(name){let world=this.#current(),backend=this.#backend(name);if(backend.open)throw new Error(`${name} rounds in its own way: it can be judged`);let flock=world.flock(backend);return flock.step(world.renumber),`${new Fnv().add(flock.to,world.boids,stride(world.boids),8)}`}async judge(name){let backend=this.#backend(name);if(!backend.open)throw new Error(`${name} computes the bits of all others: it has a digest`);let world=this.#current(),shader=await world.compute(backend),{worst,judged,neighbours}=await shader.judge(world.frame,world.genome);return`${Number.isFinite(worst)?Math.ceil(worst*1e6):Number.MAX_SAFE_INTEGER} ${judged} ${neighbours}`}adapter(name){return this.#backend(name).adapter??"none"}#current(){if(!this.#world)throw new Error("no world yet");return this.#world}#backend(name){let found=this.#backends.find(b=>b.name===name);if(!found)throw new RangeError(`no back end ${name}`);if(found.reason)throw new Error(`back end ${name} is not available: ${found.reason}`);return found}};var layout_default=`// Code generated by go run ./internal/gen; DO NOT EDIT.

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
`;var compute_default=`// One tick of the flock on a graphics processor: the formulas of
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
`;var mirror=([x,y,z,lift])=>[-x,y,z,lift];function normal([a,b,c]){let[ux,uy,uz]=[b[0]-a[0],b[1]-a[1],b[2]-a[2]],[vx,vy,vz]=[c[0]-a[0],c[1]-a[1],c[2]-a[2]],n=[uy*vz-uz*vy,uz*vx-ux*vz,ux*vy-uy*vx],over=1/Math.hypot(...n);return[n[0]*over,n[1]*over,n[2]*over]}function slope(triangle){let lifts=triangle.map(p=>p[3]),most=lifts.indexOf(Math.max(...lifts)),least=lifts.indexOf(Math.min(...lifts)),[high,low]=[triangle[most],triangle[least]];return high[0]===low[0]?0:(high[3]-low[3])/(high[0]-low[0])}function build(triangles){let points=Float32Array.from(triangles.flat(2)),leans=Float32Array.from(triangles.flatMap(t=>[...normal(t),slope(t)]));return{points,leans,triangles:triangles.length}}function both(left){return[...left,...left.map(([a,b,c])=>[mirror(a),mirror(c),mirror(b)])]}var nose=[0,.02,1,0],back=[0,.17,.2,0],belly=[0,-.14,.15,0],side=[.16,.02,.18,0],tail=[0,.05,-.62,0],fan=[.24,.06,-1.05,0],front=[.1,.06,.46,0],rear=[.1,.06,-.3,0],wrist=[.74,.1,.42,.42],tip=[1.5,.04,-.34,1],bird=build([...both([[nose,side,back],[back,side,tail],[front,wrist,rear],[wrist,tip,rear],[nose,belly,side]]),[tail,fan,mirror(fan)]]),glider=build(both([[[0,.08,1,0],[1.3,0,-.6,1],[0,.08,-.5,0]]]));function workgroups(invocations){let groups=Math.max(Math.ceil(invocations/64),1),rows=Math.ceil(groups/65535);return[Math.ceil(groups/rows),rows]}var PHASES2=["count","offsets","scatter","settle","step_flock"],USES={count:[0,1,2,5,6],offsets:[1,5],scatter:[1,5,6,7],settle:[1,2,5,6,7,8],step_flock:[0,1,2,3,4,5,8,9]},ROW_BYTES=32,WORLD_BYTES=32,ComputeStep=class _ComputeStep{#device;#boids;#cells;#pipelines;#buffers;#sides;#from=0;constructor(device,boids,cells,pipelines){this.#device=device,this.#boids=boids,this.#cells=cells,this.#pipelines=pipelines;let{STORAGE,UNIFORM,COPY_DST,COPY_SRC}=GPUBufferUsage,make=(size2,usage)=>device.createBuffer({size:Math.max(size2,16),usage}),total=cells[0]*cells[1]*cells[2],column=4*stride(boids);this.#buffers={policy:make(256,UNIFORM|COPY_DST),world:make(WORLD_BYTES,UNIFORM|COPY_DST),genome:make(4*column,STORAGE|COPY_DST),starts:make(4*(total+1),STORAGE|COPY_DST),cellOf:make(4*boids,STORAGE),order:make(4*boids,STORAGE),rows:make(ROW_BYTES*Math.max(boids,1),STORAGE),neighbours:make(4,STORAGE|COPY_DST|COPY_SRC)};let[a,b]=[0,1].map(()=>make(8*column,STORAGE|COPY_DST|COPY_SRC));this.#sides=[{frame:a,groups:this.#bind(a,b)},{frame:b,groups:this.#bind(b,a)}]}#bind(from,to){let{policy,world,genome,starts,cellOf,order,rows,neighbours}=this.#buffers,all=[policy,world,from,to,genome,starts,cellOf,order,rows,neighbours];return new Map(PHASES2.map(phase=>[phase,this.#device.createBindGroup({layout:this.#pipelines.get(phase).getBindGroupLayout(0),entries:USES[phase].map(binding=>({binding,resource:{buffer:all[binding]}}))})]))}static async create(device,boids,policy){let cells=cellsOf(parsePolicy(policy,3),3),module=device.createShaderModule({label:"compute",code:layout_default+compute_default}),pipelines=await Promise.all(PHASES2.map(async entryPoint=>[entryPoint,await device.createComputePipelineAsync({layout:"auto",compute:{module,entryPoint}})]));return new _ComputeStep(device,boids,cells,new Map(pipelines))}get frame(){return this.#sides[this.#from].frame}setFrame(frame){this.#write(this.frame,frame)}setGenome(genome){this.#write(this.#buffers.genome,genome)}#write(buffer,data){if(data.byteLength>buffer.size)throw new RangeError(`${data.byteLength} bytes for a buffer of ${buffer.size}`);this.#device.queue.writeBuffer(buffer,0,data)}step(policy,renumber,again=!1){let{queue}=this.#device,{starts,neighbours}=this.#buffers;this.#write(this.#buffers.policy,policy),queue.writeBuffer(this.#buffers.world,0,Uint32Array.of(...this.#cells,this.#boids,renumber?1:0,0,0,0));let encoder=this.#device.createCommandEncoder();encoder.clearBuffer(starts),encoder.clearBuffer(neighbours);let pass=encoder.beginComputePass(),{groups}=this.#sides[this.#from];for(let phase of PHASES2)pass.setPipeline(this.#pipelines.get(phase)),pass.setBindGroup(0,groups.get(phase)),phase==="offsets"?pass.dispatchWorkgroups(1):pass.dispatchWorkgroups(...workgroups(this.#boids));pass.end(),queue.submit([encoder.finish()]),again||(this.#from=this.#from===0?1:0)}async read(){return new Float32Array(await this.#readBytes(this.frame,32*stride(this.#boids)))}async neighbours(){return new Uint32Array(await this.#readBytes(this.#buffers.neighbours,4))[0]}async#readBytes(from,size2){let to=this.#device.createBuffer({size:size2,usage:GPUBufferUsage.COPY_DST|GPUBufferUsage.MAP_READ}),encoder=this.#device.createCommandEncoder();encoder.copyBufferToBuffer(from,0,to,0,size2),this.#device.queue.submit([encoder.finish()]),await to.mapAsync(GPUMapMode.READ);let bytes=to.getMappedRange().slice(0);return to.destroy(),bytes}};var ROUNDOFF=2**-24,STEEPEST=.3849002,{fround:fround4,sqrt:sqrt2,abs,min,max}=Math,plus=(a,b,s=1)=>[a[0]+s*b[0],a[1]+s*b[1],a[2]+s*b[2]],dot=(a,b)=>a[0]*b[0]+a[1]*b[1]+a[2]*b[2],size=a=>sqrt2(dot(a,a)),NONE=[0,0,0],Oracle=class{constructor(policy,from,genome,boids){this.from=from;this.genome=genome;this.boids=boids;this.#p=parsePolicy(policy,3),this.#square=fround4(this.#p.radius*this.#p.radius)}from;genome;boids;#p;#square;#vector(column,i){let step=stride(this.boids),at=column*step+i;return[this.from[at],this.from[at+step],this.from[at+2*step]]}#near(i,j){let step=stride(this.boids),{from}=this,a=0*step+i,b=0*step+j,x=fround4(from[a]-from[b]),y=fround4(from[a+step]-from[b+step]),z=fround4(from[a+2*step]-from[b+2*step]),square=fround4(fround4(fround4(x*x)+fround4(y*y))+fround4(z*z));return i!==j&&square<this.#square}#around(i){let p=this.#vector(0,i),[n,push,heading,outward]=[0,NONE,NONE,NONE];for(let j=0;j<this.boids;j++){if(!this.#near(i,j))continue;let d=plus(p,this.#vector(0,j),-1);push=plus(push,d,1-dot(d,d)/this.#p.radius**2),heading=plus(heading,this.#vector(3,j)),outward=plus(outward,d),n++}return{n,push,heading:plus(NONE,heading,1/max(n,1)),outward:plus(NONE,outward,1/max(n,1))}}#lawOf(i){let gene=column=>this.genome[column*stride(this.boids)+i],p=this.#p;return{...p,separation:p.separation*gene(0),alignment:p.alignment*gene(1),cohesion:p.cohesion*gene(2),goal:p.goal*gene(3)}}#acceleration(law,p,v,c){let a=plus(NONE,c.push,law.separation);c.n>0&&(a=plus(a,plus(c.heading,v,-1),law.alignment)),a=plus(a,c.outward,-law.cohesion);let t=plus(law.target,p,-1);a=plus(a,t,law.goal/(1+dot(t,t)));let wall=p.map((x,i)=>{let low=fround4(law.min[i]+law.margin)-x,high=x-fround4(law.max[i]-law.margin);return law.wallGain*(max(low,0)-max(high,0))});return a=plus(a,wall),plus(NONE,a,min(1,law.maxAccel/size(a)))}#move(i){let law=this.#lawOf(i),p=this.#vector(0,i),v=this.#vector(3,i),c=this.#around(i),a=this.#acceleration(law,p,v,c),free=plus(v,a,law.dt),speed=size(free),w=speed===0?[law.minSpeed,0,0]:plus(NONE,free,min(max(speed,law.minSpeed),law.maxSpeed)/speed),scalar=column=>this.from[column*stride(this.boids)+i],energy=min(max(scalar(6)+law.dt*(law.energyGain-law.energyCost*dot(a,a)),0),1),norm=size(w)*size(c.heading),agreement=norm===0?.5:.5+.5*dot(w,c.heading)/norm,company=c.n/(1+c.n+dot(c.push,c.push)/law.radius**2),fitness=law.fitDecay*scalar(7)+(1-law.fitDecay)*energy*agreement*company;return{columns:[...plus(p,w,law.dt).map((x,axis)=>{let held=min(max(x,law.min[axis]),law.max[axis]);return held!==x&&(w=w.map((s,k)=>k===axis?-s:s)),held}),...w,energy,fitness],neighbours:c.n,allowed:tolerance(law,{n:c.n,speed,heading:size(c.heading)})}}judge(got,every=1){let[worst,where,neighbours]=[0,"nowhere",0];for(let i=0;i<this.boids;i+=every){let{columns,allowed,neighbours:n}=this.#move(i);neighbours+=n;for(let c=0;c<8;c++){let g=got[c*stride(this.boids)+i],want=columns[c],axis=c-3,turned=axis>=0&&axis<3&&this.#atWall(columns[axis],axis,allowed[axis]),ratio=abs(turned?abs(g)-abs(want):g-want)/allowed[c];worst<1/0&&!(ratio<=worst)&&([worst,where]=[Number.isNaN(ratio)?1/0:ratio,`boid ${i}, column ${c}: got ${g}, want ${want} ± ${allowed[c]}`])}}return{worst,where,neighbours}}#atWall(x,axis,allowed){return min(abs(x-this.#p.min[axis]),abs(x-this.#p.max[axis]))<=allowed}},sumErrors=(n,term)=>n*term+n*(n+1)/2;function accelerationErrors(p,n){let r=p.radius,v=p.maxSpeed,share=1/max(n,1),some=min(n,1),apart=r*sumErrors(n,1),drift=2*v*sumErrors(n,1),away=r*STEEPEST*n,push=r*STEEPEST*sumErrors(n,6/STEEPEST+2)+3*away,wall=abs(p.wallGain)*abs(p.margin),sizes=abs(p.separation)*away+some*(2*v*abs(p.alignment)+r*abs(p.cohesion))+abs(p.goal)/2+wall,axis=abs(p.separation)*(push+2*away)+abs(p.alignment)*share*(drift+10*v*n)+abs(p.cohesion)*share*(apart+5*r*n)+5*abs(p.goal)+3*wall+3*sizes,length=min(p.maxAccel,sqrt2(3)*sizes);return{drift,push,length,accel:sqrt2(3)*axis+5*length}}function tolerance(p,s){let e=accelerationErrors(p,s.n),held=min(max(s.speed,p.minSpeed),p.maxSpeed),velocity=(p.dt*(e.accel+e.length)+s.speed)*max(1,p.minSpeed/s.speed)+6*held,reach=max(...p.min.map(abs),...p.max.map(abs)),energy=p.dt*(abs(p.energyCost)*e.length*(2*e.accel+8*e.length)+3*abs(p.energyGain))+3,fitness=(1-p.fitDecay)*(energy+rewardErrors(p,s,e,velocity/held))+5,position=p.dt*(velocity+held)+2*reach;return[position,position,position,velocity,velocity,velocity,min(energy,1/ROUNDOFF),min(fitness,1/ROUNDOFF)].map(b=>b*ROUNDOFF)}function rewardErrors(p,s,e,turn){if(s.n===0)return 3;let heading=sqrt2(3)*(e.drift/s.n+5*p.maxSpeed);return turn+heading/s.heading+8+sqrt2(3)*e.push/(p.radius*sqrt2(1+s.n))+6+3}var PAIRS=3e8,ComputeFlock=class _ComputeFlock{#state;#step;#boids;#policy;constructor(state,step,boids,policy){this.#state=state,this.#step=step,this.#boids=boids,this.#policy=policy}static async open(boids,policy,genome){let state=await openDevice(32*stride(boids),!1),step=await state.work(ComputeStep.create(state.device,boids,policy));return step.setGenome(genome),new _ComputeFlock(state,step,boids,policy)}async load(frame){this.#step.setFrame(frame),await this.#done()}async repeat(count){for(let i=0;i<count;i++)this.#step.step(this.#policy,!1,!0);await this.#done()}async neighbours(){let found=await this.#state.work(this.#step.neighbours());return this.#state.check(),found}async judge(frame,genome){this.#step.step(this.#policy,!1);let got=await this.#state.work(this.#step.read()),neighbours=await this.neighbours();await this.load(frame);let every=Math.max(1,Math.ceil(this.#boids**2/PAIRS)),{worst}=new Oracle(this.#policy,frame,genome,this.#boids).judge(got,every);return{worst,judged:Math.ceil(this.#boids/every),neighbours}}async#done(){await this.#state.work(this.#state.device.queue.onSubmittedWorkDone()),this.#state.check()}};async function shaders(){let name="webgpu";try{let{device,adapter}=await openDevice(0,!1);return device.destroy(),{name,adapter:`${adapter.vendor} ${adapter.architecture}`.trim(),open:ComputeFlock.open}}catch(error){return{name,reason:error.message}}}async function work(control){let module=await WebAssembly.compileStreaming(fetch("flock.wasm")),session=new Session([ofModule("wasm",()=>module),await shaders()],()=>Math.round(performance.now()*1e6)),socket=new WebSocket(control),rest="",last=Promise.resolve();socket.onmessage=({data})=>{let lines=(rest+data).split(`
`);rest=lines.pop();for(let line of lines)last=last.then(async()=>socket.send(`${await reply(session,line)}
`))},socket.onclose=()=>self.close()}if(typeof document>"u")self.onmessage=({data})=>work(data);else{let worker=new Worker("physics.js",{type:"module"});worker.onerror=({message})=>console.error(message),worker.postMessage(new URLSearchParams(location.hash.slice(1)).get("control"))}
