// Command commands prints what the kubelet hands to containers: their commands and arguments, with variables put in.
//
// It reads a list of containers, each with its environment, and prints the list of what each is given.
package main

import (
	"encoding/json"
	"log"
	"os"

	v1 "k8s.io/api/core/v1"
	kubelet "k8s.io/kubernetes/pkg/kubelet/container"
)

type given struct {
	Container v1.Container      `json:"container"`
	Env       map[string]string `json:"env"`
}

type run struct {
	Command []string `json:"command"`
	Args    []string `json:"args"`
}

func main() {
	var cases []given
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		log.Fatal(err)
	}
	made := []run{}
	for _, one := range cases {
		env := []kubelet.EnvVar{}
		for name, value := range one.Env {
			env = append(env, kubelet.EnvVar{Name: name, Value: value})
		}
		command, args := kubelet.ExpandContainerCommandAndArgs(&one.Container, env)
		made = append(made, run{command, args})
	}
	if err := json.NewEncoder(os.Stdout).Encode(made); err != nil {
		log.Fatal(err)
	}
}
