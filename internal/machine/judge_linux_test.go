package machine

import (
	"strings"
	"testing"
	"time"
)

// Every verdict has a machine that gets it, and one just beside it that does not.
func TestVerdicts(t *testing.T) {
	fine := []Clock{{Name: "a", CostNS: 1000, StepNS: 20_000}}
	for _, c := range []struct {
		name string
		got  Check
		want Status
	}{
		{"four cores", judgeCores(4, 4, 4), OK},
		{"four threads on two cores", judgeCores(4, 4, 2), Limited},
		{"two processors", judgeCores(2, 2, 2), Limited},
		{"one processor", judgeCores(1, 8, 8), Limited},
		{"no quota", judgeQuota(0, 2), OK},
		{"quota above the processors", judgeQuota(2, 2), OK},
		{"quota below the processors", judgeQuota(1.5, 2), Limited},
		{"idle", judgeLoad(0.25, 2), OK},
		{"busy", judgeLoad(0.26, 2), Limited},
		{"performance", judgeFrequency("performance", "on"), OK},
		{"powersave", judgeFrequency("powersave", "off"), Limited},
		{"mixed governors", judgeFrequency("performance, powersave", ""), Limited},
		{"hidden governor", judgeFrequency("", ""), Limited},
		{"no steal", judgeSteal(0.01, 0.02), OK},
		{"steal since boot", judgeSteal(0.011, 0), Limited},
		{"steal now", judgeSteal(0, 0.021), Limited},
		{"short pause", judgePause(time.Millisecond), OK},
		{"long pause", judgePause(time.Millisecond + 1), Limited},
		{"cheap clock", judgeClockCost(fine), OK},
		{"dear clock", judgeClockCost([]Clock{fine[0], {Name: "b", CostNS: 1001}}), Limited},
		{"fine clock", judgeClockStep(fine[0]), OK},
		{"coarse clock", judgeClockStep(Clock{StepNS: 1_000_000}), Unavailable},
		{"clock that stands", judgeClockStep(Clock{}), Unavailable},
		{"memory", judgeMemory(100, 100, 0, 1), OK},
		{"little memory", judgeMemory(100, 99, 0, 1), Limited},
		{"little memory allowed", judgeMemory(100, 1000, 99, 1), Limited},
		{"no swap", judgeSwap(0, 1<<30), OK},
		{"swapped", judgeSwap(1, 1<<30), Limited},
		{"same pages", judgeHugePages("madvise", "never"), OK},
		{"different pages", judgeHugePages("always", "never"), Limited},
		{"huge pages on both sides", judgeHugePages("always", "always"), OK},
		{"large buffer", judgeSendBuffer(socketBytes, true, 212992), OK},
		{"small buffer", judgeSendBuffer(212992, false, 212992), Limited},
	} {
		if c.got.Status != c.want {
			t.Errorf("%s: got %s (%s), want %s", c.name, c.got.Status, c.got.Detail, c.want)
		}
		if (c.got.Status == OK) != (c.got.Consequence == "") {
			t.Errorf("%s is %s, consequence %q", c.name, c.got.Status, c.got.Consequence)
		}
	}
}

func TestNeedGrowsWithTheWorld(t *testing.T) {
	small, large := needBytes(1000), needBytes(100_000)
	frame := int64(100_000 * 32)
	if large-small < 3*frame*40*9/10 {
		t.Errorf("100,000 boids need %d bytes more than 1,000, want about %d", large-small, 3*frame*40)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 4 << 20: "4.0 MiB", 3 << 29: "1.5 GiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("bytesText(%d) = %q, want %q", n, got, want)
		}
	}
}

// What limits a run is what Doctor calls limited of the same facts.
func TestLimitations(t *testing.T) {
	quiet := Info{CPU: CPU{Usable: 4, Logical: 4, Physical: 4}, Go: Runtime{GOGC: "default", GOMEMLIMIT: "default"}}
	if got := Limitations(quiet); len(got) != 0 {
		t.Errorf("got %+v of a quiet machine", got)
	}
	for want, change := range map[string]func(*Info){
		"load: 0.50 runnable tasks":                              func(i *Info) { i.LoadAverage[0] = 0.5 },
		"processors: 1 usable of 4":                              func(i *Info) { i.CPU.Usable = 1 },
		"processor limit: control groups allow 1.50 processors'": func(i *Info) { i.Limits.CPUs = 1.5 },
		"GOGC off":              func(i *Info) { i.Go.GOGC = "off" },
		"GOMEMLIMIT 1GiB":       func(i *Info) { i.Go.GOMEMLIMIT = "1GiB" },
		`GODEBUG="a=1"`:         func(i *Info) { i.Go.GODEBUG = "a=1" },
		"every number would be": func(i *Info) { i.Go.Race = true },
	} {
		info := quiet
		change(&info)
		got := Limitations(info)
		if len(got) != 1 || !strings.Contains(got[0].Warning(), want) || got[0].Advice == "" {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
}
