package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"inkling/jsoncount"
)

// readBody reads a request's body within the limits of size and time.
func (s *server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	// A recorder in a test has no deadline to set; a real connection always has.
	if err := rc.SetReadDeadline(time.Now().Add(s.limits.BodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("rest: limit the time of a body: %w", err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.limits.MaxBodyBytes))
	if err == nil {
		// The connection goes on without a deadline: reading it is how the server learns that the client left.
		err = rc.SetReadDeadline(time.Time{})
	}
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, s.bodyFailure(w, err)
	}
	if !utf8.Valid(body) {
		return nil, fail(http.StatusBadRequest, "bad_utf8", "the body is not valid UTF-8")
	}
	if most := 2*s.limits.MaxLines + moreValues; jsoncount.Values(body) > most {
		return nil, fail(http.StatusRequestEntityTooLarge, "too_large", "the body has more than %d values", most)
	}
	return body, nil
}

// moreValues is how many values a body may have besides the lines of a file: each takes some hundred bytes while it is read and
// checked, and one of 4 MiB has room for two million. 50,000 take 17 MB, where they are objects in each other.
const moreValues = 10_000

// bodyFailure says why a body could not be read. The deadline stays, and the connection ends with the answer: the
// server would otherwise wait for the rest of the body.
func (s *server) bodyFailure(w http.ResponseWriter, err error) *failure {
	w.Header().Set("Connection", "close")
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fail(http.StatusRequestEntityTooLarge, "too_large", "the body is over the limit of %d bytes", tooLarge.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fail(http.StatusRequestTimeout, "body_timeout", "the body did not arrive within %v", s.limits.BodyTimeout)
	}
	return fail(http.StatusBadRequest, "bad_body", "the body could not be read")
}

// decodeLoose reads JSON for a compatible door: unknown fields are ignored, and so is the content type, since those
// servers' own documentation sends none.
func (s *server) decodeLoose(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	return unmarshal(body, v)
}

// unmarshal is json.Unmarshal with failures that name the field.
func unmarshal(body []byte, v any) error {
	err := json.Unmarshal(body, v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		f := fail(http.StatusBadRequest, "bad_type", "%s: %s is not %s", or(wrong.Field, "body"), wrong.Value, jsonName(wrong.Type))
		f.Field = wrong.Field
		return f
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f // of a type that reads itself
	}
	if err != nil {
		return fail(http.StatusBadRequest, "bad_json", "the body is not JSON: %v", err)
	}
	return nil
}

// jsonName says in JSON's words what a Go type is read from.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "a whole number of " + strconv.Itoa(t.Bits()) + " bits"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Pointer:
		return jsonName(t.Elem())
	}
	return "an object"
}

// decode reads JSON for the documented API: v's type is its schema, and every field must be known.
func (s *server) decode(w http.ResponseWriter, r *http.Request, v any) error {
	if ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || ct != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "media_type", "Content-Type is %q, and must be application/json",
			clip(r.Header.Get("Content-Type")))
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	var tree any
	if err := unmarshal(body, &tree); err != nil {
		return err
	}
	if err := s.spec.check(reflect.TypeOf(v).Elem(), tree); err != nil {
		return err
	}
	return unmarshal(body, v)
}

// missing is the beginning of the validator's message about a required field that is not there; its name follows.
const missing = "expected required property "

// outOfRange are the beginnings of the validator's messages that are about a value's size, not about its form.
var outOfRange = []string{"expected number <", "expected number >", "expected length", "expected array length",
	"expected value to be one of"}

// check validates decoded JSON by the schema of a type, and returns the first failure by field name.
func (d *spec) check(t reflect.Type, tree any) error {
	var res huma.ValidateResult
	schema := d.registry().Schema(t, true, "")
	huma.Validate(d.registry(), schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, tree, &res)
	failures := make([]*failure, 0, len(res.Errors))
	for _, err := range res.Errors {
		failures = append(failures, failureOfDetail(err))
	}
	if len(failures) == 0 {
		return nil
	}
	// What is wrong with the form comes first; among equals the field's name decides, so that answers do not vary.
	return slices.MinFunc(failures, func(a, b *failure) int {
		if a.Status != b.Status {
			return a.Status - b.Status
		}
		return strings.Compare(a.Field, b.Field)
	})
}

// failureOfDetail turns one finding of the validator into a failure: 400 for the form, 422 for a value past a limit.
func failureOfDetail(err error) *failure {
	detail, ok := errors.AsType[*huma.ErrorDetail](err)
	if !ok {
		return fail(http.StatusBadRequest, "bad_request", "%v", err)
	}
	f := &failure{Status: http.StatusBadRequest, Code: "bad_request", Field: detail.Location}
	switch {
	case detail.Message == "unexpected property":
		f.Code, f.Message = "unknown_field", f.Field+": unknown field"
		return f
	case strings.HasPrefix(detail.Message, missing):
		name, _, _ := strings.Cut(strings.TrimPrefix(detail.Message, missing), " ")
		f.Field = strings.TrimPrefix(f.Field+"."+name, ".")
		f.Code, f.Message = "missing_field", f.Field+": is required"
		return f
	case slices.ContainsFunc(outOfRange, func(p string) bool { return strings.HasPrefix(detail.Message, p) }):
		f.Status, f.Code = http.StatusUnprocessableEntity, "out_of_range"
	}
	f.Message = or(f.Field, "body") + ": " + detail.Message
	if value := shortValue(detail.Value); value != "" {
		f.Message += ", not " + value
	}
	return f
}

// shortValue names a value in a failure: numbers, names and lengths, never a text of the document.
func shortValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64, bool:
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(b)
	case string:
		return "one of length " + strconv.Itoa(utf8.RuneCountInString(v))
	case []any:
		return "one of length " + strconv.Itoa(len(v))
	}
	return ""
}
