package render

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/stats"
	"github.com/copytax/copytax/internal/store"
)

// What JSON writes. A number that does not exist is null, never zero.
type (
	jsonReport struct {
		Run            string     `json:"run"`
		State          string     `json:"state"`
		BlocksComplete int        `json:"blocks_complete"`
		TrialsFailed   int        `json:"trials_failed"`
		Cases          []jsonCase `json:"cases"`
		Notes          []string   `json:"notes"` // failures, dropped pairs, unavailable transports, warnings
	}
	jsonCase struct {
		Config       copytax.Config      `json:"config"`
		CPUFloor     *float64            `json:"noise_floor_cpu"`
		LatencyFloor map[string]*float64 `json:"noise_floor_latency"`
		Arms         []jsonArm           `json:"arms"`
	}
	jsonArm struct {
		Name         string                  `json:"name"`
		Engine       string                  `json:"engine,omitempty"` // "native", or absent for the module in WebAssembly
		Rung         int                     `json:"rung"`
		Trials       int                     `json:"trials"`
		CPUNS        jsonEstimate            `json:"cpu_ns_per_tick"`
		PhaseNS      map[string]jsonEstimate `json:"phase_cpu_ns_per_tick"`
		WallNS       jsonEstimate            `json:"wall_ns_per_tick"`
		LatencyNS    map[string]jsonEstimate `json:"latency_ns"`
		WireBytes    jsonEstimate            `json:"wire_bytes_per_tick"`
		CopiedBytes  jsonEstimate            `json:"copied_bytes_per_tick"`
		Additive     jsonTax                 `json:"additive_tax"`
		Differential jsonTax                 `json:"differential_tax"`
		Latency      map[string]jsonTax      `json:"latency_tax"`
		EngineSaving *jsonEstimate           `json:"engine_saving,omitempty"` // of a native arm, over the same transport
		Closure      *float64                `json:"closure_error_max"`
		MeterShare   *float64                `json:"meter_share_max"`
	}
	jsonTax struct {
		jsonEstimate
		Wins       int  `json:"wins"`
		Indistinct bool `json:"indistinct"`
	}
	jsonEstimate struct {
		Value *float64 `json:"value"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
		N     int      `json:"n"`
	}
)

// JSON writes the numbers of every config to w as one JSON object, for a
// program to read: times in nanoseconds, taxes as shares.
func JSON(w io.Writer, results *store.Results) error {
	r, err := newReport(results)
	if err != nil {
		return err
	}
	out := jsonReport{
		Run: r.name(), State: string(results.Manifest.State), BlocksComplete: r.Complete,
		TrialsFailed: len(r.Failures), Notes: append([]string{}, r.notes()...),
	}
	for _, c := range r.Cases {
		out.Cases = append(out.Cases, jsonOf(c))
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func jsonOf(c stats.Case) jsonCase {
	out := jsonCase{Config: c.Config, CPUFloor: orNull(c.Floor.CPU), LatencyFloor: map[string]*float64{}}
	for s, v := range c.Floor.Latency {
		out.LatencyFloor[stats.Statistic(s).String()] = orNull(v)
	}
	for _, arm := range c.Arms {
		out.Arms = append(out.Arms, jsonOfArm(arm))
	}
	return out
}

func jsonOfArm(a stats.Arm) jsonArm {
	out := jsonArm{
		Name: a.Name, Engine: a.Engine, Rung: a.Rung, Trials: a.Trials,
		CPUNS: jsonOfEstimate(a.CPU), WallNS: jsonOfEstimate(a.Wall),
		WireBytes: jsonOfEstimate(a.WireBytes), CopiedBytes: jsonOfEstimate(a.CopiedBytes),
		Additive: jsonOfTax(a.Additive), Differential: jsonOfTax(a.Differential),
		PhaseNS: map[string]jsonEstimate{}, LatencyNS: map[string]jsonEstimate{}, Latency: map[string]jsonTax{},
		Closure: orNull(a.ClosureError), MeterShare: orNull(a.MeterShare),
	}
	if a.EngineSaving.N > 0 {
		saving := jsonOfEstimate(a.EngineSaving)
		out.EngineSaving = &saving
	}
	for p, e := range a.Phase {
		out.PhaseNS[copytax.Phase(p).String()] = jsonOfEstimate(e)
	}
	for s := range stats.NumStatistics {
		out.LatencyNS[s.String()] = jsonOfEstimate(a.Latency[s])
		out.Latency[s.String()] = jsonOfTax(a.LatencyTax[s])
	}
	return out
}

func jsonOfTax(t stats.Tax) jsonTax {
	return jsonTax{jsonOfEstimate(t.Estimate), t.Wins, t.Indistinct}
}

func jsonOfEstimate(e stats.Estimate) jsonEstimate {
	return jsonEstimate{orNull(e.Value), orNull(e.Low), orNull(e.High), e.N}
}

// orNull returns nil for a number that JSON, and the reader, cannot take.
func orNull(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
