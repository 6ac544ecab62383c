// Command copytax runs one live system under interchangeable transports and
// prices what moving its data costs. See `copytax --help`.
package main

import "github.com/copytax/copytax/app"

func main() { app.Main(app.Program{}) }
