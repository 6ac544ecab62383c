package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/zerocopy/hub"
)

const (
	watchPeriod = time.Second           // between two lines
	watchRetry  = 20 * time.Millisecond // between two looks for a hub
)

// watchFlags are the flags of watch as they were typed.
type watchFlags struct {
	frames uint64
	wait   time.Duration
	json   bool
}

func newWatch() *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch ADDRESS",
		Short: "Follow the frames of a run in progress, without a copy",
		Long: `Attach to the hub of a running shm:attach trial as a further reader, follow its
newest frames where they lie, and say once a second how many were seen and how
many went by unseen. It looks at the frames' epochs, not at the boids. What it
does takes time from the run: do not watch what you want to measure. It ends
with the trial.`,
		Example: `  copytax run --transport shm:attach --attach=@flock   in one terminal
  copytax watch @flock                                 in another
  copytax watch @flock --frames 1000 --json            a thousand frames, for a program`,
		Args: oneArgument("address"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	fl := cmd.Flags()
	fl.Uint64Var(&f.frames, "frames", 0, "end after so many frames (default at the end of the trial)")
	fl.DurationVar(&f.wait, "wait", 10*time.Second, "how long to wait for a trial to watch")
	fl.BoolVar(&f.json, "json", false, "print a JSON object a line")
	return cmd
}

func (f *watchFlags) run(cmd *cobra.Command, address string) error {
	if f.wait < 0 {
		return usage(fmt.Errorf("--wait %v: want no less than 0", f.wait))
	}
	r, err := f.find(cmd.Context(), address)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	w := &watcher{started: time.Now(), ended: make(chan error, 1)}
	w.seen.Store(&sighting{})
	go func() { w.ended <- w.follow(r, f.frames) }()
	err = f.narrate(cmd, w)
	if cmd.Context().Err() != nil {
		// Note: the reader cannot be called back from its sleep. It ends with
		// the process, and the trial takes its place back.
		return fmt.Errorf("watch: %w", context.Cause(cmd.Context()))
	}
	return f.conclude(cmd, w, errors.Join(err, r.Close()))
}

// find attaches to the hub at address as soon as there is one.
func (f *watchFlags) find(ctx context.Context, address string) (*shm.Reader, error) {
	for end := time.Now().Add(f.wait); ; {
		r, err := shm.AttachReader(ctx, address)
		if err == nil || !isAbsent(err) {
			return r, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("no trial can be watched at %s: %w", address, err)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(watchRetry):
		}
	}
}

// isAbsent reports whether err says that nobody serves a hub, or no longer.
func isAbsent(err error) bool {
	return slices.ContainsFunc(
		[]error{syscall.ECONNREFUSED, syscall.ENOENT, syscall.ECONNRESET, syscall.EPIPE, io.EOF},
		func(target error) bool { return errors.Is(err, target) },
	)
}

// A watcher counts frames.
type watcher struct {
	started time.Time
	ended   chan error // of follow
	seen    atomic.Pointer[sighting]
}

// A sighting is what has been seen so far, or in the whole.
type sighting struct {
	Frames  uint64  `json:"frames"`            // seen
	Skipped uint64  `json:"skipped"`           // frames between those that were seen
	Epoch   uint64  `json:"epoch"`             // of the newest frame seen
	Rate    float64 `json:"frames_per_second"` // seen, since the line before; in the end, over all
	AgeNS   int64   `json:"age_ns"`            // since the newest frame was seen
	End     string  `json:"end,omitempty"`     // why it ends, in the last line

	last time.Time // when the newest frame was seen
}

func (s sighting) String() string {
	return fmt.Sprintf("%d frames, %d skipped, %.0f frames/s, newest is frame %d, seen %v ago",
		s.Frames, s.Skipped, s.Rate, s.Epoch, time.Duration(s.AgeNS).Round(10*time.Microsecond))
}

// follow reads the newest frames until it has seen so many, for ever if that is 0.
func (w *watcher) follow(r *shm.Reader, frames uint64) error {
	for seen := uint64(1); ; seen++ {
		f, err := r.Newest()
		if err != nil {
			return err
		}
		w.seen.Store(&sighting{Frames: seen, Epoch: f.Epoch, Skipped: r.Skipped(), last: time.Now()})
		r.Release()
		if seen == frames {
			return nil
		}
	}
}

// look returns what has been seen, and the rate since there were before frames.
func (w *watcher) look(before uint64, since time.Time) sighting {
	s, now := *w.seen.Load(), time.Now()
	s.Rate = float64(s.Frames-before) / now.Sub(since).Seconds()
	if s.Frames > 0 {
		s.AgeNS = now.Sub(s.last).Nanoseconds()
	}
	return s
}

// narrate prints a line a second until the watcher ends.
func (f *watchFlags) narrate(cmd *cobra.Command, w *watcher) error {
	tick := time.NewTicker(watchPeriod)
	defer tick.Stop()
	for before, since := uint64(0), w.started; ; {
		select {
		case err := <-w.ended:
			return err
		case <-cmd.Context().Done():
			return nil
		case <-tick.C:
		}
		s := w.look(before, since)
		before, since = s.Frames, time.Now()
		if err := f.say(cmd.ErrOrStderr(), cmd, s); err != nil {
			return err
		}
	}
}

// say prints a sighting: as JSON on standard output, or for a person to human.
func (f *watchFlags) say(human io.Writer, cmd *cobra.Command, s sighting) error {
	if f.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
	}
	_, err := fmt.Fprintln(human, s)
	return err
}

// conclude prints the whole. That the trial is over is the usual end, and a
// failure only for those who wanted more frames.
func (f *watchFlags) conclude(cmd *cobra.Command, w *watcher, err error) error {
	s := w.look(0, w.started)
	s.End = fmt.Sprintf("%d frames were asked for", f.frames)
	over := errors.Is(err, hub.ErrClosed)
	if over {
		s.End = "the trial is over: " + err.Error()
	}
	if err := f.say(cmd.OutOrStdout(), cmd, s); err != nil {
		return err
	}
	if over && (f.frames == 0 || s.Frames >= f.frames) {
		fmt.Fprintln(cmd.ErrOrStderr(), s.End)
		return nil
	}
	if err != nil {
		return fmt.Errorf("watch: after %d frames of %d: %w", s.Frames, f.frames, err)
	}
	return nil
}
