package kernel

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/copytax/copytax/internal/stats"
)

// What JSON writes. A number that does not exist is null, never zero.
type (
	jsonWorld struct {
		Name       string    `json:"name"`
		Boids      int       `json:"boids"`
		Candidates *float64  `json:"candidates_per_boid"`
		Neighbours *float64  `json:"neighbours_per_boid"`
		Backends   []jsonRow `json:"backends"`
	}
	jsonRow struct {
		Backend   string       `json:"backend"`
		NS        jsonEstimate `json:"ns_per_boid"`
		Sort      jsonEstimate `json:"sort_ns"`
		Force     jsonEstimate `json:"force_ns"`
		Integrate jsonEstimate `json:"integrate_ns"`
		ToScalar  jsonEstimate `json:"times_scalar"`
		ToSSE2    jsonEstimate `json:"times_sse2"`
		OfLimit   jsonEstimate `json:"times_limit"`
		OfCeiling jsonEstimate `json:"times_ceiling"`
	}
	jsonSlope struct {
		Backend  string       `json:"backend"`
		Series   string       `json:"series"`
		Exponent jsonEstimate `json:"exponent"`
	}
	jsonVerdict struct {
		World   string       `json:"world"`
		Fast    string       `json:"fast"`
		Slow    string       `json:"slow"`
		Speedup jsonEstimate `json:"times_as_fast"`
		Verdict string       `json:"verdict"`
	}
	jsonEstimate struct {
		Value *float64 `json:"value"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
		N     int      `json:"n"`
	}
	jsonSummary struct {
		Worlds   []jsonWorld   `json:"worlds"`
		Slopes   []jsonSlope   `json:"slopes"`
		Verdicts []jsonVerdict `json:"verdicts"`
		Claim    string        `json:"claim"`
		Notes    []string      `json:"notes"`
	}
)

// JSON writes the numbers of a run to w as one JSON object, for a program to read.
func JSON(w io.Writer, r *Results) error {
	a := Analyze(r)
	out := jsonSummary{Worlds: []jsonWorld{}, Slopes: []jsonSlope{}, Verdicts: []jsonVerdict{},
		Claim: conclude(a.Verdicts), Notes: append([]string{}, r.notes()...)}
	for _, t := range a.Worlds {
		out.Worlds = append(out.Worlds, jsonOfTable(t))
	}
	for _, s := range a.Slopes {
		out.Slopes = append(out.Slopes, jsonSlope{s.Backend, s.Series, jsonOf(s.Exponent)})
	}
	for _, v := range a.Verdicts {
		out.Verdicts = append(out.Verdicts, jsonVerdict{v.World, v.Fast, v.Slow, jsonOf(v.Speedup), v.Verdict})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func jsonOfTable(t Table) jsonWorld {
	candidates, neighbours := t.company()
	w := jsonWorld{Name: t.Name, Boids: t.Boids, Candidates: orNull(candidates), Neighbours: orNull(neighbours), Backends: []jsonRow{}}
	for _, r := range t.Rows {
		w.Backends = append(w.Backends, jsonRow{
			Backend: r.Backend.Name, NS: jsonOf(r.NS), Sort: jsonOf(r.Sort), Force: jsonOf(r.Force), Integrate: jsonOf(r.Integrate),
			ToScalar: jsonOf(r.ToScalar), ToSSE2: jsonOf(r.ToSSE2), OfLimit: jsonOf(r.OfLimit), OfCeiling: jsonOf(r.OfCeiling),
		})
	}
	return w
}

func jsonOf(e stats.Estimate) jsonEstimate {
	if e.N == 0 {
		return jsonEstimate{}
	}
	return jsonEstimate{orNull(e.Value), orNull(e.Low), orNull(e.High), e.N}
}

// orNull returns nil for a number that JSON, and the reader, cannot take.
func orNull(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
