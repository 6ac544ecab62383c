package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/bench"
	"github.com/copytax/copytax/internal/peer"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock"
)

// engineName is the file name of the native engine.
const engineName = "flock-engine"

// A nativeEngine is the program that plays the engine of native arms.
type nativeEngine struct {
	path string
	is   store.NativeEngine
}

// needEngine finds the native engine if the plan has an arm that needs it.
func (f *runFlags) needEngine(p store.Plan) error {
	if !bench.AnyNative(p) {
		if f.enginePath != "" {
			return usage(errors.New("--engine-path is given, and no arm of the run has the native engine: add --engine native"))
		}
		return nil
	}
	path, err := enginePath(f.enginePath)
	if err != nil {
		return err
	}
	f.native, err = openEngine(path)
	return err
}

// enginePath returns where the native engine is: where the flag says, beside
// this program, or where cargo puts it in a checkout.
func enginePath(flag string) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
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
func openEngine(path string) (*nativeEngine, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no native engine: %w; make engine builds it", err)
	}
	if err != nil {
		return nil, fmt.Errorf("native engine: %w", err)
	}
	says, err := exec.Command(path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("native engine: %s --version: %w", path, err)
	}
	version := strings.TrimSpace(string(says))
	if !strings.HasPrefix(version, engineName+" ") {
		return nil, fmt.Errorf("native engine: %s says that it is %.60q, want %s", path, version, engineName)
	}
	sum := blake3.Sum256(content)
	return &nativeEngine{path: path, is: store.NativeEngine{Version: version, BLAKE3: hex.EncodeToString(sum[:])}}, nil
}

// sameEngine returns an error when the run was begun with another native
// engine than the one that is here.
func (f *runFlags) sameEngine(m store.Manifest) error {
	if f.native == nil {
		return nil
	}
	if was := m.Version.Engine; was == nil || *was != f.native.is {
		return fmt.Errorf("%s is another build of the native engine", f.native.path)
	}
	return nil
}

// program returns the engine's program for a trial of c: it cannot compute the
// policy of the first frame itself, which is the scenario's to set.
func (e *nativeEngine) program(c copytax.Config) (*peer.Program, error) {
	var setup struct {
		Policy [copytax.PolicyBytes]byte `json:"policy"` // an array, so that it encodes as numbers
	}
	policy := flock.DefaultPolicy(c)
	policy.Put(setup.Policy[:])
	raw, err := json.Marshal(setup)
	if err != nil {
		return nil, fmt.Errorf("encode the native engine's setup: %w", err)
	}
	return &peer.Program{Path: e.path, Setup: raw}, nil
}
