// Checks of a server through pitaya's own client, and through a driver over its
// released codec where that client cannot do or show something.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/golang/protobuf/proto"
	"github.com/sirupsen/logrus"
	"github.com/topfreegames/pitaya/v3/pkg/client"
	"github.com/topfreegames/pitaya/v3/pkg/conn/message"
	"github.com/topfreegames/pitaya/v3/pkg/protos"
	"github.com/topfreegames/pitaya/v3/pkg/session"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"peers/checks"
)

var (
	address    = flag.String("url", "", "HOST:PORT of the server")
	transport  = flag.String("transport", "tcp", "tcp or ws")
	serializer = flag.String("serializer", "json", "json or protobuf")
	only       = flag.String("only", "", "one check")
	beats      = flag.Bool("beats", false, "the checks of heartbeats; without it all others")
)

const (
	echo = "connector.entryHandler.echo"
	say  = "connector.sayHandler.say"
)

// open connects, and says in the handshake what pitaya's C client does.
func open(user map[string]any) (*client.Client, error) {
	c := client.New(logrus.PanicLevel)
	c.SetClientHandshakeData(&session.HandshakeData{
		Sys: session.HandshakeClientData{
			Platform: "mac", LibVersion: "0.3.5-release", BuildNumber: "20", Version: "2.1",
		},
		User: user,
	})
	if *transport == "ws" {
		return c, c.ConnectToWS(*address, "/")
	}
	return c, c.ConnectTo(*address)
}

// next returns the client's next message.
func next(c *client.Client) (*message.Message, error) {
	select {
	case m := <-c.IncomingMsgChan:
		return m, nil
	case <-time.After(checks.Patience):
		return nil, errors.New("nothing came")
	}
}

// unexpected returns the error of a message that should be another.
func unexpected(m *message.Message) error {
	return fmt.Errorf("%v %d of %q came (error: %v): %.200q", &m.Type, m.ID, m.Route, m.Err, m.Data)
}

// ask sends a request and returns its answer.
func ask(c *client.Client, route string, body []byte) (*message.Message, error) {
	id, err := c.SendRequest(route, body)
	if err != nil {
		return nil, err
	}
	answer, err := next(c)
	if err != nil {
		return nil, err
	}
	if answer.Type != message.Response || answer.ID != id {
		return nil, unexpected(answer)
	}
	return answer, nil
}

// same asks for the body again, and fails if another one is answered.
func same(c *client.Client, route string, body []byte) error {
	answer, err := ask(c, route, body)
	if err != nil {
		return err
	}
	if answer.Err || !bytes.Equal(answer.Data, body) {
		return unexpected(answer)
	}
	return nil
}

// line is a body of the typed routes.
func line(text string) []byte {
	if *serializer == "protobuf" {
		body, _ := proto.Marshal(wrapperspb.String(text))
		return body
	}
	body, _ := json.Marshal(map[string]string{"value": text})
	return body
}

// failure reads the body of an error.
func failure(answer *message.Message) (*protos.Error, error) {
	if !answer.Err {
		return nil, unexpected(answer)
	}
	failed := &protos.Error{}
	if *serializer == "protobuf" {
		return failed, proto.Unmarshal(answer.Data, failed)
	}
	return failed, json.Unmarshal(answer.Data, failed)
}

// connected runs a check with a client, and disconnects that.
func connected(check func(c *client.Client) error) func() error {
	return func() error {
		c, err := open(nil)
		if err != nil {
			return err
		}
		defer c.Disconnect()
		return check(c)
	}
}

