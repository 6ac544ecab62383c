package control

import (
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
)

// A deceased process is known by how it died.
type deceased struct{ how string }

func (deceased) Kill()                   {}
func (deceased) End() (time.Time, error) { return time.Time{}, nil }
func (d deceased) Death() string         { return d.how }

// An ending is what is known of a worker and its process.
type ending struct {
	end
	how string
}

func TestFindingsNameTheCauseFirst(t *testing.T) {
	start := time.Now()
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	const killed = "killed by signal 9 (SIGKILL)"
	var (
		says = func(said string, at int64, ms int) ending {
			return ending{end{said: said, at: at, seen: after(ms), gone: after(ms + 1)}, "exit status 1"}
		}
		dies   = func(how string, ms int) ending { return ending{end{seen: after(ms), gone: after(ms + 1)}, how} }
		stays  = ending{end{late: true, gone: after(95)}, killed} // by the supervisor
		hangs  = ending{end: end{seen: after(4)}}
		leaves = ending{end: end{seen: start, gone: start, told: true}}
	)
	for _, c := range []struct {
		name                   string
		kernel, engine, viewer ending
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
			says("the viewer left", 5, 1), stays, dies("exit status 2: panic: no screen", 0),
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
			dies("it left before it was told to", 3), says("the kernel left", 1, 4), stays,
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
		for role, e := range []ending{c.kernel, c.engine, c.viewer} {
			g.workers = append(g.workers, &worker{role: copytax.Role(role), process: deceased{e.how}, end: e.end})
		}
		if got := g.findings().Error(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if strings.Contains(g.findings().Error(), "\n") {
			t.Errorf("%s: more than a line", c.name)
		}
	}
}
