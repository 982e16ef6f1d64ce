// The route that speed is measured on, as a pitaya application serves it: one
// frontend of its own, JSON bodies. Prints `READY <port>`.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	pitaya "github.com/topfreegames/pitaya/v3/pkg"
	"github.com/topfreegames/pitaya/v3/pkg/acceptor"
	"github.com/topfreegames/pitaya/v3/pkg/component"
	"github.com/topfreegames/pitaya/v3/pkg/config"
	"github.com/topfreegames/pitaya/v3/pkg/logger"
	wrapped "github.com/topfreegames/pitaya/v3/pkg/logger/logrus"
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
func (*Bench) Greet(_ context.Context, greeting *Greeting) (*Greeted, error) {
	return &Greeted{Code: 200, N: greeting.N + 1, S: greeting.S}, nil
}

func main() {
	// It logs every message unless it is told not to.
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	quiet.SetLevel(logrus.FatalLevel)
	logger.SetLogger(wrapped.NewWithFieldLogger(quiet))

	settings := config.NewDefaultPitayaConfig()
	// It would try to compress every answer, which nobody else here does.
	settings.Handler.Messages.Compression = false
	builder := pitaya.NewDefaultBuilder(true, "connector", pitaya.Standalone, nil, *settings)
	tcp := acceptor.NewTCPAcceptor("127.0.0.1:0")
	builder.AddAcceptor(tcp)
	app := builder.Build()
	app.Register(&Bench{}, component.WithName("benchHandler"), component.WithNameFunc(strings.ToLower))
	go announce(tcp)
	app.Start()
}

// announce waits for the port, which the acceptor has once it listens.
func announce(tcp *acceptor.TCPAcceptor) {
	for {
		if _, port, err := net.SplitHostPort(tcp.GetAddr()); err == nil {
			fmt.Fprintln(os.Stdout, "READY", port)
			return
		}
		time.Sleep(time.Millisecond)
	}
}
