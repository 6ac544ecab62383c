package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
)

// limit is how long one cell may take before it counts as hung.
const limit = 90 * time.Second

// A driver starts the workers.
type driver struct {
	options
	folder  string // of the workers' files, removed by close
	prefix  string // of the names that the workers give to what they share
	troupes map[string]*gauge.Troupe
	trial   int
}

func newDriver(o options) (*driver, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the driver itself: %w", err)
	}
	folder, err := os.MkdirTemp("", "rivals-")
	if err != nil {
		return nil, err
	}
	d := &driver{options: o, folder: folder, prefix: fmt.Sprintf("rivals%d_", os.Getpid()), troupes: map[string]*gauge.Troupe{}}
	d.troupes["copytax"] = gauge.NewTroupe(exe, workerArg)
	d.troupes["unix-socket"] = d.troupes["copytax"]
	d.troupes["shmipc-go"] = gauge.NewTroupe(o.shmipc)
	d.troupes["iceoryx2"] = gauge.NewTroupe(o.iceoryx2)
	return d, nil
}

// close ends every worker and removes what they left: iceoryx2 keeps a file of
// its own in /dev/shm even when all its nodes have ended in order.
func (d *driver) close() error {
	for name, t := range d.troupes {
		if name != "unix-socket" { // the hub's troupe
			t.Close()
		}
	}
	failed := []error{os.RemoveAll(d.folder)}
	left, err := filepath.Glob("/dev/shm/" + d.prefix + "*")
	failed = append(failed, err)
	for _, path := range left {
		failed = append(failed, os.Remove(path))
	}
	return errors.Join(failed...)
}

// rounds measures every cell once a round, in an order drawn anew each time. A
// cell that fails is recorded, and the run goes on.
func (d *driver) rounds(ctx context.Context, r *record) error {
	list := cells(d.options)
	for round := range d.options.rounds {
		for _, i := range rand.New(rand.NewPCG(uint64(round), 1)).Perm(len(list)) {
			if list[i].Unavailable != "" {
				continue
			}
			s := d.measure(ctx, list[i])
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("interrupted in round %d: %w", round+1, err)
			}
			s.Trial, s.Block, s.Scenario, s.Cell = d.trial, round, "rivals", list[i]
			d.trial++
			r.Samples = append(r.Samples, s)
			if s.Error != "" {
				fmt.Fprintf(os.Stderr, "rivals: round %d, %s: %s\n", round+1, s.Cell, s.Error)
			}
		}
		fmt.Fprintf(os.Stderr, "rivals: round %d of %d\n", round+1, d.options.rounds)
	}
	return nil
}

// A sample is gauge's with a second latency.
type sample struct {
	gauge.Sample
	Used *gauge.Latency `json:"used,omitempty"` // until the reader has read the payload as well
}

func (d *driver) measure(ctx context.Context, c gauge.Cell) sample {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done after %v", limit))
	defer cancel()
	before, err := newAccount()
	if err != nil {
		return sample{Sample: gauge.Sample{Error: err.Error()}}
	}
	s, err := d.handOff(ctx, c)
	if err != nil {
		return sample{Sample: gauge.Sample{Error: err.Error()}}
	}
	after, err := newAccount()
	if err != nil {
		return sample{Sample: gauge.Sample{Error: err.Error()}}
	}
	s.Values = map[string]float64{othersCPUs: after.others(before)}
	return s
}

// othersCPUs is how many processors everything but the run took meanwhile.
const othersCPUs = "others_cpus"

func (d *driver) handOff(ctx context.Context, c gauge.Cell) (sample, error) {
	library, _, _ := strings.Cut(c.Arm, ":")
	troupe := d.troupes[library]
	defer troupe.Disband()
	var files []*os.File
	if library == "copytax" {
		var err error
		if files, err = hubFiles(sizeOf(c).bytes); err != nil {
			return sample{}, err
		}
		defer closeAll(files)
	}
	task := d.task(c)
	var players []*gauge.Player
	for _, side := range []string{"reader", "writer"} {
		task.Side = side
		p, err := troupe.Start(handoff.JobName, task, files...)
		if err != nil {
			return sample{}, err
		}
		players = append(players, p)
	}
	if err := gauge.Gather(ctx, players...); err != nil {
		return sample{}, err
	}
	results, err := both(ctx, players)
	if err != nil {
		return sample{}, err
	}
	return summarize(results[0], results[1])
}

func (d *driver) task(c gauge.Cell) handoff.Task {
	s := sizeOf(c)
	return handoff.Task{
		Arm: c.Arm, Address: fmt.Sprintf("%s%d", d.prefix, d.trial), Folder: d.folder,
		HandOffs: s.handOffs, WarmUp: s.warmUp, GapNS: d.gap.Nanoseconds(), Bytes: s.bytes, Touch: d.touch,
	}
}

// both waits for the results of both sides, or for the first failure: the
// other side would wait for ever.
func both(ctx context.Context, players []*gauge.Player) ([2]handoff.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var results [2]handoff.Result
	done := make(chan error)
	for i, p := range players {
		go func() {
			err := p.Result(ctx, &results[i])
			if err == nil && results[i].Error != "" {
				err = errors.New(results[i].Error)
			}
			if err != nil {
				cancel(err)
			}
			done <- err
		}()
	}
	for range players {
		<-done
	}
	return results, context.Cause(ctx)
}

func summarize(reader, writer handoff.Result) (sample, error) {
	if reader.Count != writer.Count {
		return sample{}, fmt.Errorf("%d of %d hand-offs arrived", reader.Count, writer.Count)
	}
	seen, err := latency(reader.Histogram)
	if err != nil {
		return sample{}, err
	}
	used, err := latency(reader.Used)
	if err != nil {
		return sample{}, err
	}
	return sample{
		Sample: gauge.Sample{Latency: seen, CPUNS: map[string]int64{"writer": writer.CPUNS, "reader": reader.CPUNS}},
		Used:   used,
	}, nil
}

func latency(buckets [][2]int64) (*gauge.Latency, error) {
	r := gauge.NewRecorder()
	for _, b := range buckets {
		for range b[1] {
			r.Record(b[0])
		}
	}
	return r.Latency()
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // of a memfd that nobody needs any more
	}
}
