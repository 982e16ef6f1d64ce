// The route that speed is measured on, as a nano application serves it: one
// process, TCP, JSON bodies. Prints `READY <port>`.
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/lonng/nano"
	"github.com/lonng/nano/component"
	"github.com/lonng/nano/serialize/json"
	"github.com/lonng/nano/session"
)

// Greeting is what a client says.
type Greeting struct {
	N int64  `json:"n"`
	S string `json:"s"`
}

// Greeted is what it is answered.
type Greeted struct {
	Code int    `json:"code"`
	N    int64  `json:"n"`
	S    string `json:"s"`
}

// Bench has the route.
type Bench struct {
	component.Base
}

// Greet counts up and says the same again.
func (*Bench) Greet(s *session.Session, greeting *Greeting) error {
	return s.Response(&Greeted{Code: 200, N: greeting.N + 1, S: greeting.S})
}

// silence is a logger that says nothing.
type silence struct{}

func (silence) Println(...interface{}) {}
func (silence) Fatal(v ...interface{}) { fail(fmt.Sprint(v...)) }
func (silence) Fatalf(format string, v ...interface{}) {
	fail(fmt.Sprintf(format, v...))
}

func main() {
	address, err := free()
	if err != nil {
		fail(err.Error())
	}
	components := &component.Components{}
	// Its routes have two parts, so the first two of ours are the one name.
	components.Register(&Bench{},
		component.WithName("connector.benchHandler"),
		component.WithNameFunc(strings.ToLower))
	go announce(address)
	nano.Listen(address,
		nano.WithComponents(components),
		nano.WithSerializer(json.NewSerializer()),
		nano.WithLogger(silence{}))
}

// free finds a port, since nano cannot say which one it was given.
func free() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// announce waits until nano listens.
func announce(address string) {
	for {
		if stream, err := net.Dial("tcp", address); err == nil {
			stream.Close()
			_, port, _ := net.SplitHostPort(address)
			fmt.Println("READY", port)
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
