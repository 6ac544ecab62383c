package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// newMoved returns the verbs of earlier versions, which say what replaces them.
func newMoved() (cmds []*cobra.Command) {
	for verb, instead := range map[string]string{
		"kernel": "copytax run --scenario physics, and copytax report for what kernel --render drew",
	} {
		cmds = append(cmds, &cobra.Command{
			Use:                verb,
			Hidden:             true,
			DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error {
				return usage(fmt.Errorf("%s is now: %s", verb, instead))
			},
		})
	}
	return cmds
}
