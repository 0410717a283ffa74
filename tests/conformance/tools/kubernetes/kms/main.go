// Command kms is a KMS plugin of version 2, as small as one can be: `kms KEYS SOCKET`.
//
// KEYS is a JSON file that plays the KMS: {"current": "v1", "versions": {"v1": "<32 bytes, base64>"}}. It is read at every
// call, so that a test makes a new version of the key, and disables an old one, by writing it.
package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"k8s.io/kms/pkg/service"
)

type keys struct {
	Current  string            `json:"current"`
	Versions map[string][]byte `json:"versions"`
}

type plugin struct{ path string }

func (p plugin) read() (keys, error) {
	var found keys
	text, err := os.ReadFile(p.path)
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	return found, err
}

func (p plugin) seal(version string) (cipher.AEAD, error) {
	found, err := p.read()
	if err != nil {
		return nil, err
	}
	key, known := found.Versions[version]
	if !known {
		return nil, fmt.Errorf("version %q of the key is disabled", version)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (p plugin) Status(context.Context) (*service.StatusResponse, error) {
	found, err := p.read()
	return &service.StatusResponse{Version: "v2", Healthz: "ok", KeyID: found.Current}, err
}

func (p plugin) Encrypt(_ context.Context, _ string, data []byte) (*service.EncryptResponse, error) {
	found, err := p.read()
	if err != nil {
		return nil, err
	}
	seal, err := p.seal(found.Current)
	if err != nil {
		return nil, err
	}
	return &service.EncryptResponse{Ciphertext: seal.Seal(nil, nil, data, nil), KeyID: found.Current}, nil
}

func (p plugin) Decrypt(_ context.Context, _ string, asked *service.DecryptRequest) ([]byte, error) {
	seal, err := p.seal(asked.KeyID)
	if err != nil {
		return nil, err
	}
	return seal.Open(nil, nil, asked.Ciphertext, nil)
}

var _ service.Service = plugin{}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("kms KEYS SOCKET")
	}
	served := service.NewGRPCService(os.Args[2], 5*time.Second, plugin{os.Args[1]})
	log.Fatal(served.ListenAndServe())
}
