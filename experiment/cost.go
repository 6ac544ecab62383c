package experiment

// A Comparable experiment says by which numbers two of its runs are compared.
type Comparable interface {
	// Costs returns those of a run, by cell. Cells that are measured a second time for
	// the noise alone are left out. An error is a run that cannot be analysed.
	Costs(*Results) ([]Cost, error)
}

// A Cost is one number of one cell, of which more is worse.
type Cost struct {
	// Cell is what must be equal for two costs to be compared, in the form that this
	// program gives it, whatever program wrote the run.
	Cell Factors
	// Varied is what else was set and may differ between two runs, such as the seed. A
	// reader is told where it does.
	Varied Factors
	World  string // what was computed, for titles
	Arm    string
	Metric string // by which a user chooses it: of several costs, one word
	Name   string // for tables, with the unit
	// Floored is set where a value is a cost divided by its floor in the same block, so
	// that it is shown as a tax, 1 − 1 ÷ value. Other values are in ns and depend on the
	// machine.
	Floored bool
	Values  []float64 // positive, one a block
}

// The metrics by which two runs are compared.
const (
	CPUCost = "cpu"
	P50Cost = "p50"
	TaxCost = "tax"
)

// A Benchmarked experiment gives each of its trials as one result of a Go benchmark.
type Benchmarked interface {
	// Benchmark returns what the samples of a successful trial come to.
	Benchmark(samples Samples) (Benchmark, error)
}

// A Benchmark is one result of a Go benchmark.
type Benchmark struct {
	Iterations int // of its operation
	Values     []BenchmarkValue
}

// A BenchmarkValue is a number with its unit in the form of Go benchmarks, as ns/op.
type BenchmarkValue struct {
	Value float64
	Unit  string
}
