package wasmhost

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

const (
	maxMemory = maxPages * zerocopy.PageBytes
	minSlots  = 2 // a step reads one frame and writes another
)

// A World is the physics in its sandbox: the WebAssembly module of rust/flock
// on a linear memory that never moves. The memory has three parts, each a
// whole number of pages: the module's own (stack, descriptor, scratch), the
// orders and the frames of a [zerocopy.Layout]. One goroutine at a time may use
// it.
type World struct {
	runtime   wazero.Runtime
	compiled  wazero.CompiledModule
	all       []byte // the linear memory
	first     []byte // the policy of the first frame, private: a part of it
	model     flock.Model
	plan      memoryPlan
	desc      descriptor
	functions [len(functionNames)]api.Function // that one thread calls
	stack     [1]uint64                        // argument and result of a call
	pool      *pool                            // of the threads that share a step; nil for one
}

var _ flock.World = (*World)(nil)

// A memoryPlan says where things lie in linear memory, in bytes from its start.
type memoryPlan struct {
	layout  zerocopy.Layout
	desc    int // descriptors, one a thread, directly behind the module's stack and data
	policy  int // of the first frame, private
	stacks  int // of all threads but the first
	scratch int
	orders  int
	frames  int
	total   int
	threads int
}

// planMemory plans the memory of a model for a module that needs own bytes and
// is instantiated once a thread.
func planMemory(m flock.Model, slots, own, threads int) (memoryPlan, error) {
	p := memoryPlan{layout: zerocopy.Layout{Boids: m.Boids, Slots: slots}, desc: own, threads: threads}
	p.policy = p.desc + threads*descBytes
	p.stacks = p.policy + copytax.PolicyBytes
	p.scratch = p.stacks + (threads-1)*stackBytes
	scratch := scratchBytes(m.Boids, m.Cells(), threads)
	p.orders = (p.scratch + scratch + zerocopy.PageBytes - 1) / zerocopy.PageBytes * zerocopy.PageBytes
	p.frames = p.orders + p.layout.OrdersBytes()
	p.total = p.frames + p.layout.FramesBytes()
	if p.total > maxMemory {
		return p, fmt.Errorf("world of %d boids and %d slots: %d bytes, a module can address %d",
			m.Boids, slots, p.total, maxMemory)
	}
	return p, nil
}

// scratchBytes is the working memory of a step by so many threads; bind compares
// it with what the module says.
func scratchBytes(boids int, cells [3]uint32, threads int) int {
	starts := int(cells[0])*int(cells[1])*int(cells[2]) + 1
	sorted := (boids+7)/8*8 + 8
	return threads*(candidatesBytes+4*starts) + sorted*(rowBytes+totalBytes) + 4*(3*sorted+copytax.Stride(boids))
}

// Open compiles the module and gives it a memory for the boids and slots of cfg.
// No page of orders or frames has been touched when it returns.
func Open(cfg copytax.Config) (flock.World, error) {
	return New(flock.ModelOf(cfg), cfg.Slots, module)
}

// New is Open for any model, number of frame slots and build of the module; nil
// is the one of Module.
func New(m flock.Model, slots int, wasm []byte) (*World, error) { return newWorld(m, slots, wasm, 1) }

// newWorld is New with memory for so many instances of the
// module, of which it makes the first.
func newWorld(m flock.Model, slots int, wasm []byte, threads int) (*World, error) {
	if wasm == nil {
		wasm = module
	}
	if m.Boids < 0 || slots < minSlots {
		return nil, fmt.Errorf("world of %d boids and %d slots: want at least 0 and %d", m.Boids, slots, minSlots)
	}
	if m.Dimensions != 2 && m.Dimensions != 3 {
		return nil, fmt.Errorf("world of %d dimensions: want 2 or 3", m.Dimensions)
	}
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesThreads
	ctx := context.Background()
	w := &World{
		model:   m,
		runtime: wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features)),
	}
	if err := w.build(ctx, slots, wasm, threads); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) build(ctx context.Context, slots int, module []byte, threads int) error {
	module, err := unshared(module)
	if err != nil {
		return err
	}
	if w.compiled, err = w.runtime.CompileModule(ctx, module); err != nil {
		return fmt.Errorf("compile the flock: %w", err)
	}
	imports := w.compiled.ImportedMemories()
	if len(imports) != 1 {
		return fmt.Errorf("the flock imports %d memories, want 1", len(imports))
	}
	own := int(imports[0].Min()) * zerocopy.PageBytes
	if w.plan, err = planMemory(w.model, slots, own, threads); err != nil {
		return err
	}
	if w.all, err = w.provideMemory(ctx); err != nil {
		return err
	}
	instance, err := w.runtime.InstantiateModule(ctx, w.compiled, wazero.NewModuleConfig().WithName("flock"))
	if err != nil {
		return fmt.Errorf("instantiate the flock: %w", err)
	}
	w.desc = w.descriptor(0)
	w.first = w.all[w.plan.policy:w.plan.stacks:w.plan.stacks]
	w.model.Policy.Put(w.first)
	return w.bind(ctx, instance)
}

