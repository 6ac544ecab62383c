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

// A KernelActor opens a tick before the engine and ends it after the viewer.
type KernelActor interface {
	// Begin publishes the policy of epoch, and a genome when one is due.
	Begin(epoch uint64) error
	// Actor's Tick reads the frame of epoch and waits until the viewer has
	// used it.
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
	// Proof is where the last frame lay in the role's memory, from a link
	// that is a Prover. It differs from process to process and is stored on
	// its own.
	Proof *AddressProof `json:"-"`
}
