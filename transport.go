package copytax

import (
	"os"
	"slices"
)

// A Transport is what a trial varies: how Policy, Genome and Frame get from
// one role to another. Everything else is the same code.
//
// A tick in lock-step is: the kernel publishes a policy (and once a generation
// a genome before it); the engine acquires it, steps, and publishes a frame;
// kernel and viewer both acquire that frame and read every float of it; the
// viewer releases it, which tells the kernel that it has been used; the kernel
// goes on with the next tick. A transport moves whole batches: one call a
// frame, never one a boid.
type Transport interface {
	// Name is the transport's name on the command line: carrier+codec, with a
	// variant behind a colon.
	Name() string
	// Info says what the transport is.
	Info() Info
	// Wire runs in the supervising process, once a trial, and makes the
	// descriptors that the roles inherit.
	Wire(Config) (*Wiring, error)

	OpenKernel(Env) (KernelLink, error)
	OpenEngine(Env) (EngineLink, error)
	OpenViewer(Env) (ViewerLink, error)
}

// Info describes a transport to a reader and to the runner.
type Info struct {
	Rung    int    // place on the ladder, 0 for direct
	Summary string // one line: what it does, and what it adds to the rung below
	// OneProcess is set when all roles live in one address space. Links must be
	// opened in the order engine, kernel, viewer, on one goroutine and from the
	// same value of Transport, so that opening one must not wait for a later one.
	OneProcess bool
	// Concurrent is set when the roles of one process run at the same time, each
	// on a goroutine of its own. Else they take turns on one.
	Concurrent bool
	// OwnThread is set when a link blocks in system calls of its own, or
	// spins, so that the role should keep its OS thread. It must not be set
	// when a link hands work to other goroutines: a hand-off from a locked
	// thread is many times dearer.
	OwnThread bool
	// ZeroCopy is set when a frame's columns are the same physical pages on
	// every side. Links must then be Provers, and a copied byte fails the trial.
	ZeroCopy bool
	// InPlace is set of roles in a tab that read and write frames where the engine's
	// memory has them. They must show where the last one lay, and a byte that one of them
	// copies fails the trial.
	InPlace [NumRoles]bool
	// Foreign is set when no role runs in Go: the links are those of the runtimes that
	// Runtimes lists, and the Open methods fail.
	Foreign bool
	// Runtimes lists, for each role, the runtimes besides Go that it can have with this
	// transport. A native engine is any program that maps the descriptors that Wire
	// gives to the engine, which are then the three regions of a hub and nothing else.
	Runtimes [NumRoles][]Runtime
	// Latest is set when the viewer's link is a [LatestAcquirer].
	Latest bool
	// Spins is set when a role that waits keeps a core busy. What a trial costs then
	// hangs on what else the machine does, so that less is wanted of its interval.
	Spins bool
	// Unavailable says why this machine cannot run the transport; empty if it can.
	Unavailable string
}

// Can reports whether the role can run in a runtime. Every role can in Go, unless the
// transport is foreign there.
func (i Info) Can(role Role, r Runtime) bool {
	return r == Go && !i.Foreign || slices.Contains(i.Runtimes[role], r)
}

// Wiring holds what each role inherits, and what the supervisor keeps of a
// trial's data plane.
type Wiring struct {
	// Files are the descriptors of each role. The supervisor owns them and
	// closes its copies once the roles have been started.
	Files [NumRoles][]*os.File
	// Lost, when it is not nil, tells the roles that are left that the process
	// of a role has ended before its time, so that none waits for it any
	// longer. The supervisor calls it as soon as it sees the end, and again
	// every few milliseconds while roles are left, since one that was on its
	// way to sleep may have missed the first call. All calls come from one
	// goroutine and before Close. A transport whose roles notice by themselves,
	// as by the end of a stream, needs none.
	Lost func(Role)
	// Unmap, when it is not nil, gives back what Lost needs. Close calls it.
	Unmap func()
}

// CloseFiles closes every file, so that an end of the data plane is not kept
// open by the supervisor when the role that has it dies. It is safe to call
// twice.
func (w *Wiring) CloseFiles() {
	for _, files := range w.Files {
		for _, f := range files {
			f.Close() // Note: the peers hold their own descriptors; nothing is buffered here.
		}
	}
}

// Close closes every file and gives back what else the wiring holds. Lost must
// not be called afterwards. It is safe to call twice.
func (w *Wiring) Close() {
	w.CloseFiles()
	if w.Unmap != nil {
		w.Unmap()
	}
	w.Lost, w.Unmap = nil, nil
}

// A Rendezvous lets the roles of a trial tell each other, before the measured
// window, what can only be known at run time, such as the port of a listener.
// It doubles as a barrier: Lookup blocks until the value is there.
type Rendezvous interface {
	Share(key, value string) error
	Lookup(key string) (string, error)
}

// Env is what a role gives to its link.
type Env struct {
	Config
	Files    []*os.File // inherited, in the order of Wiring.Files[role]; the link owns them
	Meter    Meter
	Counters *Counters
	Rendezvous
	// Alone is set when the role has its process to itself. A link of
	// Info.OwnThread may then sleep in system calls that it makes past Go's
	// scheduler: nothing else needs the processor that the scheduler would
	// have given away, and giving it away costs several times the call.
	Alone bool
	// Mark notes the time at which an epoch passed the role: for the kernel
	// just before its policy is published, for the viewer once its frame has
	// been used. Their difference is the latency of the tick. Actors call it,
	// links do not.
	Mark func(epoch uint64)
}

