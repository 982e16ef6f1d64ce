package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/topfreegames/pitaya/v3/pkg/conn/codec"
	"github.com/topfreegames/pitaya/v3/pkg/conn/message"
	"github.com/topfreegames/pitaya/v3/pkg/conn/packet"
	"github.com/topfreegames/pitaya/v3/pkg/util/compression"
	"peers/checks"
)

// wire is a connection that shows its packets.
type wire struct {
	tcp net.Conn
	ws  *websocket.Conn
}

// dial connects and says hello; answer is the body of the server's handshake.
func dial(hello string) (w *wire, answer []byte, err error) {
	w = &wire{}
	if *transport == "ws" {
		w.ws, _, err = websocket.DefaultDialer.Dial("ws://"+*address+"/", nil)
	} else {
		w.tcp, err = net.Dial("tcp", *address)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := w.send(packet.Handshake, []byte(hello)); err != nil {
		return nil, nil, err
	}
	answered, err := w.next(packet.Handshake)
	return w, answered, err
}

// working connects up to the acknowledgement.
func working() (*wire, error) {
	w, _, err := dial(`{"sys":{"platform":"mac","libVersion":"0.3.5-release","clientBuildNumber":"20"}}`)
	if err != nil {
		return nil, err
	}
	return w, w.send(packet.HandshakeAck, nil)
}

func (w *wire) close() {
	if w.ws != nil {
		w.ws.Close()
	} else {
		w.tcp.Close()
	}
}

func (w *wire) send(kind packet.Type, body []byte) error {
	encoded, err := codec.NewPomeloPacketEncoder().Encode(kind, body)
	if err != nil {
		return err
	}
	if w.ws != nil {
		return w.ws.WriteMessage(websocket.BinaryMessage, encoded)
	}
	_, err = w.tcp.Write(encoded)
	return err
}

// read returns the next packet. A WebSocket message must hold exactly one.
func (w *wire) read() (*packet.Packet, error) {
	deadline := time.Now().Add(checks.Patience)
	var encoded []byte
	if w.ws != nil {
		w.ws.SetReadDeadline(deadline)
		_, whole, err := w.ws.ReadMessage()
		if err != nil {
			return nil, err
		}
		encoded = whole
	} else {
		w.tcp.SetReadDeadline(deadline)
		encoded = make([]byte, codec.HeadLength)
		if _, err := io.ReadFull(w.tcp, encoded); err != nil {
			return nil, err
		}
		size, _, err := codec.ParseHeader(encoded)
		if err != nil {
			return nil, err
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(w.tcp, body); err != nil {
			return nil, err
		}
		encoded = append(encoded, body...)
	}
	packets, err := codec.NewPomeloPacketDecoder().Decode(encoded)
	if err == nil && len(packets) != 1 {
		err = fmt.Errorf("%d packets in one message", len(packets))
	}
	if err != nil {
		return nil, err
	}
	return packets[0], nil
}

// next returns the body of the next packet of a kind. Others are passed over.
func (w *wire) next(kind packet.Type) ([]byte, error) {
	for {
		read, err := w.read()
		if err != nil {
			return nil, err
		}
		if read.Type == kind {
			return read.Data, nil
		}
	}
}

// ask sends a message with pitaya's encoder and returns the answer's bytes.
func (w *wire) ask(compress bool, route string, body []byte) ([]byte, error) {
	encoder := message.NewMessagesEncoder(compress)
	request := &message.Message{Type: message.Request, ID: 7, Route: route, Data: body}
	encoded, err := encoder.Encode(request)
	if err != nil {
		return nil, err
	}
	if err := w.send(packet.Data, encoded); err != nil {
		return nil, err
	}
	return w.next(packet.Data)
}

// drive checks what the client does not do or show.
func drive(list *checks.List) {
	list.Run("a handshake with a serializer and a heartbeat", func() error {
		w, answer, err := dial(`{"sys":{"platform":"mac","libVersion":"0.3.5-release"}}`)
		if err != nil {
			return err
		}
		defer w.close()
		if compression.IsCompressed(answer) {
			if answer, err = compression.InflateData(answer); err != nil {
				return err
			}
		}
		said := struct {
			Code int
			Sys  struct {
				Heartbeat  int
				Serializer string
			}
		}{}
		err = json.Unmarshal(answer, &said)
		if err == nil && (said.Code != 200 || said.Sys.Heartbeat < 1 || said.Sys.Serializer != *serializer) {
			err = fmt.Errorf("answered %s", answer)
		}
		return err
	})
	list.Run("a refused handshake", func() error {
		hello := `{"sys":{"platform":"mac","libVersion":"0.3.5-release"},"user":{"refuse":true}}`
		w, answer, err := dial(hello)
		if err != nil {
			return err
		}
		defer w.close()
		if compression.IsCompressed(answer) {
			if answer, err = compression.InflateData(answer); err != nil {
				return err
			}
		}
		said := struct{ Code int }{}
		if err := json.Unmarshal(answer, &said); err != nil || said.Code == 200 {
			return fmt.Errorf("answered %s", answer)
		}
		if _, err := w.read(); err == nil {
			return errors.New("the connection goes on")
		}
		return nil
	})
	list.Run("compressed requests", func() error {
		w, err := working()
		if err != nil {
			return err
		}
		defer w.close()
		for _, size := range []int{100, 10_000, 500_000} {
			body, _ := json.Marshal(map[string]string{"text": strings.Repeat("again ", size/6)})
			encoded, err := w.ask(true, echo, body)
			if err != nil {
				return err
			}
			answer, err := message.Decode(encoded)
			if err != nil || answer.Err || !bytes.Equal(answer.Data, body) {
				return fmt.Errorf("answered (%v): %.200q", err, encoded)
			}
		}
		return nil
	})
	list.Run("a kick has no body", func() error {
		w, err := working()
		if err != nil {
			return err
		}
		defer w.close()
		if _, err := w.ask(false, "connector.entryHandler.kick", []byte(`{}`)); err != nil {
			return err
		}
		body, err := w.next(packet.Kick)
		if err == nil && len(body) > 0 {
			err = fmt.Errorf("the kick has a body: %q", body)
		}
		return err
	})
}

// beat checks the heartbeats of a server, and of whom it drops.
func beat(list *checks.List) {
	list.Run("heartbeats come by themselves, and are not echoed", func() error {
		started := time.Now()
		w, err := working()
		if err != nil {
			return err
		}
		defer w.close()
		// Ten at once, of which none is answered.
		for range 10 {
			if err := w.send(packet.Heartbeat, nil); err != nil {
				return err
			}
		}
		for range 2 {
			if _, err := w.next(packet.Heartbeat); err != nil {
				return err
			}
		}
		if passed := time.Since(started); passed < 1500*time.Millisecond {
			return fmt.Errorf("two heartbeats in %v", passed)
		}
		return nil
	})
	list.Run("a silent client is dropped", func() error {
		w, err := working()
		if err != nil {
			return err
		}
		defer w.close()
		for {
			if _, err := w.read(); err != nil {
				if late, ok := err.(net.Error); ok && late.Timeout() {
					return errors.New("it is not dropped")
				}
				return nil
			}
		}
	})
}
