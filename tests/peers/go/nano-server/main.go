// A nano application with the routes that our client is checked with. Prints
// `READY <port>`, and ends when its input does.
package main

import (
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

	"github.com/lonng/nano"
	"github.com/lonng/nano/component"
	"github.com/lonng/nano/serialize"
	asJSON "github.com/lonng/nano/serialize/json"
	"github.com/lonng/nano/serialize/protobuf"
	"github.com/lonng/nano/session"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

var (
	transport  = flag.String("transport", "tcp", "tcp or ws")
	serializer = flag.String("serializer", "json", "json or protobuf")
	heartbeat  = flag.Int("heartbeat", 1, "seconds between heartbeats")
	dictionary = flag.Bool("dictionary", false, "number the routes")
)

// Entry has routes whose bodies are JSON whatever the serializer is.
type Entry struct {
	component.Base
	count atomic.Int64
}

// Echo says the same again.
func (*Entry) Echo(client *session.Session, body []byte) error {
	return client.Response(body)
}

// Notify counts.
func (e *Entry) Notify(_ *session.Session, _ []byte) error {
	e.count.Add(1)
	return nil
}

// Count tells what Notify has counted.
func (e *Entry) Count(client *session.Session, _ []byte) error {
	return client.Response(fmt.Appendf(nil, `{"count":%d}`, e.count.Load()))
}

// Fail fails, which nano logs and does not answer.
func (*Entry) Fail(_ *session.Session, _ []byte) error {
	return errors.New("failed")
}

// Push answers, then pushes n messages.
func (*Entry) Push(client *session.Session, body []byte) error {
	push := struct {
		N    int    `json:"n"`
		Text string `json:"text"`
	}{N: 1}
	if err := json.Unmarshal(body, &push); err != nil {
		return err
	}
	if err := client.Response([]byte(`{"code":200}`)); err != nil {
		return err
	}
	text, _ := json.Marshal(push.Text)
	for seq := range push.N {
		pushed := fmt.Appendf(nil, `{"seq":%d,"text":%s}`, seq, text)
		if err := client.Push("onPush", pushed); err != nil {
			return err
		}
	}
	return nil
}

// Leave closes the client's session; nano has no kicks.
func (*Entry) Leave(client *session.Session, _ []byte) error {
	client.Close()
	return nil
}

// Say has routes whose bodies the serializer writes.
type Say struct {
	component.Base
}

// Say says the same again.
func (*Say) Say(client *session.Session, line *wrapperspb.StringValue) error {
	return client.Response(line)
}

// Told pushes what the client says to itself.
func (*Say) Told(client *session.Session, line *wrapperspb.StringValue) error {
	return client.Push("onSay", line)
}

// silence is a logger that says nothing.
type silence struct{}

func (silence) Println(...interface{}) {}
func (silence) Fatal(v ...interface{}) { fail(fmt.Sprint(v...)) }
func (silence) Fatalf(format string, v ...interface{}) {
	fail(fmt.Sprintf(format, v...))
}

func main() {
	flag.Parse()
	address, err := free()
	if err != nil {
		fail(err.Error())
	}
	components := &component.Components{}
	// Its routes have two parts, so the first two of ours are the one name.
	lower := component.WithNameFunc(strings.ToLower)
	components.Register(&Entry{}, component.WithName("connector.entryHandler"), lower)
	components.Register(&Say{}, component.WithName("connector.sayHandler"), lower)
	var bodies serialize.Serializer = asJSON.NewSerializer()
	if *serializer == "protobuf" {
		bodies = protobuf.NewSerializer()
	}
	options := []nano.Option{
		nano.WithComponents(components),
		nano.WithSerializer(bodies),
		nano.WithHeartbeatInterval(time.Duration(*heartbeat) * time.Second),
		nano.WithHandshakeValidator(func(data []byte) error {
			handshake := struct {
				User struct {
					Refuse bool `json:"refuse"`
				} `json:"user"`
			}{}
			if json.Unmarshal(data, &handshake) == nil && handshake.User.Refuse {
				return errors.New("refused")
			}
			return nil
		}),
		nano.WithLogger(silence{}),
	}
	if *transport == "ws" {
		options = append(options, nano.WithIsWebsocket(true), nano.WithWSPath("nano"))
	}
	if *dictionary {
		options = append(options, nano.WithDictionary(map[string]uint16{
			"connector.entryHandler.echo":  1,
			"connector.entryHandler.count": 2,
			"connector.entryHandler.push":  3,
			"connector.sayHandler.say":     300,
			"onPush":                       7,
			"onSay":                        65535,
		}))
	}
	go announce(address)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	nano.Listen(address, options...)
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
