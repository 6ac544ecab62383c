package control

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
)

// ran runs a command of the shell and returns how it ended.
func ran(t *testing.T, script string) error {
	t.Helper()
	err := exec.Command("sh", "-c", script).Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return err
}

// A deceased process is known by its complaint.
type deceased struct{ complaint string }

func (deceased) Kill()                    {}
func (deceased) End() (error, time.Time)  { return nil, time.Time{} }
func (d deceased) FirstComplaint() string { return d.complaint }

func TestFindingsNameTheCauseFirst(t *testing.T) {
	start := time.Now()
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	killed, failed := ran(t, "kill -9 $$"), ran(t, "exit 1")
	var (
		says = func(said string, at int64, ms int) end {
			return end{said: said, at: at, seen: after(ms), gone: after(ms + 1), exit: failed}
		}
		dies   = func(how error, ms int) end { return end{seen: after(ms), gone: after(ms + 1), exit: how} }
		stays  = end{late: true, gone: after(95), exit: killed} // by the supervisor
		hangs  = end{seen: after(4)}
		leaves = end{seen: start, gone: start, told: true}
	)
	for _, c := range []struct {
		name                   string
		kernel, engine, viewer end
		want                   string
	}{
		{
			"killed, though the others were heard first",
			says("the engine left", 5, 0), dies(killed, 2), says("the engine left, too", 4, 1),
			"engine: killed by signal 9 (SIGKILL); viewer (gone 0.0 ms later): the engine left, too; " +
				"kernel (gone 0.0 ms later): the engine left",
		},
		{
			"a crash that says nothing",
			says("the viewer left", 5, 1), stays, dies(ran(t, "exit 2"), 0),
			"viewer: exit status 2: panic: no screen; kernel (gone 2.0 ms later): the viewer left; " +
				"engine (not gone within 90ms, killed): said nothing",
		},
		{
			"whoever spoke first by the clock of the machine",
			says("the viewer left", 5, 0), says("the viewer left", 6, 0), says("tick 5: on fire", 4, 3),
			"viewer: tick 5: on fire; kernel (gone 0.0 ms later): the viewer left; engine (gone 0.0 ms later): the viewer left",
		},
		{
			"left without a word",
			dies(nil, 3), says("the kernel left", 1, 4), stays,
			"kernel: it left before it was told to; engine (gone 2.0 ms later): the kernel left; " +
				"viewer (not gone within 90ms, killed): said nothing",
		},
		{
			"a control plane that closes, and a process that does not end",
			says("tick 3: no frame", 5, 6), hangs, stays,
			"engine: closed its control plane and did not end; kernel (gone 3.0 ms later): tick 3: no frame; " +
				"viewer (not gone within 90ms, killed): said nothing",
		},
		{
			"killed while the others left as they were told to",
			leaves, dies(killed, 9), leaves,
			"engine: killed by signal 9 (SIGKILL)",
		},
	} {
		g := &group{}
		for role, e := range []end{c.kernel, c.engine, c.viewer} {
			complaint := ""
			if role == int(copytax.Viewer) {
				complaint = "panic: no screen"
			}
			g.workers = append(g.workers, &worker{role: copytax.Role(role), process: deceased{complaint}, end: e})
		}
		if got := g.findings().Error(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if strings.Contains(g.findings().Error(), "\n") {
			t.Errorf("%s: more than a line", c.name)
		}
	}
}
