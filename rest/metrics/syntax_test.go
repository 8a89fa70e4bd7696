package metrics

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestEveryFigureOfTheSyntaxIsToldInBothForms(t *testing.T) {
	var s SyntaxStats
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() { // 1001, 1002, ...
		if f := v.Field(i); f.CanUint() {
			f.SetUint(uint64(1001 + i))
		} else {
			f.SetInt(int64(1001 + i))
		}
	}
	m := New(Sources{Syntax: func() SyntaxStats { return s }})
	whole, err := json.Marshal(m.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.Prometheus().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		value := strconv.Itoa(1001 + i)
		if !strings.Contains(string(whole), ":"+value) {
			t.Errorf("%s is not in %s", name, whole)
		}
		if !strings.Contains(w.Body.String(), " "+value+"\n") {
			t.Errorf("%s is not told to Prometheus", name)
		}
	}
}
