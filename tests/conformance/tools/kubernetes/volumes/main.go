// Command volumes writes the files of pods' volumes as the kubelet does, and prints who may read them.
//
// It reads a list of pods, each with the Secrets and ConfigMaps of its namespace, and prints for each its files: by the
// volume's name and the path in it, the owner's group and the mode.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"syscall"

	authenticationv1 "k8s.io/api/authentication/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"
	volumetesting "k8s.io/kubernetes/pkg/volume/testing"
)

type asked struct {
	Pod        v1.Pod         `json:"pod"`
	Secrets    []v1.Secret    `json:"secrets"`
	ConfigMaps []v1.ConfigMap `json:"configMaps"`
}

type file struct {
	Group uint32 `json:"group"`
	Mode  uint32 `json:"mode"`
}

// Everything that is in the API: what is asked of it there, a token.
func client(one asked) *fake.Clientset {
	objects := []runtime.Object{}
	for index := range one.Secrets {
		objects = append(objects, &one.Secrets[index])
	}
	for index := range one.ConfigMaps {
		objects = append(objects, &one.ConfigMaps[index])
	}
	made := fake.NewClientset(objects...)
	made.PrependReactor("create", "serviceaccounts", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authenticationv1.TokenRequest{Status: authenticationv1.TokenRequestStatus{Token: "a token"}}, nil
	})
	return made
}

func plugins() []volume.VolumePlugin {
	made := []volume.VolumePlugin{}
	for _, probe := range []func() []volume.VolumePlugin{
		configmap.ProbeVolumePlugins, downwardapi.ProbeVolumePlugins, emptydir.ProbeVolumePlugins,
		projected.ProbeVolumePlugins, secret.ProbeVolumePlugins,
	} {
		made = append(made, probe()...)
	}
	return made
}

func written(one asked, folder string) map[string]map[string]file {
	host := volumetesting.NewFakeKubeletVolumeHost(nil, folder, client(one), plugins())
	found := map[string]map[string]file{}
	for index := range one.Pod.Spec.Volumes {
		spec := volume.NewSpecFromVolume(&one.Pod.Spec.Volumes[index])
		plugin, err := host.GetPluginMgr().FindPluginBySpec(spec)
		if err != nil {
			log.Fatal(err)
		}
		mounter, err := plugin.NewMounter(spec, &one.Pod)
		if err != nil {
			log.Fatal(err)
		}
		var group *int64
		if one.Pod.Spec.SecurityContext != nil {
			group = one.Pod.Spec.SecurityContext.FSGroup
		}
		if err := mounter.SetUp(volume.MounterArgs{FsGroup: group}); err != nil {
			log.Fatal(err)
		}
		found[spec.Name()] = files(mounter.GetPath())
	}
	return found
}

// The files of a volume as a container sees them: the links at its top lead to where they lie.
func files(top string) map[string]file {
	found := map[string]file{}
	data, err := filepath.EvalSymlinks(filepath.Join(top, "..data"))
	if err != nil {
		return found // a directory of the pod's own
	}
	err = filepath.Walk(data, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(data, path)
		found[name] = file{info.Sys().(*syscall.Stat_t).Gid, uint32(info.Mode().Perm())}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	return found
}

func main() {
	var cases []asked
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		log.Fatal(err)
	}
	made := []map[string]map[string]file{}
	for _, one := range cases {
		folder, err := os.MkdirTemp("", "volumes")
		if err != nil {
			log.Fatal(err)
		}
		made = append(made, written(one, folder))
		if err := os.RemoveAll(folder); err != nil {
			log.Fatal(err)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(made); err != nil {
		log.Fatal(err)
	}
}
