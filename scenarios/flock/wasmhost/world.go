package wasmhost

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/zerocopy"
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
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	threads  int    // that share a step: 1, but for a Pool
	all      []byte // the linear memory
	orders   []byte // parts of it
	frames   []byte
	first    []byte // the policy of the first frame, private
	policies [2][]byte
	slots    []*copytax.Frame
	model    flock.Model
	count    int // of slots
	plan     memoryPlan
	desc     descriptor
	seed     api.Function
	step     api.Function
	sort     api.Function
	perceive api.Function
	hash     api.Function
	stack    [1]uint64 // argument and result of a call
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
}

// planMemory plans the memory of a model for a module that needs own bytes and
// is instantiated once a thread.
func planMemory(m flock.Model, slots, own, threads int) (memoryPlan, error) {
	p := memoryPlan{layout: zerocopy.Layout{Boids: m.Boids, Slots: slots}, desc: own}
	p.policy = p.desc + threads*descBytes
	p.stacks = p.policy + copytax.PolicyBytes
	p.scratch = p.stacks + (threads-1)*stackBytes
	scratch := scratchBytes(m.Boids, m.Cells()) + (threads-1)*partBytes(m.Cells())
	p.orders = pages(p.scratch+scratch) * zerocopy.PageBytes
	p.frames = p.orders + p.layout.OrdersBytes()
	p.total = p.frames + p.layout.FramesBytes()
	if p.total > maxMemory {
		return p, fmt.Errorf("world of %d boids and %d slots: %d bytes, a module can address %d",
			m.Boids, slots, p.total, maxMemory)
	}
	return p, nil
}

// scratchBytes is the working memory of a step by one thread; bind compares
// it, and what the other threads add, with what the module says.
func scratchBytes(boids int, cells [3]uint32) int {
	sorted := (boids+7)/8*8 + 8
	return partBytes(cells) + sorted*(rowBytes+totalBytes) + 4*(3*sorted+copytax.Stride(boids))
}

// partBytes is the part of it that each thread needs for itself.
func partBytes(cells [3]uint32) int {
	starts := int(cells[0])*int(cells[1])*int(cells[2]) + 1
	return candidatesBytes + 4*starts
}

func pages(bytes int) int { return (bytes + zerocopy.PageBytes - 1) / zerocopy.PageBytes }

// Open compiles the module and gives it a memory for the boids and slots of cfg.
// No page of orders or frames has been touched when it returns.
func Open(cfg copytax.Config) (flock.World, error) {
	w, err := New(flock.ModelOf(cfg), cfg.Slots, module)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// New is Open for any model, number of frame slots and build of the module; nil
// is the one of Module.
func New(m flock.Model, slots int, wasm []byte) (*World, error) {
	return newWorld(m, slots, wasm, 1)
}

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
		count:   slots,
		threads: threads,
		runtime: wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features)),
	}
	if err := w.build(ctx, wasm); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) build(ctx context.Context, module []byte) error {
	module, err := unshared(module)
	if err != nil {
		return err
	}
	compiled, err := w.runtime.CompileModule(ctx, module)
	if err != nil {
		return fmt.Errorf("compile the flock: %w", err)
	}
	w.compiled = compiled
	imports := compiled.ImportedMemories()
	if len(imports) != 1 {
		return fmt.Errorf("the flock imports %d memories, want 1", len(imports))
	}
	own := int(imports[0].Min()) * zerocopy.PageBytes
	if w.plan, err = planMemory(w.model, w.count, own, w.threads); err != nil {
		return err
	}
	memory, err := w.provideMemory(ctx)
	if err != nil {
		return err
	}
	instance, err := w.runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName("flock"))
	if err != nil {
		return fmt.Errorf("instantiate the flock: %w", err)
	}
	w.slice(memory)
	return w.bind(ctx, instance)
}

// provideMemory instantiates the module that exports the reservation as
// env.memory. The runtime owns the reservation from then on.
func (w *World) provideMemory(ctx context.Context) ([]byte, error) {
	reservation, err := zerocopy.Reserve(w.plan.total)
	if err != nil {
		return nil, err
	}
	lend := func(_, _ uint64) experimental.LinearMemory { return linearMemory{reservation} }
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(lend))
	env := memoryModule(uint32(w.plan.total / zerocopy.PageBytes))
	config := wazero.NewModuleConfig().WithName("env")
	if _, err := w.runtime.InstantiateWithConfig(ctx, env, config); err != nil {
		return nil, errors.Join(fmt.Errorf("provide %d bytes of memory: %w", w.plan.total, err), reservation.Close())
	}
	return reservation.Bytes(), nil
}

// slice cuts the memory into its parts.
func (w *World) slice(memory []byte) {
	p := w.plan
	w.desc = descriptor(memory[p.desc : p.desc+descBytes : p.desc+descBytes])
	w.all = memory
	w.orders = memory[p.orders:p.frames:p.frames]
	w.frames = memory[p.frames:p.total:p.total]
	for i := range w.policies {
		w.policies[i] = p.layout.Policy(w.orders, i)
	}
	for i := range w.count {
		w.slots = append(w.slots, p.layout.Frame(w.frames, i))
	}
	first := w.model.Policy
	w.first = memory[p.policy:p.stacks:p.stacks]
	first.Put(w.first)
}

