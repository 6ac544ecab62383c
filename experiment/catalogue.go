package experiment

import "github.com/copytax/copytax"

// A Catalogue is what one module adds to a program: codecs, carriers, transports
// and experiments. Every codec meets every carrier, whichever modules they come from.
// A module that lives elsewhere is a plugin when its root package has a function
//
//	func Plugin() experiment.Catalogue
//
// Any field may be nil.
type Catalogue struct {
	Codecs   []copytax.Format
	Carriers []copytax.Carrier
	// Transports returns those that are no carrier with a codec. The values are fresh
	// at each call: one call's transports are for one trial.
	Transports  func() []copytax.Transport
	Experiments []Experiment
}
