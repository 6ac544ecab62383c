package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/copytax/copytax/experiment"
)

// options are the flags that the experiments declare, as they were typed. No
// verb lists them by hand: a flag is here because an experiment has it.
type options struct {
	cmd  *cobra.Command
	all  []experiment.Option
	of   map[string][]string // names of the experiments that have an option
	sets []*pflag.FlagSet    // an experiment's flags, for the help
}

// A text is the value of an option. Given again, it is added behind what joins them.
type text struct {
	value  string
	join   string
	moved  string // what replaces the option
	given  bool
	toggle bool // it is typed without a value
}

func (t *text) String() string { return t.value }

// Type is what the help calls the value, where the usage does not name it.
func (t *text) Type() string {
	if t.toggle {
		return "bool" // for which the help shows no value
	}
	return "value"
}

func (t *text) Set(s string) error {
	if t.moved != "" {
		return errors.New("it is now " + t.moved)
	}
	if t.given {
		s = t.value + t.join + s
	}
	t.value, t.given = s, true
	return nil
}

// add adds to run the flags of every experiment, each once, and shows them in the
// help by the experiment that they belong to.
func (o *options) add(cmd *cobra.Command, c catalogue) {
	o.cmd, o.of = cmd, map[string][]string{}
	common := pflag.NewFlagSet("all experiments", pflag.ContinueOnError)
	common.AddFlagSet(cmd.Flags())
	o.sets = append(o.sets, common)
	for _, e := range c.Experiments {
		set := pflag.NewFlagSet(e.Name(), pflag.ContinueOnError)
		for _, option := range e.Options() {
			if cmd.Flags().Lookup(option.Name) == nil {
				value := &text{value: option.Default, join: cmp.Or(option.Join, ","), moved: option.Moved, toggle: option.Implied == "true"}
				cmd.Flags().Var(value, option.Name, option.Usage)
				flag := cmd.Flags().Lookup(option.Name)
				flag.NoOptDefVal, flag.Hidden = option.Implied, option.Moved != ""
				if option.Moved == "" {
					o.all = append(o.all, option)
				}
			}
			o.of[option.Name] = append(o.of[option.Name], e.Name())
			set.AddFlag(cmd.Flags().Lookup(option.Name))
		}
		o.sets = append(o.sets, set)
	}
	cmd.SetUsageTemplate(strings.Replace(cmd.UsageTemplate(),
		"{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}", strings.ReplaceAll(strings.TrimRight(o.usages(), "\n"), "{{", "{ {"), 1))
}

// usages describes all flags by experiment.
func (o *options) usages() string {
	var b strings.Builder
	for i, set := range o.sets {
		if !set.HasFlags() {
			continue
		}
		if i > 0 {
			fmt.Fprintf(&b, "\nFlags of %s:\n", set.Name())
		}
		b.WriteString(set.FlagUsagesWrapped(100))
	}
	return b.String()
}

// given returns the options that were typed.
func (o *options) given() map[string]bool {
	given := map[string]bool{}
	for _, option := range o.all {
		given[option.Name] = o.cmd.Flags().Changed(option.Name)
	}
	return given
}

// values returns the values of the options of the chosen experiments. One that
// none of them has cannot be given, nor can an empty one.
func (o *options) values(chosen []experiment.Experiment) (map[string]string, error) {
	values := map[string]string{}
	for _, option := range o.all {
		value, given := o.typed(option.Name), o.cmd.Flags().Changed(option.Name)
		taken := slices.ContainsFunc(chosen, func(e experiment.Experiment) bool { return slices.Contains(o.of[option.Name], e.Name()) })
		switch {
		case given && !taken:
			return nil, fmt.Errorf("--%s cannot be given with --scenario %s: it is an option of %s", option.Name, chosen[0].Name(), strings.Join(o.of[option.Name], ", "))
		case given && strings.TrimSpace(value) == "":
			return nil, fmt.Errorf("--%s: want a value", option.Name)
		case taken:
			values[option.Name] = value
		}
	}
	return values, nil
}

// typed returns the value of an option, given or default.
func (o *options) typed(name string) string { return o.cmd.Flags().Lookup(name).Value.String() }

// again returns the values of a plan's options, with the programs as typed now.
func (o *options) again(recorded map[string]string) map[string]string {
	values := maps.Clone(recorded)
	for _, option := range o.all {
		if option.Program {
			values[option.Name] = o.typed(option.Name)
		}
	}
	return values
}

// recorded returns those values that belong to the plan.
func (o *options) recorded(values map[string]string) map[string]string {
	kept, fixed := maps.Clone(values), o.fixed()
	maps.DeleteFunc(kept, func(name, _ string) bool { return !slices.Contains(fixed, name) })
	return kept
}

// programs returns the BLAKE3 of the files that the values of options name as
// programs, by option. One that is not there is left out: its experiment lists what
// cannot be measured without it. One that cannot be read is an error, since it may run
// all the same.
func (o *options) programs(values map[string]string) (map[string]string, error) {
	all := map[string]string{}
	for _, option := range o.all {
		if !option.Program || values[option.Name] == "" {
			continue
		}
		var sums []string
		for file := range strings.SplitSeq(values[option.Name], ",") {
			path := file[strings.LastIndex(file, "=")+1:] // behind the name that some have
			found, _ := exec.LookPath(path)               // empty where it is no program, such as a script
			content, err := os.ReadFile(cmp.Or(found, path))
			switch {
			case err == nil:
				sums = append(sums, sum(content))
			case !errors.Is(err, fs.ErrNotExist):
				return nil, fmt.Errorf("--%s: hash the program: %w", option.Name, err)
			}
		}
		if len(sums) > 0 {
			all[option.Name] = strings.Join(sums, " ")
		}
	}
	return all, nil
}

// fixed names the options that a resumed run keeps.
func (o *options) fixed() (names []string) {
	for _, option := range o.all {
		if !option.Program {
			names = append(names, option.Name)
		}
	}
	return names
}
