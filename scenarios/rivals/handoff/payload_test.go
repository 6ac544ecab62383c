package handoff

import (
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment/lab"
)

func TestPayloadOfAnotherHandOffIsFound(t *testing.T) {
	for _, size := range []int{64, 80, 4096} {
		payload := make([]byte, size)
		fill(payload, 7)
		stamp(payload, 42)
		for _, what := range []string{"nothing", "field", "everything"} {
			if err := touch(payload, 7, what); err != nil {
				t.Errorf("%d bytes, touch %s: %v", size, what, err)
			}
		}
		if err := touch(payload, 8, "field"); err == nil || !strings.Contains(err.Error(), "7") {
			t.Errorf("%d bytes of another hand-off: got %v, want it to name hand-off 7", size, err)
		}
		payload[size-1] ^= 1
		if err := touch(payload, 7, "everything"); err == nil {
			t.Errorf("%d bytes, the last one changed: no error", size)
		}
		if got := stamped(payload); got != 42 {
			t.Errorf("stamp: got %v, want 42", got)
		}
	}
}

// The words are defined by Rust and Go alike; rivals/iceoryx2 has the same test.
func TestPayloadIsTheSameInRust(t *testing.T) {
	payload := make([]byte, 64)
	fill(payload, 2)
	if got, want := sum(payload[bodyAt:]), uint64(0x1fe6_8f0a_f33c_b989); got != want {
		t.Errorf("sum of the words of hand-off 2: got %#x, want %#x", got, want)
	}
}

func TestClockAdvances(t *testing.T) {
	start := lab.Nanotime()
	time.Sleep(time.Millisecond)
	if took := lab.Nanotime() - start; took < 1e6 {
		t.Errorf("a sleep of 1 ms took %d ns", took)
	}
}

func TestArgsCheck(t *testing.T) {
	good := Args{Bytes: 64, HandOffs: 1, Touch: "field"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*Args){
		func(t *Args) { t.Bytes = 56 }, func(t *Args) { t.Bytes = 72 },
		func(t *Args) { t.HandOffs = 0 }, func(t *Args) { t.Touch = "all" },
	} {
		bad := good
		change(&bad)
		if bad.Check() == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
