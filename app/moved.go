package app

import (
	"errors"

	"github.com/spf13/cobra"
)

// newMoved returns a verb of earlier versions, which says what replaces it.
func newMoved() *cobra.Command {
	return &cobra.Command{
		Use:                "kernel",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return usage(errors.New("kernel is now: copytax run --scenario physics, and copytax report for what kernel --render drew"))
		},
	}
}
