// Package enum names the values of types that are small numbers. It knows none of
// these types; each lists its own names. Start at [Name].
package enum

import "fmt"

// Name returns the name of v, or of a value that has none its type and number.
func Name[T ~uint8 | ~uint32](v T, names []string) string {
	if int(v) >= len(names) {
		return fmt.Sprintf("%T(%d)", v, uint32(v))
	}
	return names[v]
}
