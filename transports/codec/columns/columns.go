// Package columns is what the codecs have in common: the two shapes that a schema gives
// to a [copytax.Table], a row a boid and a field a column. It knows no library. Start
// at [FrameRows] and at [Fields].
package columns

import "github.com/copytax/copytax"

// A Message is a table in the form that a library encodes and decodes whole.
type Message interface {
	Load(copytax.Table)        // takes the table't number, and its columns or their floats
	Empty(copytax.Table)       // makes the message ready to be decoded into, for the table
	Store(copytax.Table) error // fills the table, or says what the message holds instead
}

// Fields are a [Message] that has a field a column.
type Fields struct {
	Number  *uint64
	Columns []*[]float32
}

// Load implements [Message]: the fields are the columns themselves.
func (f *Fields) Load(t copytax.Table) {
	*f.Number = t.Number
	for c, field := range f.Columns {
		*field = t.Col(c)
	}
}

// Empty implements [Message]: the columns lend their memory to the fields.
func (f *Fields) Empty(t copytax.Table) {
	*f.Number = 0
	for c, field := range f.Columns {
		*field = t.Col(c)[:0]
	}
}

// Store implements [Message]. A column is copied where the library took new
// memory for it, and lies in place already where it did not.
func (f *Fields) Store(t copytax.Table) error {
	if err := t.CheckNumber(*f.Number); err != nil {
		return err
	}
	for c, field := range f.Columns {
		if err := t.CheckColumn(c, len(*field)); err != nil {
			return err
		}
		copy(t.Col(c), *field)
	}
	return nil
}