// descriptor returns that of a thread.
func (w *World) descriptor(thread int) descriptor {
	at := w.plan.desc + thread*descBytes
	return descriptor(w.all[at : at+descBytes : at+descBytes])
}

// A function is one of the module's, found by its place in the table: a step of a
// small world is short enough for a look into a map to show.
type function int

const (
	callScratchBytes function = iota
	callSeedFrame
	callStep
	callSort
	callPerceive
	callGenomeHash
)

var functionNames = [...]string{"scratch_bytes", "seed_frame", "step", "sort", "perceive", "genome_hash"}

// provideMemory instantiates the module that exports the reservation as
// env.memory. The runtime owns the reservation from then on.
func (w *World) provideMemory(ctx context.Context) ([]byte, error) {
	reservation, err := hub.Reserve(w.plan.total)
	if err != nil {
		return nil, err
	}
	lend := func(_, _ uint64) experimental.LinearMemory { return linearMemory(reservation) }
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(lend))
	env := memoryModule(uint32(w.plan.total / zerocopy.PageBytes))
	config := wazero.NewModuleConfig().WithName("env")
	if _, err := w.runtime.InstantiateWithConfig(ctx, env, config); err != nil {
		return nil, errors.Join(fmt.Errorf("provide %d bytes of memory: %w", w.plan.total, err), hub.Unmap(reservation))
	}
	return reservation, nil
}

// bind looks up the module's functions and fills what the descriptor holds
// for good.
func (w *World) bind(ctx context.Context, instance api.Module) error {
	for f, name := range functionNames {
		if w.functions[f] = instance.ExportedFunction(name); w.functions[f] == nil {
			return fmt.Errorf("the flock exports no function %s", name)
		}
	}
	m, cells, threads := w.model, w.model.Cells(), w.plan.threads
	size, err := w.functions[callScratchBytes].Call(ctx,
		uint64(m.Boids), uint64(cells[0]), uint64(cells[1]), uint64(cells[2]), uint64(threads))
	if err != nil {
		return fmt.Errorf("scratch_bytes: %w", err)
	}
	scratch := scratchBytes(m.Boids, cells, threads)
	if size[0] != uint64(scratch) {
		return fmt.Errorf("scratch of %d boids in %v cells: %d bytes, the flock wants %d", m.Boids, cells, scratch, size[0])
	}
	w.desc.put64(descSeed, m.Seed)
	w.desc.put(descBoids, m.Boids)
	w.desc.put(descScratch, w.plan.scratch)
	w.desc.put(descScratchBytes, scratch)
	for axis, c := range cells {
		w.desc.put(descCells+4*axis, int(c))
	}
	w.desc.put(descDimensions, m.Dimensions)
	w.desc.put(descParts, threads)
	return nil
}

// Memory implements flock.World.
func (w *World) Memory() *copytax.EngineMemory { return w.plan.layout.EngineMemory(w.Regions()) }

// Regions implements flock.World.
func (w *World) Regions() (orders, frames []byte) {
	p := w.plan
	return w.all[p.orders:p.frames:p.frames], w.all[p.frames:p.total:p.total]
}

// Seed implements flock.World, under the policy of the model.
func (w *World) Seed(slot int) error {
	w.desc.put(descPolicy, w.plan.policy)
	w.desc.put(descTo, w.frameAddress(slot))
	s, err := w.call(callSeedFrame)
	return w.explain("seed the first frame", status(s), err, w.first)
}

