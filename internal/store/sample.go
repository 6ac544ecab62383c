package store

import "github.com/copytax/copytax"

// A Sample is what one role measured in one trial: a line of samples.jsonl.
// Durations are in nanoseconds and cover the measured window, all ticks of it,
// unless a name says otherwise.
type Sample struct {
	Trial int    `json:"trial"` // number of the trial in the run, from 0, in the order of running
	Block int    `json:"block"` // number of the block, from 0
	Arm   string `json:"arm"`   // the arm's name in the plan

	Scenario  string `json:"scenario"`
	Transport string `json:"transport"`
	copytax.Config

	Role string `json:"role"` // kernel, engine, viewer; or trial, on the only line of a trial that failed
	// Host is the role whose process this role ran in: itself, but for
	// transports that keep all roles in one process. Figures of a process
	// (process_cpu_ns, residual, usage) stand on the host's line only.
	Host string `json:"host"`
	PID  int    `json:"pid"`

	Error string `json:"error,omitempty"` // why the trial failed; all figures below are then absent

	WallNS       int64 `json:"wall_ns"`        // length of the window
	ProcessCPUNS int64 `json:"process_cpu_ns"` // CLOCK_PROCESS_CPUTIME_ID over the window
	SampledTicks int   `json:"sampled_ticks"`  // ticks whose CPU was read lap by lap
	Stride       int   `json:"stride"`         // one ordinary tick in so many was sampled
	Laps         int64 `json:"laps"`           // laps in the window, all ticks

	// CPUNS is the CPU of each phase, scaled from the sampled ticks to the
	// window, the meter's calibrated cost taken out and shown as "meter".
	CPUNS map[string]float64 `json:"cpu_ns"`
	// PhaseWallNS is the wall-clock time of each phase, summed over every tick.
	PhaseWallNS map[string]int64 `json:"phase_wall_ns"`

	WireBytes   int64 `json:"wire_bytes"`
	CopiedBytes int64 `json:"copied_bytes"`
	Syscalls    int64 `json:"syscalls"`
	Usage       Usage `json:"usage"`

	Latency  *Latency              `json:"latency,omitempty"` // on the viewer's line
	Evidence copytax.Evidence      `json:"evidence"`
	Proof    *copytax.AddressProof `json:"proof,omitempty"`
}

// Usage is what the operating system and the runtime counted over the window,
// for a whole process.
type Usage struct {
	AllocBytes          int64 `json:"alloc_bytes"`
	AllocObjects        int64 `json:"alloc_objects"`
	Collections         int64 `json:"collections"` // garbage collection cycles
	VoluntarySwitches   int64 `json:"voluntary_switches"`
	InvoluntarySwitches int64 `json:"involuntary_switches"`
	MinorFaults         int64 `json:"minor_faults"`
	MajorFaults         int64 `json:"major_faults"`
}

// Latency summarizes, over the ticks of the window, the time from the policy
// being published to the viewer having used the frame. The percentiles are
// exact order statistics; the histogram is for drawing.
type Latency struct {
	Count  int64   `json:"count"`
	MeanNS float64 `json:"mean_ns"`
	MinNS  int64   `json:"min_ns"`
	P50NS  int64   `json:"p50_ns"`
	P90NS  int64   `json:"p90_ns"`
	P99NS  int64   `json:"p99_ns"`
	P999NS int64   `json:"p999_ns"`
	MaxNS  int64   `json:"max_ns"`
	// Histogram holds pairs of (upper edge of the bucket in ns, count), the
	// buckets of an HDR histogram of two significant digits, empty ones left out.
	Histogram [][2]int64 `json:"histogram_ns"`
}
