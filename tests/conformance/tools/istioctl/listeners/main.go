// Command listeners answers which listeners istiod sends to a waypoint in a cluster of some objects, by the code
// that istiod itself runs, from the labels that lead to the waypoint on, without a cluster.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/serviceregistry"
	"istio.io/istio/pilot/pkg/serviceregistry/ambient"
	registry "istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pilot/pkg/serviceregistry/util/xdsfake"
	"istio.io/istio/pkg/activenotifier"
	"istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/gvr"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/kube/multicluster"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

const (
	name   = cluster.ID("Kubernetes")
	suffix = "cluster.local"
	root   = "istio-system"
)

// What ambient's index watches, beside what Kubernetes itself has.
var crds = []schema.GroupVersionResource{
	gvr.AuthorizationPolicy, gvr.PeerAuthentication, gvr.WorkloadEntry, gvr.ServiceEntry,
	gvr.GatewayClass, gvr.KubernetesGateway, gvr.HTTPRoute, gvr.GRPCRoute, gvr.TCPRoute, gvr.TLSRoute, gvr.ReferenceGrant,
}

type question struct {
	Objects   string
	Namespace string
	Labels    map[string]string
	IP        string
}

func main() {
	quiet := istiolog.DefaultOptions()
	quiet.OutputPaths = []string{"stderr"}
	if err := istiolog.Configure(quiet); err != nil {
		log.Fatal(err)
	}
	// What istiod's profile for ambient meshes switches on.
	features.EnableAmbient, features.EnableAmbientWaypoints = true, true
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := questions.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(answered(asked)); err != nil {
			log.Fatal(err)
		}
	}
}

func answered(asked question) (made []json.RawMessage) {
	stopping := &failing{}
	defer stopping.end()
	world := started(stopping, asked.Objects)
	proxy := world.SetupProxy(&model.Proxy{
		Type:            model.Waypoint,
		ConfigNamespace: asked.Namespace,
		Labels:          asked.Labels,
		IPAddresses:     []string{asked.IP},
		Metadata: &model.NodeMetadata{
			Namespace: asked.Namespace, Labels: asked.Labels, ClusterID: name, IstioVersion: "1.31.0",
		},
	})
	for _, one := range world.Listeners(proxy) {
		text, err := protojson.Marshal(one)
		if err != nil {
			log.Fatal(err)
		}
		made = append(made, text)
	}
	return
}

// An istiod in a cluster of these objects: Kubernetes' and ambient's registries, and the policies in them.
func started(stopping *failing, objects string) *core.ConfigGenTest {
	watcher, updater := meshwatcher.NewTestWatcher(mesh.DefaultMeshConfig()), xdsfake.NewFakeXDS()
	client := kube.NewFakeClient(decoded(objects)...)
	kubernetes, _ := registry.NewFakeControllerWithOptions(stopping, registry.FakeControllerOptions{
		Client: client, ClusterID: name, DomainSuffix: suffix, XDSUpdater: updater, MeshWatcher: watcher,
		SkipRun: true, ConfigCluster: true, CRDs: crds,
	})
	stop := test.NewStop(stopping)
	clusters := multicluster.NewController(multicluster.ControllerOptions{
		Client: client, ClusterID: name, SystemNamespace: root, MeshConfig: watcher, Debugger: krt.GlobalDebugHandler,
	})
	index := ambient.New(ambient.Options{
		SystemNamespace: root, DomainSuffix: suffix, ClusterID: name, XDSUpdater: updater, MeshConfig: watcher,
		StatusNotifier: activenotifier.New(false), Debugger: krt.GlobalDebugHandler, MultiClusterController: clusters,
	})
	if err := clusters.Run(stop); err != nil {
		log.Fatal(err)
	}
	world := core.NewConfigGenTest(stopping, core.TestOptions{
		ConfigString: objects, ServiceRegistries: []serviceregistry.Instance{kubernetes},
		XDSUpdater: updater, ClusterID: name, SkipRun: true,
	})
	world.Env().AmbientIndexes = index
	client.RunAndWait(stop)
	go index.Run(stop)
	world.Run()
	kube.WaitForCacheSync("ambient", stop, index.HasSynced)
	if err := world.Env().InitNetworksManager(updater); err != nil {
		log.Fatal(err)
	}
	world.PushContext().InitContext(world.Env(), nil, nil)
	return world
}

func decoded(objects string) (made []runtime.Object) {
	for _, text := range strings.Split(objects, "\n---\n") {
		object, _, err := kube.IstioCodec.UniversalDeserializer().Decode([]byte(text), nil, nil)
		if err != nil {
			log.Fatal(err)
		}
		made = append(made, object)
	}
	return
}

// What Istio's own tests call when something is wrong: here that ends the command.
type failing struct{ cleanups []func() }

func (f *failing) end() {
	// The last first, as in tests: what is shut down waits for what was started behind it.
	for _, cleanup := range slices.Backward(f.cleanups) {
		cleanup()
	}
}

func (f *failing) Cleanup(cleanup func())          { f.cleanups = append(f.cleanups, cleanup) }
func (*failing) Fail()                             { os.Exit(1) }
func (*failing) FailNow()                          { os.Exit(1) }
func (*failing) Fatal(args ...any)                 { log.Fatal(args...) }
func (*failing) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
func (*failing) Log(...any)                        {}
func (*failing) Logf(string, ...any)               {}
func (*failing) TempDir() string                   { return os.TempDir() }
func (*failing) Helper()                           {}
func (*failing) Skip(...any)                       { os.Exit(1) }
