// A pitaya frontend with the routes that its clients are checked with. Prints
// `READY <port>`, and ends when its input does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	pitaya "github.com/topfreegames/pitaya/v3/pkg"
	"github.com/topfreegames/pitaya/v3/pkg/acceptor"
	"github.com/topfreegames/pitaya/v3/pkg/component"
	"github.com/topfreegames/pitaya/v3/pkg/config"
	"github.com/topfreegames/pitaya/v3/pkg/logger"
	wrapped "github.com/topfreegames/pitaya/v3/pkg/logger/logrus"
	"github.com/topfreegames/pitaya/v3/pkg/serialize/protobuf"
	"github.com/topfreegames/pitaya/v3/pkg/session"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

var (
	transport   = flag.String("transport", "tcp", "tcp or ws")
	serializer  = flag.String("serializer", "json", "json or protobuf")
	compression = flag.Bool("compression", true, "compress what becomes smaller so")
	heartbeat   = flag.Int("heartbeat", 1, "seconds between heartbeats")
	dictionary  = flag.Bool("dictionary", false, "number the routes")
)

// Entry has routes whose bodies are JSON whatever the serializer is.
type Entry struct {
	component.Base
	app   pitaya.Pitaya
	count atomic.Int64
}

// Echo says the same again.
func (*Entry) Echo(_ context.Context, body []byte) ([]byte, error) {
	return body, nil
}

// Notify counts.
func (e *Entry) Notify(_ context.Context, _ []byte) {
	e.count.Add(1)
}

// Count tells what Notify has counted.
func (e *Entry) Count(_ context.Context, _ []byte) ([]byte, error) {
	return fmt.Appendf(nil, `{"count":%d}`, e.count.Load()), nil
}

// Fail fails without a code.
func (*Entry) Fail(_ context.Context, _ []byte) ([]byte, error) {
	return nil, errors.New("failed")
}

// Push answers, then pushes n messages.
func (e *Entry) Push(ctx context.Context, body []byte) ([]byte, error) {
	push := struct {
		N    int    `json:"n"`
		Text string `json:"text"`
	}{N: 1}
	if err := json.Unmarshal(body, &push); err != nil {
		return nil, pitaya.Error(err, "PIT-400")
	}
	client := e.app.GetSessionFromCtx(ctx)
	go func() {
		for seq := range push.N {
			text, _ := json.Marshal(push.Text)
			client.Push("onPush", fmt.Appendf(nil, `{"seq":%d,"text":%s}`, seq, text))
		}
	}()
	return []byte(`{"code":200}`), nil
}

// Kick answers, and kicks the client a moment later.
func (e *Entry) Kick(ctx context.Context, _ []byte) ([]byte, error) {
	client := e.app.GetSessionFromCtx(ctx)
	time.AfterFunc(500*time.Millisecond, func() { client.Kick(context.Background()) })
	return []byte(`{"code":200}`), nil
}

// Say has routes whose bodies the serializer writes.
type Say struct {
	component.Base
	app pitaya.Pitaya
}

// Say says the same again, and refuses to say nothing.
func (*Say) Say(_ context.Context, line *wrapperspb.StringValue) (*wrapperspb.StringValue, error) {
	if line.Value == "" {
		metadata := map[string]string{"field": "value", "max": "9"}
		return nil, pitaya.Error(errors.New("say something"), "PIT-422", metadata)
	}
	return line, nil
}

// Told pushes what the client says to itself.
func (s *Say) Told(ctx context.Context, line *wrapperspb.StringValue) {
	s.app.GetSessionFromCtx(ctx).Push("onSay", line)
}

func main() {
	flag.Parse()
	quiet := logrus.New()
	quiet.SetLevel(logrus.FatalLevel)
	logger.SetLogger(wrapped.NewWithFieldLogger(quiet))

	settings := config.NewDefaultPitayaConfig()
	settings.Handler.Messages.Compression = *compression
	settings.Heartbeat.Interval = time.Duration(*heartbeat) * time.Second
	builder := pitaya.NewDefaultBuilder(true, "connector", pitaya.Standalone, nil, *settings)
	if *serializer == "protobuf" {
		builder.Serializer = protobuf.NewSerializer()
	}
	builder.SessionPool.AddHandshakeValidator("refuse", func(data *session.HandshakeData) error {
		if data.User["refuse"] == true {
			return errors.New("refused")
		}
		return nil
	})
	var listener acceptor.Acceptor = acceptor.NewTCPAcceptor("127.0.0.1:0")
	if *transport == "ws" {
		listener = acceptor.NewWSAcceptor("127.0.0.1:0")
	}
	builder.AddAcceptor(listener)
	app := builder.Build()
	register := func(handlers component.Component, name string) {
		app.Register(handlers, component.WithName(name), component.WithNameFunc(strings.ToLower))
	}
	register(&Entry{app: app}, "entryHandler")
	register(&Say{app: app}, "sayHandler")
	if *dictionary {
		app.SetDictionary(map[string]uint16{
			"connector.entryHandler.echo":  1,
			"connector.entryHandler.count": 2,
			"connector.entryHandler.push":  3,
			"connector.sayHandler.say":     300,
			"onPush":                       7,
			"onSay":                        65535,
		})
	}
	go announce(listener)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	app.Start()
}

// announce waits for the port, which the acceptor has once it listens.
func announce(listener acceptor.Acceptor) {
	for {
		if _, port, err := net.SplitHostPort(listener.GetAddr()); err == nil {
			fmt.Println("READY", port)
			return
		}
		time.Sleep(time.Millisecond)
	}
}
