// Command inbound answers whom istiod lets in: the listeners that it sends to sidecars and waypoints, and the workloads and
// policies that it sends to ztunnel, of the objects of a whole cluster, by the code that istiod and its node agent run.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"istio.io/api/annotation"
	"istio.io/istio/manifests"
	"istio.io/istio/pilot/pkg/config/kube/crdclient"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/serviceregistry"
	"istio.io/istio/pilot/pkg/serviceregistry/ambient"
	registry "istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pkg/activenotifier"
	"istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/gvr"
	"istio.io/istio/pkg/jwt"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/kube/multicluster"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/test/util/retry"
)

const (
	name   = "Kubernetes"
	domain = "cluster.local"
)

// What an ambient index reads, which a cluster with Istio knows.
var known = []schema.GroupVersionResource{
	gvr.AuthorizationPolicy, gvr.PeerAuthentication, gvr.WorkloadEntry, gvr.ServiceEntry, gvr.GatewayClass,
	gvr.KubernetesGateway, gvr.HTTPRoute, gvr.GRPCRoute, gvr.TCPRoute, gvr.TLSRoute, gvr.ReferenceGrant,
}

// Pods are objects, too: they have an address. A proxy is named as its pod, with its namespace.
type question struct {
	Objects     []json.RawMessage
	Namespaces  map[string]map[string]string
	Pods        []corev1.Pod
	Proxies     []string
	Ambient     bool
	TrustDomain string
	Root        string
}

type answer struct {
	Proxies        map[string]told
	Workloads      []json.RawMessage
	Authorizations []json.RawMessage
}

// What is asked for by whom is not needed: of listeners and clusters that lead out there are the names.
type told struct {
	Inbound  []json.RawMessage
	Outbound []string
}

func main() {
	quiet := istiolog.DefaultOptions()
	quiet.OutputPaths = []string{"stderr"}
	quiet.SetDefaultOutputLevel(istiolog.OverrideScopeName, istiolog.NoneLevel)
	if err := istiolog.Configure(quiet); err != nil {
		fail(err)
	}
	// Nobody fetches keys of issuers here: Envoy is told to do it.
	features.JwksFetchMode = jwt.Envoy
	agent, err := captures()
	if err != nil {
		fail(err)
	}
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := questions.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			fail(err)
		}
		var made answer
		if err := test.Wrap(func(t test.Failer) { made = answered(t, asked, agent) }); err != nil {
			fail(err)
		}
		if err := answers.Encode(made); err != nil {
			fail(err)
		}
	}
}

// Istio's logging takes over the one of Go, and says nothing here.
func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// What the node agent captures where nothing else was said: its pods, in its namespaces.
type captured struct{ pods, namespaces labels.Selector }

func captures() (made []captured, err error) {
	text, err := manifests.FS.ReadFile("charts/istio-cni/values.yaml")
	if err != nil {
		return
	}
	var values struct {
		Defaults struct {
			Ambient struct {
				Selectors []struct {
					PodSelector       metav1.LabelSelector `json:"podSelector"`
					NamespaceSelector metav1.LabelSelector `json:"namespaceSelector"`
				} `json:"enablementSelectors"`
			} `json:"ambient"`
		} `json:"_internal_defaults_do_not_set"`
	}
	if err = yaml.Unmarshal(text, &values); err != nil {
		return
	}
	for _, one := range values.Defaults.Ambient.Selectors {
		pods, wrong := metav1.LabelSelectorAsSelector(&one.PodSelector)
		if wrong != nil {
			return nil, wrong
		}
		namespaces, wrong := metav1.LabelSelectorAsSelector(&one.NamespaceSelector)
		if wrong != nil {
			return nil, wrong
		}
		made = append(made, captured{pods, namespaces})
	}
	if len(made) == 0 {
		return nil, errors.New("the chart of istio-cni captures nothing")
	}
	return
}

// What the agent says of a pod that it captured.
func (asked question) mark(pod *corev1.Pod, agent []captured) {
	if !asked.Ambient || pod.Spec.HostNetwork {
		return
	}
	for _, one := range agent {
		if one.pods.Matches(labels.Set(pod.Labels)) && one.namespaces.Matches(labels.Set(asked.Namespaces[pod.Namespace])) {
			metav1.SetMetaDataAnnotation(
				&pod.ObjectMeta, annotation.AmbientRedirection.Name, constants.AmbientRedirectionEnabled,
			)
			return
		}
	}
}

