package worker_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

const marathonTicks = 2000

// TestMarathon steps 2,000 ticks of every size, density and mode that is measured
// in three hosts of the physics, native, wazero and V8, and compares the chains of
// all frames. It takes half an hour on two cores, is part of make soak, and wants
// the native worker named by COPYTAX_NATIVE. COPYTAX_WORLD=constant-density/8/
// steps those whose name contains the text.
func TestMarathon(t *testing.T) {
	if os.Getenv("COPYTAX_SOAK") == "" {
		t.Skip("2,000 ticks of 18 worlds take half an hour: set COPYTAX_SOAK=1")
	}
	native := os.Getenv("COPYTAX_NATIVE")
	if native == "" {
		t.Fatal("COPYTAX_NATIVE does not name the native worker: make soak builds it")
	}
	hosts := map[string]func(string) (string, error){
		"native": func(in string) (string, error) { return converse(in, native) },
		"wazero": serve,
		"V8": func(in string) (string, error) {
			return converse(in, "node", "../../../browser/physics/worker.mjs", "--module", "wasm=../../flock/wasmhost/flock.wasm")
		},
	}
	for _, mode := range []copytax.Mode{copytax.ConstantDensity, copytax.FixedVolume} {
		for _, neighbours := range []int{8, 32, 128} {
			for _, boids := range []int{1000, 10_000, 100_000} {
				cfg := copytax.Config{Boids: boids, Neighbours: neighbours, Mode: mode, Seed: 7}
				name := fmt.Sprintf("%s/%d/%d", mode, neighbours, boids)
				if strings.Contains(name, os.Getenv("COPYTAX_WORLD")) {
					t.Run(name, func(t *testing.T) { compare(t, cfg, hosts) })
				}
			}
		}
	}
}

// compare steps a world in all hosts, two at a time, and wants one chain.
func compare(t *testing.T, cfg copytax.Config, hosts map[string]func(string) (string, error)) {
	var block [copytax.PolicyBytes]byte
	p := flock.DefaultPolicy(cfg)
	p.Put(block[:])
	requests := fmt.Sprintf("world %d 3 %d %s 1\nadvance %d\n", cfg.Boids, cfg.Seed, hex.EncodeToString(block[:]), marathonTicks)
	var all sync.WaitGroup
	var mutex sync.Mutex
	seats, replies := make(chan struct{}, 2), map[string]string{}
	for name, host := range hosts {
		all.Go(func() {
			seats <- struct{}{}
			reply, err := host(requests)
			<-seats
			if err != nil || !strings.HasPrefix(reply, "ok\nok ") {
				t.Errorf("%s: %v, %q", name, err, reply)
			}
			mutex.Lock()
			defer mutex.Unlock()
			replies[name] = reply
		})
	}
	all.Wait()
	if replies["native"] != replies["wazero"] || replies["native"] != replies["V8"] {
		t.Errorf("chains differ: %q", replies)
	}
	t.Logf("%d ticks: %s", marathonTicks, strings.TrimSpace(strings.TrimPrefix(replies["native"], "ok\nok ")))
}

func serve(in string) (string, error) {
	var out bytes.Buffer
	err := worker.Serve(strings.NewReader(in), &out)
	return out.String(), err
}

func converse(in, program string, arguments ...string) (string, error) {
	cmd := exec.Command(program, arguments...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(in), os.Stderr
	out, err := cmd.Output()
	return string(out), err
}
