package ladder

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
)

// engineName is the file name of the native engine.
const engineName = "flock-engine"

// versionPatience is how long a program may take to say its version.
const versionPatience = 10 * time.Second

var errNoNativeArm = errors.New("--engine-path is given, and no arm of the run has the native engine: add --placement go,native,go")

// An Engine is the program that is the engine of native arms.
type Engine struct {
	Path    string
	Version string // what the program says of itself, its back end included
	BLAKE3  string // of the program, in hex
}

// Equip finds the native engine if the plan has an arm that needs it, and nil if
// none does. path is where it lies, empty for where it usually does. It must be
// called once before a run of native arms is begun or resumed.
func (l *Ladder) Equip(in *lab.Lab, plan experiment.Plan, path string) (*Engine, error) {
	needed := slices.ContainsFunc(plan.Cells, func(c experiment.Cell) bool {
		return c.Experiment == l.Name() && hasNativeEngine(c)
	})
	switch {
	case !needed && path != "":
		return nil, errNoNativeArm
	case !needed:
		return nil, nil
	}
	path, err := enginePath(path)
	if err != nil {
		return nil, err
	}
	l.engine, err = openEngine(in, path)
	return l.engine, err
}

// enginePath returns where the native engine is: where the option says, beside
// this program, or where cargo puts it in a checkout.
func enginePath(option string) (string, error) {
	if option != "" {
		return filepath.Abs(option)
	}
	own, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program, beside which the native engine lies: %w", err)
	}
	beside := filepath.Join(filepath.Dir(own), engineName)
	built := filepath.Join("rust", "target", "release", engineName)
	for _, path := range []string{beside, built} {
		if _, err := os.Stat(path); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", fmt.Errorf("no native engine: neither %s nor %s is there; make engine builds it", beside, built)
}

// openEngine asks the program who it is.
func openEngine(in *lab.Lab, path string) (*Engine, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no native engine: %w; make engine builds it", err)
	}
	if err != nil {
		return nil, fmt.Errorf("native engine: %w", err)
	}
	says, err := in.Output(lab.Program{Path: path, Args: []string{"--version"}}, versionPatience)
	if err != nil {
		return nil, fmt.Errorf("native engine: %s --version: %w", path, err)
	}
	version := strings.TrimSpace(string(says))
	if !strings.HasPrefix(version, engineName+" ") {
		return nil, fmt.Errorf("native engine: %s says that it is %.60q, want %s", path, version, engineName)
	}
	sum := blake3.Sum256(content)
	return &Engine{Path: path, Version: version, BLAKE3: hex.EncodeToString(sum[:])}, nil
}

// runtimes returns what a role can run in besides Go.
func (l *Ladder) runtimes() map[copytax.Runtime]control.Runtime {
	all := map[copytax.Runtime]control.Runtime{}
	if l.engine != nil && l.FirstPolicy != nil {
		all[copytax.Native] = control.Program{Path: l.engine.Path, Setup: control.WithPolicy(l.FirstPolicy)}
	}
	if l.tab != nil {
		all[copytax.Tab] = l.tab
	}
	return all
}
