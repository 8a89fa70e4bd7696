package deploytest

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
)

// usual are the values that a cluster must give.
var usual = map[string]any{"redis": map[string]any{"host": "redis"}}

func chartPath() string { return filepath.Join(root, "deploy/helm/inkling") }

func TestTheChartLints(t *testing.T) {
	result := lint.All(chartPath(), usual, "default", true)
	for _, m := range result.Messages {
		if m.Severity >= support.WarningSev {
			t.Error(m.Error())
		}
	}
}

// templates are the chart's manifests by file.
func templates(t *testing.T, values map[string]any) (map[string]string, error) {
	t.Helper()
	chart, err := loader.Load(chartPath())
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, values, chartutil.ReleaseOptions{Name: "team", Namespace: "default", Revision: 1, IsInstall: true}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	texts, err := engine.Render(chart, all)
	maps.DeleteFunc(texts, func(name, text string) bool { return strings.TrimSpace(text) == "" || strings.HasSuffix(name, ".txt") })
	return texts, err
}

// rendered decodes the templates strictly: an unknown field is an error.
func rendered(t *testing.T, values map[string]any) (map[string]runtime.Object, error) {
	t.Helper()
	texts, err := templates(t, values)
	if err != nil {
		return nil, err
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	objects := map[string]runtime.Object{}
	for name, text := range texts {
		object, kind, err := decoder.Decode([]byte(text), nil, nil)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			continue
		}
		objects[kind.Kind] = object
	}
	return objects, nil
}

// charts are values of clusters of several kinds.
var charts = map[string]map[string]any{
	"usual": usual,
	"little": {
		"env":     map[string]any{"REQUIRE_KEYS": "false", "ALLOW_ANONYMOUS": "true"},
		"ingress": map[string]any{"enabled": false}, "autoscaling": map[string]any{"enabled": false},
		"disruptionBudget": map[string]any{"enabled": false}, "networkPolicy": map[string]any{"enabled": false},
	},
	"much": {
		"redis": map[string]any{"url": "redis+cluster://redis:6379"}, "remote": map[string]any{"url": "http://vllm:8000/v1", "model": "m"},
		"cache": map[string]any{"existingClaim": "models"}, "envFromSecrets": []any{"inkling"},
		"tolerations":   []any{map[string]any{"key": "gpu", "operator": "Exists"}},
		"nodeSelector":  map[string]any{"zone": "a"},
		"networkPolicy": map[string]any{"egress": []any{map[string]any{"ports": []any{map[string]any{"protocol": "TCP", "port": 8000}}}}},
	},
}

func TestTemplatesAreOfKubernetesTypes(t *testing.T) {
	little := []string{"ConfigMap", "Deployment", "Service"}
	most := []string{"ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "PodDisruptionBudget", "Service"}
	for name, want := range map[string][]string{"usual": most, "little": little, "much": most} {
		objects, err := rendered(t, charts[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := slices.Sorted(maps.Keys(objects)); !slices.Equal(got, want) {
			t.Errorf("%s makes %v, want %v", name, got, want)
		}
	}
}

func TestPodsRunWithoutRightsAndServicesReachThem(t *testing.T) {
	objects, err := rendered(t, usual)
	if err != nil {
		t.Fatal(err)
	}
	deployment := objects["Deployment"].(*appsv1.Deployment)
	pod := deployment.Spec.Template
	container := pod.Spec.Containers[0]
	if s := container.SecurityContext; !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !*pod.Spec.SecurityContext.RunAsNonRoot {
		t.Errorf("%+v", s)
	}
	if deployment.Spec.Replicas != nil {
		t.Error("replicas are set beside an autoscaler")
	}
	if deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.IntValue() != 0 {
		t.Error("an upgrade takes a server away before there is another")
	}
	if container.ReadinessProbe.HTTPGet.Path != "/health/ready" || container.LivenessProbe.HTTPGet.Path != "/health/live" {
		t.Error("the probes ask something else")
	}
	for label, value := range deployment.Spec.Selector.MatchLabels {
		if pod.Labels[label] != value {
			t.Errorf("pods lack %s=%s, which the Deployment selects", label, value)
		}
	}
	var metrics []string
	for _, m := range objects["HorizontalPodAutoscaler"].(*autoscalingv2.HorizontalPodAutoscaler).Spec.Metrics {
		if m.Pods != nil {
			metrics = append(metrics, m.Pods.Metric.Name)
		}
	}
	page := read(t, "docs/metrics.md")
	for _, name := range metrics {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("the autoscaler asks for %s, which there is not", name)
		}
	}
	if !slices.Contains(metrics, "inkling_sessions_open") || !slices.Contains(metrics, "inkling_engine_queue_length") {
		t.Errorf("it scales by %v", metrics)
	}
	for _, rule := range objects["Ingress"].(*networkingv1.Ingress).Spec.Rules {
		for _, path := range rule.HTTP.Paths {
			if strings.HasPrefix("/metrics", path.Path) && *path.PathType == networkingv1.PathTypePrefix {
				t.Errorf("%s lets /metrics out", path.Path)
			}
		}
	}
}

func TestBadValuesAreRefusedByName(t *testing.T) {
	for name, values := range map[string]map[string]any{
		"REQUIRE_KEYS":  nil, // no Redis
		"remote.model":  {"redis": map[string]any{"host": "r"}, "remote": map[string]any{"url": "http://x/v1"}},
		"replica":       {"replica": 3},
		"minReplicas":   {"autoscaling": map[string]any{"minReplicas": 0}},
		"env":           {"env": map[string]any{"PORT": 80}},
		"maxUnavailble": {"disruptionBudget": map[string]any{"maxUnavailble": 1}},
	} {
		if _, err := rendered(t, values); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
