package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

// try is one of a trial, beside a neighbour that uses so much.
func try(out *store.Run, trial, repeat int, uses float64) error {
	e := &experiment.Environment{Start: time.Unix(5, 0).UTC(), Others: &uses}
	return out.Append(experiment.Sample{
		Trial: trial, Block: trial, Repeat: repeat, Worker: "all", Metrics: map[string]float64{"wall_ns": float64(10*trial + repeat)},
		Environment: e, Void: out.Void(e),
	})
}

// Void tries are there with their figures and their reason, and counts tells them from
// those that reports are made of.
func TestVoidTriesAreExported(t *testing.T) {
	dir := t.TempDir() + "/run"
	out, err := store.Create(dir, store.Manifest{Plan: experiment.Plan{
		Experiments: []string{"x"}, Blocks: 2, Environment: experiment.UsualEnvironment(1),
		Cells: []experiment.Cell{{Experiment: "x", Factors: experiment.Factors{"counts": "7"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(try(out, 0, 0, 0.5), try(out, 0, 1, 0), try(out, 1, 0, 0.5), try(out, 1, 1, 0.25), out.Finish())
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.Load(dir, func(string) (experiment.Experiment, bool) { return nil, false })
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := "run,experiment,trial,block,attempt,repeat,counts,worker,factor_counts,metric,value,void,error"; strings.Join(rows[0], ",") != want {
		t.Errorf("got columns %s, want %s", rows[0], want)
	}
	var got []string
	for _, row := range rows[1:] {
		if metric := row[9]; metric != "environment.start_s" {
			got = append(got, fmt.Sprintf("%s/%s %s %s %s=%s %t", row[2], row[5], row[6], row[7], metric, row[10], row[11] != ""))
		}
	}
	want := []string{
		"0/0 false trial environment.others_fraction=0.5 true", "0/0 false all wall_ns=0 true",
		"0/1 true trial environment.others_fraction=0 false", "0/1 true all wall_ns=1 false",
		"1/0 false trial environment.others_fraction=0.5 true", "1/0 false all wall_ns=10 true",
		"1/1 true trial environment.others_fraction=0.25 true", "1/1 true all wall_ns=11 true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
