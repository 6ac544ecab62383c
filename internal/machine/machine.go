// Package machine says what a run was measured on, and what that machine can
// and cannot measure.
//
// [Fingerprint] fills the part of a run's manifest that a reader needs to
// judge or to repeat it; [Doctor] tries everything that the benchmark relies
// on and says what follows where something is missing; an [Observer] reads what
// the machine is like around each trial. The package changes no setting and names
// no host or user. It works on Linux; elsewhere all of them return an error that
// says so.
package machine

// An Info is the fingerprint of a machine at one moment. What could not be
// read is absent and listed, with the reason, in Missing: a field that is
// empty without being listed there does not exist on this kind of machine.
type Info struct {
	OS           string `json:"os"`
	Arch         string `json:"arch"`
	Distribution string `json:"distribution,omitempty"`
	Kernel       string `json:"kernel"`       // release and build of the operating system's kernel
	BootOptions  string `json:"boot_options"` // of the kernel's command line what bears on timing; the rest is private to the machine

	CPU         CPU               `json:"cpu"`
	Caches      []Cache           `json:"caches"` // of logical processor 0, level 1 first
	Mitigations map[string]string `json:"mitigations"`
	Memory      Memory            `json:"memory"`
	Virtual     Virtual           `json:"virtual"`
	Limits      Limits            `json:"limits"`
	Sockets     Sockets           `json:"sockets"`
	Clocksource string            `json:"clocksource"`
	Clocks      []Clock           `json:"clocks"`
	Go          Runtime           `json:"go"`
	LoadAverage [3]float64        `json:"load_average"` // over 1, 5 and 15 minutes, before anything was measured

	Missing []Missing `json:"missing"`
}

// CPU describes the processors.
type CPU struct {
	Model         string   `json:"model"`
	Logical       int      `json:"logical"`            // online in the machine
	Physical      int      `json:"physical"`           // distinct cores among them
	Usable        int      `json:"usable"`             // in this process's affinity mask
	Affinity      string   `json:"affinity,omitempty"` // which they are, as a list of ranges
	NUMANodes     int      `json:"numa_nodes"`
	SIMD          []string `json:"simd"` // the extensions that matter here, as the kernel names them, sorted
	Microcode     string   `json:"microcode,omitempty"`
	MHz           float64  `json:"mhz,omitempty"` // of processor 0 when it was asked
	Governor      string   `json:"governor,omitempty"`
	Boost         string   `json:"boost,omitempty"`
	SMT           string   `json:"smt,omitempty"`
	StealFraction float64  `json:"steal_fraction"` // of all processor time since boot, taken by the hypervisor
}

// A Cache is one cache of processor 0.
type Cache struct {
	Level     int    `json:"level"`
	Type      string `json:"type"`
	SizeBytes int64  `json:"size_bytes"`
	SharedBy  string `json:"shared_by"` // the logical processors that share it, as a list of ranges
}

// Memory describes main memory. Sizes are in bytes.
type Memory struct {
	TotalBytes      int64   `json:"total_bytes"`
	AvailableBytes  int64   `json:"available_bytes"`
	SwapTotalBytes  int64   `json:"swap_total_bytes"`
	SwapUsedBytes   int64   `json:"swap_used_bytes"`
	PageBytes       int     `json:"page_bytes"`
	TransparentHuge string  `json:"transparent_huge_pages,omitempty"`        // for anonymous memory
	SharedHuge      string  `json:"transparent_huge_pages_shared,omitempty"` // for memfds, and so for the hub
	CopyGBps        float64 `json:"copy_gb_per_s"`                           // 10⁹ bytes copied a second by one core, 32 MiB at a time, median of 7
}

// Virtual says whether the machine is a guest or a container.
type Virtual struct {
	Hypervisor string `json:"hypervisor,omitempty"` // empty on bare metal
	Evidence   string `json:"evidence"`             // what the answer rests on
	Container  string `json:"container,omitempty"`  // empty outside one
}

// Limits are what the control groups and the process limits allow. Zero means
// that there is no limit.
type Limits struct {
	CPUs        float64 `json:"cpus"`         // processors' worth of time
	MemoryBytes int64   `json:"memory_bytes"` // shared memory counts against it
	OpenFiles   uint64  `json:"open_files"`
}

// Sockets holds the limits of socket buffers that an ordinary process meets.
type Sockets struct {
	SendMaxBytes    int64  `json:"send_max_bytes"`
	ReceiveMaxBytes int64  `json:"receive_max_bytes"`
	TCPCongestion   string `json:"tcp_congestion,omitempty"`
}

// A Clock is one that the meter reads, with the price of reading it.
type Clock struct {
	Name         string  `json:"name"`
	CostNS       float64 `json:"cost_ns"`       // median over batches of the mean cost of one read
	ResolutionNS int64   `json:"resolution_ns"` // as the operating system states it; 0 where it states none
	StepNS       int64   `json:"step_ns"`       // smallest positive difference seen between two reads in a row
}

// Runtime describes the Go runtime of the calling process.
type Runtime struct {
	Version    string `json:"version"`
	Compiler   string `json:"compiler"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	GOGC       string `json:"gogc"`       // as set in the environment, or "default"
	GOMEMLIMIT string `json:"gomemlimit"` // as set in the environment, or "default"
	GODEBUG    string `json:"godebug,omitempty"`
	GOAMD64    string `json:"goamd64,omitempty"` // the instruction set that the program was built for
	Race       bool   `json:"race"`              // built with the race detector: no number of such a run is worth anything
}

// A Missing is a fact that could not be had.
type Missing struct {
	Field string `json:"field"`
	Why   string `json:"why"`
}
