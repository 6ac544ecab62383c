package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

// TestMain is the worker when the test binary was started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == lab.WorkerVerb {
		main()
		return
	}
	os.Exit(m.Run())
}

// The reader checks every word, and Verify that none came by the socket.
func TestBothArmsHandOver(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l := lab.New(exe)
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for arm := range arms {
		for _, bytes := range []int{64, 256 << 10, 4 << 20} {
			if err := handOver(ctx, l, arm, bytes, t.TempDir()); err != nil {
				t.Errorf("%s, %d bytes: %v", arm, bytes, err)
			}
			l.Clear()
		}
	}
}

func handOver(ctx context.Context, l *lab.Lab, arm string, bytes int, folder string) error {
	a := handoff.Args{Arm: arm, Address: "pair", Folder: folder, HandOffs: 50, WarmUp: 5, Bytes: bytes, Touch: "everything"}
	var workers []*lab.Worker
	for _, a.Side = range []string{handoff.ReaderSide, handoff.WriterSide} {
		w, err := l.Start(handoff.JobName, a)
		if err != nil {
			return err
		}
		workers = append(workers, w)
	}
	if err := lab.Gather(ctx, workers...); err != nil {
		return err
	}
	var reader, writer handoff.Result
	if err := lab.Results(ctx, workers, &reader, &writer); err != nil {
		return err
	}
	if reader.Count != 50 || writer.Count != 50 {
		return fmt.Errorf("got %d and %d hand-offs, want 50", reader.Count, writer.Count)
	}
	return nil
}

func TestVersionOfTheLibraryIsKnown(t *testing.T) {
	if v := versions(); !strings.HasPrefix(v["go"], "go") {
		t.Errorf("got %v", v)
	}
}

func TestReserveGetsSlicesThatHoldThePayload(t *testing.T) {
	a := handoff.Args{Bytes: 4 << 20, Folder: "/tmp", Address: "x"}
	if got := config(a, false).BufferSliceSizes; len(got) != 2 || got[1].Size != 4<<20 {
		t.Errorf("reserve, 4 MiB: got %v, want slices of the payload's size", got)
	}
	if got := config(a, true).BufferSliceSizes; len(got) != 3 {
		t.Errorf("copy: got %v, want the library's default", got)
	}
	a.Bytes = 4096
	if got := config(a, false).BufferSliceSizes; len(got) != 3 {
		t.Errorf("reserve, 4 KiB: got %v, want the library's default", got)
	}
}
