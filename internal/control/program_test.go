//go:build linux

package control_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/transports/direct"
)

// A trial whose engine is a program of its own fails with a reason where there
// is no such program, where it is none, and where the transport cannot have it.
func TestProgramsThatCannotBeTheEngine(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct {
		transport copytax.Transport
		path      string
		want      string
	}{
		{park(), filepath.Join(t.TempDir(), "none"), "start engine: "},
		{park(), "/bin/true", "engine"},
		{direct.New(), "/bin/true", "direct cannot have the engine /bin/true"},
	} {
		before := descriptors(t)
		wrong := trial("flock", c.transport, 60)
		wrong.Engine = &control.Program{Path: c.path}
		_, err := control.Run(t.Context(), l, wrong)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s with %s: got %v, want %s…", c.transport.Name(), c.path, err, c.want)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%s with %s: %d descriptors open, %d before", c.transport.Name(), c.path, after, before)
		}
	}
}