// Step implements flock.World.
func (w *World) Step(epoch, generation uint64, from, to int) error {
	return w.run(callStep, 0, epoch, generation, from, to)
}

// Renumber implements flock.World.
func (w *World) Renumber(epoch, generation uint64, from, to int) error {
	return w.run(callStep, 1, epoch, generation, from, to)
}

// Sort does the checks and the sort of a Step and nothing else, so that their
// share can be measured.
func (w *World) Sort(epoch, generation uint64, from, to int) error {
	return w.run(callSort, 0, epoch, generation, from, to)
}

// Perceive does the checks, the sort and the sums over the neighbours of a Step
// and nothing else, so that their share can be measured.
func (w *World) Perceive(epoch, generation uint64, from, to int) error {
	return w.run(callPerceive, 0, epoch, generation, from, to)
}

// GenomeHash implements flock.World. The module computes it in the memory that its
// step reads.
func (w *World) GenomeHash(generation uint64) (uint64, error) {
	w.desc.put(descGenome, w.genomeAddress(generation))
	hash, err := w.call(callGenomeHash)
	if err != nil {
		return 0, fmt.Errorf("hash the genome of generation %d: %w", generation, err)
	}
	return hash, nil
}

// Neighbours implements flock.World.
func (w *World) Neighbours() uint64 { return w.desc.neighbours() }

// Close implements flock.World. It ends the threads of a pool, unmaps the memory and
// frees the compiled module.
func (w *World) Close() error {
	if w.pool != nil {
		w.pool.close()
	}
	return w.runtime.Close(context.Background())
}

func (w *World) genomeAddress(generation uint64) int {
	return w.plan.orders + w.plan.layout.GenomeOffset(int(generation%2))
}

func (w *World) frameAddress(slot int) int { return w.plan.frames + w.plan.layout.FrameOffset(slot) }

func (w *World) run(what function, renumber int, epoch, generation uint64, from, to int) error {
	w.aim(renumber, epoch, generation, from, to)
	return w.do(what, epoch)
}

// aim points the descriptor at the input and the output of a step.
func (w *World) aim(renumber int, epoch, generation uint64, from, to int) {
	w.desc.put(descPolicy, w.plan.orders+w.plan.layout.PolicyOffset(int(epoch%2)))
	w.desc.put(descGenome, w.genomeAddress(generation))
	w.desc.put(descFrom, w.frameAddress(from))
	w.desc.put(descTo, w.frameAddress(to))
	w.desc.put(descRenumber, renumber)
}

// do does a part of a step, by one thread or by all of the pool, and explains a
// refusal by the policy of epoch.
func (w *World) do(what function, epoch uint64) error {
	block := w.plan.layout.Policy(w.all[w.plan.orders:], int(epoch%2))
	if w.pool != nil {
		s, err := w.pool.run(what)
		return w.explain(functionNames[what], s, err, block)
	}
	s, err := w.call(what)
	return w.explain(functionNames[what], status(s), err, block)
}

// call has one thread call a function on the descriptor. A trap is returned as it is.
func (w *World) call(f function) (uint64, error) {
	w.stack[0] = uint64(w.plan.desc)
	err := w.functions[f].CallWithStack(context.Background(), w.stack[:])
	return w.stack[0], err
}

// explain turns a trap or a refusal into an error, by the policy that was in force.
func (w *World) explain(what string, s status, trap error, block []byte) error {
	if trap != nil {
		return fmt.Errorf("%s: the flock trapped: %w", what, trap)
	}
	if s == statusOK {
		return nil
	}
	var policy copytax.Policy
	_ = policy.Get(block) // which is as long as a policy
	return fmt.Errorf("%s: %w", what, s.refusal(policy.Epoch, w.desc.culprit()))
}

// A status is what a call of the module returns.
type status uint32

// A descriptor is the block as the host sees it, aliasing linear memory.
type descriptor []byte

func (d descriptor) put(at, v int)          { binary.LittleEndian.PutUint32(d[at:], uint32(v)) }
func (d descriptor) put64(at int, v uint64) { binary.LittleEndian.PutUint64(d[at:], v) }
func (d descriptor) culprit() uint32        { return binary.LittleEndian.Uint32(d[descCulprit:]) }
func (d descriptor) neighbours() uint64     { return binary.LittleEndian.Uint64(d[descNeighbours:]) }
