package main

import (
	"github.com/spf13/cobra"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/peer"
	"github.com/copytax/copytax/scenarios"
	"github.com/copytax/copytax/transports"
)

// roleVerb is the hidden verb with which copytax starts itself for each role.
const roleVerb = "role"

func newRole() *cobra.Command {
	return &cobra.Command{
		Use:    roleVerb + " ROLE",
		Short:  "Play a role of a trial; started by run",
		Hidden: true,
		Args:   oneArgument("role"), // for people who list processes; the assignment says it again
		RunE:   func(*cobra.Command, []string) error { return peer.Serve(registry{}) },
	}
}

// A registry finds what is compiled in.
type registry struct{}

func (registry) Scenario(name string) (copytax.Scenario, error)   { return scenarios.Find(name) }
func (registry) Transport(name string) (copytax.Transport, error) { return transports.Find(name) }
