package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/netip"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	client "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/networking/serviceentry"
	serviceregistry "istio.io/istio/pilot/pkg/serviceregistry/ambient"
	"istio.io/istio/pkg/activenotifier"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/host"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/gvk"
	"istio.io/istio/pkg/config/schema/gvr"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/kclient/clienttest"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/kube/multicluster"
	"istio.io/istio/pkg/ptr"
	"istio.io/istio/pkg/test"
)

// A mesh without sidecars: what else is in the cluster, and the waypoint about which is asked.
type ambient struct {
	Objects   string
	Namespace string
	Name      string
}

// What ztunnel is told of hosts, and the waypoint's Envoy of what comes to it.
type led struct {
	Hosts     []told
	Listeners []json.RawMessage
	Clusters  []json.RawMessage
}

type told struct {
	Host      string
	Namespace string
	Addresses []string
	Ports     []uint32
	Waypoint  string
	Canonical bool
}

func waypoint(asked question) led {
	stopping := &failing{}
	defer stopping.end()
	defer switched()()
	service := asked.Ambient.Name + "." + asked.Ambient.Namespace + ".svc.cluster.local"
	objects, configs := everything(asked, service)
	known := index(stopping, objects)
	world := core.NewConfigGenTest(stopping, core.TestOptions{Configs: configs, SkipRun: true})
	world.Env().AmbientIndexes = known
	world.Run()
	if err := world.Env().InitNetworksManager(model.NewEndpointIndexUpdater(world.Env().EndpointIndex)); err != nil {
		log.Fatal(err)
	}
	world.PushContext().InitContext(world.Env(), nil, nil)
	labels := map[string]string{
		"gateway.networking.k8s.io/gateway-name":       asked.Ambient.Name,
		"gateway.networking.k8s.io/gateway-class-name": "istio-waypoint",
		"gateway.istio.io/managed":                     "istio.io-mesh-controller",
	}
	proxy := node(proxy{Name: asked.Ambient.Name, Namespace: asked.Ambient.Namespace, Labels: labels, IP: "10.0.0.9"})
	proxy.Type = model.Waypoint
	proxy = world.SetupProxy(proxy)
	proxy.ServiceTargets = []model.ServiceTarget{{Service: &model.Service{
		Hostname:   host.Name(service),
		Attributes: model.ServiceAttributes{Name: asked.Ambient.Name, Namespace: asked.Ambient.Namespace},
	}}}
	return led{hosts(known), texts(world.Listeners(proxy)), texts(world.Clusters(proxy))}
}

// What istiod's profile for ambient meshes switches on; called, its answer puts it back.
func switched() func() {
	on := []*bool{
		&features.EnableAmbient, &features.EnableAmbientWaypoints, &features.EnableHBONESend,
		&features.EnableAmbientWaypointMultiNetwork,
	}
	before := make([]bool, len(on))
	for at, feature := range on {
		before[at], *feature = *feature, true
	}
	return func() {
		for at, feature := range on {
			*feature = before[at]
		}
	}
}

// The objects of the cluster, and those that are Istio's configuration besides: what a controller of istiod's says in a
// status stands there, where istiod's own code lets that controller.
func everything(asked question, service string) ([]runtime.Object, []config.Config) {
	var objects []runtime.Object
	given := map[string]*networking.ServiceEntryStatus{}
	decode := kube.IstioCodec.UniversalDeserializer().Decode
	for _, text := range strings.Split(asked.Ambient.Objects+"\n---\n"+asked.Config, "\n---\n") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		object, _, err := decode([]byte(text), nil, nil)
		if err != nil {
			log.Fatal(err)
		}
		switch object := object.(type) {
		case *gatewayapi.Gateway:
			address := gatewayapi.GatewayStatusAddress{Type: ptr.Of(gatewayapi.HostnameAddressType), Value: service}
			object.Status.Addresses = []gatewayapi.GatewayStatusAddress{address}
		case *client.ServiceEntry:
			allocate(object, len(given))
			given[object.Namespace+"/"+object.Name] = &object.Status
		}
		objects = append(objects, object)
	}
	configs, _, err := crd.ParseInputs(asked.Config)
	if err != nil {
		log.Fatal(err)
	}
	for at, one := range configs {
		if one.GroupVersionKind == gvk.ServiceEntry {
			configs[at].Status = given[one.Namespace+"/"+one.Name]
		}
	}
	return objects, configs
}

func allocate(entry *client.ServiceEntry, before int) {
	if !serviceentry.ShouldV2AutoAllocateIP(entry) {
		return
	}
	for at, name := range entry.Spec.Hosts {
		address := fmt.Sprintf("240.240.%d.%d", before+1, at+1)
		entry.Status.Addresses = append(entry.Status.Addresses, &networking.ServiceEntryAddress{Host: name, Value: address})
	}
}

// What istiod knows of a mesh without sidecars, of the objects of a cluster.
func index(stopping *failing, objects []runtime.Object) serviceregistry.Index {
	stop := test.NewStop(stopping)
	cluster := kube.NewFakeClient(objects...)
	for _, kind := range []schema.GroupVersionResource{
		gvr.AuthorizationPolicy, gvr.GatewayClass, gvr.KubernetesGateway, gvr.PeerAuthentication, gvr.ServiceEntry,
		gvr.WorkloadEntry,
	} {
		clienttest.MakeCRD(stopping, cluster, kind)
	}
	watcher := meshwatcher.NewTestWatcher(mesh.DefaultMeshConfig())
	clusters := multicluster.NewController(multicluster.ControllerOptions{
		Client:          cluster,
		ClusterID:       constants.DefaultClusterName,
		SystemNamespace: constants.IstioSystemNamespace,
		MeshConfig:      watcher,
		Debugger:        krt.GlobalDebugHandler,
	})
	made := serviceregistry.New(serviceregistry.Options{
		SystemNamespace:        constants.IstioSystemNamespace,
		DomainSuffix:           constants.DefaultClusterLocalDomain,
		ClusterID:              constants.DefaultClusterName,
		XDSUpdater:             model.NewEndpointIndexUpdater(model.NewEndpointIndex(model.DisabledCache{})),
		MeshConfig:             watcher,
		StatusNotifier:         activenotifier.New(false),
		Debugger:               krt.GlobalDebugHandler,
		MultiClusterController: clusters,
	})
	if err := clusters.Run(stop); err != nil {
		log.Fatal(err)
	}
	cluster.RunAndWait(stop)
	go made.Run(stop)
	kube.WaitForCacheSync("ambient", stop, made.HasSynced)
	return made
}

func hosts(index serviceregistry.Index) []told {
	made := []told{}
	all, _ := index.AddressInformation(nil)
	for _, one := range all {
		service := one.GetService()
		if service == nil {
			continue
		}
		known := told{Host: service.Hostname, Namespace: service.Namespace, Canonical: service.Canonical}
		for _, address := range service.Addresses {
			if ip, ok := netip.AddrFromSlice(address.Address); ok {
				known.Addresses = append(known.Addresses, ip.String())
			}
		}
		for _, port := range service.Ports {
			known.Ports = append(known.Ports, port.ServicePort)
		}
		if hostname := service.GetWaypoint().GetHostname(); hostname != nil {
			known.Waypoint = hostname.Namespace + "/" + hostname.Hostname
		}
		made = append(made, known)
	}
	return made
}
