// Command waypoint answers what istiod makes of Gateways for which it runs pods: the objects that it applies, by the code
// and the templates that istiod itself has, without a cluster.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"istio.io/istio/manifests"
	"istio.io/istio/pilot/pkg/config/kube/gatewaycommon"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/inject"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/revisions"
)

const (
	chart = "charts/istio-control/istio-discovery/"
	root  = "istio-system"
)

type question struct {
	Namespace corev1.Namespace
	Gateway   gateway.Gateway
	Parameter corev1.ConfigMap
}

type answer struct {
	Objects []json.RawMessage
	Error   string
}

func main() {
	quiet := istiolog.DefaultOptions()
	quiet.OutputPaths = []string{"stderr"}
	if err := istiolog.Configure(quiet); err != nil {
		log.Fatal(err)
	}
	// What istiod's profile for ambient meshes switches on, before the classes are known.
	features.EnableAmbient, features.EnableAmbientWaypoints = true, true
	gatewaycommon.ClassInfos = gatewaycommon.GetClassInfos()
	gatewaycommon.BuiltinGatewayClasses = gatewaycommon.GetBuiltinGatewayClasses()
	config, err := injection()
	if err != nil {
		log.Fatal(err)
	}
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := questions.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(answered(asked, config)); err != nil {
			log.Fatal(err)
		}
	}
}

// The templates and the values of the chart, as istiod finds them where nothing else was said.
func injection() (made inject.WebhookConfig, err error) {
	template, err := manifests.FS.ReadFile(chart + "files/waypoint.yaml")
	if err != nil {
		return
	}
	if made.Templates, err = inject.ParseTemplates(map[string]string{"waypoint": string(template)}); err != nil {
		return
	}
	text, err := manifests.FS.ReadFile(chart + "values.yaml")
	if err != nil {
		return
	}
	var said map[string]map[string]any
	if err = yaml.Unmarshal(text, &said); err != nil {
		return
	}
	values, err := yaml.Marshal(map[string]any{"global": said["_internal_defaults_do_not_set"]["global"], "revision": ""})
	if err != nil {
		return
	}
	made.Values, err = inject.NewValuesConfig(string(values))
	made.MeshConfig = mesh.DefaultMeshConfig()
	return
}

func answered(asked question, config inject.WebhookConfig) (made answer) {
	stop := make(chan struct{})
	defer close(stop)
	client := kube.NewFakeClient([]runtime.Object{&asked.Namespace, &asked.Gateway, &asked.Parameter}...)
	applied := func(action clienttesting.Action) (bool, runtime.Object, error) {
		if patch, ok := action.(clienttesting.PatchAction); ok && action.GetSubresource() == "" {
			made.Objects = append(made.Objects, patch.GetPatch())
		}
		return true, nil, nil
	}
	client.Dynamic().(*dynamicfake.FakeDynamicClient).PrependReactor("patch", "*", applied)
	env := model.NewEnvironment()
	env.Watcher = meshwatcher.NewTestWatcher(config.MeshConfig)
	tags := revisions.NewTagWatcher(client, "", root)
	go tags.Run(stop)
	controller := gatewaycommon.NewDeploymentController(
		client, "Kubernetes", env, func() inject.WebhookConfig { return config }, func(func()) {}, tags, "", root,
	)
	client.RunAndWait(stop)
	kube.WaitForCacheSync("waypoint", stop, tags.HasSynced)
	name := types.NamespacedName{Namespace: asked.Gateway.Namespace, Name: asked.Gateway.Name}
	if err := controller.Reconcile(name); err != nil {
		made.Error = err.Error()
	}
	return
}
