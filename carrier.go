package copytax

// A Carrier moves encoded messages between the processes of the roles. Package
// transports/carrier makes a [Transport] of a carrier and a [Format], any of either:
// the links of the three roles, their phases, the rotation of slots and the order of
// messages are written once there. A carrier has connections and nothing else.
type Carrier interface {
	Name() string // before the plus in a transport's name
	Info() CarrierInfo
	// Wire is that of [Transport].
	Wire(Config) (*Wiring, error)
	// Connect runs in a role's process and returns its connections to the other
	// two roles; that to itself is nil. It may block in Env.Lookup, but must Share
	// before it does. Those that it returns with an error are closed.
	Connect(env Env, role Role) ([NumRoles]Conn, error)
}

// CarrierInfo describes a carrier.
type CarrierInfo struct {
	Summary string // one line, to be continued with that of a codec
	// Rung is the place on the ladder of the carrier with each format.
	Rung func(Format) int
	// OwnThread and Unavailable are those of [Info].
	OwnThread   bool
	Unavailable string
	// Pull is set when the viewer must ask for each frame, by a message of KindWant
	// that the engine receives before it answers, since the engine cannot send
	// unasked.
	Pull bool
	// Latest is set when the engine's connection to the viewer is a [Poller], so that
	// a viewer can read the latest frame.
	Latest bool
}

// A Header is what a message says of itself.
type Header struct {
	Kind   Kind
	Number uint64 // epoch, or generation of a genome
	Length int    // of the body, in bytes
	Type   string // media type of the body, for carriers that say it; else empty
}

// A Conn is one role's end of the ordered connection to another role. Its methods
// are called by one goroutine. The caller has entered the phase that a method is
// charged to, and enters the next one; a connection that does part of its work in
// another phase may enter that. It counts in the role's [Counters] the bytes that it
// hands to the operating system, those of its own headers included, and its system
// calls. An error says what happened; the caller says to which message and peer.
type Conn interface {
	// Send sends a message, in the Send phase. Body must not change until Send
	// returns, or Flush does where the connection is a [Flusher].
	Send(h Header, body []byte) error
	// Next blocks until a message has begun to arrive, in the Wait phase. When the
	// peer has gone it returns an error that wraps io.ErrUnexpectedEOF.
	Next() (Header, error)
	// Receive fills p with the body of the message of the last Next, in the Receive
	// phase. It is called once for each message whose length is above 0, with a p of
	// that length.
	Receive(p []byte) error
	// Close ends the connection, which the peer notices. Closing twice is safe.
	Close() error
}

// A Flusher is a Conn whose Send may return before the body has been read. Flush,
// in the Send phase, returns when it has been.
type Flusher interface {
	Flush() error
}

// A Poller is a Conn that can be asked whether Next would return at once.
type Poller interface {
	Pending() (bool, error)
}

// A Refuser is a Conn that can tell its peer why the message of the last Next is not
// what was due. It returns err, joined with its own.
type Refuser interface {
	Refuse(err error) error
}
