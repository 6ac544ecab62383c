package copytax

// A Scenario is a workload: what the roles do with the messages that a
// transport carries. Scenarios and transports know nothing of each other.
type Scenario interface {
	Name() string
	Summary() string // one line
	NewKernel(Env, KernelLink) (KernelActor, error)
	NewEngine(Env, EngineLink) (Actor, error)
	NewViewer(Env, ViewerLink) (Actor, error)
}

// A Witnessing scenario says what its roles must prove. Of another one every reader
// of frames owes a digest and a chain.
type Witnessing interface {
	// Owes returns the names of the evidence that a role must give, as they stand
	// in the results: digest, chain, genome.
	Owes(Role) []string
}

// An Actor does the work of one role. Its methods are called by one goroutine, Tick once
// for each epoch from 0 upwards.
type Actor interface {
	Tick(epoch uint64) error
	// Evidence says what the actor saw, after the last tick.
	Evidence() (Evidence, error)
	Close() error
}

// A LatestActor is the Actor of a viewer that can read the latest frame. In a trial of
// Config.Latest a Take comes before each of its Ticks, unless all roles take turns: then
// there is no frame but that of the epoch, and Tick is called alone, once for each.
type LatestActor interface {
	Actor
	// Take blocks until there is a frame of epoch or a later one, and takes the newest.
	// The next Tick uses it, and is that of its epoch, which is returned.
	Take(epoch uint64) (taken uint64, err error)
}

// A KernelActor opens a tick before the engine and ends it after the viewer.
type KernelActor interface {
	// Begin publishes the policy of epoch, and a genome when one is due.
	Begin(epoch uint64) error
	// Actor's Tick reads the frame of epoch and waits until the viewer has
	// used it, unless the viewer reads the latest frame.
	Actor
}

// Evidence is what a role can prove of the world that it saw. Empty fields are
// of no concern to the role. All that are filled must be equal in all roles of
// a trial, and in all trials of one Config, whatever the transport.
type Evidence struct {
	// Digest is the BLAKE3 of the last frame: N and the epoch as little-endian
	// 64-bit words, then every column without padding, in order.
	Digest string `json:"digest,omitempty"`
	// Chain folds the [Sums] of every frame of the trial, in hex.
	Chain string `json:"chain,omitempty"`
	// Genome is the FNV-1a hash, 64 bits over 32-bit words, of the genes of
	// the last generation: as written by the kernel, and as found by the
	// physics in the memory that it reads.
	Genome string `json:"genome,omitempty"`
	// MeanNeighbours is the mean number of neighbours a boid had in the last
	// step; 0 where it was not counted.
	MeanNeighbours float64 `json:"mean_neighbours,omitempty"`
	// Seen are the frames that the role saw, in that order, in a trial of
	// Config.Latest. Those of the viewer are compared with those of the kernel, in
	// place of a chain. They are not stored.
	Seen []Sight `json:"-"`
	// Proof is where the last frame lay in the role's memory, from a link
	// that is a Prover. It differs from process to process and is stored on
	// its own.
	Proof *AddressProof `json:"-"`
}

// A Sight says what a reader of frames saw of one.
type Sight struct {
	Epoch uint64 `json:"epoch"`
	Hash  uint64 `json:"hash,string"` // the [Sums.Fold] of the frame and 0
}
