package main

import (
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/stats"
)

// A row is one transport at one configuration in the summary of run --json.
// Times are in ns, costs are a tick over all roles; a number that does not
// exist, such as an interval of one block, is absent.
type row struct {
	Arm             string               `json:"arm"`
	Config          copytax.Config       `json:"config"`
	Trials          int                  `json:"trials"`
	CPUNS           *interval            `json:"cpu_ns,omitempty"`
	LatencyP50NS    *interval            `json:"latency_p50_ns,omitempty"`
	LatencyP99NS    *interval            `json:"latency_p99_ns,omitempty"`
	WireBytes       *interval            `json:"wire_bytes,omitempty"`
	CopiedBytes     *interval            `json:"copied_bytes,omitempty"`
	AdditiveTax     *interval            `json:"additive_tax,omitempty"`
	DifferentialTax *interval            `json:"differential_tax,omitempty"`
	LatencyTax      map[string]*interval `json:"latency_tax,omitempty"`   // by statistic
	ClosureError    *float64             `json:"closure_error,omitempty"` // largest of all trials
	MeterShare      *float64             `json:"meter_share,omitempty"`   // largest of all trials
}

// An interval is an estimate with its 95% interval over blocks.
type interval struct {
	Value  float64  `json:"value"`
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
	Blocks int      `json:"blocks"`
}

func rows(a *stats.Analysis) []row {
	all := []row{}
	for _, c := range a.Cases {
		for _, arm := range c.Arms {
			r := row{
				Arm: arm.Name, Config: c.Config, Trials: arm.Trials,
				CPUNS: newInterval(arm.CPU), WireBytes: newInterval(arm.WireBytes), CopiedBytes: newInterval(arm.CopiedBytes),
				LatencyP50NS: newInterval(arm.Latency[stats.LatencyP50]), LatencyP99NS: newInterval(arm.Latency[stats.LatencyP99]),
				AdditiveTax: newInterval(arm.Additive.Estimate), DifferentialTax: newInterval(arm.Differential.Estimate),
				LatencyTax: map[string]*interval{}, ClosureError: number(arm.ClosureError), MeterShare: number(arm.MeterShare),
			}
			for s, tax := range arm.LatencyTax {
				if i := newInterval(tax.Estimate); i != nil {
					r.LatencyTax[stats.Statistic(s).String()] = i
				}
			}
			all = append(all, r)
		}
	}
	return all
}

func newInterval(e stats.Estimate) *interval {
	if e.N == 0 || math.IsNaN(e.Value) {
		return nil
	}
	return &interval{Value: e.Value, Low: number(e.Low), High: number(e.High), Blocks: e.N}
}

// number returns nil for what JSON has no word for.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
