// Command translate answers what istiod makes of Istio configurations for some proxies: the listeners and the clusters
// that it sends to Envoy, by the code that istiod itself runs, without a cluster; or, of a mesh without sidecars, what it
// tells ztunnel of hosts, and a waypoint of them.
//
// Each line of the input is a question, each line of the output its answer.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pkg/config/host"
	"istio.io/istio/pkg/config/protocol"
	istiolog "istio.io/istio/pkg/log"
)

type proxy struct {
	Name      string
	Gateway   bool
	Namespace string
	Account   string
	Labels    map[string]string
	IP        string
}

// The Service of a gateway, with its one pod.
type service struct {
	Host      string
	Namespace string
	Port      int
	PodPort   uint32
	Identity  string
	IP        string
	Labels    map[string]string
}

// With a mesh without sidecars, only its waypoint is asked about.
type question struct {
	Config  string
	Service service
	Proxies []proxy
	Ambient *ambient
}

type answer struct {
	Listeners []json.RawMessage
	Clusters  []json.RawMessage
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
		var made any
		if asked.Ambient != nil {
			made = waypoint(asked)
		} else {
			made = answered(asked)
		}
		if err := answers.Encode(made); err != nil {
			log.Fatal(err)
		}
	}
}

func answered(asked question) map[string]answer {
	stopping := &failing{}
	defer stopping.end()
	known, pod := gateway(asked.Service)
	world := core.NewConfigGenTest(stopping, core.TestOptions{
		ConfigString: asked.Config,
		Services:     []*model.Service{known},
		Instances:    []*model.ServiceInstance{pod},
	})
	made := map[string]answer{}
	for _, one := range asked.Proxies {
		proxy := world.SetupProxy(node(one))
		made[one.Name] = answer{texts(world.Listeners(proxy)), texts(world.Clusters(proxy))}
	}
	return made
}

func gateway(asked service) (*model.Service, *model.ServiceInstance) {
	port := &model.Port{Name: "tls", Port: asked.Port, Protocol: protocol.TLS}
	made := &model.Service{
		Hostname:       host.Name(asked.Host),
		DefaultAddress: "10.96.0.9",
		Ports:          model.PortList{port},
		Resolution:     model.ClientSideLB,
		Attributes:     model.ServiceAttributes{Name: asked.Host, Namespace: asked.Namespace},
	}
	return made, &model.ServiceInstance{
		Service:     made,
		ServicePort: port,
		Endpoint: &model.IstioEndpoint{
			Addresses:       []string{asked.IP},
			EndpointPort:    asked.PodPort,
			ServicePortName: port.Name,
			ServiceAccount:  asked.Identity,
			Namespace:       asked.Namespace,
			Labels:          asked.Labels,
			TLSMode:         model.IstioMutualTLSModeLabel,
		},
	}
}

func node(asked proxy) *model.Proxy {
	kind := model.SidecarProxy
	if asked.Gateway {
		kind = model.Router
	}
	return &model.Proxy{
		Type:            kind,
		ID:              asked.Name + "." + asked.Namespace,
		ConfigNamespace: asked.Namespace,
		IPAddresses:     []string{asked.IP},
		Labels:          asked.Labels,
		Metadata: &model.NodeMetadata{
			Namespace: asked.Namespace, Labels: asked.Labels, ServiceAccount: asked.Account, IstioVersion: "1.31.0",
		},
	}
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
	for _, cleanup := range f.cleanups {
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
