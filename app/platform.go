package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
)

// refuse has the verbs that measure say that they do so on Linux, and nothing else,
// where the system is another one; what is listed there is said to be out of reach.
func refuse(root *cobra.Command, system string) {
	if system == "linux" {
		return
	}
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "run", "doctor", "watch", control.RoleVerb, lab.WorkerVerb:
			cmd.RunE = func(*cobra.Command, []string) error { return copytax.ErrPlatform }
		case "list":
			cmd.PostRun = func(cmd *cobra.Command, _ []string) {
				fmt.Fprintln(cmd.ErrOrStderr(), "copytax:", copytax.ErrPlatform)
			}
		}
	}
}