// A KernelLink is the kernel's end of a transport. Its methods are called by
// one goroutine.
type KernelLink interface {
	// LoanGenome returns memory for the next genome. The caller fills every
	// column and sets Generation; the memory is the link's again once the
	// genome is published.
	LoanGenome() (*Genome, error)
	// Publish sends the policy of one tick, behind g when g is not nil.
	Publish(p *Policy, g *Genome) error
	// AcquireFrame blocks until the frame of epoch is here.
	AcquireFrame(epoch uint64) (*Frame, error)
	// ReleaseFrame gives the frame back.
	ReleaseFrame(*Frame) error
	// AwaitUsed blocks until the viewer has released the frame of epoch.
	AwaitUsed(epoch uint64) error
	Close() error
}

// A PolicyLoaner is a KernelLink that lets the kernel write a policy where the
// engine will read it. The kernel fills every field of the loan and hands the
// same pointer to Publish; the memory is the link's again after that.
type PolicyLoaner interface {
	LoanPolicy(epoch uint64) *Policy
}

// EngineMemory is the part of the engine's linear memory that its link may
// fill. All of it is owned by the engine and outlives the link. When the link
// is a [MemoryMapper] it lies in the mapped hub.
type EngineMemory struct {
	Policies [2][]byte  // PolicyBytes each; the policy of epoch e belongs in Policies[e%2]
	Genomes  [2]*Genome // the genome of generation g belongs in Genomes[g%2]
	Frames   []*Frame   // Config.Slots slots
}

// An EngineLink is the engine's end of a transport. Its methods are called by
// one goroutine.
type EngineLink interface {
	// Bind tells the link where the engine's memory is, before the first tick.
	Bind(*EngineMemory) error
	// AcquirePolicy blocks until the policy of epoch lies in the engine's
	// memory in canonical form and, if it asks for a generation that was not
	// there yet, that genome as well. It returns the policy's generation.
	AcquirePolicy(epoch uint64) (generation uint64, err error)
	// LoanFrame returns the slot to write the frame of epoch to. It is never
	// the slot of the previous frame, which is the step's input, nor one that
	// a reader still holds. The caller writes every column.
	LoanFrame(epoch uint64) (*Frame, error)
	// PublishFrame sends a loaned frame to kernel and viewer. The engine may
	// go on reading the frame until it publishes the next one.
	PublishFrame(*Frame) error
	Close() error
}

// A ViewerLink is the viewer's end of a transport. Its methods are called by
// one goroutine.
type ViewerLink interface {
	// AcquireFrame blocks until the frame of epoch is here.
	AcquireFrame(epoch uint64) (*Frame, error)
	// ReleaseFrame gives the frame back and tells the kernel that the viewer
	// has used it.
	ReleaseFrame(*Frame) error
	Close() error
}

// A LatestAcquirer is a ViewerLink of a viewer that, as a display does, goes on with
// the newest frame and skips those before it. In a trial of Config.Latest the viewer
// calls it instead of AcquireFrame, no use of a frame is told to the kernel, and the
// engine never waits for the viewer, but for the last frame of the trial, which is
// never skipped. Where all roles take turns each frame is the latest, and AcquireFrame
// is called.
type LatestAcquirer interface {
	// AcquireLatest blocks until there is a frame of the given epoch or a later one,
	// and returns the newest that it can have: where readers see the engine's memory the
	// last one published, elsewhere the next one that is, since a frame that nobody has
	// asked for was not sent. Its Epoch says which one it is.
	AcquireLatest(epoch uint64) (*Frame, error)
}

// A MemoryMapper is an EngineLink whose shared memory is to become part of the
// engine's linear memory. Both methods replace the pages behind their argument,
// which is page-aligned and exactly as long as the region, by a mapping of the
// hub at the same address.
type MemoryMapper interface {
	MapOrders(at []byte) error // policies and genomes; read-only
	MapFrames(at []byte) error // frames; writable
}

// A Prover is a link that can show where a frame lies.
type Prover interface {
	// Prove looks up the mapping that holds the frame's first column in the
	// process's memory map and compares it with the hub's file.
	Prove(*Frame) (AddressProof, error)
}

// An AddressProof shows that a frame's columns are bytes of the hub. Address
// and Mapping are virtual addresses of the proving process.
type AddressProof struct {
	Address    string `json:"address"`     // of the first float of the first column
	Mapping    string `json:"mapping"`     // start-end of the mapping it lies in
	Path       string `json:"path"`        // of the mapping, as the operating system names it
	FileOffset int64  `json:"file_offset"` // of the first float, in bytes from the start of the file
	MapDevice  uint64 `json:"map_device"`  // device and inode of the mapping
	MapInode   uint64 `json:"map_inode"`
	HubDevice  uint64 `json:"hub_device"` // device and inode of the hub's descriptor
	HubInode   uint64 `json:"hub_inode"`
}

// Holds reports whether the frame lies in the hub.
func (p AddressProof) Holds() bool {
	return p.MapInode != 0 && p.MapInode == p.HubInode && p.MapDevice == p.HubDevice
}
