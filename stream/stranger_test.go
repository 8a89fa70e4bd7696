package stream

import (
	"net"
	"strings"
	"testing"

	"inkling/stream/internal/scripted"
	"inkling/stream/wire"
)

// padded is a message of so many bytes.
func padded(message string, bytes int) string {
	return message + strings.Repeat(" ", bytes-len(message))
}

// asAda is an initialize with a key.
const asAda = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"initializationOptions":{"inkling":{"token":"ada"}}}}`

func TestMessagesAreShortUntilTheSessionIsSomebodys(t *testing.T) {
	for _, c := range []struct {
		name     string
		cfg      Config
		messages []string
		answer   string // to the last; "" where the session ends at it
	}{
		{"at the limit", Config{Auth: keys{"ada": {}}}, []string{padded(asAda, maxUnidentifiedBytes)}, `"result"`},
		{"over it", Config{Auth: keys{"ada": {}}}, []string{padded(asAda, maxUnidentifiedBytes+1)}, ""},
		{"at a lower limit of all messages", Config{Auth: keys{"ada": {}}, Limits: Limits{FrameBytes: 1000}}, []string{padded(asAda, 1000)}, `"result"`},
		{"over that", Config{Auth: keys{"ada": {}}, Limits: Limits{FrameBytes: 1000}}, []string{padded(asAda, 1001)}, ""},
		{"after a refused initialize", Config{Auth: keys{"ada": {}}, Limits: Limits{HandshakeBytes: 2}}, []string{asAda, padded(asAda, maxUnidentifiedBytes+1)}, ""},
		{"identified", Config{Auth: keys{"ada": {}}}, []string{asAda, padded(`{"jsonrpc":"2.0","id":2,"method":"shutdown"}`, 4<<20)}, `"result"`},
		{"without keys", Config{}, []string{padded(asAda, 4<<20)}, `"result"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := serve(t, c.cfg, &scripted.Model{}).dial(nil)
			first, last := c.messages[:len(c.messages)-1], c.messages[len(c.messages)-1]
			for _, message := range first {
				client.send(message)
			}
			if c.answer == "" {
				for range first {
					client.read()
				}
				client.send(last)
				client.expectClose(wire.CloseTooBig)
				return
			}
			client.send(last) // without waiting for what came before
			for range first {
				client.read()
			}
			if got := client.read(); !strings.Contains(got, c.answer) {
				t.Errorf("got %s", got)
			}
		})
		t.Run(c.name+", over a byte stream", func(t *testing.T) {
			here, there := net.Pipe()
			ended := make(chan error, 1)
			d := serve(t, c.cfg, &scripted.Model{})
			go func() { ended <- d.server.ServeConn(there) }()
			in, out := wire.NewReader(here, 1<<20), wire.NewWriter(here)
			go func() {
				for _, message := range c.messages {
					_ = out.Write([]byte(message)) // fails where it is not taken
				}
			}()
			var answers []string
			for range c.messages {
				answer, err := in.Read()
				if err != nil {
					break
				}
				answers = append(answers, string(answer))
			}
			if whole := len(answers) == len(c.messages); whole != (c.answer != "") || whole && !strings.Contains(answers[len(answers)-1], c.answer) {
				t.Errorf("got %q", answers)
			}
			_ = here.Close()
			select {
			case <-ended:
			case <-waiting(t).Done():
				t.Error("the session has not ended")
			}
		})
	}
}
