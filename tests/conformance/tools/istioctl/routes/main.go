// Command routes answers what istiod tells a gateway of the routes of the Gateway API, by the code that istiod itself runs,
// without a cluster: the listeners, and what each of them does with which request.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"istio.io/istio/pilot/pkg/config/kube/gateway"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/serviceregistry/kube/controller"
	"istio.io/istio/pkg/config/host"
	"istio.io/istio/pkg/config/protocol"
	"istio.io/istio/pkg/config/schema/gvk"
	"istio.io/istio/pkg/config/schema/gvr"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/kclient/clienttest"
	"istio.io/istio/pkg/kube/krt"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

const domain = "cluster.local"

// The objects, and the gateway's own pod.
type question struct {
	Objects   string
	Name      string
	Namespace string
	Labels    map[string]string
	IP        string
}

type answer struct {
	Listeners []json.RawMessage
	Routes    []json.RawMessage
}

func main() {
	quiet := istiolog.DefaultOptions()
	quiet.OutputPaths = []string{"stderr"}
	if err := istiolog.Configure(quiet); err != nil {
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
		if err := answers.Encode(answered(asked)); err != nil {
			log.Fatal(err)
		}
	}
}

func answered(asked question) answer {
	stopping := &failing{}
	defer stopping.end()
	known, pods := service(asked)
	routes := converter(stopping, asked.Objects)
	world := core.NewConfigGenTest(stopping, core.TestOptions{
		Configs:   append(routes.List(gvk.Gateway, ""), routes.List(gvk.VirtualService, "")...),
		Services:  []*model.Service{known},
		Instances: pods,
	})
	world.PushContext().GatewayAPIController = routes
	gateway := world.SetupProxy(&model.Proxy{
		Type:            model.Router,
		ID:              asked.Name + "." + asked.Namespace,
		ConfigNamespace: asked.Namespace,
		IPAddresses:     []string{asked.IP},
		Labels:          asked.Labels,
		Metadata:        &model.NodeMetadata{Namespace: asked.Namespace, Labels: asked.Labels, IstioVersion: "1.31.0"},
	})
	listeners := world.Listeners(gateway)
	return answer{texts(listeners), texts(world.RoutesFromListeners(gateway, listeners))}
}

// What takes objects of the Gateway API for istiod's own.
func converter(stopping test.Failer, text string) *gateway.Controller {
	client := kube.NewFakeClient(objects(text)...)
	for _, one := range []schema.GroupVersionResource{
		gvr.GatewayClass, gvr.KubernetesGateway, gvr.HTTPRoute, gvr.GRPCRoute, gvr.TCPRoute, gvr.TLSRoute, gvr.ReferenceGrant,
		gvr.ListenerSet, gvr.BackendTLSPolicy, gvr.InferencePool, gvr.ServiceEntry, gvr.XBackendTrafficPolicy,
	} {
		clienttest.MakeCRD(stopping, client, one)
	}
	stop := test.NewStop(stopping)
	ready := func(schema.GroupVersionResource, <-chan struct{}) bool { return true }
	options := controller.Options{DomainSuffix: domain, KrtDebugger: krt.GlobalDebugHandler}
	made := gateway.NewController(client, ready, options, nil)
	client.RunAndWait(stop)
	go made.Run(stop)
	made.Reconcile(core.NewConfigGenTest(stopping, core.TestOptions{}).PushContext())
	kube.WaitForCacheSync("routes", stop, made.HasSynced)
	return made
}

func objects(text string) (found []runtime.Object) {
	for _, one := range strings.Split(text, "\n---\n") {
		object, _, err := kube.IstioCodec.UniversalDeserializer().Decode([]byte(one), nil, nil)
		if err != nil {
			log.Fatal(err)
		}
		found = append(found, object)
	}
	return found
}

// The Service of the gateway, with its one pod, which listens where its Service does.
func service(asked question) (*model.Service, []*model.ServiceInstance) {
	made := &model.Service{
		Hostname:       host.Name(asked.Name + "." + asked.Namespace + ".svc." + domain),
		DefaultAddress: "10.96.0.9",
		Resolution:     model.ClientSideLB,
		Attributes:     model.ServiceAttributes{Name: asked.Name, Namespace: asked.Namespace},
	}
	pods := []*model.ServiceInstance{}
	for _, port := range []*model.Port{{Name: "http", Port: 80, Protocol: protocol.HTTP}, {Name: "https", Port: 443, Protocol: protocol.HTTPS}} {
		made.Ports = append(made.Ports, port)
		endpoint := &model.IstioEndpoint{
			Addresses: []string{asked.IP}, EndpointPort: uint32(port.Port), ServicePortName: port.Name, Namespace: asked.Namespace,
			Labels: asked.Labels,
		}
		pods = append(pods, &model.ServiceInstance{Service: made, ServicePort: port, Endpoint: endpoint})
	}
	return made, pods
}

func texts[M proto.Message](messages []M) []json.RawMessage {
	made := make([]json.RawMessage, 0, len(messages))
	for _, message := range messages {
		text, err := protojson.Marshal(message)
		if err != nil {
			log.Fatal(err)
		}
		made = append(made, text)
	}
	return made
}

// What Istio's own tests call when something is wrong: here that ends the command.
type failing struct{ cleanups []func() }

func (f *failing) end() {
	for index := len(f.cleanups) - 1; index >= 0; index-- {
		f.cleanups[index]()
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
