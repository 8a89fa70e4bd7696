package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Errors of reading an answer.
var (
	// errCut is returned when a stream ends before its last message.
	errCut = errors.New("the stream ended before the answer did")
	// errRefused is returned when an answer of status 200 is an error.
	errRefused = errors.New("the server answered with an error")
	// errForeign is returned when an answer lacks what every answer of its form has: another kind of server gave it.
	errForeign = errors.New("the answer is not of this kind of server")
	// errLong is returned when a message, or a whole answer, is longer than any.
	errLong = fmt.Errorf("a message is longer than %d bytes", maxEventBytes)
)

// read takes in a streamed answer, or a whole one.
func (d *httpDesk) read(response *http.Response, started time.Time, a *Answer) error {
	take := func(data []byte) (last bool, err error) {
		text, last, err := d.peer.dialect.event(data, a)
		if text != "" && a.Text == "" {
			a.First = time.Since(started)
		}
		a.Text += text
		return last, err
	}
	var err error
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		err = readStream(response.Body, take)
	} else {
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(response.Body, maxEventBytes+1)); len(data) > maxEventBytes {
			err = errLong
		} else if err == nil {
			_, err = take(data)
		}
	}
	if err == nil {
		a.Whole = time.Since(started)
	}
	return err
}

// readStream hands on the messages of server-sent events, one line of data each. A stream that ends without a message
// that may be the last, or [DONE], was cut: the end of a connection alone does not tell.
func readStream(body io.Reader, take func([]byte) (last bool, err error)) error {
	whole := false
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 4096), maxEventBytes)
	lines.Split(endedLines)
	for lines.Scan() {
		field, data, _ := strings.Cut(lines.Text(), ":")
		data = strings.TrimPrefix(data, " ") // some servers send none
		switch {
		case field == "error": // llama.cpp's, until it sent errors as data
			return fmt.Errorf("%w: %s", errRefused, told([]byte(data)))
		case field != "data":
		case data == "[DONE]":
			whole = true
		default:
			last, err := take([]byte(data))
			if err != nil {
				return err
			}
			whole = whole || last
		}
	}
	err := lines.Err()
	switch {
	case whole:
		return nil
	case errors.Is(err, bufio.ErrTooLong):
		return errLong
	case err != nil:
		return fmt.Errorf("%w: %w", errCut, err)
	}
	return errCut
}

// endedLines splits off lines without what follows the last line break: half a line is no message.
func endedLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if atEOF && bytes.IndexByte(data, '\n') < 0 {
		return len(data), nil, nil
	}
	return bufio.ScanLines(data, atEOF)
}

// refusal is the error that a message holds, where it holds one.
func refusal(raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return fmt.Errorf("%w: %s", errRefused, told(raw))
}

// told is what a server says of an error. JSON is written anew without needless escapes, so that a token in it is seen.
func told(data []byte) string {
	var v any
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if json.Unmarshal(data, &v) != nil || e.Encode(v) != nil {
		return string(data)
	}
	return strings.TrimSpace(b.String())
}

// presentable takes the token out of an error, where a server repeats it, and cuts a long text.
func (p *HTTPPeer) presentable(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if p.Token != "" {
		text = strings.ReplaceAll(text, p.Token, "["+TokenVariable+"]")
	}
	if len(text) > maxErrorBytes {
		text = strings.ToValidUTF8(text[:maxErrorBytes], "") + "..."
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
