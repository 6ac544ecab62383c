package bench

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

// A gate lets only those trials pass whose roles saw the same world, the one
// that all trials of the same configuration saw.
type gate struct {
	worlds map[copytax.Config]world
}

// A world is what is equal wherever the physics is.
type world struct{ digest, chain, genome string }

// newGate returns a gate that knows the worlds of the samples recorded already.
func newGate(recorded []store.Sample) *gate {
	g := &gate{worlds: map[copytax.Config]world{}}
	byTrial := map[int][]store.Sample{}
	for _, s := range recorded {
		if s.Error == "" {
			byTrial[s.Trial] = append(byTrial[s.Trial], s)
		}
	}
	for _, samples := range byTrial {
		if w, err := witnessed(samples); err == nil {
			g.worlds[samples[0].Config] = w
		}
	}
	return g
}

// pass returns an error when the trial proves nothing: its roles disagree, or
// saw another world than the trials before, or a zero-copy transport copied.
func (g *gate) pass(samples []store.Sample, info copytax.Info) error {
	w, err := witnessed(samples)
	if err != nil {
		return err
	}
	c := samples[0].Config
	if before, ok := g.worlds[c]; ok && before != w {
		return fmt.Errorf("void: saw the world %v, the trials before saw %v", w, before)
	}
	if info.ZeroCopy {
		if err := zeroCopy(samples); err != nil {
			return err
		}
	}
	g.worlds[c] = w
	return nil
}

// witnessed returns the world that the roles of one trial agree on.
func witnessed(samples []store.Sample) (world, error) {
	var w world
	for _, s := range samples {
		e := s.Evidence
		for _, f := range []struct {
			what string
			have *string
			says string
		}{{"digest", &w.digest, e.Digest}, {"chain", &w.chain, e.Chain}, {"genome", &w.genome, e.Genome}} {
			if f.says == "" {
				continue
			}
			if *f.have != "" && *f.have != f.says {
				return w, fmt.Errorf("void: the %s saw %s %s, another role %s", s.Role, f.what, f.says, *f.have)
			}
			*f.have = f.says
		}
	}
	return w, testified(samples)
}

// testified checks that each role gave what it alone can: the consumers what
// they read, the kernel and the engine the genes that were written and used.
func testified(samples []store.Sample) error {
	for _, s := range samples {
		e, consumer := s.Evidence, s.Role != copytax.Engine.String()
		if consumer && (e.Digest == "" || e.Chain == "") {
			return fmt.Errorf("void: the %s gave no digest or no chain", s.Role)
		}
		if s.Role != copytax.Viewer.String() && e.Genome == "" {
			return fmt.Errorf("void: the %s gave no genome hash", s.Role)
		}
	}
	return nil
}

// zeroCopy checks that no role copied a byte and that each shows its frame in
// the same file.
func zeroCopy(samples []store.Sample) error {
	var inode uint64
	for _, s := range samples {
		if s.CopiedBytes != 0 {
			return fmt.Errorf("void: the %s copied %d bytes on a zero-copy transport", s.Role, s.CopiedBytes)
		}
		if s.Proof == nil || !s.Proof.Holds() {
			return fmt.Errorf("void: the %s does not show its frame in the hub", s.Role)
		}
		if inode != 0 && s.Proof.HubInode != inode {
			return fmt.Errorf("void: the %s maps inode %d, another role %d", s.Role, s.Proof.HubInode, inode)
		}
		inode = s.Proof.HubInode
	}
	return nil
}
