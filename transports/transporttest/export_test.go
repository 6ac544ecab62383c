package transporttest

// LitterAlone is for a test that leaves shared memory: no other kit looks for some until
// release.
func LitterAlone() (release func()) { return lockShared(true) }
