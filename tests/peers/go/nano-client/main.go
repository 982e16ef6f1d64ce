// Checks of a server through nano's own client, whose handshake is empty and
// whose bodies are protobuf.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	nano "github.com/lonng/nano/benchmark/io"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"peers/checks"
)

const (
	say  = "connector.sayHandler.say"
	told = "connector.sayHandler.told"
)

var errLate = errors.New("nothing came")

// open connects; what is pushed as onSay goes into the channel. Nobody closes the client: it
// panics at its second end, of which the server's is one.
func open(address string) (*nano.Connector, chan string, error) {
	client := nano.NewConnector()
	connected := make(chan struct{}, 1)
	pushes := make(chan string, 16)
	client.OnConnected(func() { connected <- struct{}{} })
	client.On("onSay", func(data any) { pushes <- text(data) })
	if err := client.Start(address); err != nil {
		return nil, nil, err
	}
	select {
	case <-connected:
		return client, pushes, nil
	case <-time.After(checks.Patience):
		return nil, nil, errors.New("the handshake is not answered")
	}
}

func text(data any) string {
	line := &wrapperspb.StringValue{}
	if err := proto.Unmarshal(data.([]byte), line); err != nil {
		return err.Error()
	}
	return line.Value
}

func expect(got chan string, wanted string) error {
	select {
	case text := <-got:
		if text != wanted {
			return fmt.Errorf("%.80q instead of %.80q", text, wanted)
		}
		return nil
	case <-time.After(checks.Patience):
		return errLate
	}
}

func main() {
	address := flag.String("url", "", "HOST:PORT of the server")
	only := flag.String("only", "", "one check")
	flag.Parse()
	log.SetOutput(io.Discard)
	list := checks.New(*only)
	request := func(words string) error {
		client, _, err := open(*address)
		if err != nil {
			return err
		}
		answers := make(chan string, 1)
		callback := func(data any) { answers <- text(data) }
		if err := client.Request(say, wrapperspb.String(words), callback); err != nil {
			return err
		}
		return expect(answers, words)
	}
	list.Run("request", func() error { return request("hi") })
	list.Run("long request", func() error { return request(strings.Repeat("long ", 10_000)) })
	list.Run("notify and push", func() error {
		client, pushes, err := open(*address)
		if err != nil {
			return err
		}
		for _, words := range []string{"one", "two", strings.Repeat("three ", 1_000)} {
			if err := client.Notify(told, wrapperspb.String(words)); err != nil {
				return err
			}
			if err := expect(pushes, words); err != nil {
				return err
			}
		}
		return nil
	})
	list.Finish()
}
