package main

import (
	"fmt"

	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/store"
)

// document returns everything that there is to say of a run.
func (c catalogue) document(results *store.Results) (*doc.Document, error) {
	all := results.Experiment()
	complete := all.CompleteBlocks()
	switch {
	case complete == 0 && !all.Complete:
		return nil, fmt.Errorf("report on %s: no complete block: the first needs %d trials; recorded are %s", results.Dir, len(all.Plan.Cells), results.Coverage())
	case len(all.Samples) == 0:
		return nil, fmt.Errorf("report on %s: all %d trials failed, the first because: %s", results.Dir, len(all.Failures), all.Failures[0].Reason)
	}
	var parts []doc.Part
	for _, name := range all.Plan.Experiments {
		e, err := c.Find(name)
		if err != nil {
			return nil, fmt.Errorf("report on %s: %w", results.Dir, err)
		}
		part, err := e.Report(all.Of(name))
		if err != nil {
			return nil, fmt.Errorf("report on %s: %w", results.Dir, err)
		}
		parts = append(parts, doc.Part{Name: name, Summary: e.Summary(), Report: part})
	}
	return doc.New(results.Manifest, all, parts), nil
}