func main() {
	flag.Parse()
	list := checks.New(*only)
	run := func(name string, check func(c *client.Client) error) {
		list.Run(name, connected(check))
	}
	// The client writes heartbeats beside what a check sends, at which a WebSocket panics. All
	// others are for a server that wants heartbeats later than they take.
	if *beats {
		run("heartbeats", func(c *client.Client) error {
			// More than three times the interval that the server is started with.
			time.Sleep(3500 * time.Millisecond)
			return same(c, echo, []byte(`{"text":"still here"}`))
		})
		beat(list)
		list.Finish()
	}
	run("request", func(c *client.Client) error {
		return same(c, echo, []byte(`{"text":"hi"}`))
	})
	for _, size := range []int{100, 1_000, 50_000, 500_000} {
		run(fmt.Sprintf("request of %d bytes", size), func(c *client.Client) error {
			text := strings.Repeat("it says it again and again, ", size/28+1)[:size]
			body, _ := json.Marshal(map[string]string{"text": text})
			return same(c, echo, body)
		})
	}
	run("many requests", func(c *client.Client) error {
		for n := range 200 {
			if err := same(c, echo, fmt.Appendf(nil, `{"n":%d}`, n)); err != nil {
				return err
			}
		}
		return nil
	})
	run("requests in flight", inFlight)
	run("notify", func(c *client.Client) error {
		for range 3 {
			if err := c.SendNotify("connector.entryHandler.notify", []byte(`{}`)); err != nil {
				return err
			}
		}
		for {
			answer, err := ask(c, "connector.entryHandler.count", []byte(`{}`))
			if err != nil {
				return err
			}
			count := struct{ Count int }{}
			if err := json.Unmarshal(answer.Data, &count); err != nil || count.Count >= 3 {
				return err
			}
		}
	})
	run("pushes", func(c *client.Client) error {
		text := strings.Repeat("pushed ", 1_000)
		body, _ := json.Marshal(map[string]any{"n": 5, "text": text})
		if _, err := c.SendRequest("connector.entryHandler.push", body); err != nil {
			return err
		}
		// The answer may come before, between or behind the pushes.
		for seq := 0; seq < 5; {
			pushed, err := next(c)
			if err != nil {
				return err
			}
			if pushed.Type == message.Response && !pushed.Err {
				continue
			}
			said := struct {
				Seq  int
				Text string
			}{}
			err = json.Unmarshal(pushed.Data, &said)
			if pushed.Route != "onPush" || err != nil || said.Seq != seq || said.Text != text {
				return unexpected(pushed)
			}
			seq++
		}
		return nil
	})
	run("unknown route", func(c *client.Client) error {
		answer, err := ask(c, "connector.entryHandler.unknown", []byte(`{}`))
		if err != nil {
			return err
		}
		failed, err := failure(answer)
		if err == nil && failed.Code != "PIT-404" {
			err = fmt.Errorf("the code is %q", failed.Code)
		}
		return err
	})
	run("a method that fails", func(c *client.Client) error {
		answer, err := ask(c, "connector.entryHandler.fail", []byte(`{}`))
		if err != nil {
			return err
		}
		failed, err := failure(answer)
		if err == nil && !strings.HasPrefix(failed.Code, "PIT-") {
			err = fmt.Errorf("the code is %q", failed.Code)
		}
		return err
	})
	run("kick", func(c *client.Client) error {
		if _, err := ask(c, "connector.entryHandler.kick", []byte(`{}`)); err != nil {
			return err
		}
		for c.ConnectedStatus() {
			time.Sleep(5 * time.Millisecond)
		}
		return nil
	})
	typed(run)
	drive(list)
	list.Finish()
}

// inFlight has twenty requests on their way at once.
func inFlight(c *client.Client) error {
	waiting := map[uint]string{}
	for n := range 20 {
		body := fmt.Sprintf(`{"n":%d}`, n)
		id, err := c.SendRequest(echo, []byte(body))
		if err != nil {
			return err
		}
		waiting[id] = body
	}
	for len(waiting) > 0 {
		answer, err := next(c)
		if err != nil {
			return err
		}
		if waiting[answer.ID] != string(answer.Data) {
			return unexpected(answer)
		}
		delete(waiting, answer.ID)
	}
	return nil
}

// typed checks the routes whose bodies the serializer writes.
func typed(run func(string, func(*client.Client) error)) {
	run("typed request", func(c *client.Client) error { return same(c, say, line("hi")) })
	run("long typed request", func(c *client.Client) error {
		return same(c, say, line(strings.Repeat("long ", 10_000)))
	})
	run("an error with code, text and metadata", func(c *client.Client) error {
		answer, err := ask(c, say, line(""))
		if err != nil {
			return err
		}
		failed, err := failure(answer)
		if err != nil {
			return err
		}
		field, most := failed.Metadata["field"], failed.Metadata["max"]
		if failed.Code != "PIT-422" || failed.Msg != "say something" || field != "value" || most != "9" {
			return fmt.Errorf("told %v", failed)
		}
		return nil
	})
	run("typed push", func(c *client.Client) error {
		if err := c.SendNotify("connector.sayHandler.told", line("to myself")); err != nil {
			return err
		}
		pushed, err := next(c)
		if err == nil && (pushed.Route != "onSay" || !bytes.Equal(pushed.Data, line("to myself"))) {
			err = unexpected(pushed)
		}
		return err
	})
}