// bind looks up the module's functions and fills what the descriptor holds
// for good.
func (w *World) bind(ctx context.Context, instance api.Module) error {
	for name, f := range map[string]*api.Function{
		"seed_frame": &w.seed, "step": &w.step, "sort": &w.sort, "perceive": &w.perceive, "genome_hash": &w.hash,
	} {
		if *f = instance.ExportedFunction(name); *f == nil {
			return fmt.Errorf("the flock exports no function %s", name)
		}
	}
	cells := w.model.Cells()
	size, err := instance.ExportedFunction("scratch_bytes").Call(ctx,
		uint64(w.model.Boids), uint64(cells[0]), uint64(cells[1]), uint64(cells[2]), uint64(w.threads))
	if err != nil {
		return fmt.Errorf("scratch_bytes: %w", err)
	}
	scratch := scratchBytes(w.model.Boids, cells) + (w.threads-1)*partBytes(cells)
	if size[0] != uint64(scratch) {
		return fmt.Errorf("scratch of %d boids in %v cells: %d bytes, the flock wants %d", w.model.Boids, cells, scratch, size[0])
	}
	w.desc.putSeed(w.model.Seed)
	w.desc.put(descBoids, uint32(w.model.Boids))
	w.desc.put(descScratch, uint32(w.plan.scratch))
	w.desc.put(descScratchBytes, uint32(scratch))
	w.desc.putCells(cells)
	w.desc.put(descDimensions, uint32(w.model.Dimensions))
	w.desc.put(descParts, uint32(w.threads))
	return nil
}

// Memory implements flock.World.
func (w *World) Memory() *copytax.EngineMemory {
	return w.plan.layout.EngineMemory(w.orders, w.frames)
}

// Regions implements flock.World.
func (w *World) Regions() (orders, frames []byte) { return w.orders, w.frames }

// Seed implements flock.World, under the policy of the model.
func (w *World) Seed(slot int) error {
	w.desc.put(descPolicy, uint32(w.plan.policy))
	w.desc.put(descTo, uint32(w.plan.frames+w.plan.layout.FrameOffset(slot)))
	s, err := w.call(w.seed)
	if err == nil && s == statusOK {
		return nil
	}
	return w.explain("seed the first frame", s, err, w.first)
}

// Step implements flock.World.
func (w *World) Step(epoch, generation uint64, from, to int) error {
	return w.stepInto(epoch, generation, from, to, 0)
}

// Renumber implements flock.World.
func (w *World) Renumber(epoch, generation uint64, from, to int) error {
	return w.stepInto(epoch, generation, from, to, 1)
}

func (w *World) stepInto(epoch, generation uint64, from, to int, renumber uint32) error {
	w.aim(epoch, generation, from, to)
	w.desc.put(descRenumber, renumber)
	return w.run(w.step, "step", epoch)
}

// Sort does the checks and the sort of a Step and nothing else, so that their
// share can be measured.
func (w *World) Sort(epoch, generation uint64, from, to int) error {
	w.aim(epoch, generation, from, to)
	return w.run(w.sort, "sort", epoch)
}

// Perceive does the checks, the sort and the sums over the neighbours of a Step
// and nothing else, so that their share can be measured.
func (w *World) Perceive(epoch, generation uint64, from, to int) error {
	w.aim(epoch, generation, from, to)
	return w.run(w.perceive, "perceive", epoch)
}

// GenomeHash implements flock.World. The module computes it in the memory that its
// step reads.
func (w *World) GenomeHash(generation uint64) (uint64, error) {
	w.desc.put(descGenome, w.genomeAddress(generation))
	w.stack[0] = uint64(w.plan.desc)
	if err := w.hash.CallWithStack(context.Background(), w.stack[:]); err != nil {
		return 0, fmt.Errorf("hash the genome of generation %d: %w", generation, err)
	}
	return w.stack[0], nil
}

// Neighbours implements flock.World.
func (w *World) Neighbours() uint64 { return w.desc.neighbours() }

// Close implements flock.World. It unmaps the memory and frees the compiled module.
func (w *World) Close() error { return w.runtime.Close(context.Background()) }

// aim points the descriptor at the input and the output of a step.
func (w *World) aim(epoch, generation uint64, from, to int) {
	p := &w.plan
	w.desc.put(descPolicy, uint32(p.orders+p.layout.PolicyOffset(int(epoch%2))))
	w.desc.put(descGenome, w.genomeAddress(generation))
	w.desc.put(descFrom, uint32(p.frames+p.layout.FrameOffset(from)))
	w.desc.put(descTo, uint32(p.frames+p.layout.FrameOffset(to)))
}

func (w *World) genomeAddress(generation uint64) uint32 {
	return uint32(w.plan.orders + w.plan.layout.GenomeOffset(int(generation%2)))
}

// call calls f on the descriptor. A trap is returned as it is, a refusal as a
// status.
func (w *World) call(f api.Function) (status, error) {
	w.stack[0] = uint64(w.plan.desc)
	err := f.CallWithStack(context.Background(), w.stack[:])
	return status(w.stack[0]), err
}

// run calls f, and explains a refusal by the policy of epoch.
func (w *World) run(f api.Function, what string, epoch uint64) error {
	s, err := w.call(f)
	if err == nil && s == statusOK {
		return nil
	}
	return w.explain(what, s, err, w.policies[epoch%2])
}

// explain turns a trap or a refusal into an error.
func (w *World) explain(what string, s status, err error, block []byte) error {
	if err != nil {
		return fmt.Errorf("%s: the flock trapped: %w", what, err)
	}
	var policy copytax.Policy
	if err := policy.Get(block); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, s.refusal(policy.Epoch, w.desc.culprit()))
}
