package app

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/copytax/copytax"
)

// The verbs that measure refuse on other systems, and the others do not.
func TestOnlyMeasuringTakesLinux(t *testing.T) {
	for line, refused := range map[string]bool{
		"run --all": true, "doctor": true, "doctor --json": true, "watch @flock": true, "role kernel": true, "worker fanout-writer": true,
		"list": false, "version": false, "show ../results/rivals": false, "verify ../results/rivals": false,
		"export ../results/rivals": false,
	} {
		root := newRoot(testCatalogue(), io.Discard, io.Discard)
		refuse(root, "plan9")
		root.SetArgs(strings.Fields(line))
		if err := root.Execute(); errors.Is(err, copytax.ErrPlatform) != refused || !refused && err != nil {
			t.Errorf("%s: got %v, want it refused: %v", line, err, refused)
		}
	}
}

// What is listed where it cannot be run is said to be so, behind the list.
func TestListSaysWhereItCannotBeRun(t *testing.T) {
	for system, want := range map[string]string{"linux": "", "darwin": "copytax: " + copytax.ErrPlatform.Error() + "\n"} {
		var out, said bytes.Buffer
		root := newRoot(testCatalogue(), &out, &said)
		refuse(root, system)
		root.SetArgs([]string{"list"})
		if err := root.Execute(); err != nil || said.String() != want || out.Len() == 0 {
			t.Errorf("%s: got %q, %v and %d bytes of a list, want %q", system, said.String(), err, out.Len(), want)
		}
	}
}
