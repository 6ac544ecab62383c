package main

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
)

// TestMain plays the worker when the test binary was started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == handoff.JobName {
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
	troupe := gauge.NewTroupe(exe)
	defer troupe.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for arm := range arms {
		for _, bytes := range []int{64, 256 << 10, 4 << 20} {
			task := handoff.Task{
				Arm: arm, Address: "pair", Folder: t.TempDir(),
				HandOffs: 50, WarmUp: 5, Bytes: bytes, Touch: "everything",
			}
			var players []*gauge.Player
			for _, side := range []string{"reader", "writer"} {
				task.Side = side
				p, err := troupe.Start(handoff.JobName, task)
				if err != nil {
					t.Fatal(err)
				}
				players = append(players, p)
			}
			if err := gauge.Gather(ctx, players...); err != nil {
				t.Fatalf("%s, %d bytes: %v", arm, bytes, err)
			}
			for _, p := range players {
				var r handoff.Result
				if err := p.Result(ctx, &r); err != nil || r.Count != 50 {
					t.Errorf("%s, %d bytes: got %d hand-offs, %v, want 50", arm, bytes, r.Count, err)
				}
			}
			troupe.Disband()
		}
	}
}

func TestReserveGetsSlicesThatHoldThePayload(t *testing.T) {
	task := handoff.Task{Bytes: 4 << 20, Folder: "/tmp", Address: "x"}
	if got := config(task, false).BufferSliceSizes; len(got) != 2 || got[1].Size != 4<<20 {
		t.Errorf("reserve, 4 MiB: got %v, want slices of the payload's size", got)
	}
	if got := config(task, true).BufferSliceSizes; len(got) != 3 {
		t.Errorf("copy: got %v, want the library's default", got)
	}
	task.Bytes = 4096
	if got := config(task, false).BufferSliceSizes; len(got) != 3 {
		t.Errorf("reserve, 4 KiB: got %v, want the library's default", got)
	}
}
