package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/transports/transporttest"
)

// newRole returns the hidden verb with which copytax starts itself for each role.
func newRole(c catalogue) *cobra.Command {
	return &cobra.Command{
		Use:    control.RoleVerb + " ROLE",
		Short:  "Be a role of a trial; started by run",
		Hidden: true,
		Args:   oneArgument("role"), // for people who list processes; the assignment says it again
		RunE:   func(*cobra.Command, []string) error { return control.Serve(transporttest.Roles(c)) },
	}
}

// newWorker returns the hidden verb with which copytax starts itself as a worker
// of an experiment.
func newWorker(c catalogue) *cobra.Command {
	return &cobra.Command{
		Use:    lab.WorkerVerb + " JOB",
		Short:  "Do a job of an experiment; started by run",
		Hidden: true,
		Args:   oneArgument("job"),
		RunE: func(cmd *cobra.Command, args []string) error {
			job, ok := c.Jobs()[args[0]]
			if !ok {
				return fmt.Errorf("unknown job %q: workers are started by copytax run, not by hand", args[0])
			}
			return job(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
