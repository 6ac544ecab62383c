package app

import (
	"fmt"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/doc"
)

// document returns the run in a folder, and everything that there is to say of it.
func (c catalogue) document(dir string) (*experiment.Results, *doc.Document, error) {
	results, err := c.load(dir)
	if err != nil {
		return nil, nil, err
	}
	all := results.Experiment()
	complete := all.CompleteBlocks()
	switch {
	case complete == 0 && !all.Complete:
		return nil, nil, fmt.Errorf("report on %s: no complete block: the first needs %d trials; recorded are %s", results.Dir, len(all.Plan.Cells), results.Coverage())
	case len(all.Samples) == 0:
		return nil, nil, fmt.Errorf("report on %s: all %d trials failed, the first because: %s", results.Dir, len(all.Failures), all.Failures[0].Reason)
	}
	parts, err := c.Parts(all)
	if err != nil {
		return nil, nil, fmt.Errorf("report on %s: %w", results.Dir, err)
	}
	return all, doc.New(results.Manifest, all, parts), nil
}