func answered(t test.Failer, asked question, agent []captured) answer {
	// What istiod's profile for ambient meshes switches on, and no other.
	features.EnableAmbient, features.EnableAmbientWaypoints = asked.Ambient, asked.Ambient
	features.EnableHBONESend, features.EnableSidecarHBONEListening = asked.Ambient, asked.Ambient
	features.EnableIngressWaypointRouting = asked.Ambient
	texts := make([]string, 0, len(asked.Objects)+len(asked.Pods))
	for _, object := range asked.Objects {
		texts = append(texts, string(object))
	}
	pods := map[string]*corev1.Pod{}
	for number := range asked.Pods {
		pod := &asked.Pods[number]
		asked.mark(pod, agent)
		pods[pod.Name+"."+pod.Namespace] = pod
		text, err := json.Marshal(pod)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	world, index := istiod(t, asked, texts)
	made := answer{Proxies: map[string]told{}}
	for _, one := range asked.Proxies {
		made.Proxies[one] = tell(world, node(pods[one], asked.Ambient))
	}
	if index == nil {
		return made
	}
	addresses, _ := index.AddressInformation(nil)
	for _, one := range addresses {
		if workload := one.GetWorkload(); workload != nil {
			made.Workloads = append(made.Workloads, text(workload))
		}
	}
	for _, one := range index.Policies(nil) {
		made.Authorizations = append(made.Authorizations, text(one.Authorization))
	}
	return made
}

// istiod, as Istio's own tests put it together: what ztunnel is sent is made of the cluster's objects, what Envoy is sent
// of what istiod keeps beside them.
func istiod(t test.Failer, asked question, texts []string) (*core.ConfigGenTest, ambient.Index) {
	meshed := mesh.DefaultMeshConfig()
	meshed.TrustDomain, meshed.RootNamespace = asked.TrustDomain, asked.Root
	watcher, updater := meshwatcher.NewTestWatcher(meshed), model.NewEndpointIndexUpdater(model.NewEndpointIndex(model.DisabledCache{}))
	objects, configs := decoded(t, texts)
	client := kube.NewFakeClient(objects...)
	services, _ := registry.NewFakeControllerWithOptions(t, registry.FakeControllerOptions{
		Client: client, ClusterID: name, DomainSuffix: domain, XDSUpdater: updater, SkipRun: true, ConfigCluster: true,
		MeshWatcher: watcher, CRDs: known, SystemNamespace: asked.Root,
	})
	world := core.NewConfigGenTest(t, core.TestOptions{
		Configs: configs, MeshConfig: meshed, SkipRun: true,
		ServiceRegistries: []serviceregistry.Instance{services}, ClusterID: cluster.ID(name),
	})
	index := indexed(t, asked, client, watcher, updater)
	if index != nil {
		world.Env().AmbientIndexes = index
	} else {
		world.Env().AmbientIndexes = &model.NoopAmbientIndexes{}
	}
	stop := test.NewStop(t)
	client.RunAndWait(stop)
	if index != nil {
		go index.Run(stop)
		retry.UntilOrFail(t, index.HasSynced)
	}
	world.Run()
	if err := world.Env().InitNetworksManager(updater); err != nil {
		t.Fatal(err)
	}
	world.PushContext().InitContext(world.Env(), nil, nil)
	return world, index
}

func indexed(
	t test.Failer, asked question, client kube.Client, watcher meshwatcher.WatcherCollection, updater model.XDSUpdater,
) ambient.Index {
	if !asked.Ambient {
		return nil
	}
	clusters := multicluster.NewController(multicluster.ControllerOptions{
		Client: client, ClusterID: name, SystemNamespace: asked.Root, MeshConfig: watcher, Debugger: krt.GlobalDebugHandler,
	})
	index := ambient.New(ambient.Options{
		SystemNamespace: asked.Root, DomainSuffix: domain, ClusterID: name, XDSUpdater: updater, MeshConfig: watcher,
		StatusNotifier: activenotifier.New(false), Debugger: krt.GlobalDebugHandler, MultiClusterController: clusters,
	})
	if err := clusters.Run(test.NewStop(t)); err != nil {
		t.Fatal(err)
	}
	return index
}

func decoded(t test.Failer, texts []string) (objects []runtime.Object, configs []config.Config) {
	decoder, schemas := kube.IstioCodec.UniversalDeserializer(), collections.PilotGatewayAPI()
	for _, text := range texts {
		object, kind, err := decoder.Decode([]byte(text), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
		asked := config.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind}
		if _, is := schemas.FindByGroupVersionKind(asked); is {
			configs = append(configs, crdclient.TranslateObject(object, asked, domain))
		}
	}
	return
}

func node(pod *corev1.Pod, ambient bool) *model.Proxy {
	kind := model.SidecarProxy
	if ambient {
		kind = model.Waypoint
	}
	return &model.Proxy{
		Type:            kind,
		ID:              pod.Name + "." + pod.Namespace,
		ConfigNamespace: pod.Namespace,
		IPAddresses:     []string{pod.Status.PodIP},
		Labels:          pod.Labels,
		Metadata: &model.NodeMetadata{
			Namespace:      pod.Namespace,
			Labels:         pod.Labels,
			ServiceAccount: pod.Spec.ServiceAccountName,
			IstioVersion:   "1.31.0",
		},
	}
}

func tell(world *core.ConfigGenTest, asked *model.Proxy) (made told) {
	proxy := world.SetupProxy(asked)
	for _, one := range world.Listeners(proxy) {
		if one.GetTrafficDirection().String() == "OUTBOUND" {
			made.Outbound = append(made.Outbound, one.Name)
		} else {
			made.Inbound = append(made.Inbound, text(one))
		}
	}
	for _, one := range world.Clusters(proxy) {
		made.Outbound = append(made.Outbound, one.Name)
	}
	return
}

func text(message proto.Message) json.RawMessage {
	made, err := protojson.Marshal(message)
	if err != nil {
		fail(err)
	}
	return made
}
