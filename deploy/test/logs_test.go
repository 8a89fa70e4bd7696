package deploytest

import (
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestLogsGoWhereLokiListens holds the four files that name Loki's and Prometheus' addresses together. Neither Loki nor
// Alloy is in Debian: that they accept their files is not tested here.
func TestLogsGoWhereLokiListens(t *testing.T) {
	var loki struct {
		Server struct {
			Port int `json:"http_listen_port"`
		} `json:"server"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "deploy/loki/loki.yml")), &loki); err != nil || loki.Server.Port == 0 {
		t.Fatalf("loki.yml: %v, port %d", err, loki.Server.Port)
	}
	address := fmt.Sprintf("http://loki:%d", loki.Server.Port)
	if !strings.Contains(read(t, "deploy/alloy/config.alloy"), `"`+address+`/loki/api/v1/push"`) {
		t.Errorf("Alloy does not send to %s", address)
	}
	var sources struct {
		Datasources []struct {
			UID string `json:"uid"`
			URL string `json:"url"`
		} `json:"datasources"`
	}
	if err := yaml.UnmarshalStrict([]byte(read(t, "deploy/grafana/provisioning/datasources/sources.yml")), &struct {
		APIVersion  int `json:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool
			JSONData                     map[string]any
		}
	}{}); err != nil {
		t.Error(err)
	}
	if err := yaml.Unmarshal([]byte(read(t, "deploy/grafana/provisioning/datasources/sources.yml")), &sources); err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{}
	for _, s := range sources.Datasources {
		urls[s.UID] = s.URL
	}
	if urls["loki"] != address || urls["prometheus"] != "http://prometheus:9090" {
		t.Errorf("Grafana asks %v", urls)
	}
	for _, path := range []string{"/etc/inkling/dashboards"} { // the provider's folder is what compose mounts
		if !strings.Contains(read(t, "deploy/grafana/provisioning/dashboards/dashboards.yml"), path) || !strings.Contains(read(t, production), ":"+path+":ro") {
			t.Errorf("%s is not both mounted and provided", path)
		}
	}
}
