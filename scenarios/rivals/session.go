package rivals

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

// A session starts the workers.
type session struct {
	lab      *lab.Lab
	programs map[string]string // of the libraries, by name
	folder   string            // of the workers' files, removed by Close
	pairs    int               // started so far
}

func newSession(l *lab.Lab, programs map[string]string) (*session, error) {
	_ = remove(isGone) // of runs that were killed; what another user left stays
	folder, err := os.MkdirTemp("", fmt.Sprintf(stem, os.Getpid())+"*")
	if err != nil {
		return nil, err
	}
	return &session{lab: l, programs: programs, folder: folder}, nil
}

// Measure implements [experiment.Session].
func (s *session) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	before, err1 := newAccount()
	reader, writer, err2 := s.handOff(ctx, t.Of)
	after, err3 := newAccount()
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	sample, err := summarize(reader, writer, after.others(before))
	return []experiment.Sample{sample}, err
}

// handOff starts both sides of a cell and returns what they found. They are gone
// then, so that they are in this process's account.
func (s *session) handOff(ctx context.Context, c experiment.Cell) (reader, writer handoff.Result, err error) {
	defer s.lab.Clear()
	args, err := argsOf(c)
	if err != nil {
		return reader, writer, err
	}
	s.pairs++
	args.Folder, args.Address = s.folder, fmt.Sprintf(stem+"%d", os.Getpid(), s.pairs)
	workers, err := s.start(args)
	if err == nil {
		err = lab.Gather(ctx, workers...)
	}
	if err == nil {
		err = lab.Results(ctx, workers, &reader, &writer)
	}
	if err != nil {
		return reader, writer, err
	}
	for _, w := range workers {
		w.Leave(patience)
	}
	return reader, writer, nil
}

// start starts a reader and a writer.
func (s *session) start(a handoff.Args) (workers []*lab.Worker, err error) {
	program := lab.Program{Path: s.lab.Self(), Args: []string{lab.WorkerVerb, handoff.JobName}}
	if path, ok := s.programs[libraryOf(a.Arm)]; ok {
		program = lab.Program{Path: path}
	}
	if libraryOf(a.Arm) == "copytax" {
		program.Files, err = core.Create(payload(a.Bytes).Regions())
		defer lab.Close(program.Files)
		if err != nil {
			return nil, err
		}
	}
	for _, a.Side = range []string{handoff.ReaderSide, handoff.WriterSide} {
		w, err := s.lab.StartProgram(program, handoff.JobName, a)
		if err != nil {
			return nil, err
		}
		workers = append(workers, w)
	}
	return workers, nil
}

// summarize makes a sample of what the two sides found and of how many
// processors everything else took meanwhile.
func summarize(reader, writer handoff.Result, others float64) (s experiment.Sample, err error) {
	if reader.Count != writer.Count {
		return s, fmt.Errorf("%d of %d hand-offs arrived", reader.Count, writer.Count)
	}
	s = experiment.Sample{Worker: all, Histograms: map[string]*experiment.Histogram{}, Metrics: map[string]float64{
		cpuWriterNS: float64(writer.CPUNS), cpuReaderNS: float64(reader.CPUNS), othersCPUs: others,
	}}
	for name, buckets := range map[string][][2]int64{latencyNS: reader.Histogram, usedNS: reader.Used} {
		r := experiment.NewRecorder()
		for _, b := range buckets {
			r.RecordTimes(b[0], b[1])
		}
		if s.Histograms[name], err = r.Histogram(); err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, nil
}

// Close implements [experiment.Session]. iceoryx2 keeps a file of its own in
// /dev/shm even when all its nodes have ended in order.
func (s *session) Close() error {
	return remove(func(pid int) bool { return pid == os.Getpid() })
}

// stem begins the name of everything that a run shares; the number is its
// process's.
const stem = "copytax-rivals%d_"

// remove removes what the runs of some processes have left.
func remove(of func(pid int) bool) error {
	var failed []error
	for _, dir := range []string{os.TempDir(), "/dev/shm"} {
		entries, err := os.ReadDir(dir)
		if !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
		for _, e := range entries {
			var pid int
			if n, _ := fmt.Sscanf(e.Name(), stem, &pid); n == 1 && of(pid) {
				failed = append(failed, os.RemoveAll(filepath.Join(dir, e.Name())))
			}
		}
	}
	return errors.Join(failed...)
}

func isGone(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}
